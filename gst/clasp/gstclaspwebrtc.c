/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspwebrtc-private.h"

#include <clasp/clasp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (clasp_webrtc_debug);
#define GST_CAT_DEFAULT clasp_webrtc_debug

static void
init_debug (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (clasp_webrtc_debug, "claspwebrtc", 0,
        "CLASP use of webrtcbin");
    g_once_init_leave (&once, 1);
  }
}

static gboolean
is_escaped_octet (const char *text)
{
  return text[0] == '%' && g_ascii_isxdigit (text[1]) &&
      g_ascii_isxdigit (text[2]);
}

/* Escapes what a URI reserves and keeps what is escaped already. */
static char *
escape_part (const char *text, gsize length)
{
  g_autofree char *part = g_strndup (text, length);
  GString *out = g_string_new (NULL);
  const char *c;

  for (c = part; *c; c++) {
    if (is_escaped_octet (c) || g_ascii_isalnum (*c) || strchr ("-._~", *c))
      g_string_append_c (out, *c);
    else
      g_string_append_printf (out, "%%%02X", (guint8) *c);
  }
  return g_string_free (out, FALSE);
}

/* webrtcbin wants user and password percent-escaped; people write them as they
 * are. The last '@' ends them, the first ':' parts them. */
char *
gst_clasp_turn_uri_escape (const char *uri, GError **error)
{
  const char *start = uri ? strstr (uri, "://") : NULL;
  const char *at = start ? strrchr (start, '@') : NULL;
  const char *colon;
  g_autofree char *scheme = NULL, *user = NULL, *password = NULL;

  if (!start ||
      (!g_str_has_prefix (uri, "turn://") &&
          !g_str_has_prefix (uri, "turns://"))) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL,
        "a TURN server is written turn://user:password@host:port");
    return NULL;
  }
  start += strlen ("://");
  if (!at)
    return g_strdup (uri);
  colon = memchr (start, ':', at - start);
  scheme = g_strndup (uri, start - uri);
  user = escape_part (start, (colon ? colon : at) - start);
  password = colon ? escape_part (colon + 1, at - colon - 1) : g_strdup ("");
  return g_strdup_printf ("%s%s:%s%s", scheme, user, password, at);
}

static gboolean
has_network (void)
{
  struct ifaddrs *list = NULL, *i;
  gboolean found = FALSE;

  if (getifaddrs (&list) < 0)
    return TRUE;
  for (i = list; i && !found; i = i->ifa_next)
    found = i->ifa_addr && !(i->ifa_flags & IFF_LOOPBACK) &&
        (i->ifa_flags & IFF_UP) &&
        (i->ifa_addr->sa_family == AF_INET ||
            i->ifa_addr->sa_family == AF_INET6);
  freeifaddrs (list);
  return found;
}

/* UPnP costs a thread and sockets per connection and talks to the LAN; TCP
 * candidates cost sockets. Without a network the loopback address is all there
 * is, and libnice leaves it out by itself. */
static void
configure_ice (GstElement *webrtc, gboolean loopback)
{
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;
  gboolean added = FALSE;

  g_object_get (webrtc, "ice-agent", &ice, NULL);
  g_object_set (ice, "ice-tcp", FALSE, NULL);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (ice), "agent")) {
    g_object_get (ice, "agent", &agent, NULL);
    g_object_set (agent, "upnp", FALSE, NULL);
  }
  if (loopback || !has_network ())
    g_signal_emit_by_name (ice, "add-local-ip-address", "127.0.0.1", &added);
}

/* rtpbin would send user and host name of this machine to every peer. */
static void
set_cname (GstElement *webrtc)
{
  g_autoptr (GstElement) rtpbin = gst_clasp_webrtc_dup_rtpbin (webrtc);
  g_autofree char *cname = g_uuid_string_random ();
  g_autoptr (GstStructure) sdes =
      gst_structure_new ("application/x-rtp-source-sdes", "cname",
          G_TYPE_STRING, cname, NULL);

  if (rtpbin)
    g_object_set (rtpbin, "sdes", sdes, NULL);
}

static gboolean
add_turn_servers (GstElement *webrtc, const char *const *uris, GError **error)
{
  guint i;

  for (i = 0; uris && uris[i]; i++) {
    g_autofree char *uri = gst_clasp_turn_uri_escape (uris[i], error);
    gboolean added = FALSE;

    if (!uri)
      return FALSE;
    g_signal_emit_by_name (webrtc, "add-turn-server", uri, &added);
    if (!added) {
      g_set_error (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL,
          "TURN server number %u cannot be used: write "
          "turn://user:password@host:port",
          i + 1);
      return FALSE;
    }
  }
  return TRUE;
}

