/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* claspsink without viewers: what it says of itself, its pads and states, time,
 * and the relay inside it. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/clasp/gstclaspsignaller.h>
#include <libsoup/soup.h>

#define WAIT (20 * GST_SECOND)
/* nobody listens there: connections are refused at once */
#define NO_RELAY "relay-url=ws://127.0.0.1:1"
#define OWN_RELAY "run-relay=true relay-port=0"

static GstElement *
launch (const char *text, GstElement **sink)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error);

  fail_unless (pipeline != NULL && !error, "%s", error ? error->message : "");
  if (sink)
    *sink = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  return pipeline;
}

static void
finish (GstElement *pipeline)
{
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (pipeline);
}

static GstMessage *
await (GstElement *pipeline, GstMessageType types)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered (bus, WAIT, types);

  fail_unless (message != NULL, "no message came");
  return message;
}

static GError *
await_error (GstElement *pipeline)
{
  g_autoptr (GstMessage) message = await (pipeline, GST_MESSAGE_ERROR);
  GError *error = NULL;

  gst_message_parse_error (message, &error, NULL);
  return error;
}

/* The session of the element once it is in the room. */
static char *
await_joined (GstElement *pipeline)
{
  while (TRUE) {
    g_autoptr (GstMessage) message =
        await (pipeline, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);
    const GstStructure *s = gst_message_get_structure (message);

    fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ELEMENT);
    if (gst_structure_has_name (s, "clasp-connection") &&
        g_str_equal (gst_structure_get_string (s, "state"), "joined"))
      return g_strdup (gst_structure_get_string (s, "session"));
  }
}

/* --- properties --- */

GST_START_TEST (test_defaults)
{
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("claspsink", NULL));
  g_autofree char *relay_url = NULL;
  g_autofree char *room = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *session = NULL;
  g_autoptr (GstCaps) video = NULL;
  guint bitrate, max_viewers, viewers, port;
  gboolean run_relay;

  g_object_get (sink, "relay-url", &relay_url, "room", &room, "uri", &uri,
      "session", &session, "video-caps", &video, "bitrate", &bitrate,
      "max-viewers", &max_viewers, "viewers", &viewers, "relay-port", &port,
      "run-relay", &run_relay, NULL);
  fail_unless_equals_string (relay_url, "ws://localhost:7330");
  fail_unless_equals_string (room, "test");
  fail_unless_equals_string (uri, "clasp://localhost:7330/test");
  fail_unless (session == NULL);
  fail_unless_equals_int (gst_caps_get_size (video), 2);
  fail_unless_equals_int (bitrate, 2000000);
  fail_unless_equals_int (max_viewers, 64);
  fail_unless_equals_int (viewers, 0);
  fail_unless_equals_int (port, 7330);
  fail_if (run_relay);
}
GST_END_TEST;

GST_START_TEST (test_uri)
{
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("claspsink", NULL));
  g_autofree char *relay_url = NULL;
  g_autofree char *room = NULL;
  g_autofree char *same = NULL;
  g_autofree char *other = NULL;

  g_object_set (sink, "uri", "clasps://relay.example/r%20s", NULL);
  g_object_get (sink, "relay-url", &relay_url, "room", &room, "uri", &same,
      NULL);
  fail_unless_equals_string (relay_url, "wss://relay.example");
  fail_unless_equals_string (room, "r s");
  fail_unless_equals_string (same, "clasps://relay.example/r%20s");
  g_object_set (sink, "room", "x", NULL);
  g_object_get (sink, "uri", &other, NULL);
  fail_unless_equals_string (other, "clasps://relay.example/x");
}
GST_END_TEST;

