/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Signallers against an embedded relay in the same process. */

#include "room-fixture.h"

#include <string.h>

#define TOKEN "cpsk_0123456789abcdef0123456789abcdef"
#define WRONG_TOKEN "cpsk_ffffffffffffffffffffffffffffffff"

#define OFFER_JSON                                 \
  "{\"type\":\"offer\",\"from\":\"FROM\",\"sdp\":" \
  "{\"type\":\"offer\",\"sdp\":\"v=0\"}}"
#define CANDIDATE_JSON(n)                                        \
  "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":" \
  "{\"candidate\":\"c" n "\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0}}"

static gboolean
sees (Member *self, Member *other, const char *name)
{
  return member_logged (self, "joined %s %s", other->id, name);
}

static void
test_join_leave (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");
  Member *greater, *lesser;

  member_join (a);
  member_join (b);
  WAIT_FOR (sees (a, b, "viewer") && sees (b, a, "camera"));

  greater = strcmp (a->id, b->id) > 0 ? a : b;
  lesser = greater == a ? b : a;
  g_assert_cmpuint (member_count (greater, "offer-needed %s", lesser->id), ==,
      1);
  g_assert_cmpuint (member_count (lesser, "offer-needed"), ==, 0);

  gst_clasp_signaller_leave (b->signaller);
  WAIT_FOR (member_logged (a, "left %s left", b->id));
  g_assert_cmpuint (member_count (a, "joined"), ==, 1);
  g_assert_cmpuint (member_count (b, "joined"), ==, 1);
  g_assert_cmpuint (member_count (a, "error"), ==, 0);
}

static void
test_three (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "camera");
  g_autoptr (Member) c = member_new (room, "viewer");
  guint offers;

  member_join (a);
  member_join (b);
  member_join (c);
  WAIT_FOR (sees (a, b, "camera") && sees (a, c, "viewer") &&
      sees (b, a, "camera") && sees (b, c, "viewer") && sees (c, a, "camera") &&
      sees (c, b, "camera"));
  offers = member_count (a, "offer-needed") + member_count (b, "offer-needed") +
      member_count (c, "offer-needed");
  g_assert_cmpuint (offers, ==, 3); /* one for each pair */
}

static void
test_update (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");
  g_autoptr (GstStructure) metadata =
      gst_structure_new ("x", "role", G_TYPE_STRING, "tv", NULL);

  member_join (a);
  member_join (b);
  WAIT_FOR (sees (a, b, "viewer"));
  g_object_set (b->signaller, "name", "watcher", NULL);
  WAIT_FOR (member_logged (a, "updated %s watcher", b->id));
  g_object_set (b->signaller, "name", "x\x1b[31my\n", NULL);
  WAIT_FOR (member_logged (a, "updated %s x[31my", b->id));
  g_object_set (b->signaller, "metadata", metadata, NULL);
  WAIT_FOR (member_count (a, "updated") == 3);
}

static GstStructure *
new_metadata (void)
{
  GstStructure *metadata = gst_structure_new ("metadata", "role", G_TYPE_STRING,
      "broadcaster", "audioEnabled", G_TYPE_BOOLEAN, FALSE, "width", G_TYPE_INT,
      640, "rate", G_TYPE_DOUBLE, 29.5, "lastSeen", G_TYPE_INT, 1, "nothing",
      G_TYPE_STRING, NULL, "odd", GST_TYPE_CAPS, NULL, NULL);
  GstStructure *track =
      gst_structure_new ("track", "kind", G_TYPE_STRING, "video", NULL);
  GValue tracks = G_VALUE_INIT;
  GValue item = G_VALUE_INIT;

  g_value_init (&tracks, GST_TYPE_ARRAY);
  g_value_init (&item, GST_TYPE_STRUCTURE);
  g_value_take_boxed (&item, track);
  gst_value_array_append_and_take_value (&tracks, &item);
  gst_structure_take_value (metadata, "tracks", &tracks);
  return metadata;
}

static void
assert_track (GVariant *presence)
{
  g_autoptr (GVariant) tracks =
      g_variant_lookup_value (presence, "tracks", G_VARIANT_TYPE ("av"));
  g_autoptr (GVariant) boxed = NULL;
  g_autoptr (GVariant) track = NULL;

  g_assert_nonnull (tracks);
  g_assert_cmpuint (g_variant_n_children (tracks), ==, 1);
  boxed = g_variant_get_child_value (tracks, 0);
  track = g_variant_get_variant (boxed);
  g_assert_cmpstr (clasp_value_lookup_string (track, "kind"), ==, "video");
}

