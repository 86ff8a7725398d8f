/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* claspsrc and claspsink in one room, over a relay of the test's own. */

#include <gio/gio.h>
#include <gst/app/gstappsink.h>
#include <gst/check/gstcheck.h>
#include <gst/video/video.h>
#include "relay-fixture.h"

#define WAIT (20 * GST_SECOND)
#define CAMERA_SIZE 160

/* --- broadcasters --- */

static GstElement *
play_line (const char *line)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);

  g_assert_no_error (error);
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), !=,
      GST_STATE_CHANGE_FAILURE);
  return pipeline;
}

static char *
camera_line (RelayFixture *relay, const char *name, int size)
{
  return g_strdup_printf (
      "videotestsrc is-live=true pattern=ball ! "
      "capsfilter name=size caps=video/x-raw,width=%d,height=%d,framerate=30/1 "
      "! claspsink name=%s relay-url=ws://127.0.0.1:%u/ room=test "
      "audiotestsrc is-live=true samplesperbuffer=960 ! "
      "audio/x-raw,rate=48000,channels=2 ! %s.",
      size, size, name, relay->port, name);
}

static GstElement *
start_camera (RelayFixture *relay, const char *name, int size)
{
  g_autofree char *line = camera_line (relay, name, size);

  return play_line (line);
}

/* In a process of its own, which can be killed. */
static GSubprocess *
spawn_camera (RelayFixture *relay, const char *name)
{
  g_autofree char *line = camera_line (relay, name, CAMERA_SIZE);
  g_autofree char *command = g_strdup_printf ("gst-launch-1.0 -q %s", line);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_assert_true (g_shell_parse_argv (command, NULL, &argv, NULL));
  process = g_subprocess_newv ((const char *const *) argv,
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
  g_assert_no_error (error);
  return process;
}

static void
kill_process (GSubprocess *process)
{
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  g_object_unref (process);
}

static void
stop_pipeline (GstElement *pipeline)
{
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_NULL), ==,
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (pipeline);
}

/* --- receivers --- */

#define RAW                                                    \
  "s. ! videoconvert ! appsink name=v sync=false async=false " \
  "caps=video/x-raw,format=I420"
#define ENCODED "s. ! appsink name=v sync=false async=false caps=video/x-h264"

static GstElement *
start_viewer (RelayFixture *relay, const char *properties, const char *rest)
{
  g_autofree char *line = g_strdup_printf (
      "claspsrc name=s relay-url=ws://127.0.0.1:%u/ room=test %s %s",
      relay->port, properties, rest);

  return play_line (line);
}

static void
assert_no_error (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  if (message)
    gst_message_parse_error (message, &error, NULL);
  g_assert_no_error (error);
}

static GstSample *
pull_from (GstElement *pipeline, GstElement *sink)
{
  GstSample *sample = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), WAIT);

  if (!sample)
    assert_no_error (pipeline);
  g_assert_nonnull (sample);
  return sample;
}

static GstSample *
pull (GstElement *pipeline, const char *name)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), name);

  return pull_from (pipeline, sink);
}

static void
pull_many (GstElement *pipeline, const char *name, guint n)
{
  while (n-- > 0)
    gst_sample_unref (pull (pipeline, name));
}

/* Nothing of what happened was an error. */
static void
stop_viewer (GstElement *pipeline)
{
  assert_no_error (pipeline);
  stop_pipeline (pipeline);
}

static int
width_of (GstSample *sample)
{
  int width = 0;

  gst_structure_get_int (gst_caps_get_structure (gst_sample_get_caps (sample),
                             0),
      "width", &width);
  return width;
}

static void
await_width (GstElement *pipeline, const char *name, int width)
{
  int is;

  do {
    g_autoptr (GstSample) sample = pull (pipeline, name);

    is = width_of (sample);
  } while (is != width);
}

/* Pictures that were taken before something happened are out of the way. */
static void
skip_backlog (GstElement *pipeline, const char *name)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), name);
  GstSample *sample;

  while ((sample = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), 0)))
    gst_sample_unref (sample);
}

