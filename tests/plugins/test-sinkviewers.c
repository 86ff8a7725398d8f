/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The table of viewers without a relay: the test says what the signaller would,
 * and plays the other side of each connection. */

#include <gst/check/gstcheck.h>
#include <gst/clasp/gstclaspsdp.h>
#include <sys/resource.h>

#include "gstclaspsinkpeer.h"
#include "gstclaspsinkviewers.h"

#define RAW "video/x-raw,format=I420,width=320,height=240,framerate=30/1"

typedef struct _Fixture Fixture;

/* The other side of one connection. */
typedef struct {
  Fixture *fixture;
  char *id;
  GstClaspPeerConnection *connection;
  guint frames; /* atomic */
} Remote;

struct _Fixture {
  GstElement *pipeline;
  GstClaspTimeline timeline;
  GstClaspSettings settings;
  GstClaspSinkViewers *viewers;
  GstClaspSinkStream *stream;
  GstPad *source;
  GstClockTime time;
  GHashTable *remotes; /* id -> Remote: who gets what is sent to that id */
  guint offers;
  guint added;
  guint removed;
  guint refused;
  char *reason; /* of the last removal or refusal */
};

/* --- the other side --- */

static GstFlowReturn
on_packet (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Remote *remote = gst_pad_get_element_private (pad);
  guint8 header[2] = {0};

  gst_buffer_extract (buffer, 0, header, sizeof header);
  if (header[1] & 0x80)
    g_atomic_int_inc ((gint *) &remote->frames);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
on_incoming (GstClaspPeerConnection *connection, guint media, GstPad *pad,
    Remote *remote)
{
  GstPad *sink = gst_pad_new (NULL, GST_PAD_SINK);

  gst_pad_set_element_private (sink, remote);
  gst_pad_set_chain_function (sink, on_packet);
  gst_pad_set_active (sink, TRUE);
  gst_object_ref_sink (sink);
  g_object_set_data_full (G_OBJECT (connection), "sink", sink,
      gst_object_unref);
  gst_pad_link (pad, sink);
}

static void
on_remote_description (GstClaspPeerConnection *connection, const char *type,
    const char *sdp, Remote *remote)
{
  gst_clasp_sink_viewers_description (remote->fixture->viewers, remote->id,
      type, sdp);
}

static void
on_remote_candidate (GstClaspPeerConnection *connection, guint mline,
    const char *mid, const char *candidate, Remote *remote)
{
  gst_clasp_sink_viewers_candidate (remote->fixture->viewers, remote->id, mline,
      mid, candidate);
}

static Remote *
remote_new (Fixture *self, const char *id)
{
  g_autoptr (GstCaps) codecs = gst_caps_from_string (
      "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,"
      "packetization-mode=(string)1,profile-level-id=(string)42e01f");
  Remote *remote = g_new0 (Remote, 1);

  remote->fixture = self;
  remote->id = g_strdup (id);
  remote->connection = gst_clasp_peer_connection_new (id);
  gst_clasp_peer_connection_add_media (remote->connection,
      GST_CLASP_MEDIA_VIDEO, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY,
      codecs);
  g_signal_connect (remote->connection, "incoming", G_CALLBACK (on_incoming),
      remote);
  g_signal_connect (remote->connection, "description",
      G_CALLBACK (on_remote_description), remote);
  g_signal_connect (remote->connection, "candidate",
      G_CALLBACK (on_remote_candidate), remote);
  g_hash_table_replace (self->remotes, remote->id, remote);
  return remote;
}

static void
remote_free (Remote *remote)
{
  if (g_hash_table_lookup (remote->fixture->remotes, remote->id) == remote)
    g_hash_table_remove (remote->fixture->remotes, remote->id);
  gst_clasp_peer_connection_close (remote->connection);
  gst_clasp_peer_connection_wait_closed ();
  g_signal_handlers_disconnect_by_data (remote->connection, remote);
  gst_object_unref (remote->connection);
  g_free (remote->id);
  g_free (remote);
}

/* --- this side --- */

static void
on_description (const char *peer, const char *type, const char *sdp,
    gpointer data)
{
  Fixture *self = data;
  Remote *remote = g_hash_table_lookup (self->remotes, peer);

  self->offers += g_str_equal (type, "offer");
  if (remote)
    gst_clasp_peer_connection_set_remote_description (remote->connection, type,
        sdp, NULL);
}

static void
on_candidate (const char *peer, guint mline, const char *mid,
    const char *candidate, gpointer data)
{
  Fixture *self = data;
  Remote *remote = g_hash_table_lookup (self->remotes, peer);

  if (remote)
    gst_clasp_peer_connection_add_remote_candidate (remote->connection, mline,
        mid, candidate, NULL);
}

static gboolean
on_connecting (const char *peer, const char *name, gpointer data)
{
  return TRUE;
}

static void
on_added (const char *peer, const char *name, gpointer data)
{
  ((Fixture *) data)->added++;
}

static void
set_reason (Fixture *self, const char *reason)
{
  g_free (self->reason);
  self->reason = g_strdup (reason);
}

static void
on_removed (const char *peer, const char *name, const char *reason,
    gpointer data)
{
  ((Fixture *) data)->removed++;
  set_reason (data, reason);
}

static void
on_refused (const char *peer, const char *name, const char *reason,
    gpointer data)
{
  ((Fixture *) data)->refused++;
  set_reason (data, reason);
}

static const GstClaspSinkViewersFuncs funcs = {
    .description = on_description,
    .candidate = on_candidate,
    .connecting = on_connecting,
    .added = on_added,
    .removed = on_removed,
    .refused = on_refused,
};

static void
on_caps_changed (gboolean kind_changed, gpointer data)
{
}

static gboolean
on_encoder_setup (GstElement *encoder, gpointer data)
{
  return FALSE;
}

static const GstClaspSinkStreamFuncs stream_funcs = {
    .caps_changed = on_caps_changed,
    .encoder_setup = on_encoder_setup,
};

static void
set_up (Fixture *self)
{
  g_autoptr (GstCaps) preferences =
      gst_caps_from_string ("video/x-h264,profile=constrained-baseline");
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();

  *self = (Fixture){0};
  self->remotes = g_hash_table_new (g_str_hash, g_str_equal);
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_clasp_timeline_init (&self->timeline);
  gst_clasp_settings_init (&self->settings);
  self->viewers = gst_clasp_sink_viewers_new (&self->timeline, &funcs, self);
  self->stream = gst_clasp_sink_stream_new (GST_BIN (self->pipeline),
      GST_CLASP_MEDIA_VIDEO, "video_0", &self->timeline, &stream_funcs, self);
  gst_clasp_sink_stream_set_preferences (self->stream, preferences);
  gst_clasp_sink_stream_set_bitrate (self->stream, 500000);
  gst_clasp_sink_viewers_add_stream (self->viewers, self->stream);
  gst_bin_add (GST_BIN (self->pipeline),
      gst_clasp_sink_stream_get_tap (self->stream));
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  gst_clasp_timeline_play (&self->timeline, clock,
      gst_element_get_base_time (self->pipeline));
  gst_clasp_sink_viewers_start (self->viewers, &self->settings);
}

/* From here on there is media. */
static void
begin_media (Fixture *self)
{
  g_autoptr (GstPad) sink =
      gst_element_get_static_pad (gst_clasp_sink_stream_get_tap (self->stream),
          "sink");
  g_autoptr (GstCaps) caps = gst_caps_from_string (RAW);

  self->source = gst_object_ref_sink (gst_pad_new ("src", GST_PAD_SRC));
  gst_pad_set_active (self->source, TRUE);
  gst_pad_link (self->source, sink);
  gst_check_setup_events (self->source, self->pipeline, caps, GST_FORMAT_TIME);
  gst_clasp_sink_viewers_media_changed (self->viewers);
}

static void
tear_down (Fixture *self)
{
  gst_clasp_sink_viewers_stop (self->viewers);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_clasp_sink_viewers_free (self->viewers);
  gst_clasp_sink_stream_unref (self->stream);
  gst_clear_object (&self->source);
  gst_clasp_timeline_clear (&self->timeline);
  gst_clasp_settings_clear (&self->settings);
  gst_object_unref (self->pipeline);
  g_hash_table_unref (self->remotes);
  g_free (self->reason);
  gst_clasp_peer_connection_wait_closed ();
}

static void
push_frame (Fixture *self)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 320 * 240 * 3 / 2, NULL);

  gst_buffer_memset (buffer, 0, self->time / GST_MSECOND, 320 * 240);
  GST_BUFFER_PTS (buffer) = self->time;
  self->time += GST_SECOND / 30;
  fail_unless_equals_int (gst_pad_push (self->source, buffer), GST_FLOW_OK);
}

