/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-error-private.h"

#define MAX_SHOWN 200

/* What a relay writes ends in logs and dialogs: one short printable line. */
static char *
show_text (const char *text)
{
  GString *shown = g_string_new (NULL);

  for (const char *p = text ? text : ""; *p && shown->len < MAX_SHOWN;
       p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    g_string_append_unichar (shown, g_unichar_isprint (c) ? c : '?');
  }
  return g_string_free (shown, FALSE);
}

/*
 * clasp_relay_error_new_refusal:
 * @shown_url: which relay
 * @message: an ERROR that came instead of a WELCOME
 *
 * A relay that is overloaded may be asked again later; any other refusal is
 * final, as relays do not listen any more after it.
 *
 * Returns: (transfer full): what to tell
 */
GError *
clasp_relay_error_new_refusal (const char *shown_url,
    const ClaspMessage *message)
{
  guint16 code = clasp_message_get_error_code (message);
  g_autofree char *text = show_text (clasp_message_get_error_text (message));
  ClaspError mapped = clasp_error_from_wire (code);

  if (mapped == CLASP_ERROR_UNAUTHORIZED)
    return g_error_new (CLASP_ERROR, mapped, "relay %s refused the token: %s",
        shown_url, text);
  if (mapped != CLASP_ERROR_RATE_LIMITED && mapped != CLASP_ERROR_OVERLOADED)
    mapped = CLASP_ERROR_UNAUTHORIZED;
  return g_error_new (CLASP_ERROR, mapped,
      "relay %s refused the session: %s (code %u)", shown_url, text, code);
}

/*
 * clasp_relay_error_new:
 * @shown_url: which relay
 * @message: an ERROR during a session
 *
 * Returns: (transfer full): what to tell
 */
GError *
clasp_relay_error_new (const char *shown_url, const ClaspMessage *message)
{
  guint16 code = clasp_message_get_error_code (message);
  g_autofree char *text = show_text (clasp_message_get_error_text (message));
  g_autofree char *address = show_text (clasp_message_get_address (message));
  ClaspError mapped = clasp_error_from_wire (code);

  /* In a session it is about one message, not about the session. */
  if (mapped == CLASP_ERROR_UNAUTHORIZED)
    mapped = CLASP_ERROR_FORBIDDEN;
  if (*address)
    return g_error_new (CLASP_ERROR, mapped,
        "relay %s refused %s: %s (code %u)", shown_url, address, text, code);
  return g_error_new (CLASP_ERROR, mapped, "relay %s reports: %s (code %u)",
      shown_url, text, code);
}
