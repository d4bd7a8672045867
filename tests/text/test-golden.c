/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Real vocabularies against llama.cpp's llama_tokenize(), and how much work loading and long texts are.
 *
 * The strings and what the peer says of them lie in tests/data/text (tools/make-golden-tokens.py). The models are looked for
 * in $SENSORIUM_TEST_MODELS, vocabularies without a model in $SENSORIUM_TEST_PEER, where ./test unpacks the peer's. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "counted-work.h"
#include "sen-tokenizer.h"

/* Basic blocks, twice or three times what they are: less than a tenth of a second for a whole vocabulary or 100 kB. */
#define MAX_WORK_OF_A_BYTE 1000
#define MAX_WORK_OF_A_TOKEN 400
#define N_COUNTED_BYTES 90000

typedef struct {
  JsonParser *strings, *golden;
  JsonObject *vocabulary;
} Fixture;

static GBytes *
text_of (JsonNode *node)
{
  if (JSON_NODE_HOLDS_VALUE (node))
    return g_bytes_new (json_node_get_string (node), strlen (json_node_get_string (node)));
  JsonObject *object = json_node_get_object (node);
  g_autoptr (GByteArray) once = g_byte_array_new (), all = g_byte_array_new ();
  if (json_object_has_member (object, "hex"))
    for (const char *hex = json_object_get_string_member (object, "hex"); *hex != '\0'; hex += 2)
      {
        guint8 byte = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
        g_byte_array_append (once, &byte, 1);
      }
  else
    {
      const char *text = json_object_get_string_member (object, "repeat");
      g_byte_array_append (once, (const guint8 *) text, (guint) strlen (text));
    }
  for (gint64 i = json_object_get_int_member_with_default (object, "times", 1); i > 0; i--)
    g_byte_array_append (all, once->data, once->len);
  return g_byte_array_free_to_bytes (g_steal_pointer (&all));
}

/* The number of ids and FNV-1a over their bytes. */
static char *
digest (GArray *ids)
{
  guint64 hash = 0xcbf29ce484222325ull;
  for (guint i = 0; i < ids->len; i++)
    for (guint shift = 0; shift < 32; shift += 8)
      hash = (hash ^ ((guint32) g_array_index (ids, SenToken, i) >> shift & 0xff)) * 0x100000001b3ull;
  return g_strdup_printf ("%u:%016" G_GINT64_MODIFIER "x", ids->len, hash);
}

static char *
listed (GArray *ids)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < ids->len && i < 64; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? "," : "", g_array_index (ids, SenToken, i));
  return g_string_free (text, FALSE);
}

/* What the golden file says, in the form that our ids are brought to. */
static char *
expected_of (JsonNode *node)
{
  if (JSON_NODE_HOLDS_VALUE (node))
    return json_node_dup_string (node);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      SenToken id = (SenToken) json_array_get_int_element (array, i);
      g_array_append_val (ids, id);
    }
  return listed (ids);
}

static bool
agrees (JsonNode *expected_node, GArray *ids, guint string, const char *how)
{
  g_autofree char *expected = expected_of (expected_node);
  g_autofree char *got = JSON_NODE_HOLDS_VALUE (expected_node) ? digest (ids) : listed (ids);
  if (g_str_equal (expected, got))
    return true;
  g_test_message ("string %u, %s: expected %s, got %s", string, how, expected, got);
  return false;
}

static bool
comes_back (SenTokenizer *tokenizer, const char *text, size_t length, GArray *ids)
{
  g_autoptr (GString) back = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    sen_tokenizer_decode (tokenizer, g_array_index (ids, SenToken, i), true, back);
  return back->len == length && memcmp (back->str, text, length) == 0;
}

/* Some vocabularies (SmolLM2's, StarCoder's) have no token for some rare bytes, which are lost. */
static bool
has_every_byte (SenTokenizer *tokenizer)
{
  for (gunichar code = 0; code < 0x110000; code += code < 0x800 ? 1 : 0x1000)
    {
      char utf8[6];
      size_t length = (size_t) g_unichar_to_utf8 (code, utf8);
      g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
      if (code >= 0xd800 && code < 0xe000)
        continue;
      sen_tokenizer_encode (tokenizer, utf8, (gssize) length, false, false, ids);
      if (!comes_back (tokenizer, utf8, length, ids))
        return false;
    }
  return true;
}