/* Frames flow, at the speed of the clock, until @count has grown by @n. */
static void
run_until_grown (Fixture *self, guint *count, guint n)
{
  guint target = g_atomic_int_get ((gint *) count) + n;

  while ((guint) g_atomic_int_get ((gint *) count) < target) {
    push_frame (self);
    while (g_main_context_iteration (NULL, FALSE))
      ;
  }
}

static guint64
get_stat (Fixture *self, const char *field)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");
  guint64 value = 0;

  gst_clasp_sink_viewers_add_stats (self->viewers, stats);
  fail_unless (gst_structure_get_uint64 (stats, field, &value), "%s", field);
  return value;
}

/* all connections, also those that are not up */
static guint
count_connections (Fixture *self)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");

  gst_clasp_sink_viewers_add_stats (self->viewers, stats);
  return gst_value_array_get_size (
      gst_structure_get_value (stats, "viewer-stats"));
}

/* --- tests --- */

/* A room that floods us with peers costs bounded memory and serves nobody
 * worse. */
GST_START_TEST (test_flood)
{
  g_autofree char *huge = g_strnfill (GST_CLASP_SDP_MAX_SIZE + 1, 'v');
  Fixture self;

  set_up (&self);
  for (int i = 0; i < 10000; i++) {
    g_autofree char *id = g_strdup_printf ("peer-%d", i);

    gst_clasp_sink_viewers_peer_seen (self.viewers, id, "fake", FALSE);
    gst_clasp_sink_viewers_offer_needed (self.viewers, id);
    gst_clasp_sink_viewers_description (self.viewers, id, "offer", huge);
    gst_clasp_sink_viewers_candidate (self.viewers, id, 0, "0", huge);
  }
  fail_unless (get_stat (&self, "refused-limit") >= 10000 - 4096);
  fail_unless_equals_int (count_connections (&self), 0);
  for (int i = 0; i < 10000; i++) {
    g_autofree char *id = g_strdup_printf ("peer-%d", i);

    gst_clasp_sink_viewers_peer_left (self.viewers, id, GST_CLASP_LEAVE_LEFT);
  }
  /* there is room again */
  begin_media (&self);
  gst_clasp_sink_viewers_peer_seen (self.viewers, "honest", "h", FALSE);
  gst_clasp_sink_viewers_offer_needed (self.viewers, "honest");
  fail_unless_equals_int (count_connections (&self), 1);
  tear_down (&self);
}
GST_END_TEST;

