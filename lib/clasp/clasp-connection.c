/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-connection-private.h"

#include "clasp-alarm-private.h"
#include "clasp-duties-private.h"
#include "clasp-relay-error-private.h"
#include "clasp-socket-private.h"

#define MAX_SESSION_LENGTH 128

typedef enum {
  PHASE_OPENING,
  PHASE_HANDSHAKE, /* HELLO sent */
  PHASE_SESSION,
  PHASE_OVER,
} Phase;

/*
 * One session at a relay, from HELLO to the end: handshake with a deadline,
 * PING and own echo to notice that the relay is gone or forgot us, SYNC for
 * the clock. It is used once.
 */
struct _ClaspConnection {
  GObject parent_instance;

  GWeakRef owner;
  const ClaspConnectionEvents *events;
  GMainContext *context;
  char *url;
  char *shown_url;
  char *name;
  char *token;
  char *tls_ca_file;
  ClaspClock *clock;
  ClaspTimes times;

  Phase phase;
  ClaspSocket *socket; /* NULL: detached, what is sent goes nowhere */
  GSource *alarm;
  gint64 hello_sent;
  gboolean subscribed;
  gboolean blocked; /* the socket took no more */
  ClaspDuties duties;
  ClaspTraffic traffic;
};

G_DEFINE_FINAL_TYPE (ClaspConnection, clasp_connection, G_TYPE_OBJECT)

/* The owner to be told, if there is still one. */
static GObject *
get_listener (ClaspConnection *self)
{
  return self->events ? g_weak_ref_get (&self->owner) : NULL;
}

static void
tell_ready (ClaspConnection *self)
{
  g_autoptr (GObject) owner = get_listener (self);

  if (owner)
    self->events->ready (owner);
}

static void
end (ClaspConnection *self)
{
  self->phase = PHASE_OVER;
  self->events = NULL;
  clasp_alarm_clear (&self->alarm);
}

static void
fail (ClaspConnection *self, const GError *error)
{
  const ClaspConnectionEvents *events = self->events;
  g_autoptr (GObject) owner = get_listener (self);
  g_autoptr (ClaspConnection) keep G_GNUC_UNUSED = g_object_ref (self);

  end (self);
  if (self->socket)
    clasp_socket_abort (self->socket);
  if (owner)
    events->closed (owner, error);
}

static void G_GNUC_PRINTF (3, 4)
    fail_with (ClaspConnection *self, ClaspError code, const char *format, ...)
{
  g_autofree char *reason = NULL;
  g_autoptr (GError) error = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  error =
      g_error_new (CLASP_ERROR, code, "relay %s %s", self->shown_url, reason);
  fail (self, error);
}

/* Sending */

static gboolean
is_writable (ClaspConnection *self)
{
  gboolean writable = !self->socket || clasp_socket_is_writable (self->socket);

  /* A relay that takes something again after a jam is alive. */
  if (writable && self->blocked)
    clasp_liveness_heard (&self->duties.liveness, g_get_monotonic_time ());
  self->blocked = !writable;
  return writable;
}

static void
send_frame (ClaspConnection *self, GBytes *frame)
{
  self->traffic.messages_out++;
  self->traffic.bytes_out += g_bytes_get_size (frame);
  if (self->socket)
    clasp_socket_send (self->socket, frame);
}

static gboolean
send_message (ClaspConnection *self, ClaspMessage *message)
{
  g_autoptr (ClaspMessage) owned = message;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) frame = clasp_message_encode (owned, &error);

  if (frame) {
    send_frame (self, frame);
    return TRUE;
  }
  fail_with (self, CLASP_ERROR_TOO_LARGE, "cannot be greeted: %s",
      error->message);
  return FALSE;
}

static void
fail_dead (ClaspConnection *self, ClaspLivenessAction action)
{
  if (action == CLASP_LIVENESS_NO_PONG)
    fail_with (self, CLASP_ERROR_TIMEOUT, "did not answer a PING within %.1f s",
        self->times.liveness.ping_timeout / (double) G_USEC_PER_SEC);
  else
    fail_with (self, CLASP_ERROR_TIMEOUT,
        "has forgotten this session: nothing is delivered to it any more");
}

