/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* A room full of peers that do anything: every three bytes are one thing that
 * happens (what, who, detail). What the owner is told has to make sense. */

#include "clasp/gstclasproster-private.h"
#include "fuzz.h"

#define N_IDS 16
#define MAX_PEERS 1024

typedef struct {
  GstClaspRoster *roster;
  GHashTable *present; /* ids that the owner knows */
  GHashTable *talking; /* of these, those that sent a description */
  GHashTable *told;    /* ids that we sent one */
  gint64 now;
  guint n_sessions;
} Room;

static void
forget (Room *room, const char *id)
{
  g_assert_true (g_hash_table_remove (room->present, id));
  g_hash_table_remove (room->talking, id);
}

static void
check_event (Room *room, const GstClaspRosterEvent *event)
{
  gboolean present = g_hash_table_contains (room->present, event->peer);

  switch (event->type) {
    case GST_CLASP_ROSTER_JOINED:
      g_assert_true (g_hash_table_add (room->present, g_strdup (event->peer)));
      g_assert_true (g_utf8_validate (event->name, -1, NULL));
      break;
    case GST_CLASP_ROSTER_LEFT:
      forget (room, event->peer);
      break;
    case GST_CLASP_ROSTER_RENAMED:
      g_assert_false (present);
      if (g_hash_table_contains (room->talking, event->other))
        g_hash_table_add (room->talking, g_strdup (event->peer));
      if (g_hash_table_contains (room->told, event->other))
        g_hash_table_add (room->told, g_strdup (event->peer));
      forget (room, event->other);
      g_hash_table_add (room->present, g_strdup (event->peer));
      break;
    case GST_CLASP_ROSTER_UPDATED:
    case GST_CLASP_ROSTER_OFFER_NEEDED:
      g_assert_true (present);
      break;
    case GST_CLASP_ROSTER_RECEIVED:
      g_assert_true (present);
      if (event->signal->type != GST_CLASP_SIGNAL_CANDIDATE)
        g_hash_table_add (room->talking, g_strdup (event->peer));
      g_assert_true (g_hash_table_contains (room->talking, event->peer));
      break;
    case GST_CLASP_ROSTER_ASK:
      break;
    case GST_CLASP_ROSTER_SEND:
      g_assert_not_reached ();
  }
}

static void
check_send (Room *room, const GstClaspRosterEvent *event)
{
  if (event->signal->type != GST_CLASP_SIGNAL_CANDIDATE)
    g_hash_table_add (room->told, g_strdup (event->peer));
  g_assert_true (g_hash_table_contains (room->told, event->peer));
}

static void
drain (Room *room)
{
  GstClaspRosterStats stats;
  GstClaspRosterEvent *event;

  while ((event = gst_clasp_roster_pop (room->roster)) != NULL) {
    check_event (room, event);
    gst_clasp_roster_event_free (event);
  }
  while ((event = gst_clasp_roster_pop_send (room->roster)) != NULL) {
    check_send (room, event);
    gst_clasp_roster_event_free (event);
  }
  gst_clasp_roster_get_stats (room->roster, &stats);
  g_assert_cmpuint (stats.n_peers, <=, MAX_PEERS);
  g_assert_cmpuint (stats.n_peers, >=, g_hash_table_size (room->present));
}

static void
set_presence (Room *room, const char *id, guint8 detail)
{
  g_autoptr (GVariant) value = NULL;
  GVariantDict map = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&map, "name", "s", detail & 1 ? "a" : "b");
  if (detail & 2) {
    g_autofree char *instance = g_strdup_printf ("%u", (detail >> 2) & 3);

    g_variant_dict_insert (&map, "instance", "s", instance);
  }
  if ((detail & 0x70) == 0x70)
    g_variant_dict_insert (&map, "leaving", "b", TRUE);
  value = g_variant_ref_sink (g_variant_dict_end (&map));
  gst_clasp_roster_presence (room->roster, id, value,
      detail & 0x80 ? 100 * G_USEC_PER_SEC : 0, room->now);
}

static GstClaspSignal *
new_signal (guint8 detail)
{
  GstClaspSignal *signal = g_new0 (GstClaspSignal, 1);

  signal->type = detail % 3;
  if (signal->type == GST_CLASP_SIGNAL_CANDIDATE)
    signal->candidate = g_strdup ("c");
  else
    signal->sdp = g_strdup ("v=0");
  return signal;
}

static void
receive (Room *room, const char *id, guint8 detail)
{
  g_autoptr (GstClaspSignal) signal = new_signal (detail);
  g_autoptr (GVariant) value =
      g_variant_ref_sink (gst_clasp_signal_to_value (signal, id));

  gst_clasp_roster_signal (room->roster, value, room->now);
}

static void
connect_again (Room *room)
{
  g_autofree char *session = g_strdup_printf ("%u-self", room->n_sessions++);

  gst_clasp_roster_connected (room->roster, session, room->now);
}

static void
step (Room *room, guint8 what, guint8 who, guint8 detail)
{
  g_autofree char *id = g_strdup_printf ("%x-peer", who % N_IDS);

  switch (what % 9) {
    case 0:
      set_presence (room, id, detail);
      break;
    case 1:
      gst_clasp_roster_presence (room->roster, id, NULL, 0, room->now);
      break;
    case 2:
      receive (room, id, detail);
      break;
    case 3:
      gst_clasp_roster_send (room->roster, id, new_signal (detail), room->now,
          NULL);
      break;
    case 4:
      gst_clasp_roster_unknown_session (room->roster, id, room->now);
      break;
    case 5:
      room->now += detail * (G_USEC_PER_SEC / 8);
      gst_clasp_roster_tick (room->roster, room->now);
      break;
    case 6:
      gst_clasp_roster_disconnected (room->roster);
      connect_again (room);
      break;
    case 7:
      gst_clasp_roster_stop_asking (room->roster, room->now);
      break;
    case 8:
      room->now = MAX (room->now, gst_clasp_roster_get_deadline (room->roster));
      gst_clasp_roster_tick (room->roster, room->now);
      break;
  }
}

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const GstClaspRosterTimes times = {
      .offer = 5 * G_USEC_PER_SEC,
      .silence = 25 * G_USEC_PER_SEC,
      .ask = 10 * G_USEC_PER_SEC,
      .answer = G_USEC_PER_SEC / 2,
      .settle = 30 * G_USEC_PER_SEC,
      .grace = 5 * G_USEC_PER_SEC,
  };
  Room room = {.now = G_USEC_PER_SEC};

  room.roster = gst_clasp_roster_new ("me", &times);
  room.present = new_set ();
  room.talking = new_set ();
  room.told = new_set ();
  connect_again (&room);
  for (; size >= 3; data += 3, size -= 3) {
    step (&room, data[0], data[1], data[2]);
    drain (&room);
  }
  gst_clasp_roster_free (room.roster);
  g_hash_table_unref (room.present);
  g_hash_table_unref (room.talking);
  g_hash_table_unref (room.told);
  return 0;
}
