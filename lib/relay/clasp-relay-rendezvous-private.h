/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <json-glib/json-glib.h>
#include "clasp-relay-time-private.h"

G_BEGIN_DECLS

/*
 * The register behind the rendezvous routes: who can be found where. Pure; not
 * thread-safe. Bounded by count and bytes: the entry that was silent longest
 * makes room. An entry is gone exactly when its time is over.
 */
typedef struct _ClaspRelayRendezvous ClaspRelayRendezvous;

ClaspRelayRendezvous *
clasp_relay_rendezvous_new (guint ttl, guint max_entries, gsize max_bytes);
void clasp_relay_rendezvous_free (ClaspRelayRendezvous *self);
const char *clasp_relay_rendezvous_register (ClaspRelayRendezvous *self,
    JsonNode *request, ClaspRelayTime now, GError **error);
char *clasp_relay_rendezvous_discover (ClaspRelayRendezvous *self,
    const char *tag, const char *feature, guint limit, ClaspRelayTime now);
gboolean clasp_relay_rendezvous_refresh (ClaspRelayRendezvous *self,
    const char *id, ClaspRelayTime now);
gboolean clasp_relay_rendezvous_unregister (ClaspRelayRendezvous *self,
    const char *id, ClaspRelayTime now);
guint clasp_relay_rendezvous_get_n_entries (const ClaspRelayRendezvous *self);
guint clasp_relay_rendezvous_get_ttl (const ClaspRelayRendezvous *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayRendezvous,
    clasp_relay_rendezvous_free)

G_END_DECLS
