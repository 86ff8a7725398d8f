/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Many receivers, slow receivers, much state. */

#include "relay-fixture.h"
#include <string.h>

#define STREAM "/video/relay/r/stream/s"
#define CHUNK_BYTES 8000

static ClaspMessage *
make_chunk (guint seq, gboolean key)
{
  g_autofree guint8 *data = g_malloc0 (CHUNK_BYTES);
  g_autoptr (GBytes) bytes = g_bytes_new (data, CHUNK_BYTES);
  GVariantBuilder map;

  g_variant_builder_init (&map, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&map, "{sv}", "seq", g_variant_new_double (seq));
  g_variant_builder_add (&map, "{sv}", "frameType",
      g_variant_new_string (key ? "key" : "delta"));
  g_variant_builder_add (&map, "{sv}", "data", clasp_value_new_bytes (bytes));

  return clasp_message_new_publish (CLASP_SIGNAL_STREAM, STREAM,
      g_variant_builder_end (&map), 0);
}

/* Returns: seq of a chunk, -1 for anything else */
static int
chunk_seq (const ClaspMessage *message)
{
  double seq;

  if (clasp_message_get_message_type (message) != CLASP_MESSAGE_PUBLISH ||
      clasp_message_get_signal (message) != CLASP_SIGNAL_STREAM ||
      !clasp_message_lookup_number (message, "seq", &seq))
    return -1;

  return seq;
}

/* More than 10 receivers: where the reference relay loses the order. */
static void
test_order (void)
{
  const guint n_clients = 64, n_frames = 200;
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) source = client_join (f);
  g_autoptr (GPtrArray) clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);

  for (guint i = 0; i < n_clients; i++) {
    Client *client = client_join (f);

    g_ptr_array_add (clients, client);
    client_subscribe (client, i % 2 ? STREAM : "/video/relay/*/stream/**");
  }
  for (guint seq = 0; seq < n_frames; seq++) {
    client_send (source, make_chunk (seq, seq % 30 == 0));
    if (seq % 10 == 9)
      client_sync (source);
  }

  for (guint i = 0; i < n_clients; i++) {
    Client *client = g_ptr_array_index (clients, i);
    int expected = 0;

    WAIT (client_count (client, CLASP_MESSAGE_PUBLISH, STREAM) >= n_frames);
    for (guint k = 0; k < client->messages->len; k++) {
      int seq = chunk_seq (g_ptr_array_index (client->messages, k));

      if (seq >= 0)
        g_assert_cmpint (seq, ==, expected++);
    }
    g_assert_cmpint (expected, ==, n_frames);
  }
  g_assert_cmpuint (fixture_stat (f, "dropped"), ==, 0);
}

/* Reads all that the relay still has for @raw, up to its PONG. */
static void
read_backlog (Raw *raw, GPtrArray *messages)
{
  while (TRUE) {
    guint8 first;
    g_autoptr (GBytes) bytes = raw_read_frame (raw, &first);
    ClaspMessage *message;

    if (first != 0x82)
      continue;
    message = clasp_message_decode (bytes, NULL);
    g_assert_nonnull (message);
    g_ptr_array_add (messages, message);
    if (clasp_message_get_message_type (message) == CLASP_MESSAGE_PONG)
      return;
  }
}

/* A receiver that stops reading costs bounded memory, harms nobody, keeps its
 * params and events, and resumes with a key picture. */
static void
test_slow (void)
{
  const guint n_frames = 3000, gop = 30;
  g_autoptr (Fixture) f =
      fixture_new ("max-queue-bytes", (guint64) 1 << 20, NULL);
  g_autoptr (Client) source = client_join (f);
  g_autoptr (Client) good = client_join (f);
  g_autoptr (Raw) slow = raw_join (f);
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);
  guint n_events = 0, n_params = 0, n_notices = 0;
  int last = -1;
  gsize before;

  client_subscribe (good, "/video/**");
  raw_send_message (slow, clasp_message_new_subscribe (1, "/**", 0xff));
  client_sync (source);
  before = resident_bytes ();

  for (guint seq = 0; seq < n_frames; seq++) {
    client_send (source, make_chunk (seq, seq % gop == 0));
    if (seq % 100 == 0) {
      client_send (source,
          clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/e",
              g_variant_new_double (seq), 0));
      client_send (source,
          clasp_message_new_set ("/p", g_variant_new_double (seq)));
    }
    if (seq % 10 == 9)
      client_sync (source);
    g_ptr_array_set_size (good->messages,
        MIN (good->messages->len, 1)); /* only the newest matters */
    g_ptr_array_set_size (source->messages, 0);
  }
  client_sync (source);
  /* 24 MB were sent; one queue, the kernel's buffers and slack */
  g_assert_cmpuint (resident_bytes (), <, before + 12 * 1024 * 1024);
  g_assert_cmpuint (fixture_stat (f, "dropped"), >, n_frames / 2);
  client_sync (good);

  raw_send_message (slow, clasp_message_new_ping ());
  read_backlog (slow, messages);
  for (guint i = 0; i < messages->len; i++) {
    ClaspMessage *message = g_ptr_array_index (messages, i);
    int seq = chunk_seq (message);

    n_events += g_strcmp0 (clasp_message_get_address (message), "/e") == 0;
    n_params += clasp_message_get_message_type (message) == CLASP_MESSAGE_SET;
    n_notices += clasp_message_get_error_code (message) == 503;
    if (seq < 0)
      continue;
    g_assert_cmpint (seq, >, last);
    if (seq != last + 1)
      g_assert_cmpint (seq % gop, ==, 0); /* after a gap: a key picture */
    last = seq;
  }
  g_assert_cmpuint (n_events, ==, n_frames / 100);
  g_assert_cmpuint (n_params, ==, n_frames / 100);
  g_assert_cmpuint (n_notices, >, 0);
  g_assert_cmpuint (clasp_relay_get_n_sessions (f->relay), ==, 3);
}

