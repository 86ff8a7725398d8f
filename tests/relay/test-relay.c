/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The relay over loopback: sessions from the first byte to the last. */

#include "relay-fixture.h"
#include <string.h>

static void
test_properties (void)
{
  g_autoptr (ClaspRelay) relay = clasp_relay_new ();
  g_autofree char *host = NULL;
  g_autofree char *name = NULL;
  guint port, sessions;

  g_object_get (relay, "host", &host, "port", &port, "name", &name,
      "max-sessions", &sessions, NULL);
  g_assert_cmpstr (host, ==, "127.0.0.1");
  g_assert_cmpuint (port, ==, CLASP_DEFAULT_PORT);
  g_assert_nonnull (name);
  g_assert_cmpuint (sessions, >=, 64);
  g_assert_cmpuint (clasp_relay_get_n_sessions (relay), ==, 0);
  clasp_relay_stop (relay);
}

static void
test_port (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (ClaspRelay) second = clasp_relay_new ();
  g_autoptr (GError) error = NULL;
  guint port = clasp_relay_get_port (f->relay), read_back;
  g_autofree char *number = g_strdup_printf ("port %u is in use", port);

  g_object_get (f->relay, "port", &read_back, NULL);
  g_assert_cmpuint (port, !=, 0);
  g_assert_cmpuint (read_back, ==, port);

  g_object_set (second, "port", port, NULL);
  g_assert_false (clasp_relay_start (second, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, number));
  g_assert_nonnull (strstr (error->message, "choose another"));

  /* the refused one is usable */
  g_object_set (second, "port", 0, NULL);
  g_assert_true (clasp_relay_start (second, NULL));
  g_assert_true (clasp_relay_start (second, NULL));
  clasp_relay_stop (second);
}

static void
test_hosts (void)
{
  const struct {
    const char *host;
    gboolean works;
  } cases[] = {{"127.0.0.1", TRUE}, {"localhost", TRUE}, {"0.0.0.0", TRUE},
      {"::", TRUE}, {"192.0.2.99", FALSE}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (ClaspRelay) relay = clasp_relay_new ();
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", cases[i].host);
    g_object_set (relay, "host", cases[i].host, "port", 0, NULL);
    g_assert_cmpint (clasp_relay_start (relay, &error), ==, cases[i].works);
    if (!cases[i].works)
      g_assert_nonnull (strstr (error->message, cases[i].host));
  }
}

