/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspoffers.h"
#include "gstclaspremote.h"

G_BEGIN_DECLS

/**
 * GstClaspReception:
 * @element: the claspsrc, not a reference
 * @remote: the broadcaster
 * @index: number of its pads
 * @added: the application was told of it
 * @absent: it is not in the room any more; goes on while media flows
 *
 * One broadcaster that is received or tried, as the application sees it.
 */
typedef struct {
  GstElement *element;
  GstClaspRemote *remote;
  guint index;
  gboolean added;
  gboolean absent;
} GstClaspReception;

GstClaspReception *gst_clasp_reception_new (GstElement *element,
    GstClaspRemote *remote, guint index);
void gst_clasp_reception_free (GstClaspReception *self);
void gst_clasp_reception_tell_added (GstClaspReception *self);
void
gst_clasp_reception_tell_removed (GstClaspReception *self, const char *reason);
GstClaspReception *
gst_clasp_reception_find (GPtrArray *receptions, const char *session);
GstClaspReception *
gst_clasp_reception_find_remote (GPtrArray *receptions, GstClaspRemote *remote);
void gst_clasp_reception_take_offer (GstClaspRemote *remote,
    const GstClaspOffer *offer);
GstStructure *gst_clasp_reception_collect_stats (GstClaspSignaller *signaller,
    GPtrArray *receptions, gint64 now);

G_END_DECLS
