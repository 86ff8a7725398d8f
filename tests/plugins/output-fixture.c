/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "output-fixture.h"

#include <gst/app/gstappsink.h>
#include "gstclaspoutput.h"

/* --- an element with the pad templates of claspsrc --- */

typedef struct {
  GstBin parent;
} FixtureSrc;
typedef struct {
  GstBinClass parent_class;
} FixtureSrcClass;

static GstStaticPadTemplate video_template =
    GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS (GST_CLASP_OUTPUT_VIDEO_CAPS));
static GstStaticPadTemplate audio_template =
    GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS (GST_CLASP_OUTPUT_AUDIO_CAPS));

static GType fixture_src_get_type (void);
G_DEFINE_TYPE (FixtureSrc, fixture_src, GST_TYPE_BIN)

static void
fixture_src_class_init (FixtureSrcClass *klass)
{
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass),
      &video_template);
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass),
      &audio_template);
}

static void
fixture_src_init (FixtureSrc *self)
{
}

/* --- encoded frames --- */

GPtrArray *
fixture_encode (const char *description)
{
  GPtrArray *samples =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_sample_unref);
  GError *error = NULL;
  g_autofree char *line =
      g_strdup_printf ("%s ! appsink name=sink sync=false", description);
  GstElement *pipeline = gst_parse_launch (line, &error);
  g_autoptr (GstElement) sink = NULL;
  GstSample *sample;

  g_assert_no_error (error);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))))
    g_ptr_array_add (samples, sample);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  g_assert_cmpuint (samples->len, >, 0);
  return samples;
}

GPtrArray *
fixture_encode_h264 (void)
{
  return fixture_encode (
      "videotestsrc num-buffers=10 ! video/x-raw,width=64,height=48,"
      "framerate=30/1 ! openh264enc gop-size=5 ! "
      "video/x-h264,stream-format=byte-stream,alignment=au");
}

GPtrArray *
fixture_encode_vp8 (void)
{
  return fixture_encode (
      "videotestsrc num-buffers=10 ! video/x-raw,width=64,height=48,"
      "framerate=30/1 ! vp8enc deadline=1 keyframe-max-dist=5");
}

GPtrArray *
fixture_encode_opus (void)
{
  return fixture_encode ("audiotestsrc num-buffers=20 samplesperbuffer=960 ! "
                         "audio/x-raw,rate=48000,channels=2 ! opusenc");
}

GstElement *
fixture_src_new (void)
{
  return g_object_new (fixture_src_get_type (), "name", "src", NULL);
}
