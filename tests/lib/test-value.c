/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <math.h>
#include <string.h>
#include "clasp/clasp.h"

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static GVariant *
nested (guint depth, gboolean map)
{
  GVariant *value = g_variant_new_int64 (1);

  for (guint i = 0; i < depth; i++) {
    GVariant *boxed = g_variant_new_variant (value);

    if (map)
      boxed = g_variant_new_dict_entry (g_variant_new_string ("k"), boxed);
    value = g_variant_new_array (NULL, &boxed, 1);
  }
  return g_variant_ref_sink (value);
}

static void
test_null (void)
{
  g_autoptr (GVariant) null = g_variant_ref_sink (clasp_value_new_null ());
  g_autoptr (GVariant) boxed =
      g_variant_ref_sink (g_variant_new_variant (clasp_value_new_null ()));
  g_autoptr (GVariant) just = parse ("@mv <1>");
  g_autoptr (GVariant) zero = parse ("0.0");

  g_assert_true (clasp_value_is_null (null));
  g_assert_true (clasp_value_is_null (boxed));
  g_assert_false (clasp_value_is_null (just));
  g_assert_false (clasp_value_is_null (zero));
}

static void
test_number (void)
{
  static const struct {
    const char *text;
    gboolean ok;
    double number;
  } table[] = {
      {"byte 255", TRUE, 255},
      {"int16 -2", TRUE, -2},
      {"uint16 65535", TRUE, 65535},
      {"int32 -2147483648", TRUE, -2147483648.0},
      {"uint32 4294967295", TRUE, 4294967295.0},
      {"int64 -9007199254740991", TRUE, -9007199254740991.0},
      {"uint64 18446744073709551615", TRUE, 18446744073709551615.0},
      {"0.5", TRUE, 0.5},
      {"<<0.5>>", TRUE, 0.5},
      {"true", FALSE, 0},
      {"'1'", FALSE, 0},
      {"@mv nothing", FALSE, 0},
      {"[1, 2]", FALSE, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GVariant) value = parse (table[i].text);
    double number = 0;

    g_assert_cmpint (clasp_value_get_number (value, &number), ==, table[i].ok);
    g_assert_cmpfloat (number, ==, table[i].number);
  }
}

static void
test_check (void)
{
  static const struct {
    const char *text;
    gboolean ok;
  } table[] = {
      {"@mv nothing", TRUE},
      {"true", TRUE},
      {"uint64 18446744073709551615", TRUE},
      {"'text'", TRUE},
      {"objectpath '/a'", TRUE},
      {"b'bytes'", TRUE},
      {"@av []", TRUE},
      {"['a', 'b']", TRUE},
      {"[1.0, 2.0]", TRUE},
      {"@a{sv} {}", TRUE},
      {"{'a': <1>, 'b': <{'c': <'d'>}>}", TRUE},
      {"{'a': 1.5}", TRUE},
      {"<<<'x'>>>", TRUE},
      {"(1, 2)", FALSE},
      {"{1: 'a'}", FALSE},
      {"handle 1", FALSE},
      {"[<(1,)>]", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GVariant) value = parse (table[i].text);
    g_autoptr (GError) error = NULL;

    if (clasp_value_check (value, &error) != table[i].ok)
      g_error ("%s", table[i].text);
    if (!table[i].ok)
      g_assert_error (error, CLASP_ERROR, CLASP_ERROR_FAILED);
  }
}

