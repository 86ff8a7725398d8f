/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspdecode.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (clasp_decode_debug);
#define GST_CAT_DEFAULT clasp_decode_debug

static void
init_debug (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (clasp_decode_debug, "claspdecode", 0,
        "CLASP choice of decoders");
    g_once_init_leave (&once, 1);
  }
}

/* A live stream: ask for a key frame rather than show what is broken, conceal
 * lost sound, and never give up because of what a peer sends. */
static void
make_live (GstElement *decoder)
{
  static const struct {
    const char *property;
    const char *value;
  } settings[] = {
      {"automatic-request-sync-points", "true"},
      {"discard-corrupted-frames", "true"},
      {"max-errors", "-1"},
      {"output-corrupt", "false"},
      {"plc", "true"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    if (g_object_class_find_property (G_OBJECT_GET_CLASS (decoder),
            settings[i].property))
      gst_util_set_object_arg (G_OBJECT (decoder), settings[i].property,
          settings[i].value);
  }
}

/* A decoder whose hardware is missing says so on the way to READY. */
static GstElement *
try_factory (GstElementFactory *factory, const GstCaps *raw)
{
  g_autoptr (GstElement) decoder = NULL;

  if (!gst_element_factory_can_src_any_caps (factory, raw))
    return NULL;
  decoder = gst_element_factory_create (factory, NULL);
  if (!decoder)
    return NULL;
  gst_object_ref_sink (decoder);
  if (gst_element_set_state (decoder, GST_STATE_READY) ==
      GST_STATE_CHANGE_FAILURE) {
    GST_INFO ("%s does not start", GST_OBJECT_NAME (factory));
    gst_element_set_state (decoder, GST_STATE_NULL);
    return NULL;
  }
  make_live (decoder);
  return g_steal_pointer (&decoder);
}

/* Best first; without those that only take something special, such as VP8 with
 * an alpha channel. (transfer full) */
static GList *
list_decoders (const GstClaspCodec *codec)
{
  GList *all =
      gst_element_factory_list_get_elements (GST_ELEMENT_FACTORY_TYPE_DECODER,
          GST_RANK_MARGINAL);
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->encoded_caps);
  GList *fitting =
      gst_element_factory_list_filter (all, caps, GST_PAD_SINK, TRUE);

  gst_plugin_feature_list_free (all);
  return g_list_sort (fitting, gst_plugin_feature_rank_compare_func);
}

static GstElement *
make_decoder (const GstClaspCodec *codec, const GstCaps *encoded,
    const GstCaps *raw)
{
  GList *factories = list_decoders (codec);
  GstElement *decoder = NULL;

  for (GList *l = factories; l && !decoder; l = l->next)
    decoder = try_factory (l->data, raw);
  if (decoder)
    GST_INFO ("%s for %" GST_PTR_FORMAT, GST_OBJECT_NAME (decoder), encoded);
  gst_plugin_feature_list_free (factories);
  return decoder;
}

/**
 * gst_clasp_decode_can:
 * @codec: a codec
 *
 * Returns: whether a decoder for it is installed
 *
 * Since: 0.1
 */
gboolean
gst_clasp_decode_can (const GstClaspCodec *codec)
{
  GList *factories = list_decoders (codec);
  gboolean can = factories != NULL;

  gst_plugin_feature_list_free (factories);
  return can;
}

static GstElement *
make_parser (const GstClaspCodec *codec)
{
  /* Opus packets are whole already. */
  GstElement *parser = codec->kind == GST_CLASP_MEDIA_VIDEO && codec->parser
      ? gst_element_factory_make (codec->parser, NULL)
      : NULL;

  if (parser &&
      g_object_class_find_property (G_OBJECT_GET_CLASS (parser),
          "config-interval"))
    g_object_set (parser, "config-interval", -1, NULL);
  return parser;
}

static void
expose (GstElement *bin, GstElement *element, const char *name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  gst_element_add_pad (bin, gst_ghost_pad_new (name, pad));
}

/* (transfer full) for both */
static GstElement *
make_bin (GstElement *parser, GstElement *decoder)
{
  GstElement *bin;

  if (!parser && !decoder)
    return NULL;
  bin = gst_object_ref_sink (gst_bin_new (NULL));
  if (parser)
    gst_bin_add (GST_BIN (bin), parser);
  if (decoder) {
    gst_bin_add (GST_BIN (bin), decoder);
    gst_object_unref (decoder);
  }
  if (parser && decoder)
    gst_element_link (parser, decoder);
  expose (bin, parser ? parser : decoder, "sink");
  expose (bin, decoder ? decoder : parser, "src");
  return bin;
}

/**
 * gst_clasp_decode_make:
 * @codec: the codec of what is received
 * @encoded: its caps
 * @raw: (nullable): raw caps that downstream takes, %NULL if it takes @encoded
 * @chain: (out) (transfer full) (nullable): an element with the pads `sink` and
 *   `src`; %NULL when nothing is needed
 * @error: return location for an error
 *
 * Makes what has to stand between a depayloader and downstream: a parser, and
 * for @raw the decoder of the highest rank that starts here.
 *
 * Returns: %FALSE with %CLASP_ERROR_FAILED if there is no decoder
 *
 * Since: 0.1
 */
gboolean
gst_clasp_decode_make (const GstClaspCodec *codec, const GstCaps *encoded,
    const GstCaps *raw, GstElement **chain, GError **error)
{
  GstElement *decoder = NULL;

  init_debug ();
  if (raw) {
    decoder = make_decoder (codec, encoded, raw);
    if (!decoder) {
      g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
          "no decoder for %s: install gstreamer1.0-libav (H.264) or "
          "gstreamer1.0-plugins-good (VP8, VP9)",
          codec->media_type);
      return FALSE;
    }
  }
  *chain = make_bin (make_parser (codec), decoder);
  return TRUE;
}
