/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "vectors.h"

static JsonObject *
member (JsonObject *object, const char *key)
{
  return json_object_has_member (object, key)
      ? json_object_get_object_member (object, key)
      : NULL;
}

static const char *
name_of (JsonObject *test)
{
  return json_object_get_string_member (test, "name");
}

/* What this library refuses where JavaScript does not: see the README. */
static gboolean
is_refused_here (JsonObject *test)
{
  static const char *const names[] = {"set-value-string-nul",
      "address-invalid-utf8", "string-value-invalid-utf8", "set-ttl-missing",
      "bundle-inner-overreads-next", "legacy-map-without-type",
      "nested-arrays-depth-64", "nested-arrays-depth-1000", NULL};

  return g_strv_contains (names, name_of (test));
}

/* What this library accepts where JavaScript does not: as Rust. */
static gboolean
is_accepted_here (JsonObject *test)
{
  static const char *const names[] = {"type-0x04-federation",
      "type-0x24-replay", "legacy-trailing-garbage", NULL};

  return g_strv_contains (names, name_of (test));
}

static GBytes *
part (JsonObject *test, const char *key)
{
  return vectors_from_hex (json_object_get_string_member (test, key));
}

static void
assert_bytes (JsonObject *test, GBytes *frame)
{
  g_autoptr (GBytes) head = NULL, tail = NULL;
  g_autofree char *digest = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (frame, &size);

  g_assert_cmpuint (size, ==, json_object_get_int_member (test, "length"));
  if (json_object_has_member (test, "hex")) {
    head = part (test, "hex");
    g_assert_cmpmem (data, size, g_bytes_get_data (head, NULL),
        g_bytes_get_size (head));
    return;
  }
  head = part (test, "head_hex");
  tail = part (test, "tail_hex");
  g_assert_cmpmem (data, g_bytes_get_size (head), g_bytes_get_data (head, NULL),
      g_bytes_get_size (head));
  g_assert_cmpmem (data + size - g_bytes_get_size (tail),
      g_bytes_get_size (tail), g_bytes_get_data (tail, NULL),
      g_bytes_get_size (tail));
  digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, frame);
  g_assert_cmpstr (digest, ==, json_object_get_string_member (test, "sha256"));
}

/* With the frame header that the test asks for; none: the usual one. */
static GBytes *
encode (JsonObject *test, const ClaspMessage *message)
{
  JsonObject *frame = member (test, "frame");
  ClaspQos qos = (ClaspQos) json_object_get_int_member (frame, "qos");
  gboolean client =
      g_str_equal (json_object_get_string_member (test, "kind"), "client");
  const guint64 *timestamp = NULL;
  g_autoptr (GError) error = NULL;
  guint64 time;
  GBytes *bytes;

  if (json_object_get_boolean_member (frame, "timestamp")) {
    time = g_ascii_strtoull (json_object_get_string_member (test,
                                 "frame_timestamp"),
        NULL, 10);
    timestamp = &time;
  }
  if (client || json_object_has_member (test, "options"))
    bytes = clasp_message_encode_frame (message, qos, timestamp, &error);
  else
    bytes = clasp_message_encode (message, &error);
  g_assert_no_error (error);
  return bytes;
}

/* Our constructors always write the version that we speak. */
static GBytes *
with_version (JsonObject *spec, GBytes *frame)
{
  guint8 version =
      (guint8) json_object_get_int_member_with_default (spec, "version", 1);
  gsize size;
  guint8 *data = g_bytes_unref_to_data (frame, &size);

  if (data[CLASP_FRAME_HEADER_SIZE] == CLASP_MESSAGE_HELLO)
    data[CLASP_FRAME_HEADER_SIZE + 1] = version;
  return g_bytes_new_take (data, size);
}

static void
assert_encode_to (const ClaspMessage *message)
{
  g_autoptr (GBytes) frame = clasp_message_encode (message, NULL);
  gsize size = clasp_message_get_size (message);
  g_autofree guint8 *data = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (clasp_message_encode_to (message, data, size - 1, &error),
      ==, 0);
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE);
  g_assert_cmpuint (clasp_message_encode_to (message, data, size, NULL), ==,
      size);
  g_assert_cmpmem (data, size, g_bytes_get_data (frame, NULL),
      g_bytes_get_size (frame));
}

