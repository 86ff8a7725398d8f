/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The first byte says what the rest is: "c" a candidate, "a" the SDP of an
 * answer, anything else that of an offer. */

#include <string.h>
#include "clasp/gstclaspsdp.h"
#include "fuzz.h"

static void
check_text (const char *text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (; *text != '\0'; text++)
    g_assert_true (!g_ascii_iscntrl (*text) || *text == '\r' || *text == '\n');
}

/* What comes out goes in again and is the same. */
static void
check_candidate (const GstClaspCandidate *candidate)
{
  g_autoptr (GstClaspCandidate) again = NULL;
  g_autoptr (GError) error = NULL;

  check_text (candidate->text);
  g_assert_null (strchr (candidate->text, '\n'));
  g_assert_nonnull (strstr (candidate->text, candidate->host));
  again = gst_clasp_candidate_parse (candidate->mline, candidate->mid,
      candidate->text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->text, ==, candidate->text);
  g_assert_cmpstr (again->mid, ==, candidate->mid);
  gst_clasp_candidate_is_numeric (candidate);
}

static void
run_candidate (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstClaspCandidate) candidate =
      gst_clasp_candidate_parse (0, "0", text, &error);

  if (candidate != NULL) {
    g_assert_no_error (error);
    check_candidate (candidate);
  }
}

static void
check_sections (const GstSDPMessage *sdp)
{
  static const char *const needed[] = {"mid", "ice-ufrag", "ice-pwd", "setup",
      "fingerprint"};
  g_auto (GStrv) prints = gst_clasp_sdp_get_fingerprints (sdp);
  guint n = gst_sdp_message_medias_len (sdp);

  g_assert_nonnull (prints[0]);
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, <=, GST_CLASP_SDP_MAX_MEDIA);
  for (guint i = 0; i < n; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    g_assert_cmpuint (gst_sdp_media_formats_len (media), >, 0);
    for (guint k = 0; k < G_N_ELEMENTS (needed); k++)
      g_assert_nonnull (gst_sdp_media_get_attribute_val (media, needed[k]));
  }
}

static void
run_sdp (const char *text, GstWebRTCSDPType type)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) candidates = NULL;
  g_autoptr (GstSDPMessage) sdp =
      gst_clasp_sdp_sanitize (text, type, &candidates, &error);
  g_autoptr (GstSDPMessage) again = NULL;
  g_autofree char *once = NULL;
  g_autofree char *twice = NULL;

  g_assert_true ((sdp != NULL) == (error == NULL));
  if (sdp == NULL) {
    check_text (error->message);
    return;
  }
  check_sections (sdp);
  for (guint i = 0; i < candidates->len; i++)
    check_candidate (candidates->pdata[i]);

  once = gst_sdp_message_as_text (sdp);
  check_text (once);
  again = gst_clasp_sdp_sanitize (once, type, NULL, &error);
  g_assert_no_error (error);
  twice = gst_sdp_message_as_text (again);
  g_assert_cmpstr (once, ==, twice);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  if (text[0] == 'c')
    run_candidate (text + 1);
  else if (text[0] == 'a')
    run_sdp (text + 1, GST_WEBRTC_SDP_TYPE_ANSWER);
  else if (text[0] != '\0')
    run_sdp (text + 1, GST_WEBRTC_SDP_TYPE_OFFER);
  return 0;
}
