/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The roster alone: time is a number here. */

#include "gst/clasp/gstclasproster-private.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC
#define START (1000 * SECOND)
#define SELF "m-self"
#define LESSER "a-peer"
#define GREATER "z-peer"

static const GstClaspRosterTimes times = {
    .offer = 5 * SECOND,
    .silence = 25 * SECOND,
    .ask = 10 * SECOND,
    .answer = SECOND / 2,
    .settle = 30 * SECOND,
    .grace = 5 * SECOND,
};

typedef struct {
  GstClaspRoster *roster;
  gint64 now;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->roster = gst_clasp_roster_new ("my-instance", &times);
  f->now = START;
  gst_clasp_roster_connected (f->roster, SELF, f->now);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  gst_clasp_roster_free (f->roster);
}

static GVariant *
presence (const char *name, const char *instance)
{
  GVariantDict map = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&map, "name", "s", name);
  if (instance != NULL)
    g_variant_dict_insert (&map, "instance", "s", instance);
  g_variant_dict_insert (&map, "lastSeen", "d", g_random_double ());
  return g_variant_ref_sink (g_variant_dict_end (&map));
}

static void
set (Fixture *f, const char *peer, const char *instance, gint64 age)
{
  g_autoptr (GVariant) value = presence ("name", instance);

  gst_clasp_roster_presence (f->roster, peer, value, age, f->now);
}

static void
unset (Fixture *f, const char *peer)
{
  gst_clasp_roster_presence (f->roster, peer, NULL, 0, f->now);
}

static GstClaspSignal *
new_signal (GstClaspSignalType type, const char *text)
{
  GstClaspSignal *signal = g_new0 (GstClaspSignal, 1);

  signal->type = type;
  if (type == GST_CLASP_SIGNAL_CANDIDATE)
    signal->candidate = g_strdup (text);
  else
    signal->sdp = g_strdup (text);
  return signal;
}

static void
hear (Fixture *f, const char *peer, GstClaspSignalType type, const char *text)
{
  g_autoptr (GstClaspSignal) signal = new_signal (type, text);
  g_autoptr (GVariant) value =
      g_variant_ref_sink (gst_clasp_signal_to_value (signal, peer));

  gst_clasp_roster_signal (f->roster, value, f->now);
}

static gboolean
say (Fixture *f, const char *peer, GstClaspSignalType type, const char *text)
{
  return gst_clasp_roster_send (f->roster, peer, new_signal (type, text),
      f->now, NULL);
}

static const char *
signal_text (const GstClaspSignal *signal)
{
  return signal->sdp != NULL ? signal->sdp : signal->candidate;
}

static char *
describe (const GstClaspRosterEvent *event)
{
  static const char *const reasons[] = {"left", "gone", "lost"};

  switch (event->type) {
    case GST_CLASP_ROSTER_JOINED:
      return g_strdup_printf ("joined %s", event->peer);
    case GST_CLASP_ROSTER_UPDATED:
      return g_strdup_printf ("updated %s", event->peer);
    case GST_CLASP_ROSTER_RENAMED:
      return g_strdup_printf ("renamed %s %s", event->other, event->peer);
    case GST_CLASP_ROSTER_LEFT:
      return g_strdup_printf ("left %s %s", event->peer,
          reasons[event->reason]);
    case GST_CLASP_ROSTER_OFFER_NEEDED:
      return g_strdup_printf ("offer %s", event->peer);
    case GST_CLASP_ROSTER_RECEIVED:
      return g_strdup_printf ("received %s %s", event->peer,
          signal_text (event->signal));
    case GST_CLASP_ROSTER_SEND:
      return g_strdup_printf ("send %s %s", event->peer,
          signal_text (event->signal));
    case GST_CLASP_ROSTER_ASK:
      return g_strdup_printf ("ask %s", event->peer);
  }
  g_assert_not_reached ();
}

static char *
pop_all (Fixture *f, GstClaspRosterEvent *(*pop) (GstClaspRoster *roster))
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  GstClaspRosterEvent *event;

  while ((event = pop (f->roster)) != NULL) {
    g_ptr_array_add (lines, describe (event));
    gst_clasp_roster_event_free (event);
  }
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("; ", (char **) lines->pdata);
}

