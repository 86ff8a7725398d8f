/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-relay-index-private.h"
#include "clasp-relay-router-private.h"
#include "clasp-relay-signals-private.h"

G_BEGIN_DECLS

/* What router and handlers share: nobody else includes this. */

struct _ClaspRelayRoute {
  gpointer owner;
  char *session; /* (nullable): id, from HELLO on */
  gint64 handshake_deadline;
  GList pending_link; /* in router->pending until HELLO */
  gint64 window_start;
  guint window_count;
  guint n_malformed;
  gboolean closing; /* refused; what still arrives is ignored */
  GQueue snapshots; /* ClaspRelaySnapshot that are not finished */
};

struct _ClaspRelayRouter {
  ClaspRelayRouterConfig config;
  char *name;
  char *token;
  GHashTable *sessions; /* id -> route, unowned */
  GHashTable *routes;   /* all of them, owned */
  GQueue pending;       /* routes without HELLO, oldest first */
  ClaspRelayState *state;
  ClaspRelayIndex *index;
  ClaspRelaySignals *signals;
  ClaspRelayRouterStats stats;
};

/* One message that is being handled. */
typedef struct {
  ClaspRelayRouter *router;
  ClaspRelayRoute *route;
  ClaspMessage *message;
  GBytes *frame; /* exactly the frame @message came in */
  ClaspRelayTime now;
  ClaspRelayOutbox *out;
} ClaspRelayCall;

void clasp_relay_handle_message (ClaspRelayCall *call);
void clasp_relay_reply (ClaspRelayCall *call, ClaspMessage *message);
void clasp_relay_reply_error (ClaspRelayCall *call, guint16 code,
    const char *address, const char *format, ...) G_GNUC_PRINTF (4, 5);
void clasp_relay_broadcast_set (ClaspRelayRouter *self, const ClaspMessage *set,
    ClaspRelayOutbox *out);
void clasp_relay_queue_snapshot (ClaspRelayCall *call, ClaspPattern *pattern);

/* Codes of ERROR messages (clasp-protocol: error codes). */
enum {
  CLASP_RELAY_CODE_MALFORMED = 100,
  CLASP_RELAY_CODE_ADDRESS = 202,
  CLASP_RELAY_CODE_UNAUTHORIZED = 300,
  CLASP_RELAY_CODE_CONFLICT = 400,
  CLASP_RELAY_CODE_NOT_FOUND = 404,
  CLASP_RELAY_CODE_LIMIT = 429,
  CLASP_RELAY_CODE_UNSUPPORTED = 501,
  CLASP_RELAY_CODE_OVERLOADED = 503,
};

G_END_DECLS
