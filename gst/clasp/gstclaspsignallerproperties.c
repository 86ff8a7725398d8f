/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspsignaller-private.h"
#include "gstclasp-enum-types.h"

#define DEFAULT_OFFER_TIMEOUT_MS 5000
#define DEFAULT_HEARTBEAT_MS 10000
#define MAX_INTERVAL_MS (24 * 60 * 60 * 1000)
#define US_PER_MS 1000

typedef enum {
  PROP_RELAY_URL = 1,
  PROP_ROOM,
  PROP_NAME,
  PROP_TOKEN,
  PROP_TLS_CA_FILE,
  PROP_PROFILE,
  PROP_PRESENCE_PREFIX,
  PROP_SIGNAL_PREFIX,
  PROP_METADATA,
  PROP_OFFER_TIMEOUT,
  PROP_HEARTBEAT_INTERVAL,
  PROP_INSTANCE,
  PROP_SESSION,
  PROP_STATE,
  PROP_CLIENT,
  PROP_STATS,
  N_PROPERTIES,
} Property;

static GParamSpec *properties[N_PROPERTIES];

/* For tests; before join. */
void
gst_clasp_signaller_set_times (GstClaspSignaller *self,
    const GstClaspMembershipTimes *times)
{
  g_mutex_lock (&self->lock);
  self->settings.times = *times;
  g_mutex_unlock (&self->lock);
}

static gboolean
update_presence (gpointer data)
{
  GstClaspSignaller *self = data;
  g_autoptr (GstStructure) metadata = NULL;
  g_autofree char *name = NULL;

  g_mutex_lock (&self->lock);
  name = g_strdup (self->settings.name);
  if (self->settings.metadata != NULL)
    metadata = gst_structure_copy (self->settings.metadata);
  g_mutex_unlock (&self->lock);
  if (self->membership != NULL)
    gst_clasp_membership_update (self->membership, name, metadata);
  return G_SOURCE_REMOVE;
}

static void
set_string (GstClaspSignaller *self, char **field, const GValue *value)
{
  g_mutex_lock (&self->lock);
  g_free (*field);
  *field = g_value_dup_string (value);
  g_mutex_unlock (&self->lock);
}

static void
set_metadata (GstClaspSignaller *self, const GValue *value)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->settings.metadata, gst_structure_free);
  self->settings.metadata = g_value_dup_boxed (value);
  g_mutex_unlock (&self->lock);
}

/* A new presence is set soon, if there is one at all. */
static void
schedule_update (GstClaspSignaller *self)
{
  gboolean joined;

  g_mutex_lock (&self->lock);
  joined = self->client != NULL;
  g_mutex_unlock (&self->lock);
  if (!joined)
    return;
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT,
      update_presence, g_object_ref (self), g_object_unref);
}

