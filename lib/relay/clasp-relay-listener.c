/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#define G_LOG_DOMAIN "clasp-relay"

#include "clasp-relay-listener-private.h"
#include "clasp-relay-stream-private.h"

#define BACKLOG 128
/* Accepted per dispatch, so that a flood leaves time for the sessions. */
#define ACCEPT_TURN 16
/* Pause when the process has no descriptor left. */
#define ACCEPT_PAUSE_MS 200
#define SWEEP_MS 1000

struct _ClaspRelayListener {
  SoupServer *server;
  guint max_connections;
  gint64 request_timeout_us;
  guint16 port;
  GPtrArray *sockets;      /* GSocket */
  GPtrArray *sources;      /* GSource, one for each socket */
  GHashTable *connections; /* ClaspRelayStream that live, unowned */
  GSource *pause;
  GSource *sweep;
};

static void start_accepting (ClaspRelayListener *self);

static void
source_free (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
on_connection_gone (gpointer user_data, GObject *stream)
{
  ClaspRelayListener *self = user_data;

  g_hash_table_remove (self->connections, stream);
}

/* Cuts connections that neither became a session nor moved an answer. */
static gboolean
on_sweep (gpointer user_data)
{
  ClaspRelayListener *self = user_data;
  gint64 limit = g_get_monotonic_time () - self->request_timeout_us;
  GHashTableIter iter;
  ClaspRelayStream *stream;
  gboolean waiting = FALSE;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, (gpointer *) &stream, NULL)) {
    if (clasp_relay_stream_is_upgraded (stream))
      continue;
    waiting = TRUE;
    if (clasp_relay_stream_get_progress (stream) < limit)
      clasp_relay_stream_abort (stream);
  }

  if (waiting)
    return G_SOURCE_CONTINUE;

  g_clear_pointer (&self->sweep, g_source_unref);
  return G_SOURCE_REMOVE;
}

static void
start_sweep (ClaspRelayListener *self)
{
  if (self->sweep != NULL)
    return;

  self->sweep = g_timeout_source_new (SWEEP_MS);
  g_source_set_static_name (self->sweep, "clasp-relay-sweep");
  g_source_set_callback (self->sweep, on_sweep, self, NULL);
  g_source_attach (self->sweep, g_main_context_get_thread_default ());
}

static void
take_connection (ClaspRelayListener *self, GSocket *socket)
{
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);
  g_autoptr (GSocketAddress) remote =
      g_socket_get_remote_address (socket, NULL);
  g_autoptr (ClaspRelayStream) stream = NULL;

  /* A peer that is gone already has no address. */
  if (local == NULL || remote == NULL ||
      g_hash_table_size (self->connections) >= self->max_connections) {
    g_debug ("connection refused: %u are open",
        g_hash_table_size (self->connections));
    return;
  }

  stream = clasp_relay_stream_new (socket, g_get_monotonic_time ());
  g_hash_table_add (self->connections, stream);
  g_object_weak_ref (G_OBJECT (stream), on_connection_gone, self);
  start_sweep (self);
  soup_server_accept_iostream (self->server, G_IO_STREAM (stream), local,
      remote, NULL);
}

static gboolean
on_pause_over (gpointer user_data)
{
  ClaspRelayListener *self = user_data;

  g_clear_pointer (&self->pause, g_source_unref);
  start_accepting (self);

  return G_SOURCE_REMOVE;
}

static void
pause_accepting (ClaspRelayListener *self, const GError *error)
{
  g_warning ("cannot accept connections for now: %s", error->message);
  g_ptr_array_set_size (self->sources, 0);
  if (self->pause != NULL)
    return;

  self->pause = g_timeout_source_new (ACCEPT_PAUSE_MS);
  g_source_set_static_name (self->pause, "clasp-relay-accept-pause");
  g_source_set_callback (self->pause, on_pause_over, self, NULL);
  g_source_attach (self->pause, g_main_context_get_thread_default ());
}

static gboolean
on_acceptable (GSocket *listening, GIOCondition condition, gpointer user_data)
{
  ClaspRelayListener *self = user_data;

  for (guint i = 0; i < ACCEPT_TURN; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocket) socket = g_socket_accept (listening, NULL, &error);

    if (socket != NULL) {
      take_connection (self, socket);
    } else if (g_error_matches (error, G_IO_ERROR,
                   G_IO_ERROR_TOO_MANY_OPEN_FILES) ||
        g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE)) {
      pause_accepting (self, error);
      return G_SOURCE_REMOVE;
    } else {
      break;
    }
  }

  return G_SOURCE_CONTINUE;
}

static void
start_accepting (ClaspRelayListener *self)
{
  for (guint i = 0; i < self->sockets->len; i++) {
    GSource *source =
        g_socket_create_source (g_ptr_array_index (self->sockets, i), G_IO_IN,
            NULL);

    g_source_set_static_name (source, "clasp-relay-accept");
    g_source_set_callback (source, G_SOURCE_FUNC (on_acceptable), self, NULL);
    g_source_attach (source, g_main_context_get_thread_default ());
    g_ptr_array_add (self->sources, source);
  }
}

/* --- binding --- */

