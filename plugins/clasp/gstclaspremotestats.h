/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspreceivers.h"

G_BEGIN_DECLS

/**
 * GstClaspRemoteStats:
 *
 * Figures of one remote: totals of its receivers and connection, and rates
 * from the difference of two readings.
 */
typedef struct {
  GstClaspReceiverFigures figures[GST_CLASP_RECEIVERS_KINDS];
  double fps;
  guint64 bitrate[GST_CLASP_RECEIVERS_KINDS]; /* bit/s */
  int width;
  int height;
  double rtt;
  double jitter;
  guint64 packets_received;
  guint64 packets_lost;
  guint64 dropped;
  double seconds;
  gint64 updated; /* monotonic, 0: never */
} GstClaspRemoteStats;

void gst_clasp_remote_stats_begin (GstClaspRemoteStats *self);
void gst_clasp_remote_stats_update (GstClaspRemoteStats *self,
    GstClaspPeerConnection *connection, GPtrArray *receivers,
    gint64 connected_at, gint64 now);
GstStructure *
gst_clasp_remote_stats_to_structure (const GstClaspRemoteStats *self,
    const char *session, const char *name, const char *state);

G_END_DECLS
