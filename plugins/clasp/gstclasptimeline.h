/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstClaspTimeline:
 *
 * The one timeline of what an element sends. It starts when the element first
 * plays and never jumps: not at a seek, not at a pause, not when the pipeline
 * takes another clock. Streams stamp their buffers with it, and peer
 * connections get its clock and start as clock and base time.
 */
typedef struct {
  GMutex lock; /* protects all fields; leaf lock */
  GstClock *clock;
  GstClock *first_clock; /* of the peer connections */
  GstClockTime first_start;
  GstClockTimeDiff start; /* on clock */
  gboolean anchored;
  guint32 seqnum;
  GstClockTimeDiff offset;
} GstClaspTimeline;

void gst_clasp_timeline_init (GstClaspTimeline *self);
void gst_clasp_timeline_clear (GstClaspTimeline *self);
void gst_clasp_timeline_reset (GstClaspTimeline *self);
void gst_clasp_timeline_play (GstClaspTimeline *self, GstClock *clock,
    GstClockTime base_time);
gboolean gst_clasp_timeline_get (GstClaspTimeline *self, GstClock **clock,
    GstClockTime *start);
GstClockTime
gst_clasp_timeline_convert (GstClaspTimeline *self, GstClockTime due);
GstClockTimeDiff gst_clasp_timeline_anchor (GstClaspTimeline *self,
    guint32 seqnum, GstClockTimeDiff offset);

G_END_DECLS
