/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-relay-router-private.h"
#include "clasp-relay-session-private.h"

G_BEGIN_DECLS

/*
 * Router, sessions and clock together: feeds the router with what sessions
 * receive and carries out what it decides. Belongs to the thread-default main
 * context at construction.
 */
typedef struct _ClaspRelayHub ClaspRelayHub;

typedef struct {
  guint n_sessions;
  guint n_params;
  guint64 param_bytes;
  guint64 messages_in, bytes_in;
  guint64 messages_out, bytes_out;
  guint64 dropped, malformed, rate_limited, refused, text_ignored;
} ClaspRelayHubStats;

ClaspRelayHub *clasp_relay_hub_new (const ClaspRelayRouterConfig *router,
    const ClaspRelaySessionConfig *session);
void clasp_relay_hub_free (ClaspRelayHub *self);
void clasp_relay_hub_add (ClaspRelayHub *self,
    SoupWebsocketConnection *websocket, ClaspRelayStream *stream);
guint clasp_relay_hub_get_n_sessions (ClaspRelayHub *self);
void clasp_relay_hub_get_stats (ClaspRelayHub *self, ClaspRelayHubStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayHub, clasp_relay_hub_free)

G_END_DECLS
