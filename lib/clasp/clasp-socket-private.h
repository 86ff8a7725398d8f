/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-error.h"
#include <gio/gio.h>

G_BEGIN_DECLS

#define CLASP_TYPE_SOCKET (clasp_socket_get_type ())
G_DECLARE_FINAL_TYPE (ClaspSocket, clasp_socket, CLASP, SOCKET, GObject)

/*
 * What a socket tells its owner, in its context. After closed, finish or abort
 * nothing more comes.
 */
typedef struct {
  void (*opened) (gpointer owner);
  void (*frame) (gpointer owner, GBytes *frame);
  void (*writable) (gpointer owner);
  void (*closed) (gpointer owner, const GError *error);
} ClaspSocketEvents;

ClaspSocket *clasp_socket_new (gpointer owner, GMainContext *context,
    const ClaspSocketEvents *events);
void clasp_socket_open (ClaspSocket *self, const char *url,
    const char *shown_url, const char *tls_ca_file, gint64 timeout);
gboolean clasp_socket_is_writable (ClaspSocket *self);
void clasp_socket_send (ClaspSocket *self, GBytes *frame);
void clasp_socket_finish (ClaspSocket *self, GQueue *frames, gint64 timeout,
    GTask *closed);
void clasp_socket_abort (ClaspSocket *self);
guint64 clasp_socket_get_n_texts (ClaspSocket *self);

G_END_DECLS
