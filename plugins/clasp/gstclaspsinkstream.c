/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsinkstream.h"

#include <gst/video/video.h>
#include "gstclasptap.h"

/* A rung that lost its last viewer runs on for a while: viewers reload. */
#define LINGER (5 * G_USEC_PER_SEC)

typedef struct {
  GstClaspRung *rung;
  guint uses;
  gint64 idle_since;
} Entry;

struct _GstClaspSinkStream {
  GstBin *sink; /* the element, which outlives us */
  GstClaspMediaKind kind;
  char *name;
  GstClaspTimeline *timeline;
  GstClaspSinkStreamFuncs funcs;
  gpointer data;
  GstElement *tap;

  GMutex lock;          /* protects what follows; leaf lock */
  GstCaps *caps;        /* of the input */
  GstCaps *preferences; /* encoded caps to choose from for raw input */
  guint bitrate;
  GPtrArray *rungs;   /* for the streaming thread; only replaced */
  GPtrArray *entries; /* Entry; changed in the control thread only */
  GHashTable *broken; /* names of codecs that no encoder could make */
};

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  gst_clasp_rung_unref (entry->rung);
  g_free (entry);
}

static GPtrArray *
ref_rungs (GstClaspSinkStream *self)
{
  GPtrArray *rungs;

  g_mutex_lock (&self->lock);
  rungs = g_ptr_array_ref (self->rungs);
  g_mutex_unlock (&self->lock);
  return rungs;
}

/* lock held; the caller unrefs what it gets without the lock */
static GPtrArray *
publish_rungs (GstClaspSinkStream *self)
{
  GPtrArray *old = self->rungs;

  self->rungs =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_clasp_rung_unref);
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    g_ptr_array_add (self->rungs, gst_clasp_rung_ref (entry->rung));
  }
  return old;
}

/* --- streaming thread --- */

static gboolean
same_kind (const GstCaps *a, const GstCaps *b)
{
  return gst_clasp_codec_for_caps (a) == gst_clasp_codec_for_caps (b);
}

static gboolean
on_caps (GstCaps *caps, gpointer data)
{
  GstClaspSinkStream *self = data;
  g_autoptr (GPtrArray) rungs = ref_rungs (self);
  g_autoptr (GPtrArray) useless = NULL;
  gboolean kind_changed;

  g_mutex_lock (&self->lock);
  kind_changed = self->caps && !same_kind (self->caps, caps);
  gst_caps_replace (&self->caps, caps);
  if (kind_changed) {
    useless = g_steal_pointer (&self->rungs);
    self->rungs = g_ptr_array_new ();
  }
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < rungs->len && !kind_changed; i++)
    gst_clasp_rung_set_caps (g_ptr_array_index (rungs, i), caps);
  self->funcs.caps_changed (kind_changed, self->data);
  return TRUE;
}

static GstFlowReturn
on_buffer (GstBuffer *buffer, GstClockTime running_time, GstClockTime due,
    gpointer data)
{
  GstClaspSinkStream *self = data;
  g_autoptr (GPtrArray) rungs = ref_rungs (self);
  GstClockTime time;

  if (rungs->len == 0)
    return GST_FLOW_OK;
  time = gst_clasp_timeline_convert (self->timeline, due);
  for (guint i = 0; i < rungs->len && GST_CLOCK_TIME_IS_VALID (time); i++)
    gst_clasp_rung_push (g_ptr_array_index (rungs, i), buffer, time);
  return GST_FLOW_OK;
}

static GstClockTimeDiff
on_anchor (guint32 seqnum, GstClockTimeDiff offset, gpointer data)
{
  GstClaspSinkStream *self = data;

  return gst_clasp_timeline_anchor (self->timeline, seqnum, offset);
}

static const GstClaspTapFuncs tap_funcs = {
    .caps = on_caps,
    .buffer = on_buffer,
    .anchor = on_anchor,
};

/* --- making and unmaking --- */

/* All raw formats are taken, those that need no conversion first. */
static GstCaps *
make_allowed_caps (GstClaspMediaKind kind)
{
  if (kind == GST_CLASP_MEDIA_AUDIO)
    return gst_caps_from_string (
        "audio/x-raw,format=(string)S16LE,rate=(int)48000,channels=(int)[1,2],"
        "layout=(string)interleaved;"
        "audio/x-raw;"
        "audio/x-opus,channel-mapping-family=(int)0;"
        "audio/x-opus,channels=(int)[1,2]");
  return gst_caps_from_string ("video/x-raw,format=(string){I420,NV12,YV12};"
                               "video/x-raw;"
                               "video/x-h264;video/x-vp8;video/x-vp9");
}

