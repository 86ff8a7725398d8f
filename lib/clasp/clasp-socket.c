/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-socket-private.h"

#include <libsoup/soup.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "clasp-alarm-private.h"
#include "clasp-frame.h"
#include "clasp-message.h"

/* libsoup has no bound and tells no length of its queue, so nothing is given to
 * it before the kernel has taken the rest: what waits, waits in our own queue,
 * where it can still be dropped or overtaken. */
#define SEND_BUFFER (512 * 1024)
#define MAX_UNACKED (256 * 1024)
#define UNACKED_RETRY (5 * 1000)

#define USER_AGENT "clasp-glib/" PACKAGE_VERSION

/*
 * A WebSocket to a relay: opening with a deadline, verified TLS, binary
 * messages both ways, flow control, orderly or immediate end.
 */
struct _ClaspSocket {
  GObject parent_instance;

  GWeakRef owner;
  const ClaspSocketEvents *events; /* NULL: nobody listens any more */
  GMainContext *context;
  char *shown_url;

  GCancellable *cancellable; /* opening */
  SoupSession *session;
  SoupMessage *request;
  SoupWebsocketConnection *websocket;
  GSocket *socket;
  GError *failure; /* what libsoup said before it closed */

  GSource *deadline;
  gint64 timeout;
  GSource *retry;    /* too much unacknowledged: look again */
  GSource *watch;    /* kernel takes no more: wait for it */
  GQueue *farewells; /* frames to send before the end */
  gboolean closing;  /* said so to the peer */
  GTask *closed;     /* nullable: waits for the end */
  guint64 n_texts;
};

G_DEFINE_FINAL_TYPE (ClaspSocket, clasp_socket, G_TYPE_OBJECT)

static void send_farewells (ClaspSocket *self);

/* Opening */

static void
forget_opening (ClaspSocket *self)
{
  g_clear_object (&self->cancellable);
  g_clear_object (&self->request);
  g_clear_object (&self->session);
}

static void
drop_websocket (ClaspSocket *self)
{
  clasp_alarm_clear (&self->watch);
  clasp_alarm_clear (&self->retry);
  if (self->websocket)
    g_signal_handlers_disconnect_by_data (self->websocket, self);
  /* Libsoup takes its time, and a context that ends before leaves a file. */
  if (self->socket)
    g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);
  g_clear_object (&self->websocket);
}

static void
emit_closed (ClaspSocket *self, const GError *error)
{
  const ClaspSocketEvents *events = g_steal_pointer (&self->events);
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);
  g_autoptr (ClaspSocket) keep G_GNUC_UNUSED = g_object_ref (self);

  clasp_alarm_clear (&self->deadline);
  drop_websocket (self);
  if (events && owner)
    events->closed (owner, error);
}

static const char *
certificate_problem (GTlsCertificateFlags flags)
{
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return "it is not signed by a known authority";
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return "it belongs to another host";
  if (flags & G_TLS_CERTIFICATE_EXPIRED)
    return "it has expired";
  if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return "it is not valid yet";
  if (flags & G_TLS_CERTIFICATE_REVOKED)
    return "it has been revoked";
  if (flags & G_TLS_CERTIFICATE_INSECURE)
    return "its algorithm is insecure";
  return "it could not be verified";
}

static gboolean
is_tls_refusal (const GError *error)
{
  return g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE) ||
      g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE) ||
      g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_NOT_TLS) ||
      g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED);
}

static gboolean
is_absent (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE);
}

static GError *
explain_open_failure (ClaspSocket *self, const GError *error)
{
  guint status = soup_message_get_status (self->request);

  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    return g_error_new (CLASP_ERROR, CLASP_ERROR_TLS,
        "relay %s: its certificate was not accepted: %s; set tls-ca-file if "
        "the relay has an authority of its own",
        self->shown_url,
        certificate_problem (
            soup_message_get_tls_peer_certificate_errors (self->request)));
  if (is_tls_refusal (error))
    return g_error_new (CLASP_ERROR, CLASP_ERROR_TLS, "relay %s: %s",
        self->shown_url, error->message);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_new (CLASP_ERROR, CLASP_ERROR_TIMEOUT,
        "relay %s did not accept the connection within %.1f s", self->shown_url,
        self->timeout / (double) G_USEC_PER_SEC);
  if (status >= 200)
    return g_error_new (CLASP_ERROR, CLASP_ERROR_FAILED,
        "relay %s refused the WebSocket with HTTP status %u", self->shown_url,
        status);
  return g_error_new (CLASP_ERROR,
      is_absent (error) ? CLASP_ERROR_NOT_CONNECTED : CLASP_ERROR_FAILED,
      "cannot connect to relay %s: %s", self->shown_url, error->message);
}

