/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* An ICE candidate from the network is taken apart, every field is checked and
 * the line is written anew, since libnice would also accept fields (user name,
 * password) that nobody should choose for us. A host name never reaches
 * webrtcbin 1.22, which leaks its ICE agent when resolving fails. */

#include "gstclaspsdp-private.h"

#include <string.h>

#define MAX_FOUNDATION 32
#define MAX_EXTENSIONS 12
#define MAX_UFRAG 256
#define MAX_MID 32
#define RESOLVE_LIMIT_MS 300
#define HOST_FIELD 4
#define N_FIXED_FIELDS 8

/* A peer's names may not occupy all of GLib's resolver threads. */
#define MAX_LOOKUPS 16
static int n_lookups; /* atomic */

G_DEFINE_BOXED_TYPE (GstClaspCandidate, gst_clasp_candidate,
    gst_clasp_candidate_copy, gst_clasp_candidate_free)

static GstClaspCandidate *
candidate_new (guint mline, const char *mid, const char *text, const char *host)
{
  GstClaspCandidate *self = g_new0 (GstClaspCandidate, 1);

  self->mline = mline;
  self->mid = g_strdup (mid);
  self->text = g_strdup (text);
  self->host = g_strdup (host);
  return self;
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED, "ICE candidate: %s",
      what);
  return FALSE;
}

static gboolean
is_address_or_name (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return address != NULL || gst_clasp_sdp_is_host_name (text);
}

static gboolean
check_host (const char *host, GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return gst_clasp_sdp_is_unicast (address) ||
        refuse (error, "its address cannot be sent to");
  return gst_clasp_sdp_is_host_name (host) ||
      refuse (error, "neither an address nor a host name");
}

static gboolean
is_type (const char *text)
{
  static const char *const types[] = {"host", "srflx", "prflx", "relay", NULL};

  return g_strv_contains (types, text);
}

static gboolean
is_tcp_type (const char *text)
{
  static const char *const types[] = {"active", "passive", "so", NULL};

  return g_strv_contains (types, text);
}

/* foundation component transport priority host port "typ" type */
static gboolean
check_fixed_fields (char **fields, GError **error)
{
  guint64 number;

  if (!gst_clasp_sdp_is_ice_text (fields[0], 1, MAX_FOUNDATION))
    return refuse (error, "bad foundation");
  if (!gst_clasp_sdp_get_number (fields[1], 2, &number) || number == 0)
    return refuse (error, "component is not 1 or 2");
  if (g_ascii_strcasecmp (fields[2], "udp") != 0 &&
      g_ascii_strcasecmp (fields[2], "tcp") != 0)
    return refuse (error, "transport is not udp or tcp");
  if (!gst_clasp_sdp_get_number (fields[3], G_MAXUINT32, &number) ||
      number == 0)
    return refuse (error, "bad priority");
  if (!check_host (fields[HOST_FIELD], error))
    return FALSE;
  if (!gst_clasp_sdp_get_number (fields[5], G_MAXUINT16, &number) ||
      number == 0)
    return refuse (error, "bad port");
  if (strcmp (fields[6], "typ") != 0 || !is_type (fields[7]))
    return refuse (error, "type is not host, srflx, prflx or relay");
  return TRUE;
}

static gboolean
check_extension (const char *key, const char *value, gboolean *known)
{
  guint64 number;

  *known = TRUE;
  if (strcmp (key, "raddr") == 0)
    return is_address_or_name (value);
  if (strcmp (key, "rport") == 0)
    return gst_clasp_sdp_get_number (value, G_MAXUINT16, &number);
  if (strcmp (key, "tcptype") == 0)
    return is_tcp_type (value);
  if (strcmp (key, "ufrag") == 0)
    return gst_clasp_sdp_is_ice_text (value, 1, MAX_UFRAG);
  if (strcmp (key, "generation") == 0 || strcmp (key, "network-id") == 0 ||
      strcmp (key, "network-cost") == 0)
    return gst_clasp_sdp_get_number (value, G_MAXUINT32, &number);
  *known = FALSE;
  return TRUE;
}

static gboolean
write_extensions (char **pairs, GString *out, gboolean *tcp_type,
    GError **error)
{
  for (guint i = 0; pairs[i] != NULL; i += 2) {
    gboolean known;

    if (pairs[i + 1] == NULL)
      return refuse (error, "an extension has no value");
    if (i / 2 >= MAX_EXTENSIONS)
      return refuse (error, "too many extensions");
    if (!check_extension (pairs[i], pairs[i + 1], &known))
      return refuse (error, "bad value of an extension");
    if (!known)
      continue;
    *tcp_type |= strcmp (pairs[i], "tcptype") == 0;
    g_string_append_printf (out, " %s %s", pairs[i], pairs[i + 1]);
  }
  return TRUE;
}

