/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#define G_LOG_DOMAIN "clasp-relay"

#include "clasp-relay.h"
#include "clasp-relay-http-private.h"
#include "clasp-relay-listener-private.h"
#include "clasp-relay-settings-private.h"

/* Connections that are not sessions: pages, files, handshakes. */
#define EXTRA_CONNECTIONS 64

#define MAX_OWNED_PARAMS 64
#define MAX_RENDEZVOUS_ENTRIES 10000
#define MAX_RENDEZVOUS_BYTES (32 * 1024 * 1024)

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

  ClaspRelaySettings settings;

  /* while it runs */
  SoupServer *server;
  ClaspRelayHub *hub;
  ClaspRelayRendezvous *rendezvous;
  ClaspRelayFiles *files;
  ClaspRelayHttp *http;
  ClaspRelayListener *listener;
};

G_DEFINE_FINAL_TYPE (ClaspRelay, clasp_relay, G_TYPE_OBJECT)

enum {
  PROP_STATS = CLASP_RELAY_N_SETTINGS,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

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

  if (id == PROP_STATS)
    g_value_take_variant (value, get_stats (self));
  else if (id == CLASP_RELAY_SETTING_PORT)
    g_value_set_uint (value, clasp_relay_get_port (self));
  else if (!clasp_relay_settings_get (&self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
clasp_relay_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  ClaspRelay *self = CLASP_RELAY (object);

  if (!clasp_relay_settings_set (&self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
clasp_relay_finalize (GObject *object)
{
  ClaspRelay *self = CLASP_RELAY (object);

  clasp_relay_stop (self);
  clasp_relay_settings_clear (&self->settings);

  G_OBJECT_CLASS (clasp_relay_parent_class)->finalize (object);
}

static void
clasp_relay_class_init (ClaspRelayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = clasp_relay_get_property;
  object_class->set_property = clasp_relay_set_property;
  object_class->finalize = clasp_relay_finalize;

  clasp_relay_settings_install (properties);

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

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
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
      .name = self->settings.name,
      .token = self->settings.token,
      .max_sessions = self->settings.max_sessions,
      .max_subscriptions = self->settings.max_subscriptions,
      .max_message_rate = self->settings.max_message_rate,
      .handshake_timeout_ms = self->settings.handshake_timeout,
      .state = {.max_params = self->settings.max_params,
          .max_bytes = self->settings.max_param_bytes,
          .max_owned = MAX_OWNED_PARAMS,
          .ttl = self->settings.param_ttl},
  };
  ClaspRelaySessionConfig session = {.max_queue =
                                         self->settings.max_queue_bytes,
      .max_message = self->settings.max_message_size,
      .ping_interval = self->settings.ping_interval};

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

  if (self->settings.web_directory != NULL) {
    self->files = clasp_relay_files_new (self->settings.web_directory, error);
    if (self->files == NULL)
      return FALSE;
  }

  self->server = soup_server_new ("server-header", "clasp-relay ", NULL);
  soup_server_remove_websocket_extension (self->server,
      SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  create_hub (self);
  self->rendezvous = clasp_relay_rendezvous_new (self->settings.rendezvous_ttl,
      MAX_RENDEZVOUS_ENTRIES, MAX_RENDEZVOUS_BYTES);
  self->http = clasp_relay_http_new (self->server, self->hub, self->rendezvous,
      self->files);
  self->listener = clasp_relay_listener_new (self->server, self->settings.host,
      self->settings.port, self->settings.max_sessions + EXTRA_CONNECTIONS,
      self->settings.handshake_timeout, error);
  if (self->listener == NULL) {
    clasp_relay_stop (self);
    return FALSE;
  }

  g_object_notify_by_pspec (G_OBJECT (self),
      properties[CLASP_RELAY_SETTING_PORT]);
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
                                : self->settings.port;
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
