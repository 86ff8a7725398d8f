/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-relay-frame-private.h"

G_BEGIN_DECLS

/*
 * What the router wants done, in order: send @frame to @owner, or, where
 * @frame is %NULL, close its connection with @code and @reason.
 */
typedef struct {
  gpointer owner;
  ClaspRelayFrame *frame;
  guint16 code;
  char *reason;
} ClaspRelayDelivery;

typedef struct _ClaspRelayOutbox ClaspRelayOutbox;

ClaspRelayOutbox *clasp_relay_outbox_new (void);
void clasp_relay_outbox_free (ClaspRelayOutbox *self);
void clasp_relay_outbox_send (ClaspRelayOutbox *self, gpointer owner,
    ClaspRelayFrame *frame);
void clasp_relay_outbox_send_message (ClaspRelayOutbox *self, gpointer owner,
    ClaspMessage *message);
void clasp_relay_outbox_close (ClaspRelayOutbox *self, gpointer owner,
    guint16 code, const char *reason);
gboolean
clasp_relay_outbox_pop (ClaspRelayOutbox *self, ClaspRelayDelivery *delivery);
void clasp_relay_delivery_clear (ClaspRelayDelivery *self);

ClaspRelayFrame *clasp_relay_frame_new_message (const ClaspMessage *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayOutbox, clasp_relay_outbox_free)

G_END_DECLS
