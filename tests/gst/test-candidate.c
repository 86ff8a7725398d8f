/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <clasp/gstclaspsdp.h>

#include <string.h>

#define WATCHDOG_S 20

static const struct {
  const char *in;
  const char *out;
  const char *host;
} good[] = {
    {"candidate:1 1 udp 2122252543 192.0.2.1 5000 typ host",
        "candidate:1 1 UDP 2122252543 192.0.2.1 5000 typ host", "192.0.2.1"},
    {"a=candidate:1 2 UDP 1 192.0.2.1 1 typ host",
        "candidate:1 2 UDP 1 192.0.2.1 1 typ host", "192.0.2.1"},
    {"1 1 UDP 1 192.0.2.1 1 typ host",
        "candidate:1 1 UDP 1 192.0.2.1 1 typ host", "192.0.2.1"},
    /* Chromium */
    {"candidate:842163049 1 udp 1677729535 192.0.2.7 49203 typ srflx raddr "
     "10.0.0.5 rport 49203 generation 0 ufrag EsAw network-id 1 network-cost "
     "10",
        "candidate:842163049 1 UDP 1677729535 192.0.2.7 49203 typ srflx raddr "
        "10.0.0.5 rport 49203 generation 0 ufrag EsAw network-id 1 "
        "network-cost 10",
        "192.0.2.7"},
    {"candidate:1853887674 1 tcp 1518280447 2001:db8::7 9 typ host tcptype "
     "active generation 0",
        "candidate:1853887674 1 TCP 1518280447 2001:db8::7 9 typ host tcptype "
        "active generation 0",
        "2001:db8::7"},
    /* Chromium and Firefox hide addresses */
    {"candidate:1 1 udp 2113937151 "
     "b6a3f1d4-7c2e-4f58-9a0b-3d1e5c7f9b2a.local 55555 typ host",
        "candidate:1 1 UDP 2113937151 "
        "b6a3f1d4-7c2e-4f58-9a0b-3d1e5c7f9b2a.local 55555 typ host",
        "b6a3f1d4-7c2e-4f58-9a0b-3d1e5c7f9b2a.local"},
    {"candidate:3 1 UDP 92217087 192.0.2.9 61000 typ relay raddr 0.0.0.0 rport "
     "0",
        "candidate:3 1 UDP 92217087 192.0.2.9 61000 typ relay raddr 0.0.0.0 "
        "rport 0",
        "192.0.2.9"},
    /* what libnice would take as credentials is left out */
    {"candidate:1 1 UDP 1 192.0.2.1 1 typ prflx username evil password evil x "
     "y",
        "candidate:1 1 UDP 1 192.0.2.1 1 typ prflx", "192.0.2.1"},
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GstClaspCandidate) candidate = NULL;
    g_autoptr (GstClaspCandidate) again = NULL;

    g_test_message ("%s", good[i].in);
    candidate = gst_clasp_candidate_parse (3, "video", good[i].in, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (candidate->text, ==, good[i].out);
    g_assert_cmpstr (candidate->host, ==, good[i].host);
    g_assert_cmpstr (candidate->mid, ==, "video");
    g_assert_cmpuint (candidate->mline, ==, 3);

    again = gst_clasp_candidate_parse (3, "video", candidate->text, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (again->text, ==, candidate->text);
  }
}

static const char *const bad[] = {
    "nonsense",
    "{\"candidate\":\"candidate:1 1 UDP 1 192.0.2.1 1 typ host\"}",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ",
    "candidate: 1 UDP 1 192.0.2.1 1 typ host",
    "candidate:a!b 1 UDP 1 192.0.2.1 1 typ host",
    "candidate:012345678901234567890123456789012 1 UDP 1 192.0.2.1 1 typ host",
    "candidate:1 0 UDP 1 192.0.2.1 1 typ host",
    "candidate:1 3 UDP 1 192.0.2.1 1 typ host",
    "candidate:1 -1 UDP 1 192.0.2.1 1 typ host",
    "candidate:1 1 SCTP 1 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 0 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 4294967296 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 0x10 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 1 192.0.2.256 1 typ host",
    "candidate:1 1 UDP 1 1.2.3 1 typ host",
    "candidate:1 1 UDP 1 0.0.0.0 1 typ host",
    "candidate:1 1 UDP 1 :: 1 typ host",
    "candidate:1 1 UDP 1 224.0.0.1 1 typ host",
    "candidate:1 1 UDP 1 255.255.255.255 1 typ host",
    "candidate:1 1 UDP 1 ff02::1 1 typ host",
    "candidate:1 1 UDP 1 fe80::1%eth0 1 typ host",
    "candidate:1 1 UDP 1 [2001:db8::1] 1 typ host",
    "candidate:1 1 UDP 1 host..local 1 typ host",
    "candidate:1 1 UDP 1 .local 1 typ host",
    "candidate:1 1 UDP 1 -x.local 1 typ host",
    "candidate:1 1 UDP 1 x/../y 1 typ host",
    "candidate:1 1 UDP 1 $(id).local 1 typ host",
    "candidate:1 1 UDP 1 h\xc3\xb6st.local 1 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 0 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 65536 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 1 type host",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ hosts",
    "candidate:1 1  UDP 1 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host ",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\na=evil:1",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host generation",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host generation x",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host generation -1",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ srflx raddr a..b rport 1",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ srflx raddr 10.0.0.1 rport 65536",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host ufrag a\tb",
    "candidate:1 1 TCP 1 192.0.2.1 1 typ host",
    "candidate:1 1 TCP 1 192.0.2.1 1 typ host tcptype evil",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host tcptype active",
    ("candidate:1 1 UDP 1 192.0.2.1 1 typ host a 1 b 1 c 1 d 1 e 1 f 1 g 1 h 1 "
     "i 1 j 1 k 1 l 1 m 1"),
};

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", bad[i]);
    g_assert_null (gst_clasp_candidate_parse (0, NULL, bad[i], &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
  }
}

