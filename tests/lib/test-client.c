/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "client-fixture.h"

static void
test_connect (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree char *session = NULL;
  ClaspMessage *hello;

  g_object_set (f->client, "name", "tester", "token", "secret", NULL);
  fixture_connect (f);
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_CONNECTED);
  session = clasp_client_dup_session (f->client);
  g_assert_cmpstr (session, ==, scripted_relay_get_session (f->relay));
  g_assert_cmpuint (f->sessions->len, ==, 1);
  g_assert_cmpstr (f->sessions->pdata[0], ==, session);
  hello = scripted_relay_find (f->relay, CLASP_MESSAGE_HELLO, NULL, 0);
  g_assert_cmpstr (clasp_message_get_name (hello), ==, "tester");
  g_assert_cmpstr (clasp_message_get_token (hello), ==, "secret");
  g_assert_cmphex (clasp_message_get_features (hello), ==, 0xe0);
  g_assert_cmpuint (scripted_relay_count (f->relay, CLASP_MESSAGE_HELLO, NULL),
      ==, 1);
}

static void
on_state (ClaspClient *client, GParamSpec *pspec, gpointer data)
{
  g_string_append_printf (data, "%d", clasp_client_get_state (client));
}

static void
test_states (void)
{
  g_autoptr (GString) states = g_string_new (NULL);
  g_autoptr (Fixture) f = fixture_new (NULL);

  g_signal_connect (f->client, "notify::state", G_CALLBACK (on_state), states);
  fixture_connect (f);
  clasp_client_disconnect (f->client);
  clasp_client_disconnect (f->client);
  g_assert_cmpstr (states->str, ==, "120");
  g_assert_null (clasp_client_dup_session (f->client));
  g_signal_handlers_disconnect_by_data (f->client, states);
}

static void
test_connect_again (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree char *first = NULL;

  fixture_connect (f);
  fixture_connect (f);
  g_assert_cmpuint (scripted_relay_get_n_connections (f->relay), ==, 1);
  first = clasp_client_dup_session (f->client);
  clasp_client_disconnect (f->client);
  fixture_connect (f);
  g_assert_cmpuint (scripted_relay_get_n_connections (f->relay), ==, 2);
  g_assert_cmpstr (first, !=, scripted_relay_get_session (f->relay));
}

static void
on_refused (GObject *source, GAsyncResult *result, gpointer data)
{
  GError **error = data;

  g_assert_false (
      clasp_client_connect_finish (CLASP_CLIENT (source), result, error));
  g_assert_nonnull (*error);
}

