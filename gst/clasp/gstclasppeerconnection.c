/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasppeerconnection-private.h"

#define DEFAULT_NEGOTIATION_TIMEOUT 10000
#define DEFAULT_LIVENESS_TIMEOUT 8000
#define DEFAULT_LATENCY 100

/**
 * GstClaspPeerConnection:
 *
 * One WebRTC connection to one peer. See the header for its thread rules.
 *
 * What a peer sends is checked before webrtcbin sees it: descriptions are
 * rebuilt from a whitelist, every m-line is decided here, candidates are
 * numeric, and no media passes before the certificate of the DTLS handshake
 * has been compared with the fingerprint of the description.
 *
 * Since: 0.1
 */
enum {
  PROP_PEER = 1,
  PROP_STUN_SERVER,
  PROP_TURN_SERVERS,
  PROP_ICE_TRANSPORT_POLICY,
  PROP_LATENCY,
  PROP_NEGOTIATION_TIMEOUT,
  PROP_LIVENESS_TIMEOUT,
  PROP_LOOPBACK,
  PROP_CLOCK,
  PROP_BASE_TIME,
  PROP_STATE,
  PROP_STATS,
  N_PROPS
};

enum {
  SIGNAL_DESCRIPTION,
  SIGNAL_CANDIDATE,
  SIGNAL_MEDIA_NEGOTIATED,
  SIGNAL_STATE_CHANGED,
  SIGNAL_FAILED,
  SIGNAL_INCOMING,
  SIGNAL_KEY_UNIT_REQUESTED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* The category serves all parts of the class. */
GST_DEBUG_CATEGORY (gst_clasp_peer_connection_debug);

G_DEFINE_FINAL_TYPE (GstClaspPeerConnection, gst_clasp_peer_connection,
    GST_TYPE_OBJECT)

/**
 * gst_clasp_peer_connection_new:
 * @peer: session id of the peer, for logs and errors
 *
 * Returns: (transfer full): a connection that does nothing yet
 *
 * Since: 0.1
 */
GstClaspPeerConnection *
gst_clasp_peer_connection_new (const char *peer)
{
  GstClaspPeerConnection *self =
      g_object_new (GST_TYPE_CLASP_PEER_CONNECTION, "peer", peer, NULL);

  return gst_object_ref_sink (self);
}

/**
 * gst_clasp_peer_connection_add_media:
 * @self: a #GstClaspPeerConnection in state NEW
 * @kind: audio or video
 * @direction: what we do with it: SENDONLY or RECVONLY
 * @codecs: application/x-rtp structures (media, encoding-name, clock-rate) in
 *   order of preference, without payload
 *
 * Returns: the index that names this media in all other calls
 *
 * Since: 0.1
 */
guint
gst_clasp_peer_connection_add_media (GstClaspPeerConnection *self,
    GstClaspMediaKind kind, GstWebRTCRTPTransceiverDirection direction,
    GstCaps *codecs)
{
  g_return_val_if_fail (GST_IS_CLASP_PEER_CONNECTION (self), 0);
  g_return_val_if_fail (GST_IS_CAPS (codecs), 0);
  g_return_val_if_fail (!self->webrtc, 0);
  g_ptr_array_add (self->medias, gst_clasp_media_new (kind, direction, codecs));
  return self->medias->len - 1;
}

/**
 * gst_clasp_peer_connection_start:
 * @self: a #GstClaspPeerConnection in state NEW
 * @error: (nullable): why not
 *
 * Makes an offer of all medias and emits #GstClaspPeerConnection::description
 * when it is there.
 *
 * Returns: %FALSE if the connection cannot be set up
 *
 * Since: 0.1
 */
gboolean
gst_clasp_peer_connection_start (GstClaspPeerConnection *self, GError **error)
{
  g_return_val_if_fail (GST_IS_CLASP_PEER_CONNECTION (self), FALSE);
  g_return_val_if_fail (!self->webrtc && self->medias->len > 0, FALSE);

  return gst_clasp_peer_make_offer (self, error);
}

/**
 * gst_clasp_peer_connection_set_remote_description:
 * @self: a #GstClaspPeerConnection
 * @type: "offer" or "answer"
 * @sdp: what the peer sent
 * @error: (nullable): what is wrong with it
 *
 * Takes a description from the network. The first offer makes this side the
 * answerer; a later offer on a live connection is answered within what was
 * agreed; an offer that crosses our own is refused.
 *
 * Returns: %FALSE if the description was refused; the connection stays as it is
 *
 * Since: 0.1
 */
gboolean
gst_clasp_peer_connection_set_remote_description (GstClaspPeerConnection *self,
    const char *type, const char *sdp, GError **error)
{
  gboolean is_offer = g_strcmp0 (type, "offer") == 0;
  g_autoptr (GPtrArray) candidates = NULL;
  GstSDPMessage *message;
  gboolean taken;

  g_return_val_if_fail (GST_IS_CLASP_PEER_CONNECTION (self), FALSE);
  if (gst_clasp_peer_is_over (self)) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_CLOSED,
        "connection to peer %s is over", self->peer);
    return FALSE;
  }
  message = gst_clasp_sdp_sanitize (sdp,
      is_offer ? GST_WEBRTC_SDP_TYPE_OFFER : GST_WEBRTC_SDP_TYPE_ANSWER,
      &candidates, error);
  if (!message)
    return FALSE;
  if (!is_offer)
    taken = gst_clasp_peer_take_answer (self, message, error);
  else if (!self->webrtc)
    taken = gst_clasp_peer_take_first_offer (self, message, error);
  else if (self->remote && self->local && self->remote_applied)
    taken = gst_clasp_peer_take_later_offer (self, message, error);
  else {
    gst_sdp_message_free (message);
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_CONFLICT,
        "offer of peer %s crosses a negotiation under way", self->peer);
    return FALSE;
  }
  if (taken)
    gst_clasp_peer_take_candidates (self, candidates);
  return taken;
}