static const GstStructure *
await_message (GstElement *pipeline, const char *name, GstMessage **message)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  const GstStructure *s;

  *message = NULL;
  do {
    gst_clear_message (message);
    *message = gst_bus_timed_pop_filtered (bus, WAIT, GST_MESSAGE_ELEMENT);
    g_assert_nonnull (*message);
    s = gst_message_get_structure (*message);
  } while (!gst_structure_has_name (s, name));
  return s;
}

static char *
await_peer (GstElement *pipeline, const char *message_name)
{
  g_autoptr (GstMessage) message = NULL;
  const GstStructure *s = await_message (pipeline, message_name, &message);

  return g_strdup (gst_structure_get_string (s, "peer"));
}

static guint
count_decoders (GstElement *pipeline)
{
  GstIterator *it = gst_bin_iterate_recurse (GST_BIN (pipeline));
  GValue value = G_VALUE_INIT;
  guint n = 0;

  while (gst_iterator_next (it, &value) == GST_ITERATOR_OK) {
    const char *klass = gst_element_get_metadata (g_value_get_object (&value),
        GST_ELEMENT_METADATA_KLASS);

    n += klass && strstr (klass, "Decoder");
    g_value_unset (&value);
  }
  gst_iterator_free (it);
  return n;
}

/* --- fixture --- */

static RelayFixture relay;

static void
set_up (void)
{
  relay_fixture_start (&relay);
}

static void
tear_down (void)
{
  relay_fixture_clear (&relay);
  relay = (RelayFixture){0};
}

/* --- tests --- */

/* Pictures come in order, on time and at their size. */
GST_START_TEST (test_raw)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "", RAW);
  GstClockTime last = 0;

  pull_many (viewer, "v", 15);
  skip_backlog (viewer, "v");
  for (int i = 0; i < 30; i++) {
    g_autoptr (GstSample) sample = pull (viewer, "v");
    GstClockTime pts = GST_BUFFER_PTS (gst_sample_get_buffer (sample));
    GstClockTime now = gst_element_get_current_running_time (viewer);

    g_assert_cmpint (width_of (sample), ==, CAMERA_SIZE);
    g_assert_cmpuint (pts, >, last);
    /* the jitter buffer evens out what came too early */
    g_assert_cmpuint (pts, <, now + GST_SECOND / 2);
    g_assert_cmpuint (pts + 2 * GST_SECOND, >, now);
    last = pts;
  }
  stop_viewer (viewer);
  stop_pipeline (camera);
}
GST_END_TEST;

GST_START_TEST (test_encoded)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "", ENCODED);
  g_autoptr (GstSample) first = pull (viewer, "v");

  g_assert_false (GST_BUFFER_FLAG_IS_SET (gst_sample_get_buffer (first),
      GST_BUFFER_FLAG_DELTA_UNIT));
  pull_many (viewer, "v", 20);
  g_assert_cmpuint (count_decoders (viewer), ==, 0);
  stop_viewer (viewer);
  stop_pipeline (camera);
}
GST_END_TEST;

GST_START_TEST (test_sound)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "",
      RAW " s. ! audioconvert ! appsink name=a sync=false async=false "
          "caps=audio/x-raw,format=S16LE");

  pull_many (viewer, "a", 50);
  pull_many (viewer, "v", 20);
  stop_viewer (viewer);
  stop_pipeline (camera);
}
GST_END_TEST;

GST_START_TEST (test_playbin)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *player = gst_element_factory_make ("playbin", NULL);
  GstElement *video = gst_element_factory_make ("appsink", "v");
  GstElement *audio = gst_element_factory_make ("appsink", "a");
  g_autofree char *uri =
      g_strdup_printf ("clasp://127.0.0.1:%u/test", relay.port);

  g_object_set (player, "uri", uri, "video-sink", video, "audio-sink", audio,
      NULL);
  gst_element_set_state (player, GST_STATE_PLAYING);
  for (int i = 0; i < 20; i++) {
    gst_sample_unref (pull_from (player, video));
    gst_sample_unref (pull_from (player, audio));
  }
  stop_viewer (player);
  stop_pipeline (camera);
}
GST_END_TEST;

