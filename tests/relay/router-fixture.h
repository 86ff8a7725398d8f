/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "relay/clasp-relay-router-private.h"

G_BEGIN_DECLS

/*
 * A router with any number of connections and a clock of its own, without a
 * socket. What a connection was sent is read as text, see net_take().
 */
typedef struct {
  ClaspRelayRouter *router;
  ClaspRelayOutbox *out;
  ClaspRelayTime now;
} Net;

typedef struct {
  Net *net;
  ClaspRelayRoute *route;
  GPtrArray *frames; /* GBytes that were not taken yet */
  char *session;     /* id, from WELCOME */
  guint16 close_code;
  char *close_reason;
} Peer;

extern const ClaspRelayRouterConfig net_config;

Net *net_new (const ClaspRelayRouterConfig *config);
void net_free (Net *self);
void net_pass (Net *self, guint ms);

Peer *peer_new (Net *net);
Peer *peer_join (Net *net);
void peer_leave (Peer *self);
void peer_send (Peer *self, ClaspMessage *message);
void peer_send_bytes (Peer *self, gconstpointer data, gsize size);
void peer_set (Peer *self, const char *address, double number);
void peer_publish (Peer *self, ClaspSignalType signal, const char *address,
    double number);
void peer_subscribe (Peer *self, guint32 id, const char *pattern);
char *peer_take (Peer *self);
void peer_assert (Peer *self, const char *expected);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Net, net_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_leave)

G_END_DECLS
