/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-value.h"

G_BEGIN_DECLS

void clasp_print_escaped (GString *out, const char *text, gsize limit);
void clasp_value_print_to (GString *out, GVariant *value, gsize limit);

G_END_DECLS
