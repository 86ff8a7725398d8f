/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsignal-private.h"

G_BEGIN_DECLS

/* All times in µs, on one monotonic scale. */
typedef struct {
  gint64 offer;   /* how long the other side has for its offer */
  gint64 silence; /* when a peer that says nothing is asked for */
  gint64 ask;     /* how often, then */
  gint64 answer;  /* no 404 within this: the session is alive */
  gint64 settle;  /* peers must show up again after the relay came back */
  gint64 grace;   /* for one that lost the relay to come back */
} GstClaspRosterTimes;

typedef enum {
  GST_CLASP_ROSTER_JOINED,       /* peer, name, presence */
  GST_CLASP_ROSTER_UPDATED,      /* peer, name, presence */
  GST_CLASP_ROSTER_RENAMED,      /* other (old id), peer */
  GST_CLASP_ROSTER_LEFT,         /* peer, reason */
  GST_CLASP_ROSTER_OFFER_NEEDED, /* peer */
  GST_CLASP_ROSTER_RECEIVED,     /* peer, signal */
  GST_CLASP_ROSTER_SEND,         /* peer, signal: only from pop_send() */
  GST_CLASP_ROSTER_ASK,          /* peer: ask the relay whether it lives */
} GstClaspRosterEventType;

typedef struct {
  GstClaspRosterEventType type;
  char *peer;
  char *other;
  char *name;
  GVariant *presence;
  GstClaspSignal *signal;
  GstClaspLeaveReason reason;
} GstClaspRosterEvent;

void gst_clasp_roster_event_free (GstClaspRosterEvent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspRosterEvent, gst_clasp_roster_event_free)

/* What was thrown away, and what is there. */
typedef struct {
  guint n_peers;
  guint64 dropped_presence;
  guint64 dropped_signals;
  guint64 dropped_candidates;
} GstClaspRosterStats;

typedef struct _GstClaspRoster GstClaspRoster;

GstClaspRoster *
gst_clasp_roster_new (const char *instance, const GstClaspRosterTimes *times);
void gst_clasp_roster_free (GstClaspRoster *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspRoster, gst_clasp_roster_free)

void gst_clasp_roster_connected (GstClaspRoster *self, const char *session,
    gint64 now);
void gst_clasp_roster_disconnected (GstClaspRoster *self);
void gst_clasp_roster_presence (GstClaspRoster *self, const char *session,
    GVariant *value, gint64 age, gint64 now);
void
gst_clasp_roster_signal (GstClaspRoster *self, GVariant *value, gint64 now);
void gst_clasp_roster_unknown_session (GstClaspRoster *self,
    const char *session, gint64 now);
void gst_clasp_roster_stop_asking (GstClaspRoster *self, gint64 now);
gboolean gst_clasp_roster_send (GstClaspRoster *self, const char *peer,
    GstClaspSignal *signal, gint64 now, GError **error);
void gst_clasp_roster_tick (GstClaspRoster *self, gint64 now);
gint64 gst_clasp_roster_get_deadline (const GstClaspRoster *self);
GstClaspRosterEvent *gst_clasp_roster_pop (GstClaspRoster *self);
GstClaspRosterEvent *gst_clasp_roster_pop_send (GstClaspRoster *self);
void gst_clasp_roster_get_stats (const GstClaspRoster *self,
    GstClaspRosterStats *stats);

G_END_DECLS
