/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Limits of the relay and input it must survive, without a socket. */

#include "router-fixture.h"
#include <string.h>

static void
test_sessions (void)
{
  ClaspRelayRouterConfig config = net_config;
  g_autoptr (Net) net = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;
  g_autoptr (Peer) c = NULL;

  config.max_sessions = 2;
  net = net_new (&config);
  a = peer_join (net);
  b = peer_join (net);
  c = peer_new (net);
  peer_send (c, clasp_message_new_hello ("c", 0xe0, NULL));
  peer_assert (c, "ERROR 503");
  g_assert_cmpuint (c->close_code, ==, 1008);
  g_assert_nonnull (strstr (c->close_reason, "2 sessions"));

  peer_leave (g_steal_pointer (&a));
  a = peer_join (net);
}

static void
test_subscriptions (void)
{
  ClaspRelayRouterConfig config = net_config;
  g_autoptr (Net) net = NULL;
  g_autoptr (Peer) a = NULL;

  config.max_subscriptions = 2;
  net = net_new (&config);
  a = peer_join (net);
  peer_subscribe (a, 1, "/1");
  peer_subscribe (a, 1, "/2");
  peer_subscribe (a, 1, "/3");
  peer_assert (a, "ERROR 429 /3");
  peer_send (a, clasp_message_new_unsubscribe (1));
  peer_subscribe (a, 1, "/3");
  peer_assert (a, "");
}

/* Snapshots that are never read do not pile up. */
static void
test_snapshots (void)
{
  ClaspRelayRouterConfig config = net_config;
  g_autoptr (Net) net = NULL;
  g_autoptr (Peer) a = NULL;
  g_autofree char *text = g_strnfill (60000, 'x');
  g_autofree char *replies = NULL;

  config.max_subscriptions = 5;
  net = net_new (&config);
  a = peer_join (net);
  for (guint i = 0; i < 20; i++) {
    g_autofree char *address = g_strdup_printf ("/p/%u", i);

    peer_send (a, clasp_message_new_set (address, g_variant_new_string (text)));
  }
  g_free (peer_take (a));
  for (guint i = 0; i < 100; i++) {
    peer_subscribe (a, 1, "/p/*");
    peer_send (a, clasp_message_new_unsubscribe (1));
  }
  replies = peer_take (a);
  g_assert_nonnull (strstr (replies, "ERROR 429 /p/*"));
  while (
      clasp_relay_router_continue (net->router, a->route, net->now, net->out))
    net_pass (net, 0);
  g_free (peer_take (a));
  peer_subscribe (a, 1, "/p/1");
  peer_assert (a, "SNAPSHOT /p/1=?");
}

static void
test_rate (void)
{
  ClaspRelayRouterConfig config = net_config;
  g_autoptr (Net) net = NULL;
  g_autoptr (Peer) a = NULL;
  g_autoptr (Peer) b = NULL;

  config.max_message_rate = 3;
  net = net_new (&config);
  a = peer_join (net); /* HELLO counts */
  b = peer_join (net);
  for (guint i = 0; i < 10; i++)
    peer_send (a, clasp_message_new_ping ());
  peer_assert (a, "PONG; PONG; ERROR 429");
  g_assert_cmpuint (clasp_relay_router_get_stats (net->router)->rate_limited,
      ==, 8);
  peer_send (b, clasp_message_new_ping ());
  peer_assert (b, "PONG"); /* each session has its own */

  net_pass (net, 999);
  peer_send (a, clasp_message_new_ping ());
  peer_assert (a, "");
  net_pass (net, 1);
  for (guint i = 0; i < 5; i++)
    peer_send (a, clasp_message_new_ping ());
  peer_assert (a, "PONG; PONG; PONG; ERROR 429");
  g_assert_cmpuint (a->close_code, ==, 0);
}

