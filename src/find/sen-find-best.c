/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-best.h"

#include <math.h>
#include <string.h>

#include "sen-words.h"

/* So many contents are looked into, and of each so many passages compared by their words. */
#define N_CONTENTS 15
#define N_OF_EACH 6
/* What all of a question's words are worth beside the cosine, and what the best passage has to reach. Chosen by part dev of
 * tests/data/search, where 53 of 54 questions reach it and 1 of 12 that have no answer; at 0.52 all and 2, with no fact more among the
 * sources. */
#define WORDS_WEIGHT 0.45f
#define BAR 0.545f
/* What is so far behind the best one answers nothing that the others do not (of part dev, where 46 of 54 questions have their fact among
 * four sources as among the 3.4 that are left), and leads small models astray. */
#define MOST_BEHIND 0.15f
/* By how much more it has to stand out where nothing at all has the question's words: by so much for all of them, among so many passages.
 * Among a few it says nothing that a word is not there. */
#define UNKNOWN_WEIGHT 1.1f
#define FEW_PASSAGES 100.0f
#define MANY_PASSAGES 10000.0f

typedef struct {
  SenFound       found;     /* chunk, score and likeness are the passage's */
  GHashTable    *stems;     /* of its words; NULL: it has no vector, and stands for its content */
  uint32_t       page;
  SenChunkSource source;
  SenHit         before;    /* the passage in front of it in its content; chunk 0: there is none */
} Passage;

static void
passage_clear (gpointer data)
{
  g_clear_pointer (&((Passage *) data)->stems, g_hash_table_unref);
}

/* --- Candidates ----------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  const SenFindBest *best;
  GArray            *hits;       /* SenHit: all passages of a content, in its order */
} Reading;

static void
add_hit (int64_t chunk, const float *values, gpointer data)
{
  const Reading *reading = data;
  float cosine = 0.0f;
  for (uint32_t i = 0; i < reading->best->space->n_embd; i++)
    cosine += reading->best->vector[i] * values[i];
  g_array_append_vals (reading->hits, &(SenHit) { .chunk = chunk, .score = cosine }, 1);
}

/* All passages of @content. (transfer full) */
static GArray *
read_hits (const SenFindBest *best, int64_t content, SenCancel *cancel, GError **error)
{
  Reading reading = { best, g_array_new (FALSE, FALSE, sizeof (SenHit)) };
  if (sen_store_each_vector (best->store, best->space->space, content, add_hit, &reading, cancel, error))
    return reading.hits;
  g_array_unref (reading.hits);
  return NULL;
}

static int
compare_hits (gconstpointer a, gconstpointer b)
{
  const SenHit *first = a, *second = b;
  return first->score != second->score ? (first->score < second->score) - (first->score > second->score)
                                       : (first->chunk > second->chunk) - (first->chunk < second->chunk);
}

static void
add_stems (GHashTable *stems, const char *text)
{
  g_autoptr (GArray) words = sen_words_split (text, strlen (text));
  char stem[SEN_STEM_BYTES];
  for (guint i = 0; i < words->len; i++)
    {
      const SenWord *word = &g_array_index (words, SenWord, i);
      if (word->is_usual)
        continue;
      sen_word_stem (word, stem);
      g_hash_table_add (stems, g_strdup (stem));
    }
}

/* What stands in front of @hit, of @hits in any order. */
static SenHit
find_before (const GArray *hits, const SenHit *hit)
{
  for (guint i = 0; i < hits->len; i++)
    if (g_array_index (hits, SenHit, i).chunk == hit->chunk - 1)
      return g_array_index (hits, SenHit, i);
  return (SenHit) { 0 };
}

