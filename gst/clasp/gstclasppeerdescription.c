/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasppeerconnection-private.h"

static void
emit_description (GstClaspPeerConnection *self, const char *type,
    const GstSDPMessage *sdp)
{
  g_autofree char *text =
      gst_clasp_negotiation_outgoing_text (sdp, self->stream);

  g_signal_emit_by_name (self, "description", type, text);
}

static void
emit_negotiated (GstClaspPeerConnection *self)
{
  gboolean any = FALSE;
  guint i;

  for (i = 0; i < self->medias->len && !gst_clasp_peer_is_over (self); i++) {
    GstClaspMedia *media = g_ptr_array_index (self->medias, i);

    any |= media->negotiated != NULL;
    if (media->negotiated && gst_clasp_media_sends (media))
      gst_clasp_peer_media_set_caps (self->flow, i, media->negotiated);
    g_signal_emit_by_name (self, "media-negotiated", i, media->negotiated);
  }
  if (!any && !gst_clasp_peer_is_over (self))
    gst_clasp_peer_fail (self,
        g_error_new (CLASP_ERROR, CLASP_ERROR_FAILED,
            "peer %s shares no codec with us", self->peer));
}

static void
set_local (GstClaspPeerConnection *self, GstWebRTCSessionDescription *desc)
{
  g_clear_pointer (&self->local, gst_sdp_message_free);
  gst_sdp_message_copy (desc->sdp, &self->local);
  emit_description (self,
      desc->type == GST_WEBRTC_SDP_TYPE_OFFER ? "offer" : "answer", desc->sdp);
  if (!gst_clasp_peer_is_over (self))
    g_signal_emit_by_name (self->webrtc, "set-local-description", desc, NULL);
}

static void
local_ready (GstClaspPeerConnection *self, gpointer data)
{
  GstWebRTCSessionDescription *desc = data;

  if (gst_clasp_peer_is_over (self))
    return;
  if (!desc) {
    gst_clasp_peer_fail (self,
        g_error_new (CLASP_ERROR, CLASP_ERROR_FAILED,
            "no description for peer %s could be made", self->peer));
    return;
  }
  set_local (self, desc);
  if (gst_clasp_peer_is_over (self) || desc->type != GST_WEBRTC_SDP_TYPE_ANSWER)
    return;
  self->remote_applied = TRUE;
  gst_clasp_peer_flush_candidates (self);
  emit_negotiated (self);
}

static void
free_description (gpointer desc)
{
  if (desc)
    gst_webrtc_session_description_free (desc);
}

static void
on_local_created (GstPromise *promise, gpointer data)
{
  GstClaspPeerConnection *self = data;
  GstWebRTCSessionDescription *desc = NULL;
  const GstStructure *reply = NULL;

  if (gst_promise_wait (promise) == GST_PROMISE_RESULT_REPLIED)
    reply = gst_promise_get_reply (promise);
  if (reply &&
      !gst_structure_get (reply, "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
          &desc, NULL))
    gst_structure_get (reply, "answer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
        &desc, NULL);
  gst_clasp_peer_hop (self, local_ready, desc, free_description);
  gst_promise_unref (promise);
}

static void
create_local (GstClaspPeerConnection *self, const char *signal)
{
  g_signal_emit_by_name (self->webrtc, signal, NULL,
      gst_promise_new_with_change_func (on_local_created, gst_object_ref (self),
          gst_object_unref));
}

static void
remote_offer_applied (GstClaspPeerConnection *self, gpointer data)
{
  if (!gst_clasp_peer_is_over (self))
    create_local (self, "create-answer");
}

static void
remote_answer_applied (GstClaspPeerConnection *self, gpointer data)
{
  if (gst_clasp_peer_is_over (self))
    return;
  self->remote_applied = TRUE;
  gst_clasp_peer_flush_candidates (self);
  emit_negotiated (self);
}

static void
on_remote_set (GstPromise *promise, gpointer data)
{
  GstClaspPeerConnection *self = data;

  gst_promise_wait (promise);
  gst_clasp_peer_hop (self,
      self->offerer ? remote_answer_applied : remote_offer_applied, NULL, NULL);
  gst_promise_unref (promise);
}

static void
apply_remote (GstClaspPeerConnection *self, GstWebRTCSDPType type)
{
  GstSDPMessage *copy = NULL;
  GstWebRTCSessionDescription *desc;

  gst_sdp_message_copy (self->remote, &copy);
  desc = gst_webrtc_session_description_new (type, copy);
  g_signal_emit_by_name (self->webrtc, "set-remote-description", desc,
      gst_promise_new_with_change_func (on_remote_set, gst_object_ref (self),
          gst_object_unref));
  gst_webrtc_session_description_free (desc);
}