static void
test_handshake_time (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) early = peer_new (net);
  g_autoptr (Peer) late = NULL;
  g_autoptr (Peer) good = NULL;

  net_pass (net, 4000);
  late = peer_new (net);
  good = peer_join (net);
  net_pass (net, 5999);
  g_assert_cmpuint (early->close_code, ==, 0);
  net_pass (net, 1);
  peer_assert (early, "ERROR 300");
  g_assert_cmpuint (early->close_code, ==, 1008);
  g_assert_cmpuint (late->close_code, ==, 0);
  net_pass (net, 4000);
  g_assert_cmpuint (late->close_code, ==, 1008);
  net_pass (net, 100000);
  g_assert_cmpuint (good->close_code, ==, 0);
  g_assert_cmpint (clasp_relay_router_next_deadline (net->router), ==,
      G_MAXINT64);
}

static void
test_no_hello (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_new (net);
  g_autoptr (Peer) b = peer_new (net);

  peer_set (a, "/a", 1);
  peer_assert (a, "ERROR 300");
  g_assert_cmpuint (a->close_code, ==, 1002);
  peer_send_bytes (b, "GET / HTTP/1.1\r\n", 16);
  peer_assert (b, "ERROR 100");
  g_assert_cmpuint (b->close_code, ==, 1002);
  g_assert_cmpuint (clasp_relay_state_get_n_params (
                        clasp_relay_router_get_state (net->router)),
      ==, 0);
}

/* Some is forgiven, since the reference relay goes on; not everything. */
static void
test_malformed (void)
{
  static const guint8 truncated[] = {0x53, 1, 0, 4, 0x20, 0x20, 0, 9};
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);

  peer_subscribe (b, 1, "/**");
  for (guint i = 0; i < 15; i++) {
    peer_send_bytes (a, truncated, sizeof truncated);
    peer_assert (a, "ERROR 100");
  }
  peer_send (a, clasp_message_new_ping ());
  peer_assert (a, "PONG");
  peer_send_bytes (a, "", 0);
  peer_assert (a, "ERROR 100");
  g_assert_cmpuint (a->close_code, ==, 1002);
  peer_assert (b, "");
  g_assert_cmpuint (clasp_relay_router_get_stats (net->router)->malformed, ==,
      16);
}

/* An array in an array, @depth times. */
static void
send_deep (Peer *peer, guint depth)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  static const guint8 head[] = {0x53, 1, 0, 0, 0x20, 0x20, 0, 2, '/', 'x', 1};
  static const guint8 array[] = {0x0a, 0, 1};
  static const guint8 end[] = {0x00};

  g_byte_array_append (frame, head, sizeof head);
  for (guint i = 0; i < depth; i++)
    g_byte_array_append (frame, array, sizeof array);
  g_byte_array_append (frame, end, 1);
  frame->data[2] = (frame->len - 4) >> 8;
  frame->data[3] = (frame->len - 4) & 0xff;
  peer_send_bytes (peer, frame->data, frame->len);
}

/* What is forwarded is safe for receivers that have no limit. */
static void
test_deep (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) b = peer_join (net);

  peer_subscribe (b, 1, "/x");
  send_deep (a, 8);
  peer_assert (a, "");
  peer_assert (b, "EVENT /x=?");
  send_deep (a, 100);
  send_deep (a, 8000);
  send_deep (a, 21000);
  peer_assert (a, "ERROR 100; ERROR 100; ERROR 100");
  peer_assert (b, "");
}

