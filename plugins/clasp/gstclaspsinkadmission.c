/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* How a peer becomes a viewer and ceases to be one. */

#include "gstclaspsinkviewers-private.h"

#define GST_CAT_DEFAULT gst_clasp_sink_viewers_debug

void
gst_clasp_sink_viewers_forget (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer)
{
  g_hash_table_remove (self->peers, peer->id);
  gst_clasp_sink_peer_free (peer);
}

/* (transfer full) */
void
gst_clasp_sink_viewers_close (GstClaspSinkViewers *self, GstClaspViewer *viewer)
{
  if (!viewer)
    return;
  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->viewers, viewer);
  if (!gst_clasp_viewer_was_connected (viewer))
    self->n_failed++;
  g_mutex_unlock (&self->lock);
  gst_clasp_viewer_close (viewer);
  gst_clasp_viewer_unref (viewer);
  gst_clasp_sink_viewers_watch_idle (self);
}

/* Ends what goes to @peer; the peer itself stays if it is in the room. */
void
gst_clasp_sink_viewers_remove (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer, const char *reason)
{
  gboolean announced = peer->announced;
  g_autofree char *id = g_strdup (peer->id);
  g_autofree char *name = g_strdup (peer->name);

  GST_INFO ("viewer %s (%s): %s", id, name, reason);
  gst_clasp_sink_viewers_close (self, g_steal_pointer (&peer->viewer));
  gst_clasp_sink_viewers_close (self, g_steal_pointer (&peer->former));
  peer->announced = FALSE;
  if (peer->present)
    gst_clasp_sink_viewers_watch_retries (self);
  else
    gst_clasp_sink_viewers_forget (self, peer);
  if (announced)
    self->funcs.removed (id, name, reason, self->data);
  else
    self->funcs.refused (id, name, reason, self->data);
}

/* The connection to @peer failed; the one before it may still be good. */
static void
fail_viewer (GstClaspSinkViewers *self, GstClaspSinkPeer *peer,
    const char *reason)
{
  if (!peer->former) {
    gst_clasp_sink_viewers_remove (self, peer, reason);
    return;
  }
  GST_INFO ("new connection to %s: %s; the old one goes on", peer->id, reason);
  gst_clasp_sink_viewers_close (self, peer->viewer);
  peer->viewer = g_steal_pointer (&peer->former);
}

/* --- connections that end by themselves --- */

typedef struct {
  GstClaspViewer *viewer;
  char *reason;
} Ended;

static void
free_ended (gpointer data)
{
  Ended *ended = data;

  gst_clasp_viewer_unref (ended->viewer);
  g_free (ended->reason);
  g_free (ended);
}

void
gst_clasp_sink_viewers_forget_ended (GstClaspSinkViewers *self)
{
  g_queue_clear_full (&self->ended, free_ended);
}

