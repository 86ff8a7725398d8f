/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <math.h>
#include <string.h>
#include "clasp-value.h"
#include "clasp-writer-private.h"

/**
 * clasp_value_new_null:
 *
 * Returns: (transfer none): a new floating null value ("mv", nothing)
 *
 * Since: 0.1
 */
GVariant *
clasp_value_new_null (void)
{
  return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
}

/**
 * clasp_value_new_bytes:
 * @bytes: some bytes
 *
 * Makes a value that shares @bytes.
 *
 * Returns: (transfer none): a new floating value ("ay")
 *
 * Since: 0.1
 */
GVariant *
clasp_value_new_bytes (GBytes *bytes)
{
  return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}

/* (transfer full): what "v" and maybes stand for. */
static GVariant *
unwrap (GVariant *value)
{
  g_variant_ref (value);
  while (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT) ||
      g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE)) {
    GVariant *inner;

    if (g_variant_n_children (value) == 0)
      break;
    inner = g_variant_get_child_value (value, 0);
    g_variant_unref (value);
    value = inner;
  }
  return value;
}

/**
 * clasp_value_is_null:
 * @value: a value
 *
 * Returns: %TRUE if @value is null
 *
 * Since: 0.1
 */
gboolean
clasp_value_is_null (GVariant *value)
{
  g_autoptr (GVariant) inner = unwrap (value);

  return g_variant_is_of_type (inner, G_VARIANT_TYPE_MAYBE);
}

/* Integers of all widths that fit 64 bits with sign. */
static gboolean
get_integer (GVariant *value, gint64 *integer)
{
  switch (g_variant_classify (value)) {
    case G_VARIANT_CLASS_BYTE:
      *integer = g_variant_get_byte (value);
      return TRUE;
    case G_VARIANT_CLASS_INT16:
      *integer = g_variant_get_int16 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT16:
      *integer = g_variant_get_uint16 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT32:
      *integer = g_variant_get_int32 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT32:
      *integer = g_variant_get_uint32 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT64:
      *integer = g_variant_get_int64 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT64:
      *integer = (gint64) g_variant_get_uint64 (value);
      return *integer >= 0;
    default:
      return FALSE;
  }
}

static gboolean
get_number (GVariant *value, double *number)
{
  gint64 integer;

  if (get_integer (value, &integer)) {
    *number = (double) integer;
    return TRUE;
  }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE)) {
    *number = g_variant_get_double (value);
    return TRUE;
  }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64)) {
    *number = (double) g_variant_get_uint64 (value);
    return TRUE;
  }
  return FALSE;
}

/**
 * clasp_value_get_number:
 * @value: a value
 * @number: (out): the number
 *
 * Reads a number of any width.
 *
 * Returns: %FALSE if @value is not a number
 *
 * Since: 0.1
 */
gboolean
clasp_value_get_number (GVariant *value, double *number)
{
  g_autoptr (GVariant) inner = unwrap (value);

  return get_number (inner, number);
}

/**
 * clasp_value_check:
 * @value: any #GVariant
 * @error: return location of a #GError
 *
 * Whether @value can be sent: made of the types that CLASP has, at most
 * %CLASP_MAX_DEPTH containers in one another, and small enough for a frame.
 *
 * Returns: %FALSE with @error set if it cannot
 *
 * Since: 0.1
 */
gboolean
clasp_value_check (GVariant *value, GError **error)
{
  ClaspWriter writer;
  gboolean ok;

  clasp_writer_init (&writer, g_variant_get_size (value));
  clasp_writer_value (&writer, value);
  if (writer.error)
    g_propagate_error (error, g_error_copy (writer.error));
  ok = writer.error == NULL;
  clasp_writer_clear (&writer);
  return ok;
}

static gboolean
numbers_equal (GVariant *a, GVariant *b)
{
  double x, y;
  gint64 i, j;

  if (get_integer (a, &i) && get_integer (b, &j))
    return i == j;
  return get_number (a, &x) && get_number (b, &y) &&
      (x == y || (isnan (x) && isnan (y)));
}

static gboolean
is_map (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}"));
}

static gboolean
is_bytes (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING);
}

static gboolean
arrays_equal (GVariant *a, GVariant *b)
{
  gsize n = g_variant_n_children (a);

  if (n != g_variant_n_children (b))
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) x = g_variant_get_child_value (a, i);
    g_autoptr (GVariant) y = g_variant_get_child_value (b, i);

    if (!clasp_value_equal (x, y))
      return FALSE;
  }
  return TRUE;
}

/* (transfer full) (element-type utf8 GVariant): the last of equal keys */
static GHashTable *
index_map (GVariant *map)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) g_variant_unref);
  gsize n = g_variant_n_children (map);

  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) entry = g_variant_get_child_value (map, i);
    char *key;

    g_variant_get_child (entry, 0, "s", &key);
    g_hash_table_replace (table, key, g_variant_get_child_value (entry, 1));
  }
  return table;
}