static void
test_web_directory_missing (void)
{
  g_autoptr (ClaspRelay) relay = clasp_relay_new ();
  g_autoptr (GError) error = NULL;

  g_object_set (relay, "port", 0, "web-directory", "/no/such/folder", NULL);
  g_assert_false (clasp_relay_start (relay, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  g_object_set (relay, "web-directory", NULL, NULL);
  g_assert_true (clasp_relay_start (relay, NULL));
}

static void
test_session (void)
{
  g_autoptr (Fixture) f = fixture_new ("name", "loop", NULL);
  g_autoptr (Client) a = client_join (f);
  g_autoptr (Client) b = client_join (f);
  ClaspMessage *welcome = client_wait (a, CLASP_MESSAGE_WELCOME, NULL);

  g_assert_cmpstr (clasp_message_get_name (welcome), ==, "loop");
  g_assert_cmpuint (clasp_relay_get_n_sessions (f->relay), ==, 2);
  client_subscribe (b, "/a/**");
  client_send (a, clasp_message_new_set ("/a/b", g_variant_new_double (5)));
  client_wait (a, CLASP_MESSAGE_ACK, "/a/b");
  client_wait (b, CLASP_MESSAGE_SET, "/a/b");

  g_assert_cmpuint (fixture_stat (f, "sessions"), ==, 2);
  g_assert_cmpuint (fixture_stat (f, "connections"), ==, 2);
  g_assert_cmpuint (fixture_stat (f, "params"), ==, 1);
  g_assert_cmpuint (fixture_stat (f, "messages-in"), ==, 5);
  g_assert_cmpuint (fixture_stat (f, "messages-out"), ==, 7);
  g_assert_cmpuint (fixture_stat (f, "bytes-out"), >, 100);
}

/* The subprotocol is named to those who asked, and nobody is turned away. */
static void
test_subprotocol (void)
{
  const struct {
    const char *request;
    const char *reply;
  } cases[] = {
      {"", NULL},
      {"Sec-WebSocket-Protocol: clasp\r\n", "Sec-WebSocket-Protocol: clasp\r"},
      {"Sec-WebSocket-Protocol: other, clasp\r\n",
          "Sec-WebSocket-Protocol: clasp\r"},
      {"Sec-WebSocket-Protocol: other\r\n", NULL},
      {"Sec-WebSocket-Extensions: permessage-deflate; "
       "client_max_window_bits\r\n",
          NULL},
  };
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Raw) raw = raw_new (f);
    g_autofree char *request = g_strdup_printf (
        "GET /?x=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
        "keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
        cases[i].request);
    g_autofree char *head = NULL;

    raw_write (raw, request, strlen (request));
    head = raw_read_head (raw);
    g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 "));
    g_assert_nonnull (strstr (head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    g_assert_null (strstr (head, "deflate"));
    if (cases[i].reply != NULL)
      g_assert_nonnull (strstr (head, cases[i].reply));
    else
      g_assert_null (strstr (head, "Sec-WebSocket-Protocol"));
  }
}

/* Frames that come along with the request are not lost. */
static void
test_impatient (void)
{
  static const char request[] =
      "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Raw) raw = raw_new (f);
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (ClaspMessage) hello = clasp_message_new_hello ("now", 0xe0, NULL);
  g_autoptr (GBytes) bytes = clasp_message_encode (hello, NULL);
  const guint8 head[] = {0x82, 0x80 | g_bytes_get_size (bytes), 0, 0, 0, 0};
  g_autofree char *reply = NULL;
  guint8 first;

  g_byte_array_append (all, (const guint8 *) request, strlen (request));
  g_byte_array_append (all, head, sizeof head);
  g_byte_array_append (all, g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes));
  raw_write (raw, all->data, all->len);
  reply = raw_read_head (raw);
  g_bytes_unref (raw_read_frame (raw, &first));
  g_assert_cmphex (first, ==, 0x82);
  g_assert_cmpuint (clasp_relay_get_n_sessions (f->relay), ==, 1);
}

static void
test_refused_token (void)
{
  g_autoptr (Fixture) f = fixture_new ("token", "secret", NULL);
  const char *tokens[] = {NULL, "wrong", "secret"};

  for (guint i = 0; i < G_N_ELEMENTS (tokens); i++) {
    g_autoptr (Client) client = client_new (f, "clasp");
    ClaspMessage *error;

    client_send (client, clasp_message_new_hello ("x", 0xe0, tokens[i]));
    if (i == 2) {
      client_wait (client, CLASP_MESSAGE_WELCOME, NULL);
      continue;
    }
    error = client_wait (client, CLASP_MESSAGE_ERROR, NULL);
    g_assert_cmpuint (clasp_message_get_error_code (error), ==, 300);
    WAIT (client->closed);
    g_assert_cmpuint (soup_websocket_connection_get_close_code (
                          client->websocket),
        ==, 1008);
  }
  g_assert_cmpuint (fixture_stat (f, "refused"), ==, 2);
}

static void
test_handshake_timeout (void)
{
  g_autoptr (Fixture) f = fixture_new ("handshake-timeout", 100, NULL);
  g_autoptr (Client) silent = client_new (f, NULL);
  g_autoptr (Raw) rude = raw_upgrade (f, NULL);

  WAIT (silent->closed);
  g_assert_cmpuint (soup_websocket_connection_get_close_code (
                        silent->websocket),
      ==, 1008);
  g_assert_nonnull (client_wait (silent, CLASP_MESSAGE_ERROR, NULL));
  raw_wait_eof (rude); /* although it answers no close frame */
}

static void
test_text_is_ignored (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) a = client_join (f);

  soup_websocket_connection_send_text (a->websocket, "hello?");
  client_sync (a);
  g_assert_cmpuint (fixture_stat (f, "text-ignored"), ==, 1);
  g_assert_cmpuint (client_count (a, CLASP_MESSAGE_ERROR, NULL), ==, 0);
}

static void
test_fragments (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Raw) raw = raw_join (f);
  g_autoptr (ClaspMessage) ping = clasp_message_new_ping ();
  g_autoptr (GBytes) bytes = clasp_message_encode (ping, NULL);
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  g_autoptr (GBytes) reply = NULL;
  guint8 first;

  /* CLASP PING in three pieces, WebSocket ping in between */
  raw_send (raw, 0x02, data, 1);
  raw_send (raw, 0x00, data + 1, 2);
  raw_send (raw, 0x89, "p", 1);
  raw_send (raw, 0x80, data + 3, g_bytes_get_size (bytes) - 3);
  g_bytes_unref (raw_read_frame (raw, &first));
  g_assert_cmphex (first, ==, 0x8a);
  reply = raw_read_frame (raw, &first);
  g_assert_cmphex (first, ==, 0x82);
  g_assert_cmpuint (g_bytes_get_size (reply), ==, 5);
}

