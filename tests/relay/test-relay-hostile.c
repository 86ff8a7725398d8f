/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Bytes that no honest client sends. In every test another session goes on. */

#include "relay-fixture.h"
#include <string.h>

static void
test_garbage_messages (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) witness = client_join (f);
  g_autoptr (Raw) raw = raw_join (f);

  client_subscribe (witness, "/**");
  for (guint i = 0; i < 40; i++) {
    guint8 data[50];

    for (guint k = 0; k < sizeof data; k++)
      data[k] = g_test_rand_int ();
    data[0] = 0x54; /* never a frame */
    raw_send (raw, 0x82, data, sizeof data);
  }
  raw_wait_eof (raw);
  client_sync (witness);
  g_assert_cmpuint (fixture_stat (f, "malformed"), ==, 16);
  g_assert_cmpuint (client_count (witness, CLASP_MESSAGE_PUBLISH, NULL), ==, 0);
}

/* Kinds of WebSocket frames that end the connection. */
static void
test_bad_websocket (void)
{
  static const struct {
    const char *what;
    guint8 bytes[20];
    gsize size;
  } cases[] = {
      {"reserved bits", {0xf2, 0x80, 0, 0, 0, 0}, 6},
      {"unknown opcode", {0x83, 0x81, 0, 0, 0, 0, 'x'}, 7},
      {"not masked", {0x82, 0x01, 'x'}, 3},
      {"2^63 bytes", {0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255}, 10},
      {"negative length", {0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255},
          10},
      {"one byte too many", {0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 12}, 10},
      {"fragmented ping", {0x09, 0x80, 0, 0, 0, 0}, 6},
      {"long ping", {0x89, 0xfe, 0, 200, 0, 0, 0, 0}, 8},
      {"continuation of nothing", {0x80, 0x80, 0, 0, 0, 0}, 6},
      {"close with one byte", {0x88, 0x81, 0, 0, 0, 0, 3}, 7},
      {"text that is not UTF-8", {0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28}, 8},
  };
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) witness = client_join (f);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Raw) raw = raw_join (f);

    g_test_message ("%s", cases[i].what);
    raw_write (raw, cases[i].bytes, cases[i].size);
    if (g_str_equal (cases[i].what, "long ping")) {
      g_autofree char *rest = g_malloc0 (200);
      raw_write (raw, rest, 200);
    }
    g_socket_shutdown (raw->socket, FALSE, TRUE, NULL);
    raw_wait_eof (raw);
    client_sync (witness);
    WAIT (clasp_relay_get_n_sessions (f->relay) == 1);
  }
}

/* Fragments without end: libsoup would collect them all. */
static void
test_endless_message (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) witness = client_join (f);
  g_autoptr (Raw) raw = raw_join (f);
  g_autofree guint8 *data = g_malloc0 (30000);
  gsize before = resident_bytes (), sent = 0;

  raw_send (raw, 0x02, data, 30000);
  while (clasp_relay_get_n_sessions (f->relay) == 2) {
    raw_send (raw, 0x00, data, 30000);
    raw_send (raw, 0x8a, NULL, 0); /* pongs are no way out */
    raw_send (raw, 0x89, "ping", 4);
    sent += 30000;
    g_main_context_iteration (NULL, FALSE);
    g_assert_cmpuint (sent, <, 50 * 1000 * 1000);
  }
  g_assert_cmpuint (resident_bytes (), <, before + 8 * 1024 * 1024);
  client_sync (witness);
}

/* Pings for days are no message, and legal. */
static void
test_many_pings (void)
{
  g_autoptr (Fixture) f = fixture_new ("ping-interval", 0, NULL);
  g_autoptr (Raw) raw = raw_join (f);
  guint8 first;

  for (guint i = 0; i < 3000; i++) {
    raw_send (raw, 0x89, "this is a ping with a text", 26);
    raw_send (raw, 0x8a, "and a pong", 10);
    g_bytes_unref (raw_read_frame (raw, &first));
    g_assert_cmphex (first, ==, 0x8a);
  }
  raw_send_message (raw, clasp_message_new_ping ());
  g_bytes_unref (raw_read_frame (raw, &first));
  g_assert_cmphex (first, ==, 0x82);
}

