/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-io-thread.h"

/**
 * ClaspIoThread:
 *
 * A thread with a main context of its own, for objects that live in one
 * context while their users live in many. Stopping quits the loop from a
 * source, so a stop cannot be lost before the loop runs; the context is
 * drained before the thread ends.
 *
 * Since: 0.1
 */
struct _ClaspIoThread {
  GObject parent_instance;

  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  char *name;
};

G_DEFINE_FINAL_TYPE (ClaspIoThread, clasp_io_thread, G_TYPE_OBJECT)

typedef struct {
  GSourceFunc func;
  gpointer data;
  GMutex mutex; /* protects done; leaf lock */
  GCond cond;
  gboolean done;
} Call;

static void
attach (ClaspIoThread *self, GSourceFunc func, gpointer data,
    GDestroyNotify notify)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, notify);
  g_source_set_static_name (source, "[clasp] io thread call");
  g_source_attach (source, self->context);
}

static gpointer
run (gpointer data)
{
  g_autoptr (GMainContext) context =
      g_main_context_ref (((ClaspIoThread *) data)->context);
  g_autoptr (GMainLoop) loop = g_main_loop_ref (((ClaspIoThread *) data)->loop);

  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_main_context_pop_thread_default (context);
  return NULL;
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static gboolean
perform_call (gpointer data)
{
  Call *call = data;

  call->func (call->data);
  g_mutex_lock (&call->mutex);
  call->done = TRUE;
  g_cond_signal (&call->cond);
  g_mutex_unlock (&call->mutex);
  return G_SOURCE_REMOVE;
}

/**
 * clasp_io_thread_new:
 * @name: name of the thread, for debuggers
 *
 * Starts a thread that iterates a main context of its own.
 *
 * Returns: (transfer full): a new thread
 *
 * Since: 0.1
 */
ClaspIoThread *
clasp_io_thread_new (const char *name)
{
  ClaspIoThread *self = g_object_new (CLASP_TYPE_IO_THREAD, NULL);

  self->name = g_strdup (name);
  self->thread = g_thread_new (name, run, self);
  return self;
}

/**
 * clasp_io_thread_get_context:
 * @self: a #ClaspIoThread
 *
 * Returns: (transfer none): the context that the thread iterates
 *
 * Since: 0.1
 */
GMainContext *
clasp_io_thread_get_context (ClaspIoThread *self)
{
  g_return_val_if_fail (CLASP_IS_IO_THREAD (self), NULL);
  return self->context;
}

/**
 * clasp_io_thread_invoke:
 * @self: a #ClaspIoThread
 * @func: (scope notified): what to run
 * @data: its argument
 * @notify: (nullable): frees @data
 *
 * Queues @func to run in the thread, also when called from the thread itself.
 * Calls run in the order in which they were queued. May be called from any
 * thread. After the thread was stopped the call is dropped and @data freed.
 *
 * Since: 0.1
 */
void
clasp_io_thread_invoke (ClaspIoThread *self, GSourceFunc func, gpointer data,
    GDestroyNotify notify)
{
  g_return_if_fail (CLASP_IS_IO_THREAD (self));
  attach (self, func, data, notify);
}

/**
 * clasp_io_thread_call:
 * @self: a #ClaspIoThread
 * @func: (scope call): what to run
 * @data: its argument
 *
 * Runs @func in the thread and waits for it. Called from the thread itself, it
 * runs at once. Must not be called after clasp_io_thread_stop(), nor while
 * holding a lock that the thread may want.
 *
 * Since: 0.1
 */
void
clasp_io_thread_call (ClaspIoThread *self, GSourceFunc func, gpointer data)
{
  Call call = {.func = func, .data = data};

  g_return_if_fail (CLASP_IS_IO_THREAD (self));
  if (g_thread_self () == self->thread) {
    func (data);
    return;
  }
  g_mutex_init (&call.mutex);
  g_cond_init (&call.cond);
  attach (self, perform_call, &call, NULL);
  g_mutex_lock (&call.mutex);
  while (!call.done)
    g_cond_wait (&call.cond, &call.mutex);
  g_mutex_unlock (&call.mutex);
  g_cond_clear (&call.cond);
  g_mutex_clear (&call.mutex);
}

/**
 * clasp_io_thread_stop:
 * @self: a #ClaspIoThread
 *
 * Lets queued calls run, ends the thread and waits for it. Must not be called
 * from the thread itself. Calling it again does nothing.
 *
 * Since: 0.1
 */
void
clasp_io_thread_stop (ClaspIoThread *self)
{
  g_return_if_fail (CLASP_IS_IO_THREAD (self));
  if (!self->thread)
    return;
  g_return_if_fail (g_thread_self () != self->thread);
  attach (self, quit, self->loop, NULL);
  g_thread_join (g_steal_pointer (&self->thread));
}

static void
clasp_io_thread_finalize (GObject *object)
{
  ClaspIoThread *self = CLASP_IO_THREAD (object);

  clasp_io_thread_stop (self);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (clasp_io_thread_parent_class)->finalize (object);
}

static void
clasp_io_thread_class_init (ClaspIoThreadClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = clasp_io_thread_finalize;
}

static void
clasp_io_thread_init (ClaspIoThread *self)
{
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
}
