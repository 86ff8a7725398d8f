/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclaspsignal-private.h"

G_BEGIN_DECLS

/* What the roster knows of one other session. */
typedef struct {
  char *session;
  char *name;
  char *instance;      /* nullable: pages have none */
  GVariant *presence;  /* nullable: only signals came so far */
  GVariant *content;   /* presence without its times */
  gboolean announced;  /* the owner of the roster knows it */
  gboolean described;  /* we sent it a description */
  gboolean negotiated; /* it sent one */
  gboolean proven;     /* it did what only a live session can */
  gboolean dead;       /* the relay does not know it; it may come back */
  gboolean settled;    /* seen since the relay came back */
  gboolean moved_on;   /* it knows us by a session id that is no more */
  gboolean leaving;    /* it said good-bye */
  gboolean want_ask;   /* waits for its turn to be asked for */
  gint64 created;
  gint64 heard;
  gint64 asked;     /* 0: not being asked for */
  gint64 next_ask;  /* not before this */
  gint64 offer_due; /* 0: no offer is expected from it */
  gint64 gone_due;  /* 0: it is there; else it may come back until then */
  char *former;     /* nullable: session whose instance it claims to be */
  GQueue in;        /* signals that came too early */
  GQueue out;       /* candidates that wait for our description */
  double credit;    /* for signals */
  gint64 credited;
} GstClaspAttendee;

GstClaspAttendee *gst_clasp_attendee_new (const char *session, gint64 now);
void gst_clasp_attendee_free (GstClaspAttendee *self);
gboolean
gst_clasp_attendee_set_presence (GstClaspAttendee *self, GVariant *presence);
gboolean
gst_clasp_attendee_spend (GstClaspAttendee *self, double cost, gint64 now);

G_END_DECLS