/* Whoever was there first, and whoever is asked for. */
GST_START_TEST (test_filter)
{
  GstElement *door = start_camera (&relay, "door", CAMERA_SIZE);
  GstElement *yard = start_camera (&relay, "yard", 2 * CAMERA_SIZE);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (door), "door");
  GstElement *by_name = start_viewer (&relay, "peer=yard", RAW);
  GstElement *by_session, *nobody;
  g_autoptr (GstElement) nobody_sink = NULL;
  g_autofree char *session = NULL, *peer = NULL;

  nobody = start_viewer (&relay, "peer=garden", RAW);
  for (int i = 0; i < 10; i++) {
    g_autoptr (GstSample) sample = pull (by_name, "v");

    g_assert_cmpint (width_of (sample), ==, 2 * CAMERA_SIZE);
  }
  g_object_get (sink, "session", &session, NULL);
  peer = g_strdup_printf ("peer=%s", session);
  by_session = start_viewer (&relay, peer, RAW);
  for (int i = 0; i < 10; i++) {
    g_autoptr (GstSample) sample = pull (by_session, "v");

    g_assert_cmpint (width_of (sample), ==, CAMERA_SIZE);
  }
  nobody_sink = gst_bin_get_by_name (GST_BIN (nobody), "v");
  g_assert_null (gst_app_sink_try_pull_sample (GST_APP_SINK (nobody_sink), 0));
  stop_viewer (by_name);
  stop_viewer (by_session);
  stop_viewer (nobody);
  stop_pipeline (door);
  stop_pipeline (yard);
}
GST_END_TEST;

typedef struct {
  GMutex lock; /* protects the rest */
  GCond cond;
  GstElement *pipeline;
  guint added;
  guint removed;
  guint eos;
  guint frames;
} Pads;

static GstPadProbeReturn
count_data (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Pads *pads = data;

  g_mutex_lock (&pads->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    pads->frames++;
  else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    pads->eos++;
  g_cond_broadcast (&pads->cond);
  g_mutex_unlock (&pads->lock);
  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement *src, GstPad *pad, Pads *pads)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "async", FALSE, "sync", FALSE, NULL);
  gst_bin_add (GST_BIN (pads->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  gst_pad_add_probe (sink_pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      count_data, pads, NULL);
  g_assert_cmpint (gst_pad_link (pad, sink_pad), ==, GST_PAD_LINK_OK);
  g_mutex_lock (&pads->lock);
  pads->added++;
  g_cond_broadcast (&pads->cond);
  g_mutex_unlock (&pads->lock);
}

static void
on_pad_removed (GstElement *src, GstPad *pad, Pads *pads)
{
  g_mutex_lock (&pads->lock);
  pads->removed++;
  g_cond_broadcast (&pads->cond);
  g_mutex_unlock (&pads->lock);
}

#define await_pads(pads, condition)                                       \
  G_STMT_START                                                            \
  {                                                                       \
    gint64 await_end = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND; \
    g_mutex_lock (&(pads)->lock);                                         \
    while (!(condition))                                                  \
      g_assert_true (                                                     \
          g_cond_wait_until (&(pads)->cond, &(pads)->lock, await_end));   \
    g_mutex_unlock (&(pads)->lock);                                       \
  }                                                                       \
  G_STMT_END

static gboolean
has_pad (GstElement *src, const char *name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, name);

  return pad != NULL;
}

static GstElement *
set_up_pads (Pads *pads, const char *peer)
{
  GstElement *src = gst_element_factory_make ("claspsrc", NULL);
  g_autofree char *url = relay_fixture_url (&relay);

  pads->pipeline = gst_pipeline_new (NULL);
  g_object_set (src, "relay-url", url, "peer", peer, NULL);
  g_signal_connect (src, "pad-added", G_CALLBACK (on_pad_added), pads);
  g_signal_connect (src, "pad-removed", G_CALLBACK (on_pad_removed), pads);
  gst_bin_add (GST_BIN (pads->pipeline), src);
  return src;
}

