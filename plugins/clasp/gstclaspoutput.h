/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspcodec.h"
#include "gstclasptimebase.h"

G_BEGIN_DECLS

#define GST_TYPE_CLASP_OUTPUT (gst_clasp_output_get_type ())
G_DECLARE_FINAL_TYPE (GstClaspOutput, gst_clasp_output, GST, CLASP_OUTPUT,
    GObject)

/* Caps of the pads: what can come out of an output of this kind. */
#define GST_CLASP_OUTPUT_VIDEO_CAPS                                       \
  "video/x-raw(ANY); video/x-h264, stream-format=(string){ byte-stream, " \
  "avc }, alignment=(string){ au, nal }; video/x-vp8; video/x-vp9"
#define GST_CLASP_OUTPUT_AUDIO_CAPS \
  "audio/x-raw; audio/x-opus, channel-mapping-family=(int)[ 0, 1 ]"

GstClaspOutput *gst_clasp_output_new (GstBin *bin, GstClaspMediaKind kind,
    guint index, guint group, GstClockTime latency);
GstPad *gst_clasp_output_get_pad (GstClaspOutput *self);
GstClaspMediaKind gst_clasp_output_get_kind (GstClaspOutput *self);
guint gst_clasp_output_get_index (GstClaspOutput *self);
void gst_clasp_output_start (GstClaspOutput *self);
void gst_clasp_output_stop (GstClaspOutput *self, gboolean eos);

void gst_clasp_output_push (GstClaspOutput *self, GstSample *sample,
    const GstClaspTimebase *timebase);
void gst_clasp_output_push_gap (GstClaspOutput *self, GstClockTime start,
    GstClockTime duration, const GstClaspTimebase *timebase);
void gst_clasp_output_fill (GstClaspOutput *self);
guint64 gst_clasp_output_get_dropped (GstClaspOutput *self);

G_END_DECLS
