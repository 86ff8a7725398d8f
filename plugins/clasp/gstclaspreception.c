/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspreception.h"

#include <gst/clasp/gstclasp-enum-types.h>

/**
 * gst_clasp_reception_new:
 * @element: the claspsrc
 * @remote: (transfer full): a broadcaster
 * @index: number of its pads
 *
 * Returns: (transfer full): a reception that nobody was told of
 *
 * Since: 0.1
 */
GstClaspReception *
gst_clasp_reception_new (GstElement *element, GstClaspRemote *remote,
    guint index)
{
  GstClaspReception *self = g_new0 (GstClaspReception, 1);

  self->element = element;
  self->remote = remote;
  self->index = index;
  return self;
}

void
gst_clasp_reception_free (GstClaspReception *self)
{
  g_object_unref (self->remote);
  g_free (self);
}

static void
post (GstClaspReception *self, const char *message, const char *reason)
{
  GstStructure *fields = gst_structure_new (message, "peer", G_TYPE_STRING,
      gst_clasp_remote_get_session (self->remote), "name", G_TYPE_STRING,
      gst_clasp_remote_get_name (self->remote), NULL);

  if (reason)
    gst_structure_set (fields, "reason", G_TYPE_STRING, reason, NULL);
  gst_element_post_message (self->element,
      gst_message_new_element (GST_OBJECT (self->element), fields));
}

static void
emit (GstClaspReception *self, const char *signal)
{
  g_signal_emit_by_name (self->element, signal,
      gst_clasp_remote_get_session (self->remote),
      gst_clasp_remote_get_name (self->remote));
}

/**
 * gst_clasp_reception_tell_added:
 * @self: a reception whose remote is connected
 *
 * Message and signal for the application, once.
 *
 * Since: 0.1
 */
void
gst_clasp_reception_tell_added (GstClaspReception *self)
{
  if (self->added)
    return;
  self->added = TRUE;
  post (self, "clasp-peer-added", NULL);
  emit (self, "peer-added");
}

/**
 * gst_clasp_reception_tell_removed:
 * @self: a reception
 * @reason: why it is not connected any more
 *
 * Message and signal for the application, if it was told of the peer.
 *
 * Since: 0.1
 */
void
gst_clasp_reception_tell_removed (GstClaspReception *self, const char *reason)
{
  if (!self->added)
    return;
  self->added = FALSE;
  post (self, "clasp-peer-removed", reason);
  emit (self, "peer-removed");
}

/**
 * gst_clasp_reception_find:
 * @receptions: (element-type GstClaspReception): what is received
 * @session: a session id
 *
 * Returns: (transfer none) (nullable): the one of @session
 *
 * Since: 0.1
 */
GstClaspReception *
gst_clasp_reception_find (GPtrArray *receptions, const char *session)
{
  for (guint i = 0; i < receptions->len; i++) {
    GstClaspReception *self = g_ptr_array_index (receptions, i);

    if (g_str_equal (gst_clasp_remote_get_session (self->remote), session))
      return self;
  }
  return NULL;
}

/**
 * gst_clasp_reception_find_remote:
 * @receptions: (element-type GstClaspReception): what is received
 * @remote: a broadcaster
 *
 * Returns: (transfer none) (nullable): the one of @remote
 *
 * Since: 0.1
 */
GstClaspReception *
gst_clasp_reception_find_remote (GPtrArray *receptions, GstClaspRemote *remote)
{
  for (guint i = 0; i < receptions->len; i++) {
    GstClaspReception *self = g_ptr_array_index (receptions, i);

    if (self->remote == remote)
      return self;
  }
  return NULL;
}

/**
 * gst_clasp_reception_take_offer:
 * @remote: a broadcaster that was just chosen
 * @offer: what it had offered before
 *
 * Answers the offer.
 *
 * Since: 0.1
 */
void
gst_clasp_reception_take_offer (GstClaspRemote *remote,
    const GstClaspOffer *offer)
{
  gst_clasp_remote_take_description (remote, "offer", offer->sdp);
  for (guint i = 0; i < offer->candidates->len; i++) {
    const GstClaspCandidate *candidate =
        g_ptr_array_index (offer->candidates, i);

    gst_clasp_remote_take_candidate (remote, candidate->mline, candidate->mid,
        candidate->text);
  }
}

static GstStructure *
new_stats (GstClaspSignaller *signaller)
{
  g_autoptr (GEnumClass) klass =
      g_type_class_ref (GST_TYPE_CLASP_SIGNALLER_STATE);
  g_autofree char *session = NULL;
  GstClaspSignallerState state;
  GEnumValue *value;
  GstStructure *stats;

  g_object_get (signaller, "state", &state, "session", &session, NULL);
  value = g_enum_get_value (klass, state);
  stats = gst_structure_new ("application/x-clasp-src-stats", "state",
      G_TYPE_STRING, value ? value->value_nick : "unknown", NULL);
  if (session)
    gst_structure_set (stats, "session", G_TYPE_STRING, session, NULL);
  return stats;
}

/**
 * gst_clasp_reception_collect_stats:
 * @signaller: how the room is joined
 * @receptions: (element-type GstClaspReception): what is received
 * @now: monotonic time, µs
 *
 * Takes new figures.
 *
 * Returns: (transfer full): what claspsrc's property stats says
 *
 * Since: 0.1
 */
GstStructure *
gst_clasp_reception_collect_stats (GstClaspSignaller *signaller,
    GPtrArray *receptions, gint64 now)
{
  GstStructure *stats = new_stats (signaller);
  GValue peers = G_VALUE_INIT;

  g_value_init (&peers, GST_TYPE_ARRAY);
  for (guint i = 0; i < receptions->len; i++) {
    GstClaspReception *self = g_ptr_array_index (receptions, i);
    GValue peer = G_VALUE_INIT;

    gst_clasp_remote_update_stats (self->remote, now);
    g_value_init (&peer, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&peer, gst_clasp_remote_get_stats (self->remote));
    gst_value_array_append_and_take_value (&peers, &peer);
  }
  gst_structure_take_value (stats, "peers", &peers);
  return stats;
}
