/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The signals that peers exchange in a room (offer, answer, ice-candidate), in
 * the shapes of the CLASP pages. */

#include "gstclaspsignal-private.h"
#include "gstclaspsdp-private.h"

#include <math.h>
#include <string.h>

static const char *const type_names[] = {"offer", "answer", "ice-candidate"};

gboolean
gst_clasp_signal_type_from_string (const char *text, GstClaspSignalType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++) {
    if (g_strcmp0 (text, type_names[i]) != 0)
      continue;
    *type = i;
    return TRUE;
  }
  return FALSE;
}

const char *
gst_clasp_signal_type_to_string (GstClaspSignalType type)
{
  return type_names[type];
}

/* What may stand in an address as the name of a session. */
gboolean
gst_clasp_is_session_id (const char *text)
{
  gsize i;

  if (text == NULL)
    return FALSE;
  for (i = 0; text[i] != '\0'; i++) {
    if (i >= GST_CLASP_MAX_ID)
      return FALSE;
    if (!g_ascii_isalnum (text[i]) && strchr ("_-:.", text[i]) == NULL)
      return FALSE;
  }
  return i > 0;
}

/* Printable text of at most GST_CLASP_MAX_NAME characters; like the pages, the
 * first eight of the session id if nothing is left. */
char *
gst_clasp_clean_name (const char *name, const char *session)
{
  g_autofree char *valid = g_utf8_make_valid (name != NULL ? name : "", -1);
  g_autoptr (GString) clean = g_string_new (NULL);
  guint n = 0;

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (!g_unichar_isprint (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
      continue;
    if (n++ == GST_CLASP_MAX_NAME)
      break;
    g_string_append_unichar (clean, c);
  }
  g_strstrip (clean->str);
  if (clean->str[0] == '\0')
    return g_strndup (session, 8);
  return g_strdup (clean->str);
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED, "signal: %s", what);
  return FALSE;
}

/* {sdp: {type, sdp}} of the pages, or {sdp: text}. */
static gboolean
parse_description (GstClaspSignal *self, GVariant *value, GError **error)
{
  g_autoptr (GVariant) map = clasp_value_lookup_map (value, "sdp");
  const char *sdp = clasp_value_lookup_string (map ? map : value, "sdp");

  if (sdp == NULL)
    return refuse (error, "its sdp is neither a map nor text");
  if (strlen (sdp) > GST_CLASP_SDP_MAX_SIZE)
    return refuse (error, "its sdp is too large");
  self->sdp = g_strdup (sdp);
  return TRUE;
}

static gboolean
parse_place (GstClaspSignal *self, GVariant *map, GError **error)
{
  const char *mid = clasp_value_lookup_string (map, "sdpMid");
  double mline = 0;

  if (mid != NULL && *mid != '\0') {
    if (!gst_clasp_sdp_is_token (mid, GST_CLASP_MAX_ID))
      return refuse (error, "its sdpMid is not a token");
    self->mid = g_strdup (mid);
  }
  if (!clasp_value_lookup_number (map, "sdpMLineIndex", &mline))
    return TRUE;
  if (!(mline >= 0 && mline < GST_CLASP_SDP_MAX_MEDIA) ||
      mline != floor (mline))
    return refuse (error, "its sdpMLineIndex is not a media section");
  self->mline = mline;
  return TRUE;
}

static gboolean
parse_candidate (GstClaspSignal *self, GVariant *value, GError **error)
{
  g_autoptr (GVariant) map = clasp_value_lookup_map (value, "candidate");
  const char *text;

  if (map == NULL)
    return refuse (error, "its candidate is not a map");
  text = clasp_value_lookup_string (map, "candidate");
  if (text == NULL)
    return refuse (error, "its candidate has no text");
  if (strlen (text) > GST_CLASP_CANDIDATE_MAX_SIZE)
    return refuse (error, "its candidate is too long");
  self->candidate = g_strdup (text);
  return parse_place (self, map, error);
}

/* NULL without an error: a type that we do not know, or the end of candidates.
 * Both are to be ignored. */
GstClaspSignal *
gst_clasp_signal_parse (GVariant *value, GError **error)
{
  g_autoptr (GstClaspSignal) self = NULL;
  GstClaspSignalType type;
  const char *from;
  gboolean ok;

  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT)) {
    refuse (error, "not a map");
    return NULL;
  }
  if (!gst_clasp_signal_type_from_string (clasp_value_lookup_string (value,
                                              "type"),
          &type))
    return NULL;
  from = clasp_value_lookup_string (value, "from");
  if (!gst_clasp_is_session_id (from)) {
    refuse (error, "its from is not a session id");
    return NULL;
  }

  self = g_new0 (GstClaspSignal, 1);
  self->type = type;
  self->from = g_strdup (from);
  if (type == GST_CLASP_SIGNAL_CANDIDATE)
    ok = parse_candidate (self, value, error);
  else
    ok = parse_description (self, value, error);
  if (!ok || (self->candidate != NULL && self->candidate[0] == '\0'))
    return NULL;
  return g_steal_pointer (&self);
}

void
gst_clasp_signal_free (GstClaspSignal *self)
{
  g_free (self->from);
  g_free (self->sdp);
  g_free (self->mid);
  g_free (self->candidate);
  g_free (self);
}

static GVariant *
description_to_value (const GstClaspSignal *self)
{
  g_auto (GVariantDict) map = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&map, "type", "s", type_names[self->type]);
  g_variant_dict_insert (&map, "sdp", "s", self->sdp);
  return g_variant_dict_end (&map);
}

static GVariant *
candidate_to_value (const GstClaspSignal *self)
{
  g_auto (GVariantDict) map = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&map, "candidate", "s", self->candidate);
  if (self->mid != NULL)
    g_variant_dict_insert (&map, "sdpMid", "s", self->mid);
  else
    g_variant_dict_insert_value (&map, "sdpMid", clasp_value_new_null ());
  g_variant_dict_insert (&map, "sdpMLineIndex", "d", (double) self->mline);
  return g_variant_dict_end (&map);
}

/* The map to publish, in the name of session @from. Floating. */
GVariant *
gst_clasp_signal_to_value (const GstClaspSignal *self, const char *from)
{
  g_auto (GVariantDict) map = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&map, "type", "s", type_names[self->type]);
  g_variant_dict_insert (&map, "from", "s", from);
  if (self->type == GST_CLASP_SIGNAL_CANDIDATE)
    g_variant_dict_insert_value (&map, "candidate", candidate_to_value (self));
  else
    g_variant_dict_insert_value (&map, "sdp", description_to_value (self));
  return g_variant_dict_end (&map);
}
