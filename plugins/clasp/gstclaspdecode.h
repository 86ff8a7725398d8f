/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspcodec.h"

G_BEGIN_DECLS

gboolean gst_clasp_decode_can (const GstClaspCodec *codec);
gboolean
gst_clasp_decode_make (const GstClaspCodec *codec, const GstCaps *encoded,
    const GstCaps *raw, GstElement **chain, GError **error);

G_END_DECLS
