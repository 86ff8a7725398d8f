/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp/clasp.h"
#include "fuzz.h"

static void
check_values (GVariant *a, GVariant *b)
{
  g_assert_true ((a != NULL) == (b != NULL));
  if (!a)
    return;
  g_assert_true (clasp_value_check (a, NULL));
  g_assert_true (clasp_value_equal (a, b));
  json_node_unref (clasp_value_to_json (a));
}

/* The readers of the wire and the GVariant say the same. */
static void
check_lookup (const ClaspMessage *message)
{
  static const char *const keys[] = {"seq", "data", "type", "a", ""};
  GVariant *value = clasp_message_get_value (message);
  double fast = 0, slow = 0;
  const char *text;
  gsize length;

  if (!value)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const char *expected = clasp_value_lookup_string (value, keys[i]);

    g_assert_true (clasp_message_lookup_number (message, keys[i], &fast) ==
        clasp_value_lookup_number (value, keys[i], &slow));
    g_assert_true (memcmp (&fast, &slow, sizeof fast) == 0);
    g_assert_true (clasp_message_lookup_string (message, keys[i], &text,
                       &length) == (expected != NULL));
    if (expected)
      g_assert_true (
          strlen (expected) == length && memcmp (text, expected, length) == 0);
  }
}

static void
check_params (const ClaspMessage *a, const ClaspMessage *b)
{
  guint n = clasp_message_get_n_params (a);
  ClaspParam x, y;

  g_assert_cmpuint (n, ==, clasp_message_get_n_params (b));
  for (guint i = 0; i < n; i++) {
    g_assert_true (clasp_message_get_param (a, i, &x));
    g_assert_true (clasp_message_get_param (b, i, &y));
    g_assert_cmpstr (x.address, ==, y.address);
    g_assert_cmpstr (x.writer, ==, y.writer);
    check_values (x.value, y.value);
  }
}

static void
check_signals (const ClaspMessage *a, const ClaspMessage *b)
{
  guint n = clasp_message_get_n_signals (a);
  ClaspSignalInfo x, y;

  g_assert_cmpuint (n, ==, clasp_message_get_n_signals (b));
  for (guint i = 0; i < n; i++) {
    g_assert_true (clasp_message_get_signal_info (a, i, &x));
    g_assert_true (clasp_message_get_signal_info (b, i, &y));
    g_assert_cmpstr (x.address, ==, y.address);
    g_assert_cmpstr (x.description, ==, y.description);
    check_values (x.default_value, y.default_value);
  }
}

static void
check_same (const ClaspMessage *a, const ClaspMessage *b, guint depth)
{
  g_autofree char *line = clasp_message_describe (a);
  g_autofree char *again = clasp_message_describe (b);
  guint n = clasp_message_get_n_members (a);

  g_assert_true (g_utf8_validate (line, -1, NULL));
  g_assert_cmpuint (strlen (line), <=, 256);
  g_assert_cmpstr (line, ==, again);
  g_assert_cmpstr (clasp_message_get_address (a), ==,
      clasp_message_get_address (b));
  check_values (clasp_message_get_value (a), clasp_message_get_value (b));
  check_lookup (a);
  check_params (a, b);
  check_signals (a, b);
  g_assert_cmpuint (n, ==, clasp_message_get_n_members (b));
  for (guint i = 0; i < n && depth < 4; i++)
    check_same (clasp_message_get_member (a, i),
        clasp_message_get_member (b, i), depth + 1);
}

/* The value again, through our own encoder. */
static void
check_rebuild (const ClaspMessage *message)
{
  GVariant *value = clasp_message_get_value (message);
  g_autoptr (ClaspMessage) built = NULL;

  if (!value)
    return;
  built = clasp_message_new_set ("/v", value);
  if (clasp_message_get_size (built) > 0)
    check_values (value, clasp_message_get_value (built));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (ClaspMessage) message = NULL, again = NULL;
  g_autoptr (GBytes) frame = NULL;
  g_autoptr (GError) error = NULL;

  message = clasp_message_decode (bytes, &error);
  g_assert_true ((message != NULL) == (error == NULL));
  if (!message)
    return 0;
  frame = clasp_message_encode (message, &error);
  g_assert_no_error (error);
  again = clasp_message_decode (frame, &error);
  g_assert_no_error (error);
  check_same (message, again, 0);
  check_rebuild (message);
  return 0;
}
