/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspoutput.h"

G_BEGIN_DECLS

#define GST_TYPE_CLASP_RECEIVER (gst_clasp_receiver_get_type ())
G_DECLARE_FINAL_TYPE (GstClaspReceiver, gst_clasp_receiver, GST, CLASP_RECEIVER,
    GObject)

/**
 * GstClaspReceiverFigures:
 * @codec: (nullable): what is received
 * @frames: frames, or packets of sound
 * @key_frames: of them
 * @bytes: of encoded media
 * @key_unit_requests: sent to the peer
 * @last: monotonic time of the last frame, µs; 0: none yet
 *
 * Totals of one receiver.
 */
typedef struct {
  const GstClaspCodec *codec;
  guint64 frames;
  guint64 key_frames;
  guint64 bytes;
  guint64 key_unit_requests;
  gint64 last;
} GstClaspReceiverFigures;

GstClaspReceiver *gst_clasp_receiver_new (GstClaspPeerConnection *connection,
    GstClaspMediaKind kind, guint media, const GstClaspTimebase *timebase);
void
gst_clasp_receiver_set_output (GstClaspReceiver *self, GstClaspOutput *output);
gboolean gst_clasp_receiver_take_pad (GstClaspReceiver *self, GstPad *pad);
void gst_clasp_receiver_request_key_unit (GstClaspReceiver *self);
void gst_clasp_receiver_stop (GstClaspReceiver *self);
void gst_clasp_receiver_get_figures (GstClaspReceiver *self,
    GstClaspReceiverFigures *figures);
guint64 gst_clasp_receiver_get_dropped (GstClaspReceiver *self);
void
gst_clasp_receiver_get_size (GstClaspReceiver *self, int *width, int *height);

G_END_DECLS
