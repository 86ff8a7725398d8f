/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsettings.h"

#include <gst/clasp/gstclasp-enum-types.h>
#include "gstclaspuri.h"

#define DEFAULT_RELAY_URL "ws://localhost:7330"
#define DEFAULT_ROOM "test"
#define DEFAULT_PROFILE GST_CLASP_PROFILE_VIDEO_ROOM
#define DEFAULT_POLICY GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL

#define FLAGS \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)

/**
 * gst_clasp_settings_init:
 * @self: settings inside a zeroed element
 *
 * Gives every value its default.
 *
 * Since: 0.1
 */
void
gst_clasp_settings_init (GstClaspSettings *self)
{
  g_mutex_init (&self->lock);
  self->relay_url = g_strdup (DEFAULT_RELAY_URL);
  self->room = g_strdup (DEFAULT_ROOM);
  self->profile = DEFAULT_PROFILE;
  self->ice_transport_policy = DEFAULT_POLICY;
  g_value_init (&self->turn_servers, GST_TYPE_ARRAY);
}

/**
 * gst_clasp_settings_clear:
 * @self: the settings
 *
 * Frees what the settings hold.
 *
 * Since: 0.1
 */
void
gst_clasp_settings_clear (GstClaspSettings *self)
{
  g_clear_pointer (&self->relay_url, g_free);
  g_clear_pointer (&self->room, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->tls_ca_file, g_free);
  g_clear_pointer (&self->uri, g_free);
  g_clear_error (&self->uri_error);
  g_clear_pointer (&self->stun_server, g_free);
  g_value_unset (&self->turn_servers);
  g_mutex_clear (&self->lock);
}

/**
 * gst_clasp_settings_free:
 * @self: (transfer full): a copy made by gst_clasp_settings_dup()
 *
 * Since: 0.1
 */
void
gst_clasp_settings_free (GstClaspSettings *self)
{
  gst_clasp_settings_clear (self);
  g_free (self);
}

