/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Eight viewers ask for a key frame at once, then 50 viewers join within a
 * minute: how much of the bitrate the forced key frames take. */

#include "bench-common.h"

#include <stdio.h>

#define VIEWERS 8
#define JOINS 50
#define JOIN_INTERVAL_MS 1200

typedef struct {
  guint64 bytes, forced_bytes, frames, key_frames;
  guint requests, forced;
} Counts;

static Counts
get_counts (GstElement *sink)
{
  g_autoptr (GstStructure) stats = NULL;
  const GValue *rungs;
  const GstStructure *rung;
  Counts counts = {0};

  g_object_get (sink, "stats", &stats, NULL);
  rungs = gst_structure_get_value (stats, "rung-stats");
  if (!rungs || gst_value_array_get_size (rungs) == 0)
    return counts;
  rung = gst_value_get_structure (gst_value_array_get_value (rungs, 0));
  gst_structure_get_uint64 (rung, "bytes", &counts.bytes);
  gst_structure_get_uint64 (rung, "forced-key-bytes", &counts.forced_bytes);
  gst_structure_get_uint64 (rung, "frames", &counts.frames);
  gst_structure_get_uint64 (rung, "key-frames", &counts.key_frames);
  gst_structure_get_uint (rung, "key-unit-requests", &counts.requests);
  gst_structure_get_uint (rung, "forced-key-frames", &counts.forced);
  return counts;
}

static void
print_counts (const char *what, const Counts *a, const Counts *b)
{
  printf ("%s: %u requests, %u forced key frames of %" G_GUINT64_FORMAT
          " frames, %.1f%% of the bytes\n",
      what, b->requests - a->requests, b->forced - a->forced,
      b->frames - a->frames,
      b->bytes > a->bytes
          ? 100.0 * (b->forced_bytes - a->forced_bytes) / (b->bytes - a->bytes)
          : 0);
  fflush (stdout);
}

static void
ask (Receivers *receivers, const char *question)
{
  g_free (bench_ask (receivers, question));
}

int
main (int argc, char **argv)
{
  g_autofree char *path = bench_sibling (argv[0], "bench-receivers");
  g_autofree char *text = NULL;
  g_autofree char *join = g_strdup_printf ("join %d test normal", VIEWERS);
  g_autoptr (GstElement) sink = NULL;
  Receivers receivers = {0};
  Sender sender = {0};
  Counts start, asked, end;
  int i;

  gst_init (&argc, &argv);
  bench_receivers_start (&receivers, path, NULL);
  text = g_strdup_printf (
      "videotestsrc is-live=true pattern=zone-plate kx2=6 ky2=6 kt=1 ! "
      "video/x-raw,width=%d,height=%d,framerate=%d/1 ! claspsink name=sink "
      "relay-url=ws://127.0.0.1:%u bitrate=%d",
      BENCH_WIDTH, BENCH_HEIGHT, BENCH_FPS, receivers.port,
      BENCH_BITRATE_KBIT * 1000);
  bench_sender_play (&sender, text);
  sink = gst_bin_get_by_name (GST_BIN (sender.pipeline), "sink");
  ask (&receivers, join);
  bench_let_run (3000);
  start = get_counts (sink);
  ask (&receivers, "pli");
  bench_let_run (5000);
  asked = get_counts (sink);
  print_counts ("8 viewers ask at once, 5 s", &start, &asked);
  for (i = 0; i < JOINS; i++) {
    if (i % VIEWERS == 0)
      ask (&receivers, "leave");
    ask (&receivers, "join 1 test normal");
    bench_let_run (JOIN_INTERVAL_MS - 400);
  }
  end = get_counts (sink);
  print_counts ("50 joins", &asked, &end);
  print_counts ("both", &start, &end);
  bench_sender_stop (&sender);
  bench_receivers_stop (&receivers);
  return 0;
}
