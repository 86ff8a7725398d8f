/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclasprung.h"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include "gstclaspencoder.h"
#include "gstclasprungchain.h"
#include "gstclasprungmeter.h"

/* Encoded input that piles up behind a payloader: dropped to the next key. */
#define MAX_ENCODED_BYTES (8 * 1024 * 1024)

#define MAX_UNIT_PACKETS 8192

GST_DEBUG_CATEGORY_STATIC (gst_clasp_rung_debug);
#define GST_CAT_DEFAULT gst_clasp_rung_debug

struct _GstClaspRung {
  GstClaspRungConfig config; /* owns parent, name and output_caps; the bitrate
                                is under the lock */
  GstClaspFanout *fanout;
  GStrv encoders;
  guint encoder_index;
  gboolean raw;

  GMutex lock; /* protects chain, input_caps, own_bitrate, serial and the
                 bitrate of config; leaf lock */
  GstClaspRungChain chain;
  GstCaps *input_caps;
  gboolean own_bitrate; /* the application controls it */
  guint serial;         /* of the chain */

  GstClaspRungMeter meter;

  /* streaming thread of the input */
  gboolean need_key;

  /* streaming thread of the rung */
  GstBufferList *unit;
  gsize unit_bytes;
  gboolean unit_key;
  GstClockTime unit_time; /* encoders shift their timestamps, not this */
};

static void
init_debug (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_clasp_rung_debug, "clasprung", 0,
        "CLASP rung: one encoding for many viewers");
    g_once_init_leave (&once, 1);
  }
}

/* --- what comes out --- */

static GstElement *
ref_element (GstClaspRung *self, GstElement **place)
{
  GstElement *element;

  g_mutex_lock (&self->lock);
  element = *place ? gst_object_ref (*place) : NULL;
  g_mutex_unlock (&self->lock);
  return element;
}

static void
force_key_unit (GstClaspRung *self)
{
  g_autoptr (GstElement) tap = NULL;
  g_autoptr (GstPad) pad = NULL;

  GST_DEBUG ("rung %s: asking for a key unit", self->config.name);
  if (!self->raw) {
    self->config.key_unit (self->config.data);
    return;
  }
  tap = ref_element (self, &self->chain.tap);
  if (!tap)
    return;
  pad = gst_element_get_static_pad (tap, "sink");
  gst_pad_push_event (pad,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
}

/* A whole access unit is there. */
static void
finish_unit (GstClaspRung *self)
{
  g_autoptr (GstBufferList) unit =
      gst_clasp_fanout_mark_unit (g_steal_pointer (&self->unit), self->unit_key,
          self->unit_time);
  gboolean force = gst_clasp_rung_meter_unit (&self->meter, self->unit_bytes,
      self->unit_key);

  self->unit_bytes = 0;
  gst_clasp_fanout_push (self->fanout, unit);
  if (force)
    force_key_unit (self);
}

static gboolean
is_last_packet (GstClaspRung *self, GstBuffer *packet)
{
  guint8 header[2] = {0};

  if (self->config.codec->kind == GST_CLASP_MEDIA_AUDIO)
    return TRUE;
  gst_buffer_extract (packet, 0, header, sizeof header);
  return (header[1] & 0x80) != 0;
}

static GstFlowReturn
on_packet (GstBuffer *packet, GstClockTime time, GstClockTime due,
    gpointer data)
{
  GstClaspRung *self = data;

  if (!self->unit)
    self->unit = gst_buffer_list_new ();
  self->unit_time = time;
  gst_buffer_list_add (self->unit, gst_buffer_ref (packet));
  self->unit_bytes += gst_buffer_get_size (packet);
  if (is_last_packet (self, packet) ||
      gst_buffer_list_length (self->unit) >= MAX_UNIT_PACKETS)
    finish_unit (self);
  return GST_FLOW_OK;
}

static const GstClaspTapFuncs tap_funcs = {.buffer = on_packet};

/* A payloader's flags cannot be relied on, what it gets can. An event about a
 * key unit would make rtph264pay send the parameter sets as a unit of their
 * own. */
static GstPadProbeReturn
on_payloader_input (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstClaspRung *self = data;

  if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    return gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info))
        ? GST_PAD_PROBE_DROP
        : GST_PAD_PROBE_OK;
  self->unit_key = !GST_BUFFER_FLAG_IS_SET (GST_PAD_PROBE_INFO_BUFFER (info),
      GST_BUFFER_FLAG_DELTA_UNIT);
  return GST_PAD_PROBE_OK;
}

