/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "client-fixture.h"

#include "clasp/clasp-value.h"

#define WATCHDOG_SECONDS 30

static gboolean
bark (gpointer data)
{
  g_error ("watchdog: the test waits for something that does not happen");
  return G_SOURCE_REMOVE;
}

static void
on_error (ClaspClient *client, const GError *error, gpointer data)
{
  g_test_message ("error: %s", error->message);
  g_ptr_array_add (((Fixture *) data)->errors, g_error_copy (error));
}

static void
on_session_changed (ClaspClient *client, const char *session, gpointer data)
{
  g_ptr_array_add (((Fixture *) data)->sessions, g_strdup (session));
}

/* Reconnects at once; the other times are those of a real client. */
ClaspTimes
fixture_short_times (void)
{
  ClaspTimes times = CLASP_TIMES_INIT;

  times.backoff_min = 20 * 1000;
  times.backoff_max = 200 * 1000;
  return times;
}

Fixture *
fixture_new_with_relay (ScriptedRelay *relay)
{
  Fixture *f = g_new0 (Fixture, 1);
  ClaspTimes times = fixture_short_times ();

  f->watchdog = g_timeout_add_seconds (WATCHDOG_SECONDS, bark, NULL);
  f->relay = relay;
  f->client = clasp_client_new (scripted_relay_get_url (relay));
  clasp_client_set_times (f->client, &times);
  f->errors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  f->sessions = g_ptr_array_new_with_free_func (g_free);
  f->received = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (f->client, "error", G_CALLBACK (on_error), f);
  g_signal_connect (f->client, "session-changed",
      G_CALLBACK (on_session_changed), f);
  return f;
}

Fixture *
fixture_new (const ScriptedRelayRules *rules)
{
  return fixture_new_with_relay (scripted_relay_new (rules));
}

void
fixture_free (Fixture *f)
{
  clasp_client_disconnect (f->client);
  g_signal_handlers_disconnect_by_data (f->client, f);
  g_assert_finalize_object (f->client);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  scripted_relay_free (f->relay);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_source_remove (f->watchdog);
  g_ptr_array_unref (f->errors);
  g_ptr_array_unref (f->sessions);
  g_ptr_array_unref (f->received);
  g_free (f);
}

static gboolean
set_flag (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* To see that something does not happen. */
void
fixture_wait_for (gint64 duration)
{
  gboolean over = FALSE;

  g_timeout_add ((guint) (duration / 1000), set_flag, &over);
  WAIT (over);
}

typedef struct {
  gboolean done;
  gboolean success;
  GError *error;
} Result;

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  Result *outcome = data;

  outcome->success = clasp_client_connect_finish (CLASP_CLIENT (source), result,
      &outcome->error);
  outcome->done = TRUE;
}

gboolean
fixture_try_connect (Fixture *f, GError **error)
{
  Result outcome = {0};

  clasp_client_connect_async (f->client, NULL, on_connected, &outcome);
  WAIT (outcome.done);
  if (outcome.error)
    g_propagate_error (error, outcome.error);
  return outcome.success;
}

void
fixture_connect (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  fixture_try_connect (f, &error);
  g_assert_no_error (error);
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer data)
{
  FixtureGet *get = data;

  get->value =
      clasp_client_get_finish (CLASP_CLIENT (source), result, &get->error);
  get->done = TRUE;
}

void
fixture_start_get (Fixture *f, const char *address, GCancellable *cancellable,
    FixtureGet *get)
{
  clasp_client_get_async (f->client, address, cancellable, on_got, get);
}

void
fixture_get_clear (FixtureGet *get)
{
  g_clear_pointer (&get->value, g_variant_unref);
  g_clear_error (&get->error);
}

static void
on_received (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, gpointer data)
{
  g_autofree char *text = value ? clasp_value_print (value) : g_strdup ("-");

  g_ptr_array_add (((Fixture *) data)->received,
      g_strdup_printf ("%s=%s", address, text));
}

ClaspSubscription *
fixture_subscribe (Fixture *f, const char *pattern, ClaspSignalMask signals)
{
  g_autoptr (GError) error = NULL;
  ClaspSubscription *subscription =
      clasp_client_subscribe (f->client, pattern, signals, &error);

  g_assert_no_error (error);
  g_signal_connect (subscription, "received", G_CALLBACK (on_received), f);
  return subscription;
}

guint64
fixture_get_stat (Fixture *f, const char *name)
{
  g_autoptr (GVariant) stats = clasp_client_get_stats (f->client);
  guint64 wide = 0;
  guint32 narrow = 0;

  if (g_variant_lookup (stats, name, "t", &wide))
    return wide;
  g_assert_true (g_variant_lookup (stats, name, "u", &narrow));
  return narrow;
}
