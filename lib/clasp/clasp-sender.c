/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-sender-private.h"

#include "clasp-frame.h"
#include "clasp-pacer-private.h"
#include "clasp-send-queue-private.h"

#define DEFAULT_MAX_BYTES (1024 * 1024)

/* Code, flags and count of a BUNDLE; length of each member. */
#define BUNDLE_HEADER 4
#define MEMBER_HEADER 2

/* One refused member costs the whole bundle, so addresses that were refused
 * are not bundled again. */
#define MAX_REFUSED 256

struct _ClaspSender {
  GSource *wake;

  /* Protects everything below. Nothing but main context internals is locked
   * inside it. */
  GMutex mutex;
  gboolean open;
  ClaspSendQueue *queue;
  ClaspPacer pacer;
  guint max_rate; /* 0: learn it */
  GHashTable *refused;
};

/*
 * clasp_sender_new:
 * @wake: made ready when there may be something to pop
 *
 * Returns: (transfer full): a closed sender
 */
ClaspSender *
clasp_sender_new (GSource *wake)
{
  ClaspSender *self = g_new0 (ClaspSender, 1);

  self->wake = g_source_ref (wake);
  g_mutex_init (&self->mutex);
  self->queue = clasp_send_queue_new (DEFAULT_MAX_BYTES);
  clasp_pacer_init (&self->pacer);
  self->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/*
 * clasp_sender_free:
 * @self: a sender that no thread uses any more
 */
void
clasp_sender_free (ClaspSender *self)
{
  clasp_send_queue_free (self->queue);
  clasp_pacer_clear (&self->pacer);
  g_hash_table_unref (self->refused);
  g_mutex_clear (&self->mutex);
  g_source_unref (self->wake);
  g_free (self);
}

/*
 * clasp_sender_set_max_bytes:
 * @self: a sender
 * @max_bytes: bound of the queue
 */
void
clasp_sender_set_max_bytes (ClaspSender *self, gsize max_bytes)
{
  g_mutex_lock (&self->mutex);
  clasp_send_queue_set_max_bytes (self->queue, max_bytes);
  g_mutex_unlock (&self->mutex);
}

/*
 * clasp_sender_set_max_rate:
 * @self: a sender
 * @rate: messages per second, 0: none until the relay refuses
 */
void
clasp_sender_set_max_rate (ClaspSender *self, guint rate)
{
  g_mutex_lock (&self->mutex);
  self->max_rate = rate;
  clasp_pacer_set_rate (&self->pacer, rate);
  g_source_set_ready_time (self->wake, 0);
  g_mutex_unlock (&self->mutex);
}

/*
 * clasp_sender_open:
 * @self: a sender
 *
 * There is a session: from now on messages are accepted.
 */
void
clasp_sender_open (ClaspSender *self)
{
  g_mutex_lock (&self->mutex);
  self->open = TRUE;
  g_mutex_unlock (&self->mutex);
}

/*
 * clasp_sender_wake:
 * @self: a sender
 *
 * Makes the context look again at once.
 */
void
clasp_sender_wake (ClaspSender *self)
{
  g_source_set_ready_time (self->wake, 0);
}

static gboolean
push (ClaspSender *self, ClaspMessage *message, gboolean forced, GError **error)
{
  g_autoptr (ClaspSendItem) item = clasp_send_item_new (message, error);
  gboolean pushed = FALSE;

  if (!item)
    return FALSE;
  g_mutex_lock (&self->mutex);
  if (self->open)
    pushed = clasp_send_queue_push (self->queue, g_steal_pointer (&item),
        forced, error);
  else
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED,
        "no session at the relay to send %s",
        item->address ? item->address : "a message");
  g_source_set_ready_time (self->wake, 0);
  g_mutex_unlock (&self->mutex);
  return pushed;
}

/*
 * clasp_sender_push:
 * @self: a sender
 * @message: what to send
 * @error: return location
 *
 * May be called from any thread.
 *
 * Returns: whether @message was queued
 */
gboolean
clasp_sender_push (ClaspSender *self, ClaspMessage *message, GError **error)
{
  return push (self, message, FALSE, error);
}

