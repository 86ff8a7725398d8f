/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-message-parts.h"
#include "clasp-wire-value-private.h"
#include "clasp-writer-private.h"

G_BEGIN_DECLS

/* Which optional fields a message has. */
typedef enum {
  CLASP_HAS_VALUE = 1 << 0,
  CLASP_HAS_TIMESTAMP = 1 << 1,
  CLASP_HAS_REVISION = 1 << 2,
  CLASP_HAS_TTL = 1 << 3,
  CLASP_HAS_ID = 1 << 4,
  CLASP_HAS_RATE = 1 << 5,
  CLASP_HAS_SAMPLES = 1 << 6,
  CLASP_HAS_LOCKED = 1 << 7,
  CLASP_HAS_CORRELATION = 1 << 8,
  CLASP_HAS_TIME_2 = 1 << 9,
  CLASP_HAS_TIME_3 = 1 << 10,
  CLASP_HAS_ADDRESS = 1 << 11,
  CLASP_HAS_HOLDER = 1 << 12,
} ClaspHas;

/* Texts of a message. */
typedef enum {
  CLASP_TEXT_ADDRESS, /* also pattern, namespace */
  CLASP_TEXT_NAME,    /* also text of an ERROR */
  CLASP_TEXT_TOKEN,
  CLASP_TEXT_SESSION, /* also holder of a lock, origin of a federation */
  CLASP_N_TEXTS,
} ClaspTextField;

/* What one message says. Texts point into the wire, in a ClaspMessage to
 * terminated copies. */
typedef struct {
  ClaspMessageType type;
  guint32 has;
  guint8 version, features, signals, signal, phase, set_flags, operation;
  guint8 locked;
  guint16 code;
  guint32 id, rate, ttl, correlation, limit;
  guint64 time[3]; /* timestamp or t1; t2 or from; t3 or to */
  guint64 revision;
  ClaspSubscribeOptions options;
  ClaspText text[CLASP_N_TEXTS];
  ClaspWireValue value;
  const guint8 *list; /* first entry */
  guint32 list_size;  /* up to the end of the message */
  guint n_entries;    /* on the wire */
  guint n_usable;     /* without those that break rules for contents */
  gsize size;         /* of the message on the wire */
} ClaspFields;

/* An entry of SNAPSHOT, ANNOUNCE or RESULT on the wire. */
typedef struct {
  ClaspText address, writer, datatype, access, unit, description;
  ClaspWireValue value;
  guint64 revision, timestamp;
  guint8 signal, flags, meta;
  double min, max;
} ClaspEntry;

typedef struct _ClaspItems ClaspItems;

struct _ClaspMessage {
  gatomicrefcount refs;
  ClaspFields fields;
  GBytes *frame;     /* what it was decoded from, or encoded to */
  gsize payload;     /* where the message begins in frame */
  GError *failure;   /* why it cannot be encoded; then there is no frame */
  GVariant *value;   /* atomic: NULL until asked for */
  ClaspItems *items; /* atomic: NULL until asked for */
  /* texts follow */
};

gboolean clasp_fields_parse (ClaspFields *self, const guint8 *data, gsize size,
    GError **error);
void clasp_entry_read (ClaspReader *reader, ClaspMessageType type,
    ClaspEntry *entry);
gboolean clasp_entry_read_usable (ClaspReader *reader, ClaspMessageType type,
    ClaspEntry *entry);
ClaspReader clasp_member_read (ClaspReader *reader);
ClaspReader clasp_fields_open_list (const ClaspFields *self);
ClaspMessage *clasp_message_from_payload (GBytes *frame, gsize offset,
    gsize size, GError **error);
ClaspMessage *clasp_message_take_writer (ClaspWriter *writer);
ClaspMessage *
clasp_message_take_known (ClaspWriter *writer, ClaspFields *fields);
ClaspMessage *
clasp_message_decode_legacy (const guint8 *data, gsize size, GError **error);
ClaspQos clasp_fields_default_qos (const ClaspFields *self);
void clasp_items_free (ClaspItems *self);
const char *clasp_message_type_name (ClaspMessageType type);
const char *clasp_signal_name (ClaspSignalType signal);
void
clasp_writer_begin (ClaspWriter *self, ClaspMessageType type, gsize expected);

static inline const char *
clasp_message_text (const ClaspMessage *self, ClaspTextField field)
{
  return self->fields.text[field].data;
}

G_END_DECLS
