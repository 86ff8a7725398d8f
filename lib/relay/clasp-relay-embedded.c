/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The embedded relay as a program. Prints its URL when it is ready. */

#include "clasp-relay.h"
#include <glib-unix.h>
#include <string.h>

typedef struct {
  GMainLoop *loop;
  char *host;
  int port;
  char *name;
  char *token_file;
  char *web_directory;
  int max_sessions;
  int max_message_rate;
  gint64 max_queue_bytes;
  int param_ttl;
  int rendezvous_ttl;
  gboolean version;
} Options;

static gboolean
parse_arguments (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"host", 'H', 0, G_OPTION_ARG_STRING, &options->host,
          "address to listen on (127.0.0.1; 0.0.0.0 or :: for all)", "ADDRESS"},
      {"port", 'p', 0, G_OPTION_ARG_INT, &options->port,
          "port to listen on (7330; 0 for any free one)", "PORT"},
      {"name", 'n', 0, G_OPTION_ARG_STRING, &options->name,
          "name told to clients", "NAME"},
      {"token-file", 't', 0, G_OPTION_ARG_FILENAME, &options->token_file,
          "file whose first line every client must know", "FILE"},
      {"web-directory", 'w', 0, G_OPTION_ARG_FILENAME, &options->web_directory,
          "folder whose files are served on the same port", "FOLDER"},
      {"max-sessions", 0, 0, G_OPTION_ARG_INT, &options->max_sessions,
          "sessions at a time (512)", "N"},
      {"max-message-rate", 0, 0, G_OPTION_ARG_INT, &options->max_message_rate,
          "messages per second of one session (0: any)", "N"},
      {"max-queue-bytes", 0, 0, G_OPTION_ARG_INT64, &options->max_queue_bytes,
          "bytes that may wait for one slow receiver (8388608)", "BYTES"},
      {"param-ttl", 0, 0, G_OPTION_ARG_INT, &options->param_ttl,
          "seconds until an unwritten param is forgotten (3600; 0: never)",
          "SECONDS"},
      {"rendezvous-ttl", 0, 0, G_OPTION_ARG_INT, &options->rendezvous_ttl,
          "seconds that a rendezvous registration lives (300)", "SECONDS"},
      {"version", 0, 0, G_OPTION_ARG_NONE, &options->version,
          "print the version and exit", NULL},
      {NULL},
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- small CLASP relay for one machine or LAN");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;

  if (options->host == NULL)
    options->host = g_strdup ("127.0.0.1");
  if (*argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "what is \"%s\"? See --help", (*argv)[1]);
    return FALSE;
  }

  return TRUE;
}

/* A value outside the range of the property is the user's mistake, not a
 * warning of GObject. */
static gboolean
set_number (ClaspRelay *relay, const char *property, gint64 number,
    GError **error)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (relay), property);
  g_auto (GValue) in = G_VALUE_INIT, value = G_VALUE_INIT;

  g_value_init (&in, G_TYPE_INT64);
  g_value_set_int64 (&in, number);
  g_value_init (&value, pspec->value_type);
  if (number < 0 || !g_value_transform (&in, &value) ||
      g_param_value_validate (pspec, &value)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--%s %" G_GINT64_FORMAT " is out of range", property, number);
    return FALSE;
  }

  g_object_set_property (G_OBJECT (relay), property, &value);
  return TRUE;
}

static gboolean
set_numbers (ClaspRelay *relay, const Options *options, GError **error)
{
  return set_number (relay, "port", options->port, error) &&
      set_number (relay, "max-sessions", options->max_sessions, error) &&
      set_number (relay, "max-message-rate", options->max_message_rate,
          error) &&
      set_number (relay, "max-queue-bytes", options->max_queue_bytes, error) &&
      set_number (relay, "param-ttl", options->param_ttl, error) &&
      set_number (relay, "rendezvous-ttl", options->rendezvous_ttl, error);
}

/* The token comes from a file: arguments are visible to every user. */
static gboolean
set_token (ClaspRelay *relay, const char *file, GError **error)
{
  g_autofree char *text = NULL;

  if (file == NULL)
    return TRUE;
  if (!g_file_get_contents (file, &text, NULL, error))
    return FALSE;

  text[strcspn (text, "\r\n")] = '\0';
  g_strstrip (text);
  if (text[0] == '\0') {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "the first line of %s is empty: it must hold the token", file);
    return FALSE;
  }

  g_object_set (relay, "token", text, NULL);
  return TRUE;
}

static gboolean
on_signal (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static void
print_url (ClaspRelay *relay, const Options *options)
{
  const char *host = options->host;

  if (g_str_equal (host, "0.0.0.0") || g_str_equal (host, "::"))
    host = "localhost";
  g_print (strchr (host, ':') != NULL ? "ws://[%s]:%u/\n" : "ws://%s:%u/\n",
      host, clasp_relay_get_port (relay));
}

static gboolean
serve (const Options *options, GError **error)
{
  g_autoptr (ClaspRelay) relay = clasp_relay_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint interrupt, terminate;

  g_object_set (relay, "host", options->host, "name", options->name,
      "web-directory", options->web_directory, NULL);
  if (!set_numbers (relay, options, error) ||
      !set_token (relay, options->token_file, error) ||
      !clasp_relay_start (relay, error))
    return FALSE;

  interrupt = g_unix_signal_add (SIGINT, on_signal, loop);
  terminate = g_unix_signal_add (SIGTERM, on_signal, loop);
  print_url (relay, options);
  g_main_loop_run (loop);

  g_source_remove (interrupt);
  g_source_remove (terminate);
  clasp_relay_stop (relay);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  return TRUE;
}

int
main (int argc, char **argv)
{
  Options options = {.port = CLASP_DEFAULT_PORT,
      .max_sessions = 512,
      .max_queue_bytes = 8 * 1024 * 1024,
      .param_ttl = 3600,
      .rendezvous_ttl = 300};
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_set_prgname ("clasp-relay-embedded");
  if (!parse_arguments (&options, &argc, &argv, &error)) {
    g_printerr ("clasp-relay-embedded: %s\n", error->message);
    status = 2;
  } else if (options.version) {
    g_print ("clasp-relay-embedded " PACKAGE_VERSION "\n");
  } else if (!serve (&options, &error)) {
    g_printerr ("clasp-relay-embedded: %s\n", error->message);
    status = 1;
  }

  g_free (options.host);
  g_free (options.name);
  g_free (options.token_file);
  g_free (options.web_directory);
  return status;
}
