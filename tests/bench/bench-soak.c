/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* 500 joins on one running sink: a third normal, a third with .local candidates
 * only, a third that never answer or vanish without a word. What is left of
 * threads, descriptors and memory is printed. */

#include "bench-common.h"

#include <stdio.h>

/* The sink gives up on a mute peer after 10 s and on a vanished one after 8. */
#define SETTLE_MS 12000
#define MAX_SETTLES 5

typedef struct {
  guint threads, descriptors;
  double megabytes;
} Use;

static int n_joins = 500;
static int batch = 30;

static Use
get_use (void)
{
  return (Use){bench_count_threads (), bench_count_descriptors (),
      bench_resident_megabytes ()};
}

static void
print_use (const char *when, const Use *use)
{
  printf ("%s: threads=%u fds=%u rss=%.1fMB\n", when, use->threads,
      use->descriptors, use->megabytes);
  fflush (stdout);
}

static void
ask (Receivers *receivers, const char *question)
{
  g_free (bench_ask (receivers, question));
}

static void
run_batch (Receivers *receivers, guint n, gboolean vanish)
{
  g_autofree char *normal = g_strdup_printf ("join %u test normal", n);
  g_autofree char *mdns = g_strdup_printf ("join %u test mdns", n);
  g_autofree char *mute = g_strdup_printf ("join %u test mute", n);

  ask (receivers, normal);
  ask (receivers, "leave");
  ask (receivers, mdns);
  ask (receivers, "leave");
  ask (receivers, vanish ? normal : mute);
  bench_let_run (1000);
  ask (receivers, "vanish");
}

/* Waits until the sink has no viewer's threads any more, within limits. */
static void
settle (const Use *base)
{
  guint i;

  for (i = 0; i < MAX_SETTLES && bench_count_threads () > base->threads; i++)
    bench_let_run (SETTLE_MS);
}

int
main (int argc, char **argv)
{
  GOptionEntry entries[] = {
      {"joins", 'n', 0, G_OPTION_ARG_INT, &n_joins, "Joins in all", "N"},
      {"batch", 'b', 0, G_OPTION_ARG_INT, &batch, "Joins at a time", "N"},
      {NULL},
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- many joins");
  g_autofree char *path = bench_sibling (argv[0], "bench-receivers");
  g_autofree char *sink = NULL;
  g_autoptr (GError) error = NULL;
  Receivers receivers = {0};
  Sender sender = {0};
  Use base, early, late;
  int done;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  bench_receivers_start (&receivers, path, NULL);
  sink =
      g_strdup_printf ("claspsink relay-url=ws://127.0.0.1:%u max-viewers=200",
          receivers.port);
  bench_sender_start_recorded (&sender, sink);
  bench_let_run (3000);
  base = get_use ();
  print_use ("before the first viewer", &base);
  early = base;
  for (done = 0; done < n_joins; done += batch) {
    run_batch (&receivers, batch / 3, (done / batch) % 2);
    if (done < 50 && done + batch >= 50) {
      settle (&base);
      early = get_use ();
      print_use ("after the first 50", &early);
    }
  }
  settle (&base);
  late = get_use ();
  print_use ("after all", &late);
  printf ("%d joins: %d threads and %d descriptors left, memory %+.1f MB after "
          "the first 50\n",
      done, (int) late.threads - (int) early.threads,
      (int) late.descriptors - (int) early.descriptors,
      late.megabytes - early.megabytes);
  bench_sender_stop (&sender);
  bench_receivers_stop (&receivers);
  return 0;
}
