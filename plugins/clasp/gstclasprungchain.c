/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasprungchain.h"

#include <gst/app/gstappsrc.h>

/* Raw frames that wait for an encoder which is too slow: the oldest goes. */
#define MAX_RAW_FRAMES 3
#define MAX_RAW_SOUND (200 * GST_MSECOND)

static gboolean
is_video (const GstClaspRungConfig *config)
{
  return config->codec->kind == GST_CLASP_MEDIA_VIDEO;
}

static GstElement *
add (GstClaspRungChain *self, const char *description, GError **error)
{
  g_autoptr (GError) reason = NULL;
  GstElement *element = gst_parse_launch_full (description, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &reason);

  if (!element) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND,
        "cannot make \"%s\": %s", description, reason->message);
    return NULL;
  }
  gst_bin_add (GST_BIN (self->bin), element);
  return element;
}

/* Adds an element behind @last; %NULL if that fails. */
static GstElement *
append (GstClaspRungChain *self, GstElement *last, const char *description,
    GError **error)
{
  GstElement *element = last ? add (self, description, error) : NULL;

  if (!element)
    return NULL;
  if (gst_element_link (last, element))
    return element;
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
      "\"%s\" cannot be linked behind %s", description, GST_OBJECT_NAME (last));
  return NULL;
}

static GstElement *
append_caps (GstClaspRungChain *self, GstElement *last, const GstCaps *caps,
    GError **error)
{
  GstElement *filter = append (self, last, "capsfilter", error);

  if (filter)
    g_object_set (filter, "caps", caps, NULL);
  return filter;
}

static GstElement *
append_encoder (GstClaspRungChain *self, GstElement *last, GstElement *encoder,
    GError **error)
{
  gst_bin_add (GST_BIN (self->bin), encoder);
  self->encoder = encoder;
  if (last && gst_element_link (last, encoder))
    return encoder;
  if (last)
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
        "encoder %s cannot be linked", GST_OBJECT_NAME (encoder));
  return NULL;
}

/* Encoders want even sizes (4:2:0), Opus one of its few rates. */
static GstCaps *
make_limit (GstClaspMediaKind kind, GstCaps *caps)
{
  GstStructure *s = gst_caps_get_structure (caps, 0);
  int width = 0, height = 0, channels = 2;

  if (kind == GST_CLASP_MEDIA_AUDIO) {
    gst_structure_get_int (s, "channels", &channels);
    return gst_caps_new_simple ("audio/x-raw", "rate", G_TYPE_INT, 48000,
        "channels", G_TYPE_INT, MIN (channels, 2), NULL);
  }
  if (!gst_structure_get_int (s, "width", &width) ||
      !gst_structure_get_int (s, "height", &height))
    return gst_caps_new_empty_simple ("video/x-raw");
  return gst_caps_new_simple ("video/x-raw", "width", G_TYPE_INT,
      MAX (width & ~1, 2), "height", G_TYPE_INT, MAX (height & ~1, 2), NULL);
}

static GstElement *
append_raw (GstClaspRungChain *self, const GstClaspRungConfig *config,
    GstElement *last, GstElement *encoder, GError **error)
{
  g_autoptr (GstCaps) limit =
      make_limit (config->codec->kind, config->input_caps);

  last = append (self, last,
      is_video (config) ? "videoconvert" : "audioconvert", error);
  last = append (self, last, is_video (config) ? "videoscale" : "audioresample",
      error);
  last = append_caps (self, last, limit, error);
  self->limit = last;
  last = append_encoder (self, last, encoder, error);
  return append_caps (self, last, config->output_caps, error);
}

static GstElement *
append_packets (GstClaspRungChain *self, const GstClaspRungConfig *config,
    GstElement *last, GError **error)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (config->codec->encoded_caps);

  if (config->codec->parser) {
    last = append (self, last, config->codec->parser, error);
    last = append_caps (self, last, caps, error);
  }
  self->payloader = append (self, last, config->codec->payloader, error);
  /* the fan-out adds each viewer's own offsets to these */
  if (self->payloader)
    g_object_set (self->payloader, "timestamp-offset", 0, "seqnum-offset", 0,
        NULL);
  return self->payloader;
}

