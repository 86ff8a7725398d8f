/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp/clasp-sync-private.h"

#define MS ((gint64) 1000)
#define SECOND ((gint64) G_USEC_PER_SEC)
#define EPOCH ((gint64) 1700000000 * SECOND)

/* An exchange with a relay that is @offset ahead, with given times on the way
 * there and back. */
static gboolean
exchange (ClaspClock *clock, gint64 start, gint64 offset, gint64 there,
    gint64 back)
{
  gint64 at_relay = start + there + offset;

  return clasp_clock_add_sample (clock, start, at_relay, at_relay,
      start + there + back);
}

static void
test_empty (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  gint64 offset = 1, error = 1;

  g_assert_false (clasp_clock_get_offset (clock, 0, &offset, &error));
  g_assert_cmpint (offset, ==, 0);
  g_assert_cmpint (error, ==, 0);
  g_assert_cmpint (clasp_clock_to_relay (clock, 77), ==, 77);
  g_assert_cmpint (clasp_clock_from_relay (clock, 77), ==, 77);
}

static void
test_symmetric (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  gint64 offset, error;

  g_assert_true (exchange (clock, 5 * SECOND, EPOCH, 10 * MS, 10 * MS));
  g_assert_true (
      clasp_clock_get_offset (clock, 5 * SECOND + 20 * MS, &offset, &error));
  g_assert_cmpint (offset, ==, EPOCH);
  g_assert_cmpint (error, ==, 10 * MS + 1);
  g_assert_cmpint (clasp_clock_to_relay (clock, 6 * SECOND), ==,
      EPOCH + 6 * SECOND);
  g_assert_cmpint (clasp_clock_from_relay (clock, EPOCH + 6 * SECOND), ==,
      6 * SECOND);
}

static void
test_error_covers_asymmetry (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  gint64 offset, error;

  exchange (clock, 0, EPOCH, 40 * MS, 2 * MS);
  clasp_clock_get_offset (clock, 42 * MS, &offset, &error);
  g_assert_cmpint (ABS (offset - EPOCH), <=, error);
}

static void
test_shortest_round_trip_wins (void)
{
  static const gint64 delays[] = {80, 30, 5, 200, 60};
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  gint64 offset, error;

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    exchange (clock, i * 300 * MS, EPOCH, delays[i] * MS, 1 * MS);
  clasp_clock_get_offset (clock, 2 * SECOND, &offset, &error);
  g_assert_cmpint (offset, ==, EPOCH + 2 * MS);
  g_assert_cmpint (error, <, 4 * MS);
}

static void
test_error_grows_with_age (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  gint64 young, old;

  exchange (clock, 0, EPOCH, MS, MS);
  clasp_clock_get_offset (clock, 2 * MS, NULL, &young);
  clasp_clock_get_offset (clock, 3600 * SECOND, NULL, &old);
  g_assert_cmpint (old - young, >, 300 * MS);
  g_assert_cmpint (old - young, <, 400 * MS);
}

/* A relay clock that is 50 ppm fast, asked every 30 s over a jittery net. */
static void
test_follows_drift (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();

  for (guint i = 0; i < 500; i++) {
    gint64 now = i * 30 * SECOND;
    gint64 drifted = EPOCH + now / 20000;
    gint64 offset, error;

    exchange (clock, now, drifted, g_test_rand_int_range (500, 40000),
        g_test_rand_int_range (500, 40000));
    g_assert_true (
        clasp_clock_get_offset (clock, now + 80 * MS, &offset, &error));
    g_assert_cmpint (ABS (offset - drifted), <=, error);
    g_assert_cmpint (error, <=, 64 * MS);
  }
}

static void
test_follows_a_step (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  gint64 offset;

  for (guint i = 0; i < 8; i++)
    exchange (clock, i * 30 * SECOND, EPOCH, MS, MS);
  /* One wild sample with a long way is not believed. */
  exchange (clock, 240 * SECOND, EPOCH - 5 * SECOND, 50 * MS, 50 * MS);
  clasp_clock_get_offset (clock, 241 * SECOND, &offset, NULL);
  g_assert_cmpint (offset, ==, EPOCH);
  exchange (clock, 270 * SECOND, EPOCH, MS, MS);
  /* Three in a row are. */
  for (guint i = 10; i < 13; i++)
    exchange (clock, i * 30 * SECOND, EPOCH - 5 * SECOND, 50 * MS, 50 * MS);
  clasp_clock_get_offset (clock, 361 * SECOND, &offset, NULL);
  g_assert_cmpint (offset, ==, EPOCH - 5 * SECOND);
}

static void
test_refuses_nonsense (void)
{
  static const gint64 samples[][4] = {
      {100, 50, 60, 90},              /* back before it left */
      {100, 60, 50, 200},             /* relay runs backward */
      {100, 0, 200, 200},             /* relay took longer than the way */
      {0, 0, 0, 11 * G_USEC_PER_SEC}, /* too slow */
      {-1, 0, 0, 1},
      {0, -5, -5, 1},
      {0, G_MAXINT64, G_MAXINT64, 1},
      {0, G_MININT64, G_MAXINT64, 1},
      {G_MININT64, 0, 0, G_MAXINT64},
      {0, 0, 0, G_MAXINT64},
  };
  g_autoptr (ClaspClock) clock = clasp_clock_new ();

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    g_assert_false (clasp_clock_add_sample (clock, samples[i][0], samples[i][1],
        samples[i][2], samples[i][3]));
  g_assert_false (clasp_clock_get_offset (clock, 0, NULL, NULL));
}

