/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

/* Params of the relay: revisions, locks, TTL, capacity, owned presence. */

#include "relay/clasp-relay-state-private.h"
#include <string.h>

#define SECOND G_USEC_PER_SEC
#define A "11111111-1111-4111-8111-111111111111"
#define B "22222222-2222-4222-8222-222222222222"

static const ClaspRelayStateLimits roomy = {1000, 1 << 20, 16, 3600};

static gboolean
set_full (ClaspRelayState *state, const char *writer, gint64 now,
    const char *address, GVariant *value, ClaspSetFlags flags, guint64 expected,
    guint32 ttl, GError **error)
{
  g_autoptr (ClaspMessage) set =
      clasp_message_new_set_full (address, value, flags, expected, ttl);
  guint64 revision = 0;

  return clasp_relay_state_set (state, set, writer,
      (ClaspRelayTime){now, now + 5000}, &revision, error);
}

static gboolean
set (ClaspRelayState *state, const char *writer, gint64 now,
    const char *address, double number)
{
  return set_full (state, writer, now, address, g_variant_new_double (number),
      CLASP_SET_NONE, 0, 0, NULL);
}

static double
number (ClaspRelayState *state, const char *address)
{
  ClaspParam param;

  if (!clasp_relay_state_get (state, address, &param) ||
      !g_variant_is_of_type (param.value, G_VARIANT_TYPE_DOUBLE))
    return -1;
  return g_variant_get_double (param.value);
}

static guint64
revision (ClaspRelayState *state, const char *address)
{
  ClaspParam param;

  return clasp_relay_state_get (state, address, &param) ? param.revision : 0;
}

static void
test_write (void)
{
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&roomy);
  ClaspParam param;

  g_assert_false (clasp_relay_state_get (state, "/a", &param));
  g_assert_true (set (state, A, 10, "/a", 1));
  g_assert_true (set (state, B, 20, "/a", 2));
  g_assert_true (clasp_relay_state_get (state, "/a", &param));
  g_assert_cmpstr (param.address, ==, "/a");
  g_assert_cmpstr (param.writer, ==, B);
  g_assert_cmpuint (param.revision, ==, 2);
  g_assert_cmpuint (param.timestamp, ==, 5020);
  g_assert_cmpfloat (number (state, "/a"), ==, 2);
  g_assert_cmpuint (clasp_relay_state_get_n_params (state), ==, 1);
}

static void
test_expected_revision (void)
{
  const struct {
    guint64 expected;
    gboolean accepted;
  } cases[] = {{0, FALSE}, {1, FALSE}, {2, TRUE}, {2, FALSE}, {3, TRUE},
      {999, FALSE}};
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&roomy);

  /* ignored when the param is new */
  g_assert_true (set_full (state, A, 0, "/a", g_variant_new_double (0),
      CLASP_SET_REVISION, 77, 0, NULL));
  g_assert_true (set (state, A, 0, "/a", 0));

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (set_full (state, A, 0, "/a", g_variant_new_double (i),
                         CLASP_SET_REVISION, cases[i].expected, 0, &error),
        ==, cases[i].accepted);
    if (!cases[i].accepted) {
      g_assert_error (error, CLASP_ERROR, CLASP_ERROR_CONFLICT);
      g_assert_nonnull (strstr (error->message, "RevisionConflict"));
    }
  }
  g_assert_cmpuint (revision (state, "/a"), ==, 4);
  g_assert_cmpfloat (number (state, "/a"), ==, 4);
}

static void
test_lock (void)
{
  const struct {
    const char *writer;
    ClaspSetFlags flags;
    gboolean accepted;
  } cases[] = {
      {A, CLASP_SET_LOCK, TRUE},   /* A holds it */
      {A, CLASP_SET_NONE, TRUE},   /* the holder may write */
      {B, CLASP_SET_NONE, FALSE},  /* others may not */
      {B, CLASP_SET_LOCK, FALSE},  /* nor take it */
      {B, CLASP_SET_UNLOCK, TRUE}, /* as the reference: value goes through */
      {B, CLASP_SET_NONE, FALSE},  /* but A still holds it */
      {A, CLASP_SET_UNLOCK, TRUE}, /* released */
      {B, CLASP_SET_LOCK, TRUE},   /* now B */
      {A, CLASP_SET_NONE, FALSE},
      {A, CLASP_SET_LOCK | CLASP_SET_UNLOCK, FALSE},
  };
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&roomy);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("case %u", i);
    g_assert_cmpint (set_full (state, cases[i].writer, 0, "/a",
                         g_variant_new_double (i), cases[i].flags, 0, 0,
                         &error),
        ==, cases[i].accepted);
    if (!cases[i].accepted)
      g_assert_error (error, CLASP_ERROR, CLASP_ERROR_CONFLICT);
  }

  /* the end of the holder's session gives it back */
  g_ptr_array_unref (clasp_relay_state_release (state, B));
  g_assert_true (set (state, A, 0, "/a", 1));
}

