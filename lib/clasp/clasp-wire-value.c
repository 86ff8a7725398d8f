/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-value.h"
#include "clasp-wire-value-private.h"

/* Below this a copy is cheaper than keeping a whole frame alive. */
#define MIN_SHARED_BYTES 256
/* Maps larger than this find duplicate keys by hashing. */
#define SMALL_MAP 16

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
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  while (count-- > 0) {
    guint8 code = clasp_reader_u8 (reader);

    g_variant_builder_add_value (&builder,
        g_variant_new_variant (read_variant (reader, code, source)));
  }
  return g_variant_builder_end (&builder);
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

static guint
text_hash (gconstpointer data)
{
  const ClaspText *text = data;
  guint32 hash = 5381;

  for (gsize i = 0; i < text->length; i++)
    hash = hash * 33 + (guint8) text->data[i];
  return hash;
}

static gboolean
text_pointer_equal (gconstpointer a, gconstpointer b)
{
  return text_equal (*(const ClaspText *) a, *(const ClaspText *) b);
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

/* Marks what a later entry replaces: its code becomes G_MAXUINT8. */
static void
drop_duplicates (guint count, ClaspText *keys, ClaspWireValue *values)
{
  g_autoptr (GHashTable) seen = NULL;

  if (count > SMALL_MAP)
    seen = g_hash_table_new (text_hash, text_pointer_equal);
  for (guint i = count; i-- > 0;) {
    gboolean replaced = FALSE;

    if (seen)
      replaced = !g_hash_table_add (seen, &keys[i]);
    for (guint j = i + 1; !seen && j < count && !replaced; j++)
      replaced = text_equal (keys[i], keys[j]);
    if (replaced)
      values[i].code = G_MAXUINT8;
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
  guint count = clasp_reader_u16 (reader);
  g_autofree ClaspText *keys = g_new (ClaspText, count);
  g_autofree ClaspWireValue *values = g_new (ClaspWireValue, count);
  GVariantBuilder builder;

  read_entries (reader, count, keys, values);
  drop_duplicates (count, keys, values);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < count; i++) {
    if (values[i].code != G_MAXUINT8)
      g_variant_builder_add_value (&builder,
          new_entry (keys[i], &values[i], source));
  }
  return g_variant_builder_end (&builder);
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
