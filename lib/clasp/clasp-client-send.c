/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-client-private.h"

#include "clasp-address.h"
#include "clasp-value.h"

/**
 * clasp_client_send:
 * @self: a #ClaspClient
 * @message: a SET, PUBLISH, GET, BUNDLE, QUERY, REPLAY or ANNOUNCE
 * @error: return location of a #GError
 *
 * Queues any message that clients send; the rest of the protocol is done by
 * the client itself. May be called from any thread.
 *
 * Returns: %FALSE with %CLASP_ERROR_NOT_CONNECTED while there is no session,
 *   %CLASP_ERROR_QUEUE_FULL if there is no room, or why @message cannot be
 *   sent at all
 *
 * Since: 0.1
 */
gboolean
clasp_client_send (ClaspClient *self, ClaspMessage *message, GError **error)
{
  g_autofree char *url = NULL;
  ClaspMessageType type;

  g_return_val_if_fail (CLASP_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (message, FALSE);
  type = clasp_message_get_message_type (message);
  if (type == CLASP_MESSAGE_SUBSCRIBE || type == CLASP_MESSAGE_UNSUBSCRIBE) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
        "subscriptions are made by clasp_client_subscribe()");
    return FALSE;
  }
  if (clasp_sender_push (self->sender, message, error))
    return TRUE;
  url = clasp_client_dup_shown_url (self);
  g_prefix_error (error, "relay %s: ", url);
  return FALSE;
}

static gboolean
send_taken (ClaspClient *self, ClaspMessage *message, GError **error)
{
  g_autoptr (ClaspMessage) owned = message;

  return clasp_client_send (self, owned, error);
}

static GVariant *
ref_value (GVariant *value)
{
  return g_variant_ref_sink (value ? value : clasp_value_new_null ());
}

/**
 * clasp_client_set:
 * @self: a #ClaspClient
 * @address: address of a param
 * @value: (nullable): its value; a floating reference is taken
 * @error: return location of a #GError
 *
 * Sets a param that the relay keeps for those who come later. May be called
 * from any thread.
 *
 * Returns: see clasp_client_send()
 *
 * Since: 0.1
 */
gboolean
clasp_client_set (ClaspClient *self, const char *address, GVariant *value,
    GError **error)
{
  g_autoptr (GVariant) owned = ref_value (value);

  g_return_val_if_fail (CLASP_IS_CLIENT (self), FALSE);
  if (!clasp_address_validate (address, error))
    return FALSE;
  return send_taken (self, clasp_message_new_set (address, owned), error);
}

/**
 * clasp_client_set_with_ttl:
 * @self: a #ClaspClient
 * @address: address of a param
 * @value: (nullable): its value; a floating reference is taken
 * @ttl: seconds after the last write until the relay forgets the param, 0 for
 *   never; with %CLASP_TTL_ABSOLUTE seconds after this write
 * @error: return location of a #GError
 *
 * Like clasp_client_set(). Relays look every minute. May be called from any
 * thread.
 *
 * Returns: see clasp_client_send()
 *
 * Since: 0.1
 */
gboolean
clasp_client_set_with_ttl (ClaspClient *self, const char *address,
    GVariant *value, guint32 ttl, GError **error)
{
  g_autoptr (GVariant) owned = ref_value (value);

  g_return_val_if_fail (CLASP_IS_CLIENT (self), FALSE);
  if (!clasp_address_validate (address, error))
    return FALSE;
  return send_taken (self,
      clasp_message_new_set_full (address, owned, CLASP_SET_TTL, 0, ttl),
      error);
}

/* Stamped with relay time, as other clients do. */
static gboolean
publish (ClaspClient *self, ClaspSignalType signal, const char *address,
    GVariant *value, GError **error)
{
  g_autoptr (GVariant) owned = value ? g_variant_ref_sink (value) : NULL;
  gint64 now = g_get_monotonic_time ();
  gint64 offset;

  if (!clasp_address_validate (address, error))
    return FALSE;
  if (!clasp_clock_get_offset (self->clock, now, &offset, NULL))
    offset = g_get_real_time () - now;
  return send_taken (self,
      clasp_message_new_publish (signal, address, owned,
          (guint64) MAX (now + offset, 0)),
      error);
}

/**
 * clasp_client_emit:
 * @self: a #ClaspClient
 * @address: where
 * @value: (nullable): what happened; a floating reference is taken
 * @error: return location of a #GError
 *
 * Publishes an event. May be called from any thread.
 *
 * Returns: see clasp_client_send()
 *
 * Since: 0.1
 */
gboolean
clasp_client_emit (ClaspClient *self, const char *address, GVariant *value,
    GError **error)
{
  g_return_val_if_fail (CLASP_IS_CLIENT (self), FALSE);
  return publish (self, CLASP_SIGNAL_EVENT, address, value, error);
}

/**
 * clasp_client_stream:
 * @self: a #ClaspClient
 * @address: where
 * @value: (nullable): a sample; a floating reference is taken
 * @error: return location of a #GError
 *
 * Publishes a sample of a stream. When the queue is full, older samples are
 * dropped for it: all of the same address whose map has the same number "seq"
 * together, as they are one frame. May be called from any thread.
 *
 * Returns: see clasp_client_send(); %CLASP_ERROR_QUEUE_FULL also for the rest
 *   of a frame that was dropped already
 *
 * Since: 0.1
 */
gboolean
clasp_client_stream (ClaspClient *self, const char *address, GVariant *value,
    GError **error)
{
  g_return_val_if_fail (CLASP_IS_CLIENT (self), FALSE);
  return publish (self, CLASP_SIGNAL_STREAM, address, value, error);
}

/**
 * clasp_client_bundle:
 * @self: a #ClaspClient
 * @messages: (array length=n_messages): SETs and PUBLISHes
 * @n_messages: how many
 * @error: return location of a #GError
 *
 * Sends several messages as one, of which the relay performs the SETs first.
 * It refuses all if it refuses one. Signals to a session
 * (/clasp/p2p/signal/…) are not delivered by it and are refused here. A bundle
 * of streams of one address is treated as a stream. May be called from any
 * thread.
 *
 * Returns: see clasp_client_send()
 *
 * Since: 0.1
 */
gboolean
clasp_client_bundle (ClaspClient *self, ClaspMessage *const *messages,
    guint n_messages, GError **error)
{
  g_return_val_if_fail (CLASP_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (messages && n_messages > 0, FALSE);
  return send_taken (self, clasp_message_new_bundle (messages, n_messages, 0),
      error);
}
