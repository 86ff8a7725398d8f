/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "relay-fixture.h"
#include <gio/gnetworking.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 50

static gboolean
on_watchdog (gpointer user_data)
{
  g_error ("nothing happened for %d seconds", WATCHDOG_SECONDS);
  return G_SOURCE_REMOVE;
}

Fixture *
fixture_new (const char *first_property, ...)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr (GError) error = NULL;
  va_list args;

  self->relay = clasp_relay_new ();
  g_object_set (self->relay, "port", 0, NULL);
  va_start (args, first_property);
  g_object_set_valist (G_OBJECT (self->relay), first_property, args);
  va_end (args);
  clasp_relay_start (self->relay, &error);
  g_assert_no_error (error);

  self->soup = soup_session_new_with_options ("max-conns", 500,
      "max-conns-per-host", 500, "proxy-resolver", NULL, NULL);
  self->watchdog = g_timeout_add_seconds (WATCHDOG_SECONDS, on_watchdog, NULL);

  return self;
}

void
fixture_free (Fixture *self)
{
  gpointer relay = self->relay;

  clasp_relay_stop (self->relay);
  g_source_remove (self->watchdog);
  soup_session_abort (self->soup);
  g_object_unref (self->soup);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_object_add_weak_pointer (relay, &relay);
  g_object_unref (self->relay);
  g_assert_null (relay);
  g_free (self);
}

guint64
fixture_stat (Fixture *self, const char *name)
{
  g_autoptr (GVariant) stats = NULL;
  g_autoptr (GVariant) value = NULL;

  g_object_get (self->relay, "stats", &stats, NULL);
  value = g_variant_lookup_value (stats, name, NULL);
  g_assert_nonnull (value);

  return g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32)
      ? g_variant_get_uint32 (value)
      : g_variant_get_uint64 (value);
}

char *
fixture_url (Fixture *self, const char *scheme, const char *path)
{
  return g_strdup_printf ("%s://127.0.0.1:%u%s", scheme,
      clasp_relay_get_port (self->relay), path);
}

/* --- Client --- */

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Client *self = user_data;
  g_autoptr (GError) error = NULL;

  self->websocket =
      soup_session_websocket_connect_finish (SOUP_SESSION (source), result,
          &error);
  g_assert_no_error (error);
}

static void
on_message (SoupWebsocketConnection *websocket, SoupWebsocketDataType type,
    GBytes *bytes, Client *self)
{
  g_autoptr (GError) error = NULL;
  ClaspMessage *message = clasp_message_decode (bytes, &error);

  g_assert_no_error (error);
  g_assert_cmpint (type, ==, SOUP_WEBSOCKET_DATA_BINARY);
  g_ptr_array_add (self->messages, message);
  if (clasp_message_get_message_type (message) == CLASP_MESSAGE_WELCOME)
    self->session = g_strdup (clasp_message_get_session (message));
}

static void
on_closed (SoupWebsocketConnection *websocket, Client *self)
{
  self->closed = TRUE;
}

/* A connection without HELLO. */
Client *
client_new (Fixture *fixture, const char *protocol)
{
  Client *self = g_new0 (Client, 1);
  g_autofree char *url = fixture_url (fixture, "ws", "/");
  g_autoptr (SoupMessage) request = soup_message_new ("GET", url);
  const char *protocols[] = {protocol, NULL};

  self->fixture = fixture;
  self->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);
  soup_session_websocket_connect_async (fixture->soup, request, NULL,
      protocol != NULL ? (char **) protocols : NULL, G_PRIORITY_DEFAULT, NULL,
      on_connected, self);
  WAIT (self->websocket != NULL);
  g_object_set (self->websocket, "max-incoming-payload-size",
      (guint64) CLASP_FRAME_MAX_SIZE, NULL);
  g_signal_connect (self->websocket, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->websocket, "closed", G_CALLBACK (on_closed), self);

  return self;
}

/* A session. */
Client *
client_join (Fixture *fixture)
{
  Client *self = client_new (fixture, CLASP_WEBSOCKET_PROTOCOL);

  client_send (self, clasp_message_new_hello ("test", 0xe0, NULL));
  client_wait (self, CLASP_MESSAGE_WELCOME, NULL);

  return self;
}

