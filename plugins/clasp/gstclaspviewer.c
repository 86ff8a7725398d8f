/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspviewer.h"

typedef struct {
  GstClaspSinkStream *stream;
  guint media;                /* of the peer connection */
  const GstClaspCodec *codec; /* agreed on; NULL: nothing yet */
  /* the rest under the viewer's lock */
  GstClaspRung *rung;
  GstClaspFanoutOutput *output;
} Media;

struct _GstClaspViewer {
  GstClaspPeerConnection *connection;
  GstClaspViewerFuncs funcs;
  gpointer data;
  gboolean closed;

  GMutex lock; /* protects peer, name, connected_at and the medias; leaf lock */
  char *peer;
  char *name;
  gint64 connected_at; /* 0: never */
  GPtrArray *medias;

  GMutex rate_lock; /* protects rate_*; leaf lock */
  gint64 rate_time;
  guint64 rate_bytes;
  double rate;
};

static void
free_media (gpointer data)
{
  Media *media = data;

  g_clear_pointer (&media->output, gst_clasp_fanout_output_unref);
  gst_clasp_sink_stream_unref (media->stream);
  g_free (media);
}

/* --- packets --- */

typedef struct {
  GstClaspPeerConnection *connection;
  guint media;
} Route;

static void
send_packets (GstBufferList *packets, gpointer data)
{
  Route *route = data;

  gst_clasp_peer_connection_send (route->connection, route->media, packets);
}

static void
free_route (gpointer data)
{
  Route *route = data;

  gst_object_unref (route->connection);
  g_free (route);
}

static GstClaspFanoutOutput *
make_output (GstClaspViewer *self, const Media *media, const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  GstClaspFanoutFormat format = {
      .seqnum = g_random_int (),
      .timestamp_offset = g_random_int (),
      .wait_for_key_unit = gst_clasp_sink_stream_get_kind (media->stream) ==
          GST_CLASP_MEDIA_VIDEO,
  };
  Route *route = g_new0 (Route, 1);
  int payload = 0;

  gst_structure_get_int (s, "payload", &payload);
  gst_structure_get_uint (s, "ssrc", &format.ssrc);
  format.payload_type = payload;
  route->connection = gst_object_ref (self->connection);
  route->media = media->media;
  return gst_clasp_fanout_output_new (&format, send_packets, route, free_route);
}

/* --- media --- */

static Media *
get_media (GstClaspViewer *self, guint index)
{
  for (guint i = 0; i < self->medias->len; i++) {
    Media *media = g_ptr_array_index (self->medias, i);

    if (media->media == index)
      return media;
  }
  return NULL;
}

static GstClaspRung *
ref_rung (GstClaspViewer *self, Media *media)
{
  GstClaspRung *rung;

  g_mutex_lock (&self->lock);
  rung = media->rung ? gst_clasp_rung_ref (media->rung) : NULL;
  g_mutex_unlock (&self->lock);
  return rung;
}

static void
release_rung (GstClaspViewer *self, Media *media)
{
  GstClaspRung *rung;

  g_mutex_lock (&self->lock);
  rung = g_steal_pointer (&media->rung);
  g_mutex_unlock (&self->lock);
  if (!rung)
    return;
  gst_clasp_fanout_remove (gst_clasp_rung_get_fanout (rung), media->output);
  gst_clasp_sink_stream_release_rung (media->stream, rung,
      g_get_monotonic_time ());
}

static gboolean
acquire_rung (GstClaspViewer *self, Media *media, GError **error)
{
  GstClaspRung *rung =
      gst_clasp_sink_stream_acquire_rung (media->stream, media->codec, error);

  g_mutex_lock (&self->lock);
  media->rung = rung;
  g_mutex_unlock (&self->lock);
  return rung != NULL;
}

static void
detach (GstClaspViewer *self, Media *media)
{
  GstClaspFanoutOutput *output;

  release_rung (self, media);
  g_mutex_lock (&self->lock);
  output = g_steal_pointer (&media->output);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&output, gst_clasp_fanout_output_unref);
}

/* From now on packets flow, beginning with a key unit. */
static void
attach (Media *media)
{
  gst_clasp_fanout_output_hold (media->output);
  gst_clasp_fanout_add (gst_clasp_rung_get_fanout (media->rung), media->output);
  gst_clasp_rung_request_key_unit (media->rung);
}

static void
end (GstClaspViewer *self, const GError *error)
{
  gst_clasp_viewer_ref (self);
  if (!self->closed)
    self->funcs.ended (self, error, self->data);
  gst_clasp_viewer_unref (self);
}

