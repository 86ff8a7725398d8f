/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-client-private.h"

/* Older subscriptions were there before the relay began to refuse. */
#define DOUBTFUL (3 * G_USEC_PER_SEC)

static gboolean
send_subscribe (ClaspClient *self, ClaspSubscription *subscription,
    gboolean forced, GError **error)
{
  g_autoptr (ClaspMessage) message =
      clasp_subscription_to_message (subscription);

  clasp_subscription_set_asked (subscription, g_get_monotonic_time ());
  if (forced)
    return clasp_sender_push_forced (self->sender, message, error);
  return clasp_sender_push (self->sender, message, error);
}

static void
send_unsubscribe (ClaspClient *self, ClaspSubscription *subscription)
{
  g_autoptr (ClaspMessage) message =
      clasp_message_new_unsubscribe (clasp_subscription_get_id (subscription));

  clasp_sender_push_forced (self->sender, message, NULL);
}

static void
tell_connection (ClaspClient *self)
{
  if (self->connection)
    clasp_connection_set_subscribed (self->connection,
        self->subscriptions->len > 0);
}

/*
 * clasp_client_begin_subscriptions:
 * @self: a client with a new session
 *
 * Subscribes to everything again.
 */
void
clasp_client_begin_subscriptions (ClaspClient *self)
{
  tell_connection (self);
  for (guint i = 0; i < self->subscriptions->len; i++) {
    ClaspSubscription *subscription = self->subscriptions->pdata[i];

    clasp_subscription_begin_session (subscription);
    send_subscribe (self, subscription, TRUE, NULL);
  }
}

/*
 * clasp_client_repeat_subscriptions:
 * @self: a client of which the relay has begun to refuse messages
 *
 * The refusal does not say what was lost. Subscriptions must not be, so those
 * that were sent just now are made anew.
 */
void
clasp_client_repeat_subscriptions (ClaspClient *self)
{
  gint64 since = g_get_monotonic_time () - DOUBTFUL;

  for (guint i = 0; i < self->subscriptions->len; i++) {
    ClaspSubscription *subscription = self->subscriptions->pdata[i];

    if (clasp_subscription_get_asked (subscription) < since)
      continue;
    send_unsubscribe (self, subscription);
    send_subscribe (self, subscription, TRUE, NULL);
  }
}

/**
 * clasp_client_subscribe:
 * @self: a #ClaspClient
 * @pattern: what to listen to: an address, `*` for any segment, `**` for any
 *   number of segments
 * @signals: which kinds of signals
 * @error: return location of a #GError
 *
 * Subscribes now and at every connection to come, until
 * clasp_client_unsubscribe(). The relay first sends the params that match.
 *
 * Returns: (transfer none) (nullable): the subscription, to connect to
 *   #ClaspSubscription::received; %NULL if @pattern is invalid
 *   (%CLASP_ERROR_INVALID_ADDRESS) or the send queue is full
 *
 * Since: 0.1
 */
ClaspSubscription *
clasp_client_subscribe (ClaspClient *self, const char *pattern,
    ClaspSignalMask signals, GError **error)
{
  g_autoptr (ClaspSubscription) subscription = NULL;

  g_return_val_if_fail (CLASP_IS_CLIENT (self), NULL);
  subscription =
      clasp_subscription_new (self->next_id + 1, pattern, signals, error);
  if (!subscription)
    return NULL;
  if (self->state == CLASP_CLIENT_CONNECTED &&
      !send_subscribe (self, subscription, FALSE, error))
    return NULL;
  self->next_id++;
  g_ptr_array_add (self->subscriptions, g_object_ref (subscription));
  tell_connection (self);
  return subscription;
}

/**
 * clasp_client_unsubscribe:
 * @self: a #ClaspClient
 * @subscription: a subscription of @self
 *
 * Ends a subscription: nothing is received for it any more, and the client
 * drops its reference.
 *
 * Since: 0.1
 */
void
clasp_client_unsubscribe (ClaspClient *self, ClaspSubscription *subscription)
{
  g_autoptr (ClaspSubscription) keep = NULL;

  g_return_if_fail (CLASP_IS_CLIENT (self));
  g_return_if_fail (CLASP_IS_SUBSCRIPTION (subscription));
  keep = g_object_ref (subscription);
  if (!g_ptr_array_remove (self->subscriptions, subscription))
    return;
  if (self->state == CLASP_CLIENT_CONNECTED)
    send_unsubscribe (self, subscription);
  tell_connection (self);
}
