/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Plain HTTP on the relay's port: files, health, rendezvous. */

#include "relay-fixture.h"
#include "relay/clasp-relay-files-private.h"
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A folder to serve, with a secret beside it. */
typedef struct {
  char *base;
  char *root;
} Site;

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
make_folder (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

static void
make_link (const char *folder, const char *name, const char *target)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

static Site *
site_new (void)
{
  Site *self = g_new0 (Site, 1);

  self->base = g_dir_make_tmp ("clasp-relay-XXXXXX", NULL);
  self->root = g_build_filename (self->base, "web", NULL);
  make_folder (self->base, "web");
  make_folder (self->base, "website"); /* begins like the root */
  write_file (self->base, "secret.txt", "secret");
  write_file (self->base, "website/secret.txt", "secret");
  write_file (self->root, "index.html", "<p>index</p>");
  write_file (self->root, "app.js", "1");
  write_file (self->root, "a b.txt", "blank");
  write_file (self->root, ".hidden", "hidden");
  make_folder (self->root, "sub");
  write_file (self->root, "sub/index.html", "<p>sub</p>");
  make_folder (self->root, "empty");
  make_folder (self->root, ".git");
  write_file (self->root, ".git/config", "hidden");
  make_link (self->root, "inside.js", "app.js");
  make_link (self->root, "outside.txt", "../secret.txt");
  make_link (self->root, "etc", "/etc");
  make_link (self->root, "dangling", "nowhere");

  return self;
}

static void
remove_tree (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) &&
      !g_file_test (path, G_FILE_TEST_IS_SYMLINK)) {
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name (dir)) != NULL) {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  }
  g_remove (path);
}

static void
site_free (Site *self)
{
  remove_tree (self->base);
  g_free (self->base);
  g_free (self->root);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Site, site_free)

/* An answer, byte by byte as it came. */
typedef struct {
  guint status;
  char *head;
  char *body;
} Answer;

static void
answer_free (Answer *self)
{
  g_free (self->head);
  g_free (self->body);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

/* @path is sent as it is: a client library would clean it. */
static Answer *
request (Fixture *f, const char *method, const char *path, const char *headers,
    const char *body)
{
  g_autoptr (Raw) raw = raw_new (f);
  g_autofree char *text =
      g_strdup_printf ("%s %s HTTP/1.1\r\nHost: relay\r\n%s\r\n%s", method,
          path, headers != NULL ? headers : "", body != NULL ? body : "");
  Answer *answer = g_new0 (Answer, 1);

  raw_write (raw, text, strlen (text));
  answer->head = raw_read_head (raw);
  sscanf (answer->head, "HTTP/1.1 %u", &answer->status);
  while (!raw->eof)
    if (!raw_read (raw) && !raw->eof)
      g_main_context_iteration (NULL, FALSE);
  answer->body = g_strndup ((const char *) raw->in->data, raw->in->len);

  return answer;
}

static Answer *
get (Fixture *f, const char *path)
{
  return request (f, "GET", path, NULL, NULL);
}

static void
test_files (void)
{
  const struct {
    const char *path;
    guint status;
    const char *body;
    const char *type;
  } cases[] = {
      {"/", 200, "<p>index</p>", "text/html"},
      {"/?room=demo", 200, "<p>index</p>", "text/html"},
      {"/index.html", 200, "<p>index</p>", "text/html"},
      {"/app.js", 200, "1", "text/javascript"},
      {"/inside.js", 200, "1", "text/javascript"},
      {"/a%20b.txt", 200, "blank", "text/plain"},
      {"/sub/", 200, "<p>sub</p>", "text/html"},
      {"/sub", 301, NULL, NULL},
      {"/empty/", 404, NULL, NULL},
      {"/nothing", 404, NULL, NULL},
      {"/app.js/", 404, NULL, NULL},
      {"/healthz", 200, "ok\n", "text/plain"},
  };
  g_autoptr (Site) site = site_new ();
  g_autoptr (Fixture) f = fixture_new ("web-directory", site->root, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Answer) answer = get (f, cases[i].path);

    g_test_message ("%s", cases[i].path);
    g_assert_cmpuint (answer->status, ==, cases[i].status);
    if (cases[i].body == NULL)
      continue;
    g_assert_cmpstr (answer->body, ==, cases[i].body);
    g_assert_nonnull (strstr (answer->head, cases[i].type));
    if (i < 7)
      g_assert_nonnull (strstr (answer->head, "Cache-Control: no-cache"));
  }
}

