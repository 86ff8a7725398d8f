/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include <string.h>
#include "vectors.h"

#ifdef HAVE_MSGPACK
#include <msgpack.h>

static void pack (msgpack_packer *packer, JsonNode *node);

static void
pack_text (msgpack_packer *packer, const char *text)
{
  msgpack_pack_str (packer, strlen (text));
  msgpack_pack_str_body (packer, text, strlen (text));
}

static void
pack_array (msgpack_packer *packer, JsonArray *array)
{
  guint n = json_array_get_length (array);

  msgpack_pack_array (packer, n);
  for (guint i = 0; i < n; i++)
    pack (packer, json_array_get_element (array, i));
}

static void
pack_object (msgpack_packer *packer, JsonObject *object)
{
  JsonObjectIter iter;
  const char *key;
  JsonNode *node;

  msgpack_pack_map (packer, json_object_get_size (object));
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &key, &node)) {
    pack_text (packer, key);
    pack (packer, node);
  }
}

static void
pack_scalar (msgpack_packer *packer, JsonNode *node)
{
  switch (json_node_get_value_type (node)) {
    case G_TYPE_BOOLEAN:
      if (json_node_get_boolean (node))
        msgpack_pack_true (packer);
      else
        msgpack_pack_false (packer);
      break;
    case G_TYPE_STRING:
      pack_text (packer, json_node_get_string (node));
      break;
    case G_TYPE_DOUBLE:
      msgpack_pack_double (packer, json_node_get_double (node));
      break;
    default:
      msgpack_pack_int64 (packer, json_node_get_int (node));
  }
}

static void
pack (msgpack_packer *packer, JsonNode *node)
{
  switch (json_node_get_node_type (node)) {
    case JSON_NODE_ARRAY:
      pack_array (packer, json_node_get_array (node));
      break;
    case JSON_NODE_OBJECT:
      pack_object (packer, json_node_get_object (node));
      break;
    case JSON_NODE_VALUE:
      pack_scalar (packer, node);
      break;
    case JSON_NODE_NULL:
    default:
      msgpack_pack_nil (packer);
  }
}

static ClaspMessage *
decode_bytes (const void *payload, gsize size, GError **error)
{
  guint8 *data = g_malloc (CLASP_FRAME_HEADER_SIZE + size);
  g_autoptr (GBytes) frame = NULL;

  clasp_frame_write_header (data, CLASP_QOS_FIRE, size);
  memcpy (data + CLASP_FRAME_HEADER_SIZE, payload, size);
  frame = g_bytes_new_take (data, CLASP_FRAME_HEADER_SIZE + size);
  return clasp_message_decode (frame, error);
}

/* Packs JSON and decodes it. */
static ClaspMessage *
decode (const char *json, GError **error)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  ClaspMessage *message;
  msgpack_packer packer;
  msgpack_sbuffer buffer;

  msgpack_sbuffer_init (&buffer);
  msgpack_packer_init (&packer, &buffer, msgpack_sbuffer_write);
  pack (&packer, node);
  message = decode_bytes (buffer.data, buffer.size, error);
  msgpack_sbuffer_destroy (&buffer);
  return message;
}

