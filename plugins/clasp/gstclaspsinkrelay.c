/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsinkrelay.h"

#include <clasp/clasp.h>
#include <relay/clasp-relay.h>

struct _GstClaspSinkRelay {
  ClaspIoThread *thread;
  ClaspRelay *relay;
  char *host;
  guint port;
  GError *error;
};

static gboolean
start_in_thread (gpointer data)
{
  GstClaspSinkRelay *self = data;

  if (clasp_relay_start (self->relay, &self->error))
    self->port = clasp_relay_get_port (self->relay);
  return G_SOURCE_REMOVE;
}

static gboolean
stop_in_thread (gpointer data)
{
  GstClaspSinkRelay *self = data;

  clasp_relay_stop (self->relay);
  g_clear_object (&self->relay);
  return G_SOURCE_REMOVE;
}

/* The viewer of the build tree, or the installed one. */
static const char *
find_web_directory (const char *wanted)
{
  const char *environment = g_getenv ("CLASP_WEB_DIRECTORY");

  if (wanted && *wanted)
    return wanted;
  if (environment && *environment)
    return environment;
  return g_file_test (CLASP_WEB_DIRECTORY, G_FILE_TEST_IS_DIR)
      ? CLASP_WEB_DIRECTORY
      : NULL;
}

static void
free_relay (GstClaspSinkRelay *self)
{
  clasp_io_thread_stop (self->thread);
  g_clear_object (&self->relay);
  g_object_unref (self->thread);
  g_clear_error (&self->error);
  g_free (self->host);
  g_free (self);
}

/**
 * gst_clasp_sink_relay_start:
 * @config: how to run it
 * @error: return location for an error, such as a port that is taken
 *
 * Starts an embedded relay. Returns as soon as it listens.
 *
 * Returns: (transfer full) (nullable): the relay
 *
 * Since: 0.1
 */
GstClaspSinkRelay *
gst_clasp_sink_relay_start (const GstClaspSinkRelayConfig *config,
    GError **error)
{
  GstClaspSinkRelay *self = g_new0 (GstClaspSinkRelay, 1);

  self->host = g_strdup (config->host);
  self->thread = clasp_io_thread_new ("clasp-relay");
  self->relay = g_object_new (CLASP_TYPE_RELAY, "host", config->host, "port",
      config->port, "token", config->token, "web-directory",
      find_web_directory (config->web_directory), NULL);
  clasp_io_thread_call (self->thread, start_in_thread, self);
  if (!self->error)
    return self;
  g_propagate_prefixed_error (error, g_steal_pointer (&self->error),
      "relay on %s port %u: ", config->host, config->port);
  free_relay (self);
  return NULL;
}

/**
 * gst_clasp_sink_relay_stop:
 * @self: (transfer full): a relay
 *
 * Ends the relay and its thread.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_relay_stop (GstClaspSinkRelay *self)
{
  clasp_io_thread_invoke (self->thread, stop_in_thread, self, NULL);
  free_relay (self);
}

/**
 * gst_clasp_sink_relay_get_port:
 * @self: a relay
 *
 * Returns: the port that it listens on
 *
 * Since: 0.1
 */
guint
gst_clasp_sink_relay_get_port (GstClaspSinkRelay *self)
{
  return self->port;
}

/**
 * gst_clasp_sink_relay_dup_url:
 * @self: a relay
 *
 * Returns: (transfer full): how this process reaches it
 *
 * Since: 0.1
 */
char *
gst_clasp_sink_relay_dup_url (GstClaspSinkRelay *self)
{
  const char *host = self->host;

  if (!host || g_str_equal (host, "0.0.0.0"))
    host = "127.0.0.1";
  else if (g_str_equal (host, "::"))
    host = "::1";
  return g_strdup_printf (strchr (host, ':') ? "ws://[%s]:%u" : "ws://%s:%u",
      host, self->port);
}