static void
gst_clasp_signaller_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec)
{
  GstClaspSignaller *self = GST_CLASP_SIGNALLER (object);
  GstClaspMembershipSettings *settings = &self->settings;

  switch ((Property) id) {
    case PROP_RELAY_URL:
      set_string (self, &settings->relay_url, value);
      break;
    case PROP_ROOM:
      set_string (self, &settings->room, value);
      break;
    case PROP_NAME:
      set_string (self, &settings->name, value);
      schedule_update (self);
      break;
    case PROP_TOKEN:
      set_string (self, &settings->token, value);
      break;
    case PROP_TLS_CA_FILE:
      set_string (self, &settings->tls_ca_file, value);
      break;
    case PROP_PROFILE:
      g_mutex_lock (&self->lock);
      settings->profile = g_value_get_enum (value);
      g_mutex_unlock (&self->lock);
      break;
    case PROP_PRESENCE_PREFIX:
      set_string (self, &settings->presence_prefix, value);
      break;
    case PROP_SIGNAL_PREFIX:
      set_string (self, &settings->signal_prefix, value);
      break;
    case PROP_METADATA:
      set_metadata (self, value);
      schedule_update (self);
      break;
    case PROP_OFFER_TIMEOUT:
      settings->times.roster.offer =
          (gint64) g_value_get_uint (value) * US_PER_MS;
      break;
    case PROP_HEARTBEAT_INTERVAL:
      settings->times.heartbeat = (gint64) g_value_get_uint (value) * US_PER_MS;
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static GstStructure *
make_stats (const GstClaspRosterStats *stats)
{
  return gst_structure_new ("clasp-signaller-stats", "peers", G_TYPE_UINT,
      stats->n_peers, "dropped-presence", G_TYPE_UINT64,
      stats->dropped_presence, "dropped-signals", G_TYPE_UINT64,
      stats->dropped_signals, "dropped-candidates", G_TYPE_UINT64,
      stats->dropped_candidates, NULL);
}

static void
get_locked (GstClaspSignaller *self, Property id, GValue *value)
{
  const GstClaspMembershipSettings *settings = &self->settings;

  switch (id) {
    case PROP_RELAY_URL:
      g_value_set_string (value, settings->relay_url);
      break;
    case PROP_ROOM:
      g_value_set_string (value, settings->room);
      break;
    case PROP_NAME:
      g_value_set_string (value, settings->name);
      break;
    case PROP_TLS_CA_FILE:
      g_value_set_string (value, settings->tls_ca_file);
      break;
    case PROP_PROFILE:
      g_value_set_enum (value, settings->profile);
      break;
    case PROP_PRESENCE_PREFIX:
      g_value_set_string (value, settings->presence_prefix);
      break;
    case PROP_SIGNAL_PREFIX:
      g_value_set_string (value, settings->signal_prefix);
      break;
    case PROP_METADATA:
      g_value_set_boxed (value, settings->metadata);
      break;
    case PROP_OFFER_TIMEOUT:
      g_value_set_uint (value, settings->times.roster.offer / US_PER_MS);
      break;
    case PROP_HEARTBEAT_INTERVAL:
      g_value_set_uint (value, settings->times.heartbeat / US_PER_MS);
      break;
    case PROP_INSTANCE:
      g_value_set_string (value, settings->instance);
      break;
    case PROP_SESSION:
      g_value_set_string (value, self->session);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_STATS:
      g_value_take_boxed (value, make_stats (&self->stats));
      break;
    case PROP_TOKEN:
    case N_PROPERTIES:
      break; /* not readable */
  }
}

static void
gst_clasp_signaller_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstClaspSignaller *self = GST_CLASP_SIGNALLER (object);

  g_mutex_lock (&self->lock);
  get_locked (self, id, value);
  g_mutex_unlock (&self->lock);
}

static void
define_string (Property id, const char *name, const char *nick,
    const char *blurb, const char *value, GParamFlags flags)
{
  properties[id] = g_param_spec_string (name, nick, blurb, value,
      flags | G_PARAM_STATIC_STRINGS);
}

static void
define_interval (Property id, const char *name, const char *nick,
    const char *blurb, guint value)
{
  properties[id] =
      g_param_spec_uint (name, nick, blurb, 1, MAX_INTERVAL_MS, value,
          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
}

static void
define_connection_properties (void)
{
  /**
   * GstClaspSignaller:relay-url:
   *
   * The relay: ws:// or wss://.
   *
   * Since: 0.1
   */
  define_string (PROP_RELAY_URL, "relay-url", "Relay URL", "URL of the relay",
      GST_CLASP_DEFAULT_RELAY_URL, G_PARAM_READWRITE);

  /**
   * GstClaspSignaller:token:
   *
   * What the relay wants to see; never shown again.
   *
   * Since: 0.1
   */
  define_string (PROP_TOKEN, "token", "Token", "Token for the relay", NULL,
      G_PARAM_WRITABLE);

  /**
   * GstClaspSignaller:tls-ca-file:
   *
   * Certificates that wss:// relays are checked with; %NULL: the system's.
   *
   * Since: 0.1
   */
  define_string (PROP_TLS_CA_FILE, "tls-ca-file", "TLS CA file",
      "PEM file with the authorities to trust", NULL, G_PARAM_READWRITE);

  /**
   * GstClaspSignaller:offer-timeout:
   *
   * How long a peer whose turn it is has for its offer, in ms.
   *
   * Since: 0.1
   */
  define_interval (PROP_OFFER_TIMEOUT, "offer-timeout", "Offer timeout",
      "Wait so long for an offer, then offer ourselves (ms)",
      DEFAULT_OFFER_TIMEOUT_MS);

  /**
   * GstClaspSignaller:heartbeat-interval:
   *
   * How often the presence is set anew, in ms. Pages drop a peer after 25 s.
   *
   * Since: 0.1
   */
  define_interval (PROP_HEARTBEAT_INTERVAL, "heartbeat-interval",
      "Heartbeat interval", "How often the presence is set anew (ms)",
      DEFAULT_HEARTBEAT_MS);
}

static void
define_room_properties (void)
{
  /**
   * GstClaspSignaller:room:
   *
   * The room: 1 to 64 letters, digits, - and _.
   *
   * Since: 0.1
   */
  define_string (PROP_ROOM, "room", "Room", "Name of the room",
      GST_CLASP_DEFAULT_ROOM, G_PARAM_READWRITE);

  /**
   * GstClaspSignaller:profile:
   *
   * Which pages' addresses to use.
   *
   * Since: 0.1
   */
  properties[PROP_PROFILE] = g_param_spec_enum ("profile", "Profile",
      "Address conventions of the room", GST_TYPE_CLASP_PROFILE,
      GST_CLASP_PROFILE_VIDEO_ROOM, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  /**
   * GstClaspSignaller:presence-prefix:
   *
   * Overrides where the profile puts presences; "{room}" is replaced.
   *
   * Since: 0.1
   */
  define_string (PROP_PRESENCE_PREFIX, "presence-prefix", "Presence prefix",
      "Address above the presences; {room} is replaced", NULL,
      G_PARAM_READWRITE);

  /**
   * GstClaspSignaller:signal-prefix:
   *
   * Overrides where the profile puts signals; "{room}" is replaced.
   *
   * Since: 0.1
   */
  define_string (PROP_SIGNAL_PREFIX, "signal-prefix", "Signal prefix",
      "Address above the signals; {room} is replaced", NULL, G_PARAM_READWRITE);
}

static void
define_presence_properties (void)
{
  /**
   * GstClaspSignaller:name:
   *
   * What others see. %NULL: the first eight characters of the session id.
   *
   * Since: 0.1
   */
  define_string (PROP_NAME, "name", "Name", "What other peers see", NULL,
      G_PARAM_READWRITE);

  /**
   * GstClaspSignaller:metadata:
   *
   * More fields for the presence: text, numbers, booleans, arrays and
   * structures. They may replace audioEnabled and videoEnabled.
   *
   * Since: 0.1
   */
  properties[PROP_METADATA] = g_param_spec_boxed ("metadata", "Metadata",
      "More fields for the presence", GST_TYPE_STRUCTURE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  /**
   * GstClaspSignaller:instance:
   *
   * Random id of this object, the same in all its sessions.
   *
   * Since: 0.1
   */
  define_string (PROP_INSTANCE, "instance", "Instance",
      "Id of this object in all its sessions", NULL, G_PARAM_READABLE);
}

static void
define_read_only_properties (void)
{
  /**
   * GstClaspSignaller:session:
   *
   * Our session id, %NULL while there is none.
   *
   * Since: 0.1
   */
  define_string (PROP_SESSION, "session", "Session", "Session id at the relay",
      NULL, G_PARAM_READABLE);

  /**
   * GstClaspSignaller:state:
   *
   * Since: 0.1
   */
  properties[PROP_STATE] = g_param_spec_enum ("state", "State",
      "Whether we are in the room", GST_TYPE_CLASP_SIGNALLER_STATE,
      GST_CLASP_SIGNALLER_IDLE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * GstClaspSignaller:client:
   *
   * The client of this stay in the room, %NULL when not joined.
   *
   * Since: 0.1
   */
  properties[PROP_CLIENT] =
      g_param_spec_object ("client", "Client", "Connection to the relay",
          CLASP_TYPE_CLIENT, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * GstClaspSignaller:stats:
   *
   * peers (uint): sessions that are remembered, at most 1024; dropped-presence
   * (uint64): presences that were malformed or for which there was no room;
   * dropped-signals (uint64): signals that were malformed or too many;
   * dropped-candidates (uint64): candidates that came too early in too great a
   * number.
   *
   * Since: 0.1
   */
  properties[PROP_STATS] =
      g_param_spec_boxed ("stats", "Statistics", "Counters", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

void
gst_clasp_signaller_install_properties (GObjectClass *klass)
{
  klass->set_property = gst_clasp_signaller_set_property;
  klass->get_property = gst_clasp_signaller_get_property;
  define_connection_properties ();
  define_room_properties ();
  define_presence_properties ();
  define_read_only_properties ();
  g_object_class_install_properties (klass, N_PROPERTIES, properties);
}
