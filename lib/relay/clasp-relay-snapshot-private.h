/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-relay-state-private.h"

G_BEGIN_DECLS

/*
 * A snapshot that is sent part by part, each within the frame limit, so that a
 * large state costs a slow receiver no memory here. A part shows the state at
 * the time it is made. Pure.
 */
typedef struct _ClaspRelaySnapshot ClaspRelaySnapshot;

ClaspRelaySnapshot *clasp_relay_snapshot_new (ClaspPattern *pattern);
void clasp_relay_snapshot_free (ClaspRelaySnapshot *self);
ClaspMessage *clasp_relay_snapshot_next (ClaspRelaySnapshot *self,
    ClaspRelayState *state, gboolean *done);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelaySnapshot, clasp_relay_snapshot_free)

G_END_DECLS
