/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasppeerconnection-private.h"

/* defined with the class */
GST_DEBUG_CATEGORY_EXTERN (gst_clasp_peer_connection_debug);
#define GST_CAT_DEFAULT gst_clasp_peer_connection_debug

/* A peer may trickle this many candidates before its description. */
#define MAX_QUEUED_CANDIDATES 64
#define MAX_CANDIDATES 256

static void
emit_candidate (GstClaspPeerConnection *self, gpointer data)
{
  GstClaspCandidate *candidate = data;
  const char *mid = NULL;

  if (gst_clasp_peer_is_over (self))
    return;
  if (self->local &&
      candidate->mline < gst_sdp_message_medias_len (self->local))
    mid =
        gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (self->local,
                                             candidate->mline),
            "mid");
  g_signal_emit_by_name (self, "candidate", candidate->mline, mid,
      candidate->text);
}

void
gst_clasp_peer_on_ice_candidate (GstElement *webrtc, guint mline,
    const char *text, GstClaspPeerConnection *self)
{
  GstClaspCandidate *candidate = g_new0 (GstClaspCandidate, 1);

  candidate->mline = mline;
  candidate->text = g_strdup (text);
  gst_clasp_peer_hop (self, emit_candidate, candidate,
      (GDestroyNotify) gst_clasp_candidate_free);
}

static guint
bundle_mline (GstClaspPeerConnection *self, guint mline)
{
  return self->remote && mline < gst_sdp_message_medias_len (self->remote)
      ? mline
      : 0;
}

static void
apply_candidate (GstClaspPeerConnection *self,
    const GstClaspCandidate *candidate)
{
  GST_DEBUG_OBJECT (self, "peer %s: candidate %s", self->peer, candidate->text);
  g_signal_emit_by_name (self->webrtc, "add-ice-candidate",
      bundle_mline (self, candidate->mline), candidate->text);
}

static void
on_candidate_resolved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GstClaspPeerConnection) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstClaspCandidate) candidate =
      gst_clasp_candidate_resolve_finish (result, &error);

  if (gst_clasp_peer_is_over (self) || !self->webrtc)
    return;
  if (candidate)
    apply_candidate (self, candidate);
  else
    GST_DEBUG_OBJECT (self, "peer %s: candidate left out: %s", self->peer,
        error->message);
}

static void
use_candidate (GstClaspPeerConnection *self, GstClaspCandidate *candidate)
{
  if (gst_clasp_candidate_is_numeric (candidate))
    apply_candidate (self, candidate);
  else
    gst_clasp_candidate_resolve_async (candidate, self->cancellable,
        on_candidate_resolved, gst_object_ref (self));
}

void
gst_clasp_peer_flush_candidates (GstClaspPeerConnection *self)
{
  g_autoptr (GPtrArray) queued = g_steal_pointer (&self->candidates);
  guint i;

  self->candidates = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_candidate_free);
  for (i = 0; i < queued->len; i++)
    use_candidate (self, g_ptr_array_index (queued, i));
}

gboolean
gst_clasp_peer_take_candidate (GstClaspPeerConnection *self,
    GstClaspCandidate *candidate, GError **error)
{
  if (++self->n_candidates > MAX_CANDIDATES ||
      self->candidates->len >= MAX_QUEUED_CANDIDATES) {
    gst_clasp_candidate_free (candidate);
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_LIMIT,
        "peer %s sends too many candidates", self->peer);
    return FALSE;
  }
  if (!self->remote_applied) {
    g_ptr_array_add (self->candidates, candidate);
    return TRUE;
  }
  use_candidate (self, candidate);
  gst_clasp_candidate_free (candidate);
  return TRUE;
}

void
gst_clasp_peer_take_candidates (GstClaspPeerConnection *self,
    GPtrArray *candidates)
{
  while (candidates && candidates->len > 0)
    gst_clasp_peer_take_candidate (self,
        g_ptr_array_steal_index (candidates, 0), NULL);
}
