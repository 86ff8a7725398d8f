/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-message-private.h"
#include "clasp-value-private.h"

/* A log line. */
#define MAX_LINE 240

/* Upper case, as in the protocol's documents. */
const char *
clasp_message_type_name (ClaspMessageType type)
{
  switch (type) {
    case CLASP_MESSAGE_HELLO:
      return "HELLO";
    case CLASP_MESSAGE_WELCOME:
      return "WELCOME";
    case CLASP_MESSAGE_ANNOUNCE:
      return "ANNOUNCE";
    case CLASP_MESSAGE_FEDERATION_SYNC:
      return "FEDERATION_SYNC";
    case CLASP_MESSAGE_SUBSCRIBE:
      return "SUBSCRIBE";
    case CLASP_MESSAGE_UNSUBSCRIBE:
      return "UNSUBSCRIBE";
    case CLASP_MESSAGE_PUBLISH:
      return "PUBLISH";
    case CLASP_MESSAGE_SET:
      return "SET";
    case CLASP_MESSAGE_GET:
      return "GET";
    case CLASP_MESSAGE_SNAPSHOT:
      return "SNAPSHOT";
    case CLASP_MESSAGE_REPLAY:
      return "REPLAY";
    case CLASP_MESSAGE_BUNDLE:
      return "BUNDLE";
    case CLASP_MESSAGE_SYNC:
      return "SYNC";
    case CLASP_MESSAGE_PING:
      return "PING";
    case CLASP_MESSAGE_PONG:
      return "PONG";
    case CLASP_MESSAGE_ACK:
      return "ACK";
    case CLASP_MESSAGE_ERROR:
      return "ERROR";
    case CLASP_MESSAGE_QUERY:
      return "QUERY";
    case CLASP_MESSAGE_RESULT:
      return "RESULT";
    default:
      return "message";
  }
}

/* Lower case, as in the protocol's documents. */
const char *
clasp_signal_name (ClaspSignalType signal)
{
  switch (signal) {
    case CLASP_SIGNAL_PARAM:
      return "param";
    case CLASP_SIGNAL_STREAM:
      return "stream";
    case CLASP_SIGNAL_GESTURE:
      return "gesture";
    case CLASP_SIGNAL_TIMELINE:
      return "timeline";
    case CLASP_SIGNAL_EVENT:
    default:
      return "event";
  }
}

static void
append_text (GString *line, const char *prefix, const char *text)
{
  if (!text)
    return;
  g_string_append (line, prefix);
  clasp_print_escaped (line, text, MAX_LINE);
}

static void
append_numbers (GString *line, const ClaspMessage *self)
{
  const ClaspFields *fields = &self->fields;

  if (fields->has & CLASP_HAS_ID)
    g_string_append_printf (line, " id %u", fields->id);
  if (fields->has & CLASP_HAS_REVISION)
    g_string_append_printf (line, " revision %" G_GUINT64_FORMAT,
        fields->revision);
  if (fields->type == CLASP_MESSAGE_ERROR)
    g_string_append_printf (line, " %u", fields->code);
  if (fields->has & CLASP_HAS_SAMPLES)
    g_string_append_printf (line, " %u samples", fields->n_entries);
  else if (fields->list)
    g_string_append_printf (line, " of %u", fields->n_usable);
  if (clasp_message_get_n_skipped (self) > 0)
    g_string_append_printf (line, " (%u unusable)",
        clasp_message_get_n_skipped (self));
}

static void
append_value (GString *line, const ClaspMessage *self)
{
  GVariant *value = clasp_message_get_value (self);

  if (!value || line->len >= MAX_LINE)
    return;
  g_string_append (line, " = ");
  clasp_value_print_to (line, value, MAX_LINE);
}

/* Cuts between characters. */
static char *
finish_line (GString *line)
{
  const char *end;

  if (line->len > MAX_LINE) {
    end = g_utf8_find_prev_char (line->str, line->str + MAX_LINE);
    g_string_truncate (line, (gsize) (end - line->str));
    g_string_append (line, "…");
  }
  return g_string_free (line, FALSE);
}

/**
 * clasp_message_describe:
 * @self: a #ClaspMessage
 *
 * A short line about @self for logs. It never contains the token; control
 * characters are escaped.
 *
 * Returns: (transfer full): a new text of at most 256 bytes
 *
 * Since: 0.1
 */
char *
clasp_message_describe (const ClaspMessage *self)
{
  GString *line;

  g_return_val_if_fail (self, NULL);
  line = g_string_new (clasp_message_type_name (self->fields.type));
  if (self->failure) {
    append_text (line, " unusable: ", self->failure->message);
    return finish_line (line);
  }
  if (self->fields.type == CLASP_MESSAGE_PUBLISH)
    append_text (line, " ",
        clasp_signal_name ((ClaspSignalType) self->fields.signal));
  append_text (line, " ", clasp_message_text (self, CLASP_TEXT_ADDRESS));
  append_numbers (line, self);
  append_text (line, " session ",
      clasp_message_text (self, CLASP_TEXT_SESSION));
  append_text (line, " \"", clasp_message_text (self, CLASP_TEXT_NAME));
  if (clasp_message_text (self, CLASP_TEXT_NAME))
    g_string_append_c (line, '"');
  if (clasp_message_get_token (self))
    g_string_append (line, " with token");
  append_value (line, self);
  return finish_line (line);
}
