/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "room-fixture.h"

#include <string.h>

#define WATCHDOG_S 60

static gboolean
bark (gpointer data)
{
  g_error ("watchdog: the test waits for something that does not happen");
  return G_SOURCE_REMOVE;
}

gboolean
room_uses_engine (void)
{
  return g_strcmp0 (g_getenv ("CLASP_CONFORMANCE_RELAY"), "engine") == 0;
}

/* @port: 0 for any, the only choice with the engine. */
void
room_start_relay (Room *self, guint port, const char *token)
{
  g_autoptr (GError) error = NULL;

  g_free (self->url);
  if (room_uses_engine ()) {
    self->engine = relay_process_start (token);
    self->url = g_strdup (relay_process_get_url (self->engine));
    return;
  }
  self->relay = clasp_relay_new ();
  g_object_set (self->relay, "port", port, "token", token, NULL);
  clasp_relay_start (self->relay, &error);
  g_assert_no_error (error);
  self->url =
      g_strdup_printf ("ws://127.0.0.1:%u", clasp_relay_get_port (self->relay));
}

/* Returns the port that is free now. */
guint
room_stop_relay (Room *self)
{
  guint port = 0;

  g_clear_pointer (&self->engine, relay_process_free);
  if (self->relay != NULL) {
    port = clasp_relay_get_port (self->relay);
    clasp_relay_stop (self->relay);
  }
  g_clear_object (&self->relay);
  return port;
}

/* It comes back at the same place, without any memory. */
void
room_restart_relay (Room *self)
{
  if (self->engine != NULL)
    relay_process_restart (self->engine);
  else
    room_start_relay (self, room_stop_relay (self), NULL);
}

Room *
room_new (void)
{
  Room *self = g_new0 (Room, 1);

  self->watchdog = g_timeout_add_seconds (WATCHDOG_S, bark, NULL);
  room_start_relay (self, 0, NULL);
  return self;
}

void
room_free (Room *self)
{
  room_stop_relay (self);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_source_remove (self->watchdog);
  g_free (self->url);
  g_free (self);
}

/* Members */

static void G_GNUC_PRINTF (2, 3) note (Member *self, const char *format, ...)
{
  char *line;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  g_test_message ("%.8s: %s", self->id != NULL ? self->id : "-", line);
  g_ptr_array_add (self->log, line);
}

static void
on_joined (GstClaspSignaller *signaller, const char *peer, const char *name,
    GVariant *presence, Member *self)
{
  note (self, "joined %s %s", peer, name);
}

static void
on_updated (GstClaspSignaller *signaller, const char *peer, const char *name,
    GVariant *presence, Member *self)
{
  note (self, "updated %s %s", peer, name);
}

static void
on_renamed (GstClaspSignaller *signaller, const char *old_peer,
    const char *peer, Member *self)
{
  note (self, "renamed %s %s", old_peer, peer);
}

static void
on_left (GstClaspSignaller *signaller, const char *peer,
    GstClaspLeaveReason reason, Member *self)
{
  static const char *const names[] = {"left", "gone", "lost"};

  note (self, "left %s %s", peer, names[reason]);
}

static void
on_offer_needed (GstClaspSignaller *signaller, const char *peer, Member *self)
{
  note (self, "offer-needed %s", peer);
}

static void
on_description (GstClaspSignaller *signaller, const char *peer,
    const char *type, const char *sdp, Member *self)
{
  note (self, "%s %s %s", type, peer, sdp);
}

static void
on_candidate (GstClaspSignaller *signaller, const char *peer, guint mline,
    const char *mid, const char *candidate, Member *self)
{
  note (self, "candidate %s %u %s %s", peer, mline, mid ? mid : "-", candidate);
}

static void
on_error (GstClaspSignaller *signaller, const GError *error, Member *self)
{
  note (self, "error %d", error->code);
  g_test_message ("%s", error->message);
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
}

static void
on_session (GObject *signaller, GParamSpec *pspec, Member *self)
{
  g_autofree char *session = NULL;

  g_object_get (signaller, "session", &session, NULL);
  if (session == NULL)
    return;
  g_test_message ("session %s", session);
  g_free (self->id);
  self->id = g_steal_pointer (&session);
}

Member *
member_new (Room *room, const char *name)
{
  Member *self = g_new0 (Member, 1);

  self->log = g_ptr_array_new_with_free_func (g_free);
  self->signaller = gst_clasp_signaller_new ();
  g_object_set (self->signaller, "relay-url", room->url, "name", name, NULL);
  g_object_connect (self->signaller, "signal::peer-joined", on_joined, self,
      "signal::peer-updated", on_updated, self, "signal::peer-renamed",
      on_renamed, self, "signal::peer-left", on_left, self,
      "signal::offer-needed", on_offer_needed, self, "signal::description",
      on_description, self, "signal::candidate", on_candidate, self,
      "signal::error", on_error, self, "signal::notify::session", on_session,
      self, NULL);
  return self;
}

void
member_free (Member *self)
{
  if (self->signaller != NULL) {
    g_signal_handlers_disconnect_by_data (self->signaller, self);
    gst_clasp_signaller_leave (self->signaller);
    gst_clasp_signaller_wait_left (self->signaller);
  }
  g_clear_object (&self->signaller);
  g_ptr_array_unref (self->log);
  g_clear_error (&self->error);
  g_free (self->id);
  g_free (self);
}

