/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* One stay in a room: the client, what it subscribes to and sets there, and the
 * timer. Who is there is the roster's to know.
 *
 * All of it happens in one main context. The owner is held weakly, so that it
 * may be dropped in any thread. */

#include "gstclaspmembership-private.h"

#include <string.h>

#define ASK_PREFIX "/clasp/p2p/signal/"
#define PRESENCE_TTL_S 60
#define MAX_OLD_PRESENCES 8
#define US_PER_MS 1000.

/* Our presence of a former session. */
typedef struct {
  char *address;
  gint64 due;
} OldPresence;

struct _GstClaspMembership {
  gatomicrefcount refs;
  GWeakRef owner;
  const GstClaspMembershipEvents *events;
  GMainContext *context;
  GstClaspMembershipSettings settings;
  GstClaspRoom room;
  GstClaspRoster *roster;
  ClaspClient *client;
  ClaspSubscription *presences;
  ClaspSubscription *signals;
  char *session; /* NULL while there is none */
  char *presence_address;
  GQueue old_presences;
  double joined_at; /* Unix ms */
  gint64 heartbeat_due;
  GSource *alarm;
  ClaspMessage *snapshot; /* the one that is being read, and how far */
  guint snapshot_index;
  gboolean telling;
  gboolean left;
};

static void
old_presence_free (OldPresence *self)
{
  g_free (self->address);
  g_free (self);
}

/* Telling */

static void
tell_state (GstClaspMembership *self, GstClaspSignallerState state)
{
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL && !self->left)
    self->events->state (owner, state, self->session);
}

static void
tell_stats (GstClaspMembership *self)
{
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);
  GstClaspRosterStats stats;

  gst_clasp_roster_get_stats (self->roster, &stats);
  if (owner != NULL)
    self->events->stats (owner, &stats);
}

static void
tell_error (GstClaspMembership *self, const GError *error)
{
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL && !self->left)
    self->events->error (owner, error);
}

/* Events of other sessions reach only those, and the relay answers 404 for one
 * that is gone. Pages ignore types that they do not know. */
static void
ask_for (GstClaspMembership *self, const char *peer)
{
  g_autofree char *address = g_strconcat (ASK_PREFIX, peer, NULL);
  GVariantDict map = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&map, "type", "s", "probe");
  g_variant_dict_insert (&map, "from", "s", self->session);
  clasp_client_emit (self->client, address, g_variant_dict_end (&map), NULL);
}

static gboolean
send_all (GstClaspMembership *self, GError **error)
{
  g_autoptr (GstClaspRosterEvent) event = NULL;
  gboolean ok = TRUE;

  while ((event = gst_clasp_roster_pop_send (self->roster)) != NULL) {
    g_autofree char *address =
        g_strconcat (self->room.signal, "/", event->peer, NULL);
    GVariant *value = gst_clasp_signal_to_value (event->signal, self->session);

    ok = clasp_client_emit (self->client, address, value, ok ? error : NULL) &&
        ok;
    g_clear_pointer (&event, gst_clasp_roster_event_free);
  }
  return ok;
}

static void
tell_event (GstClaspMembership *self, const GstClaspRosterEvent *event)
{
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);

  if (event->type == GST_CLASP_ROSTER_ASK)
    ask_for (self, event->peer);
  else if (owner != NULL)
    self->events->event (owner, event);
}

static void
set_alarm (GstClaspMembership *self)
{
  gint64 due = gst_clasp_roster_get_deadline (self->roster);
  OldPresence *old = g_queue_peek_head (&self->old_presences);

  if (self->session == NULL)
    return;
  if (due == 0 || self->heartbeat_due < due)
    due = self->heartbeat_due;
  if (old != NULL && old->due < due)
    due = old->due;
  g_source_set_ready_time (self->alarm, due);
}

/* Tells what the roster has to say. An owner that calls back gets its turn
 * first come, first served. */