static void
test_check_limits (void)
{
  for (int map = 0; map < 2; map++) {
    g_autoptr (GVariant) deep = nested (CLASP_MAX_DEPTH, map);
    g_autoptr (GVariant) deeper = nested (CLASP_MAX_DEPTH + 1, map);
    g_autoptr (GError) error = NULL;

    g_assert_true (clasp_value_check (deep, NULL));
    g_assert_false (clasp_value_check (deeper, &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE);
  }
  for (gsize size = 65530; size < 65540; size++) {
    g_autofree char *text = g_strnfill (size, 'a');
    g_autoptr (GVariant) value =
        g_variant_ref_sink (g_variant_new_string (text));

    /* code and length besides */
    g_assert_cmpint (clasp_value_check (value, NULL), ==,
        size + 3 <= CLASP_MAX_PAYLOAD);
  }
}

static void
test_equal (void)
{
  static const struct {
    const char *a, *b;
    gboolean equal;
  } table[] = {
      {"1", "1.0", TRUE},
      {"byte 1", "int64 1", TRUE},
      {"int64 9007199254740993", "int64 9007199254740992", FALSE},
      {"1", "true", FALSE},
      {"1", "'1'", FALSE},
      {"0.5", "0.25", FALSE},
      {"@mv nothing", "<@mv nothing>", TRUE},
      {"@mv nothing", "false", FALSE},
      {"'a'", "'a'", TRUE},
      {"'a'", "'b'", FALSE},
      {"b'a'", "b'a'", TRUE},
      {"b'a'", "b'ab'", FALSE},
      {"@ay []", "@av []", FALSE},
      {"[<1>, <'a'>]", "[<1.0>, <'a'>]", TRUE},
      {"[<1>, <2>]", "[<2>, <1>]", FALSE},
      {"[<1>]", "[<1>, <1>]", FALSE},
      {"[1, 2]", "[<1>, <2>]", TRUE},
      {"{'a': <1>, 'b': <2>}", "{'b': <2.0>, 'a': <1>}", TRUE},
      {"{'a': <1>}", "{'b': <1>}", FALSE},
      {"{'a': <1>}", "{'a': <1>, 'b': <2>}", FALSE},
      {"{'a': <1>, 'a': <2>}", "{'a': <2>}", TRUE},
      {"@a{sv} {}", "@av []", FALSE},
  };
  g_autoptr (GVariant) nan = g_variant_ref_sink (g_variant_new_double (NAN));

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GVariant) a = parse (table[i].a);
    g_autoptr (GVariant) b = parse (table[i].b);

    if (clasp_value_equal (a, b) != table[i].equal ||
        clasp_value_equal (b, a) != table[i].equal)
      g_error ("%s and %s", table[i].a, table[i].b);
  }
  g_assert_true (clasp_value_equal (nan, nan));
}

static void
test_lookup (void)
{
  g_autoptr (GVariant) map = parse (
      "{'s': <'text'>, 'n': <int32 7>, 'b': <true>, 'm': <{'x': <1.5>}>, "
      "'s': <'last'>, 'z': <@mv nothing>}");
  g_autoptr (GVariant) inner = clasp_value_lookup_map (map, "m");
  g_autoptr (GVariant) text = parse ("'no map'");
  gboolean boolean = FALSE;
  double number = 0;

  g_assert_cmpstr (clasp_value_lookup_string (map, "s"), ==, "last");
  g_assert_null (clasp_value_lookup_string (map, "n"));
  g_assert_null (clasp_value_lookup_string (map, "none"));
  g_assert_null (clasp_value_lookup_string (text, "s"));
  g_assert_null (clasp_value_lookup_string (NULL, "s"));
  g_assert_true (clasp_value_lookup_number (map, "n", &number));
  g_assert_cmpfloat (number, ==, 7);
  g_assert_false (clasp_value_lookup_number (map, "s", &number));
  g_assert_false (clasp_value_lookup_number (map, "z", &number));
  g_assert_true (clasp_value_lookup_boolean (map, "b", &boolean));
  g_assert_true (boolean);
  g_assert_false (clasp_value_lookup_boolean (map, "n", &boolean));
  g_assert_nonnull (inner);
  g_assert_true (clasp_value_lookup_number (inner, "x", &number));
  g_assert_cmpfloat (number, ==, 1.5);
  g_assert_null (clasp_value_lookup_map (map, "s"));
  g_assert_null (clasp_value_lookup_map (NULL, "s"));
}

static GVariant *
from_text (const char *text, GError **error)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  g_assert_nonnull (node);
  return clasp_value_from_json (node, error);
}

