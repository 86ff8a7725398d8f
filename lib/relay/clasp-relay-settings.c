/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-settings-private.h"
#include <clasp/clasp.h>

#define DEFAULT_NAME "CLASP embedded relay"
#define DEFAULT_HOST "127.0.0.1"

#define FLAGS (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS)

void
clasp_relay_settings_clear (ClaspRelaySettings *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->web_directory, g_free);
}

/* Returns: whether @id is a setting that can be read; the token cannot */
gboolean
clasp_relay_settings_get (const ClaspRelaySettings *self, guint id,
    GValue *value)
{
  switch ((ClaspRelaySetting) id) {
    case CLASP_RELAY_SETTING_NAME:
      g_value_set_string (value, self->name);
      return TRUE;
    case CLASP_RELAY_SETTING_HOST:
      g_value_set_string (value, self->host);
      return TRUE;
    case CLASP_RELAY_SETTING_PORT:
      g_value_set_uint (value, self->port);
      return TRUE;
    case CLASP_RELAY_SETTING_WEB_DIRECTORY:
      g_value_set_string (value, self->web_directory);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_SESSIONS:
      g_value_set_uint (value, self->max_sessions);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_SUBSCRIPTIONS:
      g_value_set_uint (value, self->max_subscriptions);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_MESSAGE_SIZE:
      g_value_set_uint (value, self->max_message_size);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_MESSAGE_RATE:
      g_value_set_uint (value, self->max_message_rate);
      return TRUE;
    case CLASP_RELAY_SETTING_HANDSHAKE_TIMEOUT:
      g_value_set_uint (value, self->handshake_timeout);
      return TRUE;
    case CLASP_RELAY_SETTING_PING_INTERVAL:
      g_value_set_uint (value, self->ping_interval);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_PARAMS:
      g_value_set_uint (value, self->max_params);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_PARAM_BYTES:
      g_value_set_uint64 (value, self->max_param_bytes);
      return TRUE;
    case CLASP_RELAY_SETTING_PARAM_TTL:
      g_value_set_uint (value, self->param_ttl);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_QUEUE_BYTES:
      g_value_set_uint64 (value, self->max_queue_bytes);
      return TRUE;
    case CLASP_RELAY_SETTING_RENDEZVOUS_TTL:
      g_value_set_uint (value, self->rendezvous_ttl);
      return TRUE;
    case CLASP_RELAY_SETTING_TOKEN:
    case CLASP_RELAY_N_SETTINGS:
    default:
      return FALSE;
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

/* Returns: whether @id is a setting */
gboolean
clasp_relay_settings_set (ClaspRelaySettings *self, guint id,
    const GValue *value)
{
  switch ((ClaspRelaySetting) id) {
    case CLASP_RELAY_SETTING_NAME:
      take_string (&self->name, value, DEFAULT_NAME);
      return TRUE;
    case CLASP_RELAY_SETTING_HOST:
      take_string (&self->host, value, DEFAULT_HOST);
      return TRUE;
    case CLASP_RELAY_SETTING_PORT:
      self->port = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_TOKEN:
      take_string (&self->token, value, NULL);
      return TRUE;
    case CLASP_RELAY_SETTING_WEB_DIRECTORY:
      take_string (&self->web_directory, value, NULL);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_SESSIONS:
      self->max_sessions = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_SUBSCRIPTIONS:
      self->max_subscriptions = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_MESSAGE_SIZE:
      self->max_message_size = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_MESSAGE_RATE:
      self->max_message_rate = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_HANDSHAKE_TIMEOUT:
      self->handshake_timeout = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_PING_INTERVAL:
      self->ping_interval = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_PARAMS:
      self->max_params = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_PARAM_BYTES:
      self->max_param_bytes = g_value_get_uint64 (value);
      return TRUE;
    case CLASP_RELAY_SETTING_PARAM_TTL:
      self->param_ttl = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_SETTING_MAX_QUEUE_BYTES:
      self->max_queue_bytes = g_value_get_uint64 (value);
      return TRUE;
    case CLASP_RELAY_SETTING_RENDEZVOUS_TTL:
      self->rendezvous_ttl = g_value_get_uint (value);
      return TRUE;
    case CLASP_RELAY_N_SETTINGS:
    default:
      return FALSE;
  }
}

static void
install_identity (GParamSpec **properties)
{
  /**
   * ClaspRelay:name:
   *
   * Name in WELCOME.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_NAME] = g_param_spec_string ("name", "Name",
      "Name in WELCOME", DEFAULT_NAME, FLAGS);

  /**
   * ClaspRelay:host:
   *
   * Address to listen on, or a name of this machine. "0.0.0.0" is every IPv4
   * address, "::" every address, "localhost" both loopback addresses.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_HOST] = g_param_spec_string ("host", "Host",
      "Address to listen on (0.0.0.0 or :: for all)", DEFAULT_HOST, FLAGS);

  /**
   * ClaspRelay:port:
   *
   * Port to listen on, 0 for any free one. While the relay runs this reads
   * back the real one.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_PORT] = g_param_spec_uint ("port", "Port",
      "Port to listen on (0 for any free one)", 0, G_MAXUINT16,
      CLASP_DEFAULT_PORT, FLAGS);

  /**
   * ClaspRelay:token:
   *
   * What every HELLO must carry; %NULL or empty: nothing.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_TOKEN] =
      g_param_spec_string ("token", "Token", "What every HELLO must carry",
          NULL, G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);

  /**
   * ClaspRelay:web-directory:
   *
   * Folder whose files are served over HTTP on the same port; %NULL: none.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_WEB_DIRECTORY] =
      g_param_spec_string ("web-directory", "Web directory",
          "Folder whose files are served", NULL, FLAGS);
}

static void
install_session_limits (GParamSpec **properties)
{
  /**
   * ClaspRelay:max-sessions:
   *
   * Sessions at a time; one more is refused with ERROR 503.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_MAX_SESSIONS] =
      g_param_spec_uint ("max-sessions", "Maximum sessions",
          "Sessions at a time", 1, 65536, 512, FLAGS);

  /**
   * ClaspRelay:max-subscriptions:
   *
   * Subscriptions of one session; one more is refused with ERROR 429.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_MAX_SUBSCRIPTIONS] =
      g_param_spec_uint ("max-subscriptions", "Maximum subscriptions",
          "Subscriptions of one session", 1, 65536, 1000, FLAGS);

  /**
   * ClaspRelay:max-message-size:
   *
   * Bytes of one WebSocket message; a longer one ends the session.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_MAX_MESSAGE_SIZE] =
      g_param_spec_uint ("max-message-size", "Maximum message size",
          "Bytes of one WebSocket message", 1024, CLASP_FRAME_MAX_SIZE,
          CLASP_FRAME_MAX_SIZE, FLAGS);

  /**
   * ClaspRelay:max-message-rate:
   *
   * Messages per second of one session, 0 for any number. What comes above it
   * is discarded, with one ERROR 429 a second.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_MAX_MESSAGE_RATE] =
      g_param_spec_uint ("max-message-rate", "Maximum message rate",
          "Messages per second of one session (0: any)", 0, G_MAXUINT - 1, 0,
          FLAGS);
}

static void
install_times (GParamSpec **properties)
{
  /**
   * ClaspRelay:handshake-timeout:
   *
   * Milliseconds until HELLO must be there, and until an HTTP request must be
   * complete.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_HANDSHAKE_TIMEOUT] =
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
  properties[CLASP_RELAY_SETTING_PING_INTERVAL] =
      g_param_spec_uint ("ping-interval", "Ping interval",
          "Seconds between WebSocket pings (0: none)", 0, 3600, 10, FLAGS);

  /**
   * ClaspRelay:rendezvous-ttl:
   *
   * Seconds that a registration at the rendezvous routes lives without a
   * refresh.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_RENDEZVOUS_TTL] =
      g_param_spec_uint ("rendezvous-ttl", "Rendezvous TTL",
          "Seconds that a registration lives", 1, G_MAXUINT, 300, FLAGS);
}

static void
install_memory_limits (GParamSpec **properties)
{
  /**
   * ClaspRelay:max-params:
   *
   * Params in all. One more evicts the one that was not written for the
   * longest time, but never the presence of a live session.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_MAX_PARAMS] = g_param_spec_uint ("max-params",
      "Maximum params", "Params in all", 1, 10000000, 100000, FLAGS);

  /**
   * ClaspRelay:max-param-bytes:
   *
   * Bytes that all params together may take.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_MAX_PARAM_BYTES] =
      g_param_spec_uint64 ("max-param-bytes", "Maximum param bytes",
          "Bytes that all params together may take", 64 * 1024, G_MAXUINT32,
          64 * 1024 * 1024, FLAGS);

  /**
   * ClaspRelay:param-ttl:
   *
   * Seconds after the last write until a param is forgotten, unless its SET
   * said otherwise; 0 for never.
   *
   * Since: 0.1
   */
  properties[CLASP_RELAY_SETTING_PARAM_TTL] = g_param_spec_uint ("param-ttl",
      "Param TTL", "Seconds until an unwritten param is forgotten (0: never)",
      0, G_MAXINT32, 3600, FLAGS);

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
  properties[CLASP_RELAY_SETTING_MAX_QUEUE_BYTES] =
      g_param_spec_uint64 ("max-queue-bytes", "Maximum queue bytes",
          "Bytes that may wait for one slow receiver", 256 * 1024, G_MAXUINT32,
          8 * 1024 * 1024, FLAGS);
}

/* @properties: (out caller-allocates): array indexed by #ClaspRelaySetting */
void
clasp_relay_settings_install (GParamSpec **properties)
{
  install_identity (properties);
  install_session_limits (properties);
  install_times (properties);
  install_memory_limits (properties);
}
