/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Two peer connections in one process, over the addresses of this network
 * namespace only. */

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/clasp/gstclasp.h>
#include <gst/clasp/gstclasppeerconnection.h>
#include <string.h>

#define WATCHDOG_S 20

typedef struct Side Side;

struct Side {
  GstClaspPeerConnection *pc;
  Side *other;
  GstElement *source; /* pipeline that feeds pc, while negotiated */
  GError *error;
  gboolean drop_candidates;
  gboolean tamper;
  char *last_description;
  guint descriptions;
  GstCaps *caps;
  gint received;  /* atomic */
  gint key_units; /* atomic */
};

static gboolean
watchdog (gpointer what)
{
  g_error ("nothing happened for %d s: %s", WATCHDOG_S, (char *) what);
  return G_SOURCE_REMOVE;
}

#define await(condition)                                                     \
  G_STMT_START                                                               \
  {                                                                          \
    guint await_id =                                                         \
        g_timeout_add_seconds (WATCHDOG_S, watchdog, (gpointer) #condition); \
    while (!(condition))                                                     \
      g_main_context_iteration (NULL, TRUE);                                 \
    g_source_remove (await_id);                                              \
  }                                                                          \
  G_STMT_END

static gboolean
tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static GstCaps *
video_codecs (void)
{
  return gst_caps_from_string (
      "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000;"
      "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000");
}

static void
tamper_with (char *sdp)
{
  char *line = strstr (sdp, "a=fingerprint:sha-256 ");

  while (line) {
    line += strlen ("a=fingerprint:sha-256 ");
    *line = *line == '0' ? '1' : '0';
    line = strstr (line, "a=fingerprint:sha-256 ");
  }
}

static void
on_description (GstClaspPeerConnection *pc, const char *type, const char *sdp,
    Side *side)
{
  g_autofree char *text = g_strdup (sdp);
  g_autoptr (GError) error = NULL;

  side->descriptions++;
  g_free (side->last_description);
  side->last_description = g_strdup (sdp);
  if (side->tamper)
    tamper_with (text);
  if (!side->other)
    return;
  gst_clasp_peer_connection_set_remote_description (side->other->pc, type, text,
      &error);
  g_assert_no_error (error);
}

static void
on_candidate (GstClaspPeerConnection *pc, guint mline, const char *mid,
    const char *candidate, Side *side)
{
  g_autoptr (GError) error = NULL;

  if (!side->other || side->drop_candidates)
    return;
  gst_clasp_peer_connection_add_remote_candidate (side->other->pc, mline, mid,
      candidate, &error);
  g_assert_no_error (error);
}

static void
on_failed (GstClaspPeerConnection *pc, GError *error, Side *side)
{
  g_clear_error (&side->error);
  side->error = g_error_copy (error);
}

static void
on_key_unit (GstClaspPeerConnection *pc, guint media, Side *side)
{
  g_atomic_int_inc (&side->key_units);
}

static void
add_in_running_time (GstBufferList *list, GstBuffer *buffer,
    const GstSegment *segment)
{
  GstBuffer *copy = gst_buffer_copy (buffer);

  GST_BUFFER_PTS (copy) = gst_segment_to_running_time (segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (copy));
  GST_BUFFER_DTS (copy) = GST_CLOCK_TIME_NONE;
  gst_buffer_list_add (list, copy);
}

static GstFlowReturn
push_sample (GstAppSink *sink, gpointer data)
{
  Side *side = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBufferList *in = gst_sample_get_buffer_list (sample);
  GstBufferList *list = gst_buffer_list_new ();
  const GstSegment *segment = gst_sample_get_segment (sample);
  guint i;

  for (i = 0; in && i < gst_buffer_list_length (in); i++)
    add_in_running_time (list, gst_buffer_list_get (in, i), segment);
  if (!in)
    add_in_running_time (list, gst_sample_get_buffer (sample), segment);
  gst_clasp_peer_connection_send (side->pc, 0, list);
  return GST_FLOW_OK;
}

static void
start_source (Side *side, GstCaps *caps)
{
  GstAppSinkCallbacks callbacks = {.new_sample = push_sample};
  GstStructure *s = gst_caps_get_structure (caps, 0);
  gboolean h264 =
      g_str_equal (gst_structure_get_string (s, "encoding-name"), "H264");
  g_autofree char *text = NULL;
  g_autoptr (GstElement) sink = NULL;
  int payload = 0;
  guint ssrc = 0;

  g_assert_true (gst_structure_get_int (s, "payload", &payload));
  g_assert_true (gst_structure_get_uint (s, "ssrc", &ssrc));
  text = g_strdup_printf (
      "videotestsrc is-live=true ! video/x-raw,width=320,height=240,"
      "framerate=30/1 ! %s pt=%d ssrc=%u ! appsink name=sink sync=false "
      "buffer-list=true",
      h264 ? "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! "
             "video/x-h264,profile=constrained-baseline ! rtph264pay "
             "config-interval=-1"
           : "vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay",
      payload, ssrc);
  side->source = gst_parse_launch (text, NULL);
  sink = gst_bin_get_by_name (GST_BIN (side->source), "sink");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, side, NULL);
  gst_element_set_state (side->source, GST_STATE_PLAYING);
}

