/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <glib-object.h>

/* Everything else in the library is hidden. */
#define CLASP_API __attribute__ ((visibility ("default"))) extern
