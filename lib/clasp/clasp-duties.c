/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-duties-private.h"

#include "clasp-send-item-private.h"

/* More PINGs than this at a time are a flood. */
#define MAX_OWED_PONGS 16

#define ECHO_TYPE "heartbeat"

/*
 * clasp_duties_start:
 * @self: zeroed
 * @session: id of the session
 * @times: of PING and echo
 * @sync_interval: of SYNC
 * @now: time of the WELCOME
 */
void
clasp_duties_start (ClaspDuties *self, const char *session,
    const ClaspLivenessTimes *times, gint64 sync_interval, gint64 now)
{
  clasp_duties_clear (self);
  self->own_signal = g_strconcat (CLASP_SIGNAL_PREFIX, session, NULL);
  clasp_liveness_start (&self->liveness, times, now);
  clasp_sync_start (&self->sync, sync_interval, now);
}

/*
 * clasp_duties_clear:
 * @self: what to empty
 */
void
clasp_duties_clear (ClaspDuties *self)
{
  g_clear_pointer (&self->own_signal, g_free);
  *self = (ClaspDuties){0};
}

/* PING and echo count as sent when they are due: in a jam they do not get out,
 * and that must not go unnoticed. */
static ClaspLivenessAction
check_liveness (ClaspDuties *self, gboolean subscribed, gint64 now,
    gint64 *wake)
{
  ClaspLivenessAction action;

  while ((action = clasp_liveness_next (&self->liveness, subscribed, now,
              wake)) != CLASP_LIVENESS_WAIT) {
    if (action == CLASP_LIVENESS_SEND_PING) {
      clasp_liveness_ping_sent (&self->liveness, now);
      self->owed_ping = TRUE;
    } else if (action == CLASP_LIVENESS_SEND_ECHO) {
      clasp_liveness_echo_sent (&self->liveness, now);
      self->owed_echo = TRUE;
    } else {
      return action;
    }
  }
  return action;
}

/*
 * clasp_duties_check:
 * @self: started duties
 * @subscribed: whether the client expects broadcasts
 * @now: current time
 * @wake: (out): when to check again
 *
 * Returns: CLASP_LIVENESS_WAIT if the session is alive, or what is missing
 */
ClaspLivenessAction
clasp_duties_check (ClaspDuties *self, gboolean subscribed, gint64 now,
    gint64 *wake)
{
  ClaspLivenessAction action = check_liveness (self, subscribed, now, wake);
  gint64 sync_wake = G_MAXINT64;

  /* An owed SYNC makes us look again when it has gone out. */
  if (action != CLASP_LIVENESS_WAIT || self->owed_sync)
    return action;
  self->owed_sync = clasp_sync_is_due (&self->sync, now, &sync_wake);
  if (!self->owed_sync)
    *wake = MIN (*wake, sync_wake);
  return action;
}

/*
 * clasp_duties_owes:
 * @self: duties
 *
 * Returns: whether there is something to send
 */
gboolean
clasp_duties_owes (const ClaspDuties *self)
{
  return self->owed_pongs > 0 || self->owed_ping || self->owed_echo ||
      self->owed_sync;
}

static ClaspMessage *
new_echo (ClaspDuties *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "type", "s", ECHO_TYPE);
  return clasp_message_new_publish (CLASP_SIGNAL_EVENT, self->own_signal,
      g_variant_dict_end (&dict), 0);
}

/*
 * clasp_duties_pop:
 * @self: duties that owe something
 * @now: current time
 * @unix_now: the same as Unix time, for the wire
 *
 * The time of a SYNC starts here, not when it was due.
 *
 * Returns: (transfer full) (nullable): what to send now
 */
ClaspMessage *
clasp_duties_pop (ClaspDuties *self, gint64 now, gint64 unix_now)
{
  if (self->owed_pongs > 0) {
    self->owed_pongs--;
    return clasp_message_new_pong ();
  }
  if (self->owed_ping) {
    self->owed_ping = FALSE;
    return clasp_message_new_ping ();
  }
  if (self->owed_echo) {
    self->owed_echo = FALSE;
    return new_echo (self);
  }
  if (!self->owed_sync)
    return NULL;
  self->owed_sync = FALSE;
  clasp_sync_asked (&self->sync, unix_now, now);
  return clasp_message_new_sync ((guint64) unix_now);
}