/* Nothing beside the folder, nothing hidden, no listing. */
static void
test_traversal (void)
{
  const char *const paths[] = {
      "/../secret.txt",
      "/..%2fsecret.txt",
      "/%2e%2e/secret.txt",
      "/%2e%2e%2fsecret.txt",
      "/sub/../../secret.txt",
      "/sub/%2e%2e/%2e%2e/secret.txt",
      "/./../secret.txt",
      "//../secret.txt",
      "/..\\secret.txt",
      "/..%5csecret.txt",
      "/../website/secret.txt",
      "/..;/secret.txt",
      "/%252e%252e/secret.txt",
      "/%c0%ae%c0%ae/secret.txt",
      "/sub/..%00/secret.txt",
      "/app.js%00.html",
      "/outside.txt",
      "/etc/passwd",
      "/etc/",
      "/dangling",
      "/.hidden",
      "/.git/config",
      "/%2egit/config",
      "/empty",
      "//etc/passwd",
      "http://relay/../secret.txt",
      "http://elsewhere/../../etc/passwd",
      "../secret.txt",
      "*",
  };
  g_autoptr (Site) site = site_new ();
  g_autoptr (Fixture) f = fixture_new ("web-directory", site->root, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (Answer) answer = get (f, paths[i]);

    g_test_message ("%s: %u", paths[i], answer->status);
    g_assert_cmpuint (answer->status, !=, 200);
    g_assert_null (strstr (answer->body, "secret"));
    g_assert_null (strstr (answer->body, "root:"));
    g_assert_null (strstr (answer->body, "hidden"));
  }
}

static void
test_find (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ClaspRelayFiles) files =
      clasp_relay_files_new (site->root, &error);
  g_autofree char *found = NULL;

  g_assert_no_error (error);
  found = clasp_relay_files_find (files, "/app.js");
  g_assert_true (g_str_has_suffix (found, "/web/app.js"));
  g_assert_null (clasp_relay_files_find (files, ""));
  g_assert_null (clasp_relay_files_find (files, "app.js"));
  g_assert_null (clasp_relay_files_find (files, "/../secret.txt"));
  g_assert_null (clasp_relay_files_find (files, "/sub//index.html"));
  g_assert_null (clasp_relay_files_find (files, "/outside.txt"));
}

static void
test_methods (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Fixture) f = fixture_new ("web-directory", site->root, NULL);
  g_autoptr (Answer) head = request (f, "HEAD", "/", NULL, NULL);
  g_autoptr (Answer) post =
      request (f, "POST", "/", "Content-Length: 1\r\n", "x");
  g_autoptr (Answer) folder = get (f, "/sub");

  g_assert_cmpuint (head->status, ==, 200);
  g_assert_nonnull (strstr (head->head, "Content-Length: 12"));
  g_assert_cmpstr (head->body, ==, "");
  g_assert_cmpuint (post->status, ==, 405);
  g_assert_nonnull (strstr (folder->head, "/sub/\r\n"));
}

/* As the reference relay: a plain request shows that it is there. */
static void
test_without_files (void)
{
  const char *const methods[] = {"GET", "HEAD", "POST", "OPTIONS"};
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_autoptr (Answer) answer =
        request (f, methods[i], "/", "Content-Length: 0\r\n", NULL);

    g_assert_cmpuint (answer->status, ==, 200);
    g_assert_cmpstr (answer->body, ==, i == 1 ? "" : "ok\n");
  }
}

/* The page and the WebSocket share the address. */
static void
test_both_at_root (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Fixture) f = fixture_new ("web-directory", site->root, NULL);
  g_autoptr (Client) client = client_join (f); /* at / */
  g_autoptr (Answer) page = get (f, "/");

  g_assert_cmpstr (page->body, ==, "<p>index</p>");
  client_sync (client);
}

#define JSON "Content-Type: application/json\r\n"

static Answer *
post_json (Fixture *f, const char *path, const char *type, const char *body)
{
  g_autofree char *headers =
      g_strdup_printf ("%sContent-Length: %u\r\n", type, (guint) strlen (body));

  return request (f, "POST", path, headers, body);
}

static char *
get_id (const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  JsonObject *object;

  g_assert_nonnull (node);
  object = json_node_get_object (node);
  g_assert_cmpint (json_object_get_int_member (object, "ttl"), ==, 120);
  g_assert_cmpint (json_object_get_int_member (object, "timestamp"), >, 0);

  return g_strdup (json_object_get_string_member (object, "id"));
}