/* --- making and unmaking --- */

/* The bin of a rung knows the rung, for messages. */
static G_DEFINE_QUARK (gst - clasp - rung, rung)

static gpointer
ref_rung (gpointer rung, gpointer data)
{
  return rung ? gst_clasp_rung_ref (rung) : NULL;
}

static void
watch_payloader (GstClaspRung *self, GstElement *payloader)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (payloader, "sink");

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_payloader_input, self, NULL);
}

static GstElement *
make_encoder (GstClaspRung *self, const GstClaspRungConfig *config,
    const char *factory, GError **error)
{
  GstElement *encoder = gst_clasp_encoder_make (factory, config->bitrate,
      config->input_caps, error);
  gboolean own = FALSE;

  if (encoder && config->encoder_setup)
    own = config->encoder_setup (encoder, config->data);
  g_mutex_lock (&self->lock);
  self->own_bitrate = own;
  g_mutex_unlock (&self->lock);
  return encoder;
}

static void
set_start_error (GError **error, const char *factory)
{
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
      "%s does not start: install another encoder or raise its rank",
      factory ? factory : "payloader");
}

/* Builds and starts; @factory is NULL for encoded input. */
static gboolean
start_chain (GstClaspRung *self, const char *factory, GError **error)
{
  g_autoptr (GstCaps) input_caps = NULL;
  GstClaspRungConfig config;
  GstClaspRungChain chain;
  GstElement *encoder = NULL;

  g_mutex_lock (&self->lock);
  config = self->config;
  config.input_caps = input_caps = gst_caps_ref (self->input_caps);
  g_mutex_unlock (&self->lock);
  if (factory && !(encoder = make_encoder (self, &config, factory, error)))
    return FALSE;
  if (!gst_clasp_rung_chain_build (&chain, &config, encoder, &tap_funcs, self,
          error))
    return FALSE;
  watch_payloader (self, chain.payloader);
  g_object_set_qdata_full (G_OBJECT (chain.bin), rung_quark (),
      gst_clasp_rung_ref (self), (GDestroyNotify) gst_clasp_rung_unref);
  /* a hardware encoder without hardware fails here */
  if (gst_element_set_state (chain.bin, GST_STATE_READY) ==
      GST_STATE_CHANGE_FAILURE) {
    gst_clasp_rung_chain_clear (&chain);
    set_start_error (error, factory);
    return FALSE;
  }
  gst_bin_add (self->config.parent, chain.bin);
  g_mutex_lock (&self->lock);
  self->chain = chain;
  self->serial++;
  g_mutex_unlock (&self->lock);
  GST_INFO ("rung %s: runs with %s", self->config.name,
      factory ? factory : "encoded input");
  if (gst_element_sync_state_with_parent (chain.bin))
    return TRUE;
  gst_clasp_rung_stop (self);
  set_start_error (error, factory);
  return FALSE;
}

static gboolean
start_any (GstClaspRung *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!self->raw)
    return start_chain (self, NULL, error);
  for (; self->encoders[self->encoder_index]; self->encoder_index++) {
    g_clear_error (&reason);
    if (start_chain (self, self->encoders[self->encoder_index], &reason))
      return TRUE;
    GST_WARNING ("rung %s: %s", self->config.name, reason->message);
  }
  if (reason)
    g_propagate_error (error, g_steal_pointer (&reason));
  else
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND,
        "no encoder for %s is left: install gstreamer1.0-plugins-ugly "
        "(x264enc), -bad (openh264enc) or -good (vp8enc)",
        self->config.codec->media_type);
  return FALSE;
}

