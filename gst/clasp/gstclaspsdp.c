/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* SDP from the network is parsed and built anew by a whitelist, so that
 * webrtcbin 1.22 sees nothing it could stumble over. What is kept:
 *
 *   session   v, o (numbers only), s, t, a=group:BUNDLE, a=msid-semantic
 *   media     audio, video, application; UDP/TLS/RTP/SAVPF, UDP/DTLS/SCTP
 *   transport a=mid, setup, fingerprint (SHA-256), ice-ufrag, ice-pwd,
 *             ice-options:trickle, direction
 *   rtp       a=rtcp-mux, rtcp-rsize, rtpmap, fmtp, rtcp-fb, msid, ssrc (cname,
 *             msid), ssrc-group:FID, extmap (gstclaspsdpmedia.c)
 *   data      a=sctp-port, max-message-size
 *
 * Every media section gets a transport of its own lines: those of the session
 * are copied, and those that BUNDLE leaves out come from the group. */

#include "gstclaspsdp-private.h"

#include <string.h>

#define MAX_LINE 4096
#define MAX_CANDIDATES 256
#define MAX_FINGERPRINTS 4
#define MAX_UFRAG 256
#define MIN_UFRAG 4
#define MIN_PWD 22
#define MAX_PWD 256
#define MAX_MID 32
#define PROTO_RTP "UDP/TLS/RTP/SAVPF"
#define PROTO_DATA "UDP/DTLS/SCTP"

/* What ICE and DTLS need to know, of the session or of one section. */
typedef struct {
  const char *ufrag;
  const char *pwd;
  const char *setup;
  const char *direction;
  GPtrArray *fingerprints; /* normalised lines */
  gboolean trickle;
} Transport;

typedef struct {
  const GstSDPMedia *in;
  char *mid;
  gboolean rejected;
  gboolean bundled;
  Transport transport;
} Section;

typedef struct {
  GstSDPMessage *in;
  GstSDPMessage *out;
  GstWebRTCSDPType type;
  GPtrArray *candidates;
  Transport transport;
  Section sections[GST_CLASP_SDP_MAX_MEDIA];
  guint n_sections;
} Rebuild;

static void
rebuild_clear (Rebuild *self)
{
  g_clear_pointer (&self->in, gst_sdp_message_free);
  g_clear_pointer (&self->out, gst_sdp_message_free);
  g_clear_pointer (&self->candidates, g_ptr_array_unref);
  g_clear_pointer (&self->transport.fingerprints, g_ptr_array_unref);
  for (guint i = 0; i < GST_CLASP_SDP_MAX_MEDIA; i++) {
    g_clear_pointer (&self->sections[i].mid, g_free);
    g_clear_pointer (&self->sections[i].transport.fingerprints,
        g_ptr_array_unref);
  }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rebuild, rebuild_clear)

