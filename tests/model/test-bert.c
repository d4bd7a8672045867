/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-bert                     files that are no sound encoder
 *   test-bert GOLDEN_DIR DEVICE   embeddings of all-MiniLM-L6-v2 ($SENSORIUM_TEST_MODELS) against transformers */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sen-bert.h"
#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-gguf-writer.h"
#include "sen-import.h"
#include "sen-json-reader.h"
#include "sen-vulkan.h"

#define N_EMBD 384

static const char *golden_dir, *device_name;

/* --- Against transformers -------------------------------------------------------------------------------------------------------- */

static SenDevice *
open_device (bool exact)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams cpu = { .n_threads = 2, .exact = exact };
  const SenVulkanParams vulkan = { .exact = exact };
  SenDevice *device = strcmp (device_name, "vulkan") == 0 ? sen_vulkan_device_new (&vulkan, &error) : sen_cpu_device_new (&cpu, &error);
  if (device == NULL)
    {
      g_autofree char *reason = g_strdup_printf ("hardware: %s", error->message);
      g_test_skip (reason);
    }
  return device;
}

static SenBert *
open_bert (void)
{
  g_autoptr (GError) error = NULL;
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  if (models == NULL)
    g_error ("SENSORIUM_TEST_MODELS is not set");
  g_autofree char *model = g_build_filename (models, "all-minilm-l6-v2", NULL), *path = sen_import_open (model, NULL, &error);
  g_assert_no_error (error);
  SenBert *bert = sen_bert_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_bert_info (bert)->n_embd, ==, N_EMBD);
  return bert;
}

static SenBertEncoder *
open_encoder (SenBert *bert, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  SenBertEncoder *encoder = sen_bert_encoder_new (bert, device, NULL, &error);
  g_assert_no_error (error);
  return encoder;
}

static double
product (const float *a, const float *b)
{
  double sum = 0.0;
  for (int i = 0; i < N_EMBD; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

/* What transformers made of the entry's text, of unit length to the digits kept. */
static void
read_expected (const SenJson *entry, float expected[N_EMBD])
{
  const SenJson *values = sen_json_member (entry, "embedding");
  g_assert_cmpuint (sen_json_length (values), ==, N_EMBD);
  for (size_t i = 0; i < N_EMBD; i++)
    expected[i] = (float) sen_json_number (sen_json_at (values, i));
}

static double
compare_entry (const SenBert *bert, SenBertEncoder *encoder, const SenJson *entry)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  float embedding[N_EMBD], expected[N_EMBD];
  for (double i = sen_json_number (sen_json_member (entry, "times")); i > 0.0; i--)
    g_string_append (text, sen_json_string (sen_json_member (entry, "text")));
  sen_bert_encoder_embed (encoder, text->str, (gssize) text->len, embedding, NULL, &error);
  g_assert_no_error (error);
  read_expected (entry, expected);
  g_assert_cmpuint (sen_bert_n_left_out (bert, text->str, -1), ==,
                    (uint32_t) sen_json_number (sen_json_member (entry, "left_out")));
  g_assert_cmpfloat_with_epsilon (product (embedding, embedding), 1.0, 1e-6);
  return product (embedding, expected) / sqrt (product (expected, expected));
}

static void
test_parity (gconstpointer exact)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = open_device (exact != NULL);
  if (device == NULL)
    return;
  g_autoptr (SenBert) bert = open_bert ();
  g_autoptr (SenBertEncoder) encoder = open_encoder (bert, device);
  g_autofree char *path = g_build_filename (golden_dir, "embeddings.json", NULL), *json = NULL;
  size_t length;
  g_assert_true (g_file_get_contents (path, &json, &length, NULL));
  g_autoptr (SenJsonDocument) document = sen_json_parse (json, length, path, &error);
  g_assert_no_error (error);
  const SenJson *entries = sen_json_root (document);
  double worst = 1.0;
  for (size_t i = 0; i < sen_json_length (entries); i++)
    {
      double cosine = compare_entry (bert, encoder, sen_json_at (entries, i));
      worst = MIN (worst, cosine);
      if (cosine >= 0.9999)
        continue;
      g_test_message ("the embedding of text %zu has a cosine of %.6f only", i, cosine);
      g_test_fail ();
    }
  g_test_message ("%zu texts on %s%s: cosine at least %.7f", sen_json_length (entries), device_name, exact != NULL ? ", exact" : "", worst);
}

