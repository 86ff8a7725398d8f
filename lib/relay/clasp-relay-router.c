/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-handlers-private.h"
#include "clasp-relay-snapshot-private.h"
#include <string.h>

/* A client that keeps sending what is not CLASP is disconnected. */
#define MAX_MALFORMED 16

/* libsoup sends no 1013 (try again later). */
#define CLOSE_PROTOCOL_ERROR 1002
#define CLOSE_POLICY_VIOLATION 1008

#define RELAY_FEATURES                                                \
  (CLASP_FEATURE_PARAM | CLASP_FEATURE_EVENT | CLASP_FEATURE_STREAM | \
      CLASP_FEATURE_GESTURE | CLASP_FEATURE_TIMELINE)

static void
route_free (ClaspRelayRoute *self)
{
  g_queue_clear_full (&self->snapshots,
      (GDestroyNotify) clasp_relay_snapshot_free);
  g_free (self->session);
  g_free (self);
}

ClaspRelayRouter *
clasp_relay_router_new (const ClaspRelayRouterConfig *config)
{
  ClaspRelayRouter *self = g_new0 (ClaspRelayRouter, 1);

  self->config = *config;
  self->name = g_strdup (config->name);
  self->token = g_strdup (config->token);
  self->sessions = g_hash_table_new (g_str_hash, g_str_equal);
  self->routes =
      g_hash_table_new_full (NULL, NULL, (GDestroyNotify) route_free, NULL);
  g_queue_init (&self->pending);
  self->state = clasp_relay_state_new (&config->state);
  self->index = clasp_relay_index_new ();
  self->signals = clasp_relay_signals_new ();

  return self;
}

void
clasp_relay_router_free (ClaspRelayRouter *self)
{
  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->routes);
  clasp_relay_index_free (self->index);
  clasp_relay_state_free (self->state);
  clasp_relay_signals_free (self->signals);
  g_free (self->name);
  g_free (self->token);
  g_free (self);
}

/*
 * clasp_relay_router_open:
 * @owner: what deliveries to this connection name
 *
 * A connection was made; HELLO is due within the handshake timeout.
 *
 * Returns: (transfer none): valid until clasp_relay_router_close()
 */
ClaspRelayRoute *
clasp_relay_router_open (ClaspRelayRouter *self, gpointer owner,
    ClaspRelayTime now)
{
  ClaspRelayRoute *route = g_new0 (ClaspRelayRoute, 1);

  route->owner = owner;
  route->handshake_deadline =
      now.monotonic_us + (gint64) self->config.handshake_timeout_ms * 1000;
  route->pending_link.data = route;
  g_queue_init (&route->snapshots);
  g_queue_push_tail_link (&self->pending, &route->pending_link);
  g_hash_table_add (self->routes, route);

  return route;
}

void
clasp_relay_reply (ClaspRelayCall *call, ClaspMessage *message)
{
  clasp_relay_outbox_send_message (call->out, call->route->owner, message);
}

void
clasp_relay_reply_error (ClaspRelayCall *call, guint16 code,
    const char *address, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  clasp_relay_reply (call, clasp_message_new_error (code, text, address));
}

/* ERROR first, so that a client knows why; then the connection is closed,
 * which the reference relay forgets. */
static void
refuse (ClaspRelayCall *call, guint16 code, guint16 close_code,
    const char *text)
{
  call->router->stats.refused++;
  call->route->closing = TRUE;
  clasp_relay_reply_error (call, code, NULL, "%s", text);
  clasp_relay_outbox_close (call->out, call->route->owner, close_code, text);
}

/* Takes as long for a wrong token as for the right one. */
static gboolean
token_equal (const char *expected, const char *token)
{
  gsize length = strlen (token), n = strlen (expected);
  guint8 difference = n != length;

  for (gsize i = 0; i < n; i++)
    difference |= expected[i] ^ token[length > 0 ? i % length : 0];

  return difference == 0;
}

static gboolean
check_token (ClaspRelayCall *call)
{
  const char *token = clasp_message_get_token (call->message);

  if (call->router->token == NULL)
    return TRUE;

  if (token == NULL || token[0] == '\0') {
    refuse (call, CLASP_RELAY_CODE_UNAUTHORIZED, CLOSE_POLICY_VIOLATION,
        "Authentication required");
    return FALSE;
  }
  if (!token_equal (call->router->token, token)) {
    refuse (call, CLASP_RELAY_CODE_UNAUTHORIZED, CLOSE_POLICY_VIOLATION,
        "Invalid token");
    return FALSE;
  }

  return TRUE;
}