/* Presence must not outlive its owner, however that ended. */
static void
test_presence (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) watcher = client_join (f);

  client_subscribe (watcher, "/video/room/r/presence/*");
  for (guint i = 0; i < 2; i++) {
    g_autoptr (Client) a = client_join (f);
    g_autofree char *address =
        g_strconcat ("/video/room/r/presence/", a->session, NULL);

    client_send (a, clasp_message_new_set (address, g_variant_new_double (1)));
    client_wait (watcher, CLASP_MESSAGE_SET, address);
    if (i == 1) {
      GIOStream *stream =
          soup_websocket_connection_get_io_stream (a->websocket);
      g_io_stream_close (stream, NULL, NULL); /* no close frame */
      a->closed = TRUE;
    } else {
      client_free (g_steal_pointer (&a));
    }
    WAIT (client_count (watcher, CLASP_MESSAGE_SET, address) == 2);
    g_assert_true (clasp_value_is_null (clasp_message_get_value (
        client_wait (watcher, CLASP_MESSAGE_SET, address))));
  }
  WAIT (fixture_stat (f, "params") == 0);
}

/* A peer that answers nothing any more is noticed. */
static void
test_ping (void)
{
  g_autoptr (Fixture) f = fixture_new ("ping-interval", 1, NULL);
  g_autoptr (Client) answers = client_join (f);
  g_autoptr (Raw) dead = raw_join (f);
  guint8 first;

  g_bytes_unref (raw_read_frame (dead, &first));
  g_assert_cmphex (first, ==, 0x89);
  raw_wait_eof (dead);
  WAIT (clasp_relay_get_n_sessions (f->relay) == 1);
  client_sync (answers);
}

static void
test_expiry_timer (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) a = client_join (f);

  client_send (a,
      clasp_message_new_set_full ("/s", g_variant_new_double (1), CLASP_SET_TTL,
          0, 1));
  client_wait (a, CLASP_MESSAGE_ACK, "/s");
  g_assert_cmpuint (fixture_stat (f, "params"), ==, 1);
  WAIT (fixture_stat (f, "params") == 0); /* nothing else wakes the relay */
}

static void
test_cycles (void)
{
  guint first = 0;

  for (guint i = 0; i < 20; i++) {
    g_autoptr (Fixture) f = fixture_new ("name", "again", NULL);
    g_autoptr (GPtrArray) clients =
        g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);

    for (guint k = 0; k < 5; k++)
      g_ptr_array_add (clients, client_join (f));
    clasp_relay_stop (f->relay);
    for (guint k = 0; k < 5; k++)
      WAIT (((Client *) g_ptr_array_index (clients, k))->closed);
    g_assert_cmpuint (clasp_relay_get_n_sessions (f->relay), ==, 0);

    /* the same object again */
    g_object_set (f->relay, "port", 0, NULL);
    g_assert_true (clasp_relay_start (f->relay, NULL));
    g_ptr_array_add (clients, client_join (f));
    g_ptr_array_set_size (clients, 0);
    g_clear_pointer (&f, fixture_free);

    if (i == 2)
      first = count_descriptors ();
  }
  g_assert_cmpuint (count_descriptors (), <=, first);
}

/* Sessions that are told why, not just cut off. */
static void
test_stop_says_so (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Client) a = client_join (f);

  clasp_relay_stop (f->relay);
  WAIT (a->closed);
  g_assert_cmpuint (soup_websocket_connection_get_close_code (a->websocket), ==,
      1001);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/properties", test_properties);
  g_test_add_func ("/relay/port", test_port);
  g_test_add_func ("/relay/hosts", test_hosts);
  g_test_add_func ("/relay/web-directory-missing", test_web_directory_missing);
  g_test_add_func ("/relay/session", test_session);
  g_test_add_func ("/relay/subprotocol", test_subprotocol);
  g_test_add_func ("/relay/impatient", test_impatient);
  g_test_add_func ("/relay/refused-token", test_refused_token);
  g_test_add_func ("/relay/handshake-timeout", test_handshake_timeout);
  g_test_add_func ("/relay/text-is-ignored", test_text_is_ignored);
  g_test_add_func ("/relay/fragments", test_fragments);
  g_test_add_func ("/relay/presence", test_presence);
  g_test_add_func ("/relay/ping", test_ping);
  g_test_add_func ("/relay/expiry-timer", test_expiry_timer);
  g_test_add_func ("/relay/cycles", test_cycles);
  g_test_add_func ("/relay/stop-says-so", test_stop_says_so);

  return g_test_run ();
}