static void
test_presence_fields (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Page) page = page_new (room);
  g_autoptr (Member) a = member_new (room, "camera");
  GstClaspMembershipTimes times = short_times ();
  g_autoptr (GstStructure) metadata = new_metadata ();
  g_autofree char *instance = NULL;
  double joined, first, seen, width;
  gboolean flag;

  page_watch (page, "/video/room/test/presence/*");
  gst_clasp_signaller_set_times (a->signaller, &times);
  g_object_set (a->signaller, "metadata", metadata, NULL);
  g_object_get (a->signaller, "instance", &instance, NULL);
  member_join (a);
  WAIT_FOR (page->n_seen == 1);

  g_assert_cmpstr (clasp_value_lookup_string (page->seen, "name"), ==,
      "camera");
  g_assert_cmpstr (clasp_value_lookup_string (page->seen, "role"), ==,
      "broadcaster");
  g_assert_cmpstr (clasp_value_lookup_string (page->seen, "instance"), ==,
      instance);
  g_assert_true (
      clasp_value_lookup_boolean (page->seen, "audioEnabled", &flag));
  g_assert_false (flag);
  g_assert_true (
      clasp_value_lookup_boolean (page->seen, "videoEnabled", &flag));
  g_assert_true (flag);
  assert_track (page->seen);
  g_assert_true (clasp_value_lookup_number (page->seen, "width", &width));
  g_assert_cmpfloat (width, ==, 640);
  g_assert_true (clasp_value_lookup_number (page->seen, "joinedAt", &joined));
  g_assert_true (clasp_value_lookup_number (page->seen, "lastSeen", &first));
  g_assert_cmpfloat (ABS (first - g_get_real_time () / 1000), <, 10000);

  /* the heartbeat: only lastSeen goes on */
  WAIT_FOR (page->n_seen == 3);
  clasp_value_lookup_number (page->seen, "lastSeen", &seen);
  g_assert_cmpfloat (seen, >, first);
  clasp_value_lookup_number (page->seen, "joinedAt", &width);
  g_assert_cmpfloat (width, ==, joined);

  gst_clasp_signaller_leave (a->signaller);
  WAIT_FOR (page->seen == NULL || clasp_value_is_null (page->seen));
}

/* The last reference is enough to leave. */
static void
test_drop (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Page) page = page_new (room);
  Member *a = member_new (room, "camera");

  page_watch (page, "/video/room/test/presence/*");
  member_join (a);
  WAIT_FOR (page->n_seen == 1);
  g_signal_handlers_disconnect_by_data (a->signaller, a);
  g_object_add_weak_pointer (G_OBJECT (a->signaller),
      (gpointer *) &a->signaller);
  g_object_unref (a->signaller);
  g_assert_null (a->signaller);
  WAIT_FOR (page->seen == NULL || clasp_value_is_null (page->seen));
  member_free (a);
}

static void
test_rejoin (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");
  g_autofree char *former = NULL;

  member_join (a);
  for (guint i = 0; i < 3; i++) {
    member_join (b);
    g_assert_cmpstr (former, !=, b->id);
    WAIT_FOR (sees (a, b, "viewer"));
    gst_clasp_signaller_leave (b->signaller);
    WAIT_FOR (member_logged (a, "left %s left", b->id));
    g_free (former);
    former = g_strdup (b->id);
  }
  g_assert_cmpuint (member_count (a, "renamed"), ==, 0);
}

/* Pages come until there are some with a greater and some with a lesser id. */
static void
test_offer_timeout (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (GPtrArray) pages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) page_free);
  g_autoptr (Member) a = member_new (room, "camera");
  GstClaspMembershipTimes times = short_times ();
  guint n_greater = 0, n_lesser = 0;
  gint64 start;

  times.roster.silence = times.roster.settle = 60 * G_USEC_PER_SEC;
  gst_clasp_signaller_set_times (a->signaller, &times);
  member_join (a);
  while (n_greater < 2 || n_lesser < 1) {
    Page *page = page_new (room);

    g_ptr_array_add (pages, page);
    page_set_presence (page, NULL, "{\"name\":\"page\"}");
    WAIT_FOR (member_logged (a, "joined %s page", page->id));
    if (strcmp (a->id, page->id) > 0) {
      n_lesser++;
      g_assert_true (member_logged (a, "offer-needed %s", page->id));
    } else if (n_greater++ == 0) {
      page_signal_json (page, a->id, OFFER_JSON); /* this one does it */
    } else {
      start = g_get_monotonic_time ();
      g_assert_false (member_logged (a, "offer-needed %s", page->id));
      WAIT_FOR (member_logged (a, "offer-needed %s", page->id));
      g_assert_cmpint (g_get_monotonic_time () - start, >=, 250 * 1000);
    }
  }
  for (guint i = 0; i < pages->len; i++) {
    Page *page = pages->pdata[i];
    gboolean offered = member_count (a, "offer %s", page->id) > 0;

    g_assert_cmpuint (member_count (a, "offer-needed %s", page->id), ==,
        offered ? 0 : 1);
  }
}

