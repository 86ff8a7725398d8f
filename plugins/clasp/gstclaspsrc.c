/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/**
 * SECTION:element-claspsrc
 * @title: claspsrc
 *
 * Receives the broadcasters of a CLASP room peer to peer: other pipelines with
 * claspsink, or browsers on a CLASP video page. The relay only introduces the
 * peers to each other; pictures and sound come straight from them, and go on
 * when the relay is away.
 *
 * A broadcaster has the pads `video_%u` and `audio_%u` with one number; those
 * of the first are `video_0` and `audio_0`. A pad carries raw video or sound
 * when what it is linked to needs that, otherwise the encoded stream: `claspsrc
 * ! videoconvert` decodes, `claspsrc ! h264parse ! mp4mux` does not.
 *
 * By default the first broadcaster is received. #claspsrc:peer names another,
 * or with `*` all of them. With one broadcaster at a time the pads stay when it
 * leaves or is started again: the picture stands still and then goes on. With
 * all, pads come with peers and end with EOS.
 *
 * The relay may go away and come back: that is reported by element messages
 * `clasp-connection` (fields `state`, `url`, `room`, `session`, `error`), never
 * by an error, unless the token is refused or the URL is wrong. The messages
 * `clasp-peer-added` and `clasp-peer-removed` carry `peer` and `name`, the
 * latter also `reason`.
 *
 * ## Examples
 *
 * |[
 * gst-launch-1.0 claspsrc room=demo ! videoconvert ! autovideosink
 * ]|
 * |[
 * gst-launch-1.0 claspsrc room=demo name=c c.video_0 ! queue ! videoconvert !
 *   autovideosink c.audio_0 ! queue ! audioconvert ! autoaudiosink
 * ]|
 * |[
 * gst-launch-1.0 playbin uri=clasp://localhost:7330/demo
 * ]|
 *
 * Since: 0.1
 */

#include "gstclaspsrc.h"

#include "gstclaspelement.h"
#include "gstclaspsrcroom.h"

GST_DEBUG_CATEGORY_STATIC (clasp_src_debug);
#define GST_CAT_DEFAULT clasp_src_debug

#define DEFAULT_LATENCY 100
#define MAX_LATENCY 10000

#define GST_TYPE_CLASP_SRC (gst_clasp_src_get_type ())
G_DECLARE_FINAL_TYPE (GstClaspSrc, gst_clasp_src, GST, CLASP_SRC, GstBin)

struct _GstClaspSrc {
  GstBin parent_instance;

  GstClaspSettings settings;
  GstClaspOutputs *outputs;
  GstClaspSrcRoom *room; /* from READY to PAUSED and back; object lock */

  /* object lock */
  char *peer;
  guint latency;
};

enum {
  PROP_PEER = GST_CLASP_PROP_LAST,
  PROP_LATENCY,
  PROP_STATS,
};

enum {
  SIGNAL_PEER_ADDED,
  SIGNAL_PEER_REMOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static GstStaticPadTemplate video_template =
    GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS (GST_CLASP_OUTPUT_VIDEO_CAPS));
static GstStaticPadTemplate audio_template =
    GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS (GST_CLASP_OUTPUT_AUDIO_CAPS));

static void uri_handler_init (gpointer iface, gpointer data);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstClaspSrc, gst_clasp_src, GST_TYPE_BIN,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, uri_handler_init))
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (claspsrc, "claspsrc", GST_RANK_PRIMARY,
    GST_TYPE_CLASP_SRC, gst_clasp_element_init ())

/* --- states --- */

static GstClaspSrcRoom *
take_room (GstClaspSrc *self)
{
  GstClaspSrcRoom *room;

  GST_OBJECT_LOCK (self);
  room = g_steal_pointer (&self->room);
  GST_OBJECT_UNLOCK (self);
  return room;
}

static gboolean
start (GstClaspSrc *self)
{
  g_autoptr (GError) error = NULL;
  GstClaspSettings *settings =
      gst_clasp_settings_dup (&self->settings, GST_ELEMENT (self), &error);
  GstClaspSrcRoom *room;

  if (!settings) {
    gst_clasp_element_post_fatal (GST_ELEMENT (self), NULL, error);
    return FALSE;
  }
  gst_clasp_outputs_open (self->outputs, self->latency * GST_MSECOND);
  GST_OBJECT_LOCK (self);
  room = gst_clasp_src_room_new (GST_ELEMENT (self), self->outputs, settings,
      self->peer, self->latency);
  self->room = room;
  GST_OBJECT_UNLOCK (self);
  gst_clasp_src_room_start (room);
  return TRUE;
}

