/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

/**
 * GstClaspTapFuncs:
 * @caps: (nullable): new caps, before the first buffer that has them; %FALSE
 *   refuses them
 * @buffer: one buffer, which stays the tap's, with its running time; @due is the
 *   time of the clock at which it is meant to be shown. Both are
 *   %GST_CLOCK_TIME_NONE without a timestamp, @due also without a clock
 * @anchor: (nullable): see gst_clasp_tap_new()
 *
 * Who listens at a tap. All are called in its streaming thread.
 */
typedef struct {
  gboolean (*caps) (GstCaps *caps, gpointer data);
  GstFlowReturn (*buffer) (GstBuffer *buffer, GstClockTime running_time,
      GstClockTime due, gpointer data);
  GstClockTimeDiff (
      *anchor) (guint32 seqnum, GstClockTimeDiff offset, gpointer data);
} GstClaspTapFuncs;

#define GST_TYPE_CLASP_TAP (gst_clasp_tap_get_type ())
G_DECLARE_FINAL_TYPE (GstClaspTap, gst_clasp_tap, GST, CLASP_TAP, GstBaseSink)

GstElement *gst_clasp_tap_new (GstCaps *caps, gboolean sync,
    const GstClaspTapFuncs *funcs, gpointer data);
/* Changes what is accepted; renegotiates. */
void gst_clasp_tap_set_allowed_caps (GstClaspTap *self, GstCaps *caps);

G_END_DECLS
