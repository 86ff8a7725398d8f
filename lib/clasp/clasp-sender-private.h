/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-send-item-private.h"

G_BEGIN_DECLS

typedef struct {
  gsize queued_bytes;
  guint queued_messages;
  guint64 dropped_frames;
  guint64 dropped_messages;
  guint message_rate; /* 0: no limit */
} ClaspSenderStats;

/*
 * The way out of a client: any thread puts messages in, the client's context
 * takes frames out, as fast as the relay allows. Closed until there is a
 * session.
 */
typedef struct _ClaspSender ClaspSender;

ClaspSender *clasp_sender_new (GSource *wake);
void clasp_sender_free (ClaspSender *self);
void clasp_sender_set_max_bytes (ClaspSender *self, gsize max_bytes);
void clasp_sender_set_max_rate (ClaspSender *self, guint rate);
void clasp_sender_open (ClaspSender *self);
guint clasp_sender_close (ClaspSender *self);
void clasp_sender_finish (ClaspSender *self, GQueue *rest);
void clasp_sender_wake (ClaspSender *self);

gboolean
clasp_sender_push (ClaspSender *self, ClaspMessage *message, GError **error);
gboolean clasp_sender_push_forced (ClaspSender *self, ClaspMessage *message,
    GError **error);

gboolean clasp_sender_take_turn (ClaspSender *self, gint64 now);
GBytes *clasp_sender_pop (ClaspSender *self, gint64 now);
gboolean clasp_sender_rate_refused (ClaspSender *self, gint64 now);
void clasp_sender_member_refused (ClaspSender *self, const char *address);
char **clasp_sender_take_dropped_addresses (ClaspSender *self);
void clasp_sender_get_stats (ClaspSender *self, ClaspSenderStats *stats);

G_END_DECLS
