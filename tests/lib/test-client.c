/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "client-fixture.h"

static void
test_connect (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree char *session = NULL;
  ClaspMessage *hello;

  g_object_set (f->client, "name", "tester", "token", "secret", NULL);
  fixture_connect (f);
  g_assert_cmpint (clasp_client_get_state (f->client), ==,
      CLASP_CLIENT_CONNECTED);
  session = clasp_client_dup_session (f->client);
  g_assert_cmpstr (session, ==, scripted_relay_get_session (f->relay));
  hello = scripted_relay_find (f->relay, CLASP_MESSAGE_HELLO, NULL, 0);
  g_assert_cmpstr (clasp_message_get_name (hello), ==, "tester");
  g_assert_cmpstr (clasp_message_get_token (hello), ==, "secret");
  g_assert_cmphex (clasp_message_get_features (hello), ==, 0xe0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/connect", test_connect);
  return g_test_run ();
}
