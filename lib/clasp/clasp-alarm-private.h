/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A source that calls @func once its ready time has come, and then sleeps
 * until g_source_set_ready_time() is called again, from any thread. It holds
 * only a weak reference to its owner, so the owner may die in any thread. */
typedef void (*ClaspAlarmFunc) (gpointer owner);

GSource *clasp_alarm_new (gpointer owner, GMainContext *context,
    ClaspAlarmFunc func, const char *name);
void clasp_alarm_clear (GSource **alarm);

G_END_DECLS
