/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>

G_BEGIN_DECLS

/*
 * Who subscribed to what. Pure; not thread-safe. Subscribers are opaque
 * pointers. A literal pattern costs one hash lookup; a wildcard pattern is
 * tried only for addresses that begin with its literal part, and once however
 * many sessions use it. Results are kept until the next change, since streams
 * go to the same few addresses.
 */
typedef struct _ClaspRelayIndex ClaspRelayIndex;

/* One subscriber of an address, with the signals it wants there. */
typedef struct {
  gpointer subscriber;
  guint mask;
} ClaspRelayMatch;

ClaspRelayIndex *clasp_relay_index_new (void);
void clasp_relay_index_free (ClaspRelayIndex *self);

void clasp_relay_index_add (ClaspRelayIndex *self, gpointer subscriber,
    guint32 id, ClaspPattern *pattern, guint mask);
gboolean clasp_relay_index_remove (ClaspRelayIndex *self, gpointer subscriber,
    guint32 id);
void clasp_relay_index_remove_all (ClaspRelayIndex *self, gpointer subscriber);
guint clasp_relay_index_count (ClaspRelayIndex *self, gpointer subscriber);
const GArray *
clasp_relay_index_lookup (ClaspRelayIndex *self, const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayIndex, clasp_relay_index_free)

G_END_DECLS
