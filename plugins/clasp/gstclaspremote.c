/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspremote.h"

#include <string.h>

#include "gstclaspreceivers.h"
#include "gstclaspremotestats.h"

GST_DEBUG_CATEGORY_STATIC (clasp_remote_debug);
#define GST_CAT_DEFAULT clasp_remote_debug

#define N_KINDS GST_CLASP_RECEIVERS_KINDS
#define FIRST_RETRY_MS 1000
#define LONGEST_RETRY_MS 15000
/* How long the other side may take to offer before we do. */
#define OFFER_GUARD_MS 5000
#define MAX_CANDIDATES 64

/**
 * GstClaspRemote:
 *
 * One broadcaster that is received: its peer connection, made anew whenever
 * it failed, and the receivers of its media. Belongs to the context of the
 * signaller: all calls and signals happen there.
 *
 * Signals:
 *   connected (): media flows once the outputs are set
 *   failed (GError *error, gboolean was_connected): the connection is over
 *   retry-due (): it is time to offer again
 */
struct _GstClaspRemote {
  GObject parent_instance;

  GstElement *element; /* not a reference: it outlives us */
  GstClaspSignaller *signaller;
  GstClaspSettings *settings; /* not ours */
  guint latency;
  char *session;
  char *name;

  GstClaspPeerConnection *connection;
  GPtrArray *receivers; /* by kind, one for each media of the connection */
  GstCaps *negotiated[N_KINDS];
  GstClaspRemoteState state;
  gboolean offered;
  gint64 offered_at;
  guint attempts;
  GSource *retry;
  GPtrArray *early; /* GstClaspCandidate that came before their offer */
  gint64 connected_at;
  GstClaspRemoteStats stats;
};

enum {
  SIGNAL_CONNECTED,
  SIGNAL_FAILED,
  SIGNAL_RETRY_DUE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GstClaspRemote, gst_clasp_remote, G_TYPE_OBJECT)

/**
 * gst_clasp_remote_new:
 * @element: the claspsrc; outlives the remote
 * @signaller: how the peer is reached
 * @settings: of this run of @element; outlive the remote
 * @latency: ms of the jitter buffer
 * @session: session id of the peer
 * @name: its name
 *
 * Returns: (transfer full): a remote that waits for the peer's offer
 *
 * Since: 0.1
 */
GstClaspRemote *
gst_clasp_remote_new (GstElement *element, GstClaspSignaller *signaller,
    GstClaspSettings *settings, guint latency, const char *session,
    const char *name)
{
  GstClaspRemote *self = g_object_new (GST_TYPE_CLASP_REMOTE, NULL);

  self->element = element;
  self->signaller = g_object_ref (signaller);
  self->settings = settings;
  self->latency = latency;
  self->session = g_strdup (session);
  self->name = g_strdup (name);
  return self;
}

const char *
gst_clasp_remote_get_session (GstClaspRemote *self)
{
  return self->session;
}

const char *
gst_clasp_remote_get_name (GstClaspRemote *self)
{
  return self->name;
}

GstClaspRemoteState
gst_clasp_remote_get_state (GstClaspRemote *self)
{
  return self->state;
}

/**
 * gst_clasp_remote_rename:
 * @self: a remote
 * @session: the peer's new session id
 *
 * A running connection goes on.
 *
 * Since: 0.1
 */
void
gst_clasp_remote_rename (GstClaspRemote *self, const char *session)
{
  char *before = self->session;

  GST_INFO_OBJECT (self->element, "peer %s is now %s", before, session);
  self->session = g_strdup (session);
  g_free (before);
}

void
gst_clasp_remote_set_name (GstClaspRemote *self, const char *name)
{
  char *before = self->name;

  self->name = g_strdup (name);
  g_free (before);
}

static void
cancel_retry (GstClaspRemote *self)
{
  if (self->retry)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}

/* --- the connection --- */

static void
drop_connection (GstClaspRemote *self)
{
  g_autoptr (GstClaspPeerConnection) connection =
      g_steal_pointer (&self->connection);
  g_autoptr (GPtrArray) receivers = g_steal_pointer (&self->receivers);

  self->state = GST_CLASP_REMOTE_WAITING;
  self->offered = FALSE;
  for (guint i = 0; i < N_KINDS; i++)
    gst_clear_caps (&self->negotiated[i]);
  if (!connection)
    return;
  g_signal_handlers_disconnect_by_data (connection, self);
  gst_clasp_receivers_stop (receivers);
  gst_clasp_peer_connection_close (connection);
}

