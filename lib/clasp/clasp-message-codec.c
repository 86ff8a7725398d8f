/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-message-private.h"

/* First bytes of a MessagePack map: a message of the legacy encoding. */
static gboolean
is_legacy (guint8 first)
{
  return (first & 0xf0) == 0x80 || first == 0xde || first == 0xdf;
}

static gboolean
require_frame (const guint8 *data, gsize size, ClaspFrameHeader *header,
    GError **error)
{
  switch (clasp_frame_parse (data, size, header, error)) {
    case CLASP_FRAME_ERROR:
      return FALSE;
    case CLASP_FRAME_NEED_MORE:
      g_set_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
          "frame cut off after %" G_GSIZE_FORMAT " bytes", size);
      return FALSE;
    case CLASP_FRAME_COMPLETE:
    default:
      if (header->payload_size > 0)
        return TRUE;
      g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
          "frame without a message");
      return FALSE;
  }
}

/**
 * clasp_message_decode:
 * @frame: bytes from outside that begin with a frame
 * @error: return location of a #GError
 *
 * Decodes the message of a frame, which is checked completely: sizes, counts,
 * UTF-8, nesting. The message shares @frame. Bytes behind the frame are
 * ignored. Thread-safe.
 *
 * Returns: (transfer full) (nullable): a new message, or %NULL with @error
 *   %CLASP_ERROR_MALFORMED
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_decode (GBytes *frame, GError **error)
{
  g_autoptr (GBytes) copy = NULL;
  ClaspFrameHeader header;
  const guint8 *data;
  gsize size;

  g_return_val_if_fail (frame, NULL);
  data = g_bytes_get_data (frame, &size);
  if (!require_frame (data, size, &header, error))
    return NULL;
  if (G_UNLIKELY (size > header.size)) {
    /* Not to keep what is behind the frame, which may be large. */
    frame = copy = g_bytes_new (data, header.size);
    data = g_bytes_get_data (copy, NULL);
  }
  if (is_legacy (data[header.header_size]))
    return clasp_message_decode_legacy (data + header.header_size,
        header.payload_size, error);
  return clasp_message_from_payload (frame, header.header_size,
      header.payload_size, error);
}

ClaspQos
clasp_fields_default_qos (const ClaspFields *self)
{
  switch (self->type) {
    case CLASP_MESSAGE_BUNDLE:
      return CLASP_QOS_COMMIT;
    case CLASP_MESSAGE_SET:
    case CLASP_MESSAGE_SUBSCRIBE:
    case CLASP_MESSAGE_UNSUBSCRIBE:
      return CLASP_QOS_CONFIRM;
    case CLASP_MESSAGE_PUBLISH:
      return self->signal == CLASP_SIGNAL_STREAM ||
              self->signal == CLASP_SIGNAL_GESTURE
          ? CLASP_QOS_FIRE
          : CLASP_QOS_CONFIRM;
    default:
      return CLASP_QOS_FIRE;
  }
}

/**
 * clasp_message_get_qos:
 * @self: a #ClaspMessage
 *
 * Returns: the quality of service with which @self is encoded by default
 *
 * Since: 0.1
 */
ClaspQos
clasp_message_get_qos (const ClaspMessage *self)
{
  g_return_val_if_fail (self, CLASP_QOS_FIRE);
  return clasp_fields_default_qos (&self->fields);
}

static gboolean
check_encodable (const ClaspMessage *self, GError **error)
{
  if (!self->failure)
    return TRUE;
  g_set_error (error, self->failure->domain, self->failure->code,
      "cannot encode %s: %s", clasp_message_type_name (self->fields.type),
      self->failure->message);
  return FALSE;
}

static const guint8 *
get_payload (const ClaspMessage *self)
{
  const guint8 *data = g_bytes_get_data (self->frame, NULL);

  return data + self->payload;
}

/* Whether the frame that @self shares is what we would send. */
static gboolean
has_own_frame (const ClaspMessage *self)
{
  guint8 header[CLASP_FRAME_HEADER_SIZE];

  if (self->payload < sizeof header)
    return FALSE;
  clasp_frame_write_header (header, clasp_message_get_qos (self),
      self->fields.size);
  return memcmp (get_payload (self) - sizeof header, header, sizeof header) ==
      0;
}

