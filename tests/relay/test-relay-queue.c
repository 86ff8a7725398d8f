/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* What a slow receiver still gets. Frames are written as short texts: "v5.0k"
 * is chunk 0 of key picture 5 on address /v, "v6.1d" chunk 1 of delta picture
 * 6, "a7.0-" a stream message with seq 7 and no picture, "s" one without seq,
 * "e" an event. */

#include "relay/clasp-relay-queue-private.h"
#include <stdio.h>
#include <string.h>

#define CHUNK 1000

static ClaspRelayFrame *
make_event (void)
{
  g_autofree char *text = g_strnfill (CHUNK, 'e');
  g_autoptr (ClaspMessage) message =
      clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/e",
          g_variant_new_string (text), 0);
  g_autoptr (GBytes) bytes = clasp_message_encode (message, NULL);

  return clasp_relay_frame_new_publish (bytes, message, 0);
}

static ClaspRelayFrame *
make_stream (char address, int seq, int chunk, char picture, gint64 now)
{
  g_autofree char *text = g_strnfill (CHUNK, 's');
  g_autofree char *path = g_strdup_printf ("/%c", address);
  GVariantBuilder map;
  g_autoptr (ClaspMessage) message = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_variant_builder_init (&map, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&map, "{sv}", "data", g_variant_new_string (text));
  g_variant_builder_add (&map, "{sv}", "chunkIndex",
      g_variant_new_double (chunk));
  if (seq >= 0)
    g_variant_builder_add (&map, "{sv}", "seq", g_variant_new_double (seq));
  if (picture != '-')
    g_variant_builder_add (&map, "{sv}", "frameType",
        g_variant_new_string (picture == 'k' ? "key" : "delta"));

  message = clasp_message_new_publish (CLASP_SIGNAL_STREAM, path,
      g_variant_builder_end (&map), 0);
  bytes = clasp_message_encode (message, NULL);
  return clasp_relay_frame_new_publish (bytes, message, now);
}

static ClaspRelayFrame *
make_frame (const char *name, gint64 now)
{
  char address = name[0], picture = '-';
  int seq = -1, chunk = 0;

  if (address == 'e')
    return make_event ();
  sscanf (name + 1, "%d.%d%c", &seq, &chunk, &picture);
  return make_stream (address, seq, chunk, picture, now);
}

static ClaspRelayQueueResult
push_at (ClaspRelayQueue *queue, const char *name, gint64 now)
{
  g_autoptr (ClaspRelayFrame) frame = make_frame (name, now);

  return clasp_relay_queue_push (queue, frame);
}

static void
push_all (ClaspRelayQueue *queue, const char *names)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);

  for (guint i = 0; list[i] != NULL; i++)
    push_at (queue, list[i], 0);
}

/* Name of the frame at the beginning of @data. */
static char *
name_frame (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (ClaspMessage) message = clasp_message_decode (bytes, NULL);
  const char *address, *type = "-";
  double seq = -1, chunk = 0;
  gsize length;

  g_assert_nonnull (message);
  address = clasp_message_get_address (message);
  if (clasp_message_get_signal (message) == CLASP_SIGNAL_EVENT)
    return g_strdup ("e");
  clasp_message_lookup_number (message, "chunkIndex", &chunk);
  if (!clasp_message_lookup_number (message, "seq", &seq))
    return g_strdup (address + 1);
  clasp_message_lookup_string (message, "frameType", &type, &length);
  return g_strdup_printf ("%c%d.%d%c", address[1], (int) seq, (int) chunk,
      type[0]);
}

/* Writes up to @limit bytes to @wire. */
static gsize
write_some (ClaspRelayQueue *queue, GByteArray *wire, gsize limit)
{
  GOutputVector vectors[8];
  guint n = clasp_relay_queue_peek (queue, vectors, 8);
  gsize left = limit;

  for (guint i = 0; i < n && left > 0; i++) {
    gsize size = MIN (left, vectors[i].size);

    g_byte_array_append (wire, vectors[i].buffer, size);
    left -= size;
  }
  clasp_relay_queue_advance (queue, limit - left);

  return limit - left;
}