/* The passage of @content that @hits[@i] is. */
static bool
add_passage (const SenFindBest *best, const SenFound *content, const GArray *hits, guint i, GArray *passages, GError **error)
{
  const SenHit *hit = &g_array_index (hits, SenHit, i);
  g_auto (SenStorePlace) place = { 0 };
  if (!sen_store_find_place (best->store, &(SenHit) { .content = content->content, .chunk = hit->chunk }, best->query, &place, error))
    return false;
  if (place.paths[0] == NULL || place.chunk.text == NULL)
    return true;
  Passage passage = {
    .found = *content, .stems = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .page = place.chunk.page, .source = place.chunk.source, .before = find_before (hits, hit),
  };
  passage.found.chunk = hit->chunk;
  passage.found.likeness = hit->score;
  g_autofree char *path = g_filename_display_name (place.paths[0]);
  add_stems (passage.stems, path);
  add_stems (passage.stems, place.chunk.text);
  add_stems (passage.stems, place.chunk.headings);
  g_array_append_val (passages, passage);
  return true;
}

/* Of a content those that are nearest, and the one that it was found by. */
static bool
add_content (const SenFindBest *best, const SenFound *content, bool is_shown, GArray *passages, SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) hits = read_hits (best, content->content, cancel, error);
  if (hits == NULL)
    return false;
  if (hits->len == 0)
    {
      /* Nothing can be compared: a picture found by its look, say. It stays behind what is better than enough. */
      Passage passage = { .found = *content };
      passage.found.score = is_shown ? BAR : 0.0f;
      passage.found.likeness = 0.0f;
      g_array_append_val (passages, passage);
      return true;
    }
  g_array_sort (hits, compare_hits);
  for (guint i = 0; i < hits->len; i++)
    {
      const SenHit *hit = &g_array_index (hits, SenHit, i);
      if ((i < N_OF_EACH || hit->chunk == content->chunk) && !add_passage (best, content, hits, i, passages, error))
        return false;
    }
  return true;
}

/* --- Worth ---------------------------------------------------------------------------------------------------------------------------- */

/* Whether any text has @word, which has @stem: a long one may go on in any way, a short one with a usual ending. What the index cuts or
 * folds otherwise than here counts as known: "doesn't", "Straße". */
static bool
is_known (const SenFindBest *best, const char *word, const char *stem, bool *known, SenCancel *cancel, GError **error)
{
  bool is_cut = strlen (stem) >= SEN_STEM_LETTERS;
  *known = true;
  for (const char *at = word; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at))
      return true;
  g_autofree char *words = is_cut ? g_strdup (stem) : g_strdup_printf ("%s %ss %ses %sed %sing %ser", stem, stem, stem, stem, stem, stem);
  g_autoptr (SenQuery) query = sen_query_parse (words, is_cut, error);
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  if (query == NULL || !sen_store_search_words (best->store, query, 1, hits, cancel, error))
    return false;
  *known = hits->len > 0;
  return true;
}

/* The words of the question by their stems, as they were written. (transfer full) */
static GHashTable *
list_asked (const char *question)
{
  GHashTable *asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GArray) words = sen_words_split (question, strlen (question));
  char stem[SEN_STEM_BYTES];
  for (guint i = 0; i < words->len; i++)
    {
      const SenWord *word = &g_array_index (words, SenWord, i);
      if (word->is_usual)
        continue;
      sen_word_stem (word, stem);
      g_hash_table_insert (asked, g_strdup (stem), g_strndup (question + word->start, word->end - word->start));
    }
  return asked;
}

