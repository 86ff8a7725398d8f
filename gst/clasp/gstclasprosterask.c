/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The part of the roster that asks the relay who is still there, and that
 * watches the time. */

#include "gstclasproster-parts.h"

#define MAX_ASKED 16

void
gst_clasp_roster_stop_ask (GstClaspRoster *self, GstClaspAttendee *peer)
{
  if (peer->asked != 0)
    self->n_asked--;
  peer->asked = 0;
  peer->want_ask = FALSE;
}

/* Asks for as many of those that wait as may be asked for at once. */
void
gst_clasp_roster_pump_asks (GstClaspRoster *self, gint64 now)
{
  GHashTableIter iter;
  gpointer value;

  if (!self->connected || self->n_asked >= MAX_ASKED)
    return;
  g_hash_table_iter_init (&iter, self->peers);
  while (self->n_asked < MAX_ASKED &&
      g_hash_table_iter_next (&iter, NULL, &value)) {
    GstClaspAttendee *peer = value;

    if (!peer->want_ask)
      continue;
    peer->want_ask = FALSE;
    peer->asked = now;
    self->n_asked++;
    gst_clasp_roster_tell (self, GST_CLASP_ROSTER_ASK, peer);
  }
}

void
gst_clasp_roster_want_ask (GstClaspRoster *self, GstClaspAttendee *peer)
{
  if (peer->asked == 0)
    peer->want_ask = TRUE;
}

/* Full, perhaps with fakes: those that never did anything have to prove that
 * they are there. */
void
gst_clasp_roster_make_room (GstClaspRoster *self, gint64 now)
{
  GHashTableIter iter;
  gpointer value;

  if (self->n_asked > 0 || self->cannot_ask)
    return;
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    GstClaspAttendee *peer = value;

    if (!peer->proven)
      gst_clasp_roster_want_ask (self, peer);
  }
  gst_clasp_roster_pump_asks (self, now);
}

/* The relay says that there is no such session. */
void
gst_clasp_roster_unknown_session (GstClaspRoster *self, const char *session,
    gint64 now)
{
  GstClaspAttendee *peer = gst_clasp_roster_find (self, session);

  if (peer == NULL)
    return;
  gst_clasp_roster_stop_ask (self, peer);
  if (peer->announced && !peer->settled &&
      gst_clasp_roster_find_successor (self, session) == NULL)
    peer->dead = TRUE; /* it has until the room has settled */
  else
    gst_clasp_roster_lose (self, peer, GST_CLASP_LEAVE_GONE, now);
  gst_clasp_roster_pump_asks (self, now);
}

/* No 404: @peer has not gone. */
static void
prove (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  GstClaspAttendee *claimant =
      gst_clasp_roster_find_successor (self, peer->session);

  gst_clasp_roster_stop_ask (self, peer);
  peer->proven = TRUE;
  peer->next_ask = now + self->times.ask;
  if (peer->presence != NULL && peer->former == NULL)
    gst_clasp_roster_announce (self, peer, now);
  if (claimant != NULL)
    gst_clasp_roster_announce (self, claimant, now);
}

/* Its claim to be another one, or to be there at all, is believed. */
static void
believe (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  GstClaspAttendee *former = NULL;

  gst_clasp_roster_stop_ask (self, peer);
  if (peer->former != NULL)
    former = gst_clasp_roster_find (self, peer->former);
  if (former != NULL)
    gst_clasp_roster_rename (self, former, peer, now);
  else if (peer->presence != NULL)
    gst_clasp_roster_announce (self, peer, now);
}

static void
for_each (GstClaspRoster *self, GstClaspRosterFilter filter,
    void (*act) (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now),
    gint64 now)
{
  g_autoptr (GPtrArray) sessions = gst_clasp_roster_collect (self, filter, now);

  for (guint i = 0; i < sessions->len; i++) {
    GstClaspAttendee *peer = gst_clasp_roster_find (self, sessions->pdata[i]);

    if (peer != NULL)
      act (self, peer, now);
  }
}

static void
forget_ask (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  gst_clasp_roster_stop_ask (self, peer);
}