static void
test_one_attempt_at_a_time (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL, closed = NULL;

  clasp_client_connect_async (f->client, NULL, on_refused, &closed);
  clasp_client_connect_async (f->client, NULL, on_refused, &error);
  WAIT (error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  clasp_client_disconnect (f->client);
  WAIT (closed);
  g_assert_error (closed, CLASP_ERROR, CLASP_ERROR_CLOSED);
}

static void
test_cancel (void)
{
  ScriptedRelayRules rules = {.no_welcome = TRUE};
  g_autoptr (Fixture) f = fixture_new (&rules);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  clasp_client_connect_async (f->client, cancellable, on_refused, &error);
  WAIT (scripted_relay_get_n_connections (f->relay) > 0);
  g_cancellable_cancel (cancellable);
  WAIT (error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_DISCONNECTED);
}

static void
test_invalid_urls (void)
{
  static const char *const urls[] = {"", "localhost:7330", "http://host/",
      "ws://", "ws:///path", "ws://host:notaport/", "ws://user:geheim@/",
      "clasp://user:geheim@host", "ws://[::1", "\xff\xfe"};
  g_autoptr (Fixture) f = fixture_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (urls); i++) {
    g_autoptr (GError) error = NULL;

    g_object_set (f->client, "url", urls[i], NULL);
    g_assert_false (fixture_try_connect (f, &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL);
    g_assert_null (strstr (error->message, "geheim"));
    g_assert_cmpint (clasp_client_get_state (f->client), ==,
        CLASP_CLIENT_FAILED);
  }
  g_object_set (f->client, "url", scripted_relay_get_url (f->relay), NULL);
  fixture_connect (f);
}

static void
test_refused (void)
{
  static const struct {
    guint code;
    const char *text;
    ClaspError expected;
    ClaspClientState state;
    const char *message;
  } cases[] = {
      {300, "Authentication required", CLASP_ERROR_UNAUTHORIZED,
          CLASP_CLIENT_FAILED, "refused the token: Authentication required"},
      {302, "expired", CLASP_ERROR_UNAUTHORIZED, CLASP_CLIENT_FAILED,
          "refused the token: expired"},
      {500, "broken", CLASP_ERROR_UNAUTHORIZED, CLASP_CLIENT_FAILED,
          "refused the session: broken (code 500)"},
      {404, "", CLASP_ERROR_UNAUTHORIZED, CLASP_CLIENT_FAILED,
          "refused the session:  (code 404)"},
      {503, "busy", CLASP_ERROR_OVERLOADED, CLASP_CLIENT_RECONNECTING,
          "refused the session: busy (code 503)"},
      {300, "a\nb\x1b[31m", CLASP_ERROR_UNAUTHORIZED, CLASP_CLIENT_FAILED,
          "refused the token: a?b?[31m"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    ScriptedRelayRules rules = {.refuse_code = cases[i].code,
        .refuse_text = cases[i].text};
    g_autoptr (Fixture) f = fixture_new (&rules);
    g_autofree char *expected = g_strdup_printf ("relay %s %s",
        scripted_relay_get_url (f->relay), cases[i].message);
    g_autoptr (GError) error = NULL;

    g_object_set (f->client, "token", "geheim", NULL);
    g_assert_false (fixture_try_connect (f, &error));
    g_assert_error (error, CLASP_ERROR, (int) cases[i].expected);
    g_assert_cmpstr (error->message, ==, expected);
    g_assert_cmpint (clasp_client_get_state (f->client), ==, cases[i].state);
    g_assert_cmpuint (f->errors->len, ==, 0);
  }
}

static void
test_silent_relay (void)
{
  ScriptedRelayRules rules = {.no_welcome = TRUE};
  g_autoptr (Fixture) f = fixture_new (&rules);
  g_autofree char *expected =
      g_strdup_printf ("relay %s did not answer the HELLO within 0.2 s",
          scripted_relay_get_url (f->relay));
  ClaspTimes times = fixture_short_times ();
  g_autoptr (GError) error = NULL;

  times.handshake = 200 * 1000;
  clasp_client_set_times (f->client, &times);
  g_assert_false (fixture_try_connect (f, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TIMEOUT);
  g_assert_cmpstr (error->message, ==, expected);
  /* It goes on by itself, and then it works. */
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_RECONNECTING);
  scripted_relay_rules (f->relay)->no_welcome = FALSE;
  WAIT (f->sessions->len == 1);
}

static void
test_relay_comes_later (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;

  scripted_relay_close_port (f->relay);
  g_assert_false (fixture_try_connect (f, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED);
  g_assert_nonnull (strstr (error->message, "cannot connect to relay ws://"));
  WAIT (f->errors->len >= 2);
  scripted_relay_open_port (f->relay);
  WAIT (f->sessions->len == 1);
}

static void
on_plain_request (SoupServer *server, SoupServerMessage *message,
    const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
}

static void
test_not_a_relay (void)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  GSList *uris;

  soup_server_add_handler (server, NULL, on_plain_request, NULL, NULL);
  g_assert_true (
      soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  url = g_strdup_printf ("ws://127.0.0.1:%d/x?key=geheim",
      g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_object_set (f->client, "url", url, NULL);
  g_assert_false (fixture_try_connect (f, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message,
      "/x refused the WebSocket with "
      "HTTP status 404"));
  g_assert_null (strstr (error->message, "geheim"));
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_RECONNECTING);
}

static void
test_clock (void)
{
  const gint64 ahead = 5 * 3600 * (gint64) G_USEC_PER_SEC;
  ScriptedRelayRules rules = {.clock_offset = ahead};
  g_autoptr (ScriptedRelay) other = NULL;
  g_autoptr (Fixture) f = fixture_new (&rules);
  gint64 error;

  g_assert_cmpint (clasp_client_get_clock_offset (f->client), ==, 0);
  fixture_connect (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SYNC, NULL) >= 2);
  g_assert_cmpint (ABS (clasp_client_get_clock_offset (f->client) - ahead), <,
      G_USEC_PER_SEC);
  g_assert_true (clasp_clock_get_offset (clasp_client_get_clock (f->client),
      g_get_monotonic_time (), NULL, &error));
  g_assert_cmpint (error, <, G_USEC_PER_SEC);
  /* Another relay has another clock. */
  other = scripted_relay_new (NULL);
  g_object_set (f->client, "url", scripted_relay_get_url (other), NULL);
  g_assert_cmpint (clasp_client_get_clock_offset (f->client), >, ahead / 2);
  clasp_client_disconnect (f->client);
  fixture_connect (f);
  g_assert_cmpint (ABS (clasp_client_get_clock_offset (f->client)), <,
      G_USEC_PER_SEC);
}

static void
test_quick_samples (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_connect (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SYNC, NULL) == 5);
}

static void
test_answers_ping (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_connect (f);
  for (guint i = 0; i < 3; i++)
    scripted_relay_say (f->relay, clasp_message_new_ping ());
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_PONG, NULL) == 3);
}

