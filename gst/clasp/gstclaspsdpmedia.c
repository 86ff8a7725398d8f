/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Rebuilds one media section by whitelist: its payload types with rtpmap,
 * fmtp and rtcp-fb, then msid, ssrc and extmap. RED, ULPFEC and FlexFEC go with
 * all their lines, and so does an RTX that repairs a payload type that went:
 * webrtcbin 1.22 would put its elements into the path. */

#include "gstclaspsdp-private.h"

#include <stdarg.h>
#include <string.h>

#define N_PAYLOAD_TYPES 128
#define MAX_FMTP_PARAMS 16
#define MAX_FEEDBACK 8
#define MAX_SSRC_LINES 64
#define MAX_EXTMAP_ID 14
#define MAX_PARAMETER_SETS 1024
#define DEFAULT_SCTP_PORT 5000

typedef struct {
  gboolean listed;
  gboolean written;
  char *name; /* encoding name, NULL until its rtpmap was seen */
  char *map;  /* "VP8/90000" */
  char *parameters;
  guint repairs; /* RTX: the payload type it repairs */
  const char *feedback[MAX_FEEDBACK];
  guint n_feedback;
} Payload;

typedef struct {
  const GstSDPMedia *in;
  Payload types[N_PAYLOAD_TYPES];
} Section;

static const char *const fmtp_keys[] = {"apt", "cbr", "level-asymmetry-allowed",
    "level-id", "level-idx", "max-br", "max-cpb", "max-dpb", "max-fr", "max-fs",
    "max-mbps", "maxaveragebitrate", "maxplaybackrate", "maxptime", "minptime",
    "packetization-mode", "profile", "profile-id", "profile-level-id", "ptime",
    "rtx-time", "sprop-parameter-sets", "sprop-pps", "sprop-sps", "sprop-vps",
    "stereo", "tier", "tier-flag", "tx-mode", "usedtx", "useinbandfec", NULL};

static const char *const feedback_kinds[] = {"ccm fir", "goog-remb", "nack",
    "nack pli", "transport-cc", NULL};

static const char *const extensions[] = {
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level", NULL};

/* Those of RFC 3551 that need no rtpmap and that we may meet. */
static const struct {
  guint type;
  const char *map;
} static_types[] = {{0, "PCMU/8000"}, {8, "PCMA/8000"}, {9, "G722/8000"}};

static void
section_clear (Section *self)
{
  for (guint i = 0; i < N_PAYLOAD_TYPES; i++) {
    g_free (self->types[i].name);
    g_free (self->types[i].map);
    g_free (self->types[i].parameters);
  }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Section, section_clear)

void
gst_clasp_sdp_add_line (GstSDPMedia *media, const char *key, const char *format,
    ...)
{
  g_autofree char *value = NULL;
  va_list args;

  va_start (args, format);
  value = g_strdup_vprintf (format, args);
  va_end (args);
  gst_sdp_media_add_attribute (media, key, value);
}

/* Splits "96 rest" of the lines that begin with a payload type. */
static Payload *
section_find (Section *self, const char *value, const char **rest)
{
  g_autofree char *number = NULL;
  const char *space = value != NULL ? strchr (value, ' ') : NULL;
  guint64 type;

  if (space == NULL)
    return NULL;
  number = g_strndup (value, space - value);
  if (!gst_clasp_sdp_get_number (number, N_PAYLOAD_TYPES - 1, &type))
    return NULL;
  while (*space == ' ')
    space++;
  *rest = space;
  return self->types[type].listed ? &self->types[type] : NULL;
}

static void
payload_set_map (Payload *self, const char *map)
{
  g_auto (GStrv) parts = g_strsplit (map, "/", 4);
  guint n = g_strv_length (parts);
  guint64 rate, channels;

  if (self->map != NULL || n < 2 || n > 3)
    return;
  if (!gst_clasp_sdp_is_token (parts[0], 32))
    return;
  if (!gst_clasp_sdp_get_number (parts[1], 1000000, &rate) || rate == 0)
    return;
  if (n == 3 &&
      (!gst_clasp_sdp_get_number (parts[2], 8, &channels) || channels == 0))
    return;

  self->name = g_strdup (parts[0]);
  self->map = g_strdup (map);
}

static gboolean
payload_is (const Payload *self, const char *name)
{
  return self->name != NULL && g_ascii_strcasecmp (self->name, name) == 0;
}

static gboolean
is_fec (const Payload *self)
{
  return payload_is (self, "red") || payload_is (self, "ulpfec") ||
      payload_is (self, "flexfec") || payload_is (self, "flexfec-03");
}

static gboolean
is_fmtp_key (const char *key)
{
  for (guint i = 0; fmtp_keys[i] != NULL; i++) {
    if (g_ascii_strcasecmp (fmtp_keys[i], key) == 0)
      return TRUE;
  }
  return FALSE;
}

/* "key=value" if the key is on the list and the value harmless. */
static gboolean
accept_parameter (const char *parameter)
{
  g_auto (GStrv) pair = g_strsplit (parameter, "=", 2);
  gsize max = GST_CLASP_SDP_MAX_WORD;

  if (g_strv_length (pair) != 2 || !is_fmtp_key (pair[0]))
    return FALSE;
  if (g_str_has_prefix (pair[0], "sprop-"))
    max = MAX_PARAMETER_SETS;
  return gst_clasp_sdp_is_word (pair[1], max) && !strpbrk (pair[1], "\"\\");
}

static void
payload_set_parameters (Payload *self, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ";", MAX_FMTP_PARAMS + 1);
  g_autoptr (GString) kept = g_string_new (NULL);

  if (self->parameters != NULL)
    return;
  for (guint i = 0; parts[i] != NULL && i < MAX_FMTP_PARAMS; i++) {
    guint64 type;

    g_strstrip (parts[i]);
    if (!accept_parameter (parts[i]))
      continue;
    if (g_str_has_prefix (parts[i], "apt=") &&
        gst_clasp_sdp_get_number (parts[i] + 4, N_PAYLOAD_TYPES - 1, &type))
      self->repairs = type;
    if (kept->len > 0)
      g_string_append_c (kept, ';');
    g_string_append (kept, parts[i]);
  }
  if (kept->len > 0)
    self->parameters = g_strdup (kept->str);
}

