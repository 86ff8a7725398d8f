/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp/clasp.h"

static ClaspMessage *
decode (const void *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  ClaspMessage *message = clasp_message_decode (bytes, &error);

  g_assert_no_error (error);
  return message;
}

static ClaspMessage *
round_trip (ClaspMessage *taken)
{
  g_autoptr (ClaspMessage) message = taken;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) frame = clasp_message_encode (message, &error);

  g_assert_no_error (error);
  return decode (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

static void
check_round_trip (ClaspMessage *message)
{
  clasp_message_unref (round_trip (clasp_message_ref (message)));
}

/* Floating, in a "v". */
static GVariant *
parse (const char *text)
{
  g_autoptr (GVariant) value = g_variant_parse (NULL, text, NULL, NULL, NULL);

  g_assert_nonnull (value);
  return g_variant_new_variant (value);
}

static void
assert_malformed (const void *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;

  g_assert_null (clasp_message_decode (bytes, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
}

static void
assert_not_encodable (ClaspMessage *taken, ClaspError code)
{
  g_autoptr (ClaspMessage) message = taken;
  g_autoptr (GError) error = NULL, again = NULL;
  g_autofree char *line = clasp_message_describe (message);
  guint8 buffer[16];

  g_assert_nonnull (line);
  g_assert_null (clasp_message_encode (message, &error));
  g_assert_error (error, CLASP_ERROR, (int) code);
  g_assert_cmpuint (clasp_message_encode_to (message, buffer, sizeof buffer,
                        &again),
      ==, 0);
  g_assert_error (again, CLASP_ERROR, (int) code);
  g_assert_cmpuint (clasp_message_get_size (message), ==, 0);
  g_assert_null (clasp_message_get_value (message));
}

/* Asks @message everything: nothing may go wrong. */
static void
read_everything (const ClaspMessage *message)
{
  g_autofree char *line = clasp_message_describe (message);
  ClaspSubscribeOptions options;
  ClaspSignalInfo info;
  ClaspParam param;
  ClaspAck ack;
  const char *text;
  guint64 a, b, c;
  guint32 n;
  guint8 operation;
  double number;
  gsize size;

  g_assert_true (g_utf8_validate (line, -1, NULL));
  g_assert_cmpuint (strlen (line), <=, 256);
  clasp_message_get_address (message);
  clasp_message_get_pattern (message);
  clasp_message_get_name (message);
  clasp_message_get_token (message);
  clasp_message_get_session (message);
  clasp_message_get_features (message);
  clasp_message_get_error_text (message);
  clasp_message_get_value (message);
  clasp_message_get_timestamp (message, &a);
  clasp_message_get_revision (message, &a);
  clasp_message_get_ttl (message, &n);
  clasp_message_get_correlation (message, &n);
  clasp_message_get_sync (message, &a, &b, &c);
  clasp_message_get_subscribe_options (message, &options);
  clasp_message_get_ack (message, &ack);
  clasp_message_get_replay (message, &a, &b, &n);
  clasp_message_get_federation (message, &operation, &text, &a);
  clasp_message_get_samples (message, &number, 1);
  clasp_message_get_number (message, &number);
  clasp_message_lookup_number (message, "seq", &number);
  clasp_message_lookup_string (message, "frameType", &text, &size);
  for (guint i = 0; i <= clasp_message_get_n_params (message); i++)
    clasp_message_get_param (message, i, &param);
  for (guint i = 0; i <= clasp_message_get_n_signals (message); i++)
    clasp_message_get_signal_info (message, i, &info);
  for (guint i = 0; i < clasp_message_get_n_members (message); i++)
    read_everything (clasp_message_get_member (message, i));
  g_assert_null (clasp_message_get_member (message,
      clasp_message_get_n_members (message)));
}

static ClaspMessage *
new_chunk (guint index, const guint8 *data, gsize size)
{
  ClaspField fields[] = {
      {.key = "seq", .number = 7},
      {.key = "chunkIndex", .number = index},
      {.key = "totalChunks", .number = 2},
      {.key = "frameType", .text = "key"},
      {.key = "timestamp", .number = 125000},
      {.key = "data", .data = data, .length = size},
  };

  return clasp_message_new_publish_fields (CLASP_SIGNAL_STREAM, "/s", fields,
      G_N_ELEMENTS (fields), 1767225600000000);
}

/* One of each kind. */
static GPtrArray *
new_messages (void)
{
  GPtrArray *all =
      g_ptr_array_new_with_free_func ((GDestroyNotify) clasp_message_unref);
  ClaspParam params[] = {
      {"/a", clasp_value_new_null (), 1, NULL, 0},
      {"/b", parse ("{'k': <[<1>, <b'bytes'>]>}"), 2, "writer", 3},
  };
  ClaspSignalInfo infos[] = {
      {.address = "/s", .signal = CLASP_SIGNAL_STREAM},
      {.address = "/p",
          .datatype = "f64",
          .access = "rw",
          .has_meta = TRUE,
          .unit = "dB",
          .has_range = TRUE,
          .max = 1,
          .description = "gain"},
  };
  ClaspAck ack = {"/a", TRUE, 1, TRUE, TRUE, "holder", TRUE, 9};
  const double samples[] = {0.5, -1};
  ClaspPublishOptions gesture = {.signal = CLASP_SIGNAL_GESTURE,
      .phase = CLASP_PHASE_END,
      .samples = samples,
      .n_samples = 2,
      .has_id = TRUE,
      .id = 4,
      .rate = 60};
  ClaspMessage *members[2];

  g_ptr_array_add (all, clasp_message_new_hello ("n", 0xe0, "secret"));
  g_ptr_array_add (all, clasp_message_new_welcome (0xf8, 1, "s", "n", NULL));
  g_ptr_array_add (all, clasp_message_new_announce ("/x", infos, 2));
  infos[1].default_value = NULL;
  g_ptr_array_add (all, clasp_message_new_result (infos, 2));
  g_ptr_array_add (all, clasp_message_new_subscribe (1, "/**", 0xff));
  g_ptr_array_add (all, clasp_message_new_unsubscribe (1));
  g_ptr_array_add (all, clasp_message_new_publish_full ("/g", &gesture));
  g_ptr_array_add (all, new_chunk (0, (const guint8 *) "0123", 4));
  g_ptr_array_add (all,
      clasp_message_new_set_full ("/v", parse ("'x'"),
          CLASP_SET_REVISION | CLASP_SET_TTL, 5, 60));
  g_ptr_array_add (all, clasp_message_new_get ("/v"));
  g_ptr_array_add (all, clasp_message_new_snapshot (params, 2));
  g_ptr_array_add (all, clasp_message_new_sync (1));
  g_ptr_array_add (all, clasp_message_new_sync_reply (1, 2, 3));
  g_ptr_array_add (all, clasp_message_new_ping ());
  g_ptr_array_add (all, clasp_message_new_pong ());
  g_ptr_array_add (all, clasp_message_new_ack_full (&ack));
  g_ptr_array_add (all, clasp_message_new_error_full (429, "slow", "/a", 3));
  g_ptr_array_add (all, clasp_message_new_query ("/**"));
  members[0] = g_ptr_array_index (all, 8);
  members[1] = g_ptr_array_index (all, 10);
  g_ptr_array_add (all, clasp_message_new_bundle (members, 2, 7));
  return all;
}

static void
test_kinds (void)
{
  g_autoptr (GPtrArray) all = new_messages ();

  for (guint i = 0; i < all->len; i++) {
    ClaspMessage *message = g_ptr_array_index (all, i);
    g_autoptr (ClaspMessage) read = round_trip (clasp_message_ref (message));

    read_everything (message);
    read_everything (read);
    g_assert_cmpint (clasp_message_get_message_type (read), ==,
        clasp_message_get_message_type (message));
    g_assert_cmpint (clasp_message_get_qos (read), ==,
        clasp_message_get_qos (message));
  }
}

/* Every message cut at every byte, with a header that says so: an error, but
 * where only optional fields at the end are missing. */
static void
test_cut (void)
{
  g_autoptr (GPtrArray) all = new_messages ();

  for (guint i = 0; i < all->len; i++) {
    ClaspMessage *message = g_ptr_array_index (all, i);
    g_autoptr (GBytes) frame = clasp_message_encode (message, NULL);
    gsize size;
    const guint8 *data = g_bytes_get_data (frame, &size);
    gboolean has_rate = clasp_message_get_rate (message) > 0;

    for (gsize cut = 1; cut < size; cut++) {
      g_autofree guint8 *copy = g_memdup2 (data, cut);

      assert_malformed (copy, cut);
      if (cut <= CLASP_FRAME_HEADER_SIZE || (has_rate && size - cut <= 4))
        continue;
      clasp_frame_write_header (copy, 0, cut - CLASP_FRAME_HEADER_SIZE);
      assert_malformed (copy, cut);
    }
  }
}

/* Every message with every byte changed: an error or a sound message. */
static void
test_changed (void)
{
  g_autoptr (GPtrArray) all = new_messages ();
  static const guint8 changes[] = {0x01, 0x80, 0xff, 0x0f};

  for (guint i = 0; i < all->len; i++) {
    g_autoptr (GBytes) frame =
        clasp_message_encode (g_ptr_array_index (all, i), NULL);
    gsize size;
    const guint8 *data = g_bytes_get_data (frame, &size);

    for (gsize at = 0; at < size * G_N_ELEMENTS (changes); at++) {
      guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) changed = g_bytes_new_take (copy, size);
      g_autoptr (ClaspMessage) message = NULL;

      copy[at / G_N_ELEMENTS (changes)] ^= changes[at % G_N_ELEMENTS (changes)];
      message = clasp_message_decode (changed, NULL);
      if (!message)
        continue;
      read_everything (message);
      check_round_trip (message);
    }
  }
}

static void
test_set (void)
{
  g_autoptr (ClaspMessage) set =
      round_trip (clasp_message_new_set_full ("/v", g_variant_new_int32 (-7),
          CLASP_SET_REVISION | CLASP_SET_LOCK | CLASP_SET_TTL, 41,
          CLASP_TTL_ABSOLUTE | 60));
  guint64 revision;
  guint32 ttl;
  double number;

  g_assert_cmpstr (clasp_message_get_address (set), ==, "/v");
  g_assert_cmpint (g_variant_get_int64 (clasp_message_get_value (set)), ==, -7);
  g_assert_true (clasp_message_get_number (set, &number));
  g_assert_cmpfloat (number, ==, -7);
  g_assert_true (clasp_message_get_revision (set, &revision));
  g_assert_cmpuint (revision, ==, 41);
  g_assert_true (clasp_message_get_ttl (set, &ttl));
  g_assert_cmpuint (ttl, ==, CLASP_TTL_ABSOLUTE | 60);
  g_assert_cmpint (clasp_message_get_set_flags (set), ==,
      CLASP_SET_REVISION | CLASP_SET_LOCK | CLASP_SET_TTL);
  g_assert_cmpint (clasp_message_get_signal (set), ==, CLASP_SIGNAL_PARAM);
  g_assert_null (clasp_message_get_pattern (set));
}

/* What the wire has no type for travels as the nearest that it has. */
static void
test_set_types (void)
{
  static const struct {
    const char *given, *sent;
  } table[] = {
      {"byte 255", "int64 255"},
      {"int16 -2", "int64 -2"},
      {"uint16 65535", "int64 65535"},
      {"int32 -7", "int64 -7"},
      {"uint32 4294967295", "int64 4294967295"},
      {"int64 -9223372036854775808", "int64 -9223372036854775808"},
      {"uint64 9223372036854775807", "int64 9223372036854775807"},
      {"uint64 18446744073709551615", "18446744073709551616.0"},
      {"objectpath '/a'", "'/a'"},
      {"signature 'a{sv}'", "'a{sv}'"},
      {"@mv <'x'>", "'x'"},
      {"@mb nothing", "@mv nothing"},
      {"['a', 'b']", "[<'a'>, <'b'>]"},
      {"@ab []", "@av []"},
      {"{'a': 1.5}", "{'a': <1.5>}"},
      {"@a{sy} {}", "@a{sv} {}"},
      {"[@ay [1, 2]]", "[<[byte 1, 2]>]"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (ClaspMessage) set =
        round_trip (clasp_message_new_set ("/v", parse (table[i].given)));
    g_autoptr (GVariant) sent =
        g_variant_parse (NULL, table[i].sent, NULL, NULL, NULL);

    g_assert_cmpvariant (clasp_message_get_value (set), sent);
  }
}

static void
test_set_copy (void)
{
  g_autoptr (ClaspMessage) source = clasp_message_new_set_full ("/v",
      parse ("{'a': <b'x'>, 'b': <[<1>, <@mv nothing>]>}"), CLASP_SET_LOCK, 0,
      0);
  g_autoptr (ClaspMessage) copy = round_trip (
      clasp_message_new_set_copy (source, CLASP_SET_REVISION, 9, 0));
  guint64 revision;

  g_assert_true (clasp_value_equal (clasp_message_get_value (source),
      clasp_message_get_value (copy)));
  g_assert_cmpint (clasp_message_get_set_flags (copy), ==, CLASP_SET_REVISION);
  g_assert_true (clasp_message_get_revision (copy, &revision));
  g_assert_cmpuint (revision, ==, 9);
}

static void
test_set_number (void)
{
  g_autoptr (ClaspMessage) fast = clasp_message_new_set_number ("/v", 0.75);
  g_autoptr (ClaspMessage) slow =
      clasp_message_new_set ("/v", g_variant_new_double (0.75));
  g_autoptr (GBytes) a = clasp_message_encode (fast, NULL);
  g_autoptr (GBytes) b = clasp_message_encode (slow, NULL);

  g_assert_true (g_bytes_equal (a, b));
}

/* No value, a null, and a value are three things. */
static void
test_publish_value (void)
{
  g_autoptr (ClaspMessage) none = round_trip (
      clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/e", NULL, 0));
  g_autoptr (ClaspMessage) null =
      round_trip (clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/e",
          clasp_value_new_null (), 0));
  guint64 timestamp;

  g_assert_false (clasp_message_has_value (none));
  g_assert_null (clasp_message_get_value (none));
  g_assert_true (clasp_message_has_value (null));
  g_assert_true (clasp_value_is_null (clasp_message_get_value (null)));
  g_assert_false (clasp_message_get_timestamp (null, &timestamp));
}

static void
test_lookup (void)
{
  static const guint8 payload[] = {9, 8, 7};
  g_autoptr (ClaspMessage) message =
      round_trip (new_chunk (1, payload, sizeof payload));
  const guint8 *data;
  const char *text;
  double number;
  gsize size;

  g_assert_true (clasp_message_lookup_number (message, "seq", &number));
  g_assert_cmpfloat (number, ==, 7);
  g_assert_true (clasp_message_lookup_number (message, "chunkIndex", &number));
  g_assert_cmpfloat (number, ==, 1);
  g_assert_true (
      clasp_message_lookup_string (message, "frameType", &text, &size));
  g_assert_cmpmem (text, size, "key", 3);
  g_assert_true (clasp_message_lookup_bytes (message, "data", &data, &size));
  g_assert_cmpmem (data, size, payload, sizeof payload);
  g_assert_false (clasp_message_lookup_number (message, "data", &number));
  g_assert_false (clasp_message_lookup_string (message, "seq", &text, &size));
  g_assert_false (
      clasp_message_lookup_bytes (message, "frameType", &data, &size));
  g_assert_false (clasp_message_lookup_number (message, "", &number));
  g_assert_false (clasp_message_get_number (message, &number));
}

/* The fast readers and GVariant tell the same. */
static void
test_lookup_widths (void)
{
  /* 8, 16, 32, 64 bit integers, 32, 64 bit floats, all 1; twice the last */
  static const guint8 frame[] = {0x53, 0x41, 0, 70, 0x21, 0x0b, 0, 2, '/', 'v',
      0, 7, 0, 1, 'a', 2, 1, 0, 1, 'b', 3, 0, 1, 0, 1, 'c', 4, 0, 0, 0, 1, 0, 1,
      'd', 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 'e', 6, 0x3f, 0x80, 0, 0, 0, 1, 'f',
      7, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0, 1, 'f', 8, 0, 1, '1', 0, 0, 0, 0};
  g_autoptr (ClaspMessage) message = decode (frame, sizeof frame);
  GVariant *value = clasp_message_get_value (message);
  const char *text;
  double fast, slow;
  gsize size;

  g_assert_cmpuint (g_variant_n_children (value), ==, 6);
  for (char key[] = "a"; *key <= 'e'; (*key)++) {
    g_assert_true (clasp_message_lookup_number (message, key, &fast));
    g_assert_true (clasp_value_lookup_number (value, key, &slow));
    g_assert_cmpfloat (fast, ==, 1);
    g_assert_cmpfloat (slow, ==, 1);
  }
  g_assert_false (clasp_message_lookup_number (message, "f", &fast));
  g_assert_true (clasp_message_lookup_string (message, "f", &text, &size));
  g_assert_cmpstr (clasp_value_lookup_string (value, "f"), ==, "1");
}

/* More duplicates than are compared one by one. */
static void
test_duplicates (void)
{
  for (guint n = 1; n < 200; n += 13) {
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    g_autoptr (ClaspMessage) message = NULL;
    guint8 head[] = {0x53, 0x41, 0, 0, 0x21, 0x0b, 0, 1, '/', 0, (guint8) n};
    GVariant *value;
    double number;

    g_byte_array_append (bytes, head, sizeof head);
    for (guint i = 0; i < n; i++) {
      guint8 entry[] = {0, 1, (guint8) ('a' + i % 5), 2, (guint8) (i / 5)};

      g_byte_array_append (bytes, entry, sizeof entry);
    }
    clasp_frame_write_header (bytes->data, CLASP_QOS_CONFIRM,
        bytes->len - CLASP_FRAME_HEADER_SIZE);
    message = decode (bytes->data, bytes->len);
    value = clasp_message_get_value (message);
    g_assert_cmpuint (g_variant_n_children (value), ==, MIN (n, 5));
    g_assert_true (clasp_value_lookup_number (value, "a", &number));
    g_assert_cmpfloat (number, ==, (n - 1) / 5);
    g_assert_true (clasp_message_lookup_number (message, "a", &number));
    g_assert_cmpfloat (number, ==, (n - 1) / 5);
  }
}

/* Large bytes are not copied on their way out of a message. */
static void
test_shared_bytes (void)
{
  g_autofree guint8 *payload = g_malloc0 (16000);
  g_autoptr (ClaspMessage) chunk = new_chunk (0, payload, 16000);
  g_autoptr (GBytes) frame = clasp_message_encode (chunk, NULL);
  g_autoptr (GBytes) again = clasp_message_encode (chunk, NULL);
  g_autoptr (ClaspMessage) read = clasp_message_decode (frame, NULL);
  g_autoptr (GBytes) passed_on = clasp_message_encode (read, NULL);
  const guint8 *start = g_bytes_get_data (frame, NULL);
  g_autoptr (GVariant) data =
      g_variant_lookup_value (clasp_message_get_value (read), "data",
          G_VARIANT_TYPE_BYTESTRING);
  const guint8 *found = g_variant_get_data (data);

  g_assert_true (g_bytes_get_data (again, NULL) == start);
  g_assert_true (g_bytes_get_data (passed_on, NULL) == start);
  g_assert_cmpuint (g_variant_get_size (data), ==, 16000);
  g_assert_true (found > start && found < start + g_bytes_get_size (frame));
}

/* A frame with other flags, or bytes behind it, is not passed on as it is. */
static void
test_normalized (void)
{
  static const guint8 odd[] = {0x53, 0xf8, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 0x22,
      0, 2, '/', 'a', 0xee, 0xee, 0xdd};
  static const guint8 plain[] = {0x53, 0x01, 0, 5, 0x22, 0, 2, '/', 'a'};
  g_autoptr (ClaspMessage) message = decode (odd, sizeof odd);
  g_autoptr (GBytes) frame = clasp_message_encode (message, NULL);

  g_assert_cmpmem (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame),
      plain, sizeof plain);
}

static gpointer
get_value_thread (gpointer data)
{
  return clasp_message_get_value (data);
}

static void
test_value_threads (void)
{
  for (guint round = 0; round < 50; round++) {
    g_autoptr (ClaspMessage) message =
        round_trip (new_chunk (0, (const guint8 *) "0123", 4));
    GThread *threads[4];
    GVariant *value = NULL;

    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      threads[i] = g_thread_new ("reader", get_value_thread, message);
    value = clasp_message_get_value (message);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      g_assert_true (g_thread_join (threads[i]) == value);
  }
}

static GBytes *
nested_set (guint depth)
{
  gsize size = 10 + 3 * (gsize) depth;
  guint8 *data = g_malloc (size);

  memcpy (data, "\x53\x41\x00\x00\x21\x0a\x00\x02/v", 10);
  for (guint i = 0; i < depth; i++)
    memcpy (data + 10 + 3 * i, "\x00\x01\x0a", 3);
  data[size - 1] = 0; /* innermost: null */
  clasp_frame_write_header (data, CLASP_QOS_CONFIRM, size - 4);
  return g_bytes_new_take (data, size);
}

static void
test_depth (void)
{
  g_autoptr (GBytes) deep = nested_set (CLASP_MAX_DEPTH);
  g_autoptr (GBytes) deeper = nested_set (CLASP_MAX_DEPTH + 1);
  g_autoptr (ClaspMessage) message = clasp_message_decode (deep, NULL);
  g_autofree char *text = NULL;

  g_assert_nonnull (message);
  text = clasp_value_print (clasp_message_get_value (message));
  g_assert_cmpuint (strlen (text), ==, 2 * CLASP_MAX_DEPTH + 4);
  check_round_trip (message);
  assert_malformed (g_bytes_get_data (deeper, NULL), g_bytes_get_size (deeper));
}

static ClaspMessage *
nested_bundle (guint depth)
{
  ClaspMessage *message = clasp_message_new_ping ();

  for (guint i = 0; i < depth; i++) {
    ClaspMessage *outer = clasp_message_new_bundle (&message, 1, 0);

    clasp_message_unref (message);
    message = outer;
  }
  return message;
}

static void
test_bundle_depth (void)
{
  g_autoptr (ClaspMessage) deep = nested_bundle (CLASP_MAX_DEPTH);
  const ClaspMessage *inner = deep;

  for (guint i = 0; i < CLASP_MAX_DEPTH; i++)
    inner = clasp_message_get_member (inner, 0);
  g_assert_cmpint (clasp_message_get_message_type (inner), ==,
      CLASP_MESSAGE_PING);
  assert_not_encodable (nested_bundle (CLASP_MAX_DEPTH + 1),
      CLASP_ERROR_MALFORMED);
}

static void
test_not_encodable (void)
{
  g_autofree char *as = g_strnfill (70000, 'a');
  ClaspMessage *large = clasp_message_new_get (as);

  assert_not_encodable (clasp_message_new_bundle (&large, 1, 0),
      CLASP_ERROR_TOO_LARGE);
  assert_not_encodable (large, CLASP_ERROR_TOO_LARGE);
  as[65534] = '\0';
  assert_not_encodable (clasp_message_new_get (as), CLASP_ERROR_TOO_LARGE);
  assert_not_encodable (clasp_message_new_set ("/v", g_variant_new_string (as)),
      CLASP_ERROR_TOO_LARGE);
  assert_not_encodable (clasp_message_new_set ("/v", parse ("(1, 2)")),
      CLASP_ERROR_FAILED);
  assert_not_encodable (clasp_message_new_get ("/\xff"), CLASP_ERROR_MALFORMED);
  assert_not_encodable (clasp_message_new_hello ("\xc3(", 0, NULL),
      CLASP_ERROR_MALFORMED);
}

/* The largest message that fits, and one more byte. */
static void
test_limit (void)
{
  for (gsize size = 65522; size < 65526; size++) {
    g_autofree guint8 *data = g_malloc0 (size);
    g_autoptr (GBytes) bytes = g_bytes_new (data, size);
    g_autoptr (ClaspMessage) message =
        clasp_message_new_publish (CLASP_SIGNAL_STREAM, "/s/t",
            clasp_value_new_bytes (bytes), 0);
    g_autoptr (GBytes) frame = clasp_message_encode (message, NULL);

    g_assert_cmpint (frame != NULL, ==, size <= 65523);
    if (frame)
      check_round_trip (message);
  }
}

/* One param whose contents break the rules must not hide the others. */
static void
test_snapshot_skip (void)
{
  static const guint8 deep_start[] = {0, 2, '/', 'd', 0x0a};
  static const guint8 deep_end[] = {0, 0, 0, 0, 0, 0, 0, 0, 9, 0};
  static const guint8 head[] = {0x53, 1, 0, 0, 0x23, 0, 5};
  static const guint8 good[] = {0, 2, '/', 'a', 2, 7, 0, 0, 0, 0, 0, 0, 0, 1,
      0};
  static const guint8 nul[] = {0, 2, '/', 'n', 8, 0, 2, 'x', 0, 0, 0, 0, 0, 0,
      0, 0, 2, 1, 0, 1, 'w'};
  static const guint8 utf8[] = {0, 2, 0xc3, '(', 0, 0, 0, 0, 0, 0, 0, 0, 3, 0};
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (ClaspMessage) message = NULL;
  ClaspParam param;

  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, nul, sizeof nul);
  g_byte_array_append (bytes, good, sizeof good);
  g_byte_array_append (bytes, deep_start, sizeof deep_start);
  for (guint i = 0; i < 5000; i++)
    g_byte_array_append (bytes, (const guint8 *) "\x00\x01\x0a", 3);
  g_byte_array_append (bytes, (const guint8 *) "\x00\x00", 2);
  g_byte_array_append (bytes, deep_end + 1, sizeof deep_end - 1);
  g_byte_array_append (bytes, utf8, sizeof utf8);
  g_byte_array_append (bytes, good, sizeof good);
  clasp_frame_write_header (bytes->data, 0, bytes->len - 4);
  message = decode (bytes->data, bytes->len);
  g_assert_cmpuint (clasp_message_get_n_params (message), ==, 2);
  g_assert_cmpuint (clasp_message_get_n_skipped (message), ==, 3);
  for (guint i = 0; i < 2; i++) {
    g_assert_true (clasp_message_get_param (message, i, &param));
    g_assert_cmpstr (param.address, ==, "/a");
    g_assert_cmpint (g_variant_get_int64 (param.value), ==, 7);
    g_assert_cmpuint (param.revision, ==, 1);
  }
  g_assert_false (clasp_message_get_param (message, 2, &param));
  read_everything (message);
}

static void
test_federation (void)
{
  static const guint8 frame[] = {0x53, 1, 0, 36, 0x04, 2, 0, 1, 0, 3, '/', '*',
      '*', 0, 1, 0, 2, '/', 'a', 0, 0, 0, 0, 0, 0, 0, 1, 0xc0, 0, 0, 0, 0, 0, 0,
      0, 9, 0, 2, 'r', '1'};
  g_autoptr (ClaspMessage) message = decode (frame, sizeof frame);
  const char *origin;
  guint8 operation;
  guint64 since;

  g_assert_true (
      clasp_message_get_federation (message, &operation, &origin, &since));
  g_assert_cmpuint (operation, ==, 2);
  g_assert_cmpstr (origin, ==, "r1");
  g_assert_cmpuint (since, ==, 9);
}

static void
test_replay (void)
{
  static const guint8 frame[] = {0x53, 1, 0, 20, 0x24, 0xa0, 0, 3, '/', '*',
      '*', 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 6, 0x04};
  g_autoptr (ClaspMessage) message = decode (frame, sizeof frame);
  guint64 from, to;
  guint32 limit;

  g_assert_true (clasp_message_get_replay (message, &from, &to, &limit));
  g_assert_cmpstr (clasp_message_get_pattern (message), ==, "/**");
  g_assert_cmpuint (from, ==, 5);
  g_assert_cmpuint (to, ==, G_MAXUINT64);
  g_assert_cmpuint (limit, ==, 6);
  g_assert_cmpint (clasp_message_get_signal_mask (message), ==,
      CLASP_SIGNAL_MASK_STREAM);
}

static void
assert_line (ClaspMessage *taken, const char *expected)
{
  g_autoptr (ClaspMessage) message = taken;
  g_autofree char *line = clasp_message_describe (message);

  g_assert_cmpstr (line, ==, expected);
}

static void
test_describe (void)
{
  assert_line (clasp_message_new_ping (), "PING");
  assert_line (clasp_message_new_hello ("n", 0, "cpsk_secret"),
      "HELLO \"n\" with token");
  assert_line (clasp_message_new_set ("/a/b", g_variant_new_double (0.5)),
      "SET /a/b = 0.5");
  assert_line (clasp_message_new_publish (CLASP_SIGNAL_STREAM, "/s",
                   parse ("{'a\\nb': <b'12'>}"), 0),
      "PUBLISH stream /s = {\"a\\u000ab\": <3 bytes>}");
  assert_line (clasp_message_new_get ("/a\nINFO: /b\x1b[31m"),
      "GET /a\\u000aINFO: /b\\u001b[31m");
  assert_line (clasp_message_new_error (301, "no", "/x"),
      "ERROR /x 301 \"no\"");
  assert_line (clasp_message_new_snapshot (NULL, 0), "SNAPSHOT of 0");
  assert_line (clasp_message_new_subscribe (3, "/**", CLASP_SIGNAL_MASK_ALL),
      "SUBSCRIBE /** id 3");
}

static void
test_describe_long (void)
{
  GString *text = g_string_new ("/");
  g_autoptr (ClaspMessage) message = NULL;
  g_autofree char *line = NULL;

  for (guint i = 0; i < 5000; i++)
    g_string_append (text, "é\n🎥");
  message = clasp_message_new_set (text->str, g_variant_new_string (text->str));
  line = clasp_message_describe (message);
  g_assert_true (g_utf8_validate (line, -1, NULL));
  g_assert_cmpuint (strlen (line), <=, 256);
  g_string_free (text, TRUE);
}

/* A mask of nothing means everything. */
static void
test_mask (void)
{
  g_autoptr (ClaspMessage) none =
      round_trip (clasp_message_new_subscribe (1, "/a", 0));

  g_assert_cmpint (clasp_message_get_signal_mask (none), ==,
      CLASP_SIGNAL_MASK_ALL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/kinds", test_kinds);
  g_test_add_func ("/message/cut", test_cut);
  g_test_add_func ("/message/changed", test_changed);
  g_test_add_func ("/message/set", test_set);
  g_test_add_func ("/message/set-types", test_set_types);
  g_test_add_func ("/message/set-copy", test_set_copy);
  g_test_add_func ("/message/set-number", test_set_number);
  g_test_add_func ("/message/publish-value", test_publish_value);
  g_test_add_func ("/message/lookup", test_lookup);
  g_test_add_func ("/message/lookup-widths", test_lookup_widths);
  g_test_add_func ("/message/duplicates", test_duplicates);
  g_test_add_func ("/message/shared-bytes", test_shared_bytes);
  g_test_add_func ("/message/normalized", test_normalized);
  g_test_add_func ("/message/value-threads", test_value_threads);
  g_test_add_func ("/message/depth", test_depth);
  g_test_add_func ("/message/bundle-depth", test_bundle_depth);
  g_test_add_func ("/message/not-encodable", test_not_encodable);
  g_test_add_func ("/message/limit", test_limit);
  g_test_add_func ("/message/snapshot-skip", test_snapshot_skip);
  g_test_add_func ("/message/federation", test_federation);
  g_test_add_func ("/message/replay", test_replay);
  g_test_add_func ("/message/describe", test_describe);
  g_test_add_func ("/message/describe-long", test_describe_long);
  g_test_add_func ("/message/mask", test_mask);
  return g_test_run ();
}
