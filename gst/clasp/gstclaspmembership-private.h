/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspfarewell-private.h"
#include "gstclasproster-private.h"

G_BEGIN_DECLS

typedef struct {
  GstClaspRosterTimes roster;
  gint64 heartbeat;    /* how often the presence is set anew */
  gint64 old_presence; /* how long the one of a former session stays */
} GstClaspMembershipTimes;

extern const GstClaspMembershipTimes gst_clasp_membership_default_times;

/* What one stay in a room needs to know. All strings may be NULL but
 * relay_url, room and instance. */
typedef struct {
  char *relay_url;
  char *room;
  char *name;
  char *token;
  char *tls_ca_file;
  GstClaspProfile profile;
  char *presence_prefix;
  char *signal_prefix;
  char *instance;
  GstStructure *metadata;
  GstClaspMembershipTimes times;
} GstClaspMembershipSettings;

void gst_clasp_membership_settings_copy (const GstClaspMembershipSettings *self,
    GstClaspMembershipSettings *copy);
void gst_clasp_membership_settings_clear (GstClaspMembershipSettings *self);

/* Called in the context; the owner may leave in any of them. */
typedef struct {
  void (*event) (gpointer owner, const GstClaspRosterEvent *event);
  void (*state) (gpointer owner, GstClaspSignallerState state,
      const char *session);
  void (*error) (gpointer owner, const GError *error);
  void (*stats) (gpointer owner, const GstClaspRosterStats *stats);
} GstClaspMembershipEvents;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstClaspMembershipSettings,
    gst_clasp_membership_settings_clear)

typedef struct _GstClaspMembership GstClaspMembership;

GstClaspMembership *
gst_clasp_membership_new (const GstClaspMembershipSettings *settings,
    GMainContext *context, GObject *owner,
    const GstClaspMembershipEvents *events, GError **error);
GstClaspMembership *gst_clasp_membership_ref (GstClaspMembership *self);
void gst_clasp_membership_unref (GstClaspMembership *self);
void gst_clasp_membership_start (GstClaspMembership *self);
void gst_clasp_membership_leave (GstClaspMembership *self,
    GstClaspFarewells *farewells);
void gst_clasp_membership_update (GstClaspMembership *self, const char *name,
    const GstStructure *metadata);
gboolean gst_clasp_membership_send (GstClaspMembership *self, const char *peer,
    GstClaspSignal *signal, GError **error);
ClaspClient *gst_clasp_membership_get_client (GstClaspMembership *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspMembership, gst_clasp_membership_unref)

G_END_DECLS
