/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "relay-fixture.h"

static gboolean
start (gpointer data)
{
  RelayFixture *self = data;
  g_autoptr (GError) error = NULL;

  self->relay = clasp_relay_new ();
  g_object_set (self->relay, "port", self->port, "token", self->token, NULL);
  clasp_relay_start (self->relay, &error);
  g_assert_no_error (error);
  self->port = clasp_relay_get_port (self->relay);
  return G_SOURCE_REMOVE;
}

static gboolean
stop (gpointer data)
{
  RelayFixture *self = data;

  clasp_relay_stop (self->relay);
  g_clear_object (&self->relay);
  return G_SOURCE_REMOVE;
}

void
relay_fixture_start (RelayFixture *self)
{
  if (!self->io)
    self->io = clasp_io_thread_new ("test-relay");
  clasp_io_thread_call (self->io, start, self);
}

void
relay_fixture_stop (RelayFixture *self)
{
  clasp_io_thread_call (self->io, stop, self);
}

void
relay_fixture_clear (RelayFixture *self)
{
  if (self->relay)
    relay_fixture_stop (self);
  g_clear_object (&self->io);
}

char *
relay_fixture_url (RelayFixture *self)
{
  return g_strdup_printf ("ws://127.0.0.1:%u/", self->port);
}
