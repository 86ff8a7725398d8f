/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* A source pad of claspsrc on its own, fed by hand. */

#include <gst/app/gstappsink.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gsttestclock.h>
#include <gst/video/video.h>
#include "gstclaspoutput.h"
#include "output-fixture.h"

#define N_FRAMES 10
#define LATENCY (100 * GST_MSECOND)
#define WAIT (20 * GST_SECOND)

/* --- fixture --- */

typedef struct {
  GstElement *pipeline;
  GstElement *src;
  GstElement *sink; /* appsink */
  GstClaspOutput *output;
  GstClaspTimebase timebase;
  gint key_units; /* atomic */
  gint gaps;      /* atomic */
} Fixture;

static void
on_key_unit (GstClaspOutput *output, Fixture *f)
{
  g_atomic_int_inc (&f->key_units);
}

static GstPadProbeReturn
count_gaps (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Fixture *f = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_GAP)
    g_atomic_int_inc (&f->gaps);
  return GST_PAD_PROBE_OK;
}

static void
set_up (Fixture *f, GstClaspMediaKind kind)
{
  f->pipeline = gst_pipeline_new (NULL);
  f->src = fixture_src_new ();
  gst_bin_add (GST_BIN (f->pipeline), f->src);
  f->output = gst_clasp_output_new (GST_BIN (f->src), kind, 0, 7, LATENCY);
  g_signal_connect (f->output, "key-unit-requested", G_CALLBACK (on_key_unit),
      f);
  gst_clasp_output_start (f->output);
}

/* Links the pad to an appsink, through @elements if there are any. */
static void
link_sink (Fixture *f, const char *elements, const char *caps)
{
  GError *error = NULL;
  g_autofree char *line = g_strdup_printf ("%s appsink name=sink sync=false "
                                           "async=false caps=\"%s\"",
      elements, caps);
  GstElement *bin = gst_parse_bin_from_description (line, TRUE, &error);
  g_autoptr (GstPad) pad = NULL;

  g_assert_no_error (error);
  gst_clear_object (&f->sink);
  f->sink = gst_bin_get_by_name (GST_BIN (bin), "sink");
  gst_bin_add (GST_BIN (f->pipeline), bin);
  pad = gst_element_get_static_pad (bin, "sink");
  g_assert_cmpint (gst_pad_link (gst_clasp_output_get_pad (f->output), pad), ==,
      GST_PAD_LINK_OK);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, count_gaps, f,
      NULL);
  gst_element_sync_state_with_parent (bin);
}

static void
unlink_sink (Fixture *f)
{
  GstPad *pad = gst_clasp_output_get_pad (f->output);
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);
  g_autoptr (GstElement) bin = gst_pad_get_parent_element (peer);

  gst_pad_unlink (pad, peer);
  gst_element_set_state (bin, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (f->pipeline), bin);
}

static void
play (Fixture *f)
{
  gst_element_set_state (f->pipeline, GST_STATE_PLAYING);
  g_assert_cmpint (gst_element_get_state (f->pipeline, NULL, NULL, WAIT), !=,
      GST_STATE_CHANGE_FAILURE);
  gst_clear_object (&f->timebase.clock);
  f->timebase.clock = gst_element_get_clock (f->pipeline);
  f->timebase.base_time = gst_element_get_base_time (f->pipeline);
}

static void
tear_down (Fixture *f)
{
  gst_element_set_state (f->pipeline, GST_STATE_NULL);
  gst_clasp_output_stop (f->output, FALSE);
  g_object_unref (f->output);
  gst_clear_object (&f->sink);
  gst_clear_object (&f->timebase.clock);
  gst_object_unref (f->pipeline);
}

static void
push (Fixture *f, GPtrArray *samples, guint i)
{
  gst_clasp_output_push (f->output, g_ptr_array_index (samples, i),
      &f->timebase);
}

static GstSample *
pull (Fixture *f)
{
  GstSample *sample =
      gst_app_sink_try_pull_sample (GST_APP_SINK (f->sink), WAIT);

  g_assert_nonnull (sample);
  return sample;
}