void
client_free (Client *self)
{
  if (!self->closed)
    soup_websocket_connection_close (self->websocket, 1000, NULL);
  WAIT (self->closed);
  g_signal_handlers_disconnect_by_data (self->websocket, self);
  g_object_unref (self->websocket);
  g_ptr_array_unref (self->messages);
  g_free (self->session);
  g_free (self);
}

/* @message: (transfer full) */
void
client_send (Client *self, ClaspMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = clasp_message_encode (message, &error);

  g_assert_no_error (error);
  soup_websocket_connection_send_message (self->websocket,
      SOUP_WEBSOCKET_DATA_BINARY, bytes);
  clasp_message_unref (message);
}

static ClaspMessage *
find (Client *self, ClaspMessageType type, const char *address)
{
  for (guint i = self->messages->len; i > 0; i--) {
    ClaspMessage *message = g_ptr_array_index (self->messages, i - 1);

    if (clasp_message_get_message_type (message) == type &&
        (address == NULL ||
            g_strcmp0 (clasp_message_get_address (message), address) == 0))
      return message;
  }

  return NULL;
}

guint
client_count (Client *self, ClaspMessageType type, const char *address)
{
  guint n = 0;

  for (guint i = 0; i < self->messages->len; i++) {
    ClaspMessage *message = g_ptr_array_index (self->messages, i);

    n += clasp_message_get_message_type (message) == type &&
        (address == NULL ||
            g_strcmp0 (clasp_message_get_address (message), address) == 0);
  }

  return n;
}

/* Returns: (transfer none): the newest message of that kind */
ClaspMessage *
client_wait (Client *self, ClaspMessageType type, const char *address)
{
  ClaspMessage *message;

  WAIT ((message = find (self, type, address)) != NULL);

  return message;
}

/* Afterwards the relay has handled all that was sent, and its answers are
 * here. */
void
client_sync (Client *self)
{
  guint n = client_count (self, CLASP_MESSAGE_PONG, NULL);

  client_send (self, clasp_message_new_ping ());
  WAIT (client_count (self, CLASP_MESSAGE_PONG, NULL) > n);
}

void
client_subscribe (Client *self, const char *pattern)
{
  client_send (self,
      clasp_message_new_subscribe (1, pattern, CLASP_SIGNAL_MASK_ALL));
  client_sync (self);
}

/* --- Raw --- */

