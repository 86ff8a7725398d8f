/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Both clocks at one moment: limits and expiry follow the monotonic one. */
typedef struct {
  gint64 monotonic_us;
  guint64 wall_us;
} ClaspRelayTime;

static inline ClaspRelayTime
clasp_relay_time_now (void)
{
  return (ClaspRelayTime){g_get_monotonic_time (), g_get_real_time ()};
}

G_END_DECLS
