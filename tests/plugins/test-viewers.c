/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* claspsink with viewers: claspsrc in the same process, through a relay. */

#include <gst/check/gstcheck.h>
#include <gst/clasp/gstclasppeerconnection.h>
#include <gst/video/video.h>
#include <relay/clasp-relay.h>

#define WAIT (30 * GST_SECOND)
#define MAX_VIEWERS 4
#define PICTURE                               \
  "videotestsrc is-live=true pattern=ball ! " \
  "video/x-raw,width=320,height=240,framerate=30/1"

/* --- a relay with a thread of its own --- */

typedef struct {
  ClaspIoThread *io;
  ClaspRelay *relay;
  guint port;
} Relay;

static gboolean
start_in_thread (gpointer data)
{
  Relay *self = data;
  g_autoptr (GError) error = NULL;

  self->relay = clasp_relay_new ();
  g_object_set (self->relay, "port", self->port, NULL);
  if (!clasp_relay_start (self->relay, &error))
    g_error ("%s", error->message);
  self->port = clasp_relay_get_port (self->relay);
  return G_SOURCE_REMOVE;
}

static gboolean
stop_in_thread (gpointer data)
{
  Relay *self = data;

  clasp_relay_stop (self->relay);
  g_clear_object (&self->relay);
  return G_SOURCE_REMOVE;
}

static void
relay_start (Relay *self)
{
  if (!self->io)
    self->io = clasp_io_thread_new ("test-relay");
  clasp_io_thread_call (self->io, start_in_thread, self);
}

static void
relay_stop (Relay *self)
{
  clasp_io_thread_call (self->io, stop_in_thread, self);
}

static void
relay_clear (Relay *self)
{
  if (self->relay)
    relay_stop (self);
  g_clear_object (&self->io);
}

/* --- a viewer: claspsrc that counts what it gets --- */

typedef struct {
  GstElement *pipeline;

  GMutex lock; /* protects what follows */
  GCond cond;
  guint frames;
  guint sounds;
  int width;
} Viewer;

static void
on_frame (GstElement *sink, GstBuffer *buffer, GstPad *pad, Viewer *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstStructure *s = gst_caps_get_structure (caps, 0);

  g_mutex_lock (&self->lock);
  if (g_str_has_prefix (gst_structure_get_name (s), "video")) {
    self->frames++;
    gst_structure_get_int (s, "width", &self->width);
  } else {
    self->sounds++;
  }
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* Takes what comes, as it comes. */
static void
on_pad_added (GstElement *src, GstPad *pad, Viewer *self)
{
  GstElement *sink = gst_element_factory_make ("fakesink",
      g_str_has_prefix (GST_PAD_NAME (pad), "video") ? "video" : "audio");
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "sync", FALSE, "async", FALSE, "signal-handoffs", TRUE,
      NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (on_frame), self);
  gst_bin_add (GST_BIN (self->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  gst_pad_link (pad, sink_pad);
}

static void
viewer_start (Viewer *self, guint port, const char *name)
{
  GstElement *src = gst_element_factory_make ("claspsrc", name);
  g_autofree char *url = g_strdup_printf ("ws://127.0.0.1:%u", port);

  *self = (Viewer){0};
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  g_object_set (src, "relay-url", url, NULL);
  g_signal_connect (src, "pad-added", G_CALLBACK (on_pad_added), self);
  gst_bin_add (GST_BIN (self->pipeline), src);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static void
viewer_stop (Viewer *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->pipeline);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

/* The test's timeout is the watchdog. */
static void
viewer_await (Viewer *self, guint *count, guint n)
{
  guint target;

  g_mutex_lock (&self->lock);
  target = *count + n;
  while (*count < target)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
viewer_await_width (Viewer *self, int width)
{
  g_mutex_lock (&self->lock);
  while (self->width != width)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

/* --- the sink --- */

typedef struct {
  GstElement *pipeline;
  GstElement *sink;
  guint port;
} Sender;

static void
sender_start (Sender *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  self->pipeline = gst_parse_launch (text, &error);
  fail_unless (self->pipeline != NULL && !error, "%s",
      error ? error->message : "");
  self->sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "s");
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  g_object_get (self->sink, "relay-port", &self->port, NULL);
}

static void
sender_stop (Sender *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->sink);
  gst_object_unref (self->pipeline);
}

/* The next element message of that name; an error ends the test. */
static GstStructure *
sender_await (Sender *self, const char *name)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

  while (TRUE) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, WAIT,
        GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);

    fail_unless (message != NULL, "no message %s", name);
    fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ELEMENT);
    if (gst_message_has_name (message, name))
      return gst_structure_copy (gst_message_get_structure (message));
  }
}