static void
test_offer_before_candidates (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Page) page = page_new (room);
  g_autoptr (GError) error = NULL;
  static const char *const expected[] = {"offer", "ice-candidate",
      "ice-candidate", "ice-candidate"};
  GVariant *value;
  g_autoptr (GVariant) map = NULL;
  double mline;

  member_join (a);
  page_set_presence (page, NULL, "{\"name\":\"page\"}");
  WAIT_FOR (member_logged (a, "joined %s page", page->id));

  gst_clasp_signaller_send_candidate (a->signaller, page->id, 0, "0",
      "candidate:1", &error);
  g_assert_no_error (error);
  gst_clasp_signaller_send_candidate (a->signaller, page->id, 1, NULL,
      "candidate:2", &error);
  g_assert_no_error (error);
  gst_clasp_signaller_send_candidate (a->signaller, page->id, 1, NULL, "",
      &error);
  g_assert_no_error (error);
  gst_clasp_signaller_send_description (a->signaller, page->id, "offer",
      "v=0 sdp", &error);
  g_assert_no_error (error);
  gst_clasp_signaller_send_candidate (a->signaller, page->id, 2, "2",
      "candidate:3", &error);
  g_assert_no_error (error);

  WAIT_FOR (page->signals->len == 4);
  for (guint i = 0; i < 4; i++) {
    value = page->signals->pdata[i];
    g_assert_cmpstr (clasp_value_lookup_string (value, "type"), ==,
        expected[i]);
    g_assert_cmpstr (clasp_value_lookup_string (value, "from"), ==, a->id);
  }
  map = clasp_value_lookup_map (page->signals->pdata[0], "sdp");
  g_assert_cmpstr (clasp_value_lookup_string (map, "type"), ==, "offer");
  g_assert_cmpstr (clasp_value_lookup_string (map, "sdp"), ==, "v=0 sdp");
  g_variant_unref (map);
  map = clasp_value_lookup_map (page->signals->pdata[3], "candidate");
  g_assert_cmpstr (clasp_value_lookup_string (map, "candidate"), ==,
      "candidate:3");
  g_assert_cmpstr (clasp_value_lookup_string (map, "sdpMid"), ==, "2");
  g_assert_true (clasp_value_lookup_number (map, "sdpMLineIndex", &mline));
  g_assert_cmpfloat (mline, ==, 2);
}

static void
test_candidate_overtakes_offer (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Page) page = page_new (room);
  int at;

  member_join (a);
  page_await_member (page, a);
  page_signal_json (page, a->id, CANDIDATE_JSON ("1"));
  page_signal_json (page, a->id, CANDIDATE_JSON ("2"));
  page_signal_json (page, a->id, OFFER_JSON);
  page_signal_json (page, a->id, CANDIDATE_JSON ("3"));
  WAIT_FOR (member_logged (a, "candidate %s 0 0 c3", page->id));

  /* it has no presence: its name is made from its id */
  at = member_count (a, "joined");
  g_assert_cmpint (at, ==, 1);
  g_assert_true (member_logged (a, "joined %s %.8s", page->id, page->id));
  g_assert_cmpuint (a->log->len, ==, 5);
  g_assert_true (g_str_has_prefix (a->log->pdata[1], "offer "));
  g_assert_true (g_str_has_suffix (a->log->pdata[2], "c1"));
  g_assert_true (g_str_has_suffix (a->log->pdata[3], "c2"));
  g_assert_true (g_str_has_suffix (a->log->pdata[4], "c3"));
}

