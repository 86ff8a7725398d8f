/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-legacy-private.h"
#include "clasp-message-private.h"
#include "clasp-value.h"

typedef struct {
  const char *name;
  guint code;
} Word;

static const Word signal_words[] = {
    {"param", CLASP_SIGNAL_PARAM},
    {"event", CLASP_SIGNAL_EVENT},
    {"stream", CLASP_SIGNAL_STREAM},
    {"gesture", CLASP_SIGNAL_GESTURE},
    {"timeline", CLASP_SIGNAL_TIMELINE},
};

static const Word mask_words[] = {
    {"param", CLASP_SIGNAL_MASK_PARAM},
    {"event", CLASP_SIGNAL_MASK_EVENT},
    {"stream", CLASP_SIGNAL_MASK_STREAM},
    {"gesture", CLASP_SIGNAL_MASK_GESTURE},
    {"timeline", CLASP_SIGNAL_MASK_TIMELINE},
};

static const Word feature_words[] = {
    {"param", CLASP_FEATURE_PARAM},
    {"event", CLASP_FEATURE_EVENT},
    {"stream", CLASP_FEATURE_STREAM},
    {"gesture", CLASP_FEATURE_GESTURE},
    {"timeline", CLASP_FEATURE_TIMELINE},
    {"federation", CLASP_FEATURE_FEDERATION},
};

static const Word phase_words[] = {
    {"start", CLASP_PHASE_START},
    {"move", CLASP_PHASE_MOVE},
    {"end", CLASP_PHASE_END},
    {"cancel", CLASP_PHASE_CANCEL},
};

static guint
find_word (const Word *words, guint n, const char *name, guint otherwise)
{
  for (guint i = 0; name && i < n; i++) {
    if (g_str_equal (words[i].name, name))
      return words[i].code;
  }
  return otherwise;
}

#define FIND_WORD(words, name, otherwise) \
  find_word (words, G_N_ELEMENTS (words), name, otherwise)

/* (transfer full) (nullable): the last entry of that name */
static GVariant *
get (GVariant *map, const char *key)
{
  for (gsize i = g_variant_n_children (map); i-- > 0;) {
    g_autoptr (GVariant) entry = g_variant_get_child_value (map, i);
    g_autoptr (GVariant) name = g_variant_get_child_value (entry, 0);
    g_autoptr (GVariant) boxed = NULL;

    if (!g_str_equal (g_variant_get_string (name, NULL), key))
      continue;
    boxed = g_variant_get_child_value (entry, 1);
    return g_variant_get_variant (boxed);
  }
  return NULL;
}

static GVariant *
get_list (GVariant *map, const char *key)
{
  g_autoptr (GVariant) list = get (map, key);

  if (!list || !g_variant_is_of_type (list, G_VARIANT_TYPE ("av")))
    return NULL;
  return g_steal_pointer (&list);
}

static const char *
get_text (GVariant *map, const char *key)
{
  return clasp_value_lookup_string (map, key);
}

/* Rust writes snake_case, JavaScript camelCase. */
static gboolean
get_integer (GVariant *map, const char *snake, const char *camel,
    guint64 *integer)
{
  double number = 0;

  if (!clasp_value_lookup_number (map, snake, &number) &&
      !(camel && clasp_value_lookup_number (map, camel, &number)))
    return FALSE;
  if (!(number >= 0 && number < 18446744073709551616.0))
    return FALSE;
  *integer = (guint64) number;
  return TRUE;
}

static guint32
get_u32 (GVariant *map, const char *snake, const char *camel)
{
  guint64 integer = 0;

  get_integer (map, snake, camel, &integer);
  return (guint32) MIN (integer, G_MAXUINT32);
}

static guint
get_mask (GVariant *map, const char *key, const Word *words, guint n)
{
  g_autoptr (GVariant) list = get_list (map, key);
  guint mask = 0;

  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) item = g_variant_get_variant (boxed);

    if (g_variant_is_of_type (item, G_VARIANT_TYPE_STRING))
      mask |= find_word (words, n, g_variant_get_string (item, NULL), 0);
  }
  return mask;
}

