/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-relay-outbox-private.h"
#include "clasp-relay-state-private.h"

G_BEGIN_DECLS

/*
 * The whole logic of the relay, without sockets, clock or thread: what came
 * from whom at what time goes in, deliveries come out.
 */
typedef struct _ClaspRelayRouter ClaspRelayRouter;

/* What the router knows of one connection; a session once it said HELLO. */
typedef struct _ClaspRelayRoute ClaspRelayRoute;

/* 0 means no limit only for max_message_rate. Strings are copied. */
typedef struct {
  const char *name;
  const char *token; /* (nullable): every HELLO must carry it */
  guint max_sessions;
  guint max_subscriptions;
  guint max_message_rate; /* per session and second */
  guint handshake_timeout_ms;
  ClaspRelayStateLimits state;
} ClaspRelayRouterConfig;

typedef struct {
  guint64 messages_in;
  guint64 bytes_in;
  guint64 malformed;
  guint64 rate_limited;
  guint64 refused; /* handshakes */
} ClaspRelayRouterStats;

ClaspRelayRouter *clasp_relay_router_new (const ClaspRelayRouterConfig *config);
void clasp_relay_router_free (ClaspRelayRouter *self);

ClaspRelayRoute *clasp_relay_router_open (ClaspRelayRouter *self,
    gpointer owner, ClaspRelayTime now);
void clasp_relay_router_receive (ClaspRelayRouter *self, ClaspRelayRoute *route,
    GBytes *bytes, ClaspRelayTime now, ClaspRelayOutbox *out);
gboolean clasp_relay_router_continue (ClaspRelayRouter *self,
    ClaspRelayRoute *route, ClaspRelayTime now, ClaspRelayOutbox *out);
void clasp_relay_router_close (ClaspRelayRouter *self, ClaspRelayRoute *route,
    ClaspRelayOutbox *out);
void clasp_relay_router_tick (ClaspRelayRouter *self, ClaspRelayTime now,
    ClaspRelayOutbox *out);
gint64 clasp_relay_router_next_deadline (const ClaspRelayRouter *self);

const char *clasp_relay_route_get_session (const ClaspRelayRoute *self);
gboolean clasp_relay_route_has_more (const ClaspRelayRoute *self);
guint clasp_relay_router_get_n_sessions (const ClaspRelayRouter *self);
const ClaspRelayState *
clasp_relay_router_get_state (const ClaspRelayRouter *self);
const ClaspRelayRouterStats *
clasp_relay_router_get_stats (const ClaspRelayRouter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayRouter, clasp_relay_router_free)

G_END_DECLS
