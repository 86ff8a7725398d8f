/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include <clasp/clasp.h>
#include "gstclasp-prelude.h"

G_BEGIN_DECLS

/**
 * GstClaspPeerConnectionState:
 * @GST_CLASP_PEER_CONNECTION_NEW: nothing sent yet
 * @GST_CLASP_PEER_CONNECTION_CONNECTING: negotiating, ICE or DTLS under way
 * @GST_CLASP_PEER_CONNECTION_CONNECTED: ICE and DTLS are up and the peer's
 *   certificate is the one its description named; media flows
 * @GST_CLASP_PEER_CONNECTION_FAILED: ended by an error
 * @GST_CLASP_PEER_CONNECTION_CLOSED: ended by the owner
 *
 * Since: 0.1
 */
typedef enum {
  GST_CLASP_PEER_CONNECTION_NEW,
  GST_CLASP_PEER_CONNECTION_CONNECTING,
  GST_CLASP_PEER_CONNECTION_CONNECTED,
  GST_CLASP_PEER_CONNECTION_FAILED,
  GST_CLASP_PEER_CONNECTION_CLOSED,
} GstClaspPeerConnectionState;

/**
 * GstClaspMediaKind:
 * @GST_CLASP_MEDIA_AUDIO: sound
 * @GST_CLASP_MEDIA_VIDEO: pictures
 *
 * Since: 0.1
 */
typedef enum {
  GST_CLASP_MEDIA_AUDIO,
  GST_CLASP_MEDIA_VIDEO,
} GstClaspMediaKind;

#define GST_TYPE_CLASP_PEER_CONNECTION (gst_clasp_peer_connection_get_type ())
GST_CLASP_API
G_DECLARE_FINAL_TYPE (GstClaspPeerConnection, gst_clasp_peer_connection, GST,
    CLASP_PEER_CONNECTION, GstObject)

/*
 * One WebRTC connection to one peer: one webrtcbin in a pipeline of its own,
 * so that its errors, state changes and teardown touch nobody else. Belongs to
 * the thread-default main context of its construction: all calls except
 * send() and all signals except incoming and key-unit-requested happen there.
 *
 * Properties: peer (name for logs), stun-server (stun://host:port),
 * turn-servers (GstValueArray of turn(s)://user:password@host:port; user and
 * password need no escaping here), ice-transport-policy, latency (ms of the
 * receiving jitter buffer), negotiation-timeout (ms, 10 000), liveness-timeout
 * (ms, 8 000), loopback (also gather 127.0.0.1), state (r), stats (r),
 * clock + base-time (of the owner's pipeline; set before start).
 *
 * Signals:
 *   description (const char *type, const char *sdp): send this to the peer
 *   candidate (guint mline, const char *mid, const char *candidate): then this
 *   media-negotiated (guint media, GstCaps *caps): the payload type and codec
 *     that both sides agreed on; caps are application/x-rtp with payload and,
 *     for what we send, ssrc. NULL caps: the peer does not want this media
 *   state-changed (GstClaspPeerConnectionState state)
 *   failed (GError *error): the reason, just before state FAILED
 *   incoming (guint media, GstPad *pad): RTP from the peer; emitted in the
 *     streaming thread. The handler adds elements to the bin of get_bin() and
 *     links them before it returns
 *   key-unit-requested (guint media): the peer sent PLI or FIR; streaming thread
 */
GST_CLASP_API GstClaspPeerConnection *
gst_clasp_peer_connection_new (const char *peer);

/* Before start or the first remote description. @codecs: application/x-rtp
 * structures in order of preference, without payload. Returns the index that
 * names this media in all other calls. */
GST_CLASP_API guint
gst_clasp_peer_connection_add_media (GstClaspPeerConnection *self,
    GstClaspMediaKind kind, GstWebRTCRTPTransceiverDirection direction,
    GstCaps *codecs);
/* Makes and sends the offer. */
GST_CLASP_API gboolean
gst_clasp_peer_connection_start (GstClaspPeerConnection *self, GError **error);
GST_CLASP_API gboolean
gst_clasp_peer_connection_set_remote_description (GstClaspPeerConnection *self,
    const char *type, const char *sdp, GError **error);
GST_CLASP_API gboolean
gst_clasp_peer_connection_add_remote_candidate (GstClaspPeerConnection *self,
    guint mline, const char *mid, const char *candidate, GError **error);
/* RTP with the negotiated payload type and ssrc; any thread. Dropped and
 * counted (GST_FLOW_OK) unless CONNECTED. (transfer full) */
GST_CLASP_API GstFlowReturn
gst_clasp_peer_connection_send (GstClaspPeerConnection *self, guint media,
    GstBufferList *packets);
/* Asks the peer for a key frame (PLI); any thread. */
GST_CLASP_API void
gst_clasp_peer_connection_request_key_unit (GstClaspPeerConnection *self,
    guint media);
GST_CLASP_API GstBin *
gst_clasp_peer_connection_get_bin (GstClaspPeerConnection *self);
GST_CLASP_API GstClaspPeerConnectionState gst_clasp_peer_connection_get_state (
    GstClaspPeerConnection *self);
GST_CLASP_API GstStructure *
gst_clasp_peer_connection_get_stats (GstClaspPeerConnection *self);
/* Orderly end; the pipeline is taken down on a thread of its own. */
GST_CLASP_API void
gst_clasp_peer_connection_close (GstClaspPeerConnection *self);
/* Waits until every closed connection of the process is down. */
GST_CLASP_API void gst_clasp_peer_connection_wait_closed (void);
/* Makes the process's DTLS key in the background, once. */
GST_CLASP_API void gst_clasp_peer_connection_warm_up (void);
/* Whether the process has descriptors for one more connection. */
GST_CLASP_API gboolean gst_clasp_peer_connection_check_budget (GError **error);

G_END_DECLS
