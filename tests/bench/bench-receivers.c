/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* The other end of the benchmarks: a relay (or the one named on the command
 * line) and any number of viewers that count frames and decode nothing.
 * Commands on stdin, one answer each:
 *   port              the relay's port
 *   join N ROOM KIND  N more viewers; %u in ROOM is their number; answers when
 *                     each that can has received 10 frames. KIND:
 *                       normal   as a program of ours
 *                       mdns     all its candidates are .local names
 *                       mute     is present and never answers
 *   frames            least frames of any viewer so far, then the most
 *   pli               all viewers ask for a key frame
 *   leave             all viewers leave
 *   vanish            all viewers stop without a word to anybody
 */

#include <clasp/clasp.h>
#include <gst/clasp/gstclasp.h>
#include <gst/rtp/rtp.h>
#include <relay/clasp-relay.h>
#include <stdio.h>
#include <string.h>

#define FRAMES_TO_BE_SEEN 10

typedef enum {
  KIND_NORMAL,
  KIND_MDNS,
  KIND_MUTE,
} Kind;

typedef struct {
  Kind kind;
  GstClaspSignaller *signaller;
  GstClaspPeerConnection *connection;
  char *peer;
  gint frames; /* atomic */
} Viewer;

static ClaspRelay *relay; /* NULL: somebody else's */
static char *relay_url;
static GPtrArray *viewers;
static guint next_number;
static guint awaited;

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Viewer *self = data;
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  if (!gst_rtp_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), GST_MAP_READ,
          &rtp))
    return GST_PAD_PROBE_OK;
  if (gst_rtp_buffer_get_marker (&rtp))
    g_atomic_int_inc (&self->frames);
  gst_rtp_buffer_unmap (&rtp);
  return GST_PAD_PROBE_OK;
}

static void
on_incoming (GstClaspPeerConnection *connection, guint media, GstPad *pad,
    Viewer *self)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_pad_add_probe (sink_pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, self,
      NULL);
  gst_bin_add (gst_clasp_peer_connection_get_bin (connection), sink);
  gst_pad_link (pad, sink_pad);
  gst_element_sync_state_with_parent (sink);
}

static void
on_local_description (GstClaspPeerConnection *connection, const char *type,
    const char *sdp, Viewer *self)
{
  gst_clasp_signaller_send_description (self->signaller, self->peer, type, sdp,
      NULL);
}

static void
on_local_candidate (GstClaspPeerConnection *connection, guint mline,
    const char *mid, const char *candidate, Viewer *self)
{
  gst_clasp_signaller_send_candidate (self->signaller, self->peer, mline, mid,
      candidate, NULL);
}

static void
on_failed (GstClaspPeerConnection *connection, GError *error, Viewer *self)
{
  g_printerr ("viewer failed: %s\n", error->message);
}

static gboolean
call (Viewer *self, const char *peer)
{
  g_autoptr (GstCaps) codecs = gst_caps_from_string (
      "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000");

  if (self->kind == KIND_MUTE)
    return FALSE;
  if (self->connection)
    return g_strcmp0 (self->peer, peer) == 0;
  self->peer = g_strdup (peer);
  self->connection = gst_clasp_peer_connection_new (peer);
  g_signal_connect (self->connection, "incoming", G_CALLBACK (on_incoming),
      self);
  g_signal_connect (self->connection, "description",
      G_CALLBACK (on_local_description), self);
  g_signal_connect (self->connection, "candidate",
      G_CALLBACK (on_local_candidate), self);
  g_signal_connect (self->connection, "failed", G_CALLBACK (on_failed), self);
  gst_clasp_peer_connection_add_media (self->connection, GST_CLASP_MEDIA_VIDEO,
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, codecs);
  return TRUE;
}

static gboolean
is_broadcaster (GVariant *presence)
{
  return presence &&
      g_strcmp0 (clasp_value_lookup_string (presence, "role"), "broadcaster") ==
      0;
}

