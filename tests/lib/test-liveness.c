/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp/clasp-liveness-private.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define START (100 * SECOND)

static const ClaspLivenessTimes times = {
    .ping_interval = 15 * SECOND,
    .ping_timeout = 10 * SECOND,
    .echo_first = 1 * SECOND,
    .echo_interval = 60 * SECOND,
    .echo_timeout = 10 * SECOND,
    .silence_limit = 300 * SECOND,
};

/* What a simulated relay does. */
typedef struct {
  gint64 no_pong_after;
  gint64 no_echo_after;
  gint64 broadcasts_after; /* one a second */
  gboolean forbid_echo;
  gboolean subscribed;
} Relay;

static const Relay healthy = {
    .no_pong_after = G_MAXINT64,
    .no_echo_after = G_MAXINT64,
    .broadcasts_after = G_MAXINT64,
    .subscribed = TRUE,
};

typedef struct {
  ClaspLivenessAction end;
  gint64 at; /* since the start */
  guint n_pings;
  guint n_echoes;
} Outcome;

static void
answer (ClaspLiveness *liveness, const Relay *relay, Outcome *outcome,
    ClaspLivenessAction action, gint64 now)
{
  if (action == CLASP_LIVENESS_SEND_PING) {
    outcome->n_pings++;
    clasp_liveness_ping_sent (liveness, now);
    if (now - START < relay->no_pong_after)
      clasp_liveness_pong (liveness, now);
  } else if (action == CLASP_LIVENESS_SEND_ECHO) {
    outcome->n_echoes++;
    clasp_liveness_echo_sent (liveness, now);
    if (relay->forbid_echo)
      clasp_liveness_echo_refused (liveness);
    else if (now - START < relay->no_echo_after)
      clasp_liveness_echoed (liveness, now);
  }
}

/* Runs in steps of 100 ms until the liveness gives up or time is over. */
static Outcome
simulate (const Relay *relay, gint64 seconds)
{
  ClaspLiveness liveness;
  Outcome outcome = {0};

  clasp_liveness_start (&liveness, &times, START);
  for (gint64 now = START; now <= START + seconds * SECOND;
       now += SECOND / 10) {
    ClaspLivenessAction action;
    gint64 wake;

    if (now - START >= relay->broadcasts_after && now % SECOND == 0)
      clasp_liveness_delivered (&liveness, now);
    while ((action = clasp_liveness_next (&liveness, relay->subscribed, now,
                &wake)) != CLASP_LIVENESS_WAIT) {
      outcome.end = action;
      outcome.at = now - START;
      if (action == CLASP_LIVENESS_NO_PONG || action == CLASP_LIVENESS_NO_ECHO)
        return outcome;
      answer (&liveness, relay, &outcome, action, now);
    }
    g_assert_cmpint (wake, >, now);
    g_assert_cmpint (wake, <, G_MAXINT64);
  }
  outcome.end = CLASP_LIVENESS_WAIT;
  return outcome;
}

static void
test_healthy (void)
{
  Outcome outcome = simulate (&healthy, 3600);

  g_assert_cmpint (outcome.end, ==, CLASP_LIVENESS_WAIT);
  g_assert_cmpuint (outcome.n_pings, ==, 240);
  g_assert_cmpuint (outcome.n_echoes, ==, 60);
}

static void
test_silent_relay (void)
{
  Relay relay = healthy;
  Outcome outcome;

  relay.no_pong_after = relay.no_echo_after = 100 * SECOND;
  outcome = simulate (&relay, 3600);
  g_assert_cmpint (outcome.end, ==, CLASP_LIVENESS_NO_PONG);
  g_assert_cmpint (outcome.at, ==, 115 * SECOND);
}

/* Its connection task died, but others still reach us. */
static void
test_deaf_relay (void)
{
  Relay relay = healthy;
  Outcome outcome;

  relay.no_pong_after = 100 * SECOND;
  relay.broadcasts_after = 0;
  outcome = simulate (&relay, 3600);
  g_assert_cmpint (outcome.end, ==, CLASP_LIVENESS_NO_PONG);
  g_assert_cmpint (outcome.at, ==, 130 * SECOND);
}

static void
test_forgotten_session (void)
{
  Relay relay = healthy;
  Outcome outcome;

  relay.no_echo_after = 100 * SECOND;
  outcome = simulate (&relay, 3600);
  g_assert_cmpint (outcome.end, ==, CLASP_LIVENESS_NO_ECHO);
  /* Echo at 121 s, 10 s of patience, one PING to be sure. */
  g_assert_cmpint (outcome.at, ==, 131 * SECOND);
}

