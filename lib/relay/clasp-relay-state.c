/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-state-private.h"
#include <string.h>

/* Bookkeeping of one entry, so that many tiny params are counted honestly. */
#define ENTRY_OVERHEAD 256

typedef struct {
  ClaspRelayState *state;
  char *address;
  GVariant *value;
  guint64 revision;
  guint64 timestamp;
  char *writer;
  char *lock_holder;
  gboolean has_ttl;
  guint32 ttl;
  gint64 deadline;
  gboolean owned;
  gsize size;
  GList link;            /* in state->loose, unless owned */
  GSequenceIter *expiry; /* in state->expiry, if there is a deadline */
} Entry;

/* What one session holds. */
typedef struct {
  GHashTable *owned;
  GHashTable *locked;
} Holdings;

struct _ClaspRelayState {
  ClaspRelayStateLimits limits;
  GTree *params;        /* address -> Entry */
  GQueue loose;         /* what may be evicted, the first one first */
  GSequence *expiry;    /* by deadline */
  GHashTable *holdings; /* session id -> Holdings */
  gsize bytes;
};

static int
compare_address (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static int
compare_deadline (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Entry *left = a, *right = b;

  return (left->deadline > right->deadline) -
      (left->deadline < right->deadline);
}

static void
holdings_free (Holdings *self)
{
  g_hash_table_unref (self->owned);
  g_hash_table_unref (self->locked);
  g_free (self);
}

static Holdings *
get_holdings (ClaspRelayState *self, const char *session)
{
  Holdings *holdings = g_hash_table_lookup (self->holdings, session);

  if (holdings == NULL) {
    holdings = g_new0 (Holdings, 1);
    holdings->owned = g_hash_table_new (NULL, NULL);
    holdings->locked = g_hash_table_new (NULL, NULL);
    g_hash_table_insert (self->holdings, g_strdup (session), holdings);
  }

  return holdings;
}

static void
drop_holding (ClaspRelayState *self, const char *session, Entry *entry,
    gboolean lock)
{
  Holdings *holdings = g_hash_table_lookup (self->holdings, session);

  if (holdings == NULL)
    return;

  g_hash_table_remove (lock ? holdings->locked : holdings->owned, entry);
  if (g_hash_table_size (holdings->owned) == 0 &&
      g_hash_table_size (holdings->locked) == 0)
    g_hash_table_remove (self->holdings, session);
}

static void
disown (Entry *entry)
{
  if (!entry->owned)
    return;

  drop_holding (entry->state, entry->writer, entry, FALSE);
  entry->owned = FALSE;
  g_queue_push_tail_link (&entry->state->loose, &entry->link);
}

static void
unlock (Entry *entry)
{
  if (entry->lock_holder == NULL)
    return;

  drop_holding (entry->state, entry->lock_holder, entry, TRUE);
  g_clear_pointer (&entry->lock_holder, g_free);
}

static void
entry_free (Entry *self)
{
  disown (self);
  unlock (self);
  g_queue_unlink (&self->state->loose, &self->link);
  g_clear_pointer (&self->expiry, g_sequence_remove);
  self->state->bytes -= self->size;
  g_variant_unref (self->value);
  g_free (self->writer);
  g_free (self->address);
  g_free (self);
}

ClaspRelayState *
clasp_relay_state_new (const ClaspRelayStateLimits *limits)
{
  ClaspRelayState *self = g_new0 (ClaspRelayState, 1);

  self->limits = *limits;
  self->params = g_tree_new_full (compare_address, NULL, NULL,
      (GDestroyNotify) entry_free);
  g_queue_init (&self->loose);
  self->expiry = g_sequence_new (NULL);
  self->holdings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) holdings_free);

  return self;
}

void
clasp_relay_state_free (ClaspRelayState *self)
{
  g_tree_unref (self->params);
  g_sequence_free (self->expiry);
  g_hash_table_unref (self->holdings);
  g_free (self);
}