static void
test_ttl (void)
{
  const struct {
    const char *name;
    ClaspSetFlags flags;
    guint32 ttl;
    gint64 lifetime; /* seconds, -1 = for ever */
  } cases[] = {
      {"none: the relay's", CLASP_SET_NONE, 0, 100},
      {"sliding", CLASP_SET_TTL, 7, 7},
      {"absolute", CLASP_SET_TTL, CLASP_TTL_ABSOLUTE | 9, 9},
      {"never", CLASP_SET_TTL, 0, -1},
      {"absolute never", CLASP_SET_TTL, CLASP_TTL_ABSOLUTE, -1},
      {"longest", CLASP_SET_TTL, 0x7fffffff, 0x7fffffff},
  };
  const ClaspRelayStateLimits limits = {1000, 1 << 20, 16, 100};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&limits);
    gint64 end = 50 * SECOND + cases[i].lifetime * SECOND;

    g_test_message ("%s", cases[i].name);
    /* the second write starts the time again, the TTL stays */
    g_assert_true (set_full (state, A, 0, "/a", g_variant_new_double (1),
        cases[i].flags, 0, cases[i].ttl, NULL));
    g_assert_true (set (state, A, 50 * SECOND, "/a", 2));

    if (cases[i].lifetime < 0) {
      g_assert_cmpint (clasp_relay_state_next_deadline (state), ==, G_MAXINT64);
      g_assert_cmpuint (clasp_relay_state_expire (state, G_MAXINT64 - 1), ==,
          0);
      continue;
    }
    g_assert_cmpint (clasp_relay_state_next_deadline (state), ==, end);
    g_assert_cmpuint (clasp_relay_state_expire (state, end - 1), ==, 0);
    g_assert_cmpuint (clasp_relay_state_expire (state, end), ==, 1);
    g_assert_cmpuint (clasp_relay_state_get_n_params (state), ==, 0);
    g_assert_cmpuint (clasp_relay_state_get_bytes (state), ==, 0);
  }
}

static void
test_expiry_order (void)
{
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&roomy);
  const guint32 ttls[] = {9, 3, 7, 1, 5};

  for (guint i = 0; i < G_N_ELEMENTS (ttls); i++) {
    g_autofree char *address = g_strdup_printf ("/p/%u", ttls[i]);

    g_assert_true (set_full (state, A, 0, address, g_variant_new_double (1),
        CLASP_SET_TTL, 0, ttls[i], NULL));
  }
  for (guint32 second = 1; second <= 9; second += 2) {
    g_assert_cmpint (clasp_relay_state_next_deadline (state), ==,
        second * SECOND);
    g_assert_cmpuint (clasp_relay_state_expire (state, second * SECOND), ==, 1);
  }
}

static void
test_count_limit (void)
{
  const ClaspRelayStateLimits limits = {3, 1 << 20, 16, 0};
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&limits);

  g_assert_true (set (state, A, 1, "/a", 1));
  g_assert_true (set (state, A, 2, "/b", 1));
  g_assert_true (set (state, A, 3, "/c", 1));
  g_assert_true (set (state, A, 4, "/a", 2)); /* now /b is the oldest */
  g_assert_true (set (state, A, 5, "/d", 1));
  g_assert_cmpuint (revision (state, "/b"), ==, 0);
  g_assert_cmpuint (revision (state, "/a"), ==, 2);

  /* a null goes before anything that is older */
  g_assert_true (set_full (state, A, 6, "/d", clasp_value_new_null (),
      CLASP_SET_NONE, 0, 0, NULL));
  g_assert_true (set (state, A, 7, "/e", 1));
  g_assert_cmpuint (revision (state, "/d"), ==, 0);
  g_assert_cmpuint (clasp_relay_state_get_n_params (state), ==, 3);
}

