/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-client-private.h"

/*
 * clasp_client_show_traffic:
 * @self: a client
 *
 * Traffic is counted in the context; this shows it to all threads.
 */
void
clasp_client_show_traffic (ClaspClient *self)
{
  ClaspTraffic traffic = self->past_traffic;
  ClaspTraffic current = {0};

  if (self->connection)
    clasp_connection_get_traffic (self->connection, &current);
  traffic.messages_in += current.messages_in;
  traffic.bytes_in += current.bytes_in;
  traffic.messages_out += current.messages_out;
  traffic.bytes_out += current.bytes_out;
  traffic.malformed += current.malformed;
  g_mutex_lock (&self->mutex);
  self->traffic = traffic;
  g_mutex_unlock (&self->mutex);
}

/**
 * clasp_client_get_stats:
 * @self: a #ClaspClient
 *
 * What the client has counted since its construction, as a map (`a{sv}`) of:
 * messages-in, bytes-in, messages-out, bytes-out, malformed (frames and text
 * messages of the relay that mean nothing), sessions, dropped-frames and
 * dropped-messages (of streams) as `t`; queued-bytes as `t`, queued-messages
 * and message-rate (0: no limit) as `u`. May be called from any thread.
 *
 * Returns: (transfer full): the map
 *
 * Since: 0.1
 */
GVariant *
clasp_client_get_stats (ClaspClient *self)
{
  ClaspSenderStats sender;
  GVariantDict dict;

  g_return_val_if_fail (CLASP_IS_CLIENT (self), NULL);
  clasp_sender_get_stats (self->sender, &sender);
  g_variant_dict_init (&dict, NULL);
  g_mutex_lock (&self->mutex);
  g_variant_dict_insert (&dict, "messages-in", "t", self->traffic.messages_in);
  g_variant_dict_insert (&dict, "bytes-in", "t", self->traffic.bytes_in);
  g_variant_dict_insert (&dict, "messages-out", "t",
      self->traffic.messages_out);
  g_variant_dict_insert (&dict, "bytes-out", "t", self->traffic.bytes_out);
  g_variant_dict_insert (&dict, "malformed", "t", self->traffic.malformed);
  g_variant_dict_insert (&dict, "sessions", "t", self->n_sessions);
  g_mutex_unlock (&self->mutex);
  g_variant_dict_insert (&dict, "dropped-frames", "t", sender.dropped_frames);
  g_variant_dict_insert (&dict, "dropped-messages", "t",
      sender.dropped_messages);
  g_variant_dict_insert (&dict, "queued-bytes", "t",
      (guint64) sender.queued_bytes);
  g_variant_dict_insert (&dict, "queued-messages", "u", sender.queued_messages);
  g_variant_dict_insert (&dict, "message-rate", "u", sender.message_rate);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
