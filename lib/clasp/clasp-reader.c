/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-reader-private.h"

/* The smallest entry of an array is a code, of a map an empty key and a code:
 * counts that cannot fit are refused before anything is walked. */
#define MIN_ARRAY_ENTRY 1
#define MIN_MAP_ENTRY 3

void
clasp_reader_init (ClaspReader *self, const guint8 *data, gsize size)
{
  self->start = self->pos = data;
  self->end = data + size;
  self->problem = CLASP_PROBLEM_NONE;
  self->loose = FALSE;
}

void
clasp_reader_fail (ClaspReader *self, ClaspProblem problem)
{
  if (self->problem == CLASP_PROBLEM_NONE)
    self->problem = problem;
  self->pos = self->end;
}

const char *
clasp_problem_text (ClaspProblem problem)
{
  switch (problem) {
    case CLASP_PROBLEM_CUT_OFF:
      return "cut off";
    case CLASP_PROBLEM_FORM:
      return "unknown code";
    case CLASP_PROBLEM_UTF8:
      return "text is not valid UTF-8";
    case CLASP_PROBLEM_NUL:
      return "text contains NUL";
    case CLASP_PROBLEM_DEPTH:
      return "nested too deeply";
    case CLASP_PROBLEM_NONE:
    default:
      return "no problem";
  }
}

/* Big-endian integer of 1, 2, 4 or 8 bytes. */
guint64
clasp_reader_number (ClaspReader *self, guint n_bytes)
{
  const guint8 *p = clasp_reader_bytes (self, n_bytes);
  guint64 number = 0;

  if (!p)
    return 0;
  if (n_bytes == 8) {
    memcpy (&number, p, 8);
    return GUINT64_FROM_BE (number);
  }
  for (guint i = 0; i < n_bytes; i++)
    number = number << 8 | p[i];
  return number;
}

double
clasp_reader_f64 (ClaspReader *self)
{
  guint64 bits = clasp_reader_u64 (self);
  double number;

  memcpy (&number, &bits, sizeof number);
  return number;
}

const guint8 *
clasp_reader_bytes (ClaspReader *self, gsize size)
{
  const guint8 *data = self->pos;

  if (G_UNLIKELY (clasp_reader_left (self) < size)) {
    clasp_reader_fail (self, CLASP_PROBLEM_CUT_OFF);
    return NULL;
  }
  self->pos += size;
  return data;
}

/* Whether all bytes are 0x01..0x7f; eight at a time, as most text is. */
static gboolean
is_plain_ascii (const char *data, gsize length)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  const guint64 highs = G_GUINT64_CONSTANT (0x8080808080808080);
  guint64 word;
  gsize i = 0;

  for (; i + 8 <= length; i += 8) {
    memcpy (&word, data + i, 8);
    /* A byte borrows exactly if it, or a lower one, is 0. */
    if ((word | (word - ones)) & highs)
      return FALSE;
  }
  for (; i < length; i++) {
    if ((gint8) data[i] <= 0)
      return FALSE;
  }
  return TRUE;
}

ClaspProblem
clasp_text_check (const char *data, gsize length)
{
  if (is_plain_ascii (data, length))
    return CLASP_PROBLEM_NONE;
  if (memchr (data, 0, length))
    return CLASP_PROBLEM_NUL;
  if (!g_utf8_validate_len (data, length, NULL))
    return CLASP_PROBLEM_UTF8;
  return CLASP_PROBLEM_NONE;
}

ClaspText
clasp_reader_text (ClaspReader *self)
{
  ClaspText text = {"", 0};
  gsize length = clasp_reader_u16 (self);
  const guint8 *data = clasp_reader_bytes (self, length);
  ClaspProblem problem;

  if (!data || length == 0)
    return text;
  text.data = (const char *) data;
  text.length = length;
  if (self->loose)
    return text;
  problem = clasp_text_check (text.data, length);
  if (problem != CLASP_PROBLEM_NONE)
    clasp_reader_fail (self, problem);
  return text;
}

static gsize
scalar_size (guint8 code)
{
  static const guint8 sizes[] = {0, 1, 1, 2, 4, 8, 4, 8};

  return sizes[code];
}

static guint
read_count (ClaspReader *self, gsize min_entry)
{
  guint count = clasp_reader_u16 (self);

  if (count * min_entry > clasp_reader_left (self)) {
    clasp_reader_fail (self, CLASP_PROBLEM_CUT_OFF);
    return 0;
  }
  return count;
}

/* Values that hold no others. */
static void
walk_scalar (ClaspReader *self, guint8 code)
{
  if (code <= CLASP_CODE_F64)
    clasp_reader_bytes (self, scalar_size (code));
  else if (code == CLASP_CODE_STRING)
    clasp_reader_text (self);
  else if (code == CLASP_CODE_BYTES)
    clasp_reader_bytes (self, clasp_reader_u16 (self));
  else
    clasp_reader_fail (self, CLASP_PROBLEM_FORM);
}

static guint
enter (ClaspReader *self, guint8 code)
{
  return read_count (self,
      code == CLASP_CODE_MAP ? MIN_MAP_ENTRY : MIN_ARRAY_ENTRY);
}

static gboolean
is_container (guint8 code)
{
  return code == CLASP_CODE_ARRAY || code == CLASP_CODE_MAP;
}

/* A container that walk_deep() is inside of. */
typedef struct {
  guint left;
  gboolean map;
} Level;

/* Any depth: no recursion, for the sender chose the depth. */
static void
walk_deep (ClaspReader *self, guint8 code)
{
  g_autoptr (GArray) levels = g_array_new (FALSE, FALSE, sizeof (Level));

  for (;;) {
    if (is_container (code)) {
      Level level = {enter (self, code), code == CLASP_CODE_MAP};

      g_array_append_val (levels, level);
    } else {
      walk_scalar (self, code);
    }
    while (levels->len > 0 &&
        g_array_index (levels, Level, levels->len - 1).left == 0)
      g_array_set_size (levels, levels->len - 1);
    if (levels->len == 0 || self->problem != CLASP_PROBLEM_NONE)
      return;
    Level *level = &g_array_index (levels, Level, levels->len - 1);
    level->left--;
    if (level->map)
      clasp_reader_text (self);
    code = clasp_reader_u8 (self);
  }
}

static void
walk (ClaspReader *self, guint8 code, guint depth)
{
  guint count;

  if (!is_container (code)) {
    walk_scalar (self, code);
    return;
  }
  if (depth >= CLASP_MAX_DEPTH) {
    if (self->loose)
      walk_deep (self, code);
    else
      clasp_reader_fail (self, CLASP_PROBLEM_DEPTH);
    return;
  }
  count = enter (self, code);
  while (count-- > 0 && self->problem == CLASP_PROBLEM_NONE) {
    if (code == CLASP_CODE_MAP)
      clasp_reader_text (self);
    walk (self, clasp_reader_u8 (self), depth + 1);
  }
}

/* Reads a value whose code was given elsewhere. */
void
clasp_reader_value_data (ClaspReader *self, guint8 code, ClaspWireValue *value)
{
  value->code = code;
  value->data = self->pos;
  walk (self, code, 0);
  value->size = self->problem == CLASP_PROBLEM_NONE
      ? (gsize) (self->pos - value->data)
      : 0;
}

void
clasp_reader_value (ClaspReader *self, ClaspWireValue *value)
{
  clasp_reader_value_data (self, clasp_reader_u8 (self), value);
}
