/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsdp.h"

G_BEGIN_DECLS

/* Text that a peer chose is never longer than this, unless said otherwise. */
#define GST_CLASP_SDP_MAX_WORD 128

/* Checks of single fields: pure, no side effects. */
gboolean gst_clasp_sdp_is_word (const char *text, gsize max);
gboolean gst_clasp_sdp_is_token (const char *text, gsize max);
gboolean gst_clasp_sdp_is_ice_text (const char *text, gsize min, gsize max);
gboolean gst_clasp_sdp_is_digits (const char *text, gsize max);
gboolean gst_clasp_sdp_is_host_name (const char *text);
gboolean gst_clasp_sdp_is_unicast (GInetAddress *address);
gboolean
gst_clasp_sdp_get_number (const char *text, guint64 max, guint64 *number);
char *gst_clasp_sdp_normalize_fingerprint (const char *value);

/* One media section, without its transport. */
gboolean gst_clasp_sdp_copy_rtp (const GstSDPMedia *in, GstSDPMedia *out,
    GError **error);
gboolean gst_clasp_sdp_copy_data (const GstSDPMedia *in, GstSDPMedia *out,
    GError **error);
void gst_clasp_sdp_add_line (GstSDPMedia *media, const char *key,
    const char *format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
