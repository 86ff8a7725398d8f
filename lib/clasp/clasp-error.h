/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-types.h"

G_BEGIN_DECLS

/**
 * ClaspError:
 * @CLASP_ERROR_FAILED: any failure without a code of its own
 * @CLASP_ERROR_INVALID_ADDRESS: address or pattern breaks the rules
 * @CLASP_ERROR_MALFORMED: bytes from outside are not a valid message
 * @CLASP_ERROR_TOO_LARGE: does not fit the limits of the wire
 * @CLASP_ERROR_UNAUTHORIZED: the relay refused the token (300, 302)
 * @CLASP_ERROR_FORBIDDEN: the token's scopes do not allow it (301, 403)
 * @CLASP_ERROR_NOT_FOUND: no such session or param (404)
 * @CLASP_ERROR_CONFLICT: revision or lock conflict (400)
 * @CLASP_ERROR_RATE_LIMITED: too many messages per second (429)
 * @CLASP_ERROR_OVERLOADED: this receiver is too slow (503)
 * @CLASP_ERROR_TIMEOUT: no answer in time
 * @CLASP_ERROR_NOT_CONNECTED: no session at the relay
 * @CLASP_ERROR_CLOSED: closed by the owner
 * @CLASP_ERROR_QUEUE_FULL: the bounded send queue is full
 * @CLASP_ERROR_INVALID_URL: the relay URL cannot be used
 * @CLASP_ERROR_TLS: the relay's certificate was not accepted
 * @CLASP_ERROR_LIMIT: a configured limit was reached
 *
 * Errors of the CLASP libraries.
 *
 * Since: 0.1
 */
typedef enum {
  CLASP_ERROR_FAILED,
  CLASP_ERROR_INVALID_ADDRESS,
  CLASP_ERROR_MALFORMED,
  CLASP_ERROR_TOO_LARGE,
  CLASP_ERROR_UNAUTHORIZED,
  CLASP_ERROR_FORBIDDEN,
  CLASP_ERROR_NOT_FOUND,
  CLASP_ERROR_CONFLICT,
  CLASP_ERROR_RATE_LIMITED,
  CLASP_ERROR_OVERLOADED,
  CLASP_ERROR_TIMEOUT,
  CLASP_ERROR_NOT_CONNECTED,
  CLASP_ERROR_CLOSED,
  CLASP_ERROR_QUEUE_FULL,
  CLASP_ERROR_INVALID_URL,
  CLASP_ERROR_TLS,
  CLASP_ERROR_LIMIT,
} ClaspError;

#define CLASP_ERROR (clasp_error_quark ())

CLASP_API GQuark clasp_error_quark (void);
CLASP_API ClaspError clasp_error_from_wire (guint16 code);
CLASP_API gboolean clasp_error_is_fatal (const GError *error);

G_END_DECLS
