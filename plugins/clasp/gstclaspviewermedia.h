/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsinkstream.h"

G_BEGIN_DECLS

/*
 * One media of one viewer: from the stream that was offered, over the codec that
 * was agreed on, to the rung that serves it. Control thread, except where told.
 */
typedef struct _GstClaspViewerMedia GstClaspViewerMedia;

GstClaspViewerMedia *gst_clasp_viewer_media_new (GstClaspSinkStream *stream,
    GstClaspPeerConnection *connection, guint index);
void gst_clasp_viewer_media_free (GstClaspViewerMedia *self);

guint gst_clasp_viewer_media_get_index (GstClaspViewerMedia *self);
GstClaspSinkStream *
gst_clasp_viewer_media_get_stream (GstClaspViewerMedia *self);
gboolean gst_clasp_viewer_media_is_agreed (GstClaspViewerMedia *self);
gboolean
gst_clasp_viewer_media_has_rung (GstClaspViewerMedia *self, GstClaspRung *rung);

/* What the two sides agreed on; starts the rung. */
gboolean gst_clasp_viewer_media_agree (GstClaspViewerMedia *self,
    const GstCaps *caps, GError **error);
/* The rung of the same codec, after a release. */
gboolean
gst_clasp_viewer_media_acquire (GstClaspViewerMedia *self, GError **error);
/* From now on packets flow, beginning with a key unit. */
void gst_clasp_viewer_media_attach (GstClaspViewerMedia *self);
/* Lets go of the rung, but not of what was agreed. */
void gst_clasp_viewer_media_release (GstClaspViewerMedia *self);
/* Lets go of everything. */
void gst_clasp_viewer_media_drop (GstClaspViewerMedia *self);

/* any thread */
void gst_clasp_viewer_media_request_key_unit (GstClaspViewerMedia *self);
void gst_clasp_viewer_media_add_stats (GstClaspViewerMedia *self,
    GstClaspFanoutStats *sum, GString *rungs);

G_END_DECLS
