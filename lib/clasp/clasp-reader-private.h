/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-types.h"

G_BEGIN_DECLS

/* What is wrong with bytes from outside. Bounds first: everything after
 * CLASP_PROBLEM_FORM breaks only our rules for contents, so that one entry of
 * a list can be left out and the rest still be read. */
typedef enum {
  CLASP_PROBLEM_NONE,
  CLASP_PROBLEM_CUT_OFF,
  CLASP_PROBLEM_FORM,
  CLASP_PROBLEM_UTF8,
  CLASP_PROBLEM_NUL,
  CLASP_PROBLEM_DEPTH,
} ClaspProblem;

/* Bytes of a text on the wire; not terminated. */
typedef struct {
  const char *data;
  gsize length;
} ClaspText;

/* Codes of values on the wire (clasp-protocol: values). */
typedef enum {
  CLASP_CODE_NULL = 0x00,
  CLASP_CODE_BOOL = 0x01,
  CLASP_CODE_I8 = 0x02,
  CLASP_CODE_I16 = 0x03,
  CLASP_CODE_I32 = 0x04,
  CLASP_CODE_I64 = 0x05,
  CLASP_CODE_F32 = 0x06,
  CLASP_CODE_F64 = 0x07,
  CLASP_CODE_STRING = 0x08,
  CLASP_CODE_BYTES = 0x09,
  CLASP_CODE_ARRAY = 0x0a,
  CLASP_CODE_MAP = 0x0b,
} ClaspCode;

/* A value on the wire: @data follows the code byte. */
typedef struct {
  const guint8 *data;
  gsize size;
  guint8 code;
} ClaspWireValue;

/* Cursor over bytes from outside. A read past the end gives 0, remembers the
 * first problem and moves to the end, so that callers look at @problem once.
 * @loose checks bounds only. */
typedef struct {
  const guint8 *start;
  const guint8 *pos;
  const guint8 *end;
  ClaspProblem problem;
  gboolean loose;
} ClaspReader;

void clasp_reader_init (ClaspReader *self, const guint8 *data, gsize size);
void clasp_reader_fail (ClaspReader *self, ClaspProblem problem);
guint64 clasp_reader_number (ClaspReader *self, guint n_bytes);
double clasp_reader_f64 (ClaspReader *self);
const guint8 *clasp_reader_bytes (ClaspReader *self, gsize size);
ClaspText clasp_reader_text (ClaspReader *self);
void
clasp_reader_value_data (ClaspReader *self, guint8 code, ClaspWireValue *value);
void clasp_reader_value (ClaspReader *self, ClaspWireValue *value);
ClaspProblem clasp_text_check (const char *data, gsize length);
const char *clasp_problem_text (ClaspProblem problem);

static inline gsize
clasp_reader_left (const ClaspReader *self)
{
  return (gsize) (self->end - self->pos);
}

static inline guint8
clasp_reader_u8 (ClaspReader *self)
{
  if (G_UNLIKELY (self->pos == self->end)) {
    clasp_reader_fail (self, CLASP_PROBLEM_CUT_OFF);
    return 0;
  }
  return *self->pos++;
}

static inline guint16
clasp_reader_u16 (ClaspReader *self)
{
  const guint8 *p = self->pos;

  if (G_UNLIKELY (clasp_reader_left (self) < 2)) {
    clasp_reader_fail (self, CLASP_PROBLEM_CUT_OFF);
    return 0;
  }
  self->pos += 2;
  return (guint16) (p[0] << 8 | p[1]);
}

static inline guint32
clasp_reader_u32 (ClaspReader *self)
{
  return (guint32) clasp_reader_number (self, 4);
}

static inline guint64
clasp_reader_u64 (ClaspReader *self)
{
  return clasp_reader_number (self, 8);
}

G_END_DECLS
