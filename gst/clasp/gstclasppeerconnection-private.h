/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#pragma once

/* What the parts of GstClaspPeerConnection share: state and timers, candidates,
 * pipeline, descriptions. All of it belongs to the owner's context. */

#include "gstclaspnegotiation-private.h"
#include "gstclasppeerconnection.h"
#include "gstclasppeermedia-private.h"
#include "gstclaspwebrtc-private.h"

G_BEGIN_DECLS

struct _GstClaspPeerConnection {
  GstObject parent_instance;

  GMainContext *context;
  char *peer;
  char *stream; /* id of the one media stream all our tracks belong to */

  /* configuration, fixed once started */
  char *stun_server;
  GStrv turn_servers;
  GstWebRTCICETransportPolicy ice_transport_policy;
  guint latency;
  guint negotiation_timeout;
  guint liveness_timeout;
  gboolean loopback;
  GstClock *clock;
  GstClockTime base_time;

  /* the owner's context only */
  GstElement *pipeline;
  GstElement *webrtc;
  GPtrArray *medias; /* GstClaspMedia */
  GstClaspPeerMedia *flow;
  gboolean offerer;
  gboolean remote_applied;
  GstSDPMessage *local;
  GstSDPMessage *remote;
  GPtrArray *candidates; /* queued until the description is applied */
  guint n_candidates;
  GCancellable *cancellable;
  GSource *negotiation_timer;
  GSource *liveness_timer;

  gint state; /* atomic, GstClaspPeerConnectionState */
};

/* --- gstclasppeerstate.c --- */

typedef void (
    *GstClaspPeerHopFunc) (GstClaspPeerConnection *self, gpointer data);

void gst_clasp_peer_hop (GstClaspPeerConnection *self, GstClaspPeerHopFunc func,
    gpointer data, GDestroyNotify notify);
void gst_clasp_peer_set_state (GstClaspPeerConnection *self,
    GstClaspPeerConnectionState state);
gboolean gst_clasp_peer_is_over (GstClaspPeerConnection *self);
void gst_clasp_peer_begin_connecting (GstClaspPeerConnection *self);
void gst_clasp_peer_take_down (GstClaspPeerConnection *self);
void gst_clasp_peer_fail (GstClaspPeerConnection *self, GError *error);
void gst_clasp_peer_on_connection_state (GstElement *webrtc, GParamSpec *pspec,
    GstClaspPeerConnection *self);

/* --- gstclasppeercandidates.c --- */

void gst_clasp_peer_on_ice_candidate (GstElement *webrtc, guint mline,
    const char *text, GstClaspPeerConnection *self);
gboolean gst_clasp_peer_take_candidate (GstClaspPeerConnection *self,
    GstClaspCandidate *candidate, GError **error);
void gst_clasp_peer_take_candidates (GstClaspPeerConnection *self,
    GPtrArray *candidates);
void gst_clasp_peer_flush_candidates (GstClaspPeerConnection *self);

/* --- gstclasppeerpipeline.c --- */

gboolean gst_clasp_peer_build (GstClaspPeerConnection *self, GError **error);
gboolean gst_clasp_peer_play (GstClaspPeerConnection *self, GError **error);

/* --- gstclasppeerdescription.c --- */

gboolean
gst_clasp_peer_make_offer (GstClaspPeerConnection *self, GError **error);
gboolean gst_clasp_peer_take_first_offer (GstClaspPeerConnection *self,
    GstSDPMessage *offer, GError **error);
gboolean gst_clasp_peer_take_later_offer (GstClaspPeerConnection *self,
    GstSDPMessage *offer, GError **error);
gboolean gst_clasp_peer_take_answer (GstClaspPeerConnection *self,
    GstSDPMessage *answer, GError **error);

G_END_DECLS
