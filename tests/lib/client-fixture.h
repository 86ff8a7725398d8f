/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp/clasp-client-private.h"
#include "support/clasp-scripted-relay.h"

/* A client and a scripted relay in the default context, with a watchdog. */
typedef struct {
  ScriptedRelay *relay;
  ClaspClient *client;
  GPtrArray *errors;   /* of GError, what "error" told */
  GPtrArray *sessions; /* of char *, what "session-changed" told */
  GPtrArray *received; /* of char *, "address=value" of subscriptions */
  guint watchdog;
} Fixture;

/* How a GET ended. */
typedef struct {
  gboolean done;
  GVariant *value;
  GError *error;
} FixtureGet;

Fixture *fixture_new (const ScriptedRelayRules *rules);
Fixture *fixture_new_with_relay (ScriptedRelay *relay);
void fixture_free (Fixture *f);
ClaspTimes fixture_short_times (void);

void fixture_wait_for (gint64 duration);
gboolean fixture_try_connect (Fixture *f, GError **error);
void fixture_connect (Fixture *f);
ClaspSubscription *
fixture_subscribe (Fixture *f, const char *pattern, ClaspSignalMask signals);
guint64 fixture_get_stat (Fixture *f, const char *name);
void fixture_start_get (Fixture *f, const char *address,
    GCancellable *cancellable, FixtureGet *get);
void fixture_get_clear (FixtureGet *get);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

/* Runs the context until @condition holds; the watchdog ends the test. */
#define WAIT(condition)                      \
  G_STMT_START                               \
  {                                          \
    while (!(condition))                     \
      g_main_context_iteration (NULL, TRUE); \
  }                                          \
  G_STMT_END
