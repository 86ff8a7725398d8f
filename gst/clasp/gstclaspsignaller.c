/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsignaller-private.h"
#include "gstclasp-enum-types.h"

/**
 * GstClaspSignaller:
 *
 * A place in a CLASP room: announces itself, sees who else is there, and
 * carries descriptions and ICE candidates between two peers. It follows the
 * conventions of the CLASP pages.
 *
 * Use: construct it, connect the signals, call gst_clasp_signaller_join(). It
 * keeps its place by itself, also across a restart of the relay, until
 * gst_clasp_signaller_leave().
 *
 * It belongs to the thread-default main context of its construction: methods
 * are called there and signals are emitted there. Properties may be read and
 * written in any thread, and the last reference may be dropped in any; what is
 * written takes effect at the next join, but #GstClaspSignaller:name and
 * #GstClaspSignaller:metadata at once.
 *
 * A presence at a relay is no proof that its owner lives. One that is older
 * than 25 s, and one that has not been renewed for so long, is checked by a
 * probe that the relay answers with 404 if the session is gone.
 *
 * When the relay was lost, all peers stay. Each side gets a new session id:
 * our own kind is recognised (#GstClaspSignaller::peer-renamed), and nothing
 * has to be negotiated again. A page cannot do that. If one is still there, it
 * takes us for a newcomer, and #GstClaspSignaller::offer-needed or an offer from
 * it comes once more: it wants a new connection in place of the old one.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (GstClaspSignaller, gst_clasp_signaller, G_TYPE_OBJECT)

enum {
  SIGNAL_PEER_JOINED,
  SIGNAL_PEER_UPDATED,
  SIGNAL_PEER_RENAMED,
  SIGNAL_PEER_LEFT,
  SIGNAL_OFFER_NEEDED,
  SIGNAL_DESCRIPTION,
  SIGNAL_CANDIDATE,
  SIGNAL_STATE_CHANGED,
  SIGNAL_ERROR,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
emit_signal (GstClaspSignaller *self, const char *peer,
    const GstClaspSignal *signal)
{
  if (signal->type == GST_CLASP_SIGNAL_CANDIDATE)
    g_signal_emit (self, signals[SIGNAL_CANDIDATE], 0, peer, signal->mline,
        signal->mid, signal->candidate);
  else
    g_signal_emit (self, signals[SIGNAL_DESCRIPTION], 0, peer,
        gst_clasp_signal_type_to_string (signal->type), signal->sdp);
}

static void
on_event (gpointer owner, const GstClaspRosterEvent *event)
{
  GstClaspSignaller *self = owner;

  switch (event->type) {
    case GST_CLASP_ROSTER_JOINED:
      g_signal_emit (self, signals[SIGNAL_PEER_JOINED], 0, event->peer,
          event->name, event->presence);
      break;
    case GST_CLASP_ROSTER_UPDATED:
      g_signal_emit (self, signals[SIGNAL_PEER_UPDATED], 0, event->peer,
          event->name, event->presence);
      break;
    case GST_CLASP_ROSTER_RENAMED:
      g_signal_emit (self, signals[SIGNAL_PEER_RENAMED], 0, event->other,
          event->peer);
      break;
    case GST_CLASP_ROSTER_LEFT:
      g_signal_emit (self, signals[SIGNAL_PEER_LEFT], 0, event->peer,
          event->reason);
      break;
    case GST_CLASP_ROSTER_OFFER_NEEDED:
      g_signal_emit (self, signals[SIGNAL_OFFER_NEEDED], 0, event->peer);
      break;
    case GST_CLASP_ROSTER_RECEIVED:
      emit_signal (self, event->peer, event->signal);
      break;
    case GST_CLASP_ROSTER_SEND:
    case GST_CLASP_ROSTER_ASK:
      g_assert_not_reached (); /* the membership's */
  }
}

static void
on_state (gpointer owner, GstClaspSignallerState state, const char *session)
{
  GstClaspSignaller *self = owner;
  gboolean state_changed, session_changed;

  g_mutex_lock (&self->lock);
  state_changed = self->state != state;
  session_changed = g_strcmp0 (self->session, session) != 0;
  self->state = state;
  if (session_changed) {
    g_free (self->session);
    self->session = g_strdup (session);
  }
  g_mutex_unlock (&self->lock);

  if (session_changed)
    g_object_notify (G_OBJECT (self), "session");
  if (!state_changed)
    return;
  g_object_notify (G_OBJECT (self), "state");
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0, state);
}

