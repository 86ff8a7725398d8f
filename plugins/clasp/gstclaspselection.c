/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspselection.h"

#include <string.h>

/**
 * GstClaspSelection:
 *
 * Who broadcasts in the room, and which of them a claspsrc receives: all, one
 * named by session id or name, or the first. Several may carry one name. Pure:
 * no thread, no clock.
 */
struct _GstClaspSelection {
  char *filter;       /* NULL: any */
  GPtrArray *entries; /* in the order of joining */
  guint64 joined;
};

static void
entry_free (gpointer data)
{
  GstClaspBroadcaster *entry = data;

  g_free (entry->session);
  g_free (entry->name);
  g_free (entry);
}

/**
 * gst_clasp_selection_new:
 * @filter: (nullable): session id or name; %NULL or empty for the first, `*`
 *   for all
 *
 * Returns: (transfer full): an empty selection
 *
 * Since: 0.1
 */
GstClaspSelection *
gst_clasp_selection_new (const char *filter)
{
  GstClaspSelection *self = g_new0 (GstClaspSelection, 1);

  self->filter = filter && *filter ? g_strdup (filter) : NULL;
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  return self;
}

void
gst_clasp_selection_free (GstClaspSelection *self)
{
  g_free (self->filter);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

/**
 * gst_clasp_selection_wants_all:
 * @self: a selection
 *
 * Returns: whether every broadcaster is to be received
 *
 * Since: 0.1
 */
gboolean
gst_clasp_selection_wants_all (const GstClaspSelection *self)
{
  return g_strcmp0 (self->filter, "*") == 0;
}

static gboolean
find_index (const GstClaspSelection *self, const char *session, guint *index)
{
  for (guint i = 0; i < self->entries->len; i++) {
    GstClaspBroadcaster *entry = g_ptr_array_index (self->entries, i);

    if (strcmp (entry->session, session) != 0)
      continue;
    *index = i;
    return TRUE;
  }
  return FALSE;
}

/**
 * gst_clasp_selection_find:
 * @self: a selection
 * @session: a session id
 *
 * Returns: (transfer none) (nullable): the broadcaster
 *
 * Since: 0.1
 */
GstClaspBroadcaster *
gst_clasp_selection_find (const GstClaspSelection *self, const char *session)
{
  guint i;

  return find_index (self, session, &i) ? g_ptr_array_index (self->entries, i)
                                        : NULL;
}

/**
 * gst_clasp_selection_add:
 * @self: a selection
 * @session: a session id
 * @name: its name
 *
 * Adds a broadcaster, or notes the name of one that is there.
 *
 * Returns: (transfer none) (nullable): the broadcaster; %NULL when there are too
 *   many
 *
 * Since: 0.1
 */
GstClaspBroadcaster *
gst_clasp_selection_add (GstClaspSelection *self, const char *session,
    const char *name)
{
  GstClaspBroadcaster *entry = gst_clasp_selection_find (self, session);

  if (!entry) {
    if (self->entries->len >= GST_CLASP_SELECTION_MAX)
      return NULL;
    entry = g_new0 (GstClaspBroadcaster, 1);
    entry->session = g_strdup (session);
    entry->order = self->joined++;
    g_ptr_array_add (self->entries, entry);
  }
  g_free (entry->name);
  entry->name = g_strdup (name);
  return entry;
}

/**
 * gst_clasp_selection_rename:
 * @self: a selection
 * @old_session: a session id that is no more
 * @session: what the same broadcaster has now
 *
 * Since: 0.1
 */
void
gst_clasp_selection_rename (GstClaspSelection *self, const char *old_session,
    const char *session)
{
  GstClaspBroadcaster *entry;

  if (strcmp (old_session, session) == 0)
    return;
  gst_clasp_selection_remove (self, session);
  entry = gst_clasp_selection_find (self, old_session);
  if (!entry)
    return;
  g_free (entry->session);
  entry->session = g_strdup (session);
}

void
gst_clasp_selection_remove (GstClaspSelection *self, const char *session)
{
  guint i;

  if (find_index (self, session, &i))
    g_ptr_array_remove_index (self->entries, i);
}

void
gst_clasp_selection_clear (GstClaspSelection *self)
{
  g_ptr_array_set_size (self->entries, 0);
}

/**
 * gst_clasp_selection_matches:
 * @self: a selection
 * @entry: one of its broadcasters
 *
 * Returns: whether the filter lets it pass
 *
 * Since: 0.1
 */
gboolean
gst_clasp_selection_matches (const GstClaspSelection *self,
    const GstClaspBroadcaster *entry)
{
  return !self->filter || gst_clasp_selection_wants_all (self) ||
      strcmp (self->filter, entry->session) == 0 ||
      g_strcmp0 (self->filter, entry->name) == 0;
}

static gboolean
is_better (const GstClaspBroadcaster *a, const GstClaspBroadcaster *b)
{
  if (!b || a->failures != b->failures)
    return !b || a->failures < b->failures;
  return a->order < b->order;
}

/**
 * gst_clasp_selection_choose:
 * @self: a selection
 * @current: (nullable): session id of the one that is received or being tried
 *
 * Chooses the one broadcaster to receive. @current stays as long as it has not
 * failed; then comes the one that failed least, of these the first to join:
 * what the relay still lists after its death does not keep us from the living.
 *
 * Returns: (transfer none) (nullable): the broadcaster
 *
 * Since: 0.1
 */
GstClaspBroadcaster *
gst_clasp_selection_choose (const GstClaspSelection *self, const char *current)
{
  GstClaspBroadcaster *best =
      current ? gst_clasp_selection_find (self, current) : NULL;

  if (best && best->failures == 0 && gst_clasp_selection_matches (self, best))
    return best;
  best = NULL;
  for (guint i = 0; i < self->entries->len; i++) {
    GstClaspBroadcaster *entry = g_ptr_array_index (self->entries, i);

    if (gst_clasp_selection_matches (self, entry) && is_better (entry, best))
      best = entry;
  }
  return best;
}

/**
 * gst_clasp_selection_find_successor:
 * @self: a selection
 * @current: session id of a broadcaster that sends nothing any more
 *
 * Returns: (transfer none) (nullable): the last that joined after @current
 *   under the same name: most likely the same one, started again
 *
 * Since: 0.1
 */
GstClaspBroadcaster *
gst_clasp_selection_find_successor (const GstClaspSelection *self,
    const char *current)
{
  GstClaspBroadcaster *before = gst_clasp_selection_find (self, current);
  GstClaspBroadcaster *found = NULL;

  for (guint i = 0; before && i < self->entries->len; i++) {
    GstClaspBroadcaster *entry = g_ptr_array_index (self->entries, i);

    if (entry->order > before->order &&
        gst_clasp_selection_matches (self, entry) &&
        g_strcmp0 (entry->name, before->name) == 0)
      found = entry;
  }
  return found;
}
