/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-subscription-private.h"

#include "clasp-address.h"

/* Params of which the last revision is remembered; a relay with more of them
 * may make us tell one twice. */
#define MAX_REVISIONS 4096

/**
 * ClaspSubscription:
 *
 * What a #ClaspClient listens to: a pattern and the kinds of signals. Made by
 * clasp_client_subscribe(), and in force, across reconnects, until
 * clasp_client_unsubscribe().
 *
 * Since: 0.1
 */
struct _ClaspSubscription {
  GObject parent_instance;

  guint32 id;
  ClaspPattern *pattern;
  ClaspSignalMask signals;
  gint64 asked;          /* when SUBSCRIBE was queued */
  GHashTable *revisions; /* address → last revision told, of this session */
};

G_DEFINE_FINAL_TYPE (ClaspSubscription, clasp_subscription, G_TYPE_OBJECT)

enum {
  SIGNAL_RECEIVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* The mask travels as one byte in which 0 means everything too. */
static ClaspSignalMask
clean_mask (ClaspSignalMask mask)
{
  return (mask & CLASP_SIGNAL_MASK_ALL) ? mask & CLASP_SIGNAL_MASK_ALL
                                        : CLASP_SIGNAL_MASK_ALL;
}

/*
 * clasp_subscription_new:
 * @id: number of the subscription on the wire
 * @pattern: what to listen to
 * @mask: which kinds of signals, 0 for all
 * @error: return location
 *
 * Returns: (transfer full) (nullable): %NULL with
 *   CLASP_ERROR_INVALID_ADDRESS if @pattern breaks the rules
 */
ClaspSubscription *
clasp_subscription_new (guint32 id, const char *pattern, ClaspSignalMask mask,
    GError **error)
{
  g_autoptr (ClaspPattern) compiled = clasp_pattern_new (pattern, error);
  ClaspSubscription *self;

  if (!compiled)
    return NULL;
  self = g_object_new (CLASP_TYPE_SUBSCRIPTION, NULL);
  self->id = id;
  self->pattern = g_steal_pointer (&compiled);
  self->signals = clean_mask (mask);
  return self;
}

/*
 * clasp_subscription_get_id:
 * @self: a subscription
 *
 * Returns: its number on the wire
 */
guint32
clasp_subscription_get_id (ClaspSubscription *self)
{
  return self->id;
}

/*
 * clasp_subscription_to_message:
 * @self: a subscription
 *
 * Returns: (transfer full): the SUBSCRIBE
 */
ClaspMessage *
clasp_subscription_to_message (ClaspSubscription *self)
{
  return clasp_message_new_subscribe (self->id,
      clasp_pattern_get_text (self->pattern), self->signals);
}

/*
 * clasp_subscription_begin_session:
 * @self: a subscription
 *
 * Revisions are counted by the relay, perhaps another one now: they start over.
 */
void
clasp_subscription_begin_session (ClaspSubscription *self)
{
  g_hash_table_remove_all (self->revisions);
}

/*
 * clasp_subscription_set_asked:
 * @self: a subscription
 * @now: when SUBSCRIBE was queued
 */
void
clasp_subscription_set_asked (ClaspSubscription *self, gint64 now)
{
  self->asked = now;
}

/*
 * clasp_subscription_get_asked:
 * @self: a subscription
 *
 * Returns: when SUBSCRIBE was last queued
 */
gint64
clasp_subscription_get_asked (ClaspSubscription *self)
{
  return self->asked;
}

/*
 * clasp_subscription_wants:
 * @self: a subscription
 * @address: address of a message
 * @signal: its kind
 *
 * Returns: whether this is subscribed to
 */
gboolean
clasp_subscription_wants (ClaspSubscription *self, const char *address,
    ClaspSignalMask signal)
{
  return (self->signals & signal) &&
      clasp_pattern_matches (self->pattern, address);
}

/*
 * clasp_subscription_note_param:
 * @self: a subscription
 * @address: a matching param
 * @revision: its revision
 * @live: whether it comes in a SET, not in a SNAPSHOT
 *
 * Relays send the same state more than once, unasked after WELCOME and once
 * for each overlapping subscription.
 *
 * Returns: whether it is news
 */
gboolean
clasp_subscription_note_param (ClaspSubscription *self, const char *address,
    guint64 revision, gboolean live)
{
  guint64 *known = g_hash_table_lookup (self->revisions, address);

  if (known && !live && revision != 0 && revision <= *known)
    return FALSE;
  if (known) {
    *known = revision;
    return TRUE;
  }
  if (g_hash_table_size (self->revisions) >= MAX_REVISIONS)
    g_hash_table_remove_all (self->revisions);
  g_hash_table_insert (self->revisions, g_strdup (address),
      g_memdup2 (&revision, sizeof revision));
  return TRUE;
}

/*
 * clasp_subscription_emit:
 * @self: a subscription
 * @address: where something was received
 * @value: (nullable): what
 * @message: the message it came in
 */
void
clasp_subscription_emit (ClaspSubscription *self, const char *address,
    GVariant *value, ClaspMessage *message)
{
  g_signal_emit (self, signals[SIGNAL_RECEIVED], 0, address, value, message);
}

/**
 * clasp_subscription_get_pattern:
 * @self: a #ClaspSubscription
 *
 * Returns: (transfer none): the pattern
 *
 * Since: 0.1
 */
const char *
clasp_subscription_get_pattern (ClaspSubscription *self)
{
  g_return_val_if_fail (CLASP_IS_SUBSCRIPTION (self), NULL);
  return clasp_pattern_get_text (self->pattern);
}

static void
clasp_subscription_finalize (GObject *object)
{
  ClaspSubscription *self = CLASP_SUBSCRIPTION (object);

  g_clear_pointer (&self->pattern, clasp_pattern_unref);
  g_clear_pointer (&self->revisions, g_hash_table_unref);
  G_OBJECT_CLASS (clasp_subscription_parent_class)->finalize (object);
}

static void
clasp_subscription_class_init (ClaspSubscriptionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = clasp_subscription_finalize;

  /**
   * ClaspSubscription::received:
   * @self: the subscription
   * @address: where something was received
   * @value: (nullable): the value, %NULL if the message has none
   * @message: the message it came in; a SNAPSHOT may hold others too
   *
   * Emitted in the client's context for every message that matches, once,
   * and for every matching param of a SNAPSHOT that is news.
   *
   * Since: 0.1
   */
  signals[SIGNAL_RECEIVED] = g_signal_new ("received", CLASP_TYPE_SUBSCRIPTION,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING,
      G_TYPE_VARIANT, CLASP_TYPE_MESSAGE);
}

static void
clasp_subscription_init (ClaspSubscription *self)
{
  self->revisions =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
