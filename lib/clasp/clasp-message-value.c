/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp-message-private.h"

/**
 * clasp_message_has_value:
 * @self: a #ClaspMessage
 *
 * Returns: %TRUE if @self, a SET or PUBLISH, carries a value, be it null
 *
 * Since: 0.1
 */
gboolean
clasp_message_has_value (const ClaspMessage *self)
{
  g_return_val_if_fail (self, FALSE);
  return (self->fields.has & CLASP_HAS_VALUE) != 0;
}

/**
 * clasp_message_get_value:
 * @self: a #ClaspMessage
 *
 * The value of a SET or PUBLISH. It is built on the first call; large byte
 * strings share the bytes of the message. Thread-safe.
 *
 * Returns: (nullable) (transfer none): the value, owned by @self, or %NULL if
 *   there is none
 *
 * Since: 0.1
 */
GVariant *
clasp_message_get_value (const ClaspMessage *self)
{
  ClaspMessage *cache = (ClaspMessage *) self;
  GVariant *value;

  g_return_val_if_fail (self, NULL);
  if (!clasp_message_has_value (self))
    return NULL;
  value = g_atomic_pointer_get (&cache->value);
  if (value)
    return value;
  value = g_variant_ref_sink (
      clasp_wire_value_to_variant (&self->fields.value, self->frame));
  if (g_atomic_pointer_compare_and_exchange (&cache->value, NULL, value))
    return value;
  g_variant_unref (value);
  return g_atomic_pointer_get (&cache->value);
}

/**
 * clasp_message_get_samples:
 * @self: a #ClaspMessage
 * @samples: (out caller-allocates) (array length=n_samples) (optional): room
 *   for samples
 * @n_samples: how many there is room for
 *
 * Copies the samples of a PUBLISH.
 *
 * Returns: how many samples @self has
 *
 * Since: 0.1
 */
guint
clasp_message_get_samples (const ClaspMessage *self, double *samples,
    guint n_samples)
{
  ClaspReader reader;

  g_return_val_if_fail (self, 0);
  if (!(self->fields.has & CLASP_HAS_SAMPLES))
    return 0;
  n_samples = samples ? MIN (n_samples, self->fields.n_entries) : 0;
  clasp_reader_init (&reader, self->fields.value.data,
      self->fields.n_entries * 8);
  for (guint i = 0; i < n_samples; i++)
    samples[i] = clasp_reader_f64 (&reader);
  return self->fields.n_entries;
}

/**
 * clasp_message_get_number:
 * @self: a #ClaspMessage
 * @number: (out): the number
 *
 * Reads the value where it is, without building a #GVariant.
 *
 * Returns: %FALSE if the value is not a number
 *
 * Since: 0.1
 */
gboolean
clasp_message_get_number (const ClaspMessage *self, double *number)
{
  return clasp_message_has_value (self) &&
      clasp_wire_value_get_number (&self->fields.value, number);
}

static gboolean
lookup (const ClaspMessage *self, const char *key, ClaspWireValue *value)
{
  return clasp_message_has_value (self) &&
      clasp_wire_value_lookup (&self->fields.value, key, value);
}

static gboolean
lookup_text (const ClaspMessage *self, const char *key, ClaspCode code,
    ClaspText *text)
{
  ClaspWireValue value;

  if (!lookup (self, key, &value) || value.code != code)
    return FALSE;
  *text = clasp_wire_value_get_text (&value);
  return TRUE;
}

/**
 * clasp_message_lookup_number:
 * @self: a #ClaspMessage
 * @key: name of an entry
 * @number: (out): the number
 *
 * Reads a number of a map where it is, without building a #GVariant.
 *
 * Returns: %FALSE if the value is not a map or has no number at @key
 *
 * Since: 0.1
 */
gboolean
clasp_message_lookup_number (const ClaspMessage *self, const char *key,
    double *number)
{
  ClaspWireValue value;

  return lookup (self, key, &value) &&
      clasp_wire_value_get_number (&value, number);
}

/**
 * clasp_message_lookup_string:
 * @self: a #ClaspMessage
 * @key: name of an entry
 * @text: (out) (transfer none): the text, owned by @self and not terminated
 * @length: (out): its size in bytes
 *
 * Reads a string of a map where it is, without building a #GVariant.
 *
 * Returns: %FALSE if the value is not a map or has no string at @key
 *
 * Since: 0.1
 */
gboolean
clasp_message_lookup_string (const ClaspMessage *self, const char *key,
    const char **text, gsize *length)
{
  ClaspText found;

  if (!lookup_text (self, key, CLASP_CODE_STRING, &found))
    return FALSE;
  *text = found.data;
  *length = found.length;
  return TRUE;
}

/**
 * clasp_message_lookup_bytes:
 * @self: a #ClaspMessage
 * @key: name of an entry
 * @data: (out) (transfer none) (array length=length): the bytes, owned by
 *   @self
 * @length: (out): how many
 *
 * Reads bytes of a map where they are, without building a #GVariant.
 *
 * Returns: %FALSE if the value is not a map or has no bytes at @key
 *
 * Since: 0.1
 */
gboolean
clasp_message_lookup_bytes (const ClaspMessage *self, const char *key,
    const guint8 **data, gsize *length)
{
  ClaspText found;

  if (!lookup_text (self, key, CLASP_CODE_BYTES, &found))
    return FALSE;
  *data = (const guint8 *) found.data;
  *length = found.length;
  return TRUE;
}