static gsize
value_size (GVariant *value)
{
  g_autoptr (GVariant) child = NULL;
  gsize size = 3;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)) {
    gsize length;
    g_variant_get_string (value, &length);
    return 3 + length;
  }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    return 3 + g_variant_get_size (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT)) {
    child = g_variant_get_variant (value);
    return value_size (child);
  }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DICT_ENTRY)) {
    child = g_variant_get_child_value (value, 1);
    g_autoptr (GVariant) key = g_variant_get_child_value (value, 0);
    return 2 + g_variant_get_size (key) - 1 + value_size (child);
  }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY))
    return 9;

  for (gsize i = 0; i < g_variant_n_children (value); i++) {
    g_autoptr (GVariant) element = g_variant_get_child_value (value, i);
    size += value_size (element);
  }
  return size;
}

/* str address, val, u64 revision, u8 options, str writer, u64 timestamp */
gsize
clasp_relay_param_size (const ClaspParam *param)
{
  return 2 + strlen (param->address) + value_size (param->value) + 8 + 1 +
      (param->writer != NULL ? 2 + strlen (param->writer) : 0) + 8;
}

/* Whether @segment stands between two slashes of @address. */
static gboolean
has_segment (const char *address, const char *segment)
{
  gsize length = strlen (segment);
  const char *at = address;

  while ((at = strstr (at, segment)) != NULL) {
    if (at > address && at[-1] == '/' && (at[length] == '/' || !at[length]))
      return TRUE;
    at++;
  }

  return FALSE;
}

static gboolean
check_lock (const Entry *entry, const char *writer, ClaspSetFlags flags,
    GError **error)
{
  if (entry->lock_holder == NULL || g_str_equal (entry->lock_holder, writer))
    return TRUE;

  /* As in the reference relay, UNLOCK lets a foreign value through but does
   * not take the lock over. */
  if ((flags & CLASP_SET_UNLOCK) && !(flags & CLASP_SET_LOCK))
    return TRUE;

  g_set_error (error, CLASP_ERROR, CLASP_ERROR_CONFLICT,
      "LockHeld: session %s holds the lock of this param", entry->lock_holder);
  return FALSE;
}

static gboolean
check_revision (const Entry *entry, const ClaspMessage *set, GError **error)
{
  guint64 expected;

  if (!(clasp_message_get_set_flags (set) & CLASP_SET_REVISION) ||
      !clasp_message_get_revision (set, &expected) ||
      expected == entry->revision)
    return TRUE;

  g_set_error (error, CLASP_ERROR, CLASP_ERROR_CONFLICT,
      "RevisionConflict: expected %" G_GUINT64_FORMAT
      ", the param is at %" G_GUINT64_FORMAT,
      expected, entry->revision);
  return FALSE;
}

static gboolean
check_size (const ClaspParam *param, GError **error)
{
  gsize size = clasp_relay_param_size (param) + CLASP_RELAY_SNAPSHOT_OVERHEAD;

  if (size <= CLASP_MAX_PAYLOAD)
    return TRUE;

  g_set_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE,
      "ValueTooLarge: a snapshot of this param needs %" G_GSIZE_FORMAT
      " bytes, a frame holds %d",
      size, CLASP_MAX_PAYLOAD);
  return FALSE;
}

/* Evicts until @extra bytes fit, and one more param if @entry is new; never
 * @entry itself. */
static gboolean
make_room (ClaspRelayState *self, const Entry *entry, gsize extra,
    GError **error)
{
  guint max_params = self->limits.max_params - (entry == NULL ? 1 : 0);

  while (clasp_relay_state_get_n_params (self) > max_params ||
      self->bytes + extra > self->limits.max_bytes) {
    Entry *victim = g_queue_peek_head (&self->loose);

    if (victim == entry && victim != NULL)
      victim = entry->link.next != NULL ? entry->link.next->data : NULL;
    if (victim == NULL) {
      g_set_error (error, CLASP_ERROR, CLASP_ERROR_LIMIT,
          "AtCapacity: the relay holds %u params in %" G_GSIZE_FORMAT
          " bytes and may not evict any",
          clasp_relay_state_get_n_params (self), self->bytes);
      return FALSE;
    }
    g_tree_remove (self->params, victim->address);
  }

  return TRUE;
}

static Entry *
insert_entry (ClaspRelayState *self, const char *address)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->state = self;
  entry->address = g_strdup (address);
  entry->value = g_variant_ref_sink (clasp_value_new_null ());
  entry->writer = g_strdup ("");
  entry->link.data = entry;
  g_queue_push_tail_link (&self->loose, &entry->link);
  g_tree_insert (self->params, entry->address, entry);

  return entry;
}

