/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "vectors.h"

static const char *const signals[] = {"param", "event", "stream", "gesture",
    "timeline"};
static const guint features[] = {CLASP_FEATURE_PARAM, CLASP_FEATURE_EVENT,
    CLASP_FEATURE_STREAM, CLASP_FEATURE_GESTURE, CLASP_FEATURE_TIMELINE};
static const char *const phases[] = {"start", "move", "end", "cancel"};

GBytes *
vectors_from_hex (const char *hex)
{
  gsize size = strlen (hex) / 2;
  guint8 *data = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 |
        g_ascii_xdigit_value (hex[2 * i + 1]));
  return g_bytes_new_take (data, size);
}

static GVariant *
bytes_value (GBytes *taken)
{
  g_autoptr (GBytes) bytes = taken;

  return clasp_value_new_bytes (bytes);
}

static GVariant *
counting_value (JsonObject *spec)
{
  guint first = (guint) json_object_get_int_member (spec, "first");
  gsize length = (gsize) json_object_get_int_member (spec, "length");
  guint8 *data = g_malloc (length + 1);

  for (gsize i = 0; i < length; i++)
    data[i] = (guint8) (first + i);
  return bytes_value (g_bytes_new_take (data, length));
}

static GVariant *
f64_value (const char *hex)
{
  guint64 bits = g_ascii_strtoull (hex, NULL, 16);
  double number;

  memcpy (&number, &bits, sizeof number);
  return g_variant_new_double (number);
}

static GVariant *
array_value (JsonArray *array)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_variant_builder_add (&builder, "v",
        vectors_value (json_array_get_element (array, i)));
  return g_variant_builder_end (&builder);
}

static GVariant *
object_value (JsonObject *object)
{
  GVariantBuilder builder;
  JsonObjectIter iter;
  const char *key;
  JsonNode *node;

  if (json_object_has_member (object, "$bytes"))
    return bytes_value (
        vectors_from_hex (json_object_get_string_member (object, "$bytes")));
  if (json_object_has_member (object, "$bytes_counting"))
    return counting_value (
        json_object_get_object_member (object, "$bytes_counting"));
  if (json_object_has_member (object, "$bytes_sha256"))
    return bytes_value (g_bytes_new_take (g_malloc0 (70000), 70000));
  if (json_object_has_member (object, "$f64"))
    return f64_value (json_object_get_string_member (object, "$f64"));
  if (json_object_has_member (object, "$undefined"))
    return clasp_value_new_null ();
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &key, &node))
    g_variant_builder_add (&builder, "{sv}", key, vectors_value (node));
  return g_variant_builder_end (&builder);
}

/* Floating. Numbers are floats, as JavaScript has them. */
GVariant *
vectors_value (JsonNode *node)
{
  switch (json_node_get_node_type (node)) {
    case JSON_NODE_ARRAY:
      return array_value (json_node_get_array (node));
    case JSON_NODE_OBJECT:
      return object_value (json_node_get_object (node));
    case JSON_NODE_NULL:
      return clasp_value_new_null ();
    case JSON_NODE_VALUE:
    default:
      break;
  }
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return g_variant_new_boolean (json_node_get_boolean (node));
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return g_variant_new_string (json_node_get_string (node));
  return g_variant_new_double (json_node_get_double (node));
}

static const char *
text (JsonObject *spec, const char *key)
{
  return json_object_get_string_member_with_default (spec, key, NULL);
}

static gboolean
has (JsonObject *spec, const char *key)
{
  return json_object_has_member (spec, key);
}

static guint64
number (JsonObject *spec, const char *key)
{
  return (guint64) json_object_get_int_member_with_default (spec, key, 0);
}

static gboolean
truth (JsonObject *spec, const char *key)
{
  return json_object_get_boolean_member_with_default (spec, key, FALSE);
}

static guint
word (const char *const *words, guint n, const char *name, guint otherwise)
{
  for (guint i = 0; name && i < n; i++) {
    if (g_str_equal (words[i], name))
      return i;
  }
  return otherwise;
}

