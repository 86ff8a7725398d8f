/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-queue-private.h"

/* Stream addresses remembered per receiver; idle ones are forgotten first. */
#define MAX_TRACKS 1024

/* One stream address, as this receiver sees it. */
typedef struct {
  char *address; /* interned, and the key */
  gsize bytes;
  gboolean pictures;
  gboolean need_key;
  gboolean has_dropped, has_sent;
  double dropped_seq, sent_seq; /* the last ones */
} Track;

struct _ClaspRelayQueue {
  GQueue frames;
  gsize offset; /* bytes of the first frame that are already written */
  gsize max_bytes;
  gsize keep_bytes;
  gsize stream_bytes;
  guint64 n_dropped;
  GHashTable *tracks; /* address pointer -> Track */
};

static void
track_free (Track *self)
{
  g_ref_string_release (self->address);
  g_free (self);
}

ClaspRelayQueue *
clasp_relay_queue_new (gsize max_bytes)
{
  ClaspRelayQueue *self = g_new0 (ClaspRelayQueue, 1);

  g_queue_init (&self->frames);
  self->max_bytes = max_bytes;
  self->tracks =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) track_free);

  return self;
}

void
clasp_relay_queue_free (ClaspRelayQueue *self)
{
  g_queue_clear_full (&self->frames, (GDestroyNotify) clasp_relay_frame_unref);
  g_hash_table_unref (self->tracks);
  g_free (self);
}

static gsize
stream_limit (const ClaspRelayQueue *self)
{
  return self->max_bytes / 2;
}

static gboolean
is_idle (gpointer key, gpointer value, gpointer user_data)
{
  const Track *track = value;

  return track->bytes == 0;
}

static Track *
get_track (ClaspRelayQueue *self, const ClaspRelayFrame *frame)
{
  Track *track = g_hash_table_lookup (self->tracks, frame->address);

  if (track != NULL)
    return track;

  if (g_hash_table_size (self->tracks) >= MAX_TRACKS)
    g_hash_table_foreach_remove (self->tracks, is_idle, NULL);

  track = g_new0 (Track, 1);
  track->address = g_ref_string_acquire (frame->address);
  g_hash_table_insert (self->tracks, track->address, track);

  return track;
}

static gboolean
is_begun (const Track *track, const ClaspRelayFrame *frame)
{
  return track->has_sent && frame->has_seq && frame->seq == track->sent_seq;
}

static void
note_dropped (ClaspRelayQueue *self, Track *track, const ClaspRelayFrame *frame)
{
  self->n_dropped++;
  track->has_dropped = frame->has_seq;
  track->dropped_seq = frame->seq;
}

/* Whether @frame belongs to something of which a part is gone already. */
static gboolean
must_drop (Track *track, const ClaspRelayFrame *frame)
{
  if (frame->has_seq && track->has_dropped && frame->seq == track->dropped_seq)
    return TRUE;

  if (!track->need_key || frame->picture == CLASP_RELAY_PICTURE_NONE)
    return FALSE;

  if (frame->picture == CLASP_RELAY_PICTURE_DELTA)
    return TRUE;

  track->need_key = FALSE;
  return FALSE;
}

static void
append (ClaspRelayQueue *self, ClaspRelayFrame *frame)
{
  g_queue_push_tail (&self->frames, clasp_relay_frame_ref (frame));
}

/* Takes a frame out of the accounts; the caller takes it out of the queue. */
static void
settle (ClaspRelayQueue *self, ClaspRelayFrame *frame)
{
  gsize size = clasp_relay_frame_get_size (frame);

  if (!frame->droppable) {
    self->keep_bytes -= size;
  } else {
    Track *track = g_hash_table_lookup (self->tracks, frame->address);

    self->stream_bytes -= size;
    track->bytes -= size;
  }
}

