/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-writer-private.h"

static guint8 write_data (ClaspWriter *writer, GVariant *value, guint depth);

static void
write_with_code (ClaspWriter *writer, GVariant *value, guint depth)
{
  gsize at = writer->size;
  guint8 code;

  clasp_writer_u8 (writer, 0);
  code = write_data (writer, value, depth);
  if (!writer->error)
    writer->data[at] = code;
}

static guint8
write_integer (ClaspWriter *writer, gint64 number)
{
  clasp_writer_u64 (writer, (guint64) number);
  return CLASP_CODE_I64;
}

static guint8
write_float (ClaspWriter *writer, double number)
{
  clasp_writer_f64 (writer, number);
  return CLASP_CODE_F64;
}

/* What does not fit 63 bits travels as a float. */
static guint8
write_unsigned (ClaspWriter *writer, guint64 number)
{
  if (number > G_MAXINT64)
    return write_float (writer, (double) number);
  return write_integer (writer, (gint64) number);
}

static guint8
write_string (ClaspWriter *writer, GVariant *value)
{
  gsize length;
  const char *text = g_variant_get_string (value, &length);

  clasp_writer_text_len (writer, text, length);
  return CLASP_CODE_STRING;
}

static guint8
write_bytes (ClaspWriter *writer, GVariant *value)
{
  gsize size = g_variant_get_size (value);

  clasp_writer_blob (writer, g_variant_get_data (value), size);
  return CLASP_CODE_BYTES;
}

static void
write_entry (ClaspWriter *writer, GVariant *entry, guint depth)
{
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
  g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);

  write_string (writer, key);
  write_with_code (writer, value, depth);
}

static guint8
write_container (ClaspWriter *writer, GVariant *value, gboolean map,
    guint depth)
{
  gsize count = g_variant_n_children (value);

  if (depth >= CLASP_MAX_DEPTH)
    clasp_writer_fail (writer, CLASP_ERROR_TOO_LARGE,
        "value is nested too deeply (32 levels)");
  clasp_writer_count (writer, count);
  for (gsize i = 0; i < count && !writer->error; i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

    if (map)
      write_entry (writer, child, depth + 1);
    else
      write_with_code (writer, child, depth + 1);
  }
  return map ? CLASP_CODE_MAP : CLASP_CODE_ARRAY;
}

static guint8
write_array (ClaspWriter *writer, GVariant *value, guint depth)
{
  const char *type = g_variant_get_type_string (value);

  if (type[1] == 'y')
    return write_bytes (writer, value);
  if (type[1] == '{' && type[2] != 's') {
    clasp_writer_fail (writer, CLASP_ERROR_FAILED,
        "a map needs string keys to be a CLASP value");
    return CLASP_CODE_NULL;
  }
  return write_container (writer, value, type[1] == '{', depth);
}

/* "v" and a maybe that holds something stand for what they hold. */
static guint8
write_inner (ClaspWriter *writer, GVariant *value, guint depth)
{
  g_autoptr (GVariant) inner = NULL;

  if (g_variant_n_children (value) == 0)
    return CLASP_CODE_NULL;
  inner = g_variant_get_child_value (value, 0);
  return write_data (writer, inner, depth);
}

static guint8
write_data (ClaspWriter *writer, GVariant *value, guint depth)
{
  switch (g_variant_classify (value)) {
    case G_VARIANT_CLASS_BOOLEAN:
      clasp_writer_u8 (writer, g_variant_get_boolean (value) ? 1 : 0);
      return CLASP_CODE_BOOL;
    case G_VARIANT_CLASS_BYTE:
      return write_integer (writer, g_variant_get_byte (value));
    case G_VARIANT_CLASS_INT16:
      return write_integer (writer, g_variant_get_int16 (value));
    case G_VARIANT_CLASS_UINT16:
      return write_integer (writer, g_variant_get_uint16 (value));
    case G_VARIANT_CLASS_INT32:
      return write_integer (writer, g_variant_get_int32 (value));
    case G_VARIANT_CLASS_UINT32:
      return write_integer (writer, g_variant_get_uint32 (value));
    case G_VARIANT_CLASS_INT64:
      return write_integer (writer, g_variant_get_int64 (value));
    case G_VARIANT_CLASS_UINT64:
      return write_unsigned (writer, g_variant_get_uint64 (value));
    case G_VARIANT_CLASS_DOUBLE:
      return write_float (writer, g_variant_get_double (value));
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return write_string (writer, value);
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
      return write_inner (writer, value, depth);
    case G_VARIANT_CLASS_ARRAY:
      return write_array (writer, value, depth);
    default:
      clasp_writer_fail (writer, CLASP_ERROR_FAILED,
          "value is of a type that CLASP does not have");
      return CLASP_CODE_NULL;
  }
}

/* Writes a value without its code, which is returned. */
guint8
clasp_writer_value_data (ClaspWriter *self, GVariant *value)
{
  return write_data (self, value, 0);
}

void
clasp_writer_value (ClaspWriter *self, GVariant *value)
{
  write_with_code (self, value, 0);
}
