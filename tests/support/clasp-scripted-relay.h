/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <libsoup/soup.h>

#include "clasp/clasp-message.h"

/*
 * A relay that does what a test says, on a free port of the loopback
 * interface, in the thread-default context. By itself it answers HELLO with
 * WELCOME and an empty SNAPSHOT, PING with PONG, SYNC, and delivers signals to
 * a session to itself; each of that can be switched off.
 */
typedef struct _ScriptedRelay ScriptedRelay;

typedef struct {
  gboolean no_welcome;
  gboolean no_pong;
  gboolean no_echo;
  gboolean no_sync;
  gboolean forbid_echo; /* ERROR 301 instead of the echo */
  guint rate;           /* messages per second, more get ERROR 429; 0: any */
  guint refuse_code;    /* ERROR instead of WELCOME */
  const char *refuse_text;
  gint64 clock_offset; /* of the relay to local Unix time, µs */
} ScriptedRelayRules;

ScriptedRelay *scripted_relay_new (const ScriptedRelayRules *rules);
ScriptedRelay *scripted_relay_new_tls (GTlsCertificate *certificate);
void scripted_relay_free (ScriptedRelay *self);
ScriptedRelayRules *scripted_relay_rules (ScriptedRelay *self);
const char *scripted_relay_get_url (ScriptedRelay *self);
guint scripted_relay_get_port (ScriptedRelay *self);
void scripted_relay_close_port (ScriptedRelay *self);
void scripted_relay_open_port (ScriptedRelay *self);

guint scripted_relay_get_n_connections (ScriptedRelay *self);
const char *scripted_relay_get_session (ScriptedRelay *self);
GPtrArray *scripted_relay_get_messages (ScriptedRelay *self);
ClaspMessage *scripted_relay_find (ScriptedRelay *self, ClaspMessageType type,
    const char *address, guint nth);
guint scripted_relay_count (ScriptedRelay *self, ClaspMessageType type,
    const char *address);
guint scripted_relay_get_n_frames (ScriptedRelay *self);

void scripted_relay_send (ScriptedRelay *self, ClaspMessage *message);
void scripted_relay_say (ScriptedRelay *self, ClaspMessage *message);
void
scripted_relay_send_bytes (ScriptedRelay *self, const void *data, gsize size);
void scripted_relay_send_text (ScriptedRelay *self, const char *text);
void scripted_relay_hang_up (ScriptedRelay *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScriptedRelay, scripted_relay_free)
