/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-frame.h"

#define FLAG_TIMESTAMP 0x20
#define FLAG_QOS_SHIFT 6
#define ENCODING_BINARY 0x01
#define TIMESTAMP_SIZE 8

G_STATIC_ASSERT (CLASP_FRAME_MAX_SIZE ==
    CLASP_FRAME_HEADER_SIZE + TIMESTAMP_SIZE + CLASP_MAX_PAYLOAD);

static guint64
read_timestamp (const guint8 *data)
{
  guint64 timestamp;

  memcpy (&timestamp, data, sizeof timestamp);
  return GUINT64_FROM_BE (timestamp);
}

/**
 * clasp_frame_parse:
 * @data: (array length=length): bytes from outside
 * @length: how many there are
 * @header: (out caller-allocates): the header, valid if the result is
 *   %CLASP_FRAME_COMPLETE
 * @error: return location of a #GError, set if the result is
 *   %CLASP_FRAME_ERROR: %CLASP_ERROR_MALFORMED
 *
 * Looks for a frame at the beginning of @data. Any flags are accepted, and
 * bytes after the frame are not looked at. Thread-safe.
 *
 * Returns: whether there is a frame, or more bytes are needed to tell
 *
 * Since: 0.1
 */
ClaspFrameResult
clasp_frame_parse (const guint8 *data, gsize length, ClaspFrameHeader *header,
    GError **error)
{
  if (length > 0 && data[0] != CLASP_FRAME_MAGIC) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "not a CLASP frame: begins with 0x%02x, not 0x%02x", data[0],
        CLASP_FRAME_MAGIC);
    return CLASP_FRAME_ERROR;
  }
  if (length < CLASP_FRAME_HEADER_SIZE)
    return CLASP_FRAME_NEED_MORE;
  header->flags = data[1];
  header->qos = (ClaspQos) (data[1] >> FLAG_QOS_SHIFT);
  header->has_timestamp = (data[1] & FLAG_TIMESTAMP) != 0;
  header->timestamp = 0;
  header->header_size =
      CLASP_FRAME_HEADER_SIZE + (header->has_timestamp ? TIMESTAMP_SIZE : 0);
  header->payload_size = (gsize) data[2] << 8 | data[3];
  header->size = header->header_size + header->payload_size;
  if (length < header->size)
    return CLASP_FRAME_NEED_MORE;
  if (header->has_timestamp)
    header->timestamp = read_timestamp (data + CLASP_FRAME_HEADER_SIZE);
  return CLASP_FRAME_COMPLETE;
}

/**
 * clasp_frame_write_header: (skip)
 * @out: room for 4 bytes
 * @qos: quality of service
 * @payload_size: size of the payload, at most %CLASP_MAX_PAYLOAD
 *
 * Writes the header of a frame with binary encoding and no timestamp.
 *
 * Since: 0.1
 */
void
clasp_frame_write_header (guint8 *out, ClaspQos qos, gsize payload_size)
{
  g_return_if_fail (payload_size <= CLASP_MAX_PAYLOAD);
  out[0] = CLASP_FRAME_MAGIC;
  out[1] = (guint8) (qos << FLAG_QOS_SHIFT) | ENCODING_BINARY;
  out[2] = (guint8) (payload_size >> 8);
  out[3] = (guint8) payload_size;
}

/**
 * clasp_frame_write_header_with_timestamp: (skip)
 * @out: room for 12 bytes
 * @qos: quality of service
 * @payload_size: size of the payload, at most %CLASP_MAX_PAYLOAD
 * @timestamp_us: time in µs
 *
 * Writes the header of a frame with binary encoding and a timestamp. Relays
 * drop the timestamp.
 *
 * Since: 0.1
 */
void
clasp_frame_write_header_with_timestamp (guint8 *out, ClaspQos qos,
    gsize payload_size, guint64 timestamp_us)
{
  guint64 be = GUINT64_TO_BE (timestamp_us);

  clasp_frame_write_header (out, qos, payload_size);
  out[1] |= FLAG_TIMESTAMP;
  memcpy (out + CLASP_FRAME_HEADER_SIZE, &be, TIMESTAMP_SIZE);
}
