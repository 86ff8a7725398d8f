/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspfanout.h"

#include <string.h>

/* RFC 3550, 5.1 */
#define HEADER_SIZE 12
#define EXTENSION_HEADER_SIZE 4
/* memories up to this size are copied whole rather than shared */
#define SMALL 128

struct _GstClaspFanoutOutput {
  GstClaspFanoutFunc func;
  gpointer data;
  GDestroyNotify notify;
  int held; /* atomic */

  /* used in the pushing thread only */
  GstClaspFanoutFormat format;
  gboolean started;
  gboolean seen;
  guint32 timestamp; /* of the last packet of the rung */

  GMutex lock; /* protects stats; leaf lock */
  GstClaspFanoutStats stats;
};

struct _GstClaspFanout {
  GMutex lock;        /* protects the pointer outputs; leaf lock */
  GPtrArray *outputs; /* never changed, only replaced */
};

/**
 * gst_clasp_fanout_output_new:
 * @format: how packets are to look
 * @func: (scope notified): takes the packets
 * @data: its argument
 * @notify: (nullable): frees @data
 *
 * Returns: (transfer full): an output, not yet part of a fan-out
 *
 * Since: 0.1
 */
GstClaspFanoutOutput *
gst_clasp_fanout_output_new (const GstClaspFanoutFormat *format,
    GstClaspFanoutFunc func, gpointer data, GDestroyNotify notify)
{
  GstClaspFanoutOutput *self = g_atomic_rc_box_new0 (GstClaspFanoutOutput);

  g_mutex_init (&self->lock);
  self->format = *format;
  self->started = !format->wait_for_key_unit;
  self->func = func;
  self->data = data;
  self->notify = notify;
  return self;
}

/**
 * gst_clasp_fanout_output_ref:
 * @self: an output
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
GstClaspFanoutOutput *
gst_clasp_fanout_output_ref (GstClaspFanoutOutput *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_output (GstClaspFanoutOutput *self)
{
  if (self->notify)
    self->notify (self->data);
  g_mutex_clear (&self->lock);
}

/**
 * gst_clasp_fanout_output_unref:
 * @self: (transfer full): an output
 *
 * Since: 0.1
 */
void
gst_clasp_fanout_output_unref (GstClaspFanoutOutput *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear_output);
}

/**
 * gst_clasp_fanout_output_hold:
 * @self: an output that waited for a key unit at first
 *
 * Lets it wait for a key unit again, as it moves to another rung. Sequence
 * numbers and timestamps go on. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_fanout_output_hold (GstClaspFanoutOutput *self)
{
  if (self->format.wait_for_key_unit)
    g_atomic_int_set (&self->held, TRUE);
}

/**
 * gst_clasp_fanout_output_get_stats:
 * @self: an output
 * @stats: (out caller-allocates): what was sent so far
 *
 * May be called from any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_fanout_output_get_stats (GstClaspFanoutOutput *self,
    GstClaspFanoutStats *stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
}

/* How much of the first memory is header, and so to be copied; an extension may
 * as well lie in a memory of its own. 0: not RTP. */
static gsize
header_size (const guint8 *data, gsize size)
{
  gsize header = HEADER_SIZE;

  if (size < header || (data[0] >> 6) != 2)
    return 0;
  header += (data[0] & 0x0f) * 4;
  if ((data[0] & 0x10) && size >= header + EXTENSION_HEADER_SIZE)
    header +=
        EXTENSION_HEADER_SIZE + GST_READ_UINT16_BE (data + header + 2) * 4;
  return MIN (header, size);
}

static void
write_header (GstClaspFanoutOutput *self, guint8 *data)
{
  guint32 timestamp =
      GST_READ_UINT32_BE (data + 4) + self->format.timestamp_offset;

  data[1] = (data[1] & 0x80) | (self->format.payload_type & 0x7f);
  GST_WRITE_UINT16_BE (data + 2, self->format.seqnum++);
  GST_WRITE_UINT32_BE (data + 4, timestamp);
  GST_WRITE_UINT32_BE (data + 8, self->format.ssrc);
}

/* The first memory with the viewer's header; the rest is shared. */
static void
append_first (GstBuffer *packet, GstMemory *first, const guint8 *header,
    gsize size, gsize total)
{
  gsize copied = total <= SMALL ? total : size;
  GstMemory *memory = gst_allocator_alloc (NULL, copied, NULL);
  GstMapInfo map;

  if (!gst_memory_map (memory, &map, GST_MAP_WRITE)) {
    gst_memory_unref (memory);
    return;
  }
  memcpy (map.data, header, copied);
  gst_memory_unmap (memory, &map);
  gst_buffer_append_memory (packet, memory);
  if (copied < total)
    gst_buffer_append_memory (packet, gst_memory_share (first, copied, -1));
}