static void
on_negotiated (GstClaspPeerConnection *pc, guint media, GstCaps *caps,
    Side *side)
{
  gst_caps_replace (&side->caps, caps);
  if (caps &&
      gst_structure_has_field (gst_caps_get_structure (caps, 0), "ssrc") &&
      !side->source)
    start_source (side, caps);
}

static GstPadProbeReturn
count (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_atomic_int_inc (&((Side *) data)->received);
  g_main_context_wakeup (NULL);
  return GST_PAD_PROBE_OK;
}

static void
on_incoming (GstClaspPeerConnection *pc, guint media, GstPad *pad, Side *side)
{
  GstBin *bin = gst_clasp_peer_connection_get_bin (pc);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_pad_add_probe (sink_pad, GST_PAD_PROBE_TYPE_BUFFER, count, side, NULL);
  gst_bin_add (bin, sink);
  gst_pad_link (pad, sink_pad);
  gst_element_sync_state_with_parent (sink);
}

static void
side_init (Side *side, const char *peer, gboolean sends)
{
  g_autoptr (GstCaps) codecs = video_codecs ();

  memset (side, 0, sizeof (*side));
  side->pc = gst_clasp_peer_connection_new (peer);
  g_object_set (side->pc, "loopback", TRUE, NULL);
  g_signal_connect (side->pc, "description", G_CALLBACK (on_description), side);
  g_signal_connect (side->pc, "candidate", G_CALLBACK (on_candidate), side);
  g_signal_connect (side->pc, "failed", G_CALLBACK (on_failed), side);
  g_signal_connect (side->pc, "key-unit-requested", G_CALLBACK (on_key_unit),
      side);
  g_signal_connect (side->pc, "media-negotiated", G_CALLBACK (on_negotiated),
      side);
  g_signal_connect (side->pc, "incoming", G_CALLBACK (on_incoming), side);
  gst_clasp_peer_connection_add_media (side->pc, GST_CLASP_MEDIA_VIDEO,
      sends ? GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY
            : GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY,
      codecs);
}

static void
side_clear (Side *side)
{
  if (side->source)
    gst_element_set_state (side->source, GST_STATE_NULL);
  gst_clear_object (&side->source);
  gst_clasp_peer_connection_close (side->pc);
  gst_clear_object (&side->pc);
  g_clear_error (&side->error);
  gst_clear_caps (&side->caps);
  g_clear_pointer (&side->last_description, g_free);
}

static void
pair_init (Side *sender, Side *receiver)
{
  side_init (sender, "receiver", TRUE);
  side_init (receiver, "sender", FALSE);
  sender->other = receiver;
  receiver->other = sender;
}

static void
pair_clear (Side *sender, Side *receiver)
{
  sender->other = receiver->other = NULL;
  side_clear (sender);
  side_clear (receiver);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  gst_clasp_peer_connection_wait_closed ();
}

static gboolean
is_in (Side *side, GstClaspPeerConnectionState state)
{
  return gst_clasp_peer_connection_get_state (side->pc) == state;
}

static void
test_media (gconstpointer data)
{
  gboolean sender_offers = GPOINTER_TO_INT (data);
  Side sender, receiver;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstStructure) stats = NULL;
  const char *encoding;

  pair_init (&sender, &receiver);
  gst_clasp_peer_connection_start (sender_offers ? sender.pc : receiver.pc,
      &error);
  g_assert_no_error (error);
  await (is_in (&sender, GST_CLASP_PEER_CONNECTION_CONNECTED));
  await (g_atomic_int_get (&receiver.received) > 60);
  encoding = gst_structure_get_string (gst_caps_get_structure (sender.caps, 0),
      "encoding-name");
  g_assert_cmpstr (encoding, ==, "H264");
  g_assert_nonnull (strstr (sender.last_description, "a=msid:"));
  g_assert_null (strstr (sender.last_description, "ulpfec"));

  gst_clasp_peer_connection_request_key_unit (receiver.pc, 0);
  await (g_atomic_int_get (&sender.key_units) > 0);
  stats = gst_clasp_peer_connection_get_stats (sender.pc);
  g_test_message ("%s", gst_structure_get_name (stats));
  pair_clear (&sender, &receiver);
}

