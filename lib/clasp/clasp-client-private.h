/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-client.h"
#include "clasp-connection-private.h"
#include "clasp-subscription-private.h"

G_BEGIN_DECLS

/*
 * What the files of the client share. Fields belong to the client's context
 * unless said otherwise.
 */
struct _ClaspClient {
  GObject parent_instance;

  GMainContext *context;
  ClaspTimes times;
  char *name;
  char *token;
  char *tls_ca_file;
  guint max_queue_bytes;
  guint max_message_rate;

  ClaspClock *clock;   /* has a lock of its own */
  ClaspSender *sender; /* has a lock of its own */
  GSource *wake;       /* something may be sent */
  GSource *retry;      /* time for the next attempt */
  ClaspBackoff backoff;
  char *last_url; /* what the clock belongs to */
  ClaspConnection *connection;
  GTask *connecting;  /* waits for the result of the attempt */
  GSource *cancelled; /* its cancellable */

  GPtrArray *subscriptions;
  guint32 next_id;
  GPtrArray *gets; /* of GTask */

  ClaspTraffic past_traffic; /* of earlier connections */

  /* Protects everything below, for the getters. Leaf lock. */
  GMutex mutex;
  char *url;
  char *shown_url; /* of the last attempt */
  char *session;
  ClaspClientState state;
  ClaspTraffic traffic;
  guint64 n_sessions;
};

/* For tests; clasp-client-connect.c */
void clasp_client_set_times (ClaspClient *self, const ClaspTimes *times);
void clasp_client_open_detached (ClaspClient *self);
void clasp_client_receive (ClaspClient *self, GBytes *frame);

/* clasp-client-receive.c */
void clasp_client_dispatch (ClaspClient *self, ClaspMessage *message);

/* clasp-client-get.c */
void clasp_client_answer_gets (ClaspClient *self, const char *address,
    GVariant *value);
void clasp_client_refuse_gets (ClaspClient *self, const char *address,
    const GError *error);

/* clasp-client-subscribe.c */
void clasp_client_begin_subscriptions (ClaspClient *self);
void clasp_client_repeat_subscriptions (ClaspClient *self);

/* clasp-client-connect.c */
void clasp_client_on_retry (gpointer owner);
void clasp_client_on_wake (gpointer owner);

/* clasp-client-stats.c */
void clasp_client_show_traffic (ClaspClient *self);

/* clasp-client.c */
void clasp_client_notify_state (ClaspClient *self);
void clasp_client_notify_clock_offset (ClaspClient *self);
void clasp_client_emit_session_changed (ClaspClient *self, const char *session);
void clasp_client_emit_stream_dropped (ClaspClient *self, const char *address);
void clasp_client_emit_error (ClaspClient *self, const GError *error);
void clasp_client_emit_message (ClaspClient *self, ClaspMessage *message);
char *clasp_client_dup_shown_url (ClaspClient *self);

G_END_DECLS
