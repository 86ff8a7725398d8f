/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>
#include "gstclasp-prelude.h"

G_BEGIN_DECLS

/**
 * GstClaspProfile:
 * @GST_CLASP_PROFILE_VIDEO_ROOM: /video/room/{room}/presence and /signal
 * @GST_CLASP_PROFILE_CHAT: /chat/room/{room}/video/presence and /signal
 *
 * Which pages' address conventions a room follows.
 *
 * Since: 0.1
 */
typedef enum {
  GST_CLASP_PROFILE_VIDEO_ROOM,
  GST_CLASP_PROFILE_CHAT,
} GstClaspProfile;

/**
 * GstClaspSignallerState:
 * @GST_CLASP_SIGNALLER_IDLE: not in the room
 * @GST_CLASP_SIGNALLER_CONNECTING: first connection under way
 * @GST_CLASP_SIGNALLER_JOINED: present in the room
 * @GST_CLASP_SIGNALLER_RECONNECTING: lost the relay, trying again
 * @GST_CLASP_SIGNALLER_FAILED: gave up (configuration)
 *
 * Since: 0.1
 */
typedef enum {
  GST_CLASP_SIGNALLER_IDLE,
  GST_CLASP_SIGNALLER_CONNECTING,
  GST_CLASP_SIGNALLER_JOINED,
  GST_CLASP_SIGNALLER_RECONNECTING,
  GST_CLASP_SIGNALLER_FAILED,
} GstClaspSignallerState;

/**
 * GstClaspLeaveReason:
 * @GST_CLASP_LEAVE_LEFT: it said so (presence null)
 * @GST_CLASP_LEAVE_GONE: the relay no longer knows the session (404)
 * @GST_CLASP_LEAVE_LOST: not seen again after the relay came back; its media
 *   may well be alive
 *
 * Since: 0.1
 */
typedef enum {
  GST_CLASP_LEAVE_LEFT,
  GST_CLASP_LEAVE_GONE,
  GST_CLASP_LEAVE_LOST,
} GstClaspLeaveReason;

#define GST_TYPE_CLASP_SIGNALLER (gst_clasp_signaller_get_type ())
GST_CLASP_API
G_DECLARE_FINAL_TYPE (GstClaspSignaller, gst_clasp_signaller, GST,
    CLASP_SIGNALLER, GObject)

/*
 * Belongs to the thread-default main context of its construction; emits there
 * and is called there. Properties may be read from any thread.
 *
 * Properties: relay-url, room, name, token, tls-ca-file, profile,
 * presence-prefix, signal-prefix (override the profile), metadata
 * (GstStructure, merged into the presence map), instance (r: random id of this
 * object, sent in the presence so that our own peers know it again under a new
 * session id), session (r), state (r), client (r: the ClaspClient),
 * offer-timeout and heartbeat-interval (ms, construct only), stats (r).
 *
 * Signals (peer = session id):
 *   peer-joined  (const char *peer, const char *name, GVariant *presence)
 *   peer-updated (const char *peer, const char *name, GVariant *presence)
 *   peer-renamed (const char *old_peer, const char *peer): same instance,
 *                new session id (it, or the relay, had reconnected)
 *   peer-left    (const char *peer, GstClaspLeaveReason reason)
 *   offer-needed (const char *peer): we are to send this peer an offer: our id
 *                is the greater, or it should have offered and did not in 5 s.
 *                Again for a known peer: a page that does not follow our new
 *                session id and wants a new connection
 *   description  (const char *peer, const char *type, const char *sdp):
 *                type is "offer" or "answer"
 *   candidate    (const char *peer, guint mline, const char *mid (nullable),
 *                const char *candidate)
 *   state-changed (GstClaspSignallerState state)
 *   error        (GError *error): clasp_error_is_fatal() ones end in FAILED;
 *                a bad room or prefix is CLASP_ERROR_INVALID_URL
 *
 * leave() forgets all peers without peer-left. wait_left() before the context's
 * thread is stopped, else the good-bye may not get out.
 */
GST_CLASP_API GstClaspSignaller *gst_clasp_signaller_new (void);
GST_CLASP_API void gst_clasp_signaller_join (GstClaspSignaller *self);
GST_CLASP_API void gst_clasp_signaller_leave (GstClaspSignaller *self);
GST_CLASP_API void gst_clasp_signaller_wait_left (GstClaspSignaller *self);
GST_CLASP_API gboolean
gst_clasp_signaller_send_description (GstClaspSignaller *self, const char *peer,
    const char *type, const char *sdp, GError **error);
GST_CLASP_API gboolean
gst_clasp_signaller_send_candidate (GstClaspSignaller *self, const char *peer,
    guint mline, const char *mid, const char *candidate, GError **error);

G_END_DECLS
