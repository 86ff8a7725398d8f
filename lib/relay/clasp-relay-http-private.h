/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-relay-files-private.h"
#include "clasp-relay-hub-private.h"
#include "clasp-relay-rendezvous-private.h"

G_BEGIN_DECLS

/*
 * What the server answers: WebSocket on any path, the rendezvous routes, the
 * health check, files. Belongs to one main context.
 */
typedef struct _ClaspRelayHttp ClaspRelayHttp;

ClaspRelayHttp *clasp_relay_http_new (SoupServer *server, ClaspRelayHub *hub,
    ClaspRelayRendezvous *rendezvous, ClaspRelayFiles *files);
void clasp_relay_http_free (ClaspRelayHttp *self);

void clasp_relay_http_answer_rendezvous (ClaspRelayRendezvous *rendezvous,
    SoupServerMessage *msg, const char *path, GHashTable *query,
    const GByteArray *body);

#define CLASP_RELAY_RENDEZVOUS_PREFIX "/api/v1/"
#define CLASP_RELAY_MAX_BODY 8192

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayHttp, clasp_relay_http_free)

G_END_DECLS