/**
 * gst_clasp_peer_connection_add_remote_candidate:
 * @self: a #GstClaspPeerConnection
 * @mline: index of the media section
 * @mid: (nullable): its name
 * @candidate: the candidate line; empty for end-of-candidates
 * @error: (nullable): what is wrong with it
 *
 * Takes a candidate from the network, before or after the description it
 * belongs to. Host names are resolved within 300 ms or left out.
 *
 * Returns: %FALSE if it was refused
 *
 * Since: 0.1
 */
gboolean
gst_clasp_peer_connection_add_remote_candidate (GstClaspPeerConnection *self,
    guint mline, const char *mid, const char *candidate, GError **error)
{
  GstClaspCandidate *parsed;
  GError *parse_error = NULL;

  g_return_val_if_fail (GST_IS_CLASP_PEER_CONNECTION (self), FALSE);
  if (gst_clasp_peer_is_over (self))
    return TRUE;
  parsed = gst_clasp_candidate_parse (mline, mid, candidate, &parse_error);
  if (parsed)
    return gst_clasp_peer_take_candidate (self, parsed, error);
  if (!parse_error)
    return TRUE;
  g_propagate_error (error, parse_error);
  return FALSE;
}

/**
 * gst_clasp_peer_connection_send:
 * @self: a #GstClaspPeerConnection
 * @media: index from add_media()
 * @packets: (transfer full): RTP packets with the negotiated payload type and
 *   ssrc, stamped with running time
 *
 * Sends packets; never blocks. May be called from any thread. While the
 * connection is not CONNECTED they are dropped and counted.
 *
 * Returns: GST_FLOW_OK, or GST_FLOW_FLUSHING when the connection is over
 *
 * Since: 0.1
 */
GstFlowReturn
gst_clasp_peer_connection_send (GstClaspPeerConnection *self, guint media,
    GstBufferList *packets)
{
  g_return_val_if_fail (GST_IS_CLASP_PEER_CONNECTION (self), GST_FLOW_ERROR);
  if (gst_clasp_peer_is_over (self) || !self->flow) {
    gst_buffer_list_unref (packets);
    return GST_FLOW_FLUSHING;
  }
  return gst_clasp_peer_media_send (self->flow, media, packets);
}

/**
 * gst_clasp_peer_connection_request_key_unit:
 * @self: a #GstClaspPeerConnection
 * @media: index from add_media()
 *
 * Asks the peer for a key frame of @media (RTCP PLI). May be called from any
 * thread.
 *
 * Since: 0.1
 */
void
gst_clasp_peer_connection_request_key_unit (GstClaspPeerConnection *self,
    guint media)
{
  g_return_if_fail (GST_IS_CLASP_PEER_CONNECTION (self));
  if (!gst_clasp_peer_is_over (self) && self->flow)
    gst_clasp_peer_media_request_key_unit (self->flow, media);
}

