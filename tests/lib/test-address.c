/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp/clasp.h"

static void
test_validate (void)
{
  static const struct {
    const char *address;
    gboolean valid;
  } table[] = {
      {"/", TRUE},
      {"/a", TRUE},
      {"/a/", TRUE},
      {"/a/b/c", TRUE},
      {"/video/room/test/presence/*", TRUE},
      {"/**", TRUE},
      {"/é/🎥", TRUE},
      {"/{a,b}/[ab]/?", TRUE},
      {NULL, FALSE},
      {"", FALSE},
      {"a", FALSE},
      {"a/b", FALSE},
      {"*", FALSE},
      {"//", FALSE},
      {"//a", FALSE},
      {"/a//b", FALSE},
      {"/a//", FALSE},
      {"/\xc3(", FALSE},
      {"/a\xff", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ClaspPattern) pattern = NULL;

    g_assert_cmpint (clasp_address_validate (table[i].address, &error), ==,
        table[i].valid);
    if (!table[i].valid)
      g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS);
    pattern = clasp_pattern_new (table[i].address, NULL);
    g_assert_cmpint (pattern != NULL, ==, table[i].valid);
  }
}

static void
test_length (void)
{
  g_autofree char *longest = g_strnfill (65535, 'a');
  g_autofree char *longer = g_strnfill (65536, 'a');
  g_autoptr (GError) error = NULL;

  longest[0] = longer[0] = '/';
  g_assert_true (clasp_address_validate (longest, NULL));
  g_assert_false (clasp_address_validate (longer, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS);
  g_assert_cmpuint (strlen (error->message), <, 1000);
}

/* The relay's live routing (clasp-protocol: addresses and patterns). */
static void
test_match (void)
{
  static const struct {
    const char *pattern;
    const char *address;
    gboolean match;
  } table[] = {
      {"/g", "/g", TRUE},
      {"/g", "/g/", FALSE},
      {"/g/", "/g/", TRUE},
      {"/g/", "/g", FALSE},
      {"/g", "/h", FALSE},
      {"/g", "/gg", FALSE},
      /* * is one segment */
      {"/g/*", "/g/a", TRUE},
      {"/g/*", "/g/", TRUE},
      {"/g/*", "/g", FALSE},
      {"/g/*", "/g/a/b", FALSE},
      {"/*/b", "/a/b", TRUE},
      {"/*/b", "/b", FALSE},
      {"/*", "/", TRUE},
      {"/*/*", "/a/b", TRUE},
      {"/*/*", "/a", FALSE},
      /* ** is any number of segments */
      {"/g/**", "/g", TRUE},
      {"/g/**", "/g/", TRUE},
      {"/g/**", "/g/a", TRUE},
      {"/g/**", "/g/a/b/c", TRUE},
      {"/g/**", "/h", FALSE},
      {"/g/**/z", "/g/z", TRUE},
      {"/g/**/z", "/g/a/z", TRUE},
      {"/g/**/z", "/g/a/b/z", TRUE},
      {"/g/**/z", "/g/z/a", FALSE},
      {"/g/**/z", "/g/a/z/b/z", TRUE},
      {"/**", "/", TRUE},
      {"/**", "/a/b/c", TRUE},
      {"/**/z", "/z", TRUE},
      {"/**/z", "/a/b", FALSE},
      {"/**/**", "/a", TRUE},
      {"/**/a/**", "/a", TRUE},
      {"/**/a/**", "/x/a/y/z", TRUE},
      {"/**/a/**/b", "/a/b", TRUE},
      {"/**/a/**/b", "/a/x/b/y", FALSE},
      {"/**/*", "/a", TRUE},
      {"/**/*/**", "/a/b/c", TRUE},
      {"/a/**/*/c", "/a/c", FALSE},
      {"/a/**/*/c", "/a/b/c", TRUE},
      /* * among other characters */
      {"/g/pre*", "/g/pre", TRUE},
      {"/g/pre*", "/g/prefix", TRUE},
      {"/g/pre*", "/g/pr", FALSE},
      {"/g/pre*", "/g/prefix/x", FALSE},
      {"/g/*post", "/g/post", TRUE},
      {"/g/*post", "/g/a-post", TRUE},
      {"/g/*post", "/g/post-a", FALSE},
      {"/g/a*b*c", "/g/abc", TRUE},
      {"/g/a*b*c", "/g/axbxbxc", TRUE},
      {"/g/a*b*c", "/g/axc", FALSE},
      {"/g/a**b", "/g/axb", TRUE},
      {"/g/a**b", "/g/a/b", FALSE},
      {"/**/pre*/z", "/a/b/prex/z", TRUE},
      /* everything else is literal */
      {"/{a,b}", "/a", FALSE},
      {"/{a,b}", "/{a,b}", TRUE},
      {"/[ab]", "/a", FALSE},
      {"/?", "/a", FALSE},
      {"/?", "/?", TRUE},
      {"/a.c", "/abc", FALSE},
      {"/!a", "/b", FALSE},
      {"/a\\*", "/a*", FALSE},
      {"/é*", "/été", TRUE},
      {"/ét*", "/été", TRUE},
      /* addresses that relays let pass */
      {"/**", "", FALSE},
      {"/**", "a", FALSE},
      {"/*", "a", FALSE},
      {"/*/*", "//", TRUE},
      {"/a/*/b", "/a//b", TRUE},
      {"/a/*", "/a/*", TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ClaspPattern) pattern =
        clasp_pattern_new (table[i].pattern, &error);

    g_assert_no_error (error);
    if (clasp_pattern_matches (pattern, table[i].address) != table[i].match)
      g_error ("%s on %s should%s match", table[i].pattern, table[i].address,
          table[i].match ? "" : " not");
  }
}

/* The obvious matcher, as slow as can be, over short texts. */
static gboolean
naive (char **pattern, char **address)
{
  if (!*pattern)
    return !*address;
  if (g_str_equal (*pattern, "**"))
    return naive (pattern + 1, address) ||
        (*address && naive (pattern, address + 1));
  return *address &&
      (g_str_equal (*pattern, "*") || g_str_equal (*pattern, *address)) &&
      naive (pattern + 1, address + 1);
}

/* All patterns of up to 4 segments on all addresses of up to 4. */
static void
test_match_all (void)
{
  static const char *const parts[] = {"a", "b", "*", "**"};
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  guint matches = 0;

  for (guint n = 0; n < 4 + 16 + 64 + 256; n++) {
    guint length = n < 4 ? 1 : n < 20 ? 2 : n < 84 ? 3 : 4;
    guint code = n - (n < 4 ? 0 : n < 20 ? 4 : n < 84 ? 20 : 84);
    GString *text = g_string_new (NULL);

    for (guint i = 0; i < length; i++, code /= 4)
      g_string_append_printf (text, "/%s", parts[code % 4]);
    g_ptr_array_add (texts, g_string_free (text, FALSE));
  }
  for (guint i = 0; i < texts->len; i++) {
    const char *text = g_ptr_array_index (texts, i);
    g_autoptr (ClaspPattern) pattern = clasp_pattern_new (text, NULL);
    g_auto (GStrv) segments = g_strsplit (text + 1, "/", -1);

    for (guint j = 0; j < texts->len; j++) {
      const char *address = g_ptr_array_index (texts, j);
      g_auto (GStrv) parts_of = g_strsplit (address + 1, "/", -1);
      gboolean match = clasp_pattern_matches (pattern, address);

      g_assert_cmpint (match, ==, naive (segments, parts_of));
      matches += match;
    }
  }
  g_assert_cmpuint (matches, >, texts->len);
}

static char *
repeat (const char *text, guint times, const char *end)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < times; i++)
    g_string_append (all, text);
  g_string_append (all, end);
  return g_string_free (all, FALSE);
}

