/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspoutput.h"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include "gstclaspoutputchain.h"

GST_DEBUG_CATEGORY_STATIC (clasp_output_debug);
#define GST_CAT_DEFAULT clasp_output_debug

/* Downstream may fall this many frames behind before any are dropped. Not by
 * time: appsrc counts that from 0 until the first frame has left it. */
#define MAX_QUEUE 60
#define MAX_CONCEALED (200 * GST_MSECOND)

/**
 * GstClaspOutput:
 *
 * One source pad of claspsrc: takes encoded media from the pipeline of a peer
 * connection and puts it out, decoded when downstream needs that, in the
 * running time of its own pipeline. Outlives the connections that feed it.
 *
 *   push() -> appsrc -> [parser] -> [decoder] -> ghost pad of the bin
 *
 * What follows the appsrc is decided at the first buffer after the pad was
 * linked, and anew when the pad is linked to something else or the codec
 * changes.
 *
 * Signal key-unit-requested: decoding cannot go on without a key frame;
 * emitted in streaming threads.
 */
struct _GstClaspOutput {
  GObject parent_instance;

  GstBin *bin; /* not a reference: it owns the output */
  GstClaspMediaKind kind;
  guint index;
  guint group;
  char *stream;
  GstElement *appsrc;
  GstPad *source; /* of the appsrc */
  GstPad *pad;    /* of the bin */
  GstClockTime latency;

  GstClaspOutputChain chain;
  gint need_key; /* atomic: nothing can be decoded before a key frame */
  gint gaps;     /* atomic: GAP events in the appsrc */

  GMutex lock; /* protects what follows; leaf lock */
  gboolean running;
  gboolean lost;    /* something was left out: the next buffer is a DISCONT */
  GstClockTime end; /* running time up to which there is data, or NONE */
  guint64 dropped;
};

enum {
  SIGNAL_KEY_UNIT_REQUESTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GstClaspOutput, gst_clasp_output, G_TYPE_OBJECT)

static const char *
kind_name (GstClaspMediaKind kind)
{
  return kind == GST_CLASP_MEDIA_VIDEO ? "video" : "audio";
}

static void
request_key_unit (GstClaspOutput *self)
{
  if (self->kind == GST_CLASP_MEDIA_VIDEO)
    g_signal_emit (self, signals[SIGNAL_KEY_UNIT_REQUESTED], 0);
}

static gboolean
is_ready (GstClaspOutput *self)
{
  gboolean fresh = FALSE;
  gboolean ready = gst_clasp_output_chain_prepare (&self->chain, &fresh);

  if (fresh)
    g_atomic_int_set (&self->need_key, TRUE);
  return ready;
}

static GstPadProbeReturn
filter_buffer (GstClaspOutput *self, GstBuffer *buffer)
{
  gboolean delta = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);

  if (!is_ready (self))
    return GST_PAD_PROBE_DROP;
  if (!delta)
    g_atomic_int_set (&self->need_key, FALSE);
  if (!g_atomic_int_get (&self->need_key))
    return GST_PAD_PROBE_OK;
  request_key_unit (self);
  return GST_PAD_PROBE_DROP;
}

static GstEvent *
new_stream_start (GstClaspOutput *self)
{
  GstEvent *event = gst_event_new_stream_start (self->stream);

  gst_event_set_group_id (event, self->group);
  return event;
}

static void
name_stream (GstClaspOutput *self, GstPadProbeInfo *info)
{
  GstEvent *event = new_stream_start (self);

  gst_event_set_seqnum (event,
      gst_event_get_seqnum (GST_PAD_PROBE_INFO_EVENT (info)));
  gst_event_unref (GST_PAD_PROBE_INFO_EVENT (info));
  GST_PAD_PROBE_INFO_DATA (info) = event;
}

/* A decoder conceals a short hole. A long one goes around it: there is nothing
 * to conceal, and opusdec would swallow it. */
static GstPadProbeReturn
filter_gap (GstClaspOutput *self, GstEvent *event)
{
  GstClockTime duration;

  g_atomic_int_add (&self->gaps, -1);
  if (!is_ready (self))
    return GST_PAD_PROBE_DROP;
  gst_event_parse_gap (event, NULL, &duration);
  if (duration < MAX_CONCEALED)
    return GST_PAD_PROBE_OK;
  gst_pad_push_event (self->pad, gst_event_ref (event));
  return GST_PAD_PROBE_DROP;
}