static char *
rewrite (char **fields, GError **error)
{
  g_autoptr (GString) out = NULL;
  gboolean tcp = g_ascii_strcasecmp (fields[2], "tcp") == 0;
  gboolean tcp_type = FALSE;

  out = g_string_new (NULL);
  g_string_printf (out, "candidate:%s %s %s %s %s %s typ %s", fields[0],
      fields[1], tcp ? "TCP" : "UDP", fields[3], fields[4], fields[5],
      fields[7]);
  if (!write_extensions (fields + N_FIXED_FIELDS, out, &tcp_type, error))
    return NULL;
  if (tcp != tcp_type) {
    refuse (error, "tcptype and transport do not agree");
    return NULL;
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static const char *
skip_prefixes (const char *text)
{
  if (g_str_has_prefix (text, "a="))
    text += 2;
  if (g_str_has_prefix (text, "candidate:"))
    text += strlen ("candidate:");
  return text;
}

static gboolean
check_place (guint mline, const char *mid, GError **error)
{
  if (mline >= GST_CLASP_SDP_MAX_MEDIA)
    return refuse (error, "bad media section number");
  if (mid != NULL && !gst_clasp_sdp_is_token (mid, MAX_MID))
    return refuse (error, "bad mid");
  return TRUE;
}

/**
 * gst_clasp_candidate_parse:
 * @mline: index of the media section
 * @mid: (nullable): its mid; empty is the same as %NULL
 * @text: the candidate, with or without "candidate:" or "a=" in front
 * @error: return location for an error
 *
 * Checks every field of a candidate from the network and writes it anew, in the
 * form "candidate:…"; extensions that are not known are left out. Any thread.
 *
 * Returns: (transfer full) (nullable): the candidate; %NULL without an error
 *   if @text is empty, the end of candidates; %NULL with an error if it is wrong
 * Since: 0.1
 */
GstClaspCandidate *
gst_clasp_candidate_parse (guint mline, const char *mid, const char *text,
    GError **error)
{
  g_auto (GStrv) fields = NULL;
  g_autofree char *line = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  if (mid != NULL && *mid == '\0')
    mid = NULL;
  if (!check_place (mline, mid, error))
    return NULL;
  if (strnlen (text, GST_CLASP_CANDIDATE_MAX_SIZE + 1) >
      GST_CLASP_CANDIDATE_MAX_SIZE) {
    refuse (error, "too long");
    return NULL;
  }
  text = skip_prefixes (text);
  if (*text == '\0')
    return NULL;

  fields = g_strsplit (text, " ", -1);
  if (g_strv_length (fields) < N_FIXED_FIELDS) {
    refuse (error, "too few fields");
    return NULL;
  }
  if (!check_fixed_fields (fields, error))
    return NULL;
  line = rewrite (fields, error);
  if (line == NULL)
    return NULL;
  return candidate_new (mline, mid, line, fields[HOST_FIELD]);
}

/**
 * gst_clasp_candidate_copy:
 * @self: a candidate
 *
 * Returns: (transfer full): a copy
 * Since: 0.1
 */
GstClaspCandidate *
gst_clasp_candidate_copy (const GstClaspCandidate *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return candidate_new (self->mline, self->mid, self->text, self->host);
}

/**
 * gst_clasp_candidate_free:
 * @self: (transfer full): a candidate
 *
 * Frees it.
 *
 * Since: 0.1
 */
void
gst_clasp_candidate_free (GstClaspCandidate *self)
{
  g_free (self->mid);
  g_free (self->text);
  g_free (self->host);
  g_free (self);
}

/**
 * gst_clasp_candidate_is_numeric:
 * @self: a candidate
 *
 * Returns: whether its host is an IPv4 or IPv6 address, not a name
 * Since: 0.1
 */
gboolean
gst_clasp_candidate_is_numeric (const GstClaspCandidate *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return g_hostname_is_ip_address (self->host);
}

static GstClaspCandidate *
candidate_with_address (const GstClaspCandidate *self, GInetAddress *address)
{
  g_autofree char *host = g_inet_address_to_string (address);
  g_auto (GStrv) fields = g_strsplit (self->text, " ", -1);
  g_autofree char *text = NULL;

  g_free (fields[HOST_FIELD]);
  fields[HOST_FIELD] = g_strdup (host);
  text = g_strjoinv (" ", fields);
  return candidate_new (self->mline, self->mid, text, host);
}

/* One name being looked up; belongs to the task. */
typedef struct {
  GstClaspCandidate *candidate;
  GCancellable *lookup;
  GCancellable *owner; /* nullable */
  gulong owner_id;
  GSource *limit;
} Resolve;

static void
resolve_free (Resolve *self)
{
  g_clear_pointer (&self->candidate, gst_clasp_candidate_free);
  g_clear_object (&self->lookup);
  g_clear_object (&self->owner);
  g_free (self);
}

static void
resolve_settle (Resolve *self)
{
  g_source_destroy (self->limit);
  g_clear_pointer (&self->limit, g_source_unref);
  if (self->owner != NULL)
    g_cancellable_disconnect (self->owner, self->owner_id);
}

static GInetAddress *
pick_address (GList *addresses)
{
  GInetAddress *found = NULL;

  for (GList *l = addresses; l != NULL; l = l->next) {
    if (!gst_clasp_sdp_is_unicast (l->data))
      continue;
    if (g_inet_address_get_family (l->data) == G_SOCKET_FAMILY_IPV4)
      return l->data;
    /* a link-local one needs a scope that the candidate cannot carry */
    if (found == NULL && !g_inet_address_get_is_link_local (l->data))
      found = l->data;
  }
  return found;
}

static void
on_lookup (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  Resolve *self = g_task_get_task_data (task);
  GInetAddress *address;
  GList *addresses;

  g_atomic_int_add (&n_lookups, -1);
  resolve_settle (self);
  addresses =
      g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  address = pick_address (addresses);

  if (g_task_return_error_if_cancelled (task)) {
    g_resolver_free_addresses (addresses);
    return;
  }
  if (address != NULL)
    g_task_return_pointer (task,
        candidate_with_address (self->candidate, address),
        (GDestroyNotify) gst_clasp_candidate_free);
  else
    g_task_return_new_error (task, CLASP_ERROR, CLASP_ERROR_NOT_FOUND,
        "ICE candidate: host name %s has no address%s%s", self->candidate->host,
        error != NULL ? ": " : "",
        error == NULL                                   ? ""
            : g_cancellable_is_cancelled (self->lookup) ? "no answer in time"
                                                        : error->message);
  g_resolver_free_addresses (addresses);
}

static gboolean
on_limit (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

static void
on_owner_cancelled (GCancellable *owner, GCancellable *lookup)
{
  g_cancellable_cancel (lookup);
}

static void
resolve_start (Resolve *self, GTask *task)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  self->lookup = g_cancellable_new ();
  self->limit = g_timeout_source_new (RESOLVE_LIMIT_MS);
  g_source_set_static_name (self->limit, "clasp: limit of a name lookup");
  g_source_set_callback (self->limit, on_limit, g_object_ref (self->lookup),
      g_object_unref);
  g_source_attach (self->limit, g_task_get_context (task));
  if (self->owner != NULL)
    self->owner_id =
        g_cancellable_connect (self->owner, G_CALLBACK (on_owner_cancelled),
            g_object_ref (self->lookup), g_object_unref);

  g_resolver_lookup_by_name_async (resolver, self->candidate->host,
      self->lookup, on_lookup, g_object_ref (task));
}

/**
 * gst_clasp_candidate_resolve_async:
 * @self: a candidate
 * @cancellable: (nullable): ends the lookup
 * @callback: (scope async): called in the thread-default main context
 * @data: for @callback
 *
 * Makes the candidate numeric: at once if it is, else by looking its host name
 * up, for 300 ms at most. Never blocks.
 *
 * Since: 0.1
 */
void
gst_clasp_candidate_resolve_async (const GstClaspCandidate *self,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = NULL;
  Resolve *resolve;

  g_return_if_fail (self != NULL);

  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, gst_clasp_candidate_resolve_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (gst_clasp_candidate_is_numeric (self)) {
    g_task_return_pointer (task, gst_clasp_candidate_copy (self),
        (GDestroyNotify) gst_clasp_candidate_free);
    return;
  }
  if (g_atomic_int_add (&n_lookups, 1) >= MAX_LOOKUPS) {
    g_atomic_int_add (&n_lookups, -1);
    g_task_return_new_error (task, CLASP_ERROR, CLASP_ERROR_LIMIT,
        "ICE candidate: more than %d host names at once", MAX_LOOKUPS);
    return;
  }

  resolve = g_new0 (Resolve, 1);
  resolve->candidate = gst_clasp_candidate_copy (self);
  resolve->owner = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  g_task_set_task_data (task, resolve, (GDestroyNotify) resolve_free);
  resolve_start (resolve, task);
}

/**
 * gst_clasp_candidate_resolve_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable): the numeric candidate, or %NULL with
 *   %CLASP_ERROR_NOT_FOUND if the name has no address, %CLASP_ERROR_LIMIT if too
 *   many are being looked up, or %G_IO_ERROR_CANCELLED
 * Since: 0.1
 */
GstClaspCandidate *
gst_clasp_candidate_resolve_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