static void
set_alarm (ClaspConnection *self, gint64 wake)
{
  if (self->alarm)
    g_source_set_ready_time (self->alarm, wake == G_MAXINT64 ? -1 : wake);
}

static void
on_session_alarm (ClaspConnection *self)
{
  gint64 wake;
  ClaspLivenessAction action = clasp_duties_check (&self->duties,
      self->subscribed, g_get_monotonic_time (), &wake);

  if (action != CLASP_LIVENESS_WAIT) {
    fail_dead (self, action);
    return;
  }
  set_alarm (self, wake);
  if (clasp_duties_owes (&self->duties))
    tell_ready (self);
}

static void
on_alarm (gpointer owner)
{
  ClaspConnection *self = owner;

  if (self->phase == PHASE_SESSION)
    on_session_alarm (self);
  else if (self->phase == PHASE_HANDSHAKE)
    fail_with (self, CLASP_ERROR_TIMEOUT,
        "did not answer the HELLO within %.1f s",
        self->times.handshake / (double) G_USEC_PER_SEC);
}

/*
 * clasp_connection_pump:
 * @self: a connection
 * @sender: where messages wait
 *
 * Sends one message, its own ones first.
 *
 * Returns: whether to call this again at once
 */
gboolean
clasp_connection_pump (ClaspConnection *self, ClaspSender *sender)
{
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GBytes) frame = NULL;

  if (self->phase != PHASE_SESSION || !is_writable (self))
    return FALSE;
  if (clasp_duties_owes (&self->duties)) {
    if (!clasp_sender_take_turn (sender, now))
      return FALSE;
    send_message (self,
        clasp_duties_pop (&self->duties, now, g_get_real_time ()));
    set_alarm (self, 0);
    return TRUE;
  }
  frame = clasp_sender_pop (sender, now);
  if (!frame)
    return FALSE;
  send_frame (self, frame);
  return TRUE;
}

/* Receiving */

static gboolean
is_session_id (const char *session)
{
  gsize length = session ? strlen (session) : 0;

  if (length == 0 || length > MAX_SESSION_LENGTH)
    return FALSE;
  for (const char *p = session; *p; p++) {
    if (!g_ascii_isgraph (*p) || strchr ("/*", *p))
      return FALSE;
  }
  return TRUE;
}

static void
tell_message (ClaspConnection *self, ClaspMessage *message)
{
  g_autoptr (GObject) owner = get_listener (self);

  if (owner)
    self->events->message (owner, message);
}

static void
begin_session (ClaspConnection *self, ClaspMessage *welcome)
{
  const char *session = clasp_message_get_session (welcome);
  g_autoptr (GObject) owner = get_listener (self);
  gint64 now = g_get_monotonic_time ();
  guint64 time = 0;

  if (!is_session_id (session)) {
    fail_with (self, CLASP_ERROR_MALFORMED, "sent an unusable session id");
    return;
  }
  if (clasp_message_get_timestamp (welcome, &time) && time <= G_MAXINT64)
    clasp_clock_add_sample (self->clock, self->hello_sent, (gint64) time,
        (gint64) time, now);
  self->phase = PHASE_SESSION;
  clasp_duties_start (&self->duties, session, &self->times.liveness,
      self->times.sync_interval, now);
  set_alarm (self, now);
  if (owner)
    self->events->welcome (owner, session);
  tell_message (self, welcome);
}

static void
receive_before_session (ClaspConnection *self, ClaspMessage *message)
{
  ClaspMessageType type = clasp_message_get_message_type (message);
  g_autoptr (GError) error = NULL;

  if (type == CLASP_MESSAGE_WELCOME) {
    begin_session (self, message);
  } else if (type == CLASP_MESSAGE_ERROR) {
    error = clasp_relay_error_new_refusal (self->shown_url, message);
    fail (self, error);
  }
}

