/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-send-item-private.h"

G_BEGIN_DECLS

/*
 * Bounded queue of outgoing messages. Streams wait behind everything else and
 * make room by whole frames, oldest first; anything else is refused when there
 * is no room. Order is kept among streams and among the others.
 */
typedef struct _ClaspSendQueue ClaspSendQueue;

ClaspSendQueue *clasp_send_queue_new (gsize max_bytes);
void clasp_send_queue_free (ClaspSendQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspSendQueue, clasp_send_queue_free)

void clasp_send_queue_set_max_bytes (ClaspSendQueue *self, gsize max_bytes);
gboolean clasp_send_queue_push (ClaspSendQueue *self, ClaspSendItem *item,
    gboolean force, GError **error);
const ClaspSendItem *
clasp_send_queue_peek (const ClaspSendQueue *self, gboolean streams);
ClaspSendItem *clasp_send_queue_pop (ClaspSendQueue *self, gboolean streams);
void clasp_send_queue_clear (ClaspSendQueue *self);
gsize clasp_send_queue_get_bytes (const ClaspSendQueue *self);
guint clasp_send_queue_get_n_messages (const ClaspSendQueue *self);
guint clasp_send_queue_get_n_urgent (const ClaspSendQueue *self);
guint64 clasp_send_queue_get_dropped_frames (const ClaspSendQueue *self);
guint64 clasp_send_queue_get_dropped_messages (const ClaspSendQueue *self);
char **clasp_send_queue_take_dropped_addresses (ClaspSendQueue *self);

G_END_DECLS
