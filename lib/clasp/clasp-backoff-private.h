/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CLASP_BACKOFF_MIN (G_USEC_PER_SEC / 2)
#define CLASP_BACKOFF_MAX (15 * G_USEC_PER_SEC)
/* While nothing listens where the relay should be. */
#define CLASP_BACKOFF_ABSENT_MAX (2 * G_USEC_PER_SEC)

/* When to try again. All times in µs. */
typedef struct {
  gint64 min_delay;
  gint64 max_delay;
  guint attempt;
  gint64 up_since; /* 0: not connected */
} ClaspBackoff;

void
clasp_backoff_init (ClaspBackoff *self, gint64 min_delay, gint64 max_delay);
void clasp_backoff_connected (ClaspBackoff *self, gint64 now);
gint64 clasp_backoff_next (ClaspBackoff *self, gint64 now, double random);
gint64
clasp_backoff_next_absent (ClaspBackoff *self, gint64 now, double random);

G_END_DECLS