/* Neither the token nor a password of a TURN server ever comes back. */
GST_START_TEST (test_secrets)
{
  g_autoptr (GstElement) pipeline = gst_object_ref_sink (
      launch ("claspsink name=s token=very-secret "
              "turn-servers=<\"turn://user:very-secret@host:3478\">",
          NULL));
  g_autofree char *dot =
      gst_debug_bin_to_dot_data (GST_BIN (pipeline), GST_DEBUG_GRAPH_SHOW_ALL);
  GstElement *sink =
      GST_IS_BIN (pipeline) && g_str_equal (GST_OBJECT_NAME (pipeline), "s")
      ? pipeline
      : NULL;
  GParamSpec *token;
  GValue turn = G_VALUE_INIT;
  const char *shown;
  GstStructure *stats = NULL;
  g_autofree char *text = NULL;

  fail_unless (sink != NULL);
  token = g_object_class_find_property (G_OBJECT_GET_CLASS (sink), "token");
  fail_if (token->flags & G_PARAM_READABLE);
  g_value_init (&turn, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (sink), "turn-servers", &turn);
  shown = g_value_get_string (gst_value_array_get_value (&turn, 0));
  fail_unless_equals_string (shown, "turn://user:***@host:3478");
  g_object_get (sink, "stats", &stats, NULL);
  text = gst_structure_to_string (stats);
  fail_unless (strstr (text, "very-secret") == NULL);
  fail_unless (strstr (dot, "very-secret") == NULL);
  g_value_unset (&turn);
  gst_structure_free (stats);
}
GST_END_TEST;

/* --- pads --- */

static void
check_pad (GstElement *sink, const char *wanted, const char *name)
{
  g_autoptr (GstPad) pad = gst_element_request_pad_simple (sink, wanted);

  if (!name) {
    fail_unless (pad == NULL);
    return;
  }
  fail_unless (pad != NULL);
  fail_unless_equals_string (GST_PAD_NAME (pad), name);
}

GST_START_TEST (test_pads)
{
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("claspsink", NULL));
  g_autoptr (GstPad) pad = NULL;

  check_pad (sink, "audio_%u", "audio_0");
  check_pad (sink, "video_%u", "video_0");
  check_pad (sink, "video_3", "video_3");
  check_pad (sink, "video_%u", "video_4");
  check_pad (sink, "audio_%u", "audio_1");
  check_pad (sink, "text_%u", NULL);
  fail_unless_equals_int (sink->numsinkpads, 5);
  pad = gst_element_get_static_pad (sink, "video_3");
  gst_element_release_request_pad (sink, pad);
  fail_unless_equals_int (sink->numsinkpads, 4);
  fail_unless_equals_int (GST_BIN_NUMCHILDREN (sink), 4);
}
GST_END_TEST;

/* gst-launch needs no pad names, whatever the media is. */
GST_START_TEST (test_links_by_caps)
{
  static const struct {
    const char *source;
    const char *pad;
  } cases[] = {
      {"videotestsrc", "video_0"},
      {"audiotestsrc", "audio_0"},
      {"videotestsrc ! x264enc ! video/x-h264,stream-format=byte-stream",
          "video_0"},
      {"videotestsrc ! vp8enc", "video_0"},
      {"audiotestsrc ! audioconvert ! audioresample ! opusenc", "audio_0"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text =
        g_strdup_printf ("%s ! claspsink name=s " NO_RELAY, cases[i].source);
    GstElement *sink;
    GstElement *pipeline = launch (text, &sink);
    g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, cases[i].pad);

    fail_unless (pad != NULL && gst_pad_is_linked (pad), "%s", text);
    gst_object_unref (sink);
    gst_object_unref (pipeline);
  }
}
GST_END_TEST;

/* A source that can make many formats makes one that needs no conversion. */
GST_START_TEST (test_prefers_cheap_formats)
{
  g_autoptr (GstElement) sink = NULL;
  GstElement *pipeline =
      launch ("videotestsrc num-buffers=1 ! claspsink name=s " NO_RELAY
              " audiotestsrc num-buffers=1 ! s.",
          &sink);
  g_autoptr (GstPad) video = gst_element_get_static_pad (sink, "video_0");
  g_autoptr (GstPad) audio = gst_element_get_static_pad (sink, "audio_0");
  g_autoptr (GstCaps) video_caps = NULL;
  g_autoptr (GstCaps) audio_caps = NULL;
  int rate = 0;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (await (pipeline, GST_MESSAGE_EOS));
  video_caps = gst_pad_get_current_caps (video);
  audio_caps = gst_pad_get_current_caps (audio);
  fail_unless_equals_string (
      gst_structure_get_string (gst_caps_get_structure (video_caps, 0),
          "format"),
      "I420");
  fail_unless (gst_structure_get_int (gst_caps_get_structure (audio_caps, 0),
      "rate", &rate));
  fail_unless_equals_int (rate, 48000);
  finish (pipeline);
}
GST_END_TEST;

