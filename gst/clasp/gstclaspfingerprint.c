/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Which certificates a description allows, and which one a peer showed. */

#include "gstclaspsdp-private.h"

#include <string.h>

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"
#define MAX_PEM (64 * 1024)

static void
collect (GPtrArray *found, const char *value)
{
  g_autofree char *line = gst_clasp_sdp_normalize_fingerprint (value);
  g_autofree char *hex = NULL;

  if (line == NULL)
    return;

  hex = g_ascii_strdown (strchr (line, ' ') + 1, -1);
  if (g_ptr_array_find_with_equal_func (found, hex, g_str_equal, NULL))
    return;
  g_ptr_array_add (found, g_steal_pointer (&hex));
}

static void
collect_session (GPtrArray *found, const GstSDPMessage *sdp)
{
  guint n = gst_sdp_message_attributes_len (sdp);

  for (guint i = 0; i < n; i++) {
    const GstSDPAttribute *line = gst_sdp_message_get_attribute (sdp, i);

    if (g_strcmp0 (line->key, "fingerprint") == 0)
      collect (found, line->value);
  }
}

static void
collect_media (GPtrArray *found, const GstSDPMedia *media)
{
  guint n = gst_sdp_media_attributes_len (media);

  for (guint i = 0; i < n; i++) {
    const GstSDPAttribute *line = gst_sdp_media_get_attribute (media, i);

    if (g_strcmp0 (line->key, "fingerprint") == 0)
      collect (found, line->value);
  }
}

/**
 * gst_clasp_sdp_get_fingerprints:
 * @sdp: a description
 *
 * Lists the SHA-256 fingerprints that @sdp names, each once, as lower-case
 * hexadecimal with colons ("ab:cd:…"). A peer's certificate must have one of
 * them.
 *
 * Returns: (transfer full): the fingerprints; empty if there is none
 * Since: 0.1
 */
char **
gst_clasp_sdp_get_fingerprints (const GstSDPMessage *sdp)
{
  g_autoptr (GPtrArray) found = NULL;
  guint n;

  g_return_val_if_fail (sdp != NULL, NULL);

  found = g_ptr_array_new_with_free_func (g_free);
  collect_session (found, sdp);
  n = gst_sdp_message_medias_len (sdp);
  for (guint i = 0; i < n; i++)
    collect_media (found, gst_sdp_message_get_media (sdp, i));

  g_ptr_array_add (found, NULL);
  g_ptr_array_set_free_func (found, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&found), FALSE);
}

static guchar *
decode_pem (const char *pem, gsize *size)
{
  const char *begin, *end;
  g_autofree char *base64 = NULL;

  if (strnlen (pem, MAX_PEM + 1) > MAX_PEM)
    return NULL;
  begin = strstr (pem, PEM_BEGIN);
  if (begin == NULL)
    return NULL;
  begin += strlen (PEM_BEGIN);
  end = strstr (begin, PEM_END);
  if (end == NULL)
    return NULL;

  base64 = g_strndup (begin, end - begin);
  return g_base64_decode (base64, size);
}

static char *
hex_with_colons (const guint8 *digest, gsize size)
{
  GString *text = g_string_sized_new (size * 3);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, i == 0 ? "%02x" : ":%02x", digest[i]);
  return g_string_free (text, FALSE);
}

/**
 * gst_clasp_certificate_fingerprint:
 * @pem: a certificate, as the "remote-certificate" of a DTLS transport
 * @error: return location for an error
 *
 * Computes the SHA-256 fingerprint of the first certificate in @pem, in the
 * form of gst_clasp_sdp_get_fingerprints().
 *
 * Returns: (transfer full) (nullable): the fingerprint, or %NULL with
 *   %CLASP_ERROR_MALFORMED if @pem holds no certificate
 * Since: 0.1
 */
char *
gst_clasp_certificate_fingerprint (const char *pem, GError **error)
{
  g_autoptr (GChecksum) checksum = NULL;
  g_autofree guchar *der = NULL;
  guint8 digest[32];
  gsize size = 0;
  gsize digest_size = sizeof digest;

  g_return_val_if_fail (pem != NULL, NULL);

  der = decode_pem (pem, &size);
  if (der == NULL || size == 0) {
    g_set_error_literal (error, CLASP_ERROR, CLASP_ERROR_MALFORMED,
        "the peer's DTLS certificate is not a PEM certificate");
    return NULL;
  }

  checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, der, size);
  g_checksum_get_digest (checksum, digest, &digest_size);
  return hex_with_colons (digest, digest_size);
}