static void
test_cancel (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = open_device (false);
  if (device == NULL)
    return;
  g_autoptr (SenBert) bert = open_bert ();
  g_autoptr (SenBertEncoder) encoder = open_encoder (bert, device);
  SenCancel cancel = { .requested = 1 };
  float embedding[N_EMBD];
  g_assert_false (sen_bert_encoder_embed (encoder, "never", -1, embedding, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
}

/* --- Unsound files ---------------------------------------------------------------------------------------------------------------- */

static void
assert_refused (uint32_t n_head, uint32_t pooling, const char *architecture, int code, const char *words)
{
  static const SenGgufString tokens[] = { { "[PAD]", 5 }, { "[UNK]", 5 }, { "[CLS]", 5 }, { "[SEP]", 5 }, { "a", 1 } };
  static const int32_t types[] = { 3, 2, 3, 3, 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
  g_autofree char *folder = g_dir_make_tmp ("sen-bert-XXXXXX", NULL), *path = g_build_filename (folder, "bert.gguf", NULL);
  float table[16 * 64] = { 0.0f };
  sen_gguf_writer_set_string (writer, "general.architecture", architecture, -1);
  sen_gguf_writer_set_u32 (writer, "bert.embedding_length", 64);
  sen_gguf_writer_set_u32 (writer, "bert.feed_forward_length", 96);
  sen_gguf_writer_set_u32 (writer, "bert.block_count", 1);
  sen_gguf_writer_set_u32 (writer, "bert.attention.head_count", n_head);
  sen_gguf_writer_set_u32 (writer, "bert.context_length", 16);
  sen_gguf_writer_set_f32 (writer, "bert.attention.layer_norm_epsilon", 1e-12f);
  sen_gguf_writer_set_u32 (writer, "bert.pooling_type", pooling);
  sen_gguf_writer_set_string (writer, "tokenizer.ggml.model", "bert", -1);
  sen_gguf_writer_set_strings (writer, "tokenizer.ggml.tokens", tokens, G_N_ELEMENTS (tokens));
  sen_gguf_writer_set_array (writer, "tokenizer.ggml.token_type", SEN_GGUF_INT32, types, G_N_ELEMENTS (types));
  sen_gguf_writer_set_u32 (writer, "tokenizer.ggml.unknown_token_id", 1);
  sen_gguf_writer_add_tensor (writer, "token_embd.weight", SEN_TYPE_F32, 2, (uint64_t[]) { 5, 64 }, SEN_TYPE_F32, table);
  g_assert_true (sen_gguf_writer_save (writer, path, NULL, NULL, NULL));
  g_autoptr (SenBert) bert = sen_bert_open (path, &error);
  g_assert_null (bert);
  g_assert_error (error, SEN_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” says nothing of “%s”", error->message, words);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_unsound (void)
{
  assert_refused (4, 1, "bert", SEN_ERROR_FORMAT, "token_embd_norm.weight is missing");
  assert_refused (5, 1, "bert", SEN_ERROR_FORMAT, "whole number of heads");
  assert_refused (0, 1, "bert", SEN_ERROR_FORMAT, "head_count");
  assert_refused (4, 3, "bert", SEN_ERROR_UNSUPPORTED, "(3)");
  assert_refused (4, 1, "llama", SEN_ERROR_UNSUPPORTED, "no encoder of text");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc < 3)
    {
      g_test_add_func ("/bert/unsound", test_unsound);
      return g_test_run ();
    }
  golden_dir = argv[1];
  device_name = argv[2];
  g_test_add_data_func ("/bert/exact", GINT_TO_POINTER (1), test_parity);
  g_test_add_data_func ("/bert/default", NULL, test_parity);
  g_test_add_func ("/bert/cancel", test_cancel);
  return g_test_run ();
}
