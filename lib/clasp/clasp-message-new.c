/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-message-private.h"

/* Room for the fixed fields of any message, so that most need no growing. */
#define FIXED_SIZE 64

static gsize
room (const char *text)
{
  return FIXED_SIZE + (text ? strlen (text) : 0);
}

static void
write_flag_value (ClaspWriter *writer, gsize flags_at, GVariant *value)
{
  guint8 code = clasp_writer_value_data (writer, value);

  if (!writer->error)
    writer->data[flags_at] |= code;
}

/**
 * clasp_message_new_hello:
 * @name: name of the client
 * @features: what it uses
 * @token: (nullable): token for relays that ask for one
 *
 * Returns: (transfer full): a new HELLO
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_hello (const char *name, ClaspFeatures features,
    const char *token)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_HELLO, room (name) + room (token));
  clasp_writer_u8 (&writer, CLASP_PROTOCOL_VERSION);
  clasp_writer_u8 (&writer, (guint8) features);
  clasp_writer_text (&writer, name);
  clasp_writer_text (&writer, token);
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_welcome:
 * @features: what the relay has
 * @time_us: its time in µs
 * @session: id of the new session
 * @name: name of the relay
 * @token: (nullable): token for the client
 *
 * Returns: (transfer full): a new WELCOME
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_welcome (ClaspFeatures features, guint64 time_us,
    const char *session, const char *name, const char *token)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_WELCOME,
      room (session) + room (name));
  clasp_writer_u8 (&writer, CLASP_PROTOCOL_VERSION);
  clasp_writer_u8 (&writer, (guint8) features);
  clasp_writer_u64 (&writer, time_us);
  clasp_writer_text (&writer, session);
  clasp_writer_text (&writer, name);
  clasp_writer_text (&writer, token);
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_subscribe:
 * @id: id of the subscription, to be chosen by the client
 * @pattern: a pattern
 * @signals: which kinds of signals
 *
 * Returns: (transfer full): a new SUBSCRIBE
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_subscribe (guint32 id, const char *pattern,
    ClaspSignalMask signals)
{
  return clasp_message_new_subscribe_full (id, pattern, signals, NULL);
}

static void
write_options (ClaspWriter *writer, const ClaspSubscribeOptions *options)
{
  clasp_writer_u8 (writer,
      (options->max_rate ? 0x01 : 0) | (options->epsilon != 0 ? 0x02 : 0) |
          (options->history ? 0x04 : 0) | (options->window ? 0x08 : 0));
  if (options->max_rate)
    clasp_writer_u32 (writer, options->max_rate);
  if (options->epsilon != 0)
    clasp_writer_f64 (writer, options->epsilon);
  if (options->history)
    clasp_writer_u32 (writer, options->history);
  if (options->window)
    clasp_writer_u32 (writer, options->window);
}

/**
 * clasp_message_new_subscribe_full:
 * @id: id of the subscription, to be chosen by the client
 * @pattern: a pattern
 * @signals: which kinds of signals
 * @options: (nullable): wishes
 *
 * Returns: (transfer full): a new SUBSCRIBE
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_subscribe_full (guint32 id, const char *pattern,
    ClaspSignalMask signals, const ClaspSubscribeOptions *options)
{
  static const ClaspSubscribeOptions none = {0};
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_SUBSCRIBE, room (pattern));
  clasp_writer_u32 (&writer, id);
  clasp_writer_text (&writer, pattern);
  clasp_writer_u8 (&writer, (guint8) signals);
  write_options (&writer, options ? options : &none);
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_unsubscribe:
 * @id: id of the subscription
 *
 * Returns: (transfer full): a new UNSUBSCRIBE
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_unsubscribe (guint32 id)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_UNSUBSCRIBE, FIXED_SIZE);
  clasp_writer_u32 (&writer, id);
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_set:
 * @address: an address
 * @value: the value; sunk
 *
 * Returns: (transfer full): a new SET
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_set (const char *address, GVariant *value)
{
  return clasp_message_new_set_full (address, value, CLASP_SET_NONE, 0, 0);
}

/* Returns where the flags are: the value's code is yet to go there. */
static gsize
begin_set (ClaspWriter *writer, const char *address, gsize value_size,
    ClaspSetFlags flags)
{
  gsize at;

  clasp_writer_begin (writer, CLASP_MESSAGE_SET, room (address) + value_size);
  at = writer->size;
  clasp_writer_u8 (writer,
      (flags & CLASP_SET_REVISION ? 0x80 : 0) |
          (flags & CLASP_SET_LOCK ? 0x40 : 0) |
          (flags & CLASP_SET_UNLOCK ? 0x20 : 0) |
          (flags & CLASP_SET_TTL ? 0x10 : 0));
  clasp_writer_text (writer, address);
  return at;
}

