/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* A 720p30 stream of 2 Mbit/s in chunks of at most 16 000 bytes to 64
 * subscribers: through the embedded relay, then through the real relay's
 * engine. Order, loss, and the CPU of each relay. */

#include <clasp/clasp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SUBSCRIBERS 64
#define FPS 30
#define CHUNK 16000
#define DELTA_BYTES 7800
#define KEY_BYTES 40000
#define KEY_EVERY 60
#define ADDRESS "/video/relay/bench/stream/broadcaster"

typedef struct {
  ClaspClient *client;
  ClaspSubscription *subscription;
  double next; /* number of the next chunk */
  guint64 received;
  guint64 disordered;
} Subscriber;

typedef struct {
  GSubprocess *process;
  char *url;
} Relay;

static int seconds = 10;
static guint pending;

static void
start_relay (Relay *self, const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *line = NULL;
  const char *port;

  self->process = g_subprocess_newv (argv,
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  output =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (output),
      FALSE);
  line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  port = line ? strstr (line, "\"ws\":") : NULL;
  port = port ? port + strlen ("\"ws\":") : line ? strrchr (line, ':') + 1 : "";
  self->url = g_strdup_printf ("ws://127.0.0.1:%d", atoi (port));
}

static void
stop_relay (Relay *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
  g_clear_pointer (&self->url, g_free);
}

static double
relay_cpu_seconds (Relay *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat",
      g_subprocess_get_identifier (self->process));
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  fields = g_strsplit (strrchr (text, ')') + 2, " ", 0);
  return (atof (fields[11]) + atof (fields[12])) / sysconf (_SC_CLK_TCK);
}

static void
on_received (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, Subscriber *self)
{
  double number = -1;

  clasp_message_lookup_number (message, "number", &number);
  if (number != self->next)
    self->disordered++;
  self->next = number + 1;
  self->received++;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!clasp_client_connect_finish (CLASP_CLIENT (source), result, &error))
    g_error ("%s", error->message);
  pending--;
}

static ClaspClient *
connect_client (const char *url)
{
  ClaspClient *client = clasp_client_new (url);

  pending++;
  clasp_client_connect_async (client, NULL, on_connected, NULL);
  return client;
}

static void
subscribe (Subscriber *self, const char *url)
{
  memset (self, 0, sizeof (*self));
  self->client = connect_client (url);
  self->subscription = clasp_client_subscribe (self->client, ADDRESS,
      CLASP_SIGNAL_MASK_STREAM, NULL);
  g_signal_connect (self->subscription, "received", G_CALLBACK (on_received),
      self);
}

typedef struct {
  ClaspClient *client;
  GBytes *bytes;
  guint frame;
  guint64 number;
} Publisher;

static void
publish_chunk (Publisher *self, guint index, guint total, gsize size)
{
  g_autoptr (GBytes) data = g_bytes_new_from_bytes (self->bytes, 0, size);
  g_autoptr (GError) error = NULL;
  GVariantBuilder map;

  g_variant_builder_init (&map, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&map, "{sv}", "seq",
      g_variant_new_double (self->frame));
  g_variant_builder_add (&map, "{sv}", "chunkIndex",
      g_variant_new_double (index));
  g_variant_builder_add (&map, "{sv}", "totalChunks",
      g_variant_new_double (total));
  g_variant_builder_add (&map, "{sv}", "frameType",
      g_variant_new_string (self->frame % KEY_EVERY ? "delta" : "key"));
  g_variant_builder_add (&map, "{sv}", "number",
      g_variant_new_double (self->number++));
  g_variant_builder_add (&map, "{sv}", "data", clasp_value_new_bytes (data));
  if (!clasp_client_stream (self->client, ADDRESS, g_variant_builder_end (&map),
          &error))
    g_error ("%s", error->message);
}

static gboolean
publish_frame (gpointer data)
{
  Publisher *self = data;
  gsize size = self->frame % KEY_EVERY ? DELTA_BYTES : KEY_BYTES;
  guint i, total = (size + CHUNK - 1) / CHUNK;

  for (i = 0; i < total; i++)
    publish_chunk (self, i, total, MIN (CHUNK, size - i * CHUNK));
  self->frame++;
  return G_SOURCE_CONTINUE;
}

static gboolean
set_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

static void
let_run (int ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, set_flag, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static double
measure (Relay *relay, const char *name)
{
  Subscriber subscribers[SUBSCRIBERS];
  g_autofree guint8 *zeros = g_malloc0 (CHUNK);
  Publisher publisher = {.bytes = g_bytes_new (zeros, CHUNK)};
  guint64 disordered = 0, least = G_MAXUINT64;
  double cpu;
  guint i, timer;

  publisher.client = connect_client (relay->url);
  for (i = 0; i < SUBSCRIBERS; i++)
    subscribe (&subscribers[i], relay->url);
  while (pending > 0)
    g_main_context_iteration (NULL, TRUE);
  let_run (500);
  cpu = relay_cpu_seconds (relay);
  timer = g_timeout_add (1000 / FPS, publish_frame, &publisher);
  let_run (seconds * 1000);
  g_source_remove (timer);
  cpu = 100 * (relay_cpu_seconds (relay) - cpu) / seconds;
  let_run (1000);
  for (i = 0; i < SUBSCRIBERS; i++) {
    disordered += subscribers[i].disordered;
    least = MIN (least, subscribers[i].received);
    clasp_client_disconnect (subscribers[i].client);
    g_object_unref (subscribers[i].client);
  }
  printf ("%s: %" G_GUINT64_FORMAT
          " chunks in %u frames sent, %" G_GUINT64_FORMAT
          " received by the worst of %d, %" G_GUINT64_FORMAT
          " out of order, relay cpu %.1f%% of a core\n",
      name, publisher.number, publisher.frame, least, SUBSCRIBERS, disordered,
      cpu);
  clasp_client_disconnect (publisher.client);
  g_object_unref (publisher.client);
  g_bytes_unref (publisher.bytes);
  let_run (300);
  return cpu;
}

int
main (int argc, char **argv)
{
  Relay relay = {0};
  const char *embedded[] = {NULL, "--port=0", NULL};
  const char *engine[] = {NULL, "--port", "0", NULL};
  double ours, theirs;

  if (argc < 3) {
    g_printerr (
        "usage: bench-relay PATH-OF-clasp-relay-embedded PATH-OF-clasp-engine "
        "[SECONDS]\n");
    return 2;
  }
  if (argc > 3)
    seconds = atoi (argv[3]);
  embedded[0] = argv[1];
  engine[0] = argv[2];
  start_relay (&relay, embedded);
  ours = measure (&relay, "embedded relay");
  stop_relay (&relay);
  start_relay (&relay, engine);
  theirs = measure (&relay, "clasp-router");
  stop_relay (&relay);
  printf ("cpu ratio embedded / clasp-router: %.2f\n", ours / theirs);
  return 0;
}