/* Asking is forbidden here (the token does not allow it). */
void
gst_clasp_roster_stop_asking (GstClaspRoster *self, gint64 now)
{
  self->cannot_ask = TRUE;
  for_each (self, gst_clasp_roster_is_announced, forget_ask, now);
  for_each (self, gst_clasp_roster_is_pending, believe, now);
}

static gboolean
owes_offer (const GstClaspRoster *self, const GstClaspAttendee *peer,
    gint64 now)
{
  return peer->offer_due != 0 && peer->offer_due <= now;
}

static void
offer_instead (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  peer->offer_due = 0;
  gst_clasp_roster_tell (self, GST_CLASP_ROSTER_OFFER_NEEDED, peer);
}

static gboolean
was_not_denied (const GstClaspRoster *self, const GstClaspAttendee *peer,
    gint64 now)
{
  return peer->asked != 0 && peer->asked + self->times.answer <= now;
}

/* 0: not to be asked for. */
static gint64
get_next_ask (const GstClaspRoster *self, const GstClaspAttendee *peer)
{
  if (!peer->announced || peer->dead || peer->asked != 0 || peer->want_ask ||
      self->cannot_ask)
    return 0;
  return MAX (peer->heard + self->times.silence, peer->next_ask);
}

static gboolean
is_silent (const GstClaspRoster *self, const GstClaspAttendee *peer, gint64 now)
{
  gint64 next = get_next_ask (self, peer);

  return next != 0 && next <= now;
}

static void
ask (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  gst_clasp_roster_want_ask (self, peer);
}

/* A stranger that we wrote to has more time to answer. 0: no stranger. */
static gint64
get_expiry (const GstClaspRoster *self, const GstClaspAttendee *peer)
{
  if (peer->announced || peer->presence != NULL)
    return 0;
  return peer->heard + self->times.settle * (peer->described ? 4 : 1);
}

static gboolean
is_expired (const GstClaspRoster *self, const GstClaspAttendee *peer,
    gint64 now)
{
  gint64 expiry = get_expiry (self, peer);

  return expiry != 0 && expiry <= now;
}

static void
forget (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  gst_clasp_roster_remove (self, peer);
}

static gboolean
is_missing (const GstClaspRoster *self, const GstClaspAttendee *peer,
    gint64 now)
{
  return peer->announced && !peer->settled;
}

static void
give_up (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  gst_clasp_roster_lose (self, peer, GST_CLASP_LEAVE_LOST, now);
}

static gboolean
is_gone (const GstClaspRoster *self, const GstClaspAttendee *peer, gint64 now)
{
  return peer->gone_due != 0 && peer->gone_due <= now;
}

static void
let_go (GstClaspRoster *self, GstClaspAttendee *peer, gint64 now)
{
  gst_clasp_roster_lose (self, peer, GST_CLASP_LEAVE_GONE, now);
}

/* To be called at the deadline, or at any time. */
void
gst_clasp_roster_tick (GstClaspRoster *self, gint64 now)
{
  if (!self->connected)
    return;

  for_each (self, owes_offer, offer_instead, now);
  for_each (self, was_not_denied, prove, now);
  for_each (self, is_silent, ask, now);
  for_each (self, is_expired, forget, now);
  for_each (self, is_gone, let_go, now);
  if (self->settle_due != 0 && self->settle_due <= now) {
    self->settle_due = 0;
    for_each (self, is_missing, give_up, now);
  }
  gst_clasp_roster_pump_asks (self, now);
}

static gint64
earlier (gint64 a, gint64 b)
{
  if (a == 0 || b == 0)
    return MAX (a, b);
  return MIN (a, b);
}

/* When gst_clasp_roster_tick() has something to do; 0: never. */
gint64
gst_clasp_roster_get_deadline (const GstClaspRoster *self)
{
  gint64 deadline = self->settle_due;
  GHashTableIter iter;
  gpointer value;

  if (!self->connected)
    return 0;
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const GstClaspAttendee *peer = value;

    deadline = earlier (deadline, peer->offer_due);
    deadline = earlier (deadline, peer->gone_due);
    if (peer->asked != 0)
      deadline = earlier (deadline, peer->asked + self->times.answer);
    deadline = earlier (deadline, get_next_ask (self, peer));
    deadline = earlier (deadline, get_expiry (self, peer));
  }
  return deadline;
}
