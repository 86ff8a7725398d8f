/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-error.h"

/**
 * clasp_error_quark:
 *
 * Returns: the domain of #ClaspError
 *
 * Since: 0.1
 */
G_DEFINE_QUARK (clasp - error - quark, clasp_error)

/**
 * clasp_error_from_wire:
 * @code: code of an ERROR message
 *
 * Maps the code of an ERROR message (clasp-protocol: error codes actually sent
 * by the relay) to a code of this library.
 *
 * Returns: the matching #ClaspError, CLASP_ERROR_FAILED for unknown codes
 *
 * Since: 0.1
 */
ClaspError
clasp_error_from_wire (guint16 code)
{
  switch (code) {
    case 202:
      return CLASP_ERROR_INVALID_ADDRESS;
    case 300:
    case 302:
      return CLASP_ERROR_UNAUTHORIZED;
    case 301:
    case 403:
      return CLASP_ERROR_FORBIDDEN;
    case 400:
      return CLASP_ERROR_CONFLICT;
    case 404:
      return CLASP_ERROR_NOT_FOUND;
    case 429:
      return CLASP_ERROR_RATE_LIMITED;
    case 503:
      return CLASP_ERROR_OVERLOADED;
    default:
      return CLASP_ERROR_FAILED;
  }
}

/**
 * clasp_error_is_fatal:
 * @error: an error of a connection attempt
 *
 * Whether trying again cannot help: a wrong URL, a refused token, a
 * certificate that was not accepted.
 *
 * Returns: %TRUE if only a changed configuration can help
 *
 * Since: 0.1
 */
gboolean
clasp_error_is_fatal (const GError *error)
{
  return g_error_matches (error, CLASP_ERROR, CLASP_ERROR_UNAUTHORIZED) ||
      g_error_matches (error, CLASP_ERROR, CLASP_ERROR_INVALID_URL) ||
      g_error_matches (error, CLASP_ERROR, CLASP_ERROR_TLS);
}