static void
payload_add_feedback (Payload *self, const char *kind)
{
  for (guint i = 0; feedback_kinds[i] != NULL; i++) {
    if (strcmp (feedback_kinds[i], kind) != 0)
      continue;
    for (guint k = 0; k < self->n_feedback; k++) {
      if (self->feedback[k] == feedback_kinds[i])
        return;
    }
    self->feedback[self->n_feedback++] = feedback_kinds[i];
  }
}

G_STATIC_ASSERT (G_N_ELEMENTS (feedback_kinds) - 1 <= MAX_FEEDBACK);

static gboolean
section_list_formats (Section *self, GError **error)
{
  guint n = gst_sdp_media_formats_len (self->in);

  if (n > GST_CLASP_SDP_MAX_FORMATS) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_LIMIT,
        "%u payload types, more than %d", n, GST_CLASP_SDP_MAX_FORMATS);
    return FALSE;
  }
  for (guint i = 0; i < n; i++) {
    const char *format = gst_sdp_media_get_format (self->in, i);
    guint64 type;

    if (!gst_clasp_sdp_get_number (format, N_PAYLOAD_TYPES - 1, &type)) {
      g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
          "a payload type is not a number from 0 to 127");
      return FALSE;
    }
    self->types[type].listed = TRUE;
  }
  return TRUE;
}

static void
section_read_maps (Section *self)
{
  guint n = gst_sdp_media_attributes_len (self->in);

  for (guint i = 0; i < n; i++) {
    const GstSDPAttribute *line = gst_sdp_media_get_attribute (self->in, i);
    const char *rest;
    Payload *payload;

    if (g_strcmp0 (line->key, "rtpmap") != 0)
      continue;
    payload = section_find (self, line->value, &rest);
    if (payload != NULL)
      payload_set_map (payload, rest);
  }
  for (guint i = 0; i < G_N_ELEMENTS (static_types); i++) {
    Payload *payload = &self->types[static_types[i].type];

    if (payload->listed)
      payload_set_map (payload, static_types[i].map);
  }
}

static void
section_read_feedback (Section *self, const char *value)
{
  const char *rest;
  Payload *payload;

  if (g_str_has_prefix (value, "* ")) {
    for (guint i = 0; i < N_PAYLOAD_TYPES; i++)
      payload_add_feedback (&self->types[i], value + 2);
    return;
  }
  payload = section_find (self, value, &rest);
  if (payload != NULL)
    payload_add_feedback (payload, rest);
}

