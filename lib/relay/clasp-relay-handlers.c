/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-handlers-private.h"
#include <string.h>

#define P2P_ANNOUNCE "/clasp/p2p/announce"
#define P2P_SIGNAL_PREFIX "/clasp/p2p/signal/"

static void
deliver (ClaspRelayRouter *self, ClaspRelayFrame *frame, const char *address,
    guint mask, const ClaspRelayRoute *except, ClaspRelayOutbox *out)
{
  const GArray *matches = clasp_relay_index_lookup (self->index, address);

  for (guint i = 0; i < matches->len; i++) {
    const ClaspRelayMatch *match = &g_array_index (matches, ClaspRelayMatch, i);
    const ClaspRelayRoute *route = match->subscriber;

    if (route != except && !route->closing && (match->mask & mask) != 0)
      clasp_relay_outbox_send (out, route->owner, frame);
  }
}

/* To every subscriber, the writer included. */
void
clasp_relay_broadcast_set (ClaspRelayRouter *self, const ClaspMessage *set,
    ClaspRelayOutbox *out)
{
  g_autoptr (ClaspRelayFrame) frame = clasp_relay_frame_new_message (set);

  if (frame != NULL)
    deliver (self, frame, clasp_message_get_address (set),
        CLASP_SIGNAL_MASK_PARAM, NULL, out);
}

/* The reference relay stores anything; an address without its slash matches
 * no pattern and only hides a mistake. */
static gboolean
check_address (ClaspRelayCall *call, const char *address)
{
  if (address != NULL && address[0] == '/')
    return TRUE;

  clasp_relay_reply_error (call, CLASP_RELAY_CODE_ADDRESS, address,
      "invalid address: it must begin with /");
  return FALSE;
}

/* Returns: whether @set was stored, with its new revision */
static gboolean
apply_set (ClaspRelayCall *call, const ClaspMessage *set, guint64 *revision)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClaspMessage) broadcast = NULL;
  const char *address = clasp_message_get_address (set);
  guint32 ttl = 0;

  if (!clasp_relay_state_set (call->router->state, set, call->route->session,
          call->now, revision, &error)) {
    clasp_relay_reply_error (call, CLASP_RELAY_CODE_CONFLICT, address, "%s",
        error->message);
    return FALSE;
  }

  clasp_message_get_ttl (set, &ttl);
  broadcast = clasp_message_new_set_copy (set,
      clasp_message_get_set_flags (set) | CLASP_SET_REVISION, *revision, ttl);
  clasp_relay_broadcast_set (call->router, broadcast, call->out);

  return TRUE;
}

static void
handle_set (ClaspRelayCall *call)
{
  const char *address = clasp_message_get_address (call->message);
  guint64 revision;

  if (check_address (call, address) &&
      apply_set (call, call->message, &revision))
    clasp_relay_reply (call, clasp_message_new_ack (address, revision));
}

/* Returns: (nullable): the id in /clasp/p2p/signal/<id> */
static const char *
signal_target (const char *address)
{
  const char *target = address + strlen (P2P_SIGNAL_PREFIX);

  if (!g_str_has_prefix (address, P2P_SIGNAL_PREFIX) || target[0] == '\0' ||
      strchr (target, '/') != NULL)
    return NULL;

  return target;
}

/* Straight to that session, subscribed or not, and to nobody else. */
static void
deliver_signal (ClaspRelayCall *call, ClaspRelayFrame *frame,
    const char *target)
{
  const ClaspRelayRoute *route =
      g_hash_table_lookup (call->router->sessions, target);

  if (route == NULL || route->closing)
    clasp_relay_reply_error (call, CLASP_RELAY_CODE_NOT_FOUND,
        clasp_message_get_address (call->message),
        "Target session not found: %s", target);
  else
    clasp_relay_outbox_send (call->out, route->owner, frame);
}

static void
publish (ClaspRelayCall *call, const ClaspMessage *message,
    ClaspRelayFrame *frame)
{
  const char *address = clasp_message_get_address (message);
  guint mask = 1u << clasp_message_get_signal (message);

  if (g_str_equal (address, P2P_ANNOUNCE))
    mask = CLASP_SIGNAL_MASK_ALL;
  deliver (call->router, frame, address, mask, call->route, call->out);
}

/* First payload byte of legacy MessagePack, which receivers need not know. */
static gboolean
is_legacy (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  ClaspFrameHeader header;

  return clasp_frame_parse (data, size, &header, NULL) ==
      CLASP_FRAME_COMPLETE &&
      header.payload_size > 0 && data[header.header_size] >= 0x80;
}

static void
handle_publish (ClaspRelayCall *call)
{
  const char *address = clasp_message_get_address (call->message);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ClaspRelayFrame) frame = NULL;
  const char *target;

  if (!check_address (call, address))
    return;

  bytes = is_legacy (call->frame) ? clasp_message_encode (call->message, NULL)
                                  : g_bytes_ref (call->frame);
  if (bytes == NULL)
    return;

  frame = clasp_relay_frame_new_publish (bytes, call->message,
      call->now.monotonic_us);
  target = signal_target (address);
  if (target != NULL)
    deliver_signal (call, frame, target);
  else
    publish (call, call->message, frame);
}

