/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-sync-private.h"

#define BURST_INTERVAL (G_USEC_PER_SEC / 10)
#define ANSWER_TIMEOUT (5 * G_USEC_PER_SEC)

/* Later than any date, and far from an overflow. */
#define MAX_STAMP (G_MAXINT64 / 4)

/*
 * clasp_sync_start:
 * @self: what to set up
 * @interval: time between samples after the first few
 * @now: time of the WELCOME
 */
void
clasp_sync_start (ClaspSync *self, gint64 interval, gint64 now)
{
  *self = (ClaspSync){.interval = interval, .due = now};
}

/*
 * clasp_sync_is_due:
 * @self: a started sync
 * @now: current time
 * @wake: (inout): lowered to when to ask again
 *
 * Returns: whether a SYNC is to be sent now
 */
gboolean
clasp_sync_is_due (ClaspSync *self, gint64 now, gint64 *wake)
{
  if (self->asked != 0 && now >= self->asked + ANSWER_TIMEOUT) {
    self->asked = 0;
    self->due = now + self->interval;
  }
  if (self->asked != 0) {
    *wake = MIN (*wake, self->asked + ANSWER_TIMEOUT);
    return FALSE;
  }
  *wake = MIN (*wake, self->due);
  return now >= self->due;
}

/*
 * clasp_sync_asked:
 * @self: a started sync
 * @stamp: time put into the SYNC
 * @now: local monotonic time at which it was sent
 */
void
clasp_sync_asked (ClaspSync *self, gint64 stamp, gint64 now)
{
  self->stamp = stamp;
  self->asked = now;
}

/* Whether a clock was set, or stood still while the machine slept. */
static gboolean
contradicts (ClaspClock *clock, gint64 t1, gint64 t2, gint64 t3, gint64 t4)
{
  gint64 offset, error, distance;

  if (!clasp_clock_get_offset (clock, t4, &offset, &error))
    return FALSE;
  distance = ABS (((t2 - t1) + (t3 - t4)) / 2 - offset);
  return distance > error + (t4 - t1);
}

/*
 * clasp_sync_answered:
 * @self: a started sync
 * @clock: gets the sample
 * @t1: the stamp that came back
 * @t2: relay time of arrival
 * @t3: relay time of departure
 * @now: local monotonic time
 *
 * A sample that contradicts the clock is followed by more at once.
 *
 * Returns: %FALSE if this answers nothing or makes no sense
 */
gboolean
clasp_sync_answered (ClaspSync *self, ClaspClock *clock, guint64 t1, guint64 t2,
    guint64 t3, gint64 now)
{
  gint64 asked = self->asked;

  if (asked == 0 || t1 != (guint64) self->stamp)
    return FALSE;
  self->asked = 0;
  self->n_answers++;
  self->due = now +
      (self->n_answers < CLASP_SYNC_BURST ? BURST_INTERVAL : self->interval);
  if (t2 > MAX_STAMP || t3 > MAX_STAMP)
    return FALSE;
  if (self->n_answers > CLASP_SYNC_BURST &&
      contradicts (clock, asked, (gint64) t2, (gint64) t3, now)) {
    self->n_answers = 1;
    self->due = now + BURST_INTERVAL;
  }
  return clasp_clock_add_sample (clock, asked, (gint64) t2, (gint64) t3, now);
}
