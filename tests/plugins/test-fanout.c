/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <gst/check/gstharness.h>
#include <gst/rtp/rtp.h>
#include <string.h>

#include "gstclaspfanout.h"

#define SSRC 0x11223344

typedef struct {
  GstClaspFanoutOutput *output;
  GPtrArray *packets;
} Viewer;

static void
collect (GstBufferList *list, gpointer data)
{
  GPtrArray *packets = data;

  for (guint i = 0; i < gst_buffer_list_length (list); i++)
    g_ptr_array_add (packets, gst_buffer_ref (gst_buffer_list_get (list, i)));
  gst_buffer_list_unref (list);
}

static void
viewer_init (Viewer *self, guint8 pt, guint32 ssrc, guint16 seqnum,
    guint32 offset, gboolean wait)
{
  GstClaspFanoutFormat format = {
      .payload_type = pt,
      .ssrc = ssrc,
      .seqnum = seqnum,
      .timestamp_offset = offset,
      .wait_for_key_unit = wait,
  };

  self->packets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  self->output = gst_clasp_fanout_output_new (&format, collect,
      g_ptr_array_ref (self->packets), (GDestroyNotify) g_ptr_array_unref);
}

static void
viewer_clear (Viewer *self)
{
  gst_clasp_fanout_output_unref (self->output);
  g_ptr_array_unref (self->packets);
}

/* One packet of @size payload bytes, as a payloader makes it: a memory of its
 * own for the header. */
static GstBuffer *
make_packet (guint16 seq, guint32 timestamp, gboolean marker, gboolean delta,
    gsize size)
{
  GstBuffer *buffer = gst_rtp_buffer_new_allocate (0, 0, 0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  g_assert_true (gst_rtp_buffer_map (buffer, GST_MAP_READWRITE, &rtp));
  gst_rtp_buffer_set_seq (&rtp, seq);
  gst_rtp_buffer_set_timestamp (&rtp, timestamp);
  gst_rtp_buffer_set_ssrc (&rtp, SSRC);
  gst_rtp_buffer_set_payload_type (&rtp, 96);
  gst_rtp_buffer_set_marker (&rtp, marker);
  gst_rtp_buffer_unmap (&rtp);
  if (delta)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  GST_BUFFER_PTS (buffer) = timestamp * 1000;
  gst_buffer_append_memory (buffer, gst_allocator_alloc (NULL, size, NULL));
  gst_buffer_memset (buffer, 12, seq & 0xff, size);
  return buffer;
}

/* An access unit of three packets. */
static void
push_unit (GstClaspFanout *fanout, guint16 seq, guint32 timestamp, gboolean key)
{
  g_autoptr (GstBufferList) list = gst_buffer_list_new ();

  for (int i = 0; i < 3; i++)
    gst_buffer_list_add (list,
        make_packet (seq + i, timestamp, i == 2, !key || i > 0, 1000));
  gst_clasp_fanout_push (fanout, list);
}

static void
check_packet (GstBuffer *buffer, guint8 pt, guint32 ssrc, guint16 seq,
    guint32 timestamp, gboolean marker)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  g_assert_true (gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp));
  g_assert_cmpuint (gst_rtp_buffer_get_payload_type (&rtp), ==, pt);
  g_assert_cmphex (gst_rtp_buffer_get_ssrc (&rtp), ==, ssrc);
  g_assert_cmpuint (gst_rtp_buffer_get_seq (&rtp), ==, seq);
  g_assert_cmpuint (gst_rtp_buffer_get_timestamp (&rtp), ==, timestamp);
  g_assert_cmpint (gst_rtp_buffer_get_marker (&rtp), ==, marker);
  gst_rtp_buffer_unmap (&rtp);
}

static void
test_rewrite (void)
{
  g_autoptr (GstClaspFanout) fanout = gst_clasp_fanout_new ();
  Viewer a, b;

  viewer_init (&a, 108, 0xaaaaaaaa, 65534, 0xffffff00, TRUE);
  viewer_init (&b, 97, 0xbbbbbbbb, 7, 0, TRUE);
  gst_clasp_fanout_add (fanout, a.output);
  gst_clasp_fanout_add (fanout, b.output);
  g_assert_cmpuint (gst_clasp_fanout_get_n_outputs (fanout), ==, 2);
  push_unit (fanout, 100, 0x200, TRUE);
  push_unit (fanout, 103, 0x300, FALSE);

  g_assert_cmpuint (a.packets->len, ==, 6);
  for (guint i = 0; i < 6; i++) {
    guint32 timestamp = i < 3 ? 0x200 : 0x300;

    /* sequence numbers and timestamps wrap */
    check_packet (a.packets->pdata[i], 108, 0xaaaaaaaa, 65534 + i,
        timestamp + 0xffffff00, i % 3 == 2);
    check_packet (b.packets->pdata[i], 97, 0xbbbbbbbb, 7 + i, timestamp,
        i % 3 == 2);
  }
  viewer_clear (&a);
  viewer_clear (&b);
}