static void
handle_subscribe (ClaspRelayCall *call)
{
  ClaspRelayRouter *self = call->router;
  const char *text = clasp_message_get_pattern (call->message);
  g_autoptr (GError) error = NULL;
  g_autoptr (ClaspPattern) pattern = NULL;

  if (clasp_relay_index_count (self->index, call->route) >=
      self->config.max_subscriptions) {
    clasp_relay_reply_error (call, CLASP_RELAY_CODE_LIMIT, text,
        "Subscription limit reached (max %u)", self->config.max_subscriptions);
    return;
  }

  if (g_queue_get_length (&call->route->snapshots) >=
      self->config.max_subscriptions) {
    clasp_relay_reply_error (call, CLASP_RELAY_CODE_LIMIT, text,
        "the snapshots of %u subscriptions are not read yet",
        self->config.max_subscriptions);
    return;
  }

  pattern = clasp_pattern_new (text, &error);
  if (pattern == NULL) {
    clasp_relay_reply_error (call, CLASP_RELAY_CODE_ADDRESS, text,
        "invalid address: %s", error->message);
    return;
  }

  clasp_relay_index_add (self->index, call->route,
      clasp_message_get_id (call->message), pattern,
      clasp_message_get_signal_mask (call->message));
  clasp_relay_queue_snapshot (call, pattern);
}

/* Unknown params get no answer, as from the reference relay. */
static void
handle_get (ClaspRelayCall *call)
{
  ClaspParam param;

  if (clasp_relay_state_get (call->router->state,
          clasp_message_get_address (call->message), &param))
    clasp_relay_reply (call, clasp_message_new_snapshot (&param, 1));
}

static GPtrArray *
bundle_members (ClaspRelayCall *call, ClaspMessageType type)
{
  GPtrArray *members =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);
  guint n = clasp_message_get_n_members (call->message);

  for (guint i = 0; i < n; i++) {
    ClaspMessage *member = clasp_message_get_member (call->message, i);

    if (member != NULL && clasp_message_get_message_type (member) == type)
      g_ptr_array_add (members, clasp_message_ref (member));
  }

  return members;
}

static gboolean
check_members (ClaspRelayCall *call, GPtrArray *members)
{
  for (guint i = 0; i < members->len; i++)
    if (!check_address (call,
            clasp_message_get_address (g_ptr_array_index (members, i))))
      return FALSE;

  return TRUE;
}

/* As the reference relay: members are checked, then the SETs applied, then
 * the PUBLISHes delivered; nothing else counts, and private signals are not
 * routed. A conflict of one SET is reported and does not undo the others. */
static void
handle_bundle (ClaspRelayCall *call)
{
  g_autoptr (GPtrArray) sets = bundle_members (call, CLASP_MESSAGE_SET);
  g_autoptr (GPtrArray) publishes =
      bundle_members (call, CLASP_MESSAGE_PUBLISH);
  guint64 revision;
  gint64 last = -1;

  if (!check_members (call, sets) || !check_members (call, publishes))
    return;

  for (guint i = 0; i < sets->len; i++)
    if (apply_set (call, g_ptr_array_index (sets, i), &revision))
      last = revision;

  for (guint i = 0; i < publishes->len; i++) {
    ClaspMessage *member = g_ptr_array_index (publishes, i);
    g_autoptr (GBytes) bytes = clasp_message_encode (member, NULL);
    g_autoptr (ClaspRelayFrame) frame = bytes != NULL
        ? clasp_relay_frame_new_publish (bytes, member, call->now.monotonic_us)
        : NULL;

    if (frame != NULL)
      publish (call, member, frame);
  }

  clasp_relay_reply (call, clasp_message_new_ack (NULL, last));
}

static void
handle_sync (ClaspRelayCall *call)
{
  guint64 t1;

  if (clasp_message_get_sync (call->message, &t1, NULL, NULL))
    clasp_relay_reply (call,
        clasp_message_new_sync_reply (t1, call->now.wall_us,
            call->now.wall_us));
}

static void
handle_unsupported (ClaspRelayCall *call)
{
  clasp_relay_reply_error (call, CLASP_RELAY_CODE_UNSUPPORTED, NULL,
      "the embedded relay keeps no journal and joins no federation");
}

/* A message of a session; anything a relay does not expect is ignored. */
void
clasp_relay_handle_message (ClaspRelayCall *call)
{
  switch (clasp_message_get_message_type (call->message)) {
    case CLASP_MESSAGE_SET:
      handle_set (call);
      break;
    case CLASP_MESSAGE_PUBLISH:
      handle_publish (call);
      break;
    case CLASP_MESSAGE_SUBSCRIBE:
      handle_subscribe (call);
      break;
    case CLASP_MESSAGE_UNSUBSCRIBE:
      clasp_relay_index_remove (call->router->index, call->route,
          clasp_message_get_id (call->message));
      break;
    case CLASP_MESSAGE_GET:
      handle_get (call);
      break;
    case CLASP_MESSAGE_BUNDLE:
      handle_bundle (call);
      break;
    case CLASP_MESSAGE_SYNC:
      handle_sync (call);
      break;
    case CLASP_MESSAGE_PING:
      clasp_relay_reply (call, clasp_message_new_pong ());
      break;
    case CLASP_MESSAGE_ANNOUNCE:
      clasp_relay_signals_announce (call->router->signals, call->route->session,
          call->message);
      clasp_relay_reply (call,
          clasp_message_new_ack (clasp_message_get_address (call->message),
              -1));
      break;
    case CLASP_MESSAGE_QUERY:
      clasp_relay_reply (call,
          clasp_relay_signals_query (call->router->signals,
              clasp_message_get_pattern (call->message)));
      break;
    case CLASP_MESSAGE_REPLAY:
    case CLASP_MESSAGE_FEDERATION_SYNC:
      handle_unsupported (call);
      break;
    default:
      break;
  }
}