/* Patterns that make a backtracking matcher take for ever. */
static void
test_hostile (void)
{
  static const struct {
    const char *pattern, *pattern_end, *address, *address_end;
    gboolean match;
  } table[] = {
      {"/**/a", "/z", "/a", "/b", FALSE},
      {"/**/a", "/**/z", "/a", "/z", TRUE},
      {"/**", "/z", "/a", "/b", FALSE},
      {"/**/*", "/z", "/a", "/b", FALSE},
      {"/**/*a*a*a*", "/z", "/aaaa", "/b", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *text =
        repeat (table[i].pattern, 500, table[i].pattern_end);
    g_autofree char *address =
        repeat (table[i].address, 2000, table[i].address_end);
    g_autoptr (ClaspPattern) pattern = clasp_pattern_new (text, NULL);

    g_assert_cmpint (clasp_pattern_matches (pattern, address), ==,
        table[i].match);
  }
}

static void
test_hostile_segment (void)
{
  g_autofree char *stars = repeat ("*a", 500, "*z");
  g_autofree char *text = g_strconcat ("/", stars, NULL);
  g_autofree char *as = repeat ("a", 60000, "");
  g_autofree char *address = g_strconcat ("/", as, NULL);
  g_autoptr (ClaspPattern) pattern = clasp_pattern_new (text, NULL);

  g_assert_false (clasp_pattern_matches (pattern, address));
}

static void
test_literal (void)
{
  g_autoptr (ClaspPattern) literal = clasp_pattern_new ("/a/b", NULL);
  g_autoptr (ClaspPattern) wild = clasp_pattern_new ("/a/b*", NULL);
  ClaspPattern *again = clasp_pattern_ref (wild);

  g_assert_true (clasp_pattern_is_literal (literal));
  g_assert_false (clasp_pattern_is_literal (wild));
  g_assert_cmpstr (clasp_pattern_get_text (again), ==, "/a/b*");
  clasp_pattern_unref (again);
}

static void
test_escape (void)
{
  static const struct {
    const char *text, *segment;
  } table[] = {
      {"test", "test"},
      {"Room_1-a", "Room_1-a"},
      {"", "_"},
      {"a b", "a_20b"},
      {"a/b", "a_2fb"},
      {"é", "_c3_a9"},
      {"+(*.", "_2b_28_2a_2e"},
      {"\xff\n", "_ff_0a"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *segment = clasp_address_escape_segment (table[i].text);
    g_autofree char *address = g_strconcat ("/", segment, NULL);

    g_assert_cmpstr (segment, ==, table[i].segment);
    g_assert_true (clasp_address_validate (address, NULL));
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/validate", test_validate);
  g_test_add_func ("/address/length", test_length);
  g_test_add_func ("/address/escape", test_escape);
  g_test_add_func ("/pattern/match", test_match);
  g_test_add_func ("/pattern/match-all", test_match_all);
  g_test_add_func ("/pattern/hostile", test_hostile);
  g_test_add_func ("/pattern/hostile-segment", test_hostile_segment);
  g_test_add_func ("/pattern/literal", test_literal);
  return g_test_run ();
}
