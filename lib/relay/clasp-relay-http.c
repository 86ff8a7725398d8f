/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#define G_LOG_DOMAIN "clasp-relay"

#include "clasp-relay-http-private.h"
#include <clasp/clasp.h>
#include <string.h>

#define BODY_KEY "clasp-relay-body"

struct _ClaspRelayHttp {
  SoupServer *server;
  ClaspRelayHub *hub;
  ClaspRelayRendezvous *rendezvous;
  ClaspRelayFiles *files; /* (nullable) */
};

/* --- WebSocket --- */

/* The reference relay accepts everybody and names the subprotocol only to
 * those who asked for it. */
static gboolean
wants_clasp (SoupServerMessage *msg)
{
  const char *list =
      soup_message_headers_get_list (soup_server_message_get_request_headers (
                                         msg),
          "Sec-WebSocket-Protocol");
  g_auto (GStrv) names = NULL;

  if (list == NULL)
    return FALSE;

  names = g_strsplit_set (list, ", \t", -1);
  return g_strv_contains ((const char *const *) names,
      CLASP_WEBSOCKET_PROTOCOL);
}

static void
on_switched (SoupServerMessage *msg, gpointer user_data)
{
  ClaspRelayHttp *self = user_data;
  g_autoptr (SoupServerMessage) keep G_GNUC_UNUSED = g_object_ref (msg);
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GIOStream) base = NULL;
  g_autoptr (SoupWebsocketConnection) websocket = NULL;

  if (soup_server_message_get_status (msg) != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return;

  stream = soup_server_message_steal_connection (msg);
  if (stream == NULL)
    return;

  g_object_get (stream, "base-iostream", &base, NULL);
  websocket = soup_websocket_connection_new (stream,
      soup_server_message_get_uri (msg), SOUP_WEBSOCKET_CONNECTION_SERVER,
      soup_message_headers_get_one (soup_server_message_get_request_headers (
                                        msg),
          "Origin"),
      soup_message_headers_get_one (soup_server_message_get_response_headers (
                                        msg),
          "Sec-WebSocket-Protocol"),
      NULL);
  clasp_relay_hub_add (self->hub, websocket, CLASP_RELAY_STREAM (base));
}

/* No extensions: permessage-deflate costs 25 times the CPU on video. */
static void
answer_upgrade (ClaspRelayHttp *self, SoupServerMessage *msg)
{
  char protocol[] = CLASP_WEBSOCKET_PROTOCOL;
  char *protocols[] = {protocol, NULL};

  if (soup_websocket_server_process_handshake (msg, NULL,
          wants_clasp (msg) ? protocols : NULL, NULL, NULL))
    g_signal_connect (msg, "wrote-informational", G_CALLBACK (on_switched),
        self);
}

/* --- plain HTTP --- */

static void
answer_ok (SoupServerMessage *msg)
{
  soup_server_message_set_status (msg, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (msg, "text/plain", SOUP_MEMORY_STATIC,
      "ok\n", 3);
}

static void
answer_plain (ClaspRelayHttp *self, SoupServerMessage *msg, const char *path)
{
  const char *method = soup_server_message_get_method (msg);
  gboolean reads = method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD;

  if (self->files == NULL || g_str_equal (path, "/healthz"))
    answer_ok (msg);
  else if (reads)
    clasp_relay_files_answer (self->files, msg, path);
  else
    soup_server_message_set_status (msg, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
}

static void
on_request (SoupServer *server, SoupServerMessage *msg, const char *path,
    GHashTable *query, gpointer user_data)
{
  ClaspRelayHttp *self = user_data;
  SoupMessageHeaders *request = soup_server_message_get_request_headers (msg);

  if (soup_message_headers_header_contains (request, "Upgrade", "websocket")) {
    answer_upgrade (self, msg);
    return;
  }

  /* Idle connections would only use descriptors up. */
  soup_message_headers_replace (soup_server_message_get_response_headers (msg),
      "Connection", "close");
  if (g_str_has_prefix (path, CLASP_RELAY_RENDEZVOUS_PREFIX))
    clasp_relay_http_answer_rendezvous (self->rendezvous, msg, path, query,
        g_object_get_data (G_OBJECT (msg), BODY_KEY));
  else
    answer_plain (self, msg, path);
}

/* --- bodies --- */

/* One byte over the limit tells that there was too much. */
static void
on_chunk (SoupServerMessage *msg, GBytes *chunk, gpointer user_data)
{
  GByteArray *body = user_data;
  gsize size;
  const guint8 *data = g_bytes_get_data (chunk, &size);

  g_byte_array_append (body, data,
      MIN (size, CLASP_RELAY_MAX_BODY + 1 - body->len));
}

/* libsoup would collect a body of any size. */
static void
on_early_request (SoupServer *server, SoupServerMessage *msg, const char *path,
    GHashTable *query, gpointer user_data)
{
  GByteArray *body = g_byte_array_new ();

  soup_message_body_set_accumulate (soup_server_message_get_request_body (msg),
      FALSE);
  g_object_set_data_full (G_OBJECT (msg), BODY_KEY, body,
      (GDestroyNotify) g_byte_array_unref);
  g_signal_connect (msg, "got-chunk", G_CALLBACK (on_chunk), body);
}

/*
 * clasp_relay_http_new:
 * @files: (nullable) (transfer none): what GET reads, else it says "ok"
 *
 * Adds itself to @server. The parts must outlive it.
 */
ClaspRelayHttp *
clasp_relay_http_new (SoupServer *server, ClaspRelayHub *hub,
    ClaspRelayRendezvous *rendezvous, ClaspRelayFiles *files)
{
  ClaspRelayHttp *self = g_new0 (ClaspRelayHttp, 1);

  self->server = g_object_ref (server);
  self->hub = hub;
  self->rendezvous = rendezvous;
  self->files = files;
  soup_server_add_early_handler (server, NULL, on_early_request, self, NULL);
  soup_server_add_handler (server, NULL, on_request, self, NULL);

  return self;
}

void
clasp_relay_http_free (ClaspRelayHttp *self)
{
  soup_server_remove_handler (self->server, NULL);
  g_object_unref (self->server);
  g_free (self);
}
