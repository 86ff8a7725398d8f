/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspviewer.h"

#include "gstclaspviewermedia.h"

struct _GstClaspViewer {
  GstClaspPeerConnection *connection;
  GstClaspViewerFuncs funcs;
  gpointer data;
  gboolean closed;
  char *name;
  GPtrArray *medias; /* not changed once the connection begins */

  GMutex lock; /* protects peer and connected_at; leaf lock */
  char *peer;
  gint64 connected_at; /* 0: never */

  GMutex rate_lock; /* protects rate_*; leaf lock */
  gint64 rate_time;
  guint64 rate_bytes;
  double rate;
};

/* --- media --- */

typedef void (*MediaFunc) (GstClaspViewerMedia *media);

static void
for_each_media (GstClaspViewer *self, GstClaspSinkStream *stream,
    MediaFunc func)
{
  for (guint i = 0; i < self->medias->len; i++) {
    GstClaspViewerMedia *media = g_ptr_array_index (self->medias, i);

    if (!stream || gst_clasp_viewer_media_get_stream (media) == stream)
      func (media);
  }
}

static GstClaspViewerMedia *
get_media (GstClaspViewer *self, guint index)
{
  for (guint i = 0; i < self->medias->len; i++) {
    GstClaspViewerMedia *media = g_ptr_array_index (self->medias, i);

    if (gst_clasp_viewer_media_get_index (media) == index)
      return media;
  }
  return NULL;
}

static void
end (GstClaspViewer *self, const GError *error)
{
  gst_clasp_viewer_ref (self);
  if (!self->closed)
    self->funcs.ended (self, error, self->data);
  gst_clasp_viewer_unref (self);
}

/* The rung starts now, so that it runs when the connection is up. A later offer
 * changes nothing of what was agreed. */
static void
on_media_negotiated (GstClaspPeerConnection *connection, guint index,
    GstCaps *caps, gpointer data)
{
  GstClaspViewer *self = data;
  GstClaspViewerMedia *media = get_media (self, index);
  g_autoptr (GError) error = NULL;

  if (self->closed || !media)
    return;
  if (!caps)
    gst_clasp_viewer_media_drop (media);
  else if (!gst_clasp_viewer_media_is_agreed (media) &&
      !gst_clasp_viewer_media_agree (media, caps, &error))
    end (self, error);
}

/* streaming thread */
static void
on_key_unit_requested (GstClaspPeerConnection *connection, guint index,
    gpointer data)
{
  GstClaspViewerMedia *media = get_media (data, index);

  if (media)
    gst_clasp_viewer_media_request_key_unit (media);
}

/* --- connection --- */

static void
attach_if_served (GstClaspViewerMedia *media)
{
  if (gst_clasp_viewer_media_has_rung (media, NULL))
    gst_clasp_viewer_media_attach (media);
}

static void
on_state_changed (GstClaspPeerConnection *connection, int state, gpointer data)
{
  GstClaspViewer *self = data;

  if (self->closed || state != GST_CLASP_PEER_CONNECTION_CONNECTED ||
      gst_clasp_viewer_was_connected (self))
    return;
  for_each_media (self, NULL, attach_if_served);
  g_mutex_lock (&self->lock);
  self->connected_at = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  self->funcs.connected (self, self->data);
}

static void
on_failed (GstClaspPeerConnection *connection, GError *error, gpointer data)
{
  end (data, error);
}

static void
on_description (GstClaspPeerConnection *connection, const char *type,
    const char *sdp, gpointer data)
{
  GstClaspViewer *self = data;

  if (!self->closed)
    self->funcs.description (self, type, sdp, self->data);
}

static void
on_candidate (GstClaspPeerConnection *connection, guint mline, const char *mid,
    const char *candidate, gpointer data)
{
  GstClaspViewer *self = data;

  if (!self->closed)
    self->funcs.candidate (self, mline, mid, candidate, self->data);
}

static void
unref_closure_data (gpointer data, GClosure *closure)
{
  gst_clasp_viewer_unref (data);
}

