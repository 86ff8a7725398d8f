/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "clasp-client-private.h"

#include "clasp-relay-error-private.h"

/* What one message says about one address. */
typedef struct {
  const char *address;
  ClaspSignalMask signal;
  GVariant *value; /* or NULL */
  gboolean is_param;
  gboolean live; /* not out of a SNAPSHOT */
  guint64 revision;
  ClaspMessage *message;
} News;

static gboolean
concerns (ClaspSubscription *subscription, const News *news)
{
  if (!clasp_subscription_wants (subscription, news->address, news->signal))
    return FALSE;
  return !news->is_param ||
      clasp_subscription_note_param (subscription, news->address,
          news->revision, news->live);
}

/* Collected first: those who are told may subscribe and unsubscribe. */
static void
tell_subscriptions (ClaspClient *self, const News *news)
{
  g_autoptr (GPtrArray) concerned = NULL;

  for (guint i = 0; i < self->subscriptions->len; i++) {
    ClaspSubscription *subscription = self->subscriptions->pdata[i];

    if (!concerns (subscription, news))
      continue;
    if (!concerned)
      concerned = g_ptr_array_new_with_free_func (g_object_unref);
    g_ptr_array_add (concerned, g_object_ref (subscription));
  }
  for (guint i = 0; concerned && i < concerned->len; i++) {
    if (g_ptr_array_find (self->subscriptions, concerned->pdata[i], NULL))
      clasp_subscription_emit (concerned->pdata[i], news->address, news->value,
          news->message);
  }
}

static void
receive_snapshot (ClaspClient *self, ClaspMessage *message)
{
  guint n_params = clasp_message_get_n_params (message);

  for (guint i = 0; i < n_params; i++) {
    ClaspParam param;
    News news = {.signal = CLASP_SIGNAL_MASK_PARAM, .is_param = TRUE};

    if (!clasp_message_get_param (message, i, &param))
      continue;
    news.address = param.address;
    news.value = param.value;
    news.revision = param.revision;
    news.message = message;
    clasp_client_answer_gets (self, param.address, param.value);
    tell_subscriptions (self, &news);
  }
}

static void
receive_set (ClaspClient *self, ClaspMessage *message)
{
  News news = {
      .address = clasp_message_get_address (message),
      .signal = CLASP_SIGNAL_MASK_PARAM,
      .value = clasp_message_get_value (message),
      .is_param = TRUE,
      .live = TRUE,
      .message = message,
  };

  clasp_message_get_revision (message, &news.revision);
  tell_subscriptions (self, &news);
}

static void
receive_publish (ClaspClient *self, ClaspMessage *message)
{
  News news = {
      .address = clasp_message_get_address (message),
      .signal = 1 << clasp_message_get_signal (message),
      .value = clasp_message_get_value (message),
      .message = message,
  };

  tell_subscriptions (self, &news);
}

static void
receive_bundle (ClaspClient *self, ClaspMessage *message)
{
  guint n_members = clasp_message_get_n_members (message);

  for (guint i = 0; i < n_members; i++) {
    ClaspMessage *member = clasp_message_get_member (message, i);
    ClaspMessageType type =
        member ? clasp_message_get_message_type (member) : 0;

    if (type == CLASP_MESSAGE_SET)
      receive_set (self, member);
    else if (type == CLASP_MESSAGE_PUBLISH)
      receive_publish (self, member);
  }
}

static void
receive_error (ClaspClient *self, ClaspMessage *message)
{
  const char *address = clasp_message_get_address (message);
  g_autofree char *url = clasp_client_dup_shown_url (self);
  g_autoptr (GError) error = clasp_relay_error_new (url, message);
  gboolean has_address = address && *address;

  if (error->code == CLASP_ERROR_RATE_LIMITED && !has_address &&
      clasp_sender_rate_refused (self->sender, g_get_monotonic_time ()))
    clasp_client_repeat_subscriptions (self);
  if (error->code == CLASP_ERROR_FORBIDDEN && has_address) {
    clasp_sender_member_refused (self->sender, address);
    clasp_client_refuse_gets (self, address, error);
  }
  clasp_client_emit_error (self, error);
}

/*
 * clasp_client_dispatch:
 * @self: a client
 * @message: what the relay sent
 */
void
clasp_client_dispatch (ClaspClient *self, ClaspMessage *message)
{
  clasp_client_emit_message (self, message);
  switch (clasp_message_get_message_type (message)) {
    case CLASP_MESSAGE_SET:
      receive_set (self, message);
      break;
    case CLASP_MESSAGE_PUBLISH:
      receive_publish (self, message);
      break;
    case CLASP_MESSAGE_SNAPSHOT:
      receive_snapshot (self, message);
      break;
    case CLASP_MESSAGE_BUNDLE:
      receive_bundle (self, message);
      break;
    case CLASP_MESSAGE_ERROR:
      receive_error (self, message);
      break;
    default:
      break;
  }
}
