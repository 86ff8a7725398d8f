/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-value-private.h"

#define MAX_PRINTED 4096

static void print (GString *out, GVariant *value, gsize limit);

/* Up to @limit bytes of @text, without control characters. */
void
clasp_print_escaped (GString *out, const char *text, gsize limit)
{
  for (const char *p = text; *p && out->len < limit; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == '"' || c == '\\')
      g_string_append_printf (out, "\\%c", (char) c);
    else if (g_unichar_isprint (c))
      g_string_append_unichar (out, c);
    else
      g_string_append_printf (out, "\\u%04x", c);
  }
}

static void
print_string (GString *out, const char *text, gsize limit)
{
  g_string_append_c (out, '"');
  clasp_print_escaped (out, text, limit);
  g_string_append_c (out, '"');
}

static void
print_array (GString *out, GVariant *value, gsize limit)
{
  gsize n = g_variant_n_children (value);

  g_string_append_c (out, '[');
  for (gsize i = 0; i < n && out->len < limit; i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

    if (i > 0)
      g_string_append (out, ", ");
    print (out, child, limit);
  }
  g_string_append_c (out, ']');
}

static void
print_map (GString *out, GVariant *value, gsize limit)
{
  gsize n = g_variant_n_children (value);

  g_string_append_c (out, '{');
  for (gsize i = 0; i < n && out->len < limit; i++) {
    g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
    g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
    g_autoptr (GVariant) child = g_variant_get_child_value (entry, 1);

    if (i > 0)
      g_string_append (out, ", ");
    print_string (out, g_variant_get_string (key, NULL), limit);
    g_string_append (out, ": ");
    print (out, child, limit);
  }
  g_string_append_c (out, '}');
}

static void
print_double (GString *out, GVariant *value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (out,
      g_ascii_dtostr (text, sizeof text, g_variant_get_double (value)));
}

static void
print_inner (GString *out, GVariant *value, gsize limit)
{
  g_autoptr (GVariant) inner = NULL;

  if (g_variant_n_children (value) == 0) {
    g_string_append (out, "null");
    return;
  }
  inner = g_variant_get_child_value (value, 0);
  print (out, inner, limit);
}

static void
print (GString *out, GVariant *value, gsize limit)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT) ||
      g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    print_inner (out, value, limit);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    print_string (out, g_variant_get_string (value, NULL), limit);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    print_double (out, value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    g_string_append_printf (out, "<%" G_GSIZE_FORMAT " bytes>",
        g_variant_get_size (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}")))
    print_map (out, value, limit);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY))
    print_array (out, value, limit);
  else
    g_variant_print_string (value, out, FALSE);
}

/* Stops soon after @out has @limit bytes. */
void
clasp_value_print_to (GString *out, GVariant *value, gsize limit)
{
  print (out, value, limit);
  if (out->len >= limit)
    g_string_append (out, "…");
}

/**
 * clasp_value_print:
 * @value: a value
 *
 * Text for people: JSON, but for bytes, of which only the number is given.
 * Control characters are escaped; long values are cut.
 *
 * Returns: (transfer full): a new text
 *
 * Since: 0.1
 */
char *
clasp_value_print (GVariant *value)
{
  GString *out = g_string_new (NULL);

  clasp_value_print_to (out, value, MAX_PRINTED);
  return g_string_free (out, FALSE);
}
