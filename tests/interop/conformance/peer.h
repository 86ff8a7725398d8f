/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>

G_BEGIN_DECLS

/* One thing that a subscription of a peer received. */
typedef struct {
  char *address;
  GVariant *value; /* NULL: none */
  ClaspMessage *message;
} Received;

void received_free (Received *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Received, received_free)

/*
 * A client with inboxes, for straight-line tests: each wait runs the
 * thread-default main context until the thing is there, and ends the test
 * program with a message when it is not within ten seconds.
 */
typedef struct {
  ClaspClient *client;
  GQueue received; /* Received, of all subscriptions made by peer_listen */
  GQueue messages; /* ClaspMessage, everything from the relay */
  GQueue errors;   /* GError, everything the client reported */
  guint sessions;  /* how many WELCOMEs */
} Peer;

Peer *peer_new (const char *url, const char *token);
Peer *peer_try (const char *url, const char *token, GError **error);
void peer_free (Peer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_free)

void peer_collect (Peer *self, ClaspSubscription *subscription);
ClaspSubscription *peer_listen (Peer *self, const char *pattern);
void peer_settle (Peer *self);
Received *peer_next (Peer *self);
ClaspMessage *peer_next_message (Peer *self, ClaspMessageType type);
GError *peer_next_error (Peer *self);
void peer_wait_sessions (Peer *self, guint n_sessions);

G_END_DECLS
