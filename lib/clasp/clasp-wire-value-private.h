/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-reader-private.h"

G_BEGIN_DECLS

/* Values that were checked when their message was decoded. */
GVariant *
clasp_wire_value_to_variant (const ClaspWireValue *self, GBytes *source);
gboolean
clasp_wire_value_get_number (const ClaspWireValue *self, double *number);
gboolean clasp_wire_value_lookup (const ClaspWireValue *self, const char *key,
    ClaspWireValue *found);
ClaspText clasp_wire_value_get_text (const ClaspWireValue *self);

G_END_DECLS