/**
 * gst_clasp_peer_connection_get_bin:
 * @self: a #GstClaspPeerConnection
 *
 * Returns: (transfer none) (nullable): the connection's own pipeline
 *
 * Since: 0.1
 */
GstBin *
gst_clasp_peer_connection_get_bin (GstClaspPeerConnection *self)
{
  g_return_val_if_fail (GST_IS_CLASP_PEER_CONNECTION (self), NULL);
  return (GstBin *) self->pipeline;
}

/**
 * gst_clasp_peer_connection_get_state:
 * @self: a #GstClaspPeerConnection
 *
 * May be called from any thread.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
GstClaspPeerConnectionState
gst_clasp_peer_connection_get_state (GstClaspPeerConnection *self)
{
  g_return_val_if_fail (GST_IS_CLASP_PEER_CONNECTION (self),
      GST_CLASP_PEER_CONNECTION_CLOSED);
  return g_atomic_int_get (&self->state);
}

/**
 * gst_clasp_peer_connection_get_stats:
 * @self: a #GstClaspPeerConnection
 *
 * What is known of the connection: "state" (string), "packets-sent",
 * "bytes-sent", "packets-dropped" (uint64), "rtt" (ms, double), "loss"
 * (fraction lost 0..1 by the last report, double), "bytes-received",
 * "packets-received", "packets-lost" (uint64), "jitter" (ms, double).
 *
 * Returns: (transfer full): the statistics
 *
 * Since: 0.1
 */
GstStructure *
gst_clasp_peer_connection_get_stats (GstClaspPeerConnection *self)
{
  static const char *const names[] = {"new", "connecting", "connected",
      "failed", "closed"};
  GstStructure *stats;

  g_return_val_if_fail (GST_IS_CLASP_PEER_CONNECTION (self), NULL);
  stats = gst_structure_new ("clasp-peer-connection", "state", G_TYPE_STRING,
      names[g_atomic_int_get (&self->state)], NULL);
  if (self->flow)
    gst_clasp_peer_media_add_stats (self->flow, stats);
  return stats;
}

/**
 * gst_clasp_peer_connection_close:
 * @self: a #GstClaspPeerConnection
 *
 * Ends the connection. Returns at once; what webrtcbin holds is released on a
 * thread of its own. Calling it again does nothing.
 *
 * Since: 0.1
 */
void
gst_clasp_peer_connection_close (GstClaspPeerConnection *self)
{
  g_return_if_fail (GST_IS_CLASP_PEER_CONNECTION (self));
  if (gst_clasp_peer_is_over (self))
    return;
  gst_clasp_peer_take_down (self);
  gst_clasp_peer_set_state (self, GST_CLASP_PEER_CONNECTION_CLOSED);
}

/**
 * gst_clasp_peer_connection_wait_closed:
 *
 * Waits until every closed connection of this process has released its threads
 * and descriptors. Not to be called from a streaming thread.
 *
 * Since: 0.1
 */
void
gst_clasp_peer_connection_wait_closed (void)
{
  gst_clasp_reaper_wait ();
}

/**
 * gst_clasp_peer_connection_warm_up:
 *
 * Makes the process's DTLS key in the background, so that the first viewer
 * does not wait for it. Only the first call does something.
 *
 * Since: 0.1
 */
void
gst_clasp_peer_connection_warm_up (void)
{
  gst_clasp_webrtc_warm_up ();
}

/**
 * gst_clasp_peer_connection_check_budget:
 * @error: (nullable): how many are in use and what to do
 *
 * Returns: whether the process has descriptors for one more connection
 *
 * Since: 0.1
 */
gboolean
gst_clasp_peer_connection_check_budget (GError **error)
{
  return gst_clasp_descriptor_budget_check (error);
}

static void
set_turn_servers (GstClaspPeerConnection *self, const GValue *array)
{
  guint i, n = gst_value_array_get_size (array);

  g_clear_pointer (&self->turn_servers, g_strfreev);
  self->turn_servers = g_new0 (char *, n + 1);
  for (i = 0; i < n; i++)
    self->turn_servers[i] =
        g_value_dup_string (gst_value_array_get_value (array, i));
}

