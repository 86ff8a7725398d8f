/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The properties and signals of claspsink as they are documented. */

#include "gstclaspsink-private.h"

static void
install_media_properties (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * GstClaspSink:video-caps:
   *
   * What raw pictures are encoded as, in order of preference; each viewer gets
   * the first that it can play.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_VIDEO_CAPS,
      g_param_spec_boxed ("video-caps", "Video caps",
          "What raw pictures may be encoded as, best first", GST_TYPE_CAPS,
          flags | GST_PARAM_MUTABLE_READY));
  /**
   * GstClaspSink:audio-caps:
   *
   * What raw sound is encoded as.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_AUDIO_CAPS,
      g_param_spec_boxed ("audio-caps", "Audio caps",
          "What raw sound may be encoded as, best first", GST_TYPE_CAPS,
          flags | GST_PARAM_MUTABLE_READY));
  /**
   * GstClaspSink:bitrate:
   *
   * Bitrate of encoded pictures. Takes effect at once.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_BITRATE,
      g_param_spec_uint ("bitrate", "Bitrate", "Bitrate of pictures in bit/s",
          10000, G_MAXINT, DEFAULT_BITRATE, flags | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstClaspSink:max-viewers:
   *
   * How many viewers may be there at once; 0 for any number. More are refused
   * and served when there is room again.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_MAX_VIEWERS,
      g_param_spec_uint ("max-viewers", "Max viewers",
          "Number of viewers that are admitted (0 = any)", 0, G_MAXUINT,
          DEFAULT_MAX_VIEWERS, flags | GST_PARAM_MUTABLE_PLAYING));
}

static void
install_relay_properties (GObjectClass *klass)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  /**
   * GstClaspSink:run-relay:
   *
   * Whether to run a relay inside the element, with a web page for viewers on
   * the same port. #GstClaspSink:relay-url then is not used. A
   * #GstClaspSink:token becomes what this relay asks for.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_RUN_RELAY,
      g_param_spec_boolean ("run-relay", "Run relay",
          "Run a relay and serve the web viewer", FALSE, flags));
  /**
   * GstClaspSink:relay-port:
   *
   * Port of the relay inside the element, 0 for any free one; reads back the
   * real one while it runs.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_RELAY_PORT,
      g_param_spec_uint ("relay-port", "Relay port",
          "Port of the relay that run-relay starts (0 = any)", 0, 65535,
          CLASP_DEFAULT_PORT, flags));
  /**
   * GstClaspSink:relay-host:
   *
   * Address that the relay inside the element listens on; `0.0.0.0` for
   * viewers on other machines.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_RELAY_HOST,
      g_param_spec_string ("relay-host", "Relay host",
          "Address of the relay that run-relay starts", DEFAULT_RELAY_HOST,
          flags));
  /**
   * GstClaspSink:web-directory:
   *
   * Folder that the relay inside the element serves to browsers; %NULL for the
   * viewer that comes with the plugin.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_WEB_DIRECTORY,
      g_param_spec_string ("web-directory", "Web directory",
          "Folder that run-relay serves to browsers", NULL, flags));
}

static void
install_state_properties (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * GstClaspSink:stats:
   *
   * `clasp-sink` with `state` (of the relay), `session` (strings), `viewers`
   * (guint), `viewers-added`, `viewers-failed`, `refused-limit`,
   * `refused-descriptors`, `refused-application` (guint64), and two arrays of
   * structures.
   *
   * `viewer-stats`: `clasp-viewer` with `peer`, `name`, `state`, `path`, `rung`
   * (strings), `bitrate` (bit/s), `rtt` (ms), `loss` (0..1), `seconds` since
   * connected (doubles), `frames`, `key-frames`, `packets`, `bytes`,
   * `packets-dropped` (guint64).
   *
   * `rung-stats`: `clasp-rung` with `name`, `codec`, `encoder` (strings),
   * `caps` of the input, `viewers` (guint), `frames`, `key-frames`, `bytes`,
   * `dropped` (guint64), `key-unit-requests`, `forced-key-frames` (guint),
   * `forced-key-bytes` (guint64).
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Statistics of viewers and encodings", GST_TYPE_STRUCTURE, flags));
  /**
   * GstClaspSink:viewers:
   *
   * Number of viewers to which media flows.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_VIEWERS,
      g_param_spec_uint ("viewers", "Viewers",
          "Number of viewers to which media flows", 0, G_MAXUINT, 0, flags));
  /**
   * GstClaspSink:session:
   *
   * Session id at the relay; %NULL while there is none.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_SESSION,
      g_param_spec_string ("session", "Session", "Session id at the relay",
          NULL, flags));
  /**
   * GstClaspSink:signaller:
   *
   * The signaller in use, or one to be used in place of the element's own; its
   * relay and room then count. It must be set from the thread whose default
   * main context the signaller belongs to, and somebody must iterate that
   * context.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_SIGNALLER,
      g_param_spec_object ("signaller", "Signaller",
          "Signaller in use, or to be used", GST_TYPE_CLASP_SIGNALLER,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
              GST_PARAM_MUTABLE_READY));
}

/* The properties of claspsink that claspsrc has not. */
void
gst_clasp_sink_install_properties (GObjectClass *klass)
{
  install_media_properties (klass);
  install_relay_properties (klass);
  install_state_properties (klass);
}

/* The first no is a no. */
static gboolean
accumulate_consent (GSignalInvocationHint *hint, GValue *result,
    const GValue *answer, gpointer data)
{
  gboolean yes = g_value_get_boolean (answer);

  g_value_set_boolean (result, yes);
  return yes;
}

static gboolean
admit_viewer (GstClaspSink *self, const char *peer, const char *name)
{
  return TRUE;
}

/* The signals of claspsink, emitted by name. */
void
gst_clasp_sink_install_signals (GType type)
{
  /**
   * GstClaspSink::viewer-connecting:
   * @self: the element
   * @peer: session id
   * @name: what the peer calls itself
   *
   * A peer wants to view. Emitted in the control thread, as are all signals of
   * this element: handlers must not change the element's state.
   *
   * Returns: %TRUE to admit it; the first %FALSE counts
   *
   * Since: 0.1
   */
  g_signal_new_class_handler ("viewer-connecting", type, G_SIGNAL_RUN_LAST,
      G_CALLBACK (admit_viewer), accumulate_consent, NULL, NULL, G_TYPE_BOOLEAN,
      2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * GstClaspSink::viewer-added:
   * @self: the element
   * @peer: session id
   * @name: what the peer calls itself
   *
   * Media flows to a viewer.
   *
   * Since: 0.1
   */
  g_signal_new ("viewer-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * GstClaspSink::viewer-removed:
   * @self: the element
   * @peer: session id
   * @name: what the peer calls itself
   *
   * A viewer that had been added is no more; the message
   * `clasp-viewer-removed` says why.
   *
   * Since: 0.1
   */
  g_signal_new ("viewer-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * GstClaspSink::encoder-setup:
   * @self: the element
   * @encoder: an encoder in NULL, with the settings for live media
   *
   * Lets the application tune an encoder.
   *
   * Returns: %TRUE if the application controls the bitrate of @encoder from now
   *   on, so that #GstClaspSink:bitrate is left to it
   *
   * Since: 0.1
   */
  g_signal_new ("encoder-setup", type, G_SIGNAL_RUN_LAST, 0,
      g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 1,
      GST_TYPE_ELEMENT);
}