/* A null is the first to go: a late subscriber sees no difference. */
static void
set_owner (Entry *entry, const char *writer)
{
  ClaspRelayState *self = entry->state;
  Holdings *holdings;

  disown (entry);
  g_queue_unlink (&self->loose, &entry->link);
  g_free (entry->writer);
  entry->writer = g_strdup (writer);

  if (clasp_value_is_null (entry->value)) {
    g_queue_push_head_link (&self->loose, &entry->link);
    return;
  }

  holdings = g_hash_table_lookup (self->holdings, writer);
  if (!has_segment (entry->address, writer) ||
      (holdings != NULL &&
          g_hash_table_size (holdings->owned) >= self->limits.max_owned)) {
    g_queue_push_tail_link (&self->loose, &entry->link);
    return;
  }

  entry->owned = TRUE;
  g_hash_table_add (get_holdings (self, writer)->owned, entry);
}

static void
set_lock (Entry *entry, const char *writer, ClaspSetFlags flags)
{
  if ((flags & CLASP_SET_UNLOCK) && g_strcmp0 (entry->lock_holder, writer) == 0)
    unlock (entry);

  if ((flags & CLASP_SET_LOCK) && entry->lock_holder == NULL) {
    entry->lock_holder = g_strdup (writer);
    g_hash_table_add (get_holdings (entry->state, writer)->locked, entry);
  }
}

static gint64
entry_lifetime (const Entry *entry)
{
  guint32 seconds;

  if (entry->has_ttl)
    seconds = entry->ttl & ~CLASP_TTL_ABSOLUTE;
  else
    seconds = entry->owned ? 0 : entry->state->limits.ttl;

  return seconds == 0 ? -1 : (gint64) seconds * G_USEC_PER_SEC;
}

/* Sliding or absolute: either way the time since the last write counts, as
 * in the reference relay. */
static void
set_deadline (Entry *entry, gint64 now_us)
{
  gint64 lifetime = entry_lifetime (entry);

  g_clear_pointer (&entry->expiry, g_sequence_remove);
  if (lifetime < 0)
    return;

  entry->deadline = now_us + lifetime;
  entry->expiry = g_sequence_insert_sorted (entry->state->expiry, entry,
      compare_deadline, NULL);
}

static void
apply (Entry *entry, const ClaspMessage *set, const ClaspParam *param,
    gsize size, ClaspRelayTime now)
{
  ClaspRelayState *self = entry->state;
  ClaspSetFlags flags = clasp_message_get_set_flags (set);
  guint32 ttl;

  self->bytes += size - entry->size;
  entry->size = size;
  g_variant_unref (entry->value);
  entry->value = g_variant_ref (param->value);
  entry->revision++;
  entry->timestamp = now.wall_us;
  if (clasp_message_get_ttl (set, &ttl)) {
    entry->ttl = ttl;
    entry->has_ttl = TRUE;
  }

  set_owner (entry, param->writer);
  set_lock (entry, param->writer, flags);
  set_deadline (entry, now.monotonic_us);
}

/*
 * clasp_relay_state_set:
 * @set: a SET
 * @writer: id of the session it came from
 * @revision: (out): the new revision, from 1
 *
 * Stores the value, unless a lock, an expected revision or a limit is in the
 * way. Expired params must have been removed before.
 *
 * Returns: whether the value was stored
 */
gboolean
clasp_relay_state_set (ClaspRelayState *self, const ClaspMessage *set,
    const char *writer, ClaspRelayTime now, guint64 *revision, GError **error)
{
  const char *address = clasp_message_get_address (set);
  Entry *entry = g_tree_lookup (self->params, address);
  GVariant *value = clasp_message_get_value (set);
  ClaspParam param = {.address = address, .value = value, .writer = writer};
  gsize size;

  if (entry != NULL &&
      (!check_revision (entry, set, error) ||
          !check_lock (entry, writer, clasp_message_get_set_flags (set),
              error)))
    return FALSE;

  if (!check_size (&param, error))
    return FALSE;

  size = ENTRY_OVERHEAD + clasp_relay_param_size (&param);
  if (!make_room (self, entry, size - (entry != NULL ? entry->size : 0), error))
    return FALSE;

  if (entry == NULL)
    entry = insert_entry (self, address);
  apply (entry, set, &param, size, now);
  *revision = entry->revision;

  return TRUE;
}

