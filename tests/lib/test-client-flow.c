/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "client-fixture.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "clasp/clasp-frame.h"
#include "clasp/clasp-value.h"

#define CHUNK_SIZE 16000

static GVariant *
new_chunk (gint64 seq, gint64 index)
{
  static const guint8 data[CHUNK_SIZE];
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, sizeof data);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "seq", "d", (double) seq);
  g_variant_dict_insert (&dict, "chunkIndex", "d", (double) index);
  g_variant_dict_insert_value (&dict, "data", clasp_value_new_bytes (bytes));
  return g_variant_dict_end (&dict);
}

/* All PUBLISHes and SETs that arrived, alone or in a BUNDLE. */
static GPtrArray *
unpack (Fixture *f)
{
  GPtrArray *messages = scripted_relay_get_messages (f->relay);
  GPtrArray *unpacked = g_ptr_array_new ();

  for (guint i = 0; i < messages->len; i++) {
    ClaspMessage *message = messages->pdata[i];

    if (clasp_message_get_message_type (message) != CLASP_MESSAGE_BUNDLE)
      g_ptr_array_add (unpacked, message);
    for (guint m = 0; m < clasp_message_get_n_members (message); m++)
      g_ptr_array_add (unpacked, clasp_message_get_member (message, m));
  }
  return unpacked;
}

static guint
count_at (Fixture *f, const char *address)
{
  g_autoptr (GPtrArray) messages = unpack (f);
  guint n = 0;

  for (guint i = 0; i < messages->len; i++)
    n += g_strcmp0 (clasp_message_get_address (messages->pdata[i]), address) ==
        0;
  return n;
}

/* In order, from 0, none missing. */
static void
assert_counts_up (Fixture *f, const char *address)
{
  g_autoptr (GPtrArray) messages = unpack (f);
  double expected = 0;

  for (guint i = 0; i < messages->len; i++) {
    double number;

    if (g_strcmp0 (clasp_message_get_address (messages->pdata[i]), address))
      continue;
    g_assert_true (clasp_message_get_number (messages->pdata[i], &number));
    g_assert_cmpfloat (number, ==, expected);
    expected++;
  }
}

static void
test_learns_the_rate (void)
{
  ScriptedRelayRules rules = {.rate = 30};
  g_autoptr (Fixture) f = fixture_new (&rules);
  guint n_errors;

  fixture_connect (f);
  for (gint64 i = 0; i < 200; i++)
    clasp_client_set (f->client, "/lost", g_variant_new_int64 (i), NULL);
  WAIT (fixture_get_stat (f, "message-rate") == 30);
  WAIT (fixture_get_stat (f, "queued-messages") == 0);
  g_assert_cmpuint (f->errors->len, >, 0);
  g_assert_error ((GError *) f->errors->pdata[0], CLASP_ERROR,
      CLASP_ERROR_RATE_LIMITED);
  n_errors = f->errors->len;
  /* From now on nothing is lost, and bundles carry far more than the rate. */
  for (gint64 i = 0; i < 1000; i++)
    g_assert_true (
        clasp_client_set (f->client, "/kept", g_variant_new_int64 (i), NULL));
  WAIT (count_at (f, "/kept") == 1000);
  g_assert_cmpuint (f->errors->len, ==, n_errors);
  assert_counts_up (f, "/kept");
}

/* Subscriptions do not get lost in the burst that taught us the rate. */
static void
test_subscriptions_survive_the_rate (void)
{
  ScriptedRelayRules rules = {.rate = 30};
  g_autoptr (Fixture) f = fixture_new (&rules);

  for (guint i = 0; i < 45; i++) {
    g_autofree char *pattern = g_strdup_printf ("/s/%u", i);

    fixture_subscribe (f, pattern, CLASP_SIGNAL_MASK_ALL);
  }
  fixture_connect (f);
  for (guint i = 0; i < 45; i++) {
    g_autofree char *pattern = g_strdup_printf ("/s/%u", i);

    WAIT (
        scripted_relay_count (f->relay, CLASP_MESSAGE_SUBSCRIBE, pattern) > 0);
  }
}

