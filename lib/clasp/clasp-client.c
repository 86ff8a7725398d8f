/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-client-private.h"

#include "clasp-alarm-private.h"
#include "clasp-enum-types.h"
#include "clasp-pacer-private.h"

#define DEFAULT_NAME "clasp-glib"
#define DEFAULT_MAX_QUEUE_BYTES (1024 * 1024)

/* Any single message fits. */
#define MIN_MAX_QUEUE_BYTES 66000

/**
 * ClaspClient:
 *
 * One session at a CLASP relay: subscriptions, and sending of params, events
 * and streams.
 *
 * A client belongs to the thread-default main context of its construction,
 * which has to be the thread-default one of the thread that iterates it. It
 * does its work and emits its signals there. clasp_client_set(),
 * clasp_client_emit(), clasp_client_stream(), clasp_client_send(),
 * clasp_client_bundle() and the getters may be called from any thread; all
 * other calls belong to that context. The last reference may be dropped in any
 * thread.
 *
 * After clasp_client_connect_async() it keeps the session by itself: a lost
 * connection, also a failed first attempt, is tried again after a growing,
 * jittered delay (0.5 s to 15 s) until clasp_client_disconnect() or until the
 * relay refuses for good (a wrong URL, a refused token, a certificate that is
 * not accepted: %CLASP_CLIENT_FAILED). Every connection is a new session with
 * a new id; subscriptions move to it, and #ClaspClient::session-changed tells.
 * What was queued for the old session is lost, and the error tells how much.
 *
 * Sending never blocks. Messages wait in a queue bounded by
 * #ClaspClient:max-queue-bytes. When it is full, streams lose whole frames
 * (messages of one address with the same "seq"), the oldest first, counted and
 * told by #ClaspClient::stream-dropped; other messages are never dropped, the
 * call fails with %CLASP_ERROR_QUEUE_FULL instead. Order is kept among streams
 * and among all others, which overtake streams. While the relay limits
 * messages per second, several messages leave in one BUNDLE.
 *
 * Dropping the last reference ends the connection at once; disconnect first to
 * let queued messages out.
 *
 * The client answers PING, notices with its own PING every 15 s when the relay
 * is gone, and with a signal to itself every minute when the relay has
 * forgotten the session, which relays do without telling.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (ClaspClient, clasp_client, G_TYPE_OBJECT)

typedef enum {
  PROP_URL = 1,
  PROP_NAME,
  PROP_TOKEN,
  PROP_TLS_CA_FILE,
  PROP_SESSION,
  PROP_STATE,
  PROP_CLOCK,
  PROP_CLOCK_OFFSET,
  PROP_MAX_QUEUE_BYTES,
  PROP_MAX_MESSAGE_RATE,
  PROP_STATS,
  N_PROPERTIES,
} ClaspClientProperty;

static GParamSpec *properties[N_PROPERTIES];

enum {
  SIGNAL_SESSION_CHANGED,
  SIGNAL_ERROR,
  SIGNAL_MESSAGE,
  SIGNAL_STREAM_DROPPED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/*
 * clasp_client_notify_state:
 * @self: a client
 */
void
clasp_client_notify_state (ClaspClient *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SESSION]);
}

/*
 * clasp_client_notify_clock_offset:
 * @self: a client
 */
void
clasp_client_notify_clock_offset (ClaspClient *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLOCK_OFFSET]);
}

/*
 * clasp_client_emit_session_changed:
 * @self: a client
 * @session: id of the new session
 */
void
clasp_client_emit_session_changed (ClaspClient *self, const char *session)
{
  g_signal_emit (self, signals[SIGNAL_SESSION_CHANGED], 0, session);
}

/*
 * clasp_client_emit_stream_dropped:
 * @self: a client
 * @address: of the stream
 */
void
clasp_client_emit_stream_dropped (ClaspClient *self, const char *address)
{
  g_signal_emit (self, signals[SIGNAL_STREAM_DROPPED], 0, address);
}

/*
 * clasp_client_emit_error:
 * @self: a client
 * @error: what happened
 */
void
clasp_client_emit_error (ClaspClient *self, const GError *error)
{
  g_signal_emit (self, signals[SIGNAL_ERROR], 0, error);
}

