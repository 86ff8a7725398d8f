/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-guard-private.h"

#define FIN 0x80
#define CONTROL 0x08
#define OPCODE 0x0f
#define MASKED 0x80
#define LENGTH 0x7f
#define LENGTH_16 126
#define LENGTH_64 127
#define MASK_SIZE 4

void
clasp_relay_guard_init (ClaspRelayGuard *self, guint64 max_message)
{
  *self = (ClaspRelayGuard){.max_message = max_message};
}

static guint
header_size (const ClaspRelayGuard *self)
{
  if (self->n_header < 2)
    return 2;

  switch (self->header[1] & LENGTH) {
    case LENGTH_16:
      return 4;
    case LENGTH_64:
      return 10;
    default:
      return 2;
  }
}

static guint64
payload_size (const ClaspRelayGuard *self)
{
  guint64 size = 0;

  if (self->n_header == 2)
    return self->header[1] & LENGTH;

  for (guint i = 2; i < self->n_header; i++)
    size = size << 8 | self->header[i];

  return size;
}

/* Accounts a frame whose header is complete. */
static gboolean
begin_frame (ClaspRelayGuard *self)
{
  guint64 size = payload_size (self);

  if (size > self->max_message)
    return FALSE;

  self->skip = size + (self->header[1] & MASKED ? MASK_SIZE : 0);
  self->n_header = 0;
  if (self->header[0] & CONTROL)
    return TRUE;

  if ((self->header[0] & OPCODE) != 0)
    self->message = 0;
  self->message += size;
  if (self->message > self->max_message)
    return FALSE;
  if (self->header[0] & FIN)
    self->message = 0;

  return TRUE;
}

/*
 * clasp_relay_guard_feed:
 * @data: what comes next on the connection
 *
 * Returns: %FALSE once a message is too large; then nothing more may be fed
 */
gboolean
clasp_relay_guard_feed (ClaspRelayGuard *self, const guint8 *data, gsize size)
{
  while (size > 0) {
    guint64 n = MIN (self->skip, size);

    self->skip -= n;
    data += n;
    size -= n;
    if (size == 0)
      break;

    self->header[self->n_header++] = *data++;
    size--;
    if (self->n_header == header_size (self) && !begin_frame (self))
      return FALSE;
  }

  return TRUE;
}
