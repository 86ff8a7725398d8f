/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>

G_BEGIN_DECLS

/* How many clients still say good-bye; to be waited for in any thread. */
typedef struct _GstClaspFarewells GstClaspFarewells;

GstClaspFarewells *gst_clasp_farewells_new (void);
GstClaspFarewells *gst_clasp_farewells_ref (GstClaspFarewells *self);
void gst_clasp_farewells_unref (GstClaspFarewells *self);
void gst_clasp_farewells_wait (GstClaspFarewells *self, GMainContext *context);

void
gst_clasp_farewell_start (GstClaspFarewells *farewells, GMainContext *context,
    ClaspClient *client, ClaspSubscription *subscription, const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspFarewells, gst_clasp_farewells_unref)

G_END_DECLS
