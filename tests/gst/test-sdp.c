/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <clasp/gstclaspsdp.h>

#include <string.h>

#define OFFER GST_WEBRTC_SDP_TYPE_OFFER
#define ANSWER GST_WEBRTC_SDP_TYPE_ANSWER
#define PRINT                                        \
  "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:" \
  "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89"
#define OTHER_PRINT                                  \
  "00:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:" \
  "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89"
#define SESSION "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define ICE "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
#define DTLS "a=fingerprint:sha-256 " PRINT "\r\na=setup:actpass\r\n"
#define VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n"
#define VP8 "a=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"
#define GOOD SESSION VIDEO ICE DTLS "a=mid:0\r\n" VP8
#define DATA \
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"

static char *
load (const char *name)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "sdp", name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static GstSDPMessage *
sanitize (const char *text, GstWebRTCSDPType type, GPtrArray **candidates)
{
  g_autoptr (GError) error = NULL;
  GstSDPMessage *sdp = gst_clasp_sdp_sanitize (text, type, candidates, &error);

  g_assert_no_error (error);
  g_assert_nonnull (sdp);
  return sdp;
}

static char *
sanitize_text (const char *text, GstWebRTCSDPType type)
{
  g_autoptr (GstSDPMessage) sdp = sanitize (text, type, NULL);
  g_autofree char *printed = gst_sdp_message_as_text (sdp);

  return g_strdup (printed);
}

static void
assert_has (const char *text, const char *line)
{
  if (strstr (text, line) == NULL)
    g_error ("no '%s' in:\n%s", line, text);
}

static void
assert_lacks (const char *text, const char *part)
{
  if (strstr (text, part) != NULL)
    g_error ("'%s' in:\n%s", part, text);
}

static const char *
media_value (const GstSDPMessage *sdp, guint index, const char *key)
{
  return gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (sdp,
                                              index),
      key);
}

static const struct {
  const char *file;
  GstWebRTCSDPType type;
  guint n_media;
  guint n_candidates;
  const char *bundle;
} real[] = {
    {"chromium-offer.sdp", OFFER, 3, 0, "BUNDLE 0 1 2"},
    {"chromium-offer-recvonly.sdp", OFFER, 2, 0, "BUNDLE 0 1"},
    {"chromium-data-offer.sdp", OFFER, 1, 0, "BUNDLE 0"},
    {"chromium-answer.sdp", ANSWER, 3, 0, "BUNDLE 0 1 2"},
    {"firefox-offer.sdp", OFFER, 3, 4, "BUNDLE 0 1 2"},
    {"firefox-answer.sdp", ANSWER, 2, 0, "BUNDLE 1"},
    {"webrtc-rs-offer.sdp", OFFER, 1, 0, "BUNDLE 0"},
    {"webrtc-rs-answer.sdp", ANSWER, 2, 3, "BUNDLE 1"},
    {"webrtcbin-offer.sdp", OFFER, 3, 0, "BUNDLE video0 audio1 application2"},
};

/* What webrtcbin 1.22 checks before it takes a description. */
static void
assert_fit_for_webrtcbin (const GstSDPMessage *sdp, GstWebRTCSDPType type)
{
  const char *first = media_value (sdp, 0, "fingerprint");
  guint n = gst_sdp_message_medias_len (sdp);

  g_assert_null (gst_sdp_message_get_attribute_val (sdp, "fingerprint"));
  g_assert_null (gst_sdp_message_get_attribute_val (sdp, "ice-ufrag"));
  g_assert_null (gst_sdp_message_get_attribute_val (sdp, "setup"));
  for (guint i = 0; i < n; i++) {
    const char *setup = media_value (sdp, i, "setup");

    g_assert_cmpstr (media_value (sdp, i, "fingerprint"), ==, first);
    g_assert_nonnull (media_value (sdp, i, "mid"));
    g_assert_nonnull (media_value (sdp, i, "ice-ufrag"));
    g_assert_nonnull (media_value (sdp, i, "ice-pwd"));
    g_assert_cmpstr (setup, ==, type == OFFER ? "actpass" : "active");
    g_assert_cmpuint (gst_sdp_media_formats_len (
                          gst_sdp_message_get_media (sdp, i)),
        >, 0);
  }
}

