/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "tiny-vocabulary.h"

#include <string.h>

static void
free_string (gpointer string)
{
  g_string_free (string, TRUE);
}

TinyVocabulary *
tiny_vocabulary_new (void)
{
  TinyVocabulary *tiny = g_new (TinyVocabulary, 1);
  tiny->texts = g_ptr_array_new_with_free_func (free_string);
  tiny->merges = g_ptr_array_new_with_free_func (free_string);
  tiny->scores = g_array_new (FALSE, FALSE, sizeof (float));
  tiny->types = g_array_new (FALSE, FALSE, sizeof (gint32));
  return tiny;
}

void
tiny_vocabulary_free (TinyVocabulary *tiny)
{
  g_ptr_array_unref (tiny->texts);
  g_ptr_array_unref (tiny->merges);
  g_array_unref (tiny->scores);
  g_array_unref (tiny->types);
  g_free (tiny);
}

static GString *
string_of (const char *text, gssize length)
{
  return g_string_new_len (text, length >= 0 ? length : (gssize) strlen (text));
}

guint
tiny_vocabulary_add (TinyVocabulary *tiny, const char *text, gssize length, int type, float score)
{
  gint32 type32 = type;
  g_ptr_array_add (tiny->texts, string_of (text, length));
  g_array_append_val (tiny->scores, score);
  g_array_append_val (tiny->types, type32);
  return tiny->texts->len - 1;
}

void
tiny_vocabulary_add_merge (TinyVocabulary *tiny, const char *merge, gssize length)
{
  g_ptr_array_add (tiny->merges, string_of (merge, length));
}

void
tiny_vocabulary_write (const TinyVocabulary *tiny, GgufBuilder *builder)
{
  gguf_builder_add_strings (builder, "tokenizer.ggml.tokens", tiny->texts);
  gguf_builder_add_array (builder, "tokenizer.ggml.scores", SEN_GGUF_FLOAT32, tiny->scores->data, tiny->scores->len);
  gguf_builder_add_array (builder, "tokenizer.ggml.token_type", SEN_GGUF_INT32, tiny->types->data, tiny->types->len);
  gguf_builder_add_strings (builder, "tokenizer.ggml.merges", tiny->merges);
}

TinyVocabulary *
tiny_vocabulary_new_bpe (void)
{
  static const char *const words[] = { "he", "ll", "hell", "hello", "\u0120w", "\u0120wo", "\u0120hello" };
  static const char *const merges[] = { "h e", "l l", "he ll", "hell o", "\u0120 w", "\u0120w o", "\u0120 hello" };
  TinyVocabulary *tiny = tiny_vocabulary_new ();
  gunichar next = 0x100;
  for (gunichar byte = 0; byte < 256; byte++)
    {
      char utf8[6];
      bool printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
      tiny_vocabulary_add (tiny, utf8, g_unichar_to_utf8 (printable ? byte : next++, utf8), TINY_NORMAL, 0.0f);
    }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    tiny_vocabulary_add (tiny, words[i], -1, TINY_NORMAL, 0.0f);
  for (guint i = 0; i < G_N_ELEMENTS (merges); i++)
    tiny_vocabulary_add_merge (tiny, merges[i], -1);
  tiny_vocabulary_add (tiny, "<|end|>", -1, TINY_CONTROL, 0.0f);
  tiny_vocabulary_add (tiny, "<user>", -1, TINY_USER, 0.0f);
  tiny_vocabulary_add (tiny, "<user>x", -1, TINY_USER, 0.0f);
  tiny_vocabulary_add (tiny, "<|endoftext|>", -1, TINY_NORMAL, 0.0f);
  return tiny;
}

TinyVocabulary *
tiny_vocabulary_new_sentencepiece (void)
{
  static const char *const words[] = { "\u2581", "h", "e", "l", "o", "he", "ll", "hell", "hello", "\u2581hello" };
  TinyVocabulary *tiny = tiny_vocabulary_new ();
  tiny_vocabulary_add (tiny, "<unk>", -1, TINY_UNKNOWN, 0.0f);
  tiny_vocabulary_add (tiny, "<s>", -1, TINY_CONTROL, 0.0f);
  tiny_vocabulary_add (tiny, "</s>", -1, TINY_CONTROL, 0.0f);
  for (guint byte = 0; byte < 256; byte++)
    {
      char text[8];
      g_snprintf (text, sizeof text, "<0x%02X>", byte);
      tiny_vocabulary_add (tiny, text, -1, TINY_BYTE, 0.0f);
    }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    tiny_vocabulary_add (tiny, words[i], -1, TINY_NORMAL, -(float) i);
  tiny_vocabulary_add (tiny, "\n\n", -1, TINY_USER, 0.0f);
  return tiny;
}