static gboolean
    G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error =
        g_error_new_valist (CLASP_ERROR, CLASP_ERROR_MALFORMED, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
check_line (const char *line, gsize length)
{
  if (length < 2 || length > MAX_LINE)
    return FALSE;
  if (!g_ascii_islower (line[0]) || line[1] != '=')
    return FALSE;
  for (gsize i = 0; i < length; i++) {
    if (g_ascii_iscntrl (line[i]))
      return FALSE;
  }
  return TRUE;
}

/* Keeps the kinds of lines that we use; gst_sdp sees no other. */
static char *
filter_lines (const char *text, GError **error)
{
  g_autoptr (GString) kept = g_string_new (NULL);
  guint n = 0;

  while (*text != '\0') {
    gsize whole = strcspn (text, "\n");
    gsize length = whole;

    if (length > 0 && text[length - 1] == '\r')
      length--;
    if (++n > GST_CLASP_SDP_MAX_LINES) {
      refuse (error, "SDP has more than %d lines", GST_CLASP_SDP_MAX_LINES);
      return NULL;
    }
    if (!check_line (text, length)) {
      refuse (error,
          "SDP line %u is not of the form x=… without control "
          "characters, at most %d bytes",
          n, MAX_LINE);
      return NULL;
    }
    if (strchr ("vostma", text[0]) != NULL)
      g_string_append_printf (kept, "%.*s\r\n", (int) length, text);
    text += text[whole] == '\n' ? whole + 1 : whole;
  }
  return g_string_free (g_steal_pointer (&kept), FALSE);
}

static GstSDPMessage *
parse (const char *text, GError **error)
{
  g_autoptr (GstSDPMessage) sdp = NULL;
  g_autofree char *kept = NULL;

  if (strnlen (text, GST_CLASP_SDP_MAX_SIZE + 1) > GST_CLASP_SDP_MAX_SIZE) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE,
        "SDP is larger than %d bytes", GST_CLASP_SDP_MAX_SIZE);
    return NULL;
  }
  if (!g_utf8_validate (text, -1, NULL)) {
    refuse (error, "SDP is not valid UTF-8");
    return NULL;
  }
  if (!g_str_has_prefix (text, "v=0")) {
    refuse (error, "SDP does not begin with v=0");
    return NULL;
  }
  kept = filter_lines (text, error);
  if (kept == NULL)
    return NULL;

  gst_sdp_message_new (&sdp);
  if (gst_sdp_message_parse_buffer ((guint8 *) kept, strlen (kept), sdp) !=
      GST_SDP_OK) {
    refuse (error, "SDP cannot be parsed");
    return NULL;
  }
  return g_steal_pointer (&sdp);
}

static const char *
as_direction (const char *key)
{
  static const char *const directions[] = {"sendrecv", "sendonly", "recvonly",
      "inactive"};

  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    if (strcmp (directions[i], key) == 0)
      return directions[i];
  }
  return NULL;
}

static gboolean
has_word (const char *list, const char *word)
{
  g_auto (GStrv) words = g_strsplit (list, " ", -1);

  return g_strv_contains ((const char *const *) words, word);
}

static gboolean
transport_add_fingerprint (Transport *self, const char *value, GError **error)
{
  g_autofree char *line = gst_clasp_sdp_normalize_fingerprint (value);

  if (line == NULL) {
    if (value != NULL && g_ascii_strncasecmp (value, "sha-256", 7) != 0)
      return TRUE; /* of another hash; one of ours must be there too */
    return refuse (error, "a=fingerprint is not a SHA-256 in hexadecimal");
  }
  if (self->fingerprints->len >= MAX_FINGERPRINTS)
    return refuse (error, "more than %d a=fingerprint lines", MAX_FINGERPRINTS);
  g_ptr_array_add (self->fingerprints, g_steal_pointer (&line));
  return TRUE;
}

static gboolean
transport_read_line (Transport *self, const GstSDPAttribute *line,
    GError **error)
{
  const char *direction = line->key != NULL ? as_direction (line->key) : NULL;

  if (direction != NULL)
    self->direction = direction;
  if (line->key == NULL || line->value == NULL)
    return TRUE;

  if (strcmp (line->key, "fingerprint") == 0)
    return transport_add_fingerprint (self, line->value, error);
  if (strcmp (line->key, "ice-options") == 0)
    self->trickle |= has_word (line->value, "trickle");
  else if (strcmp (line->key, "ice-ufrag") == 0)
    self->ufrag = line->value;
  else if (strcmp (line->key, "ice-pwd") == 0)
    self->pwd = line->value;
  else if (strcmp (line->key, "setup") == 0)
    self->setup = line->value;
  return TRUE;
}

static void
transport_inherit (Transport *self, const Transport *from)
{
  if (self->ufrag == NULL && self->pwd == NULL) {
    self->ufrag = from->ufrag;
    self->pwd = from->pwd;
  }
  if (self->setup == NULL)
    self->setup = from->setup;
  if (self->direction == NULL)
    self->direction = from->direction;
  self->trickle |= from->trickle;
  if (self->fingerprints->len > 0)
    return;
  for (guint i = 0; i < from->fingerprints->len; i++)
    g_ptr_array_add (self->fingerprints,
        g_strdup (from->fingerprints->pdata[i]));
}

