/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "client-fixture.h"

#include "clasp/clasp-value.h"

static void
assert_received (Fixture *f, const char *expected)
{
  g_autofree char *all = NULL;

  g_ptr_array_add (f->received, NULL);
  all = g_strjoinv (" ", (char **) f->received->pdata);
  g_ptr_array_set_size (f->received, 0);
  g_assert_cmpstr (all, ==, expected);
}

/* Whatever the relay sent before has arrived when its PING is answered. */
static void
settle (Fixture *f)
{
  guint n = scripted_relay_count (f->relay, CLASP_MESSAGE_PONG, NULL);

  scripted_relay_say (f->relay, clasp_message_new_ping ());
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_PONG, NULL) > n);
}

static void
say_set (Fixture *f, const char *address, gint64 value, guint64 revision)
{
  scripted_relay_say (f->relay,
      clasp_message_new_set_full (address, g_variant_new_int64 (value),
          CLASP_SET_REVISION, revision, 0));
}

static void
say_publish (Fixture *f, ClaspSignalType signal, const char *address)
{
  scripted_relay_say (f->relay,
      clasp_message_new_publish (signal, address, g_variant_new_int64 (signal),
          0));
}

static void
say_snapshot (Fixture *f, const char *address, gint64 value, guint64 revision)
{
  g_autoptr (GVariant) variant =
      g_variant_ref_sink (g_variant_new_int64 (value));
  ClaspParam param = {.address = address,
      .value = variant,
      .revision = revision};

  scripted_relay_say (f->relay, clasp_message_new_snapshot (&param, 1));
}

static void
test_subscribe (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  ClaspSubscription *early, *late;
  ClaspMessage *message;

  early = fixture_subscribe (f, "/a/*", CLASP_SIGNAL_MASK_PARAM);
  fixture_connect (f);
  late = fixture_subscribe (f, "/b/**", CLASP_SIGNAL_MASK_ALL);
  g_assert_cmpstr (clasp_subscription_get_pattern (early), ==, "/a/*");
  g_assert_cmpstr (clasp_subscription_get_pattern (late), ==, "/b/**");
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SUBSCRIBE, NULL) == 2);
  message = scripted_relay_find (f->relay, CLASP_MESSAGE_SUBSCRIBE, "/a/*", 0);
  g_assert_cmphex (clasp_message_get_signal_mask (message), ==, 0x01);
  message = scripted_relay_find (f->relay, CLASP_MESSAGE_SUBSCRIBE, "/b/**", 0);
  g_assert_cmphex (clasp_message_get_signal_mask (message), ==, 0xff);
}

static void
test_subscribe_nonsense (void)
{
  static const char *const patterns[] = {"", "a", "//", "/a//b"};
  g_autoptr (Fixture) f = fixture_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (clasp_client_subscribe (f->client, patterns[i],
        CLASP_SIGNAL_MASK_ALL, &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS);
  }
}

