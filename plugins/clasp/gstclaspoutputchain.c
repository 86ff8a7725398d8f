/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspoutputchain.h"

#include "gstclaspdecode.h"

GST_DEBUG_CATEGORY_STATIC (clasp_output_chain_debug);
#define GST_CAT_DEFAULT clasp_output_chain_debug

static void
init_debug (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (clasp_output_chain_debug, "claspoutputchain", 0,
        "CLASP choice of raw or encoded output");
    g_once_init_leave (&once, 1);
  }
}

/**
 * gst_clasp_output_chain_init:
 * @self: zeroed memory
 * @bin: where the elements go
 * @kind: sound or pictures
 * @source: pad that encoded media comes from
 * @pad: ghost pad of @bin, without target
 *
 * What is linked between @source and @pad is decided later. None of the
 * arguments is referenced.
 *
 * Since: 0.1
 */
void
gst_clasp_output_chain_init (GstClaspOutputChain *self, GstBin *bin,
    GstClaspMediaKind kind, GstPad *source, GstPad *pad)
{
  init_debug ();
  self->bin = bin;
  self->kind = kind;
  self->source = source;
  self->pad = pad;
  self->undecided = TRUE;
}

/**
 * gst_clasp_output_chain_reconsider:
 * @self: the chain
 *
 * What the pad is linked to may have changed. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_output_chain_reconsider (GstClaspOutputChain *self)
{
  g_atomic_int_set (&self->undecided, TRUE);
}

static GstCaps *
raw_caps (GstClaspMediaKind kind)
{
  return gst_caps_from_string (
      kind == GST_CLASP_MEDIA_VIDEO ? "video/x-raw(ANY)" : "audio/x-raw");
}

static void
complain (GstClaspOutputChain *self, GError *error)
{
  if (!self->complained)
    gst_element_message_full (GST_ELEMENT (self->bin), GST_MESSAGE_ERROR,
        GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
        g_strdup (error->message),
        g_strdup_printf ("pad %s", GST_OBJECT_NAME (self->pad)), __FILE__,
        GST_FUNCTION, __LINE__);
  self->complained = TRUE;
  g_error_free (error);
}

/**
 * gst_clasp_output_chain_drop:
 * @self: the chain
 *
 * Takes out what there is. In the streaming thread of the source, or when that
 * has ended.
 *
 * Since: 0.1
 */
void
gst_clasp_output_chain_drop (GstClaspOutputChain *self)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (self->source);

  gst_ghost_pad_set_target (GST_GHOST_PAD (self->pad), NULL);
  if (peer)
    gst_pad_unlink (self->source, peer);
  self->mode = GST_CLASP_OUTPUT_MODE_NONE;
  if (!self->element)
    return;
  gst_element_set_locked_state (self->element, TRUE);
  gst_element_set_state (self->element, GST_STATE_NULL);
  gst_bin_remove (self->bin, self->element);
  gst_clear_object (&self->element);
}

static gboolean
insert_chain (GstClaspOutputChain *self)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->element, "sink");
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->element, "src");

  return gst_bin_add (self->bin, self->element) &&
      gst_ghost_pad_set_target (GST_GHOST_PAD (self->pad), src) &&
      gst_element_sync_state_with_parent (self->element) &&
      gst_pad_link (self->source, sink) == GST_PAD_LINK_OK;
}

static void
build_chain (GstClaspOutputChain *self, GstClaspOutputMode mode,
    const GstCaps *caps, const GstCaps *wanted)
{
  GError *error = NULL;
  gboolean ok;

  if (!gst_clasp_decode_make (self->codec, caps,
          mode == GST_CLASP_OUTPUT_MODE_RAW ? wanted : NULL, &self->element,
          &error)) {
    complain (self, error);
    return;
  }
  if (self->element)
    ok = insert_chain (self);
  else
    ok = gst_ghost_pad_set_target (GST_GHOST_PAD (self->pad), self->source);
  if (!ok) {
    GST_DEBUG_OBJECT (self->pad, "cannot be linked, going down?");
    gst_clasp_output_chain_drop (self);
    return;
  }
  GST_INFO_OBJECT (self->pad, "%s %s", self->codec->name,
      mode == GST_CLASP_OUTPUT_MODE_RAW ? "decoded" : "encoded");
  self->mode = mode;
  /* A decoder changes what upstream of a sink takes time. */
  gst_element_post_message (GST_ELEMENT (self->bin),
      gst_message_new_latency (GST_OBJECT (self->bin)));
}

