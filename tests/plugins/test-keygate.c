/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspkeygate.h"

#define MS (G_USEC_PER_SEC / 1000)
#define BITRATE 2000000
#define KEY_SIZE 40000

static void
test_first (void)
{
  GstClaspKeyGate gate;

  gst_clasp_key_gate_init (&gate, BITRATE);
  g_assert_false (gst_clasp_key_gate_poll (&gate, 0));
  g_assert_true (gst_clasp_key_gate_request (&gate, 0));
}

static void
test_merge (void)
{
  GstClaspKeyGate gate;

  gst_clasp_key_gate_init (&gate, BITRATE);
  g_assert_true (gst_clasp_key_gate_request (&gate, 0));
  for (int i = 0; i < 8; i++)
    g_assert_false (gst_clasp_key_gate_request (&gate, i * MS));
  gst_clasp_key_gate_frame (&gate, KEY_SIZE, TRUE, 20 * MS);
  /* all were satisfied by this one */
  g_assert_false (gst_clasp_key_gate_poll (&gate, 10000 * MS));
  g_assert_cmpuint (gate.n_requests, ==, 9);
  g_assert_cmpuint (gate.n_forced, ==, 1);
}

static void
test_interval (void)
{
  GstClaspKeyGate gate;

  gst_clasp_key_gate_init (&gate, 100 * BITRATE);
  g_assert_true (gst_clasp_key_gate_request (&gate, 0));
  gst_clasp_key_gate_frame (&gate, 1, TRUE, 10 * MS);
  /* after the key frame: a new request, kept until 500 ms have passed */
  g_assert_false (gst_clasp_key_gate_request (&gate, 20 * MS));
  g_assert_false (gst_clasp_key_gate_poll (&gate, 499 * MS));
  g_assert_true (gst_clasp_key_gate_poll (&gate, 500 * MS));
  g_assert_false (gst_clasp_key_gate_poll (&gate, 501 * MS));
}

static void
test_natural_key_satisfies (void)
{
  GstClaspKeyGate gate;

  gst_clasp_key_gate_init (&gate, BITRATE);
  g_assert_true (gst_clasp_key_gate_request (&gate, 0));
  gst_clasp_key_gate_frame (&gate, KEY_SIZE, TRUE, 1 * MS);
  g_assert_false (gst_clasp_key_gate_request (&gate, 2 * MS));
  gst_clasp_key_gate_frame (&gate, KEY_SIZE, TRUE, 100 * MS);
  g_assert_false (gst_clasp_key_gate_poll (&gate, 5000 * MS));
  g_assert_cmpuint (gate.n_forced, ==, 1);
  g_assert_cmpuint (gate.forced_bytes, ==, KEY_SIZE);
}

static void
test_forgotten (void)
{
  GstClaspKeyGate gate;

  gst_clasp_key_gate_init (&gate, BITRATE);
  g_assert_true (gst_clasp_key_gate_request (&gate, 0));
  gst_clasp_key_gate_frame (&gate, 5000, FALSE, 33 * MS);
  g_assert_false (gst_clasp_key_gate_poll (&gate, 999 * MS));
  g_assert_true (gst_clasp_key_gate_poll (&gate, 1000 * MS));
}

/* Runs a 30 fps encoder for a minute with a request at each of @n moments. */
static void
run_minute (GstClaspKeyGate *gate, guint n, gsize key_size, gint64 *max_wait)
{
  gint64 end = 60 * G_USEC_PER_SEC;
  gint64 requested = -1;
  guint next = 0;
  gboolean force = FALSE;

  for (gint64 now = 0; now < end; now += G_USEC_PER_SEC / 30) {
    gboolean key = force;

    gst_clasp_key_gate_frame (gate, key ? key_size : BITRATE / 8 / 30, key,
        now);
    if (key && requested >= 0)
      *max_wait = MAX (*max_wait, now - requested);
    if (key)
      requested = -1;
    force = gst_clasp_key_gate_poll (gate, now);
    if (next < n && now >= end * next / n) {
      next++;
      requested = requested < 0 ? now : requested;
      force |= gst_clasp_key_gate_request (gate, now);
    }
  }
}

static void
test_budget (void)
{
  static const gsize sizes[] = {10000, 40000, 100000, 500000};
  static const guint requests[] = {8, 50, 500};

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    for (gsize j = 0; j < G_N_ELEMENTS (requests); j++) {
      GstClaspKeyGate gate;
      gint64 wait = 0;

      gst_clasp_key_gate_init (&gate, BITRATE);
      run_minute (&gate, requests[j], sizes[i], &wait);
      g_test_message ("%u requests of %" G_GSIZE_FORMAT
                      " bytes: %u forced, %.1f %%, longest wait %.0f ms",
          requests[j], sizes[i], gate.n_forced,
          gate.forced_bytes * 100.0 / (60.0 * BITRATE / 8), wait / 1000.0);
      g_assert_cmpuint (gate.n_forced, >, 0);
      g_assert_cmpfloat (gate.forced_bytes, <=,
          MAX (0.1 * 60 * BITRATE / 8, 2.0 * sizes[i]));
    }
  }
}

static void
test_few_joins_do_not_wait (void)
{
  GstClaspKeyGate gate;
  gint64 wait = 0;

  gst_clasp_key_gate_init (&gate, BITRATE);
  run_minute (&gate, 20, 40000, &wait);
  g_assert_cmpint (wait, <=, 100 * MS);
}

static void
test_bitrate (void)
{
  GstClaspKeyGate gate;
  gint64 now = 0;

  gst_clasp_key_gate_init (&gate, 100000);
  g_assert_true (gst_clasp_key_gate_request (&gate, now));
  gst_clasp_key_gate_frame (&gate, 100000, TRUE, now);
  now += G_USEC_PER_SEC;
  g_assert_false (gst_clasp_key_gate_request (&gate, now));
  /* at 100 kbit/s the debt takes over a minute, at 100 Mbit/s no time */
  g_assert_false (gst_clasp_key_gate_poll (&gate, now + 20 * G_USEC_PER_SEC));
  gst_clasp_key_gate_set_bitrate (&gate, 100000000, now);
  g_assert_true (gst_clasp_key_gate_poll (&gate, now + 25 * G_USEC_PER_SEC));
}

static void
test_measured (void)
{
  GstClaspKeyGate gate;

  gst_clasp_key_gate_init (&gate, 0);
  for (int i = 0; i < 300; i++)
    gst_clasp_key_gate_frame (&gate, 10000, FALSE, i * 33 * MS);
  g_assert_cmpfloat (gate.rate, >, 290000);
  g_assert_cmpfloat (gate.rate, <, 320000);
  g_assert_true (gst_clasp_key_gate_request (&gate, 300 * 33 * MS));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/key-gate/first", test_first);
  g_test_add_func ("/key-gate/merge", test_merge);
  g_test_add_func ("/key-gate/interval", test_interval);
  g_test_add_func ("/key-gate/natural", test_natural_key_satisfies);
  g_test_add_func ("/key-gate/forgotten", test_forgotten);
  g_test_add_func ("/key-gate/budget", test_budget);
  g_test_add_func ("/key-gate/few-joins", test_few_joins_do_not_wait);
  g_test_add_func ("/key-gate/bitrate", test_bitrate);
  g_test_add_func ("/key-gate/measured", test_measured);
  return g_test_run ();
}
