/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-liveness-private.h"

/* A relay whose connection task has died goes on delivering broadcasts, but
 * answers nothing any more (clasp-protocol: quirk 3). */
#define MAX_UNANSWERED_PINGS 2

/* A relay that never gave our signals back does not support that, so its
 * silence does not mean that it forgot us. */
#define MAX_LOST_ECHOES 2

#define RETRY_DELAY (2 * G_USEC_PER_SEC)

/*
 * clasp_liveness_start:
 * @self: what to set up
 * @times: intervals and timeouts
 * @now: time of the WELCOME
 */
void
clasp_liveness_start (ClaspLiveness *self, const ClaspLivenessTimes *times,
    gint64 now)
{
  *self = (ClaspLiveness){
      .times = *times,
      .last_heard = now,
      .ping_due = now + times->ping_interval,
      .last_delivered = now,
      .echo_due = now + times->echo_first,
  };
}

static ClaspLivenessAction
next_ping (ClaspLiveness *self, gint64 now, gint64 *wake)
{
  if (self->ping_sent == 0) {
    *wake = MIN (*wake, self->ping_due);
    return now >= self->ping_due ? CLASP_LIVENESS_SEND_PING
                                 : CLASP_LIVENESS_WAIT;
  }
  if (now < self->ping_sent + self->times.ping_timeout) {
    *wake = MIN (*wake, self->ping_sent + self->times.ping_timeout);
    return CLASP_LIVENESS_WAIT;
  }
  if (self->last_heard <= self->ping_sent ||
      ++self->unanswered_pings >= MAX_UNANSWERED_PINGS)
    return CLASP_LIVENESS_NO_PONG;
  self->ping_due = self->ping_sent + self->times.ping_interval;
  self->ping_sent = 0;
  return next_ping (self, now, wake);
}

/* Without own echoes only the broadcasts of others tell, and only somebody who
 * subscribed to something can expect any. */
static ClaspLivenessAction
next_silence (ClaspLiveness *self, gboolean subscribed, gint64 now,
    gint64 *wake)
{
  gint64 limit = self->last_delivered + self->times.silence_limit;

  if (!subscribed)
    return CLASP_LIVENESS_WAIT;
  if (now >= limit)
    return CLASP_LIVENESS_NO_ECHO;
  *wake = MIN (*wake, limit);
  return CLASP_LIVENESS_WAIT;
}

/* On a slow way out the echo may be late. A PING that was sent after it and
 * was answered tells that it is not. */
static ClaspLivenessAction
judge_lost_echo (ClaspLiveness *self, gint64 now)
{
  if (self->answered_ping >= self->echo_sent)
    return CLASP_LIVENESS_NO_ECHO;
  if (self->ping_sent != 0)
    return CLASP_LIVENESS_WAIT;
  self->ping_due = now;
  return CLASP_LIVENESS_SEND_PING;
}

static ClaspLivenessAction
next_echo (ClaspLiveness *self, gboolean subscribed, gint64 now, gint64 *wake)
{
  gint64 limit = self->echo_sent + self->times.echo_timeout;

  if (self->echo == CLASP_ECHO_REFUSED)
    return next_silence (self, subscribed, now, wake);
  if (self->echo_sent == 0) {
    *wake = MIN (*wake, self->echo_due);
    return now >= self->echo_due ? CLASP_LIVENESS_SEND_ECHO
                                 : CLASP_LIVENESS_WAIT;
  }
  if (now < limit) {
    *wake = MIN (*wake, limit);
    return CLASP_LIVENESS_WAIT;
  }
  if (self->echo == CLASP_ECHO_WORKS)
    return judge_lost_echo (self, now);
  self->echo_sent = 0;
  if (++self->lost_echoes < MAX_LOST_ECHOES)
    return CLASP_LIVENESS_SEND_ECHO;
  clasp_liveness_echo_refused (self);
  return next_silence (self, subscribed, now, wake);
}

/*
 * clasp_liveness_next:
 * @self: a started liveness
 * @subscribed: whether the client has subscriptions
 * @now: current time
 * @wake: (out): when to ask again at the latest, if nothing is to be done now
 *
 * Returns: what to do now; ask again after having done it
 */
ClaspLivenessAction
clasp_liveness_next (ClaspLiveness *self, gboolean subscribed, gint64 now,
    gint64 *wake)
{
  ClaspLivenessAction action;

  *wake = G_MAXINT64;
  action = next_ping (self, now, wake);
  if (action == CLASP_LIVENESS_WAIT)
    action = next_echo (self, subscribed, now, wake);
  return action;
}

/*
 * clasp_liveness_ping_sent:
 * @self: a started liveness
 * @now: current time
 */
void
clasp_liveness_ping_sent (ClaspLiveness *self, gint64 now)
{
  self->ping_sent = now;
}

/*
 * clasp_liveness_echo_sent:
 * @self: a started liveness
 * @now: current time
 */
void
clasp_liveness_echo_sent (ClaspLiveness *self, gint64 now)
{
  self->echo_sent = now;
}

/*
 * clasp_liveness_heard:
 * @self: a started liveness
 * @now: current time
 *
 * The relay sent anything, or took what we sent after having been slow.
 */
void
clasp_liveness_heard (ClaspLiveness *self, gint64 now)
{
  self->last_heard = now;
}

/*
 * clasp_liveness_pong:
 * @self: a started liveness
 * @now: current time
 */
void
clasp_liveness_pong (ClaspLiveness *self, gint64 now)
{
  self->last_heard = now;
  self->unanswered_pings = 0;
  if (self->ping_sent == 0)
    return;
  self->ping_due = MAX (now, self->ping_sent + self->times.ping_interval);
  self->answered_ping = self->ping_sent;
  self->ping_sent = 0;
}

/*
 * clasp_liveness_delivered:
 * @self: a started liveness
 * @now: current time
 *
 * A broadcast or signal arrived: the session was not evicted, and its idle
 * time at the relay starts over.
 */
void
clasp_liveness_delivered (ClaspLiveness *self, gint64 now)
{
  self->last_heard = self->last_delivered = now;
  if (self->echo == CLASP_ECHO_WORKS) {
    self->echo_sent = 0;
    self->echo_due = now + self->times.echo_interval;
  }
}

/*
 * clasp_liveness_echoed:
 * @self: a started liveness
 * @now: current time
 *
 * Our own signal came back.
 */
void
clasp_liveness_echoed (ClaspLiveness *self, gint64 now)
{
  self->echo = CLASP_ECHO_WORKS;
  clasp_liveness_delivered (self, now);
}

/*
 * clasp_liveness_echo_refused:
 * @self: a started liveness
 *
 * The relay does not let us signal ourselves: no more echoes.
 */
void
clasp_liveness_echo_refused (ClaspLiveness *self)
{
  self->echo = CLASP_ECHO_REFUSED;
  self->echo_sent = 0;
}

/*
 * clasp_liveness_message_lost:
 * @self: a started liveness
 * @now: current time
 *
 * The relay discarded something for our message rate, perhaps a PING or an
 * echo: they are to be sent again rather than to be missed.
 */
void
clasp_liveness_message_lost (ClaspLiveness *self, gint64 now)
{
  if (self->ping_sent != 0) {
    self->ping_sent = 0;
    self->ping_due = now + RETRY_DELAY;
  }
  if (self->echo_sent != 0) {
    self->echo_sent = 0;
    self->echo_due = now + RETRY_DELAY;
  }
}
