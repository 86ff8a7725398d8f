/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-message-private.h"

static const char *
text_or_null (const ClaspMessage *self, ClaspTextField field)
{
  const ClaspText *text = &self->fields.text[field];

  return text->length > 0 ? text->data : NULL;
}

static gboolean
has_type (const ClaspMessage *self, ClaspMessageType type)
{
  return self->fields.type == type;
}

static gboolean
has_pattern (const ClaspMessage *self)
{
  return has_type (self, CLASP_MESSAGE_SUBSCRIBE) ||
      has_type (self, CLASP_MESSAGE_QUERY) ||
      has_type (self, CLASP_MESSAGE_REPLAY);
}

/**
 * clasp_message_get_address:
 * @self: a #ClaspMessage
 *
 * Returns: (nullable) (transfer none): address of a SET, PUBLISH, GET, ACK or
 *   ERROR, namespace of an ANNOUNCE
 *
 * Since: 0.1
 */
const char *
clasp_message_get_address (const ClaspMessage *self)
{
  g_return_val_if_fail (self, NULL);
  return has_pattern (self) ? NULL
                            : clasp_message_text (self, CLASP_TEXT_ADDRESS);
}

/**
 * clasp_message_get_pattern:
 * @self: a #ClaspMessage
 *
 * Returns: (nullable) (transfer none): pattern of a SUBSCRIBE, QUERY or REPLAY
 *
 * Since: 0.1
 */
const char *
clasp_message_get_pattern (const ClaspMessage *self)
{
  g_return_val_if_fail (self, NULL);
  return has_pattern (self) ? clasp_message_text (self, CLASP_TEXT_ADDRESS)
                            : NULL;
}

/**
 * clasp_message_get_name:
 * @self: a #ClaspMessage
 *
 * Returns: (nullable) (transfer none): name in a HELLO or WELCOME
 *
 * Since: 0.1
 */
const char *
clasp_message_get_name (const ClaspMessage *self)
{
  g_return_val_if_fail (self, NULL);
  return has_type (self, CLASP_MESSAGE_ERROR)
      ? NULL
      : clasp_message_text (self, CLASP_TEXT_NAME);
}

/**
 * clasp_message_get_token:
 * @self: a #ClaspMessage
 *
 * Returns: (nullable) (transfer none): token in a HELLO or WELCOME
 *
 * Since: 0.1
 */
const char *
clasp_message_get_token (const ClaspMessage *self)
{
  g_return_val_if_fail (self, NULL);
  return text_or_null (self, CLASP_TEXT_TOKEN);
}

/**
 * clasp_message_get_session:
 * @self: a #ClaspMessage
 *
 * Returns: (nullable) (transfer none): session id in a WELCOME
 *
 * Since: 0.1
 */
const char *
clasp_message_get_session (const ClaspMessage *self)
{
  g_return_val_if_fail (self, NULL);
  return has_type (self, CLASP_MESSAGE_WELCOME)
      ? clasp_message_text (self, CLASP_TEXT_SESSION)
      : NULL;
}

/**
 * clasp_message_get_version:
 * @self: a #ClaspMessage
 *
 * Returns: protocol version in a HELLO or WELCOME
 *
 * Since: 0.1
 */
guint8
clasp_message_get_version (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  return self->fields.version;
}

/**
 * clasp_message_get_features:
 * @self: a #ClaspMessage
 *
 * Returns: features in a HELLO or WELCOME
 *
 * Since: 0.1
 */
ClaspFeatures
clasp_message_get_features (const ClaspMessage *self)
{
  g_return_val_if_fail (self, (ClaspFeatures) 0);
  return (ClaspFeatures) self->fields.features;
}

/**
 * clasp_message_get_id:
 * @self: a #ClaspMessage
 *
 * Returns: id of a SUBSCRIBE or UNSUBSCRIBE, or of a gesture
 *
 * Since: 0.1
 */
guint32
clasp_message_get_id (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  return self->fields.id;
}

/**
 * clasp_message_has_id:
 * @self: a #ClaspMessage
 *
 * Returns: whether clasp_message_get_id() says anything
 *
 * Since: 0.1
 */
gboolean
clasp_message_has_id (const ClaspMessage *self)
{
  g_return_val_if_fail (self, FALSE);
  return (self->fields.has & CLASP_HAS_ID) != 0;
}

