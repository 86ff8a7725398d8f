/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Size of WebSocket messages, whatever their fragments. */

#include "relay/clasp-relay-guard-private.h"

/* Frames as text: "b100." is a binary frame of 100 bytes with FIN, "b100" one
 * without; c continuation, t text, p ping, o pong, x close. */
static void
append_frame (GByteArray *wire, const char *name)
{
  static const char opcodes[] = "cbtpox";
  static const guint8 values[] = {0x0, 0x2, 0x1, 0x9, 0xa, 0x8};
  char *end;
  guint64 size = g_ascii_strtoull (name + 1, &end, 10);
  guint8 first = *end == '.' ? 0x80 : 0, masked = 0x80;
  guint8 length[10];
  guint n = size < 126 ? 0 : size < 65536 ? 2 : 8;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (opcodes[i] == name[0])
      first |= values[i];
  length[0] = first;
  length[1] = masked | (n == 0 ? size : n == 2 ? 126 : 127);
  for (guint i = 0; i < n; i++)
    length[2 + i] = size >> (8 * (n - 1 - i));
  g_byte_array_append (wire, length, 2 + n);
  /* payload like headers, to notice when it is read as such */
  for (guint64 i = 0; i < size + 4 && i < 100000; i++)
    g_byte_array_append (wire, (const guint8 *) "\xff", 1);
}

static void
test_messages (void)
{
  const struct {
    const char *frames;
    gboolean fits; /* in 1000 bytes */
  } cases[] = {
      {"b1000.", TRUE},
      {"b1001.", FALSE},
      {"b0. b0. b0.", TRUE},
      {"b1000. b1000. t1000.", TRUE},
      {"b500 c500.", TRUE},
      {"b500 c501.", FALSE},
      {"b500 c500 c0 c1", FALSE},
      {"b999 p125. o125. p0. c1. b1000.", TRUE},
      {"b999 p125. o125. c2.", FALSE},
      {"b600 b600.", TRUE}, /* libsoup refuses it */
      {"x2. b1000.", TRUE},
      {"b70000.", FALSE},
      {"b18446744073709551615.", FALSE},
      {"p18446744073709551615.", FALSE},
  };
  const gsize steps[] = {1, 2, 3, 7, 125, 100000};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (GStrv) names = g_strsplit (cases[i].frames, " ", -1);
    g_autoptr (GByteArray) wire = g_byte_array_new ();

    for (guint k = 0; names[k] != NULL; k++)
      append_frame (wire, names[k]);

    for (guint k = 0; k < G_N_ELEMENTS (steps); k++) {
      ClaspRelayGuard guard;
      gboolean fits = TRUE;

      g_test_message ("%s by %u", cases[i].frames, (guint) steps[k]);
      clasp_relay_guard_init (&guard, 1000);
      for (gsize at = 0; fits && at < wire->len; at += steps[k])
        fits = clasp_relay_guard_feed (&guard, wire->data + at,
            MIN (steps[k], wire->len - at));
      g_assert_cmpint (fits, ==, cases[i].fits);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/guard/messages", test_messages);

  return g_test_run ();
}