/* The closures hold references, as some signals come from other threads. */
static void
connect_signal (GstClaspViewer *self, const char *signal, GCallback callback)
{
  g_signal_connect_data (self->connection, signal, callback,
      gst_clasp_viewer_ref (self), unref_closure_data, 0);
}

static void
connect_signals (GstClaspViewer *self)
{
  connect_signal (self, "description", G_CALLBACK (on_description));
  connect_signal (self, "candidate", G_CALLBACK (on_candidate));
  connect_signal (self, "media-negotiated", G_CALLBACK (on_media_negotiated));
  connect_signal (self, "state-changed", G_CALLBACK (on_state_changed));
  connect_signal (self, "failed", G_CALLBACK (on_failed));
  connect_signal (self, "key-unit-requested",
      G_CALLBACK (on_key_unit_requested));
}

/**
 * gst_clasp_viewer_new:
 * @peer: session id
 * @name: (nullable): what the peer calls itself
 * @settings: how peers are reached
 * @timeline: the timeline of what is sent
 * @funcs: who owns the viewer
 * @data: passed to @funcs
 *
 * Returns: (transfer full): a viewer without streams; to be closed before the
 *   last reference goes
 *
 * Since: 0.1
 */
GstClaspViewer *
gst_clasp_viewer_new (const char *peer, const char *name,
    const GstClaspSettings *settings, GstClaspTimeline *timeline,
    const GstClaspViewerFuncs *funcs, gpointer data)
{
  GstClaspViewer *self = g_atomic_rc_box_new0 (GstClaspViewer);
  g_autoptr (GstClock) clock = NULL;
  GstClockTime start = 0;

  g_mutex_init (&self->lock);
  g_mutex_init (&self->rate_lock);
  self->peer = g_strdup (peer);
  self->name = g_strdup (name ? name : "");
  self->funcs = *funcs;
  self->data = data;
  self->medias = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_viewer_media_free);
  self->connection = gst_clasp_settings_make_peer_connection (settings, peer);
  if (gst_clasp_timeline_get (timeline, &clock, &start))
    g_object_set (self->connection, "clock", clock, "base-time", start, NULL);
  connect_signals (self);
  return self;
}

/**
 * gst_clasp_viewer_ref:
 * @self: a viewer
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
GstClaspViewer *
gst_clasp_viewer_ref (GstClaspViewer *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_viewer (GstClaspViewer *self)
{
  gst_object_unref (self->connection);
  g_ptr_array_unref (self->medias);
  g_free (self->peer);
  g_free (self->name);
  g_mutex_clear (&self->rate_lock);
  g_mutex_clear (&self->lock);
}

/**
 * gst_clasp_viewer_unref:
 * @self: (transfer full): a viewer
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_unref (GstClaspViewer *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear_viewer);
}

/**
 * gst_clasp_viewer_close:
 * @self: a viewer
 *
 * Ends the connection and lets go of the rungs. The owner hears nothing more.
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_close (GstClaspViewer *self)
{
  if (self->closed)
    return;
  gst_clasp_viewer_ref (self);
  self->closed = TRUE;
  for_each_media (self, NULL, gst_clasp_viewer_media_drop);
  gst_clasp_peer_connection_close (self->connection);
  g_signal_handlers_disconnect_matched (self->connection, G_SIGNAL_MATCH_DATA,
      0, 0, NULL, NULL, self);
  gst_clasp_viewer_unref (self);
}

/**
 * gst_clasp_viewer_add_stream:
 * @self: a viewer before its first description
 * @stream: what it is to get
 *
 * Returns: %FALSE if there is nothing to offer of @stream
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_add_stream (GstClaspViewer *self, GstClaspSinkStream *stream)
{
  g_autoptr (GstCaps) codecs = gst_clasp_sink_stream_get_codecs (stream);
  guint index;

  if (gst_caps_is_empty (codecs))
    return FALSE;
  index = gst_clasp_peer_connection_add_media (self->connection,
      gst_clasp_sink_stream_get_kind (stream),
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, codecs);
  g_ptr_array_add (self->medias,
      gst_clasp_viewer_media_new (stream, self->connection, index));
  return TRUE;
}

/**
 * gst_clasp_viewer_offer:
 * @self: a viewer
 * @error: return location for an error
 *
 * Begins the connection from this side.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_offer (GstClaspViewer *self, GError **error)
{
  return gst_clasp_peer_connection_start (self->connection, error);
}

/**
 * gst_clasp_viewer_take_description:
 * @self: a viewer
 * @type: "offer" or "answer"
 * @sdp: what the peer sent
 * @error: return location for an error
 *
 * Returns: %FALSE if it was refused; the connection stays as it is
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_take_description (GstClaspViewer *self, const char *type,
    const char *sdp, GError **error)
{
  return gst_clasp_peer_connection_set_remote_description (self->connection,
      type, sdp, error);
}

/**
 * gst_clasp_viewer_take_candidate:
 * @self: a viewer
 * @mline: index of the media section
 * @mid: (nullable): its name
 * @candidate: the candidate line
 * @error: return location for an error
 *
 * Returns: %FALSE if it was refused
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_take_candidate (GstClaspViewer *self, guint mline,
    const char *mid, const char *candidate, GError **error)
{
  return gst_clasp_peer_connection_add_remote_candidate (self->connection,
      mline, mid, candidate, error);
}

/**
 * gst_clasp_viewer_get_peer:
 * @self: a viewer
 *
 * Returns: (transfer none): session id
 *
 * Since: 0.1
 */
