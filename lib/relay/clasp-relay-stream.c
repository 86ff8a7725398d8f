/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#define G_LOG_DOMAIN "clasp-relay"

#include "clasp-relay-stream-private.h"
#include <gio/gnetworking.h>
#include <string.h>

/* A slow peer has this much in the kernel, besides its queue. The kernel
 * would let it grow to 4 MiB: 16 s of a 2 Mbit/s stream. */
#define SEND_BUFFER (128 * 1024)

#define READ_AHEAD (32 * 1024)
/* What one peer may take before the others have their turn: libsoup would
 * read until there is nothing left. */
#define TURN_BYTES (256 * 1024)
#define TURN_TIME (10 * 1000)

#define MAX_VECTORS 64

struct _ClaspRelayStream {
  GIOStream parent_instance;

  GSocket *socket;
  GInputStream *input;
  GOutputStream *output;
  gint64 progress; /* monotonic time of the accept or the last HTTP write */
  gint64 last_read;

  guint8 *buffer; /* read ahead; NULL when empty */
  gsize buffer_start, buffer_end;
  gsize turn_bytes; /* read in this turn */
  gint64 turn_end;  /* monotonic; 0 before the first read */
  gboolean drained; /* the socket had nothing more in this turn */
  ClaspRelayGuard guard;

  ClaspRelayQueue *queue; /* NULL before the upgrade */
  GSource *writable;
  ClaspRelayStreamFunc func;
  gpointer user_data;
  gboolean failed;
  guint64 n_sent, bytes_sent;
};

/* The two halves only pass on; they exist because GIOStream has halves. */
#define CLASP_TYPE_RELAY_INPUT (clasp_relay_input_get_type ())
G_DECLARE_FINAL_TYPE (ClaspRelayInput, clasp_relay_input, CLASP, RELAY_INPUT,
    GInputStream)
#define CLASP_TYPE_RELAY_OUTPUT (clasp_relay_output_get_type ())
G_DECLARE_FINAL_TYPE (ClaspRelayOutput, clasp_relay_output, CLASP, RELAY_OUTPUT,
    GOutputStream)

struct _ClaspRelayInput {
  GInputStream parent_instance;
  ClaspRelayStream *stream; /* weak */
};

struct _ClaspRelayOutput {
  GOutputStream parent_instance;
  ClaspRelayStream *stream; /* weak */
};

static void
clasp_relay_input_pollable_init (GPollableInputStreamInterface *iface);
static void
clasp_relay_output_pollable_init (GPollableOutputStreamInterface *iface);

G_DEFINE_TYPE (ClaspRelayStream, clasp_relay_stream, G_TYPE_IO_STREAM)
G_DEFINE_TYPE_WITH_CODE (ClaspRelayInput, clasp_relay_input,
    G_TYPE_INPUT_STREAM,
    G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
        clasp_relay_input_pollable_init))
G_DEFINE_TYPE_WITH_CODE (ClaspRelayOutput, clasp_relay_output,
    G_TYPE_OUTPUT_STREAM,
    G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
        clasp_relay_output_pollable_init))

static gssize
fail_closed (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED,
      "the connection is closed");
  return -1;
}

static gssize
fail_would_block (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
      "nothing to read now");
  return -1;
}

/* --- reading --- */

static gssize
read_ahead (ClaspRelayStream *self, GError **error)
{
  gssize n;

  if (self->drained || self->turn_bytes >= TURN_BYTES)
    return fail_would_block (error);

  self->buffer = g_malloc (READ_AHEAD);
  n = g_socket_receive_with_blocking (self->socket, (char *) self->buffer,
      READ_AHEAD, FALSE, NULL, error);
  if (n <= 0) {
    g_clear_pointer (&self->buffer, g_free);
    return n;
  }

  self->buffer_start = 0;
  self->buffer_end = n;
  self->turn_bytes += n;
  self->drained = n < READ_AHEAD;
  self->last_read = g_get_monotonic_time ();
  return n;
}

static gssize
take_read (ClaspRelayStream *self, void *data, gsize size, GError **error)
{
  gsize n = MIN (size, self->buffer_end - self->buffer_start);

  memcpy (data, self->buffer + self->buffer_start, n);
  self->buffer_start += n;
  if (self->buffer_start == self->buffer_end)
    g_clear_pointer (&self->buffer, g_free);

  if (self->queue != NULL && !clasp_relay_guard_feed (&self->guard, data, n)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
        "a message is larger than max-message-size");
    return -1;
  }

  return n;
}

