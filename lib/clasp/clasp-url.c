/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-url-private.h"

static gboolean
is_websocket (GUri *uri)
{
  const char *scheme = g_uri_get_scheme (uri);
  const char *host = g_uri_get_host (uri);

  return (g_str_equal (scheme, "ws") || g_str_equal (scheme, "wss")) && host &&
      *host;
}

/*
 * clasp_url_check:
 * @url: (nullable): what somebody calls the URL of a relay
 * @shown_url: (out): the same without user, password and query, for messages
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the normalized URL, %NULL with
 *   CLASP_ERROR_INVALID_URL if it is not one of a WebSocket
 */
char *
clasp_url_check (const char *url, char **shown_url, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GUri) uri = g_uri_parse (url ? url : "",
      G_URI_FLAGS_SCHEME_NORMALIZE | G_URI_FLAGS_HAS_PASSWORD |
          G_URI_FLAGS_ENCODED,
      &reason);

  *shown_url = NULL;
  /* Not repeated in the message: it may hold a password. */
  if (!uri || !is_websocket (uri)) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL,
        "the relay URL cannot be used: %s; it must look like "
        "ws://host:7330 or wss://host",
        reason ? reason->message : "it is not a ws:// or wss:// URL with host");
    return NULL;
  }
  *shown_url = g_uri_to_string_partial (uri,
      G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT);
  return g_uri_to_string (uri);
}
