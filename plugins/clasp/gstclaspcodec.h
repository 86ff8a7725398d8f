/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/clasp/gstclasppeerconnection.h>

G_BEGIN_DECLS

/**
 * GstClaspCodec:
 * @name: short name, for stats and logs
 * @kind: sound or pictures
 * @media_type: of encoded caps
 * @encoding_name: in RTP caps
 * @clock_rate: of RTP timestamps
 * @rtp_fields: (nullable): further fields of RTP caps
 * @encoded_caps: what the payloader takes from our encoders
 * @parser: (nullable): element that brings encoded input into that form
 * @payloader: element that makes RTP packets, with its settings
 * @depayloader: the reverse
 *
 * All that differs between the codecs.
 */
typedef struct {
  const char *name;
  GstClaspMediaKind kind;
  const char *media_type;
  const char *encoding_name;
  int clock_rate;
  const char *rtp_fields;
  const char *encoded_caps;
  const char *parser;
  const char *payloader;
  const char *depayloader;
} GstClaspCodec;

const GstClaspCodec *gst_clasp_codec_for_caps (const GstCaps *caps);
const GstClaspCodec *gst_clasp_codec_for_media_type (const char *media_type);
const GstClaspCodec *gst_clasp_codec_for_rtp (const GstCaps *rtp_caps);
GstCaps *gst_clasp_codec_make_rtp_caps (const GstClaspCodec *self);

G_END_DECLS
