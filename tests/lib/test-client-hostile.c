/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "client-fixture.h"

#include "clasp/clasp-frame.h"

static void
settle (Fixture *f)
{
  guint n = scripted_relay_count (f->relay, CLASP_MESSAGE_PONG, NULL);

  scripted_relay_say (f->relay, clasp_message_new_ping ());
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_PONG, NULL) > n);
}

/* Still the first session, and it works. */
static void
assert_alive (Fixture *f)
{
  g_ptr_array_set_size (f->received, 0);
  scripted_relay_say (f->relay,
      clasp_message_new_publish (CLASP_SIGNAL_EVENT, "/alive", NULL, 0));
  settle (f);
  g_assert_cmpuint (f->received->len, ==, 1);
  g_assert_cmpuint (f->sessions->len, ==, 1);
  g_assert_cmpuint (f->errors->len, ==, 0);
}

static void
test_malformed (void)
{
  static const struct {
    const char *bytes;
    gsize size;
  } cases[] = {
#define BYTES(text) {text, sizeof (text) - 1}
      BYTES ("\x00"), BYTES ("GET / HTTP/1.1\r\n\r\n"), BYTES ("\x53\x01\x00"),
      BYTES ("\x53\x01\xff\xff"),                  /* length without payload */
      BYTES ("\x53\x01\x00\x00"),                  /* no message */
      BYTES ("\x53\x01\x00\x01\xee"),              /* unknown message */
      BYTES ("\x53\x01\x00\x01\x21"),              /* SET of nothing */
      BYTES ("\x53\x21\x00\x01\x42"),              /* timestamp missing */
      BYTES ("\x53\x01\x00\x05\x20\x20\xff\xff/"), /* address too long */
      BYTES ("\x53\x01\x00\x06\x20\x20\x00\x01\xff\x00"),       /* not UTF-8 */
      BYTES ("\x53\x01\x00\x09\x20\x20\x00\x02/a\x01\x0a\xff"), /* array */
      BYTES ("\x53\x01\x00\x0a\x20\x20\x00\x02/a\x01\x0b\xff\xff"), /* map */
      BYTES ("\x53\x01\x00\x03\x23\xff\xff"),     /* SNAPSHOT of 65535 */
      BYTES ("\x53\x01\x00\x04\x30\x00\xff\xff"), /* BUNDLE of 65535 */
#undef BYTES
  };
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/**", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    scripted_relay_send_bytes (f->relay, cases[i].bytes, cases[i].size);
  assert_alive (f);
  g_assert_cmpuint (fixture_get_stat (f, "malformed"), ==,
      G_N_ELEMENTS (cases));
}

static void
test_text_is_ignored (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/**", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  scripted_relay_send_text (f->relay, "{\"type\":\"SET\"}");
  assert_alive (f);
  g_assert_cmpuint (fixture_get_stat (f, "malformed"), ==, 1);
}

static ClaspMessage *
new_rich_message (void)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "text", "s", "value");
  g_variant_dict_insert (&dict, "number", "d", 1.5);
  g_variant_dict_insert (&dict, "flag", "b", TRUE);
  return clasp_message_new_set_full ("/rich/address",
      g_variant_dict_end (&dict), CLASP_SET_REVISION | CLASP_SET_TTL, 7, 60);
}

/* Cut at every byte, with a header that lies and with one that does not. */
static void
test_truncated (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (ClaspMessage) message = new_rich_message ();
  g_autoptr (GBytes) frame = clasp_message_encode (message, NULL);
  g_autofree guint8 *copy = NULL;
  gsize size;

  fixture_subscribe (f, "/alive", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  copy = g_memdup2 (g_bytes_get_data (frame, &size), g_bytes_get_size (frame));
  for (gsize cut = 1; cut < size; cut++)
    scripted_relay_send_bytes (f->relay, copy, cut);
  for (gsize cut = CLASP_FRAME_HEADER_SIZE; cut < size; cut++) {
    clasp_frame_write_header (copy, CLASP_QOS_FIRE,
        cut - CLASP_FRAME_HEADER_SIZE);
    scripted_relay_send_bytes (f->relay, copy, cut);
  }
  assert_alive (f);
  g_assert_cmpuint (fixture_get_stat (f, "malformed"), >, size);
}

/* A value nested deeper than anything real. */
static void
test_too_deep (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint8 frame[60000] = {0};
  gsize at = CLASP_FRAME_HEADER_SIZE;

  frame[at++] = CLASP_MESSAGE_PUBLISH;
  frame[at++] = CLASP_SIGNAL_EVENT << 5;
  frame[at++] = 0;
  frame[at++] = 2;
  frame[at++] = '/';
  frame[at++] = 'a';
  frame[at++] = 1;
  while (at + 3 < sizeof frame) {
    frame[at++] = 0x0a; /* array of one */
    frame[at++] = 0;
    frame[at++] = 1;
  }
  clasp_frame_write_header (frame, CLASP_QOS_FIRE,
      at - CLASP_FRAME_HEADER_SIZE);
  fixture_subscribe (f, "/**", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  scripted_relay_send_bytes (f->relay, frame, at);
  assert_alive (f);
  g_assert_cmpuint (fixture_get_stat (f, "malformed"), ==, 1);
}

/* No relay sends such a thing, so it is not one. */
static void
test_oversized (void)
{
  g_autofree guint8 *bytes = g_malloc0 (CLASP_FRAME_MAX_SIZE + 1);
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_connect (f);
  scripted_relay_send_bytes (f->relay, bytes, CLASP_FRAME_MAX_SIZE);
  settle (f);
  g_assert_cmpuint (f->sessions->len, ==, 1);
  scripted_relay_send_bytes (f->relay, bytes, CLASP_FRAME_MAX_SIZE + 1);
  WAIT (f->errors->len == 1);
  g_assert_error ((GError *) f->errors->pdata[0], CLASP_ERROR,
      CLASP_ERROR_CLOSED);
  WAIT (f->sessions->len == 2);
}

static void
test_unusable_sessions (void)
{
  static const char *const sessions[] = {"", "a/b", "*", "a b", "a\nb", "ü"};
  ScriptedRelayRules rules = {.no_welcome = TRUE};

  for (guint i = 0; i <= G_N_ELEMENTS (sessions); i++) {
    g_autoptr (Fixture) f = fixture_new (&rules);
    g_autofree char *endless = g_strnfill (1000, 'x');

    clasp_client_connect_async (f->client, NULL, NULL, NULL);
    WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_HELLO, NULL) == 1);
    scripted_relay_say (f->relay,
        clasp_message_new_welcome (0, 0,
            i < G_N_ELEMENTS (sessions) ? sessions[i] : endless, "", NULL));
    WAIT (clasp_client_get_state (f->client) == CLASP_CLIENT_RECONNECTING);
    g_assert_cmpuint (f->sessions->len, ==, 0);
  }
}

/* Before the WELCOME nothing counts, and there is only one. */
static void
test_out_of_turn (void)
{
  ScriptedRelayRules rules = {.no_welcome = TRUE};
  g_autoptr (Fixture) f = fixture_new (&rules);
  g_autofree char *session = NULL;

  fixture_subscribe (f, "/**", CLASP_SIGNAL_MASK_ALL);
  clasp_client_connect_async (f->client, NULL, NULL, NULL);
  WAIT (scripted_relay_count (f->relay, CLASP_MESSAGE_HELLO, NULL) == 1);
  scripted_relay_say (f->relay,
      clasp_message_new_set ("/early", g_variant_new_int64 (1)));
  scripted_relay_say (f->relay, clasp_message_new_ping ());
  scripted_relay_say (f->relay, clasp_message_new_sync_reply (1, 2, 3));
  scripted_relay_say (f->relay,
      clasp_message_new_welcome (0, 5, "first", "", NULL));
  scripted_relay_say (f->relay,
      clasp_message_new_welcome (0, 5, "second", "", NULL));
  scripted_relay_say (f->relay, clasp_message_new_hello ("relay", 0, NULL));
  scripted_relay_say (f->relay,
      clasp_message_new_sync_reply (G_MAXUINT64, G_MAXUINT64, G_MAXUINT64));
  settle (f);
  session = clasp_client_dup_session (f->client);
  g_assert_cmpstr (session, ==, "first");
  g_assert_cmpuint (f->received->len, ==, 0);
  g_assert_cmpuint (scripted_relay_count (f->relay, CLASP_MESSAGE_HELLO, NULL),
      ==, 1);
}

static void
test_ping_flood (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/**", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  for (guint i = 0; i < 5000; i++)
    scripted_relay_say (f->relay, clasp_message_new_ping ());
  assert_alive (f);
  g_assert_cmpuint (fixture_get_stat (f, "queued-bytes"), <, 10000);
}

/* More params than a subscription remembers. */
static void
test_many_params (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_subscribe (f, "/p/*", CLASP_SIGNAL_MASK_ALL);
  fixture_connect (f);
  for (guint i = 0; i < 10000; i++) {
    g_autofree char *address = g_strdup_printf ("/p/%u", i);

    scripted_relay_say (f->relay,
        clasp_message_new_set_full (address, g_variant_new_int64 (i),
            CLASP_SET_REVISION, 1, 0));
  }
  WAIT (f->received->len == 10000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hostile/malformed", test_malformed);
  g_test_add_func ("/hostile/text-is-ignored", test_text_is_ignored);
  g_test_add_func ("/hostile/truncated", test_truncated);
  g_test_add_func ("/hostile/too-deep", test_too_deep);
  g_test_add_func ("/hostile/oversized", test_oversized);
  g_test_add_func ("/hostile/unusable-sessions", test_unusable_sessions);
  g_test_add_func ("/hostile/out-of-turn", test_out_of_turn);
  g_test_add_func ("/hostile/ping-flood", test_ping_flood);
  g_test_add_func ("/hostile/many-params", test_many_params);
  return g_test_run ();
}
