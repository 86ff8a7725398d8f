/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-client-private.h"

#include "clasp-url-private.h"

/* Messages handed to the socket before other work of the context gets its
 * turn. */
#define MAX_PUMPED 32

#define CLOSED_BY_OWNER "the client was disconnected by its owner"

/* Permitted edges between states. */
#define TO(state) (1u << CLASP_CLIENT_##state)
static const guint edges[] = {
    [CLASP_CLIENT_DISCONNECTED] = TO (CONNECTING),
    [CLASP_CLIENT_CONNECTING] =
        TO (CONNECTED) | TO (RECONNECTING) | TO (FAILED) | TO (DISCONNECTED),
    [CLASP_CLIENT_CONNECTED] = TO (RECONNECTING) | TO (DISCONNECTED),
    [CLASP_CLIENT_RECONNECTING] =
        TO (CONNECTED) | TO (FAILED) | TO (DISCONNECTED),
    [CLASP_CLIENT_FAILED] = TO (CONNECTING) | TO (DISCONNECTED),
};
#undef TO

/* Takes effect at once; telling is left to notify_state(), as the caller may
 * have more to do before anybody hears of it. */
static gboolean
set_state (ClaspClient *self, ClaspClientState state, const char *session)
{
  gboolean changed;

  g_mutex_lock (&self->mutex);
  changed = self->state != state;
  if (changed && !(edges[self->state] & (1u << state)))
    g_critical ("client state %d cannot become %d", self->state, state);
  self->state = state;
  if (session && !g_str_equal (session, self->session ? self->session : ""))
    self->n_sessions++;
  g_free (self->session);
  self->session = g_strdup (session);
  g_mutex_unlock (&self->mutex);
  return changed;
}

static ClaspConnection *
steal_connection (ClaspClient *self)
{
  clasp_client_show_traffic (self);
  self->past_traffic = self->traffic;
  return g_steal_pointer (&self->connection);
}

/* Returns the waiting task, which the caller completes after having told
 * everything else. */
static GTask *
steal_connecting (ClaspClient *self)
{
  if (self->cancelled)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  return g_steal_pointer (&self->connecting);
}

/* Connecting */

static void
report (ClaspClient *self, GTask *connecting, const GError *error)
{
  if (connecting)
    g_task_return_error (connecting, g_error_copy (error));
  else
    clasp_client_emit_error (self, error);
}

static GError *
add_losses (const GError *error, guint n_unsent)
{
  if (n_unsent == 0)
    return g_error_copy (error);
  return g_error_new (error->domain, error->code,
      "%s; %u queued messages are lost", error->message, n_unsent);
}

static gint64
next_attempt (ClaspClient *self, const GError *error, gint64 now)
{
  double random = g_random_double ();

  if (g_error_matches (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED))
    return clasp_backoff_next_absent (&self->backoff, now, random);
  return clasp_backoff_next (&self->backoff, now, random);
}

/* The attempt failed or the connection was lost. */
static void
handle_failure (ClaspClient *self, const GError *error)
{
  g_autoptr (ClaspConnection) ended G_GNUC_UNUSED = steal_connection (self);
  g_autoptr (GTask) connecting = steal_connecting (self);
  guint n_unsent = clasp_sender_close (self->sender);
  g_autoptr (GError) told = add_losses (error, n_unsent);
  gint64 now = g_get_monotonic_time ();
  gboolean changed;

  if (clasp_error_is_fatal (error)) {
    changed = set_state (self, CLASP_CLIENT_FAILED, NULL);
  } else {
    changed = set_state (self, CLASP_CLIENT_RECONNECTING, NULL);
    g_source_set_ready_time (self->retry, next_attempt (self, error, now));
  }
  clasp_client_refuse_gets (self, NULL, told);
  if (changed)
    clasp_client_notify_state (self);
  report (self, connecting, told);
}

static void
on_welcome (gpointer owner, const char *session)
{
  ClaspClient *self = owner;
  g_autoptr (GTask) connecting = steal_connecting (self);

  clasp_backoff_connected (&self->backoff, g_get_monotonic_time ());
  clasp_sender_open (self->sender);
  clasp_client_begin_subscriptions (self);
  set_state (self, CLASP_CLIENT_CONNECTED, session);
  clasp_client_notify_state (self);
  clasp_client_notify_clock_offset (self);
  clasp_client_emit_session_changed (self, session);
  if (connecting && g_strcmp0 (self->session, session) == 0)
    g_task_return_boolean (connecting, TRUE);
  else if (connecting) /* a handler disconnected */
    g_task_return_new_error (connecting, CLASP_ERROR, CLASP_ERROR_CLOSED,
        CLOSED_BY_OWNER);
}