static GHashTable *broadcasters; /* session ids */

static void
on_peer_joined (GstClaspSignaller *signaller, const char *peer,
    const char *name, GVariant *presence, Viewer *self)
{
  if (is_broadcaster (presence))
    g_hash_table_add (broadcasters, g_strdup (peer));
}

static void
on_offer_needed (GstClaspSignaller *signaller, const char *peer, Viewer *self)
{
  g_autoptr (GError) error = NULL;

  if (!g_hash_table_contains (broadcasters, peer) || !call (self, peer))
    return;
  if (gst_clasp_peer_connection_get_state (self->connection) ==
          GST_CLASP_PEER_CONNECTION_NEW &&
      !gst_clasp_peer_connection_start (self->connection, &error))
    g_printerr ("offer: %s\n", error->message);
}

static void
on_description (GstClaspSignaller *signaller, const char *peer,
    const char *type, const char *sdp, Viewer *self)
{
  g_autoptr (GError) error = NULL;

  if (call (self, peer) &&
      !gst_clasp_peer_connection_set_remote_description (self->connection, type,
          sdp, &error))
    g_printerr ("description: %s\n", error->message);
}

static void
on_candidate (GstClaspSignaller *signaller, const char *peer, guint mline,
    const char *mid, const char *candidate, Viewer *self)
{
  if (self->connection)
    gst_clasp_peer_connection_add_remote_candidate (self->connection, mline,
        mid, candidate, NULL);
}

static gboolean vanishing;

static void
viewer_free (gpointer data)
{
  Viewer *self = data;

  g_signal_handlers_disconnect_by_data (self->signaller, self);
  if (vanishing) {
    g_autoptr (ClaspClient) client = NULL;

    g_object_get (self->signaller, "client", &client, NULL);
    if (client)
      clasp_client_disconnect (client);
  }
  gst_clasp_signaller_leave (self->signaller);
  g_clear_object (&self->signaller);
  if (self->connection) {
    gst_clasp_peer_connection_close (self->connection);
    g_clear_object (&self->connection);
  }
  g_free (self->peer);
  g_free (self);
}

static void
add_viewer (const char *room, Kind kind)
{
  Viewer *self = g_new0 (Viewer, 1);
  g_autofree char *name = g_strdup_printf ("viewer %u", next_number);
  g_autoptr (GstStructure) metadata =
      gst_structure_new ("metadata", "role", G_TYPE_STRING, "viewer", NULL);

  self->kind = kind;
  self->signaller = gst_clasp_signaller_new ();
  g_object_set (self->signaller, "relay-url", relay_url, "room", room, "name",
      name, "metadata", metadata, NULL);
  g_signal_connect (self->signaller, "peer-joined", G_CALLBACK (on_peer_joined),
      self);
  g_signal_connect (self->signaller, "peer-updated",
      G_CALLBACK (on_peer_joined), self);
  g_signal_connect (self->signaller, "offer-needed",
      G_CALLBACK (on_offer_needed), self);
  g_signal_connect (self->signaller, "description", G_CALLBACK (on_description),
      self);
  g_signal_connect (self->signaller, "candidate", G_CALLBACK (on_candidate),
      self);
  gst_clasp_signaller_join (self->signaller);
  g_ptr_array_add (viewers, self);
  next_number++;
}

static void
get_frames (gint *least, gint *most)
{
  guint i;

  *least = viewers->len > 0 ? G_MAXINT : 0;
  *most = 0;
  for (i = 0; i < viewers->len; i++) {
    Viewer *viewer = g_ptr_array_index (viewers, i);
    gint frames = g_atomic_int_get (&viewer->frames);

    *least = MIN (*least, frames);
    *most = MAX (*most, frames);
  }
}

static void
answer (const char *text)
{
  printf ("%s\n", text);
  fflush (stdout);
}