static void
assert_told (Fixture *f, const char *expected)
{
  g_autofree char *told = pop_all (f, gst_clasp_roster_pop);

  g_assert_cmpstr (told, ==, expected);
}

static void
assert_sent (Fixture *f, const char *expected)
{
  g_autofree char *sent = pop_all (f, gst_clasp_roster_pop_send);

  g_assert_cmpstr (sent, ==, expected);
}

static void
advance (Fixture *f, double seconds)
{
  f->now += seconds * SECOND;
  gst_clasp_roster_tick (f->roster, f->now);
}

static guint64
dropped_signals (Fixture *f)
{
  GstClaspRosterStats stats;

  gst_clasp_roster_get_stats (f->roster, &stats);
  return stats.dropped_signals;
}

static guint
n_peers (Fixture *f)
{
  GstClaspRosterStats stats;

  gst_clasp_roster_get_stats (f->roster, &stats);
  return stats.n_peers;
}

static void
test_roles (Fixture *f, gconstpointer data)
{
  set (f, LESSER, NULL, 0);
  assert_told (f, "joined a-peer; offer a-peer");
  g_assert_cmpint (gst_clasp_roster_get_deadline (f->roster), ==,
      f->now + times.silence);

  set (f, GREATER, NULL, 0);
  assert_told (f, "joined z-peer");
  g_assert_cmpint (gst_clasp_roster_get_deadline (f->roster), ==,
      f->now + times.offer);
  advance (f, 4.9);
  assert_told (f, "");
  advance (f, 0.1);
  assert_told (f, "offer z-peer");
  advance (f, 6);
  assert_told (f, "");
}

static void
test_offer_in_time (Fixture *f, gconstpointer data)
{
  set (f, GREATER, NULL, 0);
  advance (f, 4);
  hear (f, GREATER, GST_CLASP_SIGNAL_OFFER, "o");
  advance (f, 6);
  assert_told (f, "joined z-peer; received z-peer o");

  /* and so does an offer of ours */
  set (f, "zz-peer", NULL, 0);
  say (f, "zz-peer", GST_CLASP_SIGNAL_OFFER, "mine");
  advance (f, 6);
  assert_told (f, "joined zz-peer");
}

static void
test_updates (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) renamed = presence ("other", NULL);

  set (f, LESSER, NULL, 0);
  assert_told (f, "joined a-peer; offer a-peer");
  set (f, LESSER, NULL, 0);
  assert_told (f, "");
  gst_clasp_roster_presence (f->roster, LESSER, renamed, 0, f->now);
  assert_told (f, "updated a-peer");
  unset (f, LESSER);
  assert_told (f, "left a-peer left");
  unset (f, LESSER);
  assert_told (f, "");
  set (f, LESSER, NULL, 0);
  assert_told (f, "joined a-peer; offer a-peer");
}

static void
test_own_presence (Fixture *f, gconstpointer data)
{
  set (f, SELF, "my-instance", 0);
  set (f, "former-self", "my-instance", 100 * SECOND);
  assert_told (f, "");
  g_assert_cmpuint (n_peers (f), ==, 0);
}

static void
test_bad_presence (Fixture *f, gconstpointer data)
{
  g_autofree char *large = g_strnfill (5000, 'x');
  GVariant *values[] = {
      g_variant_ref_sink (g_variant_new_string ("text")),
      g_variant_ref_sink (g_variant_new_int64 (1)),
      g_variant_ref_sink (g_variant_new ("av", NULL)),
      presence (large, NULL),
  };
  GstClaspRosterStats stats;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    gst_clasp_roster_presence (f->roster, LESSER, values[i], 0, f->now);
    g_variant_unref (values[i]);
  }
  assert_told (f, "");
  gst_clasp_roster_get_stats (f->roster, &stats);
  g_assert_cmpuint (stats.dropped_presence, ==, G_N_ELEMENTS (values));
}