static void
test_shares_payload (void)
{
  g_autoptr (GstClaspFanout) fanout = gst_clasp_fanout_new ();
  g_autoptr (GstBufferList) list = gst_buffer_list_new ();
  GstBuffer *packet = make_packet (1, 1, TRUE, FALSE, 1000);
  g_autoptr (GstBuffer) parts = make_packet (2, 1, TRUE, FALSE, 1000);
  GstBuffer *whole = gst_buffer_new ();
  GstMapInfo from, to;
  Viewer viewer;

  viewer_init (&viewer, 96, 1, 0, 0, FALSE);
  gst_clasp_fanout_add (fanout, viewer.output);
  gst_buffer_append_memory (whole, gst_buffer_get_all_memory (parts));
  gst_buffer_list_add (list, packet);
  gst_buffer_list_add (list, whole); /* header and payload in one memory */
  gst_clasp_fanout_push (fanout, list);

  g_assert_cmpuint (viewer.packets->len, ==, 2);
  g_assert_true (gst_buffer_peek_memory (packet, 1) ==
      gst_buffer_peek_memory (viewer.packets->pdata[0], 1));
  gst_memory_map (gst_buffer_peek_memory (whole, 0), &from, GST_MAP_READ);
  gst_memory_map (gst_buffer_peek_memory (viewer.packets->pdata[1], 1), &to,
      GST_MAP_READ);
  g_assert_true (to.data == from.data + 12);
  g_assert_cmpuint (to.size, ==, 1000);
  gst_memory_unmap (gst_buffer_peek_memory (whole, 0), &from);
  gst_memory_unmap (gst_buffer_peek_memory (viewer.packets->pdata[1], 1), &to);
  /* the rung's own packet is untouched */
  check_packet (packet, 96, SSRC, 1, 1, TRUE);
  g_assert_cmpuint (GST_BUFFER_PTS (viewer.packets->pdata[0]), ==, 1000);
  viewer_clear (&viewer);
}

static void
test_starts_with_key (void)
{
  g_autoptr (GstClaspFanout) fanout = gst_clasp_fanout_new ();
  GstClaspFanoutStats stats;
  Viewer early, late;

  viewer_init (&early, 96, 1, 0, 0, TRUE);
  viewer_init (&late, 96, 2, 500, 0, TRUE);
  gst_clasp_fanout_add (fanout, early.output);
  push_unit (fanout, 0, 1000, FALSE);
  g_assert_cmpuint (early.packets->len, ==, 0);
  push_unit (fanout, 3, 2000, TRUE);
  gst_clasp_fanout_add (fanout, late.output);
  push_unit (fanout, 6, 3000, FALSE);
  g_assert_cmpuint (early.packets->len, ==, 6);
  g_assert_cmpuint (late.packets->len, ==, 0);
  push_unit (fanout, 9, 4000, TRUE);
  g_assert_cmpuint (late.packets->len, ==, 3);
  check_packet (late.packets->pdata[0], 96, 2, 500, 4000, FALSE);

  gst_clasp_fanout_output_get_stats (early.output, &stats);
  g_assert_cmpuint (stats.frames, ==, 3);
  g_assert_cmpuint (stats.key_frames, ==, 2);
  g_assert_cmpuint (stats.packets, ==, 9);
  g_assert_cmpuint (stats.bytes, ==, 9 * 1012);
  viewer_clear (&early);
  viewer_clear (&late);
}

/* A list that begins in the middle of a key unit is no start. */
static void
test_joins_inside_key_unit (void)
{
  g_autoptr (GstClaspFanout) fanout = gst_clasp_fanout_new ();
  g_autoptr (GstBufferList) head = gst_buffer_list_new ();
  g_autoptr (GstBufferList) tail = gst_buffer_list_new ();
  Viewer viewer;

  viewer_init (&viewer, 96, 1, 0, 0, TRUE);
  gst_buffer_list_add (head, make_packet (1, 100, FALSE, TRUE, 10));
  gst_buffer_list_add (tail, make_packet (2, 100, TRUE, FALSE, 10));
  gst_clasp_fanout_add (fanout, viewer.output);
  gst_clasp_fanout_push (fanout, head);
  gst_clasp_fanout_push (fanout, tail);
  g_assert_cmpuint (viewer.packets->len, ==, 0);
  viewer_clear (&viewer);
}