static ClaspSignalType
signal_of (JsonObject *spec, const char *key)
{
  return (ClaspSignalType) word (signals, G_N_ELEMENTS (signals),
      text (spec, key), CLASP_SIGNAL_EVENT);
}

static ClaspFeatures
features_of (JsonObject *spec)
{
  JsonArray *names = json_object_get_array_member (spec, "features");
  guint mask = 0;

  for (guint i = 0; i < json_array_get_length (names); i++) {
    guint at = word (signals, G_N_ELEMENTS (signals),
        json_array_get_string_element (names, i), G_MAXUINT);

    if (at != G_MAXUINT)
      mask |= features[at];
  }
  return (ClaspFeatures) mask;
}

static ClaspSignalMask
mask_of (JsonObject *spec)
{
  JsonArray *names;
  guint mask = 0;

  if (!has (spec, "types"))
    return CLASP_SIGNAL_MASK_ALL;
  names = json_object_get_array_member (spec, "types");
  for (guint i = 0; i < json_array_get_length (names); i++)
    mask |= 1u << word (signals, G_N_ELEMENTS (signals),
                json_array_get_string_element (names, i), 31);
  return (ClaspSignalMask) mask;
}

static ClaspSubscribeOptions
options_of (JsonObject *spec)
{
  ClaspSubscribeOptions options = {0};
  JsonObject *given;

  if (!has (spec, "options"))
    return options;
  given = json_object_get_object_member (spec, "options");
  options.max_rate = (guint32) number (given, "maxRate");
  options.epsilon =
      json_object_get_double_member_with_default (given, "epsilon", 0);
  options.history = (guint32) number (given, "history");
  options.window = (guint32) number (given, "window");
  return options;
}

static GVariant *
value_of (JsonObject *spec)
{
  if (has (spec, "value"))
    return vectors_value (json_object_get_member (spec, "value"));
  if (has (spec, "payload"))
    return vectors_value (json_object_get_member (spec, "payload"));
  return NULL;
}

static double *
samples_of (JsonObject *spec, guint *n)
{
  JsonArray *array;
  double *samples;

  *n = 0;
  if (!has (spec, "samples"))
    return NULL;
  array = json_object_get_array_member (spec, "samples");
  *n = json_array_get_length (array);
  samples = g_new0 (double, *n + 1);
  for (guint i = 0; i < *n; i++)
    samples[i] = json_array_get_double_element (array, i);
  return samples;
}

static ClaspMessage *
build_publish (JsonObject *spec)
{
  g_autofree double *samples = NULL;
  ClaspPublishOptions options = {
      .signal = signal_of (spec, "signal"),
      .phase = (ClaspPhase) word (phases, G_N_ELEMENTS (phases),
          text (spec, "phase"), CLASP_PHASE_START),
      .value = value_of (spec),
      .has_timestamp = has (spec, "timestamp"),
      .timestamp_us = number (spec, "timestamp"),
      .has_id = has (spec, "id"),
      .id = (guint32) number (spec, "id"),
      .rate = (guint32) number (spec, "rate"),
  };

  samples = samples_of (spec, &options.n_samples);
  options.samples = samples;
  return clasp_message_new_publish_full (text (spec, "address"), &options);
}

static ClaspMessage *
build_set (JsonObject *spec)
{
  ClaspSetFlags flags = CLASP_SET_NONE;

  if (has (spec, "revision"))
    flags |= CLASP_SET_REVISION;
  if (truth (spec, "lock"))
    flags |= CLASP_SET_LOCK;
  if (truth (spec, "unlock"))
    flags |= CLASP_SET_UNLOCK;
  return clasp_message_new_set_full (text (spec, "address"), value_of (spec),
      flags, number (spec, "revision"), 0);
}

static ClaspMessage *
build_snapshot (JsonObject *spec)
{
  JsonArray *list = json_object_get_array_member (spec, "params");
  guint n = json_array_get_length (list);
  g_autofree ClaspParam *params = g_new0 (ClaspParam, n + 1);

  for (guint i = 0; i < n; i++) {
    JsonObject *entry = json_array_get_object_element (list, i);

    params[i].address = text (entry, "address");
    params[i].value = value_of (entry);
    params[i].revision = number (entry, "revision");
    params[i].writer = text (entry, "writer");
    params[i].timestamp = number (entry, "timestamp");
  }
  return clasp_message_new_snapshot (params, n);
}

