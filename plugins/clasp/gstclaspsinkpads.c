/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The pads of claspsink and the streams behind them. */

#include "gstclaspsink-private.h"

#include "gstclaspencoder.h"

GST_DEBUG_CATEGORY_EXTERN (gst_clasp_sink_debug);
#define GST_CAT_DEFAULT gst_clasp_sink_debug

/* A stream belongs to the pad it comes in at. */
static G_DEFINE_QUARK (gst - clasp - sink - stream, stream)

typedef struct {
  GstClaspSink *sink;
  GstClaspSinkStream *stream;
} StreamOwner;

static void
on_caps_changed (gboolean kind_changed, gpointer data)
{
  StreamOwner *owner = data;

  if (kind_changed)
    gst_clasp_sink_control_reset_stream (owner->sink->control, owner->stream,
        FALSE);
  else
    gst_clasp_sink_control_media_changed (owner->sink->control);
}

static gboolean
on_encoder_setup (GstElement *encoder, gpointer data)
{
  StreamOwner *owner = data;
  gboolean handled = FALSE;

  g_signal_emit_by_name (owner->sink, "encoder-setup", encoder, &handled);
  return handled;
}

static const GstClaspSinkStreamFuncs stream_funcs = {
    .caps_changed = on_caps_changed,
    .encoder_setup = on_encoder_setup,
};

static void
free_stream_owner (gpointer data)
{
  StreamOwner *owner = data;

  gst_clasp_sink_stream_unref (owner->stream);
  g_free (owner);
}

/* What raw input may become: what was asked for, as far as it can be made. */
static void
configure_stream (GstClaspSink *self, GstClaspSinkStream *stream)
{
  g_autoptr (GstCaps) wanted = NULL;
  g_autoptr (GstCaps) possible = NULL;
  guint bitrate;

  GST_OBJECT_LOCK (self);
  wanted = gst_caps_ref (self->caps[gst_clasp_sink_stream_get_kind (stream)]);
  bitrate = self->bitrate;
  GST_OBJECT_UNLOCK (self);
  possible = gst_clasp_encoder_filter_caps (wanted);
  if (gst_caps_is_empty (possible))
    GST_WARNING_OBJECT (self,
        "no encoder for %" GST_PTR_FORMAT ": raw input cannot be sent", wanted);
  gst_clasp_sink_stream_set_preferences (stream, possible);
  gst_clasp_sink_stream_set_bitrate (stream, bitrate);
}

/* After the settings of media changed. */
void
gst_clasp_sink_configure_streams (GstClaspSink *self)
{
  g_autoptr (GPtrArray) streams = gst_clasp_sink_viewers_dup_streams (
      gst_clasp_sink_control_get_viewers (self->control));

  for (guint i = 0; i < streams->len; i++)
    configure_stream (self, g_ptr_array_index (streams, i));
}

/* Pads are numbered by kind, not by arrival; a name that was asked for stays. */
static char *
choose_pad_name (GstClaspSink *self, GstClaspMediaKind kind, const char *wanted)
{
  const char *prefix = kind == GST_CLASP_MEDIA_VIDEO ? "video_" : "audio_";
  guint64 number = 0;
  char *name;

  GST_OBJECT_LOCK (self);
  if (wanted && g_str_has_prefix (wanted, prefix) &&
      g_ascii_string_to_unsigned (wanted + strlen (prefix), 10, 0,
          G_MAXUINT - 1, &number, NULL)) {
    self->next_pad[kind] = MAX (self->next_pad[kind], (guint) number + 1);
    name = g_strdup (wanted);
  } else {
    name = g_strdup_printf ("%s%u", prefix, self->next_pad[kind]++);
  }
  GST_OBJECT_UNLOCK (self);
  return name;
}

static gboolean
is_taken (GstElement *element, const char *name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  if (pad)
    GST_ERROR_OBJECT (element, "there is a pad %s already", name);
  return pad != NULL;
}

static StreamOwner *
make_stream (GstClaspSink *self, GstClaspMediaKind kind, const char *name)
{
  StreamOwner *owner = g_new0 (StreamOwner, 1);

  owner->sink = self;
  owner->stream = gst_clasp_sink_stream_new (GST_BIN (self), kind, name,
      &self->timeline, &stream_funcs, owner);
  configure_stream (self, owner->stream);
  gst_bin_add (GST_BIN (self), gst_clasp_sink_stream_get_tap (owner->stream));
  gst_clasp_sink_viewers_add_stream (gst_clasp_sink_control_get_viewers (
                                         self->control),
      owner->stream);
  return owner;
}

static GstPad *
make_pad (StreamOwner *owner, GstPadTemplate *templ)
{
  GstElement *tap = gst_clasp_sink_stream_get_tap (owner->stream);
  g_autoptr (GstPad) target = gst_element_get_static_pad (tap, "sink");
  GstPad *pad =
      gst_ghost_pad_new_from_template (gst_clasp_sink_stream_get_name (
                                           owner->stream),
          target, templ);

  g_object_set_qdata_full (G_OBJECT (pad), stream_quark (), owner,
      free_stream_owner);
  return pad;
}

GstPad *
gst_clasp_sink_request_new_pad (GstElement *element, GstPadTemplate *templ,
    const char *wanted, const GstCaps *caps)
{
  GstClaspSink *self = GST_CLASP_SINK (element);
  gboolean audio =
      g_str_has_prefix (GST_PAD_TEMPLATE_NAME_TEMPLATE (templ), "audio");
  GstClaspMediaKind kind =
      audio ? GST_CLASP_MEDIA_AUDIO : GST_CLASP_MEDIA_VIDEO;
  g_autofree char *name = choose_pad_name (self, kind, wanted);
  StreamOwner *owner;
  GstPad *pad;

  if (is_taken (element, name))
    return NULL;
  owner = make_stream (self, kind, name);
  pad = make_pad (owner, templ);
  gst_element_sync_state_with_parent (
      gst_clasp_sink_stream_get_tap (owner->stream));
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (element, pad);
  gst_clasp_sink_control_media_changed (self->control);
  return pad;
}

void
gst_clasp_sink_release_pad (GstElement *element, GstPad *pad)
{
  GstClaspSink *self = GST_CLASP_SINK (element);
  StreamOwner *owner = g_object_get_qdata (G_OBJECT (pad), stream_quark ());
  g_autoptr (GstClaspSinkStream) stream =
      gst_clasp_sink_stream_ref (owner->stream);
  GstElement *tap = gst_clasp_sink_stream_get_tap (stream);

  gst_clasp_sink_viewers_remove_stream (gst_clasp_sink_control_get_viewers (
                                            self->control),
      stream);
  gst_clasp_sink_control_reset_stream (self->control, stream, TRUE);
  gst_pad_set_active (pad, FALSE);
  gst_element_set_locked_state (tap, TRUE);
  gst_element_set_state (tap, GST_STATE_NULL);
  gst_element_remove_pad (element, pad);
  gst_bin_remove (GST_BIN (self), tap);
}
