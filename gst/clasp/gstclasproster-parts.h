/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

/* What the files of the roster share with each other, and with nobody else. */

#include "gstclasproster-private.h"
#include "gstclaspattendee-private.h"

G_BEGIN_DECLS

struct _GstClaspRoster {
  GstClaspRosterTimes times;
  char *instance;
  char *session;
  gboolean connected;
  gboolean cannot_ask;
  GHashTable *peers; /* session → GstClaspAttendee */
  guint n_strangers; /* without presence */
  guint n_asked;
  guint n_queued; /* signals in all in queues */
  gint64 settle_due;
  GQueue events;
  GQueue sends;
  GstClaspRosterStats stats;
};

typedef gboolean (*GstClaspRosterFilter) (const GstClaspRoster *self,
    const GstClaspAttendee *peer, gint64 now);

/* gstclasproster.c */
gboolean gst_clasp_roster_is_announced (const GstClaspRoster *self,
    const GstClaspAttendee *peer, gint64 now);
gboolean gst_clasp_roster_is_pending (const GstClaspRoster *self,
    const GstClaspAttendee *peer, gint64 now);
GstClaspRosterEvent *gst_clasp_roster_tell (GstClaspRoster *self,
    GstClaspRosterEventType type, const GstClaspAttendee *peer);
GPtrArray *gst_clasp_roster_collect (GstClaspRoster *self,
    GstClaspRosterFilter filter, gint64 now);
GstClaspAttendee *
gst_clasp_roster_find (GstClaspRoster *self, const char *session);
GstClaspAttendee *
gst_clasp_roster_find_successor (GstClaspRoster *self, const char *former);
GstClaspAttendee *gst_clasp_roster_find_or_add_stranger (GstClaspRoster *self,
    const char *session, gint64 now);
void gst_clasp_roster_announce (GstClaspRoster *self, GstClaspAttendee *peer,
    gint64 now);
void gst_clasp_roster_rename (GstClaspRoster *self, GstClaspAttendee *peer,
    GstClaspAttendee *successor, gint64 now);
void gst_clasp_roster_lose (GstClaspRoster *self, GstClaspAttendee *peer,
    GstClaspLeaveReason reason, gint64 now);
void gst_clasp_roster_remove (GstClaspRoster *self, GstClaspAttendee *peer);

/* gstclasprostersignal.c */
gboolean gst_clasp_roster_has_description (const GstClaspAttendee *peer);
void gst_clasp_roster_flush (GstClaspRoster *self, GstClaspAttendee *peer);

/* gstclasprosterask.c */
void gst_clasp_roster_want_ask (GstClaspRoster *self, GstClaspAttendee *peer);
void gst_clasp_roster_stop_ask (GstClaspRoster *self, GstClaspAttendee *peer);
void gst_clasp_roster_pump_asks (GstClaspRoster *self, gint64 now);
void gst_clasp_roster_make_room (GstClaspRoster *self, gint64 now);

G_END_DECLS
