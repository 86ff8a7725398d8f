/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>

G_BEGIN_DECLS

#define GST_CLASP_URI_SCHEME "clasp"
#define GST_CLASP_URI_SCHEME_TLS "clasps"

/* clasp://host[:port]/room -> ws://host:port and room; clasps:// -> wss:// */
gboolean gst_clasp_uri_parse (const char *uri, char **relay_url, char **room,
    GError **error);
/* The reverse; NULL when the relay URL has more than a host and a port. */
char *gst_clasp_uri_build (const char *relay_url, const char *room);

/* Whether a relay can be reached by this URL at all (ws:// or wss://). */
gboolean gst_clasp_relay_url_check (const char *relay_url, GError **error);
/* The URL without user, password and query, for messages and logs. */
char *gst_clasp_relay_url_to_display (const char *relay_url);

G_END_DECLS