/* Pads that come and go while the element plays. */
GST_START_TEST (test_pads_while_playing)
{
  g_autoptr (GstElement) sink = NULL;
  GstElement *pipeline =
      launch ("videotestsrc is-live=true ! claspsink name=s " OWN_RELAY, &sink);
  g_autofree char *session = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  session = await_joined (pipeline);
  for (int i = 0; i < 10; i++) {
    GstElement *source = gst_element_factory_make ("audiotestsrc", NULL);
    g_autoptr (GstPad) pad = NULL;
    g_autoptr (GstPad) peer = NULL;

    g_object_set (source, "is-live", TRUE, NULL);
    gst_bin_add (GST_BIN (pipeline), source);
    fail_unless (gst_element_link (source, sink));
    gst_element_sync_state_with_parent (source);
    pad = gst_element_get_static_pad (source, "src");
    peer = gst_pad_get_peer (pad);
    gst_element_set_state (source, GST_STATE_NULL);
    gst_element_release_request_pad (sink, peer);
    gst_bin_remove (GST_BIN (pipeline), source);
  }
  fail_unless_equals_int (sink->numsinkpads, 1);
  finish (pipeline);
}
GST_END_TEST;

/* --- states --- */

static void
cycle (GstElement *pipeline, int n)
{
  for (int i = 0; i < n; i++) {
    fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING) !=
        GST_STATE_CHANGE_FAILURE);
    fail_unless (gst_element_get_state (pipeline, NULL, NULL, WAIT) !=
        GST_STATE_CHANGE_FAILURE);
    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
  }
}

GST_START_TEST (test_cycle_without_relay)
{
  GstElement *pipeline =
      launch ("videotestsrc is-live=true ! claspsink name=s " NO_RELAY
              " audiotestsrc is-live=true ! s.",
          NULL);

  cycle (pipeline, 100);
  finish (pipeline);
}
GST_END_TEST;

GST_START_TEST (test_cycle_with_relay)
{
  GstElement *pipeline =
      launch ("videotestsrc is-live=true ! claspsink " OWN_RELAY, NULL);

  cycle (pipeline, 100);
  finish (pipeline);
}
GST_END_TEST;

