/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/*
 * Which codec of which m-line both sides use: pure functions over SDP that has
 * been through gst_clasp_sdp_sanitize(). webrtcbin 1.22 picks the wrong codec,
 * the wrong direction or asserts when left to itself, so it is only ever shown
 * m-lines in which nothing is left to choose.
 */

#include "gstclaspnegotiation-private.h"

#include <string.h>

GstClaspMedia *
gst_clasp_media_new (GstClaspMediaKind kind,
    GstWebRTCRTPTransceiverDirection direction, GstCaps *codecs)
{
  GstClaspMedia *self = g_new0 (GstClaspMedia, 1);

  self->kind = kind;
  self->direction = direction;
  self->codecs = gst_caps_ref (codecs);
  self->ssrc = g_random_int_range (1, G_MAXINT32);
  self->mline = -1;
  return self;
}

void
gst_clasp_media_free (GstClaspMedia *self)
{
  gst_clear_caps (&self->codecs);
  gst_clear_caps (&self->negotiated);
  g_free (self);
}

gboolean
gst_clasp_media_sends (const GstClaspMedia *self)
{
  return self->direction == GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY ||
      self->direction == GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV;
}

static gboolean
is_h264 (const char *encoding)
{
  return g_ascii_strcasecmp (encoding, "H264") == 0;
}

/* Only the first structure names the ssrc, or webrtcbin writes it twice. */
GstCaps *
gst_clasp_media_offer_caps (const GstClaspMedia *self, guint *next_payload)
{
  GstCaps *caps = gst_caps_copy (self->codecs);
  guint i;

  for (i = 0; i < gst_caps_get_size (caps); i++) {
    GstStructure *s = gst_caps_get_structure (caps, i);

    gst_structure_set (s, "payload", G_TYPE_INT, (int) *next_payload, NULL);
    *next_payload += 2;
    if (i == 0 && gst_clasp_media_sends (self))
      gst_structure_set (s, "ssrc", G_TYPE_UINT, self->ssrc, NULL);
    if (is_h264 (gst_structure_get_string (s, "encoding-name")) &&
        !gst_structure_has_field (s, "profile-level-id"))
      gst_structure_set (s, "profile-level-id", G_TYPE_STRING, "42e01f",
          "packetization-mode", G_TYPE_STRING, "1", "level-asymmetry-allowed",
          G_TYPE_STRING, "1", NULL);
  }
  return caps;
}

/* The text after "<payload> " of the attribute @key for @payload. */
static const char *
find_format_attribute (const GstSDPMedia *media, const char *key, guint payload)
{
  guint i;

  for (i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *attr = gst_sdp_media_get_attribute (media, i);
    char *end = NULL;

    if (g_strcmp0 (attr->key, key) != 0 || !attr->value)
      continue;
    if (g_ascii_strtoull (attr->value, &end, 10) == payload && *end == ' ')
      return end + 1;
  }
  return NULL;
}

static char *
find_fmtp_value (const char *fmtp, const char *key)
{
  g_auto (GStrv) params = fmtp ? g_strsplit (fmtp, ";", 64) : NULL;
  guint i;

  for (i = 0; params && params[i]; i++) {
    const char *param = g_strstrip (params[i]);
    gsize length = strlen (key);

    if (g_ascii_strncasecmp (param, key, length) == 0 && param[length] == '=')
      return g_strdup (param + length + 1);
  }
  return NULL;
}

/* What we send is constrained baseline in packetization mode 1. Every H.264
 * decoder plays it, but the closer the offered profile the better. 0: no. */
static guint
rate_h264 (const char *fmtp)
{
  g_autofree char *mode = find_fmtp_value (fmtp, "packetization-mode");
  g_autofree char *level = find_fmtp_value (fmtp, "profile-level-id");

  if (g_strcmp0 (mode, "1") != 0)
    return 0;
  if (!level || strlen (level) != 6)
    return 1;
  if (g_ascii_strncasecmp (level, "42", 2) == 0)
    return (g_ascii_xdigit_value (level[2]) & 0x4) ? 4 : 3;
  return g_ascii_strncasecmp (level, "4d", 2) == 0 ? 2 : 1;
}

