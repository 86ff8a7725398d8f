/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* What one more viewer costs the sender: CPU, threads, descriptors, memory,
 * against the same run with one encoder per viewer. The viewers and the relay
 * live in a process of their own (bench-receivers). */

#include "bench-common.h"

#include <stdio.h>

typedef struct {
  double cpu;
  guint threads, descriptors;
  double megabytes;
  guint64 frames_sent;
  guint64 frames_least;
} Sample;

static int seconds = 10;
static gboolean shared_only;

static GstPadProbeReturn
count_raw (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_atomic_int_inc (&((Sender *) data)->sent);
  return GST_PAD_PROBE_OK;
}

/* The model of one encoder per viewer: as many claspsinks, one viewer each. */
static void
start_encoders (Sender *self, guint port, guint n)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstPad) pad = NULL;
  guint i;

  g_string_printf (text,
      "videotestsrc name=source is-live=true pattern=zone-plate kx2=6 ky2=6 "
      "kt=1 ! video/x-raw,width=%d,height=%d,framerate=%d/1 ! tee name=t ",
      BENCH_WIDTH, BENCH_HEIGHT, BENCH_FPS);
  for (i = 0; i < n; i++)
    g_string_append_printf (text,
        "t. ! queue ! claspsink relay-url=ws://127.0.0.1:%u room=encoder%u "
        "bitrate=%d ",
        port, i, BENCH_BITRATE_KBIT * 1000);
  if (n == 0)
    g_string_append (text, "t. ! fakesink sync=true");
  bench_sender_play (self, text->str);
  g_string_free (text, TRUE);
  source = gst_bin_get_by_name (GST_BIN (self->pipeline), "source");
  pad = gst_element_get_static_pad (source, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_raw, self, NULL);
}

static Sample
measure (Sender *sender, Receivers *receivers)
{
  Sample sample = {0};
  gint64 start;
  double cpu;
  guint64 least;
  gint sent;

  bench_let_run (2000);
  least = bench_least_frames (receivers);
  sent = g_atomic_int_get (&sender->sent);
  cpu = bench_cpu_seconds ();
  start = g_get_monotonic_time ();
  bench_let_run (seconds * 1000);
  sample.cpu = 100.0 * (bench_cpu_seconds () - cpu) /
      ((g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
  sample.frames_least = bench_least_frames (receivers) - least;
  sample.frames_sent = g_atomic_int_get (&sender->sent) - sent;
  sample.threads = bench_count_threads ();
  sample.descriptors = bench_count_descriptors ();
  sample.megabytes = bench_resident_megabytes ();
  return sample;
}

static void
print_sample (const char *mode, guint n, const Sample *sample)
{
  printf ("%s n=%u cpu=%.1f%% threads=%u fds=%u rss=%.1fMB frames=%.1f%%\n",
      mode, n, sample->cpu, sample->threads, sample->descriptors,
      sample->megabytes,
      n == 0 || sample->frames_sent == 0
          ? 100.0
          : 100.0 * sample->frames_least / sample->frames_sent);
  fflush (stdout);
}

static void
join (Receivers *receivers, guint n, gboolean own_rooms)
{
  g_autofree char *question = g_strdup_printf ("join %u %s normal", n,
      own_rooms ? "encoder%u" : "test");
  g_autofree char *answer = n > 0 ? bench_ask (receivers, question) : NULL;
}

static double
slope (const Sample *first, const Sample *last, guint n)
{
  return (last->cpu - first->cpu) / n;
}

static double
run_shared (const char *path)
{
  static const guint counts[] = {1, 2, 4, 8, 16, 32};
  Receivers receivers = {0};
  Sender sender = {0};
  Sample samples[G_N_ELEMENTS (counts)];
  const Sample *first = &samples[0];
  const Sample *last = &samples[G_N_ELEMENTS (counts) - 1];
  guint i, joined = 0, more;
  g_autofree char *sink = NULL;
  double per_viewer;

  bench_receivers_start (&receivers, path, NULL);
  sink =
      g_strdup_printf ("claspsink relay-url=ws://127.0.0.1:%u max-viewers=200",
          receivers.port);
  bench_sender_start_recorded (&sender, sink);
  for (i = 0; i < G_N_ELEMENTS (counts); i++) {
    join (&receivers, counts[i] - joined, FALSE);
    joined = counts[i];
    samples[i] = measure (&sender, &receivers);
    print_sample ("shared", joined, &samples[i]);
  }
  bench_sender_stop (&sender);
  bench_receivers_stop (&receivers);
  more = joined - counts[0];
  per_viewer = slope (first, last, more);
  printf ("per further viewer: cpu %.2f%% of a core, threads %.1f, "
          "descriptors %.1f, memory %.2f MB\n",
      per_viewer, (last->threads - first->threads) / (double) more,
      (last->descriptors - first->descriptors) / (double) more,
      (last->megabytes - first->megabytes) / more);
  return per_viewer;
}

static double
run_encoders (const char *path)
{
  static const guint counts[] = {0, 1, 2, 4};
  Sample samples[G_N_ELEMENTS (counts)];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (counts); i++) {
    Receivers receivers = {0};
    Sender sender = {0};

    bench_receivers_start (&receivers, path, NULL);
    start_encoders (&sender, receivers.port, counts[i]);
    join (&receivers, counts[i], TRUE);
    samples[i] = measure (&sender, &receivers);
    print_sample ("encoder-per-viewer", counts[i], &samples[i]);
    bench_sender_stop (&sender);
    bench_receivers_stop (&receivers);
  }
  return slope (&samples[1], &samples[G_N_ELEMENTS (counts) - 1],
      counts[G_N_ELEMENTS (counts) - 1] - counts[1]);
}

int
main (int argc, char **argv)
{
  GOptionEntry entries[] = {
      {"seconds", 's', 0, G_OPTION_ARG_INT, &seconds,
          "Length of each measurement", "N"},
      {"shared-only", 0, 0, G_OPTION_ARG_NONE, &shared_only,
          "Leave out the encoder per viewer", NULL},
      {NULL},
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- cost of one more viewer");
  g_autofree char *path = bench_sibling (argv[0], "bench-receivers");
  g_autoptr (GError) error = NULL;
  double shared, encoders;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  shared = run_shared (path);
  if (shared_only)
    return 0;
  encoders = run_encoders (path);
  printf ("cpu per further viewer: shared %.2f%%, encoder each %.2f%%, ratio "
          "1/%.1f\n",
      shared, encoders, encoders / shared);
  return 0;
}
