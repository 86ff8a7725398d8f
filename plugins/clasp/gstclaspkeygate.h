/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Two forced key units are at least this far apart (µs). */
#define GST_CLASP_KEY_GATE_MIN_INTERVAL (500 * 1000)

/**
 * GstClaspKeyGate:
 *
 * Merges the key unit requests of all viewers of one rung. Every forced key
 * frame costs its bytes, paid from an allowance that grows with the bitrate:
 * over a minute forced key frames stay under a tenth of it, while a few may
 * follow each other quickly. A request that is not allowed yet is kept and
 * answered later; one that a key frame under way will satisfy is dropped.
 *
 * Times are monotonic µs, given by the caller. Not thread safe.
 */
typedef struct {
  guint bitrate;    /* bit/s; 0: measured */
  gint64 updated;   /* allowance is valid at this time; -1: never */
  double allowance; /* bytes; may be negative */
  double rate;      /* measured bytes/s */
  gint64 window_start;
  gsize window_bytes;
  double cost;      /* usual bytes of a key frame */
  gint64 asked;     /* when the encoder was last asked; -1: never */
  gboolean waiting; /* asked, and no key frame came out yet */
  gboolean pending; /* a request that was not allowed yet */
  guint n_requests;
  guint n_forced;
  guint64 forced_bytes;
} GstClaspKeyGate;

void gst_clasp_key_gate_init (GstClaspKeyGate *self, guint bitrate);
void gst_clasp_key_gate_set_bitrate (GstClaspKeyGate *self, guint bitrate,
    gint64 now);
gboolean gst_clasp_key_gate_request (GstClaspKeyGate *self, gint64 now);
gboolean gst_clasp_key_gate_poll (GstClaspKeyGate *self, gint64 now);
void gst_clasp_key_gate_frame (GstClaspKeyGate *self, gsize bytes, gboolean key,
    gint64 now);

G_END_DECLS
