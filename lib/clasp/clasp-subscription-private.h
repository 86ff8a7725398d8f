/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-client.h"

G_BEGIN_DECLS

ClaspSubscription *clasp_subscription_new (guint32 id, const char *pattern,
    ClaspSignalMask signals, GError **error);
guint32 clasp_subscription_get_id (ClaspSubscription *self);
ClaspMessage *clasp_subscription_to_message (ClaspSubscription *self);
void clasp_subscription_begin_session (ClaspSubscription *self);
void clasp_subscription_set_asked (ClaspSubscription *self, gint64 now);
gint64 clasp_subscription_get_asked (ClaspSubscription *self);
gboolean clasp_subscription_wants (ClaspSubscription *self, const char *address,
    ClaspSignalMask signal);
gboolean clasp_subscription_note_param (ClaspSubscription *self,
    const char *address, guint64 revision, gboolean live);
void clasp_subscription_emit (ClaspSubscription *self, const char *address,
    GVariant *value, ClaspMessage *message);

G_END_DECLS