static void
sender_await_state (Sender *self, const char *state)
{
  gboolean found = FALSE;

  while (!found) {
    g_autoptr (GstStructure) s = sender_await (self, "clasp-connection");

    found = g_str_equal (gst_structure_get_string (s, "state"), state);
  }
}

static void
sender_await_refusal (Sender *self, const char *name, const char *reason)
{
  gboolean found = FALSE;

  while (!found) {
    g_autoptr (GstStructure) s = sender_await (self, "clasp-viewer-refused");

    found = g_str_equal (gst_structure_get_string (s, "name"), name) &&
        strstr (gst_structure_get_string (s, "reason"), reason);
  }
}

static guint
sender_count_encoders (Sender *self)
{
  g_autoptr (GstIterator) iter =
      gst_bin_iterate_recurse (GST_BIN (self->pipeline));
  GValue item = G_VALUE_INIT;
  guint n = 0;

  while (gst_iterator_next (iter, &item) == GST_ITERATOR_OK) {
    GstElementFactory *factory =
        gst_element_get_factory (g_value_get_object (&item));

    if (factory &&
        gst_element_factory_list_is_type (factory,
            GST_ELEMENT_FACTORY_TYPE_ENCODER))
      n++;
    g_value_reset (&item);
  }
  g_value_unset (&item);
  return n;
}

static GstElement *
sender_find_encoder (Sender *self)
{
  g_autoptr (GstIterator) iter =
      gst_bin_iterate_recurse (GST_BIN (self->pipeline));
  GValue item = G_VALUE_INIT;
  GstElement *found = NULL;

  while (!found && gst_iterator_next (iter, &item) == GST_ITERATOR_OK) {
    GstElement *element = g_value_get_object (&item);
    GstElementFactory *factory = gst_element_get_factory (element);

    if (factory &&
        gst_element_factory_list_is_type (factory,
            GST_ELEMENT_FACTORY_TYPE_ENCODER))
      found = gst_object_ref (element);
    g_value_reset (&item);
  }
  g_value_unset (&item);
  return found;
}

static guint64
sender_get_stat (Sender *self, const char *field)
{
  GstStructure *stats = NULL;
  guint64 value = 0;

  g_object_get (self->sink, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, field, &value), "%s", field);
  gst_structure_free (stats);
  return value;
}

/* of the only rung */
static guint64
sender_get_rung_stat (Sender *self, const char *field)
{
  GstStructure *stats = NULL;
  const GValue *rungs;
  guint64 value = 0;

  g_object_get (self->sink, "stats", &stats, NULL);
  rungs = gst_structure_get_value (stats, "rung-stats");
  fail_unless_equals_int (gst_value_array_get_size (rungs), 1);
  fail_unless (
      gst_structure_get_uint64 (gst_value_get_structure (
                                    gst_value_array_get_value (rungs, 0)),
          field, &value));
  gst_structure_free (stats);
  return value;
}

/* --- tests --- */

/* One encoder for all; a viewer that goes disturbs nobody. */
GST_START_TEST (test_encode_once)
{
  Viewer viewers[MAX_VIEWERS];
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0");
  for (int i = 0; i < MAX_VIEWERS; i++)
    viewer_start (&viewers[i], sender.port, NULL);
  for (int i = 0; i < MAX_VIEWERS; i++)
    gst_structure_free (sender_await (&sender, "clasp-viewer-added"));
  for (int i = 0; i < MAX_VIEWERS; i++)
    viewer_await (&viewers[i], &viewers[i].frames, 10);
  fail_unless_equals_int (sender_count_encoders (&sender), 1);

  viewer_stop (&viewers[0]);
  gst_structure_free (sender_await (&sender, "clasp-viewer-removed"));
  for (int i = 1; i < MAX_VIEWERS; i++) {
    viewer_await (&viewers[i], &viewers[i].frames, 10);
    viewer_stop (&viewers[i]);
  }
  sender_stop (&sender);
}
GST_END_TEST;

static void
on_viewer (GstElement *sink, const char *peer, const char *name, guint *count)
{
  fail_unless (peer != NULL && *peer);
  fail_unless_equals_string (name, "looker");
  g_atomic_int_inc ((gint *) count);
}