static GstBuffer *
copy_packet (GstClaspFanoutOutput *self, GstBuffer *buffer, GstMemory *first,
    const GstMapInfo *map, gsize size)
{
  GstBuffer *packet = gst_buffer_new ();
  GstMapInfo head;
  guint n = gst_buffer_n_memory (buffer);

  gst_buffer_copy_into (packet, buffer,
      GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  append_first (packet, first, map->data, size, map->size);
  for (guint i = 1; i < n; i++)
    gst_buffer_append_memory (packet, gst_buffer_get_memory (buffer, i));
  if (gst_buffer_n_memory (packet) == 0 ||
      !gst_memory_map (gst_buffer_peek_memory (packet, 0), &head,
          GST_MAP_READWRITE)) {
    gst_buffer_unref (packet);
    return NULL;
  }
  write_header (self, head.data);
  gst_memory_unmap (gst_buffer_peek_memory (packet, 0), &head);
  return packet;
}

/* Whether the packet is to be sent; keeps count of access units. */
static gboolean
track (GstClaspFanoutOutput *self, GstBuffer *buffer, const guint8 *data,
    GstClaspFanoutStats *sum)
{
  guint32 timestamp = GST_READ_UINT32_BE (data + 4);
  gboolean first = !self->seen || timestamp != self->timestamp;
  gboolean key =
      first && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);

  if (g_atomic_int_compare_and_exchange (&self->held, TRUE, FALSE))
    self->started = FALSE;
  self->seen = TRUE;
  self->timestamp = timestamp;
  if (!self->started && !key)
    return FALSE;
  self->started = TRUE;
  sum->frames += first;
  sum->key_frames += key;
  return TRUE;
}

static void
push_packet (GstClaspFanoutOutput *self, GstBuffer *buffer, GstBufferList *list,
    GstClaspFanoutStats *sum)
{
  GstMemory *first =
      gst_buffer_n_memory (buffer) ? gst_buffer_peek_memory (buffer, 0) : NULL;
  GstBuffer *packet = NULL;
  GstMapInfo map;
  gsize size;

  if (!first || !gst_memory_map (first, &map, GST_MAP_READ)) {
    sum->dropped++;
    return;
  }
  size = header_size (map.data, map.size);
  if (size == 0)
    sum->dropped++;
  else if (track (self, buffer, map.data, sum))
    packet = copy_packet (self, buffer, first, &map, size);
  gst_memory_unmap (first, &map);
  if (!packet)
    return;
  sum->packets++;
  sum->bytes += gst_buffer_get_size (packet);
  gst_buffer_list_add (list, packet);
}

static void
add_stats (GstClaspFanoutOutput *self, const GstClaspFanoutStats *sum)
{
  g_mutex_lock (&self->lock);
  self->stats.packets += sum->packets;
  self->stats.bytes += sum->bytes;
  self->stats.frames += sum->frames;
  self->stats.key_frames += sum->key_frames;
  self->stats.dropped += sum->dropped;
  g_mutex_unlock (&self->lock);
}

static void
push_output (GstClaspFanoutOutput *self, GstBufferList *packets)
{
  guint n = gst_buffer_list_length (packets);
  GstBufferList *list = gst_buffer_list_new_sized (n);
  GstClaspFanoutStats sum = {0};

  for (guint i = 0; i < n; i++)
    push_packet (self, gst_buffer_list_get (packets, i), list, &sum);
  add_stats (self, &sum);
  if (gst_buffer_list_length (list) > 0)
    self->func (list, self->data);
  else
    gst_buffer_list_unref (list);
}

/**
 * gst_clasp_fanout_new:
 *
 * Returns: (transfer full): a fan-out without outputs
 *
 * Since: 0.1
 */
GstClaspFanout *
gst_clasp_fanout_new (void)
{
  GstClaspFanout *self = g_new0 (GstClaspFanout, 1);

  g_mutex_init (&self->lock);
  self->outputs = g_ptr_array_new ();
  return self;
}

/**
 * gst_clasp_fanout_free:
 * @self: (transfer full): a fan-out that nobody pushes to any more
 *
 * Since: 0.1
 */
