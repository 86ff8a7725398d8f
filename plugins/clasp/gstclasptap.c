/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasptap.h"

#include <gst/video/gstvideometa.h>

/**
 * GstClaspTap:
 *
 * Where media leaves a pipeline and code takes over: the end of a rung, and the
 * input behind each pad of claspsink. It never takes part in prerolling, so
 * nobody waits for it, but it blocks in PAUSED like any sink.
 *
 * An input waits for the clock like any sink, with two differences. It does not
 * wait for the latency of the pipeline on top: viewers have a buffer of their
 * own, and what a live source gives may leave at once. And as it does not
 * preroll, the pipeline gets no new base time after a flushing seek; so the
 * input anchors the new running time itself.
 */
struct _GstClaspTap {
  GstBaseSink parent_instance;

  GstClaspTapFuncs funcs;
  gpointer data;
  GstCaps *allowed; /* under the object lock */

  /* streaming thread only */
  gboolean anchor_pending;
  guint32 seqnum;
  GstClockTime anchor_base_time;
  GstClockTime anchor_running_time;
};

G_DEFINE_FINAL_TYPE (GstClaspTap, gst_clasp_tap, GST_TYPE_BASE_SINK)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

/**
 * gst_clasp_tap_new:
 * @caps: what is accepted
 * @sync: whether to wait for the clock (an input)
 * @funcs: who listens
 * @data: passed to @funcs; must live as long as the tap is not in NULL
 *
 * After a flushing seek, @funcs' anchor is asked what to add to running times:
 * it gets the sequence number of the flush and what would fit this tap, and
 * gives the same answer to all taps for the same flush, so that they stay in
 * step.
 *
 * Returns: (transfer floating): a sink
 *
 * Since: 0.1
 */
GstElement *
gst_clasp_tap_new (GstCaps *caps, gboolean sync, const GstClaspTapFuncs *funcs,
    gpointer data)
{
  GstClaspTap *self = g_object_new (GST_TYPE_CLASP_TAP, "sync", sync,
      "enable-last-sample", FALSE, "qos", FALSE, NULL);

  gst_base_sink_set_async_enabled (GST_BASE_SINK (self), FALSE);
  self->allowed = gst_caps_ref (caps);
  self->funcs = *funcs;
  self->data = data;
  return GST_ELEMENT (self);
}

/**
 * gst_clasp_tap_set_allowed_caps:
 * @self: a tap
 * @caps: what is accepted from now on
 *
 * May be called from any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_tap_set_allowed_caps (GstClaspTap *self, GstCaps *caps)
{
  GST_OBJECT_LOCK (self);
  gst_caps_replace (&self->allowed, caps);
  GST_OBJECT_UNLOCK (self);
}

static GstCaps *
gst_clasp_tap_get_caps (GstBaseSink *sink, GstCaps *filter)
{
  GstClaspTap *self = GST_CLASP_TAP (sink);
  g_autoptr (GstCaps) caps = NULL;

  GST_OBJECT_LOCK (self);
  caps = gst_caps_ref (self->allowed);
  GST_OBJECT_UNLOCK (self);
  if (!filter)
    return g_steal_pointer (&caps);
  /* our order: sources fixate to the first */
  return gst_caps_intersect_full (caps, filter, GST_CAPS_INTERSECT_FIRST);
}

static gboolean
gst_clasp_tap_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  GstClaspTap *self = GST_CLASP_TAP (sink);

  /* sources may know their latency only now, and nobody waited for it */
  if (gst_base_sink_get_sync (sink))
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_latency (GST_OBJECT (self)));
  return !self->funcs.caps || self->funcs.caps (caps, self->data);
}

static gboolean
gst_clasp_tap_propose_allocation (GstBaseSink *sink, GstQuery *query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

static GstClockTime
get_running_time (GstClaspTap *self, GstBuffer *buffer)
{
  GstSegment *segment = &GST_BASE_SINK (self)->segment;
  GstClockTime time = GST_BUFFER_DTS_OR_PTS (buffer);

  if (GST_BUFFER_PTS_IS_VALID (buffer))
    time = GST_BUFFER_PTS (buffer);
  if (!GST_CLOCK_TIME_IS_VALID (time) || segment->format != GST_FORMAT_TIME)
    return GST_CLOCK_TIME_NONE;
  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, time);
}

/* NONE unless the clock runs */
static GstClockTime
get_clock_running_time (GstClaspTap *self)
{
  GstClockTime now = gst_element_get_current_running_time (GST_ELEMENT (self));

  return GST_STATE (self) == GST_STATE_PLAYING ? now : GST_CLOCK_TIME_NONE;
}

static void
set_anchor (GstClaspTap *self, GstClockTimeDiff offset)
{
  gst_base_sink_set_ts_offset (GST_BASE_SINK (self), offset);
  self->anchor_base_time = gst_element_get_base_time (GST_ELEMENT (self));
}