GST_START_TEST (test_signals_and_stats)
{
  g_autoptr (GstStructure) added = NULL;
  g_autoptr (GstStructure) removed = NULL;
  GstStructure *stats = NULL;
  const GValue *array;
  const GstStructure *viewer_stats;
  guint n_added = 0, n_removed = 0, viewers = 0;
  guint64 frames = 0, keys = 0;
  double seconds = -1;
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0");
  g_signal_connect (sender.sink, "viewer-added", G_CALLBACK (on_viewer),
      &n_added);
  g_signal_connect (sender.sink, "viewer-removed", G_CALLBACK (on_viewer),
      &n_removed);
  viewer_start (&viewer, sender.port, "looker");
  added = sender_await (&sender, "clasp-viewer-added");
  fail_unless_equals_string (gst_structure_get_string (added, "name"),
      "looker");
  viewer_await (&viewer, &viewer.frames, 20);

  g_object_get (sender.sink, "stats", &stats, "viewers", &viewers, NULL);
  fail_unless_equals_int (viewers, 1);
  array = gst_structure_get_value (stats, "viewer-stats");
  fail_unless_equals_int (gst_value_array_get_size (array), 1);
  viewer_stats = gst_value_get_structure (gst_value_array_get_value (array, 0));
  fail_unless_equals_string (gst_structure_get_string (viewer_stats, "rung"),
      "video_0_h264");
  fail_unless_equals_string (gst_structure_get_string (viewer_stats, "state"),
      "connected");
  fail_unless (gst_structure_get_uint64 (viewer_stats, "frames", &frames));
  fail_unless (gst_structure_get_uint64 (viewer_stats, "key-frames", &keys));
  fail_unless (gst_structure_get_double (viewer_stats, "seconds", &seconds));
  fail_unless (frames >= 20);
  fail_unless (keys >= 1);
  fail_unless (seconds > 0);
  array = gst_structure_get_value (stats, "rung-stats");
  fail_unless_equals_int (gst_value_array_get_size (array), 1);
  gst_structure_free (stats);

  viewer_stop (&viewer);
  removed = sender_await (&sender, "clasp-viewer-removed");
  fail_unless_equals_string (gst_structure_get_string (removed, "reason"),
      "the peer left");
  sender_stop (&sender);
  fail_unless_equals_int (n_added, 1);
  fail_unless_equals_int (n_removed, 1);
}
GST_END_TEST;

GST_START_TEST (test_sound)
{
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true relay-port=0 "
              "audiotestsrc is-live=true ! s.");
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 10);
  viewer_await (&viewer, &viewer.sounds, 10);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

static void
check_sent (const char *source, const char *rung, guint n_encoders)
{
  g_autofree char *text =
      g_strdup_printf ("%s ! claspsink name=s run-relay=true relay-port=0",
          source);
  GstStructure *stats = NULL;
  const GstStructure *rung_stats;
  Viewer viewer;
  Sender sender;

  sender_start (&sender, text);
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 10);
  fail_unless_equals_int (sender_count_encoders (&sender), n_encoders);
  g_object_get (sender.sink, "stats", &stats, NULL);
  rung_stats = gst_value_get_structure (
      gst_value_array_get_value (gst_structure_get_value (stats, "rung-stats"),
          0));
  fail_unless_equals_string (gst_structure_get_string (rung_stats, "name"),
      rung);
  gst_structure_free (stats);
  viewer_stop (&viewer);
  sender_stop (&sender);
}

/* What is encoded already goes out as it is: the only encoder is upstream, and
 * it is the one that makes the key frame for a viewer. */
GST_START_TEST (test_encoded_h264)
{
  check_sent (PICTURE " ! x264enc tune=zerolatency key-int-max=100000 ! "
                      "h264parse ! video/x-h264,stream-format=avc",
      "video_0_h264", 1);
}
GST_END_TEST;

GST_START_TEST (test_encoded_vp8)
{
  check_sent (PICTURE " ! vp8enc deadline=1 keyframe-max-dist=100000",
      "video_0_vp8", 1);
}
GST_END_TEST;

