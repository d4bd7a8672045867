/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-multimodal SAMPLES     the real small model ($SENSORIUM_TEST_MODELS) with connectors by chance: what enters directly, what through
 *                               words and why, and what a later turn costs */
#include <glib/gstdio.h>
#include <string.h>

#include "connector-fixture.h"
#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-gguf-writer.h"
#include "sen-multimodal.h"

#define MODEL "smollm2-135m-instruct"

static const char *samples;

typedef struct {
  char          *folder, *model_path, *sight, *hearing;
  SenDebug       debug;
  SenModelStore *store;
  SenModel      *model;
  SenDevice     *device;
  SenSession    *session;
} Fixture;

static char *
write_connector (const Fixture *f, SenConnectorKind kind, uint32_t n_embd)
{
  static const int32_t pieces[] = { 28, 253, 216, 198, 314, 1000 };
  const ConnectorShape shapes[] = {
    [SEN_CONNECTOR_SIGHT] = { .n_feature = 384, .n_hidden = 32, .n_embd = n_embd, .n_side = 8, .layers = { 12 }, .n_layers = 1 },
    [SEN_CONNECTOR_HEARING] = { .n_feature = 512, .n_stack = 4, .n_hidden = 32, .n_tap = 3, .n_hidden2 = 32, .pieces = pieces,
                                .n_piece = G_N_ELEMENTS (pieces) },
  };
  ConnectorShape shape = shapes[kind];
  shape.kind = kind;
  shape.matrix_type = SEN_TYPE_Q8_0;
  shape.language_model = MODEL;
  char *path = g_strdup_printf ("%s/%s-%u.gguf", f->folder, sen_connector_kind_name (kind), n_embd);
  connector_write (&shape, path);
  return path;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  const char *const none[] = { NULL };
  if (models == NULL)
    g_error ("SENSORIUM_TEST_MODELS is not set");
  f->folder = g_dir_make_tmp ("sen-multimodal-XXXXXX", NULL);
  f->debug = sen_debug_from_env ();
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (&error);
  g_assert_no_error (error);
  f->store = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = models, .data_dir = f->folder, .extra_dirs = none });
  f->model_path = sen_model_store_find (f->store, MODEL, &error);
  g_assert_no_error (error);
  f->sight = write_connector (f, SEN_CONNECTOR_SIGHT, 576);
  f->hearing = write_connector (f, SEN_CONNECTOR_HEARING, 0);
  f->model = sen_model_open (f->model_path, &error);
  g_assert_no_error (error);
  f->device = sen_cpu_device_new (&(SenCpuParams) { .n_threads = 2 }, &error);
  g_assert_no_error (error);
  SenSessionParams params = sen_session_params_default ();
  params.n_ctx = 1024;
  f->session = sen_session_new (f->model, f->device, NULL, &params, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  sen_session_free (f->session);
  sen_device_unref (f->device);
  sen_model_unref (f->model);
  sen_model_store_unref (f->store);
  const char *const remove[] = { "rm", "-r", "--", f->folder, NULL };
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free (f->model_path);
  g_free (f->sight);
  g_free (f->hearing);
  g_free (f->folder);
}

static SenMultimodal *
open_multimodal (const Fixture *f, const char *connector)
{
  g_autoptr (GError) error = NULL;
  const SenMultimodalParams params = { .debug = &f->debug, .store = f->store, .connector = connector };
  SenMultimodal *multimodal = sen_multimodal_new (&params, f->model_path, &error);
  g_assert_no_error (error);
  sen_multimodal_use (multimodal, f->model, f->device, NULL);
  return multimodal;
}

static SenPromptMedia
picture (char *path, size_t message)
{
  return (SenPromptMedia) { .message = message, .kind = SEN_ATTACHMENT_PICTURE, .path = path, .name = "picture",
                            .words = "Colours: grey\n" };
}

static SenMultimodalPrompt *
prepare (const Fixture *f, SenMultimodal *multimodal, const SenChatMessage *messages, size_t n, const SenPromptMedia *media, size_t n_media)
{
  g_autoptr (GError) error = NULL;
  const SenMultimodalRequest request = {
    .messages = messages, .n_messages = n, .media = media, .n_media = n_media, .n_ctx = sen_session_info (f->session)->n_ctx,
  };
  SenMultimodalPrompt *prompt = sen_multimodal_prepare (multimodal, &request, NULL, &error);
  g_assert_no_error (error);
  return prompt;
}

