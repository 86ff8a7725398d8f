/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The media side of the table of viewers: which streams there are, whether they
 * are ready to be offered, and what the statistics say. */

#include "gstclaspsinkviewers-private.h"

/* A pad that gave no caps for so long since a viewer waits is left out, ms. */
#define PATIENCE 3000
#define IDLE_INTERVAL 1000
#define RETRY_INTERVAL 2000

static gboolean
find_stream (GstClaspSinkViewers *self, GstClaspSinkStream *stream,
    guint *index)
{
  return g_ptr_array_find (self->streams, stream, index);
}

/**
 * gst_clasp_sink_viewers_add_stream:
 * @self: a table
 * @stream: what comes in at a new pad
 *
 * Viewers that are there already do not get it. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_add_stream (GstClaspSinkViewers *self,
    GstClaspSinkStream *stream)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->streams, gst_clasp_sink_stream_ref (stream));
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_sink_viewers_remove_stream:
 * @self: a table
 * @stream: a stream
 *
 * Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_remove_stream (GstClaspSinkViewers *self,
    GstClaspSinkStream *stream)
{
  g_autoptr (GstClaspSinkStream) held = NULL;
  guint index;

  g_mutex_lock (&self->lock);
  if (find_stream (self, stream, &index)) {
    held = gst_clasp_sink_stream_ref (stream);
    g_ptr_array_remove_index (self->streams, index);
  }
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_sink_viewers_dup_streams:
 * @self: a table
 *
 * Any thread.
 *
 * Returns: (transfer full): the streams in the order of their pads
 *
 * Since: 0.1
 */
GPtrArray *
gst_clasp_sink_viewers_dup_streams (GstClaspSinkViewers *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_sink_stream_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->streams->len; i++)
    g_ptr_array_add (copy,
        gst_clasp_sink_stream_ref (g_ptr_array_index (self->streams, i)));
  g_mutex_unlock (&self->lock);
  return copy;
}

/**
 * gst_clasp_sink_viewers_set_limit:
 * @self: a table
 * @limit: how many viewers may be there, 0 for any number
 *
 * Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_set_limit (GstClaspSinkViewers *self, guint limit)
{
  g_mutex_lock (&self->lock);
  self->limit = limit;
  g_mutex_unlock (&self->lock);
}

void
gst_clasp_sink_viewers_count_refusal (GstClaspSinkViewers *self, Refusal why)
{
  g_mutex_lock (&self->lock);
  self->n_refused[why]++;
  g_mutex_unlock (&self->lock);
}

/* --- is there something to offer? --- */

/* All pads must know what they carry, as the media of a connection are fixed
 * when it begins; a pad that stays silent is not waited for for ever. */
gboolean
gst_clasp_sink_viewers_is_ready (GstClaspSinkViewers *self)
{
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (self);
  g_autoptr (GstClock) clock = NULL;
  GstClockTime start;
  guint known = 0;

  if (!self->settings ||
      !gst_clasp_timeline_get (self->timeline, &clock, &start))
    return FALSE;
  for (guint i = 0; i < streams->len; i++)
    known += gst_clasp_sink_stream_has_caps (g_ptr_array_index (streams, i));
  return known > 0 && (known == streams->len || self->out_of_patience);
}

static gboolean
lose_patience (gpointer data)
{
  GstClaspSinkViewers *self = data;

  self->out_of_patience = TRUE;
  g_clear_pointer (&self->patience_source, g_source_unref);
  gst_clasp_sink_viewers_media_changed (self);
  return G_SOURCE_REMOVE;
}

static GSource *
start_timer (GstClaspSinkViewers *self, guint interval, GSourceFunc func,
    const char *name)
{
  GSource *source = g_timeout_source_new (interval);

  g_source_set_name (source, name);
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
  return source;
}

void
gst_clasp_sink_viewers_be_patient (GstClaspSinkViewers *self)
{
  if (!self->patience_source && !self->out_of_patience)
    self->patience_source = start_timer (self, PATIENCE, lose_patience,
        "[clasp] pads without caps");
}