/* All of them: pads come and go with the peers, and end with EOS. */
GST_START_TEST (test_all)
{
  Pads pads = {0};
  GstElement *src = set_up_pads (&pads, "*");
  GstElement *first, *second;

  gst_element_set_state (pads.pipeline, GST_STATE_PLAYING);
  first = start_camera (&relay, "first", CAMERA_SIZE);
  await_pads (&pads, pads.added == 2 && pads.frames > 10);
  g_assert_true (has_pad (src, "video_0") && has_pad (src, "audio_0"));
  second = start_camera (&relay, "second", CAMERA_SIZE);
  await_pads (&pads, pads.added == 4);
  g_assert_true (has_pad (src, "video_1") && has_pad (src, "audio_1"));
  stop_pipeline (first);
  await_pads (&pads, pads.removed == 2 && pads.eos == 2);
  g_assert_false (has_pad (src, "video_0"));
  g_assert_true (has_pad (src, "video_1"));
  /* the lowest number that is free */
  first = start_camera (&relay, "first", CAMERA_SIZE);
  await_pads (&pads, pads.added == 6);
  g_assert_true (has_pad (src, "video_0") && has_pad (src, "audio_0"));
  stop_viewer (pads.pipeline);
  await_pads (&pads, pads.removed == 6);
  stop_pipeline (first);
  stop_pipeline (second);
}
GST_END_TEST;

/* The pipeline behind the pads does not notice more than a gap. */
GST_START_TEST (test_broadcaster_restart)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "", RAW);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (viewer), "s");
  g_autofree char *added = await_peer (viewer, "clasp-peer-added");

  pull_many (viewer, "v", 10);
  for (int i = 1; i <= 3; i++) {
    g_autofree char *removed = NULL, *again = NULL;

    stop_pipeline (camera);
    removed = await_peer (viewer, "clasp-peer-removed");
    g_assert_cmpstr (removed, ==, added);
    camera = start_camera (&relay, "cam", CAMERA_SIZE * (1 + i % 2));
    await_width (viewer, "v", CAMERA_SIZE * (1 + i % 2));
    again = await_peer (viewer, "clasp-peer-added");
    g_assert_cmpstr (again, !=, removed);
    g_free (added);
    added = g_steal_pointer (&again);
    g_assert_true (has_pad (src, "video_0"));
    g_assert_false (has_pad (src, "video_1"));
  }
  stop_viewer (viewer);
  stop_pipeline (camera);
}
GST_END_TEST;

/* It dies without a word and is started again: the new one is received before
 * the old one is known to be dead. */
GST_START_TEST (test_broadcaster_killed)
{
  GSubprocess *camera = spawn_camera (&relay, "cam");
  GstElement *viewer = start_viewer (&relay, "", RAW);
  g_autofree char *peer = await_peer (viewer, "clasp-peer-added");
  g_autofree char *next = NULL;

  pull_many (viewer, "v", 10);
  kill_process (camera);
  camera = spawn_camera (&relay, "cam");
  next = await_peer (viewer, "clasp-peer-added");
  g_assert_cmpstr (next, !=, peer);
  skip_backlog (viewer, "v");
  pull_many (viewer, "v", 10);
  stop_viewer (viewer);
  kill_process (camera);
}
GST_END_TEST;

/* Two with one name: one is received, and when it goes the other. */
GST_START_TEST (test_same_name)
{
  GstElement *first = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "peer=cam", RAW);
  GstElement *second;

  await_width (viewer, "v", CAMERA_SIZE);
  second = start_camera (&relay, "cam", 2 * CAMERA_SIZE);
  for (int i = 0; i < 30; i++) {
    g_autoptr (GstSample) sample = pull (viewer, "v");

    g_assert_cmpint (width_of (sample), ==, CAMERA_SIZE);
  }
  stop_pipeline (first);
  await_width (viewer, "v", 2 * CAMERA_SIZE);
  stop_viewer (viewer);
  stop_pipeline (second);
}
GST_END_TEST;

