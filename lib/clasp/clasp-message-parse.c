/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-message-private.h"

#define PUBLISH_VALUE 1
#define PUBLISH_SAMPLES 2

static void parse_message (ClaspReader *reader, ClaspFields *self, guint depth);

static void
read_text (ClaspReader *reader, ClaspFields *self, ClaspTextField field)
{
  self->text[field] = clasp_reader_text (reader);
}

static void
parse_hello (ClaspReader *reader, ClaspFields *self)
{
  self->version = clasp_reader_u8 (reader);
  self->features = clasp_reader_u8 (reader);
  read_text (reader, self, CLASP_TEXT_NAME);
  read_text (reader, self, CLASP_TEXT_TOKEN);
}

static void
parse_welcome (ClaspReader *reader, ClaspFields *self)
{
  self->version = clasp_reader_u8 (reader);
  self->features = clasp_reader_u8 (reader);
  self->time[0] = clasp_reader_u64 (reader);
  self->has |= CLASP_HAS_TIMESTAMP;
  read_text (reader, self, CLASP_TEXT_SESSION);
  read_text (reader, self, CLASP_TEXT_NAME);
  read_text (reader, self, CLASP_TEXT_TOKEN);
}

static void
parse_subscribe (ClaspReader *reader, ClaspFields *self)
{
  guint8 given;

  self->id = clasp_reader_u32 (reader);
  self->has |= CLASP_HAS_ID;
  read_text (reader, self, CLASP_TEXT_ADDRESS);
  self->signals = clasp_reader_u8 (reader);
  given = clasp_reader_u8 (reader);
  if (given & 0x01)
    self->options.max_rate = clasp_reader_u32 (reader);
  if (given & 0x02)
    self->options.epsilon = clasp_reader_f64 (reader);
  if (given & 0x04)
    self->options.history = clasp_reader_u32 (reader);
  if (given & 0x08)
    self->options.window = clasp_reader_u32 (reader);
}

static void
parse_publish_body (ClaspReader *reader, ClaspFields *self)
{
  switch (clasp_reader_u8 (reader)) {
    case PUBLISH_VALUE:
      clasp_reader_value (reader, &self->value);
      self->has |= CLASP_HAS_VALUE;
      break;
    case PUBLISH_SAMPLES:
      self->n_entries = clasp_reader_u16 (reader);
      self->value.data = clasp_reader_bytes (reader, self->n_entries * 8);
      self->has |= CLASP_HAS_SAMPLES;
      break;
    default:
      break;
  }
}

static void
parse_publish (ClaspReader *reader, ClaspFields *self)
{
  guint8 flags = clasp_reader_u8 (reader);

  self->signal = flags >> 5;
  if (self->signal > CLASP_SIGNAL_TIMELINE)
    self->signal = CLASP_SIGNAL_EVENT;
  self->phase = flags & 0x07;
  if (self->phase > CLASP_PHASE_CANCEL)
    self->phase = CLASP_PHASE_START;
  read_text (reader, self, CLASP_TEXT_ADDRESS);
  parse_publish_body (reader, self);
  if (flags & 0x10) {
    self->time[0] = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_TIMESTAMP;
  }
  if (flags & 0x08) {
    self->id = clasp_reader_u32 (reader);
    self->has |= CLASP_HAS_ID;
  }
  if (clasp_reader_left (reader) >= 4) {
    self->rate = clasp_reader_u32 (reader);
    self->has |= CLASP_HAS_RATE;
  }
}

static void
parse_set (ClaspReader *reader, ClaspFields *self)
{
  guint8 flags = clasp_reader_u8 (reader);

  if (flags & 0x40)
    self->set_flags |= CLASP_SET_LOCK;
  if (flags & 0x20)
    self->set_flags |= CLASP_SET_UNLOCK;
  read_text (reader, self, CLASP_TEXT_ADDRESS);
  clasp_reader_value_data (reader, flags & 0x0f, &self->value);
  self->has |= CLASP_HAS_VALUE;
  if (flags & 0x80) {
    self->revision = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_REVISION;
    self->set_flags |= CLASP_SET_REVISION;
  }
  if (flags & 0x10) {
    self->ttl = clasp_reader_u32 (reader);
    self->has |= CLASP_HAS_TTL;
    self->set_flags |= CLASP_SET_TTL;
  }
}

static void
parse_replay (ClaspReader *reader, ClaspFields *self)
{
  guint8 flags = clasp_reader_u8 (reader);

  read_text (reader, self, CLASP_TEXT_ADDRESS);
  if (flags & 0x80) {
    self->time[1] = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_TIME_2;
  }
  if (flags & 0x40) {
    self->time[2] = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_TIME_3;
  }
  if (flags & 0x20)
    self->limit = clasp_reader_u32 (reader);
  self->signals = clasp_reader_u8 (reader);
}

static void
parse_sync (ClaspReader *reader, ClaspFields *self)
{
  guint8 flags = clasp_reader_u8 (reader);

  self->time[0] = clasp_reader_u64 (reader);
  if (flags & 0x01) {
    self->time[1] = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_TIME_2;
  }
  if (flags & 0x02) {
    self->time[2] = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_TIME_3;
  }
}

