/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>
#include <gst/sdp/sdp.h>
#include "gstclasp-prelude.h"

G_BEGIN_DECLS

/* Limits on what a peer may send us. */
#define GST_CLASP_SDP_MAX_SIZE (64 * 1024)
#define GST_CLASP_SDP_MAX_MEDIA 16
#define GST_CLASP_SDP_MAX_LINES 2000
#define GST_CLASP_SDP_MAX_FORMATS 64
#define GST_CLASP_CANDIDATE_MAX_SIZE 512

/*
 * Parses SDP from the network and builds a new description that holds only
 * what is on a whitelist (see the .c file), normalised for webrtcbin 1.22:
 * a=setup and a=fingerprint on every media section, sprop-* of Opus and
 * everything about RED, ULPFEC and FlexFEC removed, a=candidate lines taken out
 * of the SDP and returned in @candidates (GstClaspCandidate), simulcast and
 * extmap lines dropped except those listed there. Refuses: too large, no
 * fingerprint, no ice-ufrag/ice-pwd, unknown type, fewer or more media
 * sections than allowed, lines with control characters.
 */
GST_CLASP_API GstSDPMessage *gst_clasp_sdp_sanitize (const char *text,
    GstWebRTCSDPType type, GPtrArray **candidates, GError **error);

/* Lower-case hex SHA-256 fingerprints ("ab:cd:...") named by the description;
 * other hash functions are refused by gst_clasp_sdp_sanitize(). */
GST_CLASP_API char **gst_clasp_sdp_get_fingerprints (const GstSDPMessage *sdp);

/* SHA-256 of a PEM certificate in the form above. */
GST_CLASP_API char *
gst_clasp_certificate_fingerprint (const char *pem, GError **error);

#define GST_TYPE_CLASP_CANDIDATE (gst_clasp_candidate_get_type ())

/**
 * GstClaspCandidate:
 *
 * One ICE candidate from the network, checked.
 *
 * Since: 0.1
 */
typedef struct {
  guint mline;
  char *mid;
  char *text;
  char *host;
} GstClaspCandidate;

GST_CLASP_API GType gst_clasp_candidate_get_type (void);
/* Checks every field of a candidate line (with or without "candidate:" or
 * "a="); the empty string is end-of-candidates: returns NULL without error. */
GST_CLASP_API GstClaspCandidate *gst_clasp_candidate_parse (guint mline,
    const char *mid, const char *text, GError **error);
GST_CLASP_API GstClaspCandidate *
gst_clasp_candidate_copy (const GstClaspCandidate *self);
GST_CLASP_API void gst_clasp_candidate_free (GstClaspCandidate *self);
/* Whether the host is a numeric IPv4 or IPv6 address. */
GST_CLASP_API gboolean gst_clasp_candidate_is_numeric (
    const GstClaspCandidate *self);
/* Makes the candidate numeric: at once when it is, else by GResolver with a
 * limit of 300 ms. Fails (CLASP_ERROR_NOT_FOUND) when the name has no address.
 * Never blocks; the answer comes in the thread-default context. */
GST_CLASP_API void
gst_clasp_candidate_resolve_async (const GstClaspCandidate *self,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GST_CLASP_API GstClaspCandidate *
gst_clasp_candidate_resolve_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspCandidate, gst_clasp_candidate_free)

G_END_DECLS