static void
on_description (GstClaspPeerConnection *connection, const char *type,
    const char *sdp, GstClaspRemote *self)
{
  g_autoptr (GError) error = NULL;

  if (!gst_clasp_signaller_send_description (self->signaller, self->session,
          type, sdp, &error))
    GST_INFO_OBJECT (self->element, "%s to peer %s not sent: %s", type,
        self->session, error->message);
}

static void
on_candidate (GstClaspPeerConnection *connection, guint mline, const char *mid,
    const char *candidate, GstClaspRemote *self)
{
  g_autoptr (GError) error = NULL;

  if (!gst_clasp_signaller_send_candidate (self->signaller, self->session,
          mline, mid, candidate, &error))
    GST_DEBUG_OBJECT (self->element, "candidate to peer %s not sent: %s",
        self->session, error->message);
}

static void
on_negotiated (GstClaspPeerConnection *connection, guint media, GstCaps *caps,
    GstClaspRemote *self)
{
  if (media < N_KINDS)
    gst_caps_replace (&self->negotiated[media], caps);
}

static void
on_state (GstClaspPeerConnection *connection, int state, GstClaspRemote *self)
{
  if (state == GST_CLASP_PEER_CONNECTION_CONNECTING)
    self->state = GST_CLASP_REMOTE_CONNECTING;
  if (state != GST_CLASP_PEER_CONNECTION_CONNECTED)
    return;
  cancel_retry (self);
  self->state = GST_CLASP_REMOTE_CONNECTED;
  self->attempts = 0;
  self->connected_at = g_get_monotonic_time ();
  gst_clasp_remote_stats_begin (&self->stats);
  g_signal_emit (self, signals[SIGNAL_CONNECTED], 0);
}

static void
on_failed (GstClaspPeerConnection *connection, GError *error,
    GstClaspRemote *self)
{
  gboolean was_connected = self->state == GST_CLASP_REMOTE_CONNECTED;
  g_autoptr (GstClaspRemote) held = g_object_ref (self);
  g_autoptr (GError) reason = g_error_copy (error);

  drop_connection (self);
  g_signal_emit (held, signals[SIGNAL_FAILED], 0, reason, was_connected);
}

static void
connect_signals (GstClaspRemote *self)
{
  static const struct {
    const char *signal;
    GCallback callback;
  } handlers[] = {
      {"description", G_CALLBACK (on_description)},
      {"candidate", G_CALLBACK (on_candidate)},
      {"media-negotiated", G_CALLBACK (on_negotiated)},
      {"state-changed", G_CALLBACK (on_state)},
      {"failed", G_CALLBACK (on_failed)},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect (self->connection, handlers[i].signal,
        handlers[i].callback, self);
}

static void
open_connection (GstClaspRemote *self)
{
  GstClaspTimebase timebase;

  drop_connection (self);
  cancel_retry (self);
  gst_clasp_timebase_of_element (&timebase, self->element);
  self->connection = gst_clasp_peer_connection_new (self->session);
  g_object_set (self->connection, "stun-server", self->settings->stun_server,
      "ice-transport-policy", self->settings->ice_transport_policy, "latency",
      self->latency, "clock", timebase.clock, "base-time", timebase.base_time,
      NULL);
  g_object_set_property (G_OBJECT (self->connection), "turn-servers",
      &self->settings->turn_servers);
  self->receivers = gst_clasp_receivers_new (self->connection, &timebase);
  connect_signals (self);
  gst_object_unref (timebase.clock);
}

/* The connection that could not even begin. */
static void
fail_to_begin (GstClaspRemote *self, GError *error)
{
  GST_INFO_OBJECT (self->element, "peer %s: %s", self->session, error->message);
  drop_connection (self);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, error, FALSE);
  g_error_free (error);
}

/**
 * gst_clasp_remote_offer:
 * @self: a remote
 *
 * Offers the peer a connection, in place of the one there may be.
 *
 * Since: 0.1
 */
void
gst_clasp_remote_offer (GstClaspRemote *self)
{
  GError *error = NULL;

  open_connection (self);
  self->offered = TRUE;
  self->offered_at = g_get_monotonic_time ();
  if (!gst_clasp_peer_connection_start (self->connection, &error))
    fail_to_begin (self, error);
}

