/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstClaspSinkRelayConfig:
 * @host: address to listen on
 * @port: port, 0 for any free one
 * @token: (nullable): what every session must show
 * @web_directory: (nullable): what browsers get; %NULL for the web viewer that
 *   comes with the plugin
 *
 * How to run the relay of a sink.
 */
typedef struct {
  const char *host;
  guint port;
  const char *token;
  const char *web_directory;
} GstClaspSinkRelayConfig;

/* A relay of the sink's own, in a thread of its own. */
typedef struct _GstClaspSinkRelay GstClaspSinkRelay;

GstClaspSinkRelay *
gst_clasp_sink_relay_start (const GstClaspSinkRelayConfig *config,
    GError **error);
void gst_clasp_sink_relay_stop (GstClaspSinkRelay *self);
char *gst_clasp_sink_relay_dup_url (GstClaspSinkRelay *self);
guint gst_clasp_sink_relay_get_port (GstClaspSinkRelay *self);

G_END_DECLS
