/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp/clasp-send-queue-private.h"
#include "clasp/clasp-value.h"

#define ROOM 4000

/* A message with @size bytes of data; @seq < 0: without "seq". */
static ClaspSendItem *
new_item (ClaspSignalType signal, const char *address, gint64 seq, gsize size)
{
  g_autofree guint8 *data = g_malloc0 (size);
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (ClaspMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  ClaspSendItem *item;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (seq >= 0)
    g_variant_dict_insert (&dict, "seq", "d", (double) seq);
  g_variant_dict_insert_value (&dict, "data", clasp_value_new_bytes (bytes));
  message = clasp_message_new_publish (signal, address,
      g_variant_dict_end (&dict), 0);
  item = clasp_send_item_new (message, &error);
  g_assert_no_error (error);
  return item;
}

static gboolean
push_stream (ClaspSendQueue *queue, const char *address, gint64 seq, gsize size)
{
  g_autoptr (GError) error = NULL;
  gboolean pushed = clasp_send_queue_push (queue,
      new_item (CLASP_SIGNAL_STREAM, address, seq, size), FALSE, &error);

  if (!pushed)
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_QUEUE_FULL);
  return pushed;
}

static gboolean
push_event (ClaspSendQueue *queue, const char *address, gsize size)
{
  g_autoptr (GError) error = NULL;
  gboolean pushed = clasp_send_queue_push (queue,
      new_item (CLASP_SIGNAL_EVENT, address, -1, size), FALSE, &error);

  if (!pushed)
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_QUEUE_FULL);
  return pushed;
}

/* Everything that is queued, as "/address:seq ". */
static char *
drain (ClaspSendQueue *queue)
{
  GString *text = g_string_new (NULL);
  ClaspSendItem *item;

  while ((item = clasp_send_queue_pop (queue, TRUE))) {
    g_string_append (text, item->address);
    if (item->has_seq)
      g_string_append_printf (text, ":%" G_GINT64_FORMAT, item->seq);
    g_string_append_c (text, ' ');
    clasp_send_item_free (item);
  }
  g_assert_cmpuint (clasp_send_queue_get_bytes (queue), ==, 0);
  g_assert_cmpuint (clasp_send_queue_get_n_messages (queue), ==, 0);
  return g_string_free (text, FALSE);
}

static void
assert_drains (ClaspSendQueue *queue, const char *expected)
{
  g_autofree char *text = drain (queue);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_order (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  push_stream (queue, "/s", 1, 10);
  push_event (queue, "/a", 10);
  push_stream (queue, "/s", 2, 10);
  push_event (queue, "/b", 10);
  g_assert_cmpuint (clasp_send_queue_get_n_messages (queue), ==, 4);
  assert_drains (queue, "/a /b /s:1 /s:2 ");
}

static void
test_streams_on_demand (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  push_stream (queue, "/s", 1, 10);
  g_assert_null (clasp_send_queue_peek (queue, FALSE));
  g_assert_null (clasp_send_queue_pop (queue, FALSE));
  g_assert_nonnull (clasp_send_queue_peek (queue, TRUE));
}

static void
test_oldest_frame_goes_first (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  for (gint64 seq = 0; seq < 8; seq++)
    g_assert_true (push_stream (queue, "/s", seq, 1000));
  assert_drains (queue, "/s:5 /s:6 /s:7 ");
  g_assert_cmpuint (clasp_send_queue_get_dropped_frames (queue), ==, 5);
}

static void
test_frames_are_dropped_whole (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  for (gint64 seq = 0; seq < 2; seq++) {
    for (guint chunk = 0; chunk < 3; chunk++)
      g_assert_true (push_stream (queue, "/s", seq, 500));
  }
  g_assert_true (push_stream (queue, "/s", 2, 500));
  assert_drains (queue, "/s:1 /s:1 /s:1 /s:2 ");
  g_assert_cmpuint (clasp_send_queue_get_dropped_frames (queue), ==, 1);
  g_assert_cmpuint (clasp_send_queue_get_dropped_messages (queue), ==, 3);
}

/* A frame that is too big for the queue takes none of its parts with it. */
static void
test_rest_of_a_dropped_frame_is_refused (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);
  guint n_pushed = 0;

  for (guint chunk = 0; chunk < 10; chunk++)
    n_pushed += push_stream (queue, "/s", 7, 1000);
  g_assert_cmpuint (n_pushed, ==, 3);
  g_assert_true (push_stream (queue, "/s", 8, 1000));
  assert_drains (queue, "/s:8 ");
  g_assert_cmpuint (clasp_send_queue_get_dropped_frames (queue), ==, 1);
  g_assert_cmpuint (clasp_send_queue_get_dropped_messages (queue), ==, 10);
}

