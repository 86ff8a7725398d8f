/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspencoder.h"

/* Key frames come when a viewer needs one, not by the clock. */
#define RARELY "100000"
/* one encoder thread for each of these many pixels a second (720p30) */
#define PIXELS_PER_THREAD (1280.0 * 720.0 * 30.0)
#define MAX_SETTINGS 12

typedef struct {
  const char *name;
  const char *value;
} Setting;

/**
 * EncoderKind:
 * @factory: name of the element factory
 * @media_type: what it makes
 * @bitrate: property of the bitrate
 * @unit: bit/s that one unit of that property stands for
 * @threads: (nullable): property of the number of threads
 * @settings: what makes it fit for live media; properties that a version of
 *   the element does not have are left out
 *
 * An encoder that we know how to use.
 */
typedef struct {
  const char *factory;
  const char *media_type;
  const char *bitrate;
  guint unit;
  const char *threads;
  Setting settings[MAX_SETTINGS];
} EncoderKind;

/* Of encoders of equal rank the first here is taken. */
static const EncoderKind kinds[] = {
    {"nvh264enc", "video/x-h264", "bitrate", 1000, NULL,
        {{"preset", "low-latency-hq"}, {"rc-mode", "cbr-ld-hq"},
            {"zerolatency", "true"}, {"gop-size", "-1"}, {"bframes", "0"}}},
    {"vah264enc", "video/x-h264", "bitrate", 1000, NULL,
        {{"rate-control", "cbr"}, {"key-int-max", "1024"}, {"b-frames", "0"},
            {"ref-frames", "1"}, {"target-usage", "6"}}},
    {"vah264lpenc", "video/x-h264", "bitrate", 1000, NULL,
        {{"rate-control", "cbr"}, {"key-int-max", "1024"}, {"b-frames", "0"},
            {"ref-frames", "1"}, {"target-usage", "6"}}},
    {"vaapih264enc", "video/x-h264", "bitrate", 1000, NULL,
        {{"rate-control", "cbr"}, {"keyframe-period", RARELY},
            {"max-bframes", "0"}, {"refs", "1"}, {"quality-level", "7"}}},
    {"qsvh264enc", "video/x-h264", "bitrate", 1000, NULL,
        {{"rate-control", "cbr"}, {"gop-size", "0"}, {"b-frames", "0"},
            {"low-latency", "true"}, {"target-usage", "7"}}},
    {"v4l2h264enc", "video/x-h264", NULL, 1, NULL,
        {{"extra-controls", "encode,video_gop_size=1000"}}},
    {"x264enc", "video/x-h264", "bitrate", 1000, "threads",
        {{"tune", "zerolatency"}, {"speed-preset", "ultrafast"},
            {"key-int-max", RARELY}, {"bframes", "0"}, {"byte-stream", "true"},
            {"aud", "false"},
            /* bounds the size of a key frame */
            {"vbv-buf-capacity", "300"}}},
    {"openh264enc", "video/x-h264", "bitrate", 1, "multi-thread",
        {{"usage-type", "camera"}, {"complexity", "low"},
            {"rate-control", "bitrate"}, {"gop-size", RARELY}}},
    {"vp8enc", "video/x-vp8", "target-bitrate", 1, "threads",
        {{"deadline", "1"}, {"cpu-used", "-8"}, {"end-usage", "cbr"},
            {"lag-in-frames", "0"}, {"keyframe-max-dist", RARELY},
            {"min-quantizer", "4"}, {"max-quantizer", "56"},
            {"buffer-size", "600"}, {"buffer-optimal-size", "300"},
            {"static-threshold", "100"}, {"max-intra-bitrate", "900"}}},
    {"vp9enc", "video/x-vp9", "target-bitrate", 1, "threads",
        {{"deadline", "1"}, {"cpu-used", "8"}, {"end-usage", "cbr"},
            {"lag-in-frames", "0"}, {"keyframe-max-dist", RARELY},
            {"row-mt", "true"}, {"min-quantizer", "4"}, {"max-quantizer", "56"},
            {"static-threshold", "100"}}},
    {"opusenc", "audio/x-opus", NULL, 1, NULL,
        {{"bitrate", "64000"}, {"frame-size", "20"},
            {"bitrate-type", "constrained-vbr"}}},
};

static const EncoderKind *
find_kind (const char *factory)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_strcmp0 (kinds[i].factory, factory) == 0)
      return &kinds[i];
  }
  return NULL;
}

typedef struct {
  const EncoderKind *kind;
  guint rank;
} Candidate;

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *left = a;
  const Candidate *right = b;

  if (left->rank != right->rank)
    return left->rank > right->rank ? -1 : 1;
  return left->kind < right->kind ? -1 : 1;
}

static void
add_candidate (GArray *candidates, const EncoderKind *kind, const GstCaps *caps)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find (kind->factory);
  Candidate candidate = {kind, 0};

  if (!factory || !gst_element_factory_can_src_any_caps (factory, caps))
    return;
  candidate.rank = gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory));
  g_array_append_val (candidates, candidate);
}

/**
 * gst_clasp_encoder_list:
 * @caps: one structure of encoded caps, such as
 *   `video/x-h264,profile=constrained-baseline`
 *
 * Which of the encoders that we know are installed and can make @caps, by rank
 * and then by our own order. Those with rank NONE come last.
 *
 * Returns: (transfer full): names of element factories
 *
 * Since: 0.1
 */