static void
test_negotiation (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");

  member_join (a);
  member_join (b);
  WAIT_FOR (sees (a, b, "viewer") && sees (b, a, "camera"));
  for (guint i = 0; i < 2; i++) { /* a later offer is one more */
    g_autofree char *offer = g_strdup_printf ("v=%u", i);
    g_autofree char *answer = g_strdup_printf ("w=%u", i);

    gst_clasp_signaller_send_description (a->signaller, b->id, "offer", offer,
        NULL);
    WAIT_FOR (member_logged (b, "offer %s %s", a->id, offer));
    gst_clasp_signaller_send_description (b->signaller, a->id, "answer", answer,
        NULL);
    WAIT_FOR (member_logged (a, "answer %s %s", b->id, answer));
  }
}

static void
test_send_errors (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (GError) error = NULL;

  g_assert_false (gst_clasp_signaller_send_description (a->signaller, "peer",
      "offer", "v=0", &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED);
  g_clear_error (&error);
  gst_clasp_signaller_join (a->signaller);
  g_assert_false (gst_clasp_signaller_send_candidate (a->signaller, "peer", 0,
      NULL, "candidate:1", &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED);
  g_clear_error (&error);
  WAIT_FOR (a->id != NULL);
  g_assert_false (gst_clasp_signaller_send_description (a->signaller, "a/b",
      "offer", "v=0", &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS);
  g_clear_error (&error);
  g_assert_false (gst_clasp_signaller_send_description (a->signaller, "peer",
      "ice-candidate", "v=0", &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_FAILED);
}

/* The relay comes back without any memory: sessions change, peers do not. */
static void
test_relay_restart (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");
  g_autoptr (Page) page = page_new (room);
  g_autofree char *former_a = NULL;
  g_autofree char *former_b = NULL;
  GstClaspMembershipTimes times = short_times ();
  guint offers;

  gst_clasp_signaller_set_times (a->signaller, &times);
  gst_clasp_signaller_set_times (b->signaller, &times);
  member_join (a);
  member_join (b);
  page_set_presence (page, NULL, "{\"name\":\"page\"}");
  WAIT_FOR (sees (a, b, "viewer") && sees (b, a, "camera") &&
      member_logged (a, "joined %s page", page->id));
  gst_clasp_signaller_send_description (a->signaller, b->id, "offer", "v=0",
      NULL);
  WAIT_FOR (member_logged (b, "offer %s v=0", a->id));
  gst_clasp_signaller_send_description (b->signaller, a->id, "answer", "w=0",
      NULL);
  WAIT_FOR (member_logged (a, "answer %s w=0", b->id));
  former_a = g_steal_pointer (&a->id);
  former_b = g_steal_pointer (&b->id);
  offers = member_count (a, "offer-needed %s", former_b) +
      member_count (b, "offer-needed %s", former_a);

  clasp_client_disconnect (page->client); /* pages stay away */
  room_restart_relay (room);
  WAIT_FOR (a->id != NULL && b->id != NULL);
  WAIT_FOR (member_logged (a, "renamed %s %s", former_b, b->id));
  WAIT_FOR (member_logged (b, "renamed %s %s", former_a, a->id));

  /* candidates may still flow, in either direction */
  gst_clasp_signaller_send_candidate (a->signaller, b->id, 0, "0",
      "candidate:9", NULL);
  WAIT_FOR (member_logged (b, "candidate %s 0 0 candidate:9", a->id));
  WAIT_FOR (member_logged (a, "left %s lost", page->id));
  g_assert_cmpuint (member_count (a, "left"), ==, 1);
  g_assert_cmpuint (member_count (b, "left %s", former_a), ==, 0);
  g_assert_cmpuint (member_count (a, "joined %s", b->id), ==, 0);
  g_assert_cmpuint (member_count (b, "joined %s", a->id), ==, 0);
  g_assert_cmpuint (offers, <=, 1);
  g_assert_cmpuint (member_count (a, "offer-needed %s", b->id) +
          member_count (b, "offer-needed %s", a->id),
      ==, 0);
}

/* Only our own connection is lost: a page stays where it is, takes us for
 * somebody new, and our old presence goes a little later. */
static void
test_own_reconnect (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");
  g_autoptr (Page) page = page_new (room);
  g_autoptr (ClaspClient) client = NULL;
  g_autofree char *former = NULL;
  GstClaspMembershipTimes times = short_times ();

  gst_clasp_signaller_set_times (a->signaller, &times);
  member_join (a);
  member_join (b);
  page_set_presence (page, NULL, "{\"name\":\"page\"}");
  WAIT_FOR (
      sees (b, a, "camera") && member_logged (a, "joined %s page", page->id));
  WAIT_FOR (member_count (a, "offer-needed %s", page->id) == 1);
  page_await_member (page, a);

  former = g_steal_pointer (&a->id);
  g_object_get (a->signaller, "client", &client, NULL);
  clasp_client_disconnect (client);
  clasp_client_connect_async (client, NULL, NULL, NULL);
  WAIT_FOR (a->id != NULL);
  WAIT_FOR (member_logged (b, "renamed %s %s", former, a->id));
  WAIT_FOR (member_count (a, "offer-needed %s", page->id) == 2);
  WAIT_FOR (clasp_value_is_null (page->seen));
  g_assert_cmpuint (member_count (b, "left"), ==, 0);
  g_assert_cmpuint (member_count (a, "left"), ==, 0);
}

/* What lies around at the relay is no proof. */
static void
test_dead_presence (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Page) page = page_new (room);
  g_autoptr (Member) a = member_new (room, "camera");
  GstClaspMembershipTimes times = short_times ();

  page_set_presence (page, "00000000-dead", "{\"name\":\"dead\"}");
  page_set_presence (page, "ffffffff-dead", "{\"name\":\"dead\"}");
  page_set_presence (page, NULL, "{\"name\":\"page\"}");
  times.roster.silence = 0;
  gst_clasp_signaller_set_times (a->signaller, &times);
  member_join (a);
  WAIT_FOR (member_logged (a, "joined %s page", page->id));
  g_assert_cmpuint (member_count (a, "joined"), ==, 1);
  g_assert_cmpuint (member_get_stat (a, "peers"), ==, 1);
  g_assert_cmpuint (member_count (a, "error"), ==, 0);
}

/* A page that goes without a word, and one that stays without a word. The relay
 * does not clear up what somebody else has set. */
static void
test_silent_page (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Page) stays = page_new (room);
  g_autoptr (Page) goes = page_new (room);
  g_autoptr (Member) a = member_new (room, "camera");
  GstClaspMembershipTimes times = short_times ();

  gst_clasp_signaller_set_times (a->signaller, &times);
  member_join (a);
  page_set_presence (stays, NULL, "{\"name\":\"page\"}");
  page_set_presence (stays, goes->id, "{\"name\":\"page\"}");
  WAIT_FOR (member_count (a, "joined") == 2);
  clasp_client_disconnect (goes->client);
  WAIT_FOR (member_logged (a, "left %s gone", goes->id));
  g_assert_cmpuint (member_count (a, "left"), ==, 1);
}

static const char *const hostile_signals[] = {
    "null",
    "1",
    "\"text\"",
    "[]",
    "{}",
    "{\"type\":\"offer\"}",
    "{\"type\":\"offer\",\"from\":\"FROM\"}",
    "{\"type\":\"offer\",\"from\":\"FROM\",\"sdp\":7}",
    "{\"type\":\"offer\",\"from\":\"FROM\",\"sdp\":{}}",
    "{\"type\":\"offer\",\"from\":\"FROM\",\"sdp\":{\"sdp\":[]}}",
    "{\"type\":\"offer\",\"from\":\"\",\"sdp\":\"v=0\"}",
    "{\"type\":\"offer\",\"from\":null,\"sdp\":\"v=0\"}",
    "{\"type\":\"offer\",\"from\":\"a/b\",\"sdp\":\"v=0\"}",
    "{\"type\":\"offer\",\"from\":\"a b\",\"sdp\":\"v=0\"}",
    "{\"type\":\"offer\",\"from\":\"*\",\"sdp\":\"v=0\"}",
    "{\"type\":\"offer\",\"from\":"
    "\"01234567890123456789012345678901234567890123456789012345678901234\","
    "\"sdp\":\"v=0\"}",
    "{\"type\":\"bye\",\"from\":\"FROM\"}",
    "{\"type\":7,\"from\":\"FROM\"}",
    "{\"type\":\"answer\",\"from\":\"FROM\",\"sdp\":\"v=0\"}",
    "{\"type\":\"ice-candidate\",\"from\":\"FROM\"}",
    "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":\"text\"}",
    "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":{}}",
    "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":"
    "{\"candidate\":\"\",\"sdpMid\":\"0\"}}",
    "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":"
    "{\"candidate\":\"c\",\"sdpMid\":\"a b\"}}",
    "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":"
    "{\"candidate\":\"c\",\"sdpMLineIndex\":-1}}",
    "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":"
    "{\"candidate\":\"c\",\"sdpMLineIndex\":0.5}}",
    "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":"
    "{\"candidate\":\"c\",\"sdpMLineIndex\":1e300}}",
};

static void
test_hostile_signals (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Page) page = page_new (room);
  g_autoptr (Page) honest = page_new (room);
  g_autofree char *large = g_strnfill (60000, 'x');
  g_autofree char *long_candidate = g_strdup_printf (
      "{\"type\":\"ice-candidate\",\"from\":\"FROM\",\"candidate\":"
      "{\"candidate\":\"%s\"}}",
      large);
  g_autofree char *spoofed = NULL;

  member_join (a);
  page_await_member (page, a);
  for (guint i = 0; i < G_N_ELEMENTS (hostile_signals); i++)
    page_signal_json (page, a->id, hostile_signals[i]);
  page_signal_json (page, a->id, long_candidate);
  spoofed =
      g_strdup_printf ("{\"type\":\"offer\",\"from\":\"%s\",\"sdp\":\"v=0\"}",
          a->id);
  page_signal_json (page, a->id, spoofed);
  page_signal_json (page, a->id, OFFER_JSON);
  WAIT_FOR (member_count (a, "offer %s", page->id) == 1);
  /* nothing else was told */
  g_assert_cmpuint (a->log->len, ==, 2);
  g_assert_cmpuint (member_get_stat (a, "dropped-signals"), >=, 20);

  page_signal_json (honest, a->id, OFFER_JSON);
  WAIT_FOR (member_count (a, "offer %s", honest->id) == 1);
}

