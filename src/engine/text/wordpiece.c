/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * WordPiece as BERT has it (Devlin et al. 2019), with the tokenizers library's idea of it: text is cleaned, accents and capitals go,
 * words end at white space and at every punctuation mark, and each word is cut into the longest pieces that the vocabulary
 * has, from the left. A word that cannot be cut to its end is unknown as a whole. */
#include <string.h>

#include "tokenizer-private.h"
#include "unicode.h"
#include "wordpiece-ranges.inc"

#define MAX_WORD_CHARS 100

#define IS_IN(ranges, code) sen_unicode_is_in (ranges, G_N_ELEMENTS (ranges), code)

static bool
is_chinese (uint32_t code)
{
  static const SenUnicodeRange ranges[] = {
    { 0x3400, 0x4dbf },   { 0x4e00, 0x9fff },   { 0xf900, 0xfaff },   { 0x20000, 0x2a6df },
    { 0x2a700, 0x2b73f }, { 0x2b740, 0x2b81f }, { 0x2b920, 0x2ceaf }, { 0x2f800, 0x2fa1f },
  };
  return IS_IN (ranges, code);
}

/* --- Normalizing ----------------------------------------------------------------------------------------------------------------- */

static GString *
clean (const SenTokenizer *tokenizer, const char *text, size_t length)
{
  GString *out = g_string_sized_new (length + 16);
  for (size_t at = 0; at < length;)
    {
      uint32_t code = sen_utf8_next (text, length, &at);
      bool is_space = code == '\t' || code == '\n' || code == '\r' || sen_unicode_is_space (code);
      /* A NUL would end the text for what comes after. */
      if (code == 0 || (tokenizer->clean_text && code != '\t' && code != '\n' && code != '\r' && IS_IN (dropped_ranges, code)))
        continue;
      if (tokenizer->clean_text && is_space)
        g_string_append_c (out, ' ');
      else if (tokenizer->chinese_chars && is_chinese (code))
        {
          g_string_append_c (out, ' ');
          g_string_append_unichar (out, code);
          g_string_append_c (out, ' ');
        }
      else
        g_string_append_unichar (out, code);
    }
  return out;
}

/* Without accents: decomposed, and what only marks a letter left out. */
static GString *
strip_accents (const GString *text)
{
  g_autofree char *decomposed = g_utf8_normalize (text->str, (gssize) text->len, G_NORMALIZE_NFD);
  GString *out = g_string_sized_new (text->len);
  for (const char *c = decomposed; c != NULL && *c != '\0'; c = g_utf8_next_char (c))
    if (!IS_IN (accent_ranges, g_utf8_get_char (c)))
      g_string_append_unichar (out, g_utf8_get_char (c));
  return out;
}

/* Character by character, whatever stands around. */
static GString *
lower (const GString *text)
{
  GString *out = g_string_sized_new (text->len);
  for (const char *c = text->str; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar code = g_utf8_get_char (c);
      /* The one letter whose small form is two characters. */
      if (code == 0x130)
        g_string_append (out, "i\xcc\x87");
      else
        g_string_append_unichar (out, g_unichar_tolower (code));
    }
  return out;
}

static GString *
normalize (const SenTokenizer *tokenizer, const char *text, size_t length)
{
  GString *now = clean (tokenizer, text, length);
  if (tokenizer->strip_accents)
    {
      GString *next = strip_accents (now);
      g_string_free (now, TRUE);
      now = next;
    }
  if (tokenizer->lowercase)
    {
      GString *next = lower (now);
      g_string_free (now, TRUE);
      now = next;
    }
  return now;
}

/* --- Words ------------------------------------------------------------------------------------------------------------------------ */

/* The longest token that @word[length], which may be changed in front by @mark, begins with; its bytes of the word in *@n. */
static SenToken
longest_piece (const SenTokenizer *tokenizer, const char *word, size_t length, bool is_first, size_t *n)
{
  char buffer[3 + 4 * MAX_WORD_CHARS];
  size_t n_mark = is_first ? strlen (SEN_SPACE_MARK) : 0;
  /* A mark of the text's own would make a beginning of what goes on. */
  if (!is_first && length >= strlen (SEN_SPACE_MARK) && memcmp (word, SEN_SPACE_MARK, strlen (SEN_SPACE_MARK)) == 0)
    return SEN_NO_TOKEN;
  memcpy (buffer, SEN_SPACE_MARK, n_mark);
  memcpy (buffer + n_mark, word, length);
  for (size_t end = length; end > 0; end--)
    {
      if (end < length && ((uint8_t) word[end] & 0xc0) == 0x80)
        continue;
      SenToken id = sen_vocab_find (tokenizer, buffer, n_mark + end);
      if (id != SEN_NO_TOKEN)
        {
          *n = end;
          return id;
        }
    }
  return SEN_NO_TOKEN;
}

static void
encode_word (const SenTokenizer *tokenizer, const char *word, size_t length, GArray *ids)
{
  guint n_before = ids->len;
  bool is_known = length <= 4 * MAX_WORD_CHARS && g_utf8_strlen (word, (gssize) length) <= MAX_WORD_CHARS;
  for (size_t at = 0, n = 0; is_known && at < length; at += n)
    {
      SenToken id = longest_piece (tokenizer, word + at, length - at, at == 0, &n);
      is_known = id != SEN_NO_TOKEN;
      g_array_append_val (ids, id);
    }
  if (is_known)
    return;
  g_array_set_size (ids, n_before);
  if (tokenizer->unknown != SEN_NO_TOKEN)
    g_array_append_val (ids, tokenizer->unknown);
}

void
sen_wordpiece_encode (const SenTokenizer *tokenizer, const char *text, size_t length, GArray *ids)
{
  g_autoptr (GString) normal = normalize (tokenizer, text, length);
  size_t word = 0, at = 0;
  while (at < normal->len)
    {
      size_t start = at;
      uint32_t code = sen_utf8_next (normal->str, normal->len, &at);
      bool is_space = sen_unicode_is_space (code), is_punctuation = IS_IN (punctuation_ranges, code);
      if (!is_space && !is_punctuation)
        continue;
      if (start > word)
        encode_word (tokenizer, normal->str + word, start - word, ids);
      if (is_punctuation)
        encode_word (tokenizer, normal->str + start, at - start, ids);
      word = at;
    }
  if (at > word)
    encode_word (tokenizer, normal->str + word, at - word, ids);
}