static const SenMultimodalTaken *
taken (const SenMultimodalPrompt *prompt, guint index)
{
  return g_ptr_array_index (sen_multimodal_prompt_taken (prompt), index);
}

static bool
on_token (const SenGeneratedToken *token, gpointer data)
{
  g_string_append (data, token->text);
  return true;
}

/* Its text goes to @text, which may be NULL. */
static SenGenerateStats
answer (const Fixture *f, const SenMultimodalPrompt *prompt, GString *text)
{
  g_autoptr (GError) error = NULL;
  SenGenerateStats stats;
  const SenGenerateParams params = { .max_tokens = 4, .on_token = text != NULL ? on_token : NULL, .user_data = text };
  g_assert_true (sen_multimodal_generate (prompt, f->session, &params, &stats, &error));
  g_assert_no_error (error);
  return stats;
}

/* --- Turns ---------------------------------------------------------------------------------------------------------------------------- */

/* The second question about a picture costs its own words: nothing is decoded, encoded or read again. */
static void
test_second_question (Fixture *f, gconstpointer data)
{
  g_autoptr (SenMultimodal) multimodal = open_multimodal (f, f->sight);
  g_autofree char *path = g_build_filename (samples, "coffee.jpg", NULL);
  SenPromptMedia media = picture (path, 0);
  media.words = "Picture 1, \"coffee.jpg\", seen in words:\n```\nJPEG picture, 600 × 400 pixels\n"
                "Colours: brown 43 %, white 22 %, grey 17 %, black 11 %; of medium brightness\n"
                "Salient region: from 78, 20 to 480, 388 (pixels from the left and the top), 93 % of what draws the eye "
                "on 62 % of the picture\nText in the picture: none\n```\n";
  SenChatMessage messages[] = { { "user", "What is it?" }, { "assistant", NULL }, { "user", "Which colour?" } };
  g_autoptr (GString) text = g_string_new (NULL);
  g_assert_cmpstr (sen_multimodal_by (multimodal, SEN_ATTACHMENT_PICTURE), ==, "random");
  g_assert_null (sen_multimodal_by (multimodal, SEN_ATTACHMENT_SOUND));
  g_assert_null (sen_multimodal_by (multimodal, SEN_ATTACHMENT_VIDEO));

  g_assert_cmpuint (sen_multimodal_memory_bytes (multimodal), ==, 0);
  gint64 start = g_get_monotonic_time ();
  g_autoptr (SenMultimodalPrompt) first = prepare (f, multimodal, messages, 1, &media, 1);
  SenGenerateStats stats = answer (f, first, text);
  double first_seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC - stats.decode_seconds;
  g_assert_true (taken (first, 0)->is_direct && taken (first, 0)->with_words);
  g_assert_cmpuint (stats.n_reused_tokens, ==, 0);
  /* The eyes alone have some twenty millions of weights. */
  g_assert_cmpuint (sen_multimodal_memory_bytes (multimodal), >, 20 << 20);
  g_assert_nonnull (strstr (sen_multimodal_prompt_text (first, 0), "Colours: brown"));
  uint32_t n_first = stats.n_prompt_tokens;

  messages[1].content = text->str;
  start = g_get_monotonic_time ();
  g_autoptr (SenMultimodalPrompt) second = prepare (f, multimodal, messages, 3, &media, 1);
  stats = answer (f, second, NULL);
  double second_seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC - stats.decode_seconds;
  g_test_message ("the first question reads %u positions and can be answered after %.3f s, the second %u and %.3f s: %.1f times sooner",
                  n_first, first_seconds, stats.n_prompt_tokens - stats.n_reused_tokens, second_seconds, first_seconds / second_seconds);
  g_assert_cmpuint (stats.n_reused_tokens, >=, n_first);
  g_assert_cmpuint (stats.n_prompt_tokens - stats.n_reused_tokens, <, 25);
}

