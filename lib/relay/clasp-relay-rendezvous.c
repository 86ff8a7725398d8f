/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-rendezvous-private.h"
#include <clasp/clasp.h>
#include <string.h>

typedef struct {
  char *id;
  char *text; /* its members as JSON, without braces, id and times */
  char **tags;
  char **features;
  guint64 registered_at; /* wall clock */
  guint64 last_seen;
  gint64 expires; /* monotonic */
  GList link;     /* in order of expiry */
} Entry;

struct _ClaspRelayRendezvous {
  guint ttl;
  guint max_entries;
  gsize max_bytes;
  gsize bytes;
  GHashTable *entries; /* id -> Entry */
  GQueue order;
};

static void
entry_free (Entry *self)
{
  g_free (self->id);
  g_free (self->text);
  g_strfreev (self->tags);
  g_strfreev (self->features);
  g_free (self);
}

static gsize
entry_size (const Entry *self)
{
  return sizeof (Entry) + 2 * strlen (self->text);
}

ClaspRelayRendezvous *
clasp_relay_rendezvous_new (guint ttl, guint max_entries, gsize max_bytes)
{
  ClaspRelayRendezvous *self = g_new0 (ClaspRelayRendezvous, 1);

  self->ttl = ttl;
  self->max_entries = max_entries;
  self->max_bytes = max_bytes;
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) entry_free);
  g_queue_init (&self->order);

  return self;
}

void
clasp_relay_rendezvous_free (ClaspRelayRendezvous *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

static void
remove_entry (ClaspRelayRendezvous *self, Entry *entry)
{
  self->bytes -= entry_size (entry);
  g_queue_unlink (&self->order, &entry->link);
  g_hash_table_remove (self->entries, entry->id);
}

static void
expire (ClaspRelayRendezvous *self, gint64 now_us)
{
  Entry *entry;

  while ((entry = g_queue_peek_head (&self->order)) != NULL &&
      entry->expires <= now_us)
    remove_entry (self, entry);
}

static void
make_room (ClaspRelayRendezvous *self, gsize size)
{
  Entry *entry;

  while ((entry = g_queue_peek_head (&self->order)) != NULL &&
      (g_hash_table_size (self->entries) >= self->max_entries ||
          self->bytes + size > self->max_bytes))
    remove_entry (self, entry);
}

/* --- reading a registration --- */

static gboolean
refuse (GError **error, const char *member, const char *expected)
{
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
      "registration: \"%s\" must be %s", member, expected);
  return FALSE;
}

static gboolean
is_string (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) &&
      json_node_get_value_type (node) == G_TYPE_STRING;
}

static gboolean
check_string (JsonObject *object, const char *member, gboolean required,
    GError **error)
{
  JsonNode *node = json_object_get_member (object, member);

  if (node == NULL || (!required && JSON_NODE_HOLDS_NULL (node)))
    return !required || refuse (error, member, "a string");

  return is_string (node) || refuse (error, member, "a string");
}

static gboolean
check_strings (JsonObject *object, const char *member, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  JsonArray *array;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return refuse (error, member, "an array of strings");

  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!is_string (json_array_get_element (array, i)))
      return refuse (error, member, "an array of strings");

  return TRUE;
}

static gboolean
check_map (JsonObject *object, const char *member, gboolean required,
    GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  JsonObjectIter iter;
  JsonNode *value;

  if (node == NULL && !required)
    return TRUE;
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, member, "an object of strings");

  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, NULL, &value))
    if (!is_string (value))
      return refuse (error, member, "an object of strings");

  return TRUE;
}

static gboolean
check_registration (JsonNode *request, GError **error)
{
  JsonObject *object;

  if (request == NULL || !JSON_NODE_HOLDS_OBJECT (request)) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "registration: a JSON object is needed");
    return FALSE;
  }

  object = json_node_get_object (request);
  return check_string (object, "name", TRUE, error) &&
      check_string (object, "publicKey", FALSE, error) &&
      check_map (object, "endpoints", TRUE, error) &&
      check_map (object, "metadata", FALSE, error) &&
      check_strings (object, "features", error) &&
      check_strings (object, "tags", error);
}

static char **
get_strings (JsonObject *object, const char *member)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (json_object_has_member (object, member)) {
    JsonArray *array = json_object_get_array_member (object, member);

    for (guint i = 0; i < json_array_get_length (array); i++)
      g_strv_builder_add (builder, json_array_get_string_element (array, i));
  }

  return g_strv_builder_end (builder);
}