static void
test_header_extension (void)
{
  g_autoptr (GstClaspFanout) fanout = gst_clasp_fanout_new ();
  g_autoptr (GstBufferList) list = gst_buffer_list_new ();
  GstBuffer *packet = gst_rtp_buffer_new_allocate (500, 0, 2);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  guint8 text[] = {'c', 'l', 'a', 's', 'p'};
  gpointer found;
  guint size;
  Viewer viewer;

  gst_rtp_buffer_map (packet, GST_MAP_READWRITE, &rtp);
  g_assert_true (
      gst_rtp_buffer_add_extension_onebyte_header (&rtp, 3, text, sizeof text));
  memset (gst_rtp_buffer_get_payload (&rtp), 0x5a, 500);
  gst_rtp_buffer_unmap (&rtp);

  viewer_init (&viewer, 100, 9, 40, 1, FALSE);
  gst_clasp_fanout_add (fanout, viewer.output);
  gst_buffer_list_add (list, packet);
  gst_clasp_fanout_push (fanout, list);

  g_assert_cmpuint (viewer.packets->len, ==, 1);
  check_packet (viewer.packets->pdata[0], 100, 9, 40, 1, FALSE);
  gst_rtp_buffer_map (viewer.packets->pdata[0], GST_MAP_READ, &rtp);
  g_assert_true (
      gst_rtp_buffer_get_extension_onebyte_header (&rtp, 3, 0, &found, &size));
  g_assert_cmpmem (found, size, text, sizeof text);
  g_assert_cmpuint (gst_rtp_buffer_get_payload_len (&rtp), ==, 500);
  g_assert_cmpuint (((guint8 *) gst_rtp_buffer_get_payload (&rtp))[499], ==,
      0x5a);
  gst_rtp_buffer_unmap (&rtp);
  viewer_clear (&viewer);
}

static void
test_bad_packets (void)
{
  static const guint8 bad[16] = {0x00}; /* version 0 */
  static const guint8 odd[][16] = {
      {0x8f, 96}, /* 15 CSRC do not fit */
      {0x90, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0xff, 0xff},
  };
  g_autoptr (GstClaspFanout) fanout = gst_clasp_fanout_new ();
  g_autoptr (GstBufferList) list = gst_buffer_list_new ();
  GstClaspFanoutStats stats;
  Viewer viewer;

  viewer_init (&viewer, 96, 1, 0, 0, FALSE);
  gst_clasp_fanout_add (fanout, viewer.output);
  gst_buffer_list_add (list, gst_buffer_new_memdup (bad, sizeof bad));
  gst_buffer_list_add (list, gst_buffer_new_memdup (odd[0], 11));
  gst_buffer_list_add (list, gst_buffer_new ());
  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++)
    gst_buffer_list_add (list, gst_buffer_new_memdup (odd[i], sizeof odd[i]));
  gst_clasp_fanout_push (fanout, list);
  /* header fields that do not fit are not ours to judge, nor to read */
  g_assert_cmpuint (viewer.packets->len, ==, 2);
  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++)
    g_assert_cmpuint (gst_buffer_get_size (viewer.packets->pdata[i]), ==, 16);
  gst_clasp_fanout_output_get_stats (viewer.output, &stats);
  g_assert_cmpuint (stats.dropped, ==, 3);
  viewer_clear (&viewer);
}

typedef struct {
  GstClaspFanout *fanout;
  Viewer viewer;
  gboolean removed_itself;
} Remover;

static void
remove_itself (GstBufferList *list, gpointer data)
{
  Remover *self = data;

  gst_buffer_list_unref (list);
  self->removed_itself =
      gst_clasp_fanout_remove (self->fanout, self->viewer.output);
}

/* No lock is held while outputs are called. */
static void
test_remove_while_pushing (void)
{
  Remover self = {.fanout = gst_clasp_fanout_new ()};
  GstClaspFanoutFormat format = {.payload_type = 96};

  self.viewer.output =
      gst_clasp_fanout_output_new (&format, remove_itself, &self, NULL);
  gst_clasp_fanout_add (self.fanout, self.viewer.output);
  push_unit (self.fanout, 0, 1, TRUE);
  g_assert_true (self.removed_itself);
  g_assert_cmpuint (gst_clasp_fanout_get_n_outputs (self.fanout), ==, 0);
  g_assert_false (gst_clasp_fanout_remove (self.fanout, self.viewer.output));
  gst_clasp_fanout_output_unref (self.viewer.output);
  gst_clasp_fanout_free (self.fanout);
}

typedef struct {
  GMutex lock;      /* protects keys */
  GHashTable *keys; /* PTS of the key frames that the payloader got */
} Keys;

static GstPadProbeReturn
note_key (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  Keys *keys = data;

  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&keys->lock);
  g_hash_table_add (keys->keys, g_memdup2 (&buffer->pts, sizeof buffer->pts));
  g_mutex_unlock (&keys->lock);
  return GST_PAD_PROBE_OK;
}