static void
parse_ack (ClaspReader *reader, ClaspFields *self)
{
  guint8 flags = clasp_reader_u8 (reader);

  if (flags & 0x01) {
    read_text (reader, self, CLASP_TEXT_ADDRESS);
    self->has |= CLASP_HAS_ADDRESS;
  }
  if (flags & 0x02) {
    self->revision = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_REVISION;
  }
  if (flags & 0x04) {
    self->locked = clasp_reader_u8 (reader) != 0;
    self->has |= CLASP_HAS_LOCKED;
  }
  if (flags & 0x08) {
    read_text (reader, self, CLASP_TEXT_SESSION);
    self->has |= CLASP_HAS_HOLDER;
  }
  if (flags & 0x10) {
    self->correlation = clasp_reader_u32 (reader);
    self->has |= CLASP_HAS_CORRELATION;
  }
}

static void
parse_error (ClaspReader *reader, ClaspFields *self)
{
  guint8 flags;

  self->code = clasp_reader_u16 (reader);
  read_text (reader, self, CLASP_TEXT_NAME);
  flags = clasp_reader_u8 (reader);
  if (flags & 0x01) {
    read_text (reader, self, CLASP_TEXT_ADDRESS);
    self->has |= CLASP_HAS_ADDRESS;
  }
  if (flags & 0x02) {
    self->correlation = clasp_reader_u32 (reader);
    self->has |= CLASP_HAS_CORRELATION;
  }
}

static void
read_meta (ClaspReader *reader, ClaspEntry *entry)
{
  entry->meta = clasp_reader_u8 (reader);
  if (entry->meta & 0x01)
    entry->unit = clasp_reader_text (reader);
  if (entry->meta & 0x02) {
    entry->min = clasp_reader_f64 (reader);
    entry->max = clasp_reader_f64 (reader);
  }
  if (entry->meta & 0x04)
    clasp_reader_value (reader, &entry->value);
  if (entry->meta & 0x08)
    entry->description = clasp_reader_text (reader);
}

static void
read_signal (ClaspReader *reader, gboolean with_meta, ClaspEntry *entry)
{
  entry->address = clasp_reader_text (reader);
  entry->signal = clasp_reader_u8 (reader);
  if (entry->signal > CLASP_SIGNAL_TIMELINE)
    entry->signal = CLASP_SIGNAL_EVENT;
  entry->flags = clasp_reader_u8 (reader);
  if (entry->flags & 0x01)
    entry->datatype = clasp_reader_text (reader);
  if (entry->flags & 0x02)
    entry->access = clasp_reader_text (reader);
  if (with_meta && (entry->flags & 0x04))
    read_meta (reader, entry);
}

static void
read_param (ClaspReader *reader, ClaspEntry *entry)
{
  entry->address = clasp_reader_text (reader);
  clasp_reader_value (reader, &entry->value);
  entry->revision = clasp_reader_u64 (reader);
  entry->flags = clasp_reader_u8 (reader);
  if (entry->flags & 0x01)
    entry->writer = clasp_reader_text (reader);
  if (entry->flags & 0x02)
    entry->timestamp = clasp_reader_u64 (reader);
}

/* Reads an entry of a SNAPSHOT, ANNOUNCE or RESULT. */
void
clasp_entry_read (ClaspReader *reader, ClaspMessageType type, ClaspEntry *entry)
{
  *entry = (ClaspEntry){0};
  if (type == CLASP_MESSAGE_SNAPSHOT)
    read_param (reader, entry);
  else
    read_signal (reader, type == CLASP_MESSAGE_ANNOUNCE, entry);
}

/* An entry that only breaks our rules for contents is passed over: whoever
 * can write one param must not hide all the others. Returns FALSE then, and
 * when the reader failed. */
gboolean
clasp_entry_read_usable (ClaspReader *reader, ClaspMessageType type,
    ClaspEntry *entry)
{
  ClaspReader before = *reader;

  clasp_entry_read (reader, type, entry);
  if (reader->problem <= CLASP_PROBLEM_FORM)
    return reader->problem == CLASP_PROBLEM_NONE;
  *reader = before;
  reader->loose = TRUE;
  clasp_entry_read (reader, type, entry);
  reader->loose = FALSE;
  return FALSE;
}

static void
begin_list (ClaspReader *reader, ClaspFields *self)
{
  self->list = reader->pos;
  self->list_size = (guint32) clasp_reader_left (reader);
}

/* At the first entry. */
ClaspReader
clasp_fields_open_list (const ClaspFields *self)
{
  ClaspReader reader;

  clasp_reader_init (&reader, self->list, self->list_size);
  return reader;
}

static void
parse_entries (ClaspReader *reader, ClaspFields *self)
{
  ClaspEntry entry;

  self->n_entries = clasp_reader_u16 (reader);
  begin_list (reader, self);
  for (guint i = 0; i < self->n_entries && !reader->problem; i++)
    self->n_usable += clasp_entry_read_usable (reader, self->type, &entry);
}