static ClaspMessage *
read_hello (GVariant *map)
{
  return clasp_message_new_hello (get_text (map, "name"),
      (ClaspFeatures) get_mask (map, "features", feature_words,
          G_N_ELEMENTS (feature_words)),
      get_text (map, "token"));
}

static ClaspMessage *
read_welcome (GVariant *map)
{
  guint64 time = 0;

  get_integer (map, "time", NULL, &time);
  return clasp_message_new_welcome ((ClaspFeatures) get_mask (map, "features",
                                        feature_words,
                                        G_N_ELEMENTS (feature_words)),
      time, get_text (map, "session"), get_text (map, "name"),
      get_text (map, "token"));
}

static ClaspMessage *
read_subscribe (GVariant *map)
{
  g_autoptr (GVariant) map_options = clasp_value_lookup_map (map, "options");
  ClaspSubscribeOptions options = {0};
  guint mask = get_mask (map, "types", mask_words, G_N_ELEMENTS (mask_words));

  if (map_options) {
    options.max_rate = get_u32 (map_options, "max_rate", "maxRate");
    clasp_value_lookup_number (map_options, "epsilon", &options.epsilon);
    options.history = get_u32 (map_options, "history", NULL);
    options.window = get_u32 (map_options, "window", NULL);
  }
  return clasp_message_new_subscribe_full (get_u32 (map, "id", NULL),
      get_text (map, "pattern"),
      mask ? (ClaspSignalMask) mask : CLASP_SIGNAL_MASK_ALL, &options);
}

static double *
get_samples (GVariant *map, guint *n_samples)
{
  g_autoptr (GVariant) list = get_list (map, "samples");
  double *samples;

  *n_samples = 0;
  if (!list)
    return NULL;
  samples = g_new0 (double, g_variant_n_children (list) + 1);
  for (gsize i = 0; i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) item = g_variant_get_child_value (list, i);

    clasp_value_get_number (item, &samples[(*n_samples)++]);
  }
  return samples;
}

static ClaspMessage *
read_publish (GVariant *map)
{
  g_autoptr (GVariant) value = get (map, "value");
  g_autofree double *samples = NULL;
  ClaspPublishOptions options = {
      .signal = (ClaspSignalType) FIND_WORD (signal_words,
          get_text (map, "signal"), CLASP_SIGNAL_EVENT),
      .phase = (ClaspPhase) FIND_WORD (phase_words, get_text (map, "phase"),
          CLASP_PHASE_START),
      .rate = get_u32 (map, "rate", NULL),
  };
  guint64 id;

  if (!value)
    value = get (map, "payload");
  samples = get_samples (map, &options.n_samples);
  options.value = value;
  options.samples = samples;
  options.has_timestamp =
      get_integer (map, "timestamp", NULL, &options.timestamp_us);
  options.has_id = get_integer (map, "id", NULL, &id);
  options.id = get_u32 (map, "id", NULL);
  return clasp_message_new_publish_full (get_text (map, "address"), &options);
}

static gboolean
is_true (GVariant *map, const char *key)
{
  gboolean value = FALSE;

  return clasp_value_lookup_boolean (map, key, &value) && value;
}

/* {"Sliding": n}, {"Absolute": n} or "Never" */
static gboolean
get_ttl (GVariant *map, guint32 *ttl)
{
  g_autoptr (GVariant) kinds = clasp_value_lookup_map (map, "ttl");
  const char *never = get_text (map, "ttl");
  guint64 seconds;

  *ttl = 0;
  if (never)
    return g_str_equal (never, "Never");
  if (!kinds)
    return FALSE;
  if (get_integer (kinds, "Sliding", NULL, &seconds)) {
    *ttl = (guint32) MIN (seconds, CLASP_TTL_ABSOLUTE - 1);
    return TRUE;
  }
  if (!get_integer (kinds, "Absolute", NULL, &seconds))
    return FALSE;
  *ttl = (guint32) MIN (seconds, CLASP_TTL_ABSOLUTE - 1) | CLASP_TTL_ABSOLUTE;
  return TRUE;
}

