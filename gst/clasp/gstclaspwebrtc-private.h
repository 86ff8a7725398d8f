/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclasp-prelude.h"

G_BEGIN_DECLS

/* webrtcbin as this project needs it: what 1.22 leaves open, said once. */

typedef struct {
  const char *stun_server;
  const char *const *turn_servers;
  GstWebRTCICETransportPolicy policy;
  guint latency;
  gboolean loopback;
} GstClaspIceConfig;

GstElement *
gst_clasp_webrtc_new (const GstClaspIceConfig *config, GError **error);
GstWebRTCRTPTransceiver *gst_clasp_webrtc_add_sender (GstElement *webrtc,
    guint mline, GstCaps *codecs, gboolean retransmit, GstPad **pad);
GstWebRTCRTPTransceiver *gst_clasp_webrtc_add_receiver (GstElement *webrtc,
    GstCaps *codecs, gboolean retransmit);
void gst_clasp_webrtc_add_inactive (GstElement *webrtc, GstCaps *codecs);
char *gst_clasp_webrtc_dup_remote_certificate (GstElement *webrtc);
GstElement *gst_clasp_webrtc_dup_rtpbin (GstElement *webrtc);
char *gst_clasp_turn_uri_escape (const char *uri, GError **error);

/* Teardown off the callers' threads, and the process's first DTLS key. */
void gst_clasp_reaper_take (GstElement *pipeline);
void gst_clasp_reaper_wait (void);
void gst_clasp_webrtc_warm_up (void);
gboolean gst_clasp_descriptor_budget_check (GError **error);

G_END_DECLS