static void
test_stale_presence (Fixture *f, gconstpointer data)
{
  set (f, "a-fresh", NULL, 24 * SECOND);
  assert_told (f, "joined a-fresh; offer a-fresh");
  set (f, "a-dead", NULL, 100 * SECOND);
  assert_told (f, "ask a-dead");
  set (f, "a-live", NULL, 100 * SECOND);
  assert_told (f, "ask a-live");

  gst_clasp_roster_unknown_session (f->roster, "a-dead", f->now);
  gst_clasp_roster_unknown_session (f->roster, "who?", f->now);
  advance (f, 0.4);
  assert_told (f, "");
  advance (f, 0.1);
  assert_told (f, "joined a-live; offer a-live");
  g_assert_cmpuint (n_peers (f), ==, 2);

  /* whoever speaks is alive */
  set (f, "a-talker", NULL, 100 * SECOND);
  hear (f, "a-talker", GST_CLASP_SIGNAL_CANDIDATE, "c");
  assert_told (f, "ask a-talker; joined a-talker; offer a-talker");
}

static void
test_silence (Fixture *f, gconstpointer data)
{
  set (f, LESSER, NULL, 0);
  assert_told (f, "joined a-peer; offer a-peer");
  advance (f, 24);
  assert_told (f, "");
  advance (f, 1);
  assert_told (f, "ask a-peer");
  advance (f, 0.5);
  assert_told (f, "");
  advance (f, 9.9);
  assert_told (f, "");
  advance (f, 0.1);
  assert_told (f, "ask a-peer");
  gst_clasp_roster_unknown_session (f->roster, LESSER, f->now);
  assert_told (f, "left a-peer gone");
}

static void
test_cannot_ask (Fixture *f, gconstpointer data)
{
  set (f, LESSER, NULL, 100 * SECOND);
  assert_told (f, "ask a-peer");
  gst_clasp_roster_stop_asking (f->roster, f->now);
  assert_told (f, "joined a-peer; offer a-peer");
  set (f, "b-peer", NULL, 100 * SECOND);
  assert_told (f, "joined b-peer; offer b-peer");
  advance (f, 100);
  assert_told (f, "");
}

/* Both directions: nothing before the description. */
static void
test_order (Fixture *f, gconstpointer data)
{
  set (f, GREATER, NULL, 0);
  hear (f, GREATER, GST_CLASP_SIGNAL_CANDIDATE, "1");
  hear (f, GREATER, GST_CLASP_SIGNAL_CANDIDATE, "2");
  assert_told (f, "joined z-peer");
  hear (f, GREATER, GST_CLASP_SIGNAL_OFFER, "o");
  hear (f, GREATER, GST_CLASP_SIGNAL_CANDIDATE, "3");
  assert_told (f,
      "received z-peer o; received z-peer 1; received z-peer 2; "
      "received z-peer 3");

  say (f, GREATER, GST_CLASP_SIGNAL_CANDIDATE, "1");
  say (f, GREATER, GST_CLASP_SIGNAL_CANDIDATE, "2");
  assert_sent (f, "");
  say (f, GREATER, GST_CLASP_SIGNAL_ANSWER, "a");
  say (f, GREATER, GST_CLASP_SIGNAL_CANDIDATE, "3");
  assert_sent (f, "send z-peer a; send z-peer 1; send z-peer 2; send z-peer 3");
}

static void
test_stranger (Fixture *f, gconstpointer data)
{
  hear (f, "stranger", GST_CLASP_SIGNAL_CANDIDATE, "1");
  assert_told (f, "");
  hear (f, "stranger", GST_CLASP_SIGNAL_OFFER, "o");
  assert_told (f, "joined stranger; received stranger o; received stranger 1");
  set (f, "stranger", NULL, 0);
  assert_told (f, "updated stranger");

  /* an answer that nobody asked for */
  hear (f, "other", GST_CLASP_SIGNAL_ANSWER, "a");
  assert_told (f, "");
  g_assert_cmpuint (dropped_signals (f), ==, 1);

  /* one that we did ask for */
  say (f, "third", GST_CLASP_SIGNAL_OFFER, "o");
  hear (f, "third", GST_CLASP_SIGNAL_ANSWER, "a");
  assert_told (f, "joined third; received third a");

  /* those that say nothing of use are forgotten */
  hear (f, "fourth", GST_CLASP_SIGNAL_CANDIDATE, "1");
  g_assert_cmpuint (n_peers (f), ==, 4);
  advance (f, 31);
  g_assert_cmpuint (n_peers (f), ==, 2);
}

