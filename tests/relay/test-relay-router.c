/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The logic of the relay, without a socket. */

#include "router-fixture.h"
#include <string.h>

static void
test_handshake (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_new (net);
  g_autoptr (Peer) b = peer_new (net);

  g_assert_cmpuint (clasp_relay_router_get_n_sessions (net->router), ==, 0);
  peer_send (a, clasp_message_new_hello ("a", 0xe0, "unused token"));
  peer_assert (a, "WELCOME test relay; SNAPSHOT");
  peer_send (b, clasp_message_new_hello ("b", 0xe0, NULL));
  peer_assert (b, "WELCOME test relay; SNAPSHOT");

  g_assert_true (g_uuid_string_is_valid (a->session));
  g_assert_cmpstr (a->session, !=, b->session);
  g_assert_cmpuint (clasp_relay_router_get_n_sessions (net->router), ==, 2);

  /* a second HELLO changes nothing */
  peer_send (a, clasp_message_new_hello ("again", 0xe0, NULL));
  peer_assert (a, "ERROR 400");
  g_assert_cmpuint (clasp_relay_router_get_n_sessions (net->router), ==, 2);
  g_assert_cmpuint (a->close_code, ==, 0);
}

static void
test_welcome_time (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_new (net);
  g_autoptr (ClaspMessage) welcome = NULL;
  guint64 time;

  net_pass (net, 1234);
  peer_send (a, clasp_message_new_hello ("a", 0xe0, NULL));
  welcome = clasp_message_decode (g_ptr_array_index (a->frames, 0), NULL);
  g_assert_true (clasp_message_get_timestamp (welcome, &time));
  g_assert_cmpuint (time, ==, net->now.wall_us);
}

static void
test_token (void)
{
  const struct {
    const char *token;
    gboolean accepted;
    const char *reason;
  } cases[] = {
      {NULL, FALSE, "Authentication required"},
      {"", FALSE, "Authentication required"},
      {"cpsk_right", TRUE, NULL},
      {"cpsk_wrong", FALSE, "Invalid token"},
      {"cpsk_righ", FALSE, "Invalid token"},
      {"cpsk_rightcpsk_right", FALSE, "Invalid token"},
  };
  ClaspRelayRouterConfig config = net_config;

  config.token = "cpsk_right";
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Net) net = net_new (&config);
    g_autoptr (Peer) a = peer_new (net);

    peer_send (a, clasp_message_new_hello ("a", 0xe0, cases[i].token));
    if (cases[i].accepted) {
      peer_assert (a, "WELCOME test relay; SNAPSHOT");
      continue;
    }
    peer_assert (a, "ERROR 300");
    g_assert_cmpuint (a->close_code, ==, 1008);
    g_assert_cmpstr (a->close_reason, ==, cases[i].reason);

    /* nothing gets through afterwards */
    peer_send (a, clasp_message_new_hello ("a", 0xe0, "cpsk_right"));
    peer_set (a, "/a", 1);
    peer_assert (a, "");
    g_assert_cmpuint (clasp_relay_router_get_n_sessions (net->router), ==, 0);
  }
}

static void
test_set (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);
  g_autoptr (Peer) c = peer_join (net);

  peer_subscribe (a, 1, "/a");
  peer_subscribe (b, 1, "/*");
  peer_set (a, "/a", 1);
  peer_assert (a, "SET /a=1 r1; ACK /a r1"); /* echo first */
  peer_assert (b, "SET /a=1 r1");
  peer_assert (c, "");

  peer_set (c, "/a", 2);
  peer_assert (a, "SET /a=2 r2");
  peer_assert (c, "ACK /a r2");

  peer_send (c, clasp_message_new_set ("/a", clasp_value_new_null ()));
  peer_assert (a, "SET /a=null r3");
  peer_assert (b, "SET /a=2 r2; SET /a=null r3");
  peer_assert (c, "ACK /a r3");
}