static void
fill_param (const Entry *entry, ClaspParam *param)
{
  param->address = entry->address;
  param->value = entry->value;
  param->revision = entry->revision;
  param->writer = entry->writer;
  param->timestamp = entry->timestamp;
}

/* Returns: whether there is such a param; @param borrows from the state */
gboolean
clasp_relay_state_get (ClaspRelayState *self, const char *address,
    ClaspParam *param)
{
  const Entry *entry = g_tree_lookup (self->params, address);

  if (entry == NULL)
    return FALSE;

  fill_param (entry, param);
  return TRUE;
}

static void
removal_free (ClaspRelayRemoval *self)
{
  g_free (self->address);
  g_free (self);
}

static GPtrArray *
steal_entries (GHashTable *set)
{
  GPtrArray *entries = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer entry;

  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &entry, NULL))
    g_ptr_array_add (entries, entry);

  return entries;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *left = *(Entry *const *) a, *right = *(Entry *const *) b;

  return strcmp (left->address, right->address);
}

/*
 * clasp_relay_state_release:
 * @session: id of a session that ended
 *
 * Gives its locks back and removes the params it owned.
 *
 * Returns: (transfer full) (element-type ClaspRelayRemoval): what was removed,
 *   in order of address, with the revision of the null to be broadcast
 */
GPtrArray *
clasp_relay_state_release (ClaspRelayState *self, const char *session)
{
  GPtrArray *removals =
      g_ptr_array_new_with_free_func ((GDestroyNotify) removal_free);
  Holdings *holdings = g_hash_table_lookup (self->holdings, session);

  if (holdings == NULL)
    return removals;

  g_autoptr (GPtrArray) locked = steal_entries (holdings->locked);
  g_autoptr (GPtrArray) owned = steal_entries (holdings->owned);

  g_ptr_array_foreach (locked, (GFunc) unlock, NULL);
  g_ptr_array_sort (owned, compare_entries);
  for (guint i = 0; i < owned->len; i++) {
    Entry *entry = g_ptr_array_index (owned, i);
    ClaspRelayRemoval *removal = g_new0 (ClaspRelayRemoval, 1);

    removal->address = g_strdup (entry->address);
    removal->revision = entry->revision + 1;
    g_ptr_array_add (removals, removal);
    g_tree_remove (self->params, entry->address);
  }

  return removals;
}

/* Removes what is due. Silent on the wire, as in the reference relay. */
guint
clasp_relay_state_expire (ClaspRelayState *self, gint64 now_us)
{
  guint n_expired = 0;

  while (clasp_relay_state_next_deadline (self) <= now_us) {
    Entry *entry = g_sequence_get (g_sequence_get_begin_iter (self->expiry));
    g_tree_remove (self->params, entry->address);
    n_expired++;
  }

  return n_expired;
}

/* Returns: monotonic time of the next expiry, G_MAXINT64 if there is none */
gint64
clasp_relay_state_next_deadline (const ClaspRelayState *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->expiry);

  if (g_sequence_iter_is_end (first))
    return G_MAXINT64;

  return ((const Entry *) g_sequence_get (first))->deadline;
}

/* Returns: (nullable): the first param at @address or behind it; with @after
 *   the first one behind it */
GTreeNode *
clasp_relay_state_seek (ClaspRelayState *self, const char *address,
    gboolean after)
{
  return after ? g_tree_upper_bound (self->params, address)
               : g_tree_lower_bound (self->params, address);
}

/* Returns: the address; @param borrows from the state */
const char *
clasp_relay_state_read (GTreeNode *node, ClaspParam *param)
{
  fill_param (g_tree_node_value (node), param);
  return param->address;
}

guint
clasp_relay_state_get_n_params (const ClaspRelayState *self)
{
  return g_tree_nnodes (self->params);
}

gsize
clasp_relay_state_get_bytes (const ClaspRelayState *self)
{
  return self->bytes;
}