static void
test_received (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/a/*", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  say_set (f, "/a/x", 7, 1);
  say_set (f, "/other", 7, 1);
  say_publish (f, CLASP_SIGNAL_STREAM, "/a/y");
  say_publish (f, CLASP_SIGNAL_EVENT, "/a/b/c");
  scripted_relay_say (f->relay,
      clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/a/z", NULL, 0));
  settle (f);
  assert_received (f, "/a/x=7 /a/y=2 /a/z=-");
}

static void
test_mask (void)
{
  static const struct {
    ClaspSignalMask mask;
    const char *expected;
  } cases[] = {
      {CLASP_SIGNAL_MASK_PARAM, "/p=1"},
      {CLASP_SIGNAL_MASK_EVENT, "/e=1"},
      {CLASP_SIGNAL_MASK_STREAM, "/s=2"},
      {CLASP_SIGNAL_MASK_EVENT | CLASP_SIGNAL_MASK_STREAM, "/e=1 /s=2"},
      {CLASP_SIGNAL_MASK_GESTURE, "/g=3"},
      {CLASP_SIGNAL_MASK_TIMELINE, "/t=4"},
      {(ClaspSignalMask) 0, "/p=1 /e=1 /s=2 /g=3 /t=4"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Fixture) f = fixture_new (NULL);

    fixture_subscribe (f, "/*", cases[i].mask);
    fixture_connect (f);
    say_set (f, "/p", 1, 1);
    say_publish (f, CLASP_SIGNAL_EVENT, "/e");
    say_publish (f, CLASP_SIGNAL_STREAM, "/s");
    say_publish (f, CLASP_SIGNAL_GESTURE, "/g");
    say_publish (f, CLASP_SIGNAL_TIMELINE, "/t");
    settle (f);
    assert_received (f, cases[i].expected);
  }
}

static void
test_each_subscription_once (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/a/*", CLASP_SIGNAL_MASK_ALL);
  fixture_subscribe (f, "/a/**", CLASP_SIGNAL_MASK_ALL);
  fixture_subscribe (f, "/b", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  say_set (f, "/a/x", 1, 1);
  settle (f);
  assert_received (f, "/a/x=1 /a/x=1");
}

static void
test_unsubscribe (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  ClaspSubscription *subscription;
  guint32 id;

  subscription = fixture_subscribe (f, "/a", CLASP_SIGNAL_MASK_ALL);
  g_object_add_weak_pointer (G_OBJECT (subscription),
      (gpointer *) &subscription);
  fixture_connect (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SUBSCRIBE, "/a") == 1);
  id = clasp_message_get_id (
      scripted_relay_find (f->relay, CLASP_MESSAGE_SUBSCRIBE, "/a", 0));
  clasp_client_unsubscribe (f->client, subscription);
  g_assert_null (subscription);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_UNSUBSCRIBE, NULL) == 1);
  g_assert_cmpuint (clasp_message_get_id (scripted_relay_find (f->relay,
                        CLASP_MESSAGE_UNSUBSCRIBE, NULL, 0)),
      ==, id);
  say_set (f, "/a", 1, 1);
  settle (f);
  assert_received (f, "");
}

static void
unsubscribe_all (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, gpointer data)
{
  ClaspClient *client = data;

  while (client->subscriptions->len > 0)
    clasp_client_unsubscribe (client, client->subscriptions->pdata[0]);
}

static void
test_unsubscribe_while_told (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  ClaspSubscription *first;

  first = clasp_client_subscribe (f->client, "/a", CLASP_SIGNAL_MASK_ALL, NULL);
  g_signal_connect (first, "received", G_CALLBACK (unsubscribe_all), f->client);
  fixture_subscribe (f, "/a", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  say_set (f, "/a", 1, 1);
  settle (f);
  assert_received (f, "");
}

static void
disconnect_client (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, gpointer data)
{
  clasp_client_disconnect (data);
}

static void
test_disconnect_while_told (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  ClaspSubscription *subscription;

  subscription =
      clasp_client_subscribe (f->client, "/**", CLASP_SIGNAL_MASK_ALL, NULL);
  g_signal_connect (subscription, "received", G_CALLBACK (disconnect_client),
      f->client);
  fixture_subscribe (f, "/after/*", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  say_set (f, "/a", 1, 1);
  say_set (f, "/after/x", 1, 1);
  WAIT (clasp_client_get_state (f->client) == CLASP_CLIENT_DISCONNECTED);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  assert_received (f, "");
}

/* The same state comes after WELCOME and for each overlapping SUBSCRIBE. */
static void
test_snapshots_are_idempotent (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/a/*", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  say_snapshot (f, "/a/x", 1, 5);
  say_snapshot (f, "/a/x", 1, 5);
  say_snapshot (f, "/b/x", 1, 1);
  settle (f);
  assert_received (f, "/a/x=1");
  /* An older one does not undo a newer SET. */
  say_set (f, "/a/x", 3, 7);
  say_snapshot (f, "/a/x", 2, 6);
  say_snapshot (f, "/a/x", 3, 7);
  say_snapshot (f, "/a/x", 4, 8);
  settle (f);
  assert_received (f, "/a/x=3 /a/x=4");
  /* A param that expired at the relay starts over. */
  say_set (f, "/a/x", 9, 1);
  say_snapshot (f, "/a/x", 10, 2);
  settle (f);
  assert_received (f, "/a/x=9 /a/x=10");
  /* A later subscription gets what is news to it. */
  fixture_subscribe (f, "/a/x", CLASP_SIGNAL_MASK_PARAM);
  say_snapshot (f, "/a/x", 10, 2);
  settle (f);
  assert_received (f, "/a/x=10");
}

static void
test_events_only_get_no_snapshot (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/**", CLASP_SIGNAL_MASK_EVENT);
  fixture_connect (f);
  say_snapshot (f, "/a", 1, 1);
  settle (f);
  assert_received (f, "");
}

static void
on_message (ClaspClient *client, ClaspMessage *message, gpointer data)
{
  g_string_append_printf (data, "%02x ",
      clasp_message_get_message_type (message));
}

static void
test_message_signal (void)
{
  g_autoptr (GString) types = g_string_new (NULL);
  ScriptedRelayRules rules = {.no_sync = TRUE};
  g_autoptr (Fixture) f = fixture_new (&rules);

  g_signal_connect (f->client, "message", G_CALLBACK (on_message), types);
  fixture_connect (f);
  say_set (f, "/a", 1, 1);
  scripted_relay_say (f->relay, clasp_message_new_ack ("/a", 1));
  settle (f);
  g_assert_cmpstr (types->str, ==, "02 23 21 50 41 ");
  g_signal_handlers_disconnect_by_data (f->client, types);
}

static void
test_get (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GVariant) value = NULL;
  FixtureGet get = {0};

  fixture_connect (f);
  fixture_start_get (f, "/a", NULL, &get);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_GET, "/a") == 1);
  say_snapshot (f, "/b", 1, 1);
  say_snapshot (f, "/a", 42, 1);
  WAIT (get.done);
  g_assert_no_error (get.error);
  g_assert_cmpint (g_variant_get_int64 (get.value), ==, 42);
  fixture_get_clear (&get);
}

static void
shorten_get (Fixture *f)
{
  ClaspTimes times = fixture_short_times ();

  times.get = 300 * 1000;
  clasp_client_set_times (f->client, &times);
}

static void
test_get_what_is_not_there (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  FixtureGet get = {0};

  shorten_get (f);
  fixture_connect (f);
  fixture_start_get (f, "/nothing", NULL, &get);
  WAIT (get.done);
  g_assert_error (get.error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (get.error->message, "no value at /nothing"));
  fixture_get_clear (&get);
}

static void
test_get_from_a_silent_relay (void)
{
  ScriptedRelayRules rules = {.no_sync = TRUE, .no_echo = TRUE};
  g_autoptr (Fixture) f = fixture_new (&rules);
  FixtureGet get = {0};

  shorten_get (f);
  fixture_connect (f);
  settle (f);
  fixture_start_get (f, "/a", NULL, &get);
  WAIT (get.done);
  g_assert_error (get.error, CLASP_ERROR, CLASP_ERROR_TIMEOUT);
  fixture_get_clear (&get);
}

static void
test_get_refused (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  FixtureGet get = {0}, other = {0};

  fixture_connect (f);
  fixture_start_get (f, "/a", NULL, &get);
  fixture_start_get (f, "/b", NULL, &other);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_GET, NULL) == 2);
  scripted_relay_say (f->relay, clasp_message_new_error (301, "scope", "/a"));
  WAIT (get.done);
  g_assert_error (get.error, CLASP_ERROR, CLASP_ERROR_FORBIDDEN);
  g_assert_false (other.done);
  g_assert_cmpuint (f->errors->len, ==, 1);
  say_snapshot (f, "/b", 1, 1);
  WAIT (other.done);
  g_assert_no_error (other.error);
  fixture_get_clear (&get);
  fixture_get_clear (&other);
}

static void
test_get_ends_with_the_session (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  FixtureGet cancelled = {0}, lost = {0}, closed = {0}, early = {0};

  fixture_start_get (f, "/a", NULL, &early);
  WAIT (early.done);
  g_assert_error (early.error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED);
  fixture_connect (f);
  fixture_start_get (f, "/a", cancellable, &cancelled);
  fixture_start_get (f, "/a", NULL, &lost);
  g_cancellable_cancel (cancellable);
  WAIT (cancelled.done);
  g_assert_error (cancelled.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  scripted_relay_hang_up (f->relay);
  WAIT (lost.done);
  g_assert_error (lost.error, CLASP_ERROR, CLASP_ERROR_CLOSED);
  WAIT (f->sessions->len == 2);
  fixture_start_get (f, "/a", NULL, &closed);
  clasp_client_disconnect (f->client);
  WAIT (closed.done);
  g_assert_error (closed.error, CLASP_ERROR, CLASP_ERROR_CLOSED);
  fixture_get_clear (&early);
  fixture_get_clear (&cancelled);
  fixture_get_clear (&lost);
  fixture_get_clear (&closed);
}

static void
test_relay_errors (void)
{
  static const struct {
    guint16 code;
    const char *address;
    ClaspError expected;
  } cases[] = {
      {301, "/a", CLASP_ERROR_FORBIDDEN},
      {300, NULL, CLASP_ERROR_FORBIDDEN}, /* does not end the session */
      {404, "/clasp/p2p/signal/nobody", CLASP_ERROR_NOT_FOUND},
      {400, "/a", CLASP_ERROR_CONFLICT},
      {429, "/a", CLASP_ERROR_RATE_LIMITED},
      {503, NULL, CLASP_ERROR_OVERLOADED},
      {999, NULL, CLASP_ERROR_FAILED},
  };
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_connect (f);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    scripted_relay_say (f->relay,
        clasp_message_new_error (cases[i].code, "because", cases[i].address));
    settle (f);
    g_assert_cmpuint (f->errors->len, ==, i + 1);
    g_assert_error ((GError *) f->errors->pdata[i], CLASP_ERROR,
        (int) cases[i].expected);
    g_assert_false (clasp_error_is_fatal (f->errors->pdata[i]));
  }
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_CONNECTED);
  g_assert_cmpuint (fixture_get_stat (f, "message-rate"), ==, 0);
}

