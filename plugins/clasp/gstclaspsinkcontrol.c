/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsinkcontrol.h"

#include <gst/clasp/gstclasp-enum-types.h>
#include "gstclaspelement.h"
#include "gstclaspsinkcalls.h"

GST_DEBUG_CATEGORY_STATIC (gst_clasp_sink_control_debug);
#define GST_CAT_DEFAULT gst_clasp_sink_control_debug

struct _GstClaspSinkControl {
  GstElement *sink; /* the element, which owns us */
  GstClaspSinkViewers *viewers;
  GstClaspSinkCalls *calls;

  /* control thread */
  GstClaspSettings *settings;
  GError *last_error;

  GMutex lock; /* protects what follows; leaf lock */
  GstClaspSignaller *signaller;
  GstClaspSignallerState state;
  char *session;
};

/* --- towards the application --- */

static void
post (GstClaspSinkControl *self, GstStructure *fields)
{
  gst_element_post_message (self->sink,
      gst_message_new_element (GST_OBJECT (self->sink), fields));
}

static gboolean
on_connecting (const char *peer, const char *name, gpointer data)
{
  GstClaspSinkControl *self = data;
  gboolean admitted = TRUE;

  g_signal_emit_by_name (self->sink, "viewer-connecting", peer, name,
      &admitted);
  return admitted;
}

static void
on_added (const char *peer, const char *name, gpointer data)
{
  GstClaspSinkControl *self = data;

  post (self,
      gst_structure_new ("clasp-viewer-added", "peer", G_TYPE_STRING, peer,
          "name", G_TYPE_STRING, name, "viewers", G_TYPE_UINT,
          gst_clasp_sink_viewers_count (self->viewers), NULL));
  g_signal_emit_by_name (self->sink, "viewer-added", peer, name);
  g_object_notify (G_OBJECT (self->sink), "viewers");
}

static void
on_removed (const char *peer, const char *name, const char *reason,
    gpointer data)
{
  GstClaspSinkControl *self = data;

  post (self,
      gst_structure_new ("clasp-viewer-removed", "peer", G_TYPE_STRING, peer,
          "name", G_TYPE_STRING, name, "reason", G_TYPE_STRING, reason,
          "viewers", G_TYPE_UINT, gst_clasp_sink_viewers_count (self->viewers),
          NULL));
  g_signal_emit_by_name (self->sink, "viewer-removed", peer, name);
  g_object_notify (G_OBJECT (self->sink), "viewers");
}

static void
on_refused (const char *peer, const char *name, const char *reason,
    gpointer data)
{
  GstClaspSinkControl *self = data;

  post (self,
      gst_structure_new ("clasp-viewer-refused", "peer", G_TYPE_STRING, peer,
          "name", G_TYPE_STRING, name, "reason", G_TYPE_STRING, reason, NULL));
}

/* --- towards the relay --- */

static void
on_local_description (const char *peer, const char *type, const char *sdp,
    gpointer data)
{
  GstClaspSinkControl *self = data;
  g_autoptr (GError) error = NULL;

  if (self->signaller &&
      !gst_clasp_signaller_send_description (self->signaller, peer, type, sdp,
          &error))
    GST_WARNING_OBJECT (self->sink, "%s for %s: %s", type, peer,
        error->message);
}

static void
on_local_candidate (const char *peer, guint mline, const char *mid,
    const char *candidate, gpointer data)
{
  GstClaspSinkControl *self = data;
  g_autoptr (GError) error = NULL;

  if (self->signaller &&
      !gst_clasp_signaller_send_candidate (self->signaller, peer, mline, mid,
          candidate, &error))
    GST_INFO_OBJECT (self->sink, "candidate for %s: %s", peer, error->message);
}

static const GstClaspSinkViewersFuncs viewers_funcs = {
    .description = on_local_description,
    .candidate = on_local_candidate,
    .connecting = on_connecting,
    .added = on_added,
    .removed = on_removed,
    .refused = on_refused,
};

/* --- from the relay --- */

static gboolean
is_broadcaster (GVariant *presence)
{
  const char *role = NULL;

  return presence && g_variant_is_of_type (presence, G_VARIANT_TYPE_VARDICT) &&
      g_variant_lookup (presence, "role", "&s", &role) &&
      g_str_equal (role, "broadcaster");
}

static void
on_peer_seen (GstClaspSignaller *signaller, const char *peer, const char *name,
    GVariant *presence, GstClaspSinkControl *self)
{
  gst_clasp_sink_viewers_peer_seen (self->viewers, peer, name,
      is_broadcaster (presence));
}