static void
tell_all (GstClaspMembership *self)
{
  G_GNUC_UNUSED g_autoptr (GstClaspMembership) guard = NULL;
  g_autoptr (GstClaspRosterEvent) event = NULL;

  if (self->telling)
    return;
  guard = gst_clasp_membership_ref (self);
  self->telling = TRUE;
  while (!self->left && (event = gst_clasp_roster_pop (self->roster)) != NULL) {
    tell_event (self, event);
    g_clear_pointer (&event, gst_clasp_roster_event_free);
  }
  self->telling = FALSE;
  if (self->left)
    return;
  tell_stats (self);
  set_alarm (self);
}

/* Our presence */

static double
get_relay_time_ms (GstClaspMembership *self)
{
  gint64 offset = clasp_client_get_clock_offset (self->client);

  return (double) ((g_get_real_time () + offset) / 1000);
}

static GVariant *
make_presence (GstClaspMembership *self, gboolean leaving)
{
  g_autofree char *name =
      gst_clasp_clean_name (self->settings.name, self->session);
  double now = get_relay_time_ms (self);
  g_auto (GVariantDict) map = G_VARIANT_DICT_INIT (NULL);

  if (self->joined_at == 0)
    self->joined_at = now;
  g_variant_dict_insert (&map, "audioEnabled", "b", TRUE);
  g_variant_dict_insert (&map, "videoEnabled", "b", TRUE);
  if (self->settings.metadata != NULL)
    gst_clasp_add_structure (&map, self->settings.metadata);
  g_variant_dict_insert (&map, "name", "s", name);
  g_variant_dict_insert (&map, "joinedAt", "d", self->joined_at);
  g_variant_dict_insert (&map, "lastSeen", "d", now);
  g_variant_dict_insert (&map, "instance", "s", self->settings.instance);
  if (leaving)
    g_variant_dict_insert (&map, "leaving", "b", TRUE);
  return g_variant_dict_end (&map);
}

static void
set_presence (GstClaspMembership *self)
{
  g_autoptr (GError) error = NULL;

  self->heartbeat_due =
      g_get_monotonic_time () + self->settings.times.heartbeat;
  if (!clasp_client_set_with_ttl (self->client, self->presence_address,
          make_presence (self, FALSE), PRESENCE_TTL_S, &error))
    tell_error (self, error);
}

static void
clear_presence (GstClaspMembership *self, const char *address)
{
  clasp_client_set_with_ttl (self->client, address, clasp_value_new_null (),
      PRESENCE_TTL_S, NULL);
}

/* Tells our own kind that the null to come is meant, and not a relay that
 * clears up behind a lost connection. */
static void
say_good_bye (GstClaspMembership *self)
{
  clasp_client_set_with_ttl (self->client, self->presence_address,
      make_presence (self, TRUE), PRESENCE_TTL_S, NULL);
}

/* Peers that still know us by the former session may hang up when its presence
 * goes; they get time to find the new one. */
static void
retire_presence (GstClaspMembership *self, gint64 now)
{
  OldPresence *old;

  if (self->presence_address == NULL)
    return;
  if (self->old_presences.length >= MAX_OLD_PRESENCES)
    old_presence_free (g_queue_pop_head (&self->old_presences));
  old = g_new0 (OldPresence, 1);
  old->address = g_steal_pointer (&self->presence_address);
  old->due = now + self->settings.times.old_presence;
  g_queue_push_tail (&self->old_presences, old);
}

static void
clear_old_presences (GstClaspMembership *self, gint64 now)
{
  OldPresence *old;

  while ((old = g_queue_peek_head (&self->old_presences)) != NULL) {
    if (old->due > now)
      return;
    clear_presence (self, old->address);
    old_presence_free (g_queue_pop_head (&self->old_presences));
  }
}

static gboolean
on_alarm (gpointer data)
{
  g_autoptr (GstClaspMembership) self = gst_clasp_membership_ref (data);
  gint64 now = g_get_monotonic_time ();

  g_source_set_ready_time (self->alarm, -1);
  if (self->session == NULL)
    return G_SOURCE_CONTINUE;
  if (self->heartbeat_due <= now)
    set_presence (self);
  if (self->left)
    return G_SOURCE_REMOVE;
  clear_old_presences (self, now);
  gst_clasp_roster_tick (self->roster, now);
  tell_all (self);
  return G_SOURCE_CONTINUE;
}