static void
section_read_lines (Section *self)
{
  guint n = gst_sdp_media_attributes_len (self->in);

  for (guint i = 0; i < n; i++) {
    const GstSDPAttribute *line = gst_sdp_media_get_attribute (self->in, i);
    const char *rest;
    Payload *payload;

    if (line->value == NULL)
      continue;
    if (g_strcmp0 (line->key, "rtcp-fb") == 0) {
      section_read_feedback (self, line->value);
    } else if (g_strcmp0 (line->key, "fmtp") == 0) {
      payload = section_find (self, line->value, &rest);
      if (payload != NULL)
        payload_set_parameters (payload, rest);
    }
  }
}

static gboolean
section_keeps (const Section *self, guint type)
{
  const Payload *payload = &self->types[type];
  const Payload *repaired;

  if (!payload->listed || payload->map == NULL || is_fec (payload))
    return FALSE;
  if (!payload_is (payload, "rtx"))
    return TRUE;
  if (payload->repairs == type || payload->parameters == NULL)
    return FALSE;

  repaired = &self->types[payload->repairs];
  return repaired->listed && repaired->map != NULL && !is_fec (repaired) &&
      !payload_is (repaired, "rtx");
}

static void
write_payload (const Payload *self, guint type, GstSDPMedia *out)
{
  gst_clasp_sdp_add_line (out, "rtpmap", "%u %s", type, self->map);
  for (guint i = 0; i < self->n_feedback && !payload_is (self, "rtx"); i++)
    gst_clasp_sdp_add_line (out, "rtcp-fb", "%u %s", type, self->feedback[i]);
  if (self->parameters != NULL)
    gst_clasp_sdp_add_line (out, "fmtp", "%u %s", type, self->parameters);
}

static gboolean
section_write (Section *self, GstSDPMedia *out, GError **error)
{
  guint n = gst_sdp_media_formats_len (self->in);
  guint written = 0;

  for (guint i = 0; i < n; i++) {
    const char *format = gst_sdp_media_get_format (self->in, i);
    guint type = g_ascii_strtoull (format, NULL, 10);
    g_autofree char *number = NULL;

    if (self->types[type].written || !section_keeps (self, type))
      continue;
    number = g_strdup_printf ("%u", type);
    gst_sdp_media_add_format (out, number);
    write_payload (&self->types[type], type, out);
    self->types[type].written = TRUE;
    written++;
  }
  if (written > 0)
    return TRUE;

  g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
      "no payload type with a usable a=rtpmap");
  return FALSE;
}

static void
copy_extmap (const char *value, GstSDPMedia *out, guint *used)
{
  g_auto (GStrv) parts = g_strsplit (value, " ", 3);
  guint64 id;

  if (g_strv_length (parts) < 2)
    return;
  /* a direction may follow the id; ours is that of the section */
  parts[0][strcspn (parts[0], "/")] = '\0';
  if (!gst_clasp_sdp_get_number (parts[0], MAX_EXTMAP_ID, &id) || id == 0)
    return;
  if ((*used & (1u << id)) || !g_strv_contains (extensions, parts[1]))
    return;

  *used |= 1u << id;
  gst_clasp_sdp_add_line (out, "extmap", "%u %s", (guint) id, parts[1]);
}

/* "stream" or "stream track", as in a=msid and a=ssrc:… msid: */
static gboolean
is_msid (const char *value)
{
  g_auto (GStrv) parts = g_strsplit (value, " ", 3);
  guint n = g_strv_length (parts);

  if (n < 1 || n > 2)
    return FALSE;
  return gst_clasp_sdp_is_word (parts[0], GST_CLASP_SDP_MAX_WORD) &&
      (n == 1 || gst_clasp_sdp_is_word (parts[1], GST_CLASP_SDP_MAX_WORD));
}