static gboolean
is_own_echo (ClaspDuties *self, const ClaspMessage *message)
{
  const char *text;
  gsize length;

  return g_strcmp0 (clasp_message_get_address (message), self->own_signal) ==
      0 &&
      clasp_message_lookup_string (message, "type", &text, &length) &&
      length == strlen (ECHO_TYPE) && memcmp (text, ECHO_TYPE, length) == 0;
}

static ClaspDutiesResult
receive_publish (ClaspDuties *self, const ClaspMessage *message, gint64 now)
{
  if (is_own_echo (self, message)) {
    clasp_liveness_echoed (&self->liveness, now);
    return CLASP_DUTIES_CONSUMED;
  }
  clasp_liveness_delivered (&self->liveness, now);
  return CLASP_DUTIES_NOTHING;
}

static ClaspDutiesResult
receive_own_error (ClaspDuties *self, ClaspError code)
{
  if (code == CLASP_ERROR_NOT_FOUND)
    return CLASP_DUTIES_FORGOTTEN;
  if (code != CLASP_ERROR_FORBIDDEN)
    return CLASP_DUTIES_NOTHING;
  g_debug ("the relay does not let a session signal itself: only broadcasts "
           "will tell whether it was forgotten");
  clasp_liveness_echo_refused (&self->liveness);
  return CLASP_DUTIES_CONSUMED;
}

static ClaspDutiesResult
receive_error (ClaspDuties *self, const ClaspMessage *message, gint64 now)
{
  const char *address = clasp_message_get_address (message);
  ClaspError code =
      clasp_error_from_wire (clasp_message_get_error_code (message));

  if (g_strcmp0 (address, self->own_signal) == 0)
    return receive_own_error (self, code);
  if (code != CLASP_ERROR_RATE_LIMITED || (address && *address))
    return CLASP_DUTIES_NOTHING;
  clasp_liveness_message_lost (&self->liveness, now);
  return CLASP_DUTIES_LOOK;
}

static ClaspDutiesResult
receive_sync (ClaspDuties *self, const ClaspMessage *message, ClaspClock *clock,
    gint64 now)
{
  guint64 t1, t2, t3;

  if (!clasp_message_get_sync (message, &t1, &t2, &t3) ||
      !clasp_sync_answered (&self->sync, clock, t1, t2, t3, now))
    return CLASP_DUTIES_LOOK;
  return CLASP_DUTIES_SYNCED;
}

/*
 * clasp_duties_receive:
 * @self: started duties
 * @message: what the relay sent
 * @clock: gets the samples
 * @now: current time
 *
 * Returns: what that means
 */
ClaspDutiesResult
clasp_duties_receive (ClaspDuties *self, const ClaspMessage *message,
    ClaspClock *clock, gint64 now)
{
  clasp_liveness_heard (&self->liveness, now);
  switch (clasp_message_get_message_type (message)) {
    case CLASP_MESSAGE_PING:
      self->owed_pongs = MIN (self->owed_pongs + 1, MAX_OWED_PONGS);
      return CLASP_DUTIES_LOOK;
    case CLASP_MESSAGE_PONG:
      clasp_liveness_pong (&self->liveness, now);
      return CLASP_DUTIES_LOOK;
    case CLASP_MESSAGE_SYNC:
      return receive_sync (self, message, clock, now);
    case CLASP_MESSAGE_PUBLISH:
      return receive_publish (self, message, now);
    case CLASP_MESSAGE_SET:
      clasp_liveness_delivered (&self->liveness, now);
      return CLASP_DUTIES_NOTHING;
    case CLASP_MESSAGE_ERROR:
      return receive_error (self, message, now);
    default:
      return CLASP_DUTIES_NOTHING;
  }
}