static void
test_rest_of_a_dropped_frame_costs_nobody (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  for (guint chunk = 0; chunk < 4; chunk++)
    push_stream (queue, "/big", 7, 1000);
  for (gint64 seq = 0; seq < 3; seq++)
    g_assert_true (push_stream (queue, "/s", seq, 1000));
  g_assert_false (push_stream (queue, "/big", 7, 1000));
  assert_drains (queue, "/s:0 /s:1 /s:2 ");
}

static void
test_same_seq_elsewhere_is_another_frame (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  push_stream (queue, "/a", 1, 1000);
  push_stream (queue, "/b", 1, 1000);
  push_stream (queue, "/a", 1, 1000);
  /* Too much: the older frame goes, which is both of /a. */
  g_assert_true (push_stream (queue, "/b", 2, 1000));
  assert_drains (queue, "/b:1 /b:2 ");
}

static void
test_started_frame_goes_last (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);
  ClaspSendItem *item;

  push_stream (queue, "/s", 1, 1000);
  push_stream (queue, "/s", 1, 1000);
  push_stream (queue, "/s", 2, 1000);
  item = clasp_send_queue_pop (queue, TRUE);
  g_assert_cmpint (item->seq, ==, 1);
  clasp_send_item_free (item);
  /* 1 is half out, so 2 is dropped for 3. */
  push_stream (queue, "/s", 3, 1000);
  push_stream (queue, "/s", 3, 1000);
  assert_drains (queue, "/s:1 /s:3 /s:3 ");
}

static void
test_late_part_of_a_started_frame (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  push_stream (queue, "/s", 1, 1000);
  clasp_send_item_free (clasp_send_queue_pop (queue, TRUE));
  push_stream (queue, "/s", 1, 1000);
  push_stream (queue, "/t", 9, 1000);
  push_stream (queue, "/u", 5, 1000);
  push_stream (queue, "/u", 5, 1000);
  assert_drains (queue, "/s:1 /u:5 /u:5 ");
}

static void
test_without_seq_each_is_a_frame (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  for (guint i = 0; i < 10; i++)
    g_assert_true (push_stream (queue, "/s", -1, 1000));
  assert_drains (queue, "/s /s /s ");
  g_assert_cmpuint (clasp_send_queue_get_dropped_frames (queue), ==, 7);
}

static void
test_events_push_streams_out (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  for (gint64 seq = 0; seq < 3; seq++)
    push_stream (queue, "/s", seq, 1000);
  for (guint i = 0; i < 3; i++)
    g_assert_true (push_event (queue, "/e", 1000));
  g_assert_cmpuint (clasp_send_queue_get_dropped_frames (queue), ==, 3);
  assert_drains (queue, "/e /e /e ");
}

static void
test_events_are_never_dropped (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  for (guint i = 0; i < 3; i++)
    g_assert_true (push_event (queue, "/e", 1000));
  g_assert_false (push_event (queue, "/e", 1000));
  g_assert_false (push_stream (queue, "/s", 1, 1000));
  g_assert_false (push_stream (queue, "/s", 1, 10));
  g_assert_cmpuint (clasp_send_queue_get_dropped_frames (queue), ==, 1);
  g_assert_true (push_stream (queue, "/s", 2, 10));
  assert_drains (queue, "/e /e /e /s:2 ");
}

/* What cannot be queued anyway costs nobody a frame. */
static void
test_hopeless_push_drops_nothing (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  push_stream (queue, "/s", 1, 1000);
  g_assert_false (push_event (queue, "/e", 5000));
  g_assert_false (push_stream (queue, "/t", 1, 5000));
  assert_drains (queue, "/s:1 ");
}

static void
test_force (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);

  for (guint i = 0; i < 20; i++)
    g_assert_true (clasp_send_queue_push (queue,
        new_item (CLASP_SIGNAL_EVENT, "/e", -1, 1000), TRUE, NULL));
  g_assert_cmpuint (clasp_send_queue_get_n_messages (queue), ==, 20);
}