static void
explain (GError **error, const char *host, guint16 port)
{
  GError *cause = *error;

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) {
    *error = g_error_new (G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
        "port %u is in use on %s: stop what uses it, or choose another with "
        "the port of the relay (0 for any free one)",
        port, host);
    g_error_free (cause);
  } else {
    g_prefix_error (error, "cannot listen on %s port %u: ", host, port);
  }
}

static gboolean
bind_address (ClaspRelayListener *self, GInetAddress *address, guint16 port,
    GError **error)
{
  g_autoptr (GSocketAddress) target = g_inet_socket_address_new (address, port);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) socket =
      g_socket_new (g_inet_address_get_family (address), G_SOCKET_TYPE_STREAM,
          G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL)
    return FALSE;

  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, target, TRUE, error) ||
      !g_socket_listen (socket, error) ||
      (bound = g_socket_get_local_address (socket, error)) == NULL)
    return FALSE;

  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_ptr_array_add (self->sockets, g_steal_pointer (&socket));

  return TRUE;
}

static GInetAddress *
resolve (const char *host, GError **error)
{
  GInetAddress *address = g_inet_address_new_from_string (host);
  GList *addresses;

  if (address != NULL)
    return address;

  addresses =
      g_resolver_lookup_by_name (g_resolver_get_default (), host, NULL, error);
  if (addresses == NULL)
    return NULL;

  address = g_object_ref (addresses->data);
  g_resolver_free_addresses (addresses);
  return address;
}

/* "::" is every address of both families; without IPv6 it is 0.0.0.0. */
static gboolean
bind_any (ClaspRelayListener *self, GInetAddress *address, guint16 port,
    GError **error)
{
  g_autoptr (GError) no_ipv6 = NULL;
  g_autoptr (GInetAddress) ipv4 = g_inet_address_new_any (G_SOCKET_FAMILY_IPV4);

  if (bind_address (self, address, port, &no_ipv6))
    return TRUE;

  if (g_error_matches (no_ipv6, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) {
    g_propagate_error (error, g_steal_pointer (&no_ipv6));
    return FALSE;
  }
  return bind_address (self, ipv4, port, error);
}

/* Browsers try both loopback addresses for "localhost". */
static gboolean
bind_localhost (ClaspRelayListener *self, guint16 port, GError **error)
{
  g_autoptr (GInetAddress) ipv4 =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GInetAddress) ipv6 =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GError) no_ipv6 = NULL;

  if (!bind_address (self, ipv4, port, error))
    return FALSE;
  if (!bind_address (self, ipv6, self->port, &no_ipv6))
    g_debug ("not listening on ::1: %s", no_ipv6->message);

  return TRUE;
}

static gboolean
bind_host (ClaspRelayListener *self, const char *host, guint16 port,
    GError **error)
{
  g_autoptr (GInetAddress) address = NULL;

  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return bind_localhost (self, port, error);

  address = resolve (host, error);
  if (address == NULL)
    return FALSE;

  if (g_inet_address_get_is_any (address) &&
      g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    return bind_any (self, address, port, error);

  return bind_address (self, address, port, error);
}

/*
 * clasp_relay_listener_new:
 * @server: takes the connections
 * @host: address or name of this machine
 * @port: 0 for any free port
 * @request_timeout_ms: how long a connection may do nothing before it is a
 *   session
 *
 * Returns: (nullable) (transfer full): %NULL with @error if it cannot listen
 */
ClaspRelayListener *
clasp_relay_listener_new (SoupServer *server, const char *host, guint16 port,
    guint max_connections, guint request_timeout_ms, GError **error)
{
  g_autoptr (ClaspRelayListener) self = g_new0 (ClaspRelayListener, 1);
  GError *cause = NULL;

  self->server = g_object_ref (server);
  self->max_connections = max_connections;
  self->request_timeout_us = (gint64) request_timeout_ms * 1000;
  self->sockets = g_ptr_array_new_with_free_func (g_object_unref);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) source_free);
  self->connections = g_hash_table_new (NULL, NULL);

  if (!bind_host (self, host, port, &cause)) {
    explain (&cause, host, port);
    g_propagate_error (error, cause);
    return NULL;
  }

  start_accepting (self);
  return g_steal_pointer (&self);
}

void
clasp_relay_listener_free (ClaspRelayListener *self)
{
  GHashTableIter iter;
  ClaspRelayStream *stream;

  g_ptr_array_unref (self->sources);
  g_clear_pointer (&self->pause, source_free);
  g_clear_pointer (&self->sweep, source_free);
  for (guint i = 0; i < self->sockets->len; i++)
    g_socket_close (g_ptr_array_index (self->sockets, i), NULL);
  g_ptr_array_unref (self->sockets);

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, (gpointer *) &stream, NULL)) {
    g_object_weak_unref (G_OBJECT (stream), on_connection_gone, self);
    clasp_relay_stream_abort (stream);
  }
  g_hash_table_unref (self->connections);
  g_object_unref (self->server);
  g_free (self);
}

guint16
clasp_relay_listener_get_port (const ClaspRelayListener *self)
{
  return self->port;
}

guint
clasp_relay_listener_get_n_connections (const ClaspRelayListener *self)
{
  return g_hash_table_size (self->connections);
}
