/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib.h>

/* Every target defines it: libFuzzer calls it with inputs of its own, the
 * driver with the files of the corpus. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
