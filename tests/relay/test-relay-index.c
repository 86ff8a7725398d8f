/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Subscriptions of the relay: who gets what, once. */

#include "relay/clasp-relay-index-private.h"
#include <string.h>

static void
add (ClaspRelayIndex *index, guint subscriber, guint32 id, const char *text,
    guint mask)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClaspPattern) pattern = clasp_pattern_new (text, &error);

  g_assert_no_error (error);
  clasp_relay_index_add (index, GUINT_TO_POINTER (subscriber), id, pattern,
      mask);
}

/* Subscribers of @address as digits, in order of subscription. */
static char *
who (ClaspRelayIndex *index, const char *address)
{
  const GArray *matches = clasp_relay_index_lookup (index, address);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < matches->len; i++)
    g_string_append_printf (text, "%u",
        GPOINTER_TO_UINT (
            g_array_index (matches, ClaspRelayMatch, i).subscriber));

  return g_string_free (text, FALSE);
}

static void
assert_who (ClaspRelayIndex *index, const char *address, const char *expected)
{
  g_autofree char *first = who (index, address);
  g_autofree char *cached = who (index, address);

  g_assert_cmpstr (first, ==, expected);
  g_assert_cmpstr (cached, ==, expected);
}

static void
test_patterns (void)
{
  const struct {
    const char *pattern;
    const char *address;
    gboolean match;
  } cases[] = {
      {"/g", "/g", TRUE},
      {"/g", "/g/x", FALSE},
      {"/g/*", "/g/x", TRUE},
      {"/g/*", "/g", FALSE},
      {"/g/*", "/g/", TRUE},
      {"/g/*", "/g/x/y", FALSE},
      {"/g/**", "/g", TRUE},
      {"/g/**", "/g/", TRUE},
      {"/g/**", "/g/x/y", TRUE},
      {"/g/**", "/h/x", FALSE},
      {"/g/**/z", "/g/z", TRUE},
      {"/g/**/z", "/g/a/b/z", TRUE},
      {"/g/**/z", "/g/a/b/y", FALSE},
      {"/g/pre*", "/g/prefix", TRUE},
      {"/g/pre*", "/g/pre", TRUE},
      {"/g/pre*", "/g/pr", FALSE},
      {"/*/x", "/a/x", TRUE},
      {"/**", "/", TRUE},
      {"/**", "/a/b/c", TRUE},
      {"/a*", "/abc", TRUE},
      {"/video/room/*/presence/*", "/video/room/r/presence/p", TRUE},
      {"/g/?", "/g/x", FALSE},
      {"/g/{a,b}", "/g/a", FALSE},
      {"/g/{a,b}", "/g/{a,b}", TRUE},
      {"/g/*", "/g/*", TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (ClaspRelayIndex) index = clasp_relay_index_new ();

    g_test_message ("%s on %s", cases[i].pattern, cases[i].address);
    add (index, 1, 0, cases[i].pattern, 0);
    assert_who (index, cases[i].address, cases[i].match ? "1" : "");
  }
}

static void
test_once (void)
{
  g_autoptr (ClaspRelayIndex) index = clasp_relay_index_new ();
  const GArray *matches;

  add (index, 1, 1, "/a/b", CLASP_SIGNAL_MASK_EVENT);
  add (index, 1, 2, "/a/*", CLASP_SIGNAL_MASK_STREAM);
  add (index, 2, 1, "/a/**", 0);
  add (index, 1, 3, "/a/*", CLASP_SIGNAL_MASK_STREAM);
  assert_who (index, "/a/b", "12");

  matches = clasp_relay_index_lookup (index, "/a/b");
  g_assert_cmpuint (g_array_index (matches, ClaspRelayMatch, 0).mask, ==,
      CLASP_SIGNAL_MASK_EVENT | CLASP_SIGNAL_MASK_STREAM);
  g_assert_cmpuint (g_array_index (matches, ClaspRelayMatch, 1).mask, ==,
      CLASP_SIGNAL_MASK_ALL);
}

static void
test_remove (void)
{
  g_autoptr (ClaspRelayIndex) index = clasp_relay_index_new ();

  add (index, 1, 7, "/old", 0);
  add (index, 1, 7, "/new", 0);
  add (index, 2, 7, "/new", 0);
  assert_who (index, "/old", "1");
  assert_who (index, "/new", "12");
  g_assert_cmpuint (clasp_relay_index_count (index, GUINT_TO_POINTER (1)), ==,
      2);

  /* the newest of one id goes, and only of that subscriber */
  g_assert_true (clasp_relay_index_remove (index, GUINT_TO_POINTER (1), 7));
  assert_who (index, "/old", "1");
  assert_who (index, "/new", "2");
  g_assert_true (clasp_relay_index_remove (index, GUINT_TO_POINTER (1), 7));
  g_assert_false (clasp_relay_index_remove (index, GUINT_TO_POINTER (1), 7));
  g_assert_false (clasp_relay_index_remove (index, GUINT_TO_POINTER (3), 7));
  assert_who (index, "/old", "");

  clasp_relay_index_remove_all (index, GUINT_TO_POINTER (2));
  clasp_relay_index_remove_all (index, GUINT_TO_POINTER (2));
  assert_who (index, "/new", "");
  g_assert_cmpuint (clasp_relay_index_count (index, GUINT_TO_POINTER (2)), ==,
      0);
}

/* The table against matching every pattern, over many random shapes. */
static void
test_against_plain (void)
{
  static const char *const parts[] = {"a", "b", "ab", "*", "**", "a*", ""};
  g_autoptr (ClaspRelayIndex) index = clasp_relay_index_new ();
  g_autoptr (GPtrArray) patterns =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_pattern_unref);

  for (guint i = 0; i < 400; i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    ClaspPattern *pattern;
    guint depth = g_test_rand_int_range (1, 6);

    for (guint d = 0; d < depth; d++)
      g_string_append_printf (text, "/%s",
          parts[g_test_rand_int_range (0,
              G_N_ELEMENTS (parts) - (d + 1 < depth ? 1 : 0))]);
    pattern = clasp_pattern_new (text->str, NULL);
    if (pattern == NULL)
      continue;
    g_ptr_array_add (patterns, pattern);
    clasp_relay_index_add (index, GUINT_TO_POINTER (patterns->len), 0, pattern,
        0);
  }

  for (guint i = 0; i < 400; i++) {
    g_autoptr (GString) address = g_string_new (NULL);
    guint depth = g_test_rand_int_range (1, 6), expected = 0;

    for (guint d = 0; d < depth; d++)
      g_string_append_printf (address, "/%s",
          parts[g_test_rand_int_range (0, 3) == 2
                  ? 6
                  : g_test_rand_int_range (0, 3)]);
    for (guint p = 0; p < patterns->len; p++)
      expected +=
          clasp_pattern_matches (g_ptr_array_index (patterns, p), address->str);

    g_test_message ("%s", address->str);
    g_assert_cmpuint (clasp_relay_index_lookup (index, address->str)->len, ==,
        expected);
  }
}

