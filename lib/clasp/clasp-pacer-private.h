/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What relays grant a client that needs a token (clasp-protocol: rate limit),
 * and what we slow down to if even a lowered rate is refused. */
#define CLASP_PACER_LEARNED_RATE 30
#define CLASP_PACER_LEAST_RATE 10
#define CLASP_PACER_MAX_RATE 10000

/* Budget of messages per second. All times in µs. */
typedef struct {
  guint rate;   /* 0: no limit */
  gint64 *sent; /* ring of the last @rate send times */
  guint next;
  guint n_sent;
  gint64 last_stream;
  gint64 blocked_until;
  gint64 ignore_refusals_until;
} ClaspPacer;

void clasp_pacer_init (ClaspPacer *self);
void clasp_pacer_clear (ClaspPacer *self);
void clasp_pacer_set_rate (ClaspPacer *self, guint rate);
gboolean clasp_pacer_is_limited (const ClaspPacer *self);
gint64 clasp_pacer_next_time (const ClaspPacer *self, gboolean stream);
gboolean
clasp_pacer_may_send (const ClaspPacer *self, gboolean stream, gint64 now);
void clasp_pacer_sent (ClaspPacer *self, gboolean stream, gint64 now);
gboolean clasp_pacer_refused (ClaspPacer *self, gint64 now);

G_END_DECLS
