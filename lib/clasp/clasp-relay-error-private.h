/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-message.h"

G_BEGIN_DECLS

GError *clasp_relay_error_new_refusal (const char *shown_url,
    const ClaspMessage *message);
GError *
clasp_relay_error_new (const char *shown_url, const ClaspMessage *message);

G_END_DECLS
