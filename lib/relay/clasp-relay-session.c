/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#define G_LOG_DOMAIN "clasp-relay"

#include "clasp-relay-session-private.h"
#include <clasp/clasp.h>

/* How often a slow receiver is told that it loses stream messages. */
#define NOTICE_INTERVAL (1 * G_USEC_PER_SEC)

/* Pings without any sign of life before the peer counts as dead. The stream
 * sees it; libsoup's "pong" signal hands out a GByteArray for a GBytes. */
#define MISSED_PINGS 3

/* How long a peer may take to answer a close frame. */
#define CLOSE_TIMEOUT 2

#define MAX_CLOSE_REASON 120

struct _ClaspRelaySession {
  SoupWebsocketConnection *websocket;
  ClaspRelayStream *stream;
  ClaspRelaySessionConfig config;
  const ClaspRelaySessionFuncs *funcs;
  gpointer data;
  gint64 next_notice;
  guint64 n_noticed; /* drops the peer was told of */
  guint64 n_text;
  GSource *close_timer;
  gboolean closing;
};

static void
on_message (SoupWebsocketConnection *websocket, SoupWebsocketDataType type,
    GBytes *bytes, ClaspRelaySession *self)
{
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    self->n_text++;
  else if (!self->closing)
    self->funcs->message (self, bytes, self->data);
}

static void
on_error (SoupWebsocketConnection *websocket, GError *error,
    ClaspRelaySession *self)
{
  g_debug ("WebSocket: %s", error->message);
}

static void
on_closed (SoupWebsocketConnection *websocket, ClaspRelaySession *self)
{
  self->closing = TRUE;
  self->funcs->closed (self, self->data);
}

static void
on_drained (gpointer user_data)
{
  ClaspRelaySession *self = user_data;

  if (!self->closing)
    self->funcs->drained (self, self->data);
}

/*
 * clasp_relay_session_new:
 * @websocket: an open connection over @stream
 *
 * Returns: (transfer full): the session; @funcs are called from now on
 */
ClaspRelaySession *
clasp_relay_session_new (SoupWebsocketConnection *websocket,
    ClaspRelayStream *stream, const ClaspRelaySessionConfig *config,
    const ClaspRelaySessionFuncs *funcs, gpointer data)
{
  ClaspRelaySession *self = g_new0 (ClaspRelaySession, 1);

  self->websocket = g_object_ref (websocket);
  self->stream = g_object_ref (stream);
  self->config = *config;
  self->funcs = funcs;
  self->data = data;

  clasp_relay_stream_upgrade (stream, config->max_queue, config->max_message,
      on_drained, self);
  g_object_set (websocket, "max-incoming-payload-size",
      (guint64) config->max_message, "keepalive-interval",
      config->ping_interval, NULL);
  g_signal_connect (websocket, "message", G_CALLBACK (on_message), self);
  g_signal_connect (websocket, "error", G_CALLBACK (on_error), self);
  g_signal_connect (websocket, "closed", G_CALLBACK (on_closed), self);

  return self;
}

static void
clear_close_timer (ClaspRelaySession *self)
{
  if (self->close_timer == NULL)
    return;

  g_source_destroy (self->close_timer);
  g_clear_pointer (&self->close_timer, g_source_unref);
}

void
clasp_relay_session_free (ClaspRelaySession *self)
{
  g_signal_handlers_disconnect_by_data (self->websocket, self);
  clasp_relay_stream_detach (self->stream);
  clear_close_timer (self);
  g_io_stream_close (G_IO_STREAM (self->stream), NULL, NULL);
  g_object_unref (self->websocket);
  g_object_unref (self->stream);
  g_free (self);
}

static void
send_notice (ClaspRelaySession *self, guint64 n_dropped)
{
  gint64 now = g_get_monotonic_time ();
  g_autofree char *text = NULL;
  g_autoptr (ClaspMessage) message = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ClaspRelayFrame) frame = NULL;

  if (now < self->next_notice)
    return;

  text = g_strdup_printf ("this receiver is too slow: %" G_GUINT64_FORMAT
                          " stream messages were dropped",
      n_dropped - self->n_noticed);
  self->n_noticed = n_dropped;
  self->next_notice = now + NOTICE_INTERVAL;
  message = clasp_message_new_error (503, text, NULL);
  bytes = clasp_message_encode (message, NULL);
  if (bytes == NULL)
    return;
  frame = clasp_relay_frame_new (bytes);
  clasp_relay_stream_send (self->stream, frame);
}

/* Sends @frame, or drops streams, or gives up on the receiver. */
void
clasp_relay_session_send (ClaspRelaySession *self, ClaspRelayFrame *frame)
{
  guint64 n_dropped;

  if (self->closing)
    return;

  if (clasp_relay_stream_send (self->stream, frame) ==
      CLASP_RELAY_QUEUE_OVERFLOW) {
    clasp_relay_stream_discard (self->stream);
    clasp_relay_session_close (self, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION,
        "too slow: more params and events wait than max-queue-bytes allows");
    return;
  }

  if (!frame->droppable)
    return;
  n_dropped = clasp_relay_stream_get_n_dropped (self->stream);
  if (n_dropped > self->n_noticed)
    send_notice (self, n_dropped);
}

static gboolean
on_close_timeout (gpointer user_data)
{
  ClaspRelaySession *self = user_data;

  g_clear_pointer (&self->close_timer, g_source_unref);
  clasp_relay_stream_abort (self->stream);

  return G_SOURCE_REMOVE;
}

/* Starts the closing handshake and does not wait long for the other half. */
void
clasp_relay_session_close (ClaspRelaySession *self, guint16 code,
    const char *reason)
{
  g_autofree char *text = g_utf8_substring (reason, 0,
      MIN (g_utf8_strlen (reason, -1), MAX_CLOSE_REASON));

  if (self->closing)
    return;

  self->closing = TRUE;
  g_debug ("closing a session: %s", text);
  if (soup_websocket_connection_get_state (self->websocket) ==
      SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->websocket, code, text);

  self->close_timer = g_timeout_source_new_seconds (CLOSE_TIMEOUT);
  g_source_set_static_name (self->close_timer, "clasp-relay-close");
  g_source_set_callback (self->close_timer, on_close_timeout, self, NULL);
  g_source_attach (self->close_timer, g_main_context_get_thread_default ());
}

/* Cuts the connection of a peer that answers no ping any more. */
void
clasp_relay_session_check_alive (ClaspRelaySession *self, gint64 now_us)
{
  gint64 limit =
      (gint64) self->config.ping_interval * MISSED_PINGS * G_USEC_PER_SEC;

  if (limit == 0 ||
      now_us - clasp_relay_stream_get_last_read (self->stream) < limit)
    return;

  g_debug ("a peer is silent for %u pings", MISSED_PINGS);
  clasp_relay_stream_abort (self->stream);
}

ClaspRelayStream *
clasp_relay_session_get_stream (ClaspRelaySession *self)
{
  return self->stream;
}

/* Returns: how many text messages were ignored */
guint64
clasp_relay_session_get_n_text (const ClaspRelaySession *self)
{
  return self->n_text;
}