static void
parse_announce (ClaspReader *reader, ClaspFields *self)
{
  read_text (reader, self, CLASP_TEXT_ADDRESS);
  parse_entries (reader, self);
}

static void
parse_federation (ClaspReader *reader, ClaspFields *self)
{
  guint8 flags;
  guint n;

  self->operation = clasp_reader_u8 (reader);
  if (self->operation < 1 || self->operation > 4)
    clasp_reader_fail (reader, CLASP_PROBLEM_FORM);
  n = clasp_reader_u16 (reader);
  for (guint i = 0; i < n && !reader->problem; i++)
    clasp_reader_text (reader);
  n = clasp_reader_u16 (reader);
  for (guint i = 0; i < n && !reader->problem; i++) {
    clasp_reader_text (reader);
    clasp_reader_u64 (reader);
  }
  flags = clasp_reader_u8 (reader);
  if (flags & 0x80) {
    self->revision = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_REVISION;
  }
  if (flags & 0x40)
    read_text (reader, self, CLASP_TEXT_SESSION);
}

/* The next member of a bundle: a reader that ends with the member. */
ClaspReader
clasp_member_read (ClaspReader *reader)
{
  gsize size = clasp_reader_u16 (reader);
  const guint8 *data = clasp_reader_bytes (reader, size);
  ClaspReader member;

  clasp_reader_init (&member, data ? data : reader->end, data ? size : 0);
  return member;
}

static void
parse_bundle (ClaspReader *reader, ClaspFields *self, guint depth)
{
  guint8 flags = clasp_reader_u8 (reader);

  self->n_entries = clasp_reader_u16 (reader);
  if (flags & 0x80) {
    self->time[0] = clasp_reader_u64 (reader);
    self->has |= CLASP_HAS_TIMESTAMP;
  }
  if (depth >= CLASP_MAX_DEPTH)
    clasp_reader_fail (reader, CLASP_PROBLEM_DEPTH);
  begin_list (reader, self);
  for (guint i = 0; i < self->n_entries && !reader->problem; i++) {
    ClaspReader member = clasp_member_read (reader);
    ClaspFields fields = {0};

    if (reader->problem)
      return;
    parse_message (&member, &fields, depth + 1);
    if (member.problem)
      clasp_reader_fail (reader, member.problem);
  }
  self->n_usable = self->n_entries;
}

static void
parse_message (ClaspReader *reader, ClaspFields *self, guint depth)
{
  self->type = (ClaspMessageType) clasp_reader_u8 (reader);
  switch (self->type) {
    case CLASP_MESSAGE_HELLO:
      parse_hello (reader, self);
      break;
    case CLASP_MESSAGE_WELCOME:
      parse_welcome (reader, self);
      break;
    case CLASP_MESSAGE_ANNOUNCE:
      parse_announce (reader, self);
      break;
    case CLASP_MESSAGE_FEDERATION_SYNC:
      parse_federation (reader, self);
      break;
    case CLASP_MESSAGE_SUBSCRIBE:
      parse_subscribe (reader, self);
      break;
    case CLASP_MESSAGE_UNSUBSCRIBE:
      self->id = clasp_reader_u32 (reader);
      self->has |= CLASP_HAS_ID;
      break;
    case CLASP_MESSAGE_PUBLISH:
      parse_publish (reader, self);
      break;
    case CLASP_MESSAGE_SET:
      parse_set (reader, self);
      break;
    case CLASP_MESSAGE_GET:
    case CLASP_MESSAGE_QUERY:
      read_text (reader, self, CLASP_TEXT_ADDRESS);
      break;
    case CLASP_MESSAGE_SNAPSHOT:
    case CLASP_MESSAGE_RESULT:
      parse_entries (reader, self);
      break;
    case CLASP_MESSAGE_REPLAY:
      parse_replay (reader, self);
      break;
    case CLASP_MESSAGE_BUNDLE:
      parse_bundle (reader, self, depth);
      break;
    case CLASP_MESSAGE_SYNC:
      parse_sync (reader, self);
      break;
    case CLASP_MESSAGE_PING:
    case CLASP_MESSAGE_PONG:
      break;
    case CLASP_MESSAGE_ACK:
      parse_ack (reader, self);
      break;
    case CLASP_MESSAGE_ERROR:
      parse_error (reader, self);
      break;
    default:
      clasp_reader_fail (reader, CLASP_PROBLEM_FORM);
  }
}

/* @self: zeroed. Bytes after the message are ignored. */
gboolean
clasp_fields_parse (ClaspFields *self, const guint8 *data, gsize size,
    GError **error)
{
  ClaspReader reader;

  clasp_reader_init (&reader, data, size);
  parse_message (&reader, self, 0);
  if (G_LIKELY (reader.problem == CLASP_PROBLEM_NONE)) {
    self->size = (gsize) (reader.pos - reader.start);
    return TRUE;
  }
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
      "malformed %s of %" G_GSIZE_FORMAT " bytes: %s",
      clasp_message_type_name (self->type), size,
      clasp_problem_text (reader.problem));
  return FALSE;
}
