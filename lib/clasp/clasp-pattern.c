/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-address.h"

typedef enum {
  SEGMENT_LITERAL,
  SEGMENT_PARTIAL, /* with * among other characters */
  SEGMENT_ANY,     /* * */
  SEGMENT_ANY_MANY /* ** */
} SegmentKind;

typedef struct {
  const char *text;
  gsize length;
  SegmentKind kind;
} Segment;

struct _ClaspPattern {
  gatomicrefcount refs;
  char *text;
  gboolean literal;
  guint n_segments;
  Segment segments[];
};

G_DEFINE_BOXED_TYPE (ClaspPattern, clasp_pattern, clasp_pattern_ref,
    clasp_pattern_unref)

static const char *
segment_end (const char *segment)
{
  const char *slash = strchr (segment, '/');

  return slash ? slash : segment + strlen (segment);
}

static SegmentKind
classify (const char *text, gsize length)
{
  if (!memchr (text, '*', length))
    return SEGMENT_LITERAL;
  if (length == 1)
    return SEGMENT_ANY;
  if (length == 2 && text[1] == '*' && text[0] == '*')
    return SEGMENT_ANY_MANY;
  return SEGMENT_PARTIAL;
}

static guint
count_segments (const char *text)
{
  guint n = 0;

  for (; *text; text++)
    n += *text == '/';
  return n;
}

static void
compile (ClaspPattern *self)
{
  const char *p = self->text + 1;

  for (guint i = 0; i < self->n_segments; i++) {
    Segment *segment = &self->segments[i];
    const char *end = segment_end (p);

    segment->text = p;
    segment->length = (gsize) (end - p);
    segment->kind = classify (p, segment->length);
    p = end + 1;
  }
}

/**
 * clasp_pattern_new:
 * @text: a pattern
 * @error: return location of a #GError
 *
 * Compiles a pattern. The rules are those of clasp_address_validate().
 *
 * Returns: (transfer full) (nullable): a new pattern, or %NULL with @error
 *   %CLASP_ERROR_INVALID_ADDRESS
 *
 * Since: 0.1
 */
ClaspPattern *
clasp_pattern_new (const char *text, GError **error)
{
  ClaspPattern *self;
  guint n_segments;

  if (!clasp_address_validate (text, error))
    return NULL;
  n_segments = count_segments (text);
  self = g_malloc0 (sizeof (ClaspPattern) + n_segments * sizeof (Segment));
  g_atomic_ref_count_init (&self->refs);
  self->text = g_strdup (text);
  self->literal = strchr (text, '*') == NULL;
  self->n_segments = n_segments;
  compile (self);
  return self;
}

/**
 * clasp_pattern_ref:
 * @self: a #ClaspPattern
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
ClaspPattern *
clasp_pattern_ref (ClaspPattern *self)
{
  g_return_val_if_fail (self, NULL);
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/**
 * clasp_pattern_unref:
 * @self: (transfer full): a #ClaspPattern
 *
 * Since: 0.1
 */
void
clasp_pattern_unref (ClaspPattern *self)
{
  g_return_if_fail (self);
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->text);
  g_free (self);
}

/**
 * clasp_pattern_get_text:
 * @self: a #ClaspPattern
 *
 * Returns: (transfer none): the text that it was made from
 *
 * Since: 0.1
 */
const char *
clasp_pattern_get_text (const ClaspPattern *self)
{
  g_return_val_if_fail (self, NULL);
  return self->text;
}

/**
 * clasp_pattern_is_literal:
 * @self: a #ClaspPattern
 *
 * Returns: %TRUE if @self matches one address only, its own text
 *
 * Since: 0.1
 */
gboolean
clasp_pattern_is_literal (const ClaspPattern *self)
{
  g_return_val_if_fail (self, FALSE);
  return self->literal;
}

/* Only the last * ever needs to be tried again: what earlier ones matched
 * can stay as short as it is. So the work is length times length at worst. */
static gboolean
match_partial (const Segment *segment, const char *text, gsize length)
{
  gsize i = 0, j = 0, star = G_MAXSIZE, star_j = 0;

  while (j < length) {
    if (i < segment->length && segment->text[i] == '*') {
      star = i++;
      star_j = j;
    } else if (i < segment->length && segment->text[i] == text[j]) {
      i++;
      j++;
    } else if (star != G_MAXSIZE) {
      i = star + 1;
      j = ++star_j;
    } else {
      return FALSE;
    }
  }
  while (i < segment->length && segment->text[i] == '*')
    i++;
  return i == segment->length;
}

static gboolean
match_segment (const Segment *segment, const char *text, gsize length)
{
  switch (segment->kind) {
    case SEGMENT_LITERAL:
      return segment->length == length &&
          memcmp (segment->text, text, length) == 0;
    case SEGMENT_PARTIAL:
      return match_partial (segment, text, length);
    case SEGMENT_ANY:
      return TRUE;
    case SEGMENT_ANY_MANY:
    default:
      return FALSE;
  }
}

/* The segment after the one at @segment, NULL after the last. */
static const char *
next_segment (const char *segment)
{
  const char *end = segment_end (segment);

  return *end ? end + 1 : NULL;
}

/* As match_partial(), with segments for characters. */
static gboolean
match_segments (const ClaspPattern *self, const char *p)
{
  guint i = 0, many = G_MAXUINT;
  const char *many_p = NULL;

  while (p) {
    const Segment *segment = i < self->n_segments ? &self->segments[i] : NULL;

    if (segment && segment->kind == SEGMENT_ANY_MANY) {
      many = i++;
      many_p = p;
    } else if (segment &&
        match_segment (segment, p, (gsize) (segment_end (p) - p))) {
      i++;
      p = next_segment (p);
    } else if (many != G_MAXUINT) {
      i = many + 1;
      p = many_p = next_segment (many_p);
    } else {
      return FALSE;
    }
  }
  while (i < self->n_segments && self->segments[i].kind == SEGMENT_ANY_MANY)
    i++;
  return i == self->n_segments;
}

/**
 * clasp_pattern_matches:
 * @self: a #ClaspPattern
 * @address: an address from anywhere
 *
 * Whether @self matches @address, by the rules of the relay's live routing:
 * "*" is exactly one segment, which may be empty; "**" any number of them,
 * also none; "*" among other characters any characters of that segment.
 * Everything else stands for itself. An address that does not begin with "/"
 * never matches. Thread-safe, does not allocate.
 *
 * Returns: %TRUE if it does
 *
 * Since: 0.1
 */
gboolean
clasp_pattern_matches (const ClaspPattern *self, const char *address)
{
  g_return_val_if_fail (self, FALSE);
  if (!address || *address != '/')
    return FALSE;
  if (self->literal)
    return g_str_equal (self->text, address);
  return match_segments (self, address + 1);
}
