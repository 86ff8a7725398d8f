/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "router-fixture.h"

const ClaspRelayRouterConfig net_config = {
    .name = "test relay",
    .max_sessions = 100,
    .max_subscriptions = 1000,
    .handshake_timeout_ms = 10000,
    .state = {.max_params = 1000,
        .max_bytes = 1 << 24,
        .max_owned = 16,
        .ttl = 3600},
};

Net *
net_new (const ClaspRelayRouterConfig *config)
{
  Net *self = g_new0 (Net, 1);

  self->router = clasp_relay_router_new (config);
  self->out = clasp_relay_outbox_new ();
  self->now = (ClaspRelayTime){1000000, 1700000000000000};

  return self;
}

void
net_free (Net *self)
{
  clasp_relay_outbox_free (self->out);
  clasp_relay_router_free (self->router);
  g_free (self);
}

static void
note_session (Peer *peer, GBytes *bytes)
{
  g_autoptr (ClaspMessage) message = clasp_message_decode (bytes, NULL);

  if (clasp_message_get_message_type (message) != CLASP_MESSAGE_WELCOME)
    return;
  g_assert_null (peer->session);
  peer->session = g_strdup (clasp_message_get_session (message));
}

/* Carries out the deliveries. */
static void
deliver (Net *self)
{
  ClaspRelayDelivery delivery;

  while (clasp_relay_outbox_pop (self->out, &delivery)) {
    Peer *peer = delivery.owner;

    if (delivery.frame != NULL) {
      g_assert_cmpuint (peer->close_code, ==, 0);
      g_ptr_array_add (peer->frames, g_bytes_ref (delivery.frame->bytes));
      note_session (peer, delivery.frame->bytes);
    } else {
      g_assert_cmpuint (peer->close_code, ==, 0);
      peer->close_code = delivery.code;
      peer->close_reason = g_strdup (delivery.reason);
    }
    clasp_relay_delivery_clear (&delivery);
  }
}

/* Lets time pass, then does what is due. */
void
net_pass (Net *self, guint ms)
{
  self->now.monotonic_us += (gint64) ms * 1000;
  self->now.wall_us += (guint64) ms * 1000;
  if (clasp_relay_router_next_deadline (self->router) <= self->now.monotonic_us)
    clasp_relay_router_tick (self->router, self->now, self->out);
  deliver (self);
}

/* A connection without HELLO. */
Peer *
peer_new (Net *net)
{
  Peer *self = g_new0 (Peer, 1);

  self->net = net;
  self->frames =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->route = clasp_relay_router_open (net->router, self, net->now);

  return self;
}

/* A session that has read its WELCOME and what came with it. */
Peer *
peer_join (Net *net)
{
  Peer *self = peer_new (net);

  peer_send (self, clasp_message_new_hello ("peer", 0xe0, NULL));
  g_assert_nonnull (self->session);
  while (clasp_relay_router_continue (net->router, self->route, net->now,
      net->out))
    deliver (net);
  g_ptr_array_set_size (self->frames, 0);

  return self;
}

void
peer_leave (Peer *self)
{
  clasp_relay_router_close (self->net->router, self->route, self->net->out);
  deliver (self->net);
  g_ptr_array_unref (self->frames);
  g_free (self->session);
  g_free (self->close_reason);
  g_free (self);
}

void
peer_send_bytes (Peer *self, gconstpointer data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  clasp_relay_router_receive (self->net->router, self->route, bytes,
      self->net->now, self->net->out);
  deliver (self->net);
}

/* @message: (transfer full) */
void
peer_send (Peer *self, ClaspMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = clasp_message_encode (message, &error);

  g_assert_no_error (error);
  clasp_message_unref (message);
  peer_send_bytes (self, g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes));
}

void
peer_set (Peer *self, const char *address, double number)
{
  peer_send (self,
      clasp_message_new_set (address, g_variant_new_double (number)));
}

void
peer_publish (Peer *self, ClaspSignalType signal, const char *address,
    double number)
{
  peer_send (self,
      clasp_message_new_publish (signal, address, g_variant_new_double (number),
          0));
}

