/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-message-private.h"

/* An entry with terminated texts; its value is built when asked for. */
typedef struct {
  ClaspEntry wire;
  const char *address, *writer, *datatype, *access, *unit, *description;
  GVariant *value; /* atomic */
} Item;

/* What a message lists, in a form to hand out. */
struct _ClaspItems {
  guint n;
  Item *items;
  ClaspMessage **members;
  GStringChunk *texts;
};

void
clasp_items_free (ClaspItems *self)
{
  for (guint i = 0; self->items && i < self->n; i++)
    g_clear_pointer (&self->items[i].value, g_variant_unref);
  for (guint i = 0; self->members && i < self->n; i++)
    clasp_message_unref (self->members[i]);
  g_clear_pointer (&self->texts, g_string_chunk_free);
  g_free (self->items);
  g_free (self->members);
  g_free (self);
}

static const char *
keep (ClaspItems *self, ClaspText text)
{
  if (!text.data)
    return NULL;
  return g_string_chunk_insert_len (self->texts, text.data,
      (gssize) text.length);
}

static void
fill_item (ClaspItems *self, Item *item)
{
  const ClaspEntry *wire = &item->wire;

  item->address = keep (self, wire->address);
  item->writer = keep (self, wire->writer);
  item->datatype = keep (self, wire->datatype);
  item->access = keep (self, wire->access);
  item->unit = keep (self, wire->unit);
  item->description = keep (self, wire->description);
}

static void
fill_items (ClaspItems *self, const ClaspFields *fields)
{
  ClaspReader reader = clasp_fields_open_list (fields);
  guint i = 0;

  self->items = g_new0 (Item, fields->n_usable);
  self->texts = g_string_chunk_new (1024);
  for (guint left = fields->n_entries; left > 0 && i < fields->n_usable;
       left--) {
    if (!clasp_entry_read_usable (&reader, fields->type, &self->items[i].wire))
      continue;
    fill_item (self, &self->items[i]);
    i++;
  }
  self->n = i;
}

static void
fill_members (ClaspItems *self, const ClaspMessage *message)
{
  const guint8 *start = g_bytes_get_data (message->frame, NULL);
  ClaspReader reader = clasp_fields_open_list (&message->fields);
  guint n = message->fields.n_entries;

  self->members = g_new0 (ClaspMessage *, n);
  for (guint i = 0; i < n; i++) {
    ClaspReader member = clasp_member_read (&reader);
    ClaspMessage *decoded = clasp_message_from_payload (message->frame,
        (gsize) (member.pos - start), clasp_reader_left (&member), NULL);

    if (decoded)
      self->members[self->n++] = decoded;
  }
}

/* Built on the first call. */
static ClaspItems *
get_items (const ClaspMessage *self)
{
  ClaspMessage *cache = (ClaspMessage *) self;
  ClaspItems *items = g_atomic_pointer_get (&cache->items);

  if (items)
    return items;
  items = g_new0 (ClaspItems, 1);
  if (self->fields.type == CLASP_MESSAGE_BUNDLE)
    fill_members (items, self);
  else
    fill_items (items, &self->fields);
  if (g_atomic_pointer_compare_and_exchange (&cache->items, NULL, items))
    return items;
  clasp_items_free (items);
  return g_atomic_pointer_get (&cache->items);
}

static guint
count (const ClaspMessage *self, ClaspMessageType type)
{
  return self->fields.type == type ? self->fields.n_usable : 0;
}

static Item *
get_item (const ClaspMessage *self, guint index, guint n)
{
  ClaspItems *items;

  if (index >= n)
    return NULL;
  items = get_items (self);
  return index < items->n ? &items->items[index] : NULL;
}

static GVariant *
get_item_value (const ClaspMessage *self, Item *item)
{
  GVariant *value = g_atomic_pointer_get (&item->value);

  if (value || !item->wire.value.data)
    return value;
  value = g_variant_ref_sink (
      clasp_wire_value_to_variant (&item->wire.value, self->frame));
  if (g_atomic_pointer_compare_and_exchange (&item->value, NULL, value))
    return value;
  g_variant_unref (value);
  return g_atomic_pointer_get (&item->value);
}

