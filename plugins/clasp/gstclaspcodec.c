/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspcodec.h"

/* The MTU leaves room for SRTP, TURN and a tunnel. */
static const GstClaspCodec codecs[] = {
    {
        .name = "h264",
        .kind = GST_CLASP_MEDIA_VIDEO,
        .media_type = "video/x-h264",
        .encoding_name = "H264",
        .clock_rate = 90000,
        .rtp_fields = "packetization-mode=(string)1,"
                      "profile-level-id=(string)42e01f,"
                      "level-asymmetry-allowed=(string)1",
        .encoded_caps = "video/x-h264,stream-format=byte-stream,alignment=au",
        .parser = "h264parse",
        .payloader = "rtph264pay mtu=1200 config-interval=-1 "
                     "aggregate-mode=zero-latency",
        .depayloader = "rtph264depay",
    },
    {
        .name = "vp8",
        .kind = GST_CLASP_MEDIA_VIDEO,
        .media_type = "video/x-vp8",
        .encoding_name = "VP8",
        .clock_rate = 90000,
        .encoded_caps = "video/x-vp8",
        .payloader = "rtpvp8pay mtu=1200 picture-id-mode=15-bit",
        .depayloader = "rtpvp8depay",
    },
    {
        .name = "vp9",
        .kind = GST_CLASP_MEDIA_VIDEO,
        .media_type = "video/x-vp9",
        .encoding_name = "VP9",
        .clock_rate = 90000,
        .encoded_caps = "video/x-vp9,alignment=super-frame",
        .parser = "vp9parse",
        .payloader = "rtpvp9pay mtu=1200 picture-id-mode=15-bit",
        .depayloader = "rtpvp9depay",
    },
    {
        .name = "opus",
        .kind = GST_CLASP_MEDIA_AUDIO,
        .media_type = "audio/x-opus",
        .encoding_name = "OPUS",
        .clock_rate = 48000,
        .rtp_fields = "encoding-params=(string)2",
        .encoded_caps = "audio/x-opus,channel-mapping-family=0",
        .parser = "opusparse",
        .payloader = "rtpopuspay mtu=1200",
        .depayloader = "rtpopusdepay",
    },
};

/**
 * gst_clasp_codec_for_media_type:
 * @media_type: (nullable): such as `video/x-h264`
 *
 * Returns: (nullable): the codec, %NULL if it is none of ours
 *
 * Since: 0.1
 */
const GstClaspCodec *
gst_clasp_codec_for_media_type (const char *media_type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (codecs); i++) {
    if (g_strcmp0 (codecs[i].media_type, media_type) == 0)
      return &codecs[i];
  }
  return NULL;
}

/**
 * gst_clasp_codec_for_caps:
 * @caps: (nullable): caps of encoded media
 *
 * Returns: (nullable): the codec of the first structure
 *
 * Since: 0.1
 */
const GstClaspCodec *
gst_clasp_codec_for_caps (const GstCaps *caps)
{
  if (!caps || gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return NULL;
  return gst_clasp_codec_for_media_type (
      gst_structure_get_name (gst_caps_get_structure (caps, 0)));
}

/**
 * gst_clasp_codec_for_rtp:
 * @rtp_caps: (nullable): `application/x-rtp` caps
 *
 * Returns: (nullable): the codec named by `encoding-name`
 *
 * Since: 0.1
 */
const GstClaspCodec *
gst_clasp_codec_for_rtp (const GstCaps *rtp_caps)
{
  const char *name;

  if (!rtp_caps || gst_caps_is_any (rtp_caps) || gst_caps_is_empty (rtp_caps))
    return NULL;
  name = gst_structure_get_string (gst_caps_get_structure (rtp_caps, 0),
      "encoding-name");
  for (gsize i = 0; name && i < G_N_ELEMENTS (codecs); i++) {
    if (g_ascii_strcasecmp (codecs[i].encoding_name, name) == 0)
      return &codecs[i];
  }
  return NULL;
}

/**
 * gst_clasp_codec_make_rtp_caps:
 * @self: a codec
 *
 * Returns: (transfer full): what to offer for it, without a payload type
 *
 * Since: 0.1
 */
GstCaps *
gst_clasp_codec_make_rtp_caps (const GstClaspCodec *self)
{
  g_autofree char *text = g_strdup_printf (
      "application/x-rtp,media=(string)%s,encoding-name=(string)%s,"
      "clock-rate=(int)%d%s%s",
      self->kind == GST_CLASP_MEDIA_VIDEO ? "video" : "audio",
      self->encoding_name, self->clock_rate, self->rtp_fields ? "," : "",
      self->rtp_fields ? self->rtp_fields : "");

  return gst_caps_from_string (text);
}
