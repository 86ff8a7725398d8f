/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#define G_LOG_DOMAIN "clasp-relay"

#include "clasp-relay.h"
#include "clasp-relay-http-private.h"
#include "clasp-relay-listener-private.h"

/* Connections that are not sessions: pages, files, handshakes. */
#define EXTRA_CONNECTIONS 64

#define MAX_OWNED_PARAMS 64
#define MAX_RENDEZVOUS_ENTRIES 10000
#define MAX_RENDEZVOUS_BYTES (32 * 1024 * 1024)

#define DEFAULT_NAME "CLASP embedded relay"
#define DEFAULT_HOST "127.0.0.1"

/**
 * ClaspRelay:
 *
 * A CLASP relay inside the process: sessions over WebSocket, params, events,
 * streams, private signals, the rendezvous routes and, if wanted, a folder of
 * files, all on one port.
 *
 * All of it runs in the thread-default main context of the thread that called
 * clasp_relay_start(); that context must be iterated by the same thread, with
 * the context pushed as thread default. Every method and property belongs to
 * that thread while the relay runs. The relay starts no thread.
 *
 * Changed properties take effect at the next start.
 *
 * It listens on loopback only, unless #ClaspRelay:host says otherwise, and
 * speaks no TLS: put a proxy in front of it, or use the full relay, when
 * strangers can reach it.
 *
 * Since: 0.1
 */
struct _ClaspRelay {
  GObject parent_instance;

  char *name;
  char *host;
  guint port;
  char *token;
  char *web_directory;
  guint max_sessions;
  guint max_subscriptions;
  guint max_message_size;
  guint max_message_rate;
  guint handshake_timeout;
  guint ping_interval;
  guint max_params;
  guint64 max_param_bytes;
  guint param_ttl;
  guint64 max_queue_bytes;
  guint rendezvous_ttl;

  /* while it runs */
  SoupServer *server;
  ClaspRelayHub *hub;
  ClaspRelayRendezvous *rendezvous;
  ClaspRelayFiles *files;
  ClaspRelayHttp *http;
  ClaspRelayListener *listener;
};

G_DEFINE_FINAL_TYPE (ClaspRelay, clasp_relay, G_TYPE_OBJECT)

typedef enum {
  PROP_NAME = 1,
  PROP_HOST,
  PROP_PORT,
  PROP_TOKEN,
  PROP_WEB_DIRECTORY,
  PROP_MAX_SESSIONS,
  PROP_MAX_SUBSCRIPTIONS,
  PROP_MAX_MESSAGE_SIZE,
  PROP_MAX_MESSAGE_RATE,
  PROP_HANDSHAKE_TIMEOUT,
  PROP_PING_INTERVAL,
  PROP_MAX_PARAMS,
  PROP_MAX_PARAM_BYTES,
  PROP_PARAM_TTL,
  PROP_MAX_QUEUE_BYTES,
  PROP_RENDEZVOUS_TTL,
  PROP_STATS,
} Property;

static GParamSpec *properties[PROP_STATS + 1];

