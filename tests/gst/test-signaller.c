/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Signallers against an embedded relay in the same process. */

#include "room-fixture.h"

#include <string.h>

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

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signaller/join-leave", test_join_leave);
  return g_test_run ();
}
