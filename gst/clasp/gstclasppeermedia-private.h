/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspnegotiation-private.h"

G_BEGIN_DECLS

/* The media of one peer connection: what is pushed into its webrtcbin and what
 * comes out, behind a gate that opens when the peer is known to be who it says.
 * Reference counted; the callbacks come from streaming threads. */
typedef struct _GstClaspPeerMedia GstClaspPeerMedia;

typedef void (
    *GstClaspPeerMediaIncoming) (guint media, GstPad *pad, gpointer owner);
typedef void (*GstClaspPeerMediaKeyUnit) (guint media, gpointer owner);

GstClaspPeerMedia *gst_clasp_peer_media_new (GstElement *pipeline,
    GstElement *webrtc, GPtrArray *medias, GstClaspPeerMediaIncoming incoming,
    GstClaspPeerMediaKeyUnit key_unit, gpointer owner);
GstClaspPeerMedia *gst_clasp_peer_media_ref (GstClaspPeerMedia *self);
void gst_clasp_peer_media_unref (GstClaspPeerMedia *self);
gboolean gst_clasp_peer_media_add_line (GstClaspPeerMedia *self, guint media,
    guint mline, GstCaps *caps, GError **error);
void gst_clasp_peer_media_set_caps (GstClaspPeerMedia *self, guint media,
    GstCaps *caps);
void gst_clasp_peer_media_set_open (GstClaspPeerMedia *self, gboolean open);
GstFlowReturn gst_clasp_peer_media_send (GstClaspPeerMedia *self, guint media,
    GstBufferList *packets);
void
gst_clasp_peer_media_request_key_unit (GstClaspPeerMedia *self, guint media);
void gst_clasp_peer_media_touch (GstClaspPeerMedia *self, gint64 now);
gint64 gst_clasp_peer_media_get_silence (GstClaspPeerMedia *self, gint64 now);
void
gst_clasp_peer_media_add_stats (GstClaspPeerMedia *self, GstStructure *stats);
void gst_clasp_peer_media_stop (GstClaspPeerMedia *self);

G_END_DECLS
