/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasppeermedia-private.h"

#include "gstclaspwebrtc-private.h"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

/* A viewer whose transport stalls loses this much, nobody else does. Not by
 * time: until the first packet has left it, appsrc takes the running time for
 * the length of its queue and would drop the first key frame. */
#define MAX_QUEUE_BYTES (1024 * 1024)

typedef struct {
  GstClaspPeerMedia *owner; /* not a reference: probes end before it does */
  guint media;
  int mline;
  GstElement *appsrc; /* what we send */
  GstPad *pad;        /* what we receive; under the lock */
} Line;

struct _GstClaspPeerMedia {
  gatomicrefcount refs;
  GWeakRef owner;
  GstClaspPeerMediaIncoming incoming;
  GstClaspPeerMediaKeyUnit key_unit;

  GstElement *pipeline;
  GstElement *webrtc;
  GstElement *rtpbin;
  Line *lines;
  guint n_lines;

  gint open; /* atomic */

  GMutex lock; /* protects what follows and Line.pad; leaf lock */
  gint64 last_heard;
  guint64 dropped;
};

static void
on_ssrc_active (GstElement *rtpbin, guint session, guint ssrc, gpointer data)
{
  gst_clasp_peer_media_touch (data, g_get_monotonic_time ());
}

static void
unref_closure_data (gpointer data, GClosure *closure)
{
  gst_clasp_peer_media_unref (data);
}

static void
connect_held (GstClaspPeerMedia *self, gpointer instance, const char *signal,
    GCallback callback)
{
  g_signal_connect_data (instance, signal, callback,
      gst_clasp_peer_media_ref (self), unref_closure_data, 0);
}

static Line *
find_line (GstClaspPeerMedia *self, GstPad *pad)
{
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  guint mline = G_MAXUINT, i;

  g_object_get (pad, "transceiver", &transceiver, NULL);
  if (transceiver)
    g_object_get (transceiver, "mlineindex", &mline, NULL);
  for (i = 0; i < self->n_lines; i++)
    if (self->lines[i].mline >= 0 && (guint) self->lines[i].mline == mline)
      return &self->lines[i];
  return NULL;
}

/* Media that comes before the peer's certificate was compared is nobody's. */
static GstPadProbeReturn
gate_incoming (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstClaspPeerMedia *self = data;

  if (!g_atomic_int_get (&self->open))
    return GST_PAD_PROBE_DROP;
  gst_clasp_peer_media_touch (self, g_get_monotonic_time ());
  return GST_PAD_PROBE_OK;
}

static void
discard (GstClaspPeerMedia *self, GstPad *pad)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sink_pad = NULL;

  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add (GST_BIN (self->pipeline), sink);
  sink_pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_link (pad, sink_pad);
  gst_element_sync_state_with_parent (sink);
}

static void
on_pad_added (GstElement *webrtc, GstPad *pad, gpointer data)
{
  GstClaspPeerMedia *self = data;
  g_autoptr (GObject) owner = NULL;
  Line *line;

  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, gate_incoming,
      gst_clasp_peer_media_ref (self),
      (GDestroyNotify) gst_clasp_peer_media_unref);
  owner = g_weak_ref_get (&self->owner);
  line = find_line (self, pad);
  if (!owner || !line || line->appsrc) {
    discard (self, pad);
    return;
  }
  g_mutex_lock (&self->lock);
  gst_object_replace ((GstObject **) &line->pad, GST_OBJECT (pad));
  g_mutex_unlock (&self->lock);
  self->incoming (line->media, pad, owner);
}

GstClaspPeerMedia *
gst_clasp_peer_media_new (GstElement *pipeline, GstElement *webrtc,
    GPtrArray *medias, GstClaspPeerMediaIncoming incoming,
    GstClaspPeerMediaKeyUnit key_unit, gpointer owner)
{
  GstClaspPeerMedia *self = g_new0 (GstClaspPeerMedia, 1);
  guint i;

  g_atomic_ref_count_init (&self->refs);
  g_weak_ref_init (&self->owner, owner);
  g_mutex_init (&self->lock);
  self->incoming = incoming;
  self->key_unit = key_unit;
  self->pipeline = gst_object_ref (pipeline);
  self->webrtc = gst_object_ref (webrtc);
  self->rtpbin = gst_clasp_webrtc_dup_rtpbin (webrtc);
  self->n_lines = medias->len;
  self->lines = g_new0 (Line, self->n_lines);
  for (i = 0; i < self->n_lines; i++) {
    self->lines[i].owner = self;
    self->lines[i].media = i;
    self->lines[i].mline = -1;
  }
  connect_held (self, webrtc, "pad-added", G_CALLBACK (on_pad_added));
  if (self->rtpbin)
    connect_held (self, self->rtpbin, "on-ssrc-active",
        G_CALLBACK (on_ssrc_active));
  return self;
}