/* Joins and waits for it. */
void
member_join (Member *self)
{
  g_clear_pointer (&self->id, g_free);
  gst_clasp_signaller_join (self->signaller);
  WAIT_FOR (self->id != NULL);
}

int
member_index (Member *self, const char *line)
{
  for (guint i = 0; i < self->log->len; i++) {
    if (strcmp (self->log->pdata[i], line) == 0)
      return i;
  }
  return -1;
}

/* How many lines begin so. */
guint
member_count (Member *self, const char *format, ...)
{
  g_autofree char *start = NULL;
  va_list args;
  guint n = 0;

  va_start (args, format);
  start = g_strdup_vprintf (format, args);
  va_end (args);
  for (guint i = 0; i < self->log->len; i++)
    n += g_str_has_prefix (self->log->pdata[i], start);
  return n;
}

gboolean
member_logged (Member *self, const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  return member_index (self, line) >= 0;
}

guint64
member_get_stat (Member *self, const char *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 big = 0;
  guint small = 0;

  g_object_get (self->signaller, "stats", &stats, NULL);
  if (gst_structure_get_uint (stats, name, &small))
    return small;
  g_assert_true (gst_structure_get_uint64 (stats, name, &big));
  return big;
}

/* Tenths of seconds instead of tens of seconds. */
GstClaspMembershipTimes
short_times (void)
{
  GstClaspMembershipTimes times = {
      .roster = {.offer = 300 * 1000,
          .silence = 400 * 1000,
          .ask = 100 * 1000,
          .answer = 100 * 1000,
          .settle = 3000 * 1000,
          .grace = 1000 * 1000},
      .heartbeat = 100 * 1000,
      .old_presence = 300 * 1000,
  };

  return times;
}

/* Pages */

static void
on_page_connected (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  clasp_client_connect_finish (CLASP_CLIENT (client), result, &error);
  g_assert_no_error (error);
  ((Page *) data)->id = clasp_client_dup_session (CLASP_CLIENT (client));
}

static void
on_page_signal (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, Page *self)
{
  g_ptr_array_add (self->signals, g_variant_ref (value));
}

static void
on_page_seen (ClaspSubscription *subscription, const char *address,
    GVariant *value, ClaspMessage *message, Page *self)
{
  g_clear_pointer (&self->seen, g_variant_unref);
  self->seen = value != NULL ? g_variant_ref (value) : NULL;
  self->n_seen++;
}

Page *
page_new (Room *room)
{
  Page *self = g_new0 (Page, 1);
  g_autofree char *address = NULL;

  self->signals =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  self->client = clasp_client_new (room->url);
  clasp_client_connect_async (self->client, NULL, on_page_connected, self);
  WAIT_FOR (self->id != NULL);
  address = g_strdup_printf ("/video/room/test/signal/%s", self->id);
  self->inbox = clasp_client_subscribe (self->client, address,
      CLASP_SIGNAL_MASK_EVENT, NULL);
  g_signal_connect (self->inbox, "received", G_CALLBACK (on_page_signal), self);
  return self;
}

void
page_free (Page *self)
{
  g_signal_handlers_disconnect_by_data (self->inbox, self);
  if (self->watch != NULL)
    g_signal_handlers_disconnect_by_data (self->watch, self);
  clasp_client_disconnect (self->client);
  g_clear_object (&self->client);
  g_clear_pointer (&self->seen, g_variant_unref);
  g_ptr_array_unref (self->signals);
  g_free (self->id);
  g_free (self);
}

static GVariant *
from_json (const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  g_autoptr (GError) error = NULL;
  GVariant *value;

  g_assert_nonnull (node);
  value = clasp_value_from_json (node, &error);
  g_assert_no_error (error);
  return value;
}

/* @id: NULL for its own. */
void
page_set_presence (Page *self, const char *id, const char *json)
{
  g_autofree char *address = g_strdup_printf ("/video/room/test/presence/%s",
      id != NULL ? id : self->id);
  g_autoptr (GVariant) value = from_json (json);
  g_autoptr (GError) error = NULL;

  clasp_client_set (self->client, address, value, &error);
  g_assert_no_error (error);
}

void
page_signal (Page *self, const char *peer, GVariant *value)
{
  g_autofree char *address =
      g_strdup_printf ("/video/room/test/signal/%s", peer);
  g_autoptr (GError) error = NULL;

  clasp_client_emit (self->client, address, value, &error);
  g_assert_no_error (error);
}

/* "FROM" in @json is its own id. */
void
page_signal_json (Page *self, const char *peer, const char *json)
{
  g_auto (GStrv) parts = g_strsplit (json, "FROM", -1);
  g_autofree char *text = g_strjoinv (self->id, parts);
  g_autoptr (GVariant) value = from_json (text);

  page_signal (self, peer, value);
}

void
page_watch (Page *self, const char *pattern)
{
  self->watch = clasp_client_subscribe (self->client, pattern,
      CLASP_SIGNAL_MASK_ALL, NULL);
  g_signal_connect (self->watch, "received", G_CALLBACK (on_page_seen), self);
}

/* Waits until the presence of @member is there for all to see: from then on
 * it can be signalled. */
void
page_await_member (Page *self, Member *member)
{
  g_autofree char *address =
      g_strdup_printf ("/video/room/test/presence/%s", member->id);

  page_watch (self, address);
  WAIT_FOR (self->seen != NULL);
}