static void
test_hostile_presence (void)
{
  static const char *const values[] = {"1", "\"text\"", "[1,2]", "{\"name\":7}",
      "{\"name\":\"a\\nb\\u0007c\"}", "{}",
      "{\"name\":\"x\",\"lastSeen\":\"y\",\"joinedAt\":{},\"instance\":[]}"};
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Page) page = page_new (room);
  g_autoptr (Page) honest = page_new (room);
  g_autofree char *large = g_strnfill (6000, 'x');
  g_autofree char *long_name = g_strdup_printf ("{\"name\":\"%s\"}", large);

  member_join (a);
  page_await_member (page, a);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    page_set_presence (page, NULL, values[i]);
  page_set_presence (page, NULL, long_name);
  page_set_presence (page, "a b", "{\"name\":\"no id\"}");
  page_set_presence (page, "a:b.c", "{\"name\":\"odd id\"}");
  page_set_presence (honest, NULL, "{\"name\":\"honest\"}");
  WAIT_FOR (member_logged (a, "joined a:b.c odd id") &&
      member_logged (a, "joined %s honest", honest->id));
  g_assert_true (member_logged (a, "joined %s %.8s", page->id, page->id));
  g_assert_true (member_logged (a, "updated %s abc", page->id));
  g_assert_cmpuint (member_count (a, "joined"), ==, 3);
  g_assert_cmpuint (member_get_stat (a, "dropped-presence"), ==, 4);
}