static void
fill_meta (JsonObject *meta, ClaspSignalInfo *info)
{
  JsonArray *range;

  info->has_meta = TRUE;
  info->unit = text (meta, "unit");
  info->description = text (meta, "description");
  if (has (meta, "default"))
    info->default_value =
        vectors_value (json_object_get_member (meta, "default"));
  if (!has (meta, "range"))
    return;
  range = json_object_get_array_member (meta, "range");
  info->has_range = TRUE;
  info->min = json_array_get_double_element (range, 0);
  info->max = json_array_get_double_element (range, 1);
}

static ClaspMessage *
build_signals (JsonObject *spec)
{
  JsonArray *list = json_object_get_array_member (spec, "signals");
  guint n = json_array_get_length (list);
  g_autofree ClaspSignalInfo *infos = g_new0 (ClaspSignalInfo, n + 1);

  for (guint i = 0; i < n; i++) {
    JsonObject *entry = json_array_get_object_element (list, i);

    infos[i].address = text (entry, "address");
    infos[i].signal = signal_of (entry, "type");
    infos[i].datatype = text (entry, "datatype");
    infos[i].access = text (entry, "access");
    if (has (entry, "meta"))
      fill_meta (json_object_get_object_member (entry, "meta"), &infos[i]);
  }
  if (has (spec, "namespace"))
    return clasp_message_new_announce (text (spec, "namespace"), infos, n);
  return clasp_message_new_result (infos, n);
}

static ClaspMessage *
build_bundle (JsonObject *spec)
{
  JsonArray *list = json_object_get_array_member (spec, "messages");
  g_autoptr (GPtrArray) members =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);

  for (guint i = 0; i < json_array_get_length (list); i++)
    g_ptr_array_add (members,
        vectors_build (json_array_get_object_element (list, i)));
  return clasp_message_new_bundle ((ClaspMessage **) members->pdata,
      members->len, number (spec, "timestamp"));
}

static ClaspMessage *
build_ack (JsonObject *spec)
{
  ClaspAck ack = {
      .address = text (spec, "address"),
      .has_revision = has (spec, "revision"),
      .revision = number (spec, "revision"),
      .has_locked = has (spec, "locked"),
      .locked = truth (spec, "locked"),
      .holder = text (spec, "holder"),
      .has_correlation = has (spec, "correlationId"),
      .correlation = (guint32) number (spec, "correlationId"),
  };

  return clasp_message_new_ack_full (&ack);
}

static ClaspMessage *
build_subscribe (JsonObject *spec)
{
  ClaspSubscribeOptions options = options_of (spec);

  return clasp_message_new_subscribe_full ((guint32) number (spec, "id"),
      text (spec, "pattern"), mask_of (spec), &options);
}

static ClaspMessage *
build_sync (JsonObject *spec)
{
  if (!has (spec, "t2"))
    return clasp_message_new_sync (number (spec, "t1"));
  return clasp_message_new_sync_reply (number (spec, "t1"), number (spec, "t2"),
      number (spec, "t3"));
}

/* Builds with our constructors what @spec says; NULL for a type that has no
 * constructor. */
