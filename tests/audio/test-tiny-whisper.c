/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A small random Whisper with 128 mel bins out of transformers' and CTranslate2's files, in f32, f16 and int8, against
 * transformers' forward pass; and as the GGUF it became, which is opened as it is. */
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

  const SenJson *tokens = member (sen_json_root (golden), "tokens");
  uint32_t n = (uint32_t) sen_json_length (tokens);
  g_autofree SenToken *text = g_new (SenToken, n);
  for (uint32_t i = 0; i < n; i++)
    text[i] = (SenToken) sen_json_number (sen_json_at (tokens, i));
  g_autofree float *logits = g_new (float, n * info->n_vocab);
  g_assert_true (sen_whisper_session_begin (session, text, n, n, logits, NULL, &error));
  g_assert_cmpfloat (difference (member (expected, "logits"), logits, n * info->n_vocab), <, 1e-5);
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

/* A second of silence. */
static gssize
read_silence (float *samples, size_t n, gpointer data, GError **error)
{
  size_t *n_left = data, n_read = MIN (n, *n_left);
  memset (samples, 0, n_read * sizeof (float));
  *n_left -= n_read;
  return (gssize) n_read;
}

static void
on_segment (const SenTranscriptSegment *segment, gpointer data)
{
  g_test_fail ();
}

/* A damaged journal may name any place: what lies behind the end of the sound is the end. */
static void
test_resumed_behind_end (void)
{
  const SenTranscribePlace place = { .frame = G_MAXUINT64 };
  const SenTranscribeParams params = { .language = "en", .no_vad = true, .resume = &place, .segment = on_segment };
  const SenCpuParams cpu = { .n_threads = 1 };
  size_t n_left = 16000;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "ct2-int8", NULL), *gguf = sen_import_open (path, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SenWhisper) whisper = sen_whisper_open (gguf, &error);
  g_assert_no_error (error);
  SenDevice *device = sen_cpu_device_new (&cpu, &error);
  g_assert_no_error (error);
  g_autoptr (SenWhisperSession) session = sen_whisper_session_new (whisper, device, NULL, sen_transcribe_n_rows (&params), &error);
  g_assert_no_error (error);
  g_assert_true (sen_transcribe (session, &params, read_silence, &n_left, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_left, ==, 0);
  sen_device_unref (device);
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
  int status = g_test_run ();
  run ((const char *const[]) { "rm", "-r", folder, NULL });
  sen_json_free (golden);
  g_free (folder);
  return status;
}
