/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-clock.h"

G_BEGIN_DECLS

/* The first samples follow each other quickly. */
#define CLASP_SYNC_BURST 5

/* When to ask the relay for its time. Times in µs. */
typedef struct {
  gint64 interval;
  gint64 due;
  guint n_answers;
  gint64 asked; /* local monotonic time, 0: nothing under way */
  gint64 stamp; /* what was put on the wire */
} ClaspSync;

void clasp_sync_start (ClaspSync *self, gint64 interval, gint64 now);
gboolean clasp_sync_is_due (ClaspSync *self, gint64 now, gint64 *wake);
void clasp_sync_asked (ClaspSync *self, gint64 stamp, gint64 now);
gboolean clasp_sync_answered (ClaspSync *self, ClaspClock *clock, guint64 t1,
    guint64 t2, guint64 t3, gint64 now);

G_END_DECLS
