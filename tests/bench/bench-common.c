/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "bench-common.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define RECORDED_FRAMES 300

static GPtrArray *recording;

/* --- the other process --- */

char *
bench_ask (Receivers *self, const char *question)
{
  g_autofree char *line = g_strdup_printf ("%s\n", question);
  g_autoptr (GError) error = NULL;
  char *answer;

  g_output_stream_write_all (self->to, line, strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
  answer = g_data_input_stream_read_line (self->from, NULL, NULL, &error);
  g_assert_no_error (error);
  if (!answer)
    g_error ("the receivers ended at '%s'", question);
  return answer;
}

void
bench_receivers_start (Receivers *self, const char *program,
    const char *relay_url)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;

  self->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE |
          G_SUBPROCESS_FLAGS_STDOUT_PIPE,
      &error, program, relay_url, NULL);
  g_assert_no_error (error);
  self->to = g_subprocess_get_stdin_pipe (self->process);
  self->from =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  answer = bench_ask (self, "port");
  self->port = atoi (answer);
}

void
bench_receivers_stop (Receivers *self)
{
  g_output_stream_close (self->to, NULL, NULL);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->from);
  g_clear_object (&self->process);
}

guint64
bench_least_frames (Receivers *self)
{
  g_autofree char *answer = bench_ask (self, "frames");

  return g_ascii_strtoull (answer, NULL, 10);
}

/* --- 720p30 at 2 Mbit/s --- */

void
bench_record (void)
{
  g_autofree char *text = g_strdup_printf (
      "videotestsrc num-buffers=%d pattern=zone-plate kx2=6 ky2=6 kt=1 ! "
      "video/x-raw,width=%d,height=%d,framerate=%d/1 ! x264enc "
      "tune=zerolatency speed-preset=ultrafast bitrate=%d key-int-max=60 ! "
      "video/x-h264,profile=constrained-baseline,stream-format=byte-stream,"
      "alignment=au ! appsink name=sink sync=false",
      RECORDED_FRAMES, BENCH_WIDTH, BENCH_HEIGHT, BENCH_FPS,
      BENCH_BITRATE_KBIT);
  g_autoptr (GstElement) pipeline = gst_parse_launch (text, NULL);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstSample *sample;

  recording =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink)))) {
    g_ptr_array_add (recording,
        gst_buffer_ref (gst_sample_get_buffer (sample)));
    gst_sample_unref (sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static gpointer
feed (gpointer data)
{
  Sender *self = data;
  guint i;

  for (i = 0; !g_atomic_int_get (&self->stop); i++) {
    GstBuffer *buffer =
        gst_buffer_copy (g_ptr_array_index (recording, i % recording->len));

    GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) =
        gst_util_uint64_scale (i, GST_SECOND, BENCH_FPS);
    GST_BUFFER_DURATION (buffer) = GST_SECOND / BENCH_FPS;
    if (gst_app_src_push_buffer (GST_APP_SRC (self->appsrc), buffer) !=
        GST_FLOW_OK)
      break;
    g_atomic_int_inc (&self->sent);
  }
  return NULL;
}

void
bench_sender_play (Sender *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  self->pipeline = gst_parse_launch (text, &error);
  g_assert_no_error (error);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

/* @sink: a claspsink with its properties */
void
bench_sender_start_recorded (Sender *self, const char *sink)
{
  g_autofree char *text = g_strdup_printf (
      "appsrc name=source is-live=true format=time block=true max-buffers=2 "
      "max-bytes=0 caps=video/x-h264,stream-format=byte-stream,alignment=au,"
      "profile=constrained-baseline,width=%d,height=%d,framerate=%d/1 ! %s",
      BENCH_WIDTH, BENCH_HEIGHT, BENCH_FPS, sink);

  bench_record ();
  bench_sender_play (self, text);
  self->appsrc = gst_bin_get_by_name (GST_BIN (self->pipeline), "source");
  self->feeder = g_thread_new ("feeder", feed, self);
}

void
bench_sender_stop (Sender *self)
{
  g_atomic_int_set (&self->stop, TRUE);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  if (self->feeder)
    g_thread_join (self->feeder);
  gst_clear_object (&self->appsrc);
  gst_clear_object (&self->pipeline);
}

/* --- this process --- */

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

double
bench_resident_megabytes (void)
{
  g_autofree char *text = NULL;
  unsigned long size = 0, resident = 0;

  g_file_get_contents ("/proc/self/statm", &text, NULL, NULL);
  if (sscanf (text, "%lu %lu", &size, &resident) != 2)
    return 0;
  return resident * 4096.0 / 1e6;
}

double
bench_cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
      (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
bench_let_run (int ms)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add (ms, quit, loop);
  g_main_loop_run (loop);
}

guint
bench_count_threads (void)
{
  return count_entries ("/proc/self/task");
}

guint
bench_count_descriptors (void)
{
  return count_entries ("/proc/self/fd");
}

/* (transfer full): path of another program of this folder */
char *
bench_sibling (const char *program, const char *name)
{
  g_autofree char *folder = g_path_get_dirname (program);

  return g_build_filename (folder, name, NULL);
}
