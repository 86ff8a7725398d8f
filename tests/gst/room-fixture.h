/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gst/clasp/gstclaspsignaller-private.h"
#include "interop/conformance/relay-process.h"
#include "relay/clasp-relay.h"

G_BEGIN_DECLS

/* Runs the main context until @condition; the fixture's watchdog ends a test
 * that waits in vain. */
#define WAIT_FOR(condition) \
  while (!(condition))      \
  g_main_context_iteration (NULL, TRUE)

/* A relay: ours in this process or, if CLASP_CONFORMANCE_RELAY says so, the
 * engine of the real one. */
typedef struct {
  ClaspRelay *relay;
  RelayProcess *engine;
  char *url;
  guint watchdog;
} Room;

Room *room_new (void);
void room_free (Room *self);
gboolean room_uses_engine (void);
void room_start_relay (Room *self, guint port, const char *token);
guint room_stop_relay (Room *self);
void room_restart_relay (Room *self);

/* A signaller that notes what it is told, one line each: "joined ID NAME",
 * "updated ID NAME", "renamed OLD NEW", "left ID REASON", "offer-needed ID",
 * "TYPE ID SDP", "candidate ID MLINE MID TEXT", "error CODE". */
typedef struct {
  GstClaspSignaller *signaller;
  GPtrArray *log;
  GError *error;
  char *id;
} Member;

Member *member_new (Room *room, const char *name);
void member_free (Member *self);
void member_join (Member *self);
gboolean
member_logged (Member *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
guint member_count (Member *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
int member_index (Member *self, const char *line);
guint64 member_get_stat (Member *self, const char *name);
GstClaspMembershipTimes short_times (void);

/* What a page does: a bare client with a presence, and no heartbeat. */
typedef struct {
  ClaspClient *client;
  char *id;
  GPtrArray *signals; /* of GVariant */
  GVariant *seen;     /* last value at the watched address */
  guint n_seen;
  ClaspSubscription *inbox;
  ClaspSubscription *watch;
} Page;

Page *page_new (Room *room);
void page_free (Page *self);
void page_set_presence (Page *self, const char *id, const char *json);
void page_signal (Page *self, const char *peer, GVariant *value);
void page_signal_json (Page *self, const char *peer, const char *json);
void page_watch (Page *self, const char *pattern);
void page_await_member (Page *self, Member *member);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Room, room_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Member, member_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Page, page_free)

G_END_DECLS