/* Random changes of good messages: nothing crashes, others are unharmed. */
static void
test_mutations (void)
{
  g_autoptr (ClaspMessage) set =
      clasp_message_new_set_full ("/p", g_variant_new_string ("text"),
          CLASP_SET_LOCK | CLASP_SET_TTL | CLASP_SET_REVISION, 1, 5);
  g_autoptr (ClaspMessage) publish =
      clasp_message_new_publish (CLASP_SIGNAL_STREAM, "/clasp/p2p/signal/x",
          g_variant_new_double (1), 7);
  ClaspMessage *members[] = {set, publish};
  g_autoptr (ClaspMessage) bundle = clasp_message_new_bundle (members, 2, 1);
  g_autoptr (ClaspMessage) subscribe =
      clasp_message_new_subscribe (1, "/a/**/b*", 0xff);
  ClaspMessage *seeds[] = {set, publish, bundle, subscribe};
  ClaspRelayRouterConfig config = net_config;
  g_autoptr (Net) net = NULL;
  g_autoptr (Peer) witness = NULL;

  config.max_sessions = 10;
  config.state.max_params = 20;
  net = net_new (&config);
  witness = peer_join (net);

  for (guint i = 0; i < 3000; i++) {
    g_autoptr (Peer) a = peer_join (net);

    for (guint k = 0; k < 8; k++) {
      g_autoptr (GBytes) bytes = clasp_message_encode (seeds[i % 4], NULL);
      gsize size = g_bytes_get_size (bytes);
      g_autofree guint8 *data =
          g_memdup2 (g_bytes_get_data (bytes, NULL), size);

      for (int m = g_test_rand_int_range (0, 4); m > 0; m--)
        data[g_test_rand_int_range (0, size)] = g_test_rand_int ();
      peer_send_bytes (a, data, g_test_rand_int_range (0, size + 1));
    }
  }

  g_assert_cmpuint (clasp_relay_router_get_n_sessions (net->router), ==, 1);
  g_free (peer_take (witness));
  peer_send (witness, clasp_message_new_ping ());
  peer_assert (witness, "PONG");
}

/* A state larger than a frame comes in parts, and on demand. */
static void
test_large_snapshot (void)
{
  g_autoptr (Net) net = net_new (&net_config);
  g_autoptr (Peer) a = peer_join (net);
  g_autoptr (Peer) late = peer_new (net);
  g_autofree char *text = g_strnfill (1000, 'x');
  guint n_params = 0, n_parts = 0;

  for (guint i = 0; i < 400; i++) {
    g_autofree char *address = g_strdup_printf ("/p/%03u", i);

    peer_send (a, clasp_message_new_set (address, g_variant_new_string (text)));
  }

  peer_send (late, clasp_message_new_hello ("late", 0xe0, NULL));
  /* only the first part is there before it was sent */
  g_assert_cmpuint (late->frames->len, ==, 2);
  g_assert_true (clasp_relay_route_has_more (late->route));
  while (clasp_relay_router_continue (net->router, late->route, net->now,
      net->out))
    net_pass (net, 0);
  g_assert_false (clasp_relay_route_has_more (late->route));

  for (guint i = 1; i < late->frames->len; i++, n_parts++) {
    GBytes *bytes = g_ptr_array_index (late->frames, i);
    g_autoptr (ClaspMessage) part = clasp_message_decode (bytes, NULL);

    g_assert_cmpint (clasp_message_get_message_type (part), ==,
        CLASP_MESSAGE_SNAPSHOT);
    for (guint k = 0; k < clasp_message_get_n_params (part); k++) {
      g_autofree char *expected = g_strdup_printf ("/p/%03u", n_params++);
      ClaspParam param;

      g_assert_true (clasp_message_get_param (part, k, &param));
      g_assert_cmpstr (param.address, ==, expected);
    }
  }
  g_assert_cmpuint (n_params, ==, 400);
  g_assert_cmpuint (n_parts, >=, 7);
  g_assert_cmpuint (n_parts, <=, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/limits/sessions", test_sessions);
  g_test_add_func ("/relay/limits/subscriptions", test_subscriptions);
  g_test_add_func ("/relay/limits/snapshots", test_snapshots);
  g_test_add_func ("/relay/limits/rate", test_rate);
  g_test_add_func ("/relay/limits/handshake-time", test_handshake_time);
  g_test_add_func ("/relay/limits/no-hello", test_no_hello);
  g_test_add_func ("/relay/limits/malformed", test_malformed);
  g_test_add_func ("/relay/limits/deep", test_deep);
  g_test_add_func ("/relay/limits/mutations", test_mutations);
  g_test_add_func ("/relay/limits/large-snapshot", test_large_snapshot);

  return g_test_run ();
}
