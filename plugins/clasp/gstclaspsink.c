/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/**
 * SECTION:element-claspsink
 * @title: claspsink
 * @short_description: serves every viewer of a CLASP room peer to peer
 *
 * Puts live video and sound into a CLASP room. Viewers, in browsers or in other
 * pipelines, connect peer to peer; the picture is encoded once for all of them.
 * Raw input is encoded as H.264 or VP8 and Opus, with the best encoder that is
 * there; already encoded input goes out as it is.
 *
 * The element never waits for viewers or for the relay, and media that flows
 * goes on while the relay is away. Peers see the element's #GstObject:name.
 *
 * |[
 * gst-launch-1.0 videotestsrc is-live=true ! claspsink room=demo run-relay=true
 * ]| A moving picture at http://localhost:7330/?room=demo.
 *
 * |[
 * gst-launch-1.0 claspsink name=s uri=clasp://relay.example/room \
 *     v4l2src ! s. autoaudiosrc ! s.
 * ]| A camera and a microphone in a room of another relay.
 *
 * Messages on the bus (element messages):
 *
 * - `clasp-connection`: `state`, `url`, `room`, `session`, `error` (strings)
 * - `clasp-viewer-added`: `peer`, `name` (strings), `viewers` (guint)
 * - `clasp-viewer-removed`: the same and `reason` (string)
 * - `clasp-viewer-refused`: `peer`, `name`, `reason` (strings): not admitted,
 *   or the connection never came up
 *
 * Since: 0.1
 */

#include "gstclaspsink-private.h"

#include "gstclaspelement.h"
#include "gstclaspsinkcontrol.h"
#include "gstclaspsinkrelay.h"

GST_DEBUG_CATEGORY (gst_clasp_sink_debug);
#define GST_CAT_DEFAULT gst_clasp_sink_debug


static GstStaticPadTemplate video_template =
    GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS ("video/x-raw; video/x-h264; video/x-vp8; "
                         "video/x-vp9"));
static GstStaticPadTemplate audio_template =
    GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS ("audio/x-raw; "
                         "audio/x-opus, channel-mapping-family=(int)0; "
                         "audio/x-opus, channels=(int)[1, 2]"));

