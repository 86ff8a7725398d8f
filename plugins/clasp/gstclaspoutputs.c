/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspoutputs.h"

typedef struct {
  GstClaspOutput *output;
  gboolean leaving;
} Slot;

/**
 * GstClaspOutputs:
 *
 * The source pads of a claspsrc. A peer's video and audio have the same
 * number: the lowest that is free when it comes. A pad is taken off in a
 * thread of its own, since its EOS may have to wait for downstream.
 */
struct _GstClaspOutputs {
  GstBin *bin; /* not a reference: it owns us */

  GMutex lock; /* protects what follows; leaf lock */
  GCond left;  /* a slot that was leaving is gone */
  GPtrArray *slots;
  GHashTable *claimed; /* numbers whose peer has no pads yet */
  guint group;
  GstClockTime latency;
};

/**
 * gst_clasp_outputs_new:
 * @bin: the element; owns what is returned
 *
 * Returns: (transfer full): no outputs yet
 *
 * Since: 0.1
 */
GstClaspOutputs *
gst_clasp_outputs_new (GstBin *bin)
{
  GstClaspOutputs *self = g_new0 (GstClaspOutputs, 1);

  self->bin = bin;
  g_mutex_init (&self->lock);
  g_cond_init (&self->left);
  self->slots = g_ptr_array_new_with_free_func (g_free);
  self->claimed = g_hash_table_new (NULL, NULL);
  return self;
}

void
gst_clasp_outputs_free (GstClaspOutputs *self)
{
  g_ptr_array_unref (self->slots);
  g_hash_table_unref (self->claimed);
  g_cond_clear (&self->left);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * gst_clasp_outputs_open:
 * @self: outputs, none at the moment
 * @latency: what they announce, ns
 *
 * Begins a run of the element.
 *
 * Since: 0.1
 */
void
gst_clasp_outputs_open (GstClaspOutputs *self, GstClockTime latency)
{
  g_mutex_lock (&self->lock);
  self->latency = latency;
  self->group = gst_util_group_id_next ();
  g_mutex_unlock (&self->lock);
}

/* lock held */
static Slot *
find_slot (GstClaspOutputs *self, GstClaspMediaKind kind, guint index)
{
  for (guint i = 0; i < self->slots->len; i++) {
    Slot *slot = g_ptr_array_index (self->slots, i);

    if (gst_clasp_output_get_kind (slot->output) == kind &&
        gst_clasp_output_get_index (slot->output) == index)
      return slot;
  }
  return NULL;
}

/* lock held */
static gboolean
is_taken (GstClaspOutputs *self, guint index)
{
  return g_hash_table_contains (self->claimed, GUINT_TO_POINTER (index)) ||
      find_slot (self, GST_CLASP_MEDIA_VIDEO, index) ||
      find_slot (self, GST_CLASP_MEDIA_AUDIO, index);
}

/**
 * gst_clasp_outputs_claim:
 * @self: the outputs
 *
 * Returns: the lowest number that is free, now taken until release()
 *
 * Since: 0.1
 */
guint
gst_clasp_outputs_claim (GstClaspOutputs *self)
{
  guint index = 0;

  g_mutex_lock (&self->lock);
  while (is_taken (self, index))
    index++;
  g_hash_table_add (self->claimed, GUINT_TO_POINTER (index));
  g_mutex_unlock (&self->lock);
  return index;
}

/**
 * gst_clasp_outputs_find:
 * @self: the outputs
 * @kind: sound or pictures
 * @index: number of the pad
 *
 * Returns: (transfer full) (nullable): the output, if its pad exists
 *
 * Since: 0.1
 */
GstClaspOutput *
gst_clasp_outputs_find (GstClaspOutputs *self, GstClaspMediaKind kind,
    guint index)
{
  GstClaspOutput *output = NULL;
  Slot *slot;

  g_mutex_lock (&self->lock);
  slot = find_slot (self, kind, index);
  if (slot && !slot->leaving)
    output = g_object_ref (slot->output);
  g_mutex_unlock (&self->lock);
  return output;
}

/**
 * gst_clasp_outputs_obtain:
 * @self: the outputs
 * @kind: sound or pictures
 * @index: number of the pad, claimed
 *
 * Makes the pad if it does not exist; `pad-added` is emitted by this call.
 *
 * Returns: (transfer full): the output
 *
 * Since: 0.1
 */
GstClaspOutput *
gst_clasp_outputs_obtain (GstClaspOutputs *self, GstClaspMediaKind kind,
    guint index)
{
  GstClaspOutput *output = gst_clasp_outputs_find (self, kind, index);
  Slot *slot;

  if (output)
    return output;
  slot = g_new0 (Slot, 1);
  slot->output =
      gst_clasp_output_new (self->bin, kind, index, self->group, self->latency);
  output = g_object_ref (slot->output);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->slots, slot);
  g_mutex_unlock (&self->lock);
  gst_clasp_output_start (output);
  return output;
}

