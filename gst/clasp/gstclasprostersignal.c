/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The part of the roster that keeps signals in order: nothing before the peer
 * is known, no candidate before a description, in both directions. */

#include "gstclasproster-parts.h"

#define MAX_QUEUED 64
#define MAX_QUEUED_TOTAL 4096
#define MAX_DESCRIPTIONS 8
#define COST_DESCRIPTION 10.
#define COST_CANDIDATE 1.

gboolean
gst_clasp_roster_has_description (const GstClaspAttendee *peer)
{
  for (GList *l = peer->in.head; l != NULL; l = l->next) {
    GstClaspSignal *signal = l->data;

    if (signal->type != GST_CLASP_SIGNAL_CANDIDATE)
      return TRUE;
  }
  return FALSE;
}

static void
receive (GstClaspRoster *self, GstClaspAttendee *peer, GstClaspSignal *signal)
{
  if (signal->type != GST_CLASP_SIGNAL_CANDIDATE) {
    peer->negotiated = TRUE;
    peer->moved_on = FALSE;
    peer->offer_due = 0;
  }
  gst_clasp_roster_tell (self, GST_CLASP_ROSTER_RECEIVED, peer)->signal =
      signal;
}

/* Hands out what came too early: descriptions first, then candidates. */
void
gst_clasp_roster_flush (GstClaspRoster *self, GstClaspAttendee *peer)
{
  GQueue candidates = G_QUEUE_INIT;
  GstClaspSignal *signal;

  if (!peer->announced)
    return;
  if (!peer->negotiated && !gst_clasp_roster_has_description (peer))
    return;
  while ((signal = g_queue_pop_head (&peer->in)) != NULL) {
    self->n_queued--;
    if (signal->type == GST_CLASP_SIGNAL_CANDIDATE)
      g_queue_push_tail (&candidates, signal);
    else
      receive (self, peer, signal);
  }
  while ((signal = g_queue_pop_head (&candidates)) != NULL)
    receive (self, peer, signal);
}

/* However many candidates there are, a description finds a place. */
static void
hold_back (GstClaspRoster *self, GstClaspAttendee *peer, GstClaspSignal *signal)
{
  gboolean candidate = signal->type == GST_CLASP_SIGNAL_CANDIDATE;
  guint reserve = candidate ? 0 : MAX_DESCRIPTIONS;

  if (peer->in.length >= MAX_QUEUED + reserve ||
      self->n_queued >= MAX_QUEUED_TOTAL + reserve) {
    if (candidate)
      self->stats.dropped_candidates++;
    else
      self->stats.dropped_signals++;
    gst_clasp_signal_free (signal);
    return;
  }
  g_queue_push_tail (&peer->in, signal);
  self->n_queued++;
}

static void
take_signal (GstClaspRoster *self, GstClaspAttendee *peer,
    GstClaspSignal *signal, gint64 now)
{
  gboolean candidate = signal->type == GST_CLASP_SIGNAL_CANDIDATE;
  gboolean useless = signal->type == GST_CLASP_SIGNAL_ANSWER &&
      !peer->announced && !peer->described;

  peer->heard = now;
  peer->proven = TRUE;
  peer->dead = FALSE;
  peer->settled = TRUE;
  if (useless) {
    self->stats.dropped_signals++;
    gst_clasp_signal_free (signal);
    return;
  }
  if (peer->announced && (peer->negotiated || !candidate)) {
    receive (self, peer, signal);
    gst_clasp_roster_flush (self, peer);
    return;
  }
  hold_back (self, peer, signal);
  if (peer->former == NULL && (peer->presence != NULL || !candidate))
    gst_clasp_roster_announce (self, peer, now);
}

/* What came to our signal address. */
void
gst_clasp_roster_signal (GstClaspRoster *self, GVariant *value, gint64 now)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstClaspSignal) signal = gst_clasp_signal_parse (value, &error);
  GstClaspAttendee *peer;
  double cost = COST_CANDIDATE;

  if (error != NULL)
    self->stats.dropped_signals++;
  if (signal == NULL || g_strcmp0 (signal->from, self->session) == 0)
    return;

  peer = gst_clasp_roster_find_or_add_stranger (self, signal->from, now);
  if (signal->type != GST_CLASP_SIGNAL_CANDIDATE)
    cost = COST_DESCRIPTION;
  if (peer == NULL || !gst_clasp_attendee_spend (peer, cost, now)) {
    self->stats.dropped_signals++;
    return;
  }
  take_signal (self, peer, g_steal_pointer (&signal), now);
}

static void
tell_send (GstClaspRoster *self, GstClaspAttendee *peer, GstClaspSignal *signal)
{
  gst_clasp_roster_tell (self, GST_CLASP_ROSTER_SEND, peer)->signal = signal;
}

static void
send_description (GstClaspRoster *self, GstClaspAttendee *peer,
    GstClaspSignal *signal)
{
  peer->described = TRUE;
  peer->offer_due = 0;
  tell_send (self, peer, signal);
  while ((signal = g_queue_pop_head (&peer->out)) != NULL)
    tell_send (self, peer, signal);
}

/* Candidates wait for the description: a page that gets one before its offer
 * never connects. Takes @signal. */
gboolean
gst_clasp_roster_send (GstClaspRoster *self, const char *session,
    GstClaspSignal *signal, gint64 now, GError **error)
{
  g_autoptr (GstClaspSignal) owned = signal;
  gboolean candidate = signal->type == GST_CLASP_SIGNAL_CANDIDATE;
  GstClaspAttendee *peer =
      gst_clasp_roster_find_or_add_stranger (self, session, now);

  if (peer == NULL) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_LIMIT,
        "signal for %s not sent: too many peers", session);
    return FALSE;
  }
  if (candidate && !peer->described && peer->out.length >= MAX_QUEUED) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_LIMIT,
        "candidate for %s not sent: %d wait for a description already", session,
        MAX_QUEUED);
    return FALSE;
  }
  signal = g_steal_pointer (&owned);
  if (!candidate)
    send_description (self, peer, signal);
  else if (peer->described)
    tell_send (self, peer, signal);
  else
    g_queue_push_tail (&peer->out, signal);
  return TRUE;
}