static gboolean
is_turn_over (ClaspRelayStream *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->turn_end == 0)
    self->turn_end = now + TURN_TIME;

  return now > self->turn_end;
}

static gssize
input_read_nonblocking (GPollableInputStream *pollable, void *data, gsize size,
    GError **error)
{
  ClaspRelayStream *self = ((ClaspRelayInput *) pollable)->stream;

  if (self == NULL)
    return fail_closed (error);

  if (is_turn_over (self))
    return fail_would_block (error);
  if (self->buffer == NULL) {
    gssize n = read_ahead (self, error);
    if (n <= 0)
      return n;
  }

  return take_read (self, data, size, error);
}

static gssize
input_read (GInputStream *input, void *data, gsize size,
    GCancellable *cancellable, GError **error)
{
  ClaspRelayStream *self = ((ClaspRelayInput *) input)->stream;

  if (self == NULL)
    return fail_closed (error);
  if (self->buffer != NULL)
    return take_read (self, data, size, error);

  return g_socket_receive_with_blocking (self->socket, data, size, TRUE,
      cancellable, error);
}

static gboolean
input_is_readable (GPollableInputStream *pollable)
{
  ClaspRelayStream *self = ((ClaspRelayInput *) pollable)->stream;

  return self == NULL || self->buffer != NULL ||
      (g_socket_condition_check (self->socket, G_IO_IN) & G_IO_IN) != 0;
}

/* A new source is the start of a new turn. */
static GSource *
input_create_source (GPollableInputStream *pollable, GCancellable *cancellable)
{
  ClaspRelayStream *self = ((ClaspRelayInput *) pollable)->stream;
  GSource *source = g_pollable_source_new_full (pollable, NULL, cancellable);
  g_autoptr (GSource) child = NULL;

  g_source_set_static_name (source, "clasp-relay-input");
  if (self == NULL) {
    g_source_set_ready_time (source, 0);
    return source;
  }

  self->turn_bytes = 0;
  self->turn_end = 0;
  self->drained = FALSE;
  if (self->buffer != NULL) {
    g_source_set_ready_time (source, 0);
    return source;
  }

  child = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_dummy_callback (child);
  g_source_add_child_source (source, child);
  return source;
}

static void
clasp_relay_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = input_is_readable;
  iface->create_source = input_create_source;
  iface->read_nonblocking = input_read_nonblocking;
}

static void
clasp_relay_input_class_init (ClaspRelayInputClass *klass)
{
  G_INPUT_STREAM_CLASS (klass)->read_fn = input_read;
}

static void
clasp_relay_input_init (ClaspRelayInput *self)
{
}

/* --- writing --- */

static void
clear_writable (ClaspRelayStream *self)
{
  if (self->writable == NULL)
    return;

  g_source_destroy (self->writable);
  g_clear_pointer (&self->writable, g_source_unref);
}

static void flush (ClaspRelayStream *self);

static gboolean
on_writable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  g_autoptr (ClaspRelayStream) self = g_object_ref (user_data);

  clear_writable (self);
  flush (self);
  if (!self->failed && self->func != NULL &&
      clasp_relay_queue_is_empty (self->queue))
    self->func (self->user_data);

  return G_SOURCE_REMOVE;
}

static void
wait_writable (ClaspRelayStream *self)
{
  if (self->writable != NULL)
    return;

  self->writable = g_socket_create_source (self->socket, G_IO_OUT, NULL);
  g_source_set_static_name (self->writable, "clasp-relay-output");
  g_source_set_callback (self->writable, G_SOURCE_FUNC (on_writable), self,
      NULL);
  g_source_attach (self->writable, g_main_context_get_thread_default ());
}

static gboolean
write_some (ClaspRelayStream *self)
{
  GOutputVector vectors[MAX_VECTORS];
  guint n = clasp_relay_queue_peek (self->queue, vectors, MAX_VECTORS);
  g_autoptr (GError) error = NULL;
  gsize written = 0;

  switch (g_socket_send_message_with_timeout (self->socket, NULL, vectors, n,
      NULL, 0, 0, 0, &written, NULL, &error)) {
    case G_POLLABLE_RETURN_OK:
      self->bytes_sent += written;
      clasp_relay_queue_advance (self->queue, written);
      return TRUE;
    case G_POLLABLE_RETURN_WOULD_BLOCK:
      wait_writable (self);
      return FALSE;
    default:
      g_debug ("cannot send: %s", error->message);
      self->failed = TRUE;
      clasp_relay_queue_clear (self->queue);
      clasp_relay_stream_abort (self);
      return FALSE;
  }
}