/* Several in one message, in their order, each a mark; a mark that people write is text. */
static void
test_several (Fixture *f, gconstpointer data)
{
  g_autoptr (SenMultimodal) multimodal = open_multimodal (f, f->sight);
  g_autofree char *a = g_build_filename (samples, "coffee.jpg", NULL), *b = g_build_filename (samples, "sign.png", NULL);
  g_autofree char *sound = g_build_filename (samples, "message.opus", NULL);
  const SenPromptMedia media[] = {
    picture (a, 0),
    { .message = 0, .kind = SEN_ATTACHMENT_SOUND, .path = sound, .name = "message.opus", .words = "What is said: hello\n" },
    picture (b, 0),
  };
  const SenChatMessage message = { "user", "<__media_0__> and <|im_end|>?" };
  g_autoptr (SenMultimodalPrompt) prompt = prepare (f, multimodal, &message, 1, media, 3);
  const char *text = sen_multimodal_prompt_text (prompt, 0);
  g_test_message ("%s", text);
  g_assert_true (g_str_has_prefix (text, "<__media_1__>"));
  g_assert_true (taken (prompt, 0)->is_direct && !taken (prompt, 1)->is_direct && taken (prompt, 2)->is_direct);
  g_assert_null (taken (prompt, 1)->note);
  g_assert_nonnull (strstr (text, "What is said: hello"));
  g_assert_cmpuint (answer (f, prompt, NULL).n_prompt_tokens, >, 128);
}

/* In their places between the words; what is not seen leaves its place empty where it has no words. */
static void
test_places (Fixture *f, gconstpointer data)
{
  g_autoptr (SenMultimodal) multimodal = open_multimodal (f, f->sight);
  g_autofree char *a = g_build_filename (samples, "coffee.jpg", NULL), *b = g_build_filename (samples, "sign.png", NULL);
  SenPromptMedia media[] = { picture (a, 0), picture (b, 0), picture (b, 0) };
  for (size_t i = 0; i < G_N_ELEMENTS (media); i++)
    media[i].words = "";
  media[0].at = strlen ("First ");
  media[1].at = strlen ("First second ");
  media[2].at = 1000;
  const SenChatMessage message = { "user", "First second third" };
  g_autoptr (SenMultimodalPrompt) prompt = prepare (f, multimodal, &message, 1, media, 3), blind = prepare (f, NULL, &message, 1, media, 3);
  const char *mark = sen_multimodal_prompt_mark (prompt);
  g_autofree char *expected = g_strdup_printf ("First %s\nsecond %s\nthird%s\n", mark, mark, mark);
  g_assert_cmpstr (sen_multimodal_prompt_text (prompt, 0), ==, expected);
  g_assert_cmpstr (sen_multimodal_prompt_text (blind, 0), ==, "First second third");
  g_assert_cmpuint (answer (f, prompt, NULL).n_prompt_tokens, >, 3 * 64);
}

/* --- What does not go ----------------------------------------------------------------------------------------------------------------- */

/* As many as the context has room for; the others go through words, and say so. */
static void
test_twenty (Fixture *f, gconstpointer data)
{
  g_autoptr (SenMultimodal) multimodal = open_multimodal (f, f->sight);
  g_autofree char *path = g_build_filename (samples, "coffee.jpg", NULL);
  SenPromptMedia media[20];
  guint n_direct = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (media); i++)
    {
      media[i] = picture (path, i < 4 ? 0 : 2);
      media[i].words = "x\n";
    }
  const SenChatMessage messages[] = { { "user", "These?" }, { "assistant", "Yes." }, { "user", "And these?" } };
  g_autoptr (SenMultimodalPrompt) prompt = prepare (f, multimodal, messages, 3, media, G_N_ELEMENTS (media));
  for (guint i = 0; i < G_N_ELEMENTS (media); i++)
    {
      n_direct += taken (prompt, i)->is_direct;
      g_assert_true (taken (prompt, i)->is_direct == (taken (prompt, i)->note == NULL));
    }
  /* 768 of 1024 positions, 64 each; those of the newest message first. */
  g_assert_cmpuint (n_direct, ==, 12);
  g_assert_false (taken (prompt, 0)->is_direct);
  g_assert_true (taken (prompt, 4)->is_direct && taken (prompt, 15)->is_direct && !taken (prompt, 16)->is_direct);
  /* What was attached before was told of before. */
  g_assert_true (taken (prompt, 16)->is_new && !taken (prompt, 0)->is_new);
  g_assert_nonnull (strstr (taken (prompt, 16)->note, "picture goes through words: it takes 64 tokens, and the context has room for 0"));
  g_assert_cmpuint (answer (f, prompt, NULL).n_prompt_tokens, >, 12 * 64);
  /* The oldest messages go with what was attached to them. */
  g_assert_cmpuint (sen_multimodal_prompt_leave_out (prompt, f->model, 1024), ==, 2);
  g_assert_cmpuint (answer (f, prompt, NULL).n_prompt_tokens, >, 12 * 64);
}