static gboolean
transport_check_setup (Transport *self, GstWebRTCSDPType type, GError **error)
{
  gboolean offer = type == GST_WEBRTC_SDP_TYPE_OFFER;

  if (self->setup == NULL) /* the defaults of RFC 8842 */
    self->setup = offer ? "actpass" : "active";
  if (strcmp (self->setup, "active") == 0 ||
      strcmp (self->setup, "passive") == 0)
    return TRUE;
  if (strcmp (self->setup, "actpass") == 0 && offer)
    return TRUE;
  return refuse (error, "a=setup is not %s",
      offer ? "actpass, active or passive" : "active or passive");
}

static gboolean
transport_check (Transport *self, GstWebRTCSDPType type, GError **error)
{
  if (self->ufrag == NULL || self->pwd == NULL)
    return refuse (error, "no a=ice-ufrag and a=ice-pwd");
  if (!gst_clasp_sdp_is_ice_text (self->ufrag, MIN_UFRAG, MAX_UFRAG))
    return refuse (error, "a=ice-ufrag is not %d to %d ICE characters",
        MIN_UFRAG, MAX_UFRAG);
  if (!gst_clasp_sdp_is_ice_text (self->pwd, MIN_PWD, MAX_PWD))
    return refuse (error, "a=ice-pwd is not %d to %d ICE characters", MIN_PWD,
        MAX_PWD);
  if (self->fingerprints->len == 0)
    return refuse (error, "no a=fingerprint with a SHA-256");
  return transport_check_setup (self, type, error);
}

