/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsinkcalls.h"

struct _GstClaspSinkCalls {
  ClaspIoThread *thread; /* NULL: a foreign context */

  GMutex lock; /* protects context, waiting and Waiter.done; leaf lock */
  GCond done;
  GMainContext *context; /* NULL: not running */
  GQueue waiting;        /* Call: not yet dispatched */
};

typedef struct {
  GstClaspSinkCalls *calls; /* a reference */
  GSource *source;
  GstClaspSinkCall func;
  gpointer data;
  GDestroyNotify notify;
} Call;

/**
 * gst_clasp_sink_calls_new:
 *
 * Returns: (transfer full): a way into nowhere
 *
 * Since: 0.1
 */
GstClaspSinkCalls *
gst_clasp_sink_calls_new (void)
{
  GstClaspSinkCalls *self = g_atomic_rc_box_new0 (GstClaspSinkCalls);

  g_mutex_init (&self->lock);
  g_cond_init (&self->done);
  g_queue_init (&self->waiting);
  return self;
}

static void
clear_calls (GstClaspSinkCalls *self)
{
  g_assert (!self->context);
  g_cond_clear (&self->done);
  g_mutex_clear (&self->lock);
}

/**
 * gst_clasp_sink_calls_free:
 * @self: (transfer full): a way that is stopped
 *
 * Since: 0.1
 */
void
gst_clasp_sink_calls_free (GstClaspSinkCalls *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear_calls);
}

/**
 * gst_clasp_sink_calls_start:
 * @self: a way that is stopped
 * @context: (nullable): where calls run; %NULL for a thread of our own
 *
 * Since: 0.1
 */
void
gst_clasp_sink_calls_start (GstClaspSinkCalls *self, GMainContext *context)
{
  if (!context)
    self->thread = clasp_io_thread_new ("clasp-sink");
  g_mutex_lock (&self->lock);
  self->context = g_main_context_ref (
      context ? context : clasp_io_thread_get_context (self->thread));
  g_mutex_unlock (&self->lock);
}

typedef struct {
  GstClaspSinkCalls *calls;
  GstClaspSinkCall func;
  gpointer data;
  gboolean done;
} Waiter;

static void
run_waiter (gpointer data)
{
  Waiter *waiter = data;
  GstClaspSinkCalls *self = waiter->calls;

  waiter->func (waiter->data);
  g_mutex_lock (&self->lock);
  waiter->done = TRUE;
  g_cond_broadcast (&self->done);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_sink_calls_stop:
 * @self: a way that runs
 *
 * Drops the calls that nobody waits for, does the others, and ends the thread.
 * Not to be called from a call.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_calls_stop (GstClaspSinkCalls *self)
{
  g_autoptr (GMainContext) context = NULL;
  GQueue waiting;
  Call *call;

  g_mutex_lock (&self->lock);
  context = g_steal_pointer (&self->context);
  waiting = self->waiting;
  g_queue_init (&self->waiting);
  g_mutex_unlock (&self->lock);
  while ((call = g_queue_pop_head (&waiting))) {
    g_autoptr (GSource) source = call->source;

    if (call->func == run_waiter)
      call->func (call->data);
    g_source_destroy (source);
  }
  if (self->thread)
    clasp_io_thread_stop (self->thread);
  g_clear_object (&self->thread);
}

static gboolean
run_call (gpointer data)
{
  Call *call = data;
  GstClaspSinkCalls *self = call->calls;
  gboolean waiting;

  g_mutex_lock (&self->lock);
  waiting = g_queue_remove (&self->waiting, call);
  g_mutex_unlock (&self->lock);
  if (!waiting)
    return G_SOURCE_REMOVE;
  g_source_unref (call->source);
  call->func (call->data);
  return G_SOURCE_REMOVE;
}

static void
free_call (gpointer data)
{
  Call *call = data;

  if (call->notify)
    call->notify (call->data);
  gst_clasp_sink_calls_free (call->calls);
  g_free (call);
}

/**
 * gst_clasp_sink_calls_invoke:
 * @self: a way
 * @func: what to call
 * @data: its argument
 * @notify: (nullable): frees @data
 *
 * Any thread. Returns at once.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_calls_invoke (GstClaspSinkCalls *self, GstClaspSinkCall func,
    gpointer data, GDestroyNotify notify)
{
  GSource *source = g_idle_source_new ();
  Call *call = g_new0 (Call, 1);
  gboolean running;

  *call = (Call){g_atomic_rc_box_acquire (self), source, func, data, notify};
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[clasp] sink call");
  g_source_set_callback (source, run_call, call, free_call);
  g_mutex_lock (&self->lock);
  running = self->context != NULL;
  if (running) {
    g_queue_push_tail (&self->waiting, call);
    g_source_attach (source, self->context);
  }
  g_mutex_unlock (&self->lock);
  if (!running)
    g_source_unref (source);
}

/* Nobody else iterates the context: this thread does it. */
static void
call_in_place (GMainContext *context, GstClaspSinkCall func, gpointer data)
{
  g_main_context_push_thread_default (context);
  func (data);
  g_main_context_pop_thread_default (context);
}

/**
 * gst_clasp_sink_calls_call:
 * @self: a way
 * @func: what to call
 * @data: its argument
 *
 * Calls and waits. In a context of somebody else's that nobody iterates, the
 * call is done in this thread. Not to be called from a streaming thread, nor
 * with a lock held that a call may want.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_calls_call (GstClaspSinkCalls *self, GstClaspSinkCall func,
    gpointer data)
{
  Waiter waiter = {self, func, data, FALSE};
  g_autoptr (GMainContext) context = NULL;

  g_mutex_lock (&self->lock);
  context = self->context ? g_main_context_ref (self->context) : NULL;
  g_mutex_unlock (&self->lock);
  if (!context) {
    func (data);
  } else if (!self->thread && g_main_context_acquire (context)) {
    call_in_place (context, func, data);
    g_main_context_release (context);
  } else if (g_main_context_is_owner (context)) {
    func (data);
  } else {
    gst_clasp_sink_calls_invoke (self, run_waiter, &waiter, NULL);
    g_mutex_lock (&self->lock);
    while (!waiter.done)
      g_cond_wait (&self->done, &self->lock);
    g_mutex_unlock (&self->lock);
  }
}