/**
 * clasp_message_get_signal_mask:
 * @self: a #ClaspMessage
 *
 * Returns: wanted signals of a SUBSCRIBE or REPLAY; an empty mask on the wire
 *   means all
 *
 * Since: 0.1
 */
ClaspSignalMask
clasp_message_get_signal_mask (const ClaspMessage *self)
{
  g_return_val_if_fail (self, (ClaspSignalMask) 0);
  if (!has_type (self, CLASP_MESSAGE_SUBSCRIBE) &&
      !has_type (self, CLASP_MESSAGE_REPLAY))
    return (ClaspSignalMask) 0;
  return self->fields.signals ? (ClaspSignalMask) self->fields.signals
                              : CLASP_SIGNAL_MASK_ALL;
}

/**
 * clasp_message_get_signal:
 * @self: a #ClaspMessage
 *
 * Returns: kind of signal of a PUBLISH; a SET is a param
 *
 * Since: 0.1
 */
ClaspSignalType
clasp_message_get_signal (const ClaspMessage *self)
{
  g_return_val_if_fail (self, CLASP_SIGNAL_PARAM);
  return (ClaspSignalType) self->fields.signal;
}

/**
 * clasp_message_get_phase:
 * @self: a #ClaspMessage
 *
 * Returns: phase of a gesture
 *
 * Since: 0.1
 */
ClaspPhase
clasp_message_get_phase (const ClaspMessage *self)
{
  g_return_val_if_fail (self, CLASP_PHASE_START);
  return (ClaspPhase) self->fields.phase;
}

/**
 * clasp_message_get_timestamp:
 * @self: a #ClaspMessage
 * @timestamp_us: (out): time in µs
 *
 * The time that a PUBLISH, a BUNDLE or a WELCOME carries.
 *
 * Returns: %FALSE if it carries none
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_timestamp (const ClaspMessage *self, guint64 *timestamp_us)
{
  g_return_val_if_fail (self, FALSE);
  *timestamp_us = self->fields.time[0];
  return (self->fields.has & CLASP_HAS_TIMESTAMP) != 0;
}

/**
 * clasp_message_get_rate:
 * @self: a #ClaspMessage
 *
 * Returns: samples per second of a PUBLISH, 0 if not given
 *
 * Since: 0.1
 */
guint32
clasp_message_get_rate (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  return self->fields.rate;
}

/**
 * clasp_message_get_set_flags:
 * @self: a #ClaspMessage
 *
 * Returns: flags of a SET
 *
 * Since: 0.1
 */
ClaspSetFlags
clasp_message_get_set_flags (const ClaspMessage *self)
{
  g_return_val_if_fail (self, CLASP_SET_NONE);
  return (ClaspSetFlags) self->fields.set_flags;
}

/**
 * clasp_message_get_revision:
 * @self: a #ClaspMessage
 * @revision: (out): revision of the param
 *
 * Returns: %FALSE if the message, a SET or ACK, carries none
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_revision (const ClaspMessage *self, guint64 *revision)
{
  g_return_val_if_fail (self, FALSE);
  *revision = self->fields.revision;
  return (self->fields.has & CLASP_HAS_REVISION) != 0;
}

/**
 * clasp_message_get_ttl:
 * @self: a #ClaspMessage
 * @ttl: (out): seconds, with %CLASP_TTL_ABSOLUTE from the write; 0 for ever
 *
 * Returns: %FALSE if the message, a SET, carries none
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_ttl (const ClaspMessage *self, guint32 *ttl)
{
  g_return_val_if_fail (self, FALSE);
  *ttl = self->fields.ttl;
  return (self->fields.has & CLASP_HAS_TTL) != 0;
}

/**
 * clasp_message_get_error_code:
 * @self: a #ClaspMessage
 *
 * Returns: code of an ERROR
 *
 * Since: 0.1
 */
guint16
clasp_message_get_error_code (const ClaspMessage *self)
{
  g_return_val_if_fail (self, 0);
  return self->fields.code;
}

/**
 * clasp_message_get_error_text:
 * @self: a #ClaspMessage
 *
 * Returns: (nullable) (transfer none): text of an ERROR
 *
 * Since: 0.1
 */
const char *
clasp_message_get_error_text (const ClaspMessage *self)
{
  g_return_val_if_fail (self, NULL);
  return has_type (self, CLASP_MESSAGE_ERROR)
      ? clasp_message_text (self, CLASP_TEXT_NAME)
      : NULL;
}