GstClaspPeerMedia *
gst_clasp_peer_media_ref (GstClaspPeerMedia *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
gst_clasp_peer_media_unref (GstClaspPeerMedia *self)
{
  guint i;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  gst_clasp_peer_media_stop (self);
  for (i = 0; i < self->n_lines; i++) {
    gst_clear_object (&self->lines[i].appsrc);
    gst_clear_object (&self->lines[i].pad);
  }
  g_free (self->lines);
  g_weak_ref_clear (&self->owner);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Lets go of the pipeline, or its sockets would live as long as we do. */
void
gst_clasp_peer_media_stop (GstClaspPeerMedia *self)
{
  guint i;

  g_atomic_int_set (&self->open, FALSE);
  if (!self->webrtc)
    return;
  g_signal_handlers_disconnect_matched (self->webrtc, G_SIGNAL_MATCH_DATA, 0, 0,
      NULL, NULL, self);
  if (self->rtpbin)
    g_signal_handlers_disconnect_matched (self->rtpbin, G_SIGNAL_MATCH_DATA, 0,
        0, NULL, NULL, self);
  g_mutex_lock (&self->lock);
  for (i = 0; i < self->n_lines; i++)
    gst_clear_object (&self->lines[i].pad);
  gst_clear_object (&self->rtpbin);
  g_mutex_unlock (&self->lock);
  gst_clear_object (&self->webrtc);
  gst_clear_object (&self->pipeline);
}

/* --- sending --- */

static GstPadProbeReturn
on_upstream_event (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Line *line = data;
  g_autoptr (GObject) owner = NULL;

  if (!gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info)))
    return GST_PAD_PROBE_OK;
  owner = g_weak_ref_get (&line->owner->owner);
  if (owner)
    line->owner->key_unit (line->media, owner);
  return GST_PAD_PROBE_DROP;
}

static GstElement *
new_appsrc (void)
{
  GstElement *appsrc = gst_element_factory_make ("appsrc", NULL);

  g_object_set (appsrc, "format", GST_FORMAT_TIME, "is-live", TRUE,
      "emit-signals", FALSE, "max-bytes", (guint64) MAX_QUEUE_BYTES,
      "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM, NULL);
  return appsrc;
}

static gboolean
link_appsrc (GstClaspPeerMedia *self, Line *line, GstPad *sink_pad)
{
  g_autoptr (GstPad) pad = NULL;

  line->appsrc = gst_object_ref_sink (new_appsrc ());
  gst_bin_add (GST_BIN (self->pipeline), line->appsrc);
  pad = gst_element_get_static_pad (line->appsrc, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_upstream_event,
      line, NULL);
  return gst_pad_link (pad, sink_pad) == GST_PAD_LINK_OK;
}

gboolean
gst_clasp_peer_media_add_line (GstClaspPeerMedia *self, guint media,
    guint mline, GstCaps *caps, GError **error)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gboolean retransmit =
      g_strcmp0 (gst_structure_get_string (s, "media"), "video") == 0;
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  g_autoptr (GstPad) pad = NULL;
  Line *line = &self->lines[media];

  line->mline = mline;
  if (!gst_structure_has_field (s, "ssrc")) {
    transceiver =
        gst_clasp_webrtc_add_receiver (self->webrtc, caps, retransmit);
    if (transceiver)
      return TRUE;
  } else {
    transceiver = gst_clasp_webrtc_add_sender (self->webrtc, mline, caps,
        retransmit, &pad);
    if (transceiver && link_appsrc (self, line, pad))
      return TRUE;
  }
  g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_FAILED,
      "webrtcbin takes no more media: are the nice, dtls, srtp and rtp plugins "
      "installed?");
  return FALSE;
}

/* The caps reach webrtcbin before the first packet: it waits for them. */
void
gst_clasp_peer_media_set_caps (GstClaspPeerMedia *self, guint media,
    GstCaps *caps)
{
  if (self->lines[media].appsrc)
    gst_app_src_set_caps (GST_APP_SRC (self->lines[media].appsrc), caps);
}

void
gst_clasp_peer_media_set_open (GstClaspPeerMedia *self, gboolean open)
{
  g_atomic_int_set (&self->open, open);
}

GstFlowReturn
gst_clasp_peer_media_send (GstClaspPeerMedia *self, guint media,
    GstBufferList *packets)
{
  Line *line = media < self->n_lines ? &self->lines[media] : NULL;

  if (line && line->appsrc && g_atomic_int_get (&self->open))
    return gst_app_src_push_buffer_list (GST_APP_SRC (line->appsrc), packets);
  g_mutex_lock (&self->lock);
  self->dropped += gst_buffer_list_length (packets);
  g_mutex_unlock (&self->lock);
  gst_buffer_list_unref (packets);
  return GST_FLOW_OK;
}

