/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstClaspFanoutFormat:
 * @payload_type: what the viewer calls this codec
 * @ssrc: what it expects
 * @seqnum: of the first packet
 * @timestamp_offset: added to the timestamps of the rung
 * @wait_for_key_unit: whether nothing may be sent before a key unit
 *
 * How packets look to one viewer.
 */
typedef struct {
  guint8 payload_type;
  guint32 ssrc;
  guint16 seqnum;
  guint32 timestamp_offset;
  gboolean wait_for_key_unit;
} GstClaspFanoutFormat;

/**
 * GstClaspFanoutStats:
 * @packets: packets sent
 * @bytes: bytes of these, with RTP headers
 * @frames: access units sent
 * @key_frames: those of them that start with a key unit
 * @dropped: packets that had no valid header
 *
 * What went to one viewer.
 */
typedef struct {
  guint64 packets;
  guint64 bytes;
  guint64 frames;
  guint64 key_frames;
  guint64 dropped;
} GstClaspFanoutStats;

/* @packets is (transfer full); called in the thread that pushes. */
typedef void (*GstClaspFanoutFunc) (GstBufferList *packets, gpointer data);

/* One viewer's place in a fan-out; reference counted. */
typedef struct _GstClaspFanoutOutput GstClaspFanoutOutput;

GstClaspFanoutOutput *
gst_clasp_fanout_output_new (const GstClaspFanoutFormat *format,
    GstClaspFanoutFunc func, gpointer data, GDestroyNotify notify);
GstClaspFanoutOutput *gst_clasp_fanout_output_ref (GstClaspFanoutOutput *self);
void gst_clasp_fanout_output_unref (GstClaspFanoutOutput *self);
void gst_clasp_fanout_output_hold (GstClaspFanoutOutput *self);
void gst_clasp_fanout_output_get_stats (GstClaspFanoutOutput *self,
    GstClaspFanoutStats *stats);

/* Payloaders and encoders disagree about flags and timestamps: sets those of
 * one access unit. */
GstBufferList *gst_clasp_fanout_mark_unit (GstBufferList *unit, gboolean key,
    GstClockTime time);

/* Sends what one payloader makes to any number of outputs. */
typedef struct _GstClaspFanout GstClaspFanout;

GstClaspFanout *gst_clasp_fanout_new (void);
void gst_clasp_fanout_free (GstClaspFanout *self);
void gst_clasp_fanout_add (GstClaspFanout *self, GstClaspFanoutOutput *output);
gboolean
gst_clasp_fanout_remove (GstClaspFanout *self, GstClaspFanoutOutput *output);
guint gst_clasp_fanout_get_n_outputs (GstClaspFanout *self);
void gst_clasp_fanout_push (GstClaspFanout *self, GstBufferList *packets);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspFanoutOutput,
    gst_clasp_fanout_output_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspFanout, gst_clasp_fanout_free)

G_END_DECLS
