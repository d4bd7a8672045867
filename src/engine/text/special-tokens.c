/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Tokens that are found in text as they stand: control tokens and what users added. Text is searched for all of them at once:
 * a hash of every prefix gives the hash of any piece, so each length costs one look-up per place where a token may begin. */
#include <string.h>

#include "tokenizer-private.h"

/* Longer ones are no marks but damage; the limit bounds the work per byte of text. */
#define MAX_SPECIAL_BYTES 512
#define HASH_BASE 0x9e3779b97f4a7c15ull

typedef struct {
  uint64_t hash;
  SenToken id;        /* SEN_NO_TOKEN in empty slots */
} Slot;

struct SenSpecials {
  uint32_t n_lengths;
  uint32_t lengths[MAX_SPECIAL_BYTES];    /* that occur, longest first */
  uint64_t powers[MAX_SPECIAL_BYTES];     /* HASH_BASE to the power of each */
  uint64_t beginnings[65536 / 64];        /* bit set: a token may begin with these two bytes */
  uint32_t mask;
  Slot    *slots;
};

static uint64_t
extend_hash (uint64_t hash, char byte)
{
  return hash * HASH_BASE + (uint8_t) byte + 1;
}

static bool
is_special (const SenTokenizer *tokenizer, SenToken id)
{
  SenTokenType type = sen_vocab_type (tokenizer, id);
  uint32_t length = tokenizer->tokens[id].length;
  return (type == SEN_TOKEN_CONTROL || type == SEN_TOKEN_USER || type == SEN_TOKEN_UNKNOWN)
         && length > 0 && length <= MAX_SPECIAL_BYTES;
}

static void
mark_beginning (SenSpecials *specials, const uint8_t *text, uint32_t length)
{
  for (uint32_t second = 0; second < 256; second++)
    if (length == 1 || text[1] == second)
      specials->beginnings[(text[0] << 8 | second) / 64] |= 1ull << second % 64;
}

static void
insert (SenSpecials *specials, const SenTokenizer *tokenizer, SenToken id)
{
  const char *text = sen_vocab_text (tokenizer, id);
  uint64_t hash = 0;
  for (uint32_t i = 0; i < tokenizer->tokens[id].length; i++)
    hash = extend_hash (hash, text[i]);
  uint32_t at = (uint32_t) (hash >> 32) & specials->mask;
  while (specials->slots[at].id != SEN_NO_TOKEN)
    at = (at + 1) & specials->mask;
  specials->slots[at] = (Slot) { hash, id };
}

SenSpecials *
sen_specials_new (const SenTokenizer *tokenizer)
{
  SenSpecials *specials = g_new0 (SenSpecials, 1);
  bool occurs[MAX_SPECIAL_BYTES + 1] = { false };
  uint32_t n = 0, size = 16;
  for (uint32_t id = 0; id < tokenizer->n_tokens; id++)
    n += is_special (tokenizer, (SenToken) id);
  while (size < 2 * n)
    size *= 2;
  specials->mask = size - 1;
  specials->slots = g_new (Slot, size);
  for (uint32_t i = 0; i < size; i++)
    specials->slots[i].id = SEN_NO_TOKEN;

  for (uint32_t i = 0; i < tokenizer->n_tokens; i++)
    {
      SenToken id = (SenToken) i;
      /* Of tokens with one text only that which the vocabulary finds counts. */
      if (!is_special (tokenizer, id) || sen_vocab_find (tokenizer, sen_vocab_text (tokenizer, id), tokenizer->tokens[id].length) != id)
        continue;
      insert (specials, tokenizer, id);
      mark_beginning (specials, (const uint8_t *) sen_vocab_text (tokenizer, id), tokenizer->tokens[id].length);
      occurs[tokenizer->tokens[id].length] = true;
    }
  for (uint32_t length = MAX_SPECIAL_BYTES; length > 0; length--)
    if (occurs[length])
      {
        uint64_t power = 1;
        for (uint32_t i = 0; i < length; i++)
          power *= HASH_BASE;
        specials->lengths[specials->n_lengths] = length;
        specials->powers[specials->n_lengths++] = power;
      }
  return specials;
}

void
sen_specials_free (SenSpecials *specials)
{
  if (specials == NULL)
    return;
  g_free (specials->slots);
  g_free (specials);
}

static SenToken
look_up (const SenTokenizer *tokenizer, uint64_t hash, const char *text, uint32_t length)
{
  const SenSpecials *specials = tokenizer->specials;
  for (uint32_t at = (uint32_t) (hash >> 32);; at++)
    {
      const Slot *slot = &specials->slots[at & specials->mask];
      if (slot->id == SEN_NO_TOKEN)
        return SEN_NO_TOKEN;
      if (slot->hash == hash && tokenizer->tokens[slot->id].length == length
          && memcmp (sen_vocab_text (tokenizer, slot->id), text, length) == 0)
        return slot->id;
    }
}

/* Tokens that users add are found in any text; control tokens only where the caller vouches for it. */
static bool
is_wanted (const SenTokenizer *tokenizer, SenToken id, const char *text, uint32_t start, SenFind find)
{
  if (id == SEN_NO_TOKEN || (find == SEN_FIND_USER && sen_vocab_type (tokenizer, id) != SEN_TOKEN_USER))
    return false;
  return find != SEN_FIND_UNSHIELDED || start < SEN_SHIELD_BYTES
         || memcmp (text + start - SEN_SHIELD_BYTES, SEN_SHIELD, SEN_SHIELD_BYTES) != 0;
}

static int
compare_by_id (gconstpointer a, gconstpointer b)
{
  const SenSpecialMatch *x = a, *y = b;
  if (x->id != y->id)
    return x->id < y->id ? -1 : 1;
  return x->start < y->start ? -1 : x->start > y->start;
}

