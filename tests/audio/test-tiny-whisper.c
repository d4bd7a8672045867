/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A small random Whisper with 128 mel bins out of transformers' and CTranslate2's files, in f32, f16 and int8, against
 * transformers' forward pass; and as the GGUF it became, which is opened as it is. One has the vocabulary of English-only models, and hears
 * a sound as faster-whisper does. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-import.h"
#include "sen-json-reader.h"
#include "sen-transcribe.h"

/* Of tools/make-tiny-whisper.py. */
#define STEP 7919
#define N_MEL 128
#define N_EMBD 64

static char *folder;
static SenJsonDocument *golden;

static const SenJson *
member (const SenJson *object, const char *name)
{
  const SenJson *found = sen_json_member (object, name);
  g_assert_nonnull (found);
  return found;
}

static double
difference (const SenJson *kept, const float *values, size_t n)
{
  double sum = 0.0, length = 0.0;
  for (size_t k = 0; k < sen_json_length (kept); k++)
    {
      double expected = sen_json_number (sen_json_at (kept, k)), d = (double) values[k * STEP % n] - expected;
      sum += d * d;
      length += expected * expected;
    }
  return sqrt (sum / length);
}

static float *
make_mel (void)
{
  float *mel = g_new (float, SEN_WHISPER_FRAMES * N_MEL);
  for (int frame = 0; frame < SEN_WHISPER_FRAMES; frame++)
    for (int band = 0; band < N_MEL; band++)
      mel[frame * N_MEL + band] = (float) (sin (0.013 * frame * (1 + band % 7)) * cos (0.31 * band) * 0.8);
  return mel;
}

static void
expect_distributions (const float *rows, uint32_t n_row, uint32_t n_col)
{
  for (uint32_t i = 0; i < n_row; i++)
    {
      double sum = 0.0;
      for (uint32_t j = 0; j < n_col; j++)
        sum += rows[(size_t) i * n_col + j];
      g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-4);
    }
}

static void
ignore_row (uint32_t position, const float *logits, gpointer user_data)
{
}

