/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspcodec.h"

G_BEGIN_DECLS

/* Names of the encoders to try for @caps (one structure of encoded caps), best
 * first; empty when there is none. */
char **gst_clasp_encoder_list (const GstCaps *caps);
/* An encoder with our settings for live video or sound, in NULL. */
GstElement *gst_clasp_encoder_make (const char *factory, guint bitrate,
    const GstCaps *raw_caps, GError **error);
gboolean gst_clasp_encoder_set_bitrate (GstElement *encoder, guint bitrate);
/* Keeps the structures of @caps that can be encoded here, in their order. */
GstCaps *gst_clasp_encoder_filter_caps (const GstCaps *caps);

G_END_DECLS
