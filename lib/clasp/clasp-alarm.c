/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-alarm-private.h"

typedef struct {
  GSource parent;

  GWeakRef owner;
  ClaspAlarmFunc func;
} Alarm;

static gboolean
alarm_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Alarm *self = (Alarm *) source;
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);

  if (!owner)
    return G_SOURCE_REMOVE;
  /* Before the call, so that the call or another thread can set it again. */
  g_source_set_ready_time (source, -1);
  self->func (owner);
  return G_SOURCE_CONTINUE;
}

static void
alarm_finalize (GSource *source)
{
  g_weak_ref_clear (&((Alarm *) source)->owner);
}

static GSourceFuncs alarm_funcs = {
    .dispatch = alarm_dispatch,
    .finalize = alarm_finalize,
};

/*
 * clasp_alarm_new:
 * @owner: a GObject, argument of @func
 * @context: where @func is called
 * @func: what to call
 * @name: static name of the source
 *
 * Returns: (transfer full): a new source, attached and asleep
 */
GSource *
clasp_alarm_new (gpointer owner, GMainContext *context, ClaspAlarmFunc func,
    const char *name)
{
  GSource *source = g_source_new (&alarm_funcs, sizeof (Alarm));
  Alarm *self = (Alarm *) source;

  g_weak_ref_init (&self->owner, owner);
  self->func = func;
  g_source_set_static_name (source, name);
  g_source_attach (source, context);
  return source;
}

/*
 * clasp_alarm_clear:
 * @alarm: (inout): an alarm or %NULL
 *
 * Destroys and forgets it.
 */
void
clasp_alarm_clear (GSource **alarm)
{
  if (!*alarm)
    return;
  g_source_destroy (*alarm);
  g_clear_pointer (alarm, g_source_unref);
}
