/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-fuse.h"

#include <math.h>

typedef struct {
  SenFound found;
  uint32_t best_rank;       /* of its chunk */
  bool     is_near;         /* of meaning: a little below the bar at most */
} Entry;

double
sen_fuse_bar (uint64_t n)
{
  return sqrt (2.0 * log (MAX ((double) n, 2.0)));
}

/* In deviations of its list; a collection whose likenesses are all the same tells nothing. */
static double
stand_out (const SenHit *hit, const SenSpread *spread)
{
  return spread != NULL && spread->deviation > 0.0 ? (hit->score - spread->mean) / spread->deviation : 0.0;
}

/* What evidence for the best of @n passages says of their content. */
static double
evidence_of_best (double evidence, uint32_t n)
{
  double tries = 2.0 * log (MAX ((double) n / SEN_FUSE_FEW, 1.0));
  return evidence > 0.0 ? evidence * evidence / (evidence + tries) : 0.0;
}

SenSpread
sen_fuse_spreads (const SenSpread *first, const SenSpread *second)
{
  double n = (double) first->n, m = (double) second->n, all = MAX (n + m, 1.0), mean = (n * first->mean + m * second->mean) / all;
  double square = (n * (first->deviation * first->deviation + first->mean * first->mean)
                   + m * (second->deviation * second->deviation + second->mean * second->mean)) / all;
  return (SenSpread) { first->n + second->n, mean, sqrt (MAX (square - mean * mean, 0.0)) };
}

static int
compare_hits (gconstpointer a, gconstpointer b)
{
  const SenHit *first = a, *second = b;
  return first->score > second->score       ? -1
         : first->score < second->score     ? 1
         : first->content < second->content ? -1
                                            : first->content > second->content;
}

void
sen_fuse_spaces (const SenSpaceHits *spaces, uint32_t n_spaces, uint32_t n, GArray *hits, SenSpread *spread)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (SenHit));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  *spread = (SenSpread) { 0, 0.0, 1.0 };
  for (uint32_t i = 0; i < n_spaces; i++)
    {
      spread->n += spaces[i].hits->len > 0 ? spaces[i].chance.n : 0;
      for (guint j = 0; j < spaces[i].hits->len; j++)
        {
          SenHit hit = g_array_index (spaces[i].hits, SenHit, j);
          hit.score = (float) stand_out (&hit, &spaces[i].chance);
          g_array_append_val (all, hit);
        }
    }
  g_array_sort (all, compare_hits);
  guint end = hits->len + n;
  for (guint i = 0; i < all->len && hits->len < end; i++)
    {
      const SenHit *hit = &g_array_index (all, SenHit, i);
      if (g_hash_table_add (seen, GSIZE_TO_POINTER ((gsize) hit->content)))
        g_array_append_val (hits, *hit);
    }
}

static bool
is_shown (const Entry *entry)
{
  uint32_t literal = 1u << SEN_EVIDENCE_WORDS | 1u << SEN_EVIDENCE_NAMES;
  return entry->found.strong != 0 || (entry->is_near && (entry->found.evidence & literal) != 0);
}

static void
add_hit (Entry *entry, const SenRanking *ranking, uint32_t rank)
{
  const SenHit *hit = &ranking->hits[rank];
  bool is_strong = hit->is_strong;
  double score = (double) hit->score;
  uint32_t n_tries = ranking->is_for_passages ? 1 : hit->n_passages;
  if (ranking->evidence == SEN_EVIDENCE_MEANING)
    {
      double bar = ranking->spread != NULL ? sen_fuse_bar (ranking->spread->n) : INFINITY;
      score = stand_out (hit, ranking->spread);
      is_strong = score >= bar;
      entry->is_near |= score >= bar - SEN_FUSE_NEAR;
      bool is_first = (entry->found.evidence >> SEN_EVIDENCE_MEANING & 1) == 0;
      entry->found.likeness = is_first ? hit->score : MAX (entry->found.likeness, hit->score);
      score = score > 0.0 ? sqrt (2.0 * evidence_of_best (0.5 * score * score, n_tries)) : 0.0;
    }
  else
    score = evidence_of_best (score, n_tries);
  entry->found.score += (is_strong ? ranking->weight : ranking->weak) * (float) score;
  entry->found.evidence |= 1u << ranking->evidence;
  entry->found.strong |= (uint32_t) is_strong << ranking->evidence;
  if (hit->chunk != 0 && (entry->found.chunk == 0 || rank < entry->best_rank))
    {
      entry->found.chunk = hit->chunk;
      entry->best_rank = rank;
    }
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *first = a, *second = b;
  bool is_first = is_shown (first);
  if (is_first != is_shown (second))
    return is_first ? -1 : 1;
  return first->found.score > second->found.score       ? -1
         : first->found.score < second->found.score     ? 1
         : first->found.content < second->found.content ? -1
                                                        : first->found.content > second->found.content;
}

uint32_t
sen_fuse (const SenRanking *rankings, uint32_t n, GArray *found)
{
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);    /* content -> its entry's number from 1 */
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t rank = 0; rank < rankings[i].n; rank++)
      {
        int64_t content = rankings[i].hits[rank].content;
        gsize place = GPOINTER_TO_SIZE (g_hash_table_lookup (places, GSIZE_TO_POINTER ((gsize) content)));
        if (place == 0)
          {
            Entry fresh = { .found.content = content };
            g_array_append_val (entries, fresh);
            place = entries->len;
            g_hash_table_insert (places, GSIZE_TO_POINTER ((gsize) content), GSIZE_TO_POINTER (place));
          }
        add_hit (&g_array_index (entries, Entry, place - 1), &rankings[i], rank);
      }
  g_array_sort (entries, compare_entries);

  uint32_t n_shown = 0;
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);
      n_shown += is_shown (entry);
      g_array_append_val (found, entry->found);
    }
  return n_shown;
}