/**
 * gst_clasp_sink_viewers_media_changed:
 * @self: a table
 *
 * A pad learned what it carries, or the element plays.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_media_changed (GstClaspSinkViewers *self)
{
  if (gst_clasp_sink_viewers_is_ready (self))
    gst_clasp_sink_viewers_serve_waiting (self);
}

static gboolean
stop_idle (gpointer data)
{
  GstClaspSinkViewers *self = data;
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (self);
  gint64 now = g_get_monotonic_time ();
  gboolean left = FALSE;

  for (guint i = 0; i < streams->len; i++)
    left |=
        gst_clasp_sink_stream_stop_idle (g_ptr_array_index (streams, i), now);
  if (left)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->idle_source, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* A viewer left; its rungs may have nobody else. */
void
gst_clasp_sink_viewers_watch_idle (GstClaspSinkViewers *self)
{
  if (!self->idle_source)
    self->idle_source = start_timer (self, IDLE_INTERVAL, stop_idle,
        "[clasp] rungs without viewers");
}

static GPtrArray *
list_peers (GstClaspSinkViewers *self)
{
  GPtrArray *peers = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (peers, value);
  return peers;
}

/* The peers that have a connection. */
GPtrArray *
gst_clasp_sink_viewers_list_served (GstClaspSinkViewers *self)
{
  GPtrArray *peers = list_peers (self);

  for (guint i = peers->len; i > 0; i--) {
    GstClaspSinkPeer *peer = g_ptr_array_index (peers, i - 1);

    if (!peer->viewer && !peer->former)
      g_ptr_array_remove_index (peers, i - 1);
  }
  return peers;
}

/* Tries again to reach the peers whose connection failed; whether there are some
 * to be tried later. */
static gboolean
retry_peers (GstClaspSinkViewers *self)
{
  g_autoptr (GPtrArray) peers = list_peers (self);
  gint64 now = g_get_monotonic_time ();
  gboolean later = FALSE;

  for (guint i = 0; i < peers->len; i++) {
    GstClaspSinkPeer *peer = g_ptr_array_index (peers, i);

    if (gst_clasp_sink_peer_wants_retry (peer, now, &later))
      gst_clasp_sink_viewers_offer_needed (self, peer->id);
  }
  return later;
}

static gboolean
retry (gpointer data)
{
  GstClaspSinkViewers *self = data;

  if (retry_peers (self))
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->retry_source, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* A connection failed; its peer may still be there. */
void
gst_clasp_sink_viewers_watch_retries (GstClaspSinkViewers *self)
{
  if (!self->retry_source)
    self->retry_source = start_timer (self, RETRY_INTERVAL, retry,
        "[clasp] peers without a connection");
}

/* --- media that goes --- */

static gboolean
uses_rung (GstClaspViewer *viewer, GstClaspRung *rung)
{
  return viewer && gst_clasp_viewer_uses (viewer, rung);
}

static void
for_each_viewer (GPtrArray *peers, GstClaspSinkStream *stream,
    void (*func) (GstClaspViewer *viewer, GstClaspSinkStream *stream))
{
  for (guint i = 0; i < peers->len; i++) {
    GstClaspSinkPeer *peer = g_ptr_array_index (peers, i);

    if (peer->viewer)
      func (peer->viewer, stream);
    if (peer->former)
      func (peer->former, stream);
  }
}

/**
 * gst_clasp_sink_viewers_reset_stream:
 * @self: a table
 * @stream: a stream whose input became something else, or whose pad goes
 * @gone: whether it is the latter
 *
 * Viewers go on with what @stream carries now if it can be had in the codec
 * that they have; those that have nothing left to get are removed.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_reset_stream (GstClaspSinkViewers *self,
    GstClaspSinkStream *stream, gboolean gone)
{
  g_autoptr (GPtrArray) peers = gst_clasp_sink_viewers_list_served (self);

  for_each_viewer (peers, stream, gst_clasp_viewer_detach_stream);
  gst_clasp_sink_stream_stop (stream);
  if (!gone)
    for_each_viewer (peers, stream, gst_clasp_viewer_attach_stream);
  for (guint i = 0; i < peers->len; i++) {
    GstClaspSinkPeer *peer = g_ptr_array_index (peers, i);

    if (peer->viewer && gst_clasp_viewer_is_empty (peer->viewer))
      gst_clasp_sink_viewers_remove (self, peer,
          gone ? "the pads were removed" : "the input changed its codec");
  }
}

/**
 * gst_clasp_sink_viewers_rung_failed:
 * @self: a table
 * @rung: a rung that could not be kept alive
 * @error: why
 *
 * Only the viewers of this rung go; the others and the pipeline stay.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_rung_failed (GstClaspSinkViewers *self,
    GstClaspRung *rung, const GError *error)
{
  g_autoptr (GPtrArray) peers = gst_clasp_sink_viewers_list_served (self);
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (self);

  for (guint i = 0; i < peers->len; i++) {
    GstClaspSinkPeer *peer = g_ptr_array_index (peers, i);

    if (uses_rung (peer->viewer, rung) || uses_rung (peer->former, rung))
      gst_clasp_sink_viewers_remove (self, peer, error->message);
  }
  for (guint i = 0; i < streams->len; i++)
    gst_clasp_sink_stream_abandon (g_ptr_array_index (streams, i), rung);
}

/* --- statistics --- */

/**
 * gst_clasp_sink_viewers_count:
 * @self: a table
 *
 * Any thread.
 *
 * Returns: number of viewers to which media flows
 *
 * Since: 0.1
 */
guint
gst_clasp_sink_viewers_count (GstClaspSinkViewers *self)
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->viewers->len; i++)
    n += gst_clasp_viewer_was_connected (g_ptr_array_index (self->viewers, i));
  g_mutex_unlock (&self->lock);
  return n;
}

