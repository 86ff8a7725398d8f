/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gio/gio.h>
#include "clasp-clock.h"
#include "clasp-message.h"

G_BEGIN_DECLS

/**
 * ClaspClientState:
 * @CLASP_CLIENT_DISCONNECTED: not connected and not trying
 * @CLASP_CLIENT_CONNECTING: first connection under way
 * @CLASP_CLIENT_CONNECTED: there is a session
 * @CLASP_CLIENT_RECONNECTING: lost the relay, trying again by itself
 * @CLASP_CLIENT_FAILED: gave up: refused token, bad URL, TLS
 *
 * Since: 0.1
 */
typedef enum {
  CLASP_CLIENT_DISCONNECTED,
  CLASP_CLIENT_CONNECTING,
  CLASP_CLIENT_CONNECTED,
  CLASP_CLIENT_RECONNECTING,
  CLASP_CLIENT_FAILED,
} ClaspClientState;

#define CLASP_TYPE_CLIENT (clasp_client_get_type ())
CLASP_API
G_DECLARE_FINAL_TYPE (ClaspClient, clasp_client, CLASP, CLIENT, GObject)

#define CLASP_TYPE_SUBSCRIPTION (clasp_subscription_get_type ())
CLASP_API
G_DECLARE_FINAL_TYPE (ClaspSubscription, clasp_subscription, CLASP,
    SUBSCRIPTION, GObject)

/*
 * A client belongs to the thread-default main context of its construction:
 * it does its work and emits its signals there. set, emit, stream, send,
 * bundle and the property getters may be called from any thread; all other
 * calls belong to that context.
 *
 * Properties: url, name, token (write only), tls-ca-file, session (r),
 * state (r), clock (r), clock-offset (r, µs: relay time - local Unix time),
 * max-queue-bytes, max-message-rate (0 = learn from the relay's ERROR 429),
 * stats (r).
 * Signals: "session-changed" (const char *session) after every WELCOME,
 * "error" (GError *) for every ERROR of the relay, every lost connection and
 * every failed attempt that no connect_async callback hears of,
 * "message" (ClaspMessage *) for every message received,
 * "stream-dropped" (const char *address) when a full queue cost frames.
 *
 * connect_async reports the first attempt. If its error may pass
 * (clasp_error_is_fatal() says no), the client goes on by itself in
 * RECONNECTING until disconnect; else it is FAILED.
 */
CLASP_API ClaspClient *clasp_client_new (const char *url);
CLASP_API void clasp_client_connect_async (ClaspClient *self,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
CLASP_API gboolean clasp_client_connect_finish (ClaspClient *self,
    GAsyncResult *result, GError **error);
CLASP_API void clasp_client_disconnect (ClaspClient *self);
CLASP_API void clasp_client_disconnect_async (ClaspClient *self,
    GAsyncReadyCallback callback, gpointer data);
CLASP_API gboolean clasp_client_disconnect_finish (ClaspClient *self,
    GAsyncResult *result);
CLASP_API ClaspClientState clasp_client_get_state (ClaspClient *self);
CLASP_API char *clasp_client_dup_session (ClaspClient *self);
CLASP_API gint64 clasp_client_get_clock_offset (ClaspClient *self);
CLASP_API ClaspClock *clasp_client_get_clock (ClaspClient *self);
CLASP_API GVariant *clasp_client_get_stats (ClaspClient *self);

/* Subscription: signal "received" (const char *address, GVariant *value
 * (nullable), ClaspMessage *message); snapshots arrive as one emission per
 * param that matches. Kept across reconnects, and owned by the client, until
 * unsubscribed. */
CLASP_API ClaspSubscription *clasp_client_subscribe (ClaspClient *self,
    const char *pattern, ClaspSignalMask signals, GError **error);
CLASP_API void
clasp_client_unsubscribe (ClaspClient *self, ClaspSubscription *subscription);
CLASP_API const char *clasp_subscription_get_pattern (ClaspSubscription *self);

CLASP_API gboolean clasp_client_set (ClaspClient *self, const char *address,
    GVariant *value, GError **error);
CLASP_API gboolean clasp_client_set_with_ttl (ClaspClient *self,
    const char *address, GVariant *value, guint32 ttl, GError **error);
CLASP_API gboolean clasp_client_emit (ClaspClient *self, const char *address,
    GVariant *value, GError **error);
CLASP_API gboolean clasp_client_stream (ClaspClient *self, const char *address,
    GVariant *value, GError **error);
CLASP_API gboolean clasp_client_bundle (ClaspClient *self,
    ClaspMessage *const *messages, guint n_messages, GError **error);
CLASP_API gboolean clasp_client_send (ClaspClient *self, ClaspMessage *message,
    GError **error);
CLASP_API void clasp_client_get_async (ClaspClient *self, const char *address,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
CLASP_API GVariant *clasp_client_get_finish (ClaspClient *self,
    GAsyncResult *result, GError **error);

G_END_DECLS