/* Another size in the middle of the stream. */
GST_START_TEST (test_caps_change)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "", RAW);
  g_autoptr (GstElement) filter =
      gst_bin_get_by_name (GST_BIN (camera), "size");

  await_width (viewer, "v", CAMERA_SIZE);
  gst_util_set_object_arg (G_OBJECT (filter), "caps",
      "video/x-raw,width=320,height=240,framerate=30/1");
  await_width (viewer, "v", 320);
  stop_viewer (viewer);
  stop_pipeline (camera);
}
GST_END_TEST;

/* The relay is away: nobody misses it, until it is back. */
GST_START_TEST (test_relay_restart)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "", RAW);
  GstElement *late;

  pull_many (viewer, "v", 10);
  relay_fixture_stop (&relay);
  skip_backlog (viewer, "v");
  pull_many (viewer, "v", 60);
  relay_fixture_start (&relay);
  late = start_viewer (&relay, "", RAW);
  pull_many (late, "v", 10);
  skip_backlog (viewer, "v");
  pull_many (viewer, "v", 10);
  stop_viewer (late);
  stop_viewer (viewer);
  stop_pipeline (camera);
}
GST_END_TEST;

static gboolean
is_delta (GstElement *viewer)
{
  g_autoptr (GstSample) sample = pull (viewer, "v");

  return GST_BUFFER_FLAG_IS_SET (gst_sample_get_buffer (sample),
      GST_BUFFER_FLAG_DELTA_UNIT);
}

static const GstStructure *
first_peer (GstStructure *stats)
{
  const GValue *peers = stats ? gst_structure_get_value (stats, "peers") : NULL;

  return peers && gst_value_array_get_size (peers) > 0
      ? gst_value_get_structure (gst_value_array_get_value (peers, 0))
      : NULL;
}

static guint64
get_figure (GstElement *src, const char *field)
{
  g_autoptr (GstStructure) stats = NULL;
  const GstStructure *peer;
  guint64 value = 0;

  g_object_get (src, "stats", &stats, NULL);
  peer = first_peer (stats);
  if (peer)
    gst_structure_get_uint64 (peer, field, &value);
  return value;
}

GST_START_TEST (test_pause)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "", ENCODED);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (viewer), "s");
  g_autoptr (GstSample) sample = NULL;
  GstClockTime paused_at, pts;

  pull_many (viewer, "v", 10);
  g_assert_cmpint (gst_element_set_state (viewer, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_NO_PREROLL);
  while (get_figure (src, "frames-dropped") == 0)
    g_thread_yield ();
  skip_backlog (viewer, "v");
  paused_at = gst_element_get_start_time (viewer);
  gst_element_set_state (viewer, GST_STATE_PLAYING);
  /* one that was on its way may come first; then it goes on with a key frame,
   * and without the time of the pause */
  do {
    g_clear_pointer (&sample, gst_sample_unref);
    sample = pull (viewer, "v");
  } while (!GST_BUFFER_FLAG_IS_SET (gst_sample_get_buffer (sample),
      GST_BUFFER_FLAG_DISCONT));
  g_assert_false (GST_BUFFER_FLAG_IS_SET (gst_sample_get_buffer (sample),
      GST_BUFFER_FLAG_DELTA_UNIT));
  pts = GST_BUFFER_PTS (gst_sample_get_buffer (sample));
  g_assert_cmpuint (pts + GST_SECOND / 2, >=, paused_at);
  g_assert_cmpuint (pts, <,
      gst_element_get_current_running_time (viewer) + GST_SECOND / 2);
  pull_many (viewer, "v", 10);
  stop_viewer (viewer);
  stop_pipeline (camera);
}

GST_END_TEST;

