/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/*
 * What an application may expect of any CLASP relay, run against the engine
 * of the real one and against ours: a difference fails on one of them. What
 * is different on purpose is listed in lib/relay/README.md.
 */

#include "peer.h"
#include "relay-process.h"

#define TOKEN "cpsk_0123456789abcdef0123456789abcdef"

static RelayProcess *relay = NULL;

static Peer *
join (void)
{
  return peer_new (relay_process_get_url (relay), NULL);
}

/* A peer whose subscription the relay has taken. */
static Peer *
join_and_listen (const char *pattern)
{
  Peer *self = join ();

  peer_listen (self, pattern);
  peer_settle (self);
  return self;
}

static void
set (Peer *self, const char *address, GVariant *value)
{
  g_autoptr (GError) error = NULL;

  clasp_client_set (self->client, address, value, &error);
  g_assert_no_error (error);
}

static void
send_message (Peer *self, ClaspMessage *message)
{
  g_autoptr (ClaspMessage) owned = message;
  g_autoptr (GError) error = NULL;

  clasp_client_send (self->client, owned, &error);
  g_assert_no_error (error);
}

static double
number_of (GVariant *value)
{
  double number = 0;

  g_assert_nonnull (value);
  g_assert_true (clasp_value_get_number (value, &number));
  return number;
}

static void
assert_next (Peer *self, const char *address, double number)
{
  g_autoptr (Received) received = peer_next (self);

  g_assert_cmpstr (received->address, ==, address);
  g_assert_cmpfloat (number_of (received->value), ==, number);
}

static void
assert_next_error (Peer *self, int code, const char *mentions)
{
  g_autoptr (GError) error = peer_next_error (self);

  g_assert_error (error, CLASP_ERROR, code);
  g_assert_nonnull (strstr (error->message, mentions));
}

/* --- session --- */

static void
test_session (void)
{
  g_autoptr (Peer) a = join ();
  g_autoptr (Peer) b = join ();
  g_autofree char *session_a = clasp_client_dup_session (a->client);
  g_autofree char *session_b = clasp_client_dup_session (b->client);

  g_assert_true (g_uuid_string_is_valid (session_a));
  g_assert_cmpstr (session_a, !=, session_b);
  g_assert_cmpint (clasp_client_get_state (a->client), ==,
      CLASP_CLIENT_CONNECTED);
  g_assert_cmpint (ABS (clasp_client_get_clock_offset (a->client)), <,
      G_USEC_PER_SEC);
}

static void
test_reconnect (void)
{
  g_autoptr (Peer) peer = join_and_listen ("/reconnect/*");
  g_autofree char *before = clasp_client_dup_session (peer->client);
  g_autofree char *after = NULL;

  relay_process_restart (relay);
  peer_wait_sessions (peer, 2);
  after = clasp_client_dup_session (peer->client);
  g_assert_cmpstr (before, !=, after);
  set (peer, "/reconnect/a", g_variant_new_double (7));
  assert_next (peer, "/reconnect/a", 7);
}

/* --- state --- */

static void
test_set_echo (void)
{
  g_autoptr (Peer) peer = join_and_listen ("/echo/*/level");
  guint64 revision = 0;

  for (guint i = 1; i <= 3; i++) {
    g_autoptr (Received) received = NULL;

    set (peer, "/echo/a/level", g_variant_new_double (i));
    received = peer_next (peer);
    g_assert_cmpstr (received->address, ==, "/echo/a/level");
    g_assert_cmpfloat (number_of (received->value), ==, i);
    g_assert_true (clasp_message_get_revision (received->message, &revision));
    g_assert_cmpuint (revision, ==, i);
  }
}

static void
test_ack (void)
{
  g_autoptr (Peer) peer = join ();

  for (guint64 i = 1; i <= 2; i++) {
    g_autoptr (ClaspMessage) ack = NULL;
    guint64 revision = 0;

    send_message (peer,
        clasp_message_new_set ("/ack/a", g_variant_new_double ((double) i)));
    do {
      g_clear_pointer (&ack, clasp_message_unref);
      ack = peer_next_message (peer, CLASP_MESSAGE_ACK);
    } while (g_strcmp0 (clasp_message_get_address (ack), "/ack/a") != 0);
    g_assert_true (clasp_message_get_revision (ack, &revision));
    g_assert_cmpuint (revision, ==, i);
  }
}

static void
test_late_joiner (void)
{
  g_autoptr (Peer) early = join ();
  g_autoptr (Peer) late = NULL;

  set (early, "/late/a", g_variant_new_double (1));
  clasp_client_emit (early->client, "/late/event", g_variant_new_double (2),
      NULL);
  clasp_client_stream (early->client, "/late/stream", g_variant_new_double (3),
      NULL);
  peer_settle (early);
  late = join_and_listen ("/late/**");
  assert_next (late, "/late/a", 1);
  set (late, "/late/end", g_variant_new_double (4));
  for (;;) { /* the stored param may come again, the others never */
    g_autoptr (Received) received = peer_next (late);

    if (g_str_equal (received->address, "/late/end"))
      break;
    g_assert_cmpstr (received->address, ==, "/late/a");
  }
}