GST_START_TEST (test_vp8)
{
  g_autofree char *text = g_strdup_printf (
      PICTURE " ! claspsink name=s run-relay=true relay-port=0 "
              "video-caps=video/x-vp8");
  Viewer viewer;
  Sender sender;

  sender_start (&sender, text);
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 10);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* A new size reaches the viewers on the same connection. */
GST_START_TEST (test_caps_change)
{
  g_autoptr (GstElement) filter = NULL;
  g_autoptr (GstCaps) caps =
      gst_caps_from_string ("video/x-raw,width=640,height=360,framerate=30/1");
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      "videotestsrc is-live=true ! capsfilter name=f "
      "caps=video/x-raw,width=320,height=240,framerate=30/1 ! "
      "claspsink name=s run-relay=true relay-port=0");
  viewer_start (&viewer, sender.port, NULL);
  viewer_await_width (&viewer, 320);
  filter = gst_bin_get_by_name (GST_BIN (sender.pipeline), "f");
  g_object_set (filter, "caps", caps, NULL);
  viewer_await_width (&viewer, 640);
  fail_unless_equals_uint64 (sender_get_stat (&sender, "viewers-added"), 1);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* Raw input that becomes encoded input of the same codec, and back: viewers
 * notice nothing, though all elements behind the pad are others. */
GST_START_TEST (test_kind_change)
{
  g_autoptr (GstElement) selector = NULL;
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      "input-selector name=i ! claspsink name=s run-relay=true relay-port=0 " PICTURE
      " ! i.sink_0 " PICTURE
      " ! x264enc tune=zerolatency key-int-max=5 ! h264parse ! i.sink_1");
  selector = gst_bin_get_by_name (GST_BIN (sender.pipeline), "i");
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 10);
  for (int i = 1; i < 4; i++) {
    g_autofree char *name = g_strdup_printf ("sink_%d", i % 2);
    g_autoptr (GstPad) pad = gst_element_get_static_pad (selector, name);

    g_object_set (selector, "active-pad", pad, NULL);
    viewer_await (&viewer, &viewer.frames, 40);
  }
  fail_unless_equals_uint64 (sender_get_stat (&sender, "viewers-added"), 1);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* What a viewer asks for by PLI comes, through the gate. */
GST_START_TEST (test_key_unit_request)
{
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  guint64 keys;
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0");
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 10);
  keys = sender_get_rung_stat (&sender, "key-frames");
  sink = gst_bin_get_by_name (GST_BIN (viewer.pipeline), "video");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_push_event (pad,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
  while (sender_get_rung_stat (&sender, "key-frames") == keys)
    viewer_await (&viewer, &viewer.frames, 1);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* PAUSED stops the picture and PLAYING brings it back. */
GST_START_TEST (test_pause)
{
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0");
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 5);
  for (int i = 0; i < 3; i++) {
    gst_element_set_state (sender.pipeline, GST_STATE_PAUSED);
    gst_element_get_state (sender.pipeline, NULL, NULL, WAIT);
    gst_element_set_state (sender.pipeline, GST_STATE_PLAYING);
    viewer_await (&viewer, &viewer.frames, 10);
  }
  fail_unless_equals_uint64 (sender_get_stat (&sender, "viewers-added"), 1);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* A pad that goes takes its media with it; the viewer keeps the rest. */
GST_START_TEST (test_pad_removed)
{
  g_autoptr (GstElement) sound = NULL;
  g_autoptr (GstPad) pad = NULL;
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true relay-port=0 "
              "audiotestsrc is-live=true name=a ! s.audio_0");
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 5);
  viewer_await (&viewer, &viewer.sounds, 5);
  sound = gst_bin_get_by_name (GST_BIN (sender.pipeline), "a");
  pad = gst_element_get_static_pad (sender.sink, "audio_0");
  gst_element_set_locked_state (sound, TRUE);
  gst_element_set_state (sound, GST_STATE_NULL);
  gst_element_release_request_pad (sender.sink, pad);
  viewer_await (&viewer, &viewer.frames, 10);
  fail_unless_equals_int (sender_count_encoders (&sender), 1);
  fail_unless_equals_uint64 (sender_get_stat (&sender, "viewers-added"), 1);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* The end of the stream is the pipeline's, whoever watches. */
