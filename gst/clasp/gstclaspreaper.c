/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/*
 * Process-wide: taking connections down away from the threads that must not
 * wait for them, making the first DTLS key early, counting descriptors.
 */

#include "gstclaspwebrtc-private.h"

#include <clasp/clasp.h>
#include <gst/app/gstappsrc.h>
#include <sys/resource.h>

#define REAPER_THREADS 2
#define DRAIN_LIMIT_US (200 * 1000)
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

typedef struct {
  GMutex lock; /* protects over; leaf lock */
  GCond cond;
  gboolean over;
} Drain;

static GstPadProbeReturn
on_drain_event (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Drain *drain = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&drain->lock);
  drain->over = TRUE;
  g_cond_signal (&drain->cond);
  g_mutex_unlock (&drain->lock);
  return GST_PAD_PROBE_OK;
}

static void
drain_clear (gpointer data)
{
  Drain *drain = data;

  g_cond_clear (&drain->cond);
  g_mutex_clear (&drain->lock);
}

static void
drain_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, drain_clear);
}

/* GstBaseSrc 1.22 unrefs NULL when it is flushed with a buffer list in hand, so
 * the sources run empty first. */
static void
drain_source (GstElement *source)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");
  gint64 limit = g_get_monotonic_time () + DRAIN_LIMIT_US;
  Drain *drain = g_atomic_rc_box_new0 (Drain);
  gulong probe;

  g_mutex_init (&drain->lock);
  g_cond_init (&drain->cond);
  probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_drain_event, g_atomic_rc_box_acquire (drain), drain_unref);
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  g_mutex_lock (&drain->lock);
  while (!drain->over && g_cond_wait_until (&drain->cond, &drain->lock, limit))
    ;
  g_mutex_unlock (&drain->lock);
  gst_pad_remove_probe (pad, probe);
  drain_unref (drain);
}

static void
drain_sources (GstBin *pipeline)
{
  g_autoptr (GstIterator) sources =
      gst_bin_iterate_all_by_element_factory_name (pipeline, "appsrc");
  GValue item = G_VALUE_INIT;

  while (gst_iterator_next (sources, &item) == GST_ITERATOR_OK) {
    drain_source (g_value_get_object (&item));
    g_value_unset (&item);
  }
}

static void
take_down (gpointer data, gpointer user_data)
{
  GstElement *pipeline = data;

  drain_sources (GST_BIN (pipeline));
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

/* In webrtcbin's own thread, which must not be the last to let go of it. */
static void
offer_ready (GstPromise *promise, gpointer pipeline)
{
  gst_promise_unref (promise);
  gst_clasp_reaper_take (pipeline);
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
          NULL));
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
