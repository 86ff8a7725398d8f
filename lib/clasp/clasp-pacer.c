/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-pacer-private.h"

/* The relay counts by seconds of its own clock: any window of ours that is a
 * little longer keeps the count in all of its seconds. */
#define WINDOW (G_USEC_PER_SEC + G_USEC_PER_SEC / 20)

/* Refusals of what was on the way when the rate was lowered say nothing. */
#define SETTLE (2 * G_USEC_PER_SEC)

/*
 * clasp_pacer_init:
 * @self: what to set up, without a limit
 */
void
clasp_pacer_init (ClaspPacer *self)
{
  *self = (ClaspPacer){0};
}

/*
 * clasp_pacer_clear:
 * @self: what to empty
 */
void
clasp_pacer_clear (ClaspPacer *self)
{
  g_clear_pointer (&self->sent, g_free);
}

/*
 * clasp_pacer_set_rate:
 * @self: a pacer
 * @rate: messages per second, 0 for no limit
 */
void
clasp_pacer_set_rate (ClaspPacer *self, guint rate)
{
  rate = MIN (rate, CLASP_PACER_MAX_RATE);
  if (rate == self->rate)
    return;
  clasp_pacer_clear (self);
  self->rate = rate;
  self->next = self->n_sent = 0;
  if (rate > 0)
    self->sent = g_new0 (gint64, rate);
}

/*
 * clasp_pacer_is_limited:
 * @self: a pacer
 *
 * Returns: whether there is a limit
 */
gboolean
clasp_pacer_is_limited (const ClaspPacer *self)
{
  return self->rate > 0;
}

/* Streams get four fifths; the rest is always there for signalling. */
static guint
stream_rate (const ClaspPacer *self)
{
  return MAX (1, self->rate * 4 / 5);
}

/*
 * clasp_pacer_next_time:
 * @self: a pacer
 * @stream: whether for a stream message, which must leave room for others
 *
 * Streams are spread evenly: a burst and then a second of silence would be a
 * second of latency.
 *
 * Returns: earliest time for the next message, 0 if there is no limit
 */
gint64
clasp_pacer_next_time (const ClaspPacer *self, gboolean stream)
{
  gint64 time = self->blocked_until;

  if (self->rate == 0)
    return 0;
  if (self->n_sent == self->rate)
    time = MAX (time, self->sent[self->next] + WINDOW);
  if (stream && self->last_stream != 0)
    time = MAX (time, self->last_stream + WINDOW / stream_rate (self));
  return time;
}

/*
 * clasp_pacer_may_send:
 * @self: a pacer
 * @stream: whether a stream message
 * @now: current time
 *
 * Returns: whether a message may be sent now
 */
gboolean
clasp_pacer_may_send (const ClaspPacer *self, gboolean stream, gint64 now)
{
  return now >= clasp_pacer_next_time (self, stream);
}

/*
 * clasp_pacer_sent:
 * @self: a pacer
 * @stream: whether a stream message
 * @now: current time
 *
 * Counts a message that was sent.
 */
void
clasp_pacer_sent (ClaspPacer *self, gboolean stream, gint64 now)
{
  if (self->rate == 0)
    return;
  self->sent[self->next] = now;
  self->next = (self->next + 1) % self->rate;
  if (self->n_sent < self->rate)
    self->n_sent++;
  if (stream)
    self->last_stream = now;
}

/*
 * clasp_pacer_refused:
 * @self: a pacer
 * @now: current time
 *
 * The relay refused a message for its rate. Without a limit so far, the usual
 * one is assumed; an existing one is lowered by a fifth. Refusals come in
 * bursts, one for each message: only the first of a burst counts.
 *
 * Returns: whether the rate changed
 */
gboolean
clasp_pacer_refused (ClaspPacer *self, gint64 now)
{
  if (now < self->ignore_refusals_until)
    return FALSE;
  self->ignore_refusals_until = now + SETTLE;
  self->blocked_until = now + WINDOW;
  if (self->rate == 0)
    clasp_pacer_set_rate (self, CLASP_PACER_LEARNED_RATE);
  else if (self->rate > CLASP_PACER_LEAST_RATE)
    clasp_pacer_set_rate (self,
        MAX (CLASP_PACER_LEAST_RATE, self->rate * 4 / 5));
  else
    return FALSE;
  return TRUE;
}