static void
test_byte_limit (void)
{
  const ClaspRelayStateLimits limits = {1000, 4000, 16, 0};
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&limits);
  g_autofree char *text = g_strnfill (1000, 'x');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 100; i++) {
    g_autofree char *address = g_strdup_printf ("/p/%u", i);

    g_assert_true (set_full (state, A, i, address, g_variant_new_string (text),
        CLASP_SET_NONE, 0, 0, NULL));
    g_assert_cmpuint (clasp_relay_state_get_bytes (state), <=, 4000);
  }
  g_assert_cmpuint (revision (state, "/p/99"), ==, 1);
  g_assert_cmpuint (clasp_relay_state_get_n_params (state), ==, 3);

  /* growing a param evicts others, never itself */
  g_clear_pointer (&text, g_free);
  text = g_strnfill (3500, 'x');
  g_assert_true (set_full (state, A, 200, "/p/97", g_variant_new_string (text),
      CLASP_SET_NONE, 0, 0, NULL));
  g_assert_cmpuint (clasp_relay_state_get_n_params (state), ==, 1);
  g_assert_cmpuint (revision (state, "/p/97"), ==, 2);

  g_clear_pointer (&text, g_free);
  text = g_strnfill (5000, 'x');
  g_assert_false (set_full (state, A, 201, "/p/97", g_variant_new_string (text),
      CLASP_SET_NONE, 0, 0, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_LIMIT);
  g_assert_cmpuint (revision (state, "/p/97"), ==, 2);
}

static void
test_too_large (void)
{
  const ClaspRelayStateLimits limits = {10, 1 << 20, 16, 0};
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&limits);
  g_autoptr (GError) error = NULL;

  /* fits a SET, but not the SNAPSHOT that must carry it later */
  for (gsize length = 65400; length < 65500; length++) {
    g_autofree char *text = g_strnfill (length, 'x');

    g_clear_error (&error);
    if (set_full (state, A, 0, "/a", g_variant_new_string (text),
            CLASP_SET_NONE, 0, 0, &error)) {
      ClaspParam param;
      g_autoptr (ClaspMessage) snapshot = NULL;
      g_autoptr (GBytes) bytes = NULL;

      g_assert_true (clasp_relay_state_get (state, "/a", &param));
      snapshot = clasp_message_new_snapshot (&param, 1);
      bytes = clasp_message_encode (snapshot, NULL);
      g_assert_nonnull (bytes);
    }
  }
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE);
  g_assert_cmpuint (revision (state, "/a"), >, 10);
}

/* The estimate must be exact, or a snapshot is split in the wrong place. */
static void
test_param_size (void)
{
  const char *values[] = {"1.5", "int64 -3", "true", "'text'", "b'bytes'",
      "@mv nothing", "[<1.0>, <'two'>, <@av []>]",
      "{'a': <1.0>, 'long key': <{'x': <'y'>}>}", "@a{sv} {}"};

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autoptr (GVariant) value =
        g_variant_parse (NULL, values[i], NULL, NULL, NULL);
    ClaspParam param = {"/some/address", value, 7, A, 9};
    g_autoptr (ClaspMessage) none = clasp_message_new_snapshot (NULL, 0);
    g_autoptr (ClaspMessage) one = clasp_message_new_snapshot (&param, 1);
    g_autoptr (GBytes) empty = clasp_message_encode (none, NULL);
    g_autoptr (GBytes) bytes = clasp_message_encode (one, NULL);
    gsize size = g_bytes_get_size (bytes) - g_bytes_get_size (empty);

    g_test_message ("%s", values[i]);
    g_assert_cmpuint (clasp_relay_param_size (&param), >=, size);
    g_assert_cmpuint (clasp_relay_param_size (&param), <=, size + 8);
  }
}

