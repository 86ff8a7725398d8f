/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/clasp/gstclaspsdp.h>

G_BEGIN_DECLS

/* An offer is good for less than the time its maker waits for an answer. */
#define GST_CLASP_OFFERS_LIFETIME (8 * G_USEC_PER_SEC)
#define GST_CLASP_OFFERS_MAX 8
#define GST_CLASP_OFFERS_MAX_CANDIDATES 64

/**
 * GstClaspOffer:
 * @session: who made it
 * @sdp: the description
 * @made: when it came, monotonic µs
 * @candidates: (element-type GstClaspCandidate): what followed it
 */
typedef struct {
  char *session;
  char *sdp;
  gint64 made;
  GPtrArray *candidates;
} GstClaspOffer;

typedef struct _GstClaspOffers GstClaspOffers;

GstClaspOffers *gst_clasp_offers_new (void);
void gst_clasp_offers_free (GstClaspOffers *self);
void gst_clasp_offers_keep (GstClaspOffers *self, const char *session,
    const char *sdp, gint64 now);
void gst_clasp_offers_add_candidate (GstClaspOffers *self, const char *session,
    guint mline, const char *mid, const char *candidate);
GstClaspOffer *
gst_clasp_offers_take (GstClaspOffers *self, const char *session, gint64 now);
void gst_clasp_offer_free (GstClaspOffer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspOffer, gst_clasp_offer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspOffers, gst_clasp_offers_free)

G_END_DECLS