static void
on_peer_renamed (GstClaspSignaller *signaller, const char *old_peer,
    const char *peer, GstClaspSinkControl *self)
{
  gst_clasp_sink_viewers_peer_renamed (self->viewers, old_peer, peer);
}

static void
on_peer_left (GstClaspSignaller *signaller, const char *peer,
    GstClaspLeaveReason reason, GstClaspSinkControl *self)
{
  gst_clasp_sink_viewers_peer_left (self->viewers, peer, reason);
}

static void
on_offer_needed (GstClaspSignaller *signaller, const char *peer,
    GstClaspSinkControl *self)
{
  gst_clasp_sink_viewers_offer_needed (self->viewers, peer);
}

static void
on_description (GstClaspSignaller *signaller, const char *peer,
    const char *type, const char *sdp, GstClaspSinkControl *self)
{
  gst_clasp_sink_viewers_description (self->viewers, peer, type, sdp);
}

static void
on_candidate (GstClaspSignaller *signaller, const char *peer, guint mline,
    const char *mid, const char *candidate, GstClaspSinkControl *self)
{
  gst_clasp_sink_viewers_candidate (self->viewers, peer, mline, mid, candidate);
}

static void
on_state_changed (GstClaspSignaller *signaller, GstClaspSignallerState state,
    GstClaspSinkControl *self)
{
  g_autofree char *session = NULL;

  g_object_get (signaller, "session", &session, NULL);
  g_mutex_lock (&self->lock);
  self->state = state;
  g_free (self->session);
  self->session = g_strdup (session);
  g_mutex_unlock (&self->lock);
  GST_INFO_OBJECT (self->sink, "relay: state %d, session %s", state, session);
  g_object_notify (G_OBJECT (self->sink), "session");
  gst_clasp_element_post_connection (self->sink, self->settings, state, session,
      state == GST_CLASP_SIGNALLER_JOINED ? NULL : self->last_error);
  if (state == GST_CLASP_SIGNALLER_JOINED)
    g_clear_error (&self->last_error);
}

/* What may pass by itself is told with the state that follows from it. */
static void
on_error (GstClaspSignaller *signaller, GError *error,
    GstClaspSinkControl *self)
{
  GST_INFO_OBJECT (self->sink, "relay: %s", error->message);
  if (gst_clasp_element_post_error (self->sink, self->settings, error))
    return;
  g_clear_error (&self->last_error);
  self->last_error = g_error_copy (error);
}

static void
connect_signaller (GstClaspSinkControl *self)
{
  static const struct {
    const char *name;
    GCallback callback;
  } handlers[] = {
      {"peer-joined", G_CALLBACK (on_peer_seen)},
      {"peer-updated", G_CALLBACK (on_peer_seen)},
      {"peer-renamed", G_CALLBACK (on_peer_renamed)},
      {"peer-left", G_CALLBACK (on_peer_left)},
      {"offer-needed", G_CALLBACK (on_offer_needed)},
      {"description", G_CALLBACK (on_description)},
      {"candidate", G_CALLBACK (on_candidate)},
      {"state-changed", G_CALLBACK (on_state_changed)},
      {"error", G_CALLBACK (on_error)},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect (self->signaller, handlers[i].name, handlers[i].callback,
        self);
}

/* Pages show whether a peer has picture and sound. */
static void
announce (GstClaspSinkControl *self)
{
  g_autoptr (GPtrArray) streams =
      gst_clasp_sink_viewers_dup_streams (self->viewers);
  g_autoptr (GstStructure) metadata = NULL;
  gboolean has[2] = {FALSE, FALSE};

  for (guint i = 0; i < streams->len; i++)
    has[gst_clasp_sink_stream_get_kind (g_ptr_array_index (streams, i))] = TRUE;
  metadata = gst_structure_new ("metadata", "role", G_TYPE_STRING,
      "broadcaster", "audioEnabled", G_TYPE_BOOLEAN, has[GST_CLASP_MEDIA_AUDIO],
      "videoEnabled", G_TYPE_BOOLEAN, has[GST_CLASP_MEDIA_VIDEO], NULL);
  g_object_set (self->signaller, "metadata", metadata, NULL);
}

/* --- a run --- */

static void
init_debug (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_clasp_sink_control_debug, "claspsinkcontrol",
        0, "CLASP sink: its life in a room");
    g_once_init_leave (&once, 1);
  }
}

/**
 * gst_clasp_sink_control_new:
 * @sink: the element, which must outlive the control
 * @timeline: the timeline of what is sent
 *
 * Returns: (transfer full): a control that does not run
 *
 * Since: 0.1
 */