static GstPadProbeReturn
filter_downstream_event (GstClaspOutput *self, GstPadProbeInfo *info)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      name_stream (self, info);
      break;
    case GST_EVENT_CAPS:
      gst_clasp_output_chain_check_caps (&self->chain, event);
      break;
    case GST_EVENT_GAP:
      return filter_gap (self, event);
    default:
      break;
  }
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
filter_upstream_event (GstClaspOutput *self, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE)
    gst_clasp_output_chain_reconsider (&self->chain);
  if (!gst_video_event_is_force_key_unit (event))
    return GST_PAD_PROBE_OK;
  request_key_unit (self);
  return GST_PAD_PROBE_DROP;
}

static GstPadProbeReturn
on_source (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    return filter_buffer (data, GST_PAD_PROBE_INFO_BUFFER (info));
  if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    return filter_downstream_event (data, info);
  return filter_upstream_event (data, GST_PAD_PROBE_INFO_EVENT (info));
}

/* --- the pad --- */

static void
on_linked (GstPad *pad, GstPad *peer, GstClaspOutput *self)
{
  gst_clasp_output_chain_reconsider (&self->chain);
}

/* One pad that goes nowhere is no reason to stop: so the other goes on. */
static GstFlowReturn
chain_tolerant (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstFlowReturn ret = gst_proxy_pad_chain_default (pad, parent, buffer);

  return ret == GST_FLOW_NOT_LINKED ? GST_FLOW_OK : ret;
}

/* Before it is linked the pad can become either. */
static gboolean
answer_caps (GstClaspOutput *self, GstPad *pad, GstQuery *query)
{
  g_autoptr (GstCaps) caps =
      gst_clasp_output_chain_possible_caps (&self->chain);
  GstCaps *filter = NULL;

  gst_query_parse_caps (query, &filter);
  if (filter) {
    GstCaps *both =
        gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);

    gst_caps_unref (caps);
    caps = both;
  }
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

static gboolean
query_pad (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstClaspOutput *self = gst_pad_get_element_private (pad);
  g_autoptr (GstPad) target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));

  if (!self) /* taken off the element */
    return FALSE;
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      if (!gst_pad_is_linked (pad) || !target)
        return answer_caps (self, pad, query);
      break;
    case GST_QUERY_LATENCY:
      if (target)
        break;
      gst_query_set_latency (query, TRUE, self->latency, GST_CLOCK_TIME_NONE);
      return TRUE;
    default:
      break;
  }
  return gst_pad_query_default (pad, parent, query);
}

static void
make_pad (GstClaspOutput *self, const char *name)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self->bin),
          self->kind == GST_CLASP_MEDIA_VIDEO ? "video_%u" : "audio_%u");
  GstPad *internal;

  self->pad = gst_object_ref_sink (
      gst_ghost_pad_new_no_target_from_template (name, template));
  gst_pad_set_element_private (self->pad, self);
  gst_pad_set_query_function (self->pad, query_pad);
  internal = GST_PAD (gst_proxy_pad_get_internal (GST_PROXY_PAD (self->pad)));
  gst_pad_set_chain_function (internal, chain_tolerant);
  gst_object_unref (internal);
  g_signal_connect (self->pad, "linked", G_CALLBACK (on_linked), self);
}

static void
make_appsrc (GstClaspOutput *self, const char *name)
{
  g_autofree char *appsrc_name = g_strdup_printf ("%s-source", name);

  self->appsrc =
      gst_object_ref_sink (gst_element_factory_make ("appsrc", appsrc_name));
  g_object_set (self->appsrc, "format", GST_FORMAT_TIME, "is-live", TRUE,
      "stream-type", GST_APP_STREAM_TYPE_STREAM, "emit-signals", FALSE,
      "max-bytes", (guint64) 0, "min-latency", (gint64) self->latency, NULL);
  self->source = gst_element_get_static_pad (self->appsrc, "src");
  gst_pad_add_probe (self->source,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
          GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      on_source, self, NULL);
}

/**
 * gst_clasp_output_new:
 * @bin: the element
 * @kind: sound or pictures
 * @index: number of the pad
 * @group: group id of the streams of @bin
 * @latency: what is announced as latency, ns
 *
 * Makes the pad `video_%u` or `audio_%u`, not yet on the element.
 *
 * Returns: (transfer full): a new output
 *
 * Since: 0.1
 */
