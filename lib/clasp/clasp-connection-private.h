/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gio/gio.h>
#include "clasp-clock.h"
#include "clasp-message.h"
#include "clasp-sender-private.h"
#include "clasp-times-private.h"

G_BEGIN_DECLS

#define CLASP_TYPE_CONNECTION (clasp_connection_get_type ())
G_DECLARE_FINAL_TYPE (ClaspConnection, clasp_connection, CLASP, CONNECTION,
    GObject)

/* What a connection tells its owner, in its context. After closed, finish or
 * abort nothing more comes. */
typedef struct {
  /* There is a session. */
  void (*welcome) (gpointer owner, const char *session);
  /* Any message but our own echoes; for the WELCOME itself, after welcome. */
  void (*message) (gpointer owner, ClaspMessage *message);
  /* clasp_connection_pump() has something to do. */
  void (*ready) (gpointer owner);
  /* The clock got a sample. */
  void (*synced) (gpointer owner);
  void (*closed) (gpointer owner, const GError *error);
} ClaspConnectionEvents;

/* What a connection needs to know. */
typedef struct {
  const char *url;
  const char *shown_url; /* without secrets, for messages */
  const char *name;
  const char *token;       /* or NULL */
  const char *tls_ca_file; /* or NULL */
  ClaspClock *clock;
  const ClaspTimes *times;
} ClaspConnectionSettings;

typedef struct {
  guint64 messages_in;
  guint64 bytes_in;
  guint64 messages_out;
  guint64 bytes_out;
  guint64 malformed; /* frames that are no messages, text messages */
} ClaspTraffic;

ClaspConnection *clasp_connection_new (gpointer owner, GMainContext *context,
    const ClaspConnectionEvents *events,
    const ClaspConnectionSettings *settings);
void clasp_connection_open (ClaspConnection *self);
void clasp_connection_open_detached (ClaspConnection *self);
void clasp_connection_receive (ClaspConnection *self, GBytes *frame);
void
clasp_connection_set_subscribed (ClaspConnection *self, gboolean subscribed);
gint64 clasp_connection_get_last_heard (ClaspConnection *self);
gboolean clasp_connection_pump (ClaspConnection *self, ClaspSender *sender);
void
clasp_connection_finish (ClaspConnection *self, GQueue *frames, GTask *closed);
void clasp_connection_abort (ClaspConnection *self);
void
clasp_connection_get_traffic (ClaspConnection *self, ClaspTraffic *traffic);

G_END_DECLS