static gboolean
everybody_sees (gpointer data)
{
  guint i, seeing = 0;

  for (i = 0; i < viewers->len; i++) {
    Viewer *viewer = g_ptr_array_index (viewers, i);

    seeing += g_atomic_int_get (&viewer->frames) >= FRAMES_TO_BE_SEEN;
  }
  if (seeing < awaited)
    return G_SOURCE_CONTINUE;
  answer ("joined");
  return G_SOURCE_REMOVE;
}

static Kind
parse_kind (const char *word)
{
  if (g_strcmp0 (word, "mdns") == 0)
    return KIND_MDNS;
  return g_strcmp0 (word, "mute") == 0 ? KIND_MUTE : KIND_NORMAL;
}

static void
handle_join (const char *arguments)
{
  g_auto (GStrv) words = g_strsplit (arguments, " ", 3);
  Kind kind = parse_kind (words[2]);
  guint i, n = atoi (words[0]);

  for (i = 0; i < n; i++) {
    g_autofree char *number = g_strdup_printf ("%u", i);
    g_auto (GStrv) parts = g_strsplit (words[1], "%u", 2);
    g_autofree char *room = g_strjoinv (number, parts);

    add_viewer (room, kind);
  }
  awaited = 0;
  for (i = 0; i < viewers->len; i++)
    awaited += ((Viewer *) g_ptr_array_index (viewers, i))->kind != KIND_MUTE;
  g_timeout_add (20, everybody_sees, NULL);
}

static void
request_key_unit (gpointer data, gpointer user_data)
{
  Viewer *viewer = data;

  if (viewer->connection)
    gst_clasp_peer_connection_request_key_unit (viewer->connection, 0);
}

static void
handle (const char *line)
{
  g_autofree char *text = NULL;
  gint least, most;

  if (g_str_equal (line, "port")) {
    text = g_strdup_printf ("%u", relay ? clasp_relay_get_port (relay) : 0);
    answer (text);
  } else if (g_str_has_prefix (line, "join ")) {
    handle_join (line + strlen ("join "));
  } else if (g_str_equal (line, "frames")) {
    get_frames (&least, &most);
    text = g_strdup_printf ("%d %d", least, most);
    answer (text);
  } else if (g_str_equal (line, "pli")) {
    g_ptr_array_foreach (viewers, request_key_unit, NULL);
    answer ("asked");
  } else if (g_str_equal (line, "leave")) {
    g_ptr_array_set_size (viewers, 0);
    answer ("left");
  } else if (g_str_equal (line, "vanish")) {
    vanishing = TRUE;
    g_ptr_array_set_size (viewers, 0);
    vanishing = FALSE;
    answer ("vanished");
  }
}

static gboolean
on_input (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  g_autofree char *line = NULL;

  if (g_io_channel_read_line (channel, &line, NULL, NULL, NULL) !=
      G_IO_STATUS_NORMAL) {
    g_main_loop_quit (loop);
    return G_SOURCE_REMOVE;
  }
  handle (g_strchomp (line));
  return G_SOURCE_CONTINUE;
}

static gboolean
start_relay (void)
{
  g_autoptr (GError) error = NULL;

  relay = clasp_relay_new ();
  g_object_set (relay, "port", 0, NULL);
  if (!clasp_relay_start (relay, &error)) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  relay_url =
      g_strdup_printf ("ws://127.0.0.1:%u", clasp_relay_get_port (relay));
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);

  gst_init (&argc, &argv);
  if (argc > 1)
    relay_url = g_strdup (argv[1]);
  else if (!start_relay ())
    return 1;
  viewers = g_ptr_array_new_with_free_func (viewer_free);
  broadcasters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_input, loop);
  g_main_loop_run (loop);
  g_ptr_array_unref (viewers);
  gst_clasp_peer_connection_wait_closed ();
  if (relay)
    clasp_relay_stop (relay);
  g_clear_object (&relay);
  g_hash_table_unref (broadcasters);
  g_free (relay_url);
  return 0;
}