static void
on_error (gpointer owner, const GError *error)
{
  g_signal_emit (owner, signals[SIGNAL_ERROR], 0, error);
}

static void
on_stats (gpointer owner, const GstClaspRosterStats *stats)
{
  GstClaspSignaller *self = owner;

  g_mutex_lock (&self->lock);
  self->stats = *stats;
  g_mutex_unlock (&self->lock);
}

static const GstClaspMembershipEvents membership_events = {
    .event = on_event,
    .state = on_state,
    .error = on_error,
    .stats = on_stats,
};

static void
set_client (GstClaspSignaller *self, ClaspClient *client)
{
  g_autoptr (ClaspClient) old = NULL;

  g_mutex_lock (&self->lock);
  old = g_steal_pointer (&self->client);
  self->client = client != NULL ? g_object_ref (client) : NULL;
  g_mutex_unlock (&self->lock);
  g_object_notify (G_OBJECT (self), "client");
}

static void
end_membership (GstClaspSignaller *self)
{
  g_autoptr (GstClaspMembership) membership =
      g_steal_pointer (&self->membership);

  if (membership == NULL)
    return;
  gst_clasp_membership_leave (membership, self->farewells);
  set_client (self, NULL);
}

static void
fail (GstClaspSignaller *self, const GError *error)
{
  on_state (self, GST_CLASP_SIGNALLER_FAILED, NULL);
  on_error (self, error);
}

/**
 * gst_clasp_signaller_new:
 *
 * Returns: (transfer full): a new signaller for the thread-default main
 *   context
 * Since: 0.1
 */
GstClaspSignaller *
gst_clasp_signaller_new (void)
{
  return g_object_new (GST_TYPE_CLASP_SIGNALLER, NULL);
}

/**
 * gst_clasp_signaller_join:
 * @self: a #GstClaspSignaller
 *
 * Connects to the relay and enters the room. Does nothing if it is there or on
 * its way already. What goes wrong is told by #GstClaspSignaller::error; a wrong
 * configuration ends in %GST_CLASP_SIGNALLER_FAILED, everything else is tried
 * again.
 *
 * Since: 0.1
 */
void
gst_clasp_signaller_join (GstClaspSignaller *self)
{
  g_auto (GstClaspMembershipSettings) settings = {0};
  G_GNUC_UNUSED g_autoptr (GstClaspSignaller) guard = NULL;
  g_autoptr (GstClaspMembership) membership = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (GST_IS_CLASP_SIGNALLER (self));

  guard = g_object_ref (self);
  if (self->membership != NULL && self->state != GST_CLASP_SIGNALLER_FAILED)
    return;
  end_membership (self);
  g_mutex_lock (&self->lock);
  gst_clasp_membership_settings_copy (&self->settings, &settings);
  g_mutex_unlock (&self->lock);

  g_main_context_push_thread_default (self->context);
  membership = gst_clasp_membership_new (&settings, self->context,
      G_OBJECT (self), &membership_events, &error);
  if (membership != NULL) {
    self->membership = gst_clasp_membership_ref (membership);
    set_client (self, gst_clasp_membership_get_client (membership));
    gst_clasp_membership_start (membership);
  } else {
    fail (self, error);
  }
  g_main_context_pop_thread_default (self->context);
}

/**
 * gst_clasp_signaller_leave:
 * @self: a #GstClaspSignaller
 *
 * Leaves the room: takes the presence back and disconnects once the relay has
 * confirmed that, after 500 ms at most. Nothing is told any more; peers are
 * forgotten, without #GstClaspSignaller::peer-left. The context has to go on for
 * that long: see gst_clasp_signaller_wait_left().
 *
 * Since: 0.1
 */
void
gst_clasp_signaller_leave (GstClaspSignaller *self)
{
  g_return_if_fail (GST_IS_CLASP_SIGNALLER (self));

  end_membership (self);
  on_state (self, GST_CLASP_SIGNALLER_IDLE, NULL);
}

/**
 * gst_clasp_signaller_wait_left:
 * @self: a #GstClaspSignaller that has left
 *
 * Waits until the relay knows that we left, some milliseconds as a rule and
 * a second at most. To be called before the thread of the context is stopped, or
 * the process ends; else others see us until the relay finds out. May be called
 * in any thread, but not while the thread of the context is blocked; if no
 * other thread iterates the context, this does.
 *
 * Since: 0.1
 */
void
gst_clasp_signaller_wait_left (GstClaspSignaller *self)
{
  g_return_if_fail (GST_IS_CLASP_SIGNALLER (self));

  gst_clasp_farewells_wait (self->farewells, self->context);
}