/**
 * gst_clasp_rung_new:
 * @config: what it is made of
 * @error: return location for an error
 *
 * Makes a rung and starts it inside its parent, with the best encoder that
 * starts. Not to be called from a streaming thread.
 *
 * Returns: (transfer full) (nullable): a rung, or %NULL with
 *   %CLASP_ERROR_NOT_FOUND or %CLASP_ERROR_FAILED
 *
 * Since: 0.1
 */
GstClaspRung *
gst_clasp_rung_new (const GstClaspRungConfig *config, GError **error)
{
  GstClaspRung *self = g_atomic_rc_box_new0 (GstClaspRung);

  init_debug ();
  g_mutex_init (&self->lock);
  self->config = *config;
  self->config.parent = gst_object_ref (config->parent);
  self->config.name = g_strdup (config->name);
  self->config.output_caps =
      config->output_caps ? gst_caps_ref (config->output_caps) : NULL;
  self->input_caps = gst_caps_ref (config->input_caps);
  self->raw = gst_clasp_codec_for_caps (config->input_caps) == NULL;
  self->fanout = gst_clasp_fanout_new ();
  if (self->raw)
    self->encoders = gst_clasp_encoder_list (config->output_caps);
  gst_clasp_rung_meter_init (&self->meter, self->raw ? config->bitrate : 0);
  if (start_any (self, error))
    return self;
  gst_clasp_rung_stop (self);
  gst_clasp_rung_unref (self);
  return NULL;
}

/**
 * gst_clasp_rung_ref:
 * @self: a rung
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
GstClaspRung *
gst_clasp_rung_ref (GstClaspRung *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_rung (GstClaspRung *self)
{
  g_assert (!self->chain.bin);
  g_clear_pointer (&self->unit, gst_buffer_list_unref);
  g_clear_pointer (&self->fanout, gst_clasp_fanout_free);
  g_clear_pointer (&self->encoders, g_strfreev);
  gst_clear_caps (&self->input_caps);
  gst_clear_caps (&self->config.output_caps);
  g_free ((char *) self->config.name);
  gst_object_unref (self->config.parent);
  gst_clasp_rung_meter_clear (&self->meter);
  g_mutex_clear (&self->lock);
}

/**
 * gst_clasp_rung_unref:
 * @self: (transfer full): a rung; it must be stopped before the last reference
 *   goes
 *
 * Since: 0.1
 */
void
gst_clasp_rung_unref (GstClaspRung *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear_rung);
}

/**
 * gst_clasp_rung_stop:
 * @self: a rung
 *
 * Takes the elements down and waits for their threads. What is pushed later is
 * dropped. Not to be called from a streaming thread.
 *
 * Since: 0.1
 */
void
gst_clasp_rung_stop (GstClaspRung *self)
{
  GstClaspRungChain chain;

  g_mutex_lock (&self->lock);
  chain = self->chain;
  self->chain = (GstClaspRungChain){0};
  self->serial++;
  g_mutex_unlock (&self->lock);
  gst_clasp_rung_chain_clear (&chain);
  g_clear_pointer (&self->unit, gst_buffer_list_unref);
  self->unit_bytes = 0;
}

/**
 * gst_clasp_rung_restart:
 * @self: a rung whose elements reported an error
 * @error: return location for an error
 *
 * Goes on with the next encoder. The outputs stay; they get a key frame as soon
 * as there is one.
 *
 * Returns: %FALSE if none is left
 *
 * Since: 0.1
 */
gboolean
gst_clasp_rung_restart (GstClaspRung *self, GError **error)
{
  gst_clasp_rung_stop (self);
  if (self->raw && self->encoders[self->encoder_index])
    self->encoder_index++;
  if (!self->raw) {
    g_set_error (error, CLASP_ERROR, CLASP_ERROR_FAILED,
        "%s input cannot be sent", self->config.codec->name);
    return FALSE;
  }
  return start_any (self, error);
}

/* --- what goes in --- */

/**
 * gst_clasp_rung_set_caps:
 * @self: a rung
 * @caps: caps of the next buffers
 *
 * Streaming thread of the input.
 *
 * Since: 0.1
 */
