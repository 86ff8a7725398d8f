/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspoffers.h"

#include <string.h>

/**
 * GstClaspOffers:
 *
 * Offers of broadcasters that are not received at the moment. When one of them
 * is chosen its offer is answered: an offer of our own would cross it. Bounded,
 * the newest stay. Pure: times are given.
 */
struct _GstClaspOffers {
  GPtrArray *offers; /* oldest first */
};

/**
 * gst_clasp_offer_free:
 * @self: (transfer full): an offer
 *
 * Since: 0.1
 */
void
gst_clasp_offer_free (GstClaspOffer *self)
{
  g_free (self->session);
  g_free (self->sdp);
  g_ptr_array_unref (self->candidates);
  g_free (self);
}

/**
 * gst_clasp_offers_new:
 *
 * Returns: (transfer full): no offers
 *
 * Since: 0.1
 */
GstClaspOffers *
gst_clasp_offers_new (void)
{
  GstClaspOffers *self = g_new0 (GstClaspOffers, 1);

  self->offers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_clasp_offer_free);
  return self;
}

void
gst_clasp_offers_free (GstClaspOffers *self)
{
  g_ptr_array_unref (self->offers);
  g_free (self);
}

static gboolean
find_index (GstClaspOffers *self, const char *session, guint *index)
{
  for (guint i = 0; i < self->offers->len; i++) {
    GstClaspOffer *offer = g_ptr_array_index (self->offers, i);

    if (strcmp (offer->session, session) != 0)
      continue;
    *index = i;
    return TRUE;
  }
  return FALSE;
}

/**
 * gst_clasp_offers_keep:
 * @self: the offers
 * @session: who offers
 * @sdp: what
 * @now: monotonic time, µs
 *
 * Takes the place of an earlier offer of @session.
 *
 * Since: 0.1
 */
void
gst_clasp_offers_keep (GstClaspOffers *self, const char *session,
    const char *sdp, gint64 now)
{
  GstClaspOffer *offer;
  guint i;

  if (find_index (self, session, &i))
    g_ptr_array_remove_index (self->offers, i);
  if (strlen (sdp) > GST_CLASP_SDP_MAX_SIZE)
    return;
  if (self->offers->len >= GST_CLASP_OFFERS_MAX)
    g_ptr_array_remove_index (self->offers, 0);
  offer = g_new0 (GstClaspOffer, 1);
  offer->session = g_strdup (session);
  offer->sdp = g_strdup (sdp);
  offer->made = now;
  offer->candidates = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_candidate_free);
  g_ptr_array_add (self->offers, offer);
}

/**
 * gst_clasp_offers_add_candidate:
 * @self: the offers
 * @session: who sent it
 * @mline: index of the media section
 * @mid: (nullable): its name
 * @candidate: what was sent
 *
 * Adds to the offer of @session, if that is kept.
 *
 * Since: 0.1
 */
void
gst_clasp_offers_add_candidate (GstClaspOffers *self, const char *session,
    guint mline, const char *mid, const char *candidate)
{
  GstClaspCandidate *parsed;
  GstClaspOffer *offer;
  guint i;

  if (!find_index (self, session, &i))
    return;
  offer = g_ptr_array_index (self->offers, i);
  if (offer->candidates->len >= GST_CLASP_OFFERS_MAX_CANDIDATES)
    return;
  parsed = gst_clasp_candidate_parse (mline, mid, candidate, NULL);
  if (parsed)
    g_ptr_array_add (offer->candidates, parsed);
}

/**
 * gst_clasp_offers_take:
 * @self: the offers
 * @session: who is to be received
 * @now: monotonic time, µs
 *
 * Returns: (transfer full) (nullable): its offer, if it still waits for an
 *   answer
 *
 * Since: 0.1
 */
GstClaspOffer *
gst_clasp_offers_take (GstClaspOffers *self, const char *session, gint64 now)
{
  g_autoptr (GstClaspOffer) offer = NULL;
  guint i;

  if (!find_index (self, session, &i))
    return NULL;
  offer = g_ptr_array_steal_index (self->offers, i);
  if (now - offer->made > GST_CLASP_OFFERS_LIFETIME)
    return NULL;
  return g_steal_pointer (&offer);
}