static void
copy_ssrc (const char *value, GstSDPMedia *out)
{
  g_auto (GStrv) parts = g_strsplit (value, " ", 2);
  guint64 ssrc;

  if (g_strv_length (parts) != 2 ||
      !gst_clasp_sdp_get_number (parts[0], G_MAXUINT32, &ssrc))
    return;

  if (g_str_has_prefix (parts[1], "cname:") &&
      gst_clasp_sdp_is_word (parts[1] + 6, GST_CLASP_SDP_MAX_WORD))
    gst_clasp_sdp_add_line (out, "ssrc", "%u %s", (guint) ssrc, parts[1]);
  else if (g_str_has_prefix (parts[1], "msid:") && is_msid (parts[1] + 5))
    gst_clasp_sdp_add_line (out, "ssrc", "%u %s", (guint) ssrc, parts[1]);
}

static void
copy_ssrc_group (const char *value, GstSDPMedia *out)
{
  g_auto (GStrv) parts = g_strsplit (value, " ", 4);
  guint64 media, repair;

  if (g_strv_length (parts) != 3 || strcmp (parts[0], "FID") != 0)
    return;
  if (!gst_clasp_sdp_get_number (parts[1], G_MAXUINT32, &media) ||
      !gst_clasp_sdp_get_number (parts[2], G_MAXUINT32, &repair))
    return;
  gst_clasp_sdp_add_line (out, "ssrc-group", "FID %u %u", (guint) media,
      (guint) repair);
}

static void
copy_stream_lines (const GstSDPMedia *in, GstSDPMedia *out)
{
  guint n = gst_sdp_media_attributes_len (in);
  guint used = 0, ssrcs = 0, msids = 0;

  for (guint i = 0; i < n; i++) {
    const GstSDPAttribute *line = gst_sdp_media_get_attribute (in, i);

    if (line->key == NULL || line->value == NULL)
      continue;
    if (strcmp (line->key, "extmap") == 0)
      copy_extmap (line->value, out, &used);
    else if (strcmp (line->key, "ssrc") == 0 && ssrcs++ < MAX_SSRC_LINES)
      copy_ssrc (line->value, out);
    else if (strcmp (line->key, "ssrc-group") == 0 && ssrcs++ < MAX_SSRC_LINES)
      copy_ssrc_group (line->value, out);
    else if (strcmp (line->key, "msid") == 0 && is_msid (line->value) &&
        msids++ == 0)
      gst_sdp_media_add_attribute (out, "msid", line->value);
  }
}

static gboolean
has_flag (const GstSDPMedia *media, const char *key)
{
  return gst_sdp_media_get_attribute_val (media, key) != NULL;
}

/* The lines of an audio or video section that is in use. */
gboolean
gst_clasp_sdp_copy_rtp (const GstSDPMedia *in, GstSDPMedia *out, GError **error)
{
  g_auto (Section) self = {.in = in};

  if (!section_list_formats (&self, error))
    return FALSE;
  section_read_maps (&self);
  section_read_lines (&self);

  if (!has_flag (in, "rtcp-mux")) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "no a=rtcp-mux; RTP and RTCP must share a port");
    return FALSE;
  }
  gst_sdp_media_add_attribute (out, "rtcp-mux", "");
  if (has_flag (in, "rtcp-rsize"))
    gst_sdp_media_add_attribute (out, "rtcp-rsize", "");
  if (!section_write (&self, out, error))
    return FALSE;
  copy_stream_lines (in, out);
  return TRUE;
}

/* The lines of a data channel section that is in use. */
gboolean
gst_clasp_sdp_copy_data (const GstSDPMedia *in, GstSDPMedia *out,
    GError **error)
{
  const char *size = gst_sdp_media_get_attribute_val (in, "max-message-size");
  const char *text = gst_sdp_media_get_attribute_val (in, "sctp-port");
  guint64 port = DEFAULT_SCTP_PORT;
  guint64 max;

  if (gst_sdp_media_formats_len (in) != 1 ||
      g_strcmp0 (gst_sdp_media_get_format (in, 0), "webrtc-datachannel") != 0) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "m=application is not webrtc-datachannel");
    return FALSE;
  }
  if (text != NULL &&
      (!gst_clasp_sdp_get_number (text, G_MAXUINT16, &port) || port == 0)) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "a=sctp-port is not a port number");
    return FALSE;
  }

  gst_sdp_media_add_format (out, "webrtc-datachannel");
  gst_clasp_sdp_add_line (out, "sctp-port", "%u", (guint) port);
  if (gst_clasp_sdp_get_number (size, G_MAXUINT32, &max))
    gst_clasp_sdp_add_line (out, "max-message-size", "%u", (guint) max);
  return TRUE;
}
