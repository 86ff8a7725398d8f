/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-value.h"
#include "clasp-wire-value-private.h"

/* Below this a copy is cheaper than keeping a whole frame alive. */
#define MIN_SHARED_BYTES 256
/* Maps larger than this find duplicate keys by sorting. */
#define SMALL_MAP 16
/* Code of an entry that a later one replaces. */
#define REPLACED G_MAXUINT8

static GVariant *
read_variant (ClaspReader *reader, guint8 code, GBytes *source);

static gint64
read_integer (ClaspReader *reader, guint8 code)
{
  switch (code) {
    case CLASP_CODE_I8:
      return (gint8) clasp_reader_u8 (reader);
    case CLASP_CODE_I16:
      return (gint16) clasp_reader_u16 (reader);
    case CLASP_CODE_I32:
      return (gint32) clasp_reader_u32 (reader);
    default:
      return (gint64) clasp_reader_u64 (reader);
  }
}

static double
read_float (ClaspReader *reader, guint8 code)
{
  guint32 bits;
  float number;

  if (code == CLASP_CODE_F64)
    return clasp_reader_f64 (reader);
  bits = clasp_reader_u32 (reader);
  memcpy (&number, &bits, sizeof number);
  return number;
}

static GVariant *
read_string (ClaspReader *reader)
{
  ClaspText text = clasp_reader_text (reader);

  return g_variant_new_take_string (g_strndup (text.data, text.length));
}

static GVariant *
read_bytes (ClaspReader *reader, GBytes *source)
{
  gsize size = clasp_reader_u16 (reader);
  const guint8 *data = clasp_reader_bytes (reader, size);
  const guint8 *whole = g_bytes_get_data (source, NULL);
  g_autoptr (GBytes) bytes = NULL;

  if (size < MIN_SHARED_BYTES)
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1);
  bytes = g_bytes_new_from_bytes (source, (gsize) (data - whole), size);
  return clasp_value_new_bytes (bytes);
}

static GVariant *
read_array (ClaspReader *reader, GBytes *source)
{
  guint count = clasp_reader_u16 (reader);
  g_autofree GVariant **children = g_new (GVariant *, count);

  for (guint i = 0; i < count; i++) {
    guint8 code = clasp_reader_u8 (reader);

    children[i] = g_variant_new_variant (read_variant (reader, code, source));
  }
  return g_variant_new_array (G_VARIANT_TYPE_VARIANT, children, count);
}

static void
skip_value (ClaspReader *reader)
{
  ClaspWireValue value;

  clasp_reader_value (reader, &value);
}

static gboolean
text_equal (ClaspText a, ClaspText b)
{
  return a.length == b.length && memcmp (a.data, b.data, a.length) == 0;
}

static void
read_entries (ClaspReader *reader, guint count, ClaspText *keys,
    ClaspWireValue *values)
{
  for (guint i = 0; i < count; i++) {
    keys[i] = clasp_reader_text (reader);
    clasp_reader_value (reader, &values[i]);
  }
}

/* Equal keys become neighbours, in the order in which they came. */
static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  const ClaspText *keys = data;
  const ClaspText *x = &keys[*(const guint *) a];
  const ClaspText *y = &keys[*(const guint *) b];
  int order = memcmp (x->data, y->data, MIN (x->length, y->length));

  if (order != 0)
    return order;
  if (x->length != y->length)
    return x->length < y->length ? -1 : 1;
  return *(const guint *) a < *(const guint *) b ? -1 : 1;
}

static void
drop_sorted (guint count, ClaspText *keys, ClaspWireValue *values)
{
  g_autofree guint *order = g_new (guint, count);

  for (guint i = 0; i < count; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) count, sizeof *order, compare_keys, keys);
  for (guint i = 0; i + 1 < count; i++) {
    if (text_equal (keys[order[i]], keys[order[i + 1]]))
      values[order[i]].code = REPLACED;
  }
}

