/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsdp.h"
#include "gstclasppeerconnection.h"

G_BEGIN_DECLS

/* Payload types of our own offers: 96, 98, ... leaves room for RTX. */
#define GST_CLASP_FIRST_PAYLOAD 96

/* One media that we want to send or receive, and what became of it. */
typedef struct {
  GstClaspMediaKind kind;
  GstWebRTCRTPTransceiverDirection direction;
  GstCaps *codecs;
  guint32 ssrc;
  int mline; /* -1: not in the description */
  GstCaps *negotiated;
} GstClaspMedia;

/* What to do with one m-line of a remote offer. */
typedef struct {
  GstWebRTCKind kind;
  GstClaspMedia *media; /* NULL: answered inactive, or rejected */
  GstCaps *caps;        /* exactly one codec with the offer's payload type */
} GstClaspMline;

GstClaspMedia *gst_clasp_media_new (GstClaspMediaKind kind,
    GstWebRTCRTPTransceiverDirection direction, GstCaps *codecs);
void gst_clasp_media_free (GstClaspMedia *self);
gboolean gst_clasp_media_sends (const GstClaspMedia *self);
GstCaps *
gst_clasp_media_offer_caps (const GstClaspMedia *self, guint *next_payload);

GArray *gst_clasp_negotiation_plan_answer (const GstSDPMessage *offer,
    GPtrArray *medias);
void gst_clasp_negotiation_apply_answer (const GstSDPMessage *answer,
    GPtrArray *medias);
void
gst_clasp_negotiation_prepare_remote (GstSDPMessage *offer, const GArray *plan);
char *gst_clasp_negotiation_outgoing_text (const GstSDPMessage *sdp,
    const char *stream);
gboolean gst_clasp_negotiation_same_session (const GstSDPMessage *before,
    const GstSDPMessage *after, GError **error);
GstSDPMessage *gst_clasp_negotiation_answer_again (const GstSDPMessage *offer,
    const GstSDPMessage *last_local, const char *setup);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspMedia, gst_clasp_media_free)

G_END_DECLS
