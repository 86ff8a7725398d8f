/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspreceiver.h"

G_BEGIN_DECLS

/* Video first, then audio: also the indices that the connection uses. */
#define GST_CLASP_RECEIVERS_KINDS 2

GPtrArray *gst_clasp_receivers_new (GstClaspPeerConnection *connection,
    const GstClaspTimebase *timebase);
guint gst_clasp_receivers_index (GstClaspMediaKind kind);
void gst_clasp_receivers_stop (GPtrArray *receivers);
gint64 gst_clasp_receivers_get_last (GPtrArray *receivers);

G_END_DECLS
