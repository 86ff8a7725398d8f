/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsink.h"
#include "gstclaspsrc.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean ok = FALSE;

  ok |= GST_ELEMENT_REGISTER (claspsink, plugin);
  ok |= GST_ELEMENT_REGISTER (claspsrc, plugin);
  return ok;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, clasp,
    "Live video and sound in CLASP rooms", plugin_init, PACKAGE_VERSION, "LGPL",
    "clasp-gst", "Unknown package origin")