static int
compare_by_start (gconstpointer a, gconstpointer b)
{
  const SenSpecialMatch *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start;
}

/* Places where a token may begin, in order. */
static GArray *
find_beginnings (const SenSpecials *specials, const char *text, size_t length)
{
  const uint8_t *bytes = (const uint8_t *) text;
  GArray *places = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  for (size_t i = 0; i < length; i++)
    {
      /* At the end there is no second byte to judge by. */
      uint32_t pair = i + 1 < length ? (uint32_t) bytes[i] << 8 | bytes[i + 1] : 0, place = (uint32_t) i;
      if (i + 1 == length || specials->beginnings[pair / 64] >> pair % 64 & 1)
        g_array_append_val (places, place);
    }
  return places;
}

GArray *
sen_specials_find (const SenTokenizer *tokenizer, const char *text, size_t length, SenFind find)
{
  const SenSpecials *specials = tokenizer->specials;
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (SenSpecialMatch));
  if (specials->n_lengths == 0 || length == 0)
    return kept;
  g_autoptr (GArray) places = find_beginnings (specials, text, length);
  g_autoptr (GArray) matches = g_array_new (FALSE, FALSE, sizeof (SenSpecialMatch));
  g_autofree uint8_t *taken = g_malloc0 (length);
  g_autofree uint64_t *hashes = g_new (uint64_t, length + 1);
  hashes[0] = 0;
  for (size_t i = 0; i < length; i++)
    hashes[i + 1] = extend_hash (hashes[i], text[i]);

  /* A longer token is taken out before a shorter one may claim its bytes; among equals the lower id is. */
  for (uint32_t l = 0; l < specials->n_lengths; l++)
    {
      uint32_t n = specials->lengths[l];
      bool is_mixed = false;
      g_array_set_size (matches, 0);
      for (guint i = 0; i < places->len; i++)
        {
          uint32_t start = g_array_index (places, uint32_t, i);
          /* What is taken is never shorter than this, so the two ends tell of any overlap. */
          if (n > length - start || taken[start] || taken[start + n - 1])
            continue;
          SenToken id = look_up (tokenizer, hashes[start + n] - hashes[start] * specials->powers[l], text + start, n);
          if (!is_wanted (tokenizer, id, text, start, find))
            continue;
          SenSpecialMatch match = { .start = start, .length = n, .id = id };
          is_mixed |= matches->len > 0 && g_array_index (matches, SenSpecialMatch, 0).id != id;
          g_array_append_val (matches, match);
        }
      if (is_mixed)
        g_array_sort (matches, compare_by_id);
      for (guint i = 0; i < matches->len; i++)
        {
          const SenSpecialMatch *match = &g_array_index (matches, SenSpecialMatch, i);
          if (taken[match->start] || taken[match->start + n - 1])
            continue;
          memset (taken + match->start, 1, n);
          g_array_append_val (kept, *match);
        }
    }
  g_array_sort (kept, compare_by_start);
  return kept;
}

/* --- Shielding -------------------------------------------------------------------------------------------------------------------- */

/* Tokens that structure a conversation. Others that were added to a vocabulary (<think>, runs of spaces) are part of what
 * people and models write. */
static bool
is_mark (const SenTokenizer *tokenizer, SenToken id)
{
  const char *text = sen_vocab_text (tokenizer, id);
  return sen_vocab_type (tokenizer, id) != SEN_TOKEN_USER || g_hash_table_contains (tokenizer->ends, GINT_TO_POINTER (id))
         || (g_str_has_prefix (text, "<|") && g_str_has_suffix (text, "|>"));
}

static void
append_shielded (GString *shielded, const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    {
      /* Before every character; bytes that continue one stay with it. */
      if (((uint8_t) text[i] & 0xc0) != 0x80)
        g_string_append_len (shielded, SEN_SHIELD, SEN_SHIELD_BYTES);
      g_string_append_c (shielded, text[i]);
    }
}

/* A shield of the text's own would vanish unseen. */
static void
append_unmarked (GString *shielded, const char *text, size_t length)
{
  for (const char *end = text + length; text < end;)
    {
      const char *own = g_strstr_len (text, end - text, SEN_SHIELD);
      g_string_append_len (shielded, text, (own != NULL ? own : end) - text);
      if (own == NULL)
        return;
      g_string_append (shielded, "\xef\xbf\xbd");
      text = own + SEN_SHIELD_BYTES;
    }
}

char *
sen_tokenizer_shield (const SenTokenizer *tokenizer, const char *text)
{
  size_t length = strlen (text), at = 0;
  g_autoptr (GArray) matches = sen_specials_find (tokenizer, text, length, SEN_FIND_ALL);
  GString *shielded = g_string_sized_new (length + 64);
  for (guint i = 0; i < matches->len; i++)
    {
      const SenSpecialMatch *match = &g_array_index (matches, SenSpecialMatch, i);
      if (!is_mark (tokenizer, match->id))
        continue;
      append_unmarked (shielded, text + at, match->start - at);
      append_shielded (shielded, text + match->start, match->length);
      at = match->start + match->length;
    }
  append_unmarked (shielded, text + at, length - at);
  return g_string_free (shielded, FALSE);
}

char *
sen_specials_unshield (const char *text, size_t length, size_t *n_left)
{
  GString *plain = g_string_sized_new (length);
  const char *end = text + length;
  while (text < end)
    {
      const char *shield = g_strstr_len (text, end - text, SEN_SHIELD);
      g_string_append_len (plain, text, (shield != NULL ? shield : end) - text);
      text = shield != NULL ? shield + SEN_SHIELD_BYTES : end;
    }
  *n_left = plain->len;
  return g_string_free (plain, FALSE);
}