static GVariant *
get_stats (ClaspRelay *self)
{
  ClaspRelayHubStats stats = {0};
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (self->hub != NULL) {
    clasp_relay_hub_get_stats (self->hub, &stats);
    g_variant_dict_insert (&dict, "connections", "u",
        clasp_relay_listener_get_n_connections (self->listener));
    g_variant_dict_insert (&dict, "rendezvous-entries", "u",
        clasp_relay_rendezvous_get_n_entries (self->rendezvous));
  }
  g_variant_dict_insert (&dict, "sessions", "u", stats.n_sessions);
  g_variant_dict_insert (&dict, "params", "u", stats.n_params);
  g_variant_dict_insert (&dict, "param-bytes", "t", stats.param_bytes);
  g_variant_dict_insert (&dict, "messages-in", "t", stats.messages_in);
  g_variant_dict_insert (&dict, "bytes-in", "t", stats.bytes_in);
  g_variant_dict_insert (&dict, "messages-out", "t", stats.messages_out);
  g_variant_dict_insert (&dict, "bytes-out", "t", stats.bytes_out);
  g_variant_dict_insert (&dict, "dropped", "t", stats.dropped);
  g_variant_dict_insert (&dict, "malformed", "t", stats.malformed);
  g_variant_dict_insert (&dict, "rate-limited", "t", stats.rate_limited);
  g_variant_dict_insert (&dict, "refused", "t", stats.refused);
  g_variant_dict_insert (&dict, "text-ignored", "t", stats.text_ignored);

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
clasp_relay_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  ClaspRelay *self = CLASP_RELAY (object);

  switch ((Property) id) {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_HOST:
      g_value_set_string (value, self->host);
      break;
    case PROP_PORT:
      g_value_set_uint (value, clasp_relay_get_port (self));
      break;
    case PROP_WEB_DIRECTORY:
      g_value_set_string (value, self->web_directory);
      break;
    case PROP_MAX_SESSIONS:
      g_value_set_uint (value, self->max_sessions);
      break;
    case PROP_MAX_SUBSCRIPTIONS:
      g_value_set_uint (value, self->max_subscriptions);
      break;
    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_uint (value, self->max_message_size);
      break;
    case PROP_MAX_MESSAGE_RATE:
      g_value_set_uint (value, self->max_message_rate);
      break;
    case PROP_HANDSHAKE_TIMEOUT:
      g_value_set_uint (value, self->handshake_timeout);
      break;
    case PROP_PING_INTERVAL:
      g_value_set_uint (value, self->ping_interval);
      break;
    case PROP_MAX_PARAMS:
      g_value_set_uint (value, self->max_params);
      break;
    case PROP_MAX_PARAM_BYTES:
      g_value_set_uint64 (value, self->max_param_bytes);
      break;
    case PROP_PARAM_TTL:
      g_value_set_uint (value, self->param_ttl);
      break;
    case PROP_MAX_QUEUE_BYTES:
      g_value_set_uint64 (value, self->max_queue_bytes);
      break;
    case PROP_RENDEZVOUS_TTL:
      g_value_set_uint (value, self->rendezvous_ttl);
      break;
    case PROP_STATS:
      g_value_take_variant (value, get_stats (self));
      break;
    case PROP_TOKEN:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
take_string (char **field, const GValue *value, const char *otherwise)
{
  g_free (*field);
  *field = g_value_dup_string (value);
  if (*field == NULL || **field == '\0') {
    g_free (*field);
    *field = g_strdup (otherwise);
  }
}

static void
clasp_relay_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  ClaspRelay *self = CLASP_RELAY (object);

  switch ((Property) id) {
    case PROP_NAME:
      take_string (&self->name, value, DEFAULT_NAME);
      break;
    case PROP_HOST:
      take_string (&self->host, value, DEFAULT_HOST);
      break;
    case PROP_PORT:
      self->port = g_value_get_uint (value);
      break;
    case PROP_TOKEN:
      take_string (&self->token, value, NULL);
      break;
    case PROP_WEB_DIRECTORY:
      take_string (&self->web_directory, value, NULL);
      break;
    case PROP_MAX_SESSIONS:
      self->max_sessions = g_value_get_uint (value);
      break;
    case PROP_MAX_SUBSCRIPTIONS:
      self->max_subscriptions = g_value_get_uint (value);
      break;
    case PROP_MAX_MESSAGE_SIZE:
      self->max_message_size = g_value_get_uint (value);
      break;
    case PROP_MAX_MESSAGE_RATE:
      self->max_message_rate = g_value_get_uint (value);
      break;
    case PROP_HANDSHAKE_TIMEOUT:
      self->handshake_timeout = g_value_get_uint (value);
      break;
    case PROP_PING_INTERVAL:
      self->ping_interval = g_value_get_uint (value);
      break;
    case PROP_MAX_PARAMS:
      self->max_params = g_value_get_uint (value);
      break;
    case PROP_MAX_PARAM_BYTES:
      self->max_param_bytes = g_value_get_uint64 (value);
      break;
    case PROP_PARAM_TTL:
      self->param_ttl = g_value_get_uint (value);
      break;
    case PROP_MAX_QUEUE_BYTES:
      self->max_queue_bytes = g_value_get_uint64 (value);
      break;
    case PROP_RENDEZVOUS_TTL:
      self->rendezvous_ttl = g_value_get_uint (value);
      break;
    case PROP_STATS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
clasp_relay_finalize (GObject *object)
{
  ClaspRelay *self = CLASP_RELAY (object);

  clasp_relay_stop (self);
  g_free (self->name);
  g_free (self->host);
  g_free (self->token);
  g_free (self->web_directory);

  G_OBJECT_CLASS (clasp_relay_parent_class)->finalize (object);
}

#define FLAGS (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS)

static void
install_settings (void)
{
  /**
   * ClaspRelay:name:
   *
   * Name in WELCOME.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", "Name",
      "Name in WELCOME", DEFAULT_NAME, FLAGS);

  /**
   * ClaspRelay:host:
   *
   * Address to listen on, or a name of this machine. "0.0.0.0" is every IPv4
   * address, "::" every address, "localhost" both loopback addresses.
   *
   * Since: 0.1
   */
  properties[PROP_HOST] = g_param_spec_string ("host", "Host",
      "Address to listen on (0.0.0.0 or :: for all)", DEFAULT_HOST, FLAGS);

  /**
   * ClaspRelay:port:
   *
   * Port to listen on, 0 for any free one. While the relay runs this reads
   * back the real one.
   *
   * Since: 0.1
   */
  properties[PROP_PORT] = g_param_spec_uint ("port", "Port",
      "Port to listen on (0 for any free one)", 0, G_MAXUINT16,
      CLASP_DEFAULT_PORT, FLAGS);

  /**
   * ClaspRelay:token:
   *
   * What every HELLO must carry; %NULL or empty: nothing.
   *
   * Since: 0.1
   */
  properties[PROP_TOKEN] =
      g_param_spec_string ("token", "Token", "What every HELLO must carry",
          NULL, G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);

  /**
   * ClaspRelay:web-directory:
   *
   * Folder whose files are served over HTTP on the same port; %NULL: none.
   *
   * Since: 0.1
   */
  properties[PROP_WEB_DIRECTORY] = g_param_spec_string ("web-directory",
      "Web directory", "Folder whose files are served", NULL, FLAGS);

  /**
   * ClaspRelay:rendezvous-ttl:
   *
   * Seconds that a registration at the rendezvous routes lives without a
   * refresh.
   *
   * Since: 0.1
   */
  properties[PROP_RENDEZVOUS_TTL] =
      g_param_spec_uint ("rendezvous-ttl", "Rendezvous TTL",
          "Seconds that a registration lives", 1, G_MAXUINT, 300, FLAGS);

  /**
   * ClaspRelay:stats:
   *
   * Figures since the start, a dictionary: "sessions", "connections", "params",
   * "rendezvous-entries" (u: now); "param-bytes" (t: now), "messages-in",
   * "bytes-in", "messages-out", "bytes-out", "dropped" (stream messages not
   * sent to slow receivers), "malformed", "rate-limited", "refused"
   * (handshakes), "text-ignored" (t: so far).
   *
   * Since: 0.1
   */
  properties[PROP_STATS] = g_param_spec_variant ("stats", "Statistics",
      "Figures since the start", G_VARIANT_TYPE_VARDICT, NULL,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_session_limits (void)
{
  /**
   * ClaspRelay:max-sessions:
   *
   * Sessions at a time; one more is refused with ERROR 503.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_SESSIONS] = g_param_spec_uint ("max-sessions",
      "Maximum sessions", "Sessions at a time", 1, 65536, 512, FLAGS);

  /**
   * ClaspRelay:max-subscriptions:
   *
   * Subscriptions of one session; one more is refused with ERROR 429.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_SUBSCRIPTIONS] =
      g_param_spec_uint ("max-subscriptions", "Maximum subscriptions",
          "Subscriptions of one session", 1, 65536, 1000, FLAGS);

  /**
   * ClaspRelay:max-message-size:
   *
   * Bytes of one WebSocket message; a longer one ends the session.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_MESSAGE_SIZE] = g_param_spec_uint ("max-message-size",
      "Maximum message size", "Bytes of one WebSocket message", 1024,
      CLASP_FRAME_MAX_SIZE, CLASP_FRAME_MAX_SIZE, FLAGS);

  /**
   * ClaspRelay:max-message-rate:
   *
   * Messages per second of one session, 0 for any number. What comes above it
   * is discarded, with one ERROR 429 a second.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_MESSAGE_RATE] = g_param_spec_uint ("max-message-rate",
      "Maximum message rate", "Messages per second of one session (0: any)", 0,
      G_MAXUINT - 1, 0, FLAGS);

  /**
   * ClaspRelay:handshake-timeout:
   *
   * Milliseconds until HELLO must be there, and until an HTTP request must be
   * complete.
   *
   * Since: 0.1
   */
  properties[PROP_HANDSHAKE_TIMEOUT] =
      g_param_spec_uint ("handshake-timeout", "Handshake timeout",
          "Milliseconds until HELLO must be there", 100, 3600000, 10000, FLAGS);

  /**
   * ClaspRelay:ping-interval:
   *
   * Seconds between WebSocket pings; a peer that is silent for three of them
   * is disconnected. 0 for no pings: then peers that vanish without a word are
   * noticed only when something is sent to them.
   *
   * Since: 0.1
   */
  properties[PROP_PING_INTERVAL] =
      g_param_spec_uint ("ping-interval", "Ping interval",
          "Seconds between WebSocket pings (0: none)", 0, 3600, 10, FLAGS);

  /**
   * ClaspRelay:max-queue-bytes:
   *
   * Bytes that may wait for one slow receiver. Streams may take half of it
   * and pictures wait two seconds at most, beyond which whole pictures are
   * dropped until the next key picture; a receiver for which params
   * and events alone exceed it is disconnected.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_QUEUE_BYTES] = g_param_spec_uint64 ("max-queue-bytes",
      "Maximum queue bytes", "Bytes that may wait for one slow receiver",
      256 * 1024, G_MAXUINT32, 8 * 1024 * 1024, FLAGS);
}

static void
install_state_limits (void)
{
  /**
   * ClaspRelay:max-params:
   *
   * Params in all. One more evicts the one that was not written for the
   * longest time, but never the presence of a live session.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_PARAMS] = g_param_spec_uint ("max-params",
      "Maximum params", "Params in all", 1, 10000000, 100000, FLAGS);

  /**
   * ClaspRelay:max-param-bytes:
   *
   * Bytes that all params together may take.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_PARAM_BYTES] = g_param_spec_uint64 ("max-param-bytes",
      "Maximum param bytes", "Bytes that all params together may take",
      64 * 1024, G_MAXUINT32, 64 * 1024 * 1024, FLAGS);

  /**
   * ClaspRelay:param-ttl:
   *
   * Seconds after the last write until a param is forgotten, unless its SET
   * said otherwise; 0 for never.
   *
   * Since: 0.1
   */
  properties[PROP_PARAM_TTL] = g_param_spec_uint ("param-ttl", "Param TTL",
      "Seconds until an unwritten param is forgotten (0: never)", 0, G_MAXINT32,
      3600, FLAGS);
}

static void
clasp_relay_class_init (ClaspRelayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = clasp_relay_get_property;
  object_class->set_property = clasp_relay_set_property;
  object_class->finalize = clasp_relay_finalize;

  install_settings ();
  install_session_limits ();
  install_state_limits ();
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties),
      properties);
}

static void
clasp_relay_init (ClaspRelay *self)
{
}

/**
 * clasp_relay_new:
 *
 * Makes a relay that does not run yet.
 *
 * Returns: (transfer full): a new #ClaspRelay
 *
 * Since: 0.1
 */
ClaspRelay *
clasp_relay_new (void)
{
  return g_object_new (CLASP_TYPE_RELAY, NULL);
}

static void
create_hub (ClaspRelay *self)
{
  ClaspRelayRouterConfig router = {
      .name = self->name,
      .token = self->token,
      .max_sessions = self->max_sessions,
      .max_subscriptions = self->max_subscriptions,
      .max_message_rate = self->max_message_rate,
      .handshake_timeout_ms = self->handshake_timeout,
      .state = {.max_params = self->max_params,
          .max_bytes = self->max_param_bytes,
          .max_owned = MAX_OWNED_PARAMS,
          .ttl = self->param_ttl},
  };
  ClaspRelaySessionConfig session = {.max_queue = self->max_queue_bytes,
      .max_message = self->max_message_size,
      .ping_interval = self->ping_interval};

  self->hub = clasp_relay_hub_new (&router, &session);
}

/**
 * clasp_relay_start:
 * @self: a #ClaspRelay
 * @error: return location for a #GError
 *
 * Listens, and serves from the thread-default main context of the caller.
 * Does nothing if the relay runs already.
 *
 * Errors are of %G_IO_ERROR: %G_IO_ERROR_ADDRESS_IN_USE if another program has
 * the port, %G_IO_ERROR_NOT_DIRECTORY if #ClaspRelay:web-directory is none, and
 * others if it cannot listen on #ClaspRelay:host.
 *
 * Returns: %TRUE if it runs now
 *
 * Since: 0.1
 */
gboolean
clasp_relay_start (ClaspRelay *self, GError **error)
{
  g_return_val_if_fail (CLASP_IS_RELAY (self), FALSE);

  if (self->server != NULL)
    return TRUE;

  if (self->web_directory != NULL) {
    self->files = clasp_relay_files_new (self->web_directory, error);
    if (self->files == NULL)
      return FALSE;
  }

  self->server = soup_server_new ("server-header", "clasp-relay ", NULL);
  soup_server_remove_websocket_extension (self->server,
      SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  create_hub (self);
  self->rendezvous = clasp_relay_rendezvous_new (self->rendezvous_ttl,
      MAX_RENDEZVOUS_ENTRIES, MAX_RENDEZVOUS_BYTES);
  self->http = clasp_relay_http_new (self->server, self->hub, self->rendezvous,
      self->files);
  self->listener = clasp_relay_listener_new (self->server, self->host,
      self->port, self->max_sessions + EXTRA_CONNECTIONS,
      self->handshake_timeout, error);
  if (self->listener == NULL) {
    clasp_relay_stop (self);
    return FALSE;
  }

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PORT]);
  return TRUE;
}

/**
 * clasp_relay_stop:
 * @self: a #ClaspRelay
 *
 * Closes the port and every session; params are forgotten. Does not wait for
 * the peers. The relay may be started again. To be called in the thread that
 * started it.
 *
 * Since: 0.1
 */
void
clasp_relay_stop (ClaspRelay *self)
{
  g_return_if_fail (CLASP_IS_RELAY (self));

  if (self->server == NULL) {
    g_clear_pointer (&self->files, clasp_relay_files_free);
    return;
  }

  g_clear_pointer (&self->hub, clasp_relay_hub_free);
  g_clear_pointer (&self->listener, clasp_relay_listener_free);
  g_clear_pointer (&self->http, clasp_relay_http_free);
  soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_pointer (&self->rendezvous, clasp_relay_rendezvous_free);
  g_clear_pointer (&self->files, clasp_relay_files_free);
}

/**
 * clasp_relay_get_port:
 * @self: a #ClaspRelay
 *
 * Returns: the port it listens on; #ClaspRelay:port while it does not run
 *
 * Since: 0.1
 */
guint
clasp_relay_get_port (ClaspRelay *self)
{
  g_return_val_if_fail (CLASP_IS_RELAY (self), 0);

  return self->listener != NULL ? clasp_relay_listener_get_port (self->listener)
                                : self->port;
}

/**
 * clasp_relay_get_n_sessions:
 * @self: a #ClaspRelay
 *
 * Returns: how many sessions there are now
 *
 * Since: 0.1
 */
guint
clasp_relay_get_n_sessions (ClaspRelay *self)
{
  g_return_val_if_fail (CLASP_IS_RELAY (self), 0);

  return self->hub != NULL ? clasp_relay_hub_get_n_sessions (self->hub) : 0;
}
