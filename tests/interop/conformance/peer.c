/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "peer.h"

#define WATCHDOG_SECONDS 10

void
received_free (Received *self)
{
  g_free (self->address);
  g_clear_pointer (&self->value, g_variant_unref);
  clasp_message_unref (self->message);
  g_free (self);
}

static gboolean
on_watchdog (gpointer what)
{
  g_error ("%s: not within %d s", (const char *) what, WATCHDOG_SECONDS);
  return G_SOURCE_REMOVE;
}

/* Runs the context until `count` has reached `wanted`. */
static void
wait_for (const guint *count, guint wanted, const char *what)
{
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr (GSource) watchdog =
      g_timeout_source_new_seconds (WATCHDOG_SECONDS);

  g_source_set_static_name (watchdog, "conformance-watchdog");
  g_source_set_callback (watchdog, on_watchdog, (gpointer) what, NULL);
  g_source_attach (watchdog, context);
  while (*count < wanted)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (watchdog);
}

static void
on_received (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, Peer *self)
{
  Received *received = g_new0 (Received, 1);

  received->address = g_strdup (address);
  received->value = value ? g_variant_ref (value) : NULL;
  received->message = clasp_message_ref (message);
  g_queue_push_tail (&self->received, received);
}

static void
on_message (ClaspClient *client, ClaspMessage *message, Peer *self)
{
  g_queue_push_tail (&self->messages, clasp_message_ref (message));
}

static void
on_error (ClaspClient *client, GError *error, Peer *self)
{
  g_queue_push_tail (&self->errors, g_error_copy (error));
}

static void
on_session (ClaspClient *client, const char *session, Peer *self)
{
  self->sessions++;
}

typedef struct {
  guint done;
  gboolean connected;
  GError *error;
} Connecting;

static void
on_connected (GObject *client, GAsyncResult *result, gpointer data)
{
  Connecting *connecting = data;

  connecting->connected = clasp_client_connect_finish (CLASP_CLIENT (client),
      result, &connecting->error);
  connecting->done = 1;
}

/* Connects; NULL and the reason if the relay refuses. */
Peer *
peer_try (const char *url, const char *token, GError **error)
{
  g_autoptr (Peer) self = g_new0 (Peer, 1);
  Connecting connecting = {0};

  self->client = clasp_client_new (url);
  if (token != NULL)
    g_object_set (self->client, "token", token, NULL);
  g_signal_connect (self->client, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->client, "error", G_CALLBACK (on_error), self);
  g_signal_connect (self->client, "session-changed", G_CALLBACK (on_session),
      self);
  clasp_client_connect_async (self->client, NULL, on_connected, &connecting);
  wait_for (&connecting.done, 1, "connecting");
  if (connecting.connected)
    return g_steal_pointer (&self);
  g_propagate_error (error, connecting.error);
  return NULL;
}

Peer *
peer_new (const char *url, const char *token)
{
  g_autoptr (GError) error = NULL;
  Peer *self = peer_try (url, token, &error);

  g_assert_no_error (error);
  return self;
}

void
peer_free (Peer *self)
{
  g_signal_handlers_disconnect_by_data (self->client, self);
  clasp_client_disconnect (self->client);
  g_object_unref (self->client);
  g_queue_clear_full (&self->received, (GDestroyNotify) received_free);
  g_queue_clear_full (&self->messages, (GDestroyNotify) clasp_message_unref);
  g_queue_clear_full (&self->errors, (GDestroyNotify) g_error_free);
  g_free (self);
}

/* What this subscription receives lands in the peer's inbox. */
void
peer_collect (Peer *self, ClaspSubscription *subscription)
{
  g_signal_connect (subscription, "received", G_CALLBACK (on_received), self);
}

/* Subscribes without waiting for the relay. */
ClaspSubscription *
peer_listen (Peer *self, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  ClaspSubscription *subscription = clasp_client_subscribe (self->client,
      pattern, CLASP_SIGNAL_MASK_ALL, &error);

  g_assert_no_error (error);
  peer_collect (self, subscription);
  return subscription;
}

static void
on_settled (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, guint *settled)
{
  *settled += 1;
}

/*
 * Returns once the relay has handled everything this peer sent: relays take
 * a session's messages in order, so the echo of a last SET tells.
 */
void
peer_settle (Peer *self)
{
  static guint serial = 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *session = clasp_client_dup_session (self->client);
  g_autofree char *address =
      g_strdup_printf ("/settled/%s/%u", session, serial++);
  guint settled = 0;
  ClaspSubscription *subscription = clasp_client_subscribe (self->client,
      address, CLASP_SIGNAL_MASK_ALL, &error);

  g_assert_no_error (error);
  g_signal_connect (subscription, "received", G_CALLBACK (on_settled),
      &settled);
  clasp_client_set (self->client, address, g_variant_new_boolean (TRUE),
      &error);
  g_assert_no_error (error);
  wait_for (&settled, 1, "echo of a SET");
  clasp_client_unsubscribe (self->client, subscription);
}

/* The next thing a subscription received. */
Received *
peer_next (Peer *self)
{
  wait_for (&self->received.length, 1, "a message of a subscription");
  return g_queue_pop_head (&self->received);
}

/* The next message of a type; those before it are dropped. */
ClaspMessage *
peer_next_message (Peer *self, ClaspMessageType type)
{
  for (;;) {
    g_autoptr (ClaspMessage) message = NULL;

    wait_for (&self->messages.length, 1, "a message of the relay");
    message = g_queue_pop_head (&self->messages);
    if (clasp_message_get_message_type (message) == type)
      return g_steal_pointer (&message);
  }
}

GError *
peer_next_error (Peer *self)
{
  wait_for (&self->errors.length, 1, "an error");
  return g_queue_pop_head (&self->errors);
}

void
peer_wait_sessions (Peer *self, guint n_sessions)
{
  wait_for (&self->sessions, n_sessions, "a new session");
}
