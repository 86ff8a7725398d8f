/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-backoff-private.h"

/* Enough doublings to get from any sensible minimum to the maximum. */
#define MAX_ATTEMPT 20

/*
 * clasp_backoff_init:
 * @self: what to set up
 * @min_delay: shortest delay in µs, above 0
 * @max_delay: longest delay in µs
 */
void
clasp_backoff_init (ClaspBackoff *self, gint64 min_delay, gint64 max_delay)
{
  *self = (ClaspBackoff){
      .min_delay = MAX (min_delay, 1),
      .max_delay = MAX (max_delay, MAX (min_delay, 1)),
  };
}

/*
 * clasp_backoff_connected:
 * @self: a back-off
 * @now: time at which the connection came up
 *
 * The attempts start over only when the connection has lasted: a relay that
 * accepts and hangs up at once is not to be hammered.
 */
void
clasp_backoff_connected (ClaspBackoff *self, gint64 now)
{
  self->up_since = now;
}

static gint64
count_failure (ClaspBackoff *self, gint64 now, double random, gint64 longest)
{
  gint64 span = self->max_delay;

  if (self->up_since != 0 && now - self->up_since >= self->max_delay)
    self->attempt = 0;
  self->up_since = 0;

  if (self->min_delay <= self->max_delay >> (self->attempt + 1))
    span = self->min_delay << (self->attempt + 1);
  span = MAX (MIN (span, longest), self->min_delay);
  if (self->attempt < MAX_ATTEMPT)
    self->attempt++;
  return now +
      MAX (self->min_delay,
          span / 2 + (gint64) (CLAMP (random, 0.0, 1.0) * (span / 2)));
}

/*
 * clasp_backoff_next:
 * @self: a back-off
 * @now: time of the failure
 * @random: 0 <= @random < 1
 *
 * Counts a failure. The delay lies in the upper half of a span that doubles
 * with every failure in a row, so that clients spread.
 *
 * Returns: when to try again
 */
gint64
clasp_backoff_next (ClaspBackoff *self, gint64 now, double random)
{
  return count_failure (self, now, random, self->max_delay);
}

/*
 * clasp_backoff_next_absent:
 * @self: a back-off
 * @now: time of the failure
 * @random: 0 <= @random < 1
 *
 * Counts a failure that cost no relay anything, since none was there. The
 * delay grows as usual, but stays short, so that clients are back soon after
 * the relay is.
 *
 * Returns: when to try again
 */
gint64
clasp_backoff_next_absent (ClaspBackoff *self, gint64 now, double random)
{
  return count_failure (self, now, random, CLASP_BACKOFF_ABSENT_MAX);
}