GST_START_TEST (test_force_key_unit)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "", ENCODED);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (viewer), "v");

  pull_many (viewer, "v", 40);
  skip_backlog (viewer, "v");
  g_assert_true (is_delta (viewer));
  gst_element_send_event (sink,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
  while (is_delta (viewer))
    ;
  stop_viewer (viewer);
  stop_pipeline (camera);
}
GST_END_TEST;

GST_START_TEST (test_cycles)
{
  Pads pads = {0};
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);

  set_up_pads (&pads, "");
  for (guint i = 1; i <= 10; i++) {
    gst_element_set_state (pads.pipeline, GST_STATE_PLAYING);
    await_pads (&pads, pads.added == 2 * i && pads.frames > 3);
    g_assert_cmpint (gst_element_set_state (pads.pipeline, GST_STATE_READY), ==,
        GST_STATE_CHANGE_SUCCESS);
    await_pads (&pads, pads.removed == 2 * i);
    pads.frames = 0;
  }
  stop_viewer (pads.pipeline);
  stop_pipeline (camera);
}

GST_END_TEST;

GST_START_TEST (test_stats)
{
  GstElement *camera = start_camera (&relay, "cam", CAMERA_SIZE);
  GstElement *viewer = start_viewer (&relay, "", RAW);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (viewer), "s");
  g_autoptr (GstStructure) stats = NULL;
  const GstStructure *peer;
  guint64 frames = 0, key_frames = 0, bitrate = 0, packets = 0;
  double fps = 0, seconds = 0;
  int width = 0, height = 0;

  do {
    pull_many (viewer, "v", 10);
    g_clear_pointer (&stats, gst_structure_free);
    g_object_get (src, "stats", &stats, NULL);
    peer = first_peer (stats);
    if (peer)
      gst_structure_get (peer, "fps", G_TYPE_DOUBLE, &fps, "seconds",
          G_TYPE_DOUBLE, &seconds, NULL);
  } while (fps < 15 || seconds < 2);
  g_assert_true (gst_structure_get (peer, "frames", G_TYPE_UINT64, &frames,
      "key-frames", G_TYPE_UINT64, &key_frames, "video-bitrate", G_TYPE_UINT64,
      &bitrate, "packets-received", G_TYPE_UINT64, &packets, "width",
      G_TYPE_INT, &width, "height", G_TYPE_INT, &height, NULL));
  g_assert_cmpstr (gst_structure_get_string (peer, "state"), ==, "connected");
  g_assert_cmpstr (gst_structure_get_string (peer, "name"), ==, "cam");
  g_assert_cmpstr (gst_structure_get_string (peer, "video-codec"), ==, "h264");
  g_assert_cmpstr (gst_structure_get_string (peer, "audio-codec"), ==, "opus");
  g_assert_cmpint (width, ==, CAMERA_SIZE);
  g_assert_cmpint (height, ==, CAMERA_SIZE);
  g_assert_cmpuint (frames, >, 30);
  g_assert_cmpuint (key_frames, >=, 1);
  g_assert_cmpuint (bitrate, >, 1000);
  g_assert_cmpuint (packets, >=, frames);
  stop_viewer (viewer);
  stop_pipeline (camera);
}
GST_END_TEST;

static Suite *
claspsrc_peers_suite (void)
{
  Suite *suite = suite_create ("claspsrc-peers");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  tcase_add_test (tc, test_raw);
  tcase_add_test (tc, test_encoded);
  tcase_add_test (tc, test_sound);
  tcase_add_test (tc, test_playbin);
  tcase_add_test (tc, test_filter);
  tcase_add_test (tc, test_all);
  tcase_add_test (tc, test_broadcaster_restart);
  tcase_add_test (tc, test_broadcaster_killed);
  tcase_add_test (tc, test_same_name);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_relay_restart);
  tcase_add_test (tc, test_pause);
  tcase_add_test (tc, test_force_key_unit);
  tcase_add_test (tc, test_cycles);
  tcase_add_test (tc, test_stats);
  return suite;
}

GST_CHECK_MAIN (claspsrc_peers);