/**
 * gst_clasp_sink_stream_new:
 * @sink: the element; must outlive the stream
 * @kind: sound or pictures
 * @name: name of the pad
 * @timeline: shared by all streams of the element
 * @funcs: who owns the stream
 * @data: passed to @funcs
 *
 * Makes a stream and its tap, which the owner adds to the element.
 *
 * Returns: (transfer full): a stream
 *
 * Since: 0.1
 */
GstClaspSinkStream *
gst_clasp_sink_stream_new (GstBin *sink, GstClaspMediaKind kind,
    const char *name, GstClaspTimeline *timeline,
    const GstClaspSinkStreamFuncs *funcs, gpointer data)
{
  GstClaspSinkStream *self = g_atomic_rc_box_new0 (GstClaspSinkStream);
  g_autoptr (GstCaps) allowed = make_allowed_caps (kind);

  g_mutex_init (&self->lock);
  self->sink = sink;
  self->kind = kind;
  self->name = g_strdup (name);
  self->timeline = timeline;
  self->funcs = *funcs;
  self->data = data;
  self->preferences = gst_caps_new_empty ();
  self->rungs = g_ptr_array_new ();
  self->entries = g_ptr_array_new_with_free_func (free_entry);
  self->broken = g_hash_table_new (g_str_hash, g_str_equal);
  self->tap =
      gst_object_ref_sink (gst_clasp_tap_new (allowed, TRUE, &tap_funcs, self));
  return self;
}

/**
 * gst_clasp_sink_stream_ref:
 * @self: a stream
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
GstClaspSinkStream *
gst_clasp_sink_stream_ref (GstClaspSinkStream *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_stream (GstClaspSinkStream *self)
{
  gst_object_unref (self->tap);
  gst_clear_caps (&self->caps);
  gst_clear_caps (&self->preferences);
  g_ptr_array_unref (self->rungs);
  g_ptr_array_unref (self->entries);
  g_hash_table_unref (self->broken);
  g_free (self->name);
  g_mutex_clear (&self->lock);
}

/**
 * gst_clasp_sink_stream_unref:
 * @self: (transfer full): a stream; before the last reference goes it must be
 *   stopped and its tap be in NULL
 *
 * Since: 0.1
 */
void
gst_clasp_sink_stream_unref (GstClaspSinkStream *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear_stream);
}

/* --- any thread --- */

/**
 * gst_clasp_sink_stream_get_tap:
 * @self: a stream
 *
 * Returns: (transfer none): the element behind the pad
 *
 * Since: 0.1
 */
GstElement *
gst_clasp_sink_stream_get_tap (GstClaspSinkStream *self)
{
  return self->tap;
}

/**
 * gst_clasp_sink_stream_get_kind:
 * @self: a stream
 *
 * Returns: sound or pictures
 *
 * Since: 0.1
 */
GstClaspMediaKind
gst_clasp_sink_stream_get_kind (GstClaspSinkStream *self)
{
  return self->kind;
}

/**
 * gst_clasp_sink_stream_get_name:
 * @self: a stream
 *
 * Returns: (transfer none): name of the pad
 *
 * Since: 0.1
 */
const char *
gst_clasp_sink_stream_get_name (GstClaspSinkStream *self)
{
  return self->name;
}

/**
 * gst_clasp_sink_stream_has_caps:
 * @self: a stream
 *
 * Returns: whether it is known what comes in
 *
 * Since: 0.1
 */
gboolean
gst_clasp_sink_stream_has_caps (GstClaspSinkStream *self)
{
  gboolean known;

  g_mutex_lock (&self->lock);
  known = self->caps != NULL;
  g_mutex_unlock (&self->lock);
  return known;
}

/**
 * gst_clasp_sink_stream_set_preferences:
 * @self: a stream
 * @encoded: encoded caps in order of preference, for raw input
 *
 * Since: 0.1
 */
void
gst_clasp_sink_stream_set_preferences (GstClaspSinkStream *self,
    const GstCaps *encoded)
{
  g_mutex_lock (&self->lock);
  gst_caps_replace (&self->preferences, (GstCaps *) encoded);
  g_mutex_unlock (&self->lock);
}

/* lock held */
static void
add_codec (GstClaspSinkStream *self, GstCaps *codecs,
    const GstClaspCodec *codec)
{
  if (codec && codec->kind == self->kind &&
      !g_hash_table_contains (self->broken, codec->name))
    gst_caps_append (codecs, gst_clasp_codec_make_rtp_caps (codec));
}

