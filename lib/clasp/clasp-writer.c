/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-writer-private.h"

#define MAX_SIZE (CLASP_FRAME_HEADER_SIZE + CLASP_MAX_PAYLOAD)

/* @expected: size of the message, a guess */
void
clasp_writer_init (ClaspWriter *self, gsize expected)
{
  self->capacity = MIN (CLASP_FRAME_HEADER_SIZE + expected, MAX_SIZE);
  self->data = g_malloc (self->capacity);
  self->size = CLASP_FRAME_HEADER_SIZE;
  self->error = NULL;
}

void
clasp_writer_clear (ClaspWriter *self)
{
  g_clear_pointer (&self->data, g_free);
  g_clear_error (&self->error);
}

void
clasp_writer_fail (ClaspWriter *self, ClaspError code, const char *text)
{
  if (!self->error)
    g_set_error_literal (&self->error, CLASP_ERROR, code, text);
}

/* NULL when the message would not fit a frame. */
guint8 *
clasp_writer_grow (ClaspWriter *self, gsize size)
{
  gsize needed = self->size + size;
  guint8 *p;

  if (needed > MAX_SIZE || self->error) {
    clasp_writer_fail (self, CLASP_ERROR_TOO_LARGE,
        "message does not fit a frame (65535 bytes)");
    return NULL;
  }
  self->capacity = MIN (MAX (needed + 32, self->capacity * 2), MAX_SIZE);
  self->data = g_realloc (self->data, self->capacity);
  p = self->data + self->size;
  self->size = needed;
  return p;
}

void
clasp_writer_raw (ClaspWriter *self, gconstpointer data, gsize size)
{
  guint8 *p = clasp_writer_reserve (self, size);

  if (p && size > 0)
    memcpy (p, data, size);
}

void
clasp_writer_u16 (ClaspWriter *self, guint16 number)
{
  guint16 be = GUINT16_TO_BE (number);

  clasp_writer_raw (self, &be, sizeof be);
}

void
clasp_writer_u32 (ClaspWriter *self, guint32 number)
{
  guint32 be = GUINT32_TO_BE (number);

  clasp_writer_raw (self, &be, sizeof be);
}

void
clasp_writer_u64 (ClaspWriter *self, guint64 number)
{
  guint64 be = GUINT64_TO_BE (number);

  clasp_writer_raw (self, &be, sizeof be);
}

void
clasp_writer_f64 (ClaspWriter *self, double number)
{
  guint64 bits;

  memcpy (&bits, &number, sizeof bits);
  clasp_writer_u64 (self, bits);
}

/* Counts and lengths are 16 bits on the wire. */
void
clasp_writer_count (ClaspWriter *self, gsize count)
{
  if (count > G_MAXUINT16)
    clasp_writer_fail (self, CLASP_ERROR_TOO_LARGE,
        "text, bytes or list is longer than 65535");
  clasp_writer_u16 (self, (guint16) count);
}

void
clasp_writer_text_len (ClaspWriter *self, const char *text, gsize length)
{
  clasp_writer_count (self, length);
  clasp_writer_raw (self, text, length);
}

void
clasp_writer_text (ClaspWriter *self, const char *text)
{
  clasp_writer_text_len (self, text, text ? strlen (text) : 0);
}

void
clasp_writer_blob (ClaspWriter *self, gconstpointer data, gsize size)
{
  clasp_writer_count (self, size);
  clasp_writer_raw (self, data, size);
}
