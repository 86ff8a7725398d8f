/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstClaspTimebase:
 * @clock: the clock of a pipeline that media comes from
 * @base_time: its base time
 *
 * What gives the running time of another pipeline a meaning.
 */
typedef struct {
  GstClock *clock;
  GstClockTime base_time;
} GstClaspTimebase;

void
gst_clasp_timebase_of_element (GstClaspTimebase *self, GstElement *element);
GstClockTime gst_clasp_timebase_map (const GstClaspTimebase *self,
    GstClockTime time, GstElement *element);

G_END_DECLS