static GPtrArray *
dup_viewers (GstClaspSinkViewers *self)
{
  GPtrArray *copy =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_clasp_viewer_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->viewers->len; i++)
    g_ptr_array_add (copy,
        gst_clasp_viewer_ref (g_ptr_array_index (self->viewers, i)));
  g_mutex_unlock (&self->lock);
  return copy;
}

static void
add_viewer_stats (GstClaspSinkViewers *self, GstStructure *stats)
{
  g_autoptr (GPtrArray) viewers = dup_viewers (self);
  GValue array = G_VALUE_INIT;

  g_value_init (&array, GST_TYPE_ARRAY);
  for (guint i = 0; i < viewers->len; i++) {
    GValue item = G_VALUE_INIT;

    g_value_init (&item, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&item,
        gst_clasp_viewer_get_stats (g_ptr_array_index (viewers, i)));
    gst_value_array_append_and_take_value (&array, &item);
  }
  gst_structure_take_value (stats, "viewer-stats", &array);
}

static void
add_rung_stats (GstClaspSinkViewers *self, GstStructure *stats)
{
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (self);
  GValue array = G_VALUE_INIT;

  g_value_init (&array, GST_TYPE_ARRAY);
  for (guint i = 0; i < streams->len; i++)
    gst_clasp_sink_stream_add_stats (g_ptr_array_index (streams, i), &array);
  gst_structure_take_value (stats, "rung-stats", &array);
}

/**
 * gst_clasp_sink_viewers_add_stats:
 * @self: a table
 * @stats: where to add the fields
 *
 * Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_viewers_add_stats (GstClaspSinkViewers *self,
    GstStructure *stats)
{
  gst_structure_set (stats, "viewers", G_TYPE_UINT,
      gst_clasp_sink_viewers_count (self), NULL);
  g_mutex_lock (&self->lock);
  gst_structure_set (stats, "viewers-added", G_TYPE_UINT64, self->n_added,
      "viewers-failed", G_TYPE_UINT64, self->n_failed, "refused-limit",
      G_TYPE_UINT64, self->n_refused[REFUSED_LIMIT], "refused-descriptors",
      G_TYPE_UINT64, self->n_refused[REFUSED_DESCRIPTORS],
      "refused-application", G_TYPE_UINT64,
      self->n_refused[REFUSED_APPLICATION], NULL);
  g_mutex_unlock (&self->lock);
  add_viewer_stats (self, stats);
  add_rung_stats (self, stats);
}
