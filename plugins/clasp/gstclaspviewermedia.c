/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspviewermedia.h"

struct _GstClaspViewerMedia {
  GstClaspSinkStream *stream;
  GstClaspPeerConnection *connection;
  guint index;                /* of the connection */
  const GstClaspCodec *codec; /* NULL: nothing agreed yet */

  GMutex lock; /* protects what follows; leaf lock */
  GstClaspRung *rung;
  GstClaspFanoutOutput *output;
};

/**
 * gst_clasp_viewer_media_new:
 * @stream: what is offered
 * @connection: where it is offered
 * @index: its index there
 *
 * Returns: (transfer full): a media that nothing is agreed on
 *
 * Since: 0.1
 */
GstClaspViewerMedia *
gst_clasp_viewer_media_new (GstClaspSinkStream *stream,
    GstClaspPeerConnection *connection, guint index)
{
  GstClaspViewerMedia *self = g_new0 (GstClaspViewerMedia, 1);

  g_mutex_init (&self->lock);
  self->stream = gst_clasp_sink_stream_ref (stream);
  self->connection = gst_object_ref (connection);
  self->index = index;
  return self;
}

/**
 * gst_clasp_viewer_media_free:
 * @self: (transfer full): a media that was dropped
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_media_free (GstClaspViewerMedia *self)
{
  g_assert (!self->rung);
  g_clear_pointer (&self->output, gst_clasp_fanout_output_unref);
  gst_object_unref (self->connection);
  gst_clasp_sink_stream_unref (self->stream);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* --- packets --- */

typedef struct {
  GstClaspPeerConnection *connection;
  guint index;
} Route;

static void
send_packets (GstBufferList *packets, gpointer data)
{
  Route *route = data;

  gst_clasp_peer_connection_send (route->connection, route->index, packets);
}

static void
free_route (gpointer data)
{
  Route *route = data;

  gst_object_unref (route->connection);
  g_free (route);
}

static GstClaspFanoutOutput *
make_output (GstClaspViewerMedia *self, const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  GstClaspFanoutFormat format = {
      .seqnum = g_random_int (),
      .timestamp_offset = g_random_int (),
      .wait_for_key_unit = self->codec->kind == GST_CLASP_MEDIA_VIDEO,
  };
  Route *route = g_new0 (Route, 1);
  int payload = 0;

  gst_structure_get_int (s, "payload", &payload);
  gst_structure_get_uint (s, "ssrc", &format.ssrc);
  format.payload_type = payload;
  route->connection = gst_object_ref (self->connection);
  route->index = self->index;
  return gst_clasp_fanout_output_new (&format, send_packets, route, free_route);
}

/* --- control thread --- */

/**
 * gst_clasp_viewer_media_get_index:
 * @self: a media
 *
 * Returns: its index in the peer connection
 *
 * Since: 0.1
 */
guint
gst_clasp_viewer_media_get_index (GstClaspViewerMedia *self)
{
  return self->index;
}

/**
 * gst_clasp_viewer_media_get_stream:
 * @self: a media
 *
 * Returns: (transfer none): what was offered
 *
 * Since: 0.1
 */
GstClaspSinkStream *
gst_clasp_viewer_media_get_stream (GstClaspViewerMedia *self)
{
  return self->stream;
}

/**
 * gst_clasp_viewer_media_is_agreed:
 * @self: a media
 *
 * Returns: whether the viewer takes it
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_media_is_agreed (GstClaspViewerMedia *self)
{
  return self->output != NULL;
}

/**
 * gst_clasp_viewer_media_has_rung:
 * @self: a media
 * @rung: (nullable): a rung, %NULL for any
 *
 * Returns: whether it is served by @rung
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_media_has_rung (GstClaspViewerMedia *self, GstClaspRung *rung)
{
  return self->rung && (!rung || self->rung == rung);
}

/**
 * gst_clasp_viewer_media_acquire:
 * @self: a media without a rung
 * @error: return location for an error
 *
 * Returns: %FALSE if the codec that was agreed on can no longer be had
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_media_acquire (GstClaspViewerMedia *self, GError **error)
{
  GstClaspRung *rung =
      gst_clasp_sink_stream_acquire_rung (self->stream, self->codec, error);

  g_mutex_lock (&self->lock);
  self->rung = rung;
  g_mutex_unlock (&self->lock);
  return rung != NULL;
}

/**
 * gst_clasp_viewer_media_agree:
 * @self: a media that nothing is agreed on
 * @caps: RTP caps with payload type and ssrc
 * @error: return location for an error
 *
 * Returns: %FALSE if it cannot be had in this codec
 *
 * Since: 0.1
 */