static void
test_echo_never_worked (void)
{
  Relay relay = healthy;
  Outcome outcome;

  relay.no_echo_after = 0;
  relay.subscribed = FALSE;
  outcome = simulate (&relay, 3600);
  g_assert_cmpint (outcome.end, ==, CLASP_LIVENESS_WAIT);
  g_assert_cmpuint (outcome.n_echoes, ==, 2);
}

static void
test_echo_forbidden (void)
{
  Relay relay = healthy;
  Outcome outcome;

  relay.forbid_echo = TRUE;
  relay.broadcasts_after = 0;
  outcome = simulate (&relay, 3600);
  g_assert_cmpint (outcome.end, ==, CLASP_LIVENESS_WAIT);
  g_assert_cmpuint (outcome.n_echoes, ==, 1);
}

static void
test_echo_forbidden_and_silence (void)
{
  Relay relay = healthy;
  Outcome outcome;

  relay.forbid_echo = TRUE;
  outcome = simulate (&relay, 3600);
  g_assert_cmpint (outcome.end, ==, CLASP_LIVENESS_NO_ECHO);
  g_assert_cmpint (outcome.at, ==, 300 * SECOND);
}

static void
test_broadcasts_save_echoes (void)
{
  Relay relay = healthy;
  Outcome outcome;

  relay.broadcasts_after = 0;
  outcome = simulate (&relay, 3600);
  g_assert_cmpint (outcome.end, ==, CLASP_LIVENESS_WAIT);
  g_assert_cmpuint (outcome.n_echoes, ==, 1);
}

/* An echo that is late on a slow way out is not lost. */
static void
test_late_echo (void)
{
  ClaspLiveness liveness;
  gint64 now = START, wake;

  clasp_liveness_start (&liveness, &times, now);
  now += SECOND;
  clasp_liveness_echo_sent (&liveness, now);
  clasp_liveness_echoed (&liveness, now);
  now += 60 * SECOND;
  clasp_liveness_pong (&liveness, now);
  clasp_liveness_echo_sent (&liveness, now);
  clasp_liveness_ping_sent (&liveness, now - 1);
  now += 9 * SECOND;
  clasp_liveness_pong (&liveness, now);
  now += 2 * SECOND;
  /* That PONG was for a PING before the echo: ask again first. */
  g_assert_cmpint (clasp_liveness_next (&liveness, TRUE, now, &wake), ==,
      CLASP_LIVENESS_SEND_PING);
  clasp_liveness_ping_sent (&liveness, now);
  g_assert_cmpint (clasp_liveness_next (&liveness, TRUE, now, &wake), ==,
      CLASP_LIVENESS_WAIT);
  now += 3 * SECOND;
  clasp_liveness_echoed (&liveness, now);
  clasp_liveness_pong (&liveness, now + 1);
  g_assert_cmpint (clasp_liveness_next (&liveness, TRUE, now + 2, &wake), ==,
      CLASP_LIVENESS_WAIT);
}

static void
test_lost_to_rate_limit (void)
{
  ClaspLiveness liveness;
  gint64 now = START, wake;

  clasp_liveness_start (&liveness, &times, now);
  clasp_liveness_echo_sent (&liveness, now);
  clasp_liveness_echoed (&liveness, now);
  now += 60 * SECOND;
  clasp_liveness_echo_sent (&liveness, now);
  clasp_liveness_ping_sent (&liveness, now);
  clasp_liveness_message_lost (&liveness, now);
  now += 2 * SECOND;
  g_assert_cmpint (clasp_liveness_next (&liveness, TRUE, now, &wake), ==,
      CLASP_LIVENESS_SEND_PING);
  clasp_liveness_ping_sent (&liveness, now);
  g_assert_cmpint (clasp_liveness_next (&liveness, TRUE, now, &wake), ==,
      CLASP_LIVENESS_SEND_ECHO);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/liveness/healthy", test_healthy);
  g_test_add_func ("/liveness/silent-relay", test_silent_relay);
  g_test_add_func ("/liveness/deaf-relay", test_deaf_relay);
  g_test_add_func ("/liveness/forgotten-session", test_forgotten_session);
  g_test_add_func ("/liveness/echo-never-worked", test_echo_never_worked);
  g_test_add_func ("/liveness/echo-forbidden", test_echo_forbidden);
  g_test_add_func ("/liveness/echo-forbidden-and-silence",
      test_echo_forbidden_and_silence);
  g_test_add_func ("/liveness/broadcasts-save-echoes",
      test_broadcasts_save_echoes);
  g_test_add_func ("/liveness/late-echo", test_late_echo);
  g_test_add_func ("/liveness/lost-to-rate-limit", test_lost_to_rate_limit);
  return g_test_run ();
}