typedef struct {
  GVariant *value;
  GError *error;
  guint done;
} Got;

static void
on_got (GObject *client, GAsyncResult *result, gpointer data)
{
  Got *got = data;

  got->value =
      clasp_client_get_finish (CLASP_CLIENT (client), result, &got->error);
  got->done = 1;
}

static void
test_get (void)
{
  g_autoptr (Peer) writer = join ();
  g_autoptr (Peer) reader = join ();
  Got got = {NULL, NULL, 0};

  set (writer, "/get/a", g_variant_new_string ("here"));
  peer_settle (writer);
  clasp_client_get_async (reader->client, "/get/a", NULL, on_got, &got);
  while (!got.done)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  g_assert_no_error (got.error);
  g_assert_cmpstr (g_variant_get_string (got.value, NULL), ==, "here");
  g_variant_unref (got.value);
}

static void
test_null (void)
{
  g_autoptr (Peer) peer = join_and_listen ("/null/*");
  g_autoptr (Received) first = NULL;
  g_autoptr (Received) second = NULL;

  set (peer, "/null/a", g_variant_new_double (1));
  set (peer, "/null/a", clasp_value_new_null ());
  first = peer_next (peer);
  second = peer_next (peer);
  g_assert_cmpfloat (number_of (first->value), ==, 1);
  g_assert_true (clasp_value_is_null (second->value));
}

static void
test_revision_conflict (void)
{
  g_autoptr (Peer) peer = join ();

  set (peer, "/conflict/a", g_variant_new_double (1));
  send_message (peer,
      clasp_message_new_set_full ("/conflict/a", g_variant_new_double (2),
          CLASP_SET_REVISION, 999, 0));
  assert_next_error (peer, CLASP_ERROR_CONFLICT, "/conflict/a");
}

static void
test_lock (void)
{
  g_autoptr (Peer) owner = join_and_listen ("/lock/*");
  g_autoptr (Peer) other = join ();

  send_message (owner,
      clasp_message_new_set_full ("/lock/a", g_variant_new_double (1),
          CLASP_SET_LOCK, 0, 0));
  assert_next (owner, "/lock/a", 1);
  set (other, "/lock/a", g_variant_new_double (2));
  assert_next_error (other, CLASP_ERROR_CONFLICT, "/lock/a");
  send_message (owner,
      clasp_message_new_set_full ("/lock/a", g_variant_new_double (3),
          CLASP_SET_UNLOCK, 0, 0));
  assert_next (owner, "/lock/a", 3);
  set (other, "/lock/a", g_variant_new_double (4));
  assert_next (owner, "/lock/a", 4);
}

/* Values survive the relay's decoding and encoding. */
static void
test_values (void)
{
  static const char *const values[] = {
      "true",
      "false",
      "int64 9007199254740993",
      "int64 -1",
      "1.5e300",
      "'grüße 🎥'",
      "''",
      "@ay []",
      "[byte 0x00, 0xff, 0x7f]",
      "[<int64 1>, <'two'>, <[<3.5>]>]",
      "@av []",
      "{'a': <1.0>, 'b': <{'c': <@mv nothing>}>, '': <'empty key'>}",
      "@a{sv} {}",
  };
  g_autoptr (Peer) peer = join_and_listen ("/values/*");

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) value =
        g_variant_parse (NULL, values[i], NULL, NULL, &error);
    g_autoptr (Received) received = NULL;

    g_assert_no_error (error);
    set (peer, "/values/v", value);
    received = peer_next (peer);
    if (!clasp_value_equal (received->value, value)) {
      g_autofree char *text = clasp_value_print (received->value);

      g_error ("%s came back as %s", values[i], text);
    }
  }
}

/* --- signals --- */

static void
test_no_echo (void)
{
  g_autoptr (Peer) peer = join_and_listen ("/noecho/**");

  clasp_client_emit (peer->client, "/noecho/e", g_variant_new_double (1), NULL);
  clasp_client_stream (peer->client, "/noecho/s", g_variant_new_double (2),
      NULL);
  set (peer, "/noecho/end", g_variant_new_double (3));
  assert_next (peer, "/noecho/end", 3);
}

static void
test_stream_order (void)
{
  g_autoptr (Peer) receiver = join_and_listen ("/order/**");
  g_autoptr (Peer) sender = join ();

  for (guint i = 0; i < 300; i++) {
    g_autoptr (GError) error = NULL;

    clasp_client_stream (sender->client, "/order/s", g_variant_new_double (i),
        &error);
    g_assert_no_error (error);
  }
  for (guint i = 0; i < 300; i++)
    assert_next (receiver, "/order/s", i);
}