gboolean
gst_clasp_viewer_media_agree (GstClaspViewerMedia *self, const GstCaps *caps,
    GError **error)
{
  GstClaspFanoutOutput *output;

  self->codec = gst_clasp_codec_for_rtp (caps);
  if (!self->codec) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND,
        "the viewer wants a codec that was not offered");
    return FALSE;
  }
  if (!gst_clasp_viewer_media_acquire (self, error))
    return FALSE;
  output = make_output (self, caps);
  g_mutex_lock (&self->lock);
  self->output = output;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/**
 * gst_clasp_viewer_media_attach:
 * @self: a media with a rung, whose connection is up
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_media_attach (GstClaspViewerMedia *self)
{
  gst_clasp_fanout_output_hold (self->output);
  gst_clasp_fanout_add (gst_clasp_rung_get_fanout (self->rung), self->output);
  gst_clasp_rung_request_key_unit (self->rung);
}

/**
 * gst_clasp_viewer_media_release:
 * @self: a media
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_media_release (GstClaspViewerMedia *self)
{
  GstClaspRung *rung;

  g_mutex_lock (&self->lock);
  rung = g_steal_pointer (&self->rung);
  g_mutex_unlock (&self->lock);
  if (!rung)
    return;
  if (self->output)
    gst_clasp_fanout_remove (gst_clasp_rung_get_fanout (rung), self->output);
  gst_clasp_sink_stream_release_rung (self->stream, rung,
      g_get_monotonic_time ());
}

/**
 * gst_clasp_viewer_media_drop:
 * @self: a media
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_media_drop (GstClaspViewerMedia *self)
{
  GstClaspFanoutOutput *output;

  gst_clasp_viewer_media_release (self);
  g_mutex_lock (&self->lock);
  output = g_steal_pointer (&self->output);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&output, gst_clasp_fanout_output_unref);
}

/* --- any thread --- */

static GstClaspRung *
ref_rung (GstClaspViewerMedia *self)
{
  GstClaspRung *rung;

  g_mutex_lock (&self->lock);
  rung = self->rung ? gst_clasp_rung_ref (self->rung) : NULL;
  g_mutex_unlock (&self->lock);
  return rung;
}

static GstClaspFanoutOutput *
ref_output (GstClaspViewerMedia *self)
{
  GstClaspFanoutOutput *output;

  g_mutex_lock (&self->lock);
  output = self->output ? gst_clasp_fanout_output_ref (self->output) : NULL;
  g_mutex_unlock (&self->lock);
  return output;
}

/**
 * gst_clasp_viewer_media_request_key_unit:
 * @self: a media
 *
 * The viewer lost a picture. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_media_request_key_unit (GstClaspViewerMedia *self)
{
  g_autoptr (GstClaspRung) rung = ref_rung (self);

  if (rung)
    gst_clasp_rung_request_key_unit (rung);
}

/**
 * gst_clasp_viewer_media_add_stats:
 * @self: a media
 * @sum: counters to add to; frames are counted of pictures only
 * @rungs: names of rungs, separated by commas, to append to
 *
 * Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_viewer_media_add_stats (GstClaspViewerMedia *self,
    GstClaspFanoutStats *sum, GString *rungs)
{
  g_autoptr (GstClaspRung) rung = ref_rung (self);
  g_autoptr (GstClaspFanoutOutput) output = ref_output (self);
  GstClaspFanoutStats stats = {0};

  if (output)
    gst_clasp_fanout_output_get_stats (output, &stats);
  sum->bytes += stats.bytes;
  sum->packets += stats.packets;
  if (gst_clasp_sink_stream_get_kind (self->stream) == GST_CLASP_MEDIA_VIDEO) {
    sum->frames += stats.frames;
    sum->key_frames += stats.key_frames;
  }
  if (rung)
    g_string_append_printf (rungs, "%s%s", rungs->len ? "," : "",
        gst_clasp_rung_get_name (rung));
}