/* What comes from the room */

/* How long a value of a SNAPSHOT has stood there by the relay's clock; by that
 * of its writer if the relay does not say; very long if nobody does. */
static gint64
get_age (GstClaspMembership *self, const ClaspParam *param)
{
  double now = get_relay_time_ms (self);
  double then;

  if (param->timestamp != 0)
    then = param->timestamp / US_PER_MS;
  else if (!clasp_value_lookup_number (param->value, "lastSeen", &then))
    then = 0;
  return CLAMP ((now - then) * US_PER_MS, 0, (double) G_MAXINT32 * US_PER_MS);
}

/* Values of a SNAPSHOT come one by one, in its order. */
static gint64
get_snapshot_age (GstClaspMembership *self, ClaspMessage *message,
    const char *address)
{
  ClaspParam param;

  if (self->snapshot != message) {
    g_clear_pointer (&self->snapshot, clasp_message_unref);
    self->snapshot = clasp_message_ref (message);
    self->snapshot_index = 0;
  }
  while (clasp_message_get_param (message, self->snapshot_index++, &param)) {
    if (strcmp (param.address, address) == 0)
      return get_age (self, &param);
  }
  return G_MAXINT32 * (gint64) US_PER_MS;
}

static void
on_presence (GstClaspMembership *self, const char *address, GVariant *value,
    ClaspMessage *message)
{
  const char *session = gst_clasp_room_get_session (&self->room, address);
  gint64 age = 0;

  if (session == NULL || self->session == NULL)
    return;
  if (clasp_message_get_message_type (message) == CLASP_MESSAGE_SNAPSHOT)
    age = get_snapshot_age (self, message, address);
  gst_clasp_roster_presence (self->roster, session, value, age,
      g_get_monotonic_time ());
  tell_all (self);
}

static void
on_signal (GstClaspMembership *self, const char *address, GVariant *value,
    ClaspMessage *message)
{
  if (self->session == NULL)
    return;
  gst_clasp_roster_signal (self->roster, value, g_get_monotonic_time ());
  tell_all (self);
}

/* Answers to our questions come as errors that name the address. */
static void
on_message (GstClaspMembership *self, ClaspMessage *message)
{
  const char *address = clasp_message_get_address (message);
  gint64 now = g_get_monotonic_time ();
  guint16 code;

  if (clasp_message_get_message_type (message) != CLASP_MESSAGE_ERROR ||
      address == NULL || !g_str_has_prefix (address, ASK_PREFIX))
    return;

  code = clasp_message_get_error_code (message);
  if (clasp_error_from_wire (code) == CLASP_ERROR_NOT_FOUND)
    gst_clasp_roster_unknown_session (self->roster,
        address + strlen (ASK_PREFIX), now);
  else if (clasp_error_from_wire (code) == CLASP_ERROR_FORBIDDEN)
    gst_clasp_roster_stop_asking (self->roster, now);
  tell_all (self);
}

static gboolean
is_answer (const GError *error)
{
  return error->domain == CLASP_ERROR &&
      (error->code == CLASP_ERROR_NOT_FOUND ||
          error->code == CLASP_ERROR_FORBIDDEN) &&
      strstr (error->message, ASK_PREFIX) != NULL;
}

static void
on_error (GstClaspMembership *self, const GError *error)
{
  if (!is_answer (error))
    tell_error (self, error);
}

/* The session */

static ClaspSubscription *
subscribe (GstClaspMembership *self, const char *prefix, const char *rest,
    ClaspSignalMask mask, GCallback received)
{
  g_autofree char *pattern = g_strconcat (prefix, "/", rest, NULL);
  g_autoptr (GError) error = NULL;
  ClaspSubscription *subscription =
      clasp_client_subscribe (self->client, pattern, mask, &error);

  if (subscription == NULL) {
    tell_error (self, error);
    return NULL;
  }
  g_signal_connect_swapped (subscription, "received", received, self);
  return g_object_ref (subscription);
}