/* The first chunk of the newest key picture nothing of which was sent. */
static GList *
find_newest_key (ClaspRelayQueue *self, const Track *track, gsize *size)
{
  GList *found = NULL;
  const ClaspRelayFrame *key = NULL;
  gsize sum = 0;

  for (GList *l = self->frames.tail; l != NULL; l = l->prev) {
    const ClaspRelayFrame *frame = l->data;

    if (frame->address != track->address)
      continue;
    if (key != NULL && (!frame->has_seq || frame->seq != key->seq))
      break;

    sum += clasp_relay_frame_get_size (frame);
    if (frame->picture == CLASP_RELAY_PICTURE_KEY && !is_begun (track, frame)) {
      key = frame;
      found = l;
      *size = sum;
    }
  }

  return found;
}

/* Drops what @track has before @end; the picture that was begun only if
 * @all. Bytes on the wire cannot be taken back, so a head that is half written
 * stays. */
static gboolean
drop_before (ClaspRelayQueue *self, Track *track, const GList *end,
    gsize enough, gboolean all)
{
  gboolean dropped = FALSE;
  GList *next;

  for (GList *l = self->frames.head; l != NULL && l != end; l = next) {
    ClaspRelayFrame *frame = l->data;

    next = l->next;
    if (frame->address != track->address ||
        (l == self->frames.head && self->offset > 0) ||
        (!all && is_begun (track, frame)))
      continue;
    if (track->bytes <= enough &&
        !(frame->has_seq && track->has_dropped &&
            frame->seq == track->dropped_seq))
      break;

    note_dropped (self, track, frame);
    settle (self, frame);
    g_queue_delete_link (&self->frames, l);
    clasp_relay_frame_unref (frame);
    dropped = TRUE;
  }

  return dropped;
}

static void
shed_pictures (ClaspRelayQueue *self, Track *track)
{
  gsize size = 0;
  GList *key = find_newest_key (self, track, &size);

  if (key != NULL && size <= stream_limit (self) / 2 &&
      drop_before (self, track, key, 0, FALSE))
    return;

  if (!drop_before (self, track, NULL, 0, FALSE))
    drop_before (self, track, NULL, 0, TRUE);
  track->need_key = TRUE;
}

static void
shed_samples (ClaspRelayQueue *self, Track *track)
{
  gsize enough = track->bytes / 2;

  if (!drop_before (self, track, NULL, enough, FALSE))
    drop_before (self, track, NULL, enough, TRUE);
}

/* Bytes of @track that can be dropped at all. */
static gsize
loose_bytes (ClaspRelayQueue *self, const Track *track)
{
  const ClaspRelayFrame *head = g_queue_peek_head (&self->frames);

  if (self->offset == 0 || head->address != track->address)
    return track->bytes;

  return track->bytes - clasp_relay_frame_get_size (head);
}

static Track *
find_largest (ClaspRelayQueue *self)
{
  GHashTableIter iter;
  Track *track, *largest = NULL;
  gsize most = 0;

  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &track)) {
    gsize bytes = loose_bytes (self, track);

    if (bytes > most) {
      most = bytes;
      largest = track;
    }
  }

  return largest;
}

static void
shed (ClaspRelayQueue *self)
{
  while (self->stream_bytes > stream_limit (self)) {
    Track *track = find_largest (self);

    if (track == NULL)
      break;
    if (track->pictures)
      shed_pictures (self, track);
    else
      shed_samples (self, track);
  }
}

/* A receiver that cannot keep up is to see the present, with gaps. */
static void
shed_stale (ClaspRelayQueue *self, const ClaspRelayFrame *newest)
{
  const ClaspRelayFrame *head = g_queue_peek_head (&self->frames);

  if (head->picture != CLASP_RELAY_PICTURE_NONE &&
      newest->arrival_us - head->arrival_us > CLASP_RELAY_MAX_PICTURE_AGE)
    shed_pictures (self, g_hash_table_lookup (self->tracks, head->address));
}

