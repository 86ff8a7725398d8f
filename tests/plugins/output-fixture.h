/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gst/gst.h>

/* A bin with the pad templates of claspsrc. */
GstElement *fixture_src_new (void);

/* All samples that a pipeline description makes. */
GPtrArray *fixture_encode (const char *description);
/* 10 frames, key frames 0 and 5. */
GPtrArray *fixture_encode_h264 (void);
GPtrArray *fixture_encode_vp8 (void);
/* 20 packets of 20 ms. */
GPtrArray *fixture_encode_opus (void);
