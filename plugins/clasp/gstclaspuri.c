/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspuri.h"

#define URI_FLAGS (G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_HAS_PASSWORD)

static void
set_error (GError **error, const char *uri, const char *reason)
{
  /* the text may hold a secret in front of the host: never repeat it */
  gboolean quotable = uri && !strchr (uri, '@') && !strchr (uri, '?') &&
      g_utf8_validate (uri, -1, NULL);

  g_set_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL, "%s%s%s",
      quotable ? uri : "the URI", quotable ? ": " : " ", reason);
}

static gboolean
check_authority (GUri *uri, const char *text, GError **error)
{
  if (!g_uri_get_host (uri) || !*g_uri_get_host (uri))
    set_error (error, text, "has no host");
  else if (g_uri_get_port (uri) == 0)
    set_error (error, text, "has port 0");
  else
    return TRUE;
  return FALSE;
}

static char *
build_relay_url (gboolean tls, const char *host, int port)
{
  g_autoptr (GUri) url = NULL;

  if (port < 0 && !tls)
    port = CLASP_DEFAULT_PORT;
  url = g_uri_build (URI_FLAGS, tls ? "wss" : "ws", NULL, host, port, "", NULL,
      NULL);
  return g_uri_to_string (url);
}

/* "/room" or "/room/" -> "room"; NULL when there is none */
static char *
parse_room (const char *path, const char *text, GError **error)
{
  g_autofree char *room = NULL;
  g_autofree char *segment = g_strdup (path + (*path == '/' ? 1 : 0));

  if (g_str_has_suffix (segment, "/"))
    segment[strlen (segment) - 1] = '\0';
  if (strchr (segment, '/')) {
    set_error (error, text, "has more than one path segment: write /room");
    return NULL;
  }
  room = g_uri_unescape_string (segment, NULL);
  if (!room || !*room || !g_utf8_validate (room, -1, NULL)) {
    set_error (error, text, "names no room: write clasp://host/room");
    return NULL;
  }
  return g_steal_pointer (&room);
}

/**
 * gst_clasp_uri_parse:
 * @text: a `clasp://host[:port]/room` or `clasps://` URI
 * @relay_url: (out) (transfer full): URL of the relay
 * @room: (out) (transfer full): name of the room
 * @error: return location for an error
 *
 * Takes a URI apart. Without a port, `clasp` means 7330 and `clasps` the
 * default of TLS, as the relay has TLS only behind a proxy.
 *
 * Returns: %TRUE on success, %FALSE with %CLASP_ERROR_INVALID_URL
 *
 * Since: 0.1
 */
gboolean
gst_clasp_uri_parse (const char *text, char **relay_url, char **room,
    GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, URI_FLAGS, NULL);
  g_autofree char *name = NULL;
  gboolean tls;

  if (!uri) {
    set_error (error, text, "cannot be read as a URI");
    return FALSE;
  }
  tls = g_strcmp0 (g_uri_get_scheme (uri), GST_CLASP_URI_SCHEME_TLS) == 0;
  if (!tls && g_strcmp0 (g_uri_get_scheme (uri), GST_CLASP_URI_SCHEME) != 0) {
    set_error (error, text, "is neither clasp:// nor clasps://");
    return FALSE;
  }
  if (g_uri_get_userinfo (uri) || g_uri_get_query (uri) ||
      g_uri_get_fragment (uri)) {
    set_error (error, text,
        "has a user, query or fragment: use the properties for these");
    return FALSE;
  }
  if (!check_authority (uri, text, error))
    return FALSE;
  name = parse_room (g_uri_get_path (uri), text, error);
  if (!name)
    return FALSE;
  *relay_url =
      build_relay_url (tls, g_uri_get_host (uri), g_uri_get_port (uri));
  *room = g_steal_pointer (&name);
  return TRUE;
}

/**
 * gst_clasp_uri_build:
 * @relay_url: (nullable): URL of a relay
 * @room: (nullable): name of a room
 *
 * Puts the URI together that gst_clasp_uri_parse() would take apart.
 *
 * Returns: (transfer full) (nullable): a URI, or %NULL when there is none for
 *   this relay
 *
 * Since: 0.1
 */
char *
gst_clasp_uri_build (const char *relay_url, const char *room)
{
  g_autoptr (GUri) url = NULL;
  g_autoptr (GUri) uri = NULL;
  g_autofree char *path = NULL;
  g_autofree char *escaped = NULL;
  gboolean tls;

  if (!relay_url || !room || !gst_clasp_relay_url_check (relay_url, NULL))
    return NULL;
  url = g_uri_parse (relay_url, URI_FLAGS, NULL);
  if (strlen (g_uri_get_path (url)) > 1 || g_uri_get_userinfo (url) ||
      g_uri_get_query (url))
    return NULL;
  tls = g_strcmp0 (g_uri_get_scheme (url), "wss") == 0;
  /* without a port, ws:// means 80 and clasp:// would mean 7330 */
  escaped = g_uri_escape_string (room, NULL, FALSE);
  path = g_strconcat ("/", escaped, NULL);
  uri = g_uri_build (URI_FLAGS,
      tls ? GST_CLASP_URI_SCHEME_TLS : GST_CLASP_URI_SCHEME, NULL,
      g_uri_get_host (url),
      g_uri_get_port (url) < 0 && !tls ? 80 : g_uri_get_port (url), path, NULL,
      NULL);
  return g_uri_to_string (uri);
}

/**
 * gst_clasp_relay_url_check:
 * @relay_url: (nullable): URL of a relay
 * @error: return location for an error
 *
 * Returns: %TRUE if this is a `ws://` or `wss://` URL with a host, %FALSE with
 *   %CLASP_ERROR_INVALID_URL otherwise
 *
 * Since: 0.1
 */
gboolean
gst_clasp_relay_url_check (const char *relay_url, GError **error)
{
  g_autoptr (GUri) url = NULL;
  const char *scheme;

  if (!relay_url || !*relay_url) {
    set_error (error, NULL, "of the relay is missing: set relay-url");
    return FALSE;
  }
  url = g_uri_parse (relay_url, URI_FLAGS, NULL);
  if (!url) {
    set_error (error, relay_url, "cannot be read as a URL");
    return FALSE;
  }
  scheme = g_uri_get_scheme (url);
  if (g_strcmp0 (scheme, "ws") != 0 && g_strcmp0 (scheme, "wss") != 0) {
    set_error (error, relay_url, "is neither ws:// nor wss://");
    return FALSE;
  }
  return check_authority (url, relay_url, error);
}

/**
 * gst_clasp_relay_url_to_display:
 * @relay_url: (nullable): URL of a relay
 *
 * Returns: (transfer full): the URL without the parts that may be secret
 *
 * Since: 0.1
 */
char *
gst_clasp_relay_url_to_display (const char *relay_url)
{
  g_autoptr (GUri) url =
      relay_url ? g_uri_parse (relay_url, URI_FLAGS, NULL) : NULL;

  if (!url)
    return g_strdup ("(not a URL)");
  return g_uri_to_string_partial (url,
      G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT);
}
