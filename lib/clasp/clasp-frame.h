/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-error.h"

G_BEGIN_DECLS

#define CLASP_FRAME_MAGIC 0x53
#define CLASP_FRAME_HEADER_SIZE 4
#define CLASP_FRAME_MAX_SIZE (CLASP_MAX_PAYLOAD + 12)

/**
 * ClaspQos:
 * @CLASP_QOS_FIRE: send and forget
 * @CLASP_QOS_CONFIRM: state and events
 * @CLASP_QOS_COMMIT: bundles
 *
 * The quality of service a frame asks for. Relays ignore it.
 *
 * Since: 0.1
 */
typedef enum {
  CLASP_QOS_FIRE = 0,
  CLASP_QOS_CONFIRM = 1,
  CLASP_QOS_COMMIT = 2,
} ClaspQos;

/**
 * ClaspFrameResult:
 * @CLASP_FRAME_COMPLETE: a whole frame is there
 * @CLASP_FRAME_NEED_MORE: so far it is a frame, but bytes are missing
 * @CLASP_FRAME_ERROR: it is not a frame
 *
 * The three outcomes of looking at bytes.
 *
 * Since: 0.1
 */
typedef enum {
  CLASP_FRAME_COMPLETE,
  CLASP_FRAME_NEED_MORE,
  CLASP_FRAME_ERROR,
} ClaspFrameResult;

/**
 * ClaspFrameHeader:
 *
 * Header of a frame. @size is the whole frame, header included; the payload
 * starts at @header_size.
 *
 * Since: 0.1
 */
typedef struct {
  guint8 flags;
  ClaspQos qos;
  gboolean has_timestamp;
  guint64 timestamp;
  gsize header_size;
  gsize payload_size;
  gsize size;
} ClaspFrameHeader;

CLASP_API ClaspFrameResult clasp_frame_parse (const guint8 *data, gsize length,
    ClaspFrameHeader *header, GError **error);
CLASP_API void
clasp_frame_write_header (guint8 *out, ClaspQos qos, gsize payload_size);
CLASP_API void clasp_frame_write_header_with_timestamp (guint8 *out,
    ClaspQos qos, gsize payload_size, guint64 timestamp_us);

G_END_DECLS