static void
test_real (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (real); i++) {
    g_autofree char *text = load (real[i].file);
    g_autofree char *again = NULL;
    g_autofree char *printed = NULL;
    g_autoptr (GPtrArray) candidates = NULL;
    g_autoptr (GstSDPMessage) sdp = NULL;

    g_test_message ("%s", real[i].file);
    sdp = sanitize (text, real[i].type, &candidates);
    g_assert_cmpuint (gst_sdp_message_medias_len (sdp), ==, real[i].n_media);
    g_assert_cmpuint (candidates->len, ==, real[i].n_candidates);
    g_assert_cmpstr (gst_sdp_message_get_attribute_val (sdp, "group"), ==,
        real[i].bundle);
    assert_fit_for_webrtcbin (sdp, real[i].type);

    /* what comes out is its own sanitized form */
    printed = gst_sdp_message_as_text (sdp);
    again = sanitize_text (printed, real[i].type);
    g_assert_cmpstr (again, ==, printed);
    assert_lacks (printed, "a=candidate");
    assert_lacks (printed, "ulpfec");
    assert_lacks (printed, "red/");
    assert_lacks (printed, "flexfec");
    assert_lacks (printed, "sprop-stereo");
    assert_lacks (printed, "mozilla");
  }
}

static void
test_chromium (void)
{
  g_autofree char *text = load ("chromium-offer.sdp");
  g_autofree char *out = sanitize_text (text, OFFER);

  assert_has (out, "m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 13 110 126\r\n");
  assert_has (out,
      "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 "
      "114 115 116 117 39 40 45 46 98 99 100 101\r\n");
  assert_has (out, "a=rtpmap:108 H264/90000\r\n");
  assert_has (out,
      "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;"
      "profile-level-id=42e01f\r\n");
  assert_has (out, "a=rtcp-fb:108 nack pli\r\n");
  assert_has (out, "a=fmtp:97 apt=96\r\n");
  assert_has (out, "a=fmtp:111 minptime=10;useinbandfec=1\r\n");
  assert_has (out, "a=ssrc-group:FID ");
  assert_has (out, "a=msid:");
  assert_has (out,
      "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/"
      "playout-delay\r\n");
  assert_has (out, "a=max-message-size:262144\r\n");
  assert_lacks (out, "toffset");
  assert_lacks (out, "extmap-allow-mixed");
  assert_lacks (out, "rtcp-xr");
  assert_lacks (out, "a=rtcp:");
  assert_lacks (out, ":119 ");
}