static void
assert_type (GstSample *sample, const char *type)
{
  g_assert_cmpstr (gst_structure_get_name (
                       gst_caps_get_structure (gst_sample_get_caps (sample),
                           0)),
      ==, type);
}

/* All but the last frame have been dealt with. */
static void
drain (Fixture *f)
{
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (f->src), "video_0-source");
  guint64 level;

  do
    g_object_get (source, "current-level-buffers", &level, NULL);
  while (level > 0);
}

static guint
count_children (Fixture *f)
{
  guint n;

  GST_OBJECT_LOCK (f->src);
  n = GST_BIN_NUMCHILDREN (f->src);
  GST_OBJECT_UNLOCK (f->src);
  return n;
}

static GstClockTime
running_time (GPtrArray *samples, guint i)
{
  GstSample *sample = g_ptr_array_index (samples, i);

  return gst_segment_to_running_time (gst_sample_get_segment (sample),
      GST_FORMAT_TIME, GST_BUFFER_PTS (gst_sample_get_buffer (sample)));
}

/* All frames come out as @type, at the time they were stamped with. */
static void
expect_frames (Fixture *f, GPtrArray *samples, const char *type)
{
  for (guint i = 0; i < N_FRAMES; i++) {
    g_autoptr (GstSample) sample = NULL;

    push (f, samples, i);
    sample = pull (f);
    assert_type (sample, type);
    g_assert_cmpuint (GST_BUFFER_PTS (gst_sample_get_buffer (sample)), ==,
        running_time (samples, i));
  }
}

/* --- tests --- */

GST_START_TEST (test_raw)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "videoconvert !", "video/x-raw,format=I420");
  play (&f);
  expect_frames (&f, samples, "video/x-raw");
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_encoded)
{
  static const char *const sinks[] = {"video/x-h264", "ANY",
      "video/x-h264,stream-format=avc", "video/x-h264;video/x-raw"};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();

  for (gsize i = 0; i < G_N_ELEMENTS (sinks); i++) {
    Fixture f = {0};

    set_up (&f, GST_CLASP_MEDIA_VIDEO);
    link_sink (&f, "", sinks[i]);
    play (&f);
    expect_frames (&f, samples, "video/x-h264");
    /* the source and a bin with the parser, no decoder */
    g_assert_cmpuint (count_children (&f), ==, 2);
    tear_down (&f);
  }
}
GST_END_TEST;

GST_START_TEST (test_vp8)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_vp8 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-vp8");
  play (&f);
  expect_frames (&f, samples, "video/x-vp8");
  g_assert_cmpuint (count_children (&f), ==, 1);
  unlink_sink (&f);
  link_sink (&f, "", "video/x-raw");
  expect_frames (&f, samples, "video/x-raw");
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_audio)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_opus ();

  set_up (&f, GST_CLASP_MEDIA_AUDIO);
  link_sink (&f, "audioconvert !", "audio/x-raw,format=S16LE");
  play (&f);
  for (guint i = 0; i < N_FRAMES; i++)
    push (&f, samples, i);
  for (guint i = 0; i < N_FRAMES - 1; i++) {
    g_autoptr (GstSample) sample = pull (&f);

    assert_type (sample, "audio/x-raw");
  }
  tear_down (&f);
}
GST_END_TEST;

static GstMessage *
pop_error (Fixture *f, GstClockTime timeout)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (f->pipeline);

  return gst_bus_timed_pop_filtered (bus, timeout, GST_MESSAGE_ERROR);
}

/* A pad that nobody linked costs nothing and is no error; once linked it goes
 * on with a key frame, which it asks for. */
GST_START_TEST (test_unlinked)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();
  g_autoptr (GstSample) first = NULL;

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  play (&f);
  for (guint i = 0; i < 3; i++)
    push (&f, samples, i);
  drain (&f);
  link_sink (&f, "", "video/x-raw");
  for (guint i = 3; i < N_FRAMES; i++)
    push (&f, samples, i);
  first = pull (&f);
  g_assert_cmpuint (GST_BUFFER_PTS (gst_sample_get_buffer (first)), ==,
      running_time (samples, 5));
  g_assert_cmpint (g_atomic_int_get (&f.key_units), >, 0);
  g_assert_null (pop_error (&f, 0));
  tear_down (&f);
}
GST_END_TEST;

