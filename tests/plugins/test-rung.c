/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <gst/app/gstappsink.h>
#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>
#include <gst/video/video.h>

#include "gstclaspencoder.h"
#include "gstclasprung.h"

#define RAW "video/x-raw,format=I420,width=320,height=240,framerate=30/1"
#define BASELINE "video/x-h264,profile=constrained-baseline"

/* A rung in a running pipeline, with one viewer. */
typedef struct {
  GstElement *pipeline;
  GstClaspRung *rung;
  GstClaspFanoutOutput *output;
  GstClockTime time;

  GMutex lock; /* protects what follows */
  GCond cond;
  guint units;
  guint keys;
  guint upstream_requests;
  guint setups;
  GstClockTime last_time; /* of the last packet */
} Fixture;

static void
on_unit (GstBufferList *packets, gpointer data)
{
  Fixture *self = data;
  GstBuffer *first = gst_buffer_list_get (packets, 0);

  g_mutex_lock (&self->lock);
  self->units++;
  self->last_time = GST_BUFFER_PTS (first);
  self->keys += !GST_BUFFER_FLAG_IS_SET (first, GST_BUFFER_FLAG_DELTA_UNIT);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_buffer_list_unref (packets);
}

static void
on_key_unit (gpointer data)
{
  Fixture *self = data;

  g_mutex_lock (&self->lock);
  self->upstream_requests++;
  g_mutex_unlock (&self->lock);
}

static gboolean
on_encoder_setup (GstElement *encoder, gpointer data)
{
  Fixture *self = data;

  fail_unless_equals_int (GST_STATE (encoder), GST_STATE_NULL);
  self->setups++;
  return FALSE;
}

static void
set_up (Fixture *self, const char *input, const char *output, gboolean wait)
{
  g_autoptr (GstCaps) input_caps = gst_caps_from_string (input);
  g_autoptr (GstCaps) output_caps = gst_caps_from_string (output);
  g_autoptr (GError) error = NULL;
  GstClaspFanoutFormat format = {.payload_type = 100,
      .ssrc = 1,
      .wait_for_key_unit = wait};
  GstClaspRungConfig config = {
      .name = "rung",
      .codec = gst_clasp_codec_for_caps (output_caps),
      .input_caps = input_caps,
      .output_caps = output_caps,
      .bitrate = 1000000,
      .key_unit = on_key_unit,
      .encoder_setup = on_encoder_setup,
      .data = self,
  };

  *self = (Fixture){0};
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  config.parent = GST_BIN (self->pipeline);
  self->rung = gst_clasp_rung_new (&config, &error);
  fail_unless (self->rung != NULL, "%s", error ? error->message : "");
  self->output = gst_clasp_fanout_output_new (&format, on_unit, self, NULL);
  gst_clasp_fanout_add (gst_clasp_rung_get_fanout (self->rung), self->output);
}

static void
tear_down (Fixture *self)
{
  gst_clasp_rung_stop (self->rung);
  gst_clasp_rung_unref (self->rung);
  gst_clasp_fanout_output_unref (self->output);
  fail_unless_equals_int (GST_BIN_NUMCHILDREN (self->pipeline), 0);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->pipeline);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

/* Waits until @count has reached @n; the test's timeout is the watchdog. */
static void
wait_for (Fixture *self, guint *count, guint n)
{
  g_mutex_lock (&self->lock);
  while (*count < n)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

/* One frame in, and its packets out. */
static void
push_frame (Fixture *self, gsize size, guint8 value)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  guint units = self->units;

  gst_buffer_memset (buffer, 0, value, size);
  gst_clasp_rung_push (self->rung, buffer, self->time);
  gst_buffer_unref (buffer);
  self->time += GST_SECOND / 30;
  wait_for (self, &self->units, units + 1);
}

static void
push_frames (Fixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    push_frame (self, 320 * 240 * 3 / 2, i * 8);
}

static char *
get_encoder (Fixture *self)
{
  g_autoptr (GstStructure) stats = gst_clasp_rung_get_stats (self->rung);

  return g_strdup (gst_structure_get_string (stats, "encoder"));
}

static guint64
get_stat (Fixture *self, const char *field)
{
  g_autoptr (GstStructure) stats = gst_clasp_rung_get_stats (self->rung);
  guint64 value = 0;

  fail_unless (gst_structure_get_uint64 (stats, field, &value));
  return value;
}

static void
check_video (const char *output)
{
  Fixture self;

  set_up (&self, RAW, output, TRUE);
  push_frames (&self, 10);
  fail_unless_equals_int (self.setups, 1);
  fail_unless_equals_int (self.keys, 1);
  fail_unless_equals_uint64 (get_stat (&self, "frames"), 10);
  /* on the timeline of what was pushed */
  fail_unless_equals_uint64 (self.last_time, self.time - GST_SECOND / 30);
  gst_clasp_rung_request_key_unit (self.rung);
  push_frames (&self, 3);
  fail_unless_equals_int (self.keys, 2);
  /* each unit was counted once, so none was torn apart */
  fail_unless_equals_uint64 (get_stat (&self, "frames"), 13);
  tear_down (&self);
}

