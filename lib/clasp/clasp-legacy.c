/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#ifdef HAVE_MSGPACK
#include <msgpack.h>
#endif

#include "clasp-legacy-private.h"
#include "clasp-message-private.h"
#include "clasp-value.h"

#ifdef HAVE_MSGPACK

/* How an object begins: bytes of its own, and objects inside. */
typedef struct {
  guint64 bytes;
  guint64 objects;
} Head;

/* Codes 0xc4 to 0xdf. Width of the length field, what it counts. */
static void
read_long_head (ClaspReader *reader, guint8 code, Head *head)
{
  static const guint8 fixed[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9,
      17}; /* 0xca floats, unsigned, signed, fixed extensions */

  if (code <= 0xc6)
    head->bytes = clasp_reader_number (reader, 1u << (code - 0xc4));
  else if (code <= 0xc9)
    head->bytes = 1 + clasp_reader_number (reader, 1u << (code - 0xc7));
  else if (code <= 0xd8)
    head->bytes = fixed[code - 0xca];
  else if (code <= 0xdb)
    head->bytes = clasp_reader_number (reader, 1u << (code - 0xd9));
  else if (code <= 0xdd)
    head->objects = clasp_reader_number (reader, code == 0xdc ? 2 : 4);
  else
    head->objects = 2 * clasp_reader_number (reader, code == 0xde ? 2 : 4);
}

static Head
read_head (ClaspReader *reader)
{
  guint8 code = clasp_reader_u8 (reader);
  Head head = {0, 0};

  if (code >= 0x80 && code <= 0x8f)
    head.objects = 2u * (code & 0x0f);
  else if (code >= 0x90 && code <= 0x9f)
    head.objects = code & 0x0f;
  else if (code >= 0xa0 && code <= 0xbf)
    head.bytes = code & 0x1f;
  else if (code == 0xc1)
    clasp_reader_fail (reader, CLASP_PROBLEM_FORM);
  else if (code >= 0xc4 && code <= 0xdf)
    read_long_head (reader, code, &head);
  return head;
}

/* msgpack-c allocates for announced counts before it has seen the objects:
 * only what is really there may reach it. Returns the size of the first
 * object, 0 if it is not complete. */
static gsize
measure (const guint8 *data, gsize size)
{
  ClaspReader reader;
  guint64 pending = 1;

  clasp_reader_init (&reader, data, size);
  while (pending > 0) {
    Head head = read_head (&reader);

    if (reader.problem || head.bytes > clasp_reader_left (&reader))
      return 0;
    clasp_reader_bytes (&reader, (gsize) head.bytes);
    pending += head.objects - 1;
    if (pending > clasp_reader_left (&reader))
      return 0;
  }
  return (gsize) (reader.pos - reader.start);
}

static GVariant *to_variant (const msgpack_object *object);

static char *
to_text (const msgpack_object *object)
{
  const msgpack_object_str *str = &object->via.str;

  if (object->type != MSGPACK_OBJECT_STR ||
      clasp_text_check (str->ptr, str->size) != CLASP_PROBLEM_NONE)
    return NULL;
  return g_strndup (str->ptr, str->size);
}

static GVariant *
array_to_variant (const msgpack_object_array *array)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint32 i = 0; i < array->size; i++) {
    GVariant *child = to_variant (&array->ptr[i]);

    if (!child) {
      g_variant_builder_clear (&builder);
      return NULL;
    }
    g_variant_builder_add (&builder, "v", child);
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
map_to_variant (const msgpack_object_map *map)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint32 i = 0; i < map->size; i++) {
    g_autofree char *key = to_text (&map->ptr[i].key);
    GVariant *child = key ? to_variant (&map->ptr[i].val) : NULL;

    if (!child) {
      g_variant_builder_clear (&builder);
      return NULL;
    }
    g_variant_builder_add (&builder, "{sv}", key, child);
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
unsigned_to_variant (guint64 number)
{
  return number > G_MAXINT64 ? g_variant_new_double ((double) number)
                             : g_variant_new_int64 ((gint64) number);
}

static GVariant *
string_to_variant (const msgpack_object *object)
{
  char *text = to_text (object);

  return text ? g_variant_new_take_string (text) : NULL;
}

/* Floating; NULL for what CLASP does not have. */
static GVariant *
to_variant (const msgpack_object *object)
{
  switch (object->type) {
    case MSGPACK_OBJECT_NIL:
      return clasp_value_new_null ();
    case MSGPACK_OBJECT_BOOLEAN:
      return g_variant_new_boolean (object->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
      return unsigned_to_variant (object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
      return g_variant_new_int64 (object->via.i64);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
      return g_variant_new_double (object->via.f64);
    case MSGPACK_OBJECT_STR:
      return string_to_variant (object);
    case MSGPACK_OBJECT_BIN:
      return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE,
          object->via.bin.ptr, object->via.bin.size, 1);
    case MSGPACK_OBJECT_ARRAY:
      return array_to_variant (&object->via.array);
    case MSGPACK_OBJECT_MAP:
      return map_to_variant (&object->via.map);
    case MSGPACK_OBJECT_EXT:
    default:
      return NULL;
  }
}

/* Bytes behind the map are ignored. */
GVariant *
clasp_legacy_unpack (const guint8 *data, gsize size, GError **error)
{
  gsize complete = measure (data, size);
  GVariant *map = NULL;
  msgpack_unpacked unpacked;

  msgpack_unpacked_init (&unpacked);
  if (complete > 0 &&
      msgpack_unpack_next (&unpacked, (const char *) data, complete, NULL) ==
          MSGPACK_UNPACK_SUCCESS)
    map = to_variant (&unpacked.data);
  msgpack_unpacked_destroy (&unpacked);
  if (map)
    return g_variant_ref_sink (map);
  g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
      "malformed legacy message");
  return NULL;
}

#else

GVariant *
clasp_legacy_unpack (const guint8 *data, gsize size, GError **error)
{
  g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
      "legacy message: this library was built without MessagePack");
  return NULL;
}

#endif

ClaspMessage *
clasp_message_decode_legacy (const guint8 *data, gsize size, GError **error)
{
  g_autoptr (GVariant) map = clasp_legacy_unpack (data, size, error);

  return map ? clasp_legacy_to_message (map, error) : NULL;
}