void
gst_clasp_rung_set_caps (GstClaspRung *self, GstCaps *caps)
{
  g_autoptr (GstElement) source = ref_element (self, &self->chain.source);
  g_autoptr (GstElement) limit = ref_element (self, &self->chain.limit);

  g_mutex_lock (&self->lock);
  gst_caps_replace (&self->input_caps, caps);
  g_mutex_unlock (&self->lock);
  if (source)
    gst_clasp_rung_chain_set_caps (source, limit, caps);
}

/**
 * gst_clasp_rung_update_caps:
 * @self: a rung
 * @caps: caps of the input
 *
 * As gst_clasp_rung_set_caps(), but does nothing when these are the caps that
 * the rung has.
 *
 * Since: 0.1
 */
void
gst_clasp_rung_update_caps (GstClaspRung *self, GstCaps *caps)
{
  gboolean same;

  g_mutex_lock (&self->lock);
  same = gst_caps_is_equal (self->input_caps, caps);
  g_mutex_unlock (&self->lock);
  if (!same)
    gst_clasp_rung_set_caps (self, caps);
}

/* Encoded frames depend on each other: after one was lost, none may pass before
 * the next key unit. */
static gboolean
admit_encoded (GstClaspRung *self, GstElement *source, GstBuffer *buffer)
{
  gboolean delta =
      GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT) &&
      self->config.codec->kind == GST_CLASP_MEDIA_VIDEO;
  guint64 level = gst_app_src_get_current_level_bytes (GST_APP_SRC (source));

  if (level > MAX_ENCODED_BYTES)
    self->need_key = TRUE;
  else if (!delta)
    self->need_key = FALSE;
  if (!self->need_key)
    return TRUE;
  gst_clasp_rung_meter_drop (&self->meter);
  if (level <= MAX_ENCODED_BYTES)
    gst_clasp_rung_request_key_unit (self);
  return FALSE;
}

/**
 * gst_clasp_rung_push:
 * @self: a rung
 * @buffer: (transfer none): one frame
 * @time: its time on the timeline of all rungs
 *
 * Never blocks: a raw frame replaces one that still waits for a slow encoder.
 * Streaming thread of the input.
 *
 * Since: 0.1
 */
void
gst_clasp_rung_push (GstClaspRung *self, GstBuffer *buffer, GstClockTime time)
{
  g_autoptr (GstElement) source = ref_element (self, &self->chain.source);
  GstBuffer *copy;

  if (!source || (!self->raw && !admit_encoded (self, source, buffer)))
    return;
  copy = gst_buffer_copy (buffer);
  if (GST_BUFFER_PTS_IS_VALID (buffer) && GST_BUFFER_DTS_IS_VALID (buffer) &&
      GST_BUFFER_PTS (buffer) >= GST_BUFFER_DTS (buffer))
    GST_BUFFER_DTS (copy) =
        time - MIN (time, GST_BUFFER_PTS (buffer) - GST_BUFFER_DTS (buffer));
  else
    GST_BUFFER_DTS (copy) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_PTS (copy) = time;
  gst_app_src_push_buffer (GST_APP_SRC (source), copy);
}

/* --- any thread --- */

/**
 * gst_clasp_rung_request_key_unit:
 * @self: a rung
 *
 * A viewer needs a key unit; the gate decides when the encoder is asked. Any
 * thread.
 *
 * Since: 0.1
 */
void
gst_clasp_rung_request_key_unit (GstClaspRung *self)
{
  if (self->config.codec->kind == GST_CLASP_MEDIA_VIDEO &&
      gst_clasp_rung_meter_request (&self->meter))
    force_key_unit (self);
}