/*
 * clasp_sender_push_forced:
 * @self: a sender
 * @message: what to send, also if the queue is full
 * @error: return location
 *
 * Returns: whether @message was queued
 */
gboolean
clasp_sender_push_forced (ClaspSender *self, ClaspMessage *message,
    GError **error)
{
  return push (self, message, TRUE, error);
}

/*
 * clasp_sender_take_turn:
 * @self: a sender
 * @now: current time
 *
 * For messages that are made when they are sent, before everything queued.
 *
 * Returns: whether one may be sent now; if not, the context is woken later
 */
gboolean
clasp_sender_take_turn (ClaspSender *self, gint64 now)
{
  gboolean turn;

  g_mutex_lock (&self->mutex);
  turn = clasp_pacer_may_send (&self->pacer, FALSE, now);
  if (turn)
    clasp_pacer_sent (&self->pacer, FALSE, now);
  else
    g_source_set_ready_time (self->wake,
        clasp_pacer_next_time (&self->pacer, FALSE));
  g_mutex_unlock (&self->mutex);
  return turn;
}

static gsize
member_size (const ClaspSendItem *item)
{
  return MEMBER_HEADER + g_bytes_get_size (item->frame) -
      CLASP_FRAME_HEADER_SIZE;
}

static gboolean
may_be_member (ClaspSender *self, const ClaspSendItem *item)
{
  return item && item->bundled &&
      !g_hash_table_contains (self->refused, item->address);
}

/* Relays perform the SETs of a bundle first: none may follow a PUBLISH. */
static gboolean
fits (ClaspSender *self, const ClaspSendItem *item, gsize size,
    gboolean after_publish)
{
  return may_be_member (self, item) &&
      !(after_publish && clasp_send_item_is_set (item)) &&
      size + member_size (item) <= CLASP_MAX_PAYLOAD;
}

/* Joins @first with what follows it in the queue. */
static GBytes *
join (ClaspSender *self, const ClaspSendItem *first, gboolean streams,
    gboolean *has_stream)
{
  g_autoptr (GPtrArray) members =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);
  gboolean after_publish = !clasp_send_item_is_set (first);
  gsize size = BUNDLE_HEADER + member_size (first);
  g_autoptr (ClaspMessage) bundle = NULL;
  const ClaspSendItem *next;

  g_ptr_array_add (members, clasp_message_ref (first->message));
  while ((next = clasp_send_queue_peek (self->queue, streams)) &&
      fits (self, next, size, after_publish)) {
    g_autoptr (ClaspSendItem) item =
        clasp_send_queue_pop (self->queue, streams);

    size += member_size (item);
    *has_stream = *has_stream || item->stream;
    after_publish = !clasp_send_item_is_set (item);
    g_ptr_array_add (members, clasp_message_ref (item->message));
  }
  if (members->len == 1)
    return g_bytes_ref (first->frame);
  bundle = clasp_message_new_bundle ((ClaspMessage *const *) members->pdata,
      members->len, 0);
  return clasp_message_encode (bundle, NULL);
}

/* The next message, with as many others as go with it. */
static GBytes *
pop_joined (ClaspSender *self, gboolean streams, gboolean *has_stream)
{
  g_autoptr (ClaspSendItem) item = clasp_send_queue_pop (self->queue, streams);

  *has_stream = item && item->stream;
  if (!item)
    return NULL;
  if (may_be_member (self, item))
    return join (self, item, streams, has_stream);
  return g_bytes_ref (item->frame);
}

static GBytes *
pop_any (ClaspSender *self)
{
  gboolean has_stream;
  g_autoptr (ClaspSendItem) item = NULL;

  if (clasp_pacer_is_limited (&self->pacer))
    return pop_joined (self, TRUE, &has_stream);
  item = clasp_send_queue_pop (self->queue, TRUE);
  return item ? g_bytes_ref (item->frame) : NULL;
}

static GBytes *
pop_paced (ClaspSender *self, gint64 now)
{
  gboolean streams = clasp_pacer_may_send (&self->pacer, TRUE, now);
  gboolean has_stream;
  GBytes *frame = NULL;

  if (clasp_pacer_may_send (&self->pacer, FALSE, now))
    frame = pop_joined (self, streams, &has_stream);
  if (frame)
    clasp_pacer_sent (&self->pacer, has_stream, now);
  else if (clasp_send_queue_peek (self->queue, TRUE))
    g_source_set_ready_time (self->wake,
        clasp_pacer_next_time (&self->pacer,
            !clasp_send_queue_peek (self->queue, FALSE)));
  return frame;
}