static void
bid_farewell (Fixture *f, const char *peer)
{
  g_autoptr (GVariant) value = NULL;
  GVariantDict map = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&map, "leaving", "b", TRUE);
  value = g_variant_ref_sink (g_variant_dict_end (&map));
  gst_clasp_roster_presence (f->roster, peer, value, 0, f->now);
}

static void
test_rename (Fixture *f, gconstpointer data)
{
  set (f, LESSER, "i", 0);
  say (f, LESSER, GST_CLASP_SIGNAL_OFFER, "o");
  hear (f, LESSER, GST_CLASP_SIGNAL_ANSWER, "a");
  assert_told (f, "joined a-peer; offer a-peer; received a-peer a");
  assert_sent (f, "send a-peer o");

  set (f, "new-id", "i", 0);
  assert_told (f, "ask a-peer");
  hear (f, "new-id", GST_CLASP_SIGNAL_CANDIDATE, "c");
  assert_told (f, "");
  gst_clasp_roster_unknown_session (f->roster, LESSER, f->now);
  assert_told (f, "renamed a-peer new-id; received new-id c");
  say (f, "new-id", GST_CLASP_SIGNAL_CANDIDATE, "mine");
  assert_sent (f, "send new-id mine");

  unset (f, LESSER); /* its old presence, some time later */
  assert_told (f, "");
  bid_farewell (f, "new-id");
  unset (f, "new-id");
  assert_told (f, "left new-id left");
  g_assert_cmpuint (n_peers (f), ==, 0);
}

/* Everybody can read an instance: it is no proof while its owner lives. */
static void
test_stolen_instance (Fixture *f, gconstpointer data)
{
  set (f, LESSER, "i", 0);
  assert_told (f, "joined a-peer; offer a-peer");
  set (f, "thief", "i", 0);
  hear (f, "thief", GST_CLASP_SIGNAL_OFFER, "o");
  assert_told (f, "ask a-peer");
  advance (f, 0.5);
  assert_told (f, "joined thief; received thief o");
  g_assert_cmpuint (n_peers (f), ==, 2);
}

/* Some relays clear up behind a session that they lost. */
static void
test_absence (Fixture *f, gconstpointer data)
{
  set (f, LESSER, "i", 0);
  bid_farewell (f, LESSER);
  unset (f, LESSER);
  assert_told (f, "joined a-peer; offer a-peer; left a-peer left");
  bid_farewell (f, "nobody");
  g_assert_cmpuint (n_peers (f), ==, 0);

  set (f, LESSER, "i", 0);
  unset (f, LESSER);
  assert_told (f, "joined a-peer; offer a-peer");
  advance (f, 4);
  set (f, "new-id", "i", 0);
  assert_told (f, "renamed a-peer new-id");
  advance (f, 2);
  assert_told (f, "");

  unset (f, "new-id");
  g_assert_cmpint (gst_clasp_roster_get_deadline (f->roster), ==,
      f->now + times.grace);
  advance (f, 5);
  assert_told (f, "left new-id gone");
}

static void
test_null_of_former (Fixture *f, gconstpointer data)
{
  set (f, LESSER, "i", 0);
  set (f, "new-id", "i", 0);
  unset (f, LESSER);
  assert_told (f,
      "joined a-peer; offer a-peer; ask a-peer; renamed a-peer new-id");
}