static gboolean
check_sessions (ClaspRelayCall *call)
{
  ClaspRelayRouter *self = call->router;
  g_autofree char *text = NULL;

  if (g_hash_table_size (self->sessions) < self->config.max_sessions)
    return TRUE;

  text = g_strdup_printf ("the relay is full: %u sessions; try again later",
      self->config.max_sessions);
  refuse (call, CLASP_RELAY_CODE_OVERLOADED, CLOSE_POLICY_VIOLATION, text);
  return FALSE;
}

static void
handle_hello (ClaspRelayCall *call)
{
  ClaspRelayRouter *self = call->router;
  ClaspRelayRoute *route = call->route;

  if (!check_token (call) || !check_sessions (call))
    return;

  g_queue_unlink (&self->pending, &route->pending_link);
  route->session = g_uuid_string_random ();
  g_hash_table_insert (self->sessions, route->session, route);
  clasp_relay_reply (call,
      clasp_message_new_welcome (RELAY_FEATURES, call->now.wall_us,
          route->session, self->name, NULL));
  clasp_relay_queue_snapshot (call, NULL);
}

/* Returns: whether this message is within the rate */
static gboolean
check_rate (ClaspRelayRouter *self, ClaspRelayRoute *route, ClaspRelayTime now,
    ClaspRelayOutbox *out)
{
  guint limit = self->config.max_message_rate;

  if (limit == 0)
    return TRUE;

  if (route->window_count == 0 ||
      now.monotonic_us - route->window_start >= G_USEC_PER_SEC) {
    route->window_start = now.monotonic_us;
    route->window_count = 0;
  }
  if (route->window_count < limit) {
    route->window_count++;
    return TRUE;
  }

  self->stats.rate_limited++;
  /* One answer a second: an answer for each would double the flood. */
  if (route->window_count == limit) {
    g_autofree char *text = g_strdup_printf (
        "Rate limit exceeded: %u messages per second; the rest of this second "
        "is discarded",
        limit);

    route->window_count++;
    clasp_relay_outbox_send_message (out, route->owner,
        clasp_message_new_error (CLASP_RELAY_CODE_LIMIT, text, NULL));
  }
  return FALSE;
}

static void
handle_malformed (ClaspRelayCall *call, const GError *error)
{
  call->router->stats.malformed++;
  call->route->n_malformed++;

  if (call->route->session == NULL) {
    refuse (call, CLASP_RELAY_CODE_MALFORMED, CLOSE_PROTOCOL_ERROR,
        "the first message is not a CLASP HELLO");
  } else if (call->route->n_malformed >= MAX_MALFORMED) {
    refuse (call, CLASP_RELAY_CODE_MALFORMED, CLOSE_PROTOCOL_ERROR,
        "too many malformed messages");
  } else {
    clasp_relay_reply_error (call, CLASP_RELAY_CODE_MALFORMED, NULL,
        "malformed message ignored: %s", error->message);
  }
}

/* Drops what follows the frame in its WebSocket message. */
static GBytes *
cut_frame (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  ClaspFrameHeader header;

  if (clasp_frame_parse (data, size, &header, NULL) != CLASP_FRAME_COMPLETE ||
      header.size == size)
    return g_bytes_ref (bytes);

  return g_bytes_new_from_bytes (bytes, 0, header.size);
}

static void
dispatch (ClaspRelayCall *call)
{
  gboolean hello =
      clasp_message_get_message_type (call->message) == CLASP_MESSAGE_HELLO;

  if (hello && call->route->session == NULL)
    handle_hello (call);
  else if (call->route->session == NULL)
    refuse (call, CLASP_RELAY_CODE_UNAUTHORIZED, CLOSE_PROTOCOL_ERROR,
        "the first message must be HELLO");
  else if (hello)
    clasp_relay_reply_error (call, CLASP_RELAY_CODE_CONFLICT, NULL,
        "HELLO ignored: this connection is session %s already",
        call->route->session);
  else
    clasp_relay_handle_message (call);
}

/*
 * clasp_relay_router_receive:
 * @bytes: a binary WebSocket message from @route
 *
 * Handles one message: replies and forwards go to @out.
 */
void
clasp_relay_router_receive (ClaspRelayRouter *self, ClaspRelayRoute *route,
    GBytes *bytes, ClaspRelayTime now, ClaspRelayOutbox *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) frame = NULL;
  g_autoptr (ClaspMessage) message = NULL;
  ClaspRelayCall call = {self, route, NULL, NULL, now, out};

  if (route->closing)
    return;

  self->stats.messages_in++;
  self->stats.bytes_in += g_bytes_get_size (bytes);
  if (!check_rate (self, route, now, out))
    return;

  frame = cut_frame (bytes);
  message = clasp_message_decode (frame, &error);
  if (message == NULL) {
    handle_malformed (&call, error);
    return;
  }

  clasp_relay_state_expire (self->state, now.monotonic_us);
  call.frame = frame;
  call.message = message;
  dispatch (&call);
}