static void
flush (ClaspRelayStream *self)
{
  while (!self->failed && self->writable == NULL &&
      !clasp_relay_queue_is_empty (self->queue))
    if (!write_some (self))
      break;
}

static gssize
write_raw (ClaspRelayStream *self, const void *data, gsize size, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (ClaspRelayFrame) frame = clasp_relay_frame_new_raw (bytes);

  if (clasp_relay_stream_send (self, frame) == CLASP_RELAY_QUEUE_OVERFLOW ||
      self->failed)
    return fail_closed (error);

  return size;
}

static gssize
write_http (ClaspRelayStream *self, const void *data, gsize size,
    gboolean blocking, GCancellable *cancellable, GError **error)
{
  gssize n = g_socket_send_with_blocking (self->socket, data, size, blocking,
      cancellable, error);

  if (n > 0)
    self->progress = g_get_monotonic_time ();
  return n;
}

static gssize
output_write_nonblocking (GPollableOutputStream *pollable, const void *data,
    gsize size, GError **error)
{
  ClaspRelayStream *self = ((ClaspRelayOutput *) pollable)->stream;

  if (self == NULL)
    return fail_closed (error);
  if (self->queue != NULL)
    return write_raw (self, data, size, error);

  return write_http (self, data, size, FALSE, NULL, error);
}

static gssize
output_write (GOutputStream *output, const void *data, gsize size,
    GCancellable *cancellable, GError **error)
{
  ClaspRelayStream *self = ((ClaspRelayOutput *) output)->stream;

  if (self == NULL)
    return fail_closed (error);
  if (self->queue != NULL)
    return write_raw (self, data, size, error);

  return write_http (self, data, size, TRUE, cancellable, error);
}

static gboolean
output_is_writable (GPollableOutputStream *pollable)
{
  ClaspRelayStream *self = ((ClaspRelayOutput *) pollable)->stream;

  return self == NULL || self->queue != NULL ||
      (g_socket_condition_check (self->socket, G_IO_OUT) & G_IO_OUT) != 0;
}

static GSource *
output_create_source (GPollableOutputStream *pollable,
    GCancellable *cancellable)
{
  ClaspRelayStream *self = ((ClaspRelayOutput *) pollable)->stream;
  GSource *source = g_pollable_source_new_full (pollable, NULL, cancellable);
  g_autoptr (GSource) child = NULL;

  g_source_set_static_name (source, "clasp-relay-http-output");
  if (self == NULL || self->queue != NULL) {
    g_source_set_ready_time (source, 0);
    return source;
  }

  child = g_socket_create_source (self->socket, G_IO_OUT, NULL);
  g_source_set_dummy_callback (child);
  g_source_add_child_source (source, child);
  return source;
}

static void
clasp_relay_output_pollable_init (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = output_is_writable;
  iface->create_source = output_create_source;
  iface->write_nonblocking = output_write_nonblocking;
}

static void
clasp_relay_output_class_init (ClaspRelayOutputClass *klass)
{
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = output_write;
}

static void
clasp_relay_output_init (ClaspRelayOutput *self)
{
}

/* --- the stream --- */

static GInputStream *
clasp_relay_stream_get_input (GIOStream *stream)
{
  return ((ClaspRelayStream *) stream)->input;
}

static GOutputStream *
clasp_relay_stream_get_output (GIOStream *stream)
{
  return ((ClaspRelayStream *) stream)->output;
}

static gboolean
clasp_relay_stream_close (GIOStream *stream, GCancellable *cancellable,
    GError **error)
{
  ClaspRelayStream *self = CLASP_RELAY_STREAM (stream);

  clear_writable (self);
  self->failed = TRUE;

  return g_socket_close (self->socket, error);
}