static void
unsubscribe (GstClaspMembership *self, ClaspSubscription **subscription)
{
  if (*subscription == NULL)
    return;
  g_signal_handlers_disconnect_by_data (*subscription, self);
  clasp_client_unsubscribe (self->client, *subscription);
  g_clear_object (subscription);
}

/* The order matters: nobody is to answer our presence before we listen. */
static void
on_session (GstClaspMembership *self, const char *session)
{
  G_GNUC_UNUSED g_autoptr (GstClaspMembership) guard =
      gst_clasp_membership_ref (self);
  gint64 now = g_get_monotonic_time ();

  retire_presence (self, now);
  g_free (self->session);
  self->session = g_strdup (session);
  self->presence_address =
      g_strconcat (self->room.presence, "/", session, NULL);
  gst_clasp_roster_connected (self->roster, session, now);

  unsubscribe (self, &self->signals);
  self->signals = subscribe (self, self->room.signal, session,
      CLASP_SIGNAL_MASK_EVENT, G_CALLBACK (on_signal));
  set_presence (self);
  if (self->left)
    return;
  set_alarm (self);
  tell_state (self, GST_CLASP_SIGNALLER_JOINED);
}

static void
on_client_state (GstClaspMembership *self)
{
  G_GNUC_UNUSED g_autoptr (GstClaspMembership) guard =
      gst_clasp_membership_ref (self);
  ClaspClientState state = clasp_client_get_state (self->client);

  if (state == CLASP_CLIENT_CONNECTED)
    return; /* on_session() says so when all is ready */
  if (self->session != NULL)
    gst_clasp_roster_disconnected (self->roster);
  g_clear_pointer (&self->session, g_free);
  g_source_set_ready_time (self->alarm, -1);

  if (state == CLASP_CLIENT_RECONNECTING)
    tell_state (self, GST_CLASP_SIGNALLER_RECONNECTING);
  else if (state == CLASP_CLIENT_FAILED)
    tell_state (self, GST_CLASP_SIGNALLER_FAILED);
}

static void
on_connected (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autoptr (GstClaspMembership) self = data;
  g_autoptr (GError) error = NULL;

  if (!clasp_client_connect_finish (CLASP_CLIENT (client), result, &error) &&
      !self->left)
    tell_error (self, error);
}

/* Life */

