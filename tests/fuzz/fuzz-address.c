/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp/clasp.h"
#include "fuzz.h"

/* Beyond this the table of the reference matcher gets large. */
#define MAX_SEGMENTS 64
#define MAX_SEGMENT 256

/* Matches by a table: slow, plain, and another way than the library's. */
static gboolean
segment_matches (const char *pattern, const char *text)
{
  gsize n = strlen (pattern), m = strlen (text);
  g_autofree gboolean *row = g_new0 (gboolean, m + 1);

  row[0] = TRUE;
  for (gsize i = 0; i < n; i++) {
    gboolean diagonal = row[0];

    row[0] = row[0] && pattern[i] == '*';
    for (gsize j = 1; j <= m; j++) {
      gboolean above = row[j];

      row[j] = pattern[i] == '*' ? above || row[j - 1]
                                 : diagonal && pattern[i] == text[j - 1];
      diagonal = above;
    }
  }
  return row[m];
}

static gboolean
segments_match (char **pattern, char **address)
{
  guint m = g_strv_length (address);
  g_autofree gboolean *row = g_new0 (gboolean, m + 1);

  row[0] = TRUE;
  for (guint i = 0; pattern[i]; i++) {
    gboolean many = g_str_equal (pattern[i], "**");
    gboolean diagonal = row[0];

    row[0] = row[0] && many;
    for (guint j = 1; j <= m; j++) {
      gboolean above = row[j];

      row[j] = many ? above || row[j - 1]
                    : diagonal && segment_matches (pattern[i], address[j - 1]);
      diagonal = above;
    }
  }
  return row[m];
}

static gboolean
is_small (char **segments)
{
  for (guint i = 0; segments[i]; i++) {
    if (strlen (segments[i]) > MAX_SEGMENT)
      return FALSE;
  }
  return g_strv_length (segments) <= MAX_SEGMENTS;
}

/* g_strsplit() makes nothing of the empty text, which is one segment. */
static char **
split (const char *address)
{
  static const char *const empty[] = {"", NULL};

  if (address[1] == '\0')
    return g_strdupv ((char **) empty);
  return g_strsplit (address + 1, "/", -1);
}

static void
check_match (const ClaspPattern *pattern, const char *address)
{
  gboolean match = clasp_pattern_matches (pattern, address);
  g_auto (GStrv) wanted = NULL, segments = NULL;

  if (*address != '/') {
    g_assert_false (match);
    return;
  }
  wanted = split (clasp_pattern_get_text (pattern));
  segments = split (address);
  if (is_small (wanted) && is_small (segments))
    g_assert_cmpint (match, ==, segments_match (wanted, segments));
}

static void
check_escape (const char *text)
{
  g_autofree char *segment = clasp_address_escape_segment (text);
  g_autofree char *address = g_strconcat ("/", segment, NULL);

  if (strlen (address) < 65536)
    g_assert_true (clasp_address_validate (address, NULL));
}

/* A pattern, a line feed, an address. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  char *address = strchr (text, '\n');
  g_autoptr (ClaspPattern) pattern = NULL;
  g_autoptr (GError) error = NULL;

  check_escape (text);
  if (!address)
    address = text + strlen (text);
  else
    *address++ = '\0';
  pattern = clasp_pattern_new (text, &error);
  g_assert_true ((pattern != NULL) == (error == NULL));
  g_assert_true ((pattern != NULL) == clasp_address_validate (text, NULL));
  if (pattern)
    check_match (pattern, address);
  return 0;
}