G_DEFINE_FINAL_TYPE (GstClaspSink, gst_clasp_sink, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (claspsink, "claspsink", GST_RANK_NONE,
    GST_TYPE_CLASP_SINK, gst_clasp_element_init ())

/* --- state --- */

static gboolean
start_relay (GstClaspSink *self, GstClaspSettings *settings)
{
  g_autofree char *host = NULL;
  g_autofree char *web_directory = NULL;
  g_autoptr (GError) error = NULL;
  GstClaspSinkRelayConfig config = {.token = settings->token};
  GstClaspSinkRelay *relay;

  GST_OBJECT_LOCK (self);
  config.host = host = g_strdup (self->relay_host);
  config.port = self->relay_port;
  config.web_directory = web_directory = g_strdup (self->web_directory);
  GST_OBJECT_UNLOCK (self);
  relay = gst_clasp_sink_relay_start (&config, &error);
  if (!relay) {
    gst_clasp_element_post_fatal (GST_ELEMENT (self), settings, error);
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  self->relay = relay;
  GST_OBJECT_UNLOCK (self);
  g_free (settings->relay_url);
  settings->relay_url = gst_clasp_sink_relay_dup_url (relay);
  GST_INFO_OBJECT (self, "relay runs at %s", settings->relay_url);
  return TRUE;
}

static void
stop_relay (GstClaspSink *self)
{
  GstClaspSinkRelay *relay;

  GST_OBJECT_LOCK (self);
  relay = g_steal_pointer (&self->relay);
  GST_OBJECT_UNLOCK (self);
  if (relay)
    gst_clasp_sink_relay_stop (relay);
}

static gboolean
start (GstClaspSink *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstClaspSettings) settings =
      gst_clasp_settings_dup (&self->settings, GST_ELEMENT (self), &error);
  g_autoptr (GstClaspSignaller) signaller = NULL;
  g_autoptr (GMainContext) context = NULL;
  gboolean run_relay;

  if (!settings) {
    gst_clasp_element_post_fatal (GST_ELEMENT (self), NULL, error);
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  run_relay = self->run_relay;
  if (self->signaller) {
    signaller = g_object_ref (self->signaller);
    context = g_main_context_ref (self->signaller_context);
  }
  GST_OBJECT_UNLOCK (self);
  if (run_relay && !start_relay (self, settings))
    return FALSE;
  gst_clasp_peer_connection_warm_up ();
  gst_clasp_sink_configure_streams (self);
  gst_clasp_sink_control_start (self->control, g_steal_pointer (&settings),
      signaller, context);
  return TRUE;
}

static void
stop (GstClaspSink *self)
{
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (
      gst_clasp_sink_control_get_viewers (self->control));

  gst_clasp_sink_control_stop (self->control);
  stop_relay (self);
  gst_clasp_timeline_reset (&self->timeline);
  for (guint i = 0; i < streams->len; i++)
    gst_clasp_sink_stream_forget (g_ptr_array_index (streams, i));
}

static void
play (GstClaspSink *self)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (GST_ELEMENT (self));

  if (clock)
    gst_clasp_timeline_play (&self->timeline, clock,
        gst_element_get_base_time (GST_ELEMENT (self)));
  gst_clasp_sink_control_media_changed (self->control);
}

static GstStateChangeReturn
gst_clasp_sink_change_state (GstElement *element, GstStateChange transition)
{
  GstClaspSink *self = GST_CLASP_SINK (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    play (self);
  /* before the pads go: the rungs end while their input is still there */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_clasp_sink_control_stop (self->control);
  result = GST_ELEMENT_CLASS (gst_clasp_sink_parent_class)
               ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          result == GST_STATE_CHANGE_FAILURE))
    stop (self);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    gst_clasp_peer_connection_wait_closed ();
  return result;
}

/* What the elements of a rung say is the sink's own business. */
static void
gst_clasp_sink_handle_message (GstBin *bin, GstMessage *message)
{
  GstClaspSink *self = GST_CLASP_SINK (bin);
  g_autoptr (GstClaspRung) rung =
      gst_clasp_rung_find (GST_MESSAGE_SRC (message));
  g_autoptr (GError) error = NULL;

  if (!rung) {
    GST_BIN_CLASS (gst_clasp_sink_parent_class)->handle_message (bin, message);
    return;
  }
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      gst_clasp_sink_control_rung_error (self->control, rung, error);
      break;
    case GST_MESSAGE_WARNING:
    case GST_MESSAGE_INFO:
    case GST_MESSAGE_ELEMENT:
    case GST_MESSAGE_QOS:
      GST_BIN_CLASS (gst_clasp_sink_parent_class)
          ->handle_message (bin, message);
      return;
    default:
      break;
  }
  gst_message_unref (message);
}

/* --- properties --- */

static GstStructure *
make_stats (GstClaspSink *self)
{
  GstStructure *stats = gst_structure_new_empty ("clasp-sink");

  gst_clasp_sink_control_add_stats (self->control, stats);
  return stats;
}

static void
set_signaller (GstClaspSink *self, GstClaspSignaller *signaller)
{
  g_autoptr (GMainContext) old = NULL;

  GST_OBJECT_LOCK (self);
  old = g_steal_pointer (&self->signaller_context);
  g_set_object (&self->signaller, signaller);
  if (signaller)
    self->signaller_context = g_main_context_ref_thread_default ();
  GST_OBJECT_UNLOCK (self);
}

static void
set_caps (GstClaspSink *self, GstClaspMediaKind kind, const GValue *value,
    const char *fallback)
{
  const GstCaps *wanted = gst_value_get_caps (value);
  g_autoptr (GstCaps) caps =
      wanted ? gst_caps_copy (wanted) : gst_caps_from_string (fallback);

  GST_OBJECT_LOCK (self);
  gst_caps_replace (&self->caps[kind], caps);
  GST_OBJECT_UNLOCK (self);
  gst_clasp_sink_configure_streams (self);
}

