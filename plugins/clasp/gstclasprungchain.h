/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclasprung.h"
#include "gstclasptap.h"

G_BEGIN_DECLS

/**
 * GstClaspRungChain:
 * @bin: holds all of these
 * @source: where the input goes in
 * @limit: (nullable): caps filter that keeps raw input fit for the encoder
 * @encoder: (nullable): none for encoded input
 * @payloader: its sink pad sees whole access units
 * @tap: where packets come out
 *
 * The elements of one rung.
 */
typedef struct {
  GstElement *bin;
  GstElement *source;
  GstElement *limit;
  GstElement *encoder;
  GstElement *payloader;
  GstElement *tap;
} GstClaspRungChain;

/* @encoder: (nullable) (transfer floating) */
gboolean gst_clasp_rung_chain_build (GstClaspRungChain *self,
    const GstClaspRungConfig *config, GstElement *encoder,
    const GstClaspTapFuncs *funcs, gpointer data, GError **error);
void gst_clasp_rung_chain_set_caps (GstElement *source, GstElement *limit,
    GstCaps *caps);
void gst_clasp_rung_chain_clear (GstClaspRungChain *self);

G_END_DECLS
