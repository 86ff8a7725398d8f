/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-relay-signals-private.h"
#include <string.h>

#define MAX_SIGNALS 10000
#define MAX_SIGNALS_PER_SESSION 1000
#define MAX_SIGNAL_TEXT 1024

/* Code and count of a RESULT; signal code, options and lengths of an entry. */
#define RESULT_OVERHEAD 3
#define ENTRY_OVERHEAD 8

typedef struct {
  char *session;
  char *address;
  char *datatype;
  char *access;
  ClaspSignalType signal;
} Signal;

struct _ClaspRelaySignals {
  GHashTable *signals; /* address -> Signal */
};

static void
signal_free (Signal *self)
{
  g_free (self->session);
  g_free (self->address);
  g_free (self->datatype);
  g_free (self->access);
  g_free (self);
}

ClaspRelaySignals *
clasp_relay_signals_new (void)
{
  ClaspRelaySignals *self = g_new0 (ClaspRelaySignals, 1);

  self->signals = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) signal_free);

  return self;
}

void
clasp_relay_signals_free (ClaspRelaySignals *self)
{
  g_hash_table_unref (self->signals);
  g_free (self);
}

static gsize
text_length (const char *text)
{
  return text != NULL ? strlen (text) : 0;
}

static gsize
entry_size (const char *address, const char *datatype, const char *access)
{
  return ENTRY_OVERHEAD + text_length (address) + text_length (datatype) +
      text_length (access);
}

static void
add_signal (ClaspRelaySignals *self, const char *session,
    const ClaspSignalInfo *info)
{
  Signal *signal;

  if (info->address == NULL ||
      entry_size (info->address, info->datatype, info->access) >
          MAX_SIGNAL_TEXT)
    return;
  if (g_hash_table_size (self->signals) >= MAX_SIGNALS &&
      !g_hash_table_contains (self->signals, info->address))
    return;

  signal = g_new0 (Signal, 1);
  signal->session = g_strdup (session);
  signal->address = g_strdup (info->address);
  signal->datatype = g_strdup (info->datatype);
  signal->access = g_strdup (info->access);
  signal->signal = info->signal;
  g_hash_table_replace (self->signals, signal->address, signal);
}

static guint
count_signals (ClaspRelaySignals *self, const char *session)
{
  GHashTableIter iter;
  Signal *signal;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->signals);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &signal))
    n += g_str_equal (signal->session, session);

  return n;
}

/* What exceeds the limits is silently left out: announcing is a courtesy. */
void
clasp_relay_signals_announce (ClaspRelaySignals *self, const char *session,
    const ClaspMessage *announce)
{
  guint n = clasp_message_get_n_signals (announce);
  guint held = count_signals (self, session);

  for (guint i = 0; i < n && held < MAX_SIGNALS_PER_SESSION; i++, held++) {
    ClaspSignalInfo info;

    if (clasp_message_get_signal_info (announce, i, &info))
      add_signal (self, session, &info);
  }
}

static gboolean
is_of_session (gpointer key, gpointer value, gpointer session)
{
  return g_str_equal (((const Signal *) value)->session, session);
}

void
clasp_relay_signals_remove (ClaspRelaySignals *self, const char *session)
{
  g_hash_table_foreach_remove (self->signals, is_of_session,
      (gpointer) session);
}

/* Returns: (transfer full): a RESULT with what fits a frame */
ClaspMessage *
clasp_relay_signals_query (ClaspRelaySignals *self, const char *pattern)
{
  g_autoptr (ClaspPattern) compiled = clasp_pattern_new (pattern, NULL);
  g_autoptr (GArray) infos =
      g_array_new (FALSE, FALSE, sizeof (ClaspSignalInfo));
  gsize size = RESULT_OVERHEAD;
  GHashTableIter iter;
  Signal *signal;

  g_hash_table_iter_init (&iter, self->signals);
  while (compiled != NULL &&
      g_hash_table_iter_next (&iter, NULL, (gpointer *) &signal)) {
    ClaspSignalInfo info = {.address = signal->address,
        .signal = signal->signal,
        .datatype = signal->datatype,
        .access = signal->access};

    if (!clasp_pattern_matches (compiled, signal->address))
      continue;
    size += entry_size (signal->address, signal->datatype, signal->access);
    if (size > CLASP_MAX_PAYLOAD)
      break;
    g_array_append_val (infos, info);
  }

  return clasp_message_new_result ((const ClaspSignalInfo *) infos->data,
      infos->len);
}

guint
clasp_relay_signals_get_n_signals (const ClaspRelaySignals *self)
{
  return g_hash_table_size (self->signals);
}
