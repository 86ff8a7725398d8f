/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Who is in the room, and who owes whom an offer. Pure: no I/O, no clock, not
 * thread-safe. What is to be done or told comes out of gst_clasp_roster_pop().
 *
 * Presence outlives its owner at a CLASP relay, and many pages never refresh
 * theirs. So age alone proves nothing: a session of which nothing was heard for
 * a while is asked for at the relay (ASK), which answers 404 if it is gone and
 * nothing if it is there.
 *
 * A peer whose presence brings the instance of one that we know has got a new
 * session id. The instance can be read by everybody, so it is believed only
 * once the relay says that the former session is gone. */

#include "gstclasproster-parts.h"

#include <string.h>

#define MAX_PEERS 1024
#define MAX_STRANGERS 256

void
gst_clasp_roster_event_free (GstClaspRosterEvent *self)
{
  g_free (self->peer);
  g_free (self->other);
  g_free (self->name);
  g_clear_pointer (&self->presence, g_variant_unref);
  g_clear_pointer (&self->signal, gst_clasp_signal_free);
  g_free (self);
}

GstClaspRoster *
gst_clasp_roster_new (const char *instance, const GstClaspRosterTimes *times)
{
  GstClaspRoster *self = g_new0 (GstClaspRoster, 1);

  self->times = *times;
  self->instance = g_strdup (instance);
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) gst_clasp_attendee_free);
  g_queue_init (&self->events);
  g_queue_init (&self->sends);
  return self;
}

void
gst_clasp_roster_free (GstClaspRoster *self)
{
  g_queue_clear_full (&self->events,
      (GDestroyNotify) gst_clasp_roster_event_free);
  g_queue_clear_full (&self->sends,
      (GDestroyNotify) gst_clasp_roster_event_free);
  g_hash_table_unref (self->peers);
  g_free (self->instance);
  g_free (self->session);
  g_free (self);
}

GstClaspRosterEvent *
gst_clasp_roster_pop (GstClaspRoster *self)
{
  return g_queue_pop_head (&self->events);
}

/* Apart from the others, so that sending never waits for telling. */
GstClaspRosterEvent *
gst_clasp_roster_pop_send (GstClaspRoster *self)
{
  return g_queue_pop_head (&self->sends);
}

void
gst_clasp_roster_get_stats (const GstClaspRoster *self,
    GstClaspRosterStats *stats)
{
  *stats = self->stats;
  stats->n_peers = g_hash_table_size (self->peers);
}

GstClaspRosterEvent *
gst_clasp_roster_tell (GstClaspRoster *self, GstClaspRosterEventType type,
    const GstClaspAttendee *peer)
{
  GstClaspRosterEvent *event = g_new0 (GstClaspRosterEvent, 1);

  event->type = type;
  event->peer = g_strdup (peer->session);
  if (type == GST_CLASP_ROSTER_JOINED || type == GST_CLASP_ROSTER_UPDATED) {
    event->name = g_strdup (peer->name);
    event->presence = peer->presence != NULL
        ? g_variant_ref (peer->presence)
        : g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  }
  if (type == GST_CLASP_ROSTER_SEND)
    g_queue_push_tail (&self->sends, event);
  else
    g_queue_push_tail (&self->events, event);
  return event;
}

void
gst_clasp_roster_remove (GstClaspRoster *self, GstClaspAttendee *peer)
{
  gst_clasp_roster_stop_ask (self, peer);
  self->n_queued -= peer->in.length;
  if (peer->presence == NULL)
    self->n_strangers--;
  g_hash_table_remove (self->peers, peer->session);
}

GstClaspAttendee *
gst_clasp_roster_find (GstClaspRoster *self, const char *session)
{
  return g_hash_table_lookup (self->peers, session);
}

/* The sessions of all peers for which @filter says so. */
GPtrArray *
gst_clasp_roster_collect (GstClaspRoster *self, GstClaspRosterFilter filter,
    gint64 now)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const GstClaspAttendee *peer = value;

    if (filter (self, peer, now))
      g_ptr_array_add (found, g_strdup (peer->session));
  }
  return found;
}

static GstClaspAttendee *
add_peer (GstClaspRoster *self, const char *session, gint64 now)
{
  GstClaspAttendee *peer;

  if (g_hash_table_size (self->peers) >= MAX_PEERS) {
    gst_clasp_roster_make_room (self, now);
    return NULL;
  }
  peer = gst_clasp_attendee_new (session, now);
  g_hash_table_insert (self->peers, peer->session, peer);
  self->n_strangers++;
  return peer;
}

/* For a session that is known by its signals, or ours to it, only. */
GstClaspAttendee *
gst_clasp_roster_find_or_add_stranger (GstClaspRoster *self,
    const char *session, gint64 now)
{
  GstClaspAttendee *peer = gst_clasp_roster_find (self, session);

  if (peer != NULL)
    return peer;
  if (self->n_strangers >= MAX_STRANGERS)
    return NULL;
  return add_peer (self, session, now);
}