static ClaspMessage *
finish_set (ClaspWriter *writer, ClaspSetFlags flags, guint64 revision,
    guint32 ttl)
{
  if (flags & CLASP_SET_REVISION)
    clasp_writer_u64 (writer, revision);
  if (flags & CLASP_SET_TTL)
    clasp_writer_u32 (writer, ttl);
  return clasp_message_take_writer (writer);
}

/**
 * clasp_message_new_set_full:
 * @address: an address
 * @value: the value; sunk
 * @flags: which of the following are sent; lock, unlock
 * @revision: from a client the revision it expects, from a relay the new one
 * @ttl: seconds, with %CLASP_TTL_ABSOLUTE from the write
 *
 * Returns: (transfer full): a new SET
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_set_full (const char *address, GVariant *value,
    ClaspSetFlags flags, guint64 revision, guint32 ttl)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);
  ClaspWriter writer;
  gsize at = begin_set (&writer, address, g_variant_get_size (sunk), flags);

  write_flag_value (&writer, at, sunk);
  return finish_set (&writer, flags, revision, ttl);
}

/**
 * clasp_message_new_set_number:
 * @address: an address
 * @number: the value
 *
 * As clasp_message_new_set(), without a #GVariant.
 *
 * Returns: (transfer full): a new SET
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_set_number (const char *address, double number)
{
  ClaspFields fields = {
      .type = CLASP_MESSAGE_SET,
      .has = CLASP_HAS_VALUE,
      .value = {.code = CLASP_CODE_F64, .size = sizeof (double)},
  };
  ClaspText *text = &fields.text[CLASP_TEXT_ADDRESS];
  ClaspWriter writer;
  gsize at = begin_set (&writer, address, 0, CLASP_SET_NONE);

  if (!writer.error)
    writer.data[at] |= CLASP_CODE_F64;
  clasp_writer_f64 (&writer, number);
  text->length = address ? strlen (address) : 0;
  text->data = address ? address : "";
  if (writer.error ||
      clasp_text_check (text->data, text->length) != CLASP_PROBLEM_NONE)
    return clasp_message_take_writer (&writer);
  fields.value.data = writer.data + writer.size - sizeof (double);
  return clasp_message_take_known (&writer, &fields);
}

/**
 * clasp_message_new_set_copy:
 * @source: a SET
 * @flags: flags of the new message
 * @revision: revision, if @flags say so
 * @ttl: seconds, if @flags say so
 *
 * A SET of the same value at the same address. The value is copied as it is,
 * so that a relay can pass it on without looking into it.
 *
 * Returns: (transfer full): a new SET
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_set_copy (const ClaspMessage *source, ClaspSetFlags flags,
    guint64 revision, guint32 ttl)
{
  const ClaspWireValue *value;
  ClaspWriter writer;
  gsize at;

  g_return_val_if_fail (source, NULL);
  g_return_val_if_fail (source->fields.type == CLASP_MESSAGE_SET &&
          !source->failure,
      NULL);
  value = &source->fields.value;
  at = begin_set (&writer, clasp_message_text (source, CLASP_TEXT_ADDRESS),
      value->size, flags);
  if (!writer.error)
    writer.data[at] |= value->code;
  clasp_writer_raw (&writer, value->data, value->size);
  return finish_set (&writer, flags, revision, ttl);
}

/**
 * clasp_message_new_get:
 * @address: an address
 *
 * Returns: (transfer full): a new GET
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_get (const char *address)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_GET, room (address));
  clasp_writer_text (&writer, address);
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_query:
 * @pattern: a pattern
 *
 * Returns: (transfer full): a new QUERY
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_query (const char *pattern)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_QUERY, room (pattern));
  clasp_writer_text (&writer, pattern);
  return clasp_message_take_writer (&writer);
}

static ClaspMessage *
new_sync (guint8 flags, guint64 t1, guint64 t2, guint64 t3)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_SYNC, FIXED_SIZE);
  clasp_writer_u8 (&writer, flags);
  clasp_writer_u64 (&writer, t1);
  if (flags) {
    clasp_writer_u64 (&writer, t2);
    clasp_writer_u64 (&writer, t3);
  }
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_sync:
 * @t1: when it is sent, own clock, µs
 *
 * Returns: (transfer full): a new SYNC that asks for the relay's time
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_sync (guint64 t1)
{
  return new_sync (0, t1, 0, 0);
}

/**
 * clasp_message_new_sync_reply:
 * @t1: as in the request
 * @t2: when the request came in, relay's clock, µs
 * @t3: when the answer is sent, relay's clock, µs
 *
 * Returns: (transfer full): a new SYNC that answers one
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_sync_reply (guint64 t1, guint64 t2, guint64 t3)
{
  return new_sync (0x03, t1, t2, t3);
}

static ClaspMessage *
new_empty (ClaspMessageType type)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, type, 1);
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_ping:
 *
 * Returns: (transfer full): a new PING
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_ping (void)
{
  return new_empty (CLASP_MESSAGE_PING);
}

/**
 * clasp_message_new_pong:
 *
 * Returns: (transfer full): a new PONG
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_pong (void)
{
  return new_empty (CLASP_MESSAGE_PONG);
}

/**
 * clasp_message_new_ack:
 * @address: (nullable): what is acknowledged
 * @revision: its revision, -1 for none
 *
 * Returns: (transfer full): a new ACK
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_ack (const char *address, gint64 revision)
{
  ClaspAck ack = {
      .address = address,
      .has_revision = revision >= 0,
      .revision = (guint64) revision,
  };

  return clasp_message_new_ack_full (&ack);
}

/**
 * clasp_message_new_ack_full:
 * @ack: what it says
 *
 * Returns: (transfer full): a new ACK
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_ack_full (const ClaspAck *ack)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_ACK, room (ack->address));
  clasp_writer_u8 (&writer,
      (ack->address ? 0x01 : 0) | (ack->has_revision ? 0x02 : 0) |
          (ack->has_locked ? 0x04 : 0) | (ack->holder ? 0x08 : 0) |
          (ack->has_correlation ? 0x10 : 0));
  if (ack->address)
    clasp_writer_text (&writer, ack->address);
  if (ack->has_revision)
    clasp_writer_u64 (&writer, ack->revision);
  if (ack->has_locked)
    clasp_writer_u8 (&writer, ack->locked ? 1 : 0);
  if (ack->holder)
    clasp_writer_text (&writer, ack->holder);
  if (ack->has_correlation)
    clasp_writer_u32 (&writer, ack->correlation);
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_error:
 * @code: code (clasp-protocol: error codes)
 * @text: text for people
 * @address: (nullable): what it is about
 *
 * Returns: (transfer full): a new ERROR
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_error (guint16 code, const char *text, const char *address)
{
  return clasp_message_new_error_full (code, text, address, 0);
}

/**
 * clasp_message_new_error_full:
 * @code: code (clasp-protocol: error codes)
 * @text: text for people
 * @address: (nullable): what it is about
 * @correlation: id of the request, 0 for none
 *
 * Returns: (transfer full): a new ERROR
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_error_full (guint16 code, const char *text,
    const char *address, guint32 correlation)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_ERROR, room (text));
  clasp_writer_u16 (&writer, code);
  clasp_writer_text (&writer, text);
  clasp_writer_u8 (&writer,
      (address ? 0x01 : 0) | (correlation != 0 ? 0x02 : 0));
  if (address)
    clasp_writer_text (&writer, address);
  if (correlation != 0)
    clasp_writer_u32 (&writer, correlation);
  return clasp_message_take_writer (&writer);
}