/**
 * gst_clasp_rung_set_bitrate:
 * @self: a rung
 * @bitrate: bit/s
 *
 * Takes effect at once; without effect on encoded input and on encoders that
 * the application controls. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_rung_set_bitrate (GstClaspRung *self, guint bitrate)
{
  g_autoptr (GstElement) encoder = NULL;
  gboolean own;

  if (!self->raw)
    return;
  gst_clasp_rung_meter_set_bitrate (&self->meter, bitrate);
  g_mutex_lock (&self->lock);
  self->config.bitrate = bitrate;
  own = self->own_bitrate;
  g_mutex_unlock (&self->lock);
  encoder = ref_element (self, &self->chain.encoder);
  if (encoder && !own)
    gst_clasp_encoder_set_bitrate (encoder, bitrate);
}

/**
 * gst_clasp_rung_get_fanout:
 * @self: a rung
 *
 * Returns: (transfer none): where viewers attach
 *
 * Since: 0.1
 */
GstClaspFanout *
gst_clasp_rung_get_fanout (GstClaspRung *self)
{
  return self->fanout;
}

/**
 * gst_clasp_rung_get_name:
 * @self: a rung
 *
 * Returns: (transfer none): its name, such as `video_0_h264`
 *
 * Since: 0.1
 */
const char *
gst_clasp_rung_get_name (GstClaspRung *self)
{
  return self->config.name;
}

/**
 * gst_clasp_rung_get_codec:
 * @self: a rung
 *
 * Returns: (transfer none): what comes out
 *
 * Since: 0.1
 */
const GstClaspCodec *
gst_clasp_rung_get_codec (GstClaspRung *self)
{
  return self->config.codec;
}

/**
 * gst_clasp_rung_get_serial:
 * @self: a rung
 *
 * Returns: a number that changes whenever its elements are replaced, so that an
 *   error of the former ones is known as such
 *
 * Since: 0.1
 */
guint
gst_clasp_rung_get_serial (GstClaspRung *self)
{
  guint serial;

  g_mutex_lock (&self->lock);
  serial = self->serial;
  g_mutex_unlock (&self->lock);
  return serial;
}

/**
 * gst_clasp_rung_find:
 * @object: (nullable): sender of a message
 *
 * Any thread.
 *
 * Returns: (transfer full) (nullable): the rung that @object is part of
 *
 * Since: 0.1
 */
GstClaspRung *
gst_clasp_rung_find (GstObject *object)
{
  g_autoptr (GstObject) current = object ? gst_object_ref (object) : NULL;

  while (current) {
    GstClaspRung *rung =
        g_object_dup_qdata (G_OBJECT (current), rung_quark (), ref_rung, NULL);
    GstObject *parent;

    if (rung)
      return rung;
    parent = gst_object_get_parent (current);
    gst_object_unref (current);
    current = parent;
  }
  return NULL;
}

static char *
dup_encoder_name (GstClaspRung *self)
{
  g_autoptr (GstElement) encoder = ref_element (self, &self->chain.encoder);
  GstElementFactory *factory =
      encoder ? gst_element_get_factory (encoder) : NULL;

  return g_strdup (factory ? GST_OBJECT_NAME (factory) : "none");
}

/**
 * gst_clasp_rung_get_stats:
 * @self: a rung
 *
 * The fields: `name`, `codec`, `encoder` (`none` for encoded input), `caps` of
 * the input, `viewers` (guint), `frames`, `key-frames`, `bytes`, `dropped`
 * (guint64), `key-unit-requests`, `forced-key-frames` (guint),
 * `forced-key-bytes` (guint64). Any thread.
 *
 * Returns: (transfer full): `clasp-rung`
 *
 * Since: 0.1
 */
GstStructure *
gst_clasp_rung_get_stats (GstClaspRung *self)
{
  g_autofree char *encoder = dup_encoder_name (self);
  GstStructure *stats = gst_structure_new ("clasp-rung", "name", G_TYPE_STRING,
      self->config.name, "codec", G_TYPE_STRING, self->config.codec->name,
      "encoder", G_TYPE_STRING, encoder, "viewers", G_TYPE_UINT,
      gst_clasp_fanout_get_n_outputs (self->fanout), NULL);

  gst_clasp_rung_meter_add_stats (&self->meter, stats);
  g_mutex_lock (&self->lock);
  gst_structure_set (stats, "caps", GST_TYPE_CAPS, self->input_caps, NULL);
  g_mutex_unlock (&self->lock);
  return stats;
}
