/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#define G_LOG_DOMAIN "clasp-relay"

#include "clasp-relay-outbox-private.h"

struct _ClaspRelayOutbox {
  GArray *deliveries;
  guint first;
};

void
clasp_relay_delivery_clear (ClaspRelayDelivery *self)
{
  g_clear_pointer (&self->frame, clasp_relay_frame_unref);
  g_clear_pointer (&self->reason, g_free);
}

ClaspRelayOutbox *
clasp_relay_outbox_new (void)
{
  ClaspRelayOutbox *self = g_new0 (ClaspRelayOutbox, 1);

  self->deliveries = g_array_new (FALSE, FALSE, sizeof (ClaspRelayDelivery));

  return self;
}

void
clasp_relay_outbox_free (ClaspRelayOutbox *self)
{
  ClaspRelayDelivery delivery;

  while (clasp_relay_outbox_pop (self, &delivery))
    clasp_relay_delivery_clear (&delivery);
  g_array_unref (self->deliveries);
  g_free (self);
}

void
clasp_relay_outbox_send (ClaspRelayOutbox *self, gpointer owner,
    ClaspRelayFrame *frame)
{
  ClaspRelayDelivery delivery = {owner, clasp_relay_frame_ref (frame)};

  g_array_append_val (self->deliveries, delivery);
}

/* Returns: (nullable): %NULL if it does not fit a frame */
ClaspRelayFrame *
clasp_relay_frame_new_message (const ClaspMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = clasp_message_encode (message, &error);

  if (bytes == NULL) {
    g_debug ("not sent: %s", error->message);
    return NULL;
  }

  return clasp_relay_frame_new (bytes);
}

/* @message: (transfer full) */
void
clasp_relay_outbox_send_message (ClaspRelayOutbox *self, gpointer owner,
    ClaspMessage *message)
{
  g_autoptr (ClaspMessage) owned = message;
  g_autoptr (ClaspRelayFrame) frame = clasp_relay_frame_new_message (owned);

  if (frame != NULL)
    clasp_relay_outbox_send (self, owner, frame);
}

void
clasp_relay_outbox_close (ClaspRelayOutbox *self, gpointer owner, guint16 code,
    const char *reason)
{
  ClaspRelayDelivery delivery = {owner, NULL, code, g_strdup (reason)};

  g_array_append_val (self->deliveries, delivery);
}

/*
 * clasp_relay_outbox_pop:
 * @delivery: (out) (transfer full): the oldest; clear it after use
 *
 * Returns: whether there was one
 */
gboolean
clasp_relay_outbox_pop (ClaspRelayOutbox *self, ClaspRelayDelivery *delivery)
{
  if (self->first == self->deliveries->len) {
    g_array_set_size (self->deliveries, 0);
    self->first = 0;
    return FALSE;
  }

  *delivery =
      g_array_index (self->deliveries, ClaspRelayDelivery, self->first++);
  return TRUE;
}
