/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* A peer connection over time: states, timers, and the one moment at which the
 * peer's certificate decides whether media may pass. */

#include "gstclasppeerconnection-private.h"

/* defined with the class */
GST_DEBUG_CATEGORY_EXTERN (gst_clasp_peer_connection_debug);
#define GST_CAT_DEFAULT gst_clasp_peer_connection_debug

#define LIVENESS_INTERVAL_MS 500

typedef struct {
  GstClaspPeerConnection *self;
  GstClaspPeerHopFunc func;
  gpointer data;
  GDestroyNotify notify;
} Hop;

static gboolean
hop_run (gpointer user_data)
{
  Hop *hop = user_data;

  hop->func (hop->self, hop->data);
  return G_SOURCE_REMOVE;
}

static void
hop_free (gpointer user_data)
{
  Hop *hop = user_data;

  if (hop->notify)
    hop->notify (hop->data);
  gst_object_unref (hop->self);
  g_free (hop);
}

void
gst_clasp_peer_hop (GstClaspPeerConnection *self, GstClaspPeerHopFunc func,
    gpointer data, GDestroyNotify notify)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Hop *hop = g_new0 (Hop, 1);

  hop->self = gst_object_ref (self);
  hop->func = func;
  hop->data = data;
  hop->notify = notify;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[clasp] peer connection event");
  g_source_set_callback (source, hop_run, hop, hop_free);
  g_source_attach (source, self->context);
}

void
gst_clasp_peer_set_state (GstClaspPeerConnection *self,
    GstClaspPeerConnectionState state)
{
  if (g_atomic_int_get (&self->state) == (gint) state)
    return;
  GST_INFO_OBJECT (self, "peer %s: state %d", self->peer, state);
  g_atomic_int_set (&self->state, state);
  if (self->flow)
    gst_clasp_peer_media_set_open (self->flow,
        state == GST_CLASP_PEER_CONNECTION_CONNECTED);
  g_signal_emit_by_name (self, "state-changed", state);
  g_object_notify (G_OBJECT (self), "state");
}

gboolean
gst_clasp_peer_is_over (GstClaspPeerConnection *self)
{
  return g_atomic_int_get (&self->state) >= GST_CLASP_PEER_CONNECTION_FAILED;
}

static void
clear_timer (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static GSource *
start_timer (GstClaspPeerConnection *self, guint ms, GSourceFunc func,
    const char *name)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, self, NULL);
  g_source_set_name (source, name);
  g_source_attach (source, self->context);
  return source;
}

void
gst_clasp_peer_take_down (GstClaspPeerConnection *self)
{
  clear_timer (&self->negotiation_timer);
  clear_timer (&self->liveness_timer);
  g_cancellable_cancel (self->cancellable);
  if (self->webrtc)
    g_signal_handlers_disconnect_by_data (self->webrtc, self);
  if (self->flow)
    gst_clasp_peer_media_stop (self->flow);
  g_clear_object (&self->webrtc);
  if (self->pipeline) {
    g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

    gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
    gst_clasp_reaper_take (g_steal_pointer (&self->pipeline));
  }
}

void
gst_clasp_peer_fail (GstClaspPeerConnection *self, GError *error)
{
  if (gst_clasp_peer_is_over (self)) {
    g_error_free (error);
    return;
  }
  GST_WARNING_OBJECT (self, "peer %s: %s", self->peer, error->message);
  gst_object_ref (self);
  gst_clasp_peer_take_down (self);
  g_signal_emit_by_name (self, "failed", error);
  gst_clasp_peer_set_state (self, GST_CLASP_PEER_CONNECTION_FAILED);
  g_error_free (error);
  gst_object_unref (self);
}

