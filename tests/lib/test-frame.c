/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "clasp/clasp.h"

static const guint8 ping[] = {0x53, 0x01, 0x00, 0x01, 0x41};
static const guint8 stamped[] = {0x53, 0xa1, 0x00, 0x01, 0, 6, 0x47, 0x48, 0x46,
    0x20, 0x40, 0x00, 0x42};

static ClaspFrameResult
parse (const guint8 *data, gsize size, ClaspFrameHeader *header)
{
  g_autoptr (GError) error = NULL;
  ClaspFrameResult result = clasp_frame_parse (data, size, header, &error);

  if (result == CLASP_FRAME_ERROR)
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
  else
    g_assert_no_error (error);
  return result;
}

static void
test_wrong (void)
{
  ClaspFrameHeader header;

  for (guint first = 0; first < 256; first++) {
    guint8 data[] = {(guint8) first, 1, 0, 0};
    ClaspFrameResult expected =
        first == CLASP_FRAME_MAGIC ? CLASP_FRAME_COMPLETE : CLASP_FRAME_ERROR;

    g_assert_cmpint (parse (data, sizeof data, &header), ==, expected);
  }
  g_assert_cmpint (parse ((const guint8 *) "{", 1, &header), ==,
      CLASP_FRAME_ERROR);
}

static void
test_tiny (void)
{
  ClaspFrameHeader header;

  g_assert_cmpint (parse (NULL, 0, &header), ==, CLASP_FRAME_NEED_MORE);
  for (gsize size = 1; size < CLASP_FRAME_HEADER_SIZE; size++)
    g_assert_cmpint (parse (ping, size, &header), ==, CLASP_FRAME_NEED_MORE);
}

static void
test_short (void)
{
  ClaspFrameHeader header;

  for (gsize size = 0; size < sizeof stamped; size++)
    g_assert_cmpint (parse (stamped, size, &header), ==, CLASP_FRAME_NEED_MORE);
  g_assert_cmpint (parse (stamped, sizeof stamped, &header), ==,
      CLASP_FRAME_COMPLETE);
}

static void
test_complete (void)
{
  ClaspFrameHeader header;

  g_assert_cmpint (parse (ping, sizeof ping, &header), ==,
      CLASP_FRAME_COMPLETE);
  g_assert_cmpint (header.qos, ==, CLASP_QOS_FIRE);
  g_assert_false (header.has_timestamp);
  g_assert_cmpuint (header.header_size, ==, 4);
  g_assert_cmpuint (header.payload_size, ==, 1);
  g_assert_cmpuint (header.size, ==, sizeof ping);
  g_assert_cmpint (parse (stamped, sizeof stamped, &header), ==,
      CLASP_FRAME_COMPLETE);
  g_assert_cmpint (header.qos, ==, CLASP_QOS_COMMIT);
  g_assert_true (header.has_timestamp);
  g_assert_cmpuint (header.timestamp, ==,
      G_GUINT64_CONSTANT (1767225600000000));
  g_assert_cmpuint (header.header_size, ==, 12);
  g_assert_cmpuint (header.size, ==, sizeof stamped);
}

static void
test_several (void)
{
  const guint8 wanted[] = {0x41, 0x42, 0x41};
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  ClaspFrameHeader header;
  const guint8 *data;
  gsize left;

  g_byte_array_append (bytes, ping, sizeof ping);
  g_byte_array_append (bytes, stamped, sizeof stamped);
  g_byte_array_append (bytes, ping, sizeof ping);
  g_byte_array_append (bytes, ping, 3);
  data = bytes->data;
  left = bytes->len;
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    g_assert_cmpint (parse (data, left, &header), ==, CLASP_FRAME_COMPLETE);
    g_assert_cmpuint (data[header.header_size], ==, wanted[i]);
    data += header.size;
    left -= header.size;
  }
  g_assert_cmpint (parse (data, left, &header), ==, CLASP_FRAME_NEED_MORE);
  g_assert_cmpuint (left, ==, 3);
}

static void
test_flags (void)
{
  ClaspFrameHeader header;

  for (guint flags = 0; flags < 256; flags++) {
    guint8 data[13] = {0x53, (guint8) flags, 0, 1};

    g_assert_cmpint (parse (data, sizeof data, &header), ==,
        CLASP_FRAME_COMPLETE);
    g_assert_cmpuint (header.flags, ==, flags);
    g_assert_cmpuint ((guint) header.qos, ==, flags >> 6);
    g_assert_cmpint (header.has_timestamp, ==, (flags & 0x20) != 0);
  }
}

static void
test_write (void)
{
  guint8 out[12];
  ClaspFrameHeader header;

  clasp_frame_write_header (out, CLASP_QOS_COMMIT, CLASP_MAX_PAYLOAD);
  g_assert_cmpmem (out, 4, "\x53\x81\xff\xff", 4);
  clasp_frame_write_header_with_timestamp (out, CLASP_QOS_CONFIRM, 0,
      G_MAXUINT64 - 1);
  g_assert_cmpint (parse (out, sizeof out, &header), ==, CLASP_FRAME_COMPLETE);
  g_assert_cmpuint (header.timestamp, ==, G_MAXUINT64 - 1);
  g_assert_cmpint (header.qos, ==, CLASP_QOS_CONFIRM);
  g_assert_cmpuint (header.size, ==, 12);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame/wrong", test_wrong);
  g_test_add_func ("/frame/tiny", test_tiny);
  g_test_add_func ("/frame/short", test_short);
  g_test_add_func ("/frame/complete", test_complete);
  g_test_add_func ("/frame/several", test_several);
  g_test_add_func ("/frame/flags", test_flags);
  g_test_add_func ("/frame/write", test_write);
  return g_test_run ();
}
