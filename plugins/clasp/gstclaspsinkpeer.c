/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsinkpeer.h"

#include <gst/clasp/gstclaspsdp.h>

/* between two attempts to reach the same peer, µs; doubles up to 2^5 */
#define RETRY_INTERVAL (5 * G_USEC_PER_SEC)
#define MAX_DOUBLINGS 5

typedef struct {
  guint mline;
  char *mid;
  char *text;
} Candidate;

static void
free_candidate (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->mid);
  g_free (candidate->text);
  g_free (candidate);
}

/**
 * gst_clasp_sink_peer_new:
 * @id: session id
 * @name: (nullable): what it calls itself
 *
 * Returns: (transfer full): a peer that nothing goes to
 *
 * Since: 0.1
 */
GstClaspSinkPeer *
gst_clasp_sink_peer_new (const char *id, const char *name)
{
  GstClaspSinkPeer *self = g_new0 (GstClaspSinkPeer, 1);

  self->id = g_strdup (id);
  self->name = g_strdup (name ? name : "");
  self->candidates = g_ptr_array_new_with_free_func (free_candidate);
  return self;
}

/**
 * gst_clasp_sink_peer_free:
 * @self: (transfer full): a peer without a viewer
 *
 * Since: 0.1
 */
void
gst_clasp_sink_peer_free (GstClaspSinkPeer *self)
{
  g_assert (!self->viewer && !self->former);
  g_ptr_array_unref (self->candidates);
  g_free (self->offer);
  g_free (self->name);
  g_free (self->id);
  g_free (self);
}

/**
 * gst_clasp_sink_peer_set_name:
 * @self: a peer
 * @name: (nullable): what it calls itself now
 *
 * Since: 0.1
 */
void
gst_clasp_sink_peer_set_name (GstClaspSinkPeer *self, const char *name)
{
  if (!name || g_str_equal (self->name, name))
    return;
  g_free (self->name);
  self->name = g_strdup (name);
}

/**
 * gst_clasp_sink_peer_keep_offer:
 * @self: a peer
 * @sdp: what it offers, while there is no media yet
 *
 * Since: 0.1
 */
void
gst_clasp_sink_peer_keep_offer (GstClaspSinkPeer *self, const char *sdp)
{
  if (strlen (sdp) > GST_CLASP_SDP_MAX_SIZE)
    return;
  g_free (self->offer);
  self->offer = g_strdup (sdp);
  g_ptr_array_set_size (self->candidates, 0);
}

/**
 * gst_clasp_sink_peer_keep_candidate:
 * @self: a peer whose offer is kept
 * @mline: index of the media section
 * @mid: (nullable): its name
 * @text: the candidate line
 *
 * Since: 0.1
 */
void
gst_clasp_sink_peer_keep_candidate (GstClaspSinkPeer *self, guint mline,
    const char *mid, const char *text)
{
  Candidate *candidate;

  if (!self->offer || strlen (text) > GST_CLASP_CANDIDATE_MAX_SIZE ||
      (mid && strlen (mid) > GST_CLASP_CANDIDATE_MAX_SIZE) ||
      self->candidates->len >= GST_CLASP_SINK_PEER_MAX_WAITING)
    return;
  candidate = g_new0 (Candidate, 1);
  candidate->mline = mline;
  candidate->mid = g_strdup (mid);
  candidate->text = g_strdup (text);
  g_ptr_array_add (self->candidates, candidate);
}

/**
 * gst_clasp_sink_peer_wants_retry:
 * @self: a peer
 * @now: the time, monotonic µs
 * @later: (out): set to %TRUE if not now but later
 *
 * A connection may fail, or there may be no room for it; as long as the peer is
 * there, it gets another try, at growing intervals.
 *
 * Returns: whether to try now
 *
 * Since: 0.1
 */
gboolean
gst_clasp_sink_peer_wants_retry (const GstClaspSinkPeer *self, gint64 now,
    gboolean *later)
{
  gint64 interval = RETRY_INTERVAL << MIN (self->attempts, MAX_DOUBLINGS);

  if (!self->present || !self->we_offer || self->broadcaster || self->viewer ||
      self->attempted == 0)
    return FALSE;
  if (now - self->attempted >= interval)
    return TRUE;
  *later = TRUE;
  return FALSE;
}

/**
 * gst_clasp_sink_peer_take_offer:
 * @self: a peer with a viewer and a kept offer
 * @error: return location for an error
 *
 * Hands what was kept to the viewer.
 *
 * Returns: %FALSE if the offer was refused
 *
 * Since: 0.1
 */
gboolean
gst_clasp_sink_peer_take_offer (GstClaspSinkPeer *self, GError **error)
{
  g_autofree char *offer = g_steal_pointer (&self->offer);
  gboolean taken =
      gst_clasp_viewer_take_description (self->viewer, "offer", offer, error);

  for (guint i = 0; taken && i < self->candidates->len; i++) {
    Candidate *candidate = g_ptr_array_index (self->candidates, i);

    gst_clasp_viewer_take_candidate (self->viewer, candidate->mline,
        candidate->mid, candidate->text, NULL);
  }
  g_ptr_array_set_size (self->candidates, 0);
  return taken;
}