static gboolean
add_offered_lines (GstClaspPeerConnection *self, GError **error)
{
  guint i, payload = GST_CLASP_FIRST_PAYLOAD;

  for (i = 0; i < self->medias->len; i++) {
    GstClaspMedia *media = g_ptr_array_index (self->medias, i);
    g_autoptr (GstCaps) caps = gst_clasp_media_offer_caps (media, &payload);

    media->mline = i;
    if (!gst_clasp_peer_media_add_line (self->flow, i, i, caps, error))
      return FALSE;
  }
  return TRUE;
}

/* m-lines in the order of the offer: that is how webrtcbin pairs them. */
static gboolean
add_answered_lines (GstClaspPeerConnection *self, const GArray *plan,
    GError **error)
{
  guint i, index;

  for (i = 0; i < plan->len; i++) {
    GstClaspMline *line = &g_array_index (plan, GstClaspMline, i);

    if (line->kind == GST_WEBRTC_KIND_UNKNOWN || !line->caps)
      continue;
    if (!line->media)
      gst_clasp_webrtc_add_inactive (self->webrtc, line->caps);
    else if (!g_ptr_array_find (self->medias, line->media, &index) ||
        !gst_clasp_peer_media_add_line (self->flow, index, i, line->caps,
            error))
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_clasp_peer_take_first_offer (GstClaspPeerConnection *self,
    GstSDPMessage *offer, GError **error)
{
  g_autoptr (GArray) plan =
      gst_clasp_negotiation_plan_answer (offer, self->medias);

  self->remote = offer;
  gst_clasp_negotiation_prepare_remote (offer, plan);
  gst_clasp_peer_begin_connecting (self);
  if (!gst_clasp_peer_build (self, error) ||
      !add_answered_lines (self, plan, error) ||
      !gst_clasp_peer_play (self, error))
    return FALSE;
  apply_remote (self, GST_WEBRTC_SDP_TYPE_OFFER);
  return TRUE;
}

/* RFC 8842: the DTLS roles of a connection never change. */
static const char *
own_setup (GstClaspPeerConnection *self)
{
  const char *theirs =
      gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (self->remote,
                                           0),
          "setup");
  const char *ours =
      gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (self->local,
                                           0),
          "setup");

  if (g_strcmp0 (ours, "actpass") != 0)
    return ours ? ours : "active";
  return g_strcmp0 (theirs, "active") == 0 ? "passive" : "active";
}

gboolean
gst_clasp_peer_take_later_offer (GstClaspPeerConnection *self,
    GstSDPMessage *offer, GError **error)
{
  GstSDPMessage *answer;

  if (!gst_clasp_negotiation_same_session (self->remote, offer, error)) {
    gst_sdp_message_free (offer);
    return FALSE;
  }
  answer =
      gst_clasp_negotiation_answer_again (offer, self->local, own_setup (self));
  emit_description (self, "answer", answer);
  gst_sdp_message_free (answer);
  gst_sdp_message_free (offer);
  return TRUE;
}

gboolean
gst_clasp_peer_take_answer (GstClaspPeerConnection *self, GstSDPMessage *answer,
    GError **error)
{
  if (!self->offerer || !self->local || self->remote) {
    gst_sdp_message_free (answer);
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "peer %s answers an offer that is not open", self->peer);
    return FALSE;
  }
  if (gst_sdp_message_medias_len (answer) !=
      gst_sdp_message_medias_len (self->local)) {
    gst_sdp_message_free (answer);
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "answer of peer %s has other media sections than our offer",
        self->peer);
    return FALSE;
  }
  self->remote = answer;
  gst_clasp_negotiation_prepare_remote (answer, NULL);
  gst_clasp_negotiation_apply_answer (answer, self->medias);
  apply_remote (self, GST_WEBRTC_SDP_TYPE_ANSWER);
  return TRUE;
}

gboolean
gst_clasp_peer_make_offer (GstClaspPeerConnection *self, GError **error)
{
  self->offerer = TRUE;
  gst_clasp_peer_begin_connecting (self);
  if (!gst_clasp_peer_build (self, error) || !add_offered_lines (self, error) ||
      !gst_clasp_peer_play (self, error))
    return FALSE;
  create_local (self, "create-offer");
  return TRUE;
}