static void
test_known_rate (void)
{
  ScriptedRelayRules rules = {.rate = 30};
  g_autoptr (Fixture) f = fixture_new (&rules);
  guint n_signals = 0;

  g_object_set (f->client, "max-message-rate", 30, NULL);
  fixture_connect (f);
  /* A 1.5 Mbit/s video at 30 fps for a second, and signalling in between. */
  for (gint64 frame = 0; frame < 30; frame++) {
    for (gint64 index = 0; index < 2; index++)
      clasp_client_stream (f->client, "/video", new_chunk (frame, index), NULL);
    if (frame % 10 == 0)
      n_signals +=
          clasp_client_emit (f->client, "/clasp/p2p/signal/other", NULL, NULL);
  }
  WAIT (count_at (f, "/video") == 60);
  g_assert_cmpuint (f->errors->len, ==, 0);
  g_assert_cmpuint (fixture_get_stat (f, "dropped-frames"), ==, 0);
  /* Relays do not deliver signals out of bundles. */
  g_assert_cmpuint (scripted_relay_count (f->relay, CLASP_MESSAGE_PUBLISH,
                        "/clasp/p2p/signal/other"),
      ==, n_signals);
  g_assert_cmpuint (scripted_relay_count (f->relay, CLASP_MESSAGE_BUNDLE, NULL),
      >=, 15);
  g_assert_cmpuint (scripted_relay_get_n_frames (f->relay), <, 60);
}

/* The relay performs the SETs of a bundle first. */
static void
test_bundles_keep_the_order (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GPtrArray) messages = NULL;
  guint sets_seen = 0;

  g_object_set (f->client, "max-message-rate", 30, NULL);
  fixture_connect (f);
  for (gint64 i = 0; i < 20; i++) {
    clasp_client_set (f->client, "/set", g_variant_new_int64 (i), NULL);
    clasp_client_emit (f->client, "/event", g_variant_new_int64 (i), NULL);
  }
  WAIT (count_at (f, "/event") == 20);
  messages = scripted_relay_get_messages (f->relay);
  g_ptr_array_ref (messages);
  for (guint i = 0; i < messages->len; i++) {
    gboolean after_publish = FALSE;

    for (guint m = 0; m < clasp_message_get_n_members (messages->pdata[i]);
         m++) {
      gboolean set = clasp_message_get_message_type (
                         clasp_message_get_member (messages->pdata[i], m)) ==
          CLASP_MESSAGE_SET;

      g_assert_false (set && after_publish);
      after_publish = !set;
      sets_seen += set;
    }
  }
  g_assert_cmpuint (sets_seen, >, 0);
  assert_counts_up (f, "/set");
  assert_counts_up (f, "/event");
}

/* One refused member would cost the whole bundle. */
static void
test_refused_member_travels_alone (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  g_object_set (f->client, "max-message-rate", 30, NULL);
  fixture_connect (f);
  scripted_relay_say (f->relay,
      clasp_message_new_error (301, "scope", "/forbidden"));
  WAIT (f->errors->len == 1);
  for (gint64 i = 0; i < 5; i++) {
    clasp_client_emit (f->client, "/good", NULL, NULL);
    clasp_client_emit (f->client, "/forbidden", NULL, NULL);
  }
  WAIT (count_at (f, "/forbidden") == 5 && count_at (f, "/good") == 5);
  g_assert_cmpuint (scripted_relay_count (f->relay, CLASP_MESSAGE_PUBLISH,
                        "/forbidden"),
      ==, 5);
}

/* The rest of the queue leaves in bundles, not in a burst that is refused. */
static void
test_last_words_at_a_known_rate (void)
{
  ScriptedRelayRules rules = {.rate = 30};
  g_autoptr (Fixture) f = fixture_new (&rules);

  g_object_set (f->client, "max-message-rate", 30, NULL);
  fixture_connect (f);
  for (gint64 i = 0; i < 200; i++)
    g_assert_true (
        clasp_client_set (f->client, "/last", g_variant_new_int64 (i), NULL));
  clasp_client_disconnect (f->client);
  WAIT (count_at (f, "/last") == 200);
  assert_counts_up (f, "/last");
}

static void
on_dropped (ClaspClient *client, const char *address, gpointer data)
{
  g_assert_cmpstr (address, ==, "/video");
  ++*(guint *) data;
}

/* A relay in a context of its own: it reads only while that is iterated. */
typedef struct {
  GMainContext *context;
  Fixture *f;
} Stalled;