/* The same element joins again, as somebody else. */
GST_START_TEST (test_joins_again)
{
  GstElement *pipeline =
      launch ("videotestsrc is-live=true ! claspsink name=s " OWN_RELAY, NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  before = await_joined (pipeline);
  gst_element_set_state (pipeline, GST_STATE_READY);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  after = await_joined (pipeline);
  fail_unless (before != NULL && after != NULL);
  fail_if (g_str_equal (before, after));
  finish (pipeline);
}
GST_END_TEST;

/* It is in PAUSED at once, even with nobody to see it and no data. */
GST_START_TEST (test_does_not_preroll)
{
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("claspsink", NULL));

  g_object_set (sink, "relay-url", "ws://127.0.0.1:1", NULL);
  check_pad (sink, "video_%u", "video_0");
  fail_unless_equals_int (gst_element_set_state (sink, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (gst_element_set_state (sink, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
}
GST_END_TEST;

/* --- time --- */

/* Runs until EOS; real seconds. */
static double
run_to_eos (GstElement *pipeline)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GstMessage) message = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = await (pipeline, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  return (g_get_monotonic_time () - start) / 1e6;
}

/* A source that is not live plays at the speed of the clock, and EOS waits for
 * all pads. */
GST_START_TEST (test_eos)
{
  GstElement *pipeline =
      launch ("videotestsrc num-buffers=5 ! video/x-raw,framerate=30/1 ! "
              "claspsink name=s " NO_RELAY
              " audiotestsrc num-buffers=30 samplesperbuffer=800 ! "
              "audio/x-raw,rate=48000 ! s.",
          NULL);
  double seconds = run_to_eos (pipeline);

  fail_unless (seconds >= 0.45, "took %.3f s", seconds);
  finish (pipeline);
}
GST_END_TEST;

/* As the sink does not preroll, nobody gives the pipeline a new base time: the
 * data after a flush must still come at the speed of the clock. */
GST_START_TEST (test_flushing_seek)
{
  GstElement *pipeline =
      launch ("videotestsrc num-buffers=100 ! video/x-raw,framerate=30/1 ! "
              "claspsink name=s " NO_RELAY,
          NULL);
  g_autoptr (GstMessage) message = NULL;
  gint64 start;
  double seconds;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (await (pipeline, GST_MESSAGE_STREAM_START));
  gst_element_get_state (pipeline, NULL, NULL, WAIT);
  start = g_get_monotonic_time ();
  fail_unless (gst_element_seek (pipeline, 1.0, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET,
      GST_SECOND, GST_SEEK_TYPE_SET, 3 * GST_SECOND / 2));
  message = await (pipeline, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  seconds = (g_get_monotonic_time () - start) / 1e6;
  fail_unless (seconds >= 0.4 && seconds < 3, "took %.3f s", seconds);
  finish (pipeline);
}
GST_END_TEST;

static GstPadProbeReturn
put_gap_before_eos (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    *(gboolean *) data = gst_pad_push_event (pad,
        gst_event_new_gap (300 * GST_MSECOND, 100 * GST_MSECOND));
  return GST_PAD_PROBE_OK;
}

/* A gap takes its time, like the media that is missing. */
GST_START_TEST (test_gap)
{
  g_autoptr (GstElement) sink = NULL;
  GstElement *pipeline =
      launch ("audiotestsrc num-buffers=3 samplesperbuffer=960 ! "
              "audio/x-raw,rate=48000 ! claspsink name=s " NO_RELAY,
          &sink);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "audio_0");
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);
  gboolean taken = FALSE;
  double seconds;

  gst_pad_add_probe (peer, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      put_gap_before_eos, &taken, NULL);
  seconds = run_to_eos (pipeline);
  fail_unless (taken);
  fail_unless (seconds >= 0.25 && seconds < 5, "took %.3f s", seconds);
  finish (pipeline);
}
GST_END_TEST;

/* A source may know its latency only when it has begun; the sink then says that
 * it is to be asked again. */
GST_START_TEST (test_latency)
{
  GstElement *pipeline =
      launch ("videotestsrc is-live=true ! claspsink name=s " NO_RELAY, NULL);
  GstClockTime min = GST_CLOCK_TIME_NONE;
  gboolean live = FALSE;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!live) {
    g_autoptr (GstQuery) query = gst_query_new_latency ();

    gst_message_unref (await (pipeline, GST_MESSAGE_LATENCY));
    fail_unless (gst_element_query (pipeline, query));
    gst_query_parse_latency (query, &live, &min, NULL);
  }
  fail_unless (min <= 100 * GST_MSECOND);
  finish (pipeline);
}
GST_END_TEST;

/* New size and rate, and another kind of media, in mid-stream. */
GST_START_TEST (test_caps_change)
{
  static const char *const caps[] = {
      "video/x-raw,format=I420,width=320,height=240,framerate=30/1",
      "video/x-raw,format=RGB,width=640,height=360,framerate=15/1",
      "video/x-raw,format=GRAY8,width=16,height=16,framerate=0/1",
      "video/x-vp8,width=320,height=240,framerate=30/1",
      "video/x-raw,format=I420,width=320,height=240,framerate=30/1",
  };
  GstHarness *h = gst_harness_new_with_padnames ("claspsink", "video_%u", NULL);

  g_object_set (h->element, "relay-url", "ws://127.0.0.1:1", NULL);
  gst_harness_set_live (h, FALSE);
  gst_harness_use_systemclock (h);
  gst_harness_play (h);
  for (gsize i = 0; i < G_N_ELEMENTS (caps); i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 640 * 360 * 3, NULL);

    gst_harness_set_src_caps_str (h, caps[i]);
    GST_BUFFER_PTS (buffer) = i * GST_MSECOND;
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  }
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_refused_caps)
{
  GstHarness *h = gst_harness_new_with_padnames ("claspsink", "video_%u", NULL);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 16, NULL);

  g_object_set (h->element, "relay-url", "ws://127.0.0.1:1", NULL);
  gst_harness_use_systemclock (h);
  gst_harness_set_src_caps_str (h, "video/x-h265,width=16,height=16");
  gst_harness_play (h);
  fail_unless_equals_int (gst_harness_push (h, buffer),
      GST_FLOW_NOT_NEGOTIATED);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* --- configuration --- */

