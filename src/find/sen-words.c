/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-words.h"

#include <string.h>

#include "sen-query.h"
#include "sen-usual-words.h"

/* How many words may stand where a phrase has a gap. */
#define GAP 4

static void
word_clear (gpointer data)
{
  g_free (((SenWord *) data)->text);
}

/* Whether the character at @at goes on with a word: not the first, nor the last of it. */
static bool
joins (const char *text, const char *at, const char *end)
{
  gunichar c = g_utf8_get_char (at);
  const char *next = g_utf8_next_char (at);
  if (at == text || next >= end)
    return false;
  gunichar before = g_utf8_get_char (g_utf8_prev_char (at)), after = g_utf8_get_char (next);
  if (c == '\'' || c == 0x2019)
    return g_unichar_isalpha (before) && g_unichar_isalpha (after);
  return (c == '.' || c == ',') && g_unichar_isdigit (before) && g_unichar_isdigit (after);
}

static void
add_word (GArray *words, GString *letters, bool has_digit, gsize start, gsize end)
{
  if (letters->len == 0)
    return;
  SenWord word = { .text = sen_query_fold (letters->str), .is_number = has_digit, .start = (uint32_t) start, .end = (uint32_t) end };
  word.is_usual = !has_digit && (sen_word_is_usual (word.text) || g_utf8_strlen (word.text, -1) < 2);
  g_array_append_val (words, word);
  g_string_truncate (letters, 0);
}

GArray *
sen_words_split (const char *text, gsize n_bytes)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (SenWord));
  g_autoptr (GString) letters = g_string_new (NULL);
  const char *end = text + n_bytes;
  bool has_digit = false;
  gsize start = 0;
  g_array_set_clear_func (words, word_clear);
  for (const char *at = text; at < end; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      /* Nobody sees them, and so they hide nothing either: soft hyphens, joiners. */
      if (g_unichar_type (c) == G_UNICODE_FORMAT)
        continue;
      if (letters->len > 0 && joins (text, at, end))
        {
          if (c == '.')
            g_string_append_c (letters, '.');
          continue;
        }
      if (!g_unichar_isalnum (c) && !g_unichar_ismark (c))
        {
          add_word (words, letters, has_digit, start, (gsize) (at - text));
          has_digit = false;
          continue;
        }
      if (letters->len == 0)
        start = (gsize) (at - text);
      has_digit = has_digit || g_unichar_isdigit (c);
      g_string_append_unichar (letters, c);
    }
  add_word (words, letters, has_digit, start, n_bytes);
  return words;
}

void
sen_word_stem (const SenWord *word, char stem[SEN_STEM_BYTES])
{
  g_strlcpy (stem, word->text, SEN_STEM_BYTES);
  if (word->is_number)
    return;
  glong n = g_utf8_strlen (stem, -1);
  if (n > 3 && g_str_has_suffix (stem, "s") && !g_str_has_suffix (stem, "ss"))
    stem[strlen (stem) - 1] = '\0';
  if (n > SEN_STEM_LETTERS)
    *g_utf8_offset_to_pointer (stem, SEN_STEM_LETTERS) = '\0';
}

/* --- Phrases that speak to an assistant ----------------------------------------------------------------------------------------------- */

static const char *const phrases[] = {
#define SEN_INSTRUCTION(phrase) phrase,
#include "instructions.def"
#undef SEN_INSTRUCTION
};

/* Whether @word is one of @alternatives[n], "ignore|disregard". */
static bool
is_one_of (const char *word, const char *alternatives, gsize n)
{
  gsize length = strlen (word);
  for (const char *at = alternatives, *end = at + n; at < end;)
    {
      const char *bar = memchr (at, '|', (gsize) (end - at));
      gsize n_alternative = (gsize) ((bar != NULL ? bar : end) - at);
      if (n_alternative == length && memcmp (at, word, length) == 0)
        return true;
      at += n_alternative + 1;
    }
  return false;
}

/* Whether words[0..n) begin with what is left of a phrase. A phrase has at most two gaps, so this ends soon. */
static bool
begins_with (const SenWord *words, guint n, const char *phrase)
{
  while (*phrase == ' ')
    phrase++;
  if (*phrase == '\0')
    return true;
  gsize length = strcspn (phrase, " ");
  if (length == 1 && *phrase == '~')
    {
      for (guint skip = 0; skip <= MIN (GAP, n); skip++)
        if (begins_with (words + skip, n - skip, phrase + 1))
          return true;
      return false;
    }
  return n > 0 && is_one_of (words->text, phrase, length) && begins_with (words + 1, n - 1, phrase + length);
}

bool
sen_words_instruct (const GArray *words)
{
  for (guint i = 0; i < words->len; i++)
    for (gsize p = 0; p < G_N_ELEMENTS (phrases); p++)
      if (begins_with (&g_array_index (words, SenWord, i), words->len - i, phrases[p]))
        return true;
  return false;
}