/* How well @payload of @media fits the codec @s; 0: it does not. */
static guint
rate_format (const GstSDPMedia *media, guint payload, const GstStructure *s)
{
  const char *encoding = gst_structure_get_string (s, "encoding-name");
  const char *rtpmap = find_format_attribute (media, "rtpmap", payload);
  const char *slash = rtpmap ? strchr (rtpmap, '/') : NULL;
  int clock_rate = 0;

  gst_structure_get_int (s, "clock-rate", &clock_rate);
  if (!slash || strlen (encoding) != (gsize) (slash - rtpmap) ||
      g_ascii_strncasecmp (rtpmap, encoding, slash - rtpmap) != 0 ||
      g_ascii_strtoll (slash + 1, NULL, 10) != clock_rate)
    return 0;
  if (is_h264 (encoding))
    return rate_h264 (find_format_attribute (media, "fmtp", payload));
  return 1;
}

/* gst_sdp_media_get_caps_from_media() of 1.22 loses the profile-level-id, and an
 * answer without one means another profile to some browsers. */
static void
keep_profile (GstCaps *caps, const GstSDPMedia *media, guint payload)
{
  g_autofree char *level =
      find_fmtp_value (find_format_attribute (media, "fmtp", payload),
          "profile-level-id");

  if (level)
    gst_caps_set_simple (caps, "profile-level-id", G_TYPE_STRING, level, NULL);
}

/* webrtcbin intersects this with the offer, which adds fmtp and feedback. */
static GstCaps *
codec_with_payload (const GstStructure *codec, const GstSDPMedia *media,
    guint payload)
{
  const char *encoding = gst_structure_get_string (codec, "encoding-name");
  GstCaps *caps = gst_caps_new_simple ("application/x-rtp", "media",
      G_TYPE_STRING, gst_structure_get_string (codec, "media"), "encoding-name",
      G_TYPE_STRING, encoding, "payload", G_TYPE_INT, (int) payload, NULL);

  gst_caps_set_value (caps, "clock-rate",
      gst_structure_get_value (codec, "clock-rate"));
  if (is_h264 (encoding))
    keep_profile (caps, media, payload);
  return caps;
}

static GstCaps *
choose_codec (const GstSDPMedia *media, const GstCaps *codecs)
{
  guint i, j;

  for (i = 0; i < gst_caps_get_size (codecs); i++) {
    const GstStructure *s = gst_caps_get_structure (codecs, i);
    guint best = 0, best_payload = 0;

    for (j = 0; j < gst_sdp_media_formats_len (media); j++) {
      guint payload = atoi (gst_sdp_media_get_format (media, j));
      guint rating = rate_format (media, payload, s);

      if (rating > best) {
        best = rating;
        best_payload = payload;
      }
    }
    if (best > 0)
      return codec_with_payload (s, media, best_payload);
  }
  return NULL;
}

static GstCaps *
first_codec (const GstSDPMedia *media)
{
  guint i;

  for (i = 0; i < gst_sdp_media_formats_len (media); i++) {
    guint payload = atoi (gst_sdp_media_get_format (media, i));
    const char *rtpmap = find_format_attribute (media, "rtpmap", payload);
    g_auto (GStrv) parts = rtpmap ? g_strsplit (rtpmap, "/", 3) : NULL;

    if (!parts || !parts[0] || !parts[1] ||
        g_ascii_strcasecmp (parts[0], "rtx") == 0)
      continue;
    g_autofree char *encoding = g_ascii_strup (parts[0], -1);

    return gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
        gst_sdp_media_get_media (media), "encoding-name", G_TYPE_STRING,
        encoding, "clock-rate", G_TYPE_INT, atoi (parts[1]), "payload",
        G_TYPE_INT, (int) payload, NULL);
  }
  return NULL;
}