static gboolean
dispatch_alarm (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSource *
new_alarm (GstClaspMembership *self)
{
  static GSourceFuncs funcs = {.dispatch = dispatch_alarm};
  GSource *alarm = g_source_new (&funcs, sizeof (GSource));

  g_source_set_static_name (alarm, "[clasp] signaller alarm");
  g_source_set_callback (alarm, on_alarm, self, NULL);
  g_source_attach (alarm, self->context);
  return alarm;
}

static ClaspClient *
new_client (GstClaspMembership *self)
{
  ClaspClient *client = clasp_client_new (self->settings.relay_url);

  g_object_set (client, "token", self->settings.token, "tls-ca-file",
      self->settings.tls_ca_file, NULL);
  if (self->settings.name != NULL)
    g_object_set (client, "name", self->settings.name, NULL);
  g_signal_connect_swapped (client, "session-changed", G_CALLBACK (on_session),
      self);
  g_signal_connect_swapped (client, "notify::state",
      G_CALLBACK (on_client_state), self);
  g_signal_connect_swapped (client, "message", G_CALLBACK (on_message), self);
  g_signal_connect_swapped (client, "error", G_CALLBACK (on_error), self);
  return client;
}

/* To be called with @context as thread default. */
GstClaspMembership *
gst_clasp_membership_new (const GstClaspMembershipSettings *settings,
    GMainContext *context, GObject *owner,
    const GstClaspMembershipEvents *events, GError **error)
{
  GstClaspMembership *self;
  GstClaspRoom room;

  if (!gst_clasp_room_init (&room, settings->room, settings->profile,
          settings->presence_prefix, settings->signal_prefix, error))
    return NULL;

  self = g_new0 (GstClaspMembership, 1);
  g_atomic_ref_count_init (&self->refs);
  g_weak_ref_init (&self->owner, owner);
  self->events = events;
  self->context = g_main_context_ref (context);
  self->room = room;
  g_queue_init (&self->old_presences);
  gst_clasp_membership_settings_copy (settings, &self->settings);
  self->roster =
      gst_clasp_roster_new (settings->instance, &settings->times.roster);
  self->client = new_client (self);
  self->alarm = new_alarm (self);
  return self;
}

GstClaspMembership *
gst_clasp_membership_ref (GstClaspMembership *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
gst_clasp_membership_unref (GstClaspMembership *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_object (&self->presences);
  g_clear_object (&self->signals);
  g_clear_object (&self->client);
  g_clear_pointer (&self->alarm, g_source_unref);
  g_clear_pointer (&self->roster, gst_clasp_roster_free);
  g_clear_pointer (&self->snapshot, clasp_message_unref);
  g_queue_clear_full (&self->old_presences, (GDestroyNotify) old_presence_free);
  gst_clasp_room_clear (&self->room);
  gst_clasp_membership_settings_clear (&self->settings);
  g_main_context_unref (self->context);
  g_weak_ref_clear (&self->owner);
  g_free (self->session);
  g_free (self->presence_address);
  g_free (self);
}

void
gst_clasp_membership_start (GstClaspMembership *self)
{
  G_GNUC_UNUSED g_autoptr (GstClaspMembership) guard =
      gst_clasp_membership_ref (self);
  tell_state (self, GST_CLASP_SIGNALLER_CONNECTING);
  if (self->left)
    return;
  self->presences = subscribe (self, self->room.presence, "*",
      CLASP_SIGNAL_MASK_PARAM, G_CALLBACK (on_presence));
  clasp_client_connect_async (self->client, NULL, on_connected,
      gst_clasp_membership_ref (self));
}

/* Says good-bye. Nothing is told any more; @farewells has an end. */
void
gst_clasp_membership_leave (GstClaspMembership *self,
    GstClaspFarewells *farewells)
{
  gboolean present = self->session != NULL && self->presences != NULL;

  if (self->left)
    return;
  self->left = TRUE;
  g_source_destroy (self->alarm);
  g_signal_handlers_disconnect_by_data (self->client, self);
  if (self->presences != NULL)
    g_signal_handlers_disconnect_by_data (self->presences, self);
  if (self->signals != NULL)
    g_signal_handlers_disconnect_by_data (self->signals, self);
  if (!present) {
    clasp_client_disconnect (self->client);
    return;
  }
  clear_old_presences (self, G_MAXINT64);
  say_good_bye (self);
  clear_presence (self, self->presence_address);
  gst_clasp_farewell_start (farewells, self->context, self->client,
      self->presences, self->presence_address);
}

void
gst_clasp_membership_update (GstClaspMembership *self, const char *name,
    const GstStructure *metadata)
{
  G_GNUC_UNUSED g_autoptr (GstClaspMembership) guard =
      gst_clasp_membership_ref (self);
  if (self->left)
    return;
  g_free (self->settings.name);
  self->settings.name = g_strdup (name);
  g_clear_pointer (&self->settings.metadata, gst_structure_free);
  if (metadata != NULL)
    self->settings.metadata = gst_structure_copy (metadata);
  if (self->session == NULL)
    return;
  set_presence (self);
  if (!self->left)
    set_alarm (self);
}

/* Takes @signal. */
gboolean
gst_clasp_membership_send (GstClaspMembership *self, const char *peer,
    GstClaspSignal *signal, GError **error)
{
  gint64 now = g_get_monotonic_time ();

  if (self->session == NULL) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED,
        "%s for %s not sent: there is no session at the relay",
        gst_clasp_signal_type_to_string (signal->type), peer);
    gst_clasp_signal_free (signal);
    return FALSE;
  }
  if (!gst_clasp_roster_send (self->roster, peer, signal, now, error))
    return FALSE;
  if (!self->telling)
    set_alarm (self);
  return send_all (self, error);
}

ClaspClient *
gst_clasp_membership_get_client (GstClaspMembership *self)
{
  return self->client;
}
