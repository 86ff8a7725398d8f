/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* From RTP to an output, with packets missing. An appsrc stands where the
 * connection has its webrtcbin. */

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>
#include "gstclaspreceiver.h"
#include "output-fixture.h"

#define WAIT (20 * GST_SECOND)

typedef struct {
  GstElement *pipeline; /* of the connection */
  GstElement *rtp;
  GstElement *player; /* of the application */
  GstElement *sink;
  GstClaspOutput *output;
  GstClaspReceiver *receiver;
  GstClaspTimebase timebase;
} Fixture;

static void
set_up_player (Fixture *f, GstClaspMediaKind kind)
{
  GstElement *src = fixture_src_new ();
  g_autoptr (GstPad) pad = NULL;

  f->player = gst_pipeline_new (NULL);
  f->sink = gst_element_factory_make ("appsink", NULL);
  g_object_set (f->sink, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add_many (GST_BIN (f->player), src, f->sink, NULL);
  f->output = gst_clasp_output_new (GST_BIN (src), kind, 0, 1, 0);
  gst_clasp_output_start (f->output);
  pad = gst_element_get_static_pad (f->sink, "sink");
  gst_pad_link (gst_clasp_output_get_pad (f->output), pad);
  gst_element_set_state (f->player, GST_STATE_PLAYING);
  f->timebase.clock = gst_element_get_clock (f->player);
  f->timebase.base_time = gst_element_get_base_time (f->player);
}

static void
set_up_connection (Fixture *f, GstClaspMediaKind kind, GstCaps *caps)
{
  g_autoptr (GstClaspPeerConnection) connection =
      gst_clasp_peer_connection_new ("peer");
  GstElement *filter = gst_element_factory_make ("capsfilter", NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (filter, "src");

  f->pipeline = gst_pipeline_new (NULL);
  f->rtp = gst_element_factory_make ("appsrc", NULL);
  g_object_set (f->rtp, "format", GST_FORMAT_TIME, "caps", caps, NULL);
  g_object_set (filter, "caps", caps, NULL);
  gst_bin_add_many (GST_BIN (f->pipeline), f->rtp, filter, NULL);
  gst_element_link (f->rtp, filter);
  f->receiver = gst_clasp_receiver_new (connection, kind, 0, &f->timebase);
  gst_clasp_receiver_set_output (f->receiver, f->output);
  g_assert_true (gst_clasp_receiver_take_pad (f->receiver, pad));
  gst_element_set_state (f->pipeline, GST_STATE_PLAYING);
}

static void
set_up (Fixture *f, GstClaspMediaKind kind, GPtrArray *packets)
{
  set_up_player (f, kind);
  set_up_connection (f, kind,
      gst_sample_get_caps (g_ptr_array_index (packets, 0)));
}

static void
tear_down (Fixture *f)
{
  gst_clasp_receiver_stop (f->receiver);
  gst_element_set_state (f->pipeline, GST_STATE_NULL);
  gst_object_unref (f->pipeline);
  g_object_unref (f->receiver);
  gst_element_set_state (f->player, GST_STATE_NULL);
  gst_clasp_output_stop (f->output, FALSE);
  g_object_unref (f->output);
  gst_object_unref (f->player);
  gst_object_unref (f->timebase.clock);
}

/* Two slices a frame, with parameter sets in front of each of a key frame. */
static GPtrArray *
pay_h264 (void)
{
  return fixture_encode (
      "videotestsrc num-buffers=12 pattern=ball ! "
      "video/x-raw,width=320,height=240,framerate=30/1 ! "
      "x264enc tune=zerolatency key-int-max=6 speed-preset=ultrafast "
      "threads=2 ! "
      "rtph264pay mtu=300 pt=96 config-interval=-1");
}

static GPtrArray *
pay_opus (void)
{
  return fixture_encode ("audiotestsrc num-buffers=20 samplesperbuffer=960 ! "
                         "audio/x-raw,rate=48000,channels=2 ! opusenc ! "
                         "rtpopuspay pt=97");
}

static GstBuffer *
packet (GPtrArray *packets, guint i)
{
  return gst_sample_get_buffer (g_ptr_array_index (packets, i));
}

/* Which frame, counted from 0, a packet belongs to. */
static guint
frame_of (GPtrArray *packets, guint index)
{
  guint frame = 0;

  for (guint i = 0; i < index; i++) {
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

    gst_rtp_buffer_map (packet (packets, i), GST_MAP_READ, &rtp);
    frame += gst_rtp_buffer_get_marker (&rtp);
    gst_rtp_buffer_unmap (&rtp);
  }
  return frame;
}

/* Pushes all packets but the first of frame @lost. */
static void
push_packets (Fixture *f, GPtrArray *packets, guint lost)
{
  gboolean dropped = FALSE;

  for (guint i = 0; i < packets->len; i++) {
    if (!dropped && frame_of (packets, i) == lost)
      dropped = TRUE;
    else
      gst_app_src_push_buffer (GST_APP_SRC (f->rtp),
          gst_buffer_ref (packet (packets, i)));
  }
  gst_app_src_end_of_stream (GST_APP_SRC (f->rtp));
}

static void
await_eos (Fixture *f)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (f->pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, WAIT,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
}

static void
pull_frames (Fixture *f, guint n)
{
  for (guint i = 0; i < n; i++) {
    GstSample *sample =
        gst_app_sink_try_pull_sample (GST_APP_SINK (f->sink), WAIT);

    g_assert_nonnull (sample);
    gst_sample_unref (sample);
  }
}

GST_START_TEST (test_all)
{
  Fixture f = {0};
  GstClaspReceiverFigures figures;
  g_autoptr (GPtrArray) packets = pay_h264 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO, packets);
  push_packets (&f, packets, G_MAXUINT);
  pull_frames (&f, 12);
  await_eos (&f);
  gst_clasp_receiver_get_figures (f.receiver, &figures);
  g_assert_cmpstr (figures.codec->name, ==, "h264");
  g_assert_cmpuint (figures.frames, ==, 12);
  g_assert_cmpuint (figures.key_frames, ==, 2);
  g_assert_cmpuint (figures.bytes, >, 0);
  g_assert_cmpuint (figures.key_unit_requests, ==, 0);
  g_assert_cmpint (figures.last, >, 0);
  tear_down (&f);
}
GST_END_TEST;

/* Frame 2 is broken: 3, 4 and 5 refer to it, 6 is the next key frame. */
GST_START_TEST (test_loss)
{
  Fixture f = {0};
  GstClaspReceiverFigures figures;
  g_autoptr (GPtrArray) packets = pay_h264 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO, packets);
  push_packets (&f, packets, 2);
  pull_frames (&f, 8);
  await_eos (&f);
  gst_clasp_receiver_get_figures (f.receiver, &figures);
  g_assert_cmpuint (figures.frames, ==, 8);
  g_assert_cmpuint (figures.key_frames, ==, 2);
  g_assert_cmpuint (figures.key_unit_requests, ==, 1);
  tear_down (&f);
}
GST_END_TEST;