GstClaspOutput *
gst_clasp_output_new (GstBin *bin, GstClaspMediaKind kind, guint index,
    guint group, GstClockTime latency)
{
  GstClaspOutput *self = g_object_new (GST_TYPE_CLASP_OUTPUT, NULL);
  g_autofree char *name = g_strdup_printf ("%s_%u", kind_name (kind), index);

  self->bin = bin;
  self->kind = kind;
  self->index = index;
  self->group = group;
  self->latency = latency;
  self->stream =
      g_strdup_printf ("%s/%08x/%s", GST_OBJECT_NAME (bin), group, name);
  make_appsrc (self, name);
  make_pad (self, name);
  gst_clasp_output_chain_init (&self->chain, bin, kind, self->source,
      self->pad);
  return self;
}

GstPad *
gst_clasp_output_get_pad (GstClaspOutput *self)
{
  return self->pad;
}

GstClaspMediaKind
gst_clasp_output_get_kind (GstClaspOutput *self)
{
  return self->kind;
}

guint
gst_clasp_output_get_index (GstClaspOutput *self)
{
  return self->index;
}

/**
 * gst_clasp_output_start:
 * @self: an output
 *
 * Puts the pad on the element; listeners of `pad-added` may link it at once.
 * Not under a lock.
 *
 * Since: 0.1
 */
void
gst_clasp_output_start (GstClaspOutput *self)
{
  g_mutex_lock (&self->lock);
  self->running = TRUE;
  g_mutex_unlock (&self->lock);
  gst_bin_add (self->bin, self->appsrc);
  gst_pad_set_active (self->pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self->bin), self->pad);
  gst_element_sync_state_with_parent (self->appsrc);
}

/* An output that never had data still tells downstream that it ends. */
static void
send_eos (GstClaspOutput *self)
{
  g_autoptr (GstEvent) started =
      gst_pad_get_sticky_event (self->pad, GST_EVENT_STREAM_START, 0);

  if (!started)
    gst_pad_push_event (self->pad, new_stream_start (self));
  gst_pad_push_event (self->pad, gst_event_new_eos ());
}

/**
 * gst_clasp_output_stop:
 * @self: an output
 * @eos: whether to tell downstream that the stream ends
 *
 * Takes the pad off the element. May wait for downstream: not for the thread
 * that does the signalling.
 *
 * Since: 0.1
 */
void
gst_clasp_output_stop (GstClaspOutput *self, gboolean eos)
{
  g_mutex_lock (&self->lock);
  self->running = FALSE;
  g_mutex_unlock (&self->lock);
  gst_element_set_locked_state (self->appsrc, TRUE);
  gst_element_set_state (self->appsrc, GST_STATE_NULL);
  if (eos)
    send_eos (self);
  gst_clasp_output_chain_drop (&self->chain);
  gst_pad_set_active (self->pad, FALSE);
  gst_element_remove_pad (GST_ELEMENT (self->bin), self->pad);
  gst_bin_remove (self->bin, self->appsrc);
}

/* --- data from the peer connection --- */

static gboolean
is_playing (GstClaspOutput *self)
{
  gboolean playing;

  GST_OBJECT_LOCK (self->bin);
  playing = GST_STATE (self->bin) == GST_STATE_PLAYING;
  GST_OBJECT_UNLOCK (self->bin);
  return playing;
}

static gboolean
is_full (GstClaspOutput *self)
{
  return gst_app_src_get_current_level_buffers (GST_APP_SRC (self->appsrc)) >
      MAX_QUEUE;
}

/* Whether a buffer is passed on. What was left out must not be missed later:
 * after a hole, video goes on with a key frame. */
static gboolean
admit (GstClaspOutput *self, GstBuffer *buffer, gboolean *discont)
{
  gboolean room = is_playing (self) && !is_full (self);
  gboolean admitted;

  g_mutex_lock (&self->lock);
  if (room && self->lost)
    room = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  admitted = room && self->running;
  *discont = admitted && self->lost;
  self->lost = !admitted;
  self->dropped += !admitted;
  g_mutex_unlock (&self->lock);
  return admitted;
}

static void
note_end (GstClaspOutput *self, GstClockTime start, GstClockTime duration)
{
  GstClockTime end = start;

  if (GST_CLOCK_TIME_IS_VALID (duration))
    end += duration;
  g_mutex_lock (&self->lock);
  self->end = end;
  g_mutex_unlock (&self->lock);
}

