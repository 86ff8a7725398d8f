/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "client-fixture.h"

#include <glib/gstdio.h>

/* Certificates made for this run: two authorities, and what the first one
 * signed. */
typedef struct {
  char *folder;
  char *ca;
  char *other_ca;
  GTlsCertificate *good;    /* for 127.0.0.1 */
  GTlsCertificate *foreign; /* for another host */
  GTlsCertificate *expired;
} Certificates;

static char *
path_in (Certificates *c, const char *name)
{
  return g_build_filename (c->folder, name, NULL);
}

static void
run (Certificates *c, const char *format, ...)
{
  g_autofree char *arguments = NULL, *output = NULL;
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  int status;
  va_list args;

  va_start (args, format);
  arguments = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_true (g_shell_parse_argv (arguments, NULL, &argv, NULL));
  g_spawn_sync (c->folder, argv, NULL,
      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
      &output, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s", arguments, output);
}

static char *
make_ca (Certificates *c, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".pem", NULL);

  run (c,
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
      "-nodes -days 2 -subj /CN=%s -keyout %s.key -out %s.pem",
      name, name, name);
  return path_in (c, file);
}

static GTlsCertificate *
make_certificate (Certificates *c, const char *name, const char *host,
    const char *validity)
{
  g_autofree char *extensions = g_strconcat (name, ".ext", NULL);
  g_autofree char *extensions_path = path_in (c, extensions);
  g_autofree char *subject = g_strdup_printf ("subjectAltName=%s\n", host);
  g_autofree char *certificate = g_strconcat (name, ".pem", NULL);
  g_autofree char *certificate_path = path_in (c, certificate);
  g_autofree char *key = g_strconcat (name, ".key", NULL);
  g_autofree char *key_path = path_in (c, key);
  g_autoptr (GError) error = NULL;
  GTlsCertificate *loaded;

  g_file_set_contents (extensions_path, subject, -1, &error);
  g_assert_no_error (error);
  run (c,
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
      "-subj /CN=%s -keyout %s.key -out %s.csr",
      name, name, name);
  run (c,
      "openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
      "-extfile %s.ext -out %s.pem %s",
      name, name, name, validity);
  loaded =
      g_tls_certificate_new_from_files (certificate_path, key_path, &error);
  g_assert_no_error (error);
  return loaded;
}

/* FALSE, with the test skipped, where it cannot run. */
static gboolean
make_certificates (Certificates *c)
{
  g_autofree char *openssl = g_find_program_in_path ("openssl");
  g_autoptr (GError) error = NULL;

  *c = (Certificates){0};
  if (!openssl || !g_tls_backend_supports_tls (g_tls_backend_get_default ())) {
    g_test_skip ("needs the openssl program and glib-networking");
    return FALSE;
  }
  c->folder = g_dir_make_tmp ("clasp-tls-XXXXXX", &error);
  g_assert_no_error (error);
  c->ca = make_ca (c, "ca");
  c->other_ca = make_ca (c, "other");
  c->good = make_certificate (c, "good", "IP:127.0.0.1", "-days 2");
  c->foreign = make_certificate (c, "foreign", "DNS:relay.invalid", "-days 2");
  c->expired = make_certificate (c, "expired", "IP:127.0.0.1", "-days -1");
  return TRUE;
}

static void
certificates_clear (Certificates *c)
{
  g_autoptr (GDir) dir = c->folder ? g_dir_open (c->folder, 0, NULL) : NULL;
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = path_in (c, name);

    g_unlink (path);
  }
  if (c->folder)
    g_rmdir (c->folder);
  g_clear_object (&c->good);
  g_clear_object (&c->foreign);
  g_clear_object (&c->expired);
  g_free (c->ca);
  g_free (c->other_ca);
  g_free (c->folder);
}

static void
assert_refused (GTlsCertificate *certificate, const char *ca_file,
    const char *reason)
{
  g_autoptr (Fixture) f =
      fixture_new_with_relay (scripted_relay_new_tls (certificate));
  g_autoptr (GError) error = NULL;

  g_object_set (f->client, "tls-ca-file", ca_file, NULL);
  g_assert_false (fixture_try_connect (f, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TLS);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_true (clasp_error_is_fatal (error));
  g_assert_cmpint (clasp_client_get_state (f->client), ==, CLASP_CLIENT_FAILED);
  g_assert_cmpuint (scripted_relay_get_n_connections (f->relay), ==, 0);
}

static void
test_certificates (void)
{
  Certificates c;

  if (!make_certificates (&c))
    return;
  assert_refused (c.good, c.other_ca, "not signed by a known authority");
  assert_refused (c.good, NULL, "not signed by a known authority");
  assert_refused (c.foreign, c.ca, "belongs to another host");
  assert_refused (c.expired, c.ca, "has expired");
  assert_refused (c.good, "/no/such/file", "cannot use tls-ca-file");
  certificates_clear (&c);
}

static GVariant *
new_blob (gsize size)
{
  g_autofree char *text = g_strnfill (size, 'x');

  return g_variant_new_string (text);
}

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* Frames of all sizes both ways, reconnecting, and nothing left behind. */
static void
test_session (void)
{
  g_autoptr (Fixture) f = NULL;
  Certificates c;
  guint n_files;

  if (!make_certificates (&c))
    return;
  f = fixture_new_with_relay (scripted_relay_new_tls (c.good));
  g_object_set (f->client, "tls-ca-file", c.ca, "max-queue-bytes", 10000000,
      NULL);
  fixture_subscribe (f, "/echo", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  for (guint i = 0; i < 100; i++)
    g_assert_true (
        clasp_client_set (f->client, "/blob", new_blob (i * 600), NULL));
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_SET, "/blob") == 100);
  scripted_relay_say (f->relay,
      clasp_message_new_set ("/echo", new_blob (60000)));
  WAIT (f->received->len == 1);
  scripted_relay_hang_up (f->relay);
  WAIT (f->sessions->len == 2);
  n_files = count_files ();
  for (guint i = 0; i < 10; i++) {
    clasp_client_disconnect (f->client);
    fixture_connect (f);
  }
  WAIT (count_files () <= n_files);
  certificates_clear (&c);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tls/certificates", test_certificates);
  g_test_add_func ("/tls/session", test_session);
  return g_test_run ();
}