static GSocket *
find_socket (GIOStream *stream)
{
  g_autoptr (GIOStream) current = g_object_ref (stream);

  while (!G_IS_SOCKET_CONNECTION (current)) {
    const char *name =
        G_IS_TLS_CONNECTION (current) ? "base-io-stream" : "base-iostream";
    GIOStream *base = NULL;

    if (!g_object_class_find_property (G_OBJECT_GET_CLASS (current), name))
      return NULL;
    g_object_get (current, name, &base, NULL);
    if (!base)
      return NULL;
    g_object_unref (current);
    current = base;
  }
  return g_object_ref (
      g_socket_connection_get_socket (G_SOCKET_CONNECTION (current)));
}

static void
configure_socket (GSocket *socket)
{
  g_socket_set_option (socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
}

static void
on_message (ClaspSocket *self, SoupWebsocketDataType type, GBytes *frame)
{
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);

  if (type != SOUP_WEBSOCKET_DATA_BINARY)
    self->n_texts++;
  else if (self->events && owner)
    self->events->frame (owner, frame);
}

static void
on_error (ClaspSocket *self, const GError *error)
{
  if (!self->failure)
    self->failure = g_error_copy (error);
}

static void
on_closed (ClaspSocket *self)
{
  gushort code = soup_websocket_connection_get_close_code (self->websocket);
  g_autoptr (GError) error = NULL;

  if (self->failure)
    error = g_error_new (CLASP_ERROR, CLASP_ERROR_CLOSED, "lost relay %s: %s",
        self->shown_url, self->failure->message);
  else if (code != 0)
    error = g_error_new (CLASP_ERROR, CLASP_ERROR_CLOSED,
        "relay %s closed the connection (code %u)", self->shown_url, code);
  else
    error = g_error_new (CLASP_ERROR, CLASP_ERROR_CLOSED,
        "relay %s closed the connection", self->shown_url);
  emit_closed (self, error);
}

static void
adopt_websocket (ClaspSocket *self, SoupWebsocketConnection *websocket)
{
  self->websocket = websocket;
  self->socket =
      find_socket (soup_websocket_connection_get_io_stream (websocket));
  if (self->socket)
    configure_socket (self->socket);
  soup_websocket_connection_set_max_incoming_payload_size (websocket,
      CLASP_FRAME_MAX_SIZE);
  g_signal_connect_swapped (websocket, "message", G_CALLBACK (on_message),
      self);
  g_signal_connect_swapped (websocket, "error", G_CALLBACK (on_error), self);
  g_signal_connect_swapped (websocket, "closed", G_CALLBACK (on_closed), self);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ClaspSocket) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupWebsocketConnection) websocket =
      soup_session_websocket_connect_finish (SOUP_SESSION (source), result,
          &error);
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);

  clasp_alarm_clear (&self->deadline);
  if (self->events && error) {
    g_autoptr (GError) failure = explain_open_failure (self, error);

    forget_opening (self);
    emit_closed (self, failure);
    return;
  }
  forget_opening (self);
  if (!websocket)
    return;
  adopt_websocket (self, g_steal_pointer (&websocket));
  if (self->events && owner)
    self->events->opened (owner);
  else
    drop_websocket (self);
}

static void
on_open_deadline (gpointer owner)
{
  g_cancellable_cancel (CLASP_SOCKET (owner)->cancellable);
}

static gboolean
use_tls_ca_file (ClaspSocket *self, const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (path, &reason);

  if (!database) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_TLS,
        "relay %s: cannot use tls-ca-file %s: %s", self->shown_url, path,
        reason->message);
    return FALSE;
  }
  soup_session_set_tls_database (self->session, database);
  return TRUE;
}

/*
 * clasp_socket_open:
 * @self: a new socket
 * @url: a checked ws or wss URL
 * @shown_url: the same without secrets, for messages
 * @tls_ca_file: (nullable): PEM file of authorities to trust instead of those
 *   of the system
 * @timeout: for connecting and the WebSocket handshake, in µs
 *
 * Ends in opened or closed; the latter may come before this returns.
 */