/* Somebody else's preroll gave the pipeline a new base time after all. */
static void
check_anchor (GstClaspTap *self)
{
  GstClockTime now;

  if (gst_base_sink_get_ts_offset (GST_BASE_SINK (self)) == 0 ||
      self->anchor_base_time == gst_element_get_base_time (GST_ELEMENT (self)))
    return;
  now = get_clock_running_time (self);
  if (!GST_CLOCK_TIME_IS_VALID (now))
    return;
  if (now < self->anchor_running_time)
    set_anchor (self, 0);
  self->anchor_base_time = gst_element_get_base_time (GST_ELEMENT (self));
}

static void
anchor (GstClaspTap *self, GstBuffer *buffer)
{
  GstClockTime now = get_clock_running_time (self);
  GstClockTime time = get_running_time (self, buffer);
  GstClockTimeDiff offset = 0;

  if (!GST_CLOCK_TIME_IS_VALID (time))
    return;
  self->anchor_pending = FALSE;
  if (GST_CLOCK_TIME_IS_VALID (now) && now > time)
    offset = GST_CLOCK_DIFF (time, now);
  if (self->funcs.anchor)
    offset = self->funcs.anchor (self->seqnum, offset, self->data);
  self->anchor_running_time = GST_CLOCK_TIME_IS_VALID (now) ? now : 0;
  set_anchor (self, offset);
}

/* called before the base class waits for the clock */
static GstFlowReturn
gst_clasp_tap_prepare (GstBaseSink *sink, GstBuffer *buffer)
{
  GstClaspTap *self = GST_CLASP_TAP (sink);

  if (!gst_base_sink_get_sync (sink))
    return GST_FLOW_OK;
  if (self->anchor_pending)
    anchor (self, buffer);
  else
    check_anchor (self);
  return GST_FLOW_OK;
}

static GstClockTime
get_due (GstClaspTap *self, GstClockTime time)
{
  GstClockTime base = gst_element_get_base_time (GST_ELEMENT (self));
  GstClockTimeDiff offset = gst_base_sink_get_ts_offset (GST_BASE_SINK (self));

  if (!GST_CLOCK_TIME_IS_VALID (time) || !GST_CLOCK_TIME_IS_VALID (base))
    return GST_CLOCK_TIME_NONE;
  if (offset < 0 && (GstClockTime) -offset > time + base)
    return 0;
  return time + base + offset;
}

static GstFlowReturn
gst_clasp_tap_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstClaspTap *self = GST_CLASP_TAP (sink);

  GstClockTime time = get_running_time (self, buffer);

  return self->funcs.buffer (buffer, time, get_due (self, time), self->data);
}

static gboolean
gst_clasp_tap_event (GstBaseSink *sink, GstEvent *event)
{
  GstClaspTap *self = GST_CLASP_TAP (sink);
  gboolean reset_time = FALSE;

  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
    gst_event_parse_flush_stop (event, &reset_time);
    self->anchor_pending |= reset_time;
    self->seqnum = gst_event_get_seqnum (event);
  }
  return GST_BASE_SINK_CLASS (gst_clasp_tap_parent_class)->event (sink, event);
}

static gboolean
gst_clasp_tap_send_event (GstElement *element, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_LATENCY) {
    gst_event_unref (event);
    return TRUE;
  }
  return GST_ELEMENT_CLASS (gst_clasp_tap_parent_class)
      ->send_event (element, event);
}

static gboolean
gst_clasp_tap_start (GstBaseSink *sink)
{
  GstClaspTap *self = GST_CLASP_TAP (sink);

  self->anchor_pending = FALSE;
  gst_base_sink_set_ts_offset (sink, 0);
  return TRUE;
}

static void
gst_clasp_tap_finalize (GObject *object)
{
  GstClaspTap *self = GST_CLASP_TAP (object);

  gst_clear_caps (&self->allowed);
  G_OBJECT_CLASS (gst_clasp_tap_parent_class)->finalize (object);
}

static void
gst_clasp_tap_class_init (GstClaspTapClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_clasp_tap_finalize;
  element_class->send_event = GST_DEBUG_FUNCPTR (gst_clasp_tap_send_event);
  sink_class->start = GST_DEBUG_FUNCPTR (gst_clasp_tap_start);
  sink_class->get_caps = GST_DEBUG_FUNCPTR (gst_clasp_tap_get_caps);
  sink_class->set_caps = GST_DEBUG_FUNCPTR (gst_clasp_tap_set_caps);
  sink_class->propose_allocation =
      GST_DEBUG_FUNCPTR (gst_clasp_tap_propose_allocation);
  sink_class->event = GST_DEBUG_FUNCPTR (gst_clasp_tap_event);
  sink_class->prepare = GST_DEBUG_FUNCPTR (gst_clasp_tap_prepare);
  sink_class->render = GST_DEBUG_FUNCPTR (gst_clasp_tap_render);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "CLASP tap",
      "Sink/Network", "End of a branch inside the CLASP elements",
      "the clasp-gst authors");
}

static void
gst_clasp_tap_init (GstClaspTap *self)
{
}
