/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstClaspAccessUnit:
 *
 * Puts H.264 pictures together that rtph264depay took apart. It begins a new
 * buffer at every parameter set, but some senders (rtph264pay with
 * config-interval=-1 behind an encoder that makes several slices) repeat the
 * parameter sets in front of every slice of one key frame. A picture ends with
 * the RTP marker, or where the next begins. Not thread safe.
 */
typedef struct {
  GstBuffer *held;
} GstClaspAccessUnit;

guint gst_clasp_access_unit_push (GstClaspAccessUnit *self, GstBuffer *buffer,
    GstBuffer *complete[2]);
void gst_clasp_access_unit_clear (GstClaspAccessUnit *self);

G_END_DECLS