static void
test_relay_restart (Fixture *f, gconstpointer data)
{
  set (f, "a-ours", "i", 0);
  set (f, "a-page", NULL, 0);
  set (f, "a-lost", "k", 0);
  set (f, "z-page", NULL, 0);
  hear (f, "z-page", GST_CLASP_SIGNAL_OFFER, "o");
  say (f, "a-page", GST_CLASP_SIGNAL_OFFER, "mine");
  g_free (pop_all (f, gst_clasp_roster_pop));
  g_free (pop_all (f, gst_clasp_roster_pop_send));

  gst_clasp_roster_disconnected (f->roster);
  f->now += 60 * SECOND;
  gst_clasp_roster_tick (f->roster, f->now);
  g_assert_cmpint (gst_clasp_roster_get_deadline (f->roster), ==, 0);
  assert_told (f, "");

  gst_clasp_roster_connected (f->roster, "m-self-2", f->now);
  set (f, "a-ours-2", "i", 0);
  gst_clasp_roster_unknown_session (f->roster, "a-ours", f->now);
  set (f, "a-page", NULL, 100 * SECOND);
  set (f, "z-page", NULL, 100 * SECOND);
  /* Pages take us for somebody new. The lesser waits for our offer, the
   * greater will send one: candidates belong to that. */
  assert_told (f, "ask a-ours; renamed a-ours a-ours-2; offer a-page");
  say (f, "a-page", GST_CLASP_SIGNAL_CANDIDATE, "early");
  hear (f, "z-page", GST_CLASP_SIGNAL_CANDIDATE, "early");
  assert_told (f, "");
  assert_sent (f, "");
  hear (f, "z-page", GST_CLASP_SIGNAL_OFFER, "again");
  assert_told (f, "received z-page again; received z-page early");

  advance (f, 29);
  g_free (pop_all (f, gst_clasp_roster_pop));
  advance (f, 1);
  assert_told (f, "left a-lost lost");
}

/* The relay knows it no more, but it may come back until all have settled. */
static void
test_late_return (Fixture *f, gconstpointer data)
{
  set (f, LESSER, "i", 0);
  assert_told (f, "joined a-peer; offer a-peer");
  gst_clasp_roster_disconnected (f->roster);
  gst_clasp_roster_connected (f->roster, "m-self-2", f->now);
  advance (f, 25);
  assert_told (f, "ask a-peer");
  gst_clasp_roster_unknown_session (f->roster, LESSER, f->now);
  assert_told (f, "");
  set (f, "new-id", "i", 0);
  assert_told (f, "renamed a-peer new-id");
  advance (f, 6);
  assert_told (f, "");
}

static void
test_presence_flood (Fixture *f, gconstpointer data)
{
  GstClaspRosterStats stats;
  GstClaspRosterEvent *event;
  guint n_asked = 0;

  for (guint i = 0; i < 10000; i++) {
    g_autofree char *id = g_strdup_printf ("fake-%u", i);

    set (f, id, NULL, 0);
  }
  gst_clasp_roster_get_stats (f->roster, &stats);
  g_assert_cmpuint (stats.n_peers, ==, 1024);
  g_assert_cmpuint (stats.dropped_presence, ==, 10000 - 1024);

  /* The fakes are asked for, a few at a time, and make room. */
  while ((event = gst_clasp_roster_pop (f->roster)) != NULL) {
    if (event->type == GST_CLASP_ROSTER_ASK) {
      n_asked++;
      gst_clasp_roster_unknown_session (f->roster, event->peer, f->now);
    }
    gst_clasp_roster_event_free (event);
  }
  g_assert_cmpuint (n_asked, ==, 1024);
  set (f, LESSER, NULL, 0);
  assert_told (f, "joined a-peer; offer a-peer");
}

