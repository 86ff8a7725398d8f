/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Addresses of a room (it is part of a clasp:// URL, hence the error code), and a GstStructure as the map that goes there. */

#include "gstclaspsignal-private.h"

#include <string.h>

#define MAX_ROOM 64
#define MAX_STRUCTURE_DEPTH 4

static const struct {
  const char *presence;
  const char *signal;
} profiles[] = {
    [GST_CLASP_PROFILE_VIDEO_ROOM] = {"/video/room/{room}/presence",
        "/video/room/{room}/signal"},
    [GST_CLASP_PROFILE_CHAT] = {"/chat/room/{room}/video/presence",
        "/chat/room/{room}/video/signal"},
};

static gboolean
is_room (const char *room)
{
  gsize i;

  if (room == NULL)
    return FALSE;
  for (i = 0; room[i] != '\0'; i++) {
    if (i >= MAX_ROOM)
      return FALSE;
    if (!g_ascii_isalnum (room[i]) && room[i] != '_' && room[i] != '-')
      return FALSE;
  }
  return i > 0;
}

static char *
expand (const char *prefix, const char *room, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (prefix, "{room}", -1);
  g_autofree char *address = g_strjoinv (room, parts);
  g_autoptr (GError) problem = NULL;
  gsize length = strlen (address);

  if (length > 1 && address[length - 1] == '/')
    address[length - 1] = '\0';
  if (strpbrk (address, "*?[]{}") != NULL) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL,
        "prefix %s: only {room} is replaced; wildcards are not possible",
        prefix);
    return NULL;
  }
  if (!clasp_address_validate (address, &problem)) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL, "prefix %s: %s",
        prefix, problem->message);
    return NULL;
  }
  return g_steal_pointer (&address);
}

/* @presence_prefix and @signal_prefix override those of @profile. */
gboolean
gst_clasp_room_init (GstClaspRoom *self, const char *room,
    GstClaspProfile profile, const char *presence_prefix,
    const char *signal_prefix, GError **error)
{
  memset (self, 0, sizeof *self);

  if (!is_room (room)) {
    g_autofree char *shown = g_strescape (room != NULL ? room : "", NULL);

    g_set_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL,
        "room \"%.80s\": a room name is 1 to %d letters, digits, - and _",
        shown, MAX_ROOM);
    return FALSE;
  }
  if (presence_prefix == NULL)
    presence_prefix = profiles[profile].presence;
  if (signal_prefix == NULL)
    signal_prefix = profiles[profile].signal;

  self->presence = expand (presence_prefix, room, error);
  if (self->presence == NULL)
    return FALSE;
  self->signal = expand (signal_prefix, room, error);
  if (self->signal != NULL)
    return TRUE;
  gst_clasp_room_clear (self);
  return FALSE;
}

void
gst_clasp_room_clear (GstClaspRoom *self)
{
  g_clear_pointer (&self->presence, g_free);
  g_clear_pointer (&self->signal, g_free);
}

/* Whose presence this address holds; NULL if it is none of this room. */
const char *
gst_clasp_room_get_session (const GstClaspRoom *self,
    const char *presence_address)
{
  gsize length = strlen (self->presence);
  const char *session = presence_address + length + 1;

  if (!g_str_has_prefix (presence_address, self->presence) ||
      presence_address[length] != '/')
    return NULL;
  return gst_clasp_is_session_id (session) ? session : NULL;
}

static GVariant *
structure_to_value (const GstStructure *structure, guint depth);
static GVariant *to_value (const GValue *value, guint depth);

static GVariant *
list_to_value (const GValue *value, guint depth)
{
  gboolean array = GST_VALUE_HOLDS_ARRAY (value);
  guint n = array ? gst_value_array_get_size (value)
                  : gst_value_list_get_size (value);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < n; i++) {
    GVariant *item = to_value (array ? gst_value_array_get_value (value, i)
                                     : gst_value_list_get_value (value, i),
        depth + 1);

    if (item != NULL)
      g_variant_builder_add (&builder, "v", item);
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
number_to_value (const GValue *value)
{
  GValue number = G_VALUE_INIT;
  gint64 integer;

  if (G_VALUE_HOLDS_FLOAT (value))
    return g_variant_new_double (g_value_get_float (value));
  if (G_VALUE_HOLDS_DOUBLE (value))
    return g_variant_new_double (g_value_get_double (value));

  g_value_init (&number, G_TYPE_INT64);
  if (!g_value_transform (value, &number))
    return NULL;
  integer = g_value_get_int64 (&number);
  g_value_unset (&number);
  return g_variant_new_int64 (integer);
}

/* Floating, or NULL if CLASP has no such value. */
static GVariant *
to_value (const GValue *value, guint depth)
{
  const char *text;

  if (depth > MAX_STRUCTURE_DEPTH)
    return NULL;
  if (GST_VALUE_HOLDS_STRUCTURE (value))
    return structure_to_value (gst_value_get_structure (value), depth);
  if (GST_VALUE_HOLDS_ARRAY (value) || GST_VALUE_HOLDS_LIST (value))
    return list_to_value (value, depth);
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_variant_new_boolean (g_value_get_boolean (value));
  if (!G_VALUE_HOLDS_STRING (value))
    return number_to_value (value);

  text = g_value_get_string (value);
  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    return NULL;
  return g_variant_new_string (text);
}

static void
add_fields (GVariantDict *map, const GstStructure *structure, guint depth)
{
  int n = gst_structure_n_fields (structure);

  for (int i = 0; i < n; i++) {
    const char *name = gst_structure_nth_field_name (structure, i);
    GVariant *value =
        to_value (gst_structure_get_value (structure, name), depth);

    if (value != NULL)
      g_variant_dict_insert_value (map, name, value);
  }
}

static GVariant *
structure_to_value (const GstStructure *structure, guint depth)
{
  g_auto (GVariantDict) map = G_VARIANT_DICT_INIT (NULL);

  add_fields (&map, structure, depth + 1);
  return g_variant_dict_end (&map);
}

/* Adds the fields of @structure to @map: text, numbers, booleans, arrays and
 * structures of these. What CLASP cannot carry is left out. */
void
gst_clasp_add_structure (GVariantDict *map, const GstStructure *structure)
{
  add_fields (map, structure, 0);
}