void
gst_clasp_fanout_free (GstClaspFanout *self)
{
  g_ptr_array_unref (self->outputs);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static GPtrArray *
copy_outputs (GPtrArray *outputs, GstClaspFanoutOutput *without)
{
  GPtrArray *copy = g_ptr_array_new_full (outputs->len + 1,
      (GDestroyNotify) gst_clasp_fanout_output_unref);

  for (guint i = 0; i < outputs->len; i++) {
    GstClaspFanoutOutput *output = g_ptr_array_index (outputs, i);

    if (output != without)
      g_ptr_array_add (copy, gst_clasp_fanout_output_ref (output));
  }
  return copy;
}

/**
 * gst_clasp_fanout_add:
 * @self: a fan-out
 * @output: (transfer none): an output that is part of no other
 *
 * From now on packets go to this output too. May be called from any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_fanout_add (GstClaspFanout *self, GstClaspFanoutOutput *output)
{
  g_autoptr (GPtrArray) old = NULL;
  GPtrArray *copy;

  g_mutex_lock (&self->lock);
  copy = copy_outputs (self->outputs, NULL);
  g_ptr_array_add (copy, gst_clasp_fanout_output_ref (output));
  old = g_steal_pointer (&self->outputs);
  self->outputs = copy;
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_fanout_remove:
 * @self: a fan-out
 * @output: an output
 *
 * Ends what goes to @output; packets being pushed meanwhile may still reach it.
 * May be called from any thread.
 *
 * Returns: whether @output was part of this fan-out
 *
 * Since: 0.1
 */
gboolean
gst_clasp_fanout_remove (GstClaspFanout *self, GstClaspFanoutOutput *output)
{
  g_autoptr (GPtrArray) old = NULL;
  gboolean found;

  g_mutex_lock (&self->lock);
  old = g_steal_pointer (&self->outputs);
  self->outputs = copy_outputs (old, output);
  found = self->outputs->len < old->len;
  g_mutex_unlock (&self->lock);
  return found;
}

static GPtrArray *
ref_outputs (GstClaspFanout *self)
{
  GPtrArray *outputs;

  g_mutex_lock (&self->lock);
  outputs = g_ptr_array_ref (self->outputs);
  g_mutex_unlock (&self->lock);
  return outputs;
}

/**
 * gst_clasp_fanout_get_n_outputs:
 * @self: a fan-out
 *
 * Returns: number of outputs
 *
 * Since: 0.1
 */
guint
gst_clasp_fanout_get_n_outputs (GstClaspFanout *self)
{
  g_autoptr (GPtrArray) outputs = ref_outputs (self);

  return outputs->len;
}

/**
 * gst_clasp_fanout_mark_unit:
 * @unit: (transfer full): all packets of one access unit
 * @key: whether it is a key unit
 * @time: its running time
 *
 * Marks all packets but the first of a key unit as delta units, whatever the
 * payloader did (rtpvp8pay 1.22 marks none), and stamps all with @time (x264enc
 * shifts timestamps by 1000 hours).
 *
 * Returns: (transfer full): @unit or a writable copy
 *
 * Since: 0.1
 */
GstBufferList *
gst_clasp_fanout_mark_unit (GstBufferList *unit, gboolean key,
    GstClockTime time)
{
  guint n = gst_buffer_list_length (unit);

  unit = gst_buffer_list_make_writable (unit);
  for (guint i = 0; i < n; i++) {
    GstBuffer *packet = gst_buffer_list_get_writable (unit, i);

    GST_BUFFER_PTS (packet) = time;
    GST_BUFFER_DTS (packet) = GST_CLOCK_TIME_NONE;
    if (key && i == 0)
      GST_BUFFER_FLAG_UNSET (packet, GST_BUFFER_FLAG_DELTA_UNIT);
    else
      GST_BUFFER_FLAG_SET (packet, GST_BUFFER_FLAG_DELTA_UNIT);
  }
  return unit;
}

/**
 * gst_clasp_fanout_push:
 * @self: a fan-out
 * @packets: (transfer none): RTP packets of whole access units
 *
 * Sends @packets to all outputs. Payloads are shared, headers are rewritten. A
 * waiting output begins with the first packet of an access unit that is not
 * marked as a delta unit. One thread at a time; no lock is held while outputs
 * are called.
 *
 * Since: 0.1
 */
void
gst_clasp_fanout_push (GstClaspFanout *self, GstBufferList *packets)
{
  g_autoptr (GPtrArray) outputs = ref_outputs (self);

  for (guint i = 0; i < outputs->len; i++)
    push_output (g_ptr_array_index (outputs, i), packets);
}
