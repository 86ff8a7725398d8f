/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The receivers of one peer connection, one for each kind of media. */

#include "gstclaspreceivers.h"

#include "gstclaspdecode.h"

/* What we can decode comes first; the rest is still good for those who want
 * it encoded. */
static GstCaps *
receivable_codecs (GstClaspMediaKind kind)
{
  static const char *const media_types[] = {"video/x-h264", "video/x-vp8",
      "video/x-vp9", "audio/x-opus"};
  GstCaps *first = gst_caps_new_empty ();
  GstCaps *rest = gst_caps_new_empty ();

  for (gsize i = 0; i < G_N_ELEMENTS (media_types); i++) {
    const GstClaspCodec *codec =
        gst_clasp_codec_for_media_type (media_types[i]);
    g_autoptr (GstElementFactory) factory = NULL;

    if (!codec || codec->kind != kind)
      continue;
    factory = gst_element_factory_find (codec->depayloader);
    if (factory)
      gst_caps_append (gst_clasp_decode_can (codec) ? first : rest,
          gst_clasp_codec_make_rtp_caps (codec));
  }
  gst_caps_append (first, rest);
  return first;
}

/* In the streaming thread; @receivers live as long as the signal handler. */
static void
on_incoming (GstClaspPeerConnection *connection, guint media, GstPad *pad,
    GPtrArray *receivers)
{
  if (media < receivers->len)
    gst_clasp_receiver_take_pad (g_ptr_array_index (receivers, media), pad);
}

static void
unref_array (gpointer data, GClosure *closure)
{
  g_ptr_array_unref (data);
}

/**
 * gst_clasp_receivers_new:
 * @connection: a peer connection that was not started
 * @timebase: of its pipeline
 *
 * Tells @connection what is received, and makes the receivers of it.
 *
 * Returns: (transfer full) (element-type GstClaspReceiver): the receivers
 *
 * Since: 0.1
 */
GPtrArray *
gst_clasp_receivers_new (GstClaspPeerConnection *connection,
    const GstClaspTimebase *timebase)
{
  static const GstClaspMediaKind kinds[GST_CLASP_RECEIVERS_KINDS] =
      {GST_CLASP_MEDIA_VIDEO, GST_CLASP_MEDIA_AUDIO};
  GPtrArray *receivers = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < GST_CLASP_RECEIVERS_KINDS; i++) {
    g_autoptr (GstCaps) codecs = receivable_codecs (kinds[i]);
    guint media = gst_clasp_peer_connection_add_media (connection, kinds[i],
        GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, codecs);

    g_ptr_array_add (receivers,
        gst_clasp_receiver_new (connection, kinds[i], media, timebase));
  }
  g_signal_connect_data (connection, "incoming", G_CALLBACK (on_incoming),
      g_ptr_array_ref (receivers), unref_array, 0);
  return receivers;
}

/**
 * gst_clasp_receivers_index:
 * @kind: sound or pictures
 *
 * Returns: where its receiver is
 *
 * Since: 0.1
 */
guint
gst_clasp_receivers_index (GstClaspMediaKind kind)
{
  return kind == GST_CLASP_MEDIA_VIDEO ? 0 : 1;
}

/**
 * gst_clasp_receivers_stop:
 * @receivers: the receivers
 *
 * Lets go of connection and outputs.
 *
 * Since: 0.1
 */
void
gst_clasp_receivers_stop (GPtrArray *receivers)
{
  for (guint i = 0; i < receivers->len; i++)
    gst_clasp_receiver_stop (g_ptr_array_index (receivers, i));
}

/**
 * gst_clasp_receivers_get_last:
 * @receivers: the receivers
 *
 * Returns: monotonic time of the last frame of any, 0 if there was none
 *
 * Since: 0.1
 */
gint64
gst_clasp_receivers_get_last (GPtrArray *receivers)
{
  gint64 last = 0;

  for (guint i = 0; i < receivers->len; i++) {
    GstClaspReceiverFigures figures;

    gst_clasp_receiver_get_figures (g_ptr_array_index (receivers, i), &figures);
    last = MAX (last, figures.last);
  }
  return last;
}
