/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* claspsrc with nobody to receive: what it says of itself, its states, and a
 * relay that is missing, refuses or goes. */

#include <gst/check/gstcheck.h>
#include "relay-fixture.h"

/* Nothing listens here: connecting is refused at once. */
#define NO_RELAY "ws://127.0.0.1:1/"
#define WAIT (20 * GST_SECOND)

/* --- an element in a pipeline --- */

static GstElement *
make_pipeline (const char *relay_url, GstElement **src)
{
  GstElement *pipeline = gst_pipeline_new (NULL);

  *src = gst_element_factory_make ("claspsrc", NULL);
  g_assert_nonnull (*src);
  g_object_set (*src, "relay-url", relay_url, "room", "empty", NULL);
  gst_bin_add (GST_BIN (pipeline), *src);
  return pipeline;
}

/* Any error on the way ends the test. */
static void
await_connection (GstElement *pipeline, const char *state)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  while (TRUE) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, WAIT,
        GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);
    const GstStructure *s;

    g_assert_nonnull (message);
    g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_ELEMENT);
    s = gst_message_get_structure (message);
    if (gst_structure_has_name (s, "clasp-connection") &&
        g_str_equal (gst_structure_get_string (s, "state"), state))
      return;
  }
}

static GError *
await_error (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, WAIT, GST_MESSAGE_ERROR);
  GError *error = NULL;

  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  return error;
}

static void
dispose (GstElement *pipeline)
{
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_NULL), ==,
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (pipeline);
}

/* --- tests --- */

GST_START_TEST (test_properties)
{
  g_autoptr (GstElement) src =
      gst_object_ref_sink (gst_element_factory_make ("claspsrc", NULL));
  g_autofree char *relay_url = NULL, *room = NULL, *peer = NULL, *uri = NULL;
  GstStructure *stats = NULL;
  guint latency;
  GParamSpec *token;

  g_object_get (src, "relay-url", &relay_url, "room", &room, "peer", &peer,
      "uri", &uri, "latency", &latency, "stats", &stats, NULL);
  g_assert_cmpstr (relay_url, ==, "ws://localhost:7330");
  g_assert_cmpstr (room, ==, "test");
  g_assert_cmpstr (peer, ==, NULL);
  g_assert_cmpstr (uri, ==, "clasp://localhost:7330/test");
  g_assert_cmpuint (latency, ==, 100);
  g_assert_null (stats);
  token = g_object_class_find_property (G_OBJECT_GET_CLASS (src), "token");
  g_assert_false (token->flags & G_PARAM_READABLE);
  g_assert_true (GST_OBJECT_FLAG_IS_SET (src, GST_ELEMENT_FLAG_SOURCE));
}
GST_END_TEST;

GST_START_TEST (test_uri)
{
  GError *error = NULL;
  g_autoptr (GstElement) src = gst_element_make_from_uri (GST_URI_SRC,
      "clasps://example.org/yard", NULL, &error);
  g_autofree char *relay_url = NULL, *room = NULL, *uri = NULL;

  g_assert_no_error (error);
  gst_object_ref_sink (src);
  g_object_get (src, "relay-url", &relay_url, "room", &room, NULL);
  g_assert_true (g_str_has_prefix (relay_url, "wss://example.org"));
  g_assert_cmpstr (room, ==, "yard");
  uri = gst_uri_handler_get_uri (GST_URI_HANDLER (src));
  g_assert_cmpstr (uri, ==, "clasps://example.org/yard");

  g_assert_false (gst_uri_handler_set_uri (GST_URI_HANDLER (src),
      "clasp:///no-host", &error));
  g_assert_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI);
  g_clear_error (&error);
}
GST_END_TEST;

GST_START_TEST (test_uri_while_running)
{
  GstElement *src;
  GstElement *pipeline = make_pipeline (NO_RELAY, &src);
  GError *error = NULL;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  g_assert_false (gst_uri_handler_set_uri (GST_URI_HANDLER (src),
      "clasp://localhost/other", &error));
  g_assert_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE);
  g_clear_error (&error);
  gst_element_set_state (pipeline, GST_STATE_READY);
  g_assert_true (gst_uri_handler_set_uri (GST_URI_HANDLER (src),
      "clasp://localhost/other", &error));
  dispose (pipeline);
}
GST_END_TEST;

/* No relay is no error: it may come. */
GST_START_TEST (test_states)
{
  GstElement *src;
  GstElement *pipeline = make_pipeline (NO_RELAY, &src);

  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_NO_PREROLL);
  await_connection (pipeline, "connecting");
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_SUCCESS);
  await_connection (pipeline, "reconnecting");
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_NO_PREROLL);
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_READY), ==,
      GST_STATE_CHANGE_SUCCESS);
  dispose (pipeline);
}
GST_END_TEST;

static guint
count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

