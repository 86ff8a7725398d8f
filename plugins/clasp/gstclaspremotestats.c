/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspremotestats.h"

/**
 * gst_clasp_remote_stats_begin:
 * @self: the stats
 *
 * Starts from nothing: there is a new connection.
 *
 * Since: 0.1
 */
void
gst_clasp_remote_stats_begin (GstClaspRemoteStats *self)
{
  *self = (GstClaspRemoteStats){0};
}

static double
rate (guint64 before, guint64 after, gint64 us)
{
  return us > 0 && after >= before
      ? (after - before) * (double) G_USEC_PER_SEC / us
      : 0;
}

static void
update_receiver (GstClaspRemoteStats *self, guint i, GstClaspReceiver *receiver,
    gint64 elapsed)
{
  GstClaspReceiverFigures before = self->figures[i];
  GstClaspReceiverFigures *after = &self->figures[i];

  gst_clasp_receiver_get_figures (receiver, after);
  self->bitrate[i] = rate (before.bytes, after->bytes, elapsed) * 8;
  if (i == 0)
    self->fps = rate (before.frames, after->frames, elapsed);
  self->dropped += gst_clasp_receiver_get_dropped (receiver);
}

static void
update_connection (GstClaspRemoteStats *self,
    GstClaspPeerConnection *connection)
{
  g_autoptr (GstStructure) stats =
      gst_clasp_peer_connection_get_stats (connection);

  gst_structure_get (stats, "rtt", G_TYPE_DOUBLE, &self->rtt, "jitter",
      G_TYPE_DOUBLE, &self->jitter, "packets-received", G_TYPE_UINT64,
      &self->packets_received, "packets-lost", G_TYPE_UINT64,
      &self->packets_lost, NULL);
}

/**
 * gst_clasp_remote_stats_update:
 * @self: the stats
 * @connection: a connected peer connection
 * @receivers: its receivers, video first
 * @connected_at: monotonic, µs
 * @now: monotonic, µs
 *
 * Reads all totals and makes rates of what came since the last call.
 *
 * Since: 0.1
 */
void
gst_clasp_remote_stats_update (GstClaspRemoteStats *self,
    GstClaspPeerConnection *connection, GPtrArray *receivers,
    gint64 connected_at, gint64 now)
{
  gint64 elapsed = now - (self->updated ? self->updated : connected_at);

  self->dropped = 0;
  for (guint i = 0; i < receivers->len && i < GST_CLASP_RECEIVERS_KINDS; i++)
    update_receiver (self, i, g_ptr_array_index (receivers, i), elapsed);
  gst_clasp_receiver_get_size (g_ptr_array_index (receivers, 0), &self->width,
      &self->height);
  update_connection (self, connection);
  self->seconds = (now - connected_at) / (double) G_USEC_PER_SEC;
  self->updated = now;
}

static const char *
codec_name (const GstClaspReceiverFigures *figures)
{
  return figures->codec ? figures->codec->name : NULL;
}

/**
 * gst_clasp_remote_stats_to_structure:
 * @self: the stats
 * @session: session id of the peer
 * @name: its name
 * @state: `waiting`, `connecting` or `connected`
 *
 * A structure `peer` with the fields
 *
 * - `peer`, `name`, `state` (string): as given
 * - `video-codec`, `audio-codec` (string, missing while nothing came): `h264`,
 *   `vp8`, `vp9`; `opus`
 * - `width`, `height` (int): of the picture, 0 while not known
 * - `fps` (double), `video-bitrate`, `audio-bitrate` (uint64, bit/s): of the
 *   last second
 * - `frames`, `key-frames`, `frames-dropped`, `key-frame-requests` (uint64):
 *   pictures received, key frames among them, frames for which downstream was
 *   too slow or not PLAYING, requests sent to the peer
 * - `packets-received`, `packets-lost` (uint64): RTP
 * - `rtt`, `jitter` (double, ms)
 * - `seconds` (double): since it was connected
 *
 * Returns: (transfer full): the structure
 *
 * Since: 0.1
 */
GstStructure *
gst_clasp_remote_stats_to_structure (const GstClaspRemoteStats *self,
    const char *session, const char *name, const char *state)
{
  const GstClaspReceiverFigures *video = &self->figures[0];
  const GstClaspReceiverFigures *audio = &self->figures[1];
  GstStructure *s = gst_structure_new ("peer", "peer", G_TYPE_STRING, session,
      "name", G_TYPE_STRING, name, "state", G_TYPE_STRING, state, "width",
      G_TYPE_INT, self->width, "height", G_TYPE_INT, self->height, "fps",
      G_TYPE_DOUBLE, self->fps, "video-bitrate", G_TYPE_UINT64,
      self->bitrate[0], "audio-bitrate", G_TYPE_UINT64, self->bitrate[1],
      "frames", G_TYPE_UINT64, video->frames, "key-frames", G_TYPE_UINT64,
      video->key_frames, "frames-dropped", G_TYPE_UINT64, self->dropped,
      "key-frame-requests", G_TYPE_UINT64, video->key_unit_requests,
      "packets-received", G_TYPE_UINT64, self->packets_received, "packets-lost",
      G_TYPE_UINT64, self->packets_lost, "rtt", G_TYPE_DOUBLE, self->rtt,
      "jitter", G_TYPE_DOUBLE, self->jitter, "seconds", G_TYPE_DOUBLE,
      self->seconds, NULL);

  if (codec_name (video))
    gst_structure_set (s, "video-codec", G_TYPE_STRING, codec_name (video),
        NULL);
  if (codec_name (audio))
    gst_structure_set (s, "audio-codec", G_TYPE_STRING, codec_name (audio),
        NULL);
  return s;
}