/* The greater id offers; the other waits, but not for ever. */
static void
apply_offer_rule (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  if (strcmp (self->session, peer->session) > 0)
    gst_clasp_roster_tell (self, GST_CLASP_ROSTER_OFFER_NEEDED, peer);
  else
    peer->offer_due = now + self->times.offer;
}

void
gst_clasp_roster_announce (GstClaspRoster *self, GstClaspAttendee *peer,
    gint64 now)
{
  if (peer->announced)
    return;
  peer->announced = TRUE;
  peer->next_ask = now + self->times.ask;
  g_clear_pointer (&peer->former, g_free);
  gst_clasp_roster_tell (self, GST_CLASP_ROSTER_JOINED, peer);
  if (!peer->described && !gst_clasp_roster_has_description (peer))
    apply_offer_rule (self, peer, now);
  gst_clasp_roster_flush (self, peer);
}

GstClaspAttendee *
gst_clasp_roster_find_successor (GstClaspRoster *self, const char *former)
{
  GHashTableIter iter;
  gpointer peer;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &peer)) {
    if (g_strcmp0 (((GstClaspAttendee *) peer)->former, former) == 0)
      return peer;
  }
  return NULL;
}

/* @peer goes on under the id of @successor, which is no more by itself. */
void
gst_clasp_roster_rename (GstClaspRoster *self, GstClaspAttendee *peer,
    GstClaspAttendee *successor, gint64 now)
{
  g_autoptr (GVariant) presence = g_variant_ref (successor->presence);
  g_autofree char *former = peer->session;
  GstClaspSignal *signal;

  gst_clasp_roster_stop_ask (self, peer);
  g_hash_table_steal (self->peers, former);
  while ((signal = g_queue_pop_head (&successor->in)) != NULL)
    g_queue_push_tail (&peer->in, signal);
  peer->session = g_strdup (successor->session);
  peer->heard = MAX (peer->heard, successor->heard);
  peer->next_ask = now + self->times.ask;
  peer->dead = FALSE;
  peer->gone_due = 0;
  peer->settled = TRUE;
  gst_clasp_roster_remove (self, successor);
  g_hash_table_insert (self->peers, peer->session, peer);

  gst_clasp_roster_tell (self, GST_CLASP_ROSTER_RENAMED, peer)->other =
      g_steal_pointer (&former);
  if (gst_clasp_attendee_set_presence (peer, presence))
    gst_clasp_roster_tell (self, GST_CLASP_ROSTER_UPDATED, peer);
  gst_clasp_roster_flush (self, peer);
}

/* The peer is gone for good, or it goes on under another id. */
void
gst_clasp_roster_lose (GstClaspRoster *self, GstClaspAttendee *peer,
    GstClaspLeaveReason reason, gint64 now)
{
  GstClaspAttendee *successor =
      gst_clasp_roster_find_successor (self, peer->session);

  if (successor != NULL) {
    gst_clasp_roster_rename (self, peer, successor, now);
    return;
  }
  if (peer->announced)
    gst_clasp_roster_tell (self, GST_CLASP_ROSTER_LEFT, peer)->reason = reason;
  gst_clasp_roster_remove (self, peer);
}

gboolean
gst_clasp_roster_is_announced (const GstClaspRoster *self,
    const GstClaspAttendee *peer, gint64 now)
{
  return peer->announced;
}

gboolean
gst_clasp_roster_is_pending (const GstClaspRoster *self,
    const GstClaspAttendee *peer, gint64 now)
{
  return !peer->announced;
}

/* There is a session, the first or a new one. Peers stay; they have
 * times.settle to show up again. */
void
gst_clasp_roster_connected (GstClaspRoster *self, const char *session,
    gint64 now)
{
  g_autoptr (GPtrArray) kept =
      gst_clasp_roster_collect (self, gst_clasp_roster_is_announced, now);
  gboolean again = self->session != NULL;

  g_free (self->session);
  self->session = g_strdup (session);
  self->connected = TRUE;
  self->cannot_ask = FALSE;
  self->settle_due = again && kept->len > 0 ? now + self->times.settle : 0;
  for (guint i = 0; i < kept->len; i++) {
    GstClaspAttendee *peer = gst_clasp_roster_find (self, kept->pdata[i]);

    peer->settled = FALSE;
    peer->moved_on = peer->instance == NULL;
    if (peer->offer_due != 0)
      peer->offer_due = now + self->times.offer;
  }
}