static void
test_send (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;
  ClaspMessage *message;
  guint64 stamp;
  guint32 ttl;

  fixture_connect (f);
  clasp_client_set (f->client, "/p", g_variant_new_int64 (1), &error);
  clasp_client_set (f->client, "/null", NULL, &error);
  clasp_client_set_with_ttl (f->client, "/t", g_variant_new_int64 (1), 60,
      &error);
  clasp_client_emit (f->client, "/e", NULL, &error);
  clasp_client_stream (f->client, "/s", g_variant_new_double (1), &error);
  g_assert_no_error (error);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_PUBLISH, "/s") == 1);
  message = scripted_relay_find (f->relay, CLASP_MESSAGE_SET, "/p", 0);
  g_assert_cmpint (g_variant_get_int64 (clasp_message_get_value (message)), ==,
      1);
  message = scripted_relay_find (f->relay, CLASP_MESSAGE_SET, "/null", 0);
  g_assert_true (clasp_value_is_null (clasp_message_get_value (message)));
  message = scripted_relay_find (f->relay, CLASP_MESSAGE_SET, "/t", 0);
  g_assert_true (clasp_message_get_ttl (message, &ttl));
  g_assert_cmpuint (ttl, ==, 60);
  message = scripted_relay_find (f->relay, CLASP_MESSAGE_PUBLISH, "/e", 0);
  g_assert_false (clasp_message_has_value (message));
  g_assert_true (clasp_message_get_timestamp (message, &stamp));
  g_assert_cmpint (ABS ((gint64) stamp - g_get_real_time ()), <,
      G_USEC_PER_SEC);
  g_assert_cmpint (clasp_message_get_signal (message), ==, CLASP_SIGNAL_EVENT);
}