static void
check_refused (const char *settings, GQuark domain, int code)
{
  g_autofree char *text =
      g_strdup_printf ("videotestsrc is-live=true ! claspsink name=s %s",
          settings);
  GstElement *pipeline = launch (text, NULL);
  g_autoptr (GError) error = NULL;

  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_FAILURE);
  error = await_error (pipeline);
  fail_unless (g_error_matches (error, domain, code), "%s: %s", settings,
      error->message);
  fail_unless (strstr (error->message, "secret") == NULL);
  finish (pipeline);
}

GST_START_TEST (test_bad_configuration)
{
  check_refused ("uri=http://localhost/test", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS);
  check_refused ("uri=clasp://secret@localhost/test", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS);
  check_refused ("relay-url=nonsense", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS);
  check_refused ("room=\"\"", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
}
GST_END_TEST;

/* A relay that is not there is no error: it may come. */
GST_START_TEST (test_absent_relay_is_no_error)
{
  GstElement *pipeline =
      launch ("videotestsrc num-buffers=30 ! video/x-raw,framerate=30/1 ! "
              "claspsink " NO_RELAY,
          NULL);

  run_to_eos (pipeline);
  finish (pipeline);
}
GST_END_TEST;

/* --- the relay inside --- */

static guint
get_port (GstElement *sink)
{
  guint port = 0;

  g_object_get (sink, "relay-port", &port, NULL);
  return port;
}

static GBytes *
fetch (guint port, const char *path, guint *status)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u%s", port, path);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GError) error = NULL;
  GBytes *body = soup_session_send_and_read (session, message, NULL, &error);

  fail_unless (body != NULL, "%s", error ? error->message : "");
  *status = soup_message_get_status (message);
  return body;
}

GST_START_TEST (test_run_relay)
{
  g_autoptr (GstElement) sink = NULL;
  GstElement *pipeline =
      launch ("videotestsrc is-live=true ! claspsink name=s " OWN_RELAY, &sink);
  g_autoptr (GBytes) page = NULL;
  g_autofree char *session = NULL;
  g_autofree char *shown = NULL;
  guint status = 0;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  session = await_joined (pipeline);
  g_object_get (sink, "session", &shown, NULL);
  fail_unless_equals_string (session, shown);
  page = fetch (get_port (sink), "/?room=test", &status);
  fail_unless_equals_int (status, 200);
  fail_unless (g_strstr_len (g_bytes_get_data (page, NULL),
                   g_bytes_get_size (page), "<html") != NULL);
  gst_element_set_state (pipeline, GST_STATE_READY);
  fail_unless_equals_int (get_port (sink), 0);
  finish (pipeline);
}
GST_END_TEST;