/* *@unknown: the share of the question's words that nothing has. */
static bool
weigh (const SenFindBest *best, GArray *passages, float *unknown, SenCancel *cancel, GError **error)
{
  g_autoptr (GHashTable) asked = list_asked (best->question);
  guint n_unknown = 0;
  GHashTableIter iter;
  gpointer stem, word;
  g_autofree float *shares = g_new0 (float, passages->len);
  float all = 0.0f;
  g_hash_table_iter_init (&iter, asked);
  while (g_hash_table_iter_next (&iter, &stem, &word))
    {
      guint n = 0;
      for (guint i = 0; i < passages->len; i++)
        {
          const Passage *passage = &g_array_index (passages, Passage, i);
          n += passage->stems != NULL && g_hash_table_contains (passage->stems, stem);
        }
      bool known = true;
      if (n == 0 && !is_known (best, word, stem, &known, cancel, error))
        return false;
      n_unknown += !known;
      float weight = logf (1.0f + (float) passages->len / (1.0f + (float) n));
      all += weight;
      for (guint i = 0; i < passages->len; i++)
        {
          const Passage *passage = &g_array_index (passages, Passage, i);
          if (passage->stems != NULL && g_hash_table_contains (passage->stems, stem))
            shares[i] += weight;
        }
    }
  for (guint i = 0; i < passages->len; i++)
    {
      Passage *passage = &g_array_index (passages, Passage, i);
      if (passage->stems != NULL)
        passage->found.score = passage->found.likeness + (all > 0.0f ? WORDS_WEIGHT * shares[i] / all : 0.0f);
    }
  *unknown = n_unknown > 0 ? (float) n_unknown / (float) g_hash_table_size (asked) : 0.0f;
  return true;
}

static int
compare_passages (gconstpointer a, gconstpointer b)
{
  const SenFound *first = &((const Passage *) a)->found, *second = &((const Passage *) b)->found;
  return first->score != second->score ? (first->score < second->score) - (first->score > second->score)
                                       : (first->chunk > second->chunk) - (first->chunk < second->chunk);
}

/* --- Order ---------------------------------------------------------------------------------------------------------------------------- */

static bool
has_chunk (const GArray *found, int64_t chunk)
{
  for (guint i = 0; i < found->len; i++)
    if (g_array_index (found, SenFound, i).chunk == chunk)
      return true;
  return false;
}

/* The passage in front of @passage on its page leads to it, and often says the half of it. */
static bool
add_before (const SenFindBest *best, const Passage *passage, GArray *found, GError **error)
{
  const SenHit hit = { .content = passage->found.content, .chunk = passage->before.chunk };
  g_auto (SenStorePlace) place = { 0 };
  if (hit.chunk == 0)
    return true;
  if (!sen_store_find_place (best->store, &hit, best->query, &place, error))
    return false;
  if (place.chunk.text == NULL || place.chunk.page != passage->page || place.chunk.source != passage->source)
    return true;
  SenFound before = passage->found;
  before.chunk = hit.chunk;
  before.score = before.likeness = passage->before.score;
  g_array_append_val (found, before);
  return true;
}

bool
sen_find_best (const SenFindBest *best, GArray *found, uint32_t *n_shown, SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) passages = g_array_new (FALSE, FALSE, sizeof (Passage));
  g_array_set_clear_func (passages, passage_clear);
  for (guint i = 0; i < found->len && i < N_CONTENTS; i++)
    if (!add_content (best, &g_array_index (found, SenFound, i), i < *n_shown, passages, cancel, error))
      return false;
  float unknown;
  if (!weigh (best, passages, &unknown, cancel, error))
    return false;
  g_array_sort (passages, compare_passages);
  float best_score = passages->len > 0 ? g_array_index (passages, Passage, 0).found.score : 0.0f;
  float size = logf (MAX ((float) best->space->n_vectors, 1.0f) / FEW_PASSAGES) / logf (MANY_PASSAGES / FEW_PASSAGES);
  bool is_found = passages->len > 0 && best_score >= BAR + UNKNOWN_WEIGHT * unknown * CLAMP (size, 0.0f, 1.0f);
  g_array_set_size (found, 0);
  for (guint i = 0; i < passages->len && found->len < best->n_most; i++)
    {
      const Passage *passage = &g_array_index (passages, Passage, i);
      if (is_found && passage->stems != NULL && passage->found.score < best_score - MOST_BEHIND)
        continue;
      if (passage->found.chunk != 0 && has_chunk (found, passage->found.chunk))
        continue;
      g_array_append_val (found, passage->found);
      if (i == 0 && !add_before (best, passage, found, error))
        return false;
    }
  *n_shown = is_found ? found->len : 0;
  return true;
}