static GstWebRTCKind
kind_of (const GstSDPMedia *media)
{
  if (g_strcmp0 (gst_sdp_media_get_media (media), "audio") == 0)
    return GST_WEBRTC_KIND_AUDIO;
  if (g_strcmp0 (gst_sdp_media_get_media (media), "video") == 0)
    return GST_WEBRTC_KIND_VIDEO;
  return GST_WEBRTC_KIND_UNKNOWN;
}

static GstWebRTCKind
media_kind (const GstClaspMedia *media)
{
  return media->kind == GST_CLASP_MEDIA_AUDIO ? GST_WEBRTC_KIND_AUDIO
                                              : GST_WEBRTC_KIND_VIDEO;
}

static const char *const directions[] = {"sendrecv", "sendonly", "recvonly",
    "inactive", NULL};

/* sendrecv is the default of RFC 8866. */
static const char *
get_direction (const GstSDPMedia *media)
{
  guint i;

  for (i = 0; directions[i]; i++)
    if (gst_sdp_media_get_attribute_val (media, directions[i]))
      return directions[i];
  return "sendrecv";
}

static gboolean
offer_suits (const GstSDPMedia *line, const GstClaspMedia *media)
{
  const char *direction = get_direction (line);

  if (gst_sdp_media_get_port (line) == 0 ||
      media_kind (media) != kind_of (line))
    return FALSE;
  if (gst_clasp_media_sends (media))
    return g_str_equal (direction, "sendrecv") ||
        g_str_equal (direction, "recvonly");
  return g_str_equal (direction, "sendrecv") ||
      g_str_equal (direction, "sendonly");
}

static void
clear_mline (gpointer data)
{
  GstClaspMline *line = data;

  gst_clear_caps (&line->caps);
}

static void
plan_mline (GstClaspMline *line, guint index, const GstSDPMedia *offer,
    GPtrArray *medias)
{
  guint i;

  line->kind = kind_of (offer);
  for (i = 0; i < medias->len; i++) {
    GstClaspMedia *media = g_ptr_array_index (medias, i);

    if (media->mline >= 0 || !offer_suits (offer, media))
      continue;
    line->caps = choose_codec (offer, media->codecs);
    if (!line->caps)
      continue;
    if (gst_clasp_media_sends (media))
      gst_caps_set_simple (line->caps, "ssrc", G_TYPE_UINT, media->ssrc, NULL);
    line->media = media;
    media->mline = index;
    gst_caps_replace (&media->negotiated, line->caps);
    return;
  }
  line->caps = first_codec (offer);
}

/* One #GstClaspMline for each m-line of @offer; sets mline and negotiated of
 * the medias that found a place. */
GArray *
gst_clasp_negotiation_plan_answer (const GstSDPMessage *offer,
    GPtrArray *medias)
{
  guint i, n = gst_sdp_message_medias_len (offer);
  GArray *plan = g_array_sized_new (FALSE, TRUE, sizeof (GstClaspMline), n);

  g_array_set_clear_func (plan, clear_mline);
  g_array_set_size (plan, n);
  for (i = 0; i < n; i++)
    plan_mline (&g_array_index (plan, GstClaspMline, i), i,
        gst_sdp_message_get_media (offer, i), medias);
  return plan;
}

/* The first codec of the answer is the one that we send. */
void
gst_clasp_negotiation_apply_answer (const GstSDPMessage *answer,
    GPtrArray *medias)
{
  guint i;

  for (i = 0; i < medias->len; i++) {
    GstClaspMedia *media = g_ptr_array_index (medias, i);
    const GstSDPMedia *line;

    gst_clear_caps (&media->negotiated);
    if (media->mline < 0 ||
        (guint) media->mline >= gst_sdp_message_medias_len (answer))
      continue;
    line = gst_sdp_message_get_media (answer, media->mline);
    if (!offer_suits (line, media))
      continue;
    media->negotiated = choose_codec (line, media->codecs);
    if (media->negotiated && gst_clasp_media_sends (media))
      gst_caps_set_simple (media->negotiated, "ssrc", G_TYPE_UINT, media->ssrc,
          NULL);
  }
}