static void
test_set_refused (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);

  peer_subscribe (b, 1, "/**");
  peer_send (a,
      clasp_message_new_set_full ("/a", g_variant_new_double (1),
          CLASP_SET_LOCK, 0, 0));
  peer_send (b, clasp_message_new_set ("/a", g_variant_new_double (2)));
  peer_send (a,
      clasp_message_new_set_full ("/a", g_variant_new_double (3),
          CLASP_SET_REVISION, 9, 0));
  peer_assert (a, "ACK /a r1; ERROR 400 /a");
  peer_assert (b, "SET /a=1 r1; ERROR 400 /a");

  /* an address without a slash, or without anything */
  peer_set (a, "a", 1);
  peer_set (a, "", 1);
  peer_publish (a, CLASP_SIGNAL_EVENT, "a/b", 1);
  peer_assert (a, "ERROR 202 a; ERROR 202 ; ERROR 202 a/b");
  peer_assert (b, "");
}

static void
test_publish (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);
  g_autoptr (Peer) c = peer_join (net);

  peer_subscribe (a, 1, "/**");
  peer_subscribe (b, 1, "/s/*");
  peer_subscribe (b, 2, "/**");
  peer_send (c,
      clasp_message_new_subscribe (1, "/s/*", CLASP_SIGNAL_MASK_STREAM));

  for (guint signal = 0; signal <= CLASP_SIGNAL_TIMELINE; signal++)
    peer_publish (a, signal, "/s/x", signal);
  peer_assert (a, ""); /* never to the sender, no answer */
  peer_assert (b,
      "PARAM /s/x=0; EVENT /s/x=1; STREAM /s/x=2; GESTURE /s/x=3; "
      "TIMELINE /s/x=4");
  peer_assert (c, "STREAM /s/x=2");

  /* a PUBLISH is not stored */
  peer_send (b, clasp_message_new_get ("/s/x"));
  peer_assert (b, "");
}

/* The frame goes on as it came, without what followed it. */
static void
test_forwarded_bytes (void)
{
  static const guint8 frame[] = {0x53, 0xe1, 0, 14, 1, 2, 3, 4, 5, 6, 7, 8,
      0x20, 0x40, 0, 2, '/', 'x', 1, 0x02, 0x7f, 0x00, 0x00, 0x00, 0x63, 0x99,
      'r', 'e', 's', 't'};
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);
  g_autoptr (Peer) c = peer_join (net);
  GBytes *first, *second;

  peer_subscribe (b, 1, "/x");
  peer_subscribe (c, 1, "/x");
  peer_send_bytes (a, frame, sizeof frame);
  g_assert_cmpuint (b->frames->len, ==, 1);
  first = g_ptr_array_index (b->frames, 0);
  second = g_ptr_array_index (c->frames, 0);
  g_assert_cmpmem (g_bytes_get_data (first, NULL), g_bytes_get_size (first),
      frame, sizeof frame - 4);
  g_assert_true (first == second); /* shared, not copied */
}

static void
test_legacy (void)
{
  /* {"type": "PUBLISH", "address": "/x", "signal": "event", "value": 1.5} */
  static const guint8 payload[] = "\x84\xa4"
                                  "type\xa7"
                                  "PUBLISH\xa7"
                                  "address\xa2/x\xa6"
                                  "signal\xa5"
                                  "event\xa5"
                                  "value\xcb\x3f\xf8\0\0\0\0\0";
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);
  guint8 frame[4 + sizeof payload];
  gsize size = sizeof payload; /* the NUL belongs to the number */
  const guint8 *data;

  frame[0] = 0x53;
  frame[1] = 0;
  frame[2] = 0;
  frame[3] = size;
  memcpy (frame + 4, payload, size);
  peer_subscribe (b, 1, "/x");
  peer_send_bytes (a, frame, 4 + size);
  if (b->frames->len == 0) {
    g_test_skip ("built without MessagePack");
    return;
  }

  /* subscribers need not know MessagePack */
  data = g_bytes_get_data (g_ptr_array_index (b->frames, 0), NULL);
  g_assert_cmphex (data[1] & 7, ==, 1);
  g_assert_cmphex (data[4], ==, CLASP_MESSAGE_PUBLISH);
  peer_assert (b, "EVENT /x=1.5");
}

