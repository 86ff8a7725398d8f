/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-scripted-relay.h"

#include "clasp/clasp-types.h"

#define SIGNAL_PREFIX "/clasp/p2p/signal/"

struct _ScriptedRelay {
  ScriptedRelayRules rules;
  SoupServer *server;
  GTlsCertificate *certificate;
  guint port;
  char *url;
  SoupWebsocketConnection *websocket; /* the newest */
  guint n_connections;
  char *session;
  GPtrArray *messages; /* of ClaspMessage, of all connections */
  guint n_frames;
  gint64 second;
  guint n_in_second;
};

static guint64
relay_time (ScriptedRelay *self)
{
  return (guint64) (g_get_real_time () + self->rules.clock_offset);
}

static void
answer_hello (ScriptedRelay *self)
{
  if (self->rules.refuse_code != 0) {
    scripted_relay_say (self,
        clasp_message_new_error ((guint16) self->rules.refuse_code,
            self->rules.refuse_text, NULL));
    return;
  }
  if (self->rules.no_welcome)
    return;
  g_free (self->session);
  self->session = g_uuid_string_random ();
  scripted_relay_say (self,
      clasp_message_new_welcome (CLASP_FEATURE_PARAM, relay_time (self),
          self->session, "scripted", NULL));
  scripted_relay_say (self, clasp_message_new_snapshot (NULL, 0));
}

static void
answer_publish (ScriptedRelay *self, ClaspMessage *message)
{
  const char *address = clasp_message_get_address (message);

  if (!g_str_has_prefix (address, SIGNAL_PREFIX) ||
      g_strcmp0 (address + strlen (SIGNAL_PREFIX), self->session) != 0)
    return;
  if (self->rules.forbid_echo)
    scripted_relay_say (self, clasp_message_new_error (301, "scope", address));
  else if (!self->rules.no_echo)
    scripted_relay_send (self, message);
}

static void
answer (ScriptedRelay *self, ClaspMessage *message)
{
  guint64 t1, now = relay_time (self);

  switch (clasp_message_get_message_type (message)) {
    case CLASP_MESSAGE_HELLO:
      answer_hello (self);
      break;
    case CLASP_MESSAGE_PING:
      if (!self->rules.no_pong)
        scripted_relay_say (self, clasp_message_new_pong ());
      break;
    case CLASP_MESSAGE_SYNC:
      clasp_message_get_sync (message, &t1, NULL, NULL);
      if (!self->rules.no_sync)
        scripted_relay_say (self, clasp_message_new_sync_reply (t1, now, now));
      break;
    case CLASP_MESSAGE_PUBLISH:
      answer_publish (self, message);
      break;
    default:
      break;
  }
}

/* As the real relay counts: by seconds of the wall clock. */
static gboolean
is_over_rate (ScriptedRelay *self)
{
  gint64 second = g_get_real_time () / G_USEC_PER_SEC;

  if (self->rules.rate == 0)
    return FALSE;
  if (second != self->second)
    self->n_in_second = 0;
  self->second = second;
  return ++self->n_in_second > self->rules.rate;
}

static void
on_message (SoupWebsocketConnection *websocket, SoupWebsocketDataType type,
    GBytes *frame, gpointer data)
{
  ScriptedRelay *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ClaspMessage) message = NULL;

  if (websocket != self->websocket)
    return;
  g_assert_cmpint (type, ==, SOUP_WEBSOCKET_DATA_BINARY);
  self->n_frames++;
  if (is_over_rate (self)) {
    scripted_relay_say (self,
        clasp_message_new_error (429, "Rate limit exceeded", NULL));
    return;
  }
  message = clasp_message_decode (frame, &error);
  g_assert_no_error (error);
  g_ptr_array_add (self->messages, clasp_message_ref (message));
  answer (self, message);
}

static void
on_websocket (SoupServer *server, SoupServerMessage *message, const char *path,
    SoupWebsocketConnection *websocket, gpointer data)
{
  ScriptedRelay *self = data;

  g_assert_cmpstr (soup_websocket_connection_get_protocol (websocket), ==,
      CLASP_WEBSOCKET_PROTOCOL);
  self->n_connections++;
  scripted_relay_hang_up (self);
  self->websocket = g_object_ref (websocket);
  g_signal_connect (websocket, "message", G_CALLBACK (on_message), self);
}