/* Heads asked for one by one are those that words are timed by; the encoder's own rows are the same whatever else is asked. */
static void
check_attention (SenWhisperSession *session, const float *mel, const SenToken *text, uint32_t n)
{
  g_autoptr (GError) error = NULL;
  SenWhisper *whisper = sen_whisper_session_model (session);
  const SenWhisperInfo *info = sen_whisper_info (whisper);
  uint32_t n_position = info->n_position, n_head = info->n_decoder_head, n_aligned = sen_whisper_n_alignment_heads (whisper);
  g_autofree uint32_t *layers = g_new (uint32_t, info->n_decoder_layer + info->n_encoder_layer);
  for (uint32_t i = 0; i < MAX (info->n_decoder_layer, info->n_encoder_layer); i++)
    layers[i] = i;
  const SenEncoderTaps all = { .layers = layers, .n_layers = info->n_decoder_layer };
  uint32_t n_rows = info->n_decoder_layer * n_head * n;
  g_autofree float *cross = g_new (float, (size_t) n_rows * n_position), *aligned = g_new (float, (size_t) n_aligned * n * n_position);
  g_assert_true (sen_whisper_session_cross_attention (session, text, n, &all, cross, NULL, &error));
  expect_distributions (cross, n_rows, n_position);
  g_assert_true (sen_whisper_session_align (session, text, n, aligned, ignore_row, NULL, NULL, &error));
  for (uint32_t i = 0; i < n_aligned; i++)
    {
      bool is_found = false;
      for (uint32_t j = 0; j < info->n_decoder_layer * n_head && !is_found; j++)
        is_found = memcmp (aligned + (size_t) i * n * n_position, cross + (size_t) j * n * n_position,
                           (size_t) n * n_position * sizeof (float)) == 0;
      g_assert_true (is_found);
    }

  const SenWhisperLook whole = { .taps = { .layers = layers, .n_layers = info->n_encoder_layer }, .first = 3, .n = 5 };
  const SenWhisperLook one = { .taps = { .layers = layers + 1, .n_layers = 1, .head_mask = { 2 } }, .first = 4, .n = 1 };
  n_rows = info->n_encoder_layer * 5 * info->n_encoder_head;
  g_autofree float *rows = g_new (float, (size_t) n_rows * n_position), *row = g_new (float, n_position);
  SenDevice *device = sen_whisper_session_device (session);
  g_assert_true (sen_whisper_look (whisper, device, mel, &whole, rows, NULL, &error));
  expect_distributions (rows, n_rows, n_position);
  g_assert_true (sen_whisper_look (whisper, device, mel, &one, row, NULL, &error));
  const float *expected = rows + (size_t) ((1 * 5 + 1) * info->n_encoder_head + 1) * n_position;
  for (uint32_t j = 0; j < n_position; j++)
    g_assert_cmpfloat_with_epsilon (row[j], expected[j], 1e-6);

  const SenWhisperLook behind = { .taps = whole.taps, .first = n_position - 1, .n = 2 };
  const SenEncoderTaps unordered = { .layers = (const uint32_t[]) { 1, 0 }, .n_layers = 2 };
  g_assert_false (sen_whisper_look (whisper, device, mel, &behind, rows, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (sen_whisper_session_cross_attention (session, text, n, &unordered, cross, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

static void
check_forward (const char *gguf, const SenJson *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenWhisper) whisper = sen_whisper_open (gguf, &error);
  g_assert_no_error (error);
  const SenWhisperInfo *info = sen_whisper_info (whisper);
  g_assert_cmpuint (info->n_mel, ==, N_MEL);
  g_assert_cmpuint (info->n_embd, ==, N_EMBD);
  g_assert_cmpuint (sen_whisper_n_alignment_heads (whisper), ==, 2);
  const SenCpuParams params = { .n_threads = 2, .exact = true };
  SenDevice *cpu = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);
  g_autoptr (SenWhisperSession) session = sen_whisper_session_new (whisper, cpu, NULL, 1, &error);
  g_assert_no_error (error);

  g_autofree float *mel = make_mel (), *features = g_new (float, info->n_position * info->n_embd);
  g_assert_true (sen_whisper_session_encode (session, mel, NULL, &error));
  g_assert_true (sen_whisper_session_read_features (session, features, &error));
  g_assert_cmpfloat (difference (member (expected, "features"), features, info->n_position * info->n_embd), <, 1e-5);

  const SenJson *tokens = member (expected, "tokens");
  uint32_t n = (uint32_t) sen_json_length (tokens);
  g_autofree SenToken *text = g_new (SenToken, n);
  for (uint32_t i = 0; i < n; i++)
    text[i] = (SenToken) sen_json_number (sen_json_at (tokens, i));
  g_autofree float *logits = g_new (float, n * info->n_vocab);
  g_assert_true (sen_whisper_session_begin (session, text, n, n, logits, NULL, &error));
  g_assert_cmpfloat (difference (member (expected, "logits"), logits, n * info->n_vocab), <, 1e-5);
  check_attention (session, mel, text, n);
  sen_device_unref (cpu);
}

static void
test_model (gconstpointer data)
{
  const SenJson *expected = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, sen_json_string (member (expected, "name")), NULL);
  const SenImportParams params = { .matrix_type = SEN_TYPE_F32 };
  g_autofree char *gguf = sen_import_open (path, &params, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (gguf, "/.sensorium-f32.gguf"));
  check_forward (gguf, expected);
  g_autofree char *again = sen_import_open (gguf, NULL, &error);
  g_assert_cmpstr (again, ==, gguf);
  sen_import_forget (path, NULL);
  g_assert_false (g_file_test (gguf, G_FILE_TEST_EXISTS));
}

/* Without tokenizer.json merges are derived: text becomes the same tokens. */
static void
test_derived_merges (void)
{
  static const char *const names[] = { "ct2-int8", "ct2-int8-bare" };
  GArray *found[2];
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_build_filename (folder, names[i], NULL), *gguf = sen_import_open (path, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (SenWhisper) whisper = sen_whisper_open (gguf, &error);
      g_assert_no_error (error);
      found[i] = g_array_new (FALSE, FALSE, sizeof (SenToken));
      sen_tokenizer_encode (sen_whisper_tokenizer (whisper), " the thing <|en|>", -1, false, true, found[i]);
    }
  g_assert_cmpuint (found[0]->len, ==, found[1]->len);
  g_assert_cmpuint (found[0]->len, <, strlen (" the thing <|en|>"));
  g_assert_cmpmem (found[0]->data, found[0]->len * sizeof (SenToken), found[1]->data, found[1]->len * sizeof (SenToken));
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_array_unref (found[i]);
}

#define N_SAMPLES 16000

/* A second of silence, or of a sawtooth. */
typedef struct {
  bool     is_silent;
  size_t   n_read;
  GString *text;
  char    *language;
} Sound;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  Sound *sound = data;
  n = MIN (n, N_SAMPLES - sound->n_read);
  for (size_t i = 0; i < n; i++)
    samples[i] = sound->is_silent ? 0.0f : (float) ((double) ((sound->n_read + i) % 80) / 80.0 - 0.5);
  sound->n_read += n;
  return (gssize) n;
}

static void
on_segment (const SenTranscriptSegment *segment, gpointer data)
{
  g_string_append (((Sound *) data)->text, segment->text);
}

static void
on_language (const char *code, float probability, gpointer data)
{
  ((Sound *) data)->language = g_strdup (code);
}

/* What the model in the folder @name, in f32, hears in @sound. */
static bool
hear (const char *name, SenTranscribeParams params, Sound *sound, GError **error)
{
  const SenCpuParams cpu = { .n_threads = 2, .exact = true };
  const SenImportParams import = { .matrix_type = SEN_TYPE_F32 };
  g_autofree char *path = g_build_filename (folder, name, NULL), *gguf = sen_import_open (path, &import, error);
  g_assert_nonnull (gguf);
  g_autoptr (SenWhisper) whisper = sen_whisper_open (gguf, error);
  g_assert_nonnull (whisper);
  SenDevice *device = sen_cpu_device_new (&cpu, error);
  g_assert_nonnull (device);
  params.beam_size = 1;
  params.no_fallback = params.no_vad = true;
  params.segment = on_segment;
  params.found = on_language;
  params.user_data = sound;
  sound->text = g_string_new (NULL);
  g_autoptr (SenWhisperSession) session = sen_whisper_session_new (whisper, device, NULL, sen_transcribe_n_rows (&params), error);
  g_assert_nonnull (session);
  bool ok = sen_transcribe (session, &params, read_sound, sound, NULL, error);
  sen_device_unref (device);
  return ok;
}

static void
clear_sound (Sound *sound)
{
  g_string_free (sound->text, TRUE);
  g_free (sound->language);
}

#define ENGLISH "ct2-int8-english"

/* An English-only model is told no language and no task, and knows of no other: it writes what faster-whisper writes. */
static void
test_english (void)
{
  const SenJson *heard = member (sen_json_root (golden), "heard");
  static const char *const languages[] = { NULL, "English", "de" };
  for (size_t i = 0; i < G_N_ELEMENTS (languages); i++)
    {
      g_autoptr (GError) error = NULL;
      Sound sound = { 0 };
      bool ok = hear (ENGLISH, (SenTranscribeParams) { .language = languages[i] }, &sound, &error);
      if (g_strcmp0 (languages[i], "de") == 0)
        g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
      else
        {
          g_assert_no_error (error);
          g_assert_true (ok);
          g_assert_cmpstr (sound.text->str, ==, sen_json_string (member (heard, "text")));
          g_assert_cmpstr (sound.language, ==, sen_json_string (member (heard, "language")));
        }
      clear_sound (&sound);
    }
}

static bool
read_tokens (const char *path, const char *text, GArray *tokens, GError **error)
{
  sen_import_forget (path, NULL);
  g_autofree char *gguf = sen_import_open (path, NULL, error);
  g_autoptr (SenWhisper) whisper = gguf != NULL ? sen_whisper_open (gguf, error) : NULL;
  if (whisper != NULL)
    sen_tokenizer_encode (sen_whisper_tokenizer (whisper), text, -1, false, true, tokens);
  return whisper != NULL;
}

static void
write_lines (const char *path, const SenJson *list, size_t n_hostile)
{
  g_autofree char *file = g_build_filename (path, "vocabulary.txt", NULL), *as = g_strnfill (240, 'a');
  g_autoptr (GString) lines = g_string_new (NULL);
  for (size_t i = 0; i < sen_json_length (list); i++)
    if (i < n_hostile)
      g_string_append_printf (lines, i == 0 ? "aa\n" : "%s%zu\n", as, i);
    else
      g_string_append_printf (lines, i + 1 < sen_json_length (list) ? "%s\n" : "%s", sen_json_string (sen_json_at (list, i)));
  g_assert_true (g_file_set_contents (file, lines->str, (gssize) lines->len, NULL));
}

/* CTranslate2's older list of lines, of which the last need not end; and one whose tokens would take hours to take apart. */
static void
test_lines (void)
{
  static const char text[] = " the thing <|29.98|><|30.00|>";
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, ENGLISH, NULL), *json = g_build_filename (path, "vocabulary.json", NULL);
  g_autofree char *tokenizer = g_build_filename (path, "tokenizer.json", NULL), *list_text = NULL;
  g_autoptr (GArray) from_json = g_array_new (FALSE, FALSE, sizeof (SenToken)), from_lines = g_array_new (FALSE, FALSE, sizeof (SenToken));
  gsize length;
  g_assert_true (g_file_get_contents (json, &list_text, &length, NULL));
  g_autoptr (SenJsonDocument) list = sen_json_parse (list_text, length, json, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (tokenizer), ==, 0);
  g_assert_true (read_tokens (path, text, from_json, &error));
  g_assert_cmpint (g_unlink (json), ==, 0);
  write_lines (path, sen_json_root (list), 0);
  g_assert_true (read_tokens (path, text, from_lines, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (from_json->len, <, strlen (text));
  g_assert_cmpmem (from_json->data, from_json->len * sizeof (SenToken), from_lines->data, from_lines->len * sizeof (SenToken));
  write_lines (path, sen_json_root (list), 50000);
  g_assert_false (read_tokens (path, text, from_lines, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "too many long tokens"));
}

/* A damaged journal may name any place: what lies behind the end of the sound is the end. */
static void
test_resumed_behind_end (void)
{
  const SenTranscribePlace place = { .frame = G_MAXUINT64 };
  g_autoptr (GError) error = NULL;
  Sound sound = { .is_silent = true };
  g_assert_true (hear ("ct2-int8", (SenTranscribeParams) { .language = "en", .resume = &place }, &sound, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (sound.n_read, ==, N_SAMPLES);
  g_assert_cmpstr (sound.text->str, ==, "");
  clear_sound (&sound);
}

static void
test_missing_tokenizer (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "ct2-int8-bare", NULL), *list = g_build_filename (path, "vocabulary.json", NULL);
  g_assert_cmpint (g_unlink (list), ==, 0);
  g_assert_null (sen_import_open (path, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
}

static void
run (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  int status = -1;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

/* usage: test-tiny-whisper make-tiny-whisper.py whisper.json */
int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;
  folder = g_dir_make_tmp ("sen-whisper-XXXXXX", &error);
  g_assert_no_error (error);
  /* Debian's own Python has Debian's NumPy, whatever stands first in the path. */
  const char *python = g_file_test ("/usr/bin/python3", G_FILE_TEST_IS_EXECUTABLE) ? "/usr/bin/python3" : "python3";
  run ((const char *const[]) { python, argv[1], "models", folder, NULL });
  g_assert_true (g_file_get_contents (argv[2], &text, &length, NULL));
  golden = sen_json_parse (text, length, argv[2], &error);
  g_assert_no_error (error);

  const SenJson *models = member (sen_json_root (golden), "models");
  for (size_t i = 0; i < sen_json_length (models); i++)
    {
      const SenJson *model = sen_json_at (models, i);
      g_autofree char *name = g_strconcat ("/tiny whisper/", sen_json_string (member (model, "name")), NULL);
      g_test_add_data_func (name, model, test_model);
    }
  g_test_add_func ("/tiny whisper/derived merges", test_derived_merges);
  g_test_add_func ("/tiny whisper/resumed behind the end", test_resumed_behind_end);
  g_test_add_func ("/tiny whisper/missing tokenizer", test_missing_tokenizer);
  g_test_add_func ("/tiny whisper/english only", test_english);
  g_test_add_func ("/tiny whisper/lines", test_lines);
  int status = g_test_run ();
  run ((const char *const[]) { "rm", "-r", folder, NULL });
  sen_json_free (golden);
  g_free (folder);
  return status;
}
