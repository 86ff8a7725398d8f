/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-address.h"
#include "clasp-reader-private.h"

#define MAX_ADDRESS 65535

static gboolean
refuse (GError **error, const char *text, const char *reason)
{
  g_autofree char *shown = g_strndup (text, 120);
  g_autofree char *escaped = g_strescape (shown, NULL);

  g_set_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS,
      "invalid address \"%s\": %s", escaped, reason);
  return FALSE;
}

/**
 * clasp_address_validate:
 * @address: a text
 * @error: return location of a #GError
 *
 * Whether @address can be used as address or pattern: it begins with "/", has
 * no empty segment but perhaps the last one, is valid UTF-8 and at most 65535
 * bytes long.
 *
 * Returns: %FALSE with @error %CLASP_ERROR_INVALID_ADDRESS if it cannot
 *
 * Since: 0.1
 */
gboolean
clasp_address_validate (const char *address, GError **error)
{
  gsize length;

  if (!address || *address == '\0')
    return refuse (error, "", "it is empty");
  if (*address != '/')
    return refuse (error, address, "it must begin with /");
  length = strlen (address);
  if (length > MAX_ADDRESS)
    return refuse (error, address, "it is longer than 65535 bytes");
  if (clasp_text_check (address, length) != CLASP_PROBLEM_NONE)
    return refuse (error, address, "it is not valid UTF-8");
  if (strstr (address, "//"))
    return refuse (error, address, "it has an empty segment");
  return TRUE;
}

/**
 * clasp_address_escape_segment:
 * @text: any text
 *
 * Makes one address segment of @text that no client misreads: other
 * characters than letters, digits, "_" and "-" become "_" and two hexadecimal
 * digits for each of their bytes. Safe text stays as it is; empty text
 * becomes "_".
 *
 * Returns: (transfer full): a new segment
 *
 * Since: 0.1
 */
char *
clasp_address_escape_segment (const char *text)
{
  GString *segment = g_string_new (NULL);

  for (const char *p = text; p && *p; p++) {
    if (g_ascii_isalnum (*p) || *p == '_' || *p == '-')
      g_string_append_c (segment, *p);
    else
      g_string_append_printf (segment, "_%02x", (guint8) *p);
  }
  if (segment->len == 0)
    g_string_append_c (segment, '_');
  return g_string_free (segment, FALSE);
}