static GstElement *
make_source (GstClaspRungChain *self, const GstClaspRungConfig *config,
    gboolean raw, GError **error)
{
  GstElement *source = add (self, "appsrc", error);

  if (!source)
    return NULL;
  g_object_set (source, "format", GST_FORMAT_TIME, "emit-signals", FALSE,
      "max-bytes", (guint64) 0, "max-buffers", (guint64) 0, "max-time",
      (guint64) 0, NULL);
  if (raw)
    g_object_set (source, "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM,
        "max-buffers", (guint64) (is_video (config) ? MAX_RAW_FRAMES : 0),
        "max-time", (guint64) (is_video (config) ? 0 : MAX_RAW_SOUND), NULL);
  gst_app_src_set_caps (GST_APP_SRC (source), config->input_caps);
  return source;
}

/**
 * gst_clasp_rung_chain_build:
 * @self: memory of a chain
 * @config: what it is made of
 * @encoder: (nullable) (transfer floating): for raw input
 * @funcs: who takes the packets
 * @data: passed to @funcs
 * @error: return location for an error
 *
 * Makes the elements in NULL, not yet inside the parent.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
gst_clasp_rung_chain_build (GstClaspRungChain *self,
    const GstClaspRungConfig *config, GstElement *encoder,
    const GstClaspTapFuncs *funcs, gpointer data, GError **error)
{
  g_autoptr (GstElement) held = encoder ? gst_object_ref_sink (encoder) : NULL;
  g_autoptr (GstCaps) any = gst_caps_new_any ();
  GstElement *last;

  *self = (GstClaspRungChain){0};
  self->bin = gst_object_ref_sink (gst_bin_new (config->name));
  /* errors and EOS of a rung are not those of the sink */
  gst_bin_set_suppressed_flags (GST_BIN (self->bin),
      GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  self->source = make_source (self, config, encoder != NULL, error);
  last = self->source;
  if (encoder)
    last = append_raw (self, config, last, encoder, error);
  last = append_packets (self, config, last, error);
  self->tap = gst_clasp_tap_new (any, FALSE, funcs, data);
  gst_bin_add (GST_BIN (self->bin), self->tap);
  if (last && gst_element_link (last, self->tap))
    return TRUE;
  gst_clasp_rung_chain_clear (self);
  return FALSE;
}

/**
 * gst_clasp_rung_chain_set_caps:
 * @source: source of a chain
 * @limit: (nullable): limit of the same chain
 * @caps: caps of the next buffers
 *
 * Since: 0.1
 */
void
gst_clasp_rung_chain_set_caps (GstElement *source, GstElement *limit,
    GstCaps *caps)
{
  if (limit) {
    GstStructure *s = gst_caps_get_structure (caps, 0);
    GstClaspMediaKind kind = gst_structure_has_name (s, "audio/x-raw")
        ? GST_CLASP_MEDIA_AUDIO
        : GST_CLASP_MEDIA_VIDEO;
    g_autoptr (GstCaps) limits = make_limit (kind, caps);

    g_object_set (limit, "caps", limits, NULL);
  }
  gst_app_src_set_caps (GST_APP_SRC (source), caps);
}

/**
 * gst_clasp_rung_chain_clear:
 * @self: a chain
 *
 * Takes the elements to NULL and forgets them.
 *
 * Since: 0.1
 */
void
gst_clasp_rung_chain_clear (GstClaspRungChain *self)
{
  g_autoptr (GstObject) parent = NULL;

  if (!self->bin)
    return;
  gst_element_set_locked_state (self->bin, TRUE);
  gst_element_set_state (self->bin, GST_STATE_NULL);
  parent = gst_object_get_parent (GST_OBJECT (self->bin));
  if (parent)
    gst_bin_remove (GST_BIN (parent), self->bin);
  gst_object_unref (self->bin);
  *self = (GstClaspRungChain){0};
}