static void
assert_goes_through_words (const Fixture *f, const char *connector, SenAttachmentKind kind, char *path, const char *why, const char *detail)
{
  g_autoptr (SenMultimodal) multimodal = open_multimodal (f, connector);
  const SenPromptMedia media = { .message = 0, .kind = kind, .path = path, .name = "a thing", .words = "its words\n" };
  const SenChatMessage message = { "user", "What is it?" };
  g_autoptr (SenMultimodalPrompt) prompt = prepare (f, multimodal, &message, 1, &media, 1);
  g_assert_false (taken (prompt, 0)->is_direct);
  g_test_message ("%s", taken (prompt, 0)->note);
  if (strstr (taken (prompt, 0)->note, why) == NULL)
    g_error ("“%s” says nothing of “%s”", taken (prompt, 0)->note, why);
  g_assert_cmpstr (sen_multimodal_prompt_text (prompt, 0), ==, "its words\n\nWhat is it?");
  if (detail != NULL && strstr (taken (prompt, 0)->detail, detail) == NULL)
    g_error ("“%s” says nothing of “%s”", taken (prompt, 0)->detail, detail);
}

/* Of silence. (transfer full) */
static char *
write_long_sound (const Fixture *f)
{
  const uint32_t n = 2 * 8000 * 301;
  char *path = g_build_filename (f->folder, "long.wav", NULL);
  g_autofree uint8_t *bytes = g_malloc0 (44 + n);
  memcpy (bytes, "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\0\0", 44);
  for (int i = 0; i < 4; i++)
    {
      bytes[4 + i] = (uint8_t) ((36 + n) >> 8 * i);
      bytes[40 + i] = (uint8_t) (n >> 8 * i);
    }
  g_assert_true (g_file_set_contents (path, (const char *) bytes, 44 + n, NULL));
  return path;
}

/* What yields has what the words leave, and no encoder runs for it where that is nothing; a file that is another by now is not looked
 * at. */
static void
test_yields (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMultimodal) multimodal = open_multimodal (f, f->sight);
  g_autofree char *path = g_build_filename (samples, "coffee.jpg", NULL);
  GStatBuf info;
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  SenPromptMedia media[] = { picture (path, 0), picture (path, 0) };
  media[1].yields = true;
  media[1].size_bytes = (uint64_t) info.st_size;
  media[1].mtime_ns = info.st_mtim.tv_sec * INT64_C (1000000000) + info.st_mtim.tv_nsec;
  const SenChatMessage message = { "user", "These?" };
  SenMultimodalRequest request = { .messages = &message, .n_messages = 1, .media = media, .n_media = 2, .n_ctx = 1024, .n_words = 200 };
  g_autoptr (SenMultimodalPrompt) roomy = sen_multimodal_prepare (multimodal, &request, NULL, &error);
  g_assert_true (taken (roomy, 0)->is_direct && taken (roomy, 1)->is_direct);
  request.n_words = 700;
  g_autoptr (SenMultimodalPrompt) full = sen_multimodal_prepare (multimodal, &request, NULL, &error);
  g_assert_true (taken (full, 0)->is_direct && !taken (full, 1)->is_direct);
  g_assert_nonnull (strstr (taken (full, 1)->note, "these leave it no room in the context"));
  request.n_words = 200;
  media[1].mtime_ns++;
  g_autoptr (SenMultimodalPrompt) other = sen_multimodal_prepare (multimodal, &request, NULL, &error);
  g_assert_nonnull (strstr (taken (other, 1)->note, "another file lies there now"));
  media[1].path = "/nowhere";
  g_autoptr (SenMultimodalPrompt) gone = sen_multimodal_prepare (multimodal, &request, NULL, &error);
  g_assert_nonnull (strstr (taken (gone, 1)->note, "its content is gone"));
  g_assert_no_error (error);
}

