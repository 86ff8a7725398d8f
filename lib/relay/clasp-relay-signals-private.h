/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>

G_BEGIN_DECLS

/*
 * The signals that sessions announced, for QUERY. Pure; not thread-safe. They
 * are forgotten with the session that announced them last.
 */
typedef struct _ClaspRelaySignals ClaspRelaySignals;

ClaspRelaySignals *clasp_relay_signals_new (void);
void clasp_relay_signals_free (ClaspRelaySignals *self);
void clasp_relay_signals_announce (ClaspRelaySignals *self, const char *session,
    const ClaspMessage *announce);
void clasp_relay_signals_remove (ClaspRelaySignals *self, const char *session);
ClaspMessage *
clasp_relay_signals_query (ClaspRelaySignals *self, const char *pattern);
guint clasp_relay_signals_get_n_signals (const ClaspRelaySignals *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelaySignals, clasp_relay_signals_free)

G_END_DECLS
