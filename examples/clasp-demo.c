/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* A live picture in a CLASP room: a camera, a media file or a test picture goes
 * into claspsink, which brings its own relay and the viewer page. A status line
 * each second; optionally a frame that went through a real viewer. */

#include <gio/gio.h>
#include <glib-unix.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <stdio.h>
#include <string.h>

/* The first frames of a viewer may still be blurred by the encoder's start. */
#define SNAPSHOT_FRAME 30

typedef struct {
  /* options */
  char *source;
  char *snapshot;
  char *room;
  int seconds;
  int port;
  gboolean everywhere;

  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *sink;
  GstElement *viewer;
  int status;
  gboolean is_file;
  gint frames;         /* atomic: pictures that went in */
  gint viewer_frames;  /* atomic: pictures that the own viewer got */
  gint snapshot_saved; /* atomic */
  gint last_frames;
  guint64 last_bytes;
  gint64 last_time;
} Demo;

static void
stop (Demo *self, int status)
{
  self->status = MAX (self->status, status);
  g_main_loop_quit (self->loop);
}

/* --- the source --- */

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_atomic_int_inc (&((Demo *) data)->frames);
  return GST_PAD_PROBE_OK;
}

static const char *
has_camera (void)
{
  return g_file_test ("/dev/video0", G_FILE_TEST_EXISTS) ? "/dev/video0" : NULL;
}

static char *
test_source (void)
{
  return g_strdup (
      "videotestsrc is-live=true pattern=smpte75 horizontal-speed=2 ! "
      "video/x-raw,width=1280,height=720,framerate=30/1 ! "
      "timeoverlay halignment=left font-desc=\"Sans 20\" ! "
      "clockoverlay halignment=right time-format=\"%H:%M:%S\" "
      "font-desc=\"Sans 20\" ! queue ! demo.video_0 "
      "audiotestsrc is-live=true wave=ticks volume=0.3 ! "
      "audio/x-raw,rate=48000,channels=2 ! queue ! demo.audio_0");
}

static char *
camera_source (void)
{
  return g_strdup ("v4l2src ! decodebin ! videoconvert ! queue ! demo.video_0");
}

static char *
describe_source (Demo *self)
{
  const char *name = self->source;

  if (!name)
    name = has_camera () ? "camera" : "test";
  if (g_str_equal (name, "test"))
    return test_source ();
  if (g_str_equal (name, "camera")) {
    if (has_camera ())
      return camera_source ();
    g_printerr ("No camera at /dev/video0: showing the test picture.\n");
    return test_source ();
  }
  self->is_file = TRUE;
  return g_strdup ("uridecodebin name=decoder");
}

/* A file may have sound or not, so its pads are linked as they come. */
static void
on_decoded_pad (GstElement *decoder, GstPad *pad, Demo *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const char *type = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  gboolean video = g_str_has_prefix (type, "video/");
  const char *text =
      video ? "queue ! videoconvert" : "queue ! audioconvert ! audioresample";
  g_autoptr (GstPad) bin_sink = NULL;
  GstElement *bin;

  if (!video && !g_str_has_prefix (type, "audio/"))
    return;
  bin = gst_parse_bin_from_description (text, TRUE, NULL);
  gst_bin_add (GST_BIN (self->pipeline), bin);
  bin_sink = gst_element_get_static_pad (bin, "sink");
  if (gst_pad_link (pad, bin_sink) != GST_PAD_LINK_OK ||
      !gst_element_link_pads (bin, "src", self->sink,
          video ? "video_0" : "audio_0"))
    g_printerr ("Only the first picture and sound of the file are shown.\n");
  if (video)
    gst_pad_add_probe (bin_sink, GST_PAD_PROBE_TYPE_BUFFER, count_frame, self,
        NULL);
  gst_element_sync_state_with_parent (bin);
}

static gboolean
set_up_file (Demo *self, GError **error)
{
  g_autoptr (GstElement) decoder =
      gst_bin_get_by_name (GST_BIN (self->pipeline), "decoder");
  g_autofree char *uri = gst_uri_is_valid (self->source)
      ? g_strdup (self->source)
      : gst_filename_to_uri (self->source, error);

  if (!uri)
    return FALSE;
  g_object_set (decoder, "uri", uri, NULL);
  g_signal_connect (decoder, "pad-added", G_CALLBACK (on_decoded_pad), self);
  return TRUE;
}