const char *
gst_clasp_viewer_get_peer (GstClaspViewer *self)
{
  return self->peer;
}

/**
 * gst_clasp_viewer_get_name:
 * @self: a viewer
 *
 * Returns: (transfer none): what the peer calls itself; may be empty
 *
 * Since: 0.1
 */
const char *
gst_clasp_viewer_get_name (GstClaspViewer *self)
{
  return self->name;
}

/**
 * gst_clasp_viewer_set_peer:
 * @self: a viewer
 * @peer: its new session id
 *
 * The peer has come back to the relay; its media is the same.
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_set_peer (GstClaspViewer *self, const char *peer)
{
  g_mutex_lock (&self->lock);
  g_free (self->peer);
  self->peer = g_strdup (peer);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_viewer_was_connected:
 * @self: a viewer
 *
 * Returns: whether media has flowed
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_was_connected (GstClaspViewer *self)
{
  gboolean connected;

  g_mutex_lock (&self->lock);
  connected = self->connected_at > 0;
  g_mutex_unlock (&self->lock);
  return connected;
}

/**
 * gst_clasp_viewer_uses:
 * @self: a viewer
 * @rung: (nullable): a rung, %NULL for any
 *
 * Returns: whether @self gets @rung
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_uses (GstClaspViewer *self, GstClaspRung *rung)
{
  for (guint i = 0; i < self->medias->len; i++) {
    if (gst_clasp_viewer_media_has_rung (g_ptr_array_index (self->medias, i),
            rung))
      return TRUE;
  }
  return FALSE;
}

/**
 * gst_clasp_viewer_detach_stream:
 * @self: a viewer
 * @stream: a stream that changes or goes
 *
 * Lets go of the rung, but not of the place in the connection.
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_detach_stream (GstClaspViewer *self,
    GstClaspSinkStream *stream)
{
  for_each_media (self, stream, gst_clasp_viewer_media_release);
}

static void
acquire_again (GstClaspViewerMedia *media)
{
  if (gst_clasp_viewer_media_is_agreed (media) &&
      !gst_clasp_viewer_media_has_rung (media, NULL))
    gst_clasp_viewer_media_acquire (media, NULL);
}

/**
 * gst_clasp_viewer_attach_stream:
 * @self: a viewer
 * @stream: a stream that was detached
 *
 * Goes on with what @stream carries now, if it is still the same codec.
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_attach_stream (GstClaspViewer *self,
    GstClaspSinkStream *stream)
{
  for_each_media (self, stream, acquire_again);
  if (gst_clasp_viewer_was_connected (self))
    for_each_media (self, stream, attach_if_served);
}

/**
 * gst_clasp_viewer_is_empty:
 * @self: a viewer
 *
 * Returns: whether all that was agreed is gone, so that nothing is sent
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_is_empty (GstClaspViewer *self)
{
  gboolean agreed = FALSE;

  for (guint i = 0; i < self->medias->len; i++)
    agreed |=
        gst_clasp_viewer_media_is_agreed (g_ptr_array_index (self->medias, i));
  return agreed && !gst_clasp_viewer_uses (self, NULL);
}

/* --- statistics --- */