GstElement *
gst_clasp_webrtc_new (const GstClaspIceConfig *config, GError **error)
{
  g_autoptr (GstElement) webrtc = NULL;

  init_debug ();
  webrtc = gst_element_factory_make ("webrtcbin", NULL);
  if (!webrtc) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_FAILED,
        "element webrtcbin is missing: install gstreamer1.0-plugins-bad and "
        "gstreamer1.0-nice");
    return NULL;
  }
  gst_object_ref_sink (webrtc);
  g_object_set (webrtc, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE,
      "ice-transport-policy", config->policy, "latency", config->latency, NULL);
  if (config->stun_server && *config->stun_server)
    g_object_set (webrtc, "stun-server", config->stun_server, NULL);
  if (!add_turn_servers (webrtc, config->turn_servers, error))
    return NULL;
  configure_ice (webrtc, config->loopback);
  set_cname (webrtc);
  return g_steal_pointer (&webrtc);
}

static void
configure_transceiver (GstWebRTCRTPTransceiver *transceiver, GstCaps *codecs,
    gboolean retransmit)
{
  g_object_set (transceiver, "codec-preferences", codecs, "do-nack", retransmit,
      "fec-type", GST_WEBRTC_FEC_TYPE_NONE, NULL);
}

/* The name of the pad is what ties it to the m-line. */
GstWebRTCRTPTransceiver *
gst_clasp_webrtc_add_sender (GstElement *webrtc, guint mline, GstCaps *codecs,
    gboolean retransmit, GstPad **pad)
{
  g_autofree char *name = g_strdup_printf ("sink_%u", mline);
  GstWebRTCRTPTransceiver *transceiver = NULL;

  *pad = gst_element_request_pad_simple (webrtc, name);
  if (!*pad)
    return NULL;
  g_object_get (*pad, "transceiver", &transceiver, NULL);
  g_object_set (transceiver, "direction",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, NULL);
  configure_transceiver (transceiver, codecs, retransmit);
  return transceiver;
}

GstWebRTCRTPTransceiver *
gst_clasp_webrtc_add_receiver (GstElement *webrtc, GstCaps *codecs,
    gboolean retransmit)
{
  GstWebRTCRTPTransceiver *transceiver = NULL;

  g_signal_emit_by_name (webrtc, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, codecs, &transceiver);
  if (transceiver)
    configure_transceiver (transceiver, codecs, retransmit);
  return transceiver;
}

void
gst_clasp_webrtc_add_inactive (GstElement *webrtc, GstCaps *codecs)
{
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;

  g_signal_emit_by_name (webrtc, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE, codecs, &transceiver);
}

static char *
dup_certificate_of (gpointer owner)
{
  g_autoptr (GObject) transport = NULL;
  char *pem = NULL;

  if (!owner)
    return NULL;
  g_object_get (owner, "transport", &transport, NULL);
  if (transport)
    g_object_get (transport, "remote-certificate", &pem, NULL);
  if (pem && !*pem)
    g_clear_pointer (&pem, g_free);
  return pem;
}

static char *
dup_certificate_of_transceiver (GstWebRTCRTPTransceiver *transceiver)
{
  g_autoptr (GObject) sender = NULL;
  g_autoptr (GObject) receiver = NULL;
  char *pem;

  g_object_get (transceiver, "sender", &sender, "receiver", &receiver, NULL);
  pem = dup_certificate_of (sender);
  return pem ? pem : dup_certificate_of (receiver);
}

/* Everything is bundled: any transport is the transport. */
char *
gst_clasp_webrtc_dup_remote_certificate (GstElement *webrtc)
{
  g_autoptr (GArray) transceivers = NULL;
  g_autoptr (GObject) sctp = NULL;
  char *pem = NULL;
  guint i;

  g_signal_emit_by_name (webrtc, "get-transceivers", &transceivers);
  for (i = 0; !pem && transceivers && i < transceivers->len; i++)
    pem = dup_certificate_of_transceiver (
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i));
  if (!pem) {
    g_object_get (webrtc, "sctp-transport", &sctp, NULL);
    pem = dup_certificate_of (sctp);
  }
  return pem;
}

GstElement *
gst_clasp_webrtc_dup_rtpbin (GstElement *webrtc)
{
  return gst_bin_get_by_name (GST_BIN (webrtc), "rtpbin");
}