static GstSample *
restamp (GstSample *sample, GstClockTime time, gboolean discont)
{
  GstBuffer *buffer = gst_buffer_copy (gst_sample_get_buffer (sample));
  GstSample *copy;

  GST_BUFFER_PTS (buffer) = time;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  if (discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  copy = gst_sample_new (buffer, gst_sample_get_caps (sample), NULL, NULL);
  gst_buffer_unref (buffer);
  return copy;
}

/**
 * gst_clasp_output_push:
 * @self: an output
 * @sample: a frame of encoded media, stamped in its segment
 * @timebase: of the pipeline that it comes from
 *
 * Puts a frame out. Never blocks: while the element is not PLAYING or
 * downstream is too slow the frame is dropped and counted. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_output_push (GstClaspOutput *self, GstSample *sample,
    const GstClaspTimebase *timebase)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstClockTime time =
      gst_segment_to_running_time (gst_sample_get_segment (sample),
          GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  g_autoptr (GstSample) stamped = NULL;
  gboolean discont;

  if (!admit (self, buffer, &discont)) {
    if (is_playing (self) && !is_full (self))
      request_key_unit (self);
    return;
  }
  time = gst_clasp_timebase_map (timebase, time, GST_ELEMENT (self->bin));
  if (!GST_CLOCK_TIME_IS_VALID (time))
    return;
  note_end (self, time, GST_BUFFER_DURATION (buffer));
  stamped = restamp (sample, time, discont);
  gst_app_src_push_sample (GST_APP_SRC (self->appsrc), stamped);
}

static void
queue_gap (GstClaspOutput *self, GstClockTime start, GstClockTime duration)
{
  if (g_atomic_int_get (&self->gaps) >= MAX_QUEUE)
    return;
  note_end (self, start, duration);
  g_atomic_int_inc (&self->gaps);
  gst_element_send_event (self->appsrc, gst_event_new_gap (start, duration));
}

/**
 * gst_clasp_output_push_gap:
 * @self: an output
 * @start: running time of the hole in the pipeline of @timebase
 * @duration: its length
 * @timebase: of the pipeline that it comes from
 *
 * Says that something was lost on the way. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_output_push_gap (GstClaspOutput *self, GstClockTime start,
    GstClockTime duration, const GstClaspTimebase *timebase)
{
  GstClockTime time =
      gst_clasp_timebase_map (timebase, start, GST_ELEMENT (self->bin));

  if (GST_CLOCK_TIME_IS_VALID (time) && is_playing (self) && !is_full (self))
    queue_gap (self, time, duration);
}

/**
 * gst_clasp_output_fill:
 * @self: an output
 *
 * Says that there is nothing up to now: downstream must not wait for a peer
 * that is away. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_output_fill (GstClaspOutput *self)
{
  GstClockTime now =
      gst_element_get_current_running_time (GST_ELEMENT (self->bin));
  GstClockTime end;

  g_mutex_lock (&self->lock);
  end = self->end;
  self->lost = TRUE;
  g_mutex_unlock (&self->lock);
  if (!GST_CLOCK_TIME_IS_VALID (end) || !GST_CLOCK_TIME_IS_VALID (now) ||
      now <= end || !is_playing (self))
    return;
  queue_gap (self, end, now - end);
}

/**
 * gst_clasp_output_get_dropped:
 * @self: an output
 *
 * Returns: frames that downstream was too slow or too late for. Any thread.
 *
 * Since: 0.1
 */
guint64
gst_clasp_output_get_dropped (GstClaspOutput *self)
{
  guint64 dropped;

  g_mutex_lock (&self->lock);
  dropped = self->dropped;
  g_mutex_unlock (&self->lock);
  return dropped;
}

static void
gst_clasp_output_finalize (GObject *object)
{
  GstClaspOutput *self = GST_CLASP_OUTPUT (object);

  g_signal_handlers_disconnect_by_data (self->pad, self);
  gst_pad_set_element_private (self->pad, NULL);
  gst_clear_object (&self->source);
  gst_clear_object (&self->appsrc);
  gst_clear_object (&self->pad);
  g_clear_pointer (&self->stream, g_free);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_clasp_output_parent_class)->finalize (object);
}

static void
gst_clasp_output_class_init (GstClaspOutputClass *klass)
{
  GST_DEBUG_CATEGORY_INIT (clasp_output_debug, "claspoutput", 0,
      "CLASP source pads");
  G_OBJECT_CLASS (klass)->finalize = gst_clasp_output_finalize;
  signals[SIGNAL_KEY_UNIT_REQUESTED] =
      g_signal_new ("key-unit-requested", G_TYPE_FROM_CLASS (klass),
          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
gst_clasp_output_init (GstClaspOutput *self)
{
  g_mutex_init (&self->lock);
  self->need_key = TRUE;
  self->end = GST_CLOCK_TIME_NONE;
}