/* --- receiving --- */

void
gst_clasp_peer_media_request_key_unit (GstClaspPeerMedia *self, guint media)
{
  g_autoptr (GstPad) pad = NULL;

  if (media >= self->n_lines)
    return;
  g_mutex_lock (&self->lock);
  if (self->lines[media].pad)
    pad = gst_object_ref (self->lines[media].pad);
  g_mutex_unlock (&self->lock);
  if (pad)
    gst_pad_send_event (pad,
        gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
            0));
}

void
gst_clasp_peer_media_touch (GstClaspPeerMedia *self, gint64 now)
{
  g_mutex_lock (&self->lock);
  self->last_heard = now;
  g_mutex_unlock (&self->lock);
}

gint64
gst_clasp_peer_media_get_silence (GstClaspPeerMedia *self, gint64 now)
{
  gint64 last;

  g_mutex_lock (&self->lock);
  last = self->last_heard;
  g_mutex_unlock (&self->lock);
  return now - last;
}

/* --- statistics --- */

typedef struct {
  guint64 packets_sent, bytes_sent;
  guint64 packets_received, bytes_received, packets_lost;
  double rtt, loss, jitter;
} Totals;

static guint64
get_u64 (const GstStructure *s, const char *field)
{
  guint64 value = 0;

  gst_structure_get_uint64 (s, field, &value);
  return value;
}

static void
add_report_block (Totals *totals, const GstStructure *s)
{
  gboolean have = FALSE;
  guint lost = 0, round_trip = 0;

  gst_structure_get_boolean (s, "have-rb", &have);
  if (!have)
    return;
  gst_structure_get_uint (s, "rb-fractionlost", &lost);
  gst_structure_get_uint (s, "rb-round-trip", &round_trip);
  totals->loss = MAX (totals->loss, lost / 256.0);
  totals->rtt = MAX (totals->rtt, round_trip * 1000.0 / 65536.0);
}

static void
add_source (Totals *totals, const GstStructure *s)
{
  gboolean internal = FALSE;
  guint jitter = 0;
  int lost = 0, clock_rate = 0;

  gst_structure_get_boolean (s, "internal", &internal);
  add_report_block (totals, s);
  if (internal) {
    totals->packets_sent += get_u64 (s, "packets-sent");
    totals->bytes_sent += get_u64 (s, "octets-sent");
    return;
  }
  totals->packets_received += get_u64 (s, "packets-received");
  totals->bytes_received += get_u64 (s, "octets-received");
  gst_structure_get_int (s, "packets-lost", &lost);
  gst_structure_get_uint (s, "jitter", &jitter);
  gst_structure_get_int (s, "clock-rate", &clock_rate);
  totals->packets_lost += MAX (lost, 0);
  if (clock_rate > 0)
    totals->jitter = MAX (totals->jitter, jitter * 1000.0 / clock_rate);
}

static void
add_sources (Totals *totals, const GstStructure *stats)
{
  const GValue *value = gst_structure_get_value (stats, "source-stats");
  GValueArray *sources = value ? g_value_get_boxed (value) : NULL;
  guint i;

  for (i = 0; sources && i < sources->n_values; i++)
    add_source (totals, gst_value_get_structure (&sources->values[i]));
}

void
gst_clasp_peer_media_add_stats (GstClaspPeerMedia *self, GstStructure *stats)
{
  g_autoptr (GstElement) rtpbin = NULL;
  g_autoptr (GObject) session = NULL;
  g_autoptr (GstStructure) session_stats = NULL;
  Totals totals = {0};
  guint64 dropped;

  g_mutex_lock (&self->lock);
  dropped = self->dropped;
  if (self->rtpbin)
    rtpbin = gst_object_ref (self->rtpbin);
  g_mutex_unlock (&self->lock);
  if (rtpbin)
    g_signal_emit_by_name (rtpbin, "get-internal-session", 0, &session);
  if (session)
    g_object_get (session, "stats", &session_stats, NULL);
  if (session_stats)
    add_sources (&totals, session_stats);
  gst_structure_set (stats, "packets-sent", G_TYPE_UINT64, totals.packets_sent,
      "bytes-sent", G_TYPE_UINT64, totals.bytes_sent, "packets-dropped",
      G_TYPE_UINT64, dropped, "rtt", G_TYPE_DOUBLE, totals.rtt, "loss",
      G_TYPE_DOUBLE, totals.loss, "packets-received", G_TYPE_UINT64,
      totals.packets_received, "bytes-received", G_TYPE_UINT64,
      totals.bytes_received, "packets-lost", G_TYPE_UINT64, totals.packets_lost,
      "jitter", G_TYPE_DOUBLE, totals.jitter, NULL);
}
