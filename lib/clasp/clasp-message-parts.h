/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-frame.h"
#include "clasp-message.h"

G_BEGIN_DECLS

/**
 * ClaspPublishOptions:
 * @signal: what kind of signal
 * @phase: phase of a gesture
 * @value: (nullable): the value; %NULL: none; sunk
 * @samples: (nullable) (array length=n_samples): samples instead of a value
 * @n_samples: how many
 * @has_timestamp: whether @timestamp_us is sent
 * @timestamp_us: time in µs
 * @has_id: whether @id is sent
 * @id: which gesture
 * @rate: samples per second, 0: not sent
 *
 * Everything that a PUBLISH can carry.
 *
 * Since: 0.1
 */
typedef struct {
  ClaspSignalType signal;
  ClaspPhase phase;
  GVariant *value;
  const double *samples;
  guint n_samples;
  gboolean has_timestamp;
  guint64 timestamp_us;
  gboolean has_id;
  guint32 id;
  guint32 rate;
} ClaspPublishOptions;

/**
 * ClaspSubscribeOptions:
 * @max_rate: messages per second
 * @epsilon: smallest change of a number
 * @history: how many old values
 * @window: milliseconds
 *
 * Wishes of a SUBSCRIBE, 0: none. Relays ignore them.
 *
 * Since: 0.1
 */
typedef struct {
  guint32 max_rate;
  double epsilon;
  guint32 history;
  guint32 window;
} ClaspSubscribeOptions;

/**
 * ClaspAck:
 * @address: (nullable): what is acknowledged
 * @has_revision: whether there is a revision
 * @revision: of the param
 * @has_locked: whether there is a lock state
 * @locked: whether the param is locked
 * @holder: (nullable): session that holds the lock
 * @has_correlation: whether there is a correlation id
 * @correlation: of the request
 *
 * Everything that an ACK can carry.
 *
 * Since: 0.1
 */
typedef struct {
  const char *address;
  gboolean has_revision;
  guint64 revision;
  gboolean has_locked;
  gboolean locked;
  const char *holder;
  gboolean has_correlation;
  guint32 correlation;
} ClaspAck;

/**
 * ClaspSignalInfo:
 * @address: its address or pattern
 * @signal: what kind
 * @datatype: (nullable): type of its values
 * @access: (nullable): such as "rw"
 * @has_meta: whether there are the fields below (ANNOUNCE only)
 * @unit: (nullable): unit of its values
 * @has_range: whether @min and @max are there
 * @min: smallest value
 * @max: greatest value
 * @default_value: (nullable): value to begin with
 * @description: (nullable): text for people
 *
 * A signal as described by ANNOUNCE and RESULT.
 *
 * Since: 0.1
 */
typedef struct {
  const char *address;
  ClaspSignalType signal;
  const char *datatype;
  const char *access;
  gboolean has_meta;
  const char *unit;
  gboolean has_range;
  double min;
  double max;
  GVariant *default_value;
  const char *description;
} ClaspSignalInfo;

/**
 * ClaspField:
 * @key: name of the entry
 * @text: (nullable): its text, or
 * @data: (nullable): its bytes, or neither:
 * @length: size of @data
 * @number: its number
 *
 * One entry of a map that is sent without building a #GVariant.
 *
 * Since: 0.1
 */
typedef struct {
  const char *key;
  const char *text;
  const guint8 *data;
  gsize length;
  double number;
} ClaspField;

CLASP_API ClaspMessage *clasp_message_new_publish_full (const char *address,
    const ClaspPublishOptions *options);
CLASP_API ClaspMessage *
clasp_message_new_publish_fields (ClaspSignalType signal, const char *address,
    const ClaspField *fields, guint n_fields, guint64 timestamp_us);
CLASP_API ClaspMessage *
clasp_message_new_set_number (const char *address, double number);
CLASP_API ClaspMessage *clasp_message_new_set_copy (const ClaspMessage *source,
    ClaspSetFlags flags, guint64 revision, guint32 ttl);
CLASP_API ClaspMessage *
clasp_message_new_subscribe_full (guint32 id, const char *pattern,
    ClaspSignalMask signals, const ClaspSubscribeOptions *options);
CLASP_API ClaspMessage *clasp_message_new_ack_full (const ClaspAck *ack);
CLASP_API ClaspMessage *clasp_message_new_error_full (guint16 code,
    const char *text, const char *address, guint32 correlation);
CLASP_API ClaspMessage *clasp_message_new_announce (const char *name_space,
    const ClaspSignalInfo *signals, guint n_signals);
CLASP_API ClaspMessage *
clasp_message_new_result (const ClaspSignalInfo *signals, guint n_signals);

CLASP_API guint clasp_message_get_samples (const ClaspMessage *self,
    double *samples, guint n_samples);
CLASP_API guint32 clasp_message_get_rate (const ClaspMessage *self);
CLASP_API gboolean clasp_message_has_id (const ClaspMessage *self);
CLASP_API void clasp_message_get_subscribe_options (const ClaspMessage *self,
    ClaspSubscribeOptions *options);
CLASP_API gboolean clasp_message_get_ack (const ClaspMessage *self,
    ClaspAck *ack);
CLASP_API gboolean clasp_message_get_correlation (const ClaspMessage *self,
    guint32 *correlation);
CLASP_API guint clasp_message_get_n_signals (const ClaspMessage *self);
CLASP_API gboolean clasp_message_get_signal_info (const ClaspMessage *self,
    guint index, ClaspSignalInfo *info);
CLASP_API guint8 clasp_message_get_version (const ClaspMessage *self);
CLASP_API gboolean clasp_message_get_replay (const ClaspMessage *self,
    guint64 *from_us, guint64 *to_us, guint32 *limit);
CLASP_API gboolean clasp_message_get_federation (const ClaspMessage *self,
    guint8 *operation, const char **origin, guint64 *since_revision);
CLASP_API guint clasp_message_get_n_skipped (const ClaspMessage *self);

CLASP_API ClaspQos clasp_message_get_qos (const ClaspMessage *self);
CLASP_API gsize clasp_message_get_size (const ClaspMessage *self);
CLASP_API gsize clasp_message_encode_to (const ClaspMessage *self,
    guint8 *buffer, gsize size, GError **error);
CLASP_API GBytes *clasp_message_encode_frame (const ClaspMessage *self,
    ClaspQos qos, const guint64 *timestamp_us, GError **error);

G_END_DECLS
