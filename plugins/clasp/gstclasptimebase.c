/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasptimebase.h"

/**
 * gst_clasp_timebase_of_element:
 * @self: (out): clock (transfer full) and base time of @element, or the system
 *   clock and now while it has none
 * @element: an element
 *
 * What the pipeline of a new connection is to run on.
 *
 * Since: 0.1
 */
void
gst_clasp_timebase_of_element (GstClaspTimebase *self, GstElement *element)
{
  self->clock = gst_element_get_clock (element);
  self->base_time = gst_element_get_base_time (element);
  if (self->clock)
    return;
  self->clock = gst_system_clock_obtain ();
  self->base_time = gst_clock_get_time (self->clock);
}

/**
 * gst_clasp_timebase_map:
 * @self: of the pipeline that media comes from
 * @time: a running time in that pipeline
 * @element: an element of the pipeline that it goes to
 *
 * Both usually share clock and base time; after a pause or another choice of
 * clock they do not.
 *
 * Returns: the running time of @element at the same moment, not before 0;
 *   %GST_CLOCK_TIME_NONE while it has no clock
 *
 * Since: 0.1
 */
GstClockTime
gst_clasp_timebase_map (const GstClaspTimebase *self, GstClockTime time,
    GstElement *element)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (element);
  gint64 base = gst_element_get_base_time (element);
  gint64 then = self->base_time + time;

  if (!clock || !GST_CLOCK_TIME_IS_VALID (time))
    return GST_CLOCK_TIME_NONE;
  if (clock != self->clock)
    then += (gint64) gst_clock_get_time (clock) -
        (gint64) gst_clock_get_time (self->clock);
  return then > base ? then - base : 0;
}