char **
gst_clasp_encoder_list (const GstCaps *caps)
{
  g_autoptr (GArray) candidates =
      g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const GstClaspCodec *codec = gst_clasp_codec_for_caps (caps);

  for (gsize i = 0; codec && i < G_N_ELEMENTS (kinds); i++) {
    if (g_str_equal (kinds[i].media_type, codec->media_type))
      add_candidate (candidates, &kinds[i], caps);
  }
  g_array_sort (candidates, compare_candidates);
  for (guint i = 0; i < candidates->len; i++)
    g_strv_builder_add (names,
        g_array_index (candidates, Candidate, i).kind->factory);
  return g_strv_builder_end (names);
}

/**
 * gst_clasp_encoder_filter_caps:
 * @caps: encoded caps in order of preference
 *
 * Returns: (transfer full): the structures of @caps for which there is an
 *   encoder and a payloader; may be empty
 *
 * Since: 0.1
 */
GstCaps *
gst_clasp_encoder_filter_caps (const GstCaps *caps)
{
  GstCaps *kept = gst_caps_new_empty ();
  guint n = gst_caps_get_size (caps);

  for (guint i = 0; i < n; i++) {
    g_autoptr (GstCaps) one = gst_caps_copy_nth (caps, i);
    g_auto (GStrv) names = gst_clasp_encoder_list (one);

    if (names[0])
      gst_caps_append (kept, gst_caps_ref (one));
  }
  return kept;
}

static gboolean
has_property (GstElement *element, const char *name)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (element), name) !=
      NULL;
}

static guint
count_threads (const GstCaps *caps)
{
  GstStructure *s = caps && gst_caps_get_size (caps) > 0
      ? gst_caps_get_structure (caps, 0)
      : NULL;
  int width = 0, height = 0, num = 30, den = 1;
  double pixels;

  if (!s || !gst_structure_get_int (s, "width", &width) ||
      !gst_structure_get_int (s, "height", &height))
    return 1;
  if (!gst_structure_get_fraction (s, "framerate", &num, &den) || num <= 0 ||
      den <= 0) {
    num = 30;
    den = 1;
  }
  pixels = (double) width * height * num / den;
  return CLAMP ((guint) (pixels / PIXELS_PER_THREAD + 0.5), 1,
      CLAMP (g_get_num_processors (), 1, 8));
}

static void
apply_settings (GstElement *encoder, const EncoderKind *kind,
    const GstCaps *raw_caps)
{
  for (gsize i = 0; i < MAX_SETTINGS && kind->settings[i].name; i++) {
    if (has_property (encoder, kind->settings[i].name))
      gst_util_set_object_arg (G_OBJECT (encoder), kind->settings[i].name,
          kind->settings[i].value);
  }
  if (kind->threads && has_property (encoder, kind->threads)) {
    g_autofree char *threads = g_strdup_printf ("%u", count_threads (raw_caps));

    gst_util_set_object_arg (G_OBJECT (encoder), kind->threads, threads);
  }
}

/* v4l2 encoders have no properties of their own, only driver controls. */
static void
set_v4l2_bitrate (GstElement *encoder, guint bitrate)
{
  g_autoptr (GstStructure) controls = gst_structure_new ("encode",
      "video_bitrate", G_TYPE_INT, (int) MIN (bitrate, G_MAXINT),
      "video_gop_size", G_TYPE_INT, 1000, NULL);

  g_object_set (encoder, "extra-controls", controls, NULL);
}

/**
 * gst_clasp_encoder_set_bitrate:
 * @encoder: an element made by gst_clasp_encoder_make()
 * @bitrate: bit/s
 *
 * Changes the bitrate, also while the encoder runs.
 *
 * Returns: %FALSE if this encoder has no bitrate that we could set
 *
 * Since: 0.1
 */
gboolean
gst_clasp_encoder_set_bitrate (GstElement *encoder, guint bitrate)
{
  GstElementFactory *factory = gst_element_get_factory (encoder);
  const EncoderKind *kind =
      find_kind (factory ? GST_OBJECT_NAME (factory) : "");
  g_autofree char *value = NULL;

  if (!kind)
    return FALSE;
  if (g_str_equal (kind->factory, "v4l2h264enc")) {
    set_v4l2_bitrate (encoder, bitrate);
    return TRUE;
  }
  if (!kind->bitrate || !has_property (encoder, kind->bitrate))
    return FALSE;
  value = g_strdup_printf ("%u", MAX (bitrate / kind->unit, 1));
  gst_util_set_object_arg (G_OBJECT (encoder), kind->bitrate, value);
  return TRUE;
}

/**
 * gst_clasp_encoder_make:
 * @factory: a name from gst_clasp_encoder_list()
 * @bitrate: bit/s
 * @raw_caps: (nullable): what will be encoded
 * @error: return location for an error
 *
 * Makes an encoder for live media: no look-ahead, no B-frames, key frames only
 * on request, as many threads as the picture needs.
 *
 * Returns: (transfer floating) (nullable): an element in NULL, or %NULL with
 *   %CLASP_ERROR_NOT_FOUND
 *
 * Since: 0.1
 */
GstElement *
gst_clasp_encoder_make (const char *factory, guint bitrate,
    const GstCaps *raw_caps, GError **error)
{
  const EncoderKind *kind = find_kind (factory);
  GstElement *encoder =
      kind ? gst_element_factory_make (kind->factory, NULL) : NULL;

  if (!encoder) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND,
        "encoder %s is not installed", factory);
    return NULL;
  }
  apply_settings (encoder, kind, raw_caps);
  gst_clasp_encoder_set_bitrate (encoder, bitrate);
  return encoder;
}
