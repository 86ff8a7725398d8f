/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-liveness-private.h"
#include "clasp-message.h"
#include "clasp-sync-private.h"

G_BEGIN_DECLS

/* What a session sends of itself: PONG, PING, echo and SYNC. Pure; times in
 * µs. */
typedef struct {
  ClaspLiveness liveness;
  ClaspSync sync;
  char *own_signal; /* address that reaches this session */
  guint owed_pongs;
  gboolean owed_ping;
  gboolean owed_echo;
  gboolean owed_sync;
} ClaspDuties;

/* What a received message meant. */
typedef enum {
  CLASP_DUTIES_NOTHING,   /* not for us alone */
  CLASP_DUTIES_LOOK,      /* the same, and check again */
  CLASP_DUTIES_SYNCED,    /* the same, and the clock has a sample more */
  CLASP_DUTIES_CONSUMED,  /* nobody else is to see it */
  CLASP_DUTIES_FORGOTTEN, /* the relay does not know this session any more */
} ClaspDutiesResult;

void clasp_duties_start (ClaspDuties *self, const char *session,
    const ClaspLivenessTimes *times, gint64 sync_interval, gint64 now);
void clasp_duties_clear (ClaspDuties *self);
ClaspLivenessAction clasp_duties_check (ClaspDuties *self, gboolean subscribed,
    gint64 now, gint64 *wake);
gboolean clasp_duties_owes (const ClaspDuties *self);
ClaspMessage *clasp_duties_pop (ClaspDuties *self, gint64 now, gint64 unix_now);
ClaspDutiesResult clasp_duties_receive (ClaspDuties *self,
    const ClaspMessage *message, ClaspClock *clock, gint64 now);

G_END_DECLS