ClaspMessage *
vectors_build (JsonObject *spec)
{
  const char *type = text (spec, "type");

  if (g_str_equal (type, "HELLO"))
    return clasp_message_new_hello (text (spec, "name"), features_of (spec),
        text (spec, "token"));
  if (g_str_equal (type, "WELCOME"))
    return clasp_message_new_welcome (features_of (spec), number (spec, "time"),
        text (spec, "session"), text (spec, "name"), text (spec, "token"));
  if (g_str_equal (type, "ANNOUNCE") || g_str_equal (type, "RESULT"))
    return build_signals (spec);
  if (g_str_equal (type, "SUBSCRIBE"))
    return build_subscribe (spec);
  if (g_str_equal (type, "UNSUBSCRIBE"))
    return clasp_message_new_unsubscribe ((guint32) number (spec, "id"));
  if (g_str_equal (type, "PUBLISH"))
    return build_publish (spec);
  if (g_str_equal (type, "SET"))
    return build_set (spec);
  if (g_str_equal (type, "GET"))
    return clasp_message_new_get (text (spec, "address"));
  if (g_str_equal (type, "SNAPSHOT"))
    return build_snapshot (spec);
  if (g_str_equal (type, "BUNDLE"))
    return build_bundle (spec);
  if (g_str_equal (type, "SYNC"))
    return build_sync (spec);
  if (g_str_equal (type, "PING"))
    return clasp_message_new_ping ();
  if (g_str_equal (type, "PONG"))
    return clasp_message_new_pong ();
  if (g_str_equal (type, "ACK"))
    return build_ack (spec);
  if (g_str_equal (type, "ERROR"))
    return clasp_message_new_error_full ((guint16) number (spec, "code"),
        text (spec, "message"), text (spec, "address"),
        (guint32) number (spec, "correlationId"));
  if (g_str_equal (type, "QUERY"))
    return clasp_message_new_query (text (spec, "pattern"));
  return NULL;
}

static void
check_value (JsonObject *spec, GVariant *value)
{
  g_autoptr (GVariant) expected = NULL;

  if (!has (spec, "value")) {
    g_assert_null (value);
    return;
  }
  g_assert_nonnull (value);
  expected = g_variant_ref_sink (
      vectors_value (json_object_get_member (spec, "value")));
  if (!clasp_value_equal (expected, value)) {
    g_autofree char *a = clasp_value_print (expected);
    g_autofree char *b = clasp_value_print (value);

    g_error ("expected %s, have %s", a, b);
  }
}

/* The type as the documents write it, from the describing line. */
static void
check_type (JsonObject *spec, const ClaspMessage *message)
{
  g_autofree char *line = clasp_message_describe (message);
  const char *type = text (spec, "type");

  g_assert_true (g_str_has_prefix (line, type));
  g_assert_cmpint (g_ascii_isupper (line[strlen (type)]), ==, 0);
}

static void
check_hello (JsonObject *spec, const ClaspMessage *message)
{
  guint64 time = 0;

  g_assert_cmpuint (clasp_message_get_version (message), ==,
      number (spec, "version"));
  g_assert_cmpuint (clasp_message_get_features (message), ==,
      features_of (spec));
  g_assert_cmpstr (clasp_message_get_name (message), ==, text (spec, "name"));
  g_assert_cmpstr (clasp_message_get_token (message), ==, text (spec, "token"));
  g_assert_cmpstr (clasp_message_get_session (message), ==,
      text (spec, "session"));
  g_assert_cmpint (clasp_message_get_timestamp (message, &time), ==,
      has (spec, "time"));
  g_assert_cmpuint (time, ==, number (spec, "time"));
}

static void
check_subscribe (JsonObject *spec, const ClaspMessage *message)
{
  ClaspSubscribeOptions expected = options_of (spec), options;

  g_assert_cmpuint (clasp_message_get_id (message), ==, number (spec, "id"));
  g_assert_cmpstr (clasp_message_get_pattern (message), ==,
      text (spec, "pattern"));
  g_assert_cmpuint (clasp_message_get_signal_mask (message), ==,
      mask_of (spec));
  clasp_message_get_subscribe_options (message, &options);
  g_assert_cmpuint (options.max_rate, ==, expected.max_rate);
  g_assert_cmpfloat (options.epsilon, ==, expected.epsilon);
  g_assert_cmpuint (options.history, ==, expected.history);
  g_assert_cmpuint (options.window, ==, expected.window);
}

