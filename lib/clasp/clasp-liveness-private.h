/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All in µs. */
typedef struct {
  gint64 ping_interval;
  gint64 ping_timeout;
  gint64 echo_first; /* after the start of the session */
  gint64 echo_interval;
  gint64 echo_timeout;
  gint64 silence_limit; /* without a broadcast, when echoes do not work */
} ClaspLivenessTimes;

typedef enum {
  CLASP_LIVENESS_WAIT,
  CLASP_LIVENESS_SEND_PING,
  CLASP_LIVENESS_SEND_ECHO,
  CLASP_LIVENESS_NO_PONG,
  CLASP_LIVENESS_NO_ECHO,
} ClaspLivenessAction;

/* Whether the relay was seen to deliver our signals to ourselves. */
typedef enum {
  CLASP_ECHO_UNPROVEN,
  CLASP_ECHO_WORKS,
  CLASP_ECHO_REFUSED,
} ClaspEchoState;

/* Is the relay still there, and does it still deliver to us? Times in µs. */
typedef struct {
  ClaspLivenessTimes times;
  ClaspEchoState echo;
  guint lost_echoes; /* before the first that came back */
  guint unanswered_pings;
  gint64 last_heard;
  gint64 ping_due;
  gint64 ping_sent;     /* 0: none under way */
  gint64 answered_ping; /* when the last PING that was answered was sent */
  gint64 last_delivered;
  gint64 echo_due;
  gint64 echo_sent; /* 0: none under way */
} ClaspLiveness;

void clasp_liveness_start (ClaspLiveness *self, const ClaspLivenessTimes *times,
    gint64 now);
ClaspLivenessAction clasp_liveness_next (ClaspLiveness *self,
    gboolean subscribed, gint64 now, gint64 *wake);
void clasp_liveness_ping_sent (ClaspLiveness *self, gint64 now);
void clasp_liveness_echo_sent (ClaspLiveness *self, gint64 now);
void clasp_liveness_heard (ClaspLiveness *self, gint64 now);
void clasp_liveness_pong (ClaspLiveness *self, gint64 now);
void clasp_liveness_delivered (ClaspLiveness *self, gint64 now);
void clasp_liveness_echoed (ClaspLiveness *self, gint64 now);
void clasp_liveness_echo_refused (ClaspLiveness *self);
void clasp_liveness_message_lost (ClaspLiveness *self, gint64 now);

G_END_DECLS