GST_START_TEST (test_cycles)
{
  GstElement *src;
  GstElement *pipeline = make_pipeline (NO_RELAY, &src);
  guint before = 0;

  for (int i = 0; i < 100; i++) {
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    gst_element_set_state (pipeline, GST_STATE_READY);
    if (i == 50)
      before = count_threads ();
  }
  /* GLib's and GStreamer's pools come and go */
  g_assert_cmpuint (count_threads (), <=, before + 4);
  dispose (pipeline);
}
GST_END_TEST;

GST_START_TEST (test_latency)
{
  static const guint latencies[] = {0, 100, 750};

  for (gsize i = 0; i < G_N_ELEMENTS (latencies); i++) {
    g_autoptr (GstQuery) query = gst_query_new_latency ();
    GstElement *src;
    GstElement *pipeline = make_pipeline (NO_RELAY, &src);
    GstClockTime min, max;
    gboolean live;

    g_object_set (src, "latency", latencies[i], NULL);
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    g_assert_true (gst_element_query (src, query));
    gst_query_parse_latency (query, &live, &min, &max);
    g_assert_true (live);
    g_assert_cmpuint (min, ==, latencies[i] * GST_MSECOND);
    g_assert_cmpuint (max, ==, GST_CLOCK_TIME_NONE);
    dispose (pipeline);
  }
}
GST_END_TEST;

GST_START_TEST (test_wrong_url)
{
  static const char *const urls[] = {"http://localhost", "ws://", ""};

  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++) {
    GstElement *src;
    GstElement *pipeline = make_pipeline (urls[i], &src);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PAUSED), ==,
        GST_STATE_CHANGE_FAILURE);
    error = await_error (pipeline);
    g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
    dispose (pipeline);
  }
}
GST_END_TEST;

GST_START_TEST (test_refused_token)
{
  RelayFixture relay = {.token = "sesame"};
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  GstElement *src, *pipeline;

  relay_fixture_start (&relay);
  url = relay_fixture_url (&relay);
  pipeline = make_pipeline (url, &src);
  g_object_set (src, "token", "wrong", NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  error = await_error (pipeline);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  g_assert_null (strstr (error->message, "wrong"));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  /* the same element with what the relay wants to hear */
  g_object_set (src, "token", "sesame", NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  await_connection (pipeline, "joined");
  dispose (pipeline);
  relay_fixture_clear (&relay);
}
GST_END_TEST;

static void
assert_stats (GstElement *src, const char *state, gboolean in_room)
{
  g_autoptr (GstStructure) stats = NULL;
  const GValue *peers;

  g_object_get (src, "stats", &stats, NULL);
  g_assert_nonnull (stats);
  g_assert_true (
      gst_structure_has_name (stats, "application/x-clasp-src-stats"));
  g_assert_cmpstr (gst_structure_get_string (stats, "state"), ==, state);
  g_assert_true (
      (gst_structure_get_string (stats, "session") != NULL) == in_room);
  peers = gst_structure_get_value (stats, "peers");
  g_assert_cmpuint (gst_value_array_get_size (peers), ==, 0);
}

/* The relay goes and comes back on the same port. */
GST_START_TEST (test_relay_restart)
{
  RelayFixture relay = {0};
  g_autofree char *url = NULL;
  GstElement *src, *pipeline;

  relay_fixture_start (&relay);
  url = relay_fixture_url (&relay);
  pipeline = make_pipeline (url, &src);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  await_connection (pipeline, "joined");
  assert_stats (src, "joined", TRUE);
  relay_fixture_stop (&relay);
  await_connection (pipeline, "reconnecting");
  assert_stats (src, "reconnecting", FALSE);
  relay_fixture_start (&relay);
  await_connection (pipeline, "joined");
  dispose (pipeline);
  relay_fixture_clear (&relay);
}
GST_END_TEST;

GST_START_TEST (test_several)
{
  RelayFixture relay = {0};
  g_autofree char *url = NULL;
  GstElement *src[3], *pipeline[3];

  relay_fixture_start (&relay);
  url = relay_fixture_url (&relay);
  for (int i = 0; i < 3; i++) {
    pipeline[i] = make_pipeline (url, &src[i]);
    gst_element_set_state (pipeline[i], GST_STATE_PLAYING);
  }
  for (int i = 0; i < 3; i++) {
    await_connection (pipeline[i], "joined");
    /* other viewers are no broadcasters */
    assert_stats (src[i], "joined", TRUE);
  }
  for (int i = 0; i < 3; i++)
    dispose (pipeline[i]);
  relay_fixture_clear (&relay);
}
GST_END_TEST;

static Suite *
claspsrc_suite (void)
{
  Suite *suite = suite_create ("claspsrc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_properties);
  tcase_add_test (tc, test_uri);
  tcase_add_test (tc, test_uri_while_running);
  tcase_add_test (tc, test_states);
  tcase_add_test (tc, test_cycles);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_wrong_url);
  tcase_add_test (tc, test_refused_token);
  tcase_add_test (tc, test_relay_restart);
  tcase_add_test (tc, test_several);
  return suite;
}

GST_CHECK_MAIN (claspsrc);