/*
 * clasp_sender_pop:
 * @self: a sender
 * @now: current time
 *
 * While the relay limits messages per second, several of them leave in one
 * BUNDLE.
 *
 * Returns: (transfer full) (nullable): the next frame; %NULL if there is none
 *   for now, then the context is woken when there is
 */
GBytes *
clasp_sender_pop (ClaspSender *self, gint64 now)
{
  GBytes *frame;

  g_mutex_lock (&self->mutex);
  if (clasp_pacer_is_limited (&self->pacer))
    frame = pop_paced (self, now);
  else
    frame = pop_any (self);
  g_mutex_unlock (&self->mutex);
  return frame;
}

/*
 * clasp_sender_close:
 * @self: a sender
 *
 * The session is over: nothing is accepted any more, and the queue is emptied.
 *
 * Returns: how many messages that are not streams were not sent
 */
guint
clasp_sender_close (ClaspSender *self)
{
  guint n_unsent;

  g_mutex_lock (&self->mutex);
  self->open = FALSE;
  n_unsent = clasp_send_queue_get_n_urgent (self->queue);
  clasp_send_queue_clear (self->queue);
  g_mutex_unlock (&self->mutex);
  return n_unsent;
}

/*
 * clasp_sender_finish:
 * @self: a sender
 * @rest: gets the frames that were not sent
 *
 * The session ends: nothing is accepted any more, and the rest is to be sent
 * without regard to the time.
 */
void
clasp_sender_finish (ClaspSender *self, GQueue *rest)
{
  GBytes *frame;

  g_mutex_lock (&self->mutex);
  self->open = FALSE;
  while ((frame = pop_any (self)))
    g_queue_push_tail (rest, frame);
  clasp_send_queue_clear (self->queue);
  g_mutex_unlock (&self->mutex);
}

/*
 * clasp_sender_rate_refused:
 * @self: a sender
 * @now: current time
 *
 * The relay discarded something because there was too much in a second.
 *
 * Returns: whether this changed the rate
 */
gboolean
clasp_sender_rate_refused (ClaspSender *self, gint64 now)
{
  gboolean changed;

  g_mutex_lock (&self->mutex);
  changed = clasp_pacer_refused (&self->pacer, now);
  g_mutex_unlock (&self->mutex);
  return changed;
}

/*
 * clasp_sender_member_refused:
 * @self: a sender
 * @address: what the relay does not let us write
 *
 * Such an address is kept out of bundles, which would be refused as a whole.
 */
void
clasp_sender_member_refused (ClaspSender *self, const char *address)
{
  g_mutex_lock (&self->mutex);
  if (g_hash_table_size (self->refused) < MAX_REFUSED)
    g_hash_table_add (self->refused, g_strdup (address));
  g_mutex_unlock (&self->mutex);
}

/*
 * clasp_sender_take_dropped_addresses:
 * @self: a sender
 *
 * Returns: (transfer full) (nullable): streams that lost frames since the
 *   last call
 */
char **
clasp_sender_take_dropped_addresses (ClaspSender *self)
{
  char **addresses;

  g_mutex_lock (&self->mutex);
  addresses = clasp_send_queue_take_dropped_addresses (self->queue);
  g_mutex_unlock (&self->mutex);
  return addresses;
}

/*
 * clasp_sender_get_stats:
 * @self: a sender
 * @stats: (out): what it counted
 */
void
clasp_sender_get_stats (ClaspSender *self, ClaspSenderStats *stats)
{
  g_mutex_lock (&self->mutex);
  stats->queued_bytes = clasp_send_queue_get_bytes (self->queue);
  stats->queued_messages = clasp_send_queue_get_n_messages (self->queue);
  stats->dropped_frames = clasp_send_queue_get_dropped_frames (self->queue);
  stats->dropped_messages = clasp_send_queue_get_dropped_messages (self->queue);
  stats->message_rate = self->pacer.rate;
  g_mutex_unlock (&self->mutex);
}
