/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/clasp/gstclasppeerconnection.h>
#include <gst/clasp/gstclaspsignaller.h>

G_BEGIN_DECLS

/* Property ids of the settings; an element's own start at
 * GST_CLASP_PROP_LAST. */
enum {
  GST_CLASP_PROP_RELAY_URL = 1,
  GST_CLASP_PROP_ROOM,
  GST_CLASP_PROP_TOKEN,
  GST_CLASP_PROP_PROFILE,
  GST_CLASP_PROP_TLS_CA_FILE,
  GST_CLASP_PROP_URI,
  GST_CLASP_PROP_STUN_SERVER,
  GST_CLASP_PROP_TURN_SERVERS,
  GST_CLASP_PROP_ICE_TRANSPORT_POLICY,
  GST_CLASP_PROP_LAST,
};

/**
 * GstClaspSettings:
 * @name: what other peers see; filled in by gst_clasp_settings_dup()
 *
 * Where a P2P element meets its peers and how it reaches them: the values of
 * the properties that claspsink and claspsrc have in common. The one inside an
 * element is guarded by @lock; copies belong to whoever made them.
 */
typedef struct {
  GMutex lock; /* protects all fields; leaf lock */
  char *relay_url;
  char *room;
  char *name;
  char *token;
  char *tls_ca_file;
  char *uri;         /* as it was set; NULL once relay-url or room changed */
  GError *uri_error; /* of a URI that could not be used */
  GstClaspProfile profile;
  char *stun_server;
  GValue turn_servers; /* GstValueArray of strings */
  GstWebRTCICETransportPolicy ice_transport_policy;
} GstClaspSettings;

void gst_clasp_settings_init (GstClaspSettings *self);
void gst_clasp_settings_clear (GstClaspSettings *self);

void gst_clasp_settings_install (GObjectClass *klass);
/* FALSE: not one of ours */
gboolean gst_clasp_settings_set_property (GstClaspSettings *self, guint id,
    const GValue *value);
gboolean gst_clasp_settings_get_property (GstClaspSettings *self, guint id,
    GValue *value);
gboolean gst_clasp_settings_set_uri (GstClaspSettings *self, const char *uri,
    GError **error);
char *gst_clasp_settings_dup_uri (GstClaspSettings *self);

/* A copy that can be read without a lock, checked. */
GstClaspSettings *gst_clasp_settings_dup (GstClaspSettings *self,
    GstElement *element, GError **error);
void gst_clasp_settings_free (GstClaspSettings *self);

/* Hands the values to the objects that need them. */
GstClaspSignaller *
gst_clasp_settings_make_signaller (const GstClaspSettings *self);
GstClaspPeerConnection *
gst_clasp_settings_make_peer_connection (const GstClaspSettings *self,
    const char *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspSettings, gst_clasp_settings_free)

G_END_DECLS