/* Ten thousand fakes; a real peer still gets in. */
static void
test_presence_flood (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");
  g_autoptr (Page) page = page_new (room);
  GstClaspMembershipTimes times = short_times ();

  gst_clasp_signaller_set_times (b->signaller, &times);
  member_join (a);
  for (guint i = 0; i < 10000; i++) {
    g_autofree char *id = g_strdup_printf ("fake-%u", i);

    page_set_presence (page, id, "{\"name\":\"fake\"}");
    if (i % 100 == 0)
      WAIT_FOR (!g_main_context_iteration (NULL, FALSE));
    g_assert_cmpuint (member_get_stat (a, "peers"), <=, 1024);
  }
  member_join (b);
  WAIT_FOR (sees (a, b, "viewer"));
  g_assert_cmpuint (member_get_stat (a, "peers"), <=, 1024);
  g_assert_cmpuint (member_get_stat (a, "dropped-presence"), >, 0);
}

static void
test_profiles (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Page) page = page_new (room);
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");
  g_autoptr (Member) c = member_new (room, "elsewhere");

  page_watch (page, "/chat/room/test/video/presence/*");
  g_object_set (a->signaller, "profile", GST_CLASP_PROFILE_CHAT, NULL);
  g_object_set (b->signaller, "presence-prefix",
      "/chat/room/{room}/video/presence", "signal-prefix",
      "/chat/room/{room}/video/signal", NULL);
  g_object_set (c->signaller, "room", "other", "profile",
      GST_CLASP_PROFILE_CHAT, NULL);
  member_join (c);
  member_join (a);
  member_join (b);
  WAIT_FOR (sees (a, b, "viewer") && sees (b, a, "camera"));
  WAIT_FOR (page->n_seen == 2);
  gst_clasp_signaller_send_description (a->signaller, b->id, "offer", "v=0",
      NULL);
  WAIT_FOR (member_logged (b, "offer %s v=0", a->id));
  g_assert_cmpuint (c->log->len, ==, 0);
}