static void
gst_clasp_peer_connection_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec)
{
  GstClaspPeerConnection *self = GST_CLASP_PEER_CONNECTION (object);

  switch (id) {
    case PROP_PEER:
      self->peer = g_value_dup_string (value);
      break;
    case PROP_STUN_SERVER:
      g_free (self->stun_server);
      self->stun_server = g_value_dup_string (value);
      break;
    case PROP_TURN_SERVERS:
      set_turn_servers (self, value);
      break;
    case PROP_ICE_TRANSPORT_POLICY:
      self->ice_transport_policy = g_value_get_enum (value);
      break;
    case PROP_LATENCY:
      self->latency = g_value_get_uint (value);
      break;
    case PROP_NEGOTIATION_TIMEOUT:
      self->negotiation_timeout = g_value_get_uint (value);
      break;
    case PROP_LIVENESS_TIMEOUT:
      self->liveness_timeout = g_value_get_uint (value);
      break;
    case PROP_LOOPBACK:
      self->loopback = g_value_get_boolean (value);
      break;
    case PROP_CLOCK:
      gst_object_replace ((GstObject **) &self->clock,
          g_value_get_object (value));
      break;
    case PROP_BASE_TIME:
      self->base_time = g_value_get_uint64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_clasp_peer_connection_get_property (GObject *object, guint id,
    GValue *value, GParamSpec *pspec)
{
  GstClaspPeerConnection *self = GST_CLASP_PEER_CONNECTION (object);

  switch (id) {
    case PROP_PEER:
      g_value_set_string (value, self->peer);
      break;
    case PROP_STATE:
      g_value_set_int (value, g_atomic_int_get (&self->state));
      break;
    case PROP_STATS:
      g_value_take_boxed (value, gst_clasp_peer_connection_get_stats (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_clasp_peer_connection_dispose (GObject *object)
{
  GstClaspPeerConnection *self = GST_CLASP_PEER_CONNECTION (object);

  gst_clasp_peer_take_down (self);
  G_OBJECT_CLASS (gst_clasp_peer_connection_parent_class)->dispose (object);
}

static void
gst_clasp_peer_connection_finalize (GObject *object)
{
  GstClaspPeerConnection *self = GST_CLASP_PEER_CONNECTION (object);

  g_clear_pointer (&self->flow, gst_clasp_peer_media_unref);
  g_clear_pointer (&self->medias, g_ptr_array_unref);
  g_clear_pointer (&self->candidates, g_ptr_array_unref);
  g_clear_pointer (&self->local, gst_sdp_message_free);
  g_clear_pointer (&self->remote, gst_sdp_message_free);
  g_clear_pointer (&self->turn_servers, g_strfreev);
  g_clear_pointer (&self->stun_server, g_free);
  g_clear_pointer (&self->peer, g_free);
  g_clear_pointer (&self->stream, g_free);
  g_clear_object (&self->cancellable);
  gst_clear_object (&self->clock);
  g_clear_pointer (&self->context, g_main_context_unref);
  G_OBJECT_CLASS (gst_clasp_peer_connection_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags write = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  props[PROP_PEER] =
      g_param_spec_string ("peer", "Peer", "Session id of the peer", NULL,
          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  props[PROP_STUN_SERVER] = g_param_spec_string ("stun-server", "STUN server",
      "stun://host:port, NULL for none", NULL, write);
  props[PROP_TURN_SERVERS] = gst_param_spec_array ("turn-servers",
      "TURN servers", "turn(s)://user:password@host:port, each as a string",
      g_param_spec_string ("turn-server", NULL, NULL, NULL, write), write);
  props[PROP_ICE_TRANSPORT_POLICY] =
      g_param_spec_enum ("ice-transport-policy", "ICE transport policy",
          "Which candidates may be used", GST_TYPE_WEBRTC_ICE_TRANSPORT_POLICY,
          GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL, write);
  props[PROP_LATENCY] = g_param_spec_uint ("latency", "Latency",
      "Jitter buffer of what is received, in ms", 0, 10000, DEFAULT_LATENCY,
      write);
  props[PROP_NEGOTIATION_TIMEOUT] = g_param_spec_uint ("negotiation-timeout",
      "Negotiation timeout", "Time until connected, in ms", 100, G_MAXINT,
      DEFAULT_NEGOTIATION_TIMEOUT, write);
  props[PROP_LIVENESS_TIMEOUT] = g_param_spec_uint ("liveness-timeout",
      "Liveness timeout", "Silence after which the peer is gone, in ms", 100,
      G_MAXINT, DEFAULT_LIVENESS_TIMEOUT, write);
  props[PROP_LOOPBACK] = g_param_spec_boolean ("loopback", "Loopback",
      "Also offer 127.0.0.1; done by itself on a machine without network",
      FALSE, write);
  props[PROP_CLOCK] = g_param_spec_object ("clock", "Clock",
      "Clock of the owner's pipeline", GST_TYPE_CLOCK, write);
  props[PROP_BASE_TIME] = g_param_spec_uint64 ("base-time", "Base time",
      "Base time of the owner's pipeline, in ns", 0, G_MAXUINT64,
      GST_CLOCK_TIME_NONE, write);
  props[PROP_STATE] =
      g_param_spec_int ("state", "State", "GstClaspPeerConnectionState", 0,
          GST_CLASP_PEER_CONNECTION_CLOSED, 0, read | G_PARAM_EXPLICIT_NOTIFY);
  props[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "See get_stats()", GST_TYPE_STRUCTURE, read);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
install_signals (GObjectClass *object_class)
{
  const GType type = G_TYPE_FROM_CLASS (object_class);

  /**
   * GstClaspPeerConnection::description:
   * @self: the connection
   * @type: "offer" or "answer"
   * @sdp: the description
   *
   * This is to be sent to the peer, before any candidate.
   *
   * Since: 0.1
   */
  signals[SIGNAL_DESCRIPTION] =
      g_signal_new ("description", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
          G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * GstClaspPeerConnection::candidate:
   * @self: the connection
   * @mline: index of the media section
   * @mid: (nullable): its name
   * @candidate: the candidate line
   *
   * This is to be sent to the peer.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CANDIDATE] =
      g_signal_new ("candidate", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
          G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * GstClaspPeerConnection::media-negotiated:
   * @self: the connection
   * @media: index from add_media()
   * @caps: (nullable): application/x-rtp with payload and, for what we send,
   *   ssrc; %NULL if the peer does not want this media
   *
   * Both sides agree on what @media is.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MEDIA_NEGOTIATED] =
      g_signal_new ("media-negotiated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
          NULL, G_TYPE_NONE, 2, G_TYPE_UINT, GST_TYPE_CAPS);
  /**
   * GstClaspPeerConnection::state-changed:
   * @self: the connection
   * @state: a #GstClaspPeerConnectionState
   *
   * Since: 0.1
   */
  signals[SIGNAL_STATE_CHANGED] = g_signal_new ("state-changed", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  /**
   * GstClaspPeerConnection::failed:
   * @self: the connection
   * @error: what happened
   *
   * The connection ended by itself; the state becomes FAILED right after.
   *
   * Since: 0.1
   */
  signals[SIGNAL_FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  /**
   * GstClaspPeerConnection::incoming:
   * @self: the connection
   * @media: index from add_media()
   * @pad: RTP from the peer
   *
   * Emitted in a streaming thread. The handler adds elements to the bin of
   * get_bin() and links them before it returns.
   *
   * Since: 0.1
   */
  signals[SIGNAL_INCOMING] = g_signal_new ("incoming", type, G_SIGNAL_RUN_LAST,
      0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, GST_TYPE_PAD);
  /**
   * GstClaspPeerConnection::key-unit-requested:
   * @self: the connection
   * @media: index from add_media()
   *
   * The peer lost a picture (PLI or FIR). Emitted in a streaming thread.
   *
   * Since: 0.1
   */
  signals[SIGNAL_KEY_UNIT_REQUESTED] = g_signal_new ("key-unit-requested", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
gst_clasp_peer_connection_class_init (GstClaspPeerConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_clasp_peer_connection_debug,
      "clasppeerconnection", 0, "CLASP peer connection");
  object_class->set_property = gst_clasp_peer_connection_set_property;
  object_class->get_property = gst_clasp_peer_connection_get_property;
  object_class->dispose = gst_clasp_peer_connection_dispose;
  object_class->finalize = gst_clasp_peer_connection_finalize;
  install_properties (object_class);
  install_signals (object_class);
}

static void
gst_clasp_peer_connection_init (GstClaspPeerConnection *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->stream = g_uuid_string_random ();
  self->medias =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_clasp_media_free);
  self->candidates = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_candidate_free);
  self->cancellable = g_cancellable_new ();
  self->ice_transport_policy = GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL;
  self->latency = DEFAULT_LATENCY;
  self->negotiation_timeout = DEFAULT_NEGOTIATION_TIMEOUT;
  self->liveness_timeout = DEFAULT_LIVENESS_TIMEOUT;
  self->base_time = GST_CLOCK_TIME_NONE;
}
