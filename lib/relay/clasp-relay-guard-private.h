/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Watches WebSocket frames go by (RFC 6455, section 5.2) and tells when the
 * fragments of one message exceed a limit; libsoup 3.2 limits each fragment,
 * but not their number. Everything else about frames is libsoup's affair.
 * Pure.
 */
typedef struct {
  guint64 max_message;
  guint64 message; /* payload of the message so far */
  guint64 skip;    /* bytes left of mask and payload of this frame */
  guint8 header[10];
  guint n_header;
} ClaspRelayGuard;

void clasp_relay_guard_init (ClaspRelayGuard *self, guint64 max_message);
gboolean
clasp_relay_guard_feed (ClaspRelayGuard *self, const guint8 *data, gsize size);

G_END_DECLS