static void
remove_attributes (GstSDPMedia *media, const char *key)
{
  guint i = gst_sdp_media_attributes_len (media);

  while (i-- > 0)
    if (g_strcmp0 (gst_sdp_media_get_attribute (media, i)->key, key) == 0)
      gst_sdp_media_remove_attribute (media, i);
}

/* What webrtcbin must not see of a remote description: header extensions that
 * we do not write, and a data channel that nobody asked for (without a port it
 * rejects the m-line). */
void
gst_clasp_negotiation_prepare_remote (GstSDPMessage *offer, const GArray *plan)
{
  guint i;

  for (i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (offer, i);

    remove_attributes (media, "extmap");
    if (plan &&
        g_array_index (plan, GstClaspMline, i).kind == GST_WEBRTC_KIND_UNKNOWN)
      remove_attributes (media, "sctp-port");
  }
}

/* Lines "<ssrc> msid:" would name another stream than our a=msid. */
static void
remove_ssrc_streams (GstSDPMedia *media)
{
  guint i = gst_sdp_media_attributes_len (media);

  while (i-- > 0) {
    const GstSDPAttribute *attr = gst_sdp_media_get_attribute (media, i);

    if (g_strcmp0 (attr->key, "ssrc") == 0 && attr->value &&
        strstr (attr->value, " msid:"))
      gst_sdp_media_remove_attribute (media, i);
  }
}

/* Port 0 with a=bundle-only shares the port of another m-line. */
static gboolean
is_rejected (const GstSDPMedia *media)
{
  guint i;

  if (gst_sdp_media_get_port (media) != 0)
    return FALSE;
  for (i = 0; i < gst_sdp_media_attributes_len (media); i++)
    if (g_strcmp0 (gst_sdp_media_get_attribute (media, i)->key,
            "bundle-only") == 0)
      return FALSE;
  return TRUE;
}

static void
set_stream (GstSDPMedia *media, const char *stream)
{
  const char *direction = get_direction (media);
  const char *kind = gst_sdp_media_get_media (media);
  g_autofree char *msid = NULL;

  if (kind_of (media) == GST_WEBRTC_KIND_UNKNOWN || is_rejected (media) ||
      !g_str_has_prefix (direction, "send"))
    return;
  msid = g_strdup_printf ("%s %s-%s", stream, stream, kind);
  remove_attributes (media, "msid");
  remove_ssrc_streams (media);
  gst_sdp_media_add_attribute (media, "msid", msid);
}

/* The pages show a picture only for tracks of a stream, and the 1.22 element
 * writes no a=msid: all tracks become one stream. */
char *
gst_clasp_negotiation_outgoing_text (const GstSDPMessage *sdp,
    const char *stream)
{
  GstSDPMessage *copy = NULL;
  char *text;
  guint i;

  gst_sdp_message_copy (sdp, &copy);
  for (i = 0; i < gst_sdp_message_medias_len (copy); i++)
    set_stream ((GstSDPMedia *) gst_sdp_message_get_media (copy, i), stream);
  text = gst_sdp_message_as_text (copy);
  gst_sdp_message_free (copy);
  return text;
}

static gboolean
same_attribute (const GstSDPMedia *before, const GstSDPMedia *after,
    const char *key)
{
  return g_strcmp0 (gst_sdp_media_get_attribute_val (before, key),
             gst_sdp_media_get_attribute_val (after, key)) == 0;
}