static void
stalled_init (Stalled *self)
{
  ScriptedRelay *relay;

  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  relay = scripted_relay_new (NULL);
  g_main_context_pop_thread_default (self->context);
  self->f = fixture_new_with_relay (relay);
}

static void
stalled_iterate (Stalled *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_main_context_push_thread_default (self->context);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
}

static void
stalled_clear (Stalled *self)
{
  g_main_context_push_thread_default (self->context);
  g_clear_pointer (&self->f, fixture_free);
  g_main_context_pop_thread_default (self->context);
  stalled_iterate (self);
  g_clear_pointer (&self->context, g_main_context_unref);
}

static void
stalled_connect (Stalled *self)
{
  clasp_client_connect_async (self->f->client, NULL, NULL, NULL);
  while (self->f->sessions->len == 0)
    stalled_iterate (self);
}

/* Streams until the kernel's buffers and then the queue are full. */
static gint64
fill (Stalled *self, guint *n_dropped)
{
  gint64 seq = 0;

  while (*n_dropped == 0) {
    clasp_client_stream (self->f->client, "/video", new_chunk (seq, 0), NULL);
    clasp_client_stream (self->f->client, "/video", new_chunk (seq, 1), NULL);
    seq++;
    while (g_main_context_iteration (NULL, FALSE))
      ;
    g_assert_cmpint (seq, <, 2000);
  }
  return seq;
}

/* Which frames arrived whole; the others must not have arrived at all. */
static guint
count_whole_frames (Fixture *f)
{
  g_autoptr (GPtrArray) messages = unpack (f);
  double seq = -1, index = 1;
  guint n = 0;

  for (guint i = 0; i < messages->len; i++) {
    double next_seq, next_index;

    if (!clasp_message_lookup_number (messages->pdata[i], "seq", &next_seq))
      continue;
    clasp_message_lookup_number (messages->pdata[i], "chunkIndex", &next_index);
    if (next_index == 0) {
      g_assert_cmpfloat (index, ==, 1);
      g_assert_cmpfloat (next_seq, >, seq);
    } else {
      g_assert_cmpfloat (index, ==, 0);
      g_assert_cmpfloat (next_seq, ==, seq);
      n++;
    }
    seq = next_seq;
    index = next_index;
  }
  return n;
}

/* What the kernel holds for the relay at @port. */
static int
get_unacked (guint port)
{
  for (int fd = 0; fd < 1024; fd++) {
    struct sockaddr_in peer = {0};
    socklen_t size = sizeof peer;
    int unacked;

    if (getpeername (fd, (struct sockaddr *) &peer, &size) == 0 &&
        peer.sin_family == AF_INET && ntohs (peer.sin_port) == port &&
        ioctl (fd, SIOCOUTQ, &unacked) == 0)
      return unacked;
  }
  g_assert_not_reached ();
}

static void
test_relay_stops_reading (void)
{
  Stalled stalled;
  guint n_dropped = 0, n_events = 0;
  g_autoptr (GError) error = NULL;
  gint64 n_frames;
  Fixture *f;

  stalled_init (&stalled);
  f = stalled.f;
  g_object_set (f->client, "max-queue-bytes", 500000, NULL);
  g_signal_connect (f->client, "stream-dropped", G_CALLBACK (on_dropped),
      &n_dropped);
  stalled_connect (&stalled);
  n_frames = fill (&stalled, &n_dropped);
  g_assert_cmpuint (fixture_get_stat (f, "queued-bytes"), <=, 500000);
  g_assert_cmpuint (fixture_get_stat (f, "dropped-frames"), >, 0);
  /* What is in the kernel can neither be dropped nor overtaken. */
  g_assert_cmpint (get_unacked (scripted_relay_get_port (f->relay)), <=,
      256 * 1024 + CLASP_FRAME_MAX_SIZE);
  /* Events take the place of streams, and then there is an error. */
  while (clasp_client_set (f->client, "/event", g_variant_new_int64 (n_events),
      &error))
    n_events++;
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_QUEUE_FULL);
  g_assert_cmpuint (n_events, >, 1000);
  g_assert_cmpuint (fixture_get_stat (f, "queued-bytes"), <=, 500000);
  /* The relay reads again: what was accepted arrives, frames are whole. */
  while (count_at (f, "/event") < n_events)
    stalled_iterate (&stalled);
  assert_counts_up (f, "/event");
  g_assert_cmpuint (count_whole_frames (f), <, n_frames);
  g_assert_cmpuint (count_whole_frames (f), >, 0);
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_CONNECTED);
  g_signal_handlers_disconnect_by_data (f->client, &n_dropped);
  stalled_clear (&stalled);
}