static void
test_subscribe (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);

  peer_set (a, "/r/1", 1);
  peer_set (a, "/r/2", 2);
  peer_set (a, "/q", 3);
  peer_assert (a, "ACK /r/1 r1; ACK /r/2 r1; ACK /q r1");

  peer_subscribe (b, 1, "/r/*");
  peer_assert (b, "SNAPSHOT /r/1=1 /r/2=2");
  peer_subscribe (b, 2, "/r/1");
  peer_assert (b, "SNAPSHOT /r/1=1");
  peer_subscribe (b, 3, "/nothing/**");
  peer_assert (b, "");
  peer_subscribe (b, 4, "/r/**");
  peer_assert (b, "SNAPSHOT /r/1=1 /r/2=2");
  peer_subscribe (b, 5, "/q/**");
  peer_assert (b, "SNAPSHOT /q=3");

  peer_subscribe (b, 6, "no-slash");
  peer_subscribe (b, 7, "");
  peer_subscribe (b, 8, "/a//b");
  peer_assert (b, "ERROR 202 no-slash; ERROR 202 ; ERROR 202 /a//b");
}

static void
test_unsubscribe (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);

  peer_subscribe (b, 7, "/old");
  peer_subscribe (b, 7, "/new");
  peer_send (b, clasp_message_new_unsubscribe (7));
  peer_publish (a, CLASP_SIGNAL_EVENT, "/old", 1);
  peer_publish (a, CLASP_SIGNAL_EVENT, "/new", 2);
  peer_assert (b, "EVENT /old=1");
  peer_send (b, clasp_message_new_unsubscribe (7));
  peer_send (b, clasp_message_new_unsubscribe (7));
  peer_publish (a, CLASP_SIGNAL_EVENT, "/old", 3);
  peer_assert (b, "");
}

static void
test_get (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) late = NULL;
  g_autoptr (ClaspMessage) snapshot = NULL;
  ClaspParam param;

  peer_set (a, "/a", 4);
  net_pass (net, 10);
  peer_assert (a, "ACK /a r1");
  late = peer_new (net);
  peer_send (late, clasp_message_new_hello ("late", 0xe0, NULL));
  peer_assert (late, "WELCOME test relay; SNAPSHOT /a=4");

  peer_send (late, clasp_message_new_get ("/a"));
  snapshot = clasp_message_decode (g_ptr_array_index (late->frames, 0), NULL);
  g_assert_true (clasp_message_get_param (snapshot, 0, &param));
  g_assert_cmpstr (param.writer, ==, a->session);
  g_assert_cmpuint (param.timestamp, ==, net->now.wall_us - 10000);
  peer_assert (late, "SNAPSHOT /a=4");
  peer_send (late, clasp_message_new_get ("/unknown"));
  peer_assert (late, "");
}

