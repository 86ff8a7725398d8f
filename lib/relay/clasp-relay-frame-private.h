/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>

G_BEGIN_DECLS

/* Longest header of an unmasked WebSocket frame. */
#define CLASP_RELAY_MAX_HEADER 10

/* What a stream message is to a video decoder. */
typedef enum {
  CLASP_RELAY_PICTURE_NONE,
  CLASP_RELAY_PICTURE_KEY,
  CLASP_RELAY_PICTURE_DELTA,
} ClaspRelayPicture;

/*
 * One frame on its way out, shared by all its receivers: the bytes, the
 * WebSocket header in front of them, and what the queue of a slow receiver
 * must know to drop it. Immutable but for the count; one thread.
 */
typedef struct {
  guint ref_count;
  GBytes *bytes;
  guint8 header[CLASP_RELAY_MAX_HEADER];
  guint8 header_size; /* 0: the bytes bring their own WebSocket header */
  gint64 arrival_us;  /* monotonic, of a PUBLISH */
  gboolean droppable; /* part of a stream */
  char *address;      /* (nullable): interned ref string, of a stream */
  gboolean has_seq;   /* chunks with one seq make up one picture */
  double seq;
  ClaspRelayPicture picture;
} ClaspRelayFrame;

ClaspRelayFrame *clasp_relay_frame_new (GBytes *bytes);
ClaspRelayFrame *clasp_relay_frame_new_raw (GBytes *bytes);
ClaspRelayFrame *clasp_relay_frame_new_publish (GBytes *bytes,
    const ClaspMessage *publish, gint64 now_us);
ClaspRelayFrame *clasp_relay_frame_ref (ClaspRelayFrame *self);
void clasp_relay_frame_unref (ClaspRelayFrame *self);
gsize clasp_relay_frame_get_size (const ClaspRelayFrame *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayFrame, clasp_relay_frame_unref)

G_END_DECLS