static void
test_send_without_session (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (clasp_client_set (f->client, "/a", NULL, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED);
  fixture_connect (f);
  clasp_client_disconnect (f->client);
  g_clear_error (&error);
  g_assert_false (clasp_client_stream (f->client, "/a", NULL, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED);
}

static ClaspMessage *
new_event (const char *address)
{
  return clasp_message_new_publish (CLASP_SIGNAL_EVENT, address, NULL, 0);
}

static void
assert_send_fails (Fixture *f, ClaspMessage *taken, ClaspError code)
{
  g_autoptr (ClaspMessage) message = taken;
  g_autoptr (GError) error = NULL;

  g_assert_false (clasp_client_send (f->client, message, &error));
  g_assert_error (error, CLASP_ERROR, (int) code);
}

static void
test_unsendable (void)
{
  static const char *const addresses[] = {"", "a", "ö/a", "/a//b"};
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint n_frames;

  fixture_connect (f);
  settle (f);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SYNC, NULL) == 5);
  n_frames = scripted_relay_get_n_frames (f->relay);
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (clasp_client_set (f->client, addresses[i],
        g_variant_new_int64 (1), &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS);
    g_clear_error (&error);
    g_assert_false (clasp_client_emit (f->client, addresses[i], NULL, &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS);
  }
  assert_send_fails (f, clasp_message_new_hello ("again", 0, NULL),
      CLASP_ERROR_FAILED);
  assert_send_fails (f, clasp_message_new_ping (), CLASP_ERROR_FAILED);
  assert_send_fails (f,
      clasp_message_new_subscribe (1, "/a", CLASP_SIGNAL_MASK_ALL),
      CLASP_ERROR_FAILED);
  assert_send_fails (f, clasp_message_new_unsubscribe (1), CLASP_ERROR_FAILED);
  assert_send_fails (f, clasp_message_new_ack ("/a", 1), CLASP_ERROR_FAILED);
  settle (f);
  g_assert_cmpuint (scripted_relay_get_n_frames (f->relay), <=, n_frames + 2);
}

static void
test_too_large (void)
{
  g_autofree char *text = g_strnfill (65530, 'x');
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;

  fixture_connect (f);
  g_assert_false (
      clasp_client_set (f->client, "/a", g_variant_new_string (text), &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE);
}

static void
test_bundle (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (ClaspMessage) set =
      clasp_message_new_set ("/a", g_variant_new_boolean (TRUE));
  g_autoptr (ClaspMessage) event = new_event ("/b");
  g_autoptr (ClaspMessage) get = clasp_message_new_get ("/c");
  g_autoptr (ClaspMessage) signal = new_event ("/clasp/p2p/signal/x");
  ClaspMessage *good[] = {set, event};
  ClaspMessage *dropped[] = {set, get};
  ClaspMessage *lost[] = {set, signal};
  g_autoptr (GError) error = NULL;
  ClaspMessage *bundle;

  fixture_connect (f);
  g_assert_true (clasp_client_bundle (f->client, good, 2, &error));
  g_assert_false (clasp_client_bundle (f->client, dropped, 2, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (clasp_client_bundle (f->client, lost, 2, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_BUNDLE, NULL) == 1);
  bundle = scripted_relay_find (f->relay, CLASP_MESSAGE_BUNDLE, NULL, 0);
  g_assert_cmpuint (clasp_message_get_n_members (bundle), ==, 2);
}

#define N_THREADS 4
#define N_EACH 500

typedef struct {
  ClaspClient *client;
  guint number;
} Worker;

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  g_autofree char *address = g_strdup_printf ("/w/%u", worker->number);

  for (gint64 i = 0; i < N_EACH; i++) {
    g_autofree char *session = clasp_client_dup_session (worker->client);
    g_autoptr (GVariant) stats = clasp_client_get_stats (worker->client);
    g_autoptr (GError) error = NULL;

    g_assert_nonnull (session);
    g_assert_nonnull (stats);
    g_assert_cmpint (clasp_client_get_state (worker->client), ==,
        CLASP_CLIENT_CONNECTED);
    clasp_client_get_clock_offset (worker->client);
    clasp_client_set (worker->client, address, g_variant_new_int64 (i), &error);
    g_assert_no_error (error);
  }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  Worker workers[N_THREADS];
  GThread *threads[N_THREADS];

  fixture_connect (f);
  for (guint i = 0; i < N_THREADS; i++) {
    workers[i] = (Worker){.client = f->client, .number = i};
    threads[i] = g_thread_new ("worker", work, &workers[i]);
  }
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SET, NULL) ==
      N_THREADS * N_EACH);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_THREADS; i++) {
    g_autofree char *address = g_strdup_printf ("/w/%u", i);

    for (guint n = 0; n < N_EACH; n += 50)
      g_assert_cmpint (g_variant_get_int64 (clasp_message_get_value (
                           scripted_relay_find (f->relay, CLASP_MESSAGE_SET,
                               address, n))),
          ==, n);
  }
}