/* A port that is taken is an error that names it. */
GST_START_TEST (test_port_taken)
{
  g_autoptr (GstElement) sink = NULL;
  GstElement *pipeline =
      launch ("videotestsrc is-live=true ! claspsink name=s " OWN_RELAY, &sink);
  g_autofree char *settings = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  settings = g_strdup_printf ("run-relay=true relay-port=%u", get_port (sink));
  check_refused (settings, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  finish (pipeline);
}
GST_END_TEST;

/* The token of the sink is what its relay asks for. */
GST_START_TEST (test_token)
{
  g_autoptr (GstElement) sink = NULL;
  GstElement *pipeline = launch (
      "videotestsrc is-live=true ! claspsink name=s token=secret " OWN_RELAY,
      &sink);
  GstElement *stranger;
  g_autofree char *session = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  session = await_joined (pipeline);
  text = g_strdup_printf ("videotestsrc is-live=true ! claspsink token=wrong "
                          "relay-url=ws://127.0.0.1:%u",
      get_port (sink));
  stranger = launch (text, NULL);
  gst_element_set_state (stranger, GST_STATE_PLAYING);
  error = await_error (stranger);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
                   GST_RESOURCE_ERROR_NOT_AUTHORIZED),
      "%s", error->message);
  fail_unless (strstr (error->message, "wrong") == NULL);
  finish (stranger);
  finish (pipeline);
}
GST_END_TEST;

/* --- a signaller of the application's --- */

static gboolean
quit_when_joined (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
on_signaller_state (GstClaspSignaller *signaller, GstClaspSignallerState state,
    gpointer loop)
{
  if (state == GST_CLASP_SIGNALLER_JOINED)
    quit_when_joined (loop);
}

GST_START_TEST (test_own_signaller)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr (GstElement) host_sink = NULL;
  g_autoptr (GstElement) sink = NULL;
  GstElement *host =
      launch ("videotestsrc is-live=true ! claspsink name=s " OWN_RELAY,
          &host_sink);
  GstElement *pipeline;
  GstClaspSignaller *signaller;
  GstClaspSignaller *used = NULL;
  g_autofree char *url = NULL;

  gst_element_set_state (host, GST_STATE_PLAYING);
  url = g_strdup_printf ("ws://127.0.0.1:%u", get_port (host_sink));
  g_main_context_push_thread_default (context);
  signaller = gst_clasp_signaller_new ();
  g_object_set (signaller, "relay-url", url, "room", "other", "name", "me",
      NULL);
  g_signal_connect (signaller, "state-changed", G_CALLBACK (on_signaller_state),
      loop);
  pipeline = launch ("videotestsrc is-live=true ! claspsink name=s", &sink);
  g_object_set (sink, "signaller", signaller, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_main_loop_run (loop);
  g_object_get (sink, "signaller", &used, NULL);
  fail_unless (used == signaller);
  g_object_unref (used);
  finish (pipeline);
  g_clear_object (&sink);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_object_unref (signaller);
  g_main_context_pop_thread_default (context);
  finish (host);
}
GST_END_TEST;

static Suite *
claspsink_suite (void)
{
  Suite *suite = suite_create ("claspsink");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_defaults);
  tcase_add_test (tc, test_uri);
  tcase_add_test (tc, test_secrets);
  tcase_add_test (tc, test_pads);
  tcase_add_test (tc, test_links_by_caps);
  tcase_add_test (tc, test_prefers_cheap_formats);
  tcase_add_test (tc, test_pads_while_playing);
  tcase_add_test (tc, test_cycle_without_relay);
  tcase_add_test (tc, test_cycle_with_relay);
  tcase_add_test (tc, test_joins_again);
  tcase_add_test (tc, test_does_not_preroll);
  tcase_add_test (tc, test_eos);
  tcase_add_test (tc, test_flushing_seek);
  tcase_add_test (tc, test_gap);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_refused_caps);
  tcase_add_test (tc, test_bad_configuration);
  tcase_add_test (tc, test_absent_relay_is_no_error);
  tcase_add_test (tc, test_run_relay);
  tcase_add_test (tc, test_port_taken);
  tcase_add_test (tc, test_token);
  tcase_add_test (tc, test_own_signaller);
  return suite;
}

GST_CHECK_MAIN (claspsink);