void
gst_clasp_roster_disconnected (GstClaspRoster *self)
{
  g_autoptr (GPtrArray) pending =
      gst_clasp_roster_collect (self, gst_clasp_roster_is_pending, 0);
  g_autoptr (GPtrArray) kept =
      gst_clasp_roster_collect (self, gst_clasp_roster_is_announced, 0);

  self->connected = FALSE;
  for (guint i = 0; i < pending->len; i++)
    gst_clasp_roster_remove (self,
        gst_clasp_roster_find (self, pending->pdata[i]));
  for (guint i = 0; i < kept->len; i++)
    gst_clasp_roster_stop_ask (self,
        gst_clasp_roster_find (self, kept->pdata[i]));
}

static GstClaspAttendee *
find_former (GstClaspRoster *self, const GstClaspAttendee *claimant)
{
  GHashTableIter iter;
  gpointer value;

  if (claimant->instance == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    GstClaspAttendee *peer = value;

    if (peer != claimant && peer->announced &&
        g_strcmp0 (peer->instance, claimant->instance) == 0 &&
        gst_clasp_roster_find_successor (self, peer->session) == NULL)
      return peer;
  }
  return NULL;
}

/* First word of a peer: is it there, and is it somebody we know? */
static void
admit (GstClaspRoster *self, GstClaspAttendee *peer, gint64 age, gint64 now)
{
  GstClaspAttendee *former;

  if (peer->former != NULL)
    return;
  former = find_former (self, peer);
  if (former != NULL && (former->dead || self->cannot_ask)) {
    gst_clasp_roster_rename (self, former, peer, now);
  } else if (former != NULL) {
    peer->former = g_strdup (former->session);
    gst_clasp_roster_want_ask (self, former);
  } else if (age < self->times.silence || self->cannot_ask) {
    gst_clasp_roster_announce (self, peer, now);
  } else {
    gst_clasp_roster_want_ask (self, peer);
  }
  gst_clasp_roster_pump_asks (self, now);
}

/* A peer that took our new session for somebody else needs a connection with
 * that one. */
static void
reintroduce (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  peer->settled = TRUE;
  peer->dead = FALSE;
  if (!peer->moved_on)
    return;
  peer->moved_on = peer->described = peer->negotiated = FALSE;
  apply_offer_rule (self, peer, now);
}

static gboolean
is_presence (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) &&
      g_variant_get_size (value) <= GST_CLASP_MAX_PRESENCE;
}

static void
take_presence (GstClaspRoster *self, GstClaspAttendee *peer, GVariant *value,
    gint64 age, gint64 now)
{
  gboolean changed;

  if (peer->presence == NULL)
    self->n_strangers--;
  changed = gst_clasp_attendee_set_presence (peer, value);
  peer->heard = MAX (peer->heard, now - age);
  if (!peer->announced) {
    admit (self, peer, age, now);
    return;
  }
  if (peer->gone_due != 0)
    peer->dead = FALSE;
  peer->gone_due = 0;
  if (changed)
    gst_clasp_roster_tell (self, GST_CLASP_ROSTER_UPDATED, peer);
  if (!peer->settled || peer->moved_on)
    reintroduce (self, peer, now);
}

/* Our own kind says good-bye before it leaves. If it did not, it has lost the
 * relay, which cleared up behind it, and will be back under a new id. */
static void
take_absence (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  if (!peer->announced || peer->instance == NULL || peer->leaving ||
      gst_clasp_roster_find_successor (self, peer->session) != NULL) {
    gst_clasp_roster_lose (self, peer, GST_CLASP_LEAVE_LEFT, now);
    return;
  }
  gst_clasp_roster_stop_ask (self, peer);
  peer->dead = TRUE;
  if (peer->gone_due == 0)
    peer->gone_due = now + self->times.grace;
}

static gboolean
says_good_bye (GVariant *value)
{
  gboolean leaving = FALSE;

  return clasp_value_lookup_boolean (value, "leaving", &leaving) && leaving;
}

/* What stands at the presence address of @session; @age: how long it has stood
 * there, 0 if it was just set. */
void
gst_clasp_roster_presence (GstClaspRoster *self, const char *session,
    GVariant *value, gint64 age, gint64 now)
{
  GstClaspAttendee *peer = gst_clasp_roster_find (self, session);

  if (g_strcmp0 (session, self->session) == 0)
    return;
  if (value == NULL || clasp_value_is_null (value)) {
    if (peer != NULL)
      take_absence (self, peer, now);
    return;
  }
  if (!is_presence (value)) {
    self->stats.dropped_presence++;
    return;
  }
  if (g_strcmp0 (clasp_value_lookup_string (value, "instance"),
          self->instance) == 0)
    return; /* our own of a former session */
  if (says_good_bye (value)) {
    if (peer != NULL)
      peer->leaving = TRUE;
    return;
  }
  if (peer == NULL)
    peer = add_peer (self, session, now);
  if (peer != NULL)
    take_presence (self, peer, value, MAX (age, 0), now);
  else
    self->stats.dropped_presence++;
}