static void
test_large_stream (void)
{
  g_autoptr (Peer) receiver = join_and_listen ("/large/*");
  g_autoptr (Peer) sender = join ();
  g_autofree guint8 *data = g_malloc0 (65000);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (Received) received = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 65000; i++)
    data[i] = (guint8) (i * 7);
  bytes = g_bytes_new (data, 65000);
  clasp_client_stream (sender->client, "/large/s",
      clasp_value_new_bytes (bytes), &error);
  g_assert_no_error (error);
  received = peer_next (receiver);
  g_assert_cmpmem (g_variant_get_data (received->value),
      g_variant_get_size (received->value), data, 65000);
}

static void
test_bundle (void)
{
  g_autoptr (Peer) receiver = join_and_listen ("/bundle/**");
  g_autoptr (Peer) sender = join ();
  g_autoptr (GError) error = NULL;
  ClaspMessage *members[] = {
      clasp_message_new_set ("/bundle/a", g_variant_new_double (1)),
      clasp_message_new_set ("/bundle/b", g_variant_new_double (2)),
      clasp_message_new_publish (CLASP_SIGNAL_STREAM, "/bundle/c",
          g_variant_new_double (3), 0),
  };

  clasp_client_bundle (sender->client, members, G_N_ELEMENTS (members), &error);
  g_assert_no_error (error);
  assert_next (receiver, "/bundle/a", 1);
  assert_next (receiver, "/bundle/b", 2);
  assert_next (receiver, "/bundle/c", 3);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    clasp_message_unref (members[i]);
}

static void
test_p2p_signal (void)
{
  g_autoptr (Peer) spy = join_and_listen ("/clasp/**");
  g_autoptr (Peer) target = join ();
  g_autoptr (Peer) sender = join ();
  g_autofree char *session = clasp_client_dup_session (target->client);
  g_autofree char *address = g_strdup_printf ("/clasp/p2p/signal/%s", session);

  peer_listen (target, address);
  peer_settle (target);
  clasp_client_emit (sender->client, address, g_variant_new_double (5), NULL);
  assert_next (target, address, 5);
  set (sender, "/clasp/end", g_variant_new_double (6));
  assert_next (spy, "/clasp/end", 6);
}

static void
test_p2p_nobody (void)
{
  static const char *const nobody =
      "/clasp/p2p/signal/00000000-0000-4000-8000-000000000000";
  g_autoptr (Peer) sender = join ();

  clasp_client_emit (sender->client, nobody, g_variant_new_double (1), NULL);
  assert_next_error (sender, CLASP_ERROR_NOT_FOUND, nobody);
}

/* --- subscriptions --- */

static void
test_patterns (void)
{
  static const struct {
    const char *pattern;
    const char *address;
    gboolean matches;
  } table[] = {
      {"/p/a", "/p/a", TRUE},
      {"/p/a", "/p/ab", FALSE},
      {"/p/*", "/p/a", TRUE},
      {"/p/*", "/p/a/b", FALSE},
      {"/p/*/c", "/p/b/c", TRUE},
      {"/p/pre*", "/p/prefix", TRUE},
      {"/p/pre*", "/p/pre", TRUE},
      {"/p/pre*", "/p/other", FALSE},
      {"/p/*-x-*", "/p/1-x-2", TRUE},
      {"/p/**", "/p/a/b/c", TRUE},
      {"/p/**", "/p", TRUE},
      {"/p/**/z", "/p/a/b/z", TRUE},
      {"/p/**/z", "/p/z", TRUE},
      {"/p/**/z", "/p/a/zz", FALSE},
      {"/**", "/p/any", TRUE},
      {"/p/{a,b}", "/p/a", FALSE},
      {"/p/{a,b}", "/p/{a,b}", TRUE},
      {"/p/?", "/p/a", FALSE},
      {"/p/[ab]", "/p/a", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Peer) receiver = join ();
    g_autoptr (Peer) sender = join ();
    g_autoptr (Received) received = NULL;

    g_test_message ("%s on %s", table[i].pattern, table[i].address);
    peer_listen (receiver, table[i].pattern);
    peer_listen (receiver, "/end");
    peer_settle (receiver);
    clasp_client_emit (sender->client, table[i].address,
        g_variant_new_double (1), NULL);
    clasp_client_emit (sender->client, "/end", g_variant_new_double (2), NULL);
    do { /* other tests' params may be in the snapshot of a wide pattern */
      g_clear_pointer (&received, received_free);
      received = peer_next (receiver);
    } while (clasp_message_get_message_type (received->message) !=
        CLASP_MESSAGE_PUBLISH);
    g_assert_cmpstr (received->address, ==,
        table[i].matches ? table[i].address : "/end");
  }
}