static void
install_room (GObjectClass *klass)
{
  /**
   * GstClaspSink:relay-url:
   *
   * The relay where the peers of the room meet. Without effect on media that
   * already runs peer to peer.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_RELAY_URL,
      g_param_spec_string ("relay-url", "Relay URL",
          "WebSocket URL of the relay (ws:// or wss://)", DEFAULT_RELAY_URL,
          FLAGS));
  /**
   * GstClaspSink:room:
   *
   * The room to join; peers of other rooms are not seen.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_ROOM,
      g_param_spec_string ("room", "Room", "Room to join", DEFAULT_ROOM,
          FLAGS));
  /**
   * GstClaspSink:token:
   *
   * The token that the relay asks for. It can be set but not read.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_TOKEN,
      g_param_spec_string ("token", "Token",
          "Token for the relay (cannot be read back)", NULL,
          G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
  /**
   * GstClaspSink:profile:
   *
   * Whose address conventions the room follows.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_PROFILE,
      g_param_spec_enum ("profile", "Profile",
          "Address conventions of the room", GST_TYPE_CLASP_PROFILE,
          DEFAULT_PROFILE, FLAGS));
  /**
   * GstClaspSink:tls-ca-file:
   *
   * Certificates (PEM) to trust for `wss://` in place of the system's.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_TLS_CA_FILE,
      g_param_spec_string ("tls-ca-file", "TLS CA file",
          "PEM file of the certificate authorities to trust", NULL, FLAGS));
  /**
   * GstClaspSink:uri:
   *
   * `clasp://host[:port]/room`, or `clasps://` for TLS: another way to set
   * relay-url and room.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_URI,
      g_param_spec_string ("uri", "URI",
          "clasp://host[:port]/room; sets relay-url and room", NULL, FLAGS));
}

static void
install_ice (GObjectClass *klass)
{
  /**
   * GstClaspSink:stun-server:
   *
   * `stun://host:port` of a server that tells peers their public address;
   * needed when peers sit behind different NATs.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_STUN_SERVER,
      g_param_spec_string ("stun-server", "STUN server",
          "STUN server, stun://host:port", NULL, FLAGS));
  /**
   * GstClaspSink:turn-servers:
   *
   * `turn://user:password@host:port` (or `turns://`) of servers that carry
   * media where no direct path exists. Reads back without the passwords.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_TURN_SERVERS,
      gst_param_spec_array ("turn-servers", "TURN servers",
          "TURN servers, turn(s)://user:password@host:port",
          g_param_spec_string ("turn-server", "TURN server", "TURN server",
              NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
          FLAGS));
  /**
   * GstClaspSink:ice-transport-policy:
   *
   * Whether media may take any path or only the TURN servers.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_CLASP_PROP_ICE_TRANSPORT_POLICY,
      g_param_spec_enum ("ice-transport-policy", "ICE transport policy",
          "Which paths media may take", GST_TYPE_WEBRTC_ICE_TRANSPORT_POLICY,
          DEFAULT_POLICY, FLAGS));
}

/**
 * gst_clasp_settings_install:
 * @klass: class of an element
 *
 * Installs the common properties. What peers see as the name is the element's
 * own `name`.
 *
 * Since: 0.1
 */
void
gst_clasp_settings_install (GObjectClass *klass)
{
  install_room (klass);
  install_ice (klass);
}

static void
forget_uri (GstClaspSettings *self)
{
  g_clear_pointer (&self->uri, g_free);
  g_clear_error (&self->uri_error);
}

static void
set_string (char **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

/* lock held */
static gboolean
set_uri_unlocked (GstClaspSettings *self, const char *uri, GError **error)
{
  g_autofree char *relay_url = NULL;
  g_autofree char *room = NULL;

  if (!gst_clasp_uri_parse (uri, &relay_url, &room, error))
    return FALSE;
  g_free (self->relay_url);
  g_free (self->room);
  self->relay_url = g_steal_pointer (&relay_url);
  self->room = g_steal_pointer (&room);
  forget_uri (self);
  self->uri = g_strdup (uri);
  return TRUE;
}

/**
 * gst_clasp_settings_set_uri:
 * @self: settings of an element
 * @uri: a `clasp://` or `clasps://` URI
 * @error: return location for an error
 *
 * Sets relay URL and room. Any thread.
 *
 * Returns: %TRUE on success, %FALSE with %CLASP_ERROR_INVALID_URL; then nothing
 *   has changed
 *
 * Since: 0.1
 */
gboolean
gst_clasp_settings_set_uri (GstClaspSettings *self, const char *uri,
    GError **error)
{
  gboolean ok;

  g_mutex_lock (&self->lock);
  ok = set_uri_unlocked (self, uri, error);
  g_mutex_unlock (&self->lock);
  return ok;
}

/* lock held; a bad URI is reported when the element starts */
static void
set_uri_property (GstClaspSettings *self, const char *uri)
{
  forget_uri (self);
  if (uri)
    set_uri_unlocked (self, uri, &self->uri_error);
}

/* lock held */
static gboolean
set_unlocked (GstClaspSettings *self, guint id, const GValue *value)
{
  switch (id) {
    case GST_CLASP_PROP_RELAY_URL:
      forget_uri (self);
      set_string (&self->relay_url, value);
      return TRUE;
    case GST_CLASP_PROP_ROOM:
      forget_uri (self);
      set_string (&self->room, value);
      return TRUE;
    case GST_CLASP_PROP_TOKEN:
      set_string (&self->token, value);
      return TRUE;
    case GST_CLASP_PROP_PROFILE:
      self->profile = g_value_get_enum (value);
      return TRUE;
    case GST_CLASP_PROP_TLS_CA_FILE:
      set_string (&self->tls_ca_file, value);
      return TRUE;
    case GST_CLASP_PROP_URI:
      set_uri_property (self, g_value_get_string (value));
      return TRUE;
    case GST_CLASP_PROP_STUN_SERVER:
      set_string (&self->stun_server, value);
      return TRUE;
    case GST_CLASP_PROP_TURN_SERVERS:
      g_value_copy (value, &self->turn_servers);
      return TRUE;
    case GST_CLASP_PROP_ICE_TRANSPORT_POLICY:
      self->ice_transport_policy = g_value_get_enum (value);
      return TRUE;
    default:
      return FALSE;
  }
}

/**
 * gst_clasp_settings_set_property:
 * @self: settings of an element
 * @id: a property id
 * @value: its new value
 *
 * The part of an element's set_property that belongs to the common properties.
 * Takes effect when the element next goes to PAUSED. Any thread.
 *
 * Returns: %FALSE if this property is the element's own
 *
 * Since: 0.1
 */
gboolean
gst_clasp_settings_set_property (GstClaspSettings *self, guint id,
    const GValue *value)
{
  gboolean ours;

  g_mutex_lock (&self->lock);
  ours = set_unlocked (self, id, value);
  g_mutex_unlock (&self->lock);
  return ours;
}

/* turn://user:secret@host -> turn://user:***@host */
static void
append_without_password (GValue *array, const char *uri)
{
  GValue item = G_VALUE_INIT;
  const char *at = uri ? strrchr (uri, '@') : NULL;
  const char *user = uri ? strstr (uri, "://") : NULL;
  const char *colon = user && at ? memchr (user + 3, ':', at - user - 3) : NULL;

  g_value_init (&item, G_TYPE_STRING);
  if (colon && colon < at)
    g_value_take_string (&item,
        g_strdup_printf ("%.*s:***%s", (int) (colon - uri), uri, at));
  else
    g_value_set_string (&item, uri);
  gst_value_array_append_and_take_value (array, &item);
}

static void
get_turn_servers (GstClaspSettings *self, GValue *value)
{
  guint n = gst_value_array_get_size (&self->turn_servers);

  g_value_reset (value);
  for (guint i = 0; i < n; i++)
    append_without_password (value,
        g_value_get_string (
            gst_value_array_get_value (&self->turn_servers, i)));
}

/* lock held */
static char *
dup_uri_unlocked (GstClaspSettings *self)
{
  if (self->uri)
    return g_strdup (self->uri);
  return gst_clasp_uri_build (self->relay_url, self->room);
}

/**
 * gst_clasp_settings_dup_uri:
 * @self: settings of an element
 *
 * Returns: (transfer full) (nullable): the URI of relay and room
 *
 * Since: 0.1
 */
char *
gst_clasp_settings_dup_uri (GstClaspSettings *self)
{
  char *uri;

  g_mutex_lock (&self->lock);
  uri = dup_uri_unlocked (self);
  g_mutex_unlock (&self->lock);
  return uri;
}

/* lock held */
static gboolean
get_unlocked (GstClaspSettings *self, guint id, GValue *value)
{
  switch (id) {
    case GST_CLASP_PROP_RELAY_URL:
      g_value_set_string (value, self->relay_url);
      return TRUE;
    case GST_CLASP_PROP_ROOM:
      g_value_set_string (value, self->room);
      return TRUE;
    case GST_CLASP_PROP_PROFILE:
      g_value_set_enum (value, self->profile);
      return TRUE;
    case GST_CLASP_PROP_TLS_CA_FILE:
      g_value_set_string (value, self->tls_ca_file);
      return TRUE;
    case GST_CLASP_PROP_URI:
      g_value_take_string (value, dup_uri_unlocked (self));
      return TRUE;
    case GST_CLASP_PROP_STUN_SERVER:
      g_value_set_string (value, self->stun_server);
      return TRUE;
    case GST_CLASP_PROP_TURN_SERVERS:
      get_turn_servers (self, value);
      return TRUE;
    case GST_CLASP_PROP_ICE_TRANSPORT_POLICY:
      g_value_set_enum (value, self->ice_transport_policy);
      return TRUE;
    default:
      return FALSE;
  }
}

/**
 * gst_clasp_settings_get_property:
 * @self: settings of an element
 * @id: a property id
 * @value: where to put the value
 *
 * The part of an element's get_property that belongs to the common properties.
 * Any thread.
 *
 * Returns: %FALSE if this property is the element's own
 *
 * Since: 0.1
 */
gboolean
gst_clasp_settings_get_property (GstClaspSettings *self, guint id,
    GValue *value)
{
  gboolean ours;

  g_mutex_lock (&self->lock);
  ours = get_unlocked (self, id, value);
  g_mutex_unlock (&self->lock);
  return ours;
}

static gboolean
check (const GstClaspSettings *self, GError **error)
{
  if (self->uri_error) {
    g_propagate_error (error, g_error_copy (self->uri_error));
    return FALSE;
  }
  if (!self->room || !*self->room) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL,
        "no room is set: set the property room");
    return FALSE;
  }
  return gst_clasp_relay_url_check (self->relay_url, error);
}

