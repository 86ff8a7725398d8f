/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-client-private.h"

/* A GET that waits for a SNAPSHOT with its address. */
typedef struct {
  char *address;
  gint64 asked;
  GSource *timer; /* also wakes when cancelled */
} Get;

static void
get_free (gpointer data)
{
  Get *get = data;

  g_free (get->address);
  if (get->timer)
    g_source_destroy (get->timer);
  g_clear_pointer (&get->timer, g_source_unref);
  g_free (get);
}

/* Takes the waiting ones of @address, or all, out of the list, as completing
 * one runs code of others. */
static GPtrArray *
steal_gets (ClaspClient *self, const char *address)
{
  GPtrArray *stolen = g_ptr_array_new_with_free_func (g_object_unref);
  guint i = 0;

  while (i < self->gets->len) {
    Get *get = g_task_get_task_data (self->gets->pdata[i]);

    if (!address || g_str_equal (get->address, address))
      g_ptr_array_add (stolen, g_ptr_array_steal_index (self->gets, i));
    else
      i++;
  }
  return stolen;
}

/*
 * clasp_client_answer_gets:
 * @self: a client
 * @address: address of a param
 * @value: (nullable): its value
 */
void
clasp_client_answer_gets (ClaspClient *self, const char *address,
    GVariant *value)
{
  g_autoptr (GPtrArray) gets = NULL;

  if (self->gets->len == 0 || !value)
    return;
  gets = steal_gets (self, address);
  for (guint i = 0; i < gets->len; i++)
    g_task_return_pointer (gets->pdata[i], g_variant_ref (value),
        (GDestroyNotify) g_variant_unref);
}

/*
 * clasp_client_refuse_gets:
 * @self: a client
 * @address: (nullable): address that was refused, %NULL: all
 * @error: why
 */
void
clasp_client_refuse_gets (ClaspClient *self, const char *address,
    const GError *error)
{
  g_autoptr (GPtrArray) gets = steal_gets (self, address);

  for (guint i = 0; i < gets->len; i++)
    g_task_return_error (gets->pdata[i], g_error_copy (error));
}

/* Relays do not answer a GET of what they do not have. */
static void
return_no_answer (ClaspClient *self, GTask *task)
{
  Get *get = g_task_get_task_data (task);
  g_autofree char *url = clasp_client_dup_shown_url (self);
  double seconds = self->times.get / (double) G_USEC_PER_SEC;

  if (self->connection &&
      clasp_connection_get_last_heard (self->connection) > get->asked)
    g_task_return_new_error (task, CLASP_ERROR, CLASP_ERROR_NOT_FOUND,
        "relay %s has no value at %s (no answer within %.1f s)", url,
        get->address, seconds);
  else
    g_task_return_new_error (task, CLASP_ERROR, CLASP_ERROR_TIMEOUT,
        "relay %s did not answer the GET of %s within %.1f s", url,
        get->address, seconds);
}

static gboolean
on_timer (gpointer data)
{
  g_autoptr (GTask) task = g_object_ref (data);
  ClaspClient *self = g_task_get_source_object (task);

  if (g_ptr_array_remove (self->gets, task) &&
      !g_task_return_error_if_cancelled (task))
    return_no_answer (self, task);
  return G_SOURCE_REMOVE;
}

static GSource *
new_timer (ClaspClient *self, GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  GSource *timer = g_timeout_source_new ((guint) (self->times.get / 1000));

  g_source_set_static_name (timer, "[clasp] get");
  g_source_set_callback (timer, on_timer, task, NULL);
  if (cancellable) {
    g_autoptr (GSource) child = g_cancellable_source_new (cancellable);

    g_source_set_dummy_callback (child);
    g_source_add_child_source (timer, child);
  }
  g_source_attach (timer, self->context);
  return timer;
}

/**
 * clasp_client_get_async:
 * @self: a #ClaspClient
 * @address: address of a param
 * @cancellable: (nullable): to give up
 * @callback: (scope async): called with the answer
 * @data: its argument
 *
 * Asks the relay for the value of a param.
 *
 * Since: 0.1
 */
void
clasp_client_get_async (ClaspClient *self, const char *address,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (ClaspMessage) message = NULL;
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;
  Get *get;

  g_return_if_fail (CLASP_IS_CLIENT (self));
  g_return_if_fail (address);
  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, clasp_client_get_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  message = clasp_message_new_get (address);
  if (!clasp_client_send (self, message, &error)) {
    g_task_return_error (task, error);
    return;
  }
  get = g_new0 (Get, 1);
  get->address = g_strdup (address);
  get->asked = g_get_monotonic_time ();
  get->timer = new_timer (self, task);
  g_task_set_task_data (task, get, get_free);
  g_ptr_array_add (self->gets, g_steal_pointer (&task));
}

/**
 * clasp_client_get_finish:
 * @self: a #ClaspClient
 * @result: what the callback got
 * @error: return location of a #GError
 *
 * Returns: (transfer full): the value; %NULL with %CLASP_ERROR_NOT_FOUND if
 *   the relay has none (it only does not answer, for 5 s),
 *   %CLASP_ERROR_TIMEOUT if the relay was silent altogether,
 *   %CLASP_ERROR_FORBIDDEN, %CLASP_ERROR_NOT_CONNECTED or %CLASP_ERROR_CLOSED
 *
 * Since: 0.1
 */
GVariant *
clasp_client_get_finish (ClaspClient *self, GAsyncResult *result,
    GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