/*
 * clasp_client_emit_message:
 * @self: a client
 * @message: what was received
 */
void
clasp_client_emit_message (ClaspClient *self, ClaspMessage *message)
{
  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, message);
}

/* Getters */

/**
 * clasp_client_get_state:
 * @self: a #ClaspClient
 *
 * May be called from any thread.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
ClaspClientState
clasp_client_get_state (ClaspClient *self)
{
  ClaspClientState state;

  g_return_val_if_fail (CLASP_IS_CLIENT (self), CLASP_CLIENT_DISCONNECTED);
  g_mutex_lock (&self->mutex);
  state = self->state;
  g_mutex_unlock (&self->mutex);
  return state;
}

/**
 * clasp_client_dup_session:
 * @self: a #ClaspClient
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): id of the session, %NULL if there is
 *   none
 *
 * Since: 0.1
 */
char *
clasp_client_dup_session (ClaspClient *self)
{
  char *session;

  g_return_val_if_fail (CLASP_IS_CLIENT (self), NULL);
  g_mutex_lock (&self->mutex);
  session = g_strdup (self->session);
  g_mutex_unlock (&self->mutex);
  return session;
}

/*
 * clasp_client_dup_shown_url:
 * @self: a client
 *
 * Returns: (transfer full): URL of the relay without secrets
 */
char *
clasp_client_dup_shown_url (ClaspClient *self)
{
  char *url;

  g_mutex_lock (&self->mutex);
  url = g_strdup (self->shown_url ? self->shown_url : "(not connected yet)");
  g_mutex_unlock (&self->mutex);
  return url;
}

/**
 * clasp_client_get_clock_offset:
 * @self: a #ClaspClient
 *
 * May be called from any thread.
 *
 * Returns: relay time - local Unix time in µs, 0 while it is not known
 *
 * Since: 0.1
 */
gint64
clasp_client_get_clock_offset (ClaspClient *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 offset;

  g_return_val_if_fail (CLASP_IS_CLIENT (self), 0);
  if (!clasp_clock_get_offset (self->clock, now, &offset, NULL))
    return 0;
  return now + offset - g_get_real_time ();
}

/**
 * clasp_client_get_clock:
 * @self: a #ClaspClient
 *
 * The clock is set from the first WELCOME on and kept across reconnects to the
 * same relay. May be called from any thread.
 *
 * Returns: (transfer none): relation of relay time and local monotonic time
 *
 * Since: 0.1
 */
ClaspClock *
clasp_client_get_clock (ClaspClient *self)
{
  g_return_val_if_fail (CLASP_IS_CLIENT (self), NULL);
  return self->clock;
}

/* GObject */

static void
set_url (ClaspClient *self, const char *url)
{
  g_mutex_lock (&self->mutex);
  g_free (self->url);
  self->url = g_strdup (url);
  g_mutex_unlock (&self->mutex);
}

