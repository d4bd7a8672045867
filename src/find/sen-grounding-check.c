/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What was answered, held against its sources. */
#include <string.h>

#include "sen-grounding-private.h"
#include "sen-query.h"
#include "sen-sentence-end.h"

/* Which part of a sentence's words its source must have, and of those that the question did not bring. */
#define MOST_WORDS 0.6f
#define MOST_NEW_WORDS 0.5f
/* Fewer words of its own say nothing. */
#define CLAIM_WORDS 2

/* Stems of words with which models explain, whatever it is, and name what they see: they tell no source from another. */
static const char glue[] = " use used using allow specif provid exampl excerp follow sugges ensure help base based mean accord mentio"
                           " descri state explai answer questi way want need make like given refer involv show seem pictur photo image ";

/* How models say that they have no answer, without case and marks. */
static const char *const denials[] = {
  "not found in the", "no information", "not mention", "not contain", "not provide", "not specif", "not answer", "not include",
  "cannot find", "can't find", "could not find", "couldn't find", "unable to find", "not enough information", "don't know", "do not know",
  "not stated", "not discussed", "not covered", "not explicitly", "nicht gefunden", "keine information", "keine angabe", "nicht erwahnt",
  "nicht enthalten",
};

static bool
is_denial (const char *sentence, gsize n)
{
  g_autofree char *own = g_strndup (sentence, n), *folded = sen_query_fold (own);
  for (gsize i = 0; i < G_N_ELEMENTS (denials); i++)
    if (strstr (folded, denials[i]) != NULL)
      return true;
  return false;
}

/* --- Citations ------------------------------------------------------------------------------------------------------------------------ */

/* [1], [2, 3]: bits of the sources named, and how long it is; 0 when there is none at @at. */
static gsize
read_citation (const char *at, const char *end, guint n_sources, uint64_t *cited)
{
  if (*at != '[')
    return 0;
  uint64_t found = 0;
  const char *p = at + 1;
  while (p < end && *p != ']')
    {
      if (*p == ' ' || *p == ',')
        {
          p++;
          continue;
        }
      guint number = 0, n_digits = 0;
      for (; p < end && g_ascii_isdigit (*p) && n_digits < 3; p++, n_digits++)
        number = number * 10 + (guint) g_ascii_digit_value (*p);
      /* [2024] is a year. */
      if (n_digits == 0 || (p < end && g_ascii_isdigit (*p)))
        return 0;
      if (number >= 1 && number <= n_sources)
        found |= 1ull << (number - 1);
    }
  if (p == end || p == at + 1)
    return 0;
  *cited |= found;
  return (gsize) (p + 1 - at);
}

/* The text without its citations. (transfer full) */
static char *
take_citations (const char *text, gsize n, guint n_sources, uint64_t *cited)
{
  GString *rest = g_string_sized_new (n);
  for (const char *at = text, *end = text + n; at < end;)
    {
      gsize length = read_citation (at, end, n_sources, cited);
      if (length == 0)
        g_string_append_c (rest, *at++);
      at += length;
    }
  return g_string_free (rest, FALSE);
}

/* --- Support -------------------------------------------------------------------------------------------------------------------------- */

/* Words of glue become usual ones. */
static void
leave_glue (GArray *words)
{
  char stem[SEN_STEM_BYTES], between[SEN_STEM_BYTES + 2];
  for (guint i = 0; i < words->len; i++)
    {
      SenWord *word = &g_array_index (words, SenWord, i);
      sen_word_stem (word, stem);
      g_snprintf (between, sizeof between, " %s ", stem);
      word->is_usual = word->is_usual || strstr (glue, between) != NULL;
    }
}

/* How much of @words a source has; *@is_enough: to be its source. Its file's name is no word of it: whoever tells which picture it is has
 * told nothing of what it shows. */