static void
check_publish (JsonObject *spec, const ClaspMessage *message)
{
  double samples[8] = {0};
  g_autofree double *expected = NULL;
  guint64 timestamp = 0;
  guint n;

  g_assert_cmpint (clasp_message_get_signal (message), ==,
      signal_of (spec, "signal"));
  g_assert_cmpint (clasp_message_get_phase (message), ==,
      word (phases, G_N_ELEMENTS (phases), text (spec, "phase"), 0));
  check_value (spec, clasp_message_get_value (message));
  g_assert_cmpint (clasp_message_get_timestamp (message, &timestamp), ==,
      has (spec, "timestamp"));
  g_assert_cmpuint (timestamp, ==, number (spec, "timestamp"));
  g_assert_cmpint (clasp_message_has_id (message), ==, has (spec, "id"));
  g_assert_cmpuint (clasp_message_get_id (message), ==, number (spec, "id"));
  g_assert_cmpuint (clasp_message_get_rate (message), ==,
      number (spec, "rate"));
  expected = samples_of (spec, &n);
  g_assert_cmpuint (clasp_message_get_samples (message, samples, 8), ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat (samples[i], ==, expected[i]);
}

static void
check_set (JsonObject *spec, const ClaspMessage *message)
{
  ClaspSetFlags flags = clasp_message_get_set_flags (message);
  guint64 revision = 0;

  check_value (spec, clasp_message_get_value (message));
  g_assert_cmpint (clasp_message_get_revision (message, &revision), ==,
      has (spec, "revision"));
  g_assert_cmpuint (revision, ==, number (spec, "revision"));
  g_assert_cmpint ((flags & CLASP_SET_LOCK) != 0, ==, truth (spec, "lock"));
  g_assert_cmpint ((flags & CLASP_SET_UNLOCK) != 0, ==, truth (spec, "unlock"));
}

static void
check_snapshot (JsonObject *spec, const ClaspMessage *message)
{
  JsonArray *list = json_object_get_array_member (spec, "params");
  ClaspParam param;

  g_assert_cmpuint (clasp_message_get_n_params (message), ==,
      json_array_get_length (list));
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonObject *entry = json_array_get_object_element (list, i);

    g_assert_true (clasp_message_get_param (message, i, &param));
    g_assert_cmpstr (param.address, ==, text (entry, "address"));
    check_value (entry, param.value);
    g_assert_cmpuint (param.revision, ==, number (entry, "revision"));
    g_assert_cmpstr (param.writer, ==, text (entry, "writer"));
    g_assert_cmpuint (param.timestamp, ==, number (entry, "timestamp"));
  }
  g_assert_false (
      clasp_message_get_param (message, json_array_get_length (list), &param));
}

static void
check_meta (JsonObject *meta, const ClaspSignalInfo *info)
{
  ClaspSignalInfo expected = {0};

  fill_meta (meta, &expected);
  g_assert_true (info->has_meta);
  g_assert_cmpstr (info->unit, ==, expected.unit);
  g_assert_cmpstr (info->description, ==, expected.description);
  g_assert_cmpint (info->has_range, ==, expected.has_range);
  g_assert_cmpfloat (info->min, ==, expected.min);
  g_assert_cmpfloat (info->max, ==, expected.max);
  g_assert_nonnull (info->default_value);
  g_variant_ref_sink (expected.default_value);
  g_assert_true (
      clasp_value_equal (info->default_value, expected.default_value));
  g_variant_unref (expected.default_value);
}

static void
check_signals (JsonObject *spec, const ClaspMessage *message)
{
  JsonArray *list = json_object_get_array_member (spec, "signals");
  ClaspSignalInfo info;

  g_assert_cmpuint (clasp_message_get_n_signals (message), ==,
      json_array_get_length (list));
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonObject *entry = json_array_get_object_element (list, i);

    g_assert_true (clasp_message_get_signal_info (message, i, &info));
    g_assert_cmpstr (info.address, ==, text (entry, "address"));
    g_assert_cmpint (info.signal, ==, signal_of (entry, "type"));
    g_assert_cmpstr (info.datatype, ==, text (entry, "datatype"));
    g_assert_cmpstr (info.access, ==, text (entry, "access"));
    g_assert_cmpint (info.has_meta, ==, has (entry, "meta"));
    if (info.has_meta)
      check_meta (json_object_get_object_member (entry, "meta"), &info);
  }
}

