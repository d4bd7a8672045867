/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-transcribe-private.h"

#include <string.h>
#include <zlib.h>

/* A period may be this long, and a circle must have gone round at least so often and for so many tokens. */
#define LOOP_MAX_PERIOD 24
#define LOOP_MIN_TIMES 4
#define LOOP_MIN_TOKENS 64

char *
sen_whisper_text (const SenWhisper *whisper, const SenToken *tokens, uint32_t n)
{
  SenToken end = sen_whisper_info (whisper)->end;
  GString *text = g_string_new (NULL);
  SenTokenStream *stream = sen_token_stream_new (sen_whisper_tokenizer (whisper));
  for (uint32_t i = 0; i < n; i++)
    if (tokens[i] < end)
      sen_token_stream_push (stream, tokens[i], text);
  sen_token_stream_flush (stream, text);
  sen_token_stream_free (stream);
  return g_string_free (text, FALSE);
}

GArray *
sen_whisper_encode_text (const SenWhisper *whisper, const char *text)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (sen_whisper_tokenizer (whisper), text, -1, false, false, ids);
  return ids;
}

float
sen_whisper_compression_ratio (const char *text)
{
  uLong length = (uLong) strlen (text);
  uLongf n_packed = compressBound (length);
  g_autofree Bytef *packed = g_malloc (n_packed);
  if (length == 0 || compress (packed, &n_packed, (const Bytef *) text, length) != Z_OK)
    return 0.0f;
  return (float) ((double) length / (double) n_packed);
}

/* --- Never written -------------------------------------------------------------------------------------------------------------------- */

static int
compare_tokens (gconstpointer a, gconstpointer b)
{
  SenToken x = *(const SenToken *) a, y = *(const SenToken *) b;
  return x < y ? -1 : x > y;
}

/* The first token of @text where it is the only one, or counts anyway. */
static void
suppress (const SenWhisper *whisper, const char *text, bool always, GArray *suppressed)
{
  g_autoptr (GArray) ids = sen_whisper_encode_text (whisper, text);
  if (ids->len == 1 || (always && ids->len > 0))
    g_array_append_val (suppressed, g_array_index (ids, SenToken, 0));
}

GArray *
sen_whisper_suppressed (const SenWhisper *whisper)
{
  static const char *const symbols[] = {
    "\"", "#", "(", ")", "*", "+", "/", ":", ";", "<", "=", ">", "@", "[", "\\", "]", "^", "_", "`", "{", "|", "}", "~", "「", "」",
    "『", "』", "<<", ">>", "<<<", ">>>", "--", "---", "-(", "-[", "('", "(\"", "((", "))", "(((", ")))", "[[", "]]", "{{", "}}",
    "♪♪", "♪♪♪",
  };
  /* Where they take several tokens they share the first. */
  static const char *const notes[] = { "♩", "♪", "♫", "♬", "♭", "♮", "♯" };
  const SenWhisperInfo *info = sen_whisper_info (whisper);
  GArray *suppressed = g_array_new (FALSE, FALSE, sizeof (SenToken));
  /* Hyphens and quotes between words, but not before one. */
  suppress (whisper, " -", true, suppressed);
  suppress (whisper, " '", true, suppressed);
  for (size_t i = 0; i < G_N_ELEMENTS (symbols) + G_N_ELEMENTS (notes); i++)
    {
      bool is_note = i >= G_N_ELEMENTS (symbols);
      const char *symbol = is_note ? notes[i - G_N_ELEMENTS (symbols)] : symbols[i];
      g_autofree char *spaced = g_strconcat (" ", symbol, NULL);
      suppress (whisper, symbol, is_note, suppressed);
      suppress (whisper, spaced, is_note, suppressed);
    }
  const SenToken controls[] = { info->transcribe, info->translate, info->start, info->previous, info->start_of_lm, info->no_speech };
  g_array_append_vals (suppressed, controls, G_N_ELEMENTS (controls));
  g_array_sort (suppressed, compare_tokens);
  return suppressed;
}

/* --- Words ---------------------------------------------------------------------------------------------------------------------------- */

static bool
is_punctuation (const char *text)
{
  g_autofree char *bare = g_strstrip (g_strdup (text));
  /* As Python's `in` has it: a piece of the row of all punctuation, nothing being one too. */
  return strstr ("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", bare) != NULL;
}

/* Appends pieces of tokens that are whole characters. */
static GArray *
split_characters (const SenWhisper *whisper, const SenToken *tokens, uint32_t n, GPtrArray *texts)
{
  GArray *firsts = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  g_autoptr (GString) pending = g_string_new (NULL);
  for (uint32_t i = 0, first = 0; i < n; i++)
    {
      sen_tokenizer_decode (sen_whisper_tokenizer (whisper), tokens[i], true, pending);
      const char *end;
      bool is_whole = g_utf8_validate (pending->str, (gssize) pending->len, &end);
      /* What can still become a character waits for its rest. */
      if (!is_whole && i + 1 < n && g_utf8_get_char_validated (end, pending->str + pending->len - end) == (gunichar) -2)
        continue;
      g_array_append_val (firsts, first);
      g_ptr_array_add (texts, g_utf8_make_valid (pending->str, (gssize) pending->len));
      g_string_truncate (pending, 0);
      first = i + 1;
    }
  g_array_append_val (firsts, n);
  return firsts;
}

GArray *
sen_whisper_split_words (const SenWhisper *whisper, const SenToken *tokens, uint32_t n, bool by_characters, GPtrArray *texts)
{
  if (by_characters)
    return split_characters (whisper, tokens, n, texts);
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) piece_firsts = split_characters (whisper, tokens, n, pieces);
  GArray *firsts = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  SenToken end = sen_whisper_info (whisper)->end;
  for (guint i = 0; i < pieces->len; i++)
    {
      uint32_t first = g_array_index (piece_firsts, uint32_t, i);
      const char *piece = pieces->pdata[i];
      if (texts->len == 0 || tokens[first] >= end || *piece == ' ' || is_punctuation (piece))
        {
          g_array_append_val (firsts, first);
          g_ptr_array_add (texts, g_strdup (piece));
          continue;
        }
      char *longer = g_strconcat (texts->pdata[texts->len - 1], piece, NULL);
      g_free (texts->pdata[texts->len - 1]);
      texts->pdata[texts->len - 1] = longer;
    }
  g_array_append_val (firsts, n);
  return firsts;
}

/* --- Circles -------------------------------------------------------------------------------------------------------------------------- */

uint32_t
sen_whisper_find_loop (const SenToken *tokens, uint32_t n, SenToken first_time)
{
  /* Times differ from round to round, so only words are compared. */
  g_autofree uint32_t *places = g_new (uint32_t, n + 1);
  uint32_t n_text = 0;
  for (uint32_t i = 0; i < n; i++)
    if (tokens[i] < first_time)
      places[n_text++] = i;
  for (uint32_t period = 1; period <= LOOP_MAX_PERIOD; period++)
    {
      uint32_t n_same = 0;
      while (n_same + period < n_text && tokens[places[n_text - 1 - n_same]] == tokens[places[n_text - 1 - n_same - period]])
        n_same++;
      if (n_same + period >= LOOP_MIN_TOKENS && n_same >= (LOOP_MIN_TIMES - 1) * period)
        return places[n_text - n_same - 1] + 1;
    }
  return n;
}
