/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A relay program on a free loopback port. Which one is told by the
 * environment: CLASP_CONFORMANCE_RELAY is `engine` (the real relay's, at
 * CLASP_ENGINE) or `embedded` (ours, at CLASP_RELAY).
 */
typedef struct _RelayProcess RelayProcess;

gboolean relay_process_available (char **why_not);
RelayProcess *relay_process_start (const char *token);
const char *relay_process_get_url (RelayProcess *self);
void relay_process_restart (RelayProcess *self);
void relay_process_free (RelayProcess *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayProcess, relay_process_free)

G_END_DECLS
