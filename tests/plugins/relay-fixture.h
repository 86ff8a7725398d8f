/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <relay/clasp-relay.h>

/* A relay with a thread of its own; zeroed but for a token. It comes back on
 * the port that it had. */
typedef struct {
  const char *token;
  ClaspIoThread *io;
  ClaspRelay *relay;
  guint port;
} RelayFixture;

void relay_fixture_start (RelayFixture *self);
void relay_fixture_stop (RelayFixture *self);
void relay_fixture_clear (RelayFixture *self);
char *relay_fixture_url (RelayFixture *self);