void
clasp_socket_open (ClaspSocket *self, const char *url, const char *shown_url,
    const char *tls_ca_file, gint64 timeout)
{
  char *protocols[] = {(char *) CLASP_WEBSOCKET_PROTOCOL, NULL};
  g_autoptr (GError) error = NULL;

  self->shown_url = g_strdup (shown_url);
  self->timeout = timeout;
  self->session = soup_session_new ();
  soup_session_set_user_agent (self->session, USER_AGENT);
  if (tls_ca_file && !use_tls_ca_file (self, tls_ca_file, &error)) {
    forget_opening (self);
    emit_closed (self, error);
    return;
  }
  self->request = soup_message_new ("GET", url);
  soup_message_add_flags (self->request, SOUP_MESSAGE_NO_REDIRECT);
  self->cancellable = g_cancellable_new ();
  self->deadline = clasp_alarm_new (self, self->context, on_open_deadline,
      "[clasp] socket open deadline");
  g_source_set_ready_time (self->deadline, g_get_monotonic_time () + timeout);
  soup_session_websocket_connect_async (self->session, self->request, NULL,
      protocols, G_PRIORITY_DEFAULT, self->cancellable, on_opened,
      g_object_ref (self));
}

/* Sending */

static void
tell_writable (ClaspSocket *self)
{
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);

  if (self->farewells)
    send_farewells (self);
  else if (self->events && owner)
    self->events->writable (owner);
}

static void
on_retry (gpointer owner)
{
  tell_writable (owner);
}

static gboolean
on_kernel_ready (GSocket *socket, GIOCondition condition, gpointer data)
{
  g_autoptr (ClaspSocket) self = g_object_ref (data);

  clasp_alarm_clear (&self->watch);
  tell_writable (self);
  return G_SOURCE_REMOVE;
}

static void
watch_kernel (ClaspSocket *self)
{
  if (self->watch)
    return;
  self->watch = g_socket_create_source (self->socket, G_IO_OUT, NULL);
  g_source_set_static_name (self->watch, "[clasp] socket writable");
  g_source_set_callback (self->watch, G_SOURCE_FUNC (on_kernel_ready), self,
      NULL);
  g_source_attach (self->watch, self->context);
}

static gboolean
is_open (ClaspSocket *self)
{
  return self->websocket &&
      soup_websocket_connection_get_state (self->websocket) ==
      SOUP_WEBSOCKET_STATE_OPEN;
}

/*
 * clasp_socket_is_writable:
 * @self: a socket
 *
 * Returns: whether one more frame may be given to clasp_socket_send(); if not
 *   although the socket is open, writable is told later
 */
gboolean
clasp_socket_is_writable (ClaspSocket *self)
{
  int unacked = 0;

  if (!is_open (self))
    return FALSE;
  if (!self->socket)
    return TRUE;
  if (!(g_socket_condition_check (self->socket, G_IO_OUT) & G_IO_OUT)) {
    watch_kernel (self);
    return FALSE;
  }
  if (ioctl (g_socket_get_fd (self->socket), SIOCOUTQ, &unacked) == 0 &&
      unacked > MAX_UNACKED) {
    if (!self->retry)
      self->retry = clasp_alarm_new (self, self->context, on_retry,
          "[clasp] socket unacknowledged");
    g_source_set_ready_time (self->retry,
        g_get_monotonic_time () + UNACKED_RETRY);
    return FALSE;
  }
  return TRUE;
}

/*
 * clasp_socket_send:
 * @self: an open socket
 * @frame: one whole frame
 */
void
clasp_socket_send (ClaspSocket *self, GBytes *frame)
{
  if (is_open (self))
    soup_websocket_connection_send_message (self->websocket,
        SOUP_WEBSOCKET_DATA_BINARY, frame);
}

/* Ending */

static void
tell_end (ClaspSocket *self)
{
  g_autoptr (GTask) closed = g_steal_pointer (&self->closed);

  if (closed)
    g_task_return_boolean (closed, TRUE);
}

static void
end_farewell (gpointer owner)
{
  ClaspSocket *self = owner;

  if (!self->farewells)
    return;
  g_queue_free_full (g_steal_pointer (&self->farewells),
      (GDestroyNotify) g_bytes_unref);
  clasp_alarm_clear (&self->deadline);
  drop_websocket (self);
  tell_end (self);
  g_object_unref (self); /* taken by clasp_socket_finish() */
}

