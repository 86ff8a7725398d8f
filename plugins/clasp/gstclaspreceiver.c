/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspreceiver.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>
#include "gstclaspaccessunit.h"

GST_DEBUG_CATEGORY_STATIC (clasp_receiver_debug);
#define GST_CAT_DEFAULT clasp_receiver_debug

/* Not more often than this, and again after this time if no key frame came:
 * a request can get lost like any packet. */
#define REQUEST_INTERVAL (G_USEC_PER_SEC / 2)

/**
 * GstClaspReceiver:
 *
 * One media of one peer connection: RTP from webrtcbin becomes frames of an
 * output. The elements live in the pipeline of the connection and end with it.
 *
 *   webrtcbin -> depayloader -> appsink -> output
 *
 * While there is no output the frames are dropped. Asks the peer for key
 * frames when the depayloader misses packets or the output wants one.
 */
struct _GstClaspReceiver {
  GObject parent_instance;

  GstClaspMediaKind kind;
  guint media;
  GstClaspTimebase timebase;
  GstClaspAccessUnit unit; /* the streaming thread of the appsink */

  GMutex lock;                        /* protects what follows; leaf lock */
  GstClaspPeerConnection *connection; /* NULL once stopped */
  GstClaspOutput *output;
  gint64 requested; /* monotonic, 0: never */
  gboolean wanted;  /* a key frame was asked for and has not come */
  GstClaspReceiverFigures figures;
};

G_DEFINE_FINAL_TYPE (GstClaspReceiver, gst_clasp_receiver, G_TYPE_OBJECT)

/**
 * gst_clasp_receiver_new:
 * @connection: the peer connection
 * @kind: sound or pictures
 * @media: index that @connection gave it
 * @timebase: of the pipeline of @connection
 *
 * Returns: (transfer full): a receiver without output
 *
 * Since: 0.1
 */
GstClaspReceiver *
gst_clasp_receiver_new (GstClaspPeerConnection *connection,
    GstClaspMediaKind kind, guint media, const GstClaspTimebase *timebase)
{
  GstClaspReceiver *self = g_object_new (GST_TYPE_CLASP_RECEIVER, NULL);

  self->kind = kind;
  self->media = media;
  self->connection = gst_object_ref (connection);
  self->timebase.clock = gst_object_ref (timebase->clock);
  self->timebase.base_time = timebase->base_time;
  return self;
}

static GstClaspOutput *
ref_output (GstClaspReceiver *self)
{
  GstClaspOutput *output;

  g_mutex_lock (&self->lock);
  output = self->output ? g_object_ref (self->output) : NULL;
  g_mutex_unlock (&self->lock);
  return output;
}

/**
 * gst_clasp_receiver_set_output:
 * @self: a receiver
 * @output: (nullable): where frames go from now on
 *
 * Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_receiver_set_output (GstClaspReceiver *self, GstClaspOutput *output)
{
  GstClaspOutput *before;

  g_mutex_lock (&self->lock);
  before = self->output;
  self->output = output ? g_object_ref (output) : NULL;
  g_mutex_unlock (&self->lock);
  if (before) {
    g_signal_handlers_disconnect_by_data (before, self);
    g_object_unref (before);
  }
  if (output)
    g_signal_connect_object (output, "key-unit-requested",
        G_CALLBACK (gst_clasp_receiver_request_key_unit), self,
        G_CONNECT_SWAPPED);
}

/* --- key frames --- */

/* lock held */
static GstClaspPeerConnection *
begin_request (GstClaspReceiver *self, gint64 now)
{
  self->wanted = TRUE;
  if (!self->connection ||
      (self->requested && now - self->requested < REQUEST_INTERVAL))
    return NULL;
  self->requested = now;
  self->figures.key_unit_requests++;
  return gst_object_ref (self->connection);
}

/**
 * gst_clasp_receiver_request_key_unit:
 * @self: a receiver
 *
 * Asks the peer for a key frame, never more than twice a second, until one
 * comes. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_receiver_request_key_unit (GstClaspReceiver *self)
{
  g_autoptr (GstClaspPeerConnection) connection = NULL;

  g_mutex_lock (&self->lock);
  connection = begin_request (self, g_get_monotonic_time ());
  g_mutex_unlock (&self->lock);
  if (!connection)
    return;
  GST_DEBUG_OBJECT (connection, "asking for a key frame");
  gst_clasp_peer_connection_request_key_unit (connection, self->media);
}

static void
repeat_request (GstClaspReceiver *self)
{
  gboolean wanted;

  g_mutex_lock (&self->lock);
  wanted = self->wanted;
  g_mutex_unlock (&self->lock);
  if (wanted)
    gst_clasp_receiver_request_key_unit (self);
}

/* --- from RTP to frames --- */