/**
 * gst_clasp_sink_stream_get_codecs:
 * @self: a stream
 *
 * Returns: (transfer full): RTP caps of what viewers can get, best first; empty
 *   before there are caps
 *
 * Since: 0.1
 */
GstCaps *
gst_clasp_sink_stream_get_codecs (GstClaspSinkStream *self)
{
  GstCaps *codecs = gst_caps_new_empty ();
  const GstClaspCodec *input;

  g_mutex_lock (&self->lock);
  input = gst_clasp_codec_for_caps (self->caps);
  if (input) {
    add_codec (self, codecs, input);
  } else if (self->caps) {
    for (guint i = 0; i < gst_caps_get_size (self->preferences); i++)
      add_codec (self, codecs,
          gst_clasp_codec_for_media_type (gst_structure_get_name (
              gst_caps_get_structure (self->preferences, i))));
  }
  g_mutex_unlock (&self->lock);
  return codecs;
}

/**
 * gst_clasp_sink_stream_set_bitrate:
 * @self: a stream
 * @bitrate: bit/s of each rung
 *
 * Since: 0.1
 */
void
gst_clasp_sink_stream_set_bitrate (GstClaspSinkStream *self, guint bitrate)
{
  g_autoptr (GPtrArray) rungs = ref_rungs (self);

  g_mutex_lock (&self->lock);
  self->bitrate = bitrate;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < rungs->len; i++)
    gst_clasp_rung_set_bitrate (g_ptr_array_index (rungs, i), bitrate);
}

/**
 * gst_clasp_sink_stream_add_stats:
 * @self: a stream
 * @array: a #GstValueArray
 *
 * Adds one structure for each rung, see gst_clasp_rung_get_stats().
 *
 * Since: 0.1
 */
void
gst_clasp_sink_stream_add_stats (GstClaspSinkStream *self, GValue *array)
{
  g_autoptr (GPtrArray) rungs = ref_rungs (self);

  for (guint i = 0; i < rungs->len; i++) {
    GValue item = G_VALUE_INIT;

    g_value_init (&item, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&item,
        gst_clasp_rung_get_stats (g_ptr_array_index (rungs, i)));
    gst_value_array_append_and_take_value (array, &item);
  }
}

/* --- control thread --- */

static Entry *
find_entry (GstClaspSinkStream *self, const GstClaspCodec *codec)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (gst_clasp_rung_get_codec (entry->rung) == codec)
      return entry;
  }
  return NULL;
}

static void
request_upstream_key_unit (gpointer data)
{
  GstClaspSinkStream *self = data;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->tap, "sink");

  gst_pad_push_event (pad,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
}

static gboolean
on_encoder_setup (GstElement *encoder, gpointer data)
{
  GstClaspSinkStream *self = data;

  return self->funcs.encoder_setup (encoder, self->data);
}

/* The structure of the preferences that asks for @codec. */
static GstCaps *
find_output_caps (const GstCaps *preferences, const GstClaspCodec *codec)
{
  for (guint i = 0; i < gst_caps_get_size (preferences); i++) {
    if (gst_structure_has_name (gst_caps_get_structure (preferences, i),
            codec->media_type))
      return gst_caps_copy_nth (preferences, i);
  }
  return gst_caps_new_empty_simple (codec->media_type);
}

static GstClaspRung *
make_rung (GstClaspSinkStream *self, const GstClaspCodec *codec, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s_%s", self->name, codec->name);
  g_autoptr (GstCaps) input_caps = NULL;
  g_autoptr (GstCaps) output_caps = NULL;
  GstClaspRungConfig config = {
      .parent = self->sink,
      .name = name,
      .codec = codec,
      .key_unit = request_upstream_key_unit,
      .encoder_setup = on_encoder_setup,
      .data = self,
  };

  g_mutex_lock (&self->lock);
  config.input_caps = input_caps =
      self->caps ? gst_caps_ref (self->caps) : NULL;
  config.output_caps = output_caps =
      find_output_caps (self->preferences, codec);
  config.bitrate = self->bitrate;
  g_mutex_unlock (&self->lock);
  if (input_caps)
    return gst_clasp_rung_new (&config, error);
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND,
      "pad %s has no media yet", self->name);
  return NULL;
}

/* From here on the rung gets what comes in; the caps may have changed while it
 * was being made. */
