/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspmembership-private.h"

G_BEGIN_DECLS

#define GST_CLASP_DEFAULT_RELAY_URL "ws://localhost:7330"
#define GST_CLASP_DEFAULT_ROOM "test"

struct _GstClaspSignaller {
  GObject parent;

  GMainContext *context;
  GstClaspMembership *membership; /* the context's; NULL when not joined */
  GstClaspFarewells *farewells;   /* has a lock of its own */

  /* Protects everything below. Leaf lock. */
  GMutex lock;
  GstClaspMembershipSettings settings;
  GstClaspSignallerState state;
  char *session;
  ClaspClient *client;
  GstClaspRosterStats stats;
};

/* For tests; before join. */
void gst_clasp_signaller_set_times (GstClaspSignaller *self,
    const GstClaspMembershipTimes *times);

/* gstclaspsignallerproperties.c */
void gst_clasp_signaller_install_properties (GObjectClass *klass);

G_END_DECLS
