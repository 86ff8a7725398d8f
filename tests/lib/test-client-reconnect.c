/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "client-fixture.h"

#define MS 1000

static void
assert_last_error (Fixture *f, ClaspError code, const char *text)
{
  GError *error = f->errors->pdata[f->errors->len - 1];

  g_assert_error (error, CLASP_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_new_session (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/a", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  fixture_subscribe (f, "/b", CLASP_SIGNAL_MASK_ALL);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SUBSCRIBE, NULL) == 2);
  scripted_relay_hang_up (f->relay);
  WAIT (f->errors->len == 1);
  assert_last_error (f, CLASP_ERROR_CLOSED, "closed the connection");
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_RECONNECTING);
  g_assert_null (clasp_client_dup_session (f->client));
  WAIT (f->sessions->len == 2);
  g_assert_cmpstr (f->sessions->pdata[0], !=, f->sessions->pdata[1]);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SUBSCRIBE, NULL) == 4);
  g_assert_cmpuint (scripted_relay_count (f->relay, CLASP_MESSAGE_SUBSCRIBE,
                        "/a"),
      ==, 2);
  g_assert_cmpuint (fixture_get_stat (f, "sessions"), ==, 2);
  scripted_relay_say (f->relay,
      clasp_message_new_set ("/a", g_variant_new_int64 (1)));
  WAIT (f->received->len == 1);
}

/* Revisions of another relay say nothing about those of the first. */
static void
test_snapshot_of_new_session (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_int64 (1));
  ClaspParam param = {.address = "/a", .value = value, .revision = 9};

  fixture_subscribe (f, "/a", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  scripted_relay_say (f->relay, clasp_message_new_snapshot (&param, 1));
  WAIT (f->received->len == 1);
  scripted_relay_hang_up (f->relay);
  WAIT (f->sessions->len == 2);
  param.revision = 3;
  scripted_relay_say (f->relay, clasp_message_new_snapshot (&param, 1));
  WAIT (f->received->len == 2);
}

/* The one message that may go in this second was the SYNC. */
static void
test_queue_is_lost_and_told (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  g_object_set (f->client, "max-message-rate", 1, NULL);
  fixture_connect (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SYNC, NULL) == 1);
  for (guint i = 0; i < 5; i++)
    g_assert_true (clasp_client_emit (f->client, "/a", NULL, NULL));
  g_assert_true (clasp_client_stream (f->client, "/s", NULL, NULL));
  g_assert_cmpuint (fixture_get_stat (f, "queued-messages"), ==, 6);
  scripted_relay_hang_up (f->relay);
  WAIT (f->errors->len == 1);
  assert_last_error (f, CLASP_ERROR_CLOSED, "; 5 queued messages are lost");
  g_assert_cmpuint (fixture_get_stat (f, "queued-messages"), ==, 0);
}

static void
test_token_expires (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_connect (f);
  scripted_relay_rules (f->relay)->refuse_code = 302;
  scripted_relay_rules (f->relay)->refuse_text = "expired";
  scripted_relay_hang_up (f->relay);
  WAIT (clasp_client_get_state (f->client) == CLASP_CLIENT_FAILED);
  WAIT (f->errors->len == 2);
  assert_last_error (f, CLASP_ERROR_UNAUTHORIZED, "refused the token: expired");
  g_assert_true (clasp_error_is_fatal (f->errors->pdata[1]));
  /* With a new token it can be used again. */
  scripted_relay_rules (f->relay)->refuse_code = 0;
  fixture_connect (f);
}

static void
test_disconnect_ends_attempts (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint n;

  fixture_connect (f);
  scripted_relay_hang_up (f->relay);
  WAIT (f->errors->len == 1);
  clasp_client_disconnect (f->client);
  n = scripted_relay_get_n_connections (f->relay);
  fixture_wait_for (300 * MS);
  g_assert_cmpuint (scripted_relay_get_n_connections (f->relay), ==, n);
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_DISCONNECTED);
}

static void
test_connect_now (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  ClaspTimes times = fixture_short_times ();

  /* The next attempt is far away, unless somebody asks. */
  times.backoff_min = times.backoff_max = 3600 * (gint64) G_USEC_PER_SEC;
  clasp_client_set_times (f->client, &times);
  fixture_connect (f);
  scripted_relay_hang_up (f->relay);
  WAIT (f->errors->len == 1);
  fixture_connect (f);
  g_assert_cmpuint (f->sessions->len, ==, 2);
}