static void
on_message (gpointer owner, ClaspMessage *message)
{
  ClaspClient *self = owner;

  clasp_client_show_traffic (self);
  clasp_client_dispatch (self, message);
}

static void
on_ready (gpointer owner)
{
  clasp_sender_wake (CLASP_CLIENT (owner)->sender);
}

static void
on_synced (gpointer owner)
{
  clasp_client_notify_clock_offset (owner);
}

static void
on_closed (gpointer owner, const GError *error)
{
  handle_failure (owner, error);
}

static const ClaspConnectionEvents connection_events = {
    .welcome = on_welcome,
    .message = on_message,
    .ready = on_ready,
    .synced = on_synced,
    .closed = on_closed,
};

static ClaspConnection *
new_connection (ClaspClient *self, const char *url)
{
  ClaspConnectionSettings settings = {
      .url = url,
      .shown_url = self->shown_url,
      .name = self->name,
      .token = self->token,
      .tls_ca_file = self->tls_ca_file,
      .clock = self->clock,
      .times = &self->times,
  };

  return clasp_connection_new (self, self->context, &connection_events,
      &settings);
}

static char *
check_url (ClaspClient *self, GError **error)
{
  g_autofree char *wanted = NULL;
  char *shown_url = NULL;
  char *url;

  g_object_get (self, "url", &wanted, NULL);
  url = clasp_url_check (wanted, &shown_url, error);
  g_mutex_lock (&self->mutex);
  g_free (self->shown_url);
  self->shown_url = shown_url;
  g_mutex_unlock (&self->mutex);
  return url;
}

/* Another relay has another clock. */
static void
use_clock_of (ClaspClient *self, const char *url)
{
  if (self->last_url && !g_str_equal (self->last_url, url))
    clasp_clock_reset (self->clock);
  g_free (self->last_url);
  self->last_url = g_strdup (url);
}

static void
start_attempt (ClaspClient *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = check_url (self, &error);
  g_autoptr (ClaspConnection) connection = NULL;

  g_source_set_ready_time (self->retry, -1);
  if (!url) {
    handle_failure (self, error);
    return;
  }
  use_clock_of (self, url);
  self->connection = new_connection (self, url);
  connection = g_object_ref (self->connection);
  clasp_connection_open (connection);
}

/*
 * clasp_client_on_retry:
 * @owner: a client
 *
 * Time for the next attempt.
 */
void
clasp_client_on_retry (gpointer owner)
{
  ClaspClient *self = owner;

  if (!self->connection)
    start_attempt (self);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  g_autoptr (ClaspClient) self = g_object_ref (data);
  g_autoptr (GTask) connecting = steal_connecting (self);

  clasp_client_disconnect (self);
  g_task_return_error_if_cancelled (connecting);
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (ClaspClient *self, GCancellable *cancellable)
{
  if (!cancellable)
    return;
  self->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_static_name (self->cancelled, "[clasp] connect cancelled");
  g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), self,
      NULL);
  g_source_attach (self->cancelled, self->context);
}

/**
 * clasp_client_connect_async:
 * @self: a #ClaspClient
 * @cancellable: (nullable): to give up
 * @callback: (scope async): called when the first attempt has ended
 * @data: its argument
 *
 * Connects and stays connected. @callback gets the result of the first
 * attempt: a session, or why there is none. If that reason can pass
 * (clasp_error_is_fatal() says no), the client goes on trying by itself in
 * %CLASP_CLIENT_RECONNECTING, until clasp_client_disconnect(). While it is
 * reconnecting, this tries at once. Cancelling disconnects.
 *
 * Since: 0.1
 */
void
clasp_client_connect_async (ClaspClient *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CLASP_IS_CLIENT (self));
  g_return_if_fail (!cancellable || G_IS_CANCELLABLE (cancellable));
  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, clasp_client_connect_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->connecting) {
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PENDING,
        "the client is connecting already");
    return;
  }
  if (self->state == CLASP_CLIENT_CONNECTED) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  self->connecting = g_steal_pointer (&task);
  watch_cancellable (self, cancellable);
  if (self->state != CLASP_CLIENT_RECONNECTING) {
    clasp_backoff_init (&self->backoff, self->times.backoff_min,
        self->times.backoff_max);
    set_state (self, CLASP_CLIENT_CONNECTING, NULL);
    clasp_client_notify_state (self);
  }
  if (self->connecting && !self->connection)
    start_attempt (self);
}

/**
 * clasp_client_connect_finish:
 * @self: a #ClaspClient
 * @result: what the callback got
 * @error: return location of a #GError
 *
 * Returns: whether there is a session
 *
 * Since: 0.1
 */