static void
say_goodbye (ClaspSocket *self)
{
  self->closing = TRUE;
  if (is_open (self))
    soup_websocket_connection_close (self->websocket,
        SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
}

static void
send_farewells (ClaspSocket *self)
{
  while (self->farewells && self->farewells->head &&
      clasp_socket_is_writable (self)) {
    g_autoptr (GBytes) frame = g_queue_pop_head (self->farewells);

    clasp_socket_send (self, frame);
  }
}

/* The answer to the PING that is the last farewell: all of them were read. */
static void
on_farewell_message (ClaspSocket *self, SoupWebsocketDataType type,
    GBytes *frame)
{
  g_autoptr (ClaspMessage) message = clasp_message_decode (frame, NULL);

  if (!self->closing && self->farewells && !self->farewells->head && message &&
      clasp_message_get_message_type (message) == CLASP_MESSAGE_PONG)
    say_goodbye (self);
}

/* First without an answer to the PING, then without one to the close. */
static void
on_farewell_deadline (gpointer owner)
{
  ClaspSocket *self = owner;

  if (self->closing) {
    end_farewell (self);
    return;
  }
  g_source_set_ready_time (self->deadline,
      g_get_monotonic_time () + self->timeout);
  say_goodbye (self);
}

/*
 * clasp_socket_finish:
 * @self: a socket
 * @frames: (transfer full): frames to send first, the last one a PING;
 *   emptied by this call
 * @timeout: how long that and the closing may take, in µs
 * @closed: (transfer full) (nullable): returns TRUE when all is over
 *
 * Ends the connection in good order without making anybody wait: relays may
 * forget what they have not read when a connection closes, so it closes when
 * the PING has been answered or half the time is over. Nothing more is told to
 * the owner; the socket keeps itself alive as long as it needs.
 */
void
clasp_socket_finish (ClaspSocket *self, GQueue *frames, gint64 timeout,
    GTask *closed)
{
  self->closed = closed;
  if (!is_open (self)) {
    g_queue_clear_full (frames, (GDestroyNotify) g_bytes_unref);
    clasp_socket_abort (self);
    tell_end (self);
    return;
  }
  self->events = NULL;
  self->farewells = g_queue_new ();
  while (frames->head)
    g_queue_push_tail (self->farewells, g_queue_pop_head (frames));
  g_object_ref (self);
  g_signal_handlers_disconnect_by_data (self->websocket, self);
  g_signal_connect_swapped (self->websocket, "message",
      G_CALLBACK (on_farewell_message), self);
  g_signal_connect_swapped (self->websocket, "closed",
      G_CALLBACK (end_farewell), self);
  clasp_alarm_clear (&self->deadline);
  self->timeout = timeout / 2;
  self->deadline = clasp_alarm_new (self, self->context, on_farewell_deadline,
      "[clasp] socket close deadline");
  g_source_set_ready_time (self->deadline,
      g_get_monotonic_time () + self->timeout);
  send_farewells (self);
}

/*
 * clasp_socket_abort:
 * @self: a socket
 *
 * Ends the connection at once. Nothing more is told to the owner.
 */
void
clasp_socket_abort (ClaspSocket *self)
{
  self->events = NULL;
  clasp_alarm_clear (&self->deadline);
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  drop_websocket (self);
}

/*
 * clasp_socket_get_n_texts:
 * @self: a socket
 *
 * Returns: number of text messages, which mean nothing in CLASP
 */
guint64
clasp_socket_get_n_texts (ClaspSocket *self)
{
  return self->n_texts;
}

static void
clasp_socket_dispose (GObject *object)
{
  clasp_socket_abort (CLASP_SOCKET (object));
  forget_opening (CLASP_SOCKET (object));
  G_OBJECT_CLASS (clasp_socket_parent_class)->dispose (object);
}

static void
clasp_socket_finalize (GObject *object)
{
  ClaspSocket *self = CLASP_SOCKET (object);

  if (self->farewells)
    g_queue_free_full (self->farewells, (GDestroyNotify) g_bytes_unref);
  g_weak_ref_clear (&self->owner);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->shown_url, g_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  G_OBJECT_CLASS (clasp_socket_parent_class)->finalize (object);
}

static void
clasp_socket_class_init (ClaspSocketClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = clasp_socket_dispose;
  G_OBJECT_CLASS (klass)->finalize = clasp_socket_finalize;
}

static void
clasp_socket_init (ClaspSocket *self)
{
}

/*
 * clasp_socket_new:
 * @owner: who is told; only a weak reference is held
 * @context: where everything happens, thread-default of the calling thread
 * @events: static table of what to call
 *
 * Returns: (transfer full): a new socket, not open
 */
ClaspSocket *
clasp_socket_new (gpointer owner, GMainContext *context,
    const ClaspSocketEvents *events)
{
  ClaspSocket *self = g_object_new (CLASP_TYPE_SOCKET, NULL);

  self->context = g_main_context_ref (context);
  g_weak_ref_init (&self->owner, owner);
  self->events = events;
  return self;
}