static gboolean
rebuild_read_session (Rebuild *self, GError **error)
{
  guint n = gst_sdp_message_attributes_len (self->in);

  self->transport.fingerprints = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++) {
    const GstSDPAttribute *line = gst_sdp_message_get_attribute (self->in, i);

    if (!transport_read_line (&self->transport, line, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
section_read (Section *self, const GstSDPMedia *media, GError **error)
{
  guint n = gst_sdp_media_attributes_len (media);
  const char *mid = gst_sdp_media_get_attribute_val (media, "mid");
  gboolean bundle_only = FALSE;

  self->in = media;
  self->transport.fingerprints = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++) {
    const GstSDPAttribute *line = gst_sdp_media_get_attribute (media, i);

    bundle_only |= g_strcmp0 (line->key, "bundle-only") == 0;
    if (!transport_read_line (&self->transport, line, error))
      return FALSE;
  }
  if (gst_sdp_media_get_port (media) > G_MAXUINT16)
    return refuse (error, "its port is not a port number");
  self->rejected = gst_sdp_media_get_port (media) == 0 && !bundle_only;

  if (mid != NULL && !gst_clasp_sdp_is_token (mid, MAX_MID))
    return refuse (error, "a=mid is not a token of at most %d bytes", MAX_MID);
  if (mid == NULL && !self->rejected)
    return refuse (error, "no a=mid");
  self->mid = g_strdup (mid);
  return TRUE;
}

static gboolean
rebuild_name_section (Rebuild *self, guint index, GError **error)
{
  Section *section = &self->sections[index];

  if (section->mid == NULL) /* webrtcbin wants one even here */
    section->mid = g_strdup_printf ("rejected%u", index);
  for (guint i = 0; i < index; i++) {
    if (strcmp (self->sections[i].mid, section->mid) == 0)
      return refuse (error, "a=mid repeats that of section %u", i);
  }
  return TRUE;
}

static gboolean
rebuild_read_sections (Rebuild *self, GError **error)
{
  guint n = gst_sdp_message_medias_len (self->in);

  if (n == 0 || n > GST_CLASP_SDP_MAX_MEDIA)
    return refuse (error, "SDP has %u media sections, not 1 to %d", n,
        GST_CLASP_SDP_MAX_MEDIA);

  for (guint i = 0; i < n; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (self->in, i);

    if (!section_read (&self->sections[i], media, error) ||
        !rebuild_name_section (self, i, error)) {
      g_prefix_error (error, "SDP media section %u: ", i);
      return FALSE;
    }
    self->n_sections++;
  }
  return TRUE;
}

static Section *
rebuild_find_section (Rebuild *self, const char *mid)
{
  for (guint i = 0; i < self->n_sections; i++) {
    if (strcmp (self->sections[i].mid, mid) == 0)
      return &self->sections[i];
  }
  return NULL;
}

/* Writes the group of the sections that exist and are in use. */
static void
rebuild_bundle (Rebuild *self)
{
  const char *group = gst_sdp_message_get_attribute_val (self->in, "group");
  g_autoptr (GString) kept = g_string_new ("BUNDLE");
  g_auto (GStrv) mids = NULL;

  if (group == NULL || !g_str_has_prefix (group, "BUNDLE "))
    return;

  mids = g_strsplit (group, " ", GST_CLASP_SDP_MAX_MEDIA + 2);
  for (guint i = 1; mids[i] != NULL; i++) {
    Section *section = rebuild_find_section (self, mids[i]);

    if (section == NULL || section->rejected || section->bundled)
      continue;
    section->bundled = TRUE;
    g_string_append_printf (kept, " %s", section->mid);
  }
  if (kept->len > strlen ("BUNDLE"))
    gst_sdp_message_add_attribute (self->out, "group", kept->str);
}

/* What BUNDLE leaves out comes from the first section that has it; so does
 * what a rejected section lacks, since webrtcbin checks those too. */
static void
rebuild_share_transport (Rebuild *self, Section *section)
{
  const char *direction = section->transport.direction;

  for (guint i = 0; i < self->n_sections; i++) {
    Section *other = &self->sections[i];

    if (other == section || other->rejected)
      continue;
    if (section->rejected || (section->bundled && other->bundled))
      transport_inherit (&section->transport, &other->transport);
  }
  section->transport.direction = direction;
}

static gboolean
same_transport (const Transport *a, const Transport *b)
{
  return strcmp (a->ufrag, b->ufrag) == 0 && strcmp (a->pwd, b->pwd) == 0;
}

/* webrtcbin 1.22 allows one certificate and, in a BUNDLE, one ICE session. */
static gboolean
rebuild_check_sections (Rebuild *self, GError **error)
{
  Section *bundled = NULL;
  Section *live = NULL;

  for (guint i = 0; i < self->n_sections; i++) {
    Section *section = &self->sections[i];

    if (section->rejected)
      continue;
    if (!transport_check (&section->transport, self->type, error)) {
      g_prefix_error (error, "SDP media section %u: ", i);
      return FALSE;
    }
    if (live == NULL)
      live = section;
    if (section->bundled && bundled == NULL)
      bundled = section;
    if (strcmp (live->transport.fingerprints->pdata[0],
            section->transport.fingerprints->pdata[0]) != 0)
      return refuse (error, "SDP media sections name different certificates");
    if (section->bundled &&
        !same_transport (&bundled->transport, &section->transport))
      return refuse (error,
          "SDP media sections of one BUNDLE have different "
          "a=ice-ufrag or a=ice-pwd");
  }
  return live != NULL || refuse (error, "SDP rejects every media section");
}

static gboolean
rebuild_resolve_transports (Rebuild *self, GError **error)
{
  for (guint i = 0; i < self->n_sections; i++)
    transport_inherit (&self->sections[i].transport, &self->transport);
  for (guint i = 0; i < self->n_sections; i++) {
    if (!self->sections[i].rejected)
      rebuild_share_transport (self, &self->sections[i]);
  }
  if (!rebuild_check_sections (self, error))
    return FALSE;
  for (guint i = 0; i < self->n_sections; i++) {
    if (self->sections[i].rejected) {
      Section *section = &self->sections[i];

      g_ptr_array_set_size (section->transport.fingerprints, 0);
      section->transport.ufrag = section->transport.pwd = NULL;
      section->transport.setup = NULL;
      rebuild_share_transport (self, section);
    }
  }
  return TRUE;
}

static void
rebuild_write_origin (Rebuild *self)
{
  const GstSDPOrigin *origin = gst_sdp_message_get_origin (self->in);
  const char *id = origin->sess_id;
  const char *version = origin->sess_version;

  gst_sdp_message_set_version (self->out, "0");
  gst_sdp_message_set_origin (self->out, "-",
      gst_clasp_sdp_is_digits (id, 20) ? id : "0",
      gst_clasp_sdp_is_digits (version, 20) ? version : "0", "IN", "IP4",
      "0.0.0.0");
  gst_sdp_message_set_session_name (self->out, "-");
  gst_sdp_message_add_time (self->out, "0", "0", NULL);
}

static void
rebuild_write_session (Rebuild *self)
{
  const char *semantic =
      gst_sdp_message_get_attribute_val (self->in, "msid-semantic");

  rebuild_write_origin (self);
  rebuild_bundle (self);
  if (semantic != NULL && has_word (semantic, "WMS"))
    gst_sdp_message_add_attribute (self->out, "msid-semantic", " WMS *");
}

static void
section_write_transport (const Section *self, GstSDPMedia *out)
{
  const Transport *transport = &self->transport;

  gst_sdp_media_add_attribute (out, "ice-ufrag", transport->ufrag);
  gst_sdp_media_add_attribute (out, "ice-pwd", transport->pwd);
  if (transport->trickle)
    gst_sdp_media_add_attribute (out, "ice-options", "trickle");
  for (guint i = 0; i < transport->fingerprints->len; i++)
    gst_sdp_media_add_attribute (out, "fingerprint",
        transport->fingerprints->pdata[i]);
  gst_sdp_media_add_attribute (out, "setup", transport->setup);
  gst_sdp_media_add_attribute (out, "mid", self->mid);
}

static gboolean
is_rtp_proto (const char *proto)
{
  static const char *const names[] = {PROTO_RTP, "TCP/TLS/RTP/SAVPF",
      "TCP/DTLS/RTP/SAVPF", "RTP/SAVPF", NULL};

  return proto != NULL && g_strv_contains (names, proto);
}

static gboolean
is_data_proto (const char *proto)
{
  static const char *const names[] = {PROTO_DATA, "TCP/DTLS/SCTP", NULL};

  return proto != NULL && g_strv_contains (names, proto);
}

static void
section_write_rejected (const Section *self, GstSDPMedia *out)
{
  const char *format = gst_sdp_media_get_format (self->in, 0);
  gboolean data = is_data_proto (gst_sdp_media_get_proto (self->in));
  guint64 type = 0;

  gst_clasp_sdp_get_number (format, 127, &type);
  if (data) {
    gst_sdp_media_add_format (out, "webrtc-datachannel");
  } else {
    g_autofree char *number = g_strdup_printf ("%u", (guint) type);

    gst_sdp_media_add_format (out, number);
  }
  gst_sdp_media_add_attribute (out, "inactive", "");
}

static gboolean
section_write_content (const Section *self, GstSDPMedia *out, GError **error)
{
  const char *direction = self->transport.direction;

  if (self->rejected) {
    section_write_rejected (self, out);
    return TRUE;
  }
  if (is_data_proto (gst_sdp_media_get_proto (self->in)))
    return gst_clasp_sdp_copy_data (self->in, out, error);

  gst_sdp_media_add_attribute (out, direction ? direction : "sendrecv", "");
  return gst_clasp_sdp_copy_rtp (self->in, out, error);
}

static gboolean
section_write (const Section *self, GstSDPMedia *out, GError **error)
{
  const char *kind = gst_sdp_media_get_media (self->in);
  const char *proto = gst_sdp_media_get_proto (self->in);
  gboolean rtp =
      g_strcmp0 (kind, "audio") == 0 || g_strcmp0 (kind, "video") == 0;

  if (!rtp && g_strcmp0 (kind, "application") != 0)
    return refuse (error, "m= is not audio, video or application");
  if (rtp ? !is_rtp_proto (proto) : !is_data_proto (proto))
    return refuse (error, "m=%s does not use %s", kind,
        rtp ? PROTO_RTP : PROTO_DATA);

  gst_sdp_media_set_media (out, kind);
  gst_sdp_media_set_port_info (out, self->rejected ? 0 : 9, 0);
  gst_sdp_media_set_proto (out, rtp ? PROTO_RTP : PROTO_DATA);
  gst_sdp_media_add_connection (out, "IN", "IP4", "0.0.0.0", 0, 0);
  section_write_transport (self, out);
  return section_write_content (self, out, error);
}

/* A candidate that cannot be used is left out: others may do. */
static void
rebuild_read_candidates (Rebuild *self, guint index)
{
  const Section *section = &self->sections[index];
  guint n = gst_sdp_media_attributes_len (section->in);

  for (guint i = 0; i < n; i++) {
    const GstSDPAttribute *line = gst_sdp_media_get_attribute (section->in, i);
    GstClaspCandidate *candidate;

    if (g_strcmp0 (line->key, "candidate") != 0 || line->value == NULL)
      continue;
    if (self->candidates->len >= MAX_CANDIDATES)
      return;
    candidate =
        gst_clasp_candidate_parse (index, section->mid, line->value, NULL);
    if (candidate != NULL)
      g_ptr_array_add (self->candidates, candidate);
  }
}

static gboolean
rebuild_write_sections (Rebuild *self, GError **error)
{
  for (guint i = 0; i < self->n_sections; i++) {
    GstSDPMedia *media = NULL;
    gboolean ok;

    gst_sdp_media_new (&media);
    ok = section_write (&self->sections[i], media, error);
    if (ok)
      gst_sdp_message_add_media (self->out, media);
    gst_sdp_media_free (media);
    if (!ok) {
      g_prefix_error (error, "SDP media section %u: ", i);
      return FALSE;
    }
    if (!self->sections[i].rejected)
      rebuild_read_candidates (self, i);
  }
  return TRUE;
}

/**
 * gst_clasp_sdp_sanitize:
 * @text: SDP from the network
 * @type: %GST_WEBRTC_SDP_TYPE_OFFER or %GST_WEBRTC_SDP_TYPE_ANSWER
 * @candidates: (out) (optional) (transfer container) (element-type GstClaspCandidate): the candidates that @text held
 * @error: return location for an error
 *
 * Checks @text and builds a description for webrtcbin from it, as told in the
 * header. Any thread.
 *
 * Returns: (transfer full) (nullable): the description, or %NULL with
 *   %CLASP_ERROR_MALFORMED, %CLASP_ERROR_TOO_LARGE or %CLASP_ERROR_LIMIT
 * Since: 0.1
 */
GstSDPMessage *
gst_clasp_sdp_sanitize (const char *text, GstWebRTCSDPType type,
    GPtrArray **candidates, GError **error)
{
  g_auto (Rebuild) self = {.type = type};

  g_return_val_if_fail (text != NULL, NULL);

  if (type != GST_WEBRTC_SDP_TYPE_OFFER && type != GST_WEBRTC_SDP_TYPE_ANSWER) {
    refuse (error, "SDP type is neither offer nor answer");
    return NULL;
  }
  self.in = parse (text, error);
  if (self.in == NULL)
    return NULL;

  gst_sdp_message_new (&self.out);
  self.candidates = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_candidate_free);
  if (!rebuild_read_session (&self, error) ||
      !rebuild_read_sections (&self, error))
    return NULL;
  rebuild_write_session (&self);
  if (!rebuild_resolve_transports (&self, error) ||
      !rebuild_write_sections (&self, error))
    return NULL;

  if (candidates != NULL)
    *candidates = g_steal_pointer (&self.candidates);
  return g_steal_pointer (&self.out);
}