static void
test_firefox (void)
{
  g_autofree char *text = load ("firefox-offer.sdp");
  g_autoptr (GPtrArray) candidates = NULL;
  g_autoptr (GstSDPMessage) sdp = sanitize (text, OFFER, &candidates);
  g_autofree char *out = gst_sdp_message_as_text (sdp);
  GstClaspCandidate *candidate = candidates->pdata[0];

  assert_has (out, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
  assert_has (out, "a=ssrc:2655508255 cname:{e8a1c6d2-");
  assert_lacks (out, "192.0.2.20");
  assert_lacks (out, "0-15");
  assert_lacks (out, ":119 ");
  g_assert_false (gst_clasp_candidate_is_numeric (candidate));
  g_assert_cmpstr (candidate->mid, ==, "0");
  candidate = candidates->pdata[3];
  g_assert_cmpstr (candidate->host, ==, "192.0.2.20");
}

static void
test_rejected_section (void)
{
  g_autofree char *text = load ("firefox-answer.sdp");
  g_autofree char *unnamed = NULL;
  g_autoptr (GstSDPMessage) sdp = sanitize (text, ANSWER, NULL);
  const GstSDPMedia *media = gst_sdp_message_get_media (sdp, 0);

  g_assert_cmpuint (gst_sdp_media_get_port (media), ==, 0);
  g_assert_nonnull (media_value (sdp, 0, "inactive"));
  g_assert_cmpstr (media_value (sdp, 0, "ice-ufrag"), ==, "9be0a4d1");
  g_clear_pointer (&sdp, gst_sdp_message_free);

  unnamed = g_strdup_printf ("%s%s", GOOD, "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n");
  sdp = sanitize (unnamed, OFFER, NULL);
  g_assert_cmpstr (media_value (sdp, 1, "mid"), ==, "rejected1");
}

/* Session-level lines and those that BUNDLE leaves out reach every section. */
static void
test_shared_transport (void)
{
  static const char text[] =
      SESSION "a=group:BUNDLE a b ghost\r\n"
              "a=setup:passive\r\na=recvonly\r\na=fingerprint:SHA-256 " PRINT
              "\r\n" VIDEO ICE "a=mid:a\r\n" VP8 DATA "a=mid:b\r\n";
  g_autoptr (GstSDPMessage) sdp = sanitize (text, OFFER, NULL);

  g_assert_cmpstr (gst_sdp_message_get_attribute_val (sdp, "group"), ==,
      "BUNDLE a b");
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpstr (media_value (sdp, i, "ice-ufrag"), ==, "abcd");
    g_assert_cmpstr (media_value (sdp, i, "setup"), ==, "passive");
    g_assert_cmpstr (media_value (sdp, i, "fingerprint"), ==, "sha-256 " PRINT);
  }
  g_assert_nonnull (media_value (sdp, 0, "recvonly"));
  g_assert_null (media_value (sdp, 1, "recvonly"));
}

static void
test_dropped_lines (void)
{
  static const char text[] =
      "v=0\no=evil;'\" 12x34 -5 IN IP6 evil.example\n"
      "s=title\ni=info\nu=http://evil.example/\nk=clear:key\nt=0 0\n"
      "a=tool:evil\na=ice-lite\na=identity:xyz\n"
      "m=video 4000/7 UDP/TLS/RTP/SAVPF 96 97 98 99 99\n"
      "b=AS:5\n" ICE DTLS "a=mid:0\n" VP8
      "a=rtpmap:96 H264/90000\na=rtpmap:97 flexfec-03/90000\n"
      "a=rtpmap:98 rtx/90000\na=fmtp:98 apt=97\n"
      "a=rtpmap:99 opus/48000/2\n"
      "a=fmtp:99 stereo=1;sprop-stereo=1; usedtx=1;evil=\"x;useinbandfec=\n"
      "a=rtcp-fb:* nack\na=rtcp-fb:96 evil\na=rtcp-fb:7 nack\n"
      "a=simulcast:send 1;2\na=rid:1 send\na=ssrc-group:SIM 1 2 3\n"
      "a=ssrc:1 label:x\na=ssrc:99999999999 cname:x\na=ssrc:7 cname:a b\n"
      "a=extmap:15 urn:ietf:params:rtp-hdrext:sdes:mid\n"
      "a=extmap:0 urn:ietf:params:rtp-hdrext:sdes:mid\n"
      "a=extmap:4 urn:evil\na=imageattr:96 *\na=msid:a b c\n"
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\n"
      "a=candidate:garbage\n";
  g_autofree char *out = sanitize_text (text, OFFER);

  g_assert_cmpstr (out, ==,
      "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
      "m=video 9 UDP/TLS/RTP/SAVPF 96 99\r\nc=IN IP4 0.0.0.0\r\n"
      "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
      "a=fingerprint:sha-256 " PRINT "\r\na=setup:actpass\r\na=mid:0\r\n"
      "a=sendrecv\r\na=rtcp-mux\r\n"
      "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n"
      "a=rtpmap:99 opus/48000/2\r\na=rtcp-fb:99 nack\r\n"
      "a=fmtp:99 stereo=1;usedtx=1\r\n");
}