/*
 * clasp_relay_router_continue:
 *
 * Makes the next part of a snapshot that @route still gets. To be called when
 * what was made so far is nearly sent.
 *
 * Returns: whether anything was made
 */
gboolean
clasp_relay_router_continue (ClaspRelayRouter *self, ClaspRelayRoute *route,
    ClaspRelayTime now, ClaspRelayOutbox *out)
{
  clasp_relay_state_expire (self->state, now.monotonic_us);

  while (!g_queue_is_empty (&route->snapshots)) {
    ClaspRelaySnapshot *snapshot = g_queue_peek_head (&route->snapshots);
    gboolean done;
    ClaspMessage *part =
        clasp_relay_snapshot_next (snapshot, self->state, &done);

    if (done)
      clasp_relay_snapshot_free (g_queue_pop_head (&route->snapshots));
    if (part != NULL) {
      clasp_relay_outbox_send_message (out, route->owner, part);
      return TRUE;
    }
  }

  return FALSE;
}

/* @pattern: (nullable): %NULL for the whole state */
void
clasp_relay_queue_snapshot (ClaspRelayCall *call, ClaspPattern *pattern)
{
  g_queue_push_tail (&call->route->snapshots,
      clasp_relay_snapshot_new (pattern));
  clasp_relay_router_continue (call->router, call->route, call->now, call->out);
}

static void
broadcast_removal (ClaspRelayRouter *self, const ClaspRelayRemoval *removal,
    ClaspRelayOutbox *out)
{
  g_autoptr (ClaspMessage) set = clasp_message_new_set_full (removal->address,
      clasp_value_new_null (), CLASP_SET_REVISION, removal->revision, 0);

  clasp_relay_broadcast_set (self, set, out);
}

/*
 * clasp_relay_router_close:
 *
 * The connection is gone: its subscriptions and locks go with it, and the
 * params it owned become null for everybody else. Frees @route.
 */
void
clasp_relay_router_close (ClaspRelayRouter *self, ClaspRelayRoute *route,
    ClaspRelayOutbox *out)
{
  clasp_relay_index_remove_all (self->index, route);

  if (route->session == NULL) {
    g_queue_unlink (&self->pending, &route->pending_link);
  } else {
    g_autoptr (GPtrArray) removals =
        clasp_relay_state_release (self->state, route->session);

    g_hash_table_remove (self->sessions, route->session);
    clasp_relay_signals_remove (self->signals, route->session);
    for (guint i = 0; i < removals->len; i++)
      broadcast_removal (self, g_ptr_array_index (removals, i), out);
  }

  g_hash_table_remove (self->routes, route);
}

/* What time brings: expired params, handshakes that never came. */
void
clasp_relay_router_tick (ClaspRelayRouter *self, ClaspRelayTime now,
    ClaspRelayOutbox *out)
{
  clasp_relay_state_expire (self->state, now.monotonic_us);

  for (GList *l = self->pending.head; l != NULL; l = l->next) {
    ClaspRelayRoute *route = l->data;
    ClaspRelayCall call = {self, route, NULL, NULL, now, out};
    g_autofree char *text = NULL;

    if (route->handshake_deadline > now.monotonic_us)
      break;
    if (route->closing)
      continue;
    text = g_strdup_printf ("no HELLO within %u ms",
        self->config.handshake_timeout_ms);
    refuse (&call, CLASP_RELAY_CODE_UNAUTHORIZED, CLOSE_POLICY_VIOLATION, text);
  }
}

/* Returns: monotonic time at which a tick is due, or G_MAXINT64 */
gint64
clasp_relay_router_next_deadline (const ClaspRelayRouter *self)
{
  gint64 deadline = clasp_relay_state_next_deadline (self->state);

  for (GList *l = self->pending.head; l != NULL; l = l->next) {
    const ClaspRelayRoute *route = l->data;

    if (!route->closing)
      return MIN (deadline, route->handshake_deadline);
  }

  return deadline;
}

/* Returns: (nullable): its session id; %NULL before HELLO */
const char *
clasp_relay_route_get_session (const ClaspRelayRoute *self)
{
  return self->session;
}

/* Whether clasp_relay_router_continue() has something to make. */
gboolean
clasp_relay_route_has_more (const ClaspRelayRoute *self)
{
  return !g_queue_is_empty ((GQueue *) &self->snapshots);
}

guint
clasp_relay_router_get_n_sessions (const ClaspRelayRouter *self)
{
  return g_hash_table_size (self->sessions);
}

const ClaspRelayState *
clasp_relay_router_get_state (const ClaspRelayRouter *self)
{
  return self->state;
}

const ClaspRelayRouterStats *
clasp_relay_router_get_stats (const ClaspRelayRouter *self)
{
  return &self->stats;
}