static void
test_ownership (void)
{
  const struct {
    const char *address;
    const char *writer;
    gboolean gone;
  } cases[] = {
      {"/video/room/r/presence/" A, A, TRUE},
      {"/video/room/r/presence/" A "/extra", A, TRUE}, {"/" A, A, TRUE},
      {"/video/room/r/presence/" B, A, FALSE},  /* somebody else's */
      {"/video/room/r/presence/x" A, A, FALSE}, /* not a whole segment */
      {"/video/room/r/presence/" A "x", A, FALSE}, {"/settings", A, FALSE},
      {"/presence/" A, B, FALSE}, /* overwritten by B */
  };
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&roomy);
  g_autoptr (GPtrArray) removals = NULL;
  guint n_gone = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_true (set (state, A, 0, cases[i].address, 1));
    g_assert_true (set (state, cases[i].writer, 0, cases[i].address, 2));
    n_gone += cases[i].gone;
  }

  removals = clasp_relay_state_release (state, A);
  g_assert_cmpuint (removals->len, ==, n_gone);
  for (guint i = 0; i < removals->len; i++) {
    ClaspRelayRemoval *removal = g_ptr_array_index (removals, i);

    g_assert_nonnull (strstr (removal->address, A));
    g_assert_cmpuint (removal->revision, ==, 3);
  }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (revision (state, cases[i].address), ==,
        cases[i].gone ? 0 : 2);

  g_ptr_array_unref (removals);
  removals = clasp_relay_state_release (state, A);
  g_assert_cmpuint (removals->len, ==, 0);
}

/* A flood of params evicts no presence, and presence has its own limit. */
static void
test_flood (void)
{
  const ClaspRelayStateLimits limits = {50, 1 << 20, 4, 0};
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&limits);
  g_autoptr (GPtrArray) removals = NULL;

  g_assert_true (set (state, A, 0, "/presence/" A, 1));
  for (guint i = 0; i < 500; i++) {
    g_autofree char *plain = g_strdup_printf ("/flood/%u", i);
    g_autofree char *fake = g_strdup_printf ("/fake/%u/" B, i);

    g_assert_true (set (state, B, i, plain, 1));
    g_assert_true (set (state, B, i, fake, 1));
  }
  g_assert_cmpuint (revision (state, "/presence/" A), ==, 1);
  g_assert_cmpuint (clasp_relay_state_get_n_params (state), ==, 50);

  removals = clasp_relay_state_release (state, B);
  g_assert_cmpuint (removals->len, ==, 4);
}

static void
test_full_of_presence (void)
{
  const ClaspRelayStateLimits limits = {2, 1 << 20, 4, 0};
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&limits);
  g_autoptr (GError) error = NULL;

  g_assert_true (set (state, A, 0, "/presence/" A, 1));
  g_assert_true (set (state, B, 0, "/presence/" B, 1));
  g_assert_false (set_full (state, B, 0, "/c", g_variant_new_double (1),
      CLASP_SET_NONE, 0, 0, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "AtCapacity"));
  g_assert_true (set (state, B, 0, "/presence/" B, 2));
}

/* The relay-wide TTL is not for the presence of a live session. */
static void
test_owned_ttl (void)
{
  const ClaspRelayStateLimits limits = {10, 1 << 20, 4, 100};
  g_autoptr (ClaspRelayState) state = clasp_relay_state_new (&limits);

  g_assert_true (set (state, A, 0, "/presence/" A, 1));
  g_assert_cmpint (clasp_relay_state_next_deadline (state), ==, G_MAXINT64);
  g_assert_true (set_full (state, A, 0, "/presence/" A,
      g_variant_new_double (1), CLASP_SET_TTL, 0, 35, NULL));
  g_assert_cmpint (clasp_relay_state_next_deadline (state), ==, 35 * SECOND);
  g_assert_cmpuint (clasp_relay_state_expire (state, 35 * SECOND), ==, 1);
  g_ptr_array_unref (clasp_relay_state_release (state, A));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/state/write", test_write);
  g_test_add_func ("/relay/state/expected-revision", test_expected_revision);
  g_test_add_func ("/relay/state/lock", test_lock);
  g_test_add_func ("/relay/state/ttl", test_ttl);
  g_test_add_func ("/relay/state/expiry-order", test_expiry_order);
  g_test_add_func ("/relay/state/count-limit", test_count_limit);
  g_test_add_func ("/relay/state/byte-limit", test_byte_limit);
  g_test_add_func ("/relay/state/too-large", test_too_large);
  g_test_add_func ("/relay/state/param-size", test_param_size);
  g_test_add_func ("/relay/state/ownership", test_ownership);
  g_test_add_func ("/relay/state/flood", test_flood);
  g_test_add_func ("/relay/state/full-of-presence", test_full_of_presence);
  g_test_add_func ("/relay/state/owned-ttl", test_owned_ttl);

  return g_test_run ();
}