static const struct {
  const char *what;
  GstWebRTCSDPType type;
  const char *text;
  const char *says;
} hostile[] = {
    {"empty", OFFER, "", "v=0"},
    {"not SDP", OFFER, "<html></html>", "v=0"},
    {"rollback", GST_WEBRTC_SDP_TYPE_ROLLBACK, GOOD, "type"},
    {"pranswer", GST_WEBRTC_SDP_TYPE_PRANSWER, GOOD, "type"},
    {"not a type", (GstWebRTCSDPType) 77, GOOD, "type"},
    {"no equals sign", OFFER, GOOD "a:mid\r\n", "line"},
    {"empty line", OFFER, GOOD "\r\na=x\r\n", "line"},
    {"capital letter", OFFER, GOOD "A=x\r\n", "line"},
    {"control character", OFFER, GOOD "a=x\x01y\r\n", "control"},
    {"escape", OFFER, GOOD "a=x\x1b[2J\r\n", "control"},
    {"lone carriage return", OFFER, GOOD "a=x\ry\r\n", "control"},
    {"bad UTF-8", OFFER, GOOD "a=x\xff\r\n", "UTF-8"},
    {"no media", OFFER, SESSION, "0 media sections"},
    {"no fingerprint", OFFER,
        SESSION VIDEO ICE "a=setup:actpass\r\na=mid:0\r\n" VP8, "fingerprint"},
    {"SHA-1 only", OFFER,
        SESSION VIDEO ICE "a=setup:actpass\r\na=mid:0\r\n"
                          "a=fingerprint:sha-1 AB:CD\r\n" VP8,
        "SHA-256"},
    {"short fingerprint", OFFER,
        SESSION VIDEO ICE "a=mid:0\r\n"
                          "a=fingerprint:sha-256 AB:CD\r\n" VP8,
        "SHA-256"},
    {"fingerprint with junk", OFFER,
        SESSION VIDEO ICE "a=mid:0\r\n"
                          "a=fingerprint:sha-256 " PRINT ":00\r\n" VP8,
        "SHA-256"},
    {"fingerprint without hex", OFFER,
        SESSION VIDEO ICE "a=mid:0\r\n"
                          "a=fingerprint:sha-256 ZZ" PRINT "\r\n" VP8,
        "SHA-256"},
    {"many fingerprints", OFFER, GOOD DTLS DTLS DTLS DTLS, "more than"},
    {"two certificates", OFFER,
        GOOD VIDEO ICE "a=mid:1\r\na=setup:actpass\r\n"
                       "a=fingerprint:sha-256 " OTHER_PRINT "\r\n" VP8,
        "different certificates"},
    {"no ICE", OFFER, SESSION VIDEO DTLS "a=mid:0\r\n" VP8, "ice-ufrag"},
    {"short ufrag", OFFER,
        SESSION VIDEO DTLS "a=mid:0\r\na=ice-ufrag:abc\r\n"
                           "a=ice-pwd:0123456789012345678901\r\n" VP8,
        "ice-ufrag"},
    {"short pwd", OFFER,
        SESSION VIDEO DTLS "a=mid:0\r\na=ice-ufrag:abcd\r\n"
                           "a=ice-pwd:012345678901234567890\r\n" VP8,
        "ice-pwd"},
    {"ufrag with a space", OFFER,
        SESSION VIDEO DTLS
        "a=mid:0\r\n"
        "a=ice-ufrag:ab cd\r\na=ice-pwd:0123456789012345678901\r\n" VP8,
        "ice-ufrag"},
    {"bad setup", OFFER,
        SESSION VIDEO ICE "a=mid:0\r\na=setup:holdconn\r\n"
                          "a=fingerprint:sha-256 " PRINT "\r\n" VP8,
        "setup"},
    {"actpass in an answer", ANSWER, GOOD, "setup"},
    {"no mid", OFFER, SESSION VIDEO ICE DTLS VP8, "mid"},
    {"bad mid", OFFER, SESSION VIDEO ICE DTLS "a=mid:a b\r\n" VP8, "mid"},
    {"repeated mid", OFFER, GOOD VIDEO ICE DTLS "a=mid:0\r\n" VP8, "repeats"},
    {"bundle of two ICE sessions", OFFER,
        SESSION "a=group:BUNDLE 0 1\r\n" VIDEO ICE DTLS "a=mid:0\r\n" VP8 VIDEO
                "a=ice-ufrag:efgh\r\n"
                "a=ice-pwd:0123456789012345678901\r\n" DTLS "a=mid:1\r\n" VP8,
        "BUNDLE"},
    {"no rtcp-mux", OFFER,
        SESSION VIDEO ICE DTLS "a=mid:0\r\n"
                               "a=rtpmap:96 VP8/90000\r\n",
        "rtcp-mux"},
    {"no rtpmap", OFFER, SESSION VIDEO ICE DTLS "a=mid:0\r\na=rtcp-mux\r\n",
        "payload type"},
    {"only RED", OFFER,
        SESSION VIDEO ICE DTLS "a=mid:0\r\na=rtcp-mux\r\n"
                               "a=rtpmap:96 red/90000\r\n",
        "payload type"},
    {"RTX of itself", OFFER,
        SESSION VIDEO ICE DTLS "a=mid:0\r\na=rtcp-mux\r\n"
                               "a=rtpmap:96 rtx/90000\r\na=fmtp:96 apt=96\r\n",
        "payload type"},
    {"payload type 128", OFFER,
        SESSION "m=video 9 UDP/TLS/RTP/SAVPF 128\r\n" ICE DTLS
                "a=mid:0\r\n" VP8,
        "payload type"},
    {"payload type -1", OFFER,
        SESSION "m=video 9 UDP/TLS/RTP/SAVPF -1\r\n" ICE DTLS "a=mid:0\r\n" VP8,
        "payload type"},
    {"payload type text", OFFER,
        SESSION "m=video 9 UDP/TLS/RTP/SAVPF %s%n\r\n" ICE DTLS
                "a=mid:0\r\n" VP8,
        "payload type"},
    {"port 70000", OFFER,
        SESSION "m=video 70000 UDP/TLS/RTP/SAVPF 96\r\n" ICE DTLS
                "a=mid:0\r\n" VP8,
        "port"},
    {"plain RTP", OFFER,
        SESSION "m=video 9 RTP/AVP 96\r\n" ICE DTLS "a=mid:0\r\n" VP8,
        "UDP/TLS/RTP/SAVPF"},
    {"text section", OFFER,
        SESSION "m=text 9 UDP/TLS/RTP/SAVPF 96\r\n" ICE DTLS "a=mid:0\r\n" VP8,
        "audio, video or application"},
    {"other application", OFFER,
        SESSION "m=application 9 UDP/DTLS/SCTP x\r\n" ICE DTLS "a=mid:0\r\n",
        "webrtc-datachannel"},
    {"SCTP port 0", OFFER, SESSION DATA ICE DTLS "a=mid:0\r\na=sctp-port:0\r\n",
        "sctp-port"},
    {"all rejected", ANSWER, SESSION "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n",
        "rejects"},
};

