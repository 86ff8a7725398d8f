/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "../relay/router-fixture.h"
#include "fuzz.h"

/*
 * Four connections to a router with small limits. Each step of the input is
 * one byte, which connection (2 bits) and what (3 bits), and its arguments:
 * bytes as they are, a payload that gets its header, HELLO, leaving and coming
 * back, time, and what needs to know a session id.
 */
#define N_PEERS 4
#define MAX_STEPS 256

enum {
  STEP_BYTES,
  STEP_HELLO,
  STEP_LEAVE,
  STEP_TIME,
  STEP_OWN,    /* sets a param that belongs to the session */
  STEP_SIGNAL, /* to the session after it */
  /* the rest: a payload */
};

static const ClaspRelayRouterConfig config = {
    .name = "fuzz",
    .max_sessions = 3,
    .max_subscriptions = 8,
    .max_message_rate = 100,
    .handshake_timeout_ms = 1000,
    .state = {.max_params = 16, .max_bytes = 20000, .max_owned = 4, .ttl = 60},
};

static gsize
take_bytes (const guint8 **data, gsize *size)
{
  gsize length;

  if (*size < 2)
    return 0;
  length = MIN ((gsize) (*data)[0] << 8 | (*data)[1], *size - 2);
  *data += 2;
  *size -= 2;

  return length;
}

static void
send_payload (Peer *peer, const guint8 *payload, gsize size)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  guint8 header[CLASP_FRAME_HEADER_SIZE];

  clasp_frame_write_header (header, CLASP_QOS_FIRE, size);
  g_byte_array_append (frame, header, sizeof header);
  g_byte_array_append (frame, payload, size);
  peer_send_bytes (peer, frame->data, frame->len);
}

static void
send_step (Peer *peer, gboolean wrap, const guint8 **data, gsize *size)
{
  gsize length = take_bytes (data, size);

  if (wrap)
    send_payload (peer, *data, length);
  else
    peer_send_bytes (peer, *data, length);
  *data += length;
  *size -= length;
}

static void
own (Peer *peer)
{
  g_autofree char *address = g_strconcat ("/presence/",
      peer->session != NULL ? peer->session : "none", NULL);

  peer_set (peer, address, 1);
}

static void
signal_to (Peer *peer, const Peer *target)
{
  g_autofree char *address = g_strconcat ("/clasp/p2p/signal/",
      target->session != NULL ? target->session : "none", NULL);

  peer_publish (peer, CLASP_SIGNAL_EVENT, address, 1);
}

/* What was sent can be read, and the limits hold. */
static void
check (Net *net, Peer **peers)
{
  const ClaspRelayState *state = clasp_relay_router_get_state (net->router);

  for (guint i = 0; i < N_PEERS; i++) {
    while (clasp_relay_router_continue (net->router, peers[i]->route, net->now,
        net->out))
      net_pass (net, 0);
    g_free (peer_take (peers[i]));
  }
  g_assert_cmpuint (clasp_relay_router_get_n_sessions (net->router), <=,
      config.max_sessions);
  g_assert_cmpuint (clasp_relay_state_get_n_params (state), <=,
      config.state.max_params);
  g_assert_cmpuint (clasp_relay_state_get_bytes (state), <=,
      config.state.max_bytes);
}

static void
step (Net *net, Peer **peers, const guint8 **data, gsize *size)
{
  guint8 what = **data;
  Peer **peer = &peers[what & 3];

  (*data)++;
  (*size)--;
  switch (what >> 2 & 7) {
    case STEP_HELLO:
      peer_send (*peer, clasp_message_new_hello ("fuzz", 0xe0, NULL));
      break;
    case STEP_LEAVE:
      peer_leave (*peer);
      *peer = peer_new (net);
      break;
    case STEP_TIME:
      net_pass (net, what * 10);
      break;
    case STEP_OWN:
      own (*peer);
      break;
    case STEP_SIGNAL:
      signal_to (*peer, peers[(what + 1) & 3]);
      break;
    default:
      send_step (*peer, (what >> 2 & 7) != STEP_BYTES, data, size);
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Net *net = net_new (&config);
  Peer *peers[N_PEERS];

  for (guint i = 0; i < N_PEERS; i++)
    peers[i] = peer_new (net);
  for (guint i = 0; i < MAX_STEPS && size > 0; i++) {
    step (net, peers, &data, &size);
    check (net, peers);
  }

  for (guint i = 0; i < N_PEERS; i++)
    peer_leave (peers[i]);
  g_assert_cmpuint (clasp_relay_router_get_n_sessions (net->router), ==, 0);
  net_free (net);

  return 0;
}