static gboolean
is_key (Keys *keys, GstBuffer *buffer)
{
  gboolean found;

  g_mutex_lock (&keys->lock);
  found = g_hash_table_contains (keys->keys, &buffer->pts);
  g_mutex_unlock (&keys->lock);
  return found;
}

static void
watch_payloader (GstHarness *h, Keys *keys)
{
  g_autoptr (GstElement) pay = gst_bin_get_by_name (GST_BIN (h->element), "p");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (pay, "sink");

  g_mutex_init (&keys->lock);
  keys->keys =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_key, keys, NULL);
}

/* What the payloaders really make, one access unit a list. */
static void
push_units (GstHarness *h, Keys *keys, GstClaspFanout *fanout)
{
  g_autoptr (GstBufferList) unit = gst_buffer_list_new ();
  GstBuffer *buffer;

  while (gst_harness_pull_until_eos (h, &buffer) && buffer) {
    gboolean key = is_key (keys, buffer);
    gboolean last = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER);

    gst_buffer_list_add (unit, buffer);
    if (!last)
      continue;
    unit = gst_clasp_fanout_mark_unit (unit, key, 0);
    gst_clasp_fanout_push (fanout, unit);
    gst_buffer_list_unref (unit);
    unit = gst_buffer_list_new ();
  }
  g_assert_cmpuint (gst_buffer_list_length (unit), ==, 0);
}

static guint8
first_payload_byte (GstBuffer *packet)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  guint8 byte;

  g_assert_true (gst_rtp_buffer_map (packet, GST_MAP_READ, &rtp));
  byte = *(guint8 *) gst_rtp_buffer_get_payload (&rtp);
  gst_rtp_buffer_unmap (&rtp);
  return byte;
}

/* Ten frames, the first and the sixth of them key. */
static guint8
run_payloader (const char *launch)
{
  g_autoptr (GstClaspFanout) fanout = gst_clasp_fanout_new ();
  GstHarness *h = gst_harness_new_parse (launch);
  GstClaspFanoutStats stats;
  Keys keys;
  Viewer viewer;
  guint8 byte;

  viewer_init (&viewer, 96, 1, 0, 0, TRUE);
  gst_clasp_fanout_add (fanout, viewer.output);
  watch_payloader (h, &keys);
  gst_harness_play (h);
  push_units (h, &keys, fanout);
  gst_harness_teardown (h);

  gst_clasp_fanout_output_get_stats (viewer.output, &stats);
  g_assert_cmpuint (stats.frames, ==, 10);
  g_assert_cmpuint (stats.key_frames, ==, 2);
  byte = first_payload_byte (viewer.packets->pdata[0]);
  viewer_clear (&viewer);
  g_hash_table_unref (keys.keys);
  g_mutex_clear (&keys.lock);
  return byte;
}

static gboolean
have_element (const char *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  if (!factory)
    g_test_skip (name);
  return factory != NULL;
}

#define SOURCE                                \
  "videotestsrc num-buffers=10 pattern=ball " \
  "! video/x-raw,width=320,height=240,framerate=30/1 ! "

static void
test_h264 (void)
{
  guint8 byte;

  if (!have_element ("x264enc"))
    return;
  byte = run_payloader (
      SOURCE "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=5 "
             "byte-stream=true ! h264parse ! rtph264pay name=p mtu=1200 "
             "config-interval=-1 aggregate-mode=zero-latency");
  /* SPS by itself, or in front of an aggregate (RFC 6184, 5.4) */
  g_assert_true ((byte & 0x1f) == 7 || (byte & 0x1f) == 24);
}

static void
test_vp8 (void)
{
  guint8 byte;

  if (!have_element ("vp8enc"))
    return;
  byte = run_payloader (
      SOURCE "vp8enc deadline=1 keyframe-max-dist=5 "
             "! rtpvp8pay name=p mtu=1200 picture-id-mode=15-bit");
  /* start of partition 0 (RFC 7741, 4.2) */
  g_assert_cmphex (byte & 0x1f, ==, 0x10);
}

int
main (int argc, char *argv[])
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fanout/rewrite", test_rewrite);
  g_test_add_func ("/fanout/shares-payload", test_shares_payload);
  g_test_add_func ("/fanout/starts-with-key", test_starts_with_key);
  g_test_add_func ("/fanout/joins-inside-key-unit", test_joins_inside_key_unit);
  g_test_add_func ("/fanout/header-extension", test_header_extension);
  g_test_add_func ("/fanout/bad-packets", test_bad_packets);
  g_test_add_func ("/fanout/remove-while-pushing", test_remove_while_pushing);
  g_test_add_func ("/fanout/h264", test_h264);
  g_test_add_func ("/fanout/vp8", test_vp8);
  return g_test_run ();
}