static ClaspMessage *
read_set (GVariant *map)
{
  g_autoptr (GVariant) value = get (map, "value");
  ClaspSetFlags flags = CLASP_SET_NONE;
  guint64 revision = 0;
  guint32 ttl;

  if (!value)
    value = g_variant_ref_sink (clasp_value_new_null ());
  if (get_integer (map, "revision", NULL, &revision))
    flags |= CLASP_SET_REVISION;
  if (is_true (map, "lock"))
    flags |= CLASP_SET_LOCK;
  if (is_true (map, "unlock"))
    flags |= CLASP_SET_UNLOCK;
  if (get_ttl (map, &ttl))
    flags |= CLASP_SET_TTL;
  return clasp_message_new_set_full (get_text (map, "address"), value, flags,
      revision, ttl);
}

/* (transfer full) (element-type GVariant): the maps of a list */
static GPtrArray *
get_maps (GVariant *map, const char *key)
{
  g_autoptr (GVariant) list = get_list (map, key);
  GPtrArray *maps =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) item = g_variant_get_variant (boxed);

    if (g_variant_is_of_type (item, G_VARIANT_TYPE_VARDICT))
      g_ptr_array_add (maps, g_steal_pointer (&item));
  }
  return maps;
}

static void
drop_values (ClaspParam *params, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&params[i].value, g_variant_unref);
}

static ClaspMessage *
read_snapshot (GVariant *map)
{
  g_autoptr (GPtrArray) maps = get_maps (map, "params");
  g_autofree ClaspParam *params = g_new0 (ClaspParam, maps->len + 1);
  ClaspMessage *message;

  for (guint i = 0; i < maps->len; i++) {
    GVariant *entry = g_ptr_array_index (maps, i);

    params[i].address = get_text (entry, "address");
    params[i].value = get (entry, "value");
    if (!params[i].value)
      params[i].value = g_variant_ref_sink (clasp_value_new_null ());
    get_integer (entry, "revision", NULL, &params[i].revision);
    params[i].writer = get_text (entry, "writer");
    get_integer (entry, "timestamp", NULL, &params[i].timestamp);
  }
  message = clasp_message_new_snapshot (params, maps->len);
  drop_values (params, maps->len);
  return message;
}

static ClaspMessage *
read_signals (GVariant *map, const char *name_space)
{
  g_autoptr (GPtrArray) maps = get_maps (map, "signals");
  g_autofree ClaspSignalInfo *infos = g_new0 (ClaspSignalInfo, maps->len + 1);

  for (guint i = 0; i < maps->len; i++) {
    GVariant *entry = g_ptr_array_index (maps, i);

    infos[i].address = get_text (entry, "address");
    infos[i].signal = (ClaspSignalType) FIND_WORD (signal_words,
        get_text (entry, "type"), CLASP_SIGNAL_EVENT);
    infos[i].datatype = get_text (entry, "datatype");
    infos[i].access = get_text (entry, "access");
  }
  if (name_space)
    return clasp_message_new_announce (name_space, infos, maps->len);
  return clasp_message_new_result (infos, maps->len);
}

static ClaspMessage *
read_sync (GVariant *map)
{
  guint64 t1 = 0, t2 = 0, t3 = 0;

  get_integer (map, "t1", NULL, &t1);
  if (get_integer (map, "t2", NULL, &t2) && get_integer (map, "t3", NULL, &t3))
    return clasp_message_new_sync_reply (t1, t2, t3);
  return clasp_message_new_sync (t1);
}

static ClaspMessage *
read_ack (GVariant *map)
{
  ClaspAck ack = {
      .address = get_text (map, "address"),
      .holder = get_text (map, "holder"),
      .locked = is_true (map, "locked"),
      .correlation = get_u32 (map, "correlation_id", "correlationId"),
  };

  ack.has_locked = ack.locked;
  ack.has_revision = get_integer (map, "revision", NULL, &ack.revision);
  ack.has_correlation = ack.correlation != 0;
  return clasp_message_new_ack_full (&ack);
}

