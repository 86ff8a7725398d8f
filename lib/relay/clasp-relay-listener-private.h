/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/*
 * The listening sockets. SoupServer could listen itself, but takes any number
 * of connections and waits for ever for a request; here both are bounded.
 * Belongs to the thread-default main context at construction.
 */
typedef struct _ClaspRelayListener ClaspRelayListener;

ClaspRelayListener *
clasp_relay_listener_new (SoupServer *server, const char *host, guint16 port,
    guint max_connections, guint request_timeout_ms, GError **error);
void clasp_relay_listener_free (ClaspRelayListener *self);
guint16 clasp_relay_listener_get_port (const ClaspRelayListener *self);
guint clasp_relay_listener_get_n_connections (const ClaspRelayListener *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayListener, clasp_relay_listener_free)

G_END_DECLS
