/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspoffers.h"

#define CANDIDATE "candidate:1 1 UDP 2015363327 192.0.2.1 4711 typ host"

static void
test_take (void)
{
  g_autoptr (GstClaspOffers) offers = gst_clasp_offers_new ();
  g_autoptr (GstClaspOffer) offer = NULL;

  g_assert_null (gst_clasp_offers_take (offers, "a", 0));
  gst_clasp_offers_keep (offers, "a", "first", 0);
  gst_clasp_offers_add_candidate (offers, "a", 0, "0", CANDIDATE);
  gst_clasp_offers_keep (offers, "b", "other", 0);
  gst_clasp_offers_keep (offers, "a", "second", 1);
  gst_clasp_offers_add_candidate (offers, "a", 1, NULL, CANDIDATE);
  gst_clasp_offers_add_candidate (offers, "a", 0, "0", "nonsense");
  gst_clasp_offers_add_candidate (offers, "nobody", 0, "0", CANDIDATE);
  offer = gst_clasp_offers_take (offers, "a", 2);
  g_assert_cmpstr (offer->sdp, ==, "second");
  /* those of the first offer went with it */
  g_assert_cmpuint (offer->candidates->len, ==, 1);
  g_assert_null (gst_clasp_offers_take (offers, "a", 2));
}

static void
test_too_old (void)
{
  g_autoptr (GstClaspOffers) offers = gst_clasp_offers_new ();
  g_autoptr (GstClaspOffer) offer = NULL;

  gst_clasp_offers_keep (offers, "a", "sdp", 0);
  gst_clasp_offers_keep (offers, "b", "sdp", 0);
  offer = gst_clasp_offers_take (offers, "a", GST_CLASP_OFFERS_LIFETIME);
  g_assert_nonnull (offer);
  g_assert_null (
      gst_clasp_offers_take (offers, "b", GST_CLASP_OFFERS_LIFETIME + 1));
}

static void
test_limits (void)
{
  g_autoptr (GstClaspOffers) offers = gst_clasp_offers_new ();
  g_autoptr (GstClaspOffer) newest = NULL;
  g_autofree char *large = g_strnfill (GST_CLASP_SDP_MAX_SIZE + 1, 'a');

  gst_clasp_offers_keep (offers, "large", large, 0);
  g_assert_null (gst_clasp_offers_take (offers, "large", 0));
  gst_clasp_offers_keep (offers, "oldest", "sdp", 0);
  for (guint i = 0; i < GST_CLASP_OFFERS_MAX; i++) {
    g_autofree char *session = g_strdup_printf ("s%u", i);

    gst_clasp_offers_keep (offers, session, "sdp", 0);
  }
  g_assert_null (gst_clasp_offers_take (offers, "oldest", 0));
  for (guint i = 0; i < 2 * GST_CLASP_OFFERS_MAX_CANDIDATES; i++)
    gst_clasp_offers_add_candidate (offers, "s0", 0, "0", CANDIDATE);
  newest = gst_clasp_offers_take (offers, "s0", 0);
  g_assert_cmpuint (newest->candidates->len, ==,
      GST_CLASP_OFFERS_MAX_CANDIDATES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/offers/take", test_take);
  g_test_add_func ("/offers/too-old", test_too_old);
  g_test_add_func ("/offers/limits", test_limits);
  return g_test_run ();
}
