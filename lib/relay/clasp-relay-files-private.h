/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/*
 * A folder whose regular files are served. What is outside it, by whatever
 * spelling or link, hidden files and folder listings are not.
 */
typedef struct _ClaspRelayFiles ClaspRelayFiles;

ClaspRelayFiles *clasp_relay_files_new (const char *directory, GError **error);
void clasp_relay_files_free (ClaspRelayFiles *self);
char *clasp_relay_files_find (ClaspRelayFiles *self, const char *path);
void clasp_relay_files_answer (ClaspRelayFiles *self, SoupServerMessage *msg,
    const char *path);
const char *clasp_relay_files_content_type (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspRelayFiles, clasp_relay_files_free)

G_END_DECLS