/* Linked to something else, with other needs. */
GST_START_TEST (test_relink)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-raw");
  play (&f);
  expect_frames (&f, samples, "video/x-raw");
  unlink_sink (&f);
  push (&f, samples, 1);
  link_sink (&f, "", "video/x-h264");
  expect_frames (&f, samples, "video/x-h264");
  unlink_sink (&f);
  link_sink (&f, "", "video/x-raw");
  expect_frames (&f, samples, "video/x-raw");
  g_assert_null (pop_error (&f, 0));
  tear_down (&f);
}
GST_END_TEST;

/* Another broadcaster, another codec, the same pad. */
GST_START_TEST (test_codec_change)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) h264 = fixture_encode_h264 ();
  g_autoptr (GPtrArray) vp8 = fixture_encode_vp8 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-raw");
  play (&f);
  expect_frames (&f, h264, "video/x-raw");
  expect_frames (&f, vp8, "video/x-raw");
  expect_frames (&f, h264, "video/x-raw");
  g_assert_null (pop_error (&f, 0));
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_nothing_fits)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-vp9");
  play (&f);
  push (&f, samples, 0);
  message = pop_error (&f, WAIT);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE);
  g_assert_nonnull (strstr (error->message, "video_0"));
  tear_down (&f);
}
GST_END_TEST;

/* In PAUSED a live source gives nothing; afterwards no frame is decoded whose
 * reference was dropped. */
GST_START_TEST (test_paused)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();
  g_autoptr (GstSample) sample = NULL;

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-raw");
  play (&f);
  push (&f, samples, 0);
  gst_sample_unref (pull (&f));
  gst_element_set_state (f.pipeline, GST_STATE_PAUSED);
  gst_element_get_state (f.pipeline, NULL, NULL, WAIT);
  push (&f, samples, 1);
  g_assert_cmpint (g_atomic_int_get (&f.key_units), ==, 0);
  play (&f);
  for (guint i = 2; i < N_FRAMES; i++)
    push (&f, samples, i);
  sample = pull (&f);
  g_assert_cmpuint (GST_BUFFER_PTS (gst_sample_get_buffer (sample)), ==,
      running_time (samples, 5));
  g_assert_cmpint (g_atomic_int_get (&f.key_units), >, 0);
  g_assert_cmpuint (gst_clasp_output_get_dropped (f.output), ==, 4);
  tear_down (&f);
}
GST_END_TEST;

/* Media that was stamped by another clock keeps its age. */
GST_START_TEST (test_other_clock)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();
  g_autoptr (GstSample) sample = NULL;
  GstClock *other = gst_test_clock_new_with_start_time (500 * GST_SECOND);
  GstClockTime now, pts;

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-h264");
  play (&f);
  gst_object_replace ((GstObject **) &f.timebase.clock, GST_OBJECT (other));
  gst_object_unref (other);
  /* the first frame is stamped with the other pipeline's now */
  f.timebase.base_time = 500 * GST_SECOND - running_time (samples, 0);
  now = gst_element_get_current_running_time (f.pipeline);
  push (&f, samples, 0);
  sample = pull (&f);
  pts = GST_BUFFER_PTS (gst_sample_get_buffer (sample));
  g_assert_cmpuint (pts, >=, now);
  g_assert_cmpuint (pts, <=, gst_element_get_current_running_time (f.pipeline));
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_gap)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_vp8 ();
  g_autoptr (GstSample) sample = NULL;

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-raw");
  play (&f);
  gst_clasp_output_fill (f.output); /* nothing came yet: nothing to fill */
  push (&f, samples, 0);
  gst_sample_unref (pull (&f));
  while (g_atomic_int_get (&f.gaps) == 0)
    gst_clasp_output_fill (f.output);
  /* whoever comes next begins with a key frame */
  push (&f, samples, 1);
  push (&f, samples, 5);
  sample = pull (&f);
  g_assert_cmpuint (GST_BUFFER_PTS (gst_sample_get_buffer (sample)), ==,
      running_time (samples, 5));
  tear_down (&f);
}
GST_END_TEST;

