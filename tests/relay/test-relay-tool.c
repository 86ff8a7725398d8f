/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The relay as a program. RELAY_TOOL is its path. */

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

static GSubprocess *
start (const char *const *arguments)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_ptr_array_add (argv, (gpointer) g_getenv ("RELAY_TOOL"));
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  g_assert_no_error (error);

  return process;
}

/* The line with the URL. */
static char *
read_url (GSubprocess *process)
{
  g_autoptr (GDataInputStream) lines =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines),
      FALSE);
  return g_data_input_stream_read_line (lines, NULL, NULL, NULL);
}

static guint
get_port (const char *url)
{
  return g_ascii_strtoull (strrchr (url, ':') + 1, NULL, 10);
}

static gboolean
can_connect (guint port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  g_socket_client_set_proxy_resolver (client, NULL);
  g_socket_client_set_enable_proxy (client, FALSE);
  connection =
      g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);

  return connection != NULL;
}

static void
test_run (void)
{
  const int signals[] = {SIGTERM, SIGINT};
  const char *const arguments[] = {"--port", "0", NULL};

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    g_autoptr (GSubprocess) process = start (arguments);
    g_autofree char *url = read_url (process);

    g_assert_true (g_str_has_prefix (url, "ws://127.0.0.1:"));
    g_assert_true (can_connect (get_port (url)));
    g_subprocess_send_signal (process, signals[i]);
    g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
    g_assert_false (can_connect (get_port (url)));
  }
}

/* Runs to the end. Returns: all it wrote */
static char *
run (const char *const *arguments, int expected_status)
{
  g_autoptr (GSubprocess) process = start (arguments);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  g_assert_true (
      g_subprocess_communicate_utf8 (process, NULL, NULL, &out, &err, NULL));
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, expected_status);

  return g_strconcat (out, err, NULL);
}

static void
test_mistakes (void)
{
  const struct {
    const char *arguments[3];
    int status;
    const char *says;
  } cases[] = {
      {{"--version"}, 0, "clasp-relay-embedded 0."},
      {{"--no-such-option"}, 2, "--no-such-option"},
      {{"surplus"}, 2, "surplus"},
      {{"--port", "70000"}, 1, "--port 70000"},
      {{"--port", "-1"}, 1, "--port -1"},
      {{"--max-sessions", "0"}, 1, "--max-sessions 0"},
      {{"--token-file", "/no/such/file"}, 1, "/no/such/file"},
      {{"--token-file", "/dev/null"}, 1, "must hold the token"},
      {{"--web-directory", "/no/such/folder"}, 1, "/no/such/folder"},
      {{"--host", "192.0.2.99"}, 1, "192.0.2.99"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = run (cases[i].arguments, cases[i].status);

    g_test_message ("%s", text);
    g_assert_nonnull (strstr (text, cases[i].says));
  }
}

static void
test_port_in_use (void)
{
  const char *const any[] = {"--port", "0", NULL};
  g_autoptr (GSubprocess) first = start (any);
  g_autofree char *url = read_url (first);
  g_autofree char *port = g_strdup_printf ("%u", get_port (url));
  g_autofree char *expected = g_strdup_printf ("port %s is in use", port);
  const char *const same[] = {"--port", port, NULL};
  g_autofree char *text = run (same, 1);

  g_assert_nonnull (strstr (text, expected));
  g_subprocess_send_signal (first, SIGTERM);
  g_assert_true (g_subprocess_wait_check (first, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/tool/run", test_run);
  g_test_add_func ("/relay/tool/mistakes", test_mistakes);
  g_test_add_func ("/relay/tool/port-in-use", test_port_in_use);

  return g_test_run ();
}
