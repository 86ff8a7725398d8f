/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspattendee-private.h"

/* A peer may send this many signals at once, and then so many per second: far
 * more than a browser with many network interfaces does. */
#define CREDIT_MAX 300.
#define CREDIT_PER_SECOND 30.
#define MAX_INSTANCE 64

GstClaspAttendee *
gst_clasp_attendee_new (const char *session, gint64 now)
{
  GstClaspAttendee *self = g_new0 (GstClaspAttendee, 1);

  self->session = g_strdup (session);
  self->name = gst_clasp_clean_name (NULL, session);
  self->created = self->heard = self->credited = now;
  self->credit = CREDIT_MAX;
  self->settled = TRUE;
  g_queue_init (&self->in);
  g_queue_init (&self->out);
  return self;
}

void
gst_clasp_attendee_free (GstClaspAttendee *self)
{
  g_queue_clear_full (&self->in, (GDestroyNotify) gst_clasp_signal_free);
  g_queue_clear_full (&self->out, (GDestroyNotify) gst_clasp_signal_free);
  g_clear_pointer (&self->presence, g_variant_unref);
  g_clear_pointer (&self->content, g_variant_unref);
  g_free (self->session);
  g_free (self->name);
  g_free (self->instance);
  g_free (self->former);
  g_free (self);
}

/* Two heartbeats differ in these only. */
static GVariant *
without_times (GVariant *presence)
{
  g_auto (GVariantDict) map = G_VARIANT_DICT_INIT (presence);

  g_variant_dict_remove (&map, "lastSeen");
  g_variant_dict_remove (&map, "joinedAt");
  return g_variant_ref_sink (g_variant_dict_end (&map));
}

static char *
dup_instance (GVariant *presence)
{
  const char *instance = clasp_value_lookup_string (presence, "instance");
  gsize i;

  if (instance == NULL)
    return NULL;
  for (i = 0; instance[i] != '\0'; i++) {
    if (i >= MAX_INSTANCE || !g_ascii_isgraph (instance[i]))
      return NULL;
  }
  return i > 0 ? g_strdup (instance) : NULL;
}

/* Returns whether it says something new. */
gboolean
gst_clasp_attendee_set_presence (GstClaspAttendee *self, GVariant *presence)
{
  g_autoptr (GVariant) content = without_times (presence);
  gboolean changed =
      self->content == NULL || !clasp_value_equal (self->content, content);

  g_clear_pointer (&self->presence, g_variant_unref);
  self->presence = g_variant_ref (presence);
  if (!changed)
    return FALSE;

  g_clear_pointer (&self->content, g_variant_unref);
  self->content = g_steal_pointer (&content);
  g_free (self->name);
  self->name =
      gst_clasp_clean_name (clasp_value_lookup_string (presence, "name"),
          self->session);
  g_free (self->instance);
  self->instance = dup_instance (presence);
  return TRUE;
}

/* Whether it may send one more signal of this cost. */
gboolean
gst_clasp_attendee_spend (GstClaspAttendee *self, double cost, gint64 now)
{
  double earned = (now - self->credited) * CREDIT_PER_SECOND / G_USEC_PER_SEC;

  self->credit = MIN (self->credit + earned, CREDIT_MAX);
  self->credited = now;
  if (self->credit < cost)
    return FALSE;
  self->credit -= cost;
  return TRUE;
}
