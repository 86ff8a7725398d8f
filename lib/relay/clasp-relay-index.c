/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-index-private.h"
#include <string.h>

/* Beyond these a pattern lands in a shorter bucket: bounds the work that one
 * long address can cause. */
#define MAX_PREFIX_SEGMENTS 32
#define MAX_PREFIX_LENGTH 1024

#define MAX_CACHED 1024
#define MAX_CACHED_LENGTH 256

/* All subscriptions to one pattern text. */
typedef struct {
  ClaspPattern *pattern;
  char *prefix; /* key of its bucket; NULL for a literal pattern */
  GPtrArray *subscriptions;
} Group;

typedef struct {
  gpointer subscriber;
  guint32 id;
  guint mask;
  Group *group; /* unowned */
} Subscription;

struct _ClaspRelayIndex {
  GHashTable *groups;      /* pattern text -> Group (owned) */
  GHashTable *buckets;     /* prefix -> GPtrArray of Group */
  GHashTable *subscribers; /* subscriber -> GPtrArray of Subscription (owned) */
  GHashTable *cache;       /* address -> GArray of ClaspRelayMatch */
  GArray *uncached;        /* the last result for a long address */
};

static void
group_free (Group *self)
{
  clasp_pattern_unref (self->pattern);
  g_ptr_array_unref (self->subscriptions);
  g_free (self->prefix);
  g_free (self);
}

ClaspRelayIndex *
clasp_relay_index_new (void)
{
  ClaspRelayIndex *self = g_new0 (ClaspRelayIndex, 1);

  self->groups = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) group_free);
  self->buckets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) g_ptr_array_unref);
  self->subscribers = g_hash_table_new_full (NULL, NULL, NULL,
      (GDestroyNotify) g_ptr_array_unref);
  self->cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) g_array_unref);

  return self;
}

void
clasp_relay_index_free (ClaspRelayIndex *self)
{
  g_clear_pointer (&self->uncached, g_array_unref);
  g_hash_table_unref (self->cache);
  g_hash_table_unref (self->subscribers);
  g_hash_table_unref (self->buckets);
  g_hash_table_unref (self->groups);
  g_free (self);
}

/* End of the @n-th segment, with its slash: "/a/b", 1 -> "/a/". An address is
 * read as if a slash followed it, since a final ** may match nothing. */
static gsize
prefix_length (const char *text, gsize limit, guint n)
{
  gsize length = 0;

  for (gsize i = 0; i < limit && i < MAX_PREFIX_LENGTH; i++) {
    if (text[i] != '/')
      continue;
    length = i + 1;
    if (n-- == 0)
      break;
  }

  return length;
}

/* "/video/room/x*" -> "/video/room/" */
static char *
literal_prefix (const char *pattern)
{
  gsize limit = strcspn (pattern, "*");

  return g_strndup (pattern,
      prefix_length (pattern, limit, MAX_PREFIX_SEGMENTS));
}

static Group *
get_group (ClaspRelayIndex *self, ClaspPattern *pattern)
{
  const char *text = clasp_pattern_get_text (pattern);
  Group *group = g_hash_table_lookup (self->groups, text);
  GPtrArray *bucket;

  if (group != NULL)
    return group;

  group = g_new0 (Group, 1);
  group->pattern = clasp_pattern_ref (pattern);
  group->subscriptions = g_ptr_array_new ();
  g_hash_table_insert (self->groups,
      (gpointer) clasp_pattern_get_text (group->pattern), group);
  if (clasp_pattern_is_literal (pattern))
    return group;

  group->prefix = literal_prefix (text);
  bucket = g_hash_table_lookup (self->buckets, group->prefix);
  if (bucket == NULL) {
    bucket = g_ptr_array_new ();
    g_hash_table_insert (self->buckets, g_strdup (group->prefix), bucket);
  }
  g_ptr_array_add (bucket, group);

  return group;
}

static void
remove_group (ClaspRelayIndex *self, Group *group)
{
  if (group->prefix != NULL) {
    GPtrArray *bucket = g_hash_table_lookup (self->buckets, group->prefix);

    g_ptr_array_remove_fast (bucket, group);
    if (bucket->len == 0)
      g_hash_table_remove (self->buckets, group->prefix);
  }
  g_hash_table_remove (self->groups, clasp_pattern_get_text (group->pattern));
}

static void
detach (ClaspRelayIndex *self, Subscription *subscription)
{
  Group *group = subscription->group;

  g_ptr_array_remove (group->subscriptions, subscription);
  if (group->subscriptions->len == 0)
    remove_group (self, group);
}

/*
 * clasp_relay_index_add:
 * @id: the subscription's id; ids need not be unique
 * @mask: #ClaspSignalMask; 0 means all, as in the reference relay
 */
