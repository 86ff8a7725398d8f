/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-clock.h"

/* Samples kept; at one in 30 s they cover four minutes. */
#define MAX_SAMPLES 8

/* Crystals drift by less than this against each other. */
#define DRIFT_PPM 100

/* A sample that took longer says too little. */
#define MAX_ROUND_TRIP (10 * G_USEC_PER_SEC)

/* After this many samples in a row that contradict the estimate, one of the
 * clocks was set: the old samples go. */
#define MAX_CONTRADICTIONS 3

/* Stamps from outside stay below, so that sums cannot overflow. */
#define MAX_STAMP (G_MAXINT64 / 4)

typedef struct {
  gint64 taken; /* local time */
  gint64 offset;
  gint64 error; /* half the round trip */
} Sample;

/**
 * ClaspClock:
 *
 * Estimates how far the relay's clock is from the local monotonic clock
 * (g_get_monotonic_time()), from the four stamps of a SYNC exchange. The best
 * sample is the one with the shortest round trip, where each sample loses
 * trust with its age at the rate by which clocks may drift.
 *
 * Since: 0.1
 */
struct _ClaspClock {
  GObject parent_instance;

  /* Protects everything below. Leaf lock. */
  GMutex mutex;
  Sample samples[MAX_SAMPLES]; /* ring, newest at next - 1 */
  guint next;
  guint n_samples;
  guint n_contradictions;
};

G_DEFINE_FINAL_TYPE (ClaspClock, clasp_clock, G_TYPE_OBJECT)

static gint64
error_at (const Sample *sample, gint64 now)
{
  gint64 age = MAX (now - sample->taken, 0);

  return sample->error + age / (G_USEC_PER_SEC / DRIFT_PPM);
}

static const Sample *
best_sample (ClaspClock *self, gint64 now)
{
  const Sample *best = NULL;

  for (guint i = 0; i < self->n_samples; i++) {
    const Sample *sample = &self->samples[i];

    if (!best || error_at (sample, now) < error_at (best, now))
      best = sample;
  }
  return best;
}

static gboolean
contradicts (const Sample *sample, const Sample *best, gint64 now)
{
  gint64 distance = sample->offset - best->offset;

  if (distance < 0)
    distance = -distance;
  return distance > error_at (sample, now) + error_at (best, now);
}

/* Keeps the samples that made us doubt: they agree on the new time. */
static void
forget_old_samples (ClaspClock *self)
{
  Sample kept[MAX_CONTRADICTIONS];

  for (guint i = 0; i < MAX_CONTRADICTIONS; i++)
    kept[i] =
        self->samples[(self->next + MAX_SAMPLES - MAX_CONTRADICTIONS + i) %
            MAX_SAMPLES];
  memcpy (self->samples, kept, sizeof kept);
  self->next = self->n_samples = MAX_CONTRADICTIONS;
  self->n_contradictions = 0;
}

static void
add_sample (ClaspClock *self, const Sample *sample)
{
  const Sample *best = best_sample (self, sample->taken);
  gboolean contradiction = best && contradicts (sample, best, sample->taken);

  self->samples[self->next] = *sample;
  self->next = (self->next + 1) % MAX_SAMPLES;
  self->n_samples = MIN (self->n_samples + 1, MAX_SAMPLES);
  self->n_contradictions = contradiction ? self->n_contradictions + 1 : 0;
  if (self->n_contradictions == MAX_CONTRADICTIONS)
    forget_old_samples (self);
}

/**
 * clasp_clock_new:
 *
 * Returns: (transfer full): a new clock without samples
 *
 * Since: 0.1
 */
ClaspClock *
clasp_clock_new (void)
{
  return g_object_new (CLASP_TYPE_CLOCK, NULL);
}

static gboolean
is_stamp (gint64 time)
{
  return time >= 0 && time <= MAX_STAMP;
}

/**
 * clasp_clock_add_sample:
 * @self: a #ClaspClock
 * @t1: local monotonic time at which the question left
 * @t2: relay time at which it arrived
 * @t3: relay time at which the answer left
 * @t4: local monotonic time at which it arrived
 *
 * Adds what a SYNC exchange measured, in µs. May be called from any thread.
 *
 * Returns: %FALSE if the stamps make no sense or took too long
 *
 * Since: 0.1
 */