static gboolean
check_peer (GstClaspSignaller *self, const char *peer, GError **error)
{
  if (!gst_clasp_is_session_id (peer)) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_INVALID_ADDRESS,
        "signal not sent: the peer is not a session id");
    return FALSE;
  }
  if (self->membership != NULL)
    return TRUE;
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_NOT_CONNECTED,
      "signal for %s not sent: not in a room", peer);
  return FALSE;
}

/**
 * gst_clasp_signaller_send_description:
 * @self: a #GstClaspSignaller
 * @peer: session id of the peer
 * @type: "offer" or "answer"
 * @sdp: the description
 * @error: return location for an error
 *
 * Sends a description, and then the candidates for @peer that waited for it.
 *
 * Returns: whether it was sent; %CLASP_ERROR_NOT_CONNECTED while there is no
 *   session
 * Since: 0.1
 */
gboolean
gst_clasp_signaller_send_description (GstClaspSignaller *self, const char *peer,
    const char *type, const char *sdp, GError **error)
{
  GstClaspSignalType signal_type = GST_CLASP_SIGNAL_CANDIDATE;
  GstClaspSignal *signal;

  g_return_val_if_fail (GST_IS_CLASP_SIGNALLER (self), FALSE);
  g_return_val_if_fail (sdp != NULL, FALSE);

  if (!check_peer (self, peer, error))
    return FALSE;
  if (!gst_clasp_signal_type_from_string (type, &signal_type) ||
      signal_type == GST_CLASP_SIGNAL_CANDIDATE) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_FAILED,
        "description not sent: its type is neither offer nor answer");
    return FALSE;
  }
  signal = g_new0 (GstClaspSignal, 1);
  signal->type = signal_type;
  signal->sdp = g_strdup (sdp);
  return gst_clasp_membership_send (self->membership, peer, signal, error);
}

/**
 * gst_clasp_signaller_send_candidate:
 * @self: a #GstClaspSignaller
 * @peer: session id of the peer
 * @mline: index of the media section
 * @mid: (nullable): its mid
 * @candidate: the candidate, "candidate:…"; the end of candidates (empty) is
 *   not sent
 * @error: return location for an error
 *
 * Sends an ICE candidate, after the description for @peer: until that has been
 * sent, it waits.
 *
 * Returns: whether it was sent or waits
 * Since: 0.1
 */
gboolean
gst_clasp_signaller_send_candidate (GstClaspSignaller *self, const char *peer,
    guint mline, const char *mid, const char *candidate, GError **error)
{
  GstClaspSignal *signal;

  g_return_val_if_fail (GST_IS_CLASP_SIGNALLER (self), FALSE);
  g_return_val_if_fail (candidate != NULL, FALSE);

  if (!check_peer (self, peer, error))
    return FALSE;
  if (*candidate == '\0')
    return TRUE;
  signal = g_new0 (GstClaspSignal, 1);
  signal->type = GST_CLASP_SIGNAL_CANDIDATE;
  signal->mline = mline;
  signal->mid = g_strdup (mid);
  signal->candidate = g_strdup (candidate);
  return gst_clasp_membership_send (self->membership, peer, signal, error);
}

typedef struct {
  GstClaspMembership *membership;
  GstClaspFarewells *farewells;
} Leaving;

static void
leaving_free (gpointer data)
{
  Leaving *self = data;

  gst_clasp_membership_unref (self->membership);
  gst_clasp_farewells_unref (self->farewells);
  g_free (self);
}

static gboolean
leave_in_context (gpointer data)
{
  Leaving *self = data;

  gst_clasp_membership_leave (self->membership, self->farewells);
  return G_SOURCE_REMOVE;
}

static void
gst_clasp_signaller_dispose (GObject *object)
{
  GstClaspSignaller *self = GST_CLASP_SIGNALLER (object);
  Leaving *leaving;

  if (self->membership != NULL) {
    leaving = g_new0 (Leaving, 1);
    leaving->membership = g_steal_pointer (&self->membership);
    leaving->farewells = gst_clasp_farewells_ref (self->farewells);
    g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT,
        leave_in_context, leaving, leaving_free);
  }
  G_OBJECT_CLASS (gst_clasp_signaller_parent_class)->dispose (object);
}

