/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <math.h>
#include "clasp-value.h"

static JsonNode *to_node (GVariant *value);

static JsonNode *
array_to_node (GVariant *value)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  gsize n = g_variant_n_children (value);

  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

    json_array_add_element (array, to_node (child));
  }
  json_node_take_array (node, array);
  return node;
}

static JsonNode *
map_to_node (GVariant *value)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  gsize n = g_variant_n_children (value);

  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
    g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
    g_autoptr (GVariant) child = g_variant_get_child_value (entry, 1);

    json_object_set_member (object, g_variant_get_string (key, NULL),
        to_node (child));
  }
  json_node_take_object (node, object);
  return node;
}

static JsonNode *
bytes_to_node (GVariant *value)
{
  g_autofree char *text =
      g_base64_encode (g_variant_get_data (value), g_variant_get_size (value));

  return json_node_init_string (json_node_alloc (), text);
}

/* JSON has no NaN and no infinity. */
static JsonNode *
number_to_node (GVariant *value)
{
  JsonNode *node = json_node_alloc ();
  double number = 0;

  if (!clasp_value_get_number (value, &number) || !isfinite (number))
    return json_node_init_null (node);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) ||
      g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return json_node_init_double (node, number);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return json_node_init_int (node, g_variant_get_int64 (value));
  return json_node_init_int (node, (gint64) number);
}

static JsonNode *
inner_to_node (GVariant *value)
{
  g_autoptr (GVariant) inner = NULL;

  if (g_variant_n_children (value) == 0)
    return json_node_init_null (json_node_alloc ());
  inner = g_variant_get_child_value (value, 0);
  return to_node (inner);
}

static JsonNode *
to_node (GVariant *value)
{
  switch (g_variant_classify (value)) {
    case G_VARIANT_CLASS_BOOLEAN:
      return json_node_init_boolean (json_node_alloc (),
          g_variant_get_boolean (value));
    case G_VARIANT_CLASS_STRING:
      return json_node_init_string (json_node_alloc (),
          g_variant_get_string (value, NULL));
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
      return inner_to_node (value);
    case G_VARIANT_CLASS_ARRAY:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
        return bytes_to_node (value);
      if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}")))
        return map_to_node (value);
      return array_to_node (value);
    default:
      return number_to_node (value);
  }
}

/**
 * clasp_value_to_json:
 * @value: a value
 *
 * Makes JSON of a value. Bytes become base64 text; NaN and infinities, which
 * JSON does not have, become null.
 *
 * Returns: (transfer full): a new node
 *
 * Since: 0.1
 */
JsonNode *
clasp_value_to_json (GVariant *value)
{
  return to_node (value);
}

static GVariant *from_node (JsonNode *node, guint depth);

/* The parser makes bad UTF-8 of lone surrogates. */
static GVariant *
new_string (const char *text)
{
  return g_variant_new_take_string (g_utf8_make_valid (text, -1));
}

static GVariant *
array_from_node (JsonArray *array, guint depth)
{
  guint n = json_array_get_length (array);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < n; i++) {
    GVariant *child = from_node (json_array_get_element (array, i), depth);

    if (!child) {
      g_variant_builder_clear (&builder);
      return NULL;
    }
    g_variant_builder_add (&builder, "v", child);
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
map_from_node (JsonObject *object, guint depth)
{
  GVariantBuilder builder;
  JsonObjectIter iter;
  const char *key;
  JsonNode *node;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &key, &node)) {
    GVariant *child = from_node (node, depth);

    if (!child) {
      g_variant_builder_clear (&builder);
      return NULL;
    }
    g_variant_builder_add_value (&builder,
        g_variant_new_dict_entry (new_string (key),
            g_variant_new_variant (child)));
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
scalar_from_node (JsonNode *node)
{
  switch (json_node_get_value_type (node)) {
    case G_TYPE_BOOLEAN:
      return g_variant_new_boolean (json_node_get_boolean (node));
    case G_TYPE_STRING:
      return new_string (json_node_get_string (node));
    case G_TYPE_DOUBLE:
      return g_variant_new_double (json_node_get_double (node));
    default:
      return g_variant_new_int64 (json_node_get_int (node));
  }
}

/* Floating; NULL when nested too deeply. */
static GVariant *
from_node (JsonNode *node, guint depth)
{
  switch (json_node_get_node_type (node)) {
    case JSON_NODE_VALUE:
      return scalar_from_node (node);
    case JSON_NODE_ARRAY:
      if (depth >= CLASP_MAX_DEPTH)
        return NULL;
      return array_from_node (json_node_get_array (node), depth + 1);
    case JSON_NODE_OBJECT:
      if (depth >= CLASP_MAX_DEPTH)
        return NULL;
      return map_from_node (json_node_get_object (node), depth + 1);
    case JSON_NODE_NULL:
    default:
      return clasp_value_new_null ();
  }
}

/**
 * clasp_value_from_json:
 * @node: JSON
 * @error: return location of a #GError
 *
 * Makes a value of JSON. Numbers written without fraction become integers.
 *
 * Returns: (transfer full) (nullable): a new value, or %NULL with @error
 *   %CLASP_ERROR_TOO_LARGE if @node is nested more than %CLASP_MAX_DEPTH deep
 *
 * Since: 0.1
 */
GVariant *
clasp_value_from_json (JsonNode *node, GError **error)
{
  GVariant *value = from_node (node, 0);

  if (!value) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE,
        "JSON is nested more than %d levels deep", CLASP_MAX_DEPTH);
    return NULL;
  }
  return g_variant_ref_sink (value);
}
