/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspoutputs.h"
#include "gstclaspsettings.h"

G_BEGIN_DECLS

typedef struct _GstClaspSrcRoom GstClaspSrcRoom;

GstClaspSrcRoom *
gst_clasp_src_room_new (GstElement *element, GstClaspOutputs *outputs,
    GstClaspSettings *settings, const char *peer, guint latency);
void gst_clasp_src_room_start (GstClaspSrcRoom *self);
void gst_clasp_src_room_stop (GstClaspSrcRoom *self);
void gst_clasp_src_room_free (GstClaspSrcRoom *self);
GstStructure *gst_clasp_src_room_get_stats (GstClaspSrcRoom *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspSrcRoom, gst_clasp_src_room_free)

G_END_DECLS