static void
test_hostile (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++) {
    g_autoptr (GPtrArray) candidates = NULL;
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", hostile[i].what);
    g_assert_null (gst_clasp_sdp_sanitize (hostile[i].text, hostile[i].type,
        &candidates, &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
    g_assert_null (candidates);
    g_test_message ("%s", error->message);
    assert_has (error->message, hostile[i].says);
  }
}

static void
assert_refused (GString *text, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gst_clasp_sdp_sanitize (text->str, OFFER, NULL, &error));
  g_assert_error (error, CLASP_ERROR, code);
  g_string_free (text, TRUE);
}

static void
test_too_much (void)
{
  GString *text = g_string_new (GOOD);

  for (guint i = 0; i < 3000; i++)
    g_string_append (text, "a=x\r\n");
  assert_refused (text, CLASP_ERROR_MALFORMED);

  text = g_string_new (GOOD);
  while (text->len < 100 * 1024)
    g_string_append (text, "a=x:0123456789012345678901234567890123456789\r\n");
  assert_refused (text, CLASP_ERROR_TOO_LARGE);

  text = g_string_new (GOOD "a=");
  for (guint i = 0; i < 5000; i++)
    g_string_append_c (text, 'x');
  assert_refused (text, CLASP_ERROR_MALFORMED);

  text = g_string_new (SESSION);
  for (guint i = 0; i < 17; i++)
    g_string_append_printf (text, VIDEO ICE DTLS "a=mid:%u\r\n" VP8, i);
  assert_refused (text, CLASP_ERROR_MALFORMED);

  text = g_string_new (SESSION "m=video 9 UDP/TLS/RTP/SAVPF");
  for (guint i = 0; i < 65; i++)
    g_string_append_printf (text, " %u", i);
  g_string_append (text, "\r\n" ICE DTLS "a=mid:0\r\n" VP8);
  assert_refused (text, CLASP_ERROR_LIMIT);
}

