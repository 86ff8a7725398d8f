/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/clasp/gstclaspsdp.h>
#include <gst/clasp/gstclaspsignaller.h>
#include "gstclaspoutputs.h"
#include "gstclaspsettings.h"

G_BEGIN_DECLS

#define GST_TYPE_CLASP_REMOTE (gst_clasp_remote_get_type ())
G_DECLARE_FINAL_TYPE (GstClaspRemote, gst_clasp_remote, GST, CLASP_REMOTE,
    GObject)

/**
 * GstClaspRemoteState:
 * @GST_CLASP_REMOTE_WAITING: for its offer, or for the next attempt
 * @GST_CLASP_REMOTE_CONNECTING: negotiating, ICE or DTLS under way
 * @GST_CLASP_REMOTE_CONNECTED: media flows
 */
typedef enum {
  GST_CLASP_REMOTE_WAITING,
  GST_CLASP_REMOTE_CONNECTING,
  GST_CLASP_REMOTE_CONNECTED,
} GstClaspRemoteState;

GstClaspRemote *gst_clasp_remote_new (GstElement *element,
    GstClaspSignaller *signaller, GstClaspSettings *settings, guint latency,
    const char *session, const char *name);
const char *gst_clasp_remote_get_session (GstClaspRemote *self);
const char *gst_clasp_remote_get_name (GstClaspRemote *self);
GstClaspRemoteState gst_clasp_remote_get_state (GstClaspRemote *self);
void gst_clasp_remote_rename (GstClaspRemote *self, const char *session);
void gst_clasp_remote_set_name (GstClaspRemote *self, const char *name);
void gst_clasp_remote_offer (GstClaspRemote *self);
void gst_clasp_remote_retry (GstClaspRemote *self);
void gst_clasp_remote_take_description (GstClaspRemote *self, const char *type,
    const char *sdp);
void gst_clasp_remote_take_candidate (GstClaspRemote *self, guint mline,
    const char *mid, const char *candidate);
gboolean
gst_clasp_remote_has_media (GstClaspRemote *self, GstClaspMediaKind kind);
void gst_clasp_remote_set_output (GstClaspRemote *self, GstClaspMediaKind kind,
    GstClaspOutput *output);
gint64 gst_clasp_remote_get_silence (GstClaspRemote *self, gint64 now);
void gst_clasp_remote_update_stats (GstClaspRemote *self, gint64 now);
GstStructure *gst_clasp_remote_get_stats (GstClaspRemote *self);
void gst_clasp_remote_close (GstClaspRemote *self);

G_END_DECLS