static gboolean
handle_ended (gpointer data)
{
  GstClaspSinkViewers *self = data;
  Ended *ended;

  while ((ended = g_queue_pop_head (&self->ended))) {
    GstClaspSinkPeer *peer = gst_clasp_sink_viewers_find (self,
        gst_clasp_viewer_get_peer (ended->viewer));

    if (peer && peer->viewer == ended->viewer)
      fail_viewer (self, peer, ended->reason);
    else if (peer && peer->former == ended->viewer)
      gst_clasp_sink_viewers_close (self, g_steal_pointer (&peer->former));
    free_ended (ended);
  }
  g_clear_pointer (&self->ended_source, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* Not at once: the viewer may be in the middle of a call of ours. */
static void
on_ended (GstClaspViewer *viewer, const GError *error, gpointer data)
{
  GstClaspSinkViewers *self = data;
  Ended *ended = g_new0 (Ended, 1);

  ended->viewer = gst_clasp_viewer_ref (viewer);
  ended->reason = g_strdup (error ? error->message : "the connection ended");
  g_queue_push_tail (&self->ended, ended);
  if (self->ended_source)
    return;
  self->ended_source = g_idle_source_new ();
  g_source_set_priority (self->ended_source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->ended_source, "[clasp] viewers that ended");
  g_source_set_callback (self->ended_source, handle_ended, self, NULL);
  g_source_attach (self->ended_source, self->context);
}

static void
on_description (GstClaspViewer *viewer, const char *type, const char *sdp,
    gpointer data)
{
  GstClaspSinkViewers *self = data;

  self->funcs.description (gst_clasp_viewer_get_peer (viewer), type, sdp,
      self->data);
}

static void
on_candidate (GstClaspViewer *viewer, guint mline, const char *mid,
    const char *candidate, gpointer data)
{
  GstClaspSinkViewers *self = data;

  self->funcs.candidate (gst_clasp_viewer_get_peer (viewer), mline, mid,
      candidate, self->data);
}

static void
on_connected (GstClaspViewer *viewer, gpointer data)
{
  GstClaspSinkViewers *self = data;
  GstClaspSinkPeer *peer =
      gst_clasp_sink_viewers_find (self, gst_clasp_viewer_get_peer (viewer));

  if (!peer || peer->viewer != viewer)
    return;
  peer->attempts = 0;
  gst_clasp_sink_viewers_close (self, g_steal_pointer (&peer->former));
  if (peer->announced)
    return;
  peer->announced = TRUE;
  g_mutex_lock (&self->lock);
  self->n_added++;
  g_mutex_unlock (&self->lock);
  self->funcs.added (peer->id, peer->name, self->data);
}

static const GstClaspViewerFuncs viewer_funcs = {
    .description = on_description,
    .candidate = on_candidate,
    .connected = on_connected,
    .ended = on_ended,
};

/* --- admission --- */

static void
refuse (GstClaspSinkViewers *self, GstClaspSinkPeer *peer, Refusal why,
    const char *reason)
{
  /* pages announce themselves every ten seconds: say it once */
  if (peer->refused)
    return;
  peer->refused = TRUE;
  GST_WARNING ("peer %s (%s) is refused: %s", peer->id, peer->name, reason);
  gst_clasp_sink_viewers_count_refusal (self, why);
  self->funcs.refused (peer->id, peer->name, reason, self->data);
}

static gboolean
admit (GstClaspSinkViewers *self, GstClaspSinkPeer *peer)
{
  g_autoptr (GError) error = NULL;
  guint count, limit;

  g_mutex_lock (&self->lock);
  count = self->viewers->len;
  limit = self->limit;
  g_mutex_unlock (&self->lock);
  peer->attempted = g_get_monotonic_time ();
  if (limit > 0 && count >= limit && !peer->former) {
    g_autofree char *reason =
        g_strdup_printf ("there are %u viewers already: raise max-viewers",
            count);

    refuse (self, peer, REFUSED_LIMIT, reason);
  } else if (!gst_clasp_peer_connection_check_budget (&error)) {
    refuse (self, peer, REFUSED_DESCRIPTORS, error->message);
  } else if (!peer->announced &&
      !self->funcs.connecting (peer->id, peer->name, self->data)) {
    refuse (self, peer, REFUSED_APPLICATION, "the application said no");
  } else {
    peer->refused = FALSE;
    peer->attempts++;
    return TRUE;
  }
  gst_clasp_sink_viewers_watch_retries (self);
  return FALSE;
}

static gboolean
make_viewer (GstClaspSinkViewers *self, GstClaspSinkPeer *peer)
{
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (self);
  guint n = 0;

  if (!admit (self, peer)) {
    g_clear_pointer (&peer->offer, g_free);
    peer->viewer = g_steal_pointer (&peer->former);
    return FALSE;
  }
  peer->viewer = gst_clasp_viewer_new (peer->id, peer->name, self->settings,
      self->timeline, &viewer_funcs, self);
  for (guint i = 0; i < streams->len; i++)
    n += gst_clasp_viewer_add_stream (peer->viewer,
        g_ptr_array_index (streams, i));
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->viewers, gst_clasp_viewer_ref (peer->viewer));
  g_mutex_unlock (&self->lock);
  if (n > 0)
    return TRUE;
  g_clear_pointer (&peer->offer, g_free);
  fail_viewer (self, peer, "there is no encoder for any codec");
  return FALSE;
}

/* Makes place for a new connection. FALSE: one is being made already. */
gboolean
gst_clasp_sink_viewers_make_place (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer)
{
  if (!peer->viewer)
    return TRUE;
  if (!gst_clasp_viewer_was_connected (peer->viewer))
    return FALSE;
  gst_clasp_sink_viewers_close (self, g_steal_pointer (&peer->former));
  peer->former = g_steal_pointer (&peer->viewer);
  return TRUE;
}

void
gst_clasp_sink_viewers_begin_offer (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer)
{
  g_autoptr (GError) error = NULL;

  peer->wanted = FALSE;
  if (!make_viewer (self, peer))
    return;
  if (!gst_clasp_viewer_offer (peer->viewer, &error))
    fail_viewer (self, peer, error->message);
}

void
gst_clasp_sink_viewers_answer (GstClaspSinkViewers *self,
    GstClaspSinkPeer *peer)
{
  g_autoptr (GError) error = NULL;

  peer->wanted = FALSE;
  if (make_viewer (self, peer) &&
      !gst_clasp_sink_peer_take_offer (peer, &error))
    fail_viewer (self, peer, error->message);
}

/**
 * gst_clasp_sink_viewers_serve_waiting:
 * @self: a table that is ready
 *
 * Begins the connections to the peers that came before the media.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_serve_waiting (GstClaspSinkViewers *self)
{
  g_autoptr (GPtrArray) waiting = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    GstClaspSinkPeer *peer = value;

    if (!peer->viewer && !peer->broadcaster && (peer->wanted || peer->offer))
      g_ptr_array_add (waiting, peer);
  }
  for (guint i = 0; i < waiting->len; i++) {
    GstClaspSinkPeer *peer = g_ptr_array_index (waiting, i);

    if (peer->offer)
      gst_clasp_sink_viewers_answer (self, peer);
    else
      gst_clasp_sink_viewers_begin_offer (self, peer);
  }
}