static void
count_frame (GstClaspReceiver *self, GstBuffer *buffer)
{
  g_mutex_lock (&self->lock);
  self->figures.frames++;
  self->figures.bytes += gst_buffer_get_size (buffer);
  self->figures.last = g_get_monotonic_time ();
  if (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT)) {
    self->figures.key_frames++;
    self->wanted = FALSE;
    if (self->figures.key_unit_requests == 0)
      self->requested = 0; /* nobody had to ask */
  }
  g_mutex_unlock (&self->lock);
}

/* (transfer full) for @buffer */
static void
put_out (GstClaspReceiver *self, GstSample *sample, GstBuffer *buffer)
{
  g_autoptr (GstClaspOutput) output = ref_output (self);
  g_autoptr (GstSample) frame = NULL;

  count_frame (self, buffer);
  if (output) {
    frame = gst_sample_new (buffer, gst_sample_get_caps (sample),
        gst_sample_get_segment (sample), NULL);
    gst_clasp_output_push (output, frame, &self->timebase);
  }
  gst_buffer_unref (buffer);
}

static gboolean
is_h264 (GstSample *sample)
{
  const GstClaspCodec *codec =
      gst_clasp_codec_for_caps (gst_sample_get_caps (sample));

  return codec && g_str_equal (codec->name, "h264");
}

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer data)
{
  GstClaspReceiver *self = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *complete[2];
  guint n = 1;

  if (!sample)
    return GST_FLOW_EOS;
  complete[0] = gst_buffer_ref (gst_sample_get_buffer (sample));
  if (is_h264 (sample))
    n = gst_clasp_access_unit_push (&self->unit, complete[0], complete);
  for (guint i = 0; i < n; i++)
    put_out (self, sample, complete[i]);
  return GST_FLOW_OK;
}

/* Lost sound is concealed by the decoder; lost pictures are what the key frame
 * request is for. */
static GstPadProbeReturn
on_gap (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstClaspReceiver *self = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstEvent) segment_event = NULL;
  g_autoptr (GstClaspOutput) output = NULL;
  const GstSegment *segment;
  GstClockTime start, duration;

  if (GST_EVENT_TYPE (event) != GST_EVENT_GAP)
    return GST_PAD_PROBE_OK;
  output = ref_output (self);
  segment_event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  if (!output || !segment_event)
    return GST_PAD_PROBE_OK;
  gst_event_parse_gap (event, &start, &duration);
  gst_event_parse_segment (segment_event, &segment);
  start = gst_segment_to_running_time (segment, GST_FORMAT_TIME, start);
  gst_clasp_output_push_gap (output, start, duration, &self->timebase);
  return GST_PAD_PROBE_OK;
}

/* The requests of the depayloader go through our own limit. */
static GstPadProbeReturn
on_depayloader_event (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  if (!gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info)))
    return GST_PAD_PROBE_OK;
  gst_clasp_receiver_request_key_unit (data);
  return GST_PAD_PROBE_DROP;
}

static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  repeat_request (data);
  return GST_PAD_PROBE_OK;
}

static GstElement *
make_depayloader (GstClaspReceiver *self, const GstClaspCodec *codec)
{
  GstElement *depayloader = gst_element_factory_make (codec->depayloader, NULL);
  g_autoptr (GstPad) pad = NULL;

  if (!depayloader || self->kind == GST_CLASP_MEDIA_AUDIO)
    return depayloader;
  g_object_set (depayloader, "wait-for-keyframe", TRUE, "request-keyframe",
      TRUE, NULL);
  pad = gst_element_get_static_pad (depayloader, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      on_depayloader_event, g_object_ref (self), g_object_unref);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet,
      g_object_ref (self), g_object_unref);
  return depayloader;
}

static GstElement *
make_sink (GstClaspReceiver *self, const GstClaspCodec *codec)
{
  GstElement *sink = gst_element_factory_make ("appsink", NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  GstAppSinkCallbacks callbacks = {.new_sample = on_sample};

  g_object_set (sink, "sync", FALSE, "async", FALSE, "emit-signals", FALSE,
      "enable-last-sample", FALSE, NULL);
  /* The one depayloader that leaves the form of its output to the next. */
  if (g_str_equal (codec->depayloader, "rtph264depay"))
    gst_util_set_object_arg (G_OBJECT (sink), "caps", codec->encoded_caps);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks,
      g_object_ref (self), g_object_unref);
  if (self->kind == GST_CLASP_MEDIA_AUDIO)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_gap,
        g_object_ref (self), g_object_unref);
  return sink;
}

