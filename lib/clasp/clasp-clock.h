/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-version.h"

G_BEGIN_DECLS

#define CLASP_TYPE_CLOCK (clasp_clock_get_type ())
CLASP_API
G_DECLARE_FINAL_TYPE (ClaspClock, clasp_clock, CLASP, CLOCK, GObject)

/* Pure filter: SYNC stamps in, offset of relay time to local time out. All
 * times in µs; thread-safe. */
CLASP_API ClaspClock *clasp_clock_new (void);
CLASP_API gboolean clasp_clock_add_sample (ClaspClock *self, gint64 t1,
    gint64 t2, gint64 t3, gint64 t4);
CLASP_API gboolean clasp_clock_get_offset (ClaspClock *self, gint64 now,
    gint64 *offset, gint64 *error);
CLASP_API gint64 clasp_clock_to_relay (ClaspClock *self, gint64 local);
CLASP_API gint64 clasp_clock_from_relay (ClaspClock *self, gint64 relay);
CLASP_API void clasp_clock_reset (ClaspClock *self);

G_END_DECLS