static void
set_string (char **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

static void
clasp_client_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  ClaspClient *self = CLASP_CLIENT (object);

  switch ((ClaspClientProperty) id) {
    case PROP_URL:
      set_url (self, g_value_get_string (value));
      break;
    case PROP_NAME:
      set_string (&self->name, value);
      break;
    case PROP_TOKEN:
      set_string (&self->token, value);
      break;
    case PROP_TLS_CA_FILE:
      set_string (&self->tls_ca_file, value);
      break;
    case PROP_MAX_QUEUE_BYTES:
      self->max_queue_bytes = g_value_get_uint (value);
      clasp_sender_set_max_bytes (self->sender, self->max_queue_bytes);
      break;
    case PROP_MAX_MESSAGE_RATE:
      self->max_message_rate = g_value_get_uint (value);
      clasp_sender_set_max_rate (self->sender, self->max_message_rate);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
get_locked_string (ClaspClient *self, char **field, GValue *value)
{
  g_mutex_lock (&self->mutex);
  g_value_set_string (value, *field);
  g_mutex_unlock (&self->mutex);
}

static void
clasp_client_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  ClaspClient *self = CLASP_CLIENT (object);

  switch ((ClaspClientProperty) id) {
    case PROP_URL:
      get_locked_string (self, &self->url, value);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_TLS_CA_FILE:
      g_value_set_string (value, self->tls_ca_file);
      break;
    case PROP_SESSION:
      get_locked_string (self, &self->session, value);
      break;
    case PROP_STATE:
      g_value_set_enum (value, clasp_client_get_state (self));
      break;
    case PROP_CLOCK:
      g_value_set_object (value, self->clock);
      break;
    case PROP_CLOCK_OFFSET:
      g_value_set_int64 (value, clasp_client_get_clock_offset (self));
      break;
    case PROP_MAX_QUEUE_BYTES:
      g_value_set_uint (value, self->max_queue_bytes);
      break;
    case PROP_MAX_MESSAGE_RATE:
      g_value_set_uint (value, self->max_message_rate);
      break;
    case PROP_STATS:
      g_value_take_variant (value, clasp_client_get_stats (self));
      break;
    case PROP_TOKEN:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static gboolean
abort_connection (gpointer data)
{
  clasp_connection_abort (data);
  return G_SOURCE_REMOVE;
}

/* May run in any thread; the connection has to end in its own. */
static void
clasp_client_dispose (GObject *object)
{
  ClaspClient *self = CLASP_CLIENT (object);
  ClaspConnection *connection = g_steal_pointer (&self->connection);

  clasp_alarm_clear (&self->wake);
  clasp_alarm_clear (&self->retry);
  if (connection)
    g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT,
        abort_connection, connection, g_object_unref);
  g_clear_pointer (&self->subscriptions, g_ptr_array_unref);
  g_clear_pointer (&self->gets, g_ptr_array_unref);
  G_OBJECT_CLASS (clasp_client_parent_class)->dispose (object);
}

static void
clasp_client_finalize (GObject *object)
{
  ClaspClient *self = CLASP_CLIENT (object);

  g_clear_pointer (&self->sender, clasp_sender_free);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->name);
  g_free (self->token);
  g_free (self->tls_ca_file);
  g_free (self->url);
  g_free (self->shown_url);
  g_free (self->last_url);
  g_free (self->session);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (clasp_client_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * ClaspClient:url:
   *
   * The relay: ws://host:port or wss://host. A change takes effect at the
   * next connection. Readable from any thread.
   *
   * Since: 0.1
   */
  properties[PROP_URL] = g_param_spec_string ("url", NULL, NULL, NULL,
      G_PARAM_READWRITE | G_PARAM_CONSTRUCT | flags);

  /**
   * ClaspClient:name:
   *
   * Name of this client, told to the relay at the next connection.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, DEFAULT_NAME,
      G_PARAM_READWRITE | G_PARAM_CONSTRUCT | flags);

  /**
   * ClaspClient:token:
   *
   * Secret that the relay asks for, used at the next connection.
   *
   * Since: 0.1
   */
  properties[PROP_TOKEN] =
      g_param_spec_string ("token", NULL, NULL, NULL, G_PARAM_WRITABLE | flags);

  /**
   * ClaspClient:tls-ca-file:
   *
   * PEM file of the authorities that may have signed the certificate of a
   * wss:// relay; %NULL for those of the system.
   *
   * Since: 0.1
   */
  properties[PROP_TLS_CA_FILE] = g_param_spec_string ("tls-ca-file", NULL, NULL,
      NULL, G_PARAM_READWRITE | flags);

  /**
   * ClaspClient:session:
   *
   * Id of the session, %NULL while there is none. Readable from any thread.
   *
   * Since: 0.1
   */
  properties[PROP_SESSION] = g_param_spec_string ("session", NULL, NULL, NULL,
      G_PARAM_READABLE | flags);

  /**
   * ClaspClient:state:
   *
   * Readable from any thread.
   *
   * Since: 0.1
   */
  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, CLASP_TYPE_CLIENT_STATE,
          CLASP_CLIENT_DISCONNECTED, G_PARAM_READABLE | flags);

  /**
   * ClaspClient:clock:
   *
   * See clasp_client_get_clock(). Readable from any thread.
   *
   * Since: 0.1
   */
  properties[PROP_CLOCK] = g_param_spec_object ("clock", NULL, NULL,
      CLASP_TYPE_CLOCK, G_PARAM_READABLE | flags);

  /**
   * ClaspClient:clock-offset:
   *
   * Relay time - local Unix time in µs. Readable from any thread.
   *
   * Since: 0.1
   */
  properties[PROP_CLOCK_OFFSET] = g_param_spec_int64 ("clock-offset", NULL,
      NULL, G_MININT64, G_MAXINT64, 0, G_PARAM_READABLE | flags);

  /**
   * ClaspClient:max-queue-bytes:
   *
   * Bound of what waits to be sent, in bytes.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_QUEUE_BYTES] = g_param_spec_uint ("max-queue-bytes", NULL,
      NULL, MIN_MAX_QUEUE_BYTES, G_MAXINT, DEFAULT_MAX_QUEUE_BYTES,
      G_PARAM_READWRITE | G_PARAM_CONSTRUCT | flags);

  /**
   * ClaspClient:max-message-rate:
   *
   * Messages per second that the relay accepts; 0 to learn it when the relay
   * refuses (ERROR 429), which then means 30.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_MESSAGE_RATE] = g_param_spec_uint ("max-message-rate",
      NULL, NULL, 0, CLASP_PACER_MAX_RATE, 0,
      G_PARAM_READWRITE | G_PARAM_CONSTRUCT | flags);

  /**
   * ClaspClient:stats:
   *
   * See clasp_client_get_stats(). Readable from any thread.
   *
   * Since: 0.1
   */
  properties[PROP_STATS] = g_param_spec_variant ("stats", NULL, NULL,
      G_VARIANT_TYPE_VARDICT, NULL, G_PARAM_READABLE | flags);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
install_signals (GType type)
{
  /**
   * ClaspClient::session-changed:
   * @self: the client
   * @session: id of the new session
   *
   * Emitted after every WELCOME, when subscriptions have been sent again and
   * messages are accepted.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_CHANGED] = g_signal_new ("session-changed", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * ClaspClient::error:
   * @self: the client
   * @error: what happened
   *
   * Emitted for every ERROR of the relay during a session, every lost
   * connection and every failed attempt of which the result does not go to
   * the callback of clasp_client_connect_async().
   *
   * Since: 0.1
   */
  signals[SIGNAL_ERROR] = g_signal_new ("error", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);

  /**
   * ClaspClient::message:
   * @self: the client
   * @message: what was received
   *
   * Emitted for every message of the relay but the echoes of the client's own
   * heartbeat, before subscriptions get it.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, CLASP_TYPE_MESSAGE);

  /**
   * ClaspClient::stream-dropped:
   * @self: the client
   * @address: of the stream
   *
   * Emitted when frames of a stream were dropped because the queue was full,
   * once for any number of them: the next frame should stand for itself.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_DROPPED] = g_signal_new ("stream-dropped", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
clasp_client_class_init (ClaspClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = clasp_client_set_property;
  object_class->get_property = clasp_client_get_property;
  object_class->dispose = clasp_client_dispose;
  object_class->finalize = clasp_client_finalize;
  install_properties (object_class);
  install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
clasp_client_init (ClaspClient *self)
{
  g_mutex_init (&self->mutex);
  self->context = g_main_context_ref_thread_default ();
  self->times = (ClaspTimes) CLASP_TIMES_INIT;
  self->clock = clasp_clock_new ();
  self->wake = clasp_alarm_new (self, self->context, clasp_client_on_wake,
      "[clasp] client send");
  self->retry = clasp_alarm_new (self, self->context, clasp_client_on_retry,
      "[clasp] client retry");
  self->sender = clasp_sender_new (self->wake);
  self->subscriptions = g_ptr_array_new_with_free_func (g_object_unref);
  self->gets = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * clasp_client_new:
 * @url: (nullable): the relay, ws://host:port or wss://host
 *
 * Returns: (transfer full): a new client of the thread-default main context,
 *   not connected
 *
 * Since: 0.1
 */
ClaspClient *
clasp_client_new (const char *url)
{
  return g_object_new (CLASP_TYPE_CLIENT, "url", url, NULL);
}
