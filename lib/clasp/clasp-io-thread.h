/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <gio/gio.h>
#include "clasp-version.h"

G_BEGIN_DECLS

#define CLASP_TYPE_IO_THREAD (clasp_io_thread_get_type ())
CLASP_API
G_DECLARE_FINAL_TYPE (ClaspIoThread, clasp_io_thread, CLASP, IO_THREAD, GObject)

CLASP_API ClaspIoThread *clasp_io_thread_new (const char *name);
CLASP_API GMainContext *clasp_io_thread_get_context (ClaspIoThread *self);
CLASP_API void clasp_io_thread_invoke (ClaspIoThread *self, GSourceFunc func,
    gpointer data, GDestroyNotify notify);
CLASP_API void
clasp_io_thread_call (ClaspIoThread *self, GSourceFunc func, gpointer data);
CLASP_API void clasp_io_thread_stop (ClaspIoThread *self);

G_END_DECLS