static void
test_json (void)
{
  static const struct {
    const char *json, *value;
  } table[] = {
      {"null", "@mv nothing"},
      {"true", "true"},
      {"7", "int64 7"},
      {"0.5", "0.5"},
      {"\"text\"", "'text'"},
      {"[]", "@av []"},
      {"[1,\"a\",null]", "[<int64 1>, <'a'>, <@mv nothing>]"},
      {"{}", "@a{sv} {}"},
      {"{\"b\":1,\"a\":{\"c\":[2.5]}}",
          "{'b': <int64 1>, 'a': <{'c': <[<2.5>]>}>}"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GVariant) value = from_text (table[i].json, NULL);
    g_autoptr (GVariant) expected = parse (table[i].value);
    g_autoptr (JsonNode) node = clasp_value_to_json (value);
    g_autofree char *text = json_to_string (node, FALSE);

    g_assert_cmpvariant (value, expected);
    g_assert_cmpstr (text, ==, table[i].json);
  }
}

static void
test_json_lossy (void)
{
  g_autoptr (GVariant) value =
      parse ("{'bytes': <b'\\001\\377'>, 'list': <[1, 2]>, 'u': <uint16 7>}");
  g_autoptr (GVariant) nan = g_variant_ref_sink (g_variant_new_double (NAN));
  g_autoptr (JsonNode) node = clasp_value_to_json (value);
  g_autoptr (JsonNode) none = clasp_value_to_json (nan);
  g_autofree char *text = json_to_string (node, FALSE);

  /* GVariant's b'' text ends with a NUL byte */
  g_assert_cmpstr (text, ==, "{\"bytes\":\"Af8A\",\"list\":[1,2],\"u\":7}");
  g_assert_true (JSON_NODE_HOLDS_NULL (none));
}

static char *
nested_json (guint depth)
{
  g_autofree char *open = g_strnfill (depth, '[');
  g_autofree char *close = g_strnfill (depth, ']');

  return g_strconcat (open, close, NULL);
}

static void
test_json_hostile (void)
{
  g_autofree char *deep = nested_json (CLASP_MAX_DEPTH);
  g_autofree char *deeper = nested_json (CLASP_MAX_DEPTH + 1);
  g_autoptr (GVariant) value = from_text (deep, NULL);
  g_autoptr (GVariant) refused = NULL;
  g_autoptr (GVariant) lone = from_text ("[\"x\\ud800y\"]", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (value);
  refused = from_text (deeper, &error);
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE);
  g_assert_null (refused);
  g_assert_nonnull (lone);
  g_assert_true (clasp_value_check (lone, NULL));
}

static void
test_print (void)
{
  static const struct {
    const char *value, *text;
  } table[] = {
      {"@mv nothing", "null"},
      {"true", "true"},
      {"int64 7", "7"},
      {"0.5", "0.5"},
      {"b'abc'", "<4 bytes>"},
      {"[<1>, <'a'>]", "[1, \"a\"]"},
      {"{'k\\n': <'a\"b\\u0007\\\\'>}",
          "{\"k\\u000a\": \"a\\\"b\\u0007\\\\\"}"},
      {"'é🎥'", "\"é🎥\""},
  };
  g_autofree char *as = g_strnfill (60000, 'a');
  g_autoptr (GVariant) large = g_variant_ref_sink (g_variant_new_string (as));
  g_autofree char *cut = clasp_value_print (large);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GVariant) value = parse (table[i].value);
    g_autofree char *text = clasp_value_print (value);

    g_assert_cmpstr (text, ==, table[i].text);
  }
  g_assert_cmpuint (strlen (cut), <, 5000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value/null", test_null);
  g_test_add_func ("/value/number", test_number);
  g_test_add_func ("/value/check", test_check);
  g_test_add_func ("/value/check-limits", test_check_limits);
  g_test_add_func ("/value/equal", test_equal);
  g_test_add_func ("/value/lookup", test_lookup);
  g_test_add_func ("/value/json", test_json);
  g_test_add_func ("/value/json-lossy", test_json_lossy);
  g_test_add_func ("/value/json-hostile", test_json_hostile);
  g_test_add_func ("/value/print", test_print);
  return g_test_run ();
}