static void
count_input (Demo *self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->sink, "video_0");

  if (pad)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, self, NULL);
}

static gboolean
set_up_pipeline (Demo *self, GError **error)
{
  g_autofree char *source = describe_source (self);
  g_autofree char *text = g_strdup_printf ("%s claspsink name=demo", source);

  self->pipeline = gst_parse_launch (text, error);
  if (!self->pipeline || *error)
    return FALSE;
  self->sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "demo");
  g_object_set (self->sink, "room", self->room, "run-relay", TRUE, "relay-port",
      self->port, "relay-host", self->everywhere ? "0.0.0.0" : "127.0.0.1",
      NULL);
  count_input (self);
  return !self->is_file || set_up_file (self, error);
}

/* --- the own viewer --- */

static gboolean
save_png (Demo *self, GstSample *sample)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("image/png");
  g_autoptr (GError) error = NULL;
  g_autoptr (GstSample) png =
      gst_video_convert_sample (sample, caps, 10 * GST_SECOND, &error);
  GstMapInfo map;
  gboolean saved;

  if (!png) {
    g_printerr ("Snapshot: %s\n", error->message);
    return FALSE;
  }
  gst_buffer_map (gst_sample_get_buffer (png), &map, GST_MAP_READ);
  saved = g_file_set_contents (self->snapshot, (const char *) map.data,
      map.size, &error);
  gst_buffer_unmap (gst_sample_get_buffer (png), &map);
  if (!saved)
    g_printerr ("Snapshot: %s\n", error->message);
  return saved;
}

static GstFlowReturn
on_viewed_frame (GstAppSink *appsink, gpointer data)
{
  Demo *self = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (appsink);
  gint n = g_atomic_int_add (&self->viewer_frames, 1) + 1;

  if (sample && n == SNAPSHOT_FRAME && save_png (self, sample)) {
    g_atomic_int_set (&self->snapshot_saved, TRUE);
    g_print ("Saved %s\n", self->snapshot);
  }
  return GST_FLOW_OK;
}

static gboolean
start_viewer (Demo *self, GError **error)
{
  GstAppSinkCallbacks callbacks = {.new_sample = on_viewed_frame};
  g_autofree char *text = g_strdup_printf (
      "claspsrc relay-url=ws://127.0.0.1:%d room=%s ! videoconvert ! "
      "appsink name=frames caps=video/x-raw sync=false max-buffers=2 drop=true",
      self->port, self->room);
  g_autoptr (GstElement) frames = NULL;

  self->viewer = gst_parse_launch (text, error);
  if (!self->viewer || *error)
    return FALSE;
  frames = gst_bin_get_by_name (GST_BIN (self->viewer), "frames");
  gst_app_sink_set_callbacks (GST_APP_SINK (frames), &callbacks, self, NULL);
  gst_element_set_state (self->viewer, GST_STATE_PLAYING);
  return TRUE;
}

/* --- what is shown --- */

static void
add_viewer_stats (const GValue *value, guint *n, guint64 *bytes,
    double *slowest)
{
  const GstStructure *viewer = gst_value_get_structure (value);
  guint64 sent = 0;
  double rtt = 0;

  if (g_strcmp0 (gst_structure_get_string (viewer, "state"), "connected") != 0)
    return;
  gst_structure_get_uint64 (viewer, "bytes", &sent);
  gst_structure_get_double (viewer, "rtt", &rtt);
  *n += 1;
  *bytes = MAX (*bytes, sent);
  *slowest = MAX (*slowest, rtt / 2);
}

static gboolean
print_status (gpointer data)
{
  Demo *self = data;
  g_autoptr (GstStructure) stats = NULL;
  const GValue *viewers;
  gint64 now = g_get_monotonic_time ();
  double elapsed = (now - self->last_time) / 1e6, slowest = 0;
  gint frames = g_atomic_int_get (&self->frames);
  guint64 bytes = 0;
  guint i, n = 0;

  g_object_get (self->sink, "stats", &stats, NULL);
  viewers = stats ? gst_structure_get_value (stats, "viewer-stats") : NULL;
  for (i = 0; viewers && i < gst_value_array_get_size (viewers); i++)
    add_viewer_stats (gst_value_array_get_value (viewers, i), &n, &bytes,
        &slowest);
  g_print ("viewers %u  %.1f fps  %.2f Mbit/s each  network latency %.1f ms\n",
      n, (frames - self->last_frames) / elapsed,
      n > 0 && bytes > self->last_bytes
          ? (bytes - self->last_bytes) * 8 / elapsed / 1e6
          : 0,
      slowest);
  self->last_frames = frames;
  self->last_bytes = bytes;
  self->last_time = now;
  return G_SOURCE_CONTINUE;
}