static void
test_signal (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);
  g_autoptr (Peer) spy = peer_join (net);
  g_autofree char *to_a = g_strconcat ("/clasp/p2p/signal/", a->session, NULL);
  g_autofree char *to_b = g_strconcat ("/clasp/p2p/signal/", b->session, NULL);
  g_autofree char *deeper = g_strconcat (to_b, "/x", NULL);
  g_autofree char *expected_a = g_strconcat ("EVENT ", to_a, "=2", NULL);
  g_autofree char *expected_b = g_strconcat ("EVENT ", to_b, "=1", NULL);
  g_autofree char *expected_deeper = g_strconcat ("EVENT ", deeper, "=4", NULL);

  peer_subscribe (spy, 1, "/**");
  peer_publish (a, CLASP_SIGNAL_EVENT, to_b, 1);
  peer_publish (a, CLASP_SIGNAL_EVENT, to_a, 2); /* to oneself */
  peer_publish (a, CLASP_SIGNAL_EVENT, "/clasp/p2p/signal/nobody", 3);
  peer_publish (a, CLASP_SIGNAL_EVENT, deeper, 4); /* ordinary */
  peer_publish (a, CLASP_SIGNAL_EVENT, "/clasp/p2p/announce", 5);
  peer_assert (b, expected_b);
  g_free (expected_b);
  expected_b =
      g_strconcat (expected_a, "; ERROR 404 /clasp/p2p/signal/nobody", NULL);
  peer_assert (a, expected_b);
  g_free (expected_a);
  expected_a =
      g_strconcat (expected_deeper, "; EVENT /clasp/p2p/announce=5", NULL);
  peer_assert (spy, expected_a);

  /* a session that left is not there */
  peer_leave (g_steal_pointer (&b));
  peer_publish (a, CLASP_SIGNAL_EVENT, to_b, 6);
  g_free (expected_a);
  expected_a = g_strconcat ("ERROR 404 ", to_b, NULL);
  peer_assert (a, expected_a);
}

static void
test_bundle (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);
  g_autofree char *to_b = g_strconcat ("/clasp/p2p/signal/", b->session, NULL);
  g_autoptr (ClaspMessage) event =
      clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/e",
          g_variant_new_double (1), 0);
  g_autoptr (ClaspMessage) private =
      clasp_message_new_publish (CLASP_SIGNAL_EVENT, to_b,
          g_variant_new_double (2), 0);
  g_autoptr (ClaspMessage) set =
      clasp_message_new_set ("/p", g_variant_new_double (3));
  g_autoptr (ClaspMessage) again =
      clasp_message_new_set ("/p", g_variant_new_double (4));
  g_autoptr (ClaspMessage) ping = clasp_message_new_ping ();
  ClaspMessage *members[] = {event, private, set, ping, again};
  ClaspMessage *only_event[] = {event};

  peer_subscribe (b, 1, "/*");
  peer_subscribe (a, 1, "/*");
  peer_send (a, clasp_message_new_bundle (members, 5, 99));
  /* SETs first; others do not count; private signals are not routed */
  peer_assert (a, "SET /p=3 r1; SET /p=4 r2; ACK - r2");
  peer_assert (b, "SET /p=3 r1; SET /p=4 r2; EVENT /e=1");

  peer_send (a, clasp_message_new_bundle (only_event, 1, 0));
  peer_assert (a, "ACK -");
  peer_assert (b, "EVENT /e=1");
}

/* One SET that is refused is reported, the rest of the bundle counts. */
static void
test_bundle_conflict (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (ClaspMessage) good =
      clasp_message_new_set ("/p", g_variant_new_double (1));
  g_autoptr (ClaspMessage) stale = clasp_message_new_set_full ("/p",
      g_variant_new_double (2), CLASP_SET_REVISION, 7, 0);
  g_autoptr (ClaspMessage) bad =
      clasp_message_new_set ("no-slash", g_variant_new_double (3));
  ClaspMessage *members[] = {good, stale};
  ClaspMessage *with_bad[] = {good, bad};

  peer_send (a, clasp_message_new_bundle (members, 2, 0));
  peer_assert (a, "ERROR 400 /p; ACK - r1");
  peer_send (a, clasp_message_new_bundle (with_bad, 2, 0));
  peer_assert (a, "ERROR 202 no-slash");
}

static void
test_control (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (ClaspMessage) reply = NULL;
  guint64 t1, t2, t3;

  peer_send (a, clasp_message_new_ping ());
  peer_send (a, clasp_message_new_pong ());
  peer_send (a, clasp_message_new_ack ("/x", 1));
  peer_assert (a, "PONG");

  peer_send (a, clasp_message_new_sync (42));
  reply = clasp_message_decode (g_ptr_array_index (a->frames, 0), NULL);
  g_assert_true (clasp_message_get_sync (reply, &t1, &t2, &t3));
  g_assert_cmpuint (t1, ==, 42);
  g_assert_cmpuint (t2, ==, net->now.wall_us);
  g_assert_cmpuint (t3, ==, net->now.wall_us);
}