static void
test_rendezvous (void)
{
  g_autoptr (Fixture) f = fixture_new ("rendezvous-ttl", 120, NULL);
  g_autoptr (Answer) health = get (f, "/api/v1/health");
  g_autoptr (Answer) created = post_json (f, "/api/v1/register", JSON,
      "{\"name\":\"n\",\"endpoints\":{\"ws\":\"x\"},\"tags\":[\"a b\"]}");
  g_autofree char *id = NULL;
  g_autofree char *refresh = NULL;
  g_autofree char *unregister = NULL;
  g_autoptr (Answer) found = get (f, "/api/v1/discover?tag=a%20b&limit=5");
  g_autoptr (Answer) none = get (f, "/api/v1/discover?tag=b");
  g_autoptr (Answer) refreshed = NULL;
  g_autoptr (Answer) removed = NULL;
  g_autoptr (Answer) again = NULL;

  g_assert_cmpstr (health->body, ==, "OK");
  g_assert_cmpuint (created->status, ==, 201);
  g_assert_nonnull (strstr (created->head, "Access-Control-Allow-Origin: *"));
  id = get_id (created->body);
  g_assert_nonnull (strstr (found->body, id));
  g_assert_cmpstr (none->body, ==, "[]");
  g_assert_cmpuint (fixture_stat (f, "rendezvous-entries"), ==, 1);

  refresh = g_strconcat ("/api/v1/refresh/", id, NULL);
  refreshed = request (f, "POST", refresh, "Content-Length: 0\r\n", NULL);
  g_assert_cmpuint (refreshed->status, ==, 200);
  unregister = g_strconcat ("/api/v1/unregister/", id, NULL);
  removed = request (f, "DELETE", unregister, NULL, NULL);
  g_assert_cmpuint (removed->status, ==, 204);
  again = request (f, "DELETE", unregister, NULL, NULL);
  g_assert_cmpuint (again->status, ==, 404);
}

static void
test_rendezvous_refusals (void)
{
  const struct {
    const char *type;
    const char *body;
    guint status;
  } cases[] = {
      {JSON, "{\"name\":\"n\"", 400},
      {JSON, "", 400},
      {JSON, "{\"name\":\"n\"}", 422},
      {JSON, "[1]", 422},
      {"", "{\"name\":\"n\",\"endpoints\":{}}", 415},
      {"Content-Type: text/plain\r\n", "{\"name\":\"n\",\"endpoints\":{}}",
          415},
      {"Content-Type: application/json; charset=utf-8\r\n",
          "{\"name\":\"n\",\"endpoints\":{}}", 201},
  };
  const char *const wrong[] = {"/api/v1/", "/api/v1/register",
      "/api/v1/discover?limit=x", "/api/v1/discover?limit=-1",
      "/api/v1/unregister/x", "/api/v2/health/.."};
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autofree char *large =
      g_strdup_printf ("{\"name\":\"%09000d\",\"endpoints\":{}}", 1);
  g_autofree char *deep = g_strnfill (8000, '[');
  g_autoptr (Answer) too_large = post_json (f, "/api/v1/register", JSON, large);
  g_autoptr (Answer) too_deep = post_json (f, "/api/v1/register", JSON, deep);

  g_assert_cmpuint (too_large->status, ==, 413);
  g_assert_cmpuint (too_deep->status, ==, 400);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Answer) answer =
        post_json (f, "/api/v1/register", cases[i].type, cases[i].body);

    g_test_message ("%s", cases[i].body);
    g_assert_cmpuint (answer->status, ==, cases[i].status);
  }
  for (guint i = 0; i < G_N_ELEMENTS (wrong) - 1; i++) {
    g_autoptr (Answer) answer = get (f, wrong[i]);

    g_assert_cmpuint (answer->status, >=, 400);
  }
}

static void
test_preflight (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL, NULL);
  g_autoptr (Answer) answer = request (f, "OPTIONS", "/api/v1/register",
      "Origin: http://page\r\nAccess-Control-Request-Method: POST\r\n", NULL);

  g_assert_cmpuint (answer->status, ==, 204);
  g_assert_nonnull (strstr (answer->head, "Access-Control-Allow-Origin: *"));
  g_assert_nonnull (strstr (answer->head, "Access-Control-Allow-Headers: *"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/http/files", test_files);
  g_test_add_func ("/relay/http/traversal", test_traversal);
  g_test_add_func ("/relay/http/find", test_find);
  g_test_add_func ("/relay/http/methods", test_methods);
  g_test_add_func ("/relay/http/without-files", test_without_files);
  g_test_add_func ("/relay/http/both-at-root", test_both_at_root);
  g_test_add_func ("/relay/http/rendezvous", test_rendezvous);
  g_test_add_func ("/relay/http/rendezvous-refusals", test_rendezvous_refusals);
  g_test_add_func ("/relay/http/preflight", test_preflight);

  return g_test_run ();
}
