/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/gst.h>
#include "gstclaspkeygate.h"

G_BEGIN_DECLS

/* Counts what a rung makes and decides when it is asked for a key unit; the
 * key gate for many threads. */
typedef struct {
  GMutex lock; /* protects what follows; leaf lock */
  GstClaspKeyGate gate;
  guint64 frames;
  guint64 keys;
  guint64 bytes;
  guint64 dropped;
} GstClaspRungMeter;

void gst_clasp_rung_meter_init (GstClaspRungMeter *self, guint bitrate);
void gst_clasp_rung_meter_clear (GstClaspRungMeter *self);
/* These two return whether a key unit is to be asked for now. */
gboolean
gst_clasp_rung_meter_unit (GstClaspRungMeter *self, gsize bytes, gboolean key);
gboolean gst_clasp_rung_meter_request (GstClaspRungMeter *self);
void gst_clasp_rung_meter_drop (GstClaspRungMeter *self);
void gst_clasp_rung_meter_set_bitrate (GstClaspRungMeter *self, guint bitrate);
void
gst_clasp_rung_meter_add_stats (GstClaspRungMeter *self, GstStructure *stats);

G_END_DECLS