static void
test_kinds (void)
{
  static const char *const table[] = {
      "{'type':'HELLO','version':1,'name':'old','features':['param','stream'],"
      "'token':'t'}",
      "{'type':'WELCOME','version':1,'session':'s','name':'r','features':[],"
      "'time':5}",
      "{'type':'ANNOUNCE','namespace':'/n','signals':[{'address':'/s',"
      "'type':'stream','datatype':'f64','access':'r'}]}",
      "{'type':'SUBSCRIBE','id':7,'pattern':'/a/**','types':['stream'],"
      "'options':{'maxRate':30,'epsilon':0.5,'history':2,'window':9}}",
      "{'type':'UNSUBSCRIBE','id':7}",
      "{'type':'PUBLISH','address':'/e','signal':'event','value':null}",
      "{'type':'PUBLISH','address':'/g','signal':'gesture','phase':'move',"
      "'id':3,'value':{'x':[1,true,'s',0.5]},'timestamp':1767225600000000}",
      "{'type':'PUBLISH','address':'/s','signal':'stream','samples':[0.5,1],"
      "'rate':60}",
      "{'type':'SET','address':'/v','value':0.75,'revision':4,'lock':true,"
      "'unlock':false}",
      "{'type':'GET','address':'/v'}",
      "{'type':'SNAPSHOT','params':[{'address':'/a','value':1,'revision':2,"
      "'writer':'w','timestamp':3}]}",
      "{'type':'BUNDLE','timestamp':9,'messages':[{'type':'PING'},{'type':"
      "'BUNDLE','messages':[{'type':'SET','address':'/a','value':1}]}]}",
      "{'type':'SYNC','t1':1}",
      "{'type':'SYNC','t1':1,'t2':2,'t3':3}",
      "{'type':'PING'}",
      "{'type':'PONG'}",
      "{'type':'ACK','address':'/a','revision':1,'correlationId':5}",
      "{'type':'ERROR','code':301,'message':'no','address':'/a'}",
      "{'type':'QUERY','pattern':'/**'}",
      "{'type':'RESULT','signals':[{'address':'/p','type':'param'}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *json = g_strdelimit (g_strdup (table[i]), "'", '"');
    g_autoptr (JsonNode) node = json_from_string (json, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (ClaspMessage) message = decode (json, &error);

    g_assert_no_error (error);
    vectors_check (json_node_get_object (node), message);
  }
}

static void
test_snake_case (void)
{
  g_autoptr (ClaspMessage) subscribe =
      decode ("{\"type\":\"SUBSCRIBE\",\"id\":1,\"pattern\":\"/a\","
              "\"options\":{\"max_rate\":30}}",
          NULL);
  ClaspSubscribeOptions options;

  clasp_message_get_subscribe_options (subscribe, &options);
  g_assert_cmpuint (options.max_rate, ==, 30);
}

static void
test_ttl (void)
{
  static const struct {
    const char *ttl;
    gboolean has;
    guint32 seconds;
  } table[] = {
      {"{\"Sliding\":35}", TRUE, 35},
      {"{\"Absolute\":35}", TRUE, 35 | CLASP_TTL_ABSOLUTE},
      {"\"Never\"", TRUE, 0},
      {"{\"Sliding\":99999999999}", TRUE, 0x7fffffff},
      {"{\"Sliding\":-1}", FALSE, 0},
      {"\"Always\"", FALSE, 0},
      {"null", FALSE, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *json =
        g_strdup_printf ("{\"type\":\"SET\",\"address\":\"/v\",\"value\":1,"
                         "\"ttl\":%s}",
            table[i].ttl);
    g_autoptr (ClaspMessage) set = decode (json, NULL);
    guint32 ttl = 0;

    g_assert_cmpint (clasp_message_get_ttl (set, &ttl), ==, table[i].has);
    g_assert_cmpuint (ttl, ==, table[i].seconds);
  }
}

static void
test_refused (void)
{
  static const char *const table[] = {
      "{}",
      "{\"type\":1}",
      "{\"type\":\"NOTHING\"}",
      "{\"type\":\"GET\"}",
      "{\"type\":\"GET\",\"address\":7}",
      "{\"type\":\"SET\",\"value\":1}",
      "{\"type\":\"HELLO\"}",
      "{\"type\":\"REPLAY\",\"pattern\":\"/**\"}",
      "{\"type\":\"BUNDLE\",\"messages\":[{\"type\":\"NOTHING\"}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (decode (table[i], &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
  }
}

/* Announces more than there is: nothing may be allocated for it. */
static void
test_hostile (void)
{
  static const struct {
    const char *bytes;
    gsize size;
  } table[] = {
      {"\x81\xa4type\xdd\xff\xff\xff\xff", 11},
      {"\xdf\xff\xff\xff\xff", 5},
      {"\xdf\x40\x00\x00\x00\x00\x00", 7},
      {"\xde\xff\xff\xa1", 4},
      {"\x81\xa4type\xdb\xff\xff\xff\xff", 11},
      {"\x81\xa4type\xc6\xff\xff\xff\xff", 11},
      {"\x81\xa4type\xc9\xff\xff\xff\xff\x01", 12},
      {"\x81\xa4type\xc1", 7},
      {"\x81\xc0\xc0", 3},
      {"\x81\xa4type\xa2\xc3(", 9},
      {"\x81\xa4type\xa2"
       "a\0",
          9},
      {"\x81\xa4type\xd4\x01\x01", 9},
      {"\x81\xa4typ", 5},
      {"\x8f", 1},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (decode_bytes (table[i].bytes, table[i].size, &error));
    g_assert_error (error, CLASP_ERROR, CLASP_ERROR_MALFORMED);
  }
}

static void
test_nested (void)
{
  for (gsize depth = 10; depth < 65000; depth *= 5) {
    g_autofree guint8 *data = g_malloc (depth + 30);
    gsize at = 0;
    g_autoptr (ClaspMessage) message = NULL;

    memcpy (data,
        "\x83\xa4type\xa3SET\xa7"
        "address\xa2/v\xa5value",
        27);
    for (at = 27; at < 27 + depth; at++)
      data[at] = 0x91;
    data[at++] = 0xc0;
    message = decode_bytes (data, at, NULL);
    g_assert_cmpint (message != NULL, ==, depth <= 30);
  }
}

/* Fits as MessagePack, but not as what we would send on. */
static void
test_grown (void)
{
  GString *json =
      g_string_new ("{\"type\":\"SET\",\"address\":\"/v\",\"value\":[0");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 20000; i++)
    g_string_append (json, ",1");
  g_string_append (json, "]}");
  g_assert_null (decode (json->str, &error));
  g_assert_error (error, CLASP_ERROR, CLASP_ERROR_TOO_LARGE);
  g_string_free (json, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/legacy/kinds", test_kinds);
  g_test_add_func ("/legacy/snake-case", test_snake_case);
  g_test_add_func ("/legacy/ttl", test_ttl);
  g_test_add_func ("/legacy/refused", test_refused);
  g_test_add_func ("/legacy/hostile", test_hostile);
  g_test_add_func ("/legacy/nested", test_nested);
  g_test_add_func ("/legacy/grown", test_grown);
  return g_test_run ();
}

#else

int
main (void)
{
  return 77; /* skipped: built without MessagePack */
}

#endif
