/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspviewer.h"

G_BEGIN_DECLS

/* Candidates that come before media is there to be offered. */
#define GST_CLASP_SINK_PEER_MAX_WAITING 64

/**
 * GstClaspSinkPeer:
 * @id: session id
 * @name: what it calls itself
 * @broadcaster: it sends, so nothing is offered to it
 * @present: the relay knows it
 * @we_offer: this side begins
 * @refused: it was not admitted; said once
 * @wanted: it is to get an offer as soon as there is media
 * @announced: the application knows it as a viewer
 * @attempts: connections begun since the last one that worked
 * @attempted: when the last one was begun, monotonic µs
 * @viewer: (nullable): the connection to it
 * @former: (nullable): the one before, which serves until @viewer does
 * @offer: (nullable): what it offered before there was media
 * @candidates: what came with @offer
 *
 * One session in the room, as the sink sees it.
 */
typedef struct {
  char *id;
  char *name;
  gboolean broadcaster;
  gboolean present;
  gboolean we_offer;
  gboolean refused;
  gboolean wanted;
  gboolean announced;
  guint attempts;
  gint64 attempted;
  GstClaspViewer *viewer;
  GstClaspViewer *former;
  char *offer;
  GPtrArray *candidates;
} GstClaspSinkPeer;

GstClaspSinkPeer *gst_clasp_sink_peer_new (const char *id, const char *name);
void gst_clasp_sink_peer_free (GstClaspSinkPeer *self);
void gst_clasp_sink_peer_set_name (GstClaspSinkPeer *self, const char *name);
void gst_clasp_sink_peer_keep_offer (GstClaspSinkPeer *self, const char *sdp);
void gst_clasp_sink_peer_keep_candidate (GstClaspSinkPeer *self, guint mline,
    const char *mid, const char *candidate);
gboolean gst_clasp_sink_peer_wants_retry (const GstClaspSinkPeer *self,
    gint64 now, gboolean *later);
gboolean
gst_clasp_sink_peer_take_offer (GstClaspSinkPeer *self, GError **error);

G_END_DECLS