/* Two of a session's patterns match: each of them hears it, once. */
static void
test_overlap (void)
{
  g_autoptr (Peer) peer = join ();
  g_autoptr (Peer) sender = join ();

  peer_listen (peer, "/overlap/**");
  peer_listen (peer, "/overlap/a");
  peer_settle (peer);
  clasp_client_emit (sender->client, "/overlap/a", g_variant_new_double (1),
      NULL);
  clasp_client_emit (sender->client, "/overlap/b", g_variant_new_double (2),
      NULL);
  assert_next (peer, "/overlap/a", 1);
  assert_next (peer, "/overlap/a", 1);
  assert_next (peer, "/overlap/b", 2);
}

static void
test_unsubscribe (void)
{
  g_autoptr (Peer) peer = join ();
  g_autoptr (Peer) sender = join ();
  ClaspSubscription *subscription = peer_listen (peer, "/unsubscribe/a");

  peer_listen (peer, "/unsubscribe/b");
  peer_settle (peer);
  clasp_client_emit (sender->client, "/unsubscribe/a", g_variant_new_double (1),
      NULL);
  assert_next (peer, "/unsubscribe/a", 1);
  clasp_client_unsubscribe (peer->client, subscription);
  peer_settle (peer);
  clasp_client_emit (sender->client, "/unsubscribe/a", g_variant_new_double (2),
      NULL);
  clasp_client_emit (sender->client, "/unsubscribe/b", g_variant_new_double (3),
      NULL);
  assert_next (peer, "/unsubscribe/b", 3);
}

/* A subscription to streams only does not hear events. */
static void
test_signal_mask (void)
{
  g_autoptr (Peer) peer = join ();
  g_autoptr (Peer) sender = join ();
  g_autoptr (GError) error = NULL;
  ClaspSubscription *streams = clasp_client_subscribe (peer->client, "/mask/*",
      CLASP_SIGNAL_MASK_STREAM, &error);

  g_assert_no_error (error);
  peer_collect (peer, streams);
  peer_settle (peer);
  clasp_client_emit (sender->client, "/mask/e", g_variant_new_double (1), NULL);
  clasp_client_stream (sender->client, "/mask/s", g_variant_new_double (2),
      NULL);
  assert_next (peer, "/mask/s", 2);
}

/* --- tokens --- */

static void
test_token (void)
{
  static const char *const wrong[] = {NULL,
      "cpsk_ffffffffffffffffffffffffffffffff", "nonsense"};
  g_autoptr (RelayProcess) guarded = relay_process_start (TOKEN);
  const char *url = relay_process_get_url (guarded);
  g_autoptr (Peer) welcome = peer_new (url, TOKEN);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (peer_try (url, wrong[i], &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_UNAUTHORIZED);
    if (wrong[i] != NULL)
      g_assert_null (strstr (error->message, wrong[i]));
  }
  peer_settle (welcome);
}

static const struct {
  const char *path;
  GTestFunc func;
} tests[] = {
    {"/conformance/session/welcome", test_session},
    {"/conformance/state/set-echo", test_set_echo},
    {"/conformance/state/ack", test_ack},
    {"/conformance/state/late-joiner", test_late_joiner},
    {"/conformance/state/get", test_get},
    {"/conformance/state/null", test_null},
    {"/conformance/state/revision-conflict", test_revision_conflict},
    {"/conformance/state/lock", test_lock},
    {"/conformance/state/values", test_values},
    {"/conformance/signals/no-echo", test_no_echo},
    {"/conformance/signals/stream-order", test_stream_order},
    {"/conformance/signals/large", test_large_stream},
    {"/conformance/signals/bundle", test_bundle},
    {"/conformance/signals/p2p", test_p2p_signal},
    {"/conformance/signals/p2p-nobody", test_p2p_nobody},
    {"/conformance/subscriptions/patterns", test_patterns},
    {"/conformance/subscriptions/overlap", test_overlap},
    {"/conformance/subscriptions/unsubscribe", test_unsubscribe},
    {"/conformance/subscriptions/signal-mask", test_signal_mask},
    {"/conformance/session/token", test_token},
    {"/conformance/session/reconnect", test_reconnect},
};

int
main (int argc, char **argv)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autofree char *why_not = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  if (!relay_process_available (&why_not)) {
    g_printerr ("%s\n", why_not);
    return g_getenv ("CLASP_REQUIRE_ENGINE") ? 1 : 77;
  }
  g_main_context_push_thread_default (context);
  relay = relay_process_start (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_func (tests[i].path, tests[i].func);
  status = g_test_run ();
  relay_process_free (relay);
  g_main_context_pop_thread_default (context);
  return status;
}
