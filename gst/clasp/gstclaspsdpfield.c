/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* What the single fields of SDP and ICE candidates may look like. */

#include "gstclaspsdp-private.h"

#include <string.h>

#define MAX_HOST_NAME 253
#define MAX_LABEL 63
#define SHA256_SIZE 32

static gboolean
check_each (const char *text, gsize min, gsize max, gboolean (*accept) (char))
{
  gsize length;

  if (text == NULL)
    return FALSE;

  for (length = 0; text[length] != '\0'; length++) {
    if (length >= max || !accept (text[length]))
      return FALSE;
  }
  return length >= min;
}

static gboolean
accept_word (char c)
{
  return g_ascii_isgraph (c);
}

static gboolean
accept_token (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$%&'*+-.^_`{|}~", c));
}

static gboolean
accept_ice (char c)
{
  return g_ascii_isalnum (c) || c == '+' || c == '/';
}

static gboolean
accept_digit (char c)
{
  return g_ascii_isdigit (c);
}

static gboolean
accept_host (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '_';
}

/* Printable ASCII without spaces. */
gboolean
gst_clasp_sdp_is_word (const char *text, gsize max)
{
  return check_each (text, 1, max, accept_word);
}

/* "token" of RFC 8866. */
gboolean
gst_clasp_sdp_is_token (const char *text, gsize max)
{
  return check_each (text, 1, max, accept_token);
}

/* "ice-char" of RFC 8839. */
gboolean
gst_clasp_sdp_is_ice_text (const char *text, gsize min, gsize max)
{
  return check_each (text, min, max, accept_ice);
}

gboolean
gst_clasp_sdp_is_digits (const char *text, gsize max)
{
  return check_each (text, 1, max, accept_digit);
}

/* Something a resolver may be asked for, and no mistyped IPv4 address. */
gboolean
gst_clasp_sdp_is_host_name (const char *text)
{
  g_auto (GStrv) labels = NULL;
  guint n;

  if (!gst_clasp_sdp_is_word (text, MAX_HOST_NAME))
    return FALSE;

  labels = g_strsplit (text, ".", -1);
  n = g_strv_length (labels);
  for (guint i = 0; i < n; i++) {
    if (!check_each (labels[i], 1, MAX_LABEL, accept_host))
      return FALSE;
    if (labels[i][0] == '-')
      return FALSE;
  }
  return !gst_clasp_sdp_is_digits (labels[n - 1], MAX_LABEL);
}

gboolean
gst_clasp_sdp_is_unicast (GInetAddress *address)
{
  static const guint8 broadcast[] = {255, 255, 255, 255};

  if (g_inet_address_get_is_any (address))
    return FALSE;
  if (g_inet_address_get_is_multicast (address))
    return FALSE;
  return g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV4 ||
      memcmp (g_inet_address_to_bytes (address), broadcast, 4) != 0;
}

/* Decimal digits only: no sign, no space, nothing after. */
gboolean
gst_clasp_sdp_get_number (const char *text, guint64 max, guint64 *number)
{
  if (!gst_clasp_sdp_is_digits (text, 20))
    return FALSE;
  return g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL);
}

/* "sha-256 AB:CD:…" in capitals, or NULL if it is anything else. */
char *
gst_clasp_sdp_normalize_fingerprint (const char *value)
{
  static const char prefix[] = "sha-256 ";
  const char *hex;
  g_autofree char *upper = NULL;

  if (value == NULL || g_ascii_strncasecmp (value, prefix, 8) != 0)
    return NULL;

  hex = value + strlen (prefix);
  if (strlen (hex) != SHA256_SIZE * 3 - 1)
    return NULL;
  for (guint i = 0; hex[i] != '\0'; i++) {
    if (i % 3 == 2 ? hex[i] != ':' : !g_ascii_isxdigit (hex[i]))
      return NULL;
  }

  upper = g_ascii_strup (hex, -1);
  return g_strconcat (prefix, upper, NULL);
}
