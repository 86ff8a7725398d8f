/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsettings.h"
#include "gstclaspsink.h"
#include "gstclaspsinkcontrol.h"
#include "gstclaspsinkrelay.h"

G_BEGIN_DECLS

#define DEFAULT_VIDEO_CAPS \
  "video/x-h264,profile=constrained-baseline;video/x-vp8"
#define DEFAULT_AUDIO_CAPS "audio/x-opus"
#define DEFAULT_BITRATE 2000000
#define DEFAULT_MAX_VIEWERS 64
#define DEFAULT_RELAY_HOST "127.0.0.1"

enum {
  PROP_VIDEO_CAPS = GST_CLASP_PROP_LAST,
  PROP_AUDIO_CAPS,
  PROP_BITRATE,
  PROP_MAX_VIEWERS,
  PROP_RUN_RELAY,
  PROP_RELAY_PORT,
  PROP_RELAY_HOST,
  PROP_WEB_DIRECTORY,
  PROP_STATS,
  PROP_VIEWERS,
  PROP_SESSION,
  PROP_SIGNALLER,
};

struct _GstClaspSink {
  GstBin parent_instance;

  GstClaspSettings settings;
  GstClaspTimeline timeline;
  GstClaspSinkControl *control;

  /* under the object lock */
  GstCaps *caps[2]; /* by GstClaspMediaKind */
  guint bitrate;
  guint max_viewers;
  gboolean run_relay;
  guint relay_port;
  char *relay_host;
  char *web_directory;
  guint next_pad[2];
  GstClaspSignaller *signaller; /* the application's */
  GMainContext *signaller_context;
  GstClaspSinkRelay *relay; /* while it runs */
};

/* pads */
GstPad *gst_clasp_sink_request_new_pad (GstElement *element,
    GstPadTemplate *templ, const char *wanted, const GstCaps *caps);
void gst_clasp_sink_release_pad (GstElement *element, GstPad *pad);
void gst_clasp_sink_configure_streams (GstClaspSink *self);

/* class */
void gst_clasp_sink_install_properties (GObjectClass *klass);
void gst_clasp_sink_install_signals (GType type);

G_END_DECLS