/* Writes the rest, @step bytes at a time, and names all of @wire. */
static char *
drain (ClaspRelayQueue *queue, GByteArray *wire, gsize step)
{
  GString *names = g_string_new (NULL);

  while (write_some (queue, wire, step) > 0)
    continue;

  for (gsize at = 0; at < wire->len;) {
    guint8 length = wire->data[at + 1];
    gsize size = length < 126
        ? length
        : (gsize) wire->data[at + 2] << 8 | wire->data[at + 3];
    g_autofree char *name = NULL;

    g_assert_cmphex (wire->data[at], ==, 0x82);
    at += length < 126 ? 2 : 4;
    name = name_frame (wire->data + at, size);
    g_string_append_printf (names, "%s%s", names->len > 0 ? " " : "", name);
    at += size;
  }
  g_assert_true (clasp_relay_queue_is_empty (queue));
  g_assert_cmpuint (clasp_relay_queue_get_bytes (queue), ==, 0);

  return g_string_free (names, FALSE);
}

/* A bound that holds @n chunks of streams. */
static ClaspRelayQueue *
new_queue (guint n)
{
  return clasp_relay_queue_new (n * (CHUNK + 100) * 2);
}

static void
test_order (void)
{
  const char *names = "v0.0k v0.1k e a0.0- s v1.0d e v1.1d";
  const gsize steps[] = {1, 3, 999, 1500, 100000};

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (ClaspRelayQueue) queue = new_queue (100);
    g_autoptr (GByteArray) wire = g_byte_array_new ();
    g_autofree char *result = NULL;

    push_all (queue, names);
    result = drain (queue, wire, steps[i]);
    g_assert_cmpstr (result, ==, names);
    g_assert_cmpuint (clasp_relay_queue_get_n_dropped (queue), ==, 0);
  }
}

