/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The real relay forgets what it has not read yet when a connection closes, and
 * so the presence of a client that sets it to null and hangs up may stay for
 * good. Hence the client hangs up only when its null has come back to it. */

#include "gstclaspfarewell-private.h"

#include <string.h>

#define LIMIT_MS 500
#define WAIT_LIMIT_US (1000 * 1000)

struct _GstClaspFarewells {
  gatomicrefcount refs;

  /* Protects n; leaf lock. */
  GMutex lock;
  GCond changed;
  guint n;
};

/* Belongs to its source, and so to the context of the client. */
typedef struct {
  GstClaspFarewells *farewells;
  ClaspClient *client;
  ClaspSubscription *subscription;
  char *address;
  GSource *limit; /* owns this struct */
  gboolean finished;
} Farewell;

GstClaspFarewells *
gst_clasp_farewells_new (void)
{
  GstClaspFarewells *self = g_new0 (GstClaspFarewells, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  return self;
}

GstClaspFarewells *
gst_clasp_farewells_ref (GstClaspFarewells *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
gst_clasp_farewells_unref (GstClaspFarewells *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

static void
farewells_add (GstClaspFarewells *self, int n)
{
  g_mutex_lock (&self->lock);
  self->n += n;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gboolean
farewells_is_empty (GstClaspFarewells *self)
{
  gboolean empty;

  g_mutex_lock (&self->lock);
  empty = self->n == 0;
  g_mutex_unlock (&self->lock);
  return empty;
}

/* Until all are done, twice LIMIT_MS at most. @context has to be iterated: by
 * this call, if no other thread does. */
void
gst_clasp_farewells_wait (GstClaspFarewells *self, GMainContext *context)
{
  gint64 deadline = g_get_monotonic_time () + WAIT_LIMIT_US;

  if (g_main_context_acquire (context)) {
    while (!farewells_is_empty (self))
      g_main_context_iteration (context, TRUE);
    g_main_context_release (context);
    return;
  }
  g_mutex_lock (&self->lock);
  while (
      self->n > 0 && g_cond_wait_until (&self->changed, &self->lock, deadline))
    ;
  g_mutex_unlock (&self->lock);
}

static void
farewell_free (gpointer data)
{
  Farewell *self = data;

  g_signal_handlers_disconnect_by_data (self->client, self);
  g_signal_handlers_disconnect_by_data (self->subscription, self);
  g_object_unref (self->subscription);
  g_object_unref (self->client);
  g_free (self->address);
  farewells_add (self->farewells, -1);
  gst_clasp_farewells_unref (self->farewells);
  g_free (self);
}

static void
on_closed (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autoptr (GSource) limit = data;

  clasp_client_disconnect_finish (CLASP_CLIENT (client), result);
  g_source_destroy (limit);
}

static void
finish (Farewell *self)
{
  self->finished = TRUE;
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_signal_handlers_disconnect_by_data (self->subscription, self);
  clasp_client_disconnect_async (self->client, on_closed,
      g_source_ref (self->limit));
}

static gboolean
on_limit (gpointer data)
{
  Farewell *self = data;

  if (self->finished)
    return G_SOURCE_REMOVE;
  finish (self);
  return G_SOURCE_CONTINUE;
}

static void
on_received (Farewell *self, const char *address, GVariant *value,
    ClaspMessage *message)
{
  if (strcmp (address, self->address) != 0)
    return;
  if (value == NULL || clasp_value_is_null (value))
    finish (self);
}

static void
on_state (Farewell *self)
{
  if (clasp_client_get_state (self->client) != CLASP_CLIENT_CONNECTED)
    finish (self);
}

/* The null for @address is on its way; @subscription will show it. */
void
gst_clasp_farewell_start (GstClaspFarewells *farewells, GMainContext *context,
    ClaspClient *client, ClaspSubscription *subscription, const char *address)
{
  Farewell *self = g_new0 (Farewell, 1);
  g_autoptr (GSource) limit = g_timeout_source_new (LIMIT_MS);

  farewells_add (farewells, 1);
  self->farewells = gst_clasp_farewells_ref (farewells);
  self->client = g_object_ref (client);
  self->subscription = g_object_ref (subscription);
  self->address = g_strdup (address);
  self->limit = limit;
  g_signal_connect_swapped (subscription, "received", G_CALLBACK (on_received),
      self);
  g_signal_connect_swapped (client, "notify::state", G_CALLBACK (on_state),
      self);
  g_source_set_static_name (limit, "[clasp] limit of a good-bye");
  g_source_set_callback (limit, on_limit, self, farewell_free);
  g_source_attach (limit, context);
}