/* bit/s since the last call that is at least half a second ago */
static double
update_rate (GstClaspViewer *self, guint64 bytes, gint64 now)
{
  gint64 span;
  double rate;

  g_mutex_lock (&self->rate_lock);
  span = now - self->rate_time;
  if (self->rate_time == 0 || span >= G_USEC_PER_SEC / 2) {
    if (self->rate_time != 0)
      self->rate = 8.0 * (bytes - self->rate_bytes) * G_USEC_PER_SEC / span;
    self->rate_time = now;
    self->rate_bytes = bytes;
  }
  rate = self->rate;
  g_mutex_unlock (&self->rate_lock);
  return rate;
}

/**
 * gst_clasp_viewer_get_stats:
 * @self: a viewer
 *
 * The fields: `peer`, `name`, `state` (`new`, `connecting`, `connected`,
 * `failed`, `closed`), `path` (`p2p`), `rung` (names of the rungs, with commas)
 * (strings), `bitrate` (bit/s, since the last call), `rtt` (ms), `loss` (0..1),
 * `seconds` since it was connected (doubles), `frames`, `key-frames` (of
 * pictures), `packets`, `bytes`, `packets-dropped` (guint64). Any thread.
 *
 * Returns: (transfer full): `clasp-viewer`
 *
 * Since: 0.1
 */
GstStructure *
gst_clasp_viewer_get_stats (GstClaspViewer *self)
{
  g_autoptr (GstStructure) link =
      gst_clasp_peer_connection_get_stats (self->connection);
  g_autoptr (GString) rungs = g_string_new (NULL);
  GstClaspFanoutStats sum = {0};
  GstStructure *stats = gst_structure_new_empty ("clasp-viewer");
  gint64 now = g_get_monotonic_time ();
  double rtt = 0, loss = 0, seconds;
  guint64 dropped = 0;

  gst_structure_get_double (link, "rtt", &rtt);
  gst_structure_get_double (link, "loss", &loss);
  gst_structure_get_uint64 (link, "packets-dropped", &dropped);
  for (guint i = 0; i < self->medias->len; i++)
    gst_clasp_viewer_media_add_stats (g_ptr_array_index (self->medias, i), &sum,
        rungs);
  g_mutex_lock (&self->lock);
  seconds = self->connected_at ? (now - self->connected_at) / 1e6 : 0;
  gst_structure_set (stats, "peer", G_TYPE_STRING, self->peer, "name",
      G_TYPE_STRING, self->name, NULL);
  g_mutex_unlock (&self->lock);
  gst_structure_set (stats, "state", G_TYPE_STRING,
      gst_structure_get_string (link, "state"), "path", G_TYPE_STRING, "p2p",
      "rung", G_TYPE_STRING, rungs->str, "bitrate", G_TYPE_DOUBLE,
      update_rate (self, sum.bytes, now), "rtt", G_TYPE_DOUBLE, rtt, "loss",
      G_TYPE_DOUBLE, loss, "seconds", G_TYPE_DOUBLE, seconds, "frames",
      G_TYPE_UINT64, sum.frames, "key-frames", G_TYPE_UINT64, sum.key_frames,
      "packets", G_TYPE_UINT64, sum.packets, "bytes", G_TYPE_UINT64, sum.bytes,
      "packets-dropped", G_TYPE_UINT64, dropped, NULL);
  return stats;
}