static void
test_refused (JsonObject *test)
{
  g_autoptr (GBytes) frame = part (test, "hex");
  g_autoptr (ClaspMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  message = clasp_message_decode (frame, &error);
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
  g_assert_null (message);
}

static void
test_encode (gconstpointer data)
{
  JsonObject *test = (JsonObject *) data;
  JsonObject *spec = member (test, "message");
  JsonObject *decoded = member (test, "decoded");
  g_autoptr (ClaspMessage) built = NULL, read = NULL;
  g_autoptr (GBytes) frame = NULL, again = NULL;
  g_autoptr (GError) error = NULL;

  if (is_refused_here (test)) {
    test_refused (test);
    return;
  }
  if (strstr (name_of (test), "lone-surrogate"))
    spec = decoded; /* what it was given is not UTF-8 */
  built = vectors_build (spec);
  g_assert_nonnull (built);
  frame = with_version (spec, encode (test, built));
  assert_bytes (test, frame);
  assert_encode_to (built);
  read = clasp_message_decode (frame, &error);
  g_assert_no_error (error);
  vectors_check (decoded ? decoded : spec, read);
  again = encode (test, read);
  g_assert_true (g_bytes_equal (frame, again));
}

static void
test_decode (gconstpointer data)
{
  JsonObject *test = (JsonObject *) data;
  g_autoptr (GBytes) frame = part (test, "hex");
  g_autoptr (ClaspMessage) message = NULL, again = NULL;
  g_autoptr (GBytes) encoded = NULL;
  g_autoptr (GError) error = NULL;

  message = clasp_message_decode (frame, &error);
#ifndef HAVE_MSGPACK
  if (g_str_has_prefix (name_of (test), "decode-legacy")) {
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
    return;
  }
#endif
  g_assert_no_error (error);
  vectors_check (member (test, "decoded"), message);
  encoded = clasp_message_encode (message, &error);
  g_assert_no_error (error);
  again = clasp_message_decode (encoded, &error);
  g_assert_no_error (error);
  vectors_check (member (test, "decoded"), again);
}

static void
test_frame (gconstpointer data)
{
  JsonObject *test = (JsonObject *) data;
  gsize size = (gsize) json_object_get_int_member (test, "length") -
      CLASP_FRAME_HEADER_SIZE;
  guint8 *raw = g_malloc (CLASP_FRAME_HEADER_SIZE + size);
  g_autoptr (GBytes) frame = NULL;
  ClaspFrameHeader header;

  clasp_frame_write_header (raw, CLASP_QOS_FIRE, size);
  for (gsize i = 0; i < size; i++)
    raw[CLASP_FRAME_HEADER_SIZE + i] = (guint8) i;
  frame = g_bytes_new_take (raw, CLASP_FRAME_HEADER_SIZE + size);
  assert_bytes (test, frame);
  g_assert_cmpint (clasp_frame_parse (raw, g_bytes_get_size (frame), &header,
                       NULL),
      ==, CLASP_FRAME_COMPLETE);
  g_assert_cmpuint (header.payload_size, ==, size);
}

/* Refused only what no frame can carry; the 4 KiB limit is not ours. */
static void
test_encode_error (gconstpointer data)
{
  JsonObject *test = (JsonObject *) data;
  JsonObject *spec = member (test, "message");
  g_autoptr (ClaspMessage) built = spec ? vectors_build (spec) : NULL;
  g_autoptr (ClaspMessage) read = NULL;
  g_autoptr (GBytes) frame = NULL;
  g_autoptr (GError) error = NULL;

  if (!built) /* made of bytes, or of a type that is never sent */
    return;
  frame = clasp_message_encode (built, &error);
  if (strstr (name_of (test), "70000")) {
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE);
    g_assert_null (frame);
    return;
  }
  g_assert_no_error (error);
  read = clasp_message_decode (frame, &error);
  g_assert_no_error (error);
  g_assert_cmpint (clasp_message_get_message_type (read), ==,
      clasp_message_get_message_type (built));
}

static GBytes *
nested_arrays (JsonObject *test)
{
  gsize size = (gsize) json_object_get_int_member (test, "length");
  g_autoptr (GBytes) head = part (test, "head_hex");
  g_autoptr (GBytes) tail = part (test, "tail_hex");
  guint8 *data = g_malloc (size);
  gsize n = g_bytes_get_size (head);

  memcpy (data, g_bytes_get_data (head, NULL), n);
  for (gsize i = n; i < size; i++)
    data[i] = data[i - 3];
  memcpy (data + size - g_bytes_get_size (tail), g_bytes_get_data (tail, NULL),
      g_bytes_get_size (tail));
  return g_bytes_new_take (data, size);
}

static void
test_malformed (gconstpointer data)
{
  JsonObject *test = (JsonObject *) data;
  gboolean accepted =
      g_str_equal (json_object_get_string_member (test, "outcome"), "accepted");
  g_autoptr (GBytes) frame = json_object_has_member (test, "hex")
      ? part (test, "hex")
      : nested_arrays (test);
  g_autoptr (ClaspMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  accepted = (accepted || is_accepted_here (test)) && !is_refused_here (test);
#ifndef HAVE_MSGPACK
  accepted = accepted && !g_str_has_prefix (name_of (test), "legacy");
#endif
  if (!json_object_has_member (test, "hex"))
    assert_bytes (test, frame);
  message = clasp_message_decode (frame, &error);
  if (accepted) {
    g_assert_no_error (error);
    g_assert_nonnull (message);
    return;
  }
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
  g_assert_null (message);
}

static void
add (JsonArray *list, const char *kind, GTestDataFunc func)
{
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonObject *test = json_array_get_object_element (list, i);
    g_autofree char *path = NULL;

    if (!g_str_equal (json_object_get_string_member_with_default (test, "kind",
                          "malformed"),
            kind))
      continue;
    path = g_strdup_printf ("/vectors/%s/%s", kind, name_of (test));
    g_test_add_data_func (path, test, func);
  }
}

int
main (int argc, char *argv[])
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;
  JsonArray *cases, *malformed;
  JsonObject *root;

  g_test_init (&argc, &argv, NULL);
  json_parser_load_from_file (parser, VECTORS, &error);
  g_assert_no_error (error);
  root = json_node_get_object (json_parser_get_root (parser));
  cases = json_object_get_array_member (root, "cases");
  malformed = json_object_get_array_member (root, "malformed");
  g_assert_cmpuint (json_array_get_length (cases), ==, 189);
  g_assert_cmpuint (json_array_get_length (malformed), ==, 67);
  add (cases, "encode", test_encode);
  add (cases, "client", test_encode);
  add (cases, "decode", test_decode);
  add (cases, "frame", test_frame);
  add (cases, "encode-error", test_encode_error);
  add (malformed, "malformed", test_malformed);
  return g_test_run ();
}
