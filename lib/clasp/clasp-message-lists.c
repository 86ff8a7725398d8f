/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-message-private.h"

#define ENTRY_SIZE 64

static void
write_param (ClaspWriter *writer, const ClaspParam *param)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (param->value);

  clasp_writer_text (writer, param->address);
  clasp_writer_value (writer, value);
  clasp_writer_u64 (writer, param->revision);
  clasp_writer_u8 (writer,
      (param->writer ? 0x01 : 0) | (param->timestamp ? 0x02 : 0));
  if (param->writer)
    clasp_writer_text (writer, param->writer);
  if (param->timestamp)
    clasp_writer_u64 (writer, param->timestamp);
}

/**
 * clasp_message_new_snapshot:
 * @params: (array length=n_params) (nullable): params; floating values are
 *   sunk
 * @n_params: how many
 *
 * Returns: (transfer full): a new SNAPSHOT
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_snapshot (const ClaspParam *params, guint n_params)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_SNAPSHOT,
      (gsize) (n_params + 1) * ENTRY_SIZE);
  clasp_writer_count (&writer, n_params);
  for (guint i = 0; i < n_params; i++)
    write_param (&writer, &params[i]);
  return clasp_message_take_writer (&writer);
}

static void
write_member (ClaspWriter *writer, const ClaspMessage *member)
{
  const guint8 *data;

  if (member->failure) {
    clasp_writer_fail (writer, (ClaspError) member->failure->code,
        member->failure->message);
    return;
  }
  data = g_bytes_get_data (member->frame, NULL);
  clasp_writer_blob (writer, data + member->payload, member->fields.size);
}

static gsize
members_size (ClaspMessage *const *members, guint n_members)
{
  gsize size = ENTRY_SIZE;

  for (guint i = 0; i < n_members; i++)
    size += clasp_message_get_size (members[i]);
  return size;
}

/**
 * clasp_message_new_bundle:
 * @members: (array length=n_members): messages
 * @n_members: how many
 * @timestamp_us: time in µs, 0 for none
 *
 * Returns: (transfer full): a new BUNDLE
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_bundle (ClaspMessage *const *members, guint n_members,
    guint64 timestamp_us)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_BUNDLE,
      members_size (members, n_members));
  clasp_writer_u8 (&writer, timestamp_us ? 0x80 : 0);
  clasp_writer_count (&writer, n_members);
  if (timestamp_us)
    clasp_writer_u64 (&writer, timestamp_us);
  for (guint i = 0; i < n_members; i++)
    write_member (&writer, members[i]);
  return clasp_message_take_writer (&writer);
}

static void
write_meta (ClaspWriter *writer, const ClaspSignalInfo *info)
{
  g_autoptr (GVariant) value =
      info->default_value ? g_variant_ref_sink (info->default_value) : NULL;

  clasp_writer_u8 (writer,
      (info->unit ? 0x01 : 0) | (info->has_range ? 0x02 : 0) |
          (value ? 0x04 : 0) | (info->description ? 0x08 : 0));
  if (info->unit)
    clasp_writer_text (writer, info->unit);
  if (info->has_range) {
    clasp_writer_f64 (writer, info->min);
    clasp_writer_f64 (writer, info->max);
  }
  if (value)
    clasp_writer_value (writer, value);
  if (info->description)
    clasp_writer_text (writer, info->description);
}

static void
write_signal (ClaspWriter *writer, const ClaspSignalInfo *info, gboolean meta)
{
  meta = meta && info->has_meta;
  clasp_writer_text (writer, info->address);
  clasp_writer_u8 (writer, (guint8) info->signal);
  clasp_writer_u8 (writer,
      (info->datatype ? 0x01 : 0) | (info->access ? 0x02 : 0) |
          (meta ? 0x04 : 0));
  if (info->datatype)
    clasp_writer_text (writer, info->datatype);
  if (info->access)
    clasp_writer_text (writer, info->access);
  if (meta)
    write_meta (writer, info);
}

/**
 * clasp_message_new_announce:
 * @name_space: namespace that the signals are in
 * @signals: (array length=n_signals): descriptions
 * @n_signals: how many
 *
 * Returns: (transfer full): a new ANNOUNCE
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_announce (const char *name_space,
    const ClaspSignalInfo *signals, guint n_signals)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_ANNOUNCE,
      (gsize) (n_signals + 1) * ENTRY_SIZE);
  clasp_writer_text (&writer, name_space);
  clasp_writer_count (&writer, n_signals);
  for (guint i = 0; i < n_signals; i++)
    write_signal (&writer, &signals[i], TRUE);
  return clasp_message_take_writer (&writer);
}

/**
 * clasp_message_new_result:
 * @signals: (array length=n_signals): descriptions; a RESULT has no metadata
 * @n_signals: how many
 *
 * Returns: (transfer full): a new RESULT
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_result (const ClaspSignalInfo *signals, guint n_signals)
{
  ClaspWriter writer;

  clasp_writer_begin (&writer, CLASP_MESSAGE_RESULT,
      (gsize) (n_signals + 1) * ENTRY_SIZE);
  clasp_writer_count (&writer, n_signals);
  for (guint i = 0; i < n_signals; i++)
    write_signal (&writer, &signals[i], FALSE);
  return clasp_message_take_writer (&writer);
}
