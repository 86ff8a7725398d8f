/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_CLASP_SINK (gst_clasp_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstClaspSink, gst_clasp_sink, GST, CLASP_SINK, GstBin)

GST_ELEMENT_REGISTER_DECLARE (claspsink)

G_END_DECLS
