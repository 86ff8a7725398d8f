/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsignaller.h"

G_BEGIN_DECLS

/* Limits on what others may put into a room. */
#define GST_CLASP_MAX_ID 64
#define GST_CLASP_MAX_NAME 64
#define GST_CLASP_MAX_PRESENCE 4096

typedef enum {
  GST_CLASP_SIGNAL_OFFER,
  GST_CLASP_SIGNAL_ANSWER,
  GST_CLASP_SIGNAL_CANDIDATE,
} GstClaspSignalType;

/* One message of the signalling between two peers. */
typedef struct {
  GstClaspSignalType type;
  char *from;
  char *sdp;
  guint mline;
  char *mid;
  char *candidate;
} GstClaspSignal;

GstClaspSignal *gst_clasp_signal_parse (GVariant *value, GError **error);
void gst_clasp_signal_free (GstClaspSignal *self);
GVariant *
gst_clasp_signal_to_value (const GstClaspSignal *self, const char *from);
gboolean
gst_clasp_signal_type_from_string (const char *text, GstClaspSignalType *type);
const char *gst_clasp_signal_type_to_string (GstClaspSignalType type);

/* Session ids and names as others chose them. */
gboolean gst_clasp_is_session_id (const char *text);
char *gst_clasp_clean_name (const char *name, const char *session);

/* Where the presence and the signals of a room are. */
typedef struct {
  char *presence;
  char *signal;
} GstClaspRoom;

gboolean gst_clasp_room_init (GstClaspRoom *self, const char *room,
    GstClaspProfile profile, const char *presence_prefix,
    const char *signal_prefix, GError **error);
void gst_clasp_room_clear (GstClaspRoom *self);
const char *gst_clasp_room_get_session (const GstClaspRoom *self,
    const char *presence_address);

/* A GstStructure as a CLASP map. */
void gst_clasp_add_structure (GVariantDict *map, const GstStructure *structure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstClaspSignal, gst_clasp_signal_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstClaspRoom, gst_clasp_room_clear)

G_END_DECLS