GST_START_TEST (test_eos)
{
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      "videotestsrc num-buffers=300 ! video/x-raw,width=320,height=240,"
      "framerate=60/1 ! claspsink name=s run-relay=true relay-port=0");
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 5);
  bus = gst_element_get_bus (sender.pipeline);
  message = gst_bus_timed_pop_filtered (bus, WAIT,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* --- admission --- */

static gboolean
refuse (GstElement *sink, const char *peer, const char *name, gpointer data)
{
  return g_str_equal (name, "welcome");
}

GST_START_TEST (test_application_refuses)
{
  Viewer welcome, unwelcome;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0");
  g_signal_connect (sender.sink, "viewer-connecting", G_CALLBACK (refuse),
      NULL);
  viewer_start (&unwelcome, sender.port, "unwelcome");
  sender_await_refusal (&sender, "unwelcome", "application");
  viewer_start (&welcome, sender.port, "welcome");
  viewer_await (&welcome, &welcome.frames, 5);
  fail_unless_equals_uint64 (sender_get_stat (&sender, "refused-application"),
      1);
  fail_unless_equals_int (unwelcome.frames, 0);
  viewer_stop (&welcome);
  viewer_stop (&unwelcome);
  sender_stop (&sender);
}
GST_END_TEST;

/* Who comes when it is full is served when there is room. */
GST_START_TEST (test_max_viewers)
{
  Viewer early, late;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0 max-viewers=1");
  viewer_start (&early, sender.port, "early");
  viewer_await (&early, &early.frames, 5);
  viewer_start (&late, sender.port, "late");
  sender_await_refusal (&sender, "late", "max-viewers");
  viewer_await (&early, &early.frames, 5);
  fail_unless_equals_uint64 (sender_get_stat (&sender, "refused-limit"), 1);
  viewer_stop (&early);
  viewer_await (&late, &late.frames, 5);
  viewer_stop (&late);
  sender_stop (&sender);
}
GST_END_TEST;

/* --- trouble --- */

/* Media that flows goes on without the relay; when it is back, so are we. */
GST_START_TEST (test_relay_away)
{
  g_autofree char *text = NULL;
  Relay relay = {0};
  Viewer viewer, other;
  Sender sender;

  relay_start (&relay);
  text = g_strdup_printf (PICTURE
      " ! claspsink name=s relay-url=ws://127.0.0.1:%u",
      relay.port);
  sender_start (&sender, text);
  sender_await_state (&sender, "joined");
  viewer_start (&viewer, relay.port, NULL);
  viewer_await (&viewer, &viewer.frames, 10);
  relay_stop (&relay);
  sender_await_state (&sender, "reconnecting");
  viewer_await (&viewer, &viewer.frames, 60);
  relay_start (&relay);
  sender_await_state (&sender, "joined");
  viewer_await (&viewer, &viewer.frames, 30);
  viewer_start (&other, relay.port, NULL);
  viewer_await (&other, &other.frames, 10);
  viewer_await (&viewer, &viewer.frames, 10);
  viewer_stop (&other);
  viewer_stop (&viewer);
  sender_stop (&sender);
  relay_clear (&relay);
}
GST_END_TEST;

/* An encoder that breaks is replaced, and viewers stay. */
GST_START_TEST (test_broken_encoder)
{
  g_autoptr (GstElement) broken = NULL;
  g_autoptr (GstElement) next = NULL;
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0");
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 10);
  broken = sender_find_encoder (&sender);
  fail_unless (broken != NULL);
  GST_ELEMENT_ERROR (broken, STREAM, ENCODE, ("broken for a test"), (NULL));
  viewer_await (&viewer, &viewer.frames, 60);
  next = sender_find_encoder (&sender);
  fail_unless (next != NULL && next != broken);
  fail_unless_equals_uint64 (sender_get_stat (&sender, "viewers-added"), 1);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

static gboolean
set_up_encoder (GstElement *sink, GstElement *encoder, guint *count)
{
  fail_unless_equals_int (GST_STATE (encoder), GST_STATE_NULL);
  g_atomic_int_inc ((gint *) count);
  return FALSE;
}

/* The application may tune an encoder; the bitrate changes while it runs. */
GST_START_TEST (test_encoder_setup)
{
  g_autoptr (GstElement) encoder = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  guint count = 0;
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0 bitrate=800000");
  g_signal_connect (sender.sink, "encoder-setup", G_CALLBACK (set_up_encoder),
      &count);
  viewer_start (&viewer, sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 5);
  fail_unless_equals_int (count, 1);
  encoder = sender_find_encoder (&sender);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (encoder), "bitrate")) {
    guint64 bitrate = 0;
    GValue value = G_VALUE_INIT;

    g_value_init (&value, G_TYPE_UINT64);
    g_object_get_property (G_OBJECT (encoder), "bitrate", &value);
    bitrate = g_value_get_uint64 (&value);
    g_object_set (sender.sink, "bitrate", 400000, NULL);
    g_object_get_property (G_OBJECT (encoder), "bitrate", &value);
    fail_unless_equals_uint64 (g_value_get_uint64 (&value), bitrate / 2);
    g_value_unset (&value);
  }
  viewer_await (&viewer, &viewer.frames, 5);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* A viewer that comes before there is media waits for it. */
