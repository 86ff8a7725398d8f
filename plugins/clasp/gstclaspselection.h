/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A room with more broadcasters than this is not one: the rest is ignored. */
#define GST_CLASP_SELECTION_MAX 256

/**
 * GstClaspBroadcaster:
 * @session: session id of a broadcaster
 * @name: what it calls itself
 * @order: grows with the time of joining
 * @failures: connections to it that failed since the last that worked
 * @offer_due: it will not offer, so we have to
 *
 * One broadcaster of the room.
 */
typedef struct {
  char *session;
  char *name;
  guint64 order;
  guint failures;
  gboolean offer_due;
} GstClaspBroadcaster;

typedef struct _GstClaspSelection GstClaspSelection;

GstClaspSelection *gst_clasp_selection_new (const char *filter);
void gst_clasp_selection_free (GstClaspSelection *self);
gboolean gst_clasp_selection_wants_all (const GstClaspSelection *self);
GstClaspBroadcaster *gst_clasp_selection_add (GstClaspSelection *self,
    const char *session, const char *name);
GstClaspBroadcaster *
gst_clasp_selection_find (const GstClaspSelection *self, const char *session);
void gst_clasp_selection_rename (GstClaspSelection *self,
    const char *old_session, const char *session);
void gst_clasp_selection_remove (GstClaspSelection *self, const char *session);
void gst_clasp_selection_clear (GstClaspSelection *self);
gboolean gst_clasp_selection_matches (const GstClaspSelection *self,
    const GstClaspBroadcaster *entry);
GstClaspBroadcaster *
gst_clasp_selection_choose (const GstClaspSelection *self, const char *current);
GstClaspBroadcaster *
gst_clasp_selection_find_successor (const GstClaspSelection *self,
    const char *current);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspSelection, gst_clasp_selection_free)

G_END_DECLS