static void
drop_first_frame_but_one_packet (GPtrArray *packets)
{
  while (frame_of (packets, 2) == 0)
    g_ptr_array_remove_index (packets, 0);
  g_ptr_array_remove_index (packets, 0);
}

/* A stream that begins in the middle, with a key frame soon. */
GST_START_TEST (test_late)
{
  Fixture f = {0};
  GstClaspReceiverFigures figures;
  g_autoptr (GPtrArray) packets = pay_h264 ();

  drop_first_frame_but_one_packet (packets);
  set_up (&f, GST_CLASP_MEDIA_VIDEO, packets);
  push_packets (&f, packets, G_MAXUINT);
  pull_frames (&f, 6);
  await_eos (&f);
  gst_clasp_receiver_get_figures (f.receiver, &figures);
  g_assert_cmpuint (figures.frames, ==, 6);
  g_assert_cmpuint (figures.key_unit_requests, ==, 0);
  tear_down (&f);
}

GST_END_TEST;

/* The same, and the key frame does not come by itself. */
GST_START_TEST (test_late_without_key_frame)
{
  Fixture f = {0};
  GstClaspReceiverFigures figures;
  g_autoptr (GPtrArray) packets = pay_h264 ();
  guint16 number = 0;

  drop_first_frame_but_one_packet (packets);
  set_up (&f, GST_CLASP_MEDIA_VIDEO, packets);
  do {
    GstBuffer *buffer = gst_buffer_copy_deep (packet (packets, 1));
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    guint64 level;

    gst_rtp_buffer_map (buffer, GST_MAP_WRITE, &rtp);
    gst_rtp_buffer_set_seq (&rtp, number++);
    gst_rtp_buffer_unmap (&rtp);
    gst_app_src_push_buffer (GST_APP_SRC (f.rtp), buffer);
    do {
      g_thread_yield ();
      level = gst_app_src_get_current_level_buffers (GST_APP_SRC (f.rtp));
    } while (level > 0);
    gst_clasp_receiver_get_figures (f.receiver, &figures);
  } while (figures.key_unit_requests == 0);
  g_assert_cmpuint (figures.frames, ==, 0);
  tear_down (&f);
}