GST_START_TEST (test_viewer_before_media)
{
  g_autoptr (GstElement) valve = NULL;
  Viewer viewer;
  Sender sender;

  sender_start (&sender,
      "videotestsrc is-live=true ! video/x-raw,width=320,height=240,"
      "framerate=30/1 ! valve name=v drop=true drop-mode=drop-all ! "
      "claspsink name=s run-relay=true relay-port=0");
  sender_await_state (&sender, "joined");
  viewer_start (&viewer, sender.port, NULL);
  valve = gst_bin_get_by_name (GST_BIN (sender.pipeline), "v");
  g_object_set (valve, "drop", FALSE, NULL);
  viewer_await (&viewer, &viewer.frames, 5);
  viewer_stop (&viewer);
  sender_stop (&sender);
}
GST_END_TEST;

/* Two sinks in a room do not serve each other. */
GST_START_TEST (test_two_broadcasters)
{
  g_autofree char *text = NULL;
  Sender first_sender, second_sender;
  Viewer viewer;

  sender_start (&first_sender,
      PICTURE " ! claspsink name=s run-relay=true "
              "relay-port=0");
  sender_await_state (&first_sender, "joined");
  text = g_strdup_printf (PICTURE
      " ! claspsink name=s relay-url=ws://127.0.0.1:%u",
      first_sender.port);
  sender_start (&second_sender, text);
  sender_await_state (&second_sender, "joined");
  viewer_start (&viewer, first_sender.port, NULL);
  viewer_await (&viewer, &viewer.frames, 20);
  fail_unless (sender_get_stat (&first_sender, "viewers-added") <= 1);
  fail_unless (sender_get_stat (&second_sender, "viewers-added") <= 1);
  fail_unless_equals_uint64 (sender_get_stat (&first_sender, "viewers-failed"),
      0);
  viewer_stop (&viewer);
  sender_stop (&second_sender);
  sender_stop (&first_sender);
}
GST_END_TEST;

/* Stopping with viewers, and starting again. */
GST_START_TEST (test_restart_with_viewers)
{
  Viewer viewer;
  Sender sender;
  Relay relay = {0};
  g_autofree char *text = NULL;

  relay_start (&relay);
  text = g_strdup_printf (PICTURE
      " ! claspsink name=s relay-url=ws://127.0.0.1:%u",
      relay.port);
  sender_start (&sender, text);
  viewer_start (&viewer, relay.port, NULL);
  for (int i = 0; i < 3; i++) {
    viewer_await (&viewer, &viewer.frames, 5);
    gst_element_set_state (sender.pipeline, GST_STATE_READY);
    gst_element_set_state (sender.pipeline, GST_STATE_PLAYING);
  }
  viewer_await (&viewer, &viewer.frames, 5);
  sender_stop (&sender);
  viewer_stop (&viewer);
  relay_clear (&relay);
}
GST_END_TEST;

static Suite *
viewers_suite (void)
{
  Suite *suite = suite_create ("viewers");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_encode_once);
  tcase_add_test (tc, test_signals_and_stats);
  tcase_add_test (tc, test_sound);
  tcase_add_test (tc, test_encoded_h264);
  tcase_add_test (tc, test_encoded_vp8);
  tcase_add_test (tc, test_vp8);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_kind_change);
  tcase_add_test (tc, test_key_unit_request);
  tcase_add_test (tc, test_pause);
  tcase_add_test (tc, test_pad_removed);
  tcase_add_test (tc, test_eos);
  tcase_add_test (tc, test_application_refuses);
  tcase_add_test (tc, test_max_viewers);
  tcase_add_test (tc, test_relay_away);
  tcase_add_test (tc, test_broken_encoder);
  tcase_add_test (tc, test_encoder_setup);
  tcase_add_test (tc, test_viewer_before_media);
  tcase_add_test (tc, test_two_broadcasters);
  tcase_add_test (tc, test_restart_with_viewers);
  return suite;
}

GST_CHECK_MAIN (viewers);