static float
measure (const Source *source, GHashTable *asked, const GArray *words, bool *is_enough)
{
  guint n = 0, n_there = 0, n_new = 0, n_new_there = 0;
  bool has_numbers = true;
  char stem[SEN_STEM_BYTES];
  for (guint i = 0; i < words->len; i++)
    {
      const SenWord *word = &g_array_index (words, SenWord, i);
      if (word->is_usual)
        continue;
      sen_word_stem (word, stem);
      if (g_hash_table_contains (source->named, stem))
        continue;
      bool is_there = g_hash_table_contains (source->stems, stem), is_new = !g_hash_table_contains (asked, stem);
      n++;
      n_there += is_there;
      n_new += is_new;
      n_new_there += is_new && is_there;
      has_numbers = has_numbers && (!word->is_number || is_there || !is_new);
    }
  float share = n > 0 ? (float) n_there / (float) n : 0.0f;
  *is_enough = n > 0 && has_numbers && share >= MOST_WORDS && (float) n_new_there >= MOST_NEW_WORDS * (float) n_new;
  return share;
}

/* An answer while it is compared. */
typedef struct {
  const SenGrounding *grounding;
  const char         *answer;
  GPtrArray         **places;      /* [n_sources] stems (GHashTable) of each place of a source; NULL until it is asked for */
  GArray             *sentences;   /* SenGroundedSentence */
  bool                denies;
} Comparing;

/* What a sentence says with the one behind it, for all of a text. (transfer full) */
static GPtrArray *
list_places (const char *text)
{
  GPtrArray *places = g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);
  for (const char *at = text, *end = text + strlen (text), *next; at < end; at = next)
    {
      next = sen_sentence_end (at, end);
      const char *behind = next < end ? sen_sentence_end (next, end) : end;
      g_autoptr (GArray) words = sen_words_split (at, (gsize) (behind - at));
      g_ptr_array_add (places, sen_grounding_stems (words, false));
    }
  return places;
}

/* Which part of @words the place of source @i has that has most of them: words that stand together are said there, those that are strewn
 * over a passage may be any passage's. */
static float
measure_closeness (Comparing *self, guint i, const GArray *words)
{
  g_autoptr (GHashTable) wanted = sen_grounding_stems (words, false);
  guint n = g_hash_table_size (wanted), best = 0;
  if (self->places[i] == NULL)
    self->places[i] = list_places (sen_grounding_source (self->grounding, i)->text);
  for (guint j = 0; j < self->places[i]->len; j++)
    {
      GHashTableIter iter;
      gpointer stem;
      guint n_there = 0;
      g_hash_table_iter_init (&iter, wanted);
      while (g_hash_table_iter_next (&iter, &stem, NULL))
        n_there += g_hash_table_contains (self->places[i]->pdata[j], stem);
      best = MAX (best, n_there);
    }
  return n > 0 ? (float) best / (float) n : 0.0f;
}

static guint
count_own (const GArray *words)
{
  guint n = 0;
  for (guint i = 0; i < words->len; i++)
    n += !g_array_index (words, SenWord, i).is_usual;
  return n;
}

/* Of those that are enough the one that says most of it in one place; of sources alike the one that the sentence names. */
static void
find_source (Comparing *self, const GArray *words, SenGroundedSentence *sentence)
{
  const SenGrounding *grounding = self->grounding;
  float best = -1.0f;
  for (guint i = 0; i < grounding->sources->len; i++)
    {
      /* What nobody has said of a picture supports nothing. */
      if (sen_grounding_source (grounding, i)->is_guess)
        continue;
      bool is_enough;
      float share = measure (&g_array_index (grounding->sources, Source, i), grounding->asked, words, &is_enough);
      float worth = share + (is_enough ? 1.0f + measure_closeness (self, i, words) : 0.0f) + (sentence->cited >> i & 1 ? 0.1f : 0.0f);
      if (worth <= best)
        continue;
      best = worth;
      sentence->support = share;
      sentence->source = is_enough ? (int32_t) i : -1;
    }
}

