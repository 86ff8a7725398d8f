/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The register behind the rendezvous routes. */

#include "relay/clasp-relay-rendezvous-private.h"
#include <clasp/clasp.h>

#define GOOD "{\"name\":\"n\",\"endpoints\":{\"ws\":\"ws://x\"}}"

static ClaspRelayTime
at (guint seconds)
{
  return (ClaspRelayTime){(gint64) seconds * G_USEC_PER_SEC,
      (guint64) (1000 + seconds) * G_USEC_PER_SEC};
}

static char *
add (ClaspRelayRendezvous *rendezvous, const char *json, guint seconds,
    GError **error)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  g_assert_nonnull (node);
  return g_strdup (
      clasp_relay_rendezvous_register (rendezvous, node, at (seconds), error));
}

/* Returns: (transfer full): the entries found */
static JsonNode *
find (ClaspRelayRendezvous *rendezvous, const char *tag, const char *feature,
    guint limit, guint seconds)
{
  g_autofree char *text = clasp_relay_rendezvous_discover (rendezvous, tag,
      feature, limit, at (seconds));
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (text, &error);

  g_assert_no_error (error);
  return node;
}

static guint
count (ClaspRelayRendezvous *rendezvous, const char *tag, const char *feature,
    guint limit, guint seconds)
{
  g_autoptr (JsonNode) node = find (rendezvous, tag, feature, limit, seconds);

  return json_array_get_length (json_node_get_array (node));
}