GST_START_TEST (test_h264)
{
  check_video (BASELINE);
}
GST_END_TEST;

GST_START_TEST (test_vp8)
{
  check_video ("video/x-vp8");
}
GST_END_TEST;

/* Requests from many viewers at once are one key frame. */
GST_START_TEST (test_merged_requests)
{
  Fixture self;

  set_up (&self, RAW, BASELINE, TRUE);
  push_frames (&self, 2);
  for (int i = 0; i < 8; i++)
    gst_clasp_rung_request_key_unit (self.rung);
  push_frames (&self, 10);
  fail_unless_equals_int (self.keys, 2);
  tear_down (&self);
}
GST_END_TEST;

/* A new size in mid-stream starts with a key frame of its own. */
GST_START_TEST (test_caps_change)
{
  g_autoptr (GstCaps) bigger = gst_caps_from_string (
      "video/x-raw,format=I420,width=640,height=480,framerate=30/1");
  Fixture self;

  set_up (&self, RAW, BASELINE, TRUE);
  push_frames (&self, 5);
  gst_clasp_rung_set_caps (self.rung, bigger);
  for (int i = 0; i < 5; i++)
    push_frame (&self, 640 * 480 * 3 / 2, i);
  fail_unless_equals_int (self.keys, 2);
  tear_down (&self);
}
GST_END_TEST;

/* 4:2:0 encoders refuse odd sizes; viewers do not care about a line. */
GST_START_TEST (test_odd_size)
{
  static const char *caps =
      "video/x-raw,format=GRAY8,width=321,height=241,framerate=30/1";
  GstVideoInfo info;
  g_autoptr (GstCaps) parsed = gst_caps_from_string (caps);
  Fixture self;

  fail_unless (gst_video_info_from_caps (&info, parsed));
  set_up (&self, caps, BASELINE, TRUE);
  for (int i = 0; i < 3; i++)
    push_frame (&self, info.size, i);
  tear_down (&self);
}
GST_END_TEST;

/* When an encoder breaks, the next one goes on and viewers stay. */
GST_START_TEST (test_next_encoder)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (BASELINE);
  g_auto (GStrv) names = gst_clasp_encoder_list (caps);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  guint n = g_strv_length (names);
  Fixture self;

  set_up (&self, RAW, BASELINE, TRUE);
  push_frames (&self, 2);
  before = get_encoder (&self);
  fail_unless_equals_string (before, names[0]);
  if (n > 1) {
    fail_unless (gst_clasp_rung_restart (self.rung, &error));
    push_frames (&self, 2);
    after = get_encoder (&self);
    fail_unless_equals_string (after, names[1]);
    fail_unless_equals_int (self.keys, 2);
  }
  while (n-- > 1)
    if (!gst_clasp_rung_restart (self.rung, NULL))
      break;
  fail_if (gst_clasp_rung_restart (self.rung, &error));
  fail_unless (g_error_matches (error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND));
  tear_down (&self);
}
GST_END_TEST;

GST_START_TEST (test_bitrate)
{
  Fixture self;
  g_autoptr (GstElement) encoder = NULL;
  g_autoptr (GstIterator) children = NULL;
  g_autoptr (GstElement) x264 = gst_element_factory_make ("x264enc", NULL);
  GValue item = G_VALUE_INIT;
  guint bitrate = 0;

  if (!x264)
    return;
  gst_object_ref_sink (x264);
  set_up (&self, RAW, BASELINE, TRUE);
  children =
      gst_bin_iterate_all_by_element_factory_name (GST_BIN (self.pipeline),
          "x264enc");
  fail_unless_equals_int (gst_iterator_next (children, &item), GST_ITERATOR_OK);
  encoder = g_value_dup_object (&item);
  g_value_unset (&item);
  g_object_get (encoder, "bitrate", &bitrate, NULL);
  fail_unless_equals_int (bitrate, 1000);
  push_frames (&self, 2);
  gst_clasp_rung_set_bitrate (self.rung, 300000);
  g_object_get (encoder, "bitrate", &bitrate, NULL);
  fail_unless_equals_int (bitrate, 300);
  push_frames (&self, 2);
  tear_down (&self);
}
GST_END_TEST;

