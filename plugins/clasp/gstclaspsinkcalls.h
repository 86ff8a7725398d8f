/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>

G_BEGIN_DECLS

typedef void (*GstClaspSinkCall) (gpointer data);

/*
 * The way into the control thread of a sink: a thread of its own while it runs,
 * or a main context that somebody else iterates. Calls that come while it does
 * not run are dropped (invoke) or done in place (call).
 */
typedef struct _GstClaspSinkCalls GstClaspSinkCalls;

GstClaspSinkCalls *gst_clasp_sink_calls_new (void);
void gst_clasp_sink_calls_free (GstClaspSinkCalls *self);
void
gst_clasp_sink_calls_start (GstClaspSinkCalls *self, GMainContext *context);
void gst_clasp_sink_calls_stop (GstClaspSinkCalls *self);
void gst_clasp_sink_calls_invoke (GstClaspSinkCalls *self,
    GstClaspSinkCall func, gpointer data, GDestroyNotify notify);
void gst_clasp_sink_calls_call (GstClaspSinkCalls *self, GstClaspSinkCall func,
    gpointer data);

G_END_DECLS
