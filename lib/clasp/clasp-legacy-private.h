/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-message.h"

G_BEGIN_DECLS

/* Legacy messages are maps with a "type" (clasp-protocol: legacy). */
GVariant *clasp_legacy_unpack (const guint8 *data, gsize size, GError **error);
ClaspMessage *clasp_legacy_to_message (GVariant *map, GError **error);

G_END_DECLS
