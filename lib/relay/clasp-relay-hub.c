/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#define G_LOG_DOMAIN "clasp-relay"

#include "clasp-relay-hub-private.h"

/* The next part of a snapshot is made when less than this waits. */
#define SNAPSHOT_LOW_WATER (64 * 1024)

/* One WebSocket: its shell, and what the router knows of it. */
typedef struct {
  ClaspRelayHub *hub;
  ClaspRelaySession *session;
  ClaspRelayRoute *route;
  gboolean dead;
} Member;

struct _ClaspRelayHub {
  ClaspRelayRouter *router;
  ClaspRelaySessionConfig session_config;
  ClaspRelayOutbox *outbox;
  GHashTable *members;
  GQueue dead;   /* members whose connection is closed */
  GSource *tick; /* ready when the router or the pings are due */
  gint64 next_check;
  gboolean running;
  guint64 messages_out, bytes_out, dropped, text_ignored; /* of the dead */
};

static void
add_counters (ClaspRelayHubStats *stats, Member *member)
{
  ClaspRelayStream *stream = clasp_relay_session_get_stream (member->session);
  guint64 bytes;

  stats->messages_out += clasp_relay_stream_get_n_sent (stream, &bytes);
  stats->bytes_out += bytes;
  stats->dropped += clasp_relay_stream_get_n_dropped (stream);
  stats->text_ignored += clasp_relay_session_get_n_text (member->session);
}

static void
keep_counters (ClaspRelayHub *self, Member *member)
{
  ClaspRelayHubStats stats = {0};

  add_counters (&stats, member);
  self->messages_out += stats.messages_out;
  self->bytes_out += stats.bytes_out;
  self->dropped += stats.dropped;
  self->text_ignored += stats.text_ignored;
}

static void
deliver (ClaspRelayDelivery *delivery)
{
  Member *member = delivery->owner;

  if (member->dead)
    return;

  if (delivery->frame != NULL)
    clasp_relay_session_send (member->session, delivery->frame);
  else
    clasp_relay_session_close (member->session, delivery->code,
        delivery->reason);
}

static void
bury (ClaspRelayHub *self, Member *member)
{
  clasp_relay_router_close (self->router, member->route, self->outbox);
  keep_counters (self, member);
  g_hash_table_remove (self->members, member);
}

static void
arm (ClaspRelayHub *self)
{
  gint64 due = clasp_relay_router_next_deadline (self->router);

  if (self->session_config.ping_interval > 0 &&
      g_hash_table_size (self->members) > 0)
    due = MIN (due, self->next_check);

  if (g_source_get_ready_time (self->tick) != (due == G_MAXINT64 ? -1 : due))
    g_source_set_ready_time (self->tick, due == G_MAXINT64 ? -1 : due);
}

/* Carries out what was decided, until nothing follows from it. */
static void
run (ClaspRelayHub *self)
{
  ClaspRelayDelivery delivery;

  if (self->running)
    return;

  self->running = TRUE;
  do {
    while (clasp_relay_outbox_pop (self->outbox, &delivery)) {
      deliver (&delivery);
      clasp_relay_delivery_clear (&delivery);
    }
    if (!g_queue_is_empty (&self->dead))
      bury (self, g_queue_pop_head (&self->dead));
    else
      break;
  } while (TRUE);
  self->running = FALSE;
  arm (self);
}

/* The rest of a snapshot, as fast as the receiver takes it. */
static void
feed (Member *member)
{
  ClaspRelayHub *self = member->hub;
  ClaspRelayStream *stream = clasp_relay_session_get_stream (member->session);

  while (clasp_relay_route_has_more (member->route) && !member->dead &&
      clasp_relay_stream_get_queued (stream) < SNAPSHOT_LOW_WATER) {
    if (!clasp_relay_router_continue (self->router, member->route,
            clasp_relay_time_now (), self->outbox))
      break;
    run (self);
  }
}

static void
on_message (ClaspRelaySession *session, GBytes *bytes, gpointer data)
{
  Member *member = data;

  clasp_relay_router_receive (member->hub->router, member->route, bytes,
      clasp_relay_time_now (), member->hub->outbox);
  run (member->hub);
  feed (member);
}

static void
on_drained (ClaspRelaySession *session, gpointer data)
{
  feed (data);
}

static void
on_closed (ClaspRelaySession *session, gpointer data)
{
  Member *member = data;

  member->dead = TRUE;
  g_queue_push_tail (&member->hub->dead, member);
  run (member->hub);
}

