/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gio/gio.h>
#include "clasp-relay-frame-private.h"

G_BEGIN_DECLS

/*
 * What waits for one receiver. Pure; not thread-safe.
 *
 * Bounded by bytes. Params, events and replies are never dropped: when they
 * alone exceed the bound, the receiver is to be disconnected. Streams may take
 * half of the bound, and pictures wait CLASP_RELAY_MAX_PICTURE_AGE at most.
 * Beyond that the oldest go: a stream with pictures jumps to its newest key
 * picture, or pauses until the next one; any other stream loses its older
 * half. A picture of which something was sent is finished, and a picture of
 * which something was dropped goes entirely.
 */
typedef struct _ClaspRelayQueue ClaspRelayQueue;

#define CLASP_RELAY_MAX_PICTURE_AGE (2 * G_USEC_PER_SEC)

typedef enum {
  CLASP_RELAY_QUEUE_OK,       /* maybe at the cost of older frames */
  CLASP_RELAY_QUEUE_DROPPED,  /* this frame was not taken */
  CLASP_RELAY_QUEUE_OVERFLOW, /* more than the bound must be kept */
} ClaspRelayQueueResult;

ClaspRelayQueue *clasp_relay_queue_new (gsize max_bytes);
void clasp_relay_queue_free (ClaspRelayQueue *self);
ClaspRelayQueueResult
clasp_relay_queue_push (ClaspRelayQueue *self, ClaspRelayFrame *frame);
guint clasp_relay_queue_peek (ClaspRelayQueue *self, GOutputVector *vectors,
    guint n_vectors);
void clasp_relay_queue_advance (ClaspRelayQueue *self, gsize n_bytes);
void clasp_relay_queue_clear (ClaspRelayQueue *self);
gboolean clasp_relay_queue_is_empty (const ClaspRelayQueue *self);
gsize clasp_relay_queue_get_bytes (const ClaspRelayQueue *self);
guint64 clasp_relay_queue_get_n_dropped (const ClaspRelayQueue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayQueue, clasp_relay_queue_free)

G_END_DECLS