static void
add_entry (GstClaspSinkStream *self, GstClaspRung *rung)
{
  g_autoptr (GPtrArray) old = NULL;
  g_autoptr (GstCaps) caps = NULL;
  Entry *entry = g_new0 (Entry, 1);

  entry->rung = rung;
  entry->uses = 1;
  g_mutex_lock (&self->lock);
  while (self->caps != caps) {
    gst_caps_replace (&caps, self->caps);
    g_mutex_unlock (&self->lock);
    gst_clasp_rung_update_caps (rung, caps);
    g_mutex_lock (&self->lock);
  }
  g_ptr_array_add (self->entries, entry);
  old = publish_rungs (self);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_clasp_sink_stream_acquire_rung:
 * @self: a stream
 * @codec: what a viewer takes
 * @error: return location for an error
 *
 * Finds the rung for @codec, or starts it.
 *
 * Returns: (transfer full) (nullable): a rung, to be given back by
 *   gst_clasp_sink_stream_release_rung()
 *
 * Since: 0.1
 */
GstClaspRung *
gst_clasp_sink_stream_acquire_rung (GstClaspSinkStream *self,
    const GstClaspCodec *codec, GError **error)
{
  Entry *entry = find_entry (self, codec);
  GstClaspRung *rung;

  if (entry) {
    entry->uses++;
    return gst_clasp_rung_ref (entry->rung);
  }
  rung = make_rung (self, codec, error);
  if (!rung)
    return NULL;
  add_entry (self, rung);
  return gst_clasp_rung_ref (rung);
}

/**
 * gst_clasp_sink_stream_release_rung:
 * @self: a stream
 * @rung: (transfer full): a rung of a viewer
 * @now: the time, monotonic µs
 *
 * The rung stops some time after its last viewer left.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_stream_release_rung (GstClaspSinkStream *self,
    GstClaspRung *rung, gint64 now)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (entry->rung == rung && --entry->uses == 0)
      entry->idle_since = now;
  }
  gst_clasp_rung_unref (rung);
}

static void
remove_entry (GstClaspSinkStream *self, Entry *entry)
{
  g_autoptr (GPtrArray) old = NULL;
  g_autoptr (GstClaspRung) rung = gst_clasp_rung_ref (entry->rung);

  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->entries, entry);
  old = publish_rungs (self);
  g_mutex_unlock (&self->lock);
  gst_clasp_rung_stop (rung);
}

/**
 * gst_clasp_sink_stream_stop_idle:
 * @self: a stream
 * @now: the time, monotonic µs
 *
 * Stops the rungs that nobody has used for a while.
 *
 * Returns: whether there are idle rungs left to be stopped later
 *
 * Since: 0.1
 */
gboolean
gst_clasp_sink_stream_stop_idle (GstClaspSinkStream *self, gint64 now)
{
  gboolean left = FALSE;

  for (guint i = self->entries->len; i > 0; i--) {
    Entry *entry = g_ptr_array_index (self->entries, i - 1);

    if (entry->uses > 0)
      continue;
    if (now - entry->idle_since >= LINGER)
      remove_entry (self, entry);
    else
      left = TRUE;
  }
  return left;
}

/**
 * gst_clasp_sink_stream_abandon:
 * @self: a stream
 * @rung: a rung that no encoder could keep alive
 *
 * Stops @rung and does not offer its codec again. Does nothing if @rung is
 * another stream's.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_stream_abandon (GstClaspSinkStream *self, GstClaspRung *rung)
{
  const GstClaspCodec *codec = gst_clasp_rung_get_codec (rung);
  Entry *entry = find_entry (self, codec);

  if (!entry || entry->rung != rung)
    return;
  g_mutex_lock (&self->lock);
  g_hash_table_add (self->broken, (char *) codec->name);
  g_mutex_unlock (&self->lock);
  remove_entry (self, entry);
}

/**
 * gst_clasp_sink_stream_stop:
 * @self: a stream
 *
 * Stops all rungs.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_stream_stop (GstClaspSinkStream *self)
{
  while (self->entries->len > 0)
    remove_entry (self, g_ptr_array_index (self->entries, 0));
}

/**
 * gst_clasp_sink_stream_forget:
 * @self: a stream whose element went to READY
 *
 * Forgets what came in, and which encoders broke.
 *
 * Since: 0.1
 */
void
gst_clasp_sink_stream_forget (GstClaspSinkStream *self)
{
  g_mutex_lock (&self->lock);
  gst_clear_caps (&self->caps);
  g_hash_table_remove_all (self->broken);
  g_mutex_unlock (&self->lock);
}