static void
test_asks_are_few (Fixture *f, gconstpointer data)
{
  GstClaspRosterEvent *event;
  guint n = 0;

  for (guint i = 0; i < 100; i++) {
    g_autofree char *id = g_strdup_printf ("old-%u", i);

    set (f, id, NULL, 100 * SECOND);
  }
  while ((event = gst_clasp_roster_pop (f->roster)) != NULL) {
    g_assert_cmpint (event->type, ==, GST_CLASP_ROSTER_ASK);
    gst_clasp_roster_event_free (event);
    n++;
  }
  g_assert_cmpuint (n, ==, 16);
  for (guint i = 0; i < 10; i++)
    advance (f, 0.5);
  g_assert_cmpuint (n_peers (f), ==, 100);
  n = 0;
  while ((event = gst_clasp_roster_pop (f->roster)) != NULL) {
    n += event->type == GST_CLASP_ROSTER_JOINED;
    gst_clasp_roster_event_free (event);
  }
  g_assert_cmpuint (n, ==, 100);
}

static void
test_signal_flood (Fixture *f, gconstpointer data)
{
  GstClaspRosterStats stats;
  guint n = 0;
  GstClaspRosterEvent *event;

  for (guint i = 0; i < 1000; i++)
    hear (f, "loud", GST_CLASP_SIGNAL_CANDIDATE, "c");
  gst_clasp_roster_get_stats (f->roster, &stats);
  g_assert_cmpuint (stats.dropped_candidates, ==, 300 - 64);
  g_assert_cmpuint (stats.dropped_signals, ==, 700);

  /* ten units each, thirty a second */
  f->now += 10 * SECOND;
  for (guint i = 0; i < 1000; i++)
    hear (f, "loud", GST_CLASP_SIGNAL_OFFER, "o");
  while ((event = gst_clasp_roster_pop (f->roster)) != NULL) {
    n += event->type == GST_CLASP_ROSTER_RECEIVED &&
        event->signal->type == GST_CLASP_SIGNAL_OFFER;
    gst_clasp_roster_event_free (event);
  }
  g_assert_cmpuint (n, ==, 30);

  /* strangers are few */
  for (guint i = 0; i < 10000; i++) {
    g_autofree char *id = g_strdup_printf ("stranger-%u", i);

    hear (f, id, GST_CLASP_SIGNAL_CANDIDATE, "c");
  }
  g_assert_cmpuint (n_peers (f), <=, 257);
}

static void
test_send_limits (Fixture *f, gconstpointer data)
{
  set (f, LESSER, NULL, 0);
  for (guint i = 0; i < 64; i++)
    g_assert_true (say (f, LESSER, GST_CLASP_SIGNAL_CANDIDATE, "c"));
  g_assert_false (say (f, LESSER, GST_CLASP_SIGNAL_CANDIDATE, "c"));
  g_assert_true (say (f, LESSER, GST_CLASP_SIGNAL_OFFER, "o"));
  g_free (pop_all (f, gst_clasp_roster_pop_send));
  g_assert_true (say (f, LESSER, GST_CLASP_SIGNAL_CANDIDATE, "c"));
  assert_sent (f, "send a-peer c");
}

static void
test_names (void)
{
  static const struct {
    const char *in;
    const char *out;
  } names[] = {
      {"camera", "camera"},
      {"  spaced  ", "spaced"},
      {"K\xc3\xbc"
       "che",
          "K\xc3\xbc"
          "che"},
      {"a\x01\x1b[31mb\r\nc", "a[31mbc"},
      {"\xe2\x80\xae"
       "evil",
          "evil"},
      {"bad\xff", "bad\xef\xbf\xbd"},
      {"", "12345678"},
      {"\n\t", "12345678"},
      {NULL, "12345678"},
  };
  g_autofree char *large = g_strnfill (1000, 'x');
  g_autofree char *cut = gst_clasp_clean_name (large, "id");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *clean = gst_clasp_clean_name (names[i].in, "123456789abc");

    g_assert_cmpstr (clean, ==, names[i].out);
  }
  g_assert_cmpuint (strlen (cut), ==, 64);
}