/* Marks what a later entry of the same name replaces. */
static void
drop_duplicates (guint count, ClaspText *keys, ClaspWireValue *values)
{
  if (count > SMALL_MAP) {
    drop_sorted (count, keys, values);
    return;
  }
  for (guint i = 0; i < count; i++) {
    for (guint j = i + 1; j < count; j++) {
      if (text_equal (keys[i], keys[j]))
        values[i].code = REPLACED;
    }
  }
}

static GVariant *
new_entry (ClaspText key, const ClaspWireValue *value, GBytes *source)
{
  GVariant *name = g_variant_new_take_string (g_strndup (key.data, key.length));
  GVariant *child = clasp_wire_value_to_variant (value, source);

  return g_variant_new_dict_entry (name, g_variant_new_variant (child));
}

static GVariant *
read_map (ClaspReader *reader, GBytes *source)
{
  guint count = clasp_reader_u16 (reader), n = 0;
  g_autofree ClaspText *keys = g_new (ClaspText, count);
  g_autofree ClaspWireValue *values = g_new (ClaspWireValue, count);
  g_autofree GVariant **entries = g_new (GVariant *, count);

  read_entries (reader, count, keys, values);
  drop_duplicates (count, keys, values);
  for (guint i = 0; i < count; i++) {
    if (values[i].code != REPLACED)
      entries[n++] = new_entry (keys[i], &values[i], source);
  }
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), entries, n);
}

static GVariant *
read_variant (ClaspReader *reader, guint8 code, GBytes *source)
{
  switch (code) {
    case CLASP_CODE_BOOL:
      return g_variant_new_boolean (clasp_reader_u8 (reader) != 0);
    case CLASP_CODE_I8:
    case CLASP_CODE_I16:
    case CLASP_CODE_I32:
    case CLASP_CODE_I64:
      return g_variant_new_int64 (read_integer (reader, code));
    case CLASP_CODE_F32:
    case CLASP_CODE_F64:
      return g_variant_new_double (read_float (reader, code));
    case CLASP_CODE_STRING:
      return read_string (reader);
    case CLASP_CODE_BYTES:
      return read_bytes (reader, source);
    case CLASP_CODE_ARRAY:
      return read_array (reader, source);
    case CLASP_CODE_MAP:
      return read_map (reader, source);
    default:
      return clasp_value_new_null ();
  }
}

static void
open_value (const ClaspWireValue *self, ClaspReader *reader)
{
  clasp_reader_init (reader, self->data, self->size);
  reader->loose = TRUE;
}

/* Floating. Large bytes share @source, which holds the value. */
GVariant *
clasp_wire_value_to_variant (const ClaspWireValue *self, GBytes *source)
{
  ClaspReader reader;

  open_value (self, &reader);
  return read_variant (&reader, self->code, source);
}

gboolean
clasp_wire_value_get_number (const ClaspWireValue *self, double *number)
{
  ClaspReader reader;

  if (self->code < CLASP_CODE_I8 || self->code > CLASP_CODE_F64)
    return FALSE;
  open_value (self, &reader);
  if (self->code >= CLASP_CODE_F32)
    *number = read_float (&reader, self->code);
  else
    *number = (double) read_integer (&reader, self->code);
  return TRUE;
}

/* The last entry of that name in a map. */
gboolean
clasp_wire_value_lookup (const ClaspWireValue *self, const char *key,
    ClaspWireValue *found)
{
  ClaspText wanted = {key, strlen (key)};
  ClaspReader reader;
  gboolean ok = FALSE;
  guint count;

  if (self->code != CLASP_CODE_MAP)
    return FALSE;
  open_value (self, &reader);
  count = clasp_reader_u16 (&reader);
  while (count-- > 0) {
    if (text_equal (clasp_reader_text (&reader), wanted)) {
      clasp_reader_value (&reader, found);
      ok = TRUE;
    } else {
      skip_value (&reader);
    }
  }
  return ok;
}

/* Text of a string, bytes of a byte string. */
ClaspText
clasp_wire_value_get_text (const ClaspWireValue *self)
{
  ClaspReader reader;

  open_value (self, &reader);
  return clasp_reader_text (&reader);
}