static ClaspMessage *
read_error (GVariant *map)
{
  return clasp_message_new_error_full ((guint16) MIN (get_u32 (map, "code",
                                                          NULL),
                                           G_MAXUINT16),
      get_text (map, "message"), get_text (map, "address"),
      get_u32 (map, "correlation_id", "correlationId"));
}

static ClaspMessage *read_message (GVariant *map, guint depth);

static ClaspMessage *
read_bundle (GVariant *map, guint depth)
{
  g_autoptr (GPtrArray) maps = get_maps (map, "messages");
  g_autoptr (GPtrArray) members =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);
  guint64 timestamp = 0;

  if (depth >= CLASP_MAX_DEPTH)
    return NULL;
  for (guint i = 0; i < maps->len; i++) {
    ClaspMessage *member =
        read_message (g_ptr_array_index (maps, i), depth + 1);

    if (!member)
      return NULL;
    g_ptr_array_add (members, member);
  }
  get_integer (map, "timestamp", NULL, &timestamp);
  return clasp_message_new_bundle ((ClaspMessage **) members->pdata,
      members->len, timestamp);
}

static ClaspMessage *
read_unsubscribe (GVariant *map)
{
  return clasp_message_new_unsubscribe (get_u32 (map, "id", NULL));
}

static ClaspMessage *
read_get (GVariant *map)
{
  return clasp_message_new_get (get_text (map, "address"));
}

static ClaspMessage *
read_query (GVariant *map)
{
  return clasp_message_new_query (get_text (map, "pattern"));
}

static ClaspMessage *
read_announce (GVariant *map)
{
  return read_signals (map, get_text (map, "namespace"));
}

static ClaspMessage *
read_result (GVariant *map)
{
  return read_signals (map, NULL);
}

static ClaspMessage *
read_ping (GVariant *map)
{
  return clasp_message_new_ping ();
}

static ClaspMessage *
read_pong (GVariant *map)
{
  return clasp_message_new_pong ();
}

/* What a message of that type cannot do without. */
static const struct {
  const char *type;
  const char *required;
  ClaspMessage *(*read) (GVariant *map);
} readers[] = {
    {"HELLO", "name", read_hello},
    {"WELCOME", "session", read_welcome},
    {"ANNOUNCE", "namespace", read_announce},
    {"SUBSCRIBE", "pattern", read_subscribe},
    {"UNSUBSCRIBE", NULL, read_unsubscribe},
    {"PUBLISH", "address", read_publish},
    {"SET", "address", read_set},
    {"GET", "address", read_get},
    {"SNAPSHOT", NULL, read_snapshot},
    {"SYNC", NULL, read_sync},
    {"PING", NULL, read_ping},
    {"PONG", NULL, read_pong},
    {"ACK", NULL, read_ack},
    {"ERROR", "message", read_error},
    {"QUERY", "pattern", read_query},
    {"RESULT", NULL, read_result},
};

static ClaspMessage *
read_message (GVariant *map, guint depth)
{
  const char *type = get_text (map, "type");

  if (!type)
    return NULL;
  if (g_str_equal (type, "BUNDLE"))
    return read_bundle (map, depth);
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++) {
    if (!g_str_equal (readers[i].type, type))
      continue;
    if (readers[i].required && !get_text (map, readers[i].required))
      return NULL;
    return readers[i].read (map);
  }
  return NULL;
}

ClaspMessage *
clasp_legacy_to_message (GVariant *map, GError **error)
{
  g_autoptr (ClaspMessage) message = NULL;

  if (g_variant_is_of_type (map, G_VARIANT_TYPE_VARDICT))
    message = read_message (map, 0);
  if (!message) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "legacy message without type or address, or of unknown type");
    return NULL;
  }
  if (message->failure) {
    g_propagate_error (error, g_error_copy (message->failure));
    return NULL;
  }
  return g_steal_pointer (&message);
}