static void
test_tampered (void)
{
  Side sender, receiver;

  pair_init (&sender, &receiver);
  receiver.tamper = TRUE;
  gst_clasp_peer_connection_start (sender.pc, NULL);
  await (is_in (&sender, GST_CLASP_PEER_CONNECTION_FAILED));
  g_assert_error (sender.error, CLASP_ERROR, CLASP_ERROR_TLS);
  g_assert_cmpint (g_atomic_int_get (&receiver.received), ==, 0);
  pair_clear (&sender, &receiver);
}

static void
test_silent_peer (void)
{
  Side sender, receiver;

  pair_init (&sender, &receiver);
  g_object_set (sender.pc, "negotiation-timeout", 500, NULL);
  sender.other = NULL;
  gst_clasp_peer_connection_start (sender.pc, NULL);
  await (is_in (&sender, GST_CLASP_PEER_CONNECTION_FAILED));
  g_assert_error (sender.error, CLASP_ERROR, CLASP_ERROR_TIMEOUT);
  pair_clear (&sender, &receiver);
}

static void
test_gone_peer (void)
{
  Side sender, receiver;
  gint64 start;

  pair_init (&sender, &receiver);
  gst_clasp_peer_connection_start (sender.pc, NULL);
  await (is_in (&sender, GST_CLASP_PEER_CONNECTION_CONNECTED));
  await (g_atomic_int_get (&receiver.received) > 30);
  start = g_get_monotonic_time ();
  gst_clasp_peer_connection_close (receiver.pc);
  await (is_in (&sender, GST_CLASP_PEER_CONNECTION_FAILED));
  g_assert_error (sender.error, CLASP_ERROR, CLASP_ERROR_TIMEOUT);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  pair_clear (&sender, &receiver);
}

static void
test_later_offer (void)
{
  Side sender, receiver;
  g_autoptr (GError) error = NULL;
  g_autofree char *offer = NULL;
  g_auto (GStrv) parts = NULL;
  gint before;

  pair_init (&sender, &receiver);
  gst_clasp_peer_connection_start (receiver.pc, &error);
  await (is_in (&sender, GST_CLASP_PEER_CONNECTION_CONNECTED));
  await (g_atomic_int_get (&receiver.received) > 10);

  offer = g_strdup (receiver.last_description);
  sender.other = NULL;
  before = sender.descriptions;
  g_assert_true (gst_clasp_peer_connection_set_remote_description (sender.pc,
      "offer", offer, &error));
  g_assert_no_error (error);
  g_assert_cmpint (sender.descriptions, ==, before + 1);
  g_assert_nonnull (strstr (sender.last_description, "a=sendonly"));

  parts = g_strsplit (offer, "a=recvonly", -1);
  g_free (offer);
  offer = g_strjoinv ("a=inactive", parts);
  g_assert_true (gst_clasp_peer_connection_set_remote_description (sender.pc,
      "offer", offer, &error));
  g_assert_nonnull (strstr (sender.last_description, "a=inactive"));

  before = g_atomic_int_get (&receiver.received);
  await (g_atomic_int_get (&receiver.received) > before + 30);
  pair_clear (&sender, &receiver);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
one_cycle (gboolean local_names)
{
  Side sender, receiver;

  pair_init (&sender, &receiver);
  gst_clasp_peer_connection_start (sender.pc, NULL);
  if (local_names)
    gst_clasp_peer_connection_add_remote_candidate (sender.pc, 0, "video0",
        "candidate:1 1 udp 2122260223 5f1a3c0e-1111-4222-8333-444455556666"
        ".local 50000 typ host",
        NULL);
  await (is_in (&sender, GST_CLASP_PEER_CONNECTION_CONNECTED));
  pair_clear (&sender, &receiver);
}

static void
test_cycles (void)
{
  guint threads, descriptors, i;

  for (i = 0; i < 3; i++)
    one_cycle (TRUE);
  threads = count_entries ("/proc/self/task");
  descriptors = count_entries ("/proc/self/fd");
  for (i = 0; i < 20; i++)
    one_cycle (i % 2);
  /* pools of GLib may grow or shrink by a thread or two */
  g_assert_cmpint (count_entries ("/proc/self/task"), <=, threads + 2);
  g_assert_cmpint (count_entries ("/proc/self/fd"), <=, descriptors + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_timeout_add (50, tick, NULL);
  g_test_add_data_func ("/peer-connection/sender-offers",
      GINT_TO_POINTER (TRUE), test_media);
  g_test_add_data_func ("/peer-connection/receiver-offers",
      GINT_TO_POINTER (FALSE), test_media);
  g_test_add_func ("/peer-connection/tampered", test_tampered);
  g_test_add_func ("/peer-connection/silent-peer", test_silent_peer);
  g_test_add_func ("/peer-connection/gone-peer", test_gone_peer);
  g_test_add_func ("/peer-connection/later-offer", test_later_offer);
  g_test_add_func ("/peer-connection/cycles", test_cycles);
  return g_test_run ();
}
