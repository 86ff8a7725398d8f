/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-frame-private.h"
#include <math.h>
#include <string.h>

#define WEBSOCKET_FIN_BINARY 0x82

static void
write_header (ClaspRelayFrame *self)
{
  gsize size = g_bytes_get_size (self->bytes);
  guint16 size16 = GUINT16_TO_BE ((guint16) size);
  guint64 size64 = GUINT64_TO_BE ((guint64) size);

  self->header[0] = WEBSOCKET_FIN_BINARY;
  if (size < 126) {
    self->header[1] = size;
    self->header_size = 2;
  } else if (size <= G_MAXUINT16) {
    self->header[1] = 126;
    memcpy (self->header + 2, &size16, sizeof size16);
    self->header_size = 4;
  } else {
    self->header[1] = 127;
    memcpy (self->header + 2, &size64, sizeof size64);
    self->header_size = 10;
  }
}

/* A frame that is already WebSocket bytes: what libsoup writes itself. */
ClaspRelayFrame *
clasp_relay_frame_new_raw (GBytes *bytes)
{
  ClaspRelayFrame *self = g_new0 (ClaspRelayFrame, 1);

  self->ref_count = 1;
  self->bytes = g_bytes_ref (bytes);

  return self;
}

/* A CLASP frame that is never dropped. */
ClaspRelayFrame *
clasp_relay_frame_new (GBytes *bytes)
{
  ClaspRelayFrame *self = clasp_relay_frame_new_raw (bytes);

  write_header (self);

  return self;
}

static void
classify (ClaspRelayFrame *self, const ClaspMessage *publish)
{
  const char *type;
  gsize length;

  self->droppable = TRUE;
  self->address = g_ref_string_new_intern (clasp_message_get_address (publish));
  self->has_seq = clasp_message_lookup_number (publish, "seq", &self->seq) &&
      isfinite (self->seq);
  if (!self->has_seq ||
      !clasp_message_lookup_string (publish, "frameType", &type, &length))
    return;

  self->picture = length == 3 && memcmp (type, "key", 3) == 0
      ? CLASP_RELAY_PICTURE_KEY
      : CLASP_RELAY_PICTURE_DELTA;
}

/* A PUBLISH that arrived at @now_us; only streams may be dropped. */
ClaspRelayFrame *
clasp_relay_frame_new_publish (GBytes *bytes, const ClaspMessage *publish,
    gint64 now_us)
{
  ClaspRelayFrame *self = clasp_relay_frame_new (bytes);

  self->arrival_us = now_us;
  if (clasp_message_get_signal (publish) == CLASP_SIGNAL_STREAM)
    classify (self, publish);

  return self;
}

ClaspRelayFrame *
clasp_relay_frame_ref (ClaspRelayFrame *self)
{
  self->ref_count++;
  return self;
}

void
clasp_relay_frame_unref (ClaspRelayFrame *self)
{
  if (--self->ref_count > 0)
    return;

  g_clear_pointer (&self->address, g_ref_string_release);
  g_bytes_unref (self->bytes);
  g_free (self);
}

/* Returns: bytes on the wire, WebSocket header included */
gsize
clasp_relay_frame_get_size (const ClaspRelayFrame *self)
{
  return self->header_size + g_bytes_get_size (self->bytes);
}
