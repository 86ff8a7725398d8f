/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-message-private.h"

/* Flags, indicator, counts, timestamp, id and rate. */
#define FIXED_SIZE 64
/* Length of the key, code and number or length of the value. */
#define FIELD_SIZE 12

static void
begin_publish (ClaspWriter *writer, const char *address,
    const ClaspPublishOptions *options, gsize body_size)
{
  gsize length = address ? strlen (address) : 0;

  clasp_writer_begin (writer, CLASP_MESSAGE_PUBLISH,
      FIXED_SIZE + length + body_size);
  clasp_writer_u8 (writer,
      (guint8) ((options->signal & 0x07) << 5 |
          (options->has_timestamp ? 0x10 : 0) | (options->has_id ? 0x08 : 0) |
          (options->phase & 0x07)));
  clasp_writer_text_len (writer, address, length);
}

static ClaspMessage *
finish_publish (ClaspWriter *writer, const ClaspPublishOptions *options)
{
  if (options->has_timestamp)
    clasp_writer_u64 (writer, options->timestamp_us);
  if (options->has_id)
    clasp_writer_u32 (writer, options->id);
  if (options->rate)
    clasp_writer_u32 (writer, options->rate);
  return clasp_message_take_writer (writer);
}

static void
write_samples (ClaspWriter *writer, const double *samples, guint n_samples)
{
  clasp_writer_u8 (writer, 2);
  clasp_writer_count (writer, n_samples);
  for (guint i = 0; i < n_samples; i++)
    clasp_writer_f64 (writer, samples[i]);
}

/**
 * clasp_message_new_publish:
 * @signal: what kind of signal
 * @address: an address
 * @value: (nullable): the value, %NULL for none; sunk
 * @timestamp_us: time in µs, 0 for none
 *
 * Returns: (transfer full): a new PUBLISH
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_publish (ClaspSignalType signal, const char *address,
    GVariant *value, guint64 timestamp_us)
{
  ClaspPublishOptions options = {
      .signal = signal,
      .value = value,
      .has_timestamp = timestamp_us != 0,
      .timestamp_us = timestamp_us,
  };

  return clasp_message_new_publish_full (address, &options);
}

/**
 * clasp_message_new_publish_full:
 * @address: an address
 * @options: everything else
 *
 * Returns: (transfer full): a new PUBLISH
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_publish_full (const char *address,
    const ClaspPublishOptions *options)
{
  g_autoptr (GVariant) value =
      options->value ? g_variant_ref_sink (options->value) : NULL;
  ClaspWriter writer;

  begin_publish (&writer, address, options,
      value ? g_variant_get_size (value) : options->n_samples * 8);
  if (value) {
    clasp_writer_u8 (&writer, 1);
    clasp_writer_value (&writer, value);
  } else if (options->samples) {
    write_samples (&writer, options->samples, options->n_samples);
  } else {
    clasp_writer_u8 (&writer, 0);
  }
  return finish_publish (&writer, options);
}

static gsize
fields_size (const ClaspField *fields, guint n_fields)
{
  gsize size = 0;

  for (guint i = 0; i < n_fields; i++) {
    size += FIELD_SIZE + strlen (fields[i].key);
    if (fields[i].text)
      size += strlen (fields[i].text);
    else if (fields[i].data)
      size += fields[i].length;
  }
  return size;
}

static void
write_field (ClaspWriter *writer, const ClaspField *field)
{
  clasp_writer_text (writer, field->key);
  if (field->text) {
    clasp_writer_u8 (writer, CLASP_CODE_STRING);
    clasp_writer_text (writer, field->text);
  } else if (field->data) {
    clasp_writer_u8 (writer, CLASP_CODE_BYTES);
    clasp_writer_blob (writer, field->data, field->length);
  } else {
    clasp_writer_u8 (writer, CLASP_CODE_F64);
    clasp_writer_f64 (writer, field->number);
  }
}

/**
 * clasp_message_new_publish_fields:
 * @signal: what kind of signal
 * @address: an address
 * @fields: (array length=n_fields): entries of the map to send
 * @n_fields: how many
 * @timestamp_us: time in µs, 0 for none
 *
 * A PUBLISH of a map, without building a #GVariant: bytes are copied once.
 *
 * Returns: (transfer full): a new PUBLISH
 *
 * Since: 0.1
 */
ClaspMessage *
clasp_message_new_publish_fields (ClaspSignalType signal, const char *address,
    const ClaspField *fields, guint n_fields, guint64 timestamp_us)
{
  ClaspPublishOptions options = {
      .signal = signal,
      .has_timestamp = timestamp_us != 0,
      .timestamp_us = timestamp_us,
  };
  ClaspWriter writer;

  begin_publish (&writer, address, &options, fields_size (fields, n_fields));
  clasp_writer_u8 (&writer, 1);
  clasp_writer_u8 (&writer, CLASP_CODE_MAP);
  clasp_writer_count (&writer, n_fields);
  for (guint i = 0; i < n_fields; i++)
    write_field (&writer, &fields[i]);
  return finish_publish (&writer, &options);
}
