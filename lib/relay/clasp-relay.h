/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gio/gio.h>
#include <clasp/clasp.h>

G_BEGIN_DECLS

#define CLASP_RELAY_API __attribute__ ((visibility ("default"))) extern

#define CLASP_TYPE_RELAY (clasp_relay_get_type ())
CLASP_RELAY_API
G_DECLARE_FINAL_TYPE (ClaspRelay, clasp_relay, CLASP, RELAY, GObject)

/*
 * Properties: name, host ("127.0.0.1"; "0.0.0.0" or "::" for all), port (7330;
 * 0 = any free port, reads back the real one while running), token (write
 * only, nullable: every HELLO must carry it), web-directory (nullable),
 * max-sessions, max-subscriptions, max-message-size, max-message-rate (0 = no
 * limit), handshake-timeout (ms), ping-interval (s), max-params,
 * max-param-bytes, param-ttl (s), max-queue-bytes (per receiver),
 * rendezvous-ttl (s), stats (r).
 *
 * start, stop and all work happen in the thread-default main context of the
 * thread that called start.
 */
CLASP_RELAY_API ClaspRelay *clasp_relay_new (void);
CLASP_RELAY_API gboolean clasp_relay_start (ClaspRelay *self, GError **error);
CLASP_RELAY_API void clasp_relay_stop (ClaspRelay *self);
CLASP_RELAY_API guint clasp_relay_get_port (ClaspRelay *self);
CLASP_RELAY_API guint clasp_relay_get_n_sessions (ClaspRelay *self);

G_END_DECLS
