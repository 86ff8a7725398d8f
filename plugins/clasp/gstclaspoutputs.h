/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspoutput.h"

G_BEGIN_DECLS

typedef struct _GstClaspOutputs GstClaspOutputs;

GstClaspOutputs *gst_clasp_outputs_new (GstBin *bin);
void gst_clasp_outputs_free (GstClaspOutputs *self);
void gst_clasp_outputs_open (GstClaspOutputs *self, GstClockTime latency);
void gst_clasp_outputs_clear (GstClaspOutputs *self);
guint gst_clasp_outputs_claim (GstClaspOutputs *self);
GstClaspOutput *gst_clasp_outputs_obtain (GstClaspOutputs *self,
    GstClaspMediaKind kind, guint index);
GstClaspOutput *gst_clasp_outputs_find (GstClaspOutputs *self,
    GstClaspMediaKind kind, guint index);
void gst_clasp_outputs_release (GstClaspOutputs *self, guint index);
void gst_clasp_outputs_fill (GstClaspOutputs *self, guint index);
GstClockTime gst_clasp_outputs_query_latency (GstClaspOutputs *self);

G_END_DECLS
