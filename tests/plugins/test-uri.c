/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspuri.h"

typedef struct {
  const char *uri;
  const char *relay_url; /* NULL: refused */
  const char *room;
} Case;

static const Case parse_cases[] = {
    {"clasp://localhost/test", "ws://localhost:7330", "test"},
    {"clasp://localhost:7330/test", "ws://localhost:7330", "test"},
    {"clasp://10.0.0.1:8000/a-room", "ws://10.0.0.1:8000", "a-room"},
    {"clasp://[::1]:9/r", "ws://[::1]:9", "r"},
    {"clasps://relay.example/r", "wss://relay.example", "r"},
    {"clasps://relay.example:7331/r/", "wss://relay.example:7331", "r"},
    {"clasp://h/two%20words", "ws://h:7330", "two words"},
    {"clasp://h/a%2Fb", "ws://h:7330", "a/b"},
    {"clasp://h/caf%C3%A9", "ws://h:7330", "caf\303\251"},
    {"CLASP://h/r", "ws://h:7330", "r"},
    {"clasp://h", NULL, NULL},
    {"clasp://h/", NULL, NULL},
    {"clasp:///room", NULL, NULL},
    {"clasp:room", NULL, NULL},
    {"clasp://h/a/b", NULL, NULL},
    {"clasp://h:0/r", NULL, NULL},
    {"clasp://h:70000/r", NULL, NULL},
    {"clasp://h:x/r", NULL, NULL},
    {"clasp://user:secret@h/r", NULL, NULL},
    {"clasp://h/r?token=secret", NULL, NULL},
    {"clasp://h/r#f", NULL, NULL},
    {"clasp://h/%00", NULL, NULL},
    {"clasp://h/%FF", NULL, NULL},
    {"http://h/r", NULL, NULL},
    {"not a uri", NULL, NULL},
    {"", NULL, NULL},
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parse_cases); i++) {
    const Case *c = &parse_cases[i];
    g_autofree char *relay_url = NULL;
    g_autofree char *room = NULL;
    g_autoptr (GError) error = NULL;
    gboolean ok = gst_clasp_uri_parse (c->uri, &relay_url, &room, &error);

    g_test_message ("%s: %s", c->uri, ok ? relay_url : error->message);
    g_assert_cmpstr (relay_url, ==, c->relay_url);
    g_assert_cmpstr (room, ==, c->room);
    if (c->relay_url) {
      g_assert_no_error (error);
    } else {
      g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL);
      g_assert_null (strstr (error->message, "secret"));
    }
  }
}

static const Case build_cases[] = {
    {"clasp://localhost:7330/test", "ws://localhost:7330", "test"},
    {"clasp://localhost:7330/test", "ws://localhost:7330/", "test"},
    {"clasps://h/a%2Fb%20c", "wss://h", "a/b c"},
    {"clasp://h:80/r", "ws://h", "r"},
    {"clasp://[::1]:9/r", "ws://[::1]:9", "r"},
    {NULL, "ws://h/behind/a/proxy", "r"},
    {NULL, "ws://user:secret@h", "r"},
    {NULL, "ws://h?x", "r"},
    {NULL, "http://h", "r"},
    {NULL, NULL, "r"},
    {NULL, "ws://h", NULL},
};

static void
test_build (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (build_cases); i++) {
    const Case *c = &build_cases[i];
    g_autofree char *uri = gst_clasp_uri_build (c->relay_url, c->room);
    g_autofree char *room = NULL;
    g_autofree char *relay_url = NULL;

    g_assert_cmpstr (uri, ==, c->uri);
    if (!uri)
      continue;
    g_assert_true (gst_clasp_uri_parse (uri, &relay_url, &room, NULL));
    g_assert_cmpstr (room, ==, c->room);
  }
}

static void
test_relay_url (void)
{
  static const char *good[] = {"ws://h", "wss://h:1/p?q", "ws://[::1]:7330"};
  static const char *bad[] = {"", "h:7330", "http://h", "ws://", "ws://h:0",
      "ws://h:99999", "\377"};

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (gst_clasp_relay_url_check (good[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (gst_clasp_relay_url_check (bad[i], &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL);
  }
  g_assert_false (gst_clasp_relay_url_check (NULL, NULL));
}

static void
test_display (void)
{
  g_autofree char *shown =
      gst_clasp_relay_url_to_display ("wss://u:secret@h:1/p?token=secret");
  g_autofree char *broken = gst_clasp_relay_url_to_display ("secret@");

  g_assert_cmpstr (shown, ==, "wss://h:1/p");
  g_assert_null (strstr (broken, "secret"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uri/parse", test_parse);
  g_test_add_func ("/uri/build", test_build);
  g_test_add_func ("/uri/relay-url", test_relay_url);
  g_test_add_func ("/uri/display", test_display);
  return g_test_run ();
}
