/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsettings.h"

G_BEGIN_DECLS

/* Registers what all elements need: enum types for gst-inspect. */
void gst_clasp_element_init (void);

/* Reports @error on the bus if only a changed configuration can help;
 * everything else is for gst_clasp_element_post_connection(). */
gboolean gst_clasp_element_post_error (GstElement *element,
    const GstClaspSettings *settings, const GError *error);
/* An error that always ends the element, such as a port that is taken. */
void gst_clasp_element_post_fatal (GstElement *element,
    const GstClaspSettings *settings, const GError *error);
/* Posts the element message clasp-connection. */
void gst_clasp_element_post_connection (GstElement *element,
    const GstClaspSettings *settings, GstClaspSignallerState state,
    const char *session, const GError *error);

G_END_DECLS