gboolean
clasp_client_connect_finish (ClaspClient *self, GAsyncResult *result,
    GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* @closed: (transfer full) (nullable): returns TRUE when all is over. */
static void
disconnect (ClaspClient *self, GTask *closed)
{
  g_autoptr (ClaspConnection) connection = steal_connection (self);
  g_autoptr (GTask) connecting = steal_connecting (self);
  g_autoptr (GTask) waiting = closed;
  g_autoptr (GError) error = NULL;
  GQueue rest = G_QUEUE_INIT;

  g_source_set_ready_time (self->retry, -1);
  clasp_sender_finish (self->sender, &rest);
  if (connection)
    clasp_connection_finish (connection, &rest, g_steal_pointer (&waiting));
  g_queue_clear_full (&rest, (GDestroyNotify) g_bytes_unref);
  set_state (self, CLASP_CLIENT_DISCONNECTED, NULL);
  error =
      g_error_new_literal (CLASP_ERROR, CLASP_ERROR_CLOSED, CLOSED_BY_OWNER);
  clasp_client_refuse_gets (self, NULL, error);
  clasp_client_notify_state (self);
  if (connecting)
    g_task_return_error (connecting, g_steal_pointer (&error));
  if (waiting)
    g_task_return_boolean (waiting, TRUE);
}

/**
 * clasp_client_disconnect:
 * @self: a #ClaspClient
 *
 * Ends the session, or the attempts to get one. Does not block: the client is
 * disconnected when this returns, and what is queued still leaves within
 * 200 ms if the network takes it. Subscriptions stay for the next connection.
 *
 * Since: 0.1
 */
void
clasp_client_disconnect (ClaspClient *self)
{
  g_return_if_fail (CLASP_IS_CLIENT (self));

  if (self->state != CLASP_CLIENT_DISCONNECTED)
    disconnect (self, NULL);
}

/**
 * clasp_client_disconnect_async:
 * @self: a #ClaspClient
 * @callback: (scope async): called when the connection is closed
 * @data: its argument
 *
 * Does what clasp_client_disconnect() does, and tells when all of it is over,
 * after 200 ms at most. A main context that ends before leaves a descriptor
 * open.
 *
 * Since: 0.1
 */
void
clasp_client_disconnect_async (ClaspClient *self, GAsyncReadyCallback callback,
    gpointer data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CLASP_IS_CLIENT (self));

  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, clasp_client_disconnect_async);
  if (self->state == CLASP_CLIENT_DISCONNECTED)
    g_task_return_boolean (task, TRUE);
  else
    disconnect (self, g_steal_pointer (&task));
}

/**
 * clasp_client_disconnect_finish:
 * @self: a #ClaspClient
 * @result: what the callback got
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
clasp_client_disconnect_finish (ClaspClient *self, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

/* Sending */

static void
tell_dropped (ClaspClient *self)
{
  g_auto (GStrv) addresses = clasp_sender_take_dropped_addresses (self->sender);

  for (char **address = addresses; address && *address; address++)
    clasp_client_emit_stream_dropped (self, *address);
}

/*
 * clasp_client_on_wake:
 * @owner: a client
 *
 * Something may be sent.
 */
void
clasp_client_on_wake (gpointer owner)
{
  ClaspClient *self = owner;
  g_autoptr (ClaspConnection) connection = NULL;
  guint n_pumped = 0;

  g_set_object (&connection, self->connection);
  while (connection && n_pumped < MAX_PUMPED &&
      clasp_connection_pump (connection, self->sender))
    n_pumped++;
  if (n_pumped == MAX_PUMPED)
    clasp_sender_wake (self->sender);
  clasp_client_show_traffic (self);
  tell_dropped (self);
}

/* Tests */

/*
 * clasp_client_set_times:
 * @self: a client that was not connected yet
 * @times: intervals and timeouts to use
 */
void
clasp_client_set_times (ClaspClient *self, const ClaspTimes *times)
{
  self->times = *times;
}

/*
 * clasp_client_open_detached:
 * @self: a disconnected client
 *
 * For fuzzing: begins a connection without a socket.
 */
void
clasp_client_open_detached (ClaspClient *self)
{
  g_autofree char *url = check_url (self, NULL);

  set_state (self, CLASP_CLIENT_CONNECTING, NULL);
  clasp_backoff_init (&self->backoff, self->times.backoff_min,
      self->times.backoff_max);
  self->connection = new_connection (self, url);
  clasp_connection_open_detached (self->connection);
}

/*
 * clasp_client_receive:
 * @self: a client
 * @frame: bytes as if from the relay
 */
void
clasp_client_receive (ClaspClient *self, GBytes *frame)
{
  if (self->connection)
    clasp_connection_receive (self->connection, frame);
}
