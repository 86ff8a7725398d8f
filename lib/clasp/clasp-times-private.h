/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-backoff-private.h"
#include "clasp-liveness-private.h"

G_BEGIN_DECLS

/* All intervals and timeouts of a client in µs; tests shorten them. */
typedef struct {
  gint64 open;      /* TCP, TLS and WebSocket */
  gint64 handshake; /* HELLO to WELCOME */
  gint64 close;     /* sending what is queued, and the closing */
  gint64 get;       /* GET to SNAPSHOT */
  gint64 sync_interval;
  gint64 backoff_min;
  gint64 backoff_max;
  ClaspLivenessTimes liveness;
} ClaspTimes;

/* Half the idle time after which relays forget a session would do for the
 * echo; a minute also survives some lost ones. */
#define CLASP_TIMES_INIT                                                    \
  {                                                                         \
    .open = 10 * G_USEC_PER_SEC, .handshake = 10 * G_USEC_PER_SEC,          \
    .close = G_USEC_PER_SEC / 5, .get = 5 * G_USEC_PER_SEC,                 \
    .sync_interval = 30 * G_USEC_PER_SEC, .backoff_min = CLASP_BACKOFF_MIN, \
    .backoff_max = CLASP_BACKOFF_MAX,                                       \
    .liveness = {                                                           \
        .ping_interval = 15 * G_USEC_PER_SEC,                               \
        .ping_timeout = 10 * G_USEC_PER_SEC,                                \
        .echo_first = G_USEC_PER_SEC,                                       \
        .echo_interval = 60 * G_USEC_PER_SEC,                               \
        .echo_timeout = 10 * G_USEC_PER_SEC,                                \
        .silence_limit = 300 * G_USEC_PER_SEC,                              \
    },                                                                      \
  }

G_END_DECLS
