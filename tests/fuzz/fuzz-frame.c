/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp/clasp.h"
#include "fuzz.h"

/* Frames one after the other, as a stream would bring them. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  while (TRUE) {
    g_autoptr (GError) error = NULL;
    ClaspFrameHeader header;
    ClaspFrameResult result = clasp_frame_parse (data, size, &header, &error);
    guint8 again[4];

    g_assert_true ((error != NULL) == (result == CLASP_FRAME_ERROR));
    if (result != CLASP_FRAME_COMPLETE)
      return 0;
    g_assert_cmpuint (header.size, <=, size);
    g_assert_cmpuint (header.header_size + header.payload_size, ==,
        header.size);
    clasp_frame_write_header (again, header.qos, header.payload_size);
    g_assert_cmpuint (again[2], ==, data[2]);
    g_assert_cmpuint (again[3], ==, data[3]);
    data += header.size;
    size -= header.size;
  }
}