void
clasp_relay_index_add (ClaspRelayIndex *self, gpointer subscriber, guint32 id,
    ClaspPattern *pattern, guint mask)
{
  Subscription *subscription = g_new0 (Subscription, 1);
  GPtrArray *own = g_hash_table_lookup (self->subscribers, subscriber);

  if (own == NULL) {
    own = g_ptr_array_new_with_free_func (g_free);
    g_hash_table_insert (self->subscribers, subscriber, own);
  }

  subscription->subscriber = subscriber;
  subscription->id = id;
  subscription->mask = mask != 0 ? mask : CLASP_SIGNAL_MASK_ALL;
  subscription->group = get_group (self, pattern);
  g_ptr_array_add (subscription->group->subscriptions, subscription);
  g_ptr_array_add (own, subscription);
  g_hash_table_remove_all (self->cache);
}

/* Removes the newest subscription with that id. */
gboolean
clasp_relay_index_remove (ClaspRelayIndex *self, gpointer subscriber,
    guint32 id)
{
  GPtrArray *own = g_hash_table_lookup (self->subscribers, subscriber);

  for (guint i = own != NULL ? own->len : 0; i > 0; i--) {
    Subscription *subscription = g_ptr_array_index (own, i - 1);

    if (subscription->id != id)
      continue;
    detach (self, subscription);
    g_ptr_array_remove_index (own, i - 1);
    g_hash_table_remove_all (self->cache);
    return TRUE;
  }

  return FALSE;
}

void
clasp_relay_index_remove_all (ClaspRelayIndex *self, gpointer subscriber)
{
  GPtrArray *own = g_hash_table_lookup (self->subscribers, subscriber);

  if (own == NULL)
    return;

  for (guint i = 0; i < own->len; i++)
    detach (self, g_ptr_array_index (own, i));
  g_hash_table_remove (self->subscribers, subscriber);
  g_hash_table_remove_all (self->cache);
}

guint
clasp_relay_index_count (ClaspRelayIndex *self, gpointer subscriber)
{
  GPtrArray *own = g_hash_table_lookup (self->subscribers, subscriber);

  return own != NULL ? own->len : 0;
}

/* One copy a session, however many of its subscriptions match. */
static void
collect (Group *group, GHashTable *seen, GArray *matches)
{
  for (guint i = 0; i < group->subscriptions->len; i++) {
    Subscription *subscription = g_ptr_array_index (group->subscriptions, i);
    gpointer position;

    if (g_hash_table_lookup_extended (seen, subscription->subscriber, NULL,
            &position)) {
      g_array_index (matches, ClaspRelayMatch, GPOINTER_TO_UINT (position))
          .mask |= subscription->mask;
    } else {
      ClaspRelayMatch match = {subscription->subscriber, subscription->mask};

      g_hash_table_insert (seen, subscription->subscriber,
          GUINT_TO_POINTER (matches->len));
      g_array_append_val (matches, match);
    }
  }
}

static void
collect_bucket (GPtrArray *bucket, const char *address, GHashTable *seen,
    GArray *matches)
{
  for (guint i = 0; bucket != NULL && i < bucket->len; i++) {
    Group *group = g_ptr_array_index (bucket, i);

    if (clasp_pattern_matches (group->pattern, address))
      collect (group, seen, matches);
  }
}

static GArray *
find (ClaspRelayIndex *self, const char *address)
{
  GArray *matches = g_array_new (FALSE, FALSE, sizeof (ClaspRelayMatch));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autofree char *text = g_strdup_printf ("%.*s/", MAX_PREFIX_LENGTH, address);
  Group *literal = g_hash_table_lookup (self->groups, address);
  gsize length = 0, previous = 0;

  if (literal != NULL && literal->prefix == NULL)
    collect (literal, seen, matches);

  for (guint n = 0; n <= MAX_PREFIX_SEGMENTS; n++, previous = length) {
    length = prefix_length (text, strlen (text), n);
    if (n > 0 && length == previous)
      break;

    g_autofree char *prefix = g_strndup (text, length);
    collect_bucket (g_hash_table_lookup (self->buckets, prefix), address, seen,
        matches);
  }

  return matches;
}

/*
 * clasp_relay_index_lookup:
 *
 * Returns: (transfer none) (element-type ClaspRelayMatch): who wants @address,
 *   each subscriber once; valid until the next call
 */
const GArray *
clasp_relay_index_lookup (ClaspRelayIndex *self, const char *address)
{
  GArray *matches = g_hash_table_lookup (self->cache, address);

  if (matches != NULL)
    return matches;

  matches = find (self, address);
  if (strlen (address) > MAX_CACHED_LENGTH) {
    g_clear_pointer (&self->uncached, g_array_unref);
    return self->uncached = matches;
  }

  if (g_hash_table_size (self->cache) >= MAX_CACHED)
    g_hash_table_remove_all (self->cache);
  g_hash_table_insert (self->cache, g_strdup (address), matches);

  return matches;
}