/* What waits for media is bounded, too. */
GST_START_TEST (test_waiting_candidates)
{
  GstClaspSinkPeer *peer = gst_clasp_sink_peer_new ("id", "name");
  g_autofree char *huge = g_strnfill (GST_CLASP_CANDIDATE_MAX_SIZE + 1, 'c');

  gst_clasp_sink_peer_keep_candidate (peer, 0, "0", "before the offer");
  fail_unless_equals_int (peer->candidates->len, 0);
  gst_clasp_sink_peer_keep_offer (peer, "v=0");
  gst_clasp_sink_peer_keep_candidate (peer, 0, "0", huge);
  gst_clasp_sink_peer_keep_candidate (peer, 0, huge, "c");
  fail_unless_equals_int (peer->candidates->len, 0);
  for (int i = 0; i < 1000; i++)
    gst_clasp_sink_peer_keep_candidate (peer, 0, NULL, "c");
  fail_unless_equals_int (peer->candidates->len,
      GST_CLASP_SINK_PEER_MAX_WAITING);
  gst_clasp_sink_peer_keep_offer (peer, "another");
  fail_unless_equals_int (peer->candidates->len, 0);
  gst_clasp_sink_peer_free (peer);
}
GST_END_TEST;

/* Attempts come at growing intervals, and only to who is there and waits. */
GST_START_TEST (test_retry)
{
  GstClaspSinkPeer *peer = gst_clasp_sink_peer_new ("id", NULL);
  gboolean later = FALSE;

  peer->present = TRUE;
  peer->we_offer = TRUE;
  fail_if (gst_clasp_sink_peer_wants_retry (peer, 1000000000, &later));
  fail_if (later);
  peer->attempted = 1;
  fail_if (gst_clasp_sink_peer_wants_retry (peer, 4900000, &later));
  fail_unless (later);
  fail_unless (gst_clasp_sink_peer_wants_retry (peer, 5000001, &later));
  peer->attempts = 2;
  fail_if (gst_clasp_sink_peer_wants_retry (peer, 5000001, &later));
  fail_unless (gst_clasp_sink_peer_wants_retry (peer, 20000001, &later));
  peer->attempts = 1000000;
  fail_unless (gst_clasp_sink_peer_wants_retry (peer, 160000001, &later));
  peer->broadcaster = TRUE;
  fail_if (gst_clasp_sink_peer_wants_retry (peer, 160000001, &later));
  peer->broadcaster = FALSE;
  peer->present = FALSE;
  fail_if (gst_clasp_sink_peer_wants_retry (peer, 160000001, &later));
  gst_clasp_sink_peer_free (peer);
}
GST_END_TEST;

