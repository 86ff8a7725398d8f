/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasprungmeter.h"

/**
 * gst_clasp_rung_meter_init:
 * @self: memory of a meter
 * @bitrate: bit/s, 0 to measure it
 *
 * Since: 0.1
 */
void
gst_clasp_rung_meter_init (GstClaspRungMeter *self, guint bitrate)
{
  *self = (GstClaspRungMeter){0};
  g_mutex_init (&self->lock);
  gst_clasp_key_gate_init (&self->gate, bitrate);
}

/**
 * gst_clasp_rung_meter_clear:
 * @self: a meter
 *
 * Since: 0.1
 */
void
gst_clasp_rung_meter_clear (GstClaspRungMeter *self)
{
  g_mutex_clear (&self->lock);
}

/**
 * gst_clasp_rung_meter_unit:
 * @self: a meter
 * @bytes: size of an access unit
 * @key: whether it is a key unit
 *
 * Returns: whether a request that had to wait is to be answered now
 *
 * Since: 0.1
 */
gboolean
gst_clasp_rung_meter_unit (GstClaspRungMeter *self, gsize bytes, gboolean key)
{
  gint64 now = g_get_monotonic_time ();
  gboolean force;

  g_mutex_lock (&self->lock);
  gst_clasp_key_gate_frame (&self->gate, bytes, key, now);
  force = gst_clasp_key_gate_poll (&self->gate, now);
  self->frames++;
  self->keys += key;
  self->bytes += bytes;
  g_mutex_unlock (&self->lock);
  return force;
}

/**
 * gst_clasp_rung_meter_request:
 * @self: a meter
 *
 * A viewer needs a key unit.
 *
 * Returns: whether it is to be asked for now
 *
 * Since: 0.1
 */
gboolean
gst_clasp_rung_meter_request (GstClaspRungMeter *self)
{
  gboolean force;

  g_mutex_lock (&self->lock);
  force = gst_clasp_key_gate_request (&self->gate, g_get_monotonic_time ());
  g_mutex_unlock (&self->lock);
  return force;
}

/**
 * gst_clasp_rung_meter_drop:
 * @self: a meter
 *
 * A frame of the input was dropped.
 *
 * Since: 0.1
 */
void
gst_clasp_rung_meter_drop (GstClaspRungMeter *self)
{
  g_mutex_lock (&self->lock);
  self->dropped++;
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_rung_meter_set_bitrate:
 * @self: a meter
 * @bitrate: bit/s
 *
 * Since: 0.1
 */
void
gst_clasp_rung_meter_set_bitrate (GstClaspRungMeter *self, guint bitrate)
{
  g_mutex_lock (&self->lock);
  gst_clasp_key_gate_set_bitrate (&self->gate, bitrate,
      g_get_monotonic_time ());
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_rung_meter_add_stats:
 * @self: a meter
 * @stats: where to add `frames`, `key-frames`, `bytes`, `dropped` (guint64),
 *   `key-unit-requests`, `forced-key-frames` (guint) and `forced-key-bytes`
 *   (guint64)
 *
 * Since: 0.1
 */
void
gst_clasp_rung_meter_add_stats (GstClaspRungMeter *self, GstStructure *stats)
{
  g_mutex_lock (&self->lock);
  gst_structure_set (stats, "frames", G_TYPE_UINT64, self->frames, "key-frames",
      G_TYPE_UINT64, self->keys, "bytes", G_TYPE_UINT64, self->bytes, "dropped",
      G_TYPE_UINT64, self->dropped, "key-unit-requests", G_TYPE_UINT,
      self->gate.n_requests, "forced-key-frames", G_TYPE_UINT,
      self->gate.n_forced, "forced-key-bytes", G_TYPE_UINT64,
      self->gate.forced_bytes, NULL);
  g_mutex_unlock (&self->lock);
}
