/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Any text through tokenizers made of any vocabulary. The first bytes choose the model and the flags; then come tokens and
 * merges, each with its length in front; the rest is the text. What a tokenizer says of the text is decoded and streamed. */
#include <stdint.h>

#include "sen-tokenizer.h"
#include "tiny-vocabulary.h"

#define MAX_ADDED 64

typedef struct {
  const uint8_t *data;
  size_t         size;
} Input;

static uint8_t
take_byte (Input *input)
{
  if (input->size == 0)
    return 0;
  input->size--;
  return *input->data++;
}

static const char *
take_text (Input *input, size_t *length)
{
  uint8_t wanted = take_byte (input);
  const char *text = (const char *) input->data;
  *length = MIN (wanted, input->size);
  input->data += *length;
  input->size -= *length;
  return text;
}

static void
run (SenTokenizer *tokenizer, const char *text, size_t length)
{
  g_autoptr (SenTokenStream) stream = sen_token_stream_new (tokenizer);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  g_autoptr (GString) bytes = g_string_new (NULL), streamed = g_string_new (NULL);
  sen_tokenizer_encode (tokenizer, text, (gssize) length, true, true, ids);
  sen_tokenizer_encode (tokenizer, text, (gssize) length, false, false, ids);
  for (guint i = 0; i < ids->len; i++)
    {
      SenToken id = g_array_index (ids, SenToken, i);
      g_assert (id >= 0 && (uint32_t) id < sen_tokenizer_n_tokens (tokenizer));
      sen_tokenizer_decode (tokenizer, id, true, bytes);
      sen_token_stream_push (stream, id, streamed);
    }
  sen_token_stream_flush (stream, streamed);
  /* NUL is a character like any other in a text. */
  for (size_t at = 0; at < streamed->len;)
    {
      const char *end;
      bool valid = g_utf8_validate (streamed->str + at, (gssize) (streamed->len - at), &end);
      g_assert (valid || *end == '\0');
      at = (size_t) (end - streamed->str) + 1;
    }
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const pres[] = { "gpt-2", "smollm", "llama-bpe", "qwen2" };
  Input input = { data, size };
  uint8_t kind = take_byte (&input), flags = take_byte (&input);
  bool is_bpe = kind & 1;
  GgufBuilder builder;
  gguf_builder_init (&builder);
  gguf_builder_add_string (&builder, "tokenizer.ggml.model", is_bpe ? "gpt2" : "llama");
  gguf_builder_add_string (&builder, "tokenizer.ggml.pre", pres[kind >> 1 & 3]);
  gguf_builder_add_string (&builder, "general.name", flags & 1 ? "Phi-3" : "");
  gguf_builder_add_bool (&builder, "tokenizer.ggml.add_bos_token", flags & 2);
  gguf_builder_add_bool (&builder, "tokenizer.ggml.add_eos_token", flags & 4);
  gguf_builder_add_bool (&builder, "tokenizer.ggml.add_space_prefix", flags & 8);
  if (flags & 16)
    gguf_builder_add_u32 (&builder, "tokenizer.ggml.bos_token_id", take_byte (&input) * 3u);

  g_autoptr (TinyVocabulary) tiny = kind & 8 ? tiny_vocabulary_new () : is_bpe ? tiny_vocabulary_new_bpe ()
                                                                                : tiny_vocabulary_new_sentencepiece ();
  for (guint n = take_byte (&input) % MAX_ADDED; n > 0; n--)
    {
      size_t length;
      int8_t score = (int8_t) take_byte (&input);
      int type = take_byte (&input) % 8;
      const char *text = take_text (&input, &length);
      tiny_vocabulary_add (tiny, text, (gssize) length, type, (float) score);
    }
  for (guint n = take_byte (&input) % MAX_ADDED; n > 0; n--)
    {
      size_t length;
      const char *text = take_text (&input, &length);
      tiny_vocabulary_add_merge (tiny, text, (gssize) length);
    }
  tiny_vocabulary_write (tiny, &builder);

  g_autoptr (SenGguf) gguf = gguf_builder_finish (&builder, NULL);
  g_autoptr (SenTokenizer) tokenizer = gguf != NULL ? sen_tokenizer_new_from_gguf (gguf, NULL) : NULL;
  if (tokenizer != NULL)
    run (tokenizer, (const char *) input.data, input.size);
  return 0;
}
