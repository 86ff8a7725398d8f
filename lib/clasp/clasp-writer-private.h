/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-error.h"
#include "clasp-frame.h"
#include "clasp-reader-private.h"

G_BEGIN_DECLS

/* Growing buffer for one frame: room for the header, then the message. The
 * first problem stays in @error and everything later is dropped. */
typedef struct {
  guint8 *data;
  gsize size;
  gsize capacity;
  GError *error;
} ClaspWriter;

void clasp_writer_init (ClaspWriter *self, gsize expected);
void clasp_writer_clear (ClaspWriter *self);
void clasp_writer_fail (ClaspWriter *self, ClaspError code, const char *text);
guint8 *clasp_writer_grow (ClaspWriter *self, gsize size);
void clasp_writer_raw (ClaspWriter *self, gconstpointer data, gsize size);
void clasp_writer_u16 (ClaspWriter *self, guint16 number);
void clasp_writer_u32 (ClaspWriter *self, guint32 number);
void clasp_writer_u64 (ClaspWriter *self, guint64 number);
void clasp_writer_f64 (ClaspWriter *self, double number);
void clasp_writer_count (ClaspWriter *self, gsize count);
void clasp_writer_text (ClaspWriter *self, const char *text);
void clasp_writer_text_len (ClaspWriter *self, const char *text, gsize length);
void clasp_writer_blob (ClaspWriter *self, gconstpointer data, gsize size);
guint8 clasp_writer_value_data (ClaspWriter *self, GVariant *value);
void clasp_writer_value (ClaspWriter *self, GVariant *value);

/* Where the message begins: behind the frame's header. */
static inline guint8 *
clasp_writer_payload (ClaspWriter *self)
{
  return self->data + CLASP_FRAME_HEADER_SIZE;
}

static inline guint8 *
clasp_writer_reserve (ClaspWriter *self, gsize size)
{
  guint8 *p = self->data + self->size;

  if (G_UNLIKELY (self->capacity - self->size < size))
    return clasp_writer_grow (self, size);
  self->size += size;
  return p;
}

static inline void
clasp_writer_u8 (ClaspWriter *self, guint8 number)
{
  guint8 *p = clasp_writer_reserve (self, 1);

  if (G_LIKELY (p))
    *p = number;
}

G_END_DECLS