/* A relay that takes nothing any more is gone, although the PING cannot even
 * be sent. */
static void
test_jam_is_noticed (void)
{
  Stalled stalled;
  guint n_dropped = 0;
  ClaspTimes times = fixture_short_times ();
  Fixture *f;

  stalled_init (&stalled);
  f = stalled.f;
  times.liveness.ping_interval = 200 * 1000;
  times.liveness.ping_timeout = 200 * 1000;
  clasp_client_set_times (f->client, &times);
  g_signal_connect (f->client, "stream-dropped", G_CALLBACK (on_dropped),
      &n_dropped);
  stalled_connect (&stalled);
  fill (&stalled, &n_dropped);
  WAIT (f->errors->len > 0);
  g_assert_error ((GError *) f->errors->pdata[0], CLASP_ERROR,
      CLASP_ERROR_TIMEOUT);
  g_signal_handlers_disconnect_by_data (f->client, &n_dropped);
  stalled_clear (&stalled);
}

/* Nobody waits for a relay that does not read. */
static void
test_disconnect_does_not_block (void)
{
  Stalled stalled;
  guint n_dropped = 0;
  gint64 begin;
  Fixture *f;

  stalled_init (&stalled);
  f = stalled.f;
  g_signal_connect (f->client, "stream-dropped", G_CALLBACK (on_dropped),
      &n_dropped);
  stalled_connect (&stalled);
  fill (&stalled, &n_dropped);
  begin = g_get_monotonic_time ();
  clasp_client_disconnect (f->client);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 100 * 1000);
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_DISCONNECTED);
  g_signal_handlers_disconnect_by_data (f->client, &n_dropped);
  stalled_clear (&stalled);
}

static guint
count_after (Fixture *f, const char *first, const char *address)
{
  g_autoptr (GPtrArray) messages = unpack (f);
  gboolean seen = FALSE;
  guint n = 0;

  for (guint i = 0; i < messages->len; i++) {
    const char *own = clasp_message_get_address (messages->pdata[i]);

    seen = seen || g_strcmp0 (own, first) == 0;
    n += seen && g_strcmp0 (own, address) == 0;
  }
  return n;
}

/* Signalling does not wait behind a backlog of streams. */
static void
test_urgent_overtakes_streams (void)
{
  Stalled stalled;
  guint n_dropped = 0, n_queued;
  Fixture *f;

  stalled_init (&stalled);
  f = stalled.f;
  g_signal_connect (f->client, "stream-dropped", G_CALLBACK (on_dropped),
      &n_dropped);
  stalled_connect (&stalled);
  fill (&stalled, &n_dropped);
  g_assert_true (clasp_client_emit (f->client, "/urgent", NULL, NULL));
  n_queued = (guint) fixture_get_stat (f, "queued-messages");
  g_assert_cmpuint (n_queued, >, 50);
  while (fixture_get_stat (f, "queued-messages") > 0)
    stalled_iterate (&stalled);
  while (count_after (f, "/urgent", "/video") < n_queued - 1)
    stalled_iterate (&stalled);
  g_signal_handlers_disconnect_by_data (f->client, &n_dropped);
  stalled_clear (&stalled);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/learns-the-rate", test_learns_the_rate);
  g_test_add_func ("/flow/subscriptions-survive-the-rate",
      test_subscriptions_survive_the_rate);
  g_test_add_func ("/flow/known-rate", test_known_rate);
  g_test_add_func ("/flow/bundles-keep-the-order", test_bundles_keep_the_order);
  g_test_add_func ("/flow/refused-member-travels-alone",
      test_refused_member_travels_alone);
  g_test_add_func ("/flow/last-words-at-a-known-rate",
      test_last_words_at_a_known_rate);
  g_test_add_func ("/flow/relay-stops-reading", test_relay_stops_reading);
  g_test_add_func ("/flow/jam-is-noticed", test_jam_is_noticed);
  g_test_add_func ("/flow/disconnect-does-not-block",
      test_disconnect_does_not_block);
  g_test_add_func ("/flow/urgent-overtakes-streams",
      test_urgent_overtakes_streams);
  return g_test_run ();
}
