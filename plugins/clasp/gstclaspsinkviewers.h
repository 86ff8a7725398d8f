/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspviewer.h"

G_BEGIN_DECLS

/**
 * GstClaspSinkViewersFuncs:
 * @description: to be sent to a peer
 * @candidate: to be sent to a peer
 * @connecting: whether the peer may view
 * @added: media flows to a viewer
 * @removed: a viewer that had been added is no more
 * @refused: a peer was not admitted, or its connection never came up
 *
 * What the table of viewers reports. Control thread; no lock is held.
 */
typedef struct {
  void (*description) (const char *peer, const char *type, const char *sdp,
      gpointer data);
  void (*candidate) (const char *peer, guint mline, const char *mid,
      const char *candidate, gpointer data);
  gboolean (*connecting) (const char *peer, const char *name, gpointer data);
  void (*added) (const char *peer, const char *name, gpointer data);
  void (*removed) (const char *peer, const char *name, const char *reason,
      gpointer data);
  void (*refused) (const char *peer, const char *name, const char *reason,
      gpointer data);
} GstClaspSinkViewersFuncs;

/* The peers of the room, and what goes to each. */
typedef struct _GstClaspSinkViewers GstClaspSinkViewers;

GstClaspSinkViewers *gst_clasp_sink_viewers_new (GstClaspTimeline *timeline,
    const GstClaspSinkViewersFuncs *funcs, gpointer data);
void gst_clasp_sink_viewers_free (GstClaspSinkViewers *self);

/* any thread */
void gst_clasp_sink_viewers_add_stream (GstClaspSinkViewers *self,
    GstClaspSinkStream *stream);
void gst_clasp_sink_viewers_remove_stream (GstClaspSinkViewers *self,
    GstClaspSinkStream *stream);
GPtrArray *gst_clasp_sink_viewers_dup_streams (GstClaspSinkViewers *self);
void gst_clasp_sink_viewers_set_limit (GstClaspSinkViewers *self, guint limit);
guint gst_clasp_sink_viewers_count (GstClaspSinkViewers *self);
void gst_clasp_sink_viewers_add_stats (GstClaspSinkViewers *self,
    GstStructure *stats);

/* control thread */
void gst_clasp_sink_viewers_start (GstClaspSinkViewers *self,
    const GstClaspSettings *settings);
void gst_clasp_sink_viewers_stop (GstClaspSinkViewers *self);
void gst_clasp_sink_viewers_media_changed (GstClaspSinkViewers *self);
void gst_clasp_sink_viewers_reset_stream (GstClaspSinkViewers *self,
    GstClaspSinkStream *stream, gboolean gone);
void gst_clasp_sink_viewers_rung_failed (GstClaspSinkViewers *self,
    GstClaspRung *rung, const GError *error);

/* control thread: what the signaller says */
void gst_clasp_sink_viewers_peer_seen (GstClaspSinkViewers *self,
    const char *peer, const char *name, gboolean broadcaster);
void gst_clasp_sink_viewers_peer_left (GstClaspSinkViewers *self,
    const char *peer, GstClaspLeaveReason reason);
void gst_clasp_sink_viewers_peer_renamed (GstClaspSinkViewers *self,
    const char *old_peer, const char *peer);
void gst_clasp_sink_viewers_offer_needed (GstClaspSinkViewers *self,
    const char *peer);
void gst_clasp_sink_viewers_description (GstClaspSinkViewers *self,
    const char *peer, const char *type, const char *sdp);
void gst_clasp_sink_viewers_candidate (GstClaspSinkViewers *self,
    const char *peer, guint mline, const char *mid, const char *candidate);

G_END_DECLS