/* Garbage ends in a counted failure and leaves nothing behind. */
GST_START_TEST (test_garbage)
{
  static const char *const offers[] = {"", "v=0", "\001\002", "m=video",
      ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
       "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 H264/90000\r\n")};
  Fixture self;

  set_up (&self);
  begin_media (&self);
  for (gsize i = 0; i < G_N_ELEMENTS (offers); i++) {
    g_autofree char *id = g_strdup_printf ("peer-%d", (int) i);

    gst_clasp_sink_viewers_description (self.viewers, id, "offer", offers[i]);
    gst_clasp_sink_viewers_description (self.viewers, id, "answer", offers[i]);
    gst_clasp_sink_viewers_description (self.viewers, id, "nonsense",
        offers[i]);
    gst_clasp_sink_viewers_candidate (self.viewers, id, 99, NULL, offers[i]);
  }
  fail_unless_equals_int (count_connections (&self), 0);
  fail_unless_equals_int (self.refused, G_N_ELEMENTS (offers));
  fail_unless_equals_uint64 (get_stat (&self, "viewers-failed"),
      G_N_ELEMENTS (offers));
  tear_down (&self);
}
GST_END_TEST;

GST_START_TEST (test_broadcasters_get_nothing)
{
  Fixture self;

  set_up (&self);
  begin_media (&self);
  gst_clasp_sink_viewers_peer_seen (self.viewers, "camera", "c", TRUE);
  gst_clasp_sink_viewers_offer_needed (self.viewers, "camera");
  fail_unless_equals_int (count_connections (&self), 0);
  fail_unless_equals_int (self.offers, 0);
  tear_down (&self);
}
GST_END_TEST;

static Remote *
join (Fixture *self, const char *id)
{
  Remote *remote = remote_new (self, id);

  gst_clasp_sink_viewers_peer_seen (self->viewers, id, id, FALSE);
  gst_clasp_sink_viewers_offer_needed (self->viewers, id);
  return remote;
}

