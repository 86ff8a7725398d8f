/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* From what an application holds to the bytes of a frame, and from a frame to
 * its value, against the Rust crate clasp-core in the same run: the same
 * messages, the same way of measuring, making the message included. */

#include <clasp/clasp.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 7
#define STREAM_BYTES 16000

typedef ClaspMessage *(*MakeFunc) (void);
typedef gboolean (*ReadFunc) (const ClaspMessage *message, double *sum);

typedef struct {
  const char *name;
  MakeFunc make;
  ReadFunc read;
  double encode_ns, ready_ns, decode_ns;
} Case;

static gboolean
read_number (const ClaspMessage *message, double *sum)
{
  return clasp_message_get_number (message, sum);
}

static gboolean
read_chunk (const ClaspMessage *message, double *sum)
{
  const guint8 *data;
  gsize length;

  if (!clasp_message_lookup_number (message, "seq", sum) ||
      !clasp_message_lookup_bytes (message, "data", &data, &length))
    return FALSE;
  *sum += data[length - 1];
  return TRUE;
}

static guint8 chunk_bytes[STREAM_BYTES];

static ClaspMessage *
make_set (void)
{
  return clasp_message_new_set_number ("/bench/params/level", 0.75);
}

/* A chunk of relay video as the pages send it. */
static ClaspMessage *
make_chunk (void)
{
  const ClaspField fields[] = {
      {.key = "seq", .number = 1234},
      {.key = "chunkIndex", .number = 0},
      {.key = "totalChunks", .number = 2},
      {.key = "frameType", .text = "delta"},
      {.key = "timestamp", .number = 41133333},
      {.key = "data", .data = chunk_bytes, .length = STREAM_BYTES},
  };

  return clasp_message_new_publish_fields (CLASP_SIGNAL_STREAM,
      "/video/relay/test/stream/5b0f3c9e-7d7b-4a35-9a25-6a1f0a1d2c3b", fields,
      G_N_ELEMENTS (fields), G_GUINT64_CONSTANT (1700000000000000));
}

static double
now_ns (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_MONOTONIC, &ts);
  return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double
time_encode (const Case *test, guint iterations)
{
  double start = now_ns ();
  guint i;

  for (i = 0; i < iterations; i++) {
    ClaspMessage *message = test->make ();
    GBytes *frame = clasp_message_encode (message, NULL);

    if (!frame)
      g_error ("%s does not encode", test->name);
    g_bytes_unref (frame);
    clasp_message_unref (message);
  }
  return (now_ns () - start) / iterations;
}

/* A message keeps its frame: this is what sending it again costs. */
static double
time_ready (const Case *test, guint iterations)
{
  g_autoptr (ClaspMessage) message = test->make ();
  double start = now_ns ();
  guint i;

  for (i = 0; i < iterations; i++)
    g_bytes_unref (clasp_message_encode (message, NULL));
  return (now_ns () - start) / iterations;
}

static double
time_decode (const Case *test, GBytes *frame, guint iterations)
{
  double start = now_ns (), sum = 0;
  guint i;

  for (i = 0; i < iterations; i++) {
    ClaspMessage *message = clasp_message_decode (frame, NULL);

    if (!message || !test->read (message, &sum))
      g_error ("%s does not decode", test->name);
    clasp_message_unref (message);
  }
  return (now_ns () - start) / iterations;
}

static void
measure (Case *test, guint iterations)
{
  g_autoptr (ClaspMessage) message = test->make ();
  g_autoptr (GBytes) frame = clasp_message_encode (message, NULL);
  int round;

  test->encode_ns = test->ready_ns = test->decode_ns = G_MAXDOUBLE;
  for (round = 0; round < ROUNDS; round++) {
    test->encode_ns = MIN (test->encode_ns, time_encode (test, iterations));
    test->ready_ns = MIN (test->ready_ns, time_ready (test, iterations));
    test->decode_ns =
        MIN (test->decode_ns, time_decode (test, frame, iterations));
  }
}

static JsonObject *
run_reference (const char *engine, guint iterations, JsonParser *parser)
{
  g_autofree char *count = g_strdup_printf ("%u", iterations);
  const char *argv[] = {engine, "bench", "--iterations", count, NULL};
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL,
          &output, NULL, NULL, &error) ||
      !json_parser_load_from_data (parser, output, -1, &error)) {
    g_printerr ("%s: %s\n", engine, error->message);
    return NULL;
  }
  return json_node_get_object (json_parser_get_root (parser));
}

static void
print_case (const Case *test, JsonObject *reference)
{
  JsonObject *theirs = json_object_get_object_member (reference, test->name);
  double encode_ns = json_object_get_double_member (theirs, "encode_ns");
  double only_ns = json_object_get_double_member (theirs, "encode_only_ns");
  double decode_ns = json_object_get_double_member (theirs, "decode_ns");

  printf ("%s, ns, ours / clasp-core:\n"
          "  make and encode       %7.1f / %7.1f  speed ratio %.2f\n"
          "  encode what is there  %7.1f / %7.1f  speed ratio %.2f\n"
          "  decode and read       %7.1f / %7.1f  speed ratio %.2f\n",
      test->name, test->encode_ns, encode_ns, encode_ns / test->encode_ns,
      test->ready_ns, only_ns, only_ns / test->ready_ns, test->decode_ns,
      decode_ns, decode_ns / test->decode_ns);
}

int
main (int argc, char **argv)
{
  Case cases[] = {
      {"set_number", make_set, read_number, 0, 0, 0},
      {"stream_16k", make_chunk, read_chunk, 0, 0, 0},
  };
  const guint iterations = 200000;
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *reference;
  guint i;

  if (argc != 2) {
    g_printerr ("usage: bench-codec PATH-OF-clasp-engine\n");
    return 2;
  }
  memset (chunk_bytes, 0x5a, sizeof (chunk_bytes));
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    measure (&cases[i], iterations);
  reference = run_reference (argv[1], iterations, parser);
  if (!reference)
    return 1;
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    print_case (&cases[i], reference);
  return 0;
}