/**
 * clasp_message_get_sync:
 * @self: a #ClaspMessage
 * @t1: (out) (optional): when the request was sent, requester's clock, µs
 * @t2: (out) (optional): when it came in, relay's clock
 * @t3: (out) (optional): when the answer was sent, relay's clock
 *
 * Times of a SYNC. A request carries @t1 only; the others are 0 then.
 *
 * Returns: %FALSE if @self is not a SYNC
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_sync (const ClaspMessage *self, guint64 *t1, guint64 *t2,
    guint64 *t3)
{
  gboolean is_sync;

  g_return_val_if_fail (self, FALSE);
  is_sync = has_type (self, CLASP_MESSAGE_SYNC);
  if (t1)
    *t1 = is_sync ? self->fields.time[0] : 0;
  if (t2)
    *t2 = is_sync ? self->fields.time[1] : 0;
  if (t3)
    *t3 = is_sync ? self->fields.time[2] : 0;
  return is_sync;
}

/**
 * clasp_message_get_subscribe_options:
 * @self: a #ClaspMessage
 * @options: (out caller-allocates): wishes of a SUBSCRIBE, 0 where not given
 *
 * Since: 0.1
 */
void
clasp_message_get_subscribe_options (const ClaspMessage *self,
    ClaspSubscribeOptions *options)
{
  g_return_if_fail (self);
  *options = self->fields.options;
}

/**
 * clasp_message_get_correlation:
 * @self: a #ClaspMessage
 * @correlation: (out): id of the request that is answered
 *
 * Returns: %FALSE if the message, an ACK or ERROR, carries none
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_correlation (const ClaspMessage *self, guint32 *correlation)
{
  g_return_val_if_fail (self, FALSE);
  *correlation = self->fields.correlation;
  return (self->fields.has & CLASP_HAS_CORRELATION) != 0;
}

/**
 * clasp_message_get_ack:
 * @self: a #ClaspMessage
 * @ack: (out caller-allocates): its fields; texts are owned by @self
 *
 * Returns: %FALSE if @self is not an ACK
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_ack (const ClaspMessage *self, ClaspAck *ack)
{
  const ClaspFields *fields;

  g_return_val_if_fail (self, FALSE);
  if (!has_type (self, CLASP_MESSAGE_ACK))
    return FALSE;
  fields = &self->fields;
  *ack = (ClaspAck){
      .address = clasp_message_text (self, CLASP_TEXT_ADDRESS),
      .has_revision = (fields->has & CLASP_HAS_REVISION) != 0,
      .revision = fields->revision,
      .has_locked = (fields->has & CLASP_HAS_LOCKED) != 0,
      .locked = fields->locked,
      .holder = clasp_message_text (self, CLASP_TEXT_SESSION),
      .has_correlation = (fields->has & CLASP_HAS_CORRELATION) != 0,
      .correlation = fields->correlation,
  };
  return TRUE;
}

/**
 * clasp_message_get_replay:
 * @self: a #ClaspMessage
 * @from_us: (out): first moment in µs, 0 if not given
 * @to_us: (out): last moment in µs, %G_MAXUINT64 if not given
 * @limit: (out): how many messages at most, 0 if not given
 *
 * Returns: %FALSE if @self is not a REPLAY
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_replay (const ClaspMessage *self, guint64 *from_us,
    guint64 *to_us, guint32 *limit)
{
  g_return_val_if_fail (self, FALSE);
  if (!has_type (self, CLASP_MESSAGE_REPLAY))
    return FALSE;
  *from_us = self->fields.time[1];
  *to_us =
      self->fields.has & CLASP_HAS_TIME_3 ? self->fields.time[2] : G_MAXUINT64;
  *limit = self->fields.limit;
  return TRUE;
}

/**
 * clasp_message_get_federation:
 * @self: a #ClaspMessage
 * @operation: (out): what is asked for, 1 to 4
 * @origin: (out) (nullable) (transfer none): who asks
 * @since_revision: (out): revision to begin with, 0 if not given
 *
 * Returns: %FALSE if @self is not a FEDERATION_SYNC
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_federation (const ClaspMessage *self, guint8 *operation,
    const char **origin, guint64 *since_revision)
{
  g_return_val_if_fail (self, FALSE);
  if (!has_type (self, CLASP_MESSAGE_FEDERATION_SYNC))
    return FALSE;
  *operation = self->fields.operation;
  *origin = text_or_null (self, CLASP_TEXT_SESSION);
  *since_revision = self->fields.revision;
  return TRUE;
}