static void
test_properties (void)
{
  g_autoptr (ClaspClient) client = clasp_client_new ("ws://host:7330");
  g_autofree char *url = NULL, *name = NULL, *session = NULL;
  g_autoptr (ClaspClock) clock = NULL;
  g_autoptr (GVariant) stats = NULL;
  ClaspClientState state;
  guint max_bytes, max_rate;

  g_object_set (client, "max-queue-bytes", 100000, "max-message-rate", 50,
      "tls-ca-file", "/no/such", NULL);
  g_object_get (client, "url", &url, "name", &name, "session", &session,
      "state", &state, "clock", &clock, "stats", &stats, "max-queue-bytes",
      &max_bytes, "max-message-rate", &max_rate, NULL);
  g_assert_cmpstr (url, ==, "ws://host:7330");
  g_assert_cmpstr (name, ==, "clasp-glib");
  g_assert_null (session);
  g_assert_cmpint (state, ==, CLASP_CLIENT_DISCONNECTED);
  g_assert_true (CLASP_IS_CLOCK (clock));
  g_assert_cmpuint (max_bytes, ==, 100000);
  g_assert_cmpuint (max_rate, ==, 50);
  g_assert_true (g_variant_is_of_type (stats, G_VARIANT_TYPE_VARDICT));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/connect", test_connect);
  g_test_add_func ("/client/states", test_states);
  g_test_add_func ("/client/connect-again", test_connect_again);
  g_test_add_func ("/client/one-attempt-at-a-time", test_one_attempt_at_a_time);
  g_test_add_func ("/client/cancel", test_cancel);
  g_test_add_func ("/client/invalid-urls", test_invalid_urls);
  g_test_add_func ("/client/refused", test_refused);
  g_test_add_func ("/client/silent-relay", test_silent_relay);
  g_test_add_func ("/client/relay-comes-later", test_relay_comes_later);
  g_test_add_func ("/client/not-a-relay", test_not_a_relay);
  g_test_add_func ("/client/clock", test_clock);
  g_test_add_func ("/client/quick-samples", test_quick_samples);
  g_test_add_func ("/client/answers-ping", test_answers_ping);
  g_test_add_func ("/client/properties", test_properties);
  return g_test_run ();
}