static void
assert_failed (Member *a)
{
  GstClaspSignallerState state;

  WAIT_FOR (a->error != NULL);
  g_assert_true (clasp_error_is_fatal (a->error));
  g_object_get (a->signaller, "state", &state, NULL);
  g_assert_cmpint (state, ==, GST_CLASP_SIGNALLER_FAILED);
  g_assert_cmpuint (a->log->len, ==, 1);
}

static void
test_bad_configuration (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) bad_room = member_new (room, "x");
  g_autoptr (Member) bad_url = member_new (room, "x");
  g_autoptr (Member) bad_token = member_new (room, "x");

  g_object_set (bad_room->signaller, "room", "a room", NULL);
  gst_clasp_signaller_join (bad_room->signaller);
  assert_failed (bad_room);
  g_assert_nonnull (strstr (bad_room->error->message, "a room"));

  g_object_set (bad_url->signaller, "relay-url", "http:/nonsense", NULL);
  gst_clasp_signaller_join (bad_url->signaller);
  assert_failed (bad_url);

  room_stop_relay (room);
  room_start_relay (room, 0, TOKEN);
  g_object_set (bad_token->signaller, "relay-url", room->url, "token",
      WRONG_TOKEN, NULL);
  gst_clasp_signaller_join (bad_token->signaller);
  assert_failed (bad_token);
  g_assert_null (strstr (bad_token->error->message, WRONG_TOKEN));

  /* what was wrong can be put right */
  g_object_set (bad_token->signaller, "token", TOKEN, NULL);
  member_join (bad_token);
  g_object_set (bad_room->signaller, "relay-url", room->url, "token", TOKEN,
      "room", "test", NULL);
  member_join (bad_room);
}

/* The relay is not there yet. */
static void
test_late_relay (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  guint port = room_stop_relay (room);

  gst_clasp_signaller_join (a->signaller);
  WAIT_FOR (a->error != NULL);
  g_assert_false (clasp_error_is_fatal (a->error));
  room_start_relay (room, port, NULL);
  WAIT_FOR (a->id != NULL);
}

static void
leave_at_once (GstClaspSignaller *signaller, const char *peer, const char *name,
    GVariant *presence, Member *self)
{
  gst_clasp_signaller_leave (signaller);
}

static void
drop_at_once (GstClaspSignaller *signaller, const char *peer, const char *name,
    GVariant *presence, Member *self)
{
  g_signal_handlers_disconnect_by_data (self->signaller, self);
  g_clear_object (&self->signaller);
}

/* A handler may do what it likes. */
static void
test_leave_in_handler (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "leaver");
  g_autoptr (Member) b = member_new (room, "dropper");
  g_autoptr (Member) c = member_new (room, "stayer");

  g_signal_connect (a->signaller, "peer-joined", G_CALLBACK (leave_at_once), a);
  g_signal_connect (b->signaller, "peer-joined", G_CALLBACK (drop_at_once), b);
  member_join (a);
  member_join (c);
  WAIT_FOR (member_logged (c, "left %s left", a->id));
  member_join (b);
  WAIT_FOR (member_logged (c, "left %s left", b->id));
  g_assert_null (b->signaller);
  g_assert_cmpuint (member_count (a, "offer-needed"), ==, 0);
}

static gpointer
drop_in_thread (gpointer signaller)
{
  g_autofree char *session = NULL;
  g_autoptr (GstStructure) stats = NULL;

  g_object_get (signaller, "session", &session, "stats", &stats, NULL);
  g_assert_nonnull (session);
  g_object_set (signaller, "name", "from a thread", NULL);
  g_object_unref (signaller);
  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr (Room) room = room_new ();
  g_autoptr (Member) a = member_new (room, "camera");
  g_autoptr (Member) b = member_new (room, "viewer");

  member_join (a);
  member_join (b);
  WAIT_FOR (sees (a, b, "viewer"));
  g_signal_handlers_disconnect_by_data (b->signaller, b);
  g_thread_join (
      g_thread_new ("drop", drop_in_thread, g_steal_pointer (&b->signaller)));
  WAIT_FOR (member_logged (a, "left %s left", b->id));
}

