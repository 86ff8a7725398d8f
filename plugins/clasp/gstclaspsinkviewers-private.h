/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsinkpeer.h"
#include "gstclaspsinkviewers.h"

G_BEGIN_DECLS

typedef enum {
  REFUSED_LIMIT,
  REFUSED_DESCRIPTORS,
  REFUSED_APPLICATION,
  N_REFUSALS,
} Refusal;

struct _GstClaspSinkViewers {
  GstClaspTimeline *timeline;
  GstClaspSinkViewersFuncs funcs;
  gpointer data;

  /* control thread */
  const GstClaspSettings *settings; /* NULL: not running */
  GMainContext *context;
  GHashTable *peers; /* id -> GstClaspSinkPeer */
  GQueue ended;
  GSource *ended_source;
  GSource *patience_source;
  GSource *idle_source;
  GSource *retry_source;
  gboolean out_of_patience;

  GMutex lock; /* protects what follows; leaf lock */
  GPtrArray *streams;
  GPtrArray *viewers;
  guint limit; /* 0: none */
  guint64 n_added;
  guint64 n_failed;
  guint64 n_refused[N_REFUSALS];
};

GST_DEBUG_CATEGORY_EXTERN (gst_clasp_sink_viewers_debug);

/* peers */
GstClaspSinkPeer *
gst_clasp_sink_viewers_find (GstClaspSinkViewers *self, const char *id);
GPtrArray *gst_clasp_sink_viewers_list_served (GstClaspSinkViewers *self);

/* admission */
void
gst_clasp_sink_viewers_count_refusal (GstClaspSinkViewers *self, Refusal why);
void gst_clasp_sink_viewers_forget (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer);
void gst_clasp_sink_viewers_close (GstClaspSinkViewers *self,
    GstClaspViewer *viewer);
void gst_clasp_sink_viewers_remove (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer, const char *reason);
gboolean gst_clasp_sink_viewers_make_place (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer);
void gst_clasp_sink_viewers_begin_offer (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer);
void gst_clasp_sink_viewers_answer (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer);
void gst_clasp_sink_viewers_forget_ended (GstClaspSinkViewers *self);
void gst_clasp_sink_viewers_serve_waiting (GstClaspSinkViewers *self);

/* media */
gboolean gst_clasp_sink_viewers_is_ready (GstClaspSinkViewers *self);
void gst_clasp_sink_viewers_be_patient (GstClaspSinkViewers *self);
void gst_clasp_sink_viewers_watch_idle (GstClaspSinkViewers *self);
void gst_clasp_sink_viewers_watch_retries (GstClaspSinkViewers *self);

G_END_DECLS
