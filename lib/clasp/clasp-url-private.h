/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-error.h"

G_BEGIN_DECLS

char *clasp_url_check (const char *url, char **shown_url, GError **error);

G_END_DECLS