static gboolean
build (GstClaspReceiver *self, GstBin *bin, GstPad *pad,
    const GstClaspCodec *codec)
{
  GstElement *depayloader = make_depayloader (self, codec);
  GstElement *sink;
  g_autoptr (GstPad) sink_pad = NULL;

  if (!depayloader)
    return FALSE;
  sink = make_sink (self, codec);
  sink_pad = gst_element_get_static_pad (depayloader, "sink");
  gst_bin_add_many (bin, depayloader, sink, NULL);
  return gst_element_link (depayloader, sink) &&
      gst_element_sync_state_with_parent (sink) &&
      gst_element_sync_state_with_parent (depayloader) &&
      gst_pad_link (pad, sink_pad) == GST_PAD_LINK_OK;
}

/* A broadcaster starts with a key frame by itself; if that gets lost, it is
 * asked for. */
static void
begin (GstClaspReceiver *self, const GstClaspCodec *codec)
{
  g_mutex_lock (&self->lock);
  self->figures.codec = codec;
  self->wanted = self->kind == GST_CLASP_MEDIA_VIDEO;
  self->requested = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_receiver_take_pad:
 * @self: a receiver
 * @pad: RTP, from the signal `incoming` of the connection
 *
 * Builds what takes the media from @pad to the output. In the streaming thread
 * of the signal.
 *
 * Returns: %FALSE if its codec is none of ours
 *
 * Since: 0.1
 */
gboolean
gst_clasp_receiver_take_pad (GstClaspReceiver *self, GstPad *pad)
{
  g_autoptr (GstElement) webrtc = gst_pad_get_parent_element (pad);
  g_autoptr (GstObject) bin = NULL;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const GstClaspCodec *codec;

  if (!caps)
    caps = gst_pad_query_caps (pad, NULL);
  codec = gst_clasp_codec_for_rtp (caps);
  bin = webrtc ? gst_object_get_parent (GST_OBJECT (webrtc)) : NULL;
  if (!codec || !bin || codec->kind != self->kind) {
    GST_WARNING_OBJECT (pad, "nothing takes %" GST_PTR_FORMAT, caps);
    return FALSE;
  }
  GST_INFO_OBJECT (pad, "receiving %s", codec->name);
  begin (self, codec);
  return build (self, GST_BIN (bin), pad, codec);
}

/**
 * gst_clasp_receiver_stop:
 * @self: a receiver
 *
 * Lets go of connection and output. Frames under way are dropped. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_receiver_stop (GstClaspReceiver *self)
{
  g_autoptr (GstClaspPeerConnection) connection = NULL;

  gst_clasp_receiver_set_output (self, NULL);
  g_mutex_lock (&self->lock);
  connection = g_steal_pointer (&self->connection);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_receiver_get_figures:
 * @self: a receiver
 * @figures: (out caller-allocates): what was received so far
 *
 * Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_receiver_get_figures (GstClaspReceiver *self,
    GstClaspReceiverFigures *figures)
{
  g_mutex_lock (&self->lock);
  *figures = self->figures;
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_receiver_get_dropped:
 * @self: a receiver
 *
 * Returns: frames that its output dropped. Any thread.
 *
 * Since: 0.1
 */
guint64
gst_clasp_receiver_get_dropped (GstClaspReceiver *self)
{
  g_autoptr (GstClaspOutput) output = ref_output (self);

  return output ? gst_clasp_output_get_dropped (output) : 0;
}

/**
 * gst_clasp_receiver_get_size:
 * @self: a receiver of video
 * @width: (out): pixels, 0 while not known
 * @height: (out): pixels, 0 while not known
 *
 * Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_receiver_get_size (GstClaspReceiver *self, int *width, int *height)
{
  g_autoptr (GstClaspOutput) output = ref_output (self);
  g_autoptr (GstCaps) caps = NULL;

  *width = *height = 0;
  if (output)
    caps = gst_pad_get_current_caps (gst_clasp_output_get_pad (output));
  if (!caps)
    return;
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", width);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "height", height);
}

static void
gst_clasp_receiver_finalize (GObject *object)
{
  GstClaspReceiver *self = GST_CLASP_RECEIVER (object);

  gst_clear_object (&self->connection);
  g_clear_object (&self->output);
  gst_clear_object (&self->timebase.clock);
  gst_clasp_access_unit_clear (&self->unit);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_clasp_receiver_parent_class)->finalize (object);
}

static void
gst_clasp_receiver_class_init (GstClaspReceiverClass *klass)
{
  GST_DEBUG_CATEGORY_INIT (clasp_receiver_debug, "claspreceiver", 0,
      "CLASP receiving from a peer connection");
  G_OBJECT_CLASS (klass)->finalize = gst_clasp_receiver_finalize;
}

static void
gst_clasp_receiver_init (GstClaspReceiver *self)
{
  g_mutex_init (&self->lock);
}
