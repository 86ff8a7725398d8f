/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-snapshot-private.h"
#include <string.h>

struct _ClaspRelaySnapshot {
  ClaspPattern *pattern; /* NULL: everything */
  char *prefix;          /* where its matches begin */
  char *last;            /* address of the last param sent */
  gboolean sent;
};

/* "/a/b*" -> "/a/b"; the slash before ** is optional, so "/a/ **" (without the
 * blank) -> "/a". */
static char *
search_prefix (const char *pattern)
{
  gsize length = strcspn (pattern, "*");

  if (length > 1 && pattern[length] != '\0' && pattern[length - 1] == '/')
    length--;

  return g_strndup (pattern, length);
}

/* @pattern: (nullable): %NULL for the whole state */
ClaspRelaySnapshot *
clasp_relay_snapshot_new (ClaspPattern *pattern)
{
  ClaspRelaySnapshot *self = g_new0 (ClaspRelaySnapshot, 1);

  if (pattern != NULL)
    self->pattern = clasp_pattern_ref (pattern);
  self->prefix = pattern != NULL
      ? search_prefix (clasp_pattern_get_text (pattern))
      : g_strdup ("");

  return self;
}

void
clasp_relay_snapshot_free (ClaspRelaySnapshot *self)
{
  g_clear_pointer (&self->pattern, clasp_pattern_unref);
  g_free (self->prefix);
  g_free (self->last);
  g_free (self);
}

static GTreeNode *
first_node (ClaspRelaySnapshot *self, ClaspRelayState *state)
{
  return self->last != NULL
      ? clasp_relay_state_seek (state, self->last, TRUE)
      : clasp_relay_state_seek (state, self->prefix, FALSE);
}

static gboolean
is_wanted (ClaspRelaySnapshot *self, const char *address)
{
  return self->pattern == NULL ||
      clasp_pattern_matches (self->pattern, address);
}

/* Fills @params up to the frame limit. Returns: whether that was all */
static gboolean
collect (ClaspRelaySnapshot *self, ClaspRelayState *state, GArray *params)
{
  gsize size = CLASP_RELAY_SNAPSHOT_OVERHEAD;
  ClaspParam param;

  for (GTreeNode *node = first_node (self, state); node != NULL;
       node = g_tree_node_next (node)) {
    const char *address = clasp_relay_state_read (node, &param);

    if (!g_str_has_prefix (address, self->prefix))
      break;
    if (!is_wanted (self, address))
      continue;

    size += clasp_relay_param_size (&param);
    if (size > CLASP_MAX_PAYLOAD || params->len == G_MAXUINT16)
      return FALSE;
    g_array_append_val (params, param);
  }

  return TRUE;
}

/*
 * clasp_relay_snapshot_next:
 * @done: (out): whether nothing is left after this part
 *
 * Returns: (nullable) (transfer full): the next part; %NULL if nothing
 *   matches, except that the whole state has at least one part, maybe empty
 */
ClaspMessage *
clasp_relay_snapshot_next (ClaspRelaySnapshot *self, ClaspRelayState *state,
    gboolean *done)
{
  g_autoptr (GArray) params = g_array_new (FALSE, FALSE, sizeof (ClaspParam));

  *done = collect (self, state, params);
  if (params->len == 0 && (self->pattern != NULL || self->sent))
    return NULL;

  if (params->len > 0) {
    g_free (self->last);
    self->last =
        g_strdup (g_array_index (params, ClaspParam, params->len - 1).address);
  }
  self->sent = TRUE;

  return clasp_message_new_snapshot ((const ClaspParam *) params->data,
      params->len);
}