static void
test_forgotten_session (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  ClaspTimes times = fixture_short_times ();

  times.liveness.echo_first = 10 * MS;
  times.liveness.echo_interval = 50 * MS;
  times.liveness.echo_timeout = 500 * MS;
  clasp_client_set_times (f->client, &times);
  fixture_subscribe (f, "/**", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_PUBLISH, NULL) == 3);
  g_assert_cmpuint (f->errors->len, ==, 0);
  scripted_relay_rules (f->relay)->no_echo = TRUE;
  WAIT (f->errors->len == 1);
  assert_last_error (f, CLASP_ERROR_TIMEOUT, "has forgotten this session");
  scripted_relay_rules (f->relay)->no_echo = FALSE;
  WAIT (f->sessions->len == 2);
  /* Nobody else hears the client talk to itself. */
  g_assert_cmpuint (f->received->len, ==, 0);
}

/* What the real relay says to a session that it evicted. */
static void
test_unknown_to_the_relay (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree char *own = NULL;

  fixture_connect (f);
  own = g_strconcat ("/clasp/p2p/signal/",
      scripted_relay_get_session (f->relay), NULL);
  scripted_relay_say (f->relay,
      clasp_message_new_error (404, "Session not found", own));
  WAIT (f->sessions->len == 2);
  g_assert_cmpuint (f->errors->len, ==, 1);
}

static void
test_echo_is_not_allowed (void)
{
  ScriptedRelayRules rules = {.forbid_echo = TRUE};
  g_autoptr (Fixture) f = fixture_new (&rules);
  ClaspTimes times = fixture_short_times ();

  times.liveness.echo_first = 10 * MS;
  times.liveness.echo_interval = 20 * MS;
  times.liveness.echo_timeout = 20 * MS;
  clasp_client_set_times (f->client, &times);
  fixture_connect (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_PUBLISH, NULL) == 1);
  fixture_wait_for (200 * MS);
  g_assert_cmpuint (scripted_relay_count (f->relay, CLASP_MESSAGE_PUBLISH,
                        NULL),
      ==, 1);
  g_assert_cmpuint (f->errors->len, ==, 0);
  g_assert_cmpuint (f->sessions->len, ==, 1);
}

/* A relay that never gave a signal back is not expected to. */
static void
test_echo_is_not_supported (void)
{
  ScriptedRelayRules rules = {.no_echo = TRUE};
  g_autoptr (Fixture) f = fixture_new (&rules);
  ClaspTimes times = fixture_short_times ();

  times.liveness.echo_first = 10 * MS;
  times.liveness.echo_interval = 20 * MS;
  times.liveness.echo_timeout = 20 * MS;
  clasp_client_set_times (f->client, &times);
  fixture_connect (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_PUBLISH, NULL) == 2);
  fixture_wait_for (200 * MS);
  g_assert_cmpuint (f->sessions->len, ==, 1);
  g_assert_cmpuint (f->errors->len, ==, 0);
}

static void
test_no_pong (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  ClaspTimes times = fixture_short_times ();

  times.liveness.ping_interval = 50 * MS;
  times.liveness.ping_timeout = 500 * MS;
  times.liveness.echo_first = 3600 * (gint64) G_USEC_PER_SEC;
  clasp_client_set_times (f->client, &times);
  fixture_connect (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_PING, NULL) == 3);
  g_assert_cmpuint (f->errors->len, ==, 0);
  scripted_relay_rules (f->relay)->no_pong = TRUE;
  scripted_relay_rules (f->relay)->no_sync = TRUE;
  WAIT (f->errors->len == 1);
  assert_last_error (f, CLASP_ERROR_TIMEOUT, "did not answer a PING");
  scripted_relay_rules (f->relay)->no_pong = FALSE;
  WAIT (f->sessions->len == 2);
}

static void
disconnect_once (ClaspClient *client, const char *session, gpointer data)
{
  clasp_client_disconnect (client);
}

static void
test_disconnect_in_handlers (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;
  gulong id;

  id = g_signal_connect (f->client, "session-changed",
      G_CALLBACK (disconnect_once), NULL);
  g_assert_false (fixture_try_connect (f, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_CLOSED);
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_DISCONNECTED);
  g_signal_handler_disconnect (f->client, id);
  g_signal_connect_swapped (f->client, "error",
      G_CALLBACK (clasp_client_disconnect), f->client);
  g_clear_error (&error);
  fixture_connect (f);
  scripted_relay_hang_up (f->relay);
  WAIT (clasp_client_get_state (f->client) == CLASP_CLIENT_DISCONNECTED);
  g_signal_handlers_disconnect_by_func (f->client, clasp_client_disconnect,
      f->client);
}

