/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

/* What the benchmarks share: the process with the viewers, the recorded sender,
 * and reading what this process uses. */

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gio/gio.h>

#define BENCH_WIDTH 1280
#define BENCH_HEIGHT 720
#define BENCH_FPS 30
#define BENCH_BITRATE_KBIT 2000

typedef struct {
  GSubprocess *process;
  GOutputStream *to;
  GDataInputStream *from;
  guint port;
} Receivers;

typedef struct {
  GstElement *pipeline;
  GThread *feeder;
  GstElement *appsrc;
  gint stop; /* atomic */
  gint sent; /* atomic */
} Sender;

char *bench_ask (Receivers *self, const char *question);
void bench_receivers_start (Receivers *self, const char *program,
    const char *relay_url);
void bench_receivers_stop (Receivers *self);
guint64 bench_least_frames (Receivers *self);

/* Encoded once, before anything is measured. */
void bench_record (void);
void bench_sender_play (Sender *self, const char *text);
void bench_sender_start_recorded (Sender *self, const char *sink);
void bench_sender_stop (Sender *self);

guint bench_count_threads (void);
guint bench_count_descriptors (void);
double bench_resident_megabytes (void);
double bench_cpu_seconds (void);
void bench_let_run (int ms);
char *bench_sibling (const char *program, const char *name);
