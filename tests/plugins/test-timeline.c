/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <gst/check/gsttestclock.h>

#include "gstclasptimeline.h"

static GstClock *
make_clock (GstClockTime time)
{
  return gst_test_clock_new_with_start_time (time);
}

static void
test_before_playing (void)
{
  GstClaspTimeline timeline;
  GstClock *clock = NULL;
  GstClockTime start;

  gst_clasp_timeline_init (&timeline);
  g_assert_false (gst_clasp_timeline_get (&timeline, &clock, &start));
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, 5), ==,
      GST_CLOCK_TIME_NONE);
  gst_clasp_timeline_clear (&timeline);
}

/* A pause moves the base time; time goes on with the clock. */
static void
test_pause (void)
{
  g_autoptr (GstClock) clock = make_clock (100 * GST_SECOND);
  g_autoptr (GstClock) used = NULL;
  GstClaspTimeline timeline;
  GstClockTime start = 0;

  gst_clasp_timeline_init (&timeline);
  gst_clasp_timeline_play (&timeline, clock, 100 * GST_SECOND);
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, 103 * GST_SECOND),
      ==, 3 * GST_SECOND);
  gst_clasp_timeline_play (&timeline, clock, 110 * GST_SECOND);
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, 113 * GST_SECOND),
      ==, 13 * GST_SECOND);
  g_assert_true (gst_clasp_timeline_get (&timeline, &used, &start));
  g_assert_true (used == clock);
  g_assert_cmpuint (start, ==, 100 * GST_SECOND);
  /* before the start is the start; no timestamp is now */
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, 1), ==, 0);
  gst_test_clock_set_time (GST_TEST_CLOCK (clock), 120 * GST_SECOND);
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, GST_CLOCK_TIME_NONE),
      ==, 20 * GST_SECOND);
  gst_clasp_timeline_clear (&timeline);
}

/* Another clock shows another time; the timeline does not jump, and peer
 * connections keep the clock that they have. */
static void
test_other_clock (void)
{
  g_autoptr (GstClock) clock = make_clock (100 * GST_SECOND);
  g_autoptr (GstClock) other = make_clock (7 * GST_SECOND);
  g_autoptr (GstClock) used = NULL;
  GstClaspTimeline timeline;
  GstClockTime start;

  gst_clasp_timeline_init (&timeline);
  gst_clasp_timeline_play (&timeline, clock, 100 * GST_SECOND);
  gst_test_clock_set_time (GST_TEST_CLOCK (clock), 105 * GST_SECOND);
  gst_clasp_timeline_play (&timeline, other, 0);
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, 7 * GST_SECOND), ==,
      5 * GST_SECOND);
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, 8 * GST_SECOND), ==,
      6 * GST_SECOND);
  g_assert_true (gst_clasp_timeline_get (&timeline, &used, &start));
  g_assert_true (used == clock);
  gst_clasp_timeline_clear (&timeline);
}

static void
test_reset (void)
{
  g_autoptr (GstClock) clock = make_clock (0);
  GstClaspTimeline timeline;

  gst_clasp_timeline_init (&timeline);
  gst_clasp_timeline_play (&timeline, clock, 10);
  gst_clasp_timeline_reset (&timeline);
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, 15), ==,
      GST_CLOCK_TIME_NONE);
  gst_clasp_timeline_play (&timeline, clock, 20);
  g_assert_cmpuint (gst_clasp_timeline_convert (&timeline, 25), ==, 5);
  gst_clasp_timeline_clear (&timeline);
}

/* Picture and sound of one flush get one offset, or they would drift apart. */
static void
test_anchor (void)
{
  GstClaspTimeline timeline;

  gst_clasp_timeline_init (&timeline);
  g_assert_cmpint (gst_clasp_timeline_anchor (&timeline, 1, 500), ==, 500);
  g_assert_cmpint (gst_clasp_timeline_anchor (&timeline, 1, 520), ==, 500);
  g_assert_cmpint (gst_clasp_timeline_anchor (&timeline, 2, 900), ==, 900);
  g_assert_cmpint (gst_clasp_timeline_anchor (&timeline, 2, 0), ==, 900);
  gst_clasp_timeline_clear (&timeline);
}

int
main (int argc, char *argv[])
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timeline/before-playing", test_before_playing);
  g_test_add_func ("/timeline/pause", test_pause);
  g_test_add_func ("/timeline/other-clock", test_other_clock);
  g_test_add_func ("/timeline/reset", test_reset);
  g_test_add_func ("/timeline/anchor", test_anchor);
  return g_test_run ();
}
