/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspcodec.h"
#include "gstclaspfanout.h"

G_BEGIN_DECLS

/**
 * GstClaspRungConfig:
 * @parent: the bin that the rung's elements go into
 * @name: for the bin of the rung and for statistics
 * @codec: what comes out
 * @input_caps: what goes in: raw, or encoded with @codec
 * @output_caps: one structure of encoded caps that the encoder must make
 * @bitrate: bit/s; 0 when the input is encoded
 * @key_unit: asks the source of encoded input for a key unit; any thread
 * @encoder_setup: (nullable): lets the owner tune an encoder in NULL; %TRUE if
 *   the bitrate is not to be touched any more
 * @data: passed to both
 *
 * What a rung is made of.
 */
typedef struct {
  GstBin *parent;
  const char *name;
  const GstClaspCodec *codec;
  GstCaps *input_caps;
  GstCaps *output_caps;
  guint bitrate;
  void (*key_unit) (gpointer data);
  gboolean (*encoder_setup) (GstElement *encoder, gpointer data);
  gpointer data;
} GstClaspRungConfig;

/* One encoding that any number of viewers share; reference counted. */
typedef struct _GstClaspRung GstClaspRung;

GstClaspRung *
gst_clasp_rung_new (const GstClaspRungConfig *config, GError **error);
GstClaspRung *gst_clasp_rung_ref (GstClaspRung *self);
void gst_clasp_rung_unref (GstClaspRung *self);
/* Takes the elements down; blocks until their threads are gone. */
void gst_clasp_rung_stop (GstClaspRung *self);
/* After an error of its elements: the next encoder, if there is one. */
gboolean gst_clasp_rung_restart (GstClaspRung *self, GError **error);

/* streaming thread of the input */
void gst_clasp_rung_set_caps (GstClaspRung *self, GstCaps *caps);
void gst_clasp_rung_update_caps (GstClaspRung *self, GstCaps *caps);
void
gst_clasp_rung_push (GstClaspRung *self, GstBuffer *buffer, GstClockTime time);

/* any thread */
void gst_clasp_rung_request_key_unit (GstClaspRung *self);
void gst_clasp_rung_set_bitrate (GstClaspRung *self, guint bitrate);
GstClaspFanout *gst_clasp_rung_get_fanout (GstClaspRung *self);
const char *gst_clasp_rung_get_name (GstClaspRung *self);
const GstClaspCodec *gst_clasp_rung_get_codec (GstClaspRung *self);
guint gst_clasp_rung_get_serial (GstClaspRung *self);
GstClaspRung *gst_clasp_rung_find (GstObject *object);
GstStructure *gst_clasp_rung_get_stats (GstClaspRung *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspRung, gst_clasp_rung_unref)

G_END_DECLS