static void
start (ScriptedRelay *self)
{
  char *protocols[] = {(char *) CLASP_WEBSOCKET_PROTOCOL, NULL};

  self->server = soup_server_new ("tls-certificate", self->certificate, NULL);
  soup_server_remove_websocket_extension (self->server,
      SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_websocket_handler (self->server, "/", NULL, protocols,
      on_websocket, self, NULL);
  scripted_relay_open_port (self);
  self->url = g_strdup_printf ("%s://127.0.0.1:%u/",
      self->certificate ? "wss" : "ws", self->port);
}

ScriptedRelay *
scripted_relay_new (const ScriptedRelayRules *rules)
{
  ScriptedRelay *self = g_new0 (ScriptedRelay, 1);

  if (rules)
    self->rules = *rules;
  self->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);
  start (self);
  return self;
}

ScriptedRelay *
scripted_relay_new_tls (GTlsCertificate *certificate)
{
  ScriptedRelay *self = g_new0 (ScriptedRelay, 1);

  self->certificate = g_object_ref (certificate);
  self->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);
  start (self);
  return self;
}

void
scripted_relay_free (ScriptedRelay *self)
{
  scripted_relay_hang_up (self);
  soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_object (&self->certificate);
  g_ptr_array_unref (self->messages);
  g_free (self->session);
  g_free (self->url);
  g_free (self);
}

ScriptedRelayRules *
scripted_relay_rules (ScriptedRelay *self)
{
  return &self->rules;
}

const char *
scripted_relay_get_url (ScriptedRelay *self)
{
  return self->url;
}

guint
scripted_relay_get_port (ScriptedRelay *self)
{
  return self->port;
}

/* The first time on any free port, then on the same one. */
void
scripted_relay_open_port (ScriptedRelay *self)
{
  SoupServerListenOptions options = SOUP_SERVER_LISTEN_IPV4_ONLY |
      (self->certificate ? SOUP_SERVER_LISTEN_HTTPS : 0);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  soup_server_listen_local (self->server, self->port, options, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  self->port = (guint) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

void
scripted_relay_close_port (ScriptedRelay *self)
{
  soup_server_disconnect (self->server);
}

guint
scripted_relay_get_n_connections (ScriptedRelay *self)
{
  return self->n_connections;
}

const char *
scripted_relay_get_session (ScriptedRelay *self)
{
  return self->session;
}

GPtrArray *
scripted_relay_get_messages (ScriptedRelay *self)
{
  return self->messages;
}

guint
scripted_relay_get_n_frames (ScriptedRelay *self)
{
  return self->n_frames;
}

static gboolean
is_like (ClaspMessage *message, ClaspMessageType type, const char *address)
{
  const char *own = clasp_message_get_address (message);

  if (clasp_message_get_message_type (message) != type)
    return FALSE;
  if (!own)
    own = clasp_message_get_pattern (message);
  return !address || g_strcmp0 (own, address) == 0;
}

/* The @nth message of that type, of any address if @address is NULL. */
ClaspMessage *
scripted_relay_find (ScriptedRelay *self, ClaspMessageType type,
    const char *address, guint nth)
{
  for (guint i = 0; i < self->messages->len; i++) {
    if (is_like (self->messages->pdata[i], type, address) && nth-- == 0)
      return self->messages->pdata[i];
  }
  return NULL;
}

guint
scripted_relay_count (ScriptedRelay *self, ClaspMessageType type,
    const char *address)
{
  guint n = 0;

  for (guint i = 0; i < self->messages->len; i++)
    n += is_like (self->messages->pdata[i], type, address);
  return n;
}

void
scripted_relay_send (ScriptedRelay *self, ClaspMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) frame = clasp_message_encode (message, &error);

  g_assert_no_error (error);
  if (self->websocket)
    soup_websocket_connection_send_message (self->websocket,
        SOUP_WEBSOCKET_DATA_BINARY, frame);
}

/* The same, but takes @message. */
void
scripted_relay_say (ScriptedRelay *self, ClaspMessage *message)
{
  scripted_relay_send (self, message);
  clasp_message_unref (message);
}

void
scripted_relay_send_bytes (ScriptedRelay *self, const void *data, gsize size)
{
  soup_websocket_connection_send_binary (self->websocket, data, size);
}

void
scripted_relay_send_text (ScriptedRelay *self, const char *text)
{
  soup_websocket_connection_send_text (self->websocket, text);
}

/* Like a relay that dies: the socket just ends. */
void
scripted_relay_hang_up (ScriptedRelay *self)
{
  g_autoptr (SoupWebsocketConnection) websocket =
      g_steal_pointer (&self->websocket);

  if (!websocket)
    return;
  g_signal_handlers_disconnect_by_data (websocket, self);
  g_io_stream_close (soup_websocket_connection_get_io_stream (websocket), NULL,
      NULL);
}
