/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-language.h"

#include <stdbool.h>
#include <string.h>

#define MOST_CHARS 2000
/* So many usual words are enough, and so many times those of the next language. */
#define ENOUGH 2
#define CLEARLY 2

static const struct { const char *code, *words; } languages[] = {
#define LANGUAGE(code, words) { code, " " words " " },
#include "languages.def"
#undef LANGUAGE
};

/* Scripts that one language is written in, or nearly so. Han alone is Chinese; with kana it is Japanese. */
static const struct { GUnicodeScript script; const char *code; } scripts[] = {
  { G_UNICODE_SCRIPT_HIRAGANA, "ja" }, { G_UNICODE_SCRIPT_KATAKANA, "ja" }, { G_UNICODE_SCRIPT_HANGUL, "ko" },
  { G_UNICODE_SCRIPT_HAN, "zh" }, { G_UNICODE_SCRIPT_CYRILLIC, "ru" }, { G_UNICODE_SCRIPT_GREEK, "el" }, { G_UNICODE_SCRIPT_ARABIC, "ar" },
  { G_UNICODE_SCRIPT_HEBREW, "he" }, { G_UNICODE_SCRIPT_DEVANAGARI, "hi" }, { G_UNICODE_SCRIPT_THAI, "th" },
};

typedef struct {
  unsigned letters, of_script[G_N_ELEMENTS (scripts)], words[G_N_ELEMENTS (languages)];
} Count;

static void
count_letter (Count *count, gunichar c)
{
  GUnicodeScript script = g_unichar_get_script (c);
  count->letters++;
  for (size_t i = 0; i < G_N_ELEMENTS (scripts); i++)
    count->of_script[i] += scripts[i].script == script;
}

/* @word: with a space on either side. */
static void
count_word (Count *count, const char *word)
{
  for (size_t i = 0; i < G_N_ELEMENTS (languages); i++)
    count->words[i] += strstr (languages[i].words, word) != NULL;
}

static const char *
by_script (const Count *count)
{
  for (size_t i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      /* A few kana say it, whatever else there is. */
      bool is_kana = scripts[i].script == G_UNICODE_SCRIPT_HIRAGANA || scripts[i].script == G_UNICODE_SCRIPT_KATAKANA;
      if (count->of_script[i] * (is_kana ? 8 : 2) > count->letters)
        return scripts[i].code;
    }
  return NULL;
}

static const char *
by_words (const Count *count)
{
  unsigned best = 0, second = 0, at = 0;
  for (unsigned i = 0; i < G_N_ELEMENTS (languages); i++)
    if (count->words[i] > best)
      {
        second = best;
        best = count->words[i];
        at = i;
      }
    else
      second = MAX (second, count->words[i]);
  return best >= ENOUGH && best >= CLEARLY * second ? languages[at].code : NULL;
}

const char *
sen_language_guess (const char *text)
{
  Count count = { 0 };
  g_autoptr (GString) word = g_string_new (" ");
  unsigned n = 0;
  for (const char *p = text; n < MOST_CHARS; p = g_utf8_next_char (p), n++)
    {
      gunichar c = g_utf8_get_char (p);
      bool is_letter = g_unichar_isalpha (c);
      if (is_letter)
        {
          count_letter (&count, c);
          g_string_append_unichar (word, g_unichar_tolower (c));
        }
      else if (word->len > 1)
        {
          g_string_append_c (word, ' ');
          count_word (&count, word->str);
          g_string_truncate (word, 1);
        }
      if (c == 0)
        break;
    }
  const char *code = by_script (&count);
  return code != NULL ? code : by_words (&count);
}