GST_END_TEST;

/* Many requests at once are one. */
GST_START_TEST (test_requests)
{
  Fixture f = {0};
  GstClaspReceiverFigures figures;
  g_autoptr (GPtrArray) packets = pay_h264 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO, packets);
  push_packets (&f, packets, G_MAXUINT);
  await_eos (&f);
  for (int i = 0; i < 50; i++)
    gst_clasp_receiver_request_key_unit (f.receiver);
  gst_clasp_receiver_get_figures (f.receiver, &figures);
  g_assert_cmpuint (figures.key_unit_requests, ==, 1);
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_audio)
{
  Fixture f = {0};
  GstClaspReceiverFigures figures;
  g_autoptr (GPtrArray) packets = pay_opus ();

  set_up (&f, GST_CLASP_MEDIA_AUDIO, packets);
  for (guint i = 0; i < packets->len; i++)
    gst_app_src_push_buffer (GST_APP_SRC (f.rtp),
        gst_buffer_ref (packet (packets, i)));
  pull_frames (&f, packets->len);
  gst_clasp_receiver_get_figures (f.receiver, &figures);
  g_assert_cmpuint (figures.frames, ==, packets->len);
  g_assert_cmpuint (figures.key_unit_requests, ==, 0);
  tear_down (&f);
}
GST_END_TEST;

/* Packets without an output are counted and gone. */
GST_START_TEST (test_without_output)
{
  Fixture f = {0};
  GstClaspReceiverFigures figures;
  g_autoptr (GPtrArray) packets = pay_h264 ();

  set_up (&f, GST_CLASP_MEDIA_VIDEO, packets);
  gst_clasp_receiver_set_output (f.receiver, NULL);
  push_packets (&f, packets, G_MAXUINT);
  await_eos (&f);
  gst_clasp_receiver_get_figures (f.receiver, &figures);
  g_assert_cmpuint (figures.frames, ==, 12);
  g_assert_null (gst_app_sink_try_pull_sample (GST_APP_SINK (f.sink), 0));
  tear_down (&f);
}
GST_END_TEST;

/* A peer that sends what was not agreed. */
GST_START_TEST (test_unknown_codec)
{
  static const char *const unwanted[] = {
      "application/x-rtp,media=video,encoding-name=THEORA,clock-rate=90000",
      "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000",
      "application/x-rtp,media=video,clock-rate=90000",
  };
  g_autoptr (GPtrArray) packets = pay_h264 ();

  for (gsize i = 0; i < G_N_ELEMENTS (unwanted); i++) {
    Fixture f = {0};
    g_autoptr (GstCaps) caps = gst_caps_from_string (unwanted[i]);
    GstElement *rtp = gst_element_factory_make ("capsfilter", NULL);
    g_autoptr (GstPad) pad = gst_element_get_static_pad (rtp, "src");

    set_up (&f, GST_CLASP_MEDIA_VIDEO, packets);
    g_object_set (rtp, "caps", caps, NULL);
    gst_bin_add (GST_BIN (f.pipeline), rtp);
    g_assert_false (gst_clasp_receiver_take_pad (f.receiver, pad));
    g_assert_false (gst_pad_is_linked (pad));
    gst_bin_remove (GST_BIN (f.pipeline), rtp);
    tear_down (&f);
  }
}
GST_END_TEST;

static Suite *
receiver_suite (void)
{
  Suite *suite = suite_create ("receiver");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_all);
  tcase_add_test (tc, test_loss);
  tcase_add_test (tc, test_late);
  tcase_add_test (tc, test_late_without_key_frame);
  tcase_add_test (tc, test_requests);
  tcase_add_test (tc, test_audio);
  tcase_add_test (tc, test_without_output);
  tcase_add_test (tc, test_unknown_codec);
  return suite;
}

GST_CHECK_MAIN (receiver);