/* The subscriber next to a slow one gets everything. */
static void
test_neighbour (void)
{
  const guint n_frames = 1000;
  g_autoptr (Fixture) f =
      fixture_new ("max-queue-bytes", (guint64) 1 << 20, NULL);
  g_autoptr (Client) source = client_join (f);
  g_autoptr (Raw) slow = raw_join (f);
  g_autoptr (Client) good = client_join (f);

  raw_send_message (slow, clasp_message_new_subscribe (1, "/**", 0xff));
  client_subscribe (good, STREAM);
  for (guint seq = 0; seq < n_frames; seq++) {
    client_send (source, make_chunk (seq, FALSE));
    if (seq % 10 == 9)
      client_sync (source);
  }
  WAIT (client_count (good, CLASP_MESSAGE_PUBLISH, STREAM) == n_frames);
  g_assert_cmpuint (client_count (good, CLASP_MESSAGE_ERROR, NULL), ==, 0);
  g_assert_cmpuint (fixture_stat (f, "dropped"), >, 0);
}

/* Events are not dropped: a receiver that takes none is told to go. */
static void
test_too_slow_for_events (void)
{
  g_autoptr (Fixture) f =
      fixture_new ("max-queue-bytes", (guint64) 512 * 1024, NULL);
  g_autoptr (Client) source = client_join (f);
  g_autoptr (Raw) slow = raw_join (f);
  g_autofree char *text = g_strnfill (10000, 'x');
  guint n = 0;

  raw_send_message (slow, clasp_message_new_subscribe (1, "/e", 0xff));
  client_sync (source);
  while (clasp_relay_get_n_sessions (f->relay) == 2) {
    client_send (source,
        clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/e",
            g_variant_new_string (text), 0));
    client_sync (source);
    g_assert_cmpuint (n++, <, 100000);
  }
  client_sync (source);
  raw_wait_eof (slow);
}

/* A large state reaches a slow reader completely and without much memory. */
static void
test_large_state (void)
{
  const guint n_params = 3000;
  g_autoptr (Fixture) f =
      fixture_new ("max-queue-bytes", (guint64) 512 * 1024, NULL);
  g_autoptr (Client) source = client_join (f);
  g_autoptr (Raw) late = NULL;
  g_autofree char *text = g_strnfill (4000, 'x');
  guint n = 0;
  gsize before;

  for (guint i = 0; i < n_params; i++) {
    g_autofree char *address = g_strdup_printf ("/p/%u", i);

    client_send (source,
        clasp_message_new_set (address, g_variant_new_string (text)));
    if (i % 50 == 49)
      client_sync (source);
    g_ptr_array_set_size (source->messages, 0);
  }
  client_sync (source);
  g_assert_cmpuint (fixture_stat (f, "params"), ==, n_params);

  before = resident_bytes ();
  late = raw_upgrade (f, NULL);
  raw_send_message (late, clasp_message_new_hello ("late", 0xe0, NULL));
  raw_send_message (late, clasp_message_new_subscribe (1, "/p/*", 0xff));
  client_sync (source);
  g_assert_cmpuint (resident_bytes (), <, before + 4 * 1024 * 1024);

  /* everything twice: after WELCOME and after SUBSCRIBE */
  while (n < 2 * n_params) {
    guint8 first;
    g_autoptr (GBytes) bytes = raw_read_frame (late, &first);
    g_autoptr (ClaspMessage) message = clasp_message_decode (bytes, NULL);

    n += clasp_message_get_n_params (message);
  }
  g_assert_cmpuint (n, ==, 2 * n_params);
  g_assert_cmpuint (clasp_relay_get_n_sessions (f->relay), ==, 2);
}

static void
test_session_flood (void)
{
  g_autoptr (Fixture) f = fixture_new ("max-sessions", 20, NULL);
  g_autoptr (GPtrArray) clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
  guint n_refused = 0;

  for (guint i = 0; i < 60; i++) {
    Client *client = client_new (f, NULL);

    g_ptr_array_add (clients, client);
    client_send (client, clasp_message_new_hello ("flood", 0xe0, NULL));
    WAIT (client->messages->len > 0);
    if (client_count (client, CLASP_MESSAGE_ERROR, NULL) == 0)
      continue;
    n_refused++;
    WAIT (client->closed);
    g_assert_cmpuint (soup_websocket_connection_get_close_code (
                          client->websocket),
        ==, 1008);
  }
  g_assert_cmpuint (n_refused, ==, 40);
  g_assert_cmpuint (clasp_relay_get_n_sessions (f->relay), ==, 20);
  client_sync (g_ptr_array_index (clients, 0));

  g_ptr_array_set_size (clients, 0);
  WAIT (clasp_relay_get_n_sessions (f->relay) == 0);
  g_ptr_array_add (clients, client_join (f));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/load/order", test_order);
  g_test_add_func ("/relay/load/slow", test_slow);
  g_test_add_func ("/relay/load/neighbour", test_neighbour);
  g_test_add_func ("/relay/load/too-slow-for-events", test_too_slow_for_events);
  g_test_add_func ("/relay/load/large-state", test_large_state);
  g_test_add_func ("/relay/load/session-flood", test_session_flood);

  return g_test_run ();
}