static gboolean
on_ready (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the context once; wakes also for the socket. */
static void
iterate (Raw *self, GIOCondition condition)
{
  g_autoptr (GSource) source =
      g_socket_create_source (self->socket, condition, NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (on_ready), NULL, NULL);
  g_source_attach (source, NULL);
  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
}

/* A TCP connection. */
Raw *
raw_new (Fixture *fixture)
{
  Raw *self = g_new0 (Raw, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string ("127.0.0.1",
          clasp_relay_get_port (fixture->relay));

  self->fixture = fixture;
  self->in = g_byte_array_new ();
  self->socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  /* the backlog takes it without the relay's help */
  g_socket_connect (self->socket, address, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (self->socket, FALSE);
  g_socket_set_option (self->socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);

  return self;
}

void
raw_free (Raw *self)
{
  g_object_unref (self->socket);
  g_byte_array_unref (self->in);
  g_free (self);
}

/* Stops without an error when the relay hung up. */
void
raw_write (Raw *self, gconstpointer data, gsize size)
{
  for (gsize sent = 0; sent < size;) {
    g_autoptr (GError) error = NULL;
    gssize n = g_socket_send (self->socket, (const char *) data + sent,
        size - sent, NULL, &error);

    if (n > 0)
      sent += n;
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      iterate (self, G_IO_OUT);
    else
      break;
  }
}

/* Reads what is there. Returns: whether there was anything */
gboolean
raw_read (Raw *self)
{
  guint8 buffer[65536];
  gssize n = g_socket_receive (self->socket, (char *) buffer, sizeof buffer,
      NULL, NULL);

  if (n > 0)
    g_byte_array_append (self->in, buffer, n);
  if (n == 0)
    self->eof = TRUE;

  return n > 0;
}

static void
need (Raw *self, gsize size)
{
  while (self->in->len < size) {
    g_assert_false (self->eof);
    if (!raw_read (self) && !self->eof)
      iterate (self, G_IO_IN);
  }
}

/* Reads to the end of stream, or until the connection is reset. */
void
raw_wait_eof (Raw *self)
{
  while (TRUE) {
    g_autoptr (GError) error = NULL;
    char buffer[4096];
    gssize n =
        g_socket_receive (self->socket, buffer, sizeof buffer, NULL, &error);

    if (n == 0 ||
        (n < 0 && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
      break;
    if (n < 0)
      iterate (self, G_IO_IN);
  }
}

/* Returns: head of an HTTP response */
char *
raw_read_head (Raw *self)
{
  char *end, *head;

  while (TRUE) {
    g_byte_array_append (self->in, (const guint8 *) "", 1);
    self->in->len--;
    end = strstr ((const char *) self->in->data, "\r\n\r\n");
    if (end != NULL)
      break;
    g_assert_false (self->eof);
    if (!raw_read (self) && !self->eof)
      iterate (self, G_IO_IN);
  }

  end += 4;
  head = g_strndup ((const char *) self->in->data,
      end - (const char *) self->in->data);
  g_byte_array_remove_range (self->in, 0, strlen (head));

  return head;
}

/* A WebSocket without HELLO. */
Raw *
raw_upgrade (Fixture *fixture, const char *more_headers)
{
  Raw *self = raw_new (fixture);
  g_autofree char *request = g_strdup_printf (
      "GET /any/path HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
      more_headers != NULL ? more_headers : "");
  g_autofree char *head = NULL;

  raw_write (self, request, strlen (request));
  head = raw_read_head (self);
  g_assert_nonnull (strstr (head, "101"));

  return self;
}

/* @first: first byte of the WebSocket frame: FIN and opcode */
void
raw_send (Raw *self, guint8 first, gconstpointer data, gsize size)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  const guint8 head16[] = {first, 0x80 | 126, size >> 8, size & 0xff};
  const guint8 head64[] = {first, 0x80 | 127, 0, 0, 0, 0, size >> 24,
      (size >> 16) & 0xff, (size >> 8) & 0xff, size & 0xff};
  const guint8 head8[] = {first, 0x80 | (size & 0x7f)};
  static const guint8 mask[4] = {0};

  if (size < 126)
    g_byte_array_append (frame, head8, sizeof head8);
  else if (size < 65536)
    g_byte_array_append (frame, head16, sizeof head16);
  else
    g_byte_array_append (frame, head64, sizeof head64);
  g_byte_array_append (frame, mask, sizeof mask);
  g_byte_array_append (frame, data, size);
  raw_write (self, frame->data, frame->len);
}

/* @message: (transfer full) */
void
raw_send_message (Raw *self, ClaspMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = clasp_message_encode (message, &error);

  g_assert_no_error (error);
  raw_send (self, 0x82, g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes));
  clasp_message_unref (message);
}

/* Returns: (transfer full): payload of the next WebSocket frame; @first is its
 *   first byte */
GBytes *
raw_read_frame (Raw *self, guint8 *first)
{
  gsize size, head = 2;
  GBytes *payload;

  need (self, 2);
  size = self->in->data[1] & 0x7f;
  g_assert_cmphex (self->in->data[1] & 0x80, ==, 0);
  if (size == 126) {
    head = 4;
    need (self, head);
    size = (gsize) self->in->data[2] << 8 | self->in->data[3];
  } else if (size == 127) {
    head = 10;
    need (self, head);
    size = (gsize) self->in->data[7] << 16 | (gsize) self->in->data[8] << 8 |
        self->in->data[9];
  }
  need (self, head + size);
  *first = self->in->data[0];
  payload = g_bytes_new (self->in->data + head, size);
  g_byte_array_remove_range (self->in, 0, head + size);

  return payload;
}

/* A session. */
Raw *
raw_join (Fixture *fixture)
{
  Raw *self = raw_upgrade (fixture, NULL);
  guint8 first;

  raw_send_message (self, clasp_message_new_hello ("raw", 0xe0, NULL));
  g_bytes_unref (raw_read_frame (self, &first));
  g_bytes_unref (raw_read_frame (self, &first));

  return self;
}

/* --- the process --- */

guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

/* The address sanitizer keeps what is freed for a while. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* Returns: memory of this process, 0 if that says nothing */
gsize
resident_bytes (void)
{
  g_autofree char *text = NULL;
  gsize total = 0, resident = 0;

#ifdef __SANITIZE_ADDRESS__
  return 0;
#endif
  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  sscanf (text, "%" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT, &total, &resident);

  return resident * sysconf (_SC_PAGESIZE);
}