static void
append_member (GString *text, JsonObject *object, const char *member,
    const char *otherwise)
{
  JsonNode *node = json_object_get_member (object, member);
  g_autofree char *json = NULL;

  if (node != NULL && !JSON_NODE_HOLDS_NULL (node))
    json = json_to_string (node, FALSE);
  else if (otherwise != NULL)
    json = g_strdup (otherwise);
  else
    return;

  g_string_append_printf (text, "%s\"%s\":%s", text->len > 0 ? "," : "", member,
      json);
}

static char *
describe (JsonObject *object)
{
  GString *text = g_string_new (NULL);

  append_member (text, object, "name", NULL);
  append_member (text, object, "publicKey", NULL);
  append_member (text, object, "features", "[]");
  append_member (text, object, "endpoints", "{}");
  append_member (text, object, "tags", "[]");
  append_member (text, object, "metadata", "{}");

  return g_string_free (text, FALSE);
}

/* --- operations --- */

static void
see (ClaspRelayRendezvous *self, Entry *entry, ClaspRelayTime now)
{
  entry->last_seen = now.wall_us;
  entry->expires = now.monotonic_us + (gint64) self->ttl * G_USEC_PER_SEC;
  g_queue_push_tail_link (&self->order, &entry->link);
}

/*
 * clasp_relay_rendezvous_register:
 * @request: (nullable): body of the request
 *
 * Returns: (nullable): id of the new entry; %NULL with @error if @request is
 *   not what the rendezvous API asks for
 */
const char *
clasp_relay_rendezvous_register (ClaspRelayRendezvous *self, JsonNode *request,
    ClaspRelayTime now, GError **error)
{
  JsonObject *object;
  Entry *entry;

  if (!check_registration (request, error))
    return NULL;

  expire (self, now.monotonic_us);
  object = json_node_get_object (request);
  entry = g_new0 (Entry, 1);
  entry->id = g_uuid_string_random ();
  entry->text = describe (object);
  entry->tags = get_strings (object, "tags");
  entry->features = get_strings (object, "features");
  entry->registered_at = now.wall_us;
  entry->link.data = entry;

  make_room (self, entry_size (entry));
  self->bytes += entry_size (entry);
  see (self, entry, now);
  g_hash_table_insert (self->entries, entry->id, entry);

  return entry->id;
}

static gboolean
has_string (char **strings, const char *wanted)
{
  return wanted == NULL ||
      g_strv_contains ((const char *const *) strings, wanted);
}

/*
 * clasp_relay_rendezvous_discover:
 * @tag: (nullable): only entries with this tag
 * @feature: (nullable): only entries with this feature
 *
 * Returns: (transfer full): a JSON array, the newest entries first
 */
char *
clasp_relay_rendezvous_discover (ClaspRelayRendezvous *self, const char *tag,
    const char *feature, guint limit, ClaspRelayTime now)
{
  GString *text = g_string_new ("[");
  guint n = 0;

  expire (self, now.monotonic_us);
  for (GList *l = self->order.tail; l != NULL && n < limit; l = l->prev) {
    const Entry *entry = l->data;

    if (!has_string (entry->tags, tag) ||
        !has_string (entry->features, feature))
      continue;
    g_string_append_printf (text,
        "%s{\"id\":\"%s\",%s,\"registeredAt\":%" G_GUINT64_FORMAT
        ",\"lastSeen\":%" G_GUINT64_FORMAT "}",
        n++ > 0 ? "," : "", entry->id, entry->text, entry->registered_at,
        entry->last_seen);
  }

  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

/* Returns: whether there is such an entry; then its time starts again */
gboolean
clasp_relay_rendezvous_refresh (ClaspRelayRendezvous *self, const char *id,
    ClaspRelayTime now)
{
  Entry *entry;

  expire (self, now.monotonic_us);
  entry = g_hash_table_lookup (self->entries, id);
  if (entry == NULL)
    return FALSE;

  g_queue_unlink (&self->order, &entry->link);
  see (self, entry, now);
  return TRUE;
}

/* Returns: whether there was such an entry */
gboolean
clasp_relay_rendezvous_unregister (ClaspRelayRendezvous *self, const char *id,
    ClaspRelayTime now)
{
  Entry *entry;

  expire (self, now.monotonic_us);
  entry = g_hash_table_lookup (self->entries, id);
  if (entry == NULL)
    return FALSE;

  remove_entry (self, entry);
  return TRUE;
}

guint
clasp_relay_rendezvous_get_n_entries (const ClaspRelayRendezvous *self)
{
  return g_hash_table_size (self->entries);
}

guint
clasp_relay_rendezvous_get_ttl (const ClaspRelayRendezvous *self)
{
  return self->ttl;
}
