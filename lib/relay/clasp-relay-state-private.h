/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>
#include "clasp-relay-time-private.h"

G_BEGIN_DECLS

/*
 * The params of the relay. Pure: no I/O, no clock. Not thread-safe.
 *
 * A param is "owned" when its address contains the session id of its last
 * writer as a whole segment, as presence does. Owned params live as long as
 * their session: they are not evicted, the relay-wide TTL does not apply to
 * them, and clasp_relay_state_release() takes them away.
 */
typedef struct _ClaspRelayState ClaspRelayState;

typedef struct {
  guint max_params;
  gsize max_bytes;
  guint max_owned; /* per session; further ones count as ordinary params */
  guint ttl;       /* seconds after the last write; 0 = for ever */
} ClaspRelayStateLimits;

/* What the end of a session did to a param: it was @address, and is null. */
typedef struct {
  char *address;
  guint64 revision;
} ClaspRelayRemoval;

ClaspRelayState *clasp_relay_state_new (const ClaspRelayStateLimits *limits);
void clasp_relay_state_free (ClaspRelayState *self);

gboolean clasp_relay_state_set (ClaspRelayState *self, const ClaspMessage *set,
    const char *writer, ClaspRelayTime now, guint64 *revision, GError **error);
gboolean clasp_relay_state_get (ClaspRelayState *self, const char *address,
    ClaspParam *param);
GPtrArray *
clasp_relay_state_release (ClaspRelayState *self, const char *session);
guint clasp_relay_state_expire (ClaspRelayState *self, gint64 now_us);
gint64 clasp_relay_state_next_deadline (const ClaspRelayState *self);

/* In order of address. A node is valid until the state changes. */
GTreeNode *clasp_relay_state_seek (ClaspRelayState *self, const char *address,
    gboolean after);
const char *clasp_relay_state_read (GTreeNode *node, ClaspParam *param);

guint clasp_relay_state_get_n_params (const ClaspRelayState *self);
gsize clasp_relay_state_get_bytes (const ClaspRelayState *self);

/* Bytes of one SNAPSHOT entry, at most. */
gsize clasp_relay_param_size (const ClaspParam *param);
#define CLASP_RELAY_SNAPSHOT_OVERHEAD 3

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayState, clasp_relay_state_free)

G_END_DECLS
