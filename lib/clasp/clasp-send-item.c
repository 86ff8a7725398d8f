/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-send-item-private.h"

#include <math.h>

#include "clasp-address.h"

/* Integers up to here are exact in a double. */
#define MAX_EXACT 9007199254740992.0

static gboolean
refuse (ClaspMessage *message, GError **error)
{
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
      "message of type 0x%02x is not for applications to send",
      clasp_message_get_message_type (message));
  return FALSE;
}

static gboolean
check_member (ClaspMessage *member, GError **error)
{
  ClaspMessageType type = clasp_message_get_message_type (member);
  const char *address = clasp_message_get_address (member);

  if (type != CLASP_MESSAGE_SET && type != CLASP_MESSAGE_PUBLISH) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
        "only SET and PUBLISH can travel in a BUNDLE, relays drop the rest");
    return FALSE;
  }
  if (!clasp_address_validate (address, error))
    return FALSE;
  if (!g_str_has_prefix (address, CLASP_SIGNAL_PREFIX))
    return TRUE;
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS,
      "%s cannot travel in a BUNDLE, relays do not deliver it", address);
  return FALSE;
}

static gboolean
check_bundle (ClaspMessage *message, GError **error)
{
  guint n_members = clasp_message_get_n_members (message);

  for (guint i = 0; i < n_members; i++) {
    ClaspMessage *member = clasp_message_get_member (message, i);

    if (!member || !check_member (member, error))
      return FALSE;
  }
  return TRUE;
}

/* Relays do not check, and some addresses harm them. */
static gboolean
check_message (ClaspMessage *message, GError **error)
{
  switch (clasp_message_get_message_type (message)) {
    case CLASP_MESSAGE_SET:
    case CLASP_MESSAGE_PUBLISH:
    case CLASP_MESSAGE_GET:
      return clasp_address_validate (clasp_message_get_address (message),
          error);
    case CLASP_MESSAGE_SUBSCRIBE:
    case CLASP_MESSAGE_QUERY:
      return clasp_address_validate (clasp_message_get_pattern (message),
          error);
    case CLASP_MESSAGE_BUNDLE:
      return check_bundle (message, error);
    case CLASP_MESSAGE_UNSUBSCRIBE:
    case CLASP_MESSAGE_REPLAY:
    case CLASP_MESSAGE_ANNOUNCE:
      return TRUE;
    default:
      return refuse (message, error);
  }
}

static gboolean
is_stream (ClaspMessage *message)
{
  return clasp_message_get_message_type (message) == CLASP_MESSAGE_PUBLISH &&
      clasp_message_get_signal (message) == CLASP_SIGNAL_STREAM;
}

static gboolean
read_seq (ClaspMessage *message, gint64 *seq)
{
  double number;

  if (!clasp_message_lookup_number (message, "seq", &number))
    return FALSE;
  if (!isfinite (number) || fabs (number) > MAX_EXACT)
    return FALSE;
  *seq = (gint64) number;
  return TRUE;
}

static void
read_stream (ClaspSendItem *self, ClaspMessage *message)
{
  self->stream = TRUE;
  self->address = g_strdup (clasp_message_get_address (message));
  self->has_seq = read_seq (message, &self->seq);
}

/* Whether @member continues the stream that the bundle began with. */
static gboolean
continues_stream (ClaspSendItem *self, ClaspMessage *member)
{
  gint64 seq;

  if (!is_stream (member) ||
      strcmp (self->address, clasp_message_get_address (member)) != 0)
    return FALSE;
  self->has_seq = self->has_seq && read_seq (member, &seq) && seq == self->seq;
  return TRUE;
}

/* A bundle of nothing but streams of one address is a stream. */
static void
read_bundle (ClaspSendItem *self)
{
  guint n_members = clasp_message_get_n_members (self->message);

  for (guint i = 0; i < n_members; i++) {
    ClaspMessage *member = clasp_message_get_member (self->message, i);

    if (!member)
      break;
    if (i == 0 && is_stream (member))
      read_stream (self, member);
    else if (!self->stream || !continues_stream (self, member))
      break;
    if (i + 1 == n_members)
      return;
  }
  self->stream = self->has_seq = FALSE;
  g_clear_pointer (&self->address, g_free);
}

/*
 * clasp_send_item_new:
 * @message: what is to be sent
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a new item; %NULL if @message is not
 *   one that clients send, has an invalid address or cannot be encoded
 */
ClaspSendItem *
clasp_send_item_new (ClaspMessage *message, GError **error)
{
  g_autoptr (ClaspSendItem) self = g_new0 (ClaspSendItem, 1);
  ClaspMessageType type = clasp_message_get_message_type (message);

  self->message = clasp_message_ref (message);
  self->frame = clasp_message_encode (message, error);
  if (!self->frame || !check_message (message, error))
    return NULL;
  if (type == CLASP_MESSAGE_BUNDLE)
    read_bundle (self);
  else if (is_stream (message))
    read_stream (self, message);
  else
    self->address = g_strdup (clasp_message_get_address (message));
  self->bundled =
      (type == CLASP_MESSAGE_SET || type == CLASP_MESSAGE_PUBLISH) &&
      !g_str_has_prefix (self->address, CLASP_SIGNAL_PREFIX);
  return g_steal_pointer (&self);
}

/*
 * clasp_send_item_free:
 * @self: an item
 */
void
clasp_send_item_free (ClaspSendItem *self)
{
  g_clear_pointer (&self->frame, g_bytes_unref);
  g_clear_pointer (&self->message, clasp_message_unref);
  g_free (self->address);
  g_free (self);
}

/*
 * clasp_send_item_is_set:
 * @self: an item
 *
 * Returns: whether it is a SET
 */
gboolean
clasp_send_item_is_set (const ClaspSendItem *self)
{
  return clasp_message_get_message_type (self->message) == CLASP_MESSAGE_SET;
}