/* lock held */
static GstClaspSettings *
copy_unlocked (const GstClaspSettings *self)
{
  GstClaspSettings *copy = g_new0 (GstClaspSettings, 1);

  g_mutex_init (&copy->lock);
  copy->relay_url = g_strdup (self->relay_url);
  copy->room = g_strdup (self->room);
  copy->token = g_strdup (self->token);
  copy->tls_ca_file = g_strdup (self->tls_ca_file);
  copy->profile = self->profile;
  copy->stun_server = g_strdup (self->stun_server);
  g_value_init (&copy->turn_servers, GST_TYPE_ARRAY);
  g_value_copy (&self->turn_servers, &copy->turn_servers);
  copy->ice_transport_policy = self->ice_transport_policy;
  return copy;
}

/**
 * gst_clasp_settings_dup:
 * @self: settings of an element
 * @element: the element, whose name peers will see
 * @error: return location for an error
 *
 * Checks the settings and copies them for one run of the element. Any thread.
 *
 * Returns: (transfer full) (nullable): a copy, or %NULL with
 *   %CLASP_ERROR_INVALID_URL when they cannot work
 *
 * Since: 0.1
 */
GstClaspSettings *
gst_clasp_settings_dup (GstClaspSettings *self, GstElement *element,
    GError **error)
{
  GstClaspSettings *copy = NULL;

  g_mutex_lock (&self->lock);
  if (check (self, error))
    copy = copy_unlocked (self);
  g_mutex_unlock (&self->lock);
  if (copy)
    copy->name = gst_element_get_name (element);
  return copy;
}

