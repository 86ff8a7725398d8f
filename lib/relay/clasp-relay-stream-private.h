/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-relay-guard-private.h"
#include "clasp-relay-queue-private.h"

G_BEGIN_DECLS

/*
 * The connection below libsoup. SoupWebsocketConnection copies what it sends,
 * keeps an unbounded queue, reads 1 KiB at a time and never stops reading one
 * busy peer. Underneath it, this stream
 *
 *  - sends frames itself, from a bounded queue, without copying, several in
 *    one system call; what libsoup writes (pong, close) takes its turn there,
 *  - reads ahead, gives other connections their turn after a while, and
 *    breaks off a message that never ends.
 *
 * Before clasp_relay_stream_upgrade() it passes HTTP through. Belongs to one
 * main context.
 */
#define CLASP_TYPE_RELAY_STREAM (clasp_relay_stream_get_type ())
G_DECLARE_FINAL_TYPE (ClaspRelayStream, clasp_relay_stream, CLASP, RELAY_STREAM,
    GIOStream)

/* Called when a socket that was full took all that was queued. */
typedef void (*ClaspRelayStreamFunc) (gpointer user_data);

ClaspRelayStream *clasp_relay_stream_new (GSocket *socket, gint64 now_us);
void clasp_relay_stream_upgrade (ClaspRelayStream *self, gsize max_queue,
    gsize max_message, ClaspRelayStreamFunc drained, gpointer user_data);
ClaspRelayQueueResult
clasp_relay_stream_send (ClaspRelayStream *self, ClaspRelayFrame *frame);
void clasp_relay_stream_discard (ClaspRelayStream *self);
void clasp_relay_stream_detach (ClaspRelayStream *self);
void clasp_relay_stream_abort (ClaspRelayStream *self);

gboolean clasp_relay_stream_is_upgraded (ClaspRelayStream *self);
gint64 clasp_relay_stream_get_progress (ClaspRelayStream *self);
gint64 clasp_relay_stream_get_last_read (ClaspRelayStream *self);
gsize clasp_relay_stream_get_queued (ClaspRelayStream *self);
guint64 clasp_relay_stream_get_n_dropped (ClaspRelayStream *self);
guint64 clasp_relay_stream_get_n_sent (ClaspRelayStream *self, guint64 *bytes);

G_END_DECLS
