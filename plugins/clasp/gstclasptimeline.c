/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasptimeline.h"

/**
 * gst_clasp_timeline_init:
 * @self: memory of a timeline
 *
 * Since: 0.1
 */
void
gst_clasp_timeline_init (GstClaspTimeline *self)
{
  *self = (GstClaspTimeline){0};
  g_mutex_init (&self->lock);
}

/**
 * gst_clasp_timeline_reset:
 * @self: a timeline
 *
 * Forgets the clock: the next play begins a new timeline.
 *
 * Since: 0.1
 */
void
gst_clasp_timeline_reset (GstClaspTimeline *self)
{
  g_mutex_lock (&self->lock);
  gst_clear_object (&self->clock);
  gst_clear_object (&self->first_clock);
  self->anchored = FALSE;
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_timeline_clear:
 * @self: a timeline
 *
 * Since: 0.1
 */
void
gst_clasp_timeline_clear (GstClaspTimeline *self)
{
  gst_clasp_timeline_reset (self);
  g_mutex_clear (&self->lock);
}

/* lock held: the start on the new clock that lets time go on */
static void
change_clock (GstClaspTimeline *self, GstClock *clock)
{
  GstClockTime old_now = gst_clock_get_time (self->clock);
  GstClockTime new_now = gst_clock_get_time (clock);

  self->start += GST_CLOCK_DIFF (old_now, new_now);
  gst_object_replace ((GstObject **) &self->clock, GST_OBJECT (clock));
}

/**
 * gst_clasp_timeline_play:
 * @self: a timeline
 * @clock: clock of the pipeline
 * @base_time: its base time
 *
 * The element goes to PLAYING, for the first time or again.
 *
 * Since: 0.1
 */
void
gst_clasp_timeline_play (GstClaspTimeline *self, GstClock *clock,
    GstClockTime base_time)
{
  g_mutex_lock (&self->lock);
  if (!self->clock) {
    self->clock = gst_object_ref (clock);
    self->first_clock = gst_object_ref (clock);
    self->first_start = base_time;
    self->start = base_time;
  } else if (self->clock != clock) {
    change_clock (self, clock);
  }
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_timeline_get:
 * @self: a timeline
 * @clock: (out) (transfer full): clock for a peer connection
 * @start: (out): base time for it
 *
 * Returns: %FALSE if the element has not played yet
 *
 * Since: 0.1
 */
gboolean
gst_clasp_timeline_get (GstClaspTimeline *self, GstClock **clock,
    GstClockTime *start)
{
  gboolean started;

  g_mutex_lock (&self->lock);
  started = self->first_clock != NULL;
  if (started) {
    *clock = gst_object_ref (self->first_clock);
    *start = self->first_start;
  }
  g_mutex_unlock (&self->lock);
  return started;
}

/**
 * gst_clasp_timeline_convert:
 * @self: a timeline
 * @due: a time of the pipeline's clock, or %GST_CLOCK_TIME_NONE for now
 *
 * Returns: the time since the start, %GST_CLOCK_TIME_NONE before it
 *
 * Since: 0.1
 */
GstClockTime
gst_clasp_timeline_convert (GstClaspTimeline *self, GstClockTime due)
{
  GstClockTime time = GST_CLOCK_TIME_NONE;

  g_mutex_lock (&self->lock);
  if (self->clock) {
    if (!GST_CLOCK_TIME_IS_VALID (due))
      due = gst_clock_get_time (self->clock);
    time = MAX ((GstClockTimeDiff) due - self->start, 0);
  }
  g_mutex_unlock (&self->lock);
  return time;
}

/**
 * gst_clasp_timeline_anchor:
 * @self: a timeline
 * @seqnum: of a flush
 * @offset: what one stream would add to running times after it
 *
 * Returns: what all streams add after this flush
 *
 * Since: 0.1
 */
GstClockTimeDiff
gst_clasp_timeline_anchor (GstClaspTimeline *self, guint32 seqnum,
    GstClockTimeDiff offset)
{
  g_mutex_lock (&self->lock);
  if (self->anchored && self->seqnum == seqnum)
    offset = self->offset;
  self->anchored = TRUE;
  self->seqnum = seqnum;
  self->offset = offset;
  g_mutex_unlock (&self->lock);
  return offset;
}