static void
test_vocabulary (gconstpointer data)
{
  const Fixture *fixture = data;
  g_autoptr (GError) error = NULL;
  const char *variable = json_object_get_boolean_member (fixture->vocabulary, "of_peer") ? "SENSORIUM_TEST_PEER"
                                                                                         : "SENSORIUM_TEST_MODELS";
  const char *folder = g_getenv (variable);
  if (folder == NULL || *folder == '\0')
    {
      g_autofree char *reason = g_strdup_printf ("%s is not set", variable);
      g_test_skip (reason);
      return;
    }
  g_autofree char *path = g_build_filename (folder, json_object_get_string_member (fixture->vocabulary, "file"), NULL);
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, &error);
  g_assert_no_error (error);
  uint64_t before = work_count ();
  g_autoptr (SenTokenizer) tokenizer = sen_tokenizer_new_from_gguf (gguf, &error);
  g_assert_no_error (error);
  double work_of_token = (double) (work_count () - before) / sen_tokenizer_n_tokens (tokenizer), most = 0.0;
  g_test_message ("%s: %u tokens, each %.0f blocks to load", sen_tokenizer_description (tokenizer),
                  sen_tokenizer_n_tokens (tokenizer), work_of_token);
  g_assert_cmpfloat (work_of_token, <, MAX_WORK_OF_A_TOKEN);

  JsonArray *strings = json_node_get_array (json_parser_get_root (fixture->strings));
  JsonArray *golden = json_object_get_array_member (fixture->vocabulary, "ids");
  JsonArray *plain = json_object_get_array_member (fixture->vocabulary, "plain");
  guint n_differences = 0;
  bool is_reversible = g_str_has_prefix (sen_tokenizer_description (tokenizer), "byte-level") && has_every_byte (tokenizer);
  g_assert_cmpuint (json_array_get_length (golden), ==, json_array_get_length (strings));
  g_assert_cmpuint (json_array_get_length (plain), ==, json_array_get_length (strings));
  for (guint i = 0; i < json_array_get_length (strings); i++)
    {
      g_autoptr (GBytes) text = text_of (json_array_get_element (strings, i));
      g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
      gsize length;
      const char *bytes = g_bytes_get_data (text, &length);
      before = work_count ();
      sen_tokenizer_encode (tokenizer, length > 0 ? bytes : "", (gssize) length, true, true, ids);
      if (length >= N_COUNTED_BYTES)
        most = MAX (most, (double) (work_count () - before) / (double) length);
      n_differences += !agrees (json_array_get_element (golden, i), ids, i, "special tokens parsed");

      g_array_set_size (ids, 0);
      sen_tokenizer_encode (tokenizer, length > 0 ? bytes : "", (gssize) length, false, false, ids);
      n_differences += !agrees (json_array_get_element (plain, i), ids, i, "as plain text");
      /* Bytes that are no UTF-8 become U+FFFD in byte-level BPE; SentencePiece may put a space in front and writes U+2581
       * for spaces, so that both come back as spaces. */
      if (is_reversible && g_utf8_validate (bytes, (gssize) length, NULL))
        g_assert_true (comes_back (tokenizer, bytes, length, ids));
    }
  g_test_message ("%u strings, %u differences, at most %.0f blocks for a byte of a long text", json_array_get_length (strings),
                  n_differences, most);
  g_assert_cmpuint (n_differences, ==, 0);
  g_assert_cmpfloat (most, <, MAX_WORK_OF_A_BYTE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonParser) strings = json_parser_new (), golden = json_parser_new ();
  g_autofree char *strings_path = g_build_filename (argv[1], "strings.json", NULL);
  g_autofree char *golden_path = g_build_filename (argv[1], "golden.json", NULL);
  json_parser_load_from_file (strings, strings_path, &error);
  g_assert_no_error (error);
  json_parser_load_from_file (golden, golden_path, &error);
  g_assert_no_error (error);

  JsonArray *vocabularies = json_node_get_array (json_parser_get_root (golden));
  g_autoptr (GPtrArray) fixtures = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < json_array_get_length (vocabularies); i++)
    {
      Fixture *fixture = g_new (Fixture, 1);
      *fixture = (Fixture) { .strings = strings, .golden = golden,
                             .vocabulary = json_array_get_object_element (vocabularies, i) };
      g_autofree char *name = g_strdup_printf ("/tokenizer/golden/%s",
                                               json_object_get_string_member (fixture->vocabulary, "name"));
      g_ptr_array_add (fixtures, fixture);
      g_test_add_data_func (name, fixture, test_vocabulary);
    }
  return g_test_run ();
}