/**
 * clasp_message_get_size:
 * @self: a #ClaspMessage
 *
 * Returns: size of the encoded frame in bytes, 0 if it cannot be encoded
 *
 * Since: 0.1
 */
gsize
clasp_message_get_size (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  return self->failure ? 0 : CLASP_FRAME_HEADER_SIZE + self->fields.size;
}

/**
 * clasp_message_encode_to: (skip)
 * @self: a #ClaspMessage
 * @buffer: (array length=size): where to write
 * @size: room in @buffer; clasp_message_get_size() is enough
 * @error: return location of a #GError
 *
 * Writes the frame of @self to @buffer. Thread-safe.
 *
 * Returns: how many bytes were written, or 0 with @error
 *   %CLASP_ERROR_TOO_LARGE if it fits neither @buffer nor a frame
 *
 * Since: 0.1
 */
gsize
clasp_message_encode_to (const ClaspMessage *self, guint8 *buffer, gsize size,
    GError **error)
{
  gsize needed = clasp_message_get_size (self);

  if (!check_encodable (self, error))
    return 0;
  if (size < needed) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE,
        "frame of %" G_GSIZE_FORMAT " bytes does not fit %" G_GSIZE_FORMAT
        " bytes",
        needed, size);
    return 0;
  }
  clasp_frame_write_header (buffer, clasp_message_get_qos (self),
      self->fields.size);
  memcpy (buffer + CLASP_FRAME_HEADER_SIZE, get_payload (self),
      self->fields.size);
  return needed;
}

/**
 * clasp_message_encode:
 * @self: a #ClaspMessage
 * @error: return location of a #GError
 *
 * Encodes @self with the usual quality of service of its type. The bytes are
 * shared with @self, so that encoding again costs nothing. Thread-safe.
 *
 * Returns: (transfer full) (nullable): a frame, or %NULL with @error
 *   %CLASP_ERROR_TOO_LARGE if it does not fit one, %CLASP_ERROR_MALFORMED if
 *   a text is not UTF-8, %CLASP_ERROR_FAILED if the value has no CLASP type
 *
 * Since: 0.1
 */
GBytes *
clasp_message_encode (const ClaspMessage *self, GError **error)
{
  gsize size;

  g_return_val_if_fail (self, NULL);
  if (!check_encodable (self, error))
    return NULL;
  if (!has_own_frame (self))
    return clasp_message_encode_frame (self, clasp_message_get_qos (self), NULL,
        error);
  size = clasp_message_get_size (self);
  if (size == g_bytes_get_size (self->frame))
    return g_bytes_ref (self->frame);
  return g_bytes_new_from_bytes (self->frame,
      self->payload - CLASP_FRAME_HEADER_SIZE, size);
}

/**
 * clasp_message_encode_frame:
 * @self: a #ClaspMessage
 * @qos: quality of service
 * @timestamp_us: (nullable): time of the frame in µs
 * @error: return location of a #GError
 *
 * Encodes @self with a frame header of one's own.
 *
 * Returns: (transfer full) (nullable): a frame, or %NULL with @error as for
 *   clasp_message_encode()
 *
 * Since: 0.1
 */
GBytes *
clasp_message_encode_frame (const ClaspMessage *self, ClaspQos qos,
    const guint64 *timestamp_us, GError **error)
{
  gsize header = CLASP_FRAME_HEADER_SIZE + (timestamp_us ? 8 : 0);
  guint8 *data;

  g_return_val_if_fail (self, NULL);
  if (!check_encodable (self, error))
    return NULL;
  data = g_malloc (header + self->fields.size);
  if (timestamp_us)
    clasp_frame_write_header_with_timestamp (data, qos, self->fields.size,
        *timestamp_us);
  else
    clasp_frame_write_header (data, qos, self->fields.size);
  memcpy (data + header, get_payload (self), self->fields.size);
  return g_bytes_new_take (data, header + self->fields.size);
}