/**
 * gst_clasp_settings_make_peer_connection:
 * @self: a copy made by gst_clasp_settings_dup()
 * @peer: session id of the peer
 *
 * Returns: (transfer full): a connection that will reach @peer in the way that
 *   the settings say; belongs to the thread-default main context
 *
 * Since: 0.1
 */
GstClaspPeerConnection *
gst_clasp_settings_make_peer_connection (const GstClaspSettings *self,
    const char *peer)
{
  GstClaspPeerConnection *connection = gst_clasp_peer_connection_new (peer);

  g_object_set (connection, "stun-server", self->stun_server,
      "ice-transport-policy", self->ice_transport_policy, NULL);
  g_object_set_property (G_OBJECT (connection), "turn-servers",
      &self->turn_servers);
  return connection;
}

/**
 * gst_clasp_settings_make_signaller:
 * @self: a copy made by gst_clasp_settings_dup()
 *
 * Returns: (transfer full): a signaller that has not joined yet; belongs to the
 *   thread-default main context
 *
 * Since: 0.1
 */
GstClaspSignaller *
gst_clasp_settings_make_signaller (const GstClaspSettings *self)
{
  GstClaspSignaller *signaller = gst_clasp_signaller_new ();

  g_object_set (signaller, "relay-url", self->relay_url, "room", self->room,
      "name", self->name, "token", self->token, "tls-ca-file",
      self->tls_ca_file, "profile", self->profile, NULL);
  return signaller;
}
