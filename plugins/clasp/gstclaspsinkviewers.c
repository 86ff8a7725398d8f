/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsinkviewers-private.h"

/* Peers without a connection; a room that floods us is not remembered. */
#define MAX_PEERS 4096

GST_DEBUG_CATEGORY (gst_clasp_sink_viewers_debug);
#define GST_CAT_DEFAULT gst_clasp_sink_viewers_debug

static void
init_debug (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_clasp_sink_viewers_debug, "claspsinkviewers",
        0, "CLASP sink: who gets what");
    g_once_init_leave (&once, 1);
  }
}

/**
 * gst_clasp_sink_viewers_new:
 * @timeline: the timeline of what is sent
 * @funcs: who is told
 * @data: passed to @funcs
 *
 * Returns: (transfer full): an empty table
 *
 * Since: 0.1
 */
GstClaspSinkViewers *
gst_clasp_sink_viewers_new (GstClaspTimeline *timeline,
    const GstClaspSinkViewersFuncs *funcs, gpointer data)
{
  GstClaspSinkViewers *self = g_new0 (GstClaspSinkViewers, 1);

  init_debug ();
  g_mutex_init (&self->lock);
  self->timeline = timeline;
  self->funcs = *funcs;
  self->data = data;
  self->peers = g_hash_table_new (g_str_hash, g_str_equal);
  self->streams = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_sink_stream_unref);
  self->viewers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_clasp_viewer_unref);
  g_queue_init (&self->ended);
  return self;
}

/**
 * gst_clasp_sink_viewers_free:
 * @self: (transfer full): a table that is stopped
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_free (GstClaspSinkViewers *self)
{
  g_hash_table_unref (self->peers);
  g_ptr_array_unref (self->streams);
  g_ptr_array_unref (self->viewers);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* --- what the signaller says --- */

GstClaspSinkPeer *
gst_clasp_sink_viewers_find (GstClaspSinkViewers *self, const char *id)
{
  return g_hash_table_lookup (self->peers, id);
}

static GstClaspSinkPeer *
ensure_peer (GstClaspSinkViewers *self, const char *id, const char *name)
{
  GstClaspSinkPeer *peer = gst_clasp_sink_viewers_find (self, id);

  if (peer) {
    gst_clasp_sink_peer_set_name (peer, name);
    return peer;
  }
  if (g_hash_table_size (self->peers) >= MAX_PEERS) {
    gst_clasp_sink_viewers_count_refusal (self, REFUSED_LIMIT);
    return NULL;
  }
  peer = gst_clasp_sink_peer_new (id, name);
  g_hash_table_insert (self->peers, peer->id, peer);
  return peer;
}

/**
 * gst_clasp_sink_viewers_peer_seen:
 * @self: a table
 * @id: session id
 * @name: (nullable): what the peer calls itself
 * @broadcaster: whether it says that it sends
 *
 * A peer is in the room.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_peer_seen (GstClaspSinkViewers *self, const char *id,
    const char *name, gboolean broadcaster)
{
  GstClaspSinkPeer *peer = ensure_peer (self, id, name);

  if (!peer)
    return;
  peer->present = TRUE;
  peer->broadcaster = broadcaster;
}

/**
 * gst_clasp_sink_viewers_peer_left:
 * @self: a table
 * @id: session id
 * @reason: how that is known
 *
 * A peer that is only lost keeps its media.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_peer_left (GstClaspSinkViewers *self, const char *id,
    GstClaspLeaveReason reason)
{
  GstClaspSinkPeer *peer = gst_clasp_sink_viewers_find (self, id);

  if (!peer)
    return;
  peer->present = FALSE;
  if (!peer->viewer && !peer->former)
    gst_clasp_sink_viewers_forget (self, peer);
  else if (reason == GST_CLASP_LEAVE_LEFT)
    gst_clasp_sink_viewers_remove (self, peer, "the peer left");
  else if (reason == GST_CLASP_LEAVE_GONE)
    gst_clasp_sink_viewers_remove (self, peer,
        "the relay no longer knows the peer");
}

/**
 * gst_clasp_sink_viewers_peer_renamed:
 * @self: a table
 * @old_id: former session id
 * @id: session id
 *
 * A peer reconnected to the relay; its media is the same.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_peer_renamed (GstClaspSinkViewers *self,
    const char *old_id, const char *id)
{
  GstClaspSinkPeer *peer = gst_clasp_sink_viewers_find (self, old_id);
  GstClaspSinkPeer *other = gst_clasp_sink_viewers_find (self, id);

  if (!peer || peer == other)
    return;
  if (other && other->viewer) {
    other->present = FALSE;
    gst_clasp_sink_viewers_remove (self, other,
        "replaced by the same peer's connection");
  } else if (other) {
    gst_clasp_sink_viewers_forget (self, other);
  }
  g_hash_table_steal (self->peers, peer->id);
  g_free (peer->id);
  peer->id = g_strdup (id);
  g_hash_table_insert (self->peers, peer->id, peer);
  if (peer->viewer)
    gst_clasp_viewer_set_peer (peer->viewer, id);
  if (peer->former)
    gst_clasp_viewer_set_peer (peer->former, id);
}

/**
 * gst_clasp_sink_viewers_offer_needed:
 * @self: a table
 * @id: session id
 *
 * It is this side that begins the connection to a peer. One that has a
 * connection takes us for a newcomer, as we came back to the relay under another
 * session id; the old connection serves until there is a new one.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_offer_needed (GstClaspSinkViewers *self, const char *id)
{
  GstClaspSinkPeer *peer = ensure_peer (self, id, NULL);

  if (!peer)
    return;
  peer->we_offer = TRUE;
  if (peer->broadcaster || !gst_clasp_sink_viewers_make_place (self, peer))
    return;
  if (gst_clasp_sink_viewers_is_ready (self)) {
    gst_clasp_sink_viewers_begin_offer (self, peer);
  } else {
    peer->wanted = TRUE;
    gst_clasp_sink_viewers_be_patient (self);
  }
}

static void
take_first_offer (GstClaspSinkViewers *self, GstClaspSinkPeer *peer,
    const char *sdp)
{
  gst_clasp_sink_peer_keep_offer (peer, sdp);
  if (!peer->offer)
    return;
  if (gst_clasp_sink_viewers_is_ready (self))
    gst_clasp_sink_viewers_answer (self, peer);
  else
    gst_clasp_sink_viewers_be_patient (self);
}

/* A later offer within the same session is the connection's business; one that
 * begins a new session replaces it. */