/* Requests whose answers nobody reads. */
static void
test_reply_flood (void)
{
  g_autoptr (Fixture) f =
      fixture_new ("max-queue-bytes", (guint64) 512 * 1024, NULL);
  g_autoptr (Client) witness = client_join (f);
  g_autoptr (Raw) raw = NULL;
  g_autofree char *text = g_strnfill (20000, 'x');
  gsize before;

  client_send (witness,
      clasp_message_new_set ("/big", g_variant_new_string (text)));
  client_sync (witness);
  raw = raw_join (f);
  before = resident_bytes ();
  for (guint i = 0; i < 3000; i++) {
    raw_send_message (raw, clasp_message_new_get ("/big"));
    g_main_context_iteration (NULL, FALSE);
  }
  WAIT (clasp_relay_get_n_sessions (f->relay) == 1);
  g_assert_cmpuint (resident_bytes (), <, before + 8 * 1024 * 1024);
  client_sync (witness);
}

/* One busy sender does not keep the others waiting. */
static void
test_busy_sender (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) witness = client_join (f);
  g_autoptr (Raw) raw = raw_join (f);
  g_autoptr (ClaspMessage) event =
      clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/nobody",
          g_variant_new_double (1), 0);
  g_autoptr (GBytes) bytes = clasp_message_encode (event, NULL);
  guint64 before = fixture_stat (f, "messages-in"), between;
  guint n = 0;

  /* whatever the kernel takes, without running the relay */
  while (n < 200000) {
    guint8 head[6] = {0x82, 0x80 | g_bytes_get_size (bytes)};

    if (g_socket_send (raw->socket, (char *) head, 6, NULL, NULL) != 6 ||
        g_socket_send (raw->socket, g_bytes_get_data (bytes, NULL),
            g_bytes_get_size (bytes), NULL,
            NULL) != (gssize) g_bytes_get_size (bytes))
      break;
    n++;
  }
  g_assert_cmpuint (n, >, 10000);
  client_sync (witness);
  between = fixture_stat (f, "messages-in");
  g_assert_cmpuint (between, <, before + n);
}

/* Nor does one who asks for much work. */
static void
test_costly_requests (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) witness = client_join (f);
  g_autoptr (Raw) raw = raw_join (f);
  g_autoptr (ClaspMessage) subscribe =
      clasp_message_new_subscribe (1, "/**/a*b*c*/**/x", 0xff);
  g_autoptr (ClaspMessage) unsubscribe = clasp_message_new_unsubscribe (1);
  ClaspMessage *pair[] = {subscribe, unsubscribe};
  const guint n_params = 3000, n = 4000;
  guint64 before;

  for (guint i = 0; i < n_params; i++) {
    g_autofree char *address = g_strdup_printf ("/a/aaa/bbb/ccc/%u/y", i);

    client_send (witness,
        clasp_message_new_set (address, g_variant_new_double (i)));
    if (i % 100 == 99)
      client_sync (witness);
  }
  before = fixture_stat (f, "messages-in");
  for (guint i = 0; i < n; i++) {
    g_autoptr (GBytes) bytes = clasp_message_encode (pair[i % 2], NULL);
    guint8 head[6] = {0x82, 0x80 | g_bytes_get_size (bytes)};

    g_socket_send (raw->socket, (char *) head, 6, NULL, NULL);
    g_socket_send (raw->socket, g_bytes_get_data (bytes, NULL),
        g_bytes_get_size (bytes), NULL, NULL);
  }
  client_sync (witness);
  g_assert_cmpuint (fixture_stat (f, "messages-in"), <, before + n / 2);
}

static void
test_http_garbage (void)
{
  static const char *const requests[] = {
      "\r\n\r\n\r\n",
      "GARBAGE\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\nHost: h\r\n\r\n",
      "GET http:// HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "POST /api/v1/register HTTP/1.1\r\nHost: h\r\nContent-Length: "
      "99999999999999999999\r\n\r\nx",
      "POST /api/v1/register HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\nzzz\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: no\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 0\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  };
  g_autoptr (Fixture) f = fixture_new ("handshake-timeout", 1000, NULL);
  g_autoptr (Client) witness = client_join (f);

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autoptr (Raw) raw = raw_new (f);

    g_test_message ("%s", requests[i]);
    raw_write (raw, requests[i], strlen (requests[i]));
    raw_wait_eof (raw);
    client_sync (witness);
  }
  WAIT (fixture_stat (f, "connections") == 1);
}

