/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspcodec.h"

G_BEGIN_DECLS

/**
 * GstClaspOutputMode:
 * @GST_CLASP_OUTPUT_MODE_NONE: nobody is linked, or what is linked takes
 *   nothing of ours
 * @GST_CLASP_OUTPUT_MODE_ENCODED: as it came, through a parser
 * @GST_CLASP_OUTPUT_MODE_RAW: through parser and decoder
 */
typedef enum {
  GST_CLASP_OUTPUT_MODE_NONE,
  GST_CLASP_OUTPUT_MODE_ENCODED,
  GST_CLASP_OUTPUT_MODE_RAW,
} GstClaspOutputMode;

/**
 * GstClaspOutputChain:
 *
 * What stands between encoded media and a pad: nothing, a parser, or parser
 * and decoder, as what the pad is linked to needs. Part of an output.
 */
typedef struct {
  GstBin *bin;
  GstClaspMediaKind kind;
  GstPad *source;
  GstPad *pad;
  gint undecided; /* atomic: look at what is linked again */

  /* the streaming thread of the source */
  GstElement *element; /* nullable */
  const GstClaspCodec *codec;
  GstClaspOutputMode mode;
  gboolean complained;
} GstClaspOutputChain;

void gst_clasp_output_chain_init (GstClaspOutputChain *self, GstBin *bin,
    GstClaspMediaKind kind, GstPad *source, GstPad *pad);
void gst_clasp_output_chain_reconsider (GstClaspOutputChain *self);
gboolean
gst_clasp_output_chain_prepare (GstClaspOutputChain *self, gboolean *fresh);
void
gst_clasp_output_chain_check_caps (GstClaspOutputChain *self, GstEvent *event);
void gst_clasp_output_chain_drop (GstClaspOutputChain *self);
GstCaps *gst_clasp_output_chain_possible_caps (GstClaspOutputChain *self);

G_END_DECLS