/* Encodes elsewhere and hands the samples over, as an H.264 camera would. */
static void
check_encoded (const char *encode, const char *output)
{
  g_autofree char *launch =
      g_strdup_printf ("videotestsrc num-buffers=10 ! " RAW
                       " ! %s ! appsink name=s sync=false",
          encode);
  g_autoptr (GstElement) source = gst_parse_launch (launch, NULL);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (source), "s");
  GstSample *sample;
  Fixture self = {0};

  gst_element_set_state (source, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink)))) {
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    g_autofree char *caps = gst_caps_to_string (gst_sample_get_caps (sample));

    if (!self.rung)
      set_up (&self, caps, output, TRUE);
    gst_clasp_rung_push (self.rung, buffer, self.time);
    self.time += GST_SECOND / 30;
    gst_sample_unref (sample);
  }
  /* a parser keeps the last frame until it sees the next one begin */
  wait_for (&self, &self.units, 9);
  fail_unless (self.keys >= 1);
  fail_unless_equals_int (self.setups, 0);
  gst_clasp_rung_request_key_unit (self.rung);
  fail_unless_equals_int (self.upstream_requests, 1);
  gst_element_set_state (source, GST_STATE_NULL);
  tear_down (&self);
}

GST_START_TEST (test_encoded_h264)
{
  check_encoded ("x264enc tune=zerolatency ! h264parse ! "
                 "video/x-h264,stream-format=avc,alignment=au",
      "video/x-h264");
}
GST_END_TEST;

GST_START_TEST (test_encoded_h264_byte_stream)
{
  check_encoded ("x264enc tune=zerolatency ! "
                 "video/x-h264,stream-format=byte-stream",
      "video/x-h264");
}
GST_END_TEST;

GST_START_TEST (test_encoded_vp8)
{
  check_encoded ("vp8enc deadline=1", "video/x-vp8");
}
GST_END_TEST;

GST_START_TEST (test_encoded_vp9)
{
  check_encoded ("vp9enc deadline=1 cpu-used=8", "video/x-vp9");
}
GST_END_TEST;

GST_START_TEST (test_audio)
{
  Fixture self;

  set_up (&self,
      "audio/x-raw,format=S16LE,rate=44100,channels=6,layout=interleaved,"
      "channel-mask=(bitmask)0x3f",
      "audio/x-opus", FALSE);
  for (int i = 0; i < 50; i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 882 * 12, NULL);

    gst_buffer_memset (buffer, 0, i, 882 * 12);
    GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
    gst_clasp_rung_push (self.rung, buffer, i * 20 * GST_MSECOND);
    gst_buffer_unref (buffer);
    if (i >= 5)
      wait_for (&self, &self.units, i - 4);
  }
  fail_unless_equals_int (self.setups, 1);
  tear_down (&self);
}
GST_END_TEST;

/* A viewer that comes late gets nothing before the key frame it asks for. */
GST_START_TEST (test_late_viewer)
{
  GstClaspFanoutFormat format = {.payload_type = 96, .wait_for_key_unit = TRUE};
  GstClaspFanoutOutput *late;
  GstClaspFanoutStats stats;
  Fixture self;
  Fixture other = {0};

  g_mutex_init (&other.lock);
  g_cond_init (&other.cond);
  set_up (&self, RAW, BASELINE, TRUE);
  push_frames (&self, 5);
  late = gst_clasp_fanout_output_new (&format, on_unit, &other, NULL);
  gst_clasp_fanout_add (gst_clasp_rung_get_fanout (self.rung), late);
  push_frames (&self, 5);
  gst_clasp_fanout_output_get_stats (late, &stats);
  fail_unless_equals_uint64 (stats.frames, 0);
  gst_clasp_rung_request_key_unit (self.rung);
  push_frames (&self, 6);
  gst_clasp_fanout_output_get_stats (late, &stats);
  fail_unless (stats.frames >= 3);
  fail_unless_equals_uint64 (stats.key_frames, 1);
  gst_clasp_fanout_output_unref (late);
  tear_down (&self);
  g_cond_clear (&other.cond);
  g_mutex_clear (&other.lock);
}
GST_END_TEST;

GST_START_TEST (test_filter_caps)
{
  g_autoptr (GstCaps) wanted = gst_caps_from_string (
      "video/x-h264,profile=constrained-baseline;video/x-vp8;video/x-nothing");
  g_autoptr (GstCaps) kept = gst_clasp_encoder_filter_caps (wanted);

  fail_unless_equals_int (gst_caps_get_size (kept), 2);
  fail_unless (gst_structure_has_name (gst_caps_get_structure (kept, 0),
      "video/x-h264"));
}
GST_END_TEST;

static Suite *
rung_suite (void)
{
  Suite *suite = suite_create ("rung");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_h264);
  tcase_add_test (tc, test_vp8);
  tcase_add_test (tc, test_merged_requests);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_odd_size);
  tcase_add_test (tc, test_next_encoder);
  tcase_add_test (tc, test_bitrate);
  tcase_add_test (tc, test_encoded_h264);
  tcase_add_test (tc, test_encoded_h264_byte_stream);
  tcase_add_test (tc, test_encoded_vp8);
  tcase_add_test (tc, test_encoded_vp9);
  tcase_add_test (tc, test_audio);
  tcase_add_test (tc, test_late_viewer);
  tcase_add_test (tc, test_filter_caps);
  return suite;
}

GST_CHECK_MAIN (rung);