static void
test_shapes (void)
{
  const struct {
    const char *json;
    gboolean accepted;
  } cases[] = {
      {GOOD, TRUE},
      {"{\"name\":\"\",\"endpoints\":{}}", TRUE},
      {"{\"name\":\"n\",\"endpoints\":{},\"unknown\":[1]}", TRUE},
      {"{\"name\":\"n\",\"endpoints\":{},\"publicKey\":null}", TRUE},
      {"{\"name\":\"n\",\"endpoints\":{},\"publicKey\":1}", FALSE},
      {"{\"endpoints\":{}}", FALSE},
      {"{\"name\":\"n\"}", FALSE},
      {"{\"name\":1,\"endpoints\":{}}", FALSE},
      {"{\"name\":null,\"endpoints\":{}}", FALSE},
      {"{\"name\":\"n\",\"endpoints\":[]}", FALSE},
      {"{\"name\":\"n\",\"endpoints\":{\"ws\":1}}", FALSE},
      {"{\"name\":\"n\",\"endpoints\":{},\"tags\":\"t\"}", FALSE},
      {"{\"name\":\"n\",\"endpoints\":{},\"tags\":[\"t\",1]}", FALSE},
      {"{\"name\":\"n\",\"endpoints\":{},\"tags\":null}", FALSE},
      {"{\"name\":\"n\",\"endpoints\":{},\"features\":{}}", FALSE},
      {"{\"name\":\"n\",\"endpoints\":{},\"metadata\":{\"a\":[1]}}", FALSE},
      {"{\"name\":\"n\",\"endpoints\":{},\"metadata\":{\"a\":\"b\"}}", TRUE},
      {"[]", FALSE},
      {"1", FALSE},
      {"null", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (ClaspRelayRendezvous) rendezvous =
        clasp_relay_rendezvous_new (300, 10, 100000);
    g_autoptr (GError) error = NULL;
    g_autofree char *id = NULL;

    g_test_message ("%s", cases[i].json);
    id = add (rendezvous, cases[i].json, 0, &error);
    g_assert_cmpint (id != NULL, ==, cases[i].accepted);
    if (id == NULL)
      g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
    else
      g_assert_true (g_uuid_string_is_valid (id));
    g_assert_cmpuint (clasp_relay_rendezvous_get_n_entries (rendezvous), ==,
        cases[i].accepted ? 1 : 0);
  }
}

static void
test_entry (void)
{
  g_autoptr (ClaspRelayRendezvous) rendezvous =
      clasp_relay_rendezvous_new (300, 10, 100000);
  g_autofree char *id = add (rendezvous,
      "{\"name\":\"a \\\"quoted\\\" name\",\"endpoints\":{\"ws\":\"ws://x\"},"
      "\"tags\":[\"t\"],\"metadata\":{\"peer\":\"p\"},\"publicKey\":\"k\"}",
      5, NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *entry;

  g_assert_true (clasp_relay_rendezvous_refresh (rendezvous, id, at (9)));
  node = find (rendezvous, NULL, NULL, 10, 10);
  entry = json_array_get_object_element (json_node_get_array (node), 0);
  g_assert_cmpstr (json_object_get_string_member (entry, "id"), ==, id);
  g_assert_cmpstr (json_object_get_string_member (entry, "name"), ==,
      "a \"quoted\" name");
  g_assert_cmpstr (json_object_get_string_member (entry, "publicKey"), ==, "k");
  g_assert_cmpstr (json_object_get_string_member (
                       json_object_get_object_member (entry, "metadata"),
                       "peer"),
      ==, "p");
  g_assert_cmpuint (json_array_get_length (
                        json_object_get_array_member (entry, "features")),
      ==, 0);
  g_assert_cmpint (json_object_get_int_member (entry, "registeredAt"), ==,
      1005000000);
  g_assert_cmpint (json_object_get_int_member (entry, "lastSeen"), ==,
      1009000000);
}

static void
test_filters (void)
{
  g_autoptr (ClaspRelayRendezvous) rendezvous =
      clasp_relay_rendezvous_new (300, 100, 100000);

  for (guint i = 0; i < 10; i++) {
    g_autofree char *json = g_strdup_printf (
        "{\"name\":\"n\",\"endpoints\":{},\"tags\":[\"all\",\"%s\"],"
        "\"features\":[\"%s\"]}",
        i % 2 ? "odd" : "even", i < 3 ? "few" : "many");

    g_free (add (rendezvous, json, 0, NULL));
  }
  g_assert_cmpuint (count (rendezvous, NULL, NULL, 100, 0), ==, 10);
  g_assert_cmpuint (count (rendezvous, "all", NULL, 100, 0), ==, 10);
  g_assert_cmpuint (count (rendezvous, "odd", NULL, 100, 0), ==, 5);
  g_assert_cmpuint (count (rendezvous, "od", NULL, 100, 0), ==, 0);
  g_assert_cmpuint (count (rendezvous, NULL, "few", 100, 0), ==, 3);
  g_assert_cmpuint (count (rendezvous, "odd", "few", 100, 0), ==, 1);
  g_assert_cmpuint (count (rendezvous, "all", NULL, 4, 0), ==, 4);
  g_assert_cmpuint (count (rendezvous, NULL, NULL, 0, 0), ==, 0);
}

static void
test_times (void)
{
  g_autoptr (ClaspRelayRendezvous) rendezvous =
      clasp_relay_rendezvous_new (300, 10, 100000);
  g_autofree char *first = add (rendezvous, GOOD, 0, NULL);
  g_autofree char *second = add (rendezvous, GOOD, 10, NULL);

  g_assert_cmpuint (count (rendezvous, NULL, NULL, 10, 299), ==, 2);
  g_assert_true (clasp_relay_rendezvous_refresh (rendezvous, first, at (299)));
  g_assert_cmpuint (count (rendezvous, NULL, NULL, 10, 309), ==, 2);
  g_assert_cmpuint (count (rendezvous, NULL, NULL, 10, 310), ==, 1);
  g_assert_false (
      clasp_relay_rendezvous_refresh (rendezvous, second, at (310)));
  g_assert_false (clasp_relay_rendezvous_refresh (rendezvous, first, at (599)));
  g_assert_cmpuint (clasp_relay_rendezvous_get_n_entries (rendezvous), ==, 0);
}

static void
test_unregister (void)
{
  g_autoptr (ClaspRelayRendezvous) rendezvous =
      clasp_relay_rendezvous_new (300, 10, 100000);
  g_autofree char *id = add (rendezvous, GOOD, 0, NULL);

  g_assert_false (clasp_relay_rendezvous_unregister (rendezvous, "no", at (1)));
  g_assert_true (clasp_relay_rendezvous_unregister (rendezvous, id, at (1)));
  g_assert_false (clasp_relay_rendezvous_unregister (rendezvous, id, at (1)));
  g_assert_cmpuint (count (rendezvous, NULL, NULL, 10, 1), ==, 0);
}

static void
test_limits (void)
{
  g_autoptr (ClaspRelayRendezvous) few =
      clasp_relay_rendezvous_new (300, 3, 1000000);
  g_autoptr (ClaspRelayRendezvous) small =
      clasp_relay_rendezvous_new (300, 1000, 3000);
  g_autofree char *kept = add (few, GOOD, 0, NULL);
  g_autofree char *dropped = add (few, GOOD, 1, NULL);

  /* the one that was silent longest makes room */
  g_assert_true (clasp_relay_rendezvous_refresh (few, kept, at (2)));
  for (guint i = 3; i < 5; i++)
    g_free (add (few, GOOD, i, NULL));
  g_assert_cmpuint (clasp_relay_rendezvous_get_n_entries (few), ==, 3);
  g_assert_true (clasp_relay_rendezvous_refresh (few, kept, at (5)));
  g_assert_false (clasp_relay_rendezvous_refresh (few, dropped, at (5)));

  for (guint i = 0; i < 100; i++)
    g_free (add (small, GOOD, i, NULL));
  g_assert_cmpuint (clasp_relay_rendezvous_get_n_entries (small), >, 2);
  g_assert_cmpuint (clasp_relay_rendezvous_get_n_entries (small), <, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/rendezvous/shapes", test_shapes);
  g_test_add_func ("/relay/rendezvous/entry", test_entry);
  g_test_add_func ("/relay/rendezvous/filters", test_filters);
  g_test_add_func ("/relay/rendezvous/times", test_times);
  g_test_add_func ("/relay/rendezvous/unregister", test_unregister);
  g_test_add_func ("/relay/rendezvous/limits", test_limits);

  return g_test_run ();
}