/* Empty, gone, no picture, a connector for another model: a sentence, and the words. */
static void
test_bad (Fixture *f, gconstpointer data)
{
  g_autofree char *readme = g_build_filename (samples, "README.md", NULL), *empty = g_build_filename (f->folder, "empty.wav", NULL);
  g_autofree char *wide = write_connector (f, SEN_CONNECTOR_SIGHT, 32), *coffee = g_build_filename (samples, "coffee.jpg", NULL);
  static const char header[] = "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data\0\0\0";
  g_assert_true (g_file_set_contents (empty, header, sizeof header, NULL));
  g_autofree char *long_path = write_long_sound (f);
  assert_goes_through_words (f, f->hearing, SEN_ATTACHMENT_SOUND, empty, "could not take it directly", "the recording is empty");
  assert_goes_through_words (f, f->hearing, SEN_ATTACHMENT_SOUND, long_path, "longer than the 5 minutes",
                             "a thing is longer than 5 minutes");
  assert_goes_through_words (f, f->sight, SEN_ATTACHMENT_PICTURE, (char *) "/nowhere", "its content is gone", NULL);
  assert_goes_through_words (f, f->sight, SEN_ATTACHMENT_PICTURE, readme, "could not take it directly", "a thing");
  assert_goes_through_words (f, wide, SEN_ATTACHMENT_PICTURE, coffee, "random cannot be used with this model",
                             "it is made for " MODEL ", whose embeddings have 32 numbers");
}

static void
assert_refused (const Fixture *f, const char *mmproj, const char *connector, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  const SenMultimodalParams params = { .debug = &f->debug, .store = f->store, .mmproj = mmproj, .connector = connector };
  g_assert_null (sen_multimodal_new (&params, f->model_path, &error));
  g_assert_error (error, SEN_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” says nothing of “%s”", error->message, words);
}

static void
test_named (Fixture *f, gconstpointer data)
{
  g_autofree char *cut = g_build_filename (f->folder, "cut.gguf", NULL), *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (f->sight, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (cut, bytes, (gssize) length / 2, NULL));
  assert_refused (f, NULL, cut, SEN_ERROR_FORMAT, "cut.gguf");
  assert_refused (f, NULL, "nothing-of-that-name", SEN_ERROR_NOT_FOUND, "nothing-of-that-name");
  assert_refused (f, NULL, f->model_path, SEN_ERROR_UNSUPPORTED, "no connector");
  assert_refused (f, f->model_path, NULL, SEN_ERROR_UNSUPPORTED, "no mmproj file");
  g_autoptr (SenMultimodal) none = open_multimodal (f, "none");
  g_assert_null (sen_multimodal_by (none, SEN_ATTACHMENT_PICTURE));
}

/* The catalogue, with connectors that are as good as words. (transfer full) */
static SenModelStore *
open_trusting_store (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  const char *const none[] = { NULL };
  g_autofree char *path = g_build_filename (samples, "..", "catalogue.json", NULL), *bytes = NULL;
  g_assert_true (g_file_get_contents (path, &bytes, NULL, &error));
  g_autoptr (GString) text = g_string_new (bytes);
  g_string_replace (text, "\"only_by_name\": true", "\"only_by_name\": false", 0);
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_from_text (text->str, text->len, path, &error);
  g_assert_no_error (error);
  return sen_model_store_new (catalogue, &(SenModelStoreParams) {
    .models_dir = g_getenv ("SENSORIUM_TEST_MODELS"), .data_dir = f->folder, .extra_dirs = none,
  });
}

/* What would be taken if it were asked for is told, and taken when it is; a name that is for nothing here is no harm. */
static void
test_also (Fixture *f)
{
  static const char *const also[] = { "sight-smollm2", "hearing-smollm2", "smell-smollm2", NULL };
  const SenMultimodalParams params = { .debug = &f->debug, .store = f->store, .also = also };
  g_autoptr (SenMultimodal) multimodal = sen_multimodal_new (&params, f->model_path, NULL);
  g_autoptr (SenModelStatus) status = sen_model_store_status (f->store, MODEL, NULL);
  g_autoptr (SenModelStatus) other = sen_model_store_status (f->store, "gemma-3-270m", NULL);
  g_assert_cmpstr (sen_multimodal_by (multimodal, SEN_ATTACHMENT_PICTURE), ==, "random");
  g_assert_null (sen_multimodal_by (multimodal, SEN_ATTACHMENT_SOUND));
  sen_multimodal_look (f->store, status);
  sen_multimodal_look (f->store, other);
  g_assert_null (status->sees_by);
  g_assert_cmpstr (status->may_see_by->name, ==, "sight-smollm2");
  g_assert_null (status->may_hear_by);
  g_assert_null (other->may_see_by);
}

/* One in the folder of the store, under the name that the catalogue has for the model, is found without being named, unless words are
 * better. */
static void
test_found (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->folder, "sight-smollm2.gguf", NULL);
  g_autofree char *coffee = g_build_filename (samples, "coffee.jpg", NULL);
  g_assert_cmpint (g_rename (f->sight, path), ==, 0);
  g_autoptr (GError) error = NULL;
  bool with_words;
  g_autoptr (SenMultimodal) by_words = open_multimodal (f, NULL);
  g_assert_null (sen_multimodal_by (by_words, SEN_ATTACHMENT_PICTURE));
  test_also (f);
  sen_model_store_unref (f->store);
  f->store = open_trusting_store (f);
  g_autoptr (SenMultimodal) multimodal = open_multimodal (f, NULL);
  g_assert_cmpstr (sen_multimodal_by (multimodal, SEN_ATTACHMENT_PICTURE), ==, "random");
  g_assert_cmpuint (sen_multimodal_count (multimodal, SEN_ATTACHMENT_PICTURE, coffee, &with_words, NULL, &error), ==, 64);
  g_assert_true (with_words);
  g_assert_cmpuint (sen_multimodal_count (multimodal, SEN_ATTACHMENT_SOUND, coffee, NULL, NULL, &error), ==, 0);
  g_assert_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
  g_autoptr (GPtrArray) models = sen_model_store_list (f->store);
  for (guint i = 0; i < models->len; i++)
    g_assert_cmpstr (((const SenModelStatus *) g_ptr_array_index (models, i))->name, !=, "sight-smollm2");
}