/* Who is only lost keeps its media, who left does not. */
GST_START_TEST (test_leave)
{
  Remote *remote;
  Fixture self;

  set_up (&self);
  begin_media (&self);
  remote = join (&self, "a");
  run_until_grown (&self, &self.added, 1);
  run_until_grown (&self, &remote->frames, 5);
  gst_clasp_sink_viewers_peer_left (self.viewers, "a", GST_CLASP_LEAVE_LOST);
  run_until_grown (&self, &remote->frames, 5);
  fail_unless_equals_int (gst_clasp_sink_viewers_count (self.viewers), 1);
  gst_clasp_sink_viewers_peer_renamed (self.viewers, "a", "b");
  gst_clasp_sink_viewers_peer_seen (self.viewers, "b", "b", FALSE);
  run_until_grown (&self, &remote->frames, 5);
  gst_clasp_sink_viewers_peer_left (self.viewers, "a", GST_CLASP_LEAVE_GONE);
  fail_unless_equals_int (self.removed, 0);
  gst_clasp_sink_viewers_peer_left (self.viewers, "b", GST_CLASP_LEAVE_GONE);
  fail_unless_equals_int (self.removed, 1);
  fail_unless_equals_int (count_connections (&self), 0);
  remote_free (remote);
  tear_down (&self);
}
GST_END_TEST;

/* A page that takes us for a newcomer gets a new connection; the old one serves
 * until that is up, and the application sees one viewer all the time. */
GST_START_TEST (test_replaced_connection)
{
  Remote *old_remote, *new_remote;
  Fixture self;

  set_up (&self);
  begin_media (&self);
  old_remote = join (&self, "page");
  run_until_grown (&self, &self.added, 1);
  run_until_grown (&self, &old_remote->frames, 5);
  new_remote = remote_new (&self, "page");
  gst_clasp_sink_viewers_offer_needed (self.viewers, "page");
  fail_unless_equals_int (count_connections (&self), 2);
  run_until_grown (&self, &new_remote->frames, 5);
  fail_unless_equals_int (count_connections (&self), 1);
  fail_unless_equals_int (self.added, 1);
  fail_unless_equals_int (self.removed, 0);
  remote_free (new_remote);
  remote_free (old_remote);
  tear_down (&self);
}
GST_END_TEST;

/* The same when the peer begins. */
GST_START_TEST (test_new_offer)
{
  Remote *old_remote, *new_remote;
  g_autoptr (GError) error = NULL;
  Fixture self;

  set_up (&self);
  begin_media (&self);
  old_remote = remote_new (&self, "page");
  gst_clasp_sink_viewers_peer_seen (self.viewers, "page", "p", FALSE);
  fail_unless (
      gst_clasp_peer_connection_start (old_remote->connection, &error));
  run_until_grown (&self, &old_remote->frames, 5);
  new_remote = remote_new (&self, "page");
  fail_unless (
      gst_clasp_peer_connection_start (new_remote->connection, &error));
  run_until_grown (&self, &new_remote->frames, 5);
  fail_unless_equals_int (count_connections (&self), 1);
  fail_unless_equals_int (self.added, 1);
  fail_unless_equals_int (self.removed, 0);
  remote_free (new_remote);
  remote_free (old_remote);
  tear_down (&self);
}
GST_END_TEST;

/* Whoever comes before the media waits for it, with its offer. */
GST_START_TEST (test_offer_before_media)
{
  Remote *remote;
  g_autoptr (GError) error = NULL;
  Fixture self;

  set_up (&self);
  remote = remote_new (&self, "early");
  gst_clasp_sink_viewers_peer_seen (self.viewers, "early", "e", FALSE);
  fail_unless (gst_clasp_peer_connection_start (remote->connection, &error));
  while (gst_clasp_peer_connection_get_state (remote->connection) ==
      GST_CLASP_PEER_CONNECTION_NEW)
    g_main_context_iteration (NULL, TRUE);
  fail_unless_equals_int (count_connections (&self), 0);
  begin_media (&self);
  run_until_grown (&self, &remote->frames, 5);
  remote_free (remote);
  tear_down (&self);
}
GST_END_TEST;