/* Whether a later offer talks about the same transport and m-lines. */
gboolean
gst_clasp_negotiation_same_session (const GstSDPMessage *before,
    const GstSDPMessage *after, GError **error)
{
  static const char *const keys[] = {"mid", "ice-ufrag", "ice-pwd",
      "fingerprint", NULL};
  guint i, k, n = gst_sdp_message_medias_len (before);

  if (gst_sdp_message_medias_len (after) < n) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "later offer has fewer media sections than the first");
    return FALSE;
  }
  for (i = 0; i < n; i++) {
    const GstSDPMedia *a = gst_sdp_message_get_media (before, i);
    const GstSDPMedia *b = gst_sdp_message_get_media (after, i);

    if (gst_sdp_media_get_port (a) == 0 || gst_sdp_media_get_port (b) == 0)
      continue;
    for (k = 0; keys[k]; k++) {
      if (same_attribute (a, b, keys[k]))
        continue;
      g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
          "later offer changes %s of media section %u: a new connection is "
          "needed",
          keys[k], i);
      return FALSE;
    }
  }
  return TRUE;
}

/* RFC 3264 section 6.1: our direction as far as the offer allows it. */
static const char *
answer_direction (const char *offered, const char *ours)
{
  gboolean they_send =
      !g_str_equal (offered, "recvonly") && !g_str_equal (offered, "inactive");
  gboolean they_receive =
      !g_str_equal (offered, "sendonly") && !g_str_equal (offered, "inactive");
  gboolean we_send = g_str_has_prefix (ours, "send") && they_receive;
  gboolean we_receive =
      (g_str_equal (ours, "sendrecv") || g_str_equal (ours, "recvonly")) &&
      they_send;

  if (we_send)
    return we_receive ? "sendrecv" : "sendonly";
  return we_receive ? "recvonly" : "inactive";
}

static void
answer_known_line (GstSDPMedia *line, const GstSDPMedia *offered,
    const char *setup)
{
  const char *direction =
      answer_direction (get_direction (offered), get_direction (line));
  guint i;

  for (i = 0; directions[i]; i++)
    remove_attributes (line, directions[i]);
  gst_sdp_media_add_attribute (line, direction, "");
  remove_attributes (line, "setup");
  gst_sdp_media_add_attribute (line, "setup", setup);
}

static void
reject_line (GstSDPMessage *answer, const GstSDPMedia *offered)
{
  GstSDPMedia *line = NULL;
  const char *mid = gst_sdp_media_get_attribute_val (offered, "mid");
  guint i;

  gst_sdp_media_new (&line);
  gst_sdp_media_set_media (line, gst_sdp_media_get_media (offered));
  gst_sdp_media_set_port_info (line, 0, 0);
  gst_sdp_media_set_proto (line, gst_sdp_media_get_proto (offered));
  for (i = 0; i < gst_sdp_media_formats_len (offered); i++)
    gst_sdp_media_add_format (line, gst_sdp_media_get_format (offered, i));
  gst_sdp_media_add_connection (line, "IN", "IP4", "0.0.0.0", 0, 0);
  if (mid)
    gst_sdp_media_add_attribute (line, "mid", mid);
  gst_sdp_media_add_attribute (line, "inactive", "");
  gst_sdp_message_add_media (answer, line);
  gst_sdp_media_free (line);
}

/* Answers a later offer on a live connection from what was agreed before;
 * webrtcbin 1.22 cannot change directions and asserts on changed m-lines, so
 * it does not hear of it. New m-lines are rejected. @setup is our DTLS role,
 * which must not change. */
GstSDPMessage *
gst_clasp_negotiation_answer_again (const GstSDPMessage *offer,
    const GstSDPMessage *last_local, const char *setup)
{
  GstSDPMessage *answer = NULL;
  guint i, n = gst_sdp_message_medias_len (last_local);

  gst_sdp_message_copy (last_local, &answer);
  for (i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    const GstSDPMedia *offered = gst_sdp_message_get_media (offer, i);

    if (i < n)
      answer_known_line ((GstSDPMedia *) gst_sdp_message_get_media (answer, i),
          offered, setup);
    else
      reject_line (answer, offered);
  }
  return answer;
}