static void
stop (GstClaspSrc *self)
{
  g_autoptr (GstClaspSrcRoom) room = take_room (self);

  if (!room)
    return;
  gst_clasp_src_room_stop (room);
  gst_clasp_outputs_clear (self->outputs);
}

static gboolean
prepare (GstClaspSrc *self, GstStateChange transition)
{
  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      gst_clasp_peer_connection_warm_up ();
      return TRUE;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      return start (self);
    default:
      return TRUE;
  }
}

static GstStateChangeReturn
gst_clasp_src_change_state (GstElement *element, GstStateChange transition)
{
  GstClaspSrc *self = GST_CLASP_SRC (element);
  GstStateChangeReturn ret;

  if (!prepare (self, transition))
    return GST_STATE_CHANGE_FAILURE;
  ret = GST_ELEMENT_CLASS (gst_clasp_src_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      ret == GST_STATE_CHANGE_FAILURE)
    stop (self);
  /* The program may end now; OpenSSL must not be at work then. */
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    gst_clasp_peer_connection_wait_closed ();
  if (ret != GST_STATE_CHANGE_FAILURE &&
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
          transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED))
    return GST_STATE_CHANGE_NO_PREROLL;
  return ret;
}

static gboolean
gst_clasp_src_query (GstElement *element, GstQuery *query)
{
  GstClaspSrc *self = GST_CLASP_SRC (element);

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_ELEMENT_CLASS (gst_clasp_src_parent_class)
        ->query (element, query);
  gst_query_set_latency (query, TRUE,
      gst_clasp_outputs_query_latency (self->outputs), GST_CLOCK_TIME_NONE);
  return TRUE;
}

/* --- URI --- */

static GstURIType
uri_get_type (GType type)
{
  return GST_URI_SRC;
}

static const char *const *
uri_get_protocols (GType type)
{
  static const char *const protocols[] = {"clasp", "clasps", NULL};

  return protocols;
}

static char *
uri_get_uri (GstURIHandler *handler)
{
  return gst_clasp_settings_dup_uri (&GST_CLASP_SRC (handler)->settings);
}

static gboolean
uri_set_uri (GstURIHandler *handler, const char *uri, GError **error)
{
  GstClaspSrc *self = GST_CLASP_SRC (handler);
  g_autoptr (GError) reason = NULL;
  GstState state;

  GST_OBJECT_LOCK (self);
  state = GST_STATE (self);
  GST_OBJECT_UNLOCK (self);
  if (state > GST_STATE_READY) {
    g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "the URI of a running claspsrc cannot be changed: set it in NULL or "
        "READY");
    return FALSE;
  }
  if (gst_clasp_settings_set_uri (&self->settings, uri, &reason))
    return TRUE;
  g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
      reason->message);
  return FALSE;
}

static void
uri_handler_init (gpointer iface, gpointer data)
{
  GstURIHandlerInterface *uri = iface;

  uri->get_type = uri_get_type;
  uri->get_protocols = uri_get_protocols;
  uri->get_uri = uri_get_uri;
  uri->set_uri = uri_set_uri;
}

/* --- properties --- */

