/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <libsoup/soup.h>
#include "clasp-relay-stream-private.h"

G_BEGIN_DECLS

/*
 * One WebSocket. Shell without logic: it turns libsoup's signals into calls of
 * its owner, and frames into bytes. Belongs to one main context.
 */
typedef struct _ClaspRelaySession ClaspRelaySession;

/* None of these may free the session; @closed comes last, and once. */
typedef struct {
  void (*message) (ClaspRelaySession *session, GBytes *bytes, gpointer data);
  void (*drained) (ClaspRelaySession *session, gpointer data);
  void (*closed) (ClaspRelaySession *session, gpointer data);
} ClaspRelaySessionFuncs;

typedef struct {
  gsize max_queue;
  gsize max_message;
  guint ping_interval; /* seconds; 0 = no pings */
} ClaspRelaySessionConfig;

ClaspRelaySession *clasp_relay_session_new (SoupWebsocketConnection *websocket,
    ClaspRelayStream *stream, const ClaspRelaySessionConfig *config,
    const ClaspRelaySessionFuncs *funcs, gpointer data);
void clasp_relay_session_free (ClaspRelaySession *self);
void clasp_relay_session_send (ClaspRelaySession *self, ClaspRelayFrame *frame);
void clasp_relay_session_close (ClaspRelaySession *self, guint16 code,
    const char *reason);
void clasp_relay_session_check_alive (ClaspRelaySession *self, gint64 now_us);
ClaspRelayStream *clasp_relay_session_get_stream (ClaspRelaySession *self);
guint64 clasp_relay_session_get_n_text (const ClaspRelaySession *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelaySession, clasp_relay_session_free)

G_END_DECLS