/* Encoded is what downstream gets unless it needs raw. */
static GstClaspOutputMode
choose_mode (GstClaspOutputChain *self, const GstCaps *wanted)
{
  g_autoptr (GstCaps) encoded =
      gst_caps_new_empty_simple (self->codec->media_type);
  g_autoptr (GstCaps) raw = raw_caps (self->kind);

  if (gst_caps_can_intersect (wanted, encoded))
    return GST_CLASP_OUTPUT_MODE_ENCODED;
  if (gst_caps_can_intersect (wanted, raw))
    return GST_CLASP_OUTPUT_MODE_RAW;
  complain (self,
      g_error_new (CLASP_ERROR, CLASP_ERROR_FAILED,
          "pad %s is linked to something that takes neither raw %s nor %s, "
          "which the peer sends",
          GST_OBJECT_NAME (self->pad),
          self->kind == GST_CLASP_MEDIA_VIDEO ? "video" : "audio",
          self->codec->media_type));
  return GST_CLASP_OUTPUT_MODE_NONE;
}

/* Whether there is another chain than before. */
static gboolean
decide (GstClaspOutputChain *self)
{
  g_autoptr (GstCaps) wanted = gst_pad_peer_query_caps (self->pad, NULL);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (self->source);
  const GstClaspCodec *codec = gst_clasp_codec_for_caps (caps);
  GstClaspOutputMode mode;

  if (!codec)
    return FALSE;
  if (codec != self->codec)
    gst_clasp_output_chain_drop (self);
  self->codec = codec;
  mode = choose_mode (self, wanted);
  if (mode == self->mode)
    return FALSE;
  gst_clasp_output_chain_drop (self);
  if (mode != GST_CLASP_OUTPUT_MODE_NONE)
    build_chain (self, mode, caps, wanted);
  return TRUE;
}

/**
 * gst_clasp_output_chain_prepare:
 * @self: the chain
 * @fresh: (out): whether it is another chain than at the last call
 *
 * Before each buffer: looks at what the pad is linked to, if that may have
 * changed, and builds what it needs. In the streaming thread of the source.
 *
 * Returns: whether anybody takes the buffer
 *
 * Since: 0.1
 */
gboolean
gst_clasp_output_chain_prepare (GstClaspOutputChain *self, gboolean *fresh)
{
  *fresh = FALSE;
  if (!gst_pad_is_linked (self->pad)) {
    gst_clasp_output_chain_reconsider (self);
    return FALSE;
  }
  if (g_atomic_int_compare_and_exchange (&self->undecided, TRUE, FALSE))
    *fresh = decide (self);
  return self->mode != GST_CLASP_OUTPUT_MODE_NONE;
}

/**
 * gst_clasp_output_chain_check_caps:
 * @self: the chain
 * @event: a CAPS event of the source
 *
 * Caps of another codec must not reach the chain of the one before: that is
 * taken out. The event is sticky and comes again once the next buffer has
 * linked a new chain. In the streaming thread of the source.
 *
 * Since: 0.1
 */
void
gst_clasp_output_chain_check_caps (GstClaspOutputChain *self, GstEvent *event)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (self->codec == gst_clasp_codec_for_caps (caps))
    return;
  gst_clasp_output_chain_drop (self);
  gst_clasp_output_chain_reconsider (self);
}

/**
 * gst_clasp_output_chain_possible_caps:
 * @self: the chain
 *
 * Returns: (transfer full): what the pad can give to whoever is linked next;
 *   any thread
 *
 * Since: 0.1
 */
GstCaps *
gst_clasp_output_chain_possible_caps (GstClaspOutputChain *self)
{
  g_autoptr (GstCaps) all = gst_pad_get_pad_template_caps (self->pad);
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (self->source);
  const GstClaspCodec *codec = gst_clasp_codec_for_caps (current);
  g_autoptr (GstCaps) now = NULL;

  if (!codec)
    return g_steal_pointer (&all);
  now = gst_caps_merge (raw_caps (self->kind),
      gst_caps_new_empty_simple (codec->media_type));
  return gst_caps_intersect (now, all);
}