static void
gst_clasp_src_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  GstClaspSrc *self = GST_CLASP_SRC (object);

  if (gst_clasp_settings_set_property (&self->settings, id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PEER:
      g_free (self->peer);
      self->peer = g_value_dup_string (value);
      break;
    case PROP_LATENCY:
      self->latency = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static GstStructure *
get_stats (GstClaspSrc *self)
{
  GstStructure *stats = NULL;

  GST_OBJECT_LOCK (self);
  if (self->room)
    stats = gst_clasp_src_room_get_stats (self->room);
  GST_OBJECT_UNLOCK (self);
  return stats;
}

static void
gst_clasp_src_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstClaspSrc *self = GST_CLASP_SRC (object);

  if (gst_clasp_settings_get_property (&self->settings, id, value))
    return;
  if (id == PROP_STATS) {
    g_value_take_boxed (value, get_stats (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PEER:
      g_value_set_string (value, self->peer);
      break;
    case PROP_LATENCY:
      g_value_set_uint (value, self->latency);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_clasp_src_finalize (GObject *object)
{
  GstClaspSrc *self = GST_CLASP_SRC (object);

  gst_clasp_settings_clear (&self->settings);
  gst_clasp_outputs_free (self->outputs);
  g_clear_pointer (&self->peer, g_free);
  G_OBJECT_CLASS (gst_clasp_src_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  gst_clasp_settings_install (klass);
  /**
   * GstClaspSrc:peer:
   *
   * Whom to receive: a session id or a name. Empty for the first broadcaster
   * of the room; `*` for all of them. When several have the name, the first
   * that can be reached.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_PEER,
      g_param_spec_string ("peer", "Peer",
          "Session id or name of the broadcaster; empty: the first, *: all",
          NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
              GST_PARAM_MUTABLE_READY));
  /**
   * GstClaspSrc:latency:
   *
   * Time in ms that packets may take longer than the fastest: how long the
   * jitter buffer waits for a missing one. It is part of the latency that the
   * element reports. 0 is good in a quiet LAN only.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_LATENCY,
      g_param_spec_uint ("latency", "Latency", "Jitter buffer, in ms", 0,
          MAX_LATENCY, DEFAULT_LATENCY,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
              GST_PARAM_MUTABLE_READY));
  /**
   * GstClaspSrc:stats:
   *
   * `application/x-clasp-src-stats`, taken once a second: `state` (string, of
   * the connection to the relay: idle, connecting, joined, reconnecting,
   * failed), `session` (string, missing while not joined) and `peers`, an array
   * of structures `peer`, one for each broadcaster that is received or tried:
   *
   * - `peer`, `name` (string): session id and name
   * - `state` (string): waiting, connecting, connected
   * - `video-codec`, `audio-codec` (string): missing while nothing came
   * - `width`, `height` (int): of the picture, 0 while not known
   * - `fps` (double), `video-bitrate`, `audio-bitrate` (uint64, bit/s)
   * - `frames`, `key-frames`, `frames-dropped`, `key-frame-requests` (uint64)
   * - `packets-received`, `packets-lost` (uint64), `rtt`, `jitter` (double, ms)
   * - `seconds` (double): since it was connected
   *
   * %NULL in NULL and READY.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "What is received, and how well", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
install_signals (GObjectClass *klass)
{
  const GType type = G_TYPE_FROM_CLASS (klass);

  /**
   * GstClaspSrc::peer-added:
   * @self: the element
   * @peer: session id
   * @name: what it calls itself
   *
   * A broadcaster is connected; its pads exist. Emitted in the element's own
   * thread.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PEER_ADDED] =
      g_signal_new ("peer-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
          G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * GstClaspSrc::peer-removed:
   * @self: the element
   * @peer: session id
   * @name: what it called itself
   *
   * A broadcaster is not connected any more. Emitted in the element's own
   * thread.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PEER_REMOVED] =
      g_signal_new ("peer-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
          NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
gst_clasp_src_class_init (GstClaspSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (clasp_src_debug, "claspsrc", 0, "CLASP source");
  object_class->set_property = gst_clasp_src_set_property;
  object_class->get_property = gst_clasp_src_get_property;
  object_class->finalize = gst_clasp_src_finalize;
  element_class->change_state = GST_DEBUG_FUNCPTR (gst_clasp_src_change_state);
  element_class->query = GST_DEBUG_FUNCPTR (gst_clasp_src_query);
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (element_class, "CLASP source",
      "Source/Network/WebRTC",
      "Receives the broadcasters of a CLASP room peer to peer",
      "the clasp-gst authors");
  install_properties (object_class);
  install_signals (object_class);
}

static void
gst_clasp_src_init (GstClaspSrc *self)
{
  gst_clasp_settings_init (&self->settings);
  self->outputs = gst_clasp_outputs_new (GST_BIN (self));
  self->latency = DEFAULT_LATENCY;
  gst_bin_set_suppressed_flags (GST_BIN (self),
      GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}
