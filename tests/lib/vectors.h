/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp/clasp.h"

G_BEGIN_DECLS

/* The golden vectors: JSON of a message <-> message. */
GVariant *vectors_value (JsonNode *node);
ClaspMessage *vectors_build (JsonObject *spec);
void vectors_check (JsonObject *spec, const ClaspMessage *message);
GBytes *vectors_from_hex (const char *hex);

G_END_DECLS
