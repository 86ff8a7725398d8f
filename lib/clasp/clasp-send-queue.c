/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-send-queue-private.h"

/* Counted for each message besides its bytes, so that many tiny messages do
 * not escape the bound. */
#define ITEM_OVERHEAD 64

/* Addresses remembered for streams that are not queued right now. */
#define MAX_TRACKS 256

/* What is known of a stream address. */
typedef struct {
  char *address;
  struct _StreamFrame *newest; /* NULL: it has left the queue */
  guint n_frames;              /* in the queue */
  gboolean has_sent;
  gint64 sent_seq; /* frame of which a part has left the queue */
  gboolean dropping;
  gint64 dropped_seq; /* frame whose late messages are dropped too */
} Track;

/* The queued messages of one frame of one address. */
typedef struct _StreamFrame {
  Track *track;
  gboolean has_seq;
  gint64 seq;
  gboolean started; /* a part of it has left the queue */
  GQueue items;
} StreamFrame;

struct _ClaspSendQueue {
  gsize max_bytes;
  gsize bytes;
  gsize stream_bytes;
  guint n_stream_items;
  GQueue urgent;       /* of ClaspSendItem */
  GQueue streams;      /* of StreamFrame */
  GHashTable *tracks;  /* address → Track */
  GHashTable *dropped; /* addresses that lost frames and were not told */
  guint64 dropped_frames;
  guint64 dropped_messages;
};

static gsize
item_size (const ClaspSendItem *item)
{
  return g_bytes_get_size (item->frame) + ITEM_OVERHEAD;
}

static void
track_free (gpointer data)
{
  Track *track = data;

  g_free (track->address);
  g_free (track);
}

static void
stream_frame_free (StreamFrame *frame)
{
  frame->track->n_frames--;
  if (frame->track->newest == frame)
    frame->track->newest = NULL;
  g_queue_clear_full (&frame->items, (GDestroyNotify) clasp_send_item_free);
  g_free (frame);
}

/*
 * clasp_send_queue_new:
 * @max_bytes: bound of all queued messages together
 *
 * Returns: (transfer full): an empty queue
 */
ClaspSendQueue *
clasp_send_queue_new (gsize max_bytes)
{
  ClaspSendQueue *self = g_new0 (ClaspSendQueue, 1);

  self->max_bytes = max_bytes;
  g_queue_init (&self->urgent);
  g_queue_init (&self->streams);
  self->tracks =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, track_free);
  self->dropped = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/*
 * clasp_send_queue_clear:
 * @self: a queue
 *
 * Empties it without counting anything as dropped.
 */
void
clasp_send_queue_clear (ClaspSendQueue *self)
{
  g_queue_clear_full (&self->urgent, (GDestroyNotify) clasp_send_item_free);
  g_queue_clear_full (&self->streams, (GDestroyNotify) stream_frame_free);
  g_hash_table_remove_all (self->tracks);
  self->bytes = self->stream_bytes = 0;
  self->n_stream_items = 0;
}

/*
 * clasp_send_queue_free:
 * @self: a queue
 */
void
clasp_send_queue_free (ClaspSendQueue *self)
{
  clasp_send_queue_clear (self);
  g_hash_table_unref (self->tracks);
  g_hash_table_unref (self->dropped);
  g_free (self);
}

/*
 * clasp_send_queue_set_max_bytes:
 * @self: a queue
 * @max_bytes: new bound
 *
 * What is queued already stays, even above the new bound.
 */
void
clasp_send_queue_set_max_bytes (ClaspSendQueue *self, gsize max_bytes)
{
  self->max_bytes = max_bytes;
}

static gboolean
track_is_idle (gpointer key, gpointer value, gpointer data)
{
  return ((Track *) value)->n_frames == 0;
}

static Track *
ensure_track (ClaspSendQueue *self, const char *address)
{
  Track *track = g_hash_table_lookup (self->tracks, address);

  if (track)
    return track;
  if (g_hash_table_size (self->tracks) >= MAX_TRACKS)
    g_hash_table_foreach_remove (self->tracks, track_is_idle, NULL);
  track = g_new0 (Track, 1);
  track->address = g_strdup (address);
  g_hash_table_insert (self->tracks, track->address, track);
  return track;
}

