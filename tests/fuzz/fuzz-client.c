/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp/clasp-client-private.h"
#include "fuzz.h"

/*
 * A client that is connected to somebody hostile. The input is a script: one
 * byte of options, then steps of one byte what, two bytes length, and bytes.
 */

#define OPTION_NO_WELCOME 1
#define OPTION_PACED 2
#define MAX_QUEUE 70000

enum {
  STEP_FRAME,
  STEP_STREAM,
  STEP_EVENT,
  STEP_GET,
  STEP_SUBSCRIBE,
  STEP_UNSUBSCRIBE,
  STEP_ITERATE,
  STEP_RECONNECT,
  N_STEPS,
};

typedef struct {
  ClaspClient *client;
  GMainContext *context;
  ClaspSubscription *extra; /* NULL or one made by a step */
} Target;

static void
on_received (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, gpointer data)
{
  g_assert_true (address && g_utf8_validate (address, -1, NULL));
  g_assert_true (!value || g_variant_is_normal_form (value));
  g_assert_nonnull (message);
  ++*(guint *) data;
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value =
      clasp_client_get_finish (CLASP_CLIENT (source), result, &error);

  g_assert_true ((value != NULL) != (error != NULL));
}

static void
iterate (Target *target)
{
  for (guint i = 0; i < 20; i++) {
    if (!g_main_context_iteration (target->context, FALSE))
      break;
  }
}

static void
receive_message (Target *target, ClaspMessage *taken)
{
  g_autoptr (ClaspMessage) message = taken;
  g_autoptr (GBytes) frame = clasp_message_encode (message, NULL);

  clasp_client_receive (target->client, frame);
}

static void
open_client (Target *target, guint8 options)
{
  clasp_client_open_detached (target->client);
  if (!(options & OPTION_NO_WELCOME))
    receive_message (target,
        clasp_message_new_welcome (CLASP_FEATURE_PARAM, 1700000000000000, "me",
            "fuzz", NULL));
}

static void
subscribe (Target *target, const guint8 *data, gsize size)
{
  g_autofree char *pattern = g_strndup ((const char *) data, size);

  if (!target->extra)
    target->extra = clasp_client_subscribe (target->client, pattern,
        CLASP_SIGNAL_MASK_ALL, NULL);
}

static void
reconnect (Target *target)
{
  clasp_client_disconnect (target->client);
  open_client (target, 0);
}

static GVariant *
new_sample (const guint8 *data, gsize size)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "seq", "d", (double) (size ? data[0] : 0));
  g_variant_dict_insert_value (&dict, "data",
      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1));
  return g_variant_dict_end (&dict);
}

static void
perform (Target *target, guint step, const guint8 *data, gsize size)
{
  g_autoptr (GBytes) frame = g_bytes_new (data, size);

  switch (step) {
    case STEP_FRAME:
      clasp_client_receive (target->client, frame);
      break;
    case STEP_STREAM:
      clasp_client_stream (target->client, "/s", new_sample (data, size), NULL);
      break;
    case STEP_EVENT:
      clasp_client_emit (target->client, "/a", new_sample (data, size), NULL);
      break;
    case STEP_GET:
      clasp_client_get_async (target->client, "/a", NULL, on_got, NULL);
      break;
    case STEP_SUBSCRIBE:
      subscribe (target, data, size);
      break;
    case STEP_UNSUBSCRIBE:
      if (target->extra)
        clasp_client_unsubscribe (target->client,
            g_steal_pointer (&target->extra));
      break;
    case STEP_RECONNECT:
      reconnect (target);
      break;
    case STEP_ITERATE:
    default:
      iterate (target);
      break;
  }
}

static void
run_script (Target *target, const guint8 *data, gsize size)
{
  while (size >= 3) {
    gsize length = MIN ((gsize) (data[1] << 8 | data[2]), size - 3);
    g_autoptr (GVariant) stats = NULL;
    guint64 queued;

    perform (target, data[0] % N_STEPS, data + 3, length);
    stats = clasp_client_get_stats (target->client);
    g_assert_true (g_variant_lookup (stats, "queued-bytes", "t", &queued));
    g_assert_cmpuint (queued, <=, MAX_QUEUE + 4096);
    data += 3 + length;
    size -= 3 + length;
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Target target = {.context = context};
  ClaspTimes times = CLASP_TIMES_INIT;
  guint n_received = 0;

  if (size < 1)
    return 0;
  g_main_context_push_thread_default (context);
  target.client = clasp_client_new ("ws://fuzz.invalid/");
  /* Never an attempt with a real socket. */
  times.backoff_min = times.backoff_max = 3600 * (gint64) G_USEC_PER_SEC;
  clasp_client_set_times (target.client, &times);
  g_object_set (target.client, "max-queue-bytes", MAX_QUEUE, "max-message-rate",
      (data[0] & OPTION_PACED) ? 30 : 0, NULL);
  g_signal_connect (clasp_client_subscribe (target.client, "/**",
                        CLASP_SIGNAL_MASK_ALL, NULL),
      "received", G_CALLBACK (on_received), &n_received);
  open_client (&target, data[0]);
  run_script (&target, data + 1, size - 1);
  clasp_client_disconnect (target.client);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_assert_finalize_object (target.client);
  g_main_context_pop_thread_default (context);
  return 0;
}