static void
test_drop_rules (void)
{
  const struct {
    const char *what;
    guint room;
    const char *in;
    const char *out;
  } cases[] = {
      {"jumps to the newest key picture", 4, "v0.0k v1.0d v2.0d v3.0k v4.0d",
          "v3.0k v4.0d"},
      {"pauses when the key picture is too old", 4,
          "v0.0k v1.0d v2.0d v3.0d v4.0d v5.0d v6.0k v7.0d", "v6.0k v7.0d"},
      {"a picture goes entirely", 4,
          "v0.0k v0.1k v1.0d v1.1d v2.0d v2.1d v3.0k v3.1k v4.0d",
          "v3.0k v3.1k v4.0d"},
      {"rest of a dropped key picture does not resume", 4,
          "v0.0k v0.1k v1.0d v2.0d v3.0k v3.1k v3.2k v3.3k v3.4k v4.0d v5.0k",
          "v5.0k"},
      {"events stay", 3, "e v0.0k e v1.0d v2.0d v3.0d e v4.0d e", "e e e e"},
      {"samples lose the older half", 4, "a0.0- a1.0- a2.0- a3.0- a4.0-",
          "a3.0- a4.0-"},
      {"samples without seq too", 4, "s s s s s", "s s"},
      {"chunks of one sample go together", 4, "a0.0- a0.1- a0.2- a0.3- a1.0-",
          "a1.0-"},
      {"the largest stream pays", 4, "a0.0- v0.0k v1.0d v2.0d v3.0d a1.0-",
          "a0.0- a1.0-"},
      {"a new start of seq is not held back", 2,
          "v5.0k v6.0d v7.0d v5.0k v6.0d", "v5.0k v6.0d"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (ClaspRelayQueue) queue = new_queue (cases[i].room);
    g_autoptr (GByteArray) wire = g_byte_array_new ();
    g_autofree char *result = NULL;

    g_test_message ("%s", cases[i].what);
    push_all (queue, cases[i].in);
    result = drain (queue, wire, 100000);
    g_assert_cmpstr (result, ==, cases[i].out);
  }
}

/* What was begun is finished, if it is not larger than the bound. */
static void
test_begun (void)
{
  g_autoptr (ClaspRelayQueue) queue = new_queue (4);
  g_autoptr (GByteArray) wire = g_byte_array_new ();
  g_autofree char *result = NULL;

  push_all (queue, "v0.0k v0.1k v0.2k");
  write_some (queue, wire, 10);
  push_all (queue, "v1.0d v2.0d v3.0d v4.0k");
  result = drain (queue, wire, 700);
  g_assert_cmpstr (result, ==, "v0.0k v0.1k v0.2k v4.0k");
}

static void
test_half_written (void)
{
  g_autoptr (ClaspRelayQueue) queue = new_queue (2);
  g_autoptr (GByteArray) wire = g_byte_array_new ();
  g_autofree char *result = NULL;

  push_all (queue, "v0.0k");
  write_some (queue, wire, 3);
  /* larger than the bound: all but the bytes on the wire go */
  push_all (queue, "v0.1k v0.2k v0.3k v0.4k e");
  result = drain (queue, wire, 1);
  g_assert_cmpstr (result, ==, "v0.0k e");
}

/* The bound holds whatever comes, even if the head cannot be dropped. */
static void
test_bound (void)
{
  g_autoptr (ClaspRelayQueue) queue = new_queue (8);

  push_at (queue, "v0.0k", 0);
  clasp_relay_queue_advance (queue, 1);
  for (int i = 0; i < 3000; i++) {
    static const char pictures[] = {'k', 'd', 'd', '-'};
    g_autofree char *name =
        g_strdup_printf ("%c%d.%d%c", 'f' + g_test_rand_int_range (0, 20),
            i / 3, i % 3, pictures[g_test_rand_int_range (0, 4)]);

    g_assert_cmpint (push_at (queue, name, 0), !=, CLASP_RELAY_QUEUE_OVERFLOW);
    g_assert_cmpuint (clasp_relay_queue_get_bytes (queue), <=,
        10 * (CHUNK + 100));
  }
  g_assert_cmpuint (clasp_relay_queue_get_n_dropped (queue), >, 2000);
}

static void
test_overflow (void)
{
  g_autoptr (ClaspRelayQueue) queue = new_queue (5);
  g_autoptr (GByteArray) wire = g_byte_array_new ();
  g_autofree char *result = NULL;
  guint n = 0;

  while (push_at (queue, "e", 0) == CLASP_RELAY_QUEUE_OK)
    n++;
  g_assert_cmpuint (n, ==, 10);

  write_some (queue, wire, 5);
  clasp_relay_queue_clear (queue);
  g_assert_false (clasp_relay_queue_is_empty (queue));
  result = drain (queue, wire, 100);
  g_assert_cmpstr (result, ==, "e");
  g_assert_cmpint (push_at (queue, "e", 0), ==, CLASP_RELAY_QUEUE_OK);
}

static void
test_age (void)
{
  g_autoptr (ClaspRelayQueue) queue = new_queue (1000);
  g_autoptr (GByteArray) wire = g_byte_array_new ();
  const gint64 age = CLASP_RELAY_MAX_PICTURE_AGE;
  g_autofree char *result = NULL;

  push_at (queue, "v0.0k", 0);
  push_at (queue, "v1.0d", age / 2);
  push_at (queue, "v2.0k", age - 1);
  push_at (queue, "v3.0d", age);
  g_assert_cmpuint (clasp_relay_queue_get_n_dropped (queue), ==, 0);
  push_at (queue, "v4.0d", age + 1);
  g_assert_cmpuint (clasp_relay_queue_get_n_dropped (queue), ==, 2);
  result = drain (queue, wire, 5000);
  g_assert_cmpstr (result, ==, "v2.0k v3.0d v4.0d");

  /* samples may wait */
  push_at (queue, "a0.0-", 0);
  push_at (queue, "a1.0-", 10 * age);
  g_assert_cmpuint (clasp_relay_queue_get_n_dropped (queue), ==, 2);
}

/* Any number of addresses costs bounded memory. */
static void
test_addresses (void)
{
  g_autoptr (ClaspRelayQueue) queue = new_queue (4);

  for (guint i = 0; i < 5000; i++) {
    g_autofree char *path = g_strdup_printf ("/n/%u", i);
    g_autoptr (ClaspMessage) message =
        clasp_message_new_publish (CLASP_SIGNAL_STREAM, path,
            g_variant_new_double (i), 0);
    g_autoptr (GBytes) bytes = clasp_message_encode (message, NULL);
    g_autoptr (ClaspRelayFrame) frame =
        clasp_relay_frame_new_publish (bytes, message, 0);
    GOutputVector vectors[2];

    clasp_relay_queue_push (queue, frame);
    clasp_relay_queue_peek (queue, vectors, 2);
    clasp_relay_queue_advance (queue, vectors[0].size + vectors[1].size);
  }
  g_assert_true (clasp_relay_queue_is_empty (queue));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/queue/order", test_order);
  g_test_add_func ("/relay/queue/drop-rules", test_drop_rules);
  g_test_add_func ("/relay/queue/begun", test_begun);
  g_test_add_func ("/relay/queue/half-written", test_half_written);
  g_test_add_func ("/relay/queue/bound", test_bound);
  g_test_add_func ("/relay/queue/overflow", test_overflow);
  g_test_add_func ("/relay/queue/age", test_age);
  g_test_add_func ("/relay/queue/addresses", test_addresses);

  return g_test_run ();
}