static void
test_place (void)
{
  static const char text[] = "candidate:1 1 UDP 1 192.0.2.1 1 typ host";
  g_autoptr (GError) error = NULL;
  g_autoptr (GstClaspCandidate) candidate =
      gst_clasp_candidate_parse (0, "", text, &error);

  g_assert_no_error (error);
  g_assert_null (candidate->mid);
  g_assert_null (gst_clasp_candidate_parse (16, NULL, text, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (gst_clasp_candidate_parse (0, "a b", text, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
}

static void
test_end_of_candidates (void)
{
  static const char *const empty[] = {"", "candidate:", "a=candidate:"};

  for (guint i = 0; i < G_N_ELEMENTS (empty); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (gst_clasp_candidate_parse (0, "0", empty[i], &error));
    g_assert_no_error (error);
  }
}

static void
test_too_long (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (100 * 1000, '1');

  g_assert_null (gst_clasp_candidate_parse (0, NULL, text, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
}

typedef struct {
  GMainLoop *loop;
  guint n_left;
  guint n_limit;
  guint n_not_found;
  GstClaspCandidate *candidate;
  GError *error;
} Wait;

static gboolean
on_watchdog (gpointer data)
{
  g_error ("no answer within %d s", WATCHDOG_S);
  return G_SOURCE_REMOVE;
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer data)
{
  Wait *wait = data;

  g_clear_pointer (&wait->candidate, gst_clasp_candidate_free);
  g_clear_error (&wait->error);
  wait->candidate = gst_clasp_candidate_resolve_finish (result, &wait->error);
  if (g_error_matches (wait->error, CLASP_ERROR, CLASP_ERROR_LIMIT))
    wait->n_limit++;
  if (g_error_matches (wait->error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND))
    wait->n_not_found++;
  if (--wait->n_left == 0)
    g_main_loop_quit (wait->loop);
}

static void
resolve (Wait *wait, const char *host, guint times, GCancellable *cancellable)
{
  g_autofree char *text =
      g_strdup_printf ("candidate:1 1 UDP 1 %s 7 typ host generation 0", host);
  g_autoptr (GstClaspCandidate) candidate = NULL;
  guint watchdog = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, NULL);

  candidate = gst_clasp_candidate_parse (1, "1", text, NULL);
  g_assert_nonnull (candidate);
  wait->loop = g_main_loop_new (NULL, FALSE);
  wait->n_left = times;
  for (guint i = 0; i < times; i++)
    gst_clasp_candidate_resolve_async (candidate, cancellable, on_resolved,
        wait);
  g_main_loop_run (wait->loop);
  g_clear_pointer (&wait->loop, g_main_loop_unref);
  g_source_remove (watchdog);
}

static void
wait_clear (Wait *wait)
{
  g_clear_pointer (&wait->candidate, gst_clasp_candidate_free);
  g_clear_error (&wait->error);
}

/* A resolver whose answers are known: no name leaves the machine. */
#define FAKE_TYPE_RESOLVER (fake_resolver_get_type ())
G_DECLARE_FINAL_TYPE (FakeResolver, fake_resolver, FAKE, RESOLVER, GResolver)
struct _FakeResolver {
  GResolver parent;
};
G_DEFINE_FINAL_TYPE (FakeResolver, fake_resolver, G_TYPE_RESOLVER)

static void
on_lookup_cancelled (GCancellable *cancellable, GTask *task)
{
  g_task_return_error_if_cancelled (task);
  g_object_unref (task);
}

static GList *
fake_addresses (const char *name)
{
  GList *list = NULL;

  if (strcmp (name, "six.example") == 0) {
    list = g_list_append (list, g_inet_address_new_from_string ("fe80::1"));
    list = g_list_append (list, g_inet_address_new_from_string ("2001:db8::9"));
  } else if (strcmp (name, "multicast.example") == 0) {
    list = g_list_append (list, g_inet_address_new_from_string ("224.0.0.1"));
  } else {
    list = g_list_append (list, g_inet_address_new_from_string ("2001:db8::9"));
    list = g_list_append (list, g_inet_address_new_from_string ("192.0.2.33"));
  }
  return list;
}

static void
free_addresses (gpointer list)
{
  g_resolver_free_addresses (list);
}

static void
fake_lookup_async (GResolver *resolver, const char *name,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, data);

  if (strcmp (name, "silent.local") == 0) {
    g_cancellable_connect (cancellable, G_CALLBACK (on_lookup_cancelled),
        g_object_ref (task), NULL);
    return;
  }
  if (strcmp (name, "nobody.local") == 0) {
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
        "unknown host");
    return;
  }
  g_task_return_pointer (task, fake_addresses (name), free_addresses);
}

static GList *
fake_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_resolver_class_init (FakeResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  resolver_class->lookup_by_name_async = fake_lookup_async;
  resolver_class->lookup_by_name_finish = fake_lookup_finish;
}

static void
fake_resolver_init (FakeResolver *self)
{
}

static const struct {
  const char *host;
  const char *text; /* NULL: no address */
} names[] = {
    {"192.0.2.1", "candidate:1 1 UDP 1 192.0.2.1 7 typ host generation 0"},
    {"2001:db8::1", "candidate:1 1 UDP 1 2001:db8::1 7 typ host generation 0"},
    {"four.local", "candidate:1 1 UDP 1 192.0.2.33 7 typ host generation 0"},
    {"six.example", "candidate:1 1 UDP 1 2001:db8::9 7 typ host generation 0"},
    {"multicast.example", NULL},
    {"nobody.local", NULL},
    {"silent.local", NULL},
};

static void
test_resolve (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    Wait wait = {0};

    g_test_message ("%s", names[i].host);
    resolve (&wait, names[i].host, 1, NULL);
    if (names[i].text != NULL) {
      g_assert_no_error (wait.error);
      g_assert_cmpstr (wait.candidate->text, ==, names[i].text);
      g_assert_true (gst_clasp_candidate_is_numeric (wait.candidate));
      g_assert_cmpuint (wait.candidate->mline, ==, 1);
      g_assert_cmpstr (wait.candidate->mid, ==, "1");
    } else {
      g_assert_error (wait.error, CLASP_ERROR, CLASP_ERROR_NOT_FOUND);
    }
    wait_clear (&wait);
  }
}

static void
test_resolve_limit (void)
{
  gint64 start = g_get_monotonic_time ();
  Wait wait = {0};

  resolve (&wait, "silent.local", 20, NULL);
  g_assert_cmpuint (wait.n_limit, ==, 4);
  g_assert_cmpuint (wait.n_not_found, ==, 16);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 290 * 1000);

  /* the places are free again */
  resolve (&wait, "four.local", 1, NULL);
  g_assert_no_error (wait.error);
  wait_clear (&wait);
}

static gboolean
on_idle_cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_resolve_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Wait wait = {0};

  g_idle_add (on_idle_cancel, cancellable);
  resolve (&wait, "silent.local", 1, cancellable);
  g_assert_error (wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  resolve (&wait, "four.local", 1, cancellable);
  g_assert_error (wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait_clear (&wait);
}

int
main (int argc, char **argv)
{
  g_autoptr (GResolver) resolver = NULL;

  g_test_init (&argc, &argv, NULL);
  resolver = g_object_new (FAKE_TYPE_RESOLVER, NULL);
  g_resolver_set_default (resolver);

  g_test_add_func ("/candidate/good", test_good);
  g_test_add_func ("/candidate/bad", test_bad);
  g_test_add_func ("/candidate/place", test_place);
  g_test_add_func ("/candidate/end-of-candidates", test_end_of_candidates);
  g_test_add_func ("/candidate/too-long", test_too_long);
  g_test_add_func ("/candidate/resolve", test_resolve);
  g_test_add_func ("/candidate/resolve-limit", test_resolve_limit);
  g_test_add_func ("/candidate/resolve-cancel", test_resolve_cancel);
  return g_test_run ();
}