static gpointer
drop_reference (gpointer data)
{
  g_object_unref (data);
  return NULL;
}

/* The last reference may go in any thread, while connected. */
static void
test_last_reference_elsewhere (void)
{
  g_autoptr (ScriptedRelay) relay = scripted_relay_new (NULL);

  for (guint i = 0; i < 20; i++) {
    ClaspClient *client = clasp_client_new (scripted_relay_get_url (relay));
    GThread *thread;

    clasp_client_connect_async (client, NULL, NULL, NULL);
    WAIT (clasp_client_get_state (client) == CLASP_CLIENT_CONNECTED);
    while (g_main_context_iteration (NULL, FALSE))
      ;
    thread = g_thread_new ("dropper", drop_reference, client);
    WAIT (!g_main_context_pending (NULL));
    g_thread_join (thread);
  }
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/messages/subscribe", test_subscribe);
  g_test_add_func ("/messages/subscribe-nonsense", test_subscribe_nonsense);
  g_test_add_func ("/messages/received", test_received);
  g_test_add_func ("/messages/mask", test_mask);
  g_test_add_func ("/messages/each-subscription-once",
      test_each_subscription_once);
  g_test_add_func ("/messages/unsubscribe", test_unsubscribe);
  g_test_add_func ("/messages/unsubscribe-while-told",
      test_unsubscribe_while_told);
  g_test_add_func ("/messages/disconnect-while-told",
      test_disconnect_while_told);
  g_test_add_func ("/messages/snapshots-are-idempotent",
      test_snapshots_are_idempotent);
  g_test_add_func ("/messages/events-only", test_events_only_get_no_snapshot);
  g_test_add_func ("/messages/message-signal", test_message_signal);
  g_test_add_func ("/messages/get", test_get);
  g_test_add_func ("/messages/get-what-is-not-there",
      test_get_what_is_not_there);
  g_test_add_func ("/messages/get-from-a-silent-relay",
      test_get_from_a_silent_relay);
  g_test_add_func ("/messages/get-refused", test_get_refused);
  g_test_add_func ("/messages/get-ends-with-the-session",
      test_get_ends_with_the_session);
  g_test_add_func ("/messages/relay-errors", test_relay_errors);
  g_test_add_func ("/messages/send", test_send);
  g_test_add_func ("/messages/send-without-session", test_send_without_session);
  g_test_add_func ("/messages/unsendable", test_unsendable);
  g_test_add_func ("/messages/too-large", test_too_large);
  g_test_add_func ("/messages/bundle", test_bundle);
  g_test_add_func ("/messages/threads", test_threads);
  g_test_add_func ("/messages/last-reference-elsewhere",
      test_last_reference_elsewhere);
  return g_test_run ();
}
