/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsinkviewers.h"

G_BEGIN_DECLS

/*
 * The life of a sink in a room: one run from READY to PAUSED and back, in a
 * thread of its own (the control thread) or in the main context of a signaller
 * that the application brought along.
 */
typedef struct _GstClaspSinkControl GstClaspSinkControl;

GstClaspSinkControl *
gst_clasp_sink_control_new (GstElement *sink, GstClaspTimeline *timeline);
void gst_clasp_sink_control_free (GstClaspSinkControl *self);

/* state changes of the element */
void gst_clasp_sink_control_start (GstClaspSinkControl *self,
    GstClaspSettings *settings, GstClaspSignaller *signaller,
    GMainContext *context);
void gst_clasp_sink_control_stop (GstClaspSinkControl *self);

/* any thread */
GstClaspSinkViewers *
gst_clasp_sink_control_get_viewers (GstClaspSinkControl *self);
GstClaspSignaller *
gst_clasp_sink_control_dup_signaller (GstClaspSinkControl *self);
char *gst_clasp_sink_control_dup_session (GstClaspSinkControl *self);
void gst_clasp_sink_control_add_stats (GstClaspSinkControl *self,
    GstStructure *stats);
void gst_clasp_sink_control_media_changed (GstClaspSinkControl *self);
void gst_clasp_sink_control_reset_stream (GstClaspSinkControl *self,
    GstClaspSinkStream *stream, gboolean gone);
void gst_clasp_sink_control_rung_error (GstClaspSinkControl *self,
    GstClaspRung *rung, const GError *error);

G_END_DECLS