static void
tell_synced (ClaspConnection *self)
{
  g_autoptr (GObject) owner = get_listener (self);

  if (owner)
    self->events->synced (owner);
}

static void
receive_in_session (ClaspConnection *self, ClaspMessage *message)
{
  ClaspDutiesResult result = clasp_duties_receive (&self->duties, message,
      self->clock, g_get_monotonic_time ());

  if (result == CLASP_DUTIES_FORGOTTEN) {
    fail_dead (self, CLASP_LIVENESS_NO_ECHO);
    return;
  }
  if (result == CLASP_DUTIES_LOOK || result == CLASP_DUTIES_SYNCED)
    set_alarm (self, 0);
  if (result == CLASP_DUTIES_SYNCED)
    tell_synced (self);
  if (result != CLASP_DUTIES_CONSUMED)
    tell_message (self, message);
}

/*
 * clasp_connection_receive:
 * @self: a connection
 * @frame: what came from the relay, any bytes
 */
void
clasp_connection_receive (ClaspConnection *self, GBytes *frame)
{
  g_autoptr (ClaspConnection) keep G_GNUC_UNUSED = g_object_ref (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (ClaspMessage) message = NULL;

  if (self->phase != PHASE_HANDSHAKE && self->phase != PHASE_SESSION)
    return;
  self->traffic.messages_in++;
  self->traffic.bytes_in += g_bytes_get_size (frame);
  message = clasp_message_decode (frame, &error);
  if (!message) {
    self->traffic.malformed++;
    g_debug ("relay %s sent a frame that is dropped: %s", self->shown_url,
        error->message);
  } else if (self->phase == PHASE_HANDSHAKE) {
    receive_before_session (self, message);
  } else {
    receive_in_session (self, message);
  }
}

/* Opening and ending */

static void
on_opened (gpointer owner)
{
  ClaspConnection *self = owner;

  self->phase = PHASE_HANDSHAKE;
  self->hello_sent = g_get_monotonic_time ();
  set_alarm (self, self->hello_sent + self->times.handshake);
  send_message (self,
      clasp_message_new_hello (self->name,
          CLASP_FEATURE_PARAM | CLASP_FEATURE_EVENT | CLASP_FEATURE_STREAM,
          self->token));
}

static void
on_frame (gpointer owner, GBytes *frame)
{
  clasp_connection_receive (owner, frame);
}

static void
on_writable (gpointer owner)
{
  tell_ready (owner);
}

static void
on_closed (gpointer owner, const GError *error)
{
  ClaspConnection *self = owner;

  /* Nothing told us why, but the relay hung up on our HELLO. */
  if (self->phase == PHASE_HANDSHAKE)
    fail_with (self, CLASP_ERROR_CLOSED,
        "closed the connection instead of answering the HELLO");
  else
    fail (self, error);
}

static const ClaspSocketEvents socket_events = {
    .opened = on_opened,
    .frame = on_frame,
    .writable = on_writable,
    .closed = on_closed,
};

static void
start_alarm (ClaspConnection *self)
{
  self->alarm =
      clasp_alarm_new (self, self->context, on_alarm, "[clasp] connection");
}

/*
 * clasp_connection_open:
 * @self: a new connection
 *
 * Ends in welcome or closed; the latter may come before this returns.
 */
void
clasp_connection_open (ClaspConnection *self)
{
  g_assert (!self->alarm && self->phase == PHASE_OPENING);
  start_alarm (self);
  self->socket = clasp_socket_new (self, self->context, &socket_events);
  clasp_socket_open (self->socket, self->url, self->shown_url,
      self->tls_ca_file, self->times.open);
}

/*
 * clasp_connection_open_detached:
 * @self: a new connection
 *
 * For fuzzing: as if a socket had just opened, but what is sent goes nowhere
 * and frames come by clasp_connection_receive().
 */
void
clasp_connection_open_detached (ClaspConnection *self)
{
  g_assert (!self->alarm && self->phase == PHASE_OPENING);
  start_alarm (self);
  on_opened (self);
}

/*
 * clasp_connection_finish:
 * @self: a connection
 * @frames: frames to send first, emptied by this call
 * @closed: (transfer full) (nullable): returns TRUE when all is over
 *
 * Ends the session in good order; the owner hears nothing more.
 */
void
clasp_connection_finish (ClaspConnection *self, GQueue *frames, GTask *closed)
{
  g_autoptr (GTask) waiting = closed;
  g_autoptr (ClaspMessage) ping = clasp_message_new_ping ();
  gboolean session = self->phase == PHASE_SESSION;

  end (self);
  if (session)
    g_queue_push_tail (frames, clasp_message_encode (ping, NULL));
  if (self->socket && session)
    clasp_socket_finish (self->socket, frames, self->times.close,
        g_steal_pointer (&waiting));
  else
    clasp_connection_abort (self);
  if (waiting)
    g_task_return_boolean (waiting, TRUE);
  g_queue_clear_full (frames, (GDestroyNotify) g_bytes_unref);
}

/*
 * clasp_connection_abort:
 * @self: a connection
 *
 * Ends it at once; the owner hears nothing more.
 */
void
clasp_connection_abort (ClaspConnection *self)
{
  end (self);
  if (self->socket)
    clasp_socket_abort (self->socket);
}

/*
 * clasp_connection_set_subscribed:
 * @self: a connection
 * @subscribed: whether the owner expects broadcasts
 */
void
clasp_connection_set_subscribed (ClaspConnection *self, gboolean subscribed)
{
  self->subscribed = subscribed;
}

/*
 * clasp_connection_get_last_heard:
 * @self: a connection
 *
 * Returns: when the relay last sent anything
 */
gint64
clasp_connection_get_last_heard (ClaspConnection *self)
{
  return self->duties.liveness.last_heard;
}

/*
 * clasp_connection_get_traffic:
 * @self: a connection
 * @traffic: (out): what it counted
 */
void
clasp_connection_get_traffic (ClaspConnection *self, ClaspTraffic *traffic)
{
  *traffic = self->traffic;
  if (self->socket)
    traffic->malformed += clasp_socket_get_n_texts (self->socket);
}

static void
clasp_connection_dispose (GObject *object)
{
  ClaspConnection *self = CLASP_CONNECTION (object);

  end (self);
  /* A socket that says farewell keeps itself. */
  g_clear_object (&self->socket);
  G_OBJECT_CLASS (clasp_connection_parent_class)->dispose (object);
}

static void
clasp_connection_finalize (GObject *object)
{
  ClaspConnection *self = CLASP_CONNECTION (object);

  g_weak_ref_clear (&self->owner);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->shown_url, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->tls_ca_file, g_free);
  clasp_duties_clear (&self->duties);
  G_OBJECT_CLASS (clasp_connection_parent_class)->finalize (object);
}

static void
clasp_connection_class_init (ClaspConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = clasp_connection_dispose;
  G_OBJECT_CLASS (klass)->finalize = clasp_connection_finalize;
}

static void
clasp_connection_init (ClaspConnection *self)
{
}

/*
 * clasp_connection_new:
 * @owner: who is told; only a weak reference is held
 * @context: where everything happens, thread-default of the calling thread
 * @events: static table of what to call
 * @settings: copied
 *
 * Returns: (transfer full): a new connection, not open
 */
ClaspConnection *
clasp_connection_new (gpointer owner, GMainContext *context,
    const ClaspConnectionEvents *events,
    const ClaspConnectionSettings *settings)
{
  ClaspConnection *self = g_object_new (CLASP_TYPE_CONNECTION, NULL);

  g_weak_ref_init (&self->owner, owner);
  self->context = g_main_context_ref (context);
  self->events = events;
  self->url = g_strdup (settings->url);
  self->shown_url = g_strdup (settings->shown_url);
  self->name = g_strdup (settings->name);
  self->token = g_strdup (settings->token);
  self->tls_ca_file = g_strdup (settings->tls_ca_file);
  self->clock = g_object_ref (settings->clock);
  self->times = *settings->times;
  return self;
}