static gboolean
negotiation_timed_out (gpointer data)
{
  GstClaspPeerConnection *self = data;

  gst_clasp_peer_fail (self,
      g_error_new (CLASP_ERROR, CLASP_ERROR_TIMEOUT,
          self->remote ? "no network path to peer %s within %u ms: a TURN "
                         "server may help"
                       : "peer %s did not answer within %u ms",
          self->peer, self->negotiation_timeout));
  return G_SOURCE_REMOVE;
}

/* webrtcbin 1.22 never says that a peer is gone; its reports just stop. */
static gboolean
check_liveness (gpointer data)
{
  GstClaspPeerConnection *self = data;
  gint64 silent =
      gst_clasp_peer_media_get_silence (self->flow, g_get_monotonic_time ());

  if (silent < (gint64) self->liveness_timeout * 1000)
    return G_SOURCE_CONTINUE;
  gst_clasp_peer_fail (self,
      g_error_new (CLASP_ERROR, CLASP_ERROR_TIMEOUT,
          "peer %s has been silent for %u ms", self->peer,
          (guint) (silent / 1000)));
  return G_SOURCE_REMOVE;
}

void
gst_clasp_peer_begin_connecting (GstClaspPeerConnection *self)
{
  gst_clasp_peer_set_state (self, GST_CLASP_PEER_CONNECTION_CONNECTING);
  self->negotiation_timer = start_timer (self, self->negotiation_timeout,
      negotiation_timed_out, "[clasp] negotiation timer");
}

/* --- the peer's certificate --- */

static gboolean
verify_certificate (GstClaspPeerConnection *self, GError **error)
{
  g_autofree char *pem = gst_clasp_webrtc_dup_remote_certificate (self->webrtc);
  g_auto (GStrv) named = gst_clasp_sdp_get_fingerprints (self->remote);
  g_autofree char *actual = NULL;
  guint i;

  if (!pem) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_TLS,
        "peer %s showed no DTLS certificate", self->peer);
    return FALSE;
  }
  actual = gst_clasp_certificate_fingerprint (pem, error);
  if (!actual)
    return FALSE;
  for (i = 0; named && named[i]; i++) {
    if (!g_str_equal (named[i], actual)) {
      g_set_error (error, CLASP_ERROR, CLASP_ERROR_TLS,
          "DTLS certificate of peer %s is not the one its description names: "
          "somebody is in between",
          self->peer);
      return FALSE;
    }
  }
  return i > 0;
}

static void
become_connected (GstClaspPeerConnection *self)
{
  GError *error = NULL;

  if (!verify_certificate (self, &error)) {
    gst_clasp_peer_fail (self, error);
    return;
  }
  clear_timer (&self->negotiation_timer);
  gst_bin_recalculate_latency (GST_BIN (self->pipeline));
  gst_clasp_peer_media_touch (self->flow, g_get_monotonic_time ());
  self->liveness_timer = start_timer (self, LIVENESS_INTERVAL_MS,
      check_liveness, "[clasp] liveness timer");
  gst_clasp_peer_set_state (self, GST_CLASP_PEER_CONNECTION_CONNECTED);
}

static void
connection_state_changed (GstClaspPeerConnection *self, gpointer data)
{
  GstWebRTCPeerConnectionState state;

  if (gst_clasp_peer_is_over (self) || !self->webrtc)
    return;
  g_object_get (self->webrtc, "connection-state", &state, NULL);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED) {
    if (g_atomic_int_get (&self->state) == GST_CLASP_PEER_CONNECTION_CONNECTING)
      become_connected (self);
  } else if (state == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED) {
    gst_clasp_peer_fail (self,
        g_error_new (CLASP_ERROR, CLASP_ERROR_FAILED,
            "no network path to peer %s (ICE or DTLS failed): a TURN "
            "server may help",
            self->peer));
  }
}

void
gst_clasp_peer_on_connection_state (GstElement *webrtc, GParamSpec *pspec,
    GstClaspPeerConnection *self)
{
  gst_clasp_peer_hop (self, connection_state_changed, NULL, NULL);
}