static void
forget (GstClaspOutputs *self, Slot *slot)
{
  GstClaspOutput *output = slot->output;

  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->slots, slot);
  g_cond_broadcast (&self->left);
  g_mutex_unlock (&self->lock);
  g_object_unref (output);
}

typedef struct {
  GstClaspOutputs *outputs; /* clear() waits for us */
  Slot *slot;
} Leave;

static void
leave (GstElement *element, gpointer data)
{
  Leave *job = data;

  gst_clasp_output_stop (job->slot->output, TRUE);
  forget (job->outputs, job->slot);
}

/* lock held */
static GPtrArray *
mark_leaving (GstClaspOutputs *self, guint index)
{
  GPtrArray *marked = g_ptr_array_new ();

  for (guint i = 0; i < self->slots->len; i++) {
    Slot *slot = g_ptr_array_index (self->slots, i);

    if (slot->leaving || gst_clasp_output_get_index (slot->output) != index)
      continue;
    slot->leaving = TRUE;
    g_ptr_array_add (marked, slot);
  }
  return marked;
}

/**
 * gst_clasp_outputs_release:
 * @self: the outputs
 * @index: number of a peer that is gone
 *
 * Ends the pads with this number. Does not wait for downstream.
 *
 * Since: 0.1
 */
void
gst_clasp_outputs_release (GstClaspOutputs *self, guint index)
{
  g_autoptr (GPtrArray) marked = NULL;

  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->claimed, GUINT_TO_POINTER (index));
  marked = mark_leaving (self, index);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < marked->len; i++) {
    Leave *job = g_new0 (Leave, 1);

    job->outputs = self;
    job->slot = g_ptr_array_index (marked, i);
    gst_element_call_async (GST_ELEMENT (self->bin), leave, job, g_free);
  }
}

/* lock held */
static Slot *
next_slot_to_clear (GstClaspOutputs *self)
{
  for (guint i = 0; i < self->slots->len; i++) {
    Slot *slot = g_ptr_array_index (self->slots, i);

    if (slot->leaving)
      continue;
    slot->leaving = TRUE;
    return slot;
  }
  return NULL;
}

/**
 * gst_clasp_outputs_clear:
 * @self: the outputs
 *
 * Takes all pads off the element, once nothing makes new ones and the element
 * is in READY.
 *
 * Since: 0.1
 */
void
gst_clasp_outputs_clear (GstClaspOutputs *self)
{
  Slot *slot;

  g_mutex_lock (&self->lock);
  while ((slot = next_slot_to_clear (self))) {
    g_mutex_unlock (&self->lock);
    gst_clasp_output_stop (slot->output, FALSE);
    forget (self, slot);
    g_mutex_lock (&self->lock);
  }
  while (self->slots->len > 0)
    g_cond_wait (&self->left, &self->lock);
  g_hash_table_remove_all (self->claimed);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_outputs_fill:
 * @self: the outputs
 * @index: number of a peer that is away
 *
 * Tells downstream that there is nothing at the moment.
 *
 * Since: 0.1
 */
void
gst_clasp_outputs_fill (GstClaspOutputs *self, guint index)
{
  static const GstClaspMediaKind kinds[] = {GST_CLASP_MEDIA_AUDIO,
      GST_CLASP_MEDIA_VIDEO};

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (GstClaspOutput) output =
        gst_clasp_outputs_find (self, kinds[i], index);

    if (output)
      gst_clasp_output_fill (output);
  }
}

/* (transfer full) */
static GPtrArray *
list_pads (GstClaspOutputs *self)
{
  GPtrArray *pads = g_ptr_array_new_with_free_func (gst_object_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->slots->len; i++) {
    Slot *slot = g_ptr_array_index (self->slots, i);

    g_ptr_array_add (pads,
        gst_object_ref (gst_clasp_output_get_pad (slot->output)));
  }
  g_mutex_unlock (&self->lock);
  return pads;
}

/**
 * gst_clasp_outputs_query_latency:
 * @self: the outputs
 *
 * Returns: the largest latency of any pad, decoders included, ns
 *
 * Since: 0.1
 */
GstClockTime
gst_clasp_outputs_query_latency (GstClaspOutputs *self)
{
  g_autoptr (GPtrArray) pads = list_pads (self);
  GstClockTime most = self->latency;

  for (guint i = 0; i < pads->len; i++) {
    g_autoptr (GstQuery) query = gst_query_new_latency ();
    GstClockTime min = 0;

    if (!gst_pad_query (g_ptr_array_index (pads, i), query))
      continue;
    gst_query_parse_latency (query, NULL, &min, NULL);
    most = MAX (most, min);
  }
  return most;
}