gboolean
clasp_clock_add_sample (ClaspClock *self, gint64 t1, gint64 t2, gint64 t3,
    gint64 t4)
{
  gint64 round_trip;
  Sample sample;

  g_return_val_if_fail (CLASP_IS_CLOCK (self), FALSE);
  if (!is_stamp (t1) || !is_stamp (t2) || !is_stamp (t3) || !is_stamp (t4))
    return FALSE;
  round_trip = (t4 - t1) - (t3 - t2);
  if (t4 < t1 || t3 < t2 || round_trip < 0 || round_trip > MAX_ROUND_TRIP)
    return FALSE;
  sample.taken = t4;
  sample.offset = ((t2 - t1) + (t3 - t4)) / 2;
  sample.error = round_trip / 2 + 1;
  g_mutex_lock (&self->mutex);
  add_sample (self, &sample);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

/**
 * clasp_clock_get_offset:
 * @self: a #ClaspClock
 * @now: local monotonic time in µs
 * @offset: (out) (optional): relay time - local monotonic time, in µs
 * @error: (out) (optional): how far @offset may be off, in µs
 *
 * May be called from any thread.
 *
 * Returns: %FALSE, and zeros, while there is no sample
 *
 * Since: 0.1
 */
gboolean
clasp_clock_get_offset (ClaspClock *self, gint64 now, gint64 *offset,
    gint64 *error)
{
  const Sample *best;

  g_return_val_if_fail (CLASP_IS_CLOCK (self), FALSE);
  g_mutex_lock (&self->mutex);
  best = best_sample (self, now);
  if (offset)
    *offset = best ? best->offset : 0;
  if (error)
    *error = best ? error_at (best, now) : 0;
  g_mutex_unlock (&self->mutex);
  return best != NULL;
}

/**
 * clasp_clock_to_relay:
 * @self: a #ClaspClock
 * @local: local monotonic time in µs
 *
 * May be called from any thread.
 *
 * Returns: relay time in µs, @local itself while there is no sample; senseless
 *   times are clamped
 *
 * Since: 0.1
 */
gint64
clasp_clock_to_relay (ClaspClock *self, gint64 local)
{
  gint64 offset;

  local = CLAMP (local, -MAX_STAMP, MAX_STAMP);
  clasp_clock_get_offset (self, local, &offset, NULL);
  return local + offset;
}

/**
 * clasp_clock_from_relay:
 * @self: a #ClaspClock
 * @relay: relay time in µs
 *
 * May be called from any thread.
 *
 * Returns: local monotonic time in µs, @relay itself while there is no sample
 *
 * Since: 0.1
 */
gint64
clasp_clock_from_relay (ClaspClock *self, gint64 relay)
{
  gint64 offset;

  relay = CLAMP (relay, -MAX_STAMP, MAX_STAMP);
  /* The age of the samples only needs a rough local time. */
  clasp_clock_get_offset (self, relay, &offset, NULL);
  clasp_clock_get_offset (self, relay - offset, &offset, NULL);
  return relay - offset;
}

/**
 * clasp_clock_reset:
 * @self: a #ClaspClock
 *
 * Forgets all samples, as needed when the relay is another one. May be called
 * from any thread.
 *
 * Since: 0.1
 */
void
clasp_clock_reset (ClaspClock *self)
{
  g_return_if_fail (CLASP_IS_CLOCK (self));
  g_mutex_lock (&self->mutex);
  self->next = self->n_samples = self->n_contradictions = 0;
  g_mutex_unlock (&self->mutex);
}

static void
clasp_clock_finalize (GObject *object)
{
  g_mutex_clear (&CLASP_CLOCK (object)->mutex);
  G_OBJECT_CLASS (clasp_clock_parent_class)->finalize (object);
}

static void
clasp_clock_class_init (ClaspClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = clasp_clock_finalize;
}

static void
clasp_clock_init (ClaspClock *self)
{
  g_mutex_init (&self->mutex);
}