static void
add_sentence (Comparing *self, const char *at, gsize n)
{
  GArray *sentences = self->sentences;
  uint32_t start = (uint32_t) (at - self->answer);
  SenGroundedSentence sentence = { .start = start, .end = start + (uint32_t) n, .source = -1 };
  g_autofree char *text = take_citations (at, n, self->grounding->sources->len, &sentence.cited);
  g_autoptr (GArray) words = sen_words_split (text, strlen (text));
  bool is_no_answer = is_denial (text, strlen (text));
  /* What was cited behind the full stop belongs to the sentence before. */
  if (words->len == 0 && sentence.cited != 0 && sentences->len > 0)
    {
      SenGroundedSentence *before = &g_array_index (sentences, SenGroundedSentence, sentences->len - 1);
      before->cited |= sentence.cited;
      before->end = sentence.end;
      return;
    }
  self->denies = self->denies || is_no_answer;
  /* "It shows a violin" is one, "Here is an example" is none. */
  sentence.is_claim = !is_no_answer && count_own (words) >= CLAIM_WORDS;
  leave_glue (words);
  sentence.is_claim = sentence.is_claim && count_own (words) > 0;
  if (sentence.is_claim)
    find_source (self, words, &sentence);
  g_array_append_val (sentences, sentence);
}

/* Lines of an answer end sentences: they are headings, items, cells. */
static void
add_line (Comparing *self, const char *line, const char *end)
{
  for (const char *at = line, *next; at < end && self->sentences->len < SEN_GROUNDING_MAX_SENTENCES; at = next)
    {
      next = sen_sentence_end (at, end);
      /* "… of 5 MiB. [1] The next": the number goes with what stands before it. */
      for (uint64_t cited = 0; next < end;)
        {
          gsize length = read_citation (next, end, self->grounding->sources->len, &cited);
          if (length == 0)
            break;
          next += length;
          while (next < end && *next == ' ')
            next++;
        }
      gsize n = (gsize) (next - at);
      while (n > 0 && g_ascii_isspace (at[n - 1]))
        n--;
      if (n > 0)
        add_sentence (self, at, n);
    }
}

SenGroundingCheck *
sen_grounding_check (const SenGrounding *grounding, const char *answer)
{
  SenGroundingCheck *check = g_new0 (SenGroundingCheck, 1);
  guint n_sources = grounding->sources->len;
  g_autofree GPtrArray **places = g_new0 (GPtrArray *, n_sources + 1);
  g_autoptr (GArray) sentences = g_array_new (FALSE, FALSE, sizeof (SenGroundedSentence));
  Comparing comparing = { grounding, answer, places, sentences, false };
  uint64_t cited = 0;
  gsize n_bytes = strlen (answer);
  const char *over = n_bytes <= SEN_GROUNDING_MAX_CHECKED ? answer + n_bytes
                                                          : g_utf8_find_prev_char (answer, answer + SEN_GROUNDING_MAX_CHECKED);
  for (const char *at = answer; at < over;)
    {
      const char *end = memchr (at, '\n', (gsize) (over - at));
      add_line (&comparing, at, end != NULL ? end : over);
      at = end != NULL ? end + 1 : over;
    }
  for (guint i = 0; i < n_sources; i++)
    g_clear_pointer (&places[i], g_ptr_array_unref);
  for (guint i = 0; i < sentences->len; i++)
    {
      const SenGroundedSentence *sentence = &g_array_index (sentences, SenGroundedSentence, i);
      check->n_claims += sentence->is_claim;
      cited |= sentence->cited;
      check->n_supported += sentence->source >= 0;
      check->used |= sentence->source >= 0 ? 1ull << sentence->source : 0;
    }
  /* "Yes [1]." claims nothing that could be compared. */
  bool is_bare = check->n_claims == 0 && !comparing.denies && cited != 0;
  check->is_not_found = check->n_supported == 0 && !is_bare;
  check->n = sentences->len;
  check->sentences = (SenGroundedSentence *) g_array_free (g_steal_pointer (&sentences), FALSE);
  return check;
}

void
sen_grounding_check_free (SenGroundingCheck *check)
{
  g_free (check->sentences);
  g_free (check);
}
