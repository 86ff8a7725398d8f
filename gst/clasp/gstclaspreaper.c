/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/*
 * Process-wide: taking connections down away from the threads that must not
 * wait for them, making the first DTLS key early, counting descriptors.
 */

#include "gstclaspwebrtc-private.h"

#include <clasp/clasp.h>
#include <sys/resource.h>

#define REAPER_THREADS 2
/* One webrtcbin takes up to 10 descriptors; GLib aborts the process when a
 * pipe cannot be made, so a good many must stay free. */
#define DESCRIPTORS_PER_CONNECTION 16
#define DESCRIPTORS_RESERVED 64

static GMutex reaper_lock; /* protects the two below; leaf lock */
static GCond reaper_idle;
static guint reaper_pending;

static void
finish_one (void)
{
  g_mutex_lock (&reaper_lock);
  if (--reaper_pending == 0)
    g_cond_broadcast (&reaper_idle);
  g_mutex_unlock (&reaper_lock);
}

static void
take_down (gpointer data, gpointer user_data)
{
  GstElement *pipeline = data;

  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  finish_one ();
}

static GThreadPool *
get_pool (void)
{
  static gsize pool = 0;

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool,
        (gsize) g_thread_pool_new (take_down, NULL, REAPER_THREADS, FALSE,
            NULL));
  return (GThreadPool *) pool;
}

/* (transfer full) */
void
gst_clasp_reaper_take (GstElement *pipeline)
{
  g_mutex_lock (&reaper_lock);
  reaper_pending++;
  g_mutex_unlock (&reaper_lock);
  g_thread_pool_push (get_pool (), pipeline, NULL);
}

void
gst_clasp_reaper_wait (void)
{
  g_mutex_lock (&reaper_lock);
  while (reaper_pending > 0)
    g_cond_wait (&reaper_idle, &reaper_lock);
  g_mutex_unlock (&reaper_lock);
}

static void
offer_ready (GstPromise *promise, gpointer pipeline)
{
  gst_clasp_reaper_take (gst_object_ref (pipeline));
  finish_one ();
}

static GstElement *
new_warm_up_pipeline (GError **error)
{
  GstClaspIceConfig config = {0};
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,"
      "payload=96");
  g_autoptr (GstElement) webrtc = gst_clasp_webrtc_new (&config, error);
  GstElement *pipeline;

  if (!webrtc)
    return NULL;
  pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add (GST_BIN (pipeline), webrtc);
  transceiver = gst_clasp_webrtc_add_receiver (webrtc, caps, FALSE);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  g_signal_emit_by_name (webrtc, "create-offer", NULL,
      gst_promise_new_with_change_func (offer_ready, gst_object_ref (pipeline),
          gst_object_unref));
  return pipeline;
}

/* The key is made with the first transport, which an offer needs. */
static void
warm_up_in_thread (GTask *task, gpointer source, gpointer data,
    GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = new_warm_up_pipeline (&error);

  if (!pipeline)
    finish_one ();
  g_task_return_boolean (task, pipeline != NULL);
}

void
gst_clasp_webrtc_warm_up (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

    g_mutex_lock (&reaper_lock);
    reaper_pending++;
    g_mutex_unlock (&reaper_lock);
    g_task_run_in_thread (task, warm_up_in_thread);
    g_once_init_leave (&once, 1);
  }
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir))
    n++;
  return n;
}

gboolean
gst_clasp_descriptor_budget_check (GError **error)
{
  struct rlimit limit;
  guint open_now;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
    return TRUE;
  open_now = count_descriptors ();
  if (open_now + DESCRIPTORS_PER_CONNECTION + DESCRIPTORS_RESERVED <=
      limit.rlim_cur)
    return TRUE;
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_LIMIT,
      "%u of %" G_GUINT64_FORMAT " file descriptors are in use, too few are "
      "left for one more connection: raise the limit (ulimit -n)",
      open_now, (guint64) limit.rlim_cur);
  return FALSE;
}