/* What people name their files: the projector of the same model, of whatever types the two are. */
static void
test_names (Fixture *f, gconstpointer data)
{
  static const char *const files[] = { "mmproj-gemma-3-4b-it-Q8_0.gguf", "mmproj-gemma-3-4.gguf", "gemma-3-12b-it.mmproj-BF16.gguf" };
  static const struct {
    const char *model, *by;
  } rows[] = {
    { "gemma-3-4b-it-Q4_K_M.gguf", "mmproj-gemma-3-4b-it-Q8_0.gguf" },
    { "Gemma_3_12B-it.gguf", "gemma-3-12b-it.mmproj-BF16.gguf" },
    { "gemma-3-4-f16.gguf", "mmproj-gemma-3-4.gguf" },
    { "gemma-3-4c.gguf", NULL },          /* gemma-3-4 is another one */
    { "gemma-3-4b-it2-Q4_K_M.gguf", NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (files) + G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
      const char *name = i < G_N_ELEMENTS (files) ? files[i] : rows[i - G_N_ELEMENTS (files)].model;
      g_autofree char *path = g_build_filename (f->folder, name, NULL);
      sen_gguf_writer_set_bool (writer, "clip.has_vision_encoder", true);
      g_assert_true (sen_gguf_writer_save (writer, path, NULL, NULL, &error));
    }
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_build_filename (f->folder, rows[i].model, NULL);
      const SenMultimodalParams params = { .debug = &f->debug, .store = f->store };
      g_autoptr (SenMultimodal) multimodal = sen_multimodal_new (&params, path, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (sen_multimodal_by (multimodal, SEN_ATTACHMENT_PICTURE), ==, rows[i].by);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  samples = argv[1];
  g_test_add ("/multimodal/second-question", Fixture, NULL, set_up, test_second_question, tear_down);
  g_test_add ("/multimodal/several", Fixture, NULL, set_up, test_several, tear_down);
  g_test_add ("/multimodal/places", Fixture, NULL, set_up, test_places, tear_down);
  g_test_add ("/multimodal/twenty", Fixture, NULL, set_up, test_twenty, tear_down);
  g_test_add ("/multimodal/yields", Fixture, NULL, set_up, test_yields, tear_down);
  g_test_add ("/multimodal/bad", Fixture, NULL, set_up, test_bad, tear_down);
  g_test_add ("/multimodal/named", Fixture, NULL, set_up, test_named, tear_down);
  g_test_add ("/multimodal/names", Fixture, NULL, set_up, test_names, tear_down);
  g_test_add ("/multimodal/found", Fixture, NULL, set_up, test_found, tear_down);
  return g_test_run ();
}
