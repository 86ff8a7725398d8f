/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspaccessunit.h"

#include <string.h>

#define NAL_TYPE(octet) ((octet) &0x1f)
#define NAL_SEI 6
#define NAL_AUD 9

static gboolean
opens_picture (guint8 octet)
{
  return NAL_TYPE (octet) >= NAL_SEI && NAL_TYPE (octet) <= NAL_AUD;
}

/* Where the first slice begins, with its start code; @size if there is none. */
static gsize
find_slice (const guint8 *data, gsize size)
{
  static const guint8 start_code[] = {0, 0, 1};
  const guint8 *at = data;

  while ((at = memmem (at, data + size - at, start_code, 3))) {
    if (at + 3 == data + size)
      break;
    if (!opens_picture (at[3]))
      return at - data - (at > data && at[-1] == 0);
    at += 3;
  }
  return size;
}

/* (transfer full) (nullable) */
static GstBuffer *
take_slices (GstBuffer *buffer)
{
  GstBuffer *slices = NULL;
  GstMapInfo map;
  gsize start;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return NULL;
  start = find_slice (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  if (start < map.size)
    slices = gst_buffer_copy_region (buffer, GST_BUFFER_COPY_MEMORY, start, -1);
  return slices;
}

static GstBuffer *
join (GstBuffer *first, GstBuffer *second)
{
  GstBuffer *slices = take_slices (second);
  gboolean marker = GST_BUFFER_FLAG_IS_SET (second, GST_BUFFER_FLAG_MARKER);

  gst_buffer_unref (second);
  if (slices)
    first = gst_buffer_append (gst_buffer_make_writable (first), slices);
  if (marker) {
    first = gst_buffer_make_writable (first);
    GST_BUFFER_FLAG_SET (first, GST_BUFFER_FLAG_MARKER);
  }
  return first;
}

/**
 * gst_clasp_access_unit_push:
 * @self: zeroed at the beginning
 * @buffer: (transfer full): byte-stream from the depayloader
 * @complete: (out) (transfer full): pictures that are complete now
 *
 * Returns: how many of @complete there are, 0 to 2
 *
 * Since: 0.1
 */
guint
gst_clasp_access_unit_push (GstClaspAccessUnit *self, GstBuffer *buffer,
    GstBuffer *complete[2])
{
  guint n = 0;

  if (self->held && GST_BUFFER_PTS (self->held) != GST_BUFFER_PTS (buffer))
    complete[n++] = g_steal_pointer (&self->held);
  if (self->held)
    buffer = join (g_steal_pointer (&self->held), buffer);
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER))
    complete[n++] = buffer;
  else
    self->held = buffer;
  return n;
}

void
gst_clasp_access_unit_clear (GstClaspAccessUnit *self)
{
  gst_clear_buffer (&self->held);
}
