/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsettings.h"
#include "gstclaspsinkstream.h"

G_BEGIN_DECLS

typedef struct _GstClaspViewer GstClaspViewer;

/**
 * GstClaspViewerFuncs:
 * @description: to be sent to the peer
 * @candidate: to be sent to the peer, after the description
 * @connected: media flows
 * @ended: the connection ended by itself; the owner closes the viewer
 *
 * Who owns a viewer. All are called in the control thread.
 */
typedef struct {
  void (*description) (GstClaspViewer *viewer, const char *type,
      const char *sdp, gpointer data);
  void (*candidate) (GstClaspViewer *viewer, guint mline, const char *mid,
      const char *candidate, gpointer data);
  void (*connected) (GstClaspViewer *viewer, gpointer data);
  void (*ended) (GstClaspViewer *viewer, const GError *error, gpointer data);
} GstClaspViewerFuncs;

/* Belongs to the thread-default main context of its construction, except for
 * get_stats, which any thread may call. */
GstClaspViewer *gst_clasp_viewer_new (const char *peer, const char *name,
    const GstClaspSettings *settings, GstClaspTimeline *timeline,
    const GstClaspViewerFuncs *funcs, gpointer data);
GstClaspViewer *gst_clasp_viewer_ref (GstClaspViewer *self);
void gst_clasp_viewer_unref (GstClaspViewer *self);
void gst_clasp_viewer_close (GstClaspViewer *self);

gboolean
gst_clasp_viewer_add_stream (GstClaspViewer *self, GstClaspSinkStream *stream);
gboolean gst_clasp_viewer_offer (GstClaspViewer *self, GError **error);
gboolean gst_clasp_viewer_take_description (GstClaspViewer *self,
    const char *type, const char *sdp, GError **error);
gboolean gst_clasp_viewer_take_candidate (GstClaspViewer *self, guint mline,
    const char *mid, const char *candidate, GError **error);

const char *gst_clasp_viewer_get_peer (GstClaspViewer *self);
const char *gst_clasp_viewer_get_name (GstClaspViewer *self);
void gst_clasp_viewer_set_peer (GstClaspViewer *self, const char *peer);
gboolean gst_clasp_viewer_was_connected (GstClaspViewer *self);
gboolean gst_clasp_viewer_uses (GstClaspViewer *self, GstClaspRung *rung);
void gst_clasp_viewer_detach_stream (GstClaspViewer *self,
    GstClaspSinkStream *stream);
void gst_clasp_viewer_attach_stream (GstClaspViewer *self,
    GstClaspSinkStream *stream);
gboolean gst_clasp_viewer_is_empty (GstClaspViewer *self);
GstStructure *gst_clasp_viewer_get_stats (GstClaspViewer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspViewer, gst_clasp_viewer_unref)

G_END_DECLS
