/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsrcroom.h"

#include "gstclaspelement.h"
#include "gstclaspoffers.h"
#include "gstclaspreception.h"
#include "gstclaspselection.h"

GST_DEBUG_CATEGORY_STATIC (clasp_src_room_debug);
#define GST_CAT_DEFAULT clasp_src_room_debug

#define TICK_MS 500
/* A broadcaster that is silent this long yields to one of the same name that
 * joined later. */
#define STALLED (2 * G_USEC_PER_SEC)
#define SINGLE_INDEX 0

/**
 * GstClaspSrcRoom:
 *
 * What a claspsrc does in its room, on a thread of its own: joins as a viewer,
 * chooses the broadcasters, keeps a remote for each that is received and gives
 * its media to the outputs. With one broadcaster at a time the pads stay when
 * it is replaced; with all of them (`peer=*`) pads come and go with the peers.
 */
struct _GstClaspSrcRoom {
  GstElement *element; /* not a reference: it owns us */
  GstClaspOutputs *outputs;
  GstClaspSettings *settings;
  guint latency;
  ClaspIoThread *io;

  /* the thread's own */
  GstClaspSignaller *signaller;
  GstClaspSelection *selection;
  GstClaspOffers *offers; /* of those that are not received now */
  GPtrArray *receptions;
  GSource *tick;
  GError *trouble; /* the last that was not fatal */
  gint64 stats_due;
  gboolean told_pads;

  GMutex lock; /* protects stats; leaf lock */
  GstStructure *stats;
};

static void reselect (GstClaspSrcRoom *self);

static char *
dup_session (GstClaspSrcRoom *self)
{
  char *session = NULL;

  g_object_get (self->signaller, "session", &session, NULL);
  return session;
}

static void
update_stats (GstClaspSrcRoom *self, gint64 now)
{
  GstStructure *stats = gst_clasp_reception_collect_stats (self->signaller,
      self->receptions, now);
  GstStructure *before;

  g_mutex_lock (&self->lock);
  before = self->stats;
  self->stats = stats;
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&before, gst_structure_free);
}

/* --- receiving --- */

static void
attach_output (GstClaspSrcRoom *self, GstClaspReception *reception,
    GstClaspMediaKind kind)
{
  g_autoptr (GstClaspOutput) output = NULL;

  if (!gst_clasp_remote_has_media (reception->remote, kind))
    return;
  output = gst_clasp_outputs_obtain (self->outputs, kind, reception->index);
  gst_clasp_remote_set_output (reception->remote, kind, output);
}

static void
on_connected (GstClaspRemote *remote, GstClaspSrcRoom *self)
{
  GstClaspReception *reception =
      gst_clasp_reception_find_remote (self->receptions, remote);
  GstClaspBroadcaster *entry = gst_clasp_selection_find (self->selection,
      gst_clasp_remote_get_session (remote));

  if (entry)
    entry->failures = 0;
  attach_output (self, reception, GST_CLASP_MEDIA_VIDEO);
  attach_output (self, reception, GST_CLASP_MEDIA_AUDIO);
  if (!self->told_pads && !gst_clasp_selection_wants_all (self->selection)) {
    self->told_pads = TRUE;
    gst_element_no_more_pads (self->element);
  }
  gst_clasp_reception_tell_added (reception);
}

static void
finish (GstClaspSrcRoom *self, GstClaspReception *reception, const char *reason)
{
  g_signal_handlers_disconnect_by_data (reception->remote, self);
  gst_clasp_remote_close (reception->remote);
  gst_clasp_reception_tell_removed (reception, reason);
  if (gst_clasp_selection_wants_all (self->selection))
    gst_clasp_outputs_release (self->outputs, reception->index);
  g_ptr_array_remove (self->receptions, reception);
}

