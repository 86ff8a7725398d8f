/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-error.h"

G_BEGIN_DECLS

#define CLASP_TYPE_MESSAGE (clasp_message_get_type ())

/**
 * ClaspMessage:
 *
 * One CLASP message. Immutable and reference counted; may be used from any
 * thread. A decoded message keeps the bytes it came from, and its value
 * becomes a #GVariant only when asked for.
 *
 * Since: 0.1
 */
typedef struct _ClaspMessage ClaspMessage;

/**
 * ClaspParam:
 * @address: its address
 * @value: its value
 * @revision: +1 with every accepted SET, from 1
 * @writer: (nullable): session id of the last writer
 * @timestamp: relay time of the last write in µs, 0 if unknown
 *
 * One entry of a SNAPSHOT.
 *
 * Since: 0.1
 */
typedef struct {
  const char *address;
  GVariant *value;
  guint64 revision;
  const char *writer;
  guint64 timestamp;
} ClaspParam;

/* Flags of SET. */
typedef enum {
  CLASP_SET_NONE = 0,
  CLASP_SET_REVISION = 1 << 0,
  CLASP_SET_LOCK = 1 << 1,
  CLASP_SET_UNLOCK = 1 << 2,
  CLASP_SET_TTL = 1 << 3,
} ClaspSetFlags;

/* Bit 31 of a TTL: seconds from the write instead of sliding seconds. */
#define CLASP_TTL_ABSOLUTE 0x80000000u

CLASP_API GType clasp_message_get_type (void);
CLASP_API ClaspMessage *clasp_message_ref (ClaspMessage *self);
CLASP_API void clasp_message_unref (ClaspMessage *self);
CLASP_API ClaspMessageType clasp_message_get_message_type (
    const ClaspMessage *self);

/* Constructors. GVariants are sunk. Addresses are copied. */
CLASP_API ClaspMessage *clasp_message_new_hello (const char *name,
    ClaspFeatures features, const char *token);
CLASP_API ClaspMessage *clasp_message_new_welcome (ClaspFeatures features,
    guint64 time_us, const char *session, const char *name, const char *token);
CLASP_API ClaspMessage *clasp_message_new_subscribe (guint32 id,
    const char *pattern, ClaspSignalMask signals);
CLASP_API ClaspMessage *clasp_message_new_unsubscribe (guint32 id);
CLASP_API ClaspMessage *clasp_message_new_publish (ClaspSignalType signal,
    const char *address, GVariant *value, guint64 timestamp_us);
CLASP_API ClaspMessage *
clasp_message_new_set (const char *address, GVariant *value);
CLASP_API ClaspMessage *clasp_message_new_set_full (const char *address,
    GVariant *value, ClaspSetFlags flags, guint64 revision, guint32 ttl);
CLASP_API ClaspMessage *clasp_message_new_get (const char *address);
CLASP_API ClaspMessage *
clasp_message_new_snapshot (const ClaspParam *params, guint n_params);
CLASP_API ClaspMessage *clasp_message_new_bundle (ClaspMessage *const *members,
    guint n_members, guint64 timestamp_us);
CLASP_API ClaspMessage *clasp_message_new_sync (guint64 t1);
CLASP_API ClaspMessage *
clasp_message_new_sync_reply (guint64 t1, guint64 t2, guint64 t3);
CLASP_API ClaspMessage *clasp_message_new_ping (void);
CLASP_API ClaspMessage *clasp_message_new_pong (void);
CLASP_API ClaspMessage *
clasp_message_new_ack (const char *address, gint64 revision);
CLASP_API ClaspMessage *
clasp_message_new_error (guint16 code, const char *text, const char *address);
CLASP_API ClaspMessage *clasp_message_new_query (const char *pattern);

/* Accessors: what a message of that type carries; NULL / 0 / FALSE where the
 * message has no such field. */
CLASP_API const char *clasp_message_get_address (const ClaspMessage *self);
CLASP_API const char *clasp_message_get_pattern (const ClaspMessage *self);
CLASP_API const char *clasp_message_get_name (const ClaspMessage *self);
CLASP_API const char *clasp_message_get_token (const ClaspMessage *self);
CLASP_API const char *clasp_message_get_session (const ClaspMessage *self);
CLASP_API ClaspFeatures clasp_message_get_features (const ClaspMessage *self);
CLASP_API guint32 clasp_message_get_id (const ClaspMessage *self);
CLASP_API ClaspSignalMask clasp_message_get_signal_mask (
    const ClaspMessage *self);
CLASP_API ClaspSignalType clasp_message_get_signal (const ClaspMessage *self);
CLASP_API ClaspPhase clasp_message_get_phase (const ClaspMessage *self);
CLASP_API gboolean clasp_message_has_value (const ClaspMessage *self);
CLASP_API GVariant *clasp_message_get_value (const ClaspMessage *self);
CLASP_API gboolean clasp_message_get_timestamp (const ClaspMessage *self,
    guint64 *timestamp_us);
CLASP_API ClaspSetFlags clasp_message_get_set_flags (const ClaspMessage *self);
CLASP_API gboolean clasp_message_get_revision (const ClaspMessage *self,
    guint64 *revision);
CLASP_API gboolean clasp_message_get_ttl (const ClaspMessage *self,
    guint32 *ttl);
CLASP_API guint16 clasp_message_get_error_code (const ClaspMessage *self);
CLASP_API const char *clasp_message_get_error_text (const ClaspMessage *self);
CLASP_API gboolean clasp_message_get_sync (const ClaspMessage *self,
    guint64 *t1, guint64 *t2, guint64 *t3);
CLASP_API guint clasp_message_get_n_params (const ClaspMessage *self);
CLASP_API gboolean clasp_message_get_param (const ClaspMessage *self,
    guint index, ClaspParam *param);
CLASP_API guint clasp_message_get_n_members (const ClaspMessage *self);
CLASP_API ClaspMessage *
clasp_message_get_member (const ClaspMessage *self, guint index);

/* Reading a value without building a GVariant: numbers of any width, and
 * fields of a map. Strings and bytes stay owned by the message. */
CLASP_API gboolean clasp_message_get_number (const ClaspMessage *self,
    double *number);
CLASP_API gboolean clasp_message_lookup_number (const ClaspMessage *self,
    const char *key, double *number);
CLASP_API gboolean clasp_message_lookup_string (const ClaspMessage *self,
    const char *key, const char **text, gsize *length);
CLASP_API gboolean clasp_message_lookup_bytes (const ClaspMessage *self,
    const char *key, const guint8 **data, gsize *length);

/* Whole frames. */
CLASP_API GBytes *
clasp_message_encode (const ClaspMessage *self, GError **error);
CLASP_API ClaspMessage *clasp_message_decode (GBytes *frame, GError **error);
CLASP_API char *clasp_message_describe (const ClaspMessage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClaspMessage, clasp_message_unref)

G_END_DECLS
