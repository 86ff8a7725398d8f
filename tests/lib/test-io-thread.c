/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp/clasp.h"

#define ROUNDS 1000

static gboolean
count (gpointer data)
{
  g_atomic_int_inc ((int *) data);
  return G_SOURCE_REMOVE;
}

static gboolean
note_thread (gpointer data)
{
  *(GThread **) data = g_thread_self ();
  return G_SOURCE_REMOVE;
}

/* A stop before the loop runs must not be lost. */
static void
test_start_stop (void)
{
  for (guint i = 0; i < ROUNDS; i++) {
    g_autoptr (ClaspIoThread) thread = clasp_io_thread_new ("test");

    clasp_io_thread_stop (thread);
    clasp_io_thread_stop (thread);
  }
}

static void
test_start_drop (void)
{
  for (guint i = 0; i < ROUNDS; i++)
    g_object_unref (clasp_io_thread_new ("test"));
}

/* What was queued before the stop still runs. */
static void
test_invoke_stop (void)
{
  int calls = 0;

  for (guint i = 0; i < ROUNDS; i++) {
    g_autoptr (ClaspIoThread) thread = clasp_io_thread_new ("test");

    clasp_io_thread_invoke (thread, count, &calls, NULL);
    clasp_io_thread_invoke (thread, count, &calls, NULL);
    clasp_io_thread_stop (thread);
    g_assert_cmpint (g_atomic_int_get (&calls), ==, 2 * (int) (i + 1));
  }
}

static void
test_call (void)
{
  g_autoptr (ClaspIoThread) thread = clasp_io_thread_new ("test");
  GThread *in_call = NULL, *again = NULL;

  clasp_io_thread_call (thread, note_thread, &in_call);
  clasp_io_thread_call (thread, note_thread, &again);
  g_assert_nonnull (in_call);
  g_assert_true (in_call == again);
  g_assert_true (in_call != g_thread_self ());
}

typedef struct {
  ClaspIoThread *thread;
  GThread *inner;
  GMainContext *context;
} Nested;

static gboolean
call_nested (gpointer data)
{
  Nested *nested = data;

  nested->context = g_main_context_get_thread_default ();
  clasp_io_thread_call (nested->thread, note_thread, &nested->inner);
  g_assert_true (nested->inner == g_thread_self ());
  return G_SOURCE_REMOVE;
}

/* From the thread itself a call runs at once instead of waiting for itself. */
static void
test_call_nested (void)
{
  Nested nested = {clasp_io_thread_new ("test"), NULL, NULL};

  clasp_io_thread_call (nested.thread, call_nested, &nested);
  g_assert_nonnull (nested.inner);
  g_assert_true (nested.context == clasp_io_thread_get_context (nested.thread));
  g_object_unref (nested.thread);
}

static void
freed (gpointer data)
{
  g_atomic_int_inc ((int *) data);
}

static void
test_invoke_after_stop (void)
{
  ClaspIoThread *thread = clasp_io_thread_new ("test");
  int frees = 0;

  clasp_io_thread_stop (thread);
  clasp_io_thread_invoke (thread, count, &frees, freed);
  g_object_unref (thread);
  g_assert_cmpint (frees, ==, 1);
}

typedef struct {
  ClaspIoThread *thread;
  int calls;
  int frees;
} Race;

static gboolean
count_call (gpointer data)
{
  g_atomic_int_inc (&((Race *) data)->calls);
  return G_SOURCE_REMOVE;
}

static void
count_free (gpointer data)
{
  g_atomic_int_inc (&((Race *) data)->frees);
}

static gpointer
invoke_many (gpointer data)
{
  Race *race = data;

  for (guint i = 0; i < 100; i++)
    clasp_io_thread_invoke (race->thread, count_call, race, count_free);
  return NULL;
}

/* Callers in other threads race with the stop: every call either ran or was
 * dropped, and its data is freed either way. */
static void
test_invoke_race (void)
{
  for (guint i = 0; i < 50; i++) {
    Race race = {clasp_io_thread_new ("test"), 0, 0};
    GThread *caller = g_thread_new ("caller", invoke_many, &race);

    clasp_io_thread_stop (race.thread);
    g_thread_join (caller);
    g_object_unref (race.thread);
    g_assert_cmpint (race.calls, <=, 100);
    g_assert_cmpint (race.frees, ==, 100);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io-thread/start-stop", test_start_stop);
  g_test_add_func ("/io-thread/start-drop", test_start_drop);
  g_test_add_func ("/io-thread/invoke-stop", test_invoke_stop);
  g_test_add_func ("/io-thread/call", test_call);
  g_test_add_func ("/io-thread/call-nested", test_call_nested);
  g_test_add_func ("/io-thread/invoke-after-stop", test_invoke_after_stop);
  g_test_add_func ("/io-thread/invoke-race", test_invoke_race);
  return g_test_run ();
}