static void
on_failed (GstClaspRemote *remote, GError *error, gboolean was_connected,
    GstClaspSrcRoom *self)
{
  GstClaspReception *reception =
      gst_clasp_reception_find_remote (self->receptions, remote);
  GstClaspBroadcaster *entry = gst_clasp_selection_find (self->selection,
      gst_clasp_remote_get_session (remote));

  GST_INFO_OBJECT (self->element, "peer %s (%s): %s",
      gst_clasp_remote_get_session (remote), gst_clasp_remote_get_name (remote),
      error->message);
  gst_clasp_reception_tell_removed (reception, error->message);
  if (!entry || reception->absent) {
    finish (self, reception, error->message);
    reselect (self);
    return;
  }
  entry->failures++;
  entry->offer_due = TRUE;
  gst_clasp_remote_retry (remote);
  /* What failed at once may fail at once with the next: that one waits. */
  if (was_connected ||
      g_error_matches (error, CLASP_ERROR, CLASP_ERROR_TIMEOUT))
    reselect (self);
}

static void
on_retry_due (GstClaspRemote *remote, GstClaspSrcRoom *self)
{
  reselect (self);
  if (gst_clasp_reception_find_remote (self->receptions, remote))
    gst_clasp_remote_offer (remote);
}

static GstClaspReception *
receive (GstClaspSrcRoom *self, GstClaspBroadcaster *entry)
{
  guint index = gst_clasp_selection_wants_all (self->selection)
      ? gst_clasp_outputs_claim (self->outputs)
      : SINGLE_INDEX;
  GstClaspReception *reception = gst_clasp_reception_new (self->element,
      gst_clasp_remote_new (self->element, self->signaller, self->settings,
          self->latency, entry->session, entry->name),
      index);

  GST_INFO_OBJECT (self->element, "receiving peer %s (%s)", entry->session,
      entry->name);
  g_signal_connect (reception->remote, "connected", G_CALLBACK (on_connected),
      self);
  g_signal_connect (reception->remote, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (reception->remote, "retry-due", G_CALLBACK (on_retry_due),
      self);
  g_ptr_array_add (self->receptions, reception);
  return reception;
}

static void
begin (GstClaspSrcRoom *self, GstClaspBroadcaster *entry)
{
  g_autoptr (GstClaspOffer) offer = gst_clasp_offers_take (self->offers,
      entry->session, g_get_monotonic_time ());
  gboolean offer_due = entry->offer_due;
  g_autoptr (GstClaspRemote) remote =
      g_object_ref (receive (self, entry)->remote);

  if (offer)
    gst_clasp_reception_take_offer (remote, offer);
  else if (offer_due)
    gst_clasp_remote_offer (remote);
}

/* With one at a time: is it the right one? */
static void
reselect (GstClaspSrcRoom *self)
{
  GstClaspReception *current =
      self->receptions->len > 0 ? self->receptions->pdata[0] : NULL;
  const char *session =
      current ? gst_clasp_remote_get_session (current->remote) : NULL;
  GstClaspBroadcaster *choice;

  if (gst_clasp_selection_wants_all (self->selection))
    return;
  if (current &&
      gst_clasp_remote_get_state (current->remote) ==
          GST_CLASP_REMOTE_CONNECTED)
    return;
  choice = gst_clasp_selection_choose (self->selection, session);
  if (!choice || (current && g_str_equal (choice->session, session)))
    return;
  if (current)
    finish (self, current, "another broadcaster is received");
  begin (self, choice);
}

/* --- the room --- */

static gboolean
is_viewer (GVariant *presence)
{
  const char *role = NULL;

  return presence && g_variant_is_of_type (presence, G_VARIANT_TYPE_VARDICT) &&
      g_variant_lookup (presence, "role", "&s", &role) &&
      g_str_equal (role, "viewer");
}

static void
remove_peer (GstClaspSrcRoom *self, const char *peer, const char *reason)
{
  GstClaspReception *reception =
      gst_clasp_reception_find (self->receptions, peer);

  gst_clasp_selection_remove (self->selection, peer);
  if (reception)
    finish (self, reception, reason);
  reselect (self);
}

static void
on_peer_present (GstClaspSignaller *signaller, const char *peer,
    const char *name, GVariant *presence, GstClaspSrcRoom *self)
{
  GstClaspReception *reception =
      gst_clasp_reception_find (self->receptions, peer);
  GstClaspBroadcaster *entry;

  if (is_viewer (presence)) {
    if (gst_clasp_selection_find (self->selection, peer))
      remove_peer (self, peer, "it does not broadcast any more");
    return;
  }
  entry = gst_clasp_selection_add (self->selection, peer, name);
  if (!entry)
    return;
  if (reception) {
    reception->absent = FALSE;
    gst_clasp_remote_set_name (reception->remote, name);
  } else if (gst_clasp_selection_wants_all (self->selection)) {
    begin (self, entry);
  } else {
    reselect (self);
  }
}

static void
on_peer_renamed (GstClaspSignaller *signaller, const char *old_peer,
    const char *peer, GstClaspSrcRoom *self)
{
  GstClaspReception *reception =
      gst_clasp_reception_find (self->receptions, old_peer);

  gst_clasp_selection_rename (self->selection, old_peer, peer);
  if (reception)
    gst_clasp_remote_rename (reception->remote, peer);
}

/* Media outlives a lost relay. */
static gboolean
outlives (GstClaspReception *reception, GstClaspLeaveReason reason)
{
  return reason == GST_CLASP_LEAVE_LOST &&
      gst_clasp_remote_get_state (reception->remote) ==
      GST_CLASP_REMOTE_CONNECTED;
}

static void
on_peer_left (GstClaspSignaller *signaller, const char *peer,
    GstClaspLeaveReason reason, GstClaspSrcRoom *self)
{
  GstClaspReception *reception =
      gst_clasp_reception_find (self->receptions, peer);

  if (!reception || !outlives (reception, reason)) {
    remove_peer (self, peer, "it left the room");
    return;
  }
  gst_clasp_selection_remove (self->selection, peer);
  reception->absent = TRUE;
}

static void
on_offer_needed (GstClaspSignaller *signaller, const char *peer,
    GstClaspSrcRoom *self)
{
  GstClaspBroadcaster *entry = gst_clasp_selection_find (self->selection, peer);
  GstClaspReception *reception =
      gst_clasp_reception_find (self->receptions, peer);

  if (entry)
    entry->offer_due = TRUE;
  if (reception)
    gst_clasp_remote_offer (reception->remote);
}

/* An offer in hand is better than a broadcaster that does not answer. */
static GstClaspReception *
consider_offer (GstClaspSrcRoom *self, const char *peer)
{
  GstClaspBroadcaster *entry = gst_clasp_selection_find (self->selection, peer);
  GstClaspReception *current =
      self->receptions->len > 0 ? self->receptions->pdata[0] : NULL;

  if (!entry || !gst_clasp_selection_matches (self->selection, entry))
    return NULL;
  entry->offer_due = TRUE;
  if (gst_clasp_selection_wants_all (self->selection))
    return NULL;
  if (current &&
      gst_clasp_remote_get_state (current->remote) != GST_CLASP_REMOTE_WAITING)
    return NULL;
  if (current)
    finish (self, current, "another broadcaster offered");
  return receive (self, entry);
}

static void
on_description (GstClaspSignaller *signaller, const char *peer,
    const char *type, const char *sdp, GstClaspSrcRoom *self)
{
  GstClaspReception *reception =
      gst_clasp_reception_find (self->receptions, peer);
  gboolean offers = g_strcmp0 (type, "offer") == 0;

  if (!reception && offers)
    reception = consider_offer (self, peer);
  if (reception)
    gst_clasp_remote_take_description (reception->remote, type, sdp);
  else if (offers)
    gst_clasp_offers_keep (self->offers, peer, sdp, g_get_monotonic_time ());
}

static void
on_candidate (GstClaspSignaller *signaller, const char *peer, guint mline,
    const char *mid, const char *candidate, GstClaspSrcRoom *self)
{
  GstClaspReception *reception =
      gst_clasp_reception_find (self->receptions, peer);

  if (reception)
    gst_clasp_remote_take_candidate (reception->remote, mline, mid, candidate);
  else
    gst_clasp_offers_add_candidate (self->offers, peer, mline, mid, candidate);
}

static void
on_state (GstClaspSignaller *signaller, GstClaspSignallerState state,
    GstClaspSrcRoom *self)
{
  g_autofree char *session = dup_session (self);

  if (state == GST_CLASP_SIGNALLER_JOINED)
    g_clear_error (&self->trouble);
  update_stats (self, g_get_monotonic_time ());
  gst_clasp_element_post_connection (self->element, self->settings, state,
      session, self->trouble);
}

static void
on_error (GstClaspSignaller *signaller, GError *error, GstClaspSrcRoom *self)
{
  if (gst_clasp_element_post_error (self->element, self->settings, error))
    return;
  GST_INFO_OBJECT (self->element, "%s", error->message);
  g_clear_error (&self->trouble);
  self->trouble = g_error_copy (error);
}

/* --- time passes --- */

static gboolean
has_stalled (GstClaspSrcRoom *self, GstClaspReception *reception, gint64 now)
{
  return gst_clasp_remote_get_state (reception->remote) ==
      GST_CLASP_REMOTE_CONNECTED &&
      gst_clasp_remote_get_silence (reception->remote, now) > STALLED;
}

/* A broadcaster that was killed and started again is here under a new session
 * before its old connection is known to be dead. */
static void
check_successor (GstClaspSrcRoom *self, gint64 now)
{
  GstClaspReception *current =
      self->receptions->len > 0 ? self->receptions->pdata[0] : NULL;
  GstClaspBroadcaster *entry, *successor;

  if (!current || gst_clasp_selection_wants_all (self->selection) ||
      !has_stalled (self, current, now))
    return;
  entry = gst_clasp_selection_find (self->selection,
      gst_clasp_remote_get_session (current->remote));
  successor = entry
      ? gst_clasp_selection_find_successor (self->selection, entry->session)
      : NULL;
  if (!successor)
    return;
  entry->failures++;
  finish (self, current, "it is silent, and was started again");
  begin (self, successor);
}

static void
fill_gaps (GstClaspSrcRoom *self)
{
  if (self->receptions->len == 0 &&
      !gst_clasp_selection_wants_all (self->selection))
    gst_clasp_outputs_fill (self->outputs, SINGLE_INDEX);
  for (guint i = 0; i < self->receptions->len; i++) {
    GstClaspReception *reception = g_ptr_array_index (self->receptions, i);

    if (gst_clasp_remote_get_state (reception->remote) !=
        GST_CLASP_REMOTE_CONNECTED)
      gst_clasp_outputs_fill (self->outputs, reception->index);
  }
}

static gboolean
on_tick (gpointer data)
{
  GstClaspSrcRoom *self = data;
  gint64 now = g_get_monotonic_time ();

  check_successor (self, now);
  fill_gaps (self);
  if (now >= self->stats_due) {
    update_stats (self, now);
    self->stats_due = now + G_USEC_PER_SEC - TICK_MS * 500;
  }
  return G_SOURCE_CONTINUE;
}

/* --- start and stop --- */

static void
configure_signaller (GstClaspSrcRoom *self)
{
  g_autoptr (GstStructure) metadata =
      gst_structure_new ("metadata", "role", G_TYPE_STRING, "viewer", NULL);

  g_object_set (self->signaller, "relay-url", self->settings->relay_url, "room",
      self->settings->room, "name", self->settings->name, "token",
      self->settings->token, "tls-ca-file", self->settings->tls_ca_file,
      "profile", self->settings->profile, "metadata", metadata, NULL);
}

static void
connect_signaller (GstClaspSrcRoom *self)
{
  static const struct {
    const char *signal;
    GCallback callback;
  } handlers[] = {
      {"peer-joined", G_CALLBACK (on_peer_present)},
      {"peer-updated", G_CALLBACK (on_peer_present)},
      {"peer-renamed", G_CALLBACK (on_peer_renamed)},
      {"peer-left", G_CALLBACK (on_peer_left)},
      {"offer-needed", G_CALLBACK (on_offer_needed)},
      {"description", G_CALLBACK (on_description)},
      {"candidate", G_CALLBACK (on_candidate)},
      {"state-changed", G_CALLBACK (on_state)},
      {"error", G_CALLBACK (on_error)},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect (self->signaller, handlers[i].signal, handlers[i].callback,
        self);
}

static gboolean
join_room (gpointer data)
{
  GstClaspSrcRoom *self = data;

  self->signaller = gst_clasp_signaller_new ();
  configure_signaller (self);
  connect_signaller (self);
  self->tick = g_timeout_source_new (TICK_MS);
  g_source_set_callback (self->tick, on_tick, self, NULL);
  g_source_set_static_name (self->tick, "[clasp] tick of claspsrc");
  g_source_attach (self->tick, clasp_io_thread_get_context (self->io));
  update_stats (self, g_get_monotonic_time ());
  gst_clasp_signaller_join (self->signaller);
  return G_SOURCE_REMOVE;
}

static gboolean
leave_room (gpointer data)
{
  GstClaspSrcRoom *self = data;

  g_source_destroy (self->tick);
  g_clear_pointer (&self->tick, g_source_unref);
  g_signal_handlers_disconnect_by_data (self->signaller, self);
  while (self->receptions->len > 0)
    finish (self, self->receptions->pdata[0], "the element stops");
  gst_clasp_signaller_leave (self->signaller);
  return G_SOURCE_REMOVE;
}

/**
 * gst_clasp_src_room_new:
 * @element: the claspsrc; owns what is returned
 * @outputs: its pads
 * @settings: (transfer full): of this run
 * @peer: (nullable): whom to receive: session id or name, empty for the first
 *   broadcaster, `*` for all
 * @latency: ms of the jitter buffers
 *
 * Returns: (transfer full): a room that has not been joined
 *
 * Since: 0.1
 */
GstClaspSrcRoom *
gst_clasp_src_room_new (GstElement *element, GstClaspOutputs *outputs,
    GstClaspSettings *settings, const char *peer, guint latency)
{
  static gsize once = 0;
  GstClaspSrcRoom *self = g_new0 (GstClaspSrcRoom, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (clasp_src_room_debug, "claspsrcroom", 0,
        "CLASP room of a claspsrc");
    g_once_init_leave (&once, 1);
  }
  self->element = element;
  self->outputs = outputs;
  self->settings = settings;
  self->latency = latency;
  self->selection = gst_clasp_selection_new (peer);
  self->offers = gst_clasp_offers_new ();
  self->receptions = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_clasp_reception_free);
  g_mutex_init (&self->lock);
  return self;
}

/**
 * gst_clasp_src_room_start:
 * @self: a room
 *
 * Joins, without waiting for it. Signals and messages of the element come from
 * the room's thread.
 *
 * Since: 0.1
 */
void
gst_clasp_src_room_start (GstClaspSrcRoom *self)
{
  self->io = clasp_io_thread_new ("claspsrc");
  clasp_io_thread_invoke (self->io, join_room, self, NULL);
}

/**
 * gst_clasp_src_room_stop:
 * @self: a room that was started
 *
 * Leaves and waits for the room's thread; for the relay a second at most, so
 * that it knows.
 *
 * Since: 0.1
 */
void
gst_clasp_src_room_stop (GstClaspSrcRoom *self)
{
  clasp_io_thread_call (self->io, leave_room, self);
  gst_clasp_signaller_wait_left (self->signaller);
  clasp_io_thread_stop (self->io);
  g_clear_object (&self->signaller);
}

void
gst_clasp_src_room_free (GstClaspSrcRoom *self)
{
  g_clear_object (&self->io);
  gst_clasp_selection_free (self->selection);
  gst_clasp_offers_free (self->offers);
  g_ptr_array_unref (self->receptions);
  gst_clasp_settings_free (self->settings);
  g_clear_error (&self->trouble);
  g_clear_pointer (&self->stats, gst_structure_free);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * gst_clasp_src_room_get_stats:
 * @self: a room
 *
 * Any thread.
 *
 * Returns: (transfer full) (nullable): the stats of at most a second ago
 *
 * Since: 0.1
 */
GstStructure *
gst_clasp_src_room_get_stats (GstClaspSrcRoom *self)
{
  GstStructure *stats;

  g_mutex_lock (&self->lock);
  stats = self->stats ? gst_structure_copy (self->stats) : NULL;
  g_mutex_unlock (&self->lock);
  return stats;
}