static const ClaspRelaySessionFuncs session_funcs = {on_message, on_drained,
    on_closed};

static void
check_members (ClaspRelayHub *self, gint64 now_us)
{
  GHashTableIter iter;
  Member *member;

  if (now_us < self->next_check || self->session_config.ping_interval == 0)
    return;

  self->next_check =
      now_us + (gint64) self->session_config.ping_interval * G_USEC_PER_SEC;
  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, (gpointer *) &member, NULL))
    clasp_relay_session_check_alive (member->session, now_us);
}

static gboolean
on_tick (gpointer user_data)
{
  ClaspRelayHub *self = user_data;
  ClaspRelayTime now = clasp_relay_time_now ();

  clasp_relay_router_tick (self->router, now, self->outbox);
  check_members (self, now.monotonic_us);
  run (self);

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_tick (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static GSourceFuncs tick_funcs = {.dispatch = dispatch_tick};

static void
member_free (Member *self)
{
  clasp_relay_session_free (self->session);
  g_free (self);
}

ClaspRelayHub *
clasp_relay_hub_new (const ClaspRelayRouterConfig *router,
    const ClaspRelaySessionConfig *session)
{
  ClaspRelayHub *self = g_new0 (ClaspRelayHub, 1);

  self->router = clasp_relay_router_new (router);
  self->session_config = *session;
  self->outbox = clasp_relay_outbox_new ();
  self->members =
      g_hash_table_new_full (NULL, NULL, (GDestroyNotify) member_free, NULL);
  g_queue_init (&self->dead);

  self->tick = g_source_new (&tick_funcs, sizeof (GSource));
  g_source_set_static_name (self->tick, "clasp-relay-tick");
  g_source_set_callback (self->tick, on_tick, self, NULL);
  g_source_attach (self->tick, g_main_context_get_thread_default ());

  return self;
}

/* Says good-bye to everybody, without waiting for an answer. */
void
clasp_relay_hub_free (ClaspRelayHub *self)
{
  GHashTableIter iter;
  Member *member;

  g_source_destroy (self->tick);
  g_source_unref (self->tick);
  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, (gpointer *) &member, NULL))
    clasp_relay_session_close (member->session, SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
        "the relay stops");

  g_queue_clear (&self->dead);
  g_hash_table_unref (self->members);
  clasp_relay_outbox_free (self->outbox);
  clasp_relay_router_free (self->router);
  g_free (self);
}

/* A WebSocket was opened over @stream. */
void
clasp_relay_hub_add (ClaspRelayHub *self, SoupWebsocketConnection *websocket,
    ClaspRelayStream *stream)
{
  Member *member = g_new0 (Member, 1);
  ClaspRelayTime now = clasp_relay_time_now ();

  member->hub = self;
  member->session = clasp_relay_session_new (websocket, stream,
      &self->session_config, &session_funcs, member);
  member->route = clasp_relay_router_open (self->router, member, now);
  if (g_hash_table_size (self->members) == 0)
    self->next_check = now.monotonic_us +
        (gint64) self->session_config.ping_interval * G_USEC_PER_SEC;
  g_hash_table_add (self->members, member);
  arm (self);
}

guint
clasp_relay_hub_get_n_sessions (ClaspRelayHub *self)
{
  return clasp_relay_router_get_n_sessions (self->router);
}

void
clasp_relay_hub_get_stats (ClaspRelayHub *self, ClaspRelayHubStats *stats)
{
  const ClaspRelayState *state = clasp_relay_router_get_state (self->router);
  const ClaspRelayRouterStats *router =
      clasp_relay_router_get_stats (self->router);
  GHashTableIter iter;
  Member *member;

  *stats = (ClaspRelayHubStats){
      .n_sessions = clasp_relay_router_get_n_sessions (self->router),
      .n_params = clasp_relay_state_get_n_params (state),
      .param_bytes = clasp_relay_state_get_bytes (state),
      .messages_in = router->messages_in,
      .bytes_in = router->bytes_in,
      .malformed = router->malformed,
      .rate_limited = router->rate_limited,
      .refused = router->refused,
      .messages_out = self->messages_out,
      .bytes_out = self->bytes_out,
      .dropped = self->dropped,
      .text_ignored = self->text_ignored,
  };
  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, (gpointer *) &member, NULL))
    add_counters (stats, member);
}