static void
test_tiny_messages_are_bounded_too (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);
  guint n = 0;

  while (push_event (queue, "/e", 0))
    n++;
  g_assert_cmpuint (n, >, 10);
  g_assert_cmpuint (n, <, 60);
}

static void
test_dropped_addresses (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);
  g_auto (GStrv) addresses = NULL;

  g_assert_null (clasp_send_queue_take_dropped_addresses (queue));
  for (gint64 seq = 0; seq < 10; seq++)
    push_stream (queue, "/s", seq, 1000);
  addresses = clasp_send_queue_take_dropped_addresses (queue);
  g_assert_cmpuint (g_strv_length (addresses), ==, 1);
  g_assert_cmpstr (addresses[0], ==, "/s");
  g_assert_null (clasp_send_queue_take_dropped_addresses (queue));
}

static void
test_many_addresses (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);
  g_autofree char *rest = NULL;

  for (guint i = 0; i < 5000; i++) {
    g_autofree char *address = g_strdup_printf ("/s/%u", i);

    g_assert_true (push_stream (queue, address, 1, 100));
    if (i % 3 == 0)
      clasp_send_item_free (clasp_send_queue_pop (queue, TRUE));
  }
  rest = drain (queue);
  g_assert_true (g_str_has_suffix (rest, "/s/4999:1 "));
}

/* Whatever happens, the bound holds and the counters add up. */
static void
test_random (void)
{
  g_autoptr (ClaspSendQueue) queue = clasp_send_queue_new (ROOM);
  guint64 n_in = 0, n_out = 0, n_refused_events = 0;

  for (guint i = 0; i < 20000; i++) {
    static const char *const addresses[] = {"/a", "/b", "/c"};
    const char *address = addresses[g_test_rand_int_range (0, 3)];
    gsize size = (gsize) g_test_rand_int_range (0, 2000);
    int what = g_test_rand_int_range (0, 10);

    if (what < 6) {
      n_in++;
      push_stream (queue, address, i / 7, size);
    } else if (what < 7) {
      n_in++;
      n_refused_events += !push_event (queue, address, size);
    } else {
      ClaspSendItem *item = clasp_send_queue_pop (queue, what != 9);

      n_out += item != NULL;
      g_clear_pointer (&item, clasp_send_item_free);
    }
    g_assert_cmpuint (clasp_send_queue_get_bytes (queue), <=, ROOM);
    g_assert_cmpuint (n_in, ==,
        n_out + n_refused_events + clasp_send_queue_get_n_messages (queue) +
            clasp_send_queue_get_dropped_messages (queue));
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/send-queue/order", test_order);
  g_test_add_func ("/send-queue/streams-on-demand", test_streams_on_demand);
  g_test_add_func ("/send-queue/oldest-frame-goes-first",
      test_oldest_frame_goes_first);
  g_test_add_func ("/send-queue/frames-are-dropped-whole",
      test_frames_are_dropped_whole);
  g_test_add_func ("/send-queue/rest-of-a-dropped-frame",
      test_rest_of_a_dropped_frame_is_refused);
  g_test_add_func ("/send-queue/rest-costs-nobody",
      test_rest_of_a_dropped_frame_costs_nobody);
  g_test_add_func ("/send-queue/same-seq-elsewhere",
      test_same_seq_elsewhere_is_another_frame);
  g_test_add_func ("/send-queue/started-frame-goes-last",
      test_started_frame_goes_last);
  g_test_add_func ("/send-queue/late-part-of-a-started-frame",
      test_late_part_of_a_started_frame);
  g_test_add_func ("/send-queue/without-seq", test_without_seq_each_is_a_frame);
  g_test_add_func ("/send-queue/events-push-streams-out",
      test_events_push_streams_out);
  g_test_add_func ("/send-queue/events-are-never-dropped",
      test_events_are_never_dropped);
  g_test_add_func ("/send-queue/hopeless-push",
      test_hopeless_push_drops_nothing);
  g_test_add_func ("/send-queue/force", test_force);
  g_test_add_func ("/send-queue/tiny-messages",
      test_tiny_messages_are_bounded_too);
  g_test_add_func ("/send-queue/dropped-addresses", test_dropped_addresses);
  g_test_add_func ("/send-queue/many-addresses", test_many_addresses);
  g_test_add_func ("/send-queue/random", test_random);
  return g_test_run ();
}