static void
test_bounded_lists (void)
{
  g_autoptr (GString) text = g_string_new (GOOD);
  g_autoptr (GPtrArray) candidates = NULL;
  g_autoptr (GstSDPMessage) sdp = NULL;
  guint n = 0;

  for (guint i = 0; i < 700; i++)
    g_string_append_printf (text,
        "a=candidate:%u 1 udp 1 192.0.2.1 %u typ host\r\n", i, i + 1);
  for (guint i = 0; i < 700; i++)
    g_string_append_printf (text, "a=ssrc:%u cname:x\r\n", i);

  sdp = sanitize (text->str, OFFER, &candidates);
  g_assert_cmpuint (candidates->len, ==, 256);
  while (gst_sdp_media_get_attribute_val_n (gst_sdp_message_get_media (sdp, 0),
             "ssrc", n) != NULL)
    n++;
  g_assert_cmpuint (n, ==, 64);
}

static void
test_fingerprints (void)
{
  static const char text[] = GOOD "a=fingerprint:sha-512 AB:CD\r\n"
                                  "a=fingerprint:sha-256 " OTHER_PRINT
                                  "\r\n" DATA ICE DTLS "a=mid:1\r\n";
  g_autoptr (GstSDPMessage) sdp = sanitize (text, OFFER, NULL);
  g_auto (GStrv) found = gst_clasp_sdp_get_fingerprints (sdp);
  g_autofree char *first = g_ascii_strdown (PRINT, -1);
  g_autofree char *second = g_ascii_strdown (OTHER_PRINT, -1);

  g_assert_cmpuint (g_strv_length (found), ==, 2);
  g_assert_cmpstr (found[0], ==, first);
  g_assert_cmpstr (found[1], ==, second);
}

/* printf hello | sha256sum; the PEM is the Base64 of "hello". */
static void
test_certificate (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *print = gst_clasp_certificate_fingerprint (
      "-----BEGIN CERTIFICATE-----\naGVs\nbG8=\n-----END CERTIFICATE-----\n",
      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (print, ==,
      "2c:f2:4d:ba:5f:b0:a3:0e:26:e8:3b:2a:c5:b9:e2:9e:"
      "1b:16:1e:5c:1f:a7:42:5e:73:04:33:62:93:8b:98:24");
  g_assert_null (gst_clasp_certificate_fingerprint ("nonsense", &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (gst_clasp_certificate_fingerprint (
      "-----BEGIN CERTIFICATE----------END CERTIFICATE-----", &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sdp/real", test_real);
  g_test_add_func ("/sdp/chromium", test_chromium);
  g_test_add_func ("/sdp/firefox", test_firefox);
  g_test_add_func ("/sdp/rejected-section", test_rejected_section);
  g_test_add_func ("/sdp/shared-transport", test_shared_transport);
  g_test_add_func ("/sdp/dropped-lines", test_dropped_lines);
  g_test_add_func ("/sdp/hostile", test_hostile);
  g_test_add_func ("/sdp/too-much", test_too_much);
  g_test_add_func ("/sdp/bounded-lists", test_bounded_lists);
  g_test_add_func ("/sdp/fingerprints", test_fingerprints);
  g_test_add_func ("/sdp/certificate", test_certificate);
  return g_test_run ();
}