void
peer_subscribe (Peer *self, guint32 id, const char *pattern)
{
  peer_send (self,
      clasp_message_new_subscribe (id, pattern, CLASP_SIGNAL_MASK_ALL));
}

static void
describe_value (GString *text, GVariant *value)
{
  double number;

  if (value == NULL)
    g_string_append (text, "-");
  else if (clasp_value_is_null (value))
    g_string_append (text, "null");
  else if (clasp_value_get_number (value, &number))
    g_string_append_printf (text, "%g", number);
  else
    g_string_append (text, "?");
}

static void
describe_snapshot (GString *text, const ClaspMessage *message)
{
  g_string_append (text, "SNAPSHOT");
  for (guint i = 0; i < clasp_message_get_n_params (message); i++) {
    ClaspParam param;

    g_assert_true (clasp_message_get_param (message, i, &param));
    g_string_append_printf (text, " %s=", param.address);
    describe_value (text, param.value);
  }
}

static void
describe_ack (GString *text, const ClaspMessage *message)
{
  const char *address = clasp_message_get_address (message);
  guint64 revision;

  g_string_append_printf (text, "ACK %s", address != NULL ? address : "-");
  if (clasp_message_get_revision (message, &revision))
    g_string_append_printf (text, " r%u", (guint) revision);
}

static void
describe_error (GString *text, const ClaspMessage *message)
{
  const char *address = clasp_message_get_address (message);

  g_string_append_printf (text, "ERROR %u",
      clasp_message_get_error_code (message));
  if (address != NULL)
    g_string_append_printf (text, " %s", address);
}

static void
describe_set (GString *text, const ClaspMessage *message)
{
  guint64 revision = 0;

  clasp_message_get_revision (message, &revision);
  g_string_append_printf (text, "SET %s=", clasp_message_get_address (message));
  describe_value (text, clasp_message_get_value (message));
  g_string_append_printf (text, " r%u", (guint) revision);
}

static void
describe_publish (GString *text, const ClaspMessage *message)
{
  static const char *const names[] = {"PARAM", "EVENT", "STREAM", "GESTURE",
      "TIMELINE"};

  g_string_append_printf (text,
      "%s %s=", names[clasp_message_get_signal (message)],
      clasp_message_get_address (message));
  describe_value (text, clasp_message_get_value (message));
}

static void
describe (GString *text, GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClaspMessage) message = clasp_message_decode (bytes, &error);

  g_assert_no_error (error);
  switch (clasp_message_get_message_type (message)) {
    case CLASP_MESSAGE_WELCOME:
      g_string_append_printf (text, "WELCOME %s",
          clasp_message_get_name (message));
      break;
    case CLASP_MESSAGE_SNAPSHOT:
      describe_snapshot (text, message);
      break;
    case CLASP_MESSAGE_ACK:
      describe_ack (text, message);
      break;
    case CLASP_MESSAGE_ERROR:
      describe_error (text, message);
      break;
    case CLASP_MESSAGE_SET:
      describe_set (text, message);
      break;
    case CLASP_MESSAGE_PUBLISH:
      describe_publish (text, message);
      break;
    case CLASP_MESSAGE_PONG:
      g_string_append (text, "PONG");
      break;
    case CLASP_MESSAGE_RESULT:
      g_string_append_printf (text, "RESULT %u",
          clasp_message_get_n_signals (message));
      break;
    default:
      g_string_append_printf (text, "message %x",
          clasp_message_get_message_type (message));
  }
}

/* Returns: what was sent since the last call, "; " between messages */
char *
peer_take (Peer *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->frames->len; i++) {
    if (i > 0)
      g_string_append (text, "; ");
    describe (text, g_ptr_array_index (self->frames, i));
  }
  g_ptr_array_set_size (self->frames, 0);

  return g_string_free (text, FALSE);
}

void
peer_assert (Peer *self, const char *expected)
{
  g_autofree char *text = peer_take (self);

  g_assert_cmpstr (text, ==, expected);
}