GstClaspSinkControl *
gst_clasp_sink_control_new (GstElement *sink, GstClaspTimeline *timeline)
{
  GstClaspSinkControl *self = g_new0 (GstClaspSinkControl, 1);

  init_debug ();
  g_mutex_init (&self->lock);
  self->sink = sink;
  self->viewers = gst_clasp_sink_viewers_new (timeline, &viewers_funcs, self);
  self->calls = gst_clasp_sink_calls_new ();
  return self;
}

/**
 * gst_clasp_sink_control_free:
 * @self: (transfer full): a control that is stopped
 *
 * Since: 0.1
 */
void
gst_clasp_sink_control_free (GstClaspSinkControl *self)
{
  gst_clasp_sink_calls_free (self->calls);
  gst_clasp_sink_viewers_free (self->viewers);
  g_free (self->session);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
start_run (gpointer data)
{
  GstClaspSinkControl *self = data;

  gst_clasp_sink_viewers_start (self->viewers, self->settings);
  if (!self->signaller) {
    GstClaspSignaller *signaller =
        gst_clasp_settings_make_signaller (self->settings);

    g_mutex_lock (&self->lock);
    self->signaller = signaller;
    g_mutex_unlock (&self->lock);
  }
  connect_signaller (self);
  announce (self);
  gst_clasp_signaller_join (self->signaller);
}

/**
 * gst_clasp_sink_control_start:
 * @self: a control that does not run
 * @settings: (transfer full): checked settings
 * @signaller: (nullable): a signaller of the application's
 * @context: (nullable): main context of @signaller
 *
 * Joins the room. Does not wait for the network.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_control_start (GstClaspSinkControl *self,
    GstClaspSettings *settings, GstClaspSignaller *signaller,
    GMainContext *context)
{
  self->settings = settings;
  g_mutex_lock (&self->lock);
  self->signaller = signaller ? g_object_ref (signaller) : NULL;
  g_mutex_unlock (&self->lock);
  gst_clasp_sink_calls_start (self->calls, signaller ? context : NULL);
  gst_clasp_sink_calls_call (self->calls, start_run, self);
}

static void
stop_run (gpointer data)
{
  GstClaspSinkControl *self = data;
  g_autoptr (GstClaspSignaller) signaller = NULL;

  g_signal_handlers_disconnect_by_data (self->signaller, self);
  gst_clasp_sink_viewers_stop (self->viewers);
  g_mutex_lock (&self->lock);
  signaller = g_steal_pointer (&self->signaller);
  self->state = GST_CLASP_SIGNALLER_IDLE;
  g_clear_pointer (&self->session, g_free);
  g_mutex_unlock (&self->lock);
  gst_clasp_signaller_leave (signaller);
}

/**
 * gst_clasp_sink_control_stop:
 * @self: a control
 *
 * Leaves the room, closes all connections and stops all rungs. Returns when no
 * thread of the run is left but those that take connections down. Does nothing
 * if it does not run.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_control_stop (GstClaspSinkControl *self)
{
  g_autoptr (GstClaspSignaller) signaller = NULL;

  if (!self->settings)
    return;
  signaller = gst_clasp_sink_control_dup_signaller (self);
  gst_clasp_sink_calls_call (self->calls, stop_run, self);
  if (signaller)
    gst_clasp_signaller_wait_left (signaller);
  gst_clasp_sink_calls_stop (self->calls);
  g_clear_pointer (&self->settings, gst_clasp_settings_free);
  g_clear_error (&self->last_error);
}

/* --- any thread --- */

/**
 * gst_clasp_sink_control_get_viewers:
 * @self: a control
 *
 * Returns: (transfer none): the table of viewers
 *
 * Since: 0.1
 */
GstClaspSinkViewers *
gst_clasp_sink_control_get_viewers (GstClaspSinkControl *self)
{
  return self->viewers;
}

/**
 * gst_clasp_sink_control_dup_signaller:
 * @self: a control
 *
 * Returns: (transfer full) (nullable): the signaller of this run
 *
 * Since: 0.1
 */
GstClaspSignaller *
gst_clasp_sink_control_dup_signaller (GstClaspSinkControl *self)
{
  GstClaspSignaller *signaller;

  g_mutex_lock (&self->lock);
  signaller = self->signaller ? g_object_ref (self->signaller) : NULL;
  g_mutex_unlock (&self->lock);
  return signaller;
}

/**
 * gst_clasp_sink_control_dup_session:
 * @self: a control
 *
 * Returns: (transfer full) (nullable): session id at the relay
 *
 * Since: 0.1
 */
char *
gst_clasp_sink_control_dup_session (GstClaspSinkControl *self)
{
  char *session;

  g_mutex_lock (&self->lock);
  session = g_strdup (self->session);
  g_mutex_unlock (&self->lock);
  return session;
}

/**
 * gst_clasp_sink_control_add_stats:
 * @self: a control
 * @stats: where to add the fields
 *
 * Since: 0.1
 */
void
gst_clasp_sink_control_add_stats (GstClaspSinkControl *self,
    GstStructure *stats)
{
  g_autoptr (GEnumClass) klass =
      g_type_class_ref (GST_TYPE_CLASP_SIGNALLER_STATE);
  g_autofree char *session = NULL;
  GEnumValue *state;

  g_mutex_lock (&self->lock);
  state = g_enum_get_value (klass, self->state);
  session = g_strdup (self->session);
  g_mutex_unlock (&self->lock);
  gst_structure_set (stats, "state", G_TYPE_STRING, state->value_nick, NULL);
  if (session)
    gst_structure_set (stats, "session", G_TYPE_STRING, session, NULL);
  gst_clasp_sink_viewers_add_stats (self->viewers, stats);
}

static void
media_changed (gpointer data)
{
  GstClaspSinkControl *self = data;

  if (!self->signaller)
    return;
  announce (self);
  gst_clasp_sink_viewers_media_changed (self->viewers);
}

/**
 * gst_clasp_sink_control_media_changed:
 * @self: a control
 *
 * A pad learned what it carries, or the element plays. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_control_media_changed (GstClaspSinkControl *self)
{
  gst_clasp_sink_calls_invoke (self->calls, media_changed, self, NULL);
}

typedef struct {
  GstClaspSinkControl *control;
  GstClaspSinkStream *stream;
  gboolean gone;
} Reset;

static void
free_reset (gpointer data)
{
  Reset *reset = data;

  gst_clasp_sink_stream_unref (reset->stream);
  g_free (reset);
}

static void
reset_stream (gpointer data)
{
  Reset *reset = data;

  gst_clasp_sink_viewers_reset_stream (reset->control->viewers, reset->stream,
      reset->gone);
  media_changed (reset->control);
}

/**
 * gst_clasp_sink_control_reset_stream:
 * @self: a control
 * @stream: a stream that carries something else now, or whose pad goes
 * @gone: whether it is the latter; then the call returns only when nothing of
 *   the stream runs any more
 *
 * Since: 0.1
 */
void
gst_clasp_sink_control_reset_stream (GstClaspSinkControl *self,
    GstClaspSinkStream *stream, gboolean gone)
{
  Reset *reset = g_new0 (Reset, 1);

  reset->control = self;
  reset->stream = gst_clasp_sink_stream_ref (stream);
  reset->gone = gone;
  if (!gone) {
    gst_clasp_sink_calls_invoke (self->calls, reset_stream, reset, free_reset);
    return;
  }
  gst_clasp_sink_calls_call (self->calls, reset_stream, reset);
  free_reset (reset);
}

typedef struct {
  GstClaspSinkControl *control;
  GstClaspRung *rung;
  guint serial;
  GError *error;
} RungError;

static void
free_rung_error (gpointer data)
{
  RungError *failure = data;

  gst_clasp_rung_unref (failure->rung);
  g_error_free (failure->error);
  g_free (failure);
}

static void
handle_rung_error (gpointer data)
{
  RungError *failure = data;
  GstClaspSinkControl *self = failure->control;
  g_autoptr (GError) error = NULL;

  if (gst_clasp_rung_get_serial (failure->rung) != failure->serial)
    return;
  GST_WARNING_OBJECT (self->sink, "rung %s: %s",
      gst_clasp_rung_get_name (failure->rung), failure->error->message);
  if (gst_clasp_rung_restart (failure->rung, &error))
    return;
  gst_element_message_full (self->sink, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_ENCODE,
      g_strdup_printf ("%s can no longer be sent: %s",
          gst_clasp_rung_get_name (failure->rung), failure->error->message),
      g_strdup (error->message), __FILE__, GST_FUNCTION, __LINE__);
  gst_clasp_sink_viewers_rung_failed (self->viewers, failure->rung,
      failure->error);
}

/**
 * gst_clasp_sink_control_rung_error:
 * @self: a control
 * @rung: a rung
 * @error: what its elements reported
 *
 * The rung goes on with another encoder, or its viewers go. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_control_rung_error (GstClaspSinkControl *self,
    GstClaspRung *rung, const GError *error)
{
  RungError *failure = g_new0 (RungError, 1);

  failure->control = self;
  failure->rung = gst_clasp_rung_ref (rung);
  failure->serial = gst_clasp_rung_get_serial (rung);
  failure->error = g_error_copy (error);
  gst_clasp_sink_calls_invoke (self->calls, handle_rung_error, failure,
      free_rung_error);
}