/* Addresses of any length and depth find their patterns. */
static void
test_long (void)
{
  g_autoptr (ClaspRelayIndex) index = clasp_relay_index_new ();
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autofree char *wide = g_strnfill (60000, 'w');
  g_autofree char *wide_address = g_strconcat ("/", wide, "/x", NULL);
  g_autofree char *wide_pattern = g_strconcat ("/", wide, "/*", NULL);
  g_autofree char *deep_pattern = NULL;

  for (guint i = 0; i < 20000; i++)
    g_string_append (deep, "/d");
  deep_pattern = g_strconcat (deep->str, "/**", NULL);

  add (index, 1, 0, "/d/d/**", 0);
  add (index, 2, 0, deep_pattern, 0);
  add (index, 3, 0, wide_pattern, 0);
  assert_who (index, deep->str, "12");
  assert_who (index, wide_address, "3");
  assert_who (index, "/d/d", "1");
}

static void
test_cache_bound (void)
{
  g_autoptr (ClaspRelayIndex) index = clasp_relay_index_new ();

  add (index, 1, 0, "/n/*", 0);
  for (guint i = 0; i < 5000; i++) {
    g_autofree char *address = g_strdup_printf ("/n/%u", i);

    assert_who (index, address, "1");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/index/patterns", test_patterns);
  g_test_add_func ("/relay/index/once", test_once);
  g_test_add_func ("/relay/index/remove", test_remove);
  g_test_add_func ("/relay/index/against-plain", test_against_plain);
  g_test_add_func ("/relay/index/long", test_long);
  g_test_add_func ("/relay/index/cache-bound", test_cache_bound);

  return g_test_run ();
}