static void
check_bundle (JsonObject *spec, const ClaspMessage *message)
{
  JsonArray *list = json_object_get_array_member (spec, "messages");
  guint64 timestamp = 0;

  g_assert_cmpint (clasp_message_get_timestamp (message, &timestamp), ==,
      has (spec, "timestamp"));
  g_assert_cmpuint (timestamp, ==, number (spec, "timestamp"));
  g_assert_cmpuint (clasp_message_get_n_members (message), ==,
      json_array_get_length (list));
  for (guint i = 0; i < json_array_get_length (list); i++)
    vectors_check (json_array_get_object_element (list, i),
        clasp_message_get_member (message, i));
}

static void
check_sync (JsonObject *spec, const ClaspMessage *message)
{
  guint64 t1, t2, t3;

  g_assert_true (clasp_message_get_sync (message, &t1, &t2, &t3));
  g_assert_cmpuint (t1, ==, number (spec, "t1"));
  g_assert_cmpuint (t2, ==, number (spec, "t2"));
  g_assert_cmpuint (t3, ==, number (spec, "t3"));
}

static void
check_correlation (JsonObject *spec, const ClaspMessage *message)
{
  const char *key =
      has (spec, "correlation_id") ? "correlation_id" : "correlationId";
  guint32 correlation = 0;

  g_assert_cmpint (clasp_message_get_correlation (message, &correlation), ==,
      has (spec, key));
  g_assert_cmpuint (correlation, ==, number (spec, key));
}

static void
check_ack (JsonObject *spec, const ClaspMessage *message)
{
  ClaspAck ack;

  g_assert_true (clasp_message_get_ack (message, &ack));
  g_assert_cmpstr (ack.address, ==, text (spec, "address"));
  g_assert_cmpint (ack.has_revision, ==, has (spec, "revision"));
  g_assert_cmpuint (ack.revision, ==, number (spec, "revision"));
  g_assert_cmpint (ack.has_locked, ==, has (spec, "locked"));
  g_assert_cmpint (ack.locked, ==, truth (spec, "locked"));
  g_assert_cmpstr (ack.holder, ==, text (spec, "holder"));
  check_correlation (spec, message);
}

static void
check_error (JsonObject *spec, const ClaspMessage *message)
{
  g_assert_cmpuint (clasp_message_get_error_code (message), ==,
      number (spec, "code"));
  g_assert_cmpstr (clasp_message_get_error_text (message), ==,
      text (spec, "message"));
  check_correlation (spec, message);
}

/* Whether @message says what @spec says. */
void
vectors_check (JsonObject *spec, const ClaspMessage *message)
{
  static const struct {
    ClaspMessageType type;
    void (*check) (JsonObject *spec, const ClaspMessage *message);
  } checks[] = {
      {CLASP_MESSAGE_HELLO, check_hello},
      {CLASP_MESSAGE_WELCOME, check_hello},
      {CLASP_MESSAGE_ANNOUNCE, check_signals},
      {CLASP_MESSAGE_RESULT, check_signals},
      {CLASP_MESSAGE_SUBSCRIBE, check_subscribe},
      {CLASP_MESSAGE_PUBLISH, check_publish},
      {CLASP_MESSAGE_SET, check_set},
      {CLASP_MESSAGE_SNAPSHOT, check_snapshot},
      {CLASP_MESSAGE_BUNDLE, check_bundle},
      {CLASP_MESSAGE_SYNC, check_sync},
      {CLASP_MESSAGE_ACK, check_ack},
      {CLASP_MESSAGE_ERROR, check_error},
  };

  g_assert_nonnull (message);
  check_type (spec, message);
  if (has (spec, "pattern"))
    g_assert_cmpstr (clasp_message_get_pattern (message), ==,
        text (spec, "pattern"));
  else
    g_assert_cmpstr (clasp_message_get_address (message), ==,
        text (spec, has (spec, "namespace") ? "namespace" : "address"));
  if (has (spec, "id"))
    g_assert_cmpuint (clasp_message_get_id (message), ==, number (spec, "id"));
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++) {
    if (checks[i].type == clasp_message_get_message_type (message))
      checks[i].check (spec, message);
  }
}
