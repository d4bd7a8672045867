/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Any file as one that lets a language model see or hear. The model is no more than what a projector asks of it: a width, a name and
 * a vocabulary, here one with the marks that families look for. Nothing is compiled for a device. */
#include "sen-model-private.h"
#include "sen-projector-private.h"
#include "tiny-vocabulary.h"

#define N_EMBD 96   /* as of make-tiny-mmproj.py's models of letter a, whose files are good seeds */

static SenTokenizer *
new_tokenizer (void)
{
  static const char *const marks[] = {
    "\n", "\n\n", "<fake_token_around_image>", "<global-img>", "<start_of_image>", "<end_of_image>", "<|audio_bos|>", "<|audio_eos|>",
    "<|vision_start|>", "<|vision_end|>",
  };
  g_autoptr (TinyVocabulary) tiny = tiny_vocabulary_new_sentencepiece ();
  GgufBuilder builder;
  gguf_builder_init (&builder);
  gguf_builder_add_string (&builder, "tokenizer.ggml.model", "llama");
  for (size_t i = 0; i < G_N_ELEMENTS (marks); i++)
    tiny_vocabulary_add (tiny, marks[i], -1, TINY_CONTROL, 0.0f);
  tiny_vocabulary_write (tiny, &builder);
  g_autoptr (SenGguf) gguf = gguf_builder_finish (&builder, NULL);
  SenTokenizer *tokenizer = sen_tokenizer_new_from_gguf (gguf, NULL);
  g_assert (tokenizer != NULL);
  return tokenizer;
}

static SenModel *
the_model (void)
{
  static SenModel *model;
  if (model == NULL)
    {
      model = g_new0 (SenModel, 1);
      g_atomic_ref_count_init (&model->ref_count);
      model->tokenizer = new_tokenizer ();
      model->info = (SenModelInfo) { .name = "a model", .n_embd = N_EMBD, .counts_rows = true };
    }
  return model;
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (SenGguf) gguf = sen_gguf_open_bytes (bytes, "fuzz", NULL);
  if (gguf == NULL)
    return 0;
  g_autoptr (SenProjector) projector = sen_projector_open_gguf (gguf, the_model (), NULL, NULL, &error);
  g_assert ((projector != NULL) == (error == NULL));
  return 0;
}