static void
take_later_offer (GstClaspSinkViewers *self, GstClaspSinkPeer *peer,
    const char *sdp)
{
  g_autoptr (GError) error = NULL;

  if (gst_clasp_viewer_take_description (peer->viewer, "offer", sdp, &error))
    return;
  GST_INFO ("offer of peer %s: %s", peer->id, error->message);
  if (!g_error_matches (error, CLASP_ERROR, CLASP_ERROR_FAILED) &&
      !g_error_matches (error, CLASP_ERROR, CLASP_ERROR_CLOSED))
    return;
  if (!gst_clasp_sink_viewers_make_place (self, peer))
    gst_clasp_sink_viewers_close (self, g_steal_pointer (&peer->viewer));
  take_first_offer (self, peer, sdp);
}

/**
 * gst_clasp_sink_viewers_description:
 * @self: a table
 * @id: session id
 * @type: "offer" or "answer"
 * @sdp: what the peer sent
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_description (GstClaspSinkViewers *self, const char *id,
    const char *type, const char *sdp)
{
  GstClaspSinkPeer *peer = ensure_peer (self, id, NULL);
  g_autoptr (GError) error = NULL;

  if (!peer || peer->broadcaster)
    return;
  if (!g_str_equal (type, "offer")) {
    if (peer->viewer &&
        !gst_clasp_viewer_take_description (peer->viewer, type, sdp, &error))
      GST_WARNING ("%s of peer %s: %s", type, id, error->message);
  } else if (peer->viewer) {
    take_later_offer (self, peer, sdp);
  } else {
    take_first_offer (self, peer, sdp);
  }
  /* who is not in the room and got no connection is nobody */
  peer = gst_clasp_sink_viewers_find (self, id);
  if (peer && !peer->present && !peer->viewer && !peer->former && !peer->offer)
    gst_clasp_sink_viewers_forget (self, peer);
}

/**
 * gst_clasp_sink_viewers_candidate:
 * @self: a table
 * @id: session id
 * @mline: index of the media section
 * @mid: (nullable): its name
 * @candidate: the candidate line
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_candidate (GstClaspSinkViewers *self, const char *id,
    guint mline, const char *mid, const char *candidate)
{
  GstClaspSinkPeer *peer = gst_clasp_sink_viewers_find (self, id);
  g_autoptr (GError) error = NULL;

  if (!peer)
    return;
  if (!peer->viewer)
    gst_clasp_sink_peer_keep_candidate (peer, mline, mid, candidate);
  else if (!gst_clasp_viewer_take_candidate (peer->viewer, mline, mid,
               candidate, &error))
    GST_INFO ("candidate of peer %s: %s", id, error->message);
}

/* --- a run --- */

/**
 * gst_clasp_sink_viewers_start:
 * @self: a table
 * @settings: how peers are reached; must live until stop
 *
 * Begins a run in the thread-default main context.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_start (GstClaspSinkViewers *self,
    const GstClaspSettings *settings)
{
  self->settings = settings;
  self->context = g_main_context_ref_thread_default ();
  self->out_of_patience = FALSE;
}

static void
stop_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/**
 * gst_clasp_sink_viewers_stop:
 * @self: a table
 *
 * Closes all connections, stops all rungs and forgets the room.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_stop (GstClaspSinkViewers *self)
{
  g_autoptr (GPtrArray) peers = gst_clasp_sink_viewers_list_served (self);
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (self);
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < peers->len; i++)
    gst_clasp_sink_viewers_remove (self, g_ptr_array_index (peers, i),
        "the sink stopped");
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    g_hash_table_iter_steal (&iter);
    gst_clasp_sink_peer_free (value);
  }
  for (guint i = 0; i < streams->len; i++)
    gst_clasp_sink_stream_stop (g_ptr_array_index (streams, i));
  stop_source (&self->ended_source);
  stop_source (&self->patience_source);
  stop_source (&self->idle_source);
  stop_source (&self->retry_source);
  gst_clasp_sink_viewers_forget_ended (self);
  g_clear_pointer (&self->context, g_main_context_unref);
  self->settings = NULL;
}