/* A peer that is away is silence, not concealed sound. */
GST_START_TEST (test_audio_gap)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_opus ();

  set_up (&f, GST_CLASP_MEDIA_AUDIO);
  link_sink (&f, "", "audio/x-raw");
  play (&f);
  push (&f, samples, 0);
  push (&f, samples, 1);
  gst_sample_unref (pull (&f));
  while (gst_element_get_current_running_time (f.pipeline) < GST_SECOND / 2)
    g_thread_yield ();
  gst_clasp_output_fill (f.output);
  while (g_atomic_int_get (&f.gaps) == 0)
    g_thread_yield ();
  tear_down (&f);
}

GST_END_TEST;

/* Requests from downstream leave by the signal. */
GST_START_TEST (test_force_key_unit)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_vp8 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-raw");
  play (&f);
  push (&f, samples, 0);
  gst_sample_unref (pull (&f));
  g_assert_cmpint (g_atomic_int_get (&f.key_units), ==, 0);
  gst_element_send_event (f.sink,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
  g_assert_cmpint (g_atomic_int_get (&f.key_units), ==, 1);
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_queries)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  g_autoptr (GstCaps) raw = gst_caps_from_string ("video/x-raw");
  g_autoptr (GstCaps) caps = NULL;
  GstPad *pad;
  gboolean live;
  GstClockTime min, max;

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  pad = gst_clasp_output_get_pad (f.output);
  for (int linked = 0; linked < 2; linked++) {
    if (linked) {
      link_sink (&f, "", "video/x-h264");
      play (&f);
      push (&f, samples, 0);
      gst_sample_unref (pull (&f));
    }
    g_assert_true (gst_pad_query (pad, query));
    gst_query_parse_latency (query, &live, &min, &max);
    g_assert_true (live);
    g_assert_cmpuint (min, >=, LATENCY);
    g_assert_cmpuint (max, ==, GST_CLOCK_TIME_NONE);
  }
  unlink_sink (&f);
  caps = gst_pad_query_caps (pad, raw);
  g_assert_false (gst_caps_is_empty (caps));
  g_assert_false (gst_pad_send_event (pad,
      gst_event_new_seek (1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
          GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0)));
  tear_down (&f);
}
GST_END_TEST;

/* EOS is for pads that end while the element runs. */
GST_START_TEST (test_eos)
{
  Fixture f = {0};
  g_autoptr (GPtrArray) samples = fixture_encode_h264 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO);
  link_sink (&f, "", "video/x-raw");
  play (&f);
  push (&f, samples, 0);
  gst_sample_unref (pull (&f));
  gst_clasp_output_stop (f.output, TRUE);
  g_assert_null (gst_app_sink_try_pull_sample (GST_APP_SINK (f.sink), WAIT));
  g_assert_true (gst_app_sink_is_eos (GST_APP_SINK (f.sink)));
  gst_element_set_state (f.pipeline, GST_STATE_NULL);
  g_object_unref (f.output);
  gst_clear_object (&f.sink);
  gst_clear_object (&f.timebase.clock);
  gst_object_unref (f.pipeline);
}
GST_END_TEST;

static Suite *
output_suite (void)
{
  Suite *suite = suite_create ("output");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_raw);
  tcase_add_test (tc, test_encoded);
  tcase_add_test (tc, test_vp8);
  tcase_add_test (tc, test_audio);
  tcase_add_test (tc, test_unlinked);
  tcase_add_test (tc, test_relink);
  tcase_add_test (tc, test_codec_change);
  tcase_add_test (tc, test_nothing_fits);
  tcase_add_test (tc, test_paused);
  tcase_add_test (tc, test_other_clock);
  tcase_add_test (tc, test_gap);
  tcase_add_test (tc, test_audio_gap);
  tcase_add_test (tc, test_force_key_unit);
  tcase_add_test (tc, test_queries);
  tcase_add_test (tc, test_eos);
  return suite;
}

GST_CHECK_MAIN (output);