static void
gst_clasp_signaller_finalize (GObject *object)
{
  GstClaspSignaller *self = GST_CLASP_SIGNALLER (object);

  gst_clasp_membership_settings_clear (&self->settings);
  g_clear_object (&self->client);
  gst_clasp_farewells_unref (self->farewells);
  g_free (self->session);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_clasp_signaller_parent_class)->finalize (object);
}

static void
define_peer_signals (void)
{
  /**
   * GstClaspSignaller::peer-joined:
   * @self: the signaller
   * @peer: session id
   * @name: its name, cleaned: no control characters, at most 64 characters
   * @presence: what it says of itself (a{sv}); empty if it only sent an offer
   *
   * Somebody is in the room.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PEER_JOINED] = g_signal_new ("peer-joined",
      GST_TYPE_CLASP_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_VARIANT);

  /**
   * GstClaspSignaller::peer-updated:
   * @self: the signaller
   * @peer: session id
   * @name: its name
   * @presence: what it says of itself now (a{sv})
   *
   * A peer says something new; heartbeats are not told.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PEER_UPDATED] = g_signal_new ("peer-updated",
      GST_TYPE_CLASP_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_VARIANT);

  /**
   * GstClaspSignaller::peer-renamed:
   * @self: the signaller
   * @old_peer: its former session id
   * @peer: its session id from now on
   *
   * A peer has a new session. Its connection goes on; send to the new id.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PEER_RENAMED] =
      g_signal_new ("peer-renamed", GST_TYPE_CLASP_SIGNALLER, G_SIGNAL_RUN_LAST,
          0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstClaspSignaller::peer-left:
   * @self: the signaller
   * @peer: session id
   * @reason: how we know
   *
   * A peer is not in the room any more.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PEER_LEFT] = g_signal_new ("peer-left",
      GST_TYPE_CLASP_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 2, G_TYPE_STRING, GST_TYPE_CLASP_LEAVE_REASON);
}

static void
define_negotiation_signals (void)
{
  /**
   * GstClaspSignaller::offer-needed:
   * @self: the signaller
   * @peer: session id
   *
   * It is on us to send this peer an offer: our session id is the greater, or
   * no offer came from it in time. When it comes again for a peer, that peer
   * wants a new connection.
   *
   * Since: 0.1
   */
  signals[SIGNAL_OFFER_NEEDED] =
      g_signal_new ("offer-needed", GST_TYPE_CLASP_SIGNALLER, G_SIGNAL_RUN_LAST,
          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * GstClaspSignaller::description:
   * @self: the signaller
   * @peer: session id
   * @type: "offer" or "answer"
   * @sdp: the description, as it came
   *
   * Since: 0.1
   */
  signals[SIGNAL_DESCRIPTION] = g_signal_new ("description",
      GST_TYPE_CLASP_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstClaspSignaller::candidate:
   * @self: the signaller
   * @peer: session id
   * @mline: index of the media section
   * @mid: (nullable): its mid
   * @candidate: the candidate, as it came
   *
   * Never before the first description of that peer.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CANDIDATE] = g_signal_new ("candidate",
      GST_TYPE_CLASP_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_STRING);
}

static void
define_own_signals (void)
{
  /**
   * GstClaspSignaller::state-changed:
   * @self: the signaller
   * @state: the new state
   *
   * Since: 0.1
   */
  signals[SIGNAL_STATE_CHANGED] = g_signal_new ("state-changed",
      GST_TYPE_CLASP_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 1, GST_TYPE_CLASP_SIGNALLER_STATE);

  /**
   * GstClaspSignaller::error:
   * @self: the signaller
   * @error: what went wrong
   *
   * Something went wrong; with %GST_CLASP_SIGNALLER_FAILED it is the reason.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ERROR] = g_signal_new ("error", GST_TYPE_CLASP_SIGNALLER,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
gst_clasp_signaller_class_init (GstClaspSignallerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = gst_clasp_signaller_dispose;
  object_class->finalize = gst_clasp_signaller_finalize;
  gst_clasp_signaller_install_properties (object_class);
  define_peer_signals ();
  define_negotiation_signals ();
  define_own_signals ();
}

static void
gst_clasp_signaller_init (GstClaspSignaller *self)
{
  g_mutex_init (&self->lock);
  self->context = g_main_context_ref_thread_default ();
  self->farewells = gst_clasp_farewells_new ();
  self->settings.relay_url = g_strdup (GST_CLASP_DEFAULT_RELAY_URL);
  self->settings.room = g_strdup (GST_CLASP_DEFAULT_ROOM);
  self->settings.instance = g_uuid_string_random ();
  self->settings.times = gst_clasp_membership_default_times;
}