static void
print_addresses (Demo *self)
{
  g_print ("\nWatch:  http://localhost:%d/?room=%s\n", self->port, self->room);
  g_print ("or:     gst-launch-1.0 playbin uri=clasp://localhost:%d/%s\n",
      self->port, self->room);
  if (!self->everywhere)
    g_print ("(this machine only; --everywhere lets others in)\n");
  g_print ("\n");
}

static void
play_again (Demo *self)
{
  gst_element_seek_simple (self->pipeline, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT, 0);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Demo *self = data;
  g_autoptr (GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      g_printerr ("%s\n", error->message);
      stop (self, 1);
      break;
    case GST_MESSAGE_EOS:
      play_again (self);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_time_up (gpointer data)
{
  stop (data, 0);
  return G_SOURCE_REMOVE;
}

static gboolean
on_interrupt (gpointer data)
{
  stop (data, 0);
  return G_SOURCE_CONTINUE;
}

/* --- putting it together --- */

static gboolean
parse_options (Demo *self, int *argc, char ***argv, GError **error)
{
  GOptionEntry entries[] = {
      {"source", 0, 0, G_OPTION_ARG_STRING, &self->source,
          "What to show (default: the camera, else the test picture)",
          "camera|test|FILE"},
      {"seconds", 0, 0, G_OPTION_ARG_INT, &self->seconds,
          "End by itself after N seconds", "N"},
      {"snapshot", 0, 0, G_OPTION_ARG_FILENAME, &self->snapshot,
          "Save a frame that came through a real viewer", "FILE.png"},
      {"room", 0, 0, G_OPTION_ARG_STRING, &self->room, "Room (demo)", "NAME"},
      {"port", 0, 0, G_OPTION_ARG_INT, &self->port, "Port of the relay (7330)",
          "PORT"},
      {"everywhere", 0, 0, G_OPTION_ARG_NONE, &self->everywhere,
          "Let other machines of the network watch", NULL},
      {NULL},
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- a live picture in a CLASP room");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  return g_option_context_parse (context, argc, argv, error);
}

static void
watch_bus (Demo *self, GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_bus_add_watch (bus, on_message, self);
}

static void
tear_down (Demo *self)
{
  if (self->viewer)
    gst_element_set_state (self->viewer, GST_STATE_NULL);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  if (self->snapshot && !g_atomic_int_get (&self->snapshot_saved)) {
    g_printerr ("No frame came through the viewer in time: no snapshot.\n");
    self->status = 1;
  }
}

static gboolean
run (Demo *self, GError **error)
{
  if (!set_up_pipeline (self, error))
    return FALSE;
  watch_bus (self, self->pipeline);
  self->last_time = g_get_monotonic_time ();
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  if (self->snapshot && !start_viewer (self, error))
    return FALSE;
  if (self->viewer)
    watch_bus (self, self->viewer);
  print_addresses (self);
  g_timeout_add_seconds (1, print_status, self);
  if (self->seconds > 0)
    g_timeout_add_seconds (self->seconds, on_time_up, self);
  g_unix_signal_add (SIGINT, on_interrupt, self);
  g_unix_signal_add (SIGTERM, on_interrupt, self);
  g_main_loop_run (self->loop);
  tear_down (self);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Demo self = {.port = 7330};
  g_autoptr (GError) error = NULL;

  if (!parse_options (&self, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (!self.room)
    self.room = g_strdup ("demo");
  self.loop = g_main_loop_new (NULL, FALSE);
  if (!run (&self, &error)) {
    g_printerr ("%s\n", error ? error->message : "cannot start");
    self.status = 1;
  }
  gst_clear_object (&self.sink);
  gst_clear_object (&self.viewer);
  gst_clear_object (&self.pipeline);
  g_main_loop_unref (self.loop);
  g_free (self.room);
  g_free (self.source);
  g_free (self.snapshot);
  return self.status;
}