static void
count_dropped_frame (ClaspSendQueue *self, const char *address, guint messages)
{
  self->dropped_frames++;
  self->dropped_messages += messages;
  if (g_hash_table_size (self->dropped) < MAX_TRACKS)
    g_hash_table_add (self->dropped, g_strdup (address));
}

static void
drop_frame (ClaspSendQueue *self, GList *link)
{
  StreamFrame *frame = link->data;
  Track *track = frame->track;

  for (GList *l = frame->items.head; l; l = l->next) {
    self->bytes -= item_size (l->data);
    self->stream_bytes -= item_size (l->data);
    self->n_stream_items--;
  }
  if (frame->has_seq && track->newest == frame) {
    track->dropping = TRUE;
    track->dropped_seq = frame->seq;
  }
  count_dropped_frame (self, track->address, frame->items.length);
  g_queue_delete_link (&self->streams, link);
  stream_frame_free (frame);
}

/* A frame of which a part was sent is useless without its rest, so it goes
 * last. */
static GList *
oldest_droppable (ClaspSendQueue *self)
{
  for (GList *l = self->streams.head; l; l = l->next) {
    if (!((StreamFrame *) l->data)->started)
      return l;
  }
  return self->streams.head;
}

static gboolean
make_room (ClaspSendQueue *self, gsize size)
{
  if (size > self->max_bytes ||
      self->bytes - self->stream_bytes > self->max_bytes - size)
    return FALSE;
  while (self->bytes > self->max_bytes - size)
    drop_frame (self, oldest_droppable (self));
  return TRUE;
}

static void
set_full (ClaspSendQueue *self, const ClaspSendItem *item, GError **error)
{
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_QUEUE_FULL,
      "the send queue is full (%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
      " bytes): the relay or the network is too slow for %s",
      self->bytes, self->max_bytes,
      item->address ? item->address : "this message");
}

static gboolean
belongs_to_dropped (const Track *track, const ClaspSendItem *item)
{
  return track->dropping && item->has_seq && track->dropped_seq == item->seq;
}

/* What is queued of the frame goes too: a part of it is useless. */
static gboolean
refuse_stream (ClaspSendQueue *self, Track *track, const ClaspSendItem *item,
    GError **error)
{
  StreamFrame *newest = track->newest;

  if (newest && newest->has_seq && item->has_seq && newest->seq == item->seq)
    drop_frame (self, g_queue_find (&self->streams, newest));
  if (belongs_to_dropped (track, item)) {
    self->dropped_messages++;
  } else {
    track->dropping = item->has_seq;
    track->dropped_seq = item->seq;
    count_dropped_frame (self, track->address, 1);
  }
  set_full (self, item, error);
  return FALSE;
}

static StreamFrame *
ensure_frame (ClaspSendQueue *self, Track *track, const ClaspSendItem *item)
{
  StreamFrame *frame = track->newest;

  if (frame && frame->has_seq && item->has_seq && frame->seq == item->seq)
    return frame;
  frame = g_new0 (StreamFrame, 1);
  frame->track = track;
  frame->has_seq = item->has_seq;
  frame->seq = item->seq;
  frame->started =
      track->has_sent && item->has_seq && track->sent_seq == item->seq;
  g_queue_init (&frame->items);
  g_queue_push_tail (&self->streams, frame);
  track->newest = frame;
  track->n_frames++;
  return frame;
}

static gboolean
push_stream (ClaspSendQueue *self, ClaspSendItem *item, GError **error)
{
  g_autoptr (ClaspSendItem) owned = item;
  Track *track = ensure_track (self, item->address);

  if (belongs_to_dropped (track, item))
    return refuse_stream (self, track, item, error);
  /* Making room may take the very frame that this message belongs to. */
  if (!make_room (self, item_size (item)) || belongs_to_dropped (track, item))
    return refuse_stream (self, track, item, error);
  track->dropping = FALSE;
  self->bytes += item_size (item);
  self->stream_bytes += item_size (item);
  self->n_stream_items++;
  g_queue_push_tail (&ensure_frame (self, track, item)->items,
      g_steal_pointer (&owned));
  return TRUE;
}

/*
 * clasp_send_queue_push:
 * @self: a queue
 * @item: (transfer full): what to queue; a stream item has an address
 * @force: accept a message that is not a stream even above the bound
 * @error: return location
 *
 * Streams make room, by whole frames, oldest first. Later messages of a
 * dropped frame are refused.
 *
 * Returns: %FALSE with CLASP_ERROR_QUEUE_FULL if @item was not queued
 */