static void
on_disconnected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_true (
      clasp_client_disconnect_finish (CLASP_CLIENT (source), result));
  *(gboolean *) data = TRUE;
}

/* A relay that does not answer is not waited for. */
static void
test_disconnect_from_silence (void)
{
  ScriptedRelayRules rules = {.no_pong = TRUE};
  g_autoptr (Fixture) f = fixture_new (&rules);
  gint64 begin = g_get_monotonic_time ();
  gboolean done = FALSE;

  fixture_connect (f);
  clasp_client_disconnect_async (f->client, on_disconnected, &done);
  WAIT (done);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 4 * G_USEC_PER_SEC);
}

static void
test_disconnect_delivers (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  gboolean done = FALSE;
  GPtrArray *messages;

  fixture_connect (f);
  for (guint i = 0; i < 100; i++)
    clasp_client_emit (f->client, "/last/words", NULL, NULL);
  clasp_client_disconnect_async (f->client, on_disconnected, &done);
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_DISCONNECTED);
  WAIT (done);
  /* It was closed because the relay had read everything. */
  g_assert_cmpuint (scripted_relay_count (f->relay, CLASP_MESSAGE_PUBLISH,
                        "/last/words"),
      ==, 100);
  messages = scripted_relay_get_messages (f->relay);
  g_assert_cmpint (clasp_message_get_message_type (
                       messages->pdata[messages->len - 1]),
      ==, CLASP_MESSAGE_PING);
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
test_cycles_leak_nothing (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint n_files, n_threads;

  /* The first ones load modules and start worker threads. */
  for (guint i = 0; i < 5; i++) {
    fixture_connect (f);
    clasp_client_disconnect (f->client);
  }
  fixture_wait_for (300 * MS);
  n_files = count_entries ("/proc/self/fd");
  n_threads = count_entries ("/proc/self/task");
  for (guint i = 0; i < 100; i++) {
    fixture_connect (f);
    clasp_client_emit (f->client, "/a", NULL, NULL);
    clasp_client_disconnect (f->client);
  }
  WAIT (count_entries ("/proc/self/fd") <= n_files);
  g_assert_cmpuint (count_entries ("/proc/self/task"), <=, n_threads);
  g_assert_cmpuint (f->sessions->len, ==, 105);
}

/* Nothing that was lost by accident may leak either. */
static void
test_losses_leak_nothing (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint n_files;

  fixture_connect (f);
  scripted_relay_hang_up (f->relay);
  WAIT (f->sessions->len == 2);
  n_files = count_entries ("/proc/self/fd");
  for (guint i = 3; i < 12; i++) {
    scripted_relay_hang_up (f->relay);
    WAIT (f->sessions->len == i);
  }
  WAIT (count_entries ("/proc/self/fd") <= n_files);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reconnect/new-session", test_new_session);
  g_test_add_func ("/reconnect/snapshot-of-new-session",
      test_snapshot_of_new_session);
  g_test_add_func ("/reconnect/queue-is-lost-and-told",
      test_queue_is_lost_and_told);
  g_test_add_func ("/reconnect/token-expires", test_token_expires);
  g_test_add_func ("/reconnect/disconnect-ends-attempts",
      test_disconnect_ends_attempts);
  g_test_add_func ("/reconnect/connect-now", test_connect_now);
  g_test_add_func ("/reconnect/forgotten-session", test_forgotten_session);
  g_test_add_func ("/reconnect/unknown-to-the-relay",
      test_unknown_to_the_relay);
  g_test_add_func ("/reconnect/echo-is-not-allowed", test_echo_is_not_allowed);
  g_test_add_func ("/reconnect/echo-is-not-supported",
      test_echo_is_not_supported);
  g_test_add_func ("/reconnect/no-pong", test_no_pong);
  g_test_add_func ("/reconnect/disconnect-in-handlers",
      test_disconnect_in_handlers);
  g_test_add_func ("/reconnect/disconnect-delivers", test_disconnect_delivers);
  g_test_add_func ("/reconnect/disconnect-from-silence",
      test_disconnect_from_silence);
  g_test_add_func ("/reconnect/cycles-leak-nothing", test_cycles_leak_nothing);
  g_test_add_func ("/reconnect/losses-leak-nothing", test_losses_leak_nothing);
  return g_test_run ();
}
