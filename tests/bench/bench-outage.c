/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The relay is killed while four viewers watch, and comes back. Frames lost to
 * that, and the time until a new viewer sees the picture. */

#include "bench-common.h"

#include <signal.h>
#include <stdio.h>

#define VIEWERS 4

static int outage = 60;

static GSubprocess *
start_relay (const char *program, guint port)
{
  g_autofree char *text = g_strdup_printf ("--port=%u", port);
  g_autoptr (GError) error = NULL;
  GSubprocess *relay = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
      program, text, NULL);
  g_autoptr (GDataInputStream) output = NULL;

  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (relay));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (output),
      FALSE);
  g_free (g_data_input_stream_read_line (output, NULL, NULL, NULL));
  return relay;
}

static void
kill_relay (GSubprocess *relay)
{
  g_subprocess_send_signal (relay, SIGKILL);
  g_subprocess_wait (relay, NULL, NULL);
  g_object_unref (relay);
}

static void
join (Receivers *receivers, guint n)
{
  g_autofree char *question = g_strdup_printf ("join %u test normal", n);

  g_free (bench_ask (receivers, question));
}

int
main (int argc, char **argv)
{
  GOptionEntry entries[] = {
      {"outage", 'o', 0, G_OPTION_ARG_INT, &outage, "Seconds without relay",
          "N"},
      {NULL},
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("PATH-OF-clasp-relay-embedded PORT");
  g_autofree char *path = bench_sibling (argv[0], "bench-receivers");
  g_autofree char *url = NULL, *sink = NULL;
  g_autoptr (GError) error = NULL;
  Receivers receivers = {0};
  Receivers newcomers = {0};
  Sender sender = {0};
  GSubprocess *relay;
  guint64 least;
  gint sent;
  gint64 returned;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 3) {
    g_printerr ("usage: bench-outage PATH-OF-clasp-relay-embedded PORT\n");
    return 2;
  }
  relay = start_relay (argv[1], atoi (argv[2]));
  url = g_strdup_printf ("ws://127.0.0.1:%s", argv[2]);
  sink = g_strdup_printf ("claspsink relay-url=%s", url);
  bench_sender_start_recorded (&sender, sink);
  bench_receivers_start (&receivers, path, url);
  join (&receivers, VIEWERS);
  bench_let_run (2000);

  least = bench_least_frames (&receivers);
  sent = g_atomic_int_get (&sender.sent);
  kill_relay (relay);
  bench_let_run (outage * 1000);
  relay = start_relay (argv[1], atoi (argv[2]));
  returned = g_get_monotonic_time ();
  bench_receivers_start (&newcomers, path, url);
  join (&newcomers, 1);
  printf ("new viewer sees the picture %.1f s after the relay's return\n",
      (g_get_monotonic_time () - returned) / 1e6);
  bench_let_run (10000);
  least = bench_least_frames (&receivers) - least;
  sent = g_atomic_int_get (&sender.sent) - sent;
  printf ("outage of %d s with %d viewers: %d frames sent, %" G_GUINT64_FORMAT
          " received by the worst viewer, difference %d\n",
      outage, VIEWERS, sent, least, sent - (int) least);
  bench_sender_stop (&sender);
  bench_receivers_stop (&receivers);
  bench_receivers_stop (&newcomers);
  kill_relay (relay);
  return 0;
}
