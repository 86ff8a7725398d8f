/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp/clasp-backoff-private.h"

#define MS 1000

static void
test_grows (void)
{
  static const struct {
    gint64 shortest, longest;
  } expected[] = {
      {500, 1000},
      {1000, 2000},
      {2000, 4000},
      {4000, 8000},
      {7500, 15000},
      {7500, 15000},
  };
  ClaspBackoff low, high;

  clasp_backoff_init (&low, CLASP_BACKOFF_MIN, CLASP_BACKOFF_MAX);
  clasp_backoff_init (&high, CLASP_BACKOFF_MIN, CLASP_BACKOFF_MAX);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    gint64 now = 1000000 * (gint64) i;

    g_assert_cmpint (clasp_backoff_next (&low, now, 0.0) - now, ==,
        expected[i].shortest * MS);
    g_assert_cmpint (clasp_backoff_next (&high, now, 1.0) - now, ==,
        expected[i].longest * MS);
  }
}

static void
test_absent_relay (void)
{
  ClaspBackoff backoff;

  clasp_backoff_init (&backoff, CLASP_BACKOFF_MIN, CLASP_BACKOFF_MAX);
  g_assert_cmpint (clasp_backoff_next_absent (&backoff, 0, 0.0), ==, 500 * MS);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (clasp_backoff_next_absent (&backoff, 0, 1.0), <=,
        CLASP_BACKOFF_ABSENT_MAX);
  /* a relay that is there and refuses is spared at once */
  g_assert_cmpint (clasp_backoff_next (&backoff, 0, 1.0), ==,
      CLASP_BACKOFF_MAX);
}

static void
test_stays_bounded (void)
{
  ClaspBackoff backoff;

  clasp_backoff_init (&backoff, CLASP_BACKOFF_MIN, CLASP_BACKOFF_MAX);
  for (guint i = 0; i < 10000; i++) {
    gint64 delay = clasp_backoff_next (&backoff, 0, g_test_rand_double ());

    g_assert_cmpint (delay, >=, CLASP_BACKOFF_MIN);
    g_assert_cmpint (delay, <=, CLASP_BACKOFF_MAX);
  }
}

static void
test_starts_over_after_lasting (void)
{
  ClaspBackoff backoff;
  gint64 now = G_USEC_PER_SEC;

  clasp_backoff_init (&backoff, CLASP_BACKOFF_MIN, CLASP_BACKOFF_MAX);
  for (guint i = 0; i < 5; i++)
    clasp_backoff_next (&backoff, now, 0.0);
  clasp_backoff_connected (&backoff, now);
  now += CLASP_BACKOFF_MAX;
  g_assert_cmpint (clasp_backoff_next (&backoff, now, 0.0) - now, ==,
      CLASP_BACKOFF_MIN);
}

static void
test_goes_on_after_short_life (void)
{
  ClaspBackoff backoff;
  gint64 now = G_USEC_PER_SEC;

  clasp_backoff_init (&backoff, CLASP_BACKOFF_MIN, CLASP_BACKOFF_MAX);
  for (guint i = 0; i < 5; i++) {
    clasp_backoff_connected (&backoff, now);
    now = clasp_backoff_next (&backoff, now + 1, 0.0);
  }
  g_assert_cmpint (clasp_backoff_next (&backoff, now, 0.0) - now, ==,
      7500 * MS);
}

static void
test_odd_settings (void)
{
  ClaspBackoff backoff;

  clasp_backoff_init (&backoff, 0, 0);
  g_assert_cmpint (clasp_backoff_next (&backoff, 5, 0.5), ==, 6);
  clasp_backoff_init (&backoff, 100, 10);
  g_assert_cmpint (clasp_backoff_next (&backoff, 5, 0.9), ==, 105);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/absent-relay", test_absent_relay);
  g_test_add_func ("/backoff/grows", test_grows);
  g_test_add_func ("/backoff/stays-bounded", test_stays_bounded);
  g_test_add_func ("/backoff/starts-over-after-lasting",
      test_starts_over_after_lasting);
  g_test_add_func ("/backoff/goes-on-after-short-life",
      test_goes_on_after_short_life);
  g_test_add_func ("/backoff/odd-settings", test_odd_settings);
  return g_test_run ();
}