typedef struct {
  Room *room;
  ClaspIoThread *thread;
  GstClaspSignaller *signaller;
  gint joined; /* atomic */
} Remote;

static void
on_remote_state (GstClaspSignaller *signaller, GstClaspSignallerState state,
    Remote *remote)
{
  if (state != GST_CLASP_SIGNALLER_JOINED)
    return;
  g_atomic_int_set (&remote->joined, 1);
  g_main_context_wakeup (NULL);
}

static gboolean
join_remote (gpointer data)
{
  Remote *remote = data;

  remote->signaller = gst_clasp_signaller_new ();
  g_object_set (remote->signaller, "relay-url", remote->room->url, NULL);
  g_signal_connect (remote->signaller, "state-changed",
      G_CALLBACK (on_remote_state), remote);
  gst_clasp_signaller_join (remote->signaller);
  return G_SOURCE_REMOVE;
}

static gboolean
leave_remote (gpointer data)
{
  gst_clasp_signaller_leave (((Remote *) data)->signaller);
  return G_SOURCE_REMOVE;
}

static gpointer
stop_remote (gpointer data)
{
  Remote *remote = data;

  clasp_io_thread_call (remote->thread, leave_remote, remote);
  gst_clasp_signaller_wait_left (remote->signaller);
  clasp_io_thread_stop (remote->thread);
  g_atomic_int_set (&remote->joined, 0);
  g_main_context_wakeup (NULL);
  return NULL;
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (folder != NULL && g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

/* As elements do it: the thread ends right after, and yet the relay knows, and
 * nothing stays open. */
static void
test_wait_left (void)
{
  g_autoptr (Room) room = room_new ();
  guint n_open = 0;

  for (guint i = 0; i < 20; i++) {
    g_autoptr (Page) page = page_new (room);
    g_autofree char *session = NULL;
    g_autofree char *address = NULL;
    Remote remote = {.room = room};
    GThread *stopper;

    remote.thread = clasp_io_thread_new ("remote");
    clasp_io_thread_invoke (remote.thread, join_remote, &remote, NULL);
    WAIT_FOR (g_atomic_int_get (&remote.joined));
    g_object_get (remote.signaller, "session", &session, NULL);
    address = g_strdup_printf ("/video/room/test/presence/%s", session);
    page_watch (page, address);
    WAIT_FOR (page->seen != NULL);

    stopper = g_thread_new ("stop", stop_remote, &remote);
    WAIT_FOR (!g_atomic_int_get (&remote.joined));
    g_thread_join (stopper);
    g_object_unref (remote.signaller);
    g_object_unref (remote.thread);
    WAIT_FOR (clasp_value_is_null (page->seen));
    g_clear_pointer (&page, page_free);
    if (i == 0)
      n_open = count_descriptors ();
  }
  WAIT_FOR (count_descriptors () <= n_open);
}

#define ADD(name, func) g_test_add_func ("/signaller/" name, func)

int
main (int argc, char **argv)
{
  g_autofree char *why_not = NULL;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  if (room_uses_engine () && !relay_process_available (&why_not)) {
    g_print ("1..0 # SKIP %s\n", why_not);
    return 77;
  }
  ADD ("join-leave", test_join_leave);
  ADD ("three", test_three);
  ADD ("update", test_update);
  ADD ("presence-fields", test_presence_fields);
  ADD ("drop", test_drop);
  ADD ("rejoin", test_rejoin);
  ADD ("offer-timeout", test_offer_timeout);
  ADD ("offer-before-candidates", test_offer_before_candidates);
  ADD ("candidate-overtakes-offer", test_candidate_overtakes_offer);
  ADD ("negotiation", test_negotiation);
  ADD ("send-errors", test_send_errors);
  ADD ("relay-restart", test_relay_restart);
  ADD ("own-reconnect", test_own_reconnect);
  ADD ("dead-presence", test_dead_presence);
  ADD ("silent-page", test_silent_page);
  ADD ("hostile-signals", test_hostile_signals);
  ADD ("hostile-presence", test_hostile_presence);
  ADD ("presence-flood", test_presence_flood);
  ADD ("profiles", test_profiles);
  ADD ("bad-configuration", test_bad_configuration);
  if (!room_uses_engine ()) /* it chooses its port itself */
    ADD ("late-relay", test_late_relay);
  ADD ("leave-in-handler", test_leave_in_handler);
  ADD ("other-thread", test_other_thread);
  ADD ("wait-left", test_wait_left);
  return g_test_run ();
}