static ClaspRelayQueueResult
push_stream (ClaspRelayQueue *self, ClaspRelayFrame *frame)
{
  Track *track = get_track (self, frame);
  gsize size = clasp_relay_frame_get_size (frame);

  track->pictures = frame->picture != CLASP_RELAY_PICTURE_NONE;
  if (must_drop (track, frame)) {
    note_dropped (self, track, frame);
    return CLASP_RELAY_QUEUE_DROPPED;
  }

  track->has_dropped = FALSE;
  append (self, frame);
  track->bytes += size;
  self->stream_bytes += size;
  shed (self);
  if (track->pictures && !g_queue_is_empty (&self->frames))
    shed_stale (self, frame);

  return CLASP_RELAY_QUEUE_OK;
}

/*
 * clasp_relay_queue_push:
 * @frame: what to send next
 *
 * Appends @frame, or drops it or older stream frames by the rules above.
 */
ClaspRelayQueueResult
clasp_relay_queue_push (ClaspRelayQueue *self, ClaspRelayFrame *frame)
{
  if (frame->droppable)
    return push_stream (self, frame);

  append (self, frame);
  self->keep_bytes += clasp_relay_frame_get_size (frame);

  return self->keep_bytes > self->max_bytes ? CLASP_RELAY_QUEUE_OVERFLOW
                                            : CLASP_RELAY_QUEUE_OK;
}

static guint
add_vector (GOutputVector *vector, const guint8 *data, gsize size, gsize *skip)
{
  gsize skipped = MIN (*skip, size);

  *skip -= skipped;
  vector->buffer = data + skipped;
  vector->size = size - skipped;

  return vector->size > 0 ? 1 : 0;
}

/*
 * clasp_relay_queue_peek:
 * @vectors: (out caller-allocates) (array length=n_vectors): what to write;
 *   valid until the queue changes
 *
 * Returns: how many of @vectors were filled
 */
guint
clasp_relay_queue_peek (ClaspRelayQueue *self, GOutputVector *vectors,
    guint n_vectors)
{
  gsize skip = self->offset;
  guint n = 0;

  for (GList *l = self->frames.head; l != NULL && n + 2 <= n_vectors;
       l = l->next) {
    const ClaspRelayFrame *frame = l->data;
    gsize size;
    const guint8 *data = g_bytes_get_data (frame->bytes, &size);

    n += add_vector (&vectors[n], frame->header, frame->header_size, &skip);
    n += add_vector (&vectors[n], data, size, &skip);
  }

  return n;
}

static void
note_sent (ClaspRelayQueue *self, const ClaspRelayFrame *frame)
{
  Track *track;

  if (!frame->droppable)
    return;

  track = g_hash_table_lookup (self->tracks, frame->address);
  track->has_sent = frame->has_seq;
  track->sent_seq = frame->seq;
}

/* @n_bytes of what peek() gave were written. */
void
clasp_relay_queue_advance (ClaspRelayQueue *self, gsize n_bytes)
{
  self->offset += n_bytes;

  while (self->offset > 0) {
    ClaspRelayFrame *frame = g_queue_peek_head (&self->frames);
    gsize size = clasp_relay_frame_get_size (frame);

    note_sent (self, frame);
    if (self->offset < size)
      break;

    self->offset -= size;
    settle (self, frame);
    g_queue_pop_head (&self->frames);
    clasp_relay_frame_unref (frame);
  }
}

/* Forgets everything but the rest of a frame that is half written. */
void
clasp_relay_queue_clear (ClaspRelayQueue *self)
{
  ClaspRelayFrame *head =
      self->offset > 0 ? g_queue_pop_head (&self->frames) : NULL;
  ClaspRelayFrame *frame;

  while ((frame = g_queue_pop_head (&self->frames)) != NULL) {
    settle (self, frame);
    clasp_relay_frame_unref (frame);
  }
  if (head != NULL)
    g_queue_push_head (&self->frames, head);
}

gboolean
clasp_relay_queue_is_empty (const ClaspRelayQueue *self)
{
  return self->frames.head == NULL;
}

gsize
clasp_relay_queue_get_bytes (const ClaspRelayQueue *self)
{
  return self->keep_bytes + self->stream_bytes - self->offset;
}

guint64
clasp_relay_queue_get_n_dropped (const ClaspRelayQueue *self)
{
  return self->n_dropped;
}
