/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclasprung.h"
#include "gstclasptimeline.h"

G_BEGIN_DECLS

/**
 * GstClaspSinkStreamFuncs:
 * @caps_changed: the first caps, or others; @kind_changed says that the rungs
 *   of before cannot take what comes now. Streaming thread
 * @encoder_setup: see #GstClaspRungConfig
 *
 * Who owns a stream.
 */
typedef struct {
  void (*caps_changed) (gboolean kind_changed, gpointer data);
  gboolean (*encoder_setup) (GstElement *encoder, gpointer data);
} GstClaspSinkStreamFuncs;

/* What comes in at one pad of claspsink, and its rungs. */
typedef struct _GstClaspSinkStream GstClaspSinkStream;

GstClaspSinkStream *gst_clasp_sink_stream_new (GstBin *sink,
    GstClaspMediaKind kind, const char *name, GstClaspTimeline *timeline,
    const GstClaspSinkStreamFuncs *funcs, gpointer data);
GstClaspSinkStream *gst_clasp_sink_stream_ref (GstClaspSinkStream *self);
void gst_clasp_sink_stream_unref (GstClaspSinkStream *self);

/* any thread */
GstElement *gst_clasp_sink_stream_get_tap (GstClaspSinkStream *self);
GstClaspMediaKind gst_clasp_sink_stream_get_kind (GstClaspSinkStream *self);
const char *gst_clasp_sink_stream_get_name (GstClaspSinkStream *self);
gboolean gst_clasp_sink_stream_has_caps (GstClaspSinkStream *self);
GstCaps *gst_clasp_sink_stream_get_codecs (GstClaspSinkStream *self);
void gst_clasp_sink_stream_set_preferences (GstClaspSinkStream *self,
    const GstCaps *encoded);
void
gst_clasp_sink_stream_set_bitrate (GstClaspSinkStream *self, guint bitrate);
void gst_clasp_sink_stream_add_stats (GstClaspSinkStream *self, GValue *array);

/* control thread */
GstClaspRung *gst_clasp_sink_stream_acquire_rung (GstClaspSinkStream *self,
    const GstClaspCodec *codec, GError **error);
void gst_clasp_sink_stream_release_rung (GstClaspSinkStream *self,
    GstClaspRung *rung, gint64 now);
gboolean gst_clasp_sink_stream_stop_idle (GstClaspSinkStream *self, gint64 now);
void
gst_clasp_sink_stream_abandon (GstClaspSinkStream *self, GstClaspRung *rung);
void gst_clasp_sink_stream_stop (GstClaspSinkStream *self);
void gst_clasp_sink_stream_forget (GstClaspSinkStream *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspSinkStream, gst_clasp_sink_stream_unref)

G_END_DECLS
