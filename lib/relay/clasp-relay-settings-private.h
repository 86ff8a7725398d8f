/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What the properties of a ClaspRelay say. */
typedef struct {
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
} ClaspRelaySettings;

/* Ids of the properties; the relay adds its own behind them. */
typedef enum {
  CLASP_RELAY_SETTING_NAME = 1,
  CLASP_RELAY_SETTING_HOST,
  CLASP_RELAY_SETTING_PORT,
  CLASP_RELAY_SETTING_TOKEN,
  CLASP_RELAY_SETTING_WEB_DIRECTORY,
  CLASP_RELAY_SETTING_MAX_SESSIONS,
  CLASP_RELAY_SETTING_MAX_SUBSCRIPTIONS,
  CLASP_RELAY_SETTING_MAX_MESSAGE_SIZE,
  CLASP_RELAY_SETTING_MAX_MESSAGE_RATE,
  CLASP_RELAY_SETTING_HANDSHAKE_TIMEOUT,
  CLASP_RELAY_SETTING_PING_INTERVAL,
  CLASP_RELAY_SETTING_MAX_PARAMS,
  CLASP_RELAY_SETTING_MAX_PARAM_BYTES,
  CLASP_RELAY_SETTING_PARAM_TTL,
  CLASP_RELAY_SETTING_MAX_QUEUE_BYTES,
  CLASP_RELAY_SETTING_RENDEZVOUS_TTL,
  CLASP_RELAY_N_SETTINGS,
} ClaspRelaySetting;


void clasp_relay_settings_install (GParamSpec **properties);
void clasp_relay_settings_clear (ClaspRelaySettings *self);
gboolean clasp_relay_settings_get (const ClaspRelaySettings *self, guint id,
    GValue *value);
gboolean clasp_relay_settings_set (ClaspRelaySettings *self, guint id,
    const GValue *value);

G_END_DECLS