static void
test_extreme_times_do_not_overflow (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();

  g_assert_true (exchange (clock, 0, EPOCH, MS, MS));
  g_assert_cmpint (clasp_clock_to_relay (clock, G_MAXINT64), >, 0);
  g_assert_cmpint (clasp_clock_from_relay (clock, G_MININT64), <, 0);
  g_assert_cmpint (clasp_clock_from_relay (clock, G_MAXINT64), >, 0);
}

static void
test_reset (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();

  exchange (clock, 0, EPOCH, MS, MS);
  clasp_clock_reset (clock);
  g_assert_false (clasp_clock_get_offset (clock, 0, NULL, NULL));
}

static void
test_schedule (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  gint64 now = SECOND, wake = G_MAXINT64;
  ClaspSync sync;

  clasp_sync_start (&sync, 30 * SECOND, now);
  for (guint i = 0; i < 20; i++) {
    gint64 asked = now;

    g_assert_true (clasp_sync_is_due (&sync, now, &wake));
    clasp_sync_asked (&sync, EPOCH + now, now);
    wake = G_MAXINT64;
    g_assert_false (clasp_sync_is_due (&sync, now, &wake));
    g_assert_cmpint (wake, ==, now + 5 * SECOND);
    now += 10 * MS;
    g_assert_true (clasp_sync_answered (&sync, clock, (guint64) (EPOCH + asked),
        (guint64) (EPOCH + now - 5 * MS), (guint64) (EPOCH + now - 5 * MS),
        now));
    wake = G_MAXINT64;
    g_assert_false (clasp_sync_is_due (&sync, now, &wake));
    g_assert_cmpint (wake - now, ==, i < 4 ? 100 * MS : 30 * SECOND);
    now = wake;
  }
}

/* The machine slept for an hour, in which its monotonic clock stood still. */
static void
test_schedule_after_sleep (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  gint64 now = SECOND, wake, ahead = EPOCH, offset;
  ClaspSync sync;

  clasp_sync_start (&sync, 30 * SECOND, now);
  for (guint i = 0; i < 14; i++) {
    if (i == 10)
      ahead += 3600 * SECOND;
    wake = G_MAXINT64;
    g_assert_true (clasp_sync_is_due (&sync, now, &wake));
    clasp_sync_asked (&sync, now, now);
    g_assert_true (clasp_sync_answered (&sync, clock, (guint64) now,
        (guint64) (now + ahead), (guint64) (now + ahead), now + 2 * MS));
    wake = G_MAXINT64;
    g_assert_false (clasp_sync_is_due (&sync, now + 2 * MS, &wake));
    if (i >= 10 && i < 13)
      g_assert_cmpint (wake - now, <, SECOND);
    now = wake;
  }
  clasp_clock_get_offset (clock, now, &offset, NULL);
  g_assert_cmpint (ABS (offset - ahead), <, 10 * MS);
}

static void
test_schedule_survives_silence (void)
{
  gint64 wake = G_MAXINT64;
  ClaspSync sync;

  clasp_sync_start (&sync, 30 * SECOND, SECOND);
  clasp_sync_asked (&sync, 1, SECOND);
  g_assert_false (clasp_sync_is_due (&sync, 6 * SECOND, &wake));
  g_assert_cmpint (wake, ==, 36 * SECOND);
  g_assert_true (clasp_sync_is_due (&sync, 36 * SECOND, &wake));
}

static void
test_schedule_ignores_strangers (void)
{
  g_autoptr (ClaspClock) clock = clasp_clock_new ();
  ClaspSync sync;

  clasp_sync_start (&sync, 30 * SECOND, SECOND);
  g_assert_false (clasp_sync_answered (&sync, clock, 0, 1, 1, SECOND));
  clasp_sync_asked (&sync, 42, SECOND);
  g_assert_false (clasp_sync_answered (&sync, clock, 43, 1, 1, SECOND + 1));
  g_assert_false (clasp_sync_answered (&sync, clock, 42, G_MAXUINT64,
      G_MAXUINT64, SECOND + 1));
  g_assert_false (clasp_clock_get_offset (clock, 0, NULL, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/empty", test_empty);
  g_test_add_func ("/clock/symmetric", test_symmetric);
  g_test_add_func ("/clock/error-covers-asymmetry",
      test_error_covers_asymmetry);
  g_test_add_func ("/clock/shortest-round-trip-wins",
      test_shortest_round_trip_wins);
  g_test_add_func ("/clock/error-grows-with-age", test_error_grows_with_age);
  g_test_add_func ("/clock/follows-drift", test_follows_drift);
  g_test_add_func ("/clock/follows-a-step", test_follows_a_step);
  g_test_add_func ("/clock/refuses-nonsense", test_refuses_nonsense);
  g_test_add_func ("/clock/extreme-times", test_extreme_times_do_not_overflow);
  g_test_add_func ("/clock/reset", test_reset);
  g_test_add_func ("/sync/schedule", test_schedule);
  g_test_add_func ("/sync/after-sleep", test_schedule_after_sleep);
  g_test_add_func ("/sync/survives-silence", test_schedule_survives_silence);
  g_test_add_func ("/sync/ignores-strangers", test_schedule_ignores_strangers);
  return g_test_run ();
}