static void
test_announce (void)
{
  const ClaspSignalInfo infos[] = {
      {.address = "/lights/1", .signal = CLASP_SIGNAL_PARAM, .datatype = "f64"},
      {.address = "/lights/2", .signal = CLASP_SIGNAL_EVENT},
  };
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);

  peer_subscribe (b, 1, "/**");
  peer_send (a, clasp_message_new_announce ("/lights", infos, 2));
  peer_assert (a, "ACK /lights");
  peer_assert (b, "");
  peer_send (b, clasp_message_new_query ("/lights/*"));
  peer_send (b, clasp_message_new_query ("/lights/2"));
  peer_send (b, clasp_message_new_query ("/none"));
  peer_assert (b, "RESULT 2; RESULT 1; RESULT 0");

  peer_leave (g_steal_pointer (&a));
  peer_send (b, clasp_message_new_query ("/lights/*"));
  peer_assert (b, "RESULT 0");
}

static void
test_leave (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);
  g_autofree char *presence =
      g_strconcat ("/video/room/r/presence/", a->session, NULL);
  g_autofree char *set = g_strconcat ("SET ", presence, "=1 r1", NULL);
  g_autofree char *gone = g_strconcat ("SET ", presence, "=null r2", NULL);

  peer_subscribe (b, 1, "/video/room/r/presence/*");
  peer_set (a, presence, 1);
  peer_send (a,
      clasp_message_new_set_full ("/kept", g_variant_new_double (5),
          CLASP_SET_LOCK, 0, 0));
  peer_assert (b, set);

  peer_leave (g_steal_pointer (&a));
  peer_assert (b, gone);
  peer_send (b, clasp_message_new_get (presence));
  peer_assert (b, "");
  peer_set (b, "/kept", 6); /* the lock went with its owner */
  peer_assert (b, "ACK /kept r2");
  g_assert_cmpuint (clasp_relay_router_get_n_sessions (net->router), ==, 1);
}

static void
test_ttl (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);

  peer_subscribe (a, 1, "/short");
  peer_send (a,
      clasp_message_new_set_full ("/short", g_variant_new_double (1),
          CLASP_SET_TTL, 0, 2));
  peer_assert (a, "SET /short=1 r1; ACK /short r1");
  net_pass (net, 1999);
  peer_send (a, clasp_message_new_get ("/short"));
  peer_assert (a, "SNAPSHOT /short=1");
  net_pass (net, 1);
  peer_send (a, clasp_message_new_get ("/short"));
  peer_assert (a, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/router/handshake", test_handshake);
  g_test_add_func ("/relay/router/welcome-time", test_welcome_time);
  g_test_add_func ("/relay/router/token", test_token);
  g_test_add_func ("/relay/router/set", test_set);
  g_test_add_func ("/relay/router/set-refused", test_set_refused);
  g_test_add_func ("/relay/router/publish", test_publish);
  g_test_add_func ("/relay/router/forwarded-bytes", test_forwarded_bytes);
  g_test_add_func ("/relay/router/legacy", test_legacy);
  g_test_add_func ("/relay/router/subscribe", test_subscribe);
  g_test_add_func ("/relay/router/unsubscribe", test_unsubscribe);
  g_test_add_func ("/relay/router/get", test_get);
  g_test_add_func ("/relay/router/signal", test_signal);
  g_test_add_func ("/relay/router/bundle", test_bundle);
  g_test_add_func ("/relay/router/bundle-conflict", test_bundle_conflict);
  g_test_add_func ("/relay/router/control", test_control);
  g_test_add_func ("/relay/router/announce", test_announce);
  g_test_add_func ("/relay/router/leave", test_leave);
  g_test_add_func ("/relay/router/ttl", test_ttl);

  return g_test_run ();
}