/* Connections that say nothing, or never come to an end. */
static void
test_slow_requests (void)
{
  g_autoptr (Fixture) f = fixture_new ("handshake-timeout", 300, NULL);
  g_autoptr (Client) witness = client_join (f);
  g_autoptr (GPtrArray) raws =
      g_ptr_array_new_with_free_func ((GDestroyNotify) raw_free);

  for (guint i = 0; i < 20; i++) {
    Raw *raw = raw_new (f);

    g_ptr_array_add (raws, raw);
    if (i % 2)
      raw_write (raw, "GET / HTTP/1.1\r\nX: ", 19);
  }
  for (guint i = 0; i < raws->len; i++)
    raw_wait_eof (g_ptr_array_index (raws, i));
  WAIT (fixture_stat (f, "connections") == 1);
  client_sync (witness);
}

static void
test_connection_flood (void)
{
  g_autoptr (Fixture) f = fixture_new ("max-sessions", 4, NULL);
  g_autoptr (Client) witness = client_join (f);
  g_autoptr (GPtrArray) raws =
      g_ptr_array_new_with_free_func ((GDestroyNotify) raw_free);

  for (guint i = 0; i < 300; i++) {
    g_ptr_array_add (raws, raw_new (f));
    while (g_main_context_iteration (NULL, FALSE))
      continue;
    g_assert_cmpuint (fixture_stat (f, "connections"), <=, 4 + 64);
  }
  raw_wait_eof (g_ptr_array_index (raws, 299));
  client_sync (witness);
  g_ptr_array_set_size (raws, 0);
  WAIT (fixture_stat (f, "connections") == 1);
  client_free (client_join (f));
}

/* A body of any size costs nothing. */
static void
test_large_body (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Raw) raw = raw_new (f);
  static const char head[] =
      "POST /api/v1/register HTTP/1.1\r\nHost: h\r\nContent-Type: "
      "application/json\r\nContent-Length: 30000000\r\n\r\n";
  g_autofree char *body = g_strnfill (100000, ' ');
  g_autofree char *reply = NULL;
  gsize before = resident_bytes ();

  raw_write (raw, head, strlen (head));
  for (guint i = 0; i < 300; i++)
    raw_write (raw, body, 100000);
  reply = raw_read_head (raw);
  g_assert_true (g_str_has_prefix (reply, "HTTP/1.1 413 "));
  g_assert_cmpuint (resident_bytes (), <, before + 8 * 1024 * 1024);
}

/* Peers that vanish at every point of a session. */
static void
test_abrupt_ends (void)
{
  static const char upgrade[] =
      "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) witness = client_join (f);
  guint before;

  client_sync (witness);
  before = count_descriptors ();
  for (guint cut = 0; cut < strlen (upgrade); cut += 7) {
    g_autoptr (Raw) raw = raw_new (f);

    raw_write (raw, upgrade, cut);
    g_main_context_iteration (NULL, FALSE);
  }
  for (guint i = 0; i < 30; i++) {
    g_autoptr (Raw) raw = raw_join (f);

    raw_send_message (raw, clasp_message_new_subscribe (1, "/**", 0xff));
    raw_write (raw, "\x82\xfe\x10", 3); /* half a frame */
  }
  WAIT (fixture_stat (f, "connections") == 1);
  g_assert_cmpuint (count_descriptors (), ==, before);
  client_sync (witness);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/hostile/garbage-messages", test_garbage_messages);
  g_test_add_func ("/relay/hostile/bad-websocket", test_bad_websocket);
  g_test_add_func ("/relay/hostile/endless-message", test_endless_message);
  g_test_add_func ("/relay/hostile/many-pings", test_many_pings);
  g_test_add_func ("/relay/hostile/reply-flood", test_reply_flood);
  g_test_add_func ("/relay/hostile/busy-sender", test_busy_sender);
  g_test_add_func ("/relay/hostile/costly-requests", test_costly_requests);
  g_test_add_func ("/relay/hostile/http-garbage", test_http_garbage);
  g_test_add_func ("/relay/hostile/slow-requests", test_slow_requests);
  g_test_add_func ("/relay/hostile/connection-flood", test_connection_flood);
  g_test_add_func ("/relay/hostile/large-body", test_large_body);
  g_test_add_func ("/relay/hostile/abrupt-ends", test_abrupt_ends);

  return g_test_run ();
}
