/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasppeerconnection-private.h"

static void
handle_bus_error (GstClaspPeerConnection *self, gpointer data)
{
  gst_clasp_peer_fail (self,
      g_error_new (CLASP_ERROR, CLASP_ERROR_FAILED,
          "connection to peer %s broke: %s", self->peer,
          ((GError *) data)->message));
}

/* rtpsession writes no sender reports before it knows the latency. */
static void
update_latency (GstClaspPeerConnection *self, gpointer data)
{
  if (self->pipeline)
    gst_bin_recalculate_latency (GST_BIN (self->pipeline));
}

/* The pipeline is nobody else's: what it says stays here. */
static GstBusSyncReply
on_bus_message (GstBus *bus, GstMessage *message, gpointer data)
{
  GstClaspPeerConnection *self = data;
  GError *error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    gst_clasp_peer_hop (self, handle_bus_error, error,
        (GDestroyNotify) g_error_free);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY) {
    gst_clasp_peer_hop (self, update_latency, NULL, NULL);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
on_incoming (guint media, GstPad *pad, gpointer data)
{
  g_signal_emit_by_name (data, "incoming", media, pad);
}

static void
on_key_unit_requested (guint media, gpointer data)
{
  g_signal_emit_by_name (data, "key-unit-requested", media);
}

static void
unref_closure_data (gpointer data, GClosure *closure)
{
  gst_object_unref (data);
}

/* The closure holds a reference: webrtcbin may be emitting on its own thread
 * while the owner lets go. */
static void
connect_webrtc (GstClaspPeerConnection *self, const char *signal,
    GCallback callback)
{
  g_signal_connect_data (self->webrtc, signal, callback, gst_object_ref (self),
      unref_closure_data, 0);
}

static void
set_up_pipeline (GstClaspPeerConnection *self)
{
  g_autofree char *name = g_strdup_printf ("clasp-peer-%s", self->peer);
  g_autoptr (GstBus) bus = NULL;

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (name));
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_bus_message, gst_object_ref (self),
      gst_object_unref);
  if (self->clock)
    gst_pipeline_use_clock (GST_PIPELINE (self->pipeline), self->clock);
  if (GST_CLOCK_TIME_IS_VALID (self->base_time)) {
    gst_element_set_start_time (self->pipeline, GST_CLOCK_TIME_NONE);
    gst_element_set_base_time (self->pipeline, self->base_time);
  }
  gst_bin_add (GST_BIN (self->pipeline), self->webrtc);
  connect_webrtc (self, "notify::connection-state",
      G_CALLBACK (gst_clasp_peer_on_connection_state));
  connect_webrtc (self, "on-ice-candidate",
      G_CALLBACK (gst_clasp_peer_on_ice_candidate));
  self->flow = gst_clasp_peer_media_new (self->pipeline, self->webrtc,
      self->medias, on_incoming, on_key_unit_requested, self);
}

gboolean
gst_clasp_peer_build (GstClaspPeerConnection *self, GError **error)
{
  GstClaspIceConfig config = {.stun_server = self->stun_server,
      .turn_servers = (const char *const *) self->turn_servers,
      .policy = self->ice_transport_policy,
      .latency = self->latency,
      .loopback = self->loopback};

  if (!gst_clasp_descriptor_budget_check (error))
    return FALSE;
  self->webrtc = gst_clasp_webrtc_new (&config, error);
  if (!self->webrtc)
    return FALSE;
  set_up_pipeline (self);
  return TRUE;
}

gboolean
gst_clasp_peer_play (GstClaspPeerConnection *self, GError **error)
{
  if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE)
    return TRUE;
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
      "webrtcbin for peer %s did not start: are the nice, dtls, srtp and rtp "
      "plugins installed?",
      self->peer);
  return FALSE;
}
