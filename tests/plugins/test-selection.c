/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspselection.h"

static const char *
choose (GstClaspSelection *selection, const char *current)
{
  GstClaspBroadcaster *entry = gst_clasp_selection_choose (selection, current);

  return entry ? entry->session : NULL;
}

static void
test_first (void)
{
  g_autoptr (GstClaspSelection) selection = gst_clasp_selection_new ("");

  g_assert_false (gst_clasp_selection_wants_all (selection));
  g_assert_null (choose (selection, NULL));
  gst_clasp_selection_add (selection, "s2", "door");
  gst_clasp_selection_add (selection, "s1", "yard");
  g_assert_cmpstr (choose (selection, NULL), ==, "s2");
  /* the one in hand stays, also when it is said again */
  g_assert_cmpstr (choose (selection, "s1"), ==, "s1");
  gst_clasp_selection_add (selection, "s1", "garden");
  g_assert_cmpstr (gst_clasp_selection_find (selection, "s1")->name, ==,
      "garden");
  gst_clasp_selection_remove (selection, "s1");
  g_assert_cmpstr (choose (selection, "s1"), ==, "s2");
}

static void
test_filter (void)
{
  static const struct {
    const char *filter;
    const char *chosen;
  } cases[] = {
      {NULL, "s1"},
      {"", "s1"},
      {"*", "s1"},
      {"s2", "s2"},
      {"yard", "s2"},
      {"YARD", NULL},
      {"nobody", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstClaspSelection) selection =
        gst_clasp_selection_new (cases[i].filter);

    gst_clasp_selection_add (selection, "s1", "door");
    gst_clasp_selection_add (selection, "s2", "yard");
    g_assert_cmpstr (choose (selection, NULL), ==, cases[i].chosen);
  }
}

static void
test_failures (void)
{
  g_autoptr (GstClaspSelection) selection = gst_clasp_selection_new (NULL);
  GstClaspBroadcaster *dead =
      gst_clasp_selection_add (selection, "dead", "door");
  GstClaspBroadcaster *live =
      gst_clasp_selection_add (selection, "live", "yard");

  dead->failures = 1;
  g_assert_cmpstr (choose (selection, "dead"), ==, "live");
  live->failures = 1;
  g_assert_cmpstr (choose (selection, "live"), ==, "dead");
  dead->failures = 2;
  g_assert_cmpstr (choose (selection, "dead"), ==, "live");
  live->failures = 0;
  g_assert_cmpstr (choose (selection, "live"), ==, "live");
}

static void
test_rename (void)
{
  g_autoptr (GstClaspSelection) selection = gst_clasp_selection_new (NULL);

  gst_clasp_selection_add (selection, "a", "door");
  gst_clasp_selection_add (selection, "b", "yard");
  gst_clasp_selection_rename (selection, "a", "c");
  g_assert_null (gst_clasp_selection_find (selection, "a"));
  g_assert_cmpstr (gst_clasp_selection_find (selection, "c")->name, ==, "door");
  /* the new id may have been seen before the old one was known to be gone */
  gst_clasp_selection_rename (selection, "b", "c");
  g_assert_cmpstr (gst_clasp_selection_find (selection, "c")->name, ==, "yard");
  gst_clasp_selection_rename (selection, "nobody", "d");
  g_assert_null (gst_clasp_selection_find (selection, "d"));
  gst_clasp_selection_rename (selection, "c", "c");
  g_assert_nonnull (gst_clasp_selection_find (selection, "c"));
}

static void
test_successor (void)
{
  g_autoptr (GstClaspSelection) selection = gst_clasp_selection_new (NULL);
  GstClaspBroadcaster *found;

  gst_clasp_selection_add (selection, "other", "door");
  gst_clasp_selection_add (selection, "old", "yard");
  g_assert_null (gst_clasp_selection_find_successor (selection, "old"));
  g_assert_null (gst_clasp_selection_find_successor (selection, "nobody"));
  gst_clasp_selection_add (selection, "third", "door");
  gst_clasp_selection_add (selection, "new", "yard");
  found = gst_clasp_selection_find_successor (selection, "old");
  g_assert_cmpstr (found->session, ==, "new");
  g_assert_null (gst_clasp_selection_find_successor (selection, "new"));
}

static void
test_limit (void)
{
  g_autoptr (GstClaspSelection) selection = gst_clasp_selection_new ("*");

  for (guint i = 0; i < GST_CLASP_SELECTION_MAX; i++) {
    g_autofree char *session = g_strdup_printf ("s%u", i);

    g_assert_nonnull (gst_clasp_selection_add (selection, session, "x"));
  }
  g_assert_null (gst_clasp_selection_add (selection, "one too many", "x"));
  g_assert_nonnull (gst_clasp_selection_add (selection, "s7", "known"));
  gst_clasp_selection_clear (selection);
  g_assert_null (choose (selection, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/selection/first", test_first);
  g_test_add_func ("/selection/filter", test_filter);
  g_test_add_func ("/selection/failures", test_failures);
  g_test_add_func ("/selection/rename", test_rename);
  g_test_add_func ("/selection/successor", test_successor);
  g_test_add_func ("/selection/limit", test_limit);
  return g_test_run ();
}
