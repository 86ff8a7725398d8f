/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-message-private.h"

G_DEFINE_BOXED_TYPE (ClaspMessage, clasp_message, clasp_message_ref,
    clasp_message_unref)

static gsize
texts_size (const ClaspFields *fields)
{
  gsize size = 0;

  for (guint i = 0; i < CLASP_N_TEXTS; i++) {
    if (fields->text[i].data)
      size += fields->text[i].length + 1;
  }
  return size;
}

/* One allocation for the message and terminated copies of its texts. Takes
 * @frame. */
static ClaspMessage *
new_message (const ClaspFields *fields, GBytes *frame, gsize payload)
{
  ClaspMessage *self = g_malloc (sizeof (ClaspMessage) + texts_size (fields));
  char *copy = (char *) (self + 1);

  g_atomic_ref_count_init (&self->refs);
  self->fields = *fields;
  for (guint i = 0; i < CLASP_N_TEXTS; i++) {
    ClaspText *text = &self->fields.text[i];

    if (!text->data)
      continue;
    memcpy (copy, text->data, text->length);
    copy[text->length] = '\0';
    text->data = copy;
    copy += text->length + 1;
  }
  self->frame = frame;
  self->payload = payload;
  self->failure = NULL;
  self->value = NULL;
  self->items = NULL;
  return self;
}

/* The message at @offset of @frame, which it keeps. */
ClaspMessage *
clasp_message_from_payload (GBytes *frame, gsize offset, gsize size,
    GError **error)
{
  const guint8 *data = g_bytes_get_data (frame, NULL);
  ClaspFields fields = {0};

  if (!clasp_fields_parse (&fields, data + offset, size, error))
    return NULL;
  return new_message (&fields, g_bytes_ref (frame), offset);
}

/* A message that says nothing but why it cannot be encoded. */
static ClaspMessage *
new_failed (ClaspMessageType type, GError *failure)
{
  ClaspFields fields = {.type = type};
  ClaspMessage *self = new_message (&fields, NULL, 0);

  self->failure = failure;
  return self;
}

void
clasp_writer_begin (ClaspWriter *self, ClaspMessageType type, gsize expected)
{
  clasp_writer_init (self, expected);
  clasp_writer_u8 (self, (guint8) type);
}

static ClaspMessage *
finish_frame (const ClaspFields *fields, guint8 *data, gsize size)
{
  clasp_frame_write_header (data, clasp_fields_default_qos (fields), size);
  return new_message (fields,
      g_bytes_new_take (data, size + CLASP_FRAME_HEADER_SIZE),
      CLASP_FRAME_HEADER_SIZE);
}

/* Finishes the frame in @writer. What was written is read back, so that
 * nothing leaves that we would not accept ourselves. */
ClaspMessage *
clasp_message_take_writer (ClaspWriter *writer)
{
  ClaspMessageType type = (ClaspMessageType) *clasp_writer_payload (writer);
  gsize size = writer->size - CLASP_FRAME_HEADER_SIZE;
  ClaspFields fields = {0};
  GError *error = g_steal_pointer (&writer->error);
  guint8 *data = g_steal_pointer (&writer->data);

  if (error ||
      !clasp_fields_parse (&fields, data + CLASP_FRAME_HEADER_SIZE, size,
          &error)) {
    g_free (data);
    return new_failed (type, error);
  }
  return finish_frame (&fields, data, size);
}

/* As clasp_message_take_writer(), for a caller that knows what reading back
 * would find: @fields, with texts that are valid. */
ClaspMessage *
clasp_message_take_known (ClaspWriter *writer, ClaspFields *fields)
{
  if (writer->error)
    return clasp_message_take_writer (writer);
  fields->size = writer->size - CLASP_FRAME_HEADER_SIZE;
  return finish_frame (fields, g_steal_pointer (&writer->data), fields->size);
}

/**
 * clasp_message_ref:
 * @self: a #ClaspMessage
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_ref (ClaspMessage *self)
{
  g_return_val_if_fail (self, NULL);
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/**
 * clasp_message_unref:
 * @self: (transfer full): a #ClaspMessage
 *
 * Since: 0.1
 */
void
clasp_message_unref (ClaspMessage *self)
{
  g_return_if_fail (self);
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->items, clasp_items_free);
  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_pointer (&self->frame, g_bytes_unref);
  g_clear_error (&self->failure);
  g_free (self);
}

/**
 * clasp_message_get_message_type:
 * @self: a #ClaspMessage
 *
 * Returns: what the message is
 *
 * Since: 0.1
 */
ClaspMessageType
clasp_message_get_message_type (const ClaspMessage *self)
{
  g_return_val_if_fail (self, (ClaspMessageType) 0);
  return self->fields.type;
}
