/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-error.h"

G_BEGIN_DECLS

#define CLASP_TYPE_PATTERN (clasp_pattern_get_type ())

/**
 * ClaspPattern:
 *
 * A compiled subscription pattern: `*` is one segment (or any characters
 * inside one), `**` any number of segments. Immutable, reference counted.
 *
 * Since: 0.1
 */
typedef struct _ClaspPattern ClaspPattern;

CLASP_API GType clasp_pattern_get_type (void);
CLASP_API gboolean clasp_address_validate (const char *address, GError **error);
CLASP_API ClaspPattern *clasp_pattern_new (const char *text, GError **error);
CLASP_API ClaspPattern *clasp_pattern_ref (ClaspPattern *self);
CLASP_API void clasp_pattern_unref (ClaspPattern *self);
CLASP_API const char *clasp_pattern_get_text (const ClaspPattern *self);
CLASP_API gboolean clasp_pattern_is_literal (const ClaspPattern *self);
CLASP_API gboolean clasp_pattern_matches (const ClaspPattern *self,
    const char *address);
CLASP_API char *clasp_address_escape_segment (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspPattern, clasp_pattern_unref)

G_END_DECLS