/* A broken rung takes its own viewers with it, nobody else. */
GST_START_TEST (test_rung_failed)
{
  g_autoptr (GError) error = g_error_new_literal (CLASP_ERROR,
      CLASP_ERROR_FAILED, "broken for a test");
  g_autoptr (GstClaspRung) rung = NULL;
  g_autoptr (GstCaps) codecs = NULL;
  Remote *remote;
  Fixture self;

  set_up (&self);
  begin_media (&self);
  remote = join (&self, "a");
  run_until_grown (&self, &remote->frames, 5);
  rung = gst_clasp_sink_stream_acquire_rung (self.stream,
      gst_clasp_codec_for_media_type ("video/x-h264"), NULL);
  gst_clasp_sink_viewers_rung_failed (self.viewers, rung, error);
  fail_unless_equals_int (self.removed, 1);
  fail_unless_equals_string (self.reason, "broken for a test");
  codecs = gst_clasp_sink_stream_get_codecs (self.stream);
  fail_unless (gst_caps_is_empty (codecs));
  push_frame (&self);
  remote_free (remote);
  tear_down (&self);
}
GST_END_TEST;

/* A process that runs out of descriptors refuses the viewer, and lives. */
GST_START_TEST (test_descriptor_budget)
{
  struct rlimit limit;
  Fixture self;

  set_up (&self);
  begin_media (&self);
  fail_unless_equals_int (getrlimit (RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = 24;
  fail_unless_equals_int (setrlimit (RLIMIT_NOFILE, &limit), 0);
  gst_clasp_sink_viewers_peer_seen (self.viewers, "a", "a", FALSE);
  gst_clasp_sink_viewers_offer_needed (self.viewers, "a");
  fail_unless_equals_int (count_connections (&self), 0);
  fail_unless_equals_int (self.refused, 1);
  fail_unless (strstr (self.reason, "descriptors") != NULL, "%s", self.reason);
  fail_unless_equals_uint64 (get_stat (&self, "refused-descriptors"), 1);
  tear_down (&self);
}
GST_END_TEST;

/* An encoder that nobody needs is stopped, but not at once. */
GST_START_TEST (test_idle_rung)
{
  const GstClaspCodec *codec = gst_clasp_codec_for_media_type ("video/x-h264");
  GstClaspRung *rung;
  Fixture self;

  set_up (&self);
  begin_media (&self);
  rung = gst_clasp_sink_stream_acquire_rung (self.stream, codec, NULL);
  fail_unless (rung != NULL);
  fail_unless (
      gst_clasp_sink_stream_acquire_rung (self.stream, codec, NULL) == rung);
  gst_clasp_sink_stream_release_rung (self.stream, rung, 0);
  fail_if (gst_clasp_sink_stream_stop_idle (self.stream, 60 * G_USEC_PER_SEC));
  gst_clasp_sink_stream_release_rung (self.stream, rung, 60 * G_USEC_PER_SEC);
  fail_unless (
      gst_clasp_sink_stream_stop_idle (self.stream, 64 * G_USEC_PER_SEC));
  fail_unless_equals_int (GST_BIN_NUMCHILDREN (self.pipeline), 2);
  fail_if (gst_clasp_sink_stream_stop_idle (self.stream, 65 * G_USEC_PER_SEC));
  fail_unless_equals_int (GST_BIN_NUMCHILDREN (self.pipeline), 1);
  push_frame (&self);
  tear_down (&self);
}
GST_END_TEST;

static Suite *
sinkviewers_suite (void)
{
  Suite *suite = suite_create ("sinkviewers");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_flood);
  tcase_add_test (tc, test_waiting_candidates);
  tcase_add_test (tc, test_retry);
  tcase_add_test (tc, test_garbage);
  tcase_add_test (tc, test_broadcasters_get_nothing);
  tcase_add_test (tc, test_leave);
  tcase_add_test (tc, test_replaced_connection);
  tcase_add_test (tc, test_new_offer);
  tcase_add_test (tc, test_offer_before_media);
  tcase_add_test (tc, test_rung_failed);
  tcase_add_test (tc, test_descriptor_budget);
  tcase_add_test (tc, test_idle_rung);
  return suite;
}

GST_CHECK_MAIN (sinkviewers);