static void
test_addresses (void)
{
  static const struct {
    const char *room;
    const char *presence_prefix;
    const char *signal_prefix;
    const char *presence; /* NULL: refused */
    const char *signal;
  } rooms[] = {
      {"test", NULL, NULL, "/video/room/test/presence",
          "/video/room/test/signal"},
      {"A-b_9", "/x/{room}/y/{room}/", "/s/{room}", "/x/A-b_9/y/A-b_9",
          "/s/A-b_9"},
      {"test", "/fixed", NULL, "/fixed", "/video/room/test/signal"},
      {"", NULL, NULL, NULL, NULL},
      {NULL, NULL, NULL, NULL, NULL},
      {"a b", NULL, NULL, NULL, NULL},
      {"a/b", NULL, NULL, NULL, NULL},
      {"*", NULL, NULL, NULL, NULL},
      {"caf\xc3\xa9", NULL, NULL, NULL, NULL},
      {"0123456789012345678901234567890123456789012345678901234567890123",
          "/{room}", NULL,
          "/0123456789012345678901234567890123456789012345678901234567890123",
          "/video/room/"
          "0123456789012345678901234567890123456789012345678901234567890123/"
          "signal"},
      {"01234567890123456789012345678901234567890123456789012345678901234",
          NULL, NULL, NULL, NULL},
      {"test", "no-slash", NULL, NULL, NULL},
      {"test", "/a/*/b", NULL, NULL, NULL},
      {"test", "/a//b", NULL, NULL, NULL},
      {"test", "/{rooms}", NULL, NULL, NULL},
      {"test", NULL, "", NULL, NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rooms); i++) {
    g_auto (GstClaspRoom) room = {0};
    g_autoptr (GError) error = NULL;
    gboolean ok =
        gst_clasp_room_init (&room, rooms[i].room, GST_CLASP_PROFILE_VIDEO_ROOM,
            rooms[i].presence_prefix, rooms[i].signal_prefix, &error);

    g_assert_cmpint (ok, ==, rooms[i].presence != NULL);
    g_assert_cmpstr (room.presence, ==, rooms[i].presence);
    g_assert_cmpstr (room.signal, ==, rooms[i].signal);
    if (!ok)
      g_assert_true (clasp_error_is_fatal (error));
  }
}

static void
test_session_of_address (void)
{
  g_auto (GstClaspRoom) room = {0};

  gst_clasp_room_init (&room, "r", GST_CLASP_PROFILE_CHAT, NULL, NULL, NULL);
  g_assert_cmpstr (gst_clasp_room_get_session (&room,
                       "/chat/room/r/video/presence/a:b.c_d-9"),
      ==, "a:b.c_d-9");
  g_assert_null (
      gst_clasp_room_get_session (&room, "/chat/room/r/video/presence/"));
  g_assert_null (
      gst_clasp_room_get_session (&room, "/chat/room/r/video/presence"));
  g_assert_null (
      gst_clasp_room_get_session (&room, "/chat/room/r/video/presence/a/b"));
  g_assert_null (
      gst_clasp_room_get_session (&room, "/chat/room/r/video/presence/a b"));
  g_assert_null (gst_clasp_room_get_session (&room, "/x"));
}

#define ADD(name, func) \
  g_test_add ("/roster/" name, Fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  ADD ("roles", test_roles);
  ADD ("offer-in-time", test_offer_in_time);
  ADD ("updates", test_updates);
  ADD ("own-presence", test_own_presence);
  ADD ("bad-presence", test_bad_presence);
  ADD ("stale-presence", test_stale_presence);
  ADD ("silence", test_silence);
  ADD ("cannot-ask", test_cannot_ask);
  ADD ("order", test_order);
  ADD ("stranger", test_stranger);
  ADD ("rename", test_rename);
  ADD ("stolen-instance", test_stolen_instance);
  ADD ("absence", test_absence);
  ADD ("null-of-former", test_null_of_former);
  ADD ("relay-restart", test_relay_restart);
  ADD ("late-return", test_late_return);
  ADD ("presence-flood", test_presence_flood);
  ADD ("asks-are-few", test_asks_are_few);
  ADD ("signal-flood", test_signal_flood);
  ADD ("send-limits", test_send_limits);
  g_test_add_func ("/roster/names", test_names);
  g_test_add_func ("/roster/addresses", test_addresses);
  g_test_add_func ("/roster/session-of-address", test_session_of_address);
  return g_test_run ();
}
