/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp/clasp-pacer-private.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define START (1000 * SECOND)

/* Sends whenever allowed for some seconds and notes when. */
static GArray *
send_all (ClaspPacer *pacer, gboolean stream, gint64 seconds)
{
  GArray *times = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (gint64 now = START; now < START + seconds * SECOND; now += 1000) {
    while (clasp_pacer_may_send (pacer, stream, now)) {
      clasp_pacer_sent (pacer, stream, now);
      g_array_append_val (times, now);
    }
  }
  return times;
}

/* Greatest number in any second, wherever the relay's seconds begin. */
static guint
most_in_a_second (GArray *times)
{
  guint most = 0, first = 0;

  for (guint i = 0; i < times->len; i++) {
    while (g_array_index (times, gint64, first) + SECOND <=
        g_array_index (times, gint64, i))
      first++;
    most = MAX (most, i - first + 1);
  }
  return most;
}

static void
test_unlimited (void)
{
  ClaspPacer pacer;

  clasp_pacer_init (&pacer);
  for (guint i = 0; i < 100000; i++) {
    g_assert_true (clasp_pacer_may_send (&pacer, i % 2, START));
    clasp_pacer_sent (&pacer, i % 2, START);
  }
  g_assert_false (clasp_pacer_is_limited (&pacer));
  clasp_pacer_clear (&pacer);
}

static void
test_rates (void)
{
  static const guint rates[] = {1, 2, 10, 30, 300, 1000};

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    ClaspPacer pacer;
    g_autoptr (GArray) times = NULL;

    clasp_pacer_init (&pacer);
    clasp_pacer_set_rate (&pacer, rates[i]);
    times = send_all (&pacer, FALSE, 10);
    g_assert_cmpuint (most_in_a_second (times), <=, rates[i]);
    /* Nine tenths of the budget are used. */
    g_assert_cmpuint (times->len, >=, rates[i] * 9);
    clasp_pacer_clear (&pacer);
  }
}

static void
test_streams_leave_room (void)
{
  ClaspPacer pacer;
  g_autoptr (GArray) times = NULL;

  clasp_pacer_init (&pacer);
  clasp_pacer_set_rate (&pacer, 30);
  times = send_all (&pacer, TRUE, 10);
  g_assert_cmpuint (most_in_a_second (times), <=, 24);
  g_assert_cmpuint (times->len, >=, 220);
  /* A second full of streams still has room for signalling. */
  g_assert_true (clasp_pacer_may_send (&pacer, FALSE, START + 10 * SECOND));
  clasp_pacer_clear (&pacer);
}

static void
test_streams_are_spread (void)
{
  ClaspPacer pacer;
  g_autoptr (GArray) times = NULL;

  clasp_pacer_init (&pacer);
  clasp_pacer_set_rate (&pacer, 30);
  times = send_all (&pacer, TRUE, 2);
  for (guint i = 1; i < times->len; i++)
    g_assert_cmpint (g_array_index (times, gint64, i) -
            g_array_index (times, gint64, i - 1),
        >=, 40 * 1000);
  clasp_pacer_clear (&pacer);
}

static void
test_next_time_is_when_it_may (void)
{
  ClaspPacer pacer;
  gint64 now = START;

  clasp_pacer_init (&pacer);
  clasp_pacer_set_rate (&pacer, 5);
  for (guint i = 0; i < 100; i++) {
    gint64 next = clasp_pacer_next_time (&pacer, i % 3 == 0);

    now = MAX (now, next);
    if (next > 0)
      g_assert_false (clasp_pacer_may_send (&pacer, i % 3 == 0, next - 1));
    g_assert_true (clasp_pacer_may_send (&pacer, i % 3 == 0, now));
    clasp_pacer_sent (&pacer, i % 3 == 0, now);
  }
  clasp_pacer_clear (&pacer);
}

static void
test_learns (void)
{
  ClaspPacer pacer;

  clasp_pacer_init (&pacer);
  g_assert_true (clasp_pacer_refused (&pacer, START));
  g_assert_cmpuint (pacer.rate, ==, CLASP_PACER_LEARNED_RATE);
  /* The second of the relay in which it refused has to pass. */
  g_assert_false (clasp_pacer_may_send (&pacer, FALSE, START + SECOND));
  g_assert_true (clasp_pacer_may_send (&pacer, FALSE, START + SECOND * 2));
  clasp_pacer_clear (&pacer);
}

static void
test_burst_of_refusals_counts_once (void)
{
  ClaspPacer pacer;

  clasp_pacer_init (&pacer);
  g_assert_true (clasp_pacer_refused (&pacer, START));
  for (guint i = 0; i < 1000; i++)
    g_assert_false (clasp_pacer_refused (&pacer, START + i * 1000));
  g_assert_cmpuint (pacer.rate, ==, CLASP_PACER_LEARNED_RATE);
  clasp_pacer_clear (&pacer);
}

static void
test_slows_down_to_a_floor (void)
{
  ClaspPacer pacer;
  guint changes = 0;

  clasp_pacer_init (&pacer);
  for (guint i = 0; i < 50; i++)
    changes += clasp_pacer_refused (&pacer, START + i * 3 * SECOND);
  g_assert_cmpuint (pacer.rate, ==, CLASP_PACER_LEAST_RATE);
  g_assert_cmpuint (changes, <, 10);
  clasp_pacer_clear (&pacer);
}

static void
test_absurd_rate_is_capped (void)
{
  ClaspPacer pacer;

  clasp_pacer_init (&pacer);
  clasp_pacer_set_rate (&pacer, G_MAXUINT);
  g_assert_cmpuint (pacer.rate, ==, CLASP_PACER_MAX_RATE);
  clasp_pacer_clear (&pacer);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pacer/unlimited", test_unlimited);
  g_test_add_func ("/pacer/rates", test_rates);
  g_test_add_func ("/pacer/streams-leave-room", test_streams_leave_room);
  g_test_add_func ("/pacer/streams-are-spread", test_streams_are_spread);
  g_test_add_func ("/pacer/next-time-is-when-it-may",
      test_next_time_is_when_it_may);
  g_test_add_func ("/pacer/learns", test_learns);
  g_test_add_func ("/pacer/burst-of-refusals-counts-once",
      test_burst_of_refusals_counts_once);
  g_test_add_func ("/pacer/slows-down-to-a-floor", test_slows_down_to_a_floor);
  g_test_add_func ("/pacer/absurd-rate-is-capped", test_absurd_rate_is_capped);
  return g_test_run ();
}
