/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspkeygate.h"

/* share of the bitrate; what is left up to a tenth pays for the first burst */
#define SHARE 0.08
/* the allowance holds at most this many seconds of its own growth */
#define BURST 10.0
/* an encoder that gave no key frame for so long has forgotten the request */
#define FORGOTTEN (1000 * 1000)
#define WINDOW (2 * 1000 * 1000)
#define UNKNOWN_RATE (1000 * 1000 / 8.0)

static double
growth (const GstClaspKeyGate *self)
{
  double rate = self->rate > 0 ? self->rate : UNKNOWN_RATE;

  return SHARE * (self->bitrate ? self->bitrate / 8.0 : rate);
}

static void
update (GstClaspKeyGate *self, gint64 now)
{
  double limit = BURST * growth (self);

  if (self->updated < 0)
    self->allowance = limit;
  else if (now > self->updated)
    self->allowance += growth (self) * (now - self->updated) / G_USEC_PER_SEC;
  self->allowance = MIN (self->allowance, limit);
  self->updated = MAX (self->updated, now);
}

/**
 * gst_clasp_key_gate_init:
 * @self: memory of a gate
 * @bitrate: bit/s of the rung, 0 to measure it
 *
 * Since: 0.1
 */
void
gst_clasp_key_gate_init (GstClaspKeyGate *self, guint bitrate)
{
  *self = (GstClaspKeyGate){
      .bitrate = bitrate,
      .updated = -1,
      .asked = -1,
      .window_start = -1,
  };
}

/**
 * gst_clasp_key_gate_set_bitrate:
 * @self: a gate
 * @bitrate: bit/s of the rung, 0 to measure it
 * @now: the time
 *
 * Since: 0.1
 */
void
gst_clasp_key_gate_set_bitrate (GstClaspKeyGate *self, guint bitrate,
    gint64 now)
{
  update (self, now);
  self->bitrate = bitrate;
}

static gboolean
is_allowed (const GstClaspKeyGate *self, gint64 now)
{
  if (self->asked >= 0 && now - self->asked < GST_CLASP_KEY_GATE_MIN_INTERVAL)
    return FALSE;
  /* a key frame dearer than the whole allowance is let through when it is
   * full; the debt then makes the next one wait */
  return self->allowance >= MIN (self->cost, BURST * growth (self));
}

/**
 * gst_clasp_key_gate_poll:
 * @self: a gate
 * @now: the time
 *
 * To be called now and then, such as for each frame.
 *
 * Returns: %TRUE if the encoder is to be asked for a key frame now
 *
 * Since: 0.1
 */
gboolean
gst_clasp_key_gate_poll (GstClaspKeyGate *self, gint64 now)
{
  update (self, now);
  if (self->waiting && now - self->asked >= FORGOTTEN) {
    self->waiting = FALSE;
    self->pending = TRUE;
  }
  if (!self->pending || !is_allowed (self, now))
    return FALSE;
  self->pending = FALSE;
  self->waiting = TRUE;
  self->asked = now;
  return TRUE;
}

/**
 * gst_clasp_key_gate_request:
 * @self: a gate
 * @now: the time
 *
 * A viewer needs a key frame.
 *
 * Returns: %TRUE if the encoder is to be asked for one now; if not, the request
 *   is answered by the key frame under way or by gst_clasp_key_gate_poll()
 *
 * Since: 0.1
 */
gboolean
gst_clasp_key_gate_request (GstClaspKeyGate *self, gint64 now)
{
  self->n_requests++;
  if (!self->waiting)
    self->pending = TRUE;
  return gst_clasp_key_gate_poll (self, now);
}

static void
measure (GstClaspKeyGate *self, gsize bytes, gint64 now)
{
  gint64 span;

  if (self->window_start < 0)
    self->window_start = now;
  span = now - self->window_start;
  if (span >= WINDOW) {
    self->rate = (double) self->window_bytes * G_USEC_PER_SEC / span;
    self->window_start = now;
    self->window_bytes = 0;
  }
  self->window_bytes += bytes;
}

/**
 * gst_clasp_key_gate_frame:
 * @self: a gate
 * @bytes: size of the frame
 * @key: whether it is a key frame
 * @now: the time
 *
 * A frame came out of the encoder. A key frame that nobody asked for is free,
 * and satisfies requests that wait.
 *
 * Since: 0.1
 */
void
gst_clasp_key_gate_frame (GstClaspKeyGate *self, gsize bytes, gboolean key,
    gint64 now)
{
  measure (self, bytes, now);
  update (self, now);
  if (!key)
    return;
  self->cost = self->cost > 0 ? (3 * self->cost + bytes) / 4 : bytes;
  if (self->waiting) {
    self->allowance -= bytes;
    self->n_forced++;
    self->forced_bytes += bytes;
  }
  self->waiting = FALSE;
  self->pending = FALSE;
}
