/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "relay-process.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>

struct _RelayProcess {
  GSubprocess *process;
  GOutputStream *input; /* closing it ends the engine */
  GDataInputStream *output;
  char *token;
  char *token_file; /* our relay takes the token from a file */
  char *url;
  guint port;
};

static gboolean
is_engine (void)
{
  return g_strcmp0 (g_getenv ("CLASP_CONFORMANCE_RELAY"), "engine") == 0;
}

static char *
program_path (void)
{
  const char *path = g_getenv (is_engine () ? "CLASP_ENGINE" : "CLASP_RELAY");

  if (path != NULL || !is_engine ())
    return g_strdup (path);
  return g_build_filename (g_get_user_cache_dir (), "clasp-gst", "engine",
      "release", "clasp-engine", NULL);
}

/* FALSE with a reason when the relay's program has not been built. */
gboolean
relay_process_available (char **why_not)
{
  g_autofree char *path = program_path ();

  if (path != NULL && g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return TRUE;
  *why_not = g_strdup_printf ("%s: no such program (tests/run.sh builds it)",
      path ? path : "relay");
  return FALSE;
}

/* The engine prints {"ws":PORT,…}, our relay its URL. */
static guint
port_of_line (const char *line)
{
  g_autoptr (GRegex) regex =
      g_regex_new ("^\\{\"ws\":(?<port>\\d+)|ws://[^:/ ]+:(?<port2>\\d+)", 0, 0,
          NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *port = NULL;

  if (!g_regex_match (regex, line, 0, &match))
    return 0;
  port = g_match_info_fetch_named (match, "port");
  if (port == NULL || *port == '\0') {
    g_free (port);
    port = g_match_info_fetch_named (match, "port2");
  }
  return (guint) g_ascii_strtoull (port, NULL, 10);
}

static void
wait_until_ready (RelayProcess *self)
{
  for (;;) {
    g_autoptr (GError) error = NULL;
    g_autofree char *line =
        g_data_input_stream_read_line (self->output, NULL, NULL, &error);

    g_assert_no_error (error);
    if (line == NULL)
      g_error ("the relay ended before it told its port");
    self->port = port_of_line (line);
    if (self->port != 0)
      break;
  }
  g_free (self->url);
  self->url = g_strdup_printf ("ws://127.0.0.1:%u", self->port);
}

static void
add_token (RelayProcess *self, GPtrArray *argv)
{
  g_autoptr (GError) error = NULL;
  int fd;

  if (is_engine ()) {
    g_ptr_array_add (argv, g_strdup ("--auth"));
    g_ptr_array_add (argv, g_strdup (self->token));
    return;
  }
  if (self->token_file == NULL) {
    fd = g_file_open_tmp ("clasp-token-XXXXXX", &self->token_file, &error);
    g_assert_no_error (error);
    g_close (fd, NULL);
    g_file_set_contents (self->token_file, self->token, -1, &error);
    g_assert_no_error (error);
  }
  g_ptr_array_add (argv, g_strdup ("--token-file"));
  g_ptr_array_add (argv, g_strdup (self->token_file));
}

/* A test that crashes takes the relay with it. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
spawn (RelayProcess *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (argv, program_path ());
  g_ptr_array_add (argv, g_strdup ("--port"));
  g_ptr_array_add (argv, g_strdup_printf ("%u", self->port));
  if (self->token != NULL)
    add_token (self, argv);
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher,
      (const char *const *) argv->pdata, &error);
  g_assert_no_error (error);
  self->input = g_object_ref (g_subprocess_get_stdin_pipe (self->process));
  self->output =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  wait_until_ready (self);
}

static void
end (RelayProcess *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_clear_object (&self->process);
}

RelayProcess *
relay_process_start (const char *token)
{
  RelayProcess *self = g_new0 (RelayProcess, 1);

  self->token = g_strdup (token);
  spawn (self);
  return self;
}

const char *
relay_process_get_url (RelayProcess *self)
{
  return self->url;
}

/* Ends the relay without a word and starts it again on the same port. */
void
relay_process_restart (RelayProcess *self)
{
  end (self);
  spawn (self);
}

void
relay_process_free (RelayProcess *self)
{
  end (self);
  if (self->token_file != NULL)
    g_remove (self->token_file);
  g_free (self->token_file);
  g_free (self->token);
  g_free (self->url);
  g_free (self);
}
