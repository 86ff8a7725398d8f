/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <json-glib/json-glib.h>
#include "clasp-error.h"

G_BEGIN_DECLS

/*
 * A CLASP value is a GVariant of one of these types: null "mv" (nothing),
 * bool "b", integer "x", float "d", string "s", bytes "ay", array "av",
 * map "a{sv}". On input any integer width and "v" are accepted too.
 */

CLASP_API GVariant *clasp_value_new_null (void);
CLASP_API GVariant *clasp_value_new_bytes (GBytes *bytes);
CLASP_API gboolean clasp_value_is_null (GVariant *value);
CLASP_API gboolean clasp_value_get_number (GVariant *value, double *number);
CLASP_API gboolean clasp_value_check (GVariant *value, GError **error);
CLASP_API gboolean clasp_value_equal (GVariant *a, GVariant *b);
CLASP_API const char *
clasp_value_lookup_string (GVariant *map, const char *key);
CLASP_API gboolean clasp_value_lookup_number (GVariant *map, const char *key,
    double *number);
CLASP_API gboolean clasp_value_lookup_boolean (GVariant *map, const char *key,
    gboolean *boolean);
CLASP_API GVariant *clasp_value_lookup_map (GVariant *map, const char *key);
CLASP_API JsonNode *clasp_value_to_json (GVariant *value);
CLASP_API GVariant *clasp_value_from_json (JsonNode *node, GError **error);
CLASP_API char *clasp_value_print (GVariant *value);

G_END_DECLS