static void
set_number (GstClaspSink *self, guint *field, const GValue *value)
{
  GST_OBJECT_LOCK (self);
  *field = g_value_get_uint (value);
  GST_OBJECT_UNLOCK (self);
}

static void
set_text (GstClaspSink *self, char **field, const GValue *value,
    const char *fallback)
{
  GST_OBJECT_LOCK (self);
  g_free (*field);
  *field = g_value_dup_string (value);
  if (!*field)
    *field = g_strdup (fallback);
  GST_OBJECT_UNLOCK (self);
}

static void
set_bitrate (GstClaspSink *self, const GValue *value)
{
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (
      gst_clasp_sink_control_get_viewers (self->control));

  set_number (self, &self->bitrate, value);
  for (guint i = 0; i < streams->len; i++)
    gst_clasp_sink_stream_set_bitrate (g_ptr_array_index (streams, i),
        g_value_get_uint (value));
}

static void
gst_clasp_sink_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  GstClaspSink *self = GST_CLASP_SINK (object);

  if (gst_clasp_settings_set_property (&self->settings, id, value))
    return;
  switch (id) {
    case PROP_VIDEO_CAPS:
      set_caps (self, GST_CLASP_MEDIA_VIDEO, value, DEFAULT_VIDEO_CAPS);
      break;
    case PROP_AUDIO_CAPS:
      set_caps (self, GST_CLASP_MEDIA_AUDIO, value, DEFAULT_AUDIO_CAPS);
      break;
    case PROP_BITRATE:
      set_bitrate (self, value);
      break;
    case PROP_MAX_VIEWERS:
      set_number (self, &self->max_viewers, value);
      gst_clasp_sink_viewers_set_limit (gst_clasp_sink_control_get_viewers (
                                            self->control),
          g_value_get_uint (value));
      break;
    case PROP_RUN_RELAY:
      GST_OBJECT_LOCK (self);
      self->run_relay = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_RELAY_PORT:
      set_number (self, &self->relay_port, value);
      break;
    case PROP_RELAY_HOST:
      set_text (self, &self->relay_host, value, DEFAULT_RELAY_HOST);
      break;
    case PROP_WEB_DIRECTORY:
      set_text (self, &self->web_directory, value, NULL);
      break;
    case PROP_SIGNALLER:
      set_signaller (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

/* object lock held */
static gboolean
get_own_property (GstClaspSink *self, guint id, GValue *value)
{
  switch (id) {
    case PROP_VIDEO_CAPS:
      gst_value_set_caps (value, self->caps[GST_CLASP_MEDIA_VIDEO]);
      return TRUE;
    case PROP_AUDIO_CAPS:
      gst_value_set_caps (value, self->caps[GST_CLASP_MEDIA_AUDIO]);
      return TRUE;
    case PROP_BITRATE:
      g_value_set_uint (value, self->bitrate);
      return TRUE;
    case PROP_MAX_VIEWERS:
      g_value_set_uint (value, self->max_viewers);
      return TRUE;
    case PROP_RUN_RELAY:
      g_value_set_boolean (value, self->run_relay);
      return TRUE;
    case PROP_RELAY_PORT:
      g_value_set_uint (value,
          self->relay ? gst_clasp_sink_relay_get_port (self->relay)
                      : self->relay_port);
      return TRUE;
    case PROP_RELAY_HOST:
      g_value_set_string (value, self->relay_host);
      return TRUE;
    case PROP_WEB_DIRECTORY:
      g_value_set_string (value, self->web_directory);
      return TRUE;
    default:
      return FALSE;
  }
}

static GstClaspSignaller *
dup_signaller (GstClaspSink *self)
{
  GstClaspSignaller *signaller =
      gst_clasp_sink_control_dup_signaller (self->control);

  if (signaller)
    return signaller;
  GST_OBJECT_LOCK (self);
  signaller = self->signaller ? g_object_ref (self->signaller) : NULL;
  GST_OBJECT_UNLOCK (self);
  return signaller;
}

static void
gst_clasp_sink_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstClaspSink *self = GST_CLASP_SINK (object);
  gboolean own;

  if (gst_clasp_settings_get_property (&self->settings, id, value))
    return;
  GST_OBJECT_LOCK (self);
  own = get_own_property (self, id, value);
  GST_OBJECT_UNLOCK (self);
  if (own)
    return;
  switch (id) {
    case PROP_STATS:
      g_value_take_boxed (value, make_stats (self));
      break;
    case PROP_VIEWERS:
      g_value_set_uint (value,
          gst_clasp_sink_viewers_count (
              gst_clasp_sink_control_get_viewers (self->control)));
      break;
    case PROP_SESSION:
      g_value_take_string (value,
          gst_clasp_sink_control_dup_session (self->control));
      break;
    case PROP_SIGNALLER:
      g_value_take_object (value, dup_signaller (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_clasp_sink_finalize (GObject *object)
{
  GstClaspSink *self = GST_CLASP_SINK (object);

  gst_clasp_sink_control_free (self->control);
  gst_clasp_settings_clear (&self->settings);
  gst_clasp_timeline_clear (&self->timeline);
  gst_clear_caps (&self->caps[0]);
  gst_clear_caps (&self->caps[1]);
  g_free (self->relay_host);
  g_free (self->web_directory);
  g_clear_object (&self->signaller);
  g_clear_pointer (&self->signaller_context, g_main_context_unref);
  G_OBJECT_CLASS (gst_clasp_sink_parent_class)->finalize (object);
}

static void
gst_clasp_sink_class_init (GstClaspSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_clasp_sink_debug, "claspsink", 0, "CLASP sink");
  object_class->set_property = gst_clasp_sink_set_property;
  object_class->get_property = gst_clasp_sink_get_property;
  object_class->finalize = gst_clasp_sink_finalize;
  gst_clasp_settings_install (object_class);
  gst_clasp_sink_install_properties (object_class);
  gst_clasp_sink_install_signals (G_TYPE_FROM_CLASS (klass));

  element_class->request_new_pad =
      GST_DEBUG_FUNCPTR (gst_clasp_sink_request_new_pad);
  element_class->release_pad = GST_DEBUG_FUNCPTR (gst_clasp_sink_release_pad);
  element_class->change_state = GST_DEBUG_FUNCPTR (gst_clasp_sink_change_state);
  GST_BIN_CLASS (klass)->handle_message =
      GST_DEBUG_FUNCPTR (gst_clasp_sink_handle_message);
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (element_class, "CLASP sink",
      "Sink/Network/WebRTC",
      "Serves the viewers of a CLASP room peer to peer, with one encode",
      "the clasp-gst authors");
}

static void
gst_clasp_sink_init (GstClaspSink *self)
{
  gst_clasp_settings_init (&self->settings);
  gst_clasp_timeline_init (&self->timeline);
  self->control =
      gst_clasp_sink_control_new (GST_ELEMENT (self), &self->timeline);
  self->caps[GST_CLASP_MEDIA_VIDEO] = gst_caps_from_string (DEFAULT_VIDEO_CAPS);
  self->caps[GST_CLASP_MEDIA_AUDIO] = gst_caps_from_string (DEFAULT_AUDIO_CAPS);
  self->bitrate = DEFAULT_BITRATE;
  self->max_viewers = DEFAULT_MAX_VIEWERS;
  self->relay_port = CLASP_DEFAULT_PORT;
  self->relay_host = g_strdup (DEFAULT_RELAY_HOST);
  gst_clasp_sink_viewers_set_limit (gst_clasp_sink_control_get_viewers (
                                        self->control),
      DEFAULT_MAX_VIEWERS);
  /* rungs come and go, a sink it stays */
  gst_bin_set_suppressed_flags (GST_BIN (self),
      GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}