static gboolean
offers_first (GstClaspRemote *self)
{
  g_autofree char *session = NULL;

  g_object_get (self->signaller, "session", &session, NULL);
  return session && strcmp (session, self->session) > 0;
}

static gboolean
on_retry (gpointer data)
{
  GstClaspRemote *self = data;

  cancel_retry (self);
  g_signal_emit (self, signals[SIGNAL_RETRY_DUE], 0);
  return G_SOURCE_REMOVE;
}

/**
 * gst_clasp_remote_retry:
 * @self: a remote whose connection failed
 *
 * Emits retry-due after a while that grows with each attempt. The side that
 * is to offer goes first.
 *
 * Since: 0.1
 */
void
gst_clasp_remote_retry (GstClaspRemote *self)
{
  guint delay =
      MIN (LONGEST_RETRY_MS, FIRST_RETRY_MS << MIN (self->attempts, 4));

  self->attempts++;
  if (!offers_first (self))
    delay += OFFER_GUARD_MS;
  cancel_retry (self);
  self->retry = g_timeout_source_new (delay);
  g_source_set_callback (self->retry, on_retry, self, NULL);
  g_source_set_static_name (self->retry, "[clasp] retry of a remote");
  g_source_attach (self->retry, g_main_context_get_thread_default ());
}

/* --- what the peer sends --- */

static void
flush_early_candidates (GstClaspRemote *self)
{
  g_autoptr (GPtrArray) early = g_steal_pointer (&self->early);

  self->early = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_candidate_free);
  for (guint i = 0; i < early->len; i++) {
    GstClaspCandidate *candidate = g_ptr_array_index (early, i);

    gst_clasp_remote_take_candidate (self, candidate->mline, candidate->mid,
        candidate->text);
  }
}

static void
answer (GstClaspRemote *self, const char *sdp)
{
  GError *error = NULL;

  open_connection (self);
  if (!gst_clasp_peer_connection_set_remote_description (self->connection,
          "offer", sdp, &error)) {
    fail_to_begin (self, error);
    return;
  }
  flush_early_candidates (self);
}

/* Both offered: the greater id's offer stands, unless nobody answered it. */
static gboolean
insists (GstClaspRemote *self)
{
  return self->offered && self->state == GST_CLASP_REMOTE_CONNECTING &&
      offers_first (self) &&
      g_get_monotonic_time () - self->offered_at < OFFER_GUARD_MS * 1000;
}

static void
take_offer (GstClaspRemote *self, const char *sdp)
{
  g_autoptr (GError) error = NULL;

  if (self->state == GST_CLASP_REMOTE_CONNECTED) {
    if (gst_clasp_peer_connection_set_remote_description (self->connection,
            "offer", sdp, &error))
      return;
    /* A peer that made a new connection; garbage keeps the old one. */
    GST_INFO_OBJECT (self->element, "offer of peer %s: %s", self->session,
        error->message);
    if (error->code != CLASP_ERROR_FAILED)
      return;
  } else if (insists (self)) {
    GST_INFO_OBJECT (self->element, "offers crossed, peer %s is to answer ours",
        self->session);
    return;
  }
  answer (self, sdp);
}

/**
 * gst_clasp_remote_take_description:
 * @self: a remote
 * @type: `offer` or `answer`
 * @sdp: what the peer sent
 *
 * Since: 0.1
 */
void
gst_clasp_remote_take_description (GstClaspRemote *self, const char *type,
    const char *sdp)
{
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (type, "offer") == 0) {
    take_offer (self, sdp);
    return;
  }
  if (self->connection &&
      !gst_clasp_peer_connection_set_remote_description (self->connection, type,
          sdp, &error))
    GST_WARNING_OBJECT (self->element, "answer of peer %s: %s", self->session,
        error->message);
}

static void
keep_candidate (GstClaspRemote *self, guint mline, const char *mid,
    const char *candidate)
{
  GstClaspCandidate *parsed = NULL;

  if (self->early->len < MAX_CANDIDATES)
    parsed = gst_clasp_candidate_parse (mline, mid, candidate, NULL);
  if (parsed)
    g_ptr_array_add (self->early, parsed);
}

