/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-message.h"

G_BEGIN_DECLS

/* Relays deliver what is published below straight to that session, but not
 * when it comes in a BUNDLE. */
#define CLASP_SIGNAL_PREFIX "/clasp/p2p/signal/"

/* One message on its way out, and how it may be treated. */
typedef struct {
  ClaspMessage *message;
  GBytes *frame;
  char *address;    /* NULL: has none */
  gboolean stream;  /* may be dropped for newer ones */
  gboolean has_seq; /* messages of one address and seq are one frame */
  gint64 seq;
  gboolean bundled; /* may travel inside a BUNDLE */
} ClaspSendItem;

ClaspSendItem *clasp_send_item_new (ClaspMessage *message, GError **error);
void clasp_send_item_free (ClaspSendItem *self);
gboolean clasp_send_item_is_set (const ClaspSendItem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspSendItem, clasp_send_item_free)

G_END_DECLS