gboolean
clasp_send_queue_push (ClaspSendQueue *self, ClaspSendItem *item,
    gboolean force, GError **error)
{
  g_assert (!item->stream || item->address);

  if (item->stream)
    return push_stream (self, item, error);
  if (!make_room (self, item_size (item)) && !force) {
    set_full (self, item, error);
    clasp_send_item_free (item);
    return FALSE;
  }
  self->bytes += item_size (item);
  g_queue_push_tail (&self->urgent, item);
  return TRUE;
}

/*
 * clasp_send_queue_peek:
 * @self: a queue
 * @streams: whether streams are wanted too
 *
 * Returns: (nullable): what clasp_send_queue_pop() would return
 */
const ClaspSendItem *
clasp_send_queue_peek (const ClaspSendQueue *self, gboolean streams)
{
  if (self->urgent.head)
    return self->urgent.head->data;
  if (streams && self->streams.head)
    return ((StreamFrame *) self->streams.head->data)->items.head->data;
  return NULL;
}

static ClaspSendItem *
pop_stream (ClaspSendQueue *self)
{
  StreamFrame *frame = self->streams.head->data;
  ClaspSendItem *item = g_queue_pop_head (&frame->items);

  self->stream_bytes -= item_size (item);
  self->n_stream_items--;
  frame->started = TRUE;
  if (frame->has_seq) {
    frame->track->has_sent = TRUE;
    frame->track->sent_seq = frame->seq;
  }
  if (!frame->items.head) {
    g_queue_pop_head (&self->streams);
    stream_frame_free (frame);
  }
  return item;
}

/*
 * clasp_send_queue_pop:
 * @self: a queue
 * @streams: whether streams are wanted too
 *
 * Returns: (transfer full) (nullable): the next message, streams last
 */
ClaspSendItem *
clasp_send_queue_pop (ClaspSendQueue *self, gboolean streams)
{
  ClaspSendItem *item = NULL;

  if (self->urgent.head)
    item = g_queue_pop_head (&self->urgent);
  else if (streams && self->streams.head)
    item = pop_stream (self);
  if (item)
    self->bytes -= item_size (item);
  return item;
}

/*
 * clasp_send_queue_get_bytes:
 * @self: a queue
 *
 * Returns: what counts against the bound
 */
gsize
clasp_send_queue_get_bytes (const ClaspSendQueue *self)
{
  return self->bytes;
}

/*
 * clasp_send_queue_get_n_messages:
 * @self: a queue
 *
 * Returns: number of queued messages
 */
guint
clasp_send_queue_get_n_messages (const ClaspSendQueue *self)
{
  return self->urgent.length + self->n_stream_items;
}

/*
 * clasp_send_queue_get_n_urgent:
 * @self: a queue
 *
 * Returns: number of queued messages that are not streams
 */
guint
clasp_send_queue_get_n_urgent (const ClaspSendQueue *self)
{
  return self->urgent.length;
}

/*
 * clasp_send_queue_get_dropped_frames:
 * @self: a queue
 *
 * Returns: number of stream frames dropped so far
 */
guint64
clasp_send_queue_get_dropped_frames (const ClaspSendQueue *self)
{
  return self->dropped_frames;
}

/*
 * clasp_send_queue_get_dropped_messages:
 * @self: a queue
 *
 * Returns: number of stream messages dropped so far
 */
guint64
clasp_send_queue_get_dropped_messages (const ClaspSendQueue *self)
{
  return self->dropped_messages;
}

/*
 * clasp_send_queue_take_dropped_addresses:
 * @self: a queue
 *
 * Returns: (transfer full) (nullable): stream addresses that lost frames since
 *   the last call, %NULL if none did
 */
char **
clasp_send_queue_take_dropped_addresses (ClaspSendQueue *self)
{
  g_autoptr (GPtrArray) addresses = NULL;
  GHashTableIter iter;
  gpointer key;

  if (g_hash_table_size (self->dropped) == 0)
    return NULL;
  addresses = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->dropped);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    g_ptr_array_add (addresses, key);
    g_hash_table_iter_steal (&iter);
  }
  g_ptr_array_add (addresses, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&addresses), FALSE);
}