/**
 * gst_clasp_remote_take_candidate:
 * @self: a remote
 * @mline: index of the media section
 * @mid: (nullable): its name
 * @candidate: what the peer sent
 *
 * May come before the offer that it belongs to.
 *
 * Since: 0.1
 */
void
gst_clasp_remote_take_candidate (GstClaspRemote *self, guint mline,
    const char *mid, const char *candidate)
{
  g_autoptr (GError) error = NULL;

  if (!self->connection)
    keep_candidate (self, mline, mid, candidate);
  else if (!gst_clasp_peer_connection_add_remote_candidate (self->connection,
               mline, mid, candidate, &error))
    GST_DEBUG_OBJECT (self->element, "candidate of peer %s: %s", self->session,
        error->message);
}

/* --- media --- */

/**
 * gst_clasp_remote_has_media:
 * @self: a connected remote
 * @kind: sound or pictures
 *
 * Returns: whether the peer sends it
 *
 * Since: 0.1
 */
gboolean
gst_clasp_remote_has_media (GstClaspRemote *self, GstClaspMediaKind kind)
{
  return self->negotiated[gst_clasp_receivers_index (kind)] != NULL;
}

/**
 * gst_clasp_remote_set_output:
 * @self: a connected remote
 * @kind: sound or pictures
 * @output: where it goes
 *
 * Since: 0.1
 */
void
gst_clasp_remote_set_output (GstClaspRemote *self, GstClaspMediaKind kind,
    GstClaspOutput *output)
{
  guint media = gst_clasp_receivers_index (kind);

  if (self->receivers)
    gst_clasp_receiver_set_output (g_ptr_array_index (self->receivers, media),
        output);
}

/**
 * gst_clasp_remote_get_silence:
 * @self: a remote
 * @now: monotonic time, µs
 *
 * Returns: µs since the last frame, or since it was connected
 *
 * Since: 0.1
 */
gint64
gst_clasp_remote_get_silence (GstClaspRemote *self, gint64 now)
{
  gint64 last = self->connected_at;

  if (self->receivers)
    last = MAX (last, gst_clasp_receivers_get_last (self->receivers));
  return now - last;
}

/**
 * gst_clasp_remote_update_stats:
 * @self: a remote
 * @now: monotonic time, µs
 *
 * Takes the figures of the last second.
 *
 * Since: 0.1
 */
void
gst_clasp_remote_update_stats (GstClaspRemote *self, gint64 now)
{
  if (self->state == GST_CLASP_REMOTE_CONNECTED)
    gst_clasp_remote_stats_update (&self->stats, self->connection,
        self->receivers, self->connected_at, now);
}

/**
 * gst_clasp_remote_get_stats:
 * @self: a remote
 *
 * Returns: (transfer full): what gst_clasp_remote_stats_to_structure() says
 *
 * Since: 0.1
 */
GstStructure *
gst_clasp_remote_get_stats (GstClaspRemote *self)
{
  static const char *const states[] = {"waiting", "connecting", "connected"};

  return gst_clasp_remote_stats_to_structure (&self->stats, self->session,
      self->name, states[self->state]);
}

/**
 * gst_clasp_remote_close:
 * @self: a remote
 *
 * Ends the connection without a signal. Calling it again does nothing.
 *
 * Since: 0.1
 */
void
gst_clasp_remote_close (GstClaspRemote *self)
{
  cancel_retry (self);
  drop_connection (self);
}

static void
gst_clasp_remote_finalize (GObject *object)
{
  GstClaspRemote *self = GST_CLASP_REMOTE (object);

  gst_clasp_remote_close (self);
  g_clear_object (&self->signaller);
  g_clear_pointer (&self->early, g_ptr_array_unref);
  g_clear_pointer (&self->session, g_free);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (gst_clasp_remote_parent_class)->finalize (object);
}

static void
gst_clasp_remote_class_init (GstClaspRemoteClass *klass)
{
  const GType type = G_TYPE_FROM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (clasp_remote_debug, "claspremote", 0,
      "CLASP broadcasters that are received");
  G_OBJECT_CLASS (klass)->finalize = gst_clasp_remote_finalize;
  signals[SIGNAL_CONNECTED] = g_signal_new ("connected", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_RETRY_DUE] = g_signal_new ("retry-due", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_ERROR, G_TYPE_BOOLEAN);
}

static void
gst_clasp_remote_init (GstClaspRemote *self)
{
  self->early = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_candidate_free);
}
