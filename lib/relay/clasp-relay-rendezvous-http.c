/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-http-private.h"
#include <clasp/clasp.h>
#include <string.h>

#define DISCOVER_LIMIT 100
#define DISCOVER_MAX 1000

static void
answer (SoupServerMessage *msg, guint status, const char *type, char *text)
{
  soup_server_message_set_status (msg, status, NULL);
  soup_server_message_set_response (msg, type, SOUP_MEMORY_TAKE, text,
      strlen (text));
}

static void
answer_error (SoupServerMessage *msg, guint status, const char *text)
{
  answer (msg, status, "text/plain; charset=utf-8",
      g_strconcat (text, "\n", NULL));
}

static gboolean
is_json (SoupServerMessage *msg)
{
  const char *type = soup_message_headers_get_content_type (
      soup_server_message_get_request_headers (msg), NULL);

  return type != NULL && g_ascii_strcasecmp (type, "application/json") == 0;
}

static void
answer_registered (ClaspRelayRendezvous *self, SoupServerMessage *msg,
    const char *id, ClaspRelayTime now)
{
  answer (msg, SOUP_STATUS_CREATED, "application/json",
      g_strdup_printf ("{\"id\":\"%s\",\"timestamp\":%" G_GUINT64_FORMAT
                       ",\"ttl\":%u}",
          id, now.wall_us, clasp_relay_rendezvous_get_ttl (self)));
}

/* Status codes as the reference's framework gives them. */
static void
handle_register (ClaspRelayRendezvous *self, SoupServerMessage *msg,
    const GByteArray *body)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;
  ClaspRelayTime now = clasp_relay_time_now ();
  const char *id;

  if (!is_json (msg)) {
    answer_error (msg, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE,
        "Content-Type must be application/json");
  } else if (body == NULL || body->len > CLASP_RELAY_MAX_BODY) {
    answer_error (msg, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE,
        "a registration has at most 8192 bytes");
  } else if (body->len == 0) {
    answer_error (msg, SOUP_STATUS_BAD_REQUEST, "the body is empty");
  } else if (!json_parser_load_from_data (parser, (const char *) body->data,
                 body->len, &error)) {
    answer_error (msg, SOUP_STATUS_BAD_REQUEST, error->message);
  } else {
    id = clasp_relay_rendezvous_register (self, json_parser_get_root (parser),
        now, &error);
    if (id != NULL)
      answer_registered (self, msg, id, now);
    else
      answer_error (msg, SOUP_STATUS_UNPROCESSABLE_ENTITY, error->message);
  }
}

static const char *
get_parameter (GHashTable *query, const char *name)
{
  return query != NULL ? g_hash_table_lookup (query, name) : NULL;
}

static void
handle_discover (ClaspRelayRendezvous *self, SoupServerMessage *msg,
    GHashTable *query)
{
  const char *text = get_parameter (query, "limit");
  guint64 limit = DISCOVER_LIMIT;

  if (text != NULL &&
      !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &limit, NULL)) {
    answer_error (msg, SOUP_STATUS_BAD_REQUEST, "limit must be a number");
    return;
  }

  answer (msg, SOUP_STATUS_OK, "application/json",
      clasp_relay_rendezvous_discover (self, get_parameter (query, "tag"),
          get_parameter (query, "feature"), MIN (limit, DISCOVER_MAX),
          clasp_relay_time_now ()));
}

static void
answer_found (SoupServerMessage *msg, gboolean found, guint status)
{
  if (found)
    soup_server_message_set_status (msg, status, NULL);
  else
    answer_error (msg, SOUP_STATUS_NOT_FOUND, "no such registration");
}

static void
add_cors (SoupServerMessage *msg)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);

  soup_message_headers_replace (headers, "Access-Control-Allow-Origin", "*");
  soup_message_headers_replace (headers, "Access-Control-Allow-Methods",
      "GET, POST, DELETE, OPTIONS");
  soup_message_headers_replace (headers, "Access-Control-Allow-Headers", "*");
}

/* Answers a request under /api/v1/ (clasp-protocol: rendezvous HTTP API). */
void
clasp_relay_http_answer_rendezvous (ClaspRelayRendezvous *self,
    SoupServerMessage *msg, const char *path, GHashTable *query,
    const GByteArray *body)
{
  const char *route = path + strlen (CLASP_RELAY_RENDEZVOUS_PREFIX);
  const char *method = soup_server_message_get_method (msg);
  gboolean get = method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD;
  gboolean post = method == SOUP_METHOD_POST;
  ClaspRelayTime now = clasp_relay_time_now ();

  add_cors (msg);
  if (method == SOUP_METHOD_OPTIONS)
    soup_server_message_set_status (msg, SOUP_STATUS_NO_CONTENT, NULL);
  else if (get && g_str_equal (route, "health"))
    answer (msg, SOUP_STATUS_OK, "text/plain", g_strdup ("OK"));
  else if (get && g_str_equal (route, "discover"))
    handle_discover (self, msg, query);
  else if (post && g_str_equal (route, "register"))
    handle_register (self, msg, body);
  else if (post && g_str_has_prefix (route, "refresh/"))
    answer_found (msg,
        clasp_relay_rendezvous_refresh (self, route + strlen ("refresh/"), now),
        SOUP_STATUS_OK);
  else if (method == SOUP_METHOD_DELETE &&
      g_str_has_prefix (route, "unregister/"))
    answer_found (msg,
        clasp_relay_rendezvous_unregister (self, route + strlen ("unregister/"),
            now),
        SOUP_STATUS_NO_CONTENT);
  else
    answer_error (msg, SOUP_STATUS_NOT_FOUND, "no such route");
}