/**
 * clasp_message_get_n_params:
 * @self: a #ClaspMessage
 *
 * Returns: how many params a SNAPSHOT has
 *
 * Since: 0.1
 */
guint
clasp_message_get_n_params (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  return count (self, CLASP_MESSAGE_SNAPSHOT);
}

/**
 * clasp_message_get_n_skipped:
 * @self: a #ClaspMessage
 *
 * Entries of a list whose contents break our rules (text that is not UTF-8 or
 * contains NUL, values nested too deeply) are left out, and the others kept.
 *
 * Returns: how many entries were left out
 *
 * Since: 0.1
 */
guint
clasp_message_get_n_skipped (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  if (self->fields.has & CLASP_HAS_SAMPLES)
    return 0;
  return self->fields.n_entries - self->fields.n_usable;
}

/**
 * clasp_message_get_param:
 * @self: a #ClaspMessage
 * @index: which one
 * @param: (out caller-allocates): the param; its fields are owned by @self
 *
 * Returns: %FALSE if a SNAPSHOT has no such param
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_param (const ClaspMessage *self, guint index,
    ClaspParam *param)
{
  Item *item;

  g_return_val_if_fail (self, FALSE);
  item = get_item (self, index, clasp_message_get_n_params (self));
  if (!item)
    return FALSE;
  *param = (ClaspParam){
      .address = item->address,
      .value = get_item_value (self, item),
      .revision = item->wire.revision,
      .writer = item->writer,
      .timestamp = item->wire.timestamp,
  };
  return TRUE;
}

/**
 * clasp_message_get_n_signals:
 * @self: a #ClaspMessage
 *
 * Returns: how many signals an ANNOUNCE or RESULT describes
 *
 * Since: 0.1
 */
guint
clasp_message_get_n_signals (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  return MAX (count (self, CLASP_MESSAGE_ANNOUNCE),
      count (self, CLASP_MESSAGE_RESULT));
}

/**
 * clasp_message_get_signal_info:
 * @self: a #ClaspMessage
 * @index: which one
 * @info: (out caller-allocates): the description; its fields are owned by
 *   @self
 *
 * Returns: %FALSE if an ANNOUNCE or RESULT has no such signal
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_signal_info (const ClaspMessage *self, guint index,
    ClaspSignalInfo *info)
{
  Item *item;

  g_return_val_if_fail (self, FALSE);
  item = get_item (self, index, clasp_message_get_n_signals (self));
  if (!item)
    return FALSE;
  *info = (ClaspSignalInfo){
      .address = item->address,
      .signal = (ClaspSignalType) item->wire.signal,
      .datatype = item->datatype,
      .access = item->access,
      .has_meta = self->fields.type == CLASP_MESSAGE_ANNOUNCE &&
          (item->wire.flags & 0x04) != 0,
      .unit = item->unit,
      .has_range = (item->wire.meta & 0x02) != 0,
      .min = item->wire.min,
      .max = item->wire.max,
      .default_value = get_item_value (self, item),
      .description = item->description,
  };
  return TRUE;
}

/**
 * clasp_message_get_n_members:
 * @self: a #ClaspMessage
 *
 * Returns: how many messages a BUNDLE holds
 *
 * Since: 0.1
 */
guint
clasp_message_get_n_members (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  return count (self, CLASP_MESSAGE_BUNDLE);
}

/**
 * clasp_message_get_member:
 * @self: a #ClaspMessage
 * @index: which one
 *
 * Returns: (nullable) (transfer none): a message of a BUNDLE, owned by @self,
 *   or %NULL if there is no such member
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_get_member (const ClaspMessage *self, guint index)
{
  ClaspItems *items;

  if (index >= clasp_message_get_n_members (self))
    return NULL;
  items = get_items (self);
  return index < items->n ? items->members[index] : NULL;
}
