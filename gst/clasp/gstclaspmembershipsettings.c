/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspmembership-private.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

const GstClaspMembershipTimes gst_clasp_membership_default_times = {
    .roster =
        {
            .offer = 5 * SECOND,
            .silence = 25 * SECOND,
            .ask = 10 * SECOND,
            .answer = SECOND / 2,
            .settle = 30 * SECOND,
            .grace = 5 * SECOND,
        },
    .heartbeat = 10 * SECOND,
    .old_presence = 10 * SECOND,
};

void
gst_clasp_membership_settings_copy (const GstClaspMembershipSettings *self,
    GstClaspMembershipSettings *copy)
{
  *copy = *self;
  copy->relay_url = g_strdup (self->relay_url);
  copy->room = g_strdup (self->room);
  copy->name = g_strdup (self->name);
  copy->token = g_strdup (self->token);
  copy->tls_ca_file = g_strdup (self->tls_ca_file);
  copy->presence_prefix = g_strdup (self->presence_prefix);
  copy->signal_prefix = g_strdup (self->signal_prefix);
  copy->instance = g_strdup (self->instance);
  copy->metadata = NULL;
  if (self->metadata != NULL)
    copy->metadata = gst_structure_copy (self->metadata);
}

void
gst_clasp_membership_settings_clear (GstClaspMembershipSettings *self)
{
  g_free (self->relay_url);
  g_free (self->room);
  g_free (self->name);
  g_free (self->token);
  g_free (self->tls_ca_file);
  g_free (self->presence_prefix);
  g_free (self->signal_prefix);
  g_free (self->instance);
  g_clear_pointer (&self->metadata, gst_structure_free);
  memset (self, 0, sizeof *self);
}