static void
choose_rung (GstClaspViewer *self, Media *media, GstCaps *caps)
{
  g_autoptr (GError) error = NULL;
  GstClaspFanoutOutput *output;

  media->codec = gst_clasp_codec_for_rtp (caps);
  if (!media->codec || !acquire_rung (self, media, &error)) {
    end (self, error);
    return;
  }
  output = make_output (self, media, caps);
  g_mutex_lock (&self->lock);
  media->output = output;
  g_mutex_unlock (&self->lock);
}

/* The rung starts now, so that it runs when the connection is up. A later offer
 * changes nothing of what was agreed. */
static void
on_media_negotiated (GstClaspPeerConnection *connection, guint index,
    GstCaps *caps, gpointer data)
{
  GstClaspViewer *self = data;
  Media *media = get_media (self, index);

  if (self->closed || !media)
    return;
  if (!caps)
    detach (self, media);
  else if (!media->output)
    choose_rung (self, media, caps);
}

/* streaming thread */
static void
on_key_unit_requested (GstClaspPeerConnection *connection, guint index,
    gpointer data)
{
  GstClaspViewer *self = data;
  Media *media = get_media (self, index);
  g_autoptr (GstClaspRung) rung = media ? ref_rung (self, media) : NULL;

  if (rung)
    gst_clasp_rung_request_key_unit (rung);
}

/* --- connection --- */

static void
attach_all (GstClaspViewer *self)
{
  for (guint i = 0; i < self->medias->len; i++) {
    Media *media = g_ptr_array_index (self->medias, i);

    if (media->rung)
      attach (media);
  }
}

static void
on_state_changed (GstClaspPeerConnection *connection, int state, gpointer data)
{
  GstClaspViewer *self = data;

  if (self->closed || state != GST_CLASP_PEER_CONNECTION_CONNECTED ||
      gst_clasp_viewer_was_connected (self))
    return;
  attach_all (self);
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
  self->medias = g_ptr_array_new_with_free_func (free_media);
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
  for (guint i = 0; i < self->medias->len; i++)
    detach (self, g_ptr_array_index (self->medias, i));
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
  Media *media;

  if (gst_caps_is_empty (codecs))
    return FALSE;
  media = g_new0 (Media, 1);
  media->stream = gst_clasp_sink_stream_ref (stream);
  media->media = gst_clasp_peer_connection_add_media (self->connection,
      gst_clasp_sink_stream_get_kind (stream),
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, codecs);
  g_ptr_array_add (self->medias, media);
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
 * @rung: a rung
 *
 * Returns: whether @self gets @rung
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_uses (GstClaspViewer *self, GstClaspRung *rung)
{
  for (guint i = 0; i < self->medias->len; i++) {
    Media *media = g_ptr_array_index (self->medias, i);

    if (media->rung == rung)
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
  for (guint i = 0; i < self->medias->len; i++) {
    Media *media = g_ptr_array_index (self->medias, i);

    if (media->stream == stream)
      release_rung (self, media);
  }
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
  for (guint i = 0; i < self->medias->len; i++) {
    Media *media = g_ptr_array_index (self->medias, i);

    if (media->stream != stream || !media->output || media->rung)
      continue;
    if (acquire_rung (self, media, NULL) &&
        gst_clasp_viewer_was_connected (self))
      attach (media);
  }
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

  for (guint i = 0; i < self->medias->len; i++) {
    Media *media = g_ptr_array_index (self->medias, i);

    if (media->rung)
      return FALSE;
    agreed |= media->output != NULL;
  }
  return agreed;
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

/* lock held */
static void
add_media (Media *media, GstClaspFanoutStats *sum, GString *rungs)
{
  GstClaspFanoutStats stats;

  if (!media->output)
    return;
  gst_clasp_fanout_output_get_stats (media->output, &stats);
  sum->bytes += stats.bytes;
  sum->packets += stats.packets;
  if (gst_clasp_sink_stream_get_kind (media->stream) == GST_CLASP_MEDIA_VIDEO) {
    sum->frames += stats.frames;
    sum->key_frames += stats.key_frames;
  }
  if (media->rung)
    g_string_append_printf (rungs, "%s%s", rungs->len ? "," : "",
        gst_clasp_rung_get_name (media->rung));
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
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->medias->len; i++)
    add_media (g_ptr_array_index (self->medias, i), &sum, rungs);
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