/* Closing a non-blocking socket does not wait; no thread is needed for it. */
static void
clasp_relay_stream_close_async (GIOStream *stream, int io_priority,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task =
      g_task_new (stream, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, clasp_relay_stream_close_async);
  if (clasp_relay_stream_close (stream, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
clasp_relay_stream_close_finish (GIOStream *stream, GAsyncResult *result,
    GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
clasp_relay_stream_finalize (GObject *object)
{
  ClaspRelayStream *self = CLASP_RELAY_STREAM (object);

  clear_writable (self);
  ((ClaspRelayInput *) self->input)->stream = NULL;
  ((ClaspRelayOutput *) self->output)->stream = NULL;
  g_object_unref (self->input);
  g_object_unref (self->output);
  g_clear_pointer (&self->queue, clasp_relay_queue_free);
  g_free (self->buffer);
  g_object_unref (self->socket);

  G_OBJECT_CLASS (clasp_relay_stream_parent_class)->finalize (object);
}

static void
clasp_relay_stream_class_init (ClaspRelayStreamClass *klass)
{
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = clasp_relay_stream_finalize;
  stream_class->get_input_stream = clasp_relay_stream_get_input;
  stream_class->get_output_stream = clasp_relay_stream_get_output;
  stream_class->close_fn = clasp_relay_stream_close;
  stream_class->close_async = clasp_relay_stream_close_async;
  stream_class->close_finish = clasp_relay_stream_close_finish;
}

static void
clasp_relay_stream_init (ClaspRelayStream *self)
{
  self->input = g_object_new (CLASP_TYPE_RELAY_INPUT, NULL);
  ((ClaspRelayInput *) self->input)->stream = self;
  self->output = g_object_new (CLASP_TYPE_RELAY_OUTPUT, NULL);
  ((ClaspRelayOutput *) self->output)->stream = self;
}

ClaspRelayStream *
clasp_relay_stream_new (GSocket *socket, gint64 now_us)
{
  ClaspRelayStream *self = g_object_new (CLASP_TYPE_RELAY_STREAM, NULL);

  self->socket = g_object_ref (socket);
  self->progress = now_us;
  self->last_read = now_us;
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  g_socket_set_option (socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER, NULL);

  return self;
}

/*
 * clasp_relay_stream_upgrade:
 * @drained: called when a socket that was full took all that was queued
 *
 * From here on WebSocket frames go out, through the queue.
 */
void
clasp_relay_stream_upgrade (ClaspRelayStream *self, gsize max_queue,
    gsize max_message, ClaspRelayStreamFunc drained, gpointer user_data)
{
  self->queue = clasp_relay_queue_new (max_queue);
  clasp_relay_guard_init (&self->guard, max_message);
  self->func = drained;
  self->user_data = user_data;
}

/* Queues @frame and writes what the socket takes. */
ClaspRelayQueueResult
clasp_relay_stream_send (ClaspRelayStream *self, ClaspRelayFrame *frame)
{
  ClaspRelayQueueResult result;

  if (self->failed)
    return CLASP_RELAY_QUEUE_DROPPED;

  result = clasp_relay_queue_push (self->queue, frame);
  if (result != CLASP_RELAY_QUEUE_DROPPED)
    self->n_sent++;
  flush (self);

  return result;
}

/* Forgets what is queued. */
void
clasp_relay_stream_discard (ClaspRelayStream *self)
{
  clasp_relay_queue_clear (self->queue);
}

/* The owner of the callback goes away. */
void
clasp_relay_stream_detach (ClaspRelayStream *self)
{
  self->func = NULL;
}

/* Cuts the connection; libsoup notices and cleans up. */
void
clasp_relay_stream_abort (ClaspRelayStream *self)
{
  g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
}

gboolean
clasp_relay_stream_is_upgraded (ClaspRelayStream *self)
{
  return self->queue != NULL;
}

/* Returns: monotonic time at which HTTP last made progress */
gint64
clasp_relay_stream_get_progress (ClaspRelayStream *self)
{
  return self->progress;
}

/* Returns: monotonic time of the last sign of life */
gint64
clasp_relay_stream_get_last_read (ClaspRelayStream *self)
{
  return self->last_read;
}

gsize
clasp_relay_stream_get_queued (ClaspRelayStream *self)
{
  return clasp_relay_queue_get_bytes (self->queue);
}

guint64
clasp_relay_stream_get_n_dropped (ClaspRelayStream *self)
{
  return clasp_relay_queue_get_n_dropped (self->queue);
}

guint64
clasp_relay_stream_get_n_sent (ClaspRelayStream *self, guint64 *bytes)
{
  *bytes = self->bytes_sent;
  return self->n_sent;
}
