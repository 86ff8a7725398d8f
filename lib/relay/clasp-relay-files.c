/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-files-private.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX "index.html"
#define MAX_FILE_SIZE (32 * 1024 * 1024)

struct _ClaspRelayFiles {
  char *root; /* without links, without a slash at the end */
};

/*
 * clasp_relay_files_new:
 * @directory: a folder
 *
 * Returns: (nullable) (transfer full): %NULL with @error if it is none
 */
ClaspRelayFiles *
clasp_relay_files_new (const char *directory, GError **error)
{
  g_autofree char *root = realpath (directory, NULL);
  ClaspRelayFiles *self;

  if (root == NULL || !g_file_test (root, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
        "web-directory %s is not a folder that can be read", directory);
    return NULL;
  }

  self = g_new0 (ClaspRelayFiles, 1);
  self->root = g_steal_pointer (&root);

  return self;
}

void
clasp_relay_files_free (ClaspRelayFiles *self)
{
  free (self->root);
  g_free (self);
}

/* Every segment is a plain, visible name; an empty last one is the index. */
static gboolean
is_plain (const char *path)
{
  g_auto (GStrv) segments = NULL;

  if (path[0] != '/' || strchr (path, '\\') != NULL)
    return FALSE;

  segments = g_strsplit (path + 1, "/", -1);
  for (guint i = 0; segments[i] != NULL; i++)
    if (segments[i][0] == '.' ||
        (segments[i][0] == '\0' && segments[i + 1] != NULL))
      return FALSE;

  return TRUE;
}

/* A link may point anywhere; what counts is where it ends. */
static gboolean
is_inside (ClaspRelayFiles *self, const char *resolved)
{
  gsize length = strlen (self->root);

  return strncmp (resolved, self->root, length) == 0 &&
      (resolved[length] == '/' || resolved[length] == '\0' || length == 1);
}

/*
 * clasp_relay_files_find:
 * @path: decoded path of a request
 *
 * Returns: (nullable) (transfer full): name of the file or folder behind
 *   @path, %NULL if there is none to be served
 */
char *
clasp_relay_files_find (ClaspRelayFiles *self, const char *path)
{
  g_autofree char *name = NULL;
  char *resolved, *result = NULL;

  if (!is_plain (path))
    return NULL;

  name = g_strconcat (self->root, path,
      g_str_has_suffix (path, "/") ? INDEX : NULL, NULL);
  resolved = realpath (name, NULL);
  if (resolved != NULL && is_inside (self, resolved))
    result = g_strdup (resolved);
  free (resolved);

  return result;
}

/* Returns: what a browser is to make of a file with this name */
const char *
clasp_relay_files_content_type (const char *name)
{
  static const struct {
    const char *suffix;
    const char *type;
  } types[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".ico", "image/x-icon"},
      {".wasm", "application/wasm"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".mp4", "video/mp4"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (name, types[i].suffix))
      return types[i].type;

  return "application/octet-stream";
}

static void
answer_text (SoupServerMessage *msg, guint status, const char *text)
{
  soup_server_message_set_status (msg, status, NULL);
  soup_server_message_set_response (msg, "text/plain; charset=utf-8",
      SOUP_MEMORY_COPY, text, strlen (text));
}

static void
answer_folder (SoupServerMessage *msg, const char *path)
{
  g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);
  g_autofree char *location = g_strconcat (escaped, "/", NULL);

  soup_server_message_set_redirect (msg, SOUP_STATUS_MOVED_PERMANENTLY,
      location);
}

static void
answer_file (SoupServerMessage *msg, const char *name)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);
  char *data;
  gsize size;

  if (!g_file_get_contents (name, &data, &size, NULL)) {
    answer_text (msg, SOUP_STATUS_NOT_FOUND, "not found\n");
    return;
  }

  soup_message_headers_replace (headers, "Cache-Control", "no-cache");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_server_message_set_status (msg, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (msg, clasp_relay_files_content_type (name),
      SOUP_MEMORY_TAKE, data, size);
}

/* Answers a GET or HEAD; libsoup leaves the body of a HEAD away. */
void
clasp_relay_files_answer (ClaspRelayFiles *self, SoupServerMessage *msg,
    const char *path)
{
  g_autofree char *name = clasp_relay_files_find (self, path);
  GStatBuf info;

  if (name == NULL || g_stat (name, &info) != 0)
    answer_text (msg, SOUP_STATUS_NOT_FOUND, "not found\n");
  else if (S_ISDIR (info.st_mode))
    answer_folder (msg, path);
  else if (!S_ISREG (info.st_mode) || info.st_size > MAX_FILE_SIZE)
    answer_text (msg, SOUP_STATUS_FORBIDDEN, "not served\n");
  else
    answer_file (msg, name);
}
