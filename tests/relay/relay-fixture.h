/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <libsoup/soup.h>
#include "relay/clasp-relay.h"

G_BEGIN_DECLS

/* A relay on a free port of loopback, in the default context, and a watchdog
 * that ends a test which waits for ever. */
typedef struct {
  ClaspRelay *relay;
  SoupSession *soup;
  guint watchdog;
} Fixture;

/* A WebSocket client of libsoup. */
typedef struct {
  Fixture *fixture;
  SoupWebsocketConnection *websocket;
  GPtrArray *messages; /* ClaspMessage, all that came */
  char *session;       /* from WELCOME */
  gboolean closed;
} Client;

/* A client that does only what the test says: reads when told, sends any
 * bytes. */
typedef struct {
  Fixture *fixture;
  GSocket *socket;
  GByteArray *in; /* read and not yet taken */
  gboolean eof;
} Raw;

Fixture *fixture_new (const char *first_property, ...) G_GNUC_NULL_TERMINATED;
void fixture_free (Fixture *self);
guint64 fixture_stat (Fixture *self, const char *name);
char *fixture_url (Fixture *self, const char *scheme, const char *path);

Client *client_new (Fixture *fixture, const char *protocol);
Client *client_join (Fixture *fixture);
void client_free (Client *self);
void client_send (Client *self, ClaspMessage *message);
void client_subscribe (Client *self, const char *pattern);
ClaspMessage *
client_wait (Client *self, ClaspMessageType type, const char *address);
void client_sync (Client *self);
guint client_count (Client *self, ClaspMessageType type, const char *address);

Raw *raw_new (Fixture *fixture);
Raw *raw_upgrade (Fixture *fixture, const char *more_headers);
Raw *raw_join (Fixture *fixture);
void raw_free (Raw *self);
void raw_write (Raw *self, gconstpointer data, gsize size);
void raw_send (Raw *self, guint8 first, gconstpointer data, gsize size);
void raw_send_message (Raw *self, ClaspMessage *message);
gboolean raw_read (Raw *self);
char *raw_read_head (Raw *self);
GBytes *raw_read_frame (Raw *self, guint8 *first);
void raw_wait_eof (Raw *self);

guint count_descriptors (void);
gsize resident_bytes (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Raw, raw_free)

/* Runs the context until @condition holds. */
#define WAIT(condition)                      \
  G_STMT_START                               \
  {                                          \
    while (!(condition))                     \
      g_main_context_iteration (NULL, TRUE); \
  }                                          \
  G_STMT_END

G_END_DECLS