static gboolean
maps_equal (GVariant *a, GVariant *b)
{
  g_autoptr (GHashTable) x = index_map (a);
  g_autoptr (GHashTable) y = index_map (b);
  GHashTableIter iter;
  gpointer key, value;

  if (g_hash_table_size (x) != g_hash_table_size (y))
    return FALSE;
  g_hash_table_iter_init (&iter, x);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    GVariant *other = g_hash_table_lookup (y, key);

    if (!other || !clasp_value_equal (value, other))
      return FALSE;
  }
  return TRUE;
}

static gboolean
containers_equal (GVariant *a, GVariant *b)
{
  if (is_map (a) || is_map (b))
    return is_map (a) && is_map (b) && maps_equal (a, b);
  if (is_bytes (a) || is_bytes (b))
    return is_bytes (a) && is_bytes (b) && g_variant_equal (a, b);
  return arrays_equal (a, b);
}

/**
 * clasp_value_equal:
 * @a: a value
 * @b: another value
 *
 * Whether two values mean the same: numbers by what they are worth and not by
 * their width, maps without regard to order. NaN equals NaN here.
 *
 * Returns: %TRUE if they do
 *
 * Since: 0.1
 */
gboolean
clasp_value_equal (GVariant *a, GVariant *b)
{
  g_autoptr (GVariant) x = unwrap (a);
  g_autoptr (GVariant) y = unwrap (b);

  if (g_variant_is_of_type (x, G_VARIANT_TYPE_MAYBE) ||
      g_variant_is_of_type (y, G_VARIANT_TYPE_MAYBE))
    return clasp_value_is_null (x) && clasp_value_is_null (y);
  if (g_variant_is_of_type (x, G_VARIANT_TYPE_ARRAY) &&
      g_variant_is_of_type (y, G_VARIANT_TYPE_ARRAY))
    return containers_equal (x, y);
  if (g_variant_is_of_type (x, g_variant_get_type (y)) &&
      !g_variant_is_of_type (x, G_VARIANT_TYPE_DOUBLE))
    return g_variant_equal (x, y);
  return numbers_equal (x, y);
}

/* (transfer full) (nullable): the last entry of that name, unwrapped */
static GVariant *
lookup (GVariant *map, const char *key)
{
  g_autoptr (GVariant) inner = NULL;

  if (!map)
    return NULL;
  inner = unwrap (map);
  if (!is_map (inner))
    return NULL;
  for (gsize i = g_variant_n_children (inner); i-- > 0;) {
    g_autoptr (GVariant) entry = g_variant_get_child_value (inner, i);
    g_autoptr (GVariant) name = g_variant_get_child_value (entry, 0);
    g_autoptr (GVariant) value = NULL;

    if (!g_str_equal (g_variant_get_string (name, NULL), key))
      continue;
    value = g_variant_get_child_value (entry, 1);
    return unwrap (value);
  }
  return NULL;
}

/**
 * clasp_value_lookup_string:
 * @map: (nullable): a value
 * @key: name of an entry
 *
 * Returns: (nullable) (transfer none): the string at @key, owned by @map, or
 *   %NULL if @map is not a map or has no string there
 *
 * Since: 0.1
 */
const char *
clasp_value_lookup_string (GVariant *map, const char *key)
{
  g_autoptr (GVariant) value = lookup (map, key);

  if (!value || !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return NULL;
  return g_variant_get_string (value, NULL);
}

/**
 * clasp_value_lookup_number:
 * @map: (nullable): a value
 * @key: name of an entry
 * @number: (out): the number
 *
 * Returns: %FALSE if @map is not a map or has no number at @key
 *
 * Since: 0.1
 */
gboolean
clasp_value_lookup_number (GVariant *map, const char *key, double *number)
{
  g_autoptr (GVariant) value = lookup (map, key);

  return value && get_number (value, number);
}

/**
 * clasp_value_lookup_boolean:
 * @map: (nullable): a value
 * @key: name of an entry
 * @boolean: (out): what it says
 *
 * Returns: %FALSE if @map is not a map or has no boolean at @key
 *
 * Since: 0.1
 */
gboolean
clasp_value_lookup_boolean (GVariant *map, const char *key, gboolean *boolean)
{
  g_autoptr (GVariant) value = lookup (map, key);

  if (!value || !g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return FALSE;
  *boolean = g_variant_get_boolean (value);
  return TRUE;
}

/**
 * clasp_value_lookup_map:
 * @map: (nullable): a value
 * @key: name of an entry
 *
 * Returns: (nullable) (transfer full): the map at @key, or %NULL if @map is
 *   not a map or has no map there
 *
 * Since: 0.1
 */
GVariant *
clasp_value_lookup_map (GVariant *map, const char *key)
{
  g_autoptr (GVariant) value = lookup (map, key);

  if (!value || !is_map (value))
    return NULL;
  return g_steal_pointer (&value);
}
