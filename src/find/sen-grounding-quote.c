/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the best source says about the question, word for word. */
#include <math.h>
#include <string.h>

#include "sen-grounding-private.h"
#include "sen-sentence-end.h"

/* As much is quoted, to the end of a sentence where there is one. */
#define LEAST_BYTES 200
#define MOST_BYTES 500

/* Where what begins at @at is long enough. */
static const char *
stretch_end (const char *at, const char *end)
{
  const char *next = at;
  while (next < end && next - at < LEAST_BYTES)
    next = sen_sentence_end (next, end);
  return next - at <= MOST_BYTES ? next : g_utf8_find_prev_char (at, at + MOST_BYTES);
}

typedef struct {
  const char *start, *end;
  GHashTable *stems;
} Stretch;

static void
stretch_clear (gpointer data)
{
  g_hash_table_unref (((Stretch *) data)->stems);
}

/* One from each sentence on. (transfer full) */
static GArray *
list_stretches (const char *text)
{
  GArray *stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));
  g_array_set_clear_func (stretches, stretch_clear);
  for (const char *at = text, *end = text + strlen (text); at < end; at = sen_sentence_end (at, end))
    {
      const char *over = stretch_end (at, end);
      g_autoptr (GArray) words = sen_words_split (at, (gsize) (over - at));
      Stretch stretch = { at, over, sen_grounding_stems (words, false) };
      g_array_append_val (stretches, stretch);
    }
  return stretches;
}

char *
sen_grounding_quote (const SenGrounding *grounding)
{
  if (grounding->sources->len == 0)
    return NULL;
  g_autoptr (GArray) stretches = list_stretches (sen_grounding_source (grounding, 0)->text);
  g_autofree float *worths = g_new0 (float, stretches->len + 1);
  guint best = 0;
  GHashTableIter iter;
  gpointer stem;
  g_hash_table_iter_init (&iter, grounding->asked);
  /* A word that everything of it has tells no place from another. */
  while (g_hash_table_iter_next (&iter, &stem, NULL))
    {
      guint n = 0;
      for (guint i = 0; i < stretches->len; i++)
        n += g_hash_table_contains (g_array_index (stretches, Stretch, i).stems, stem);
      for (guint i = 0; i < stretches->len; i++)
        if (g_hash_table_contains (g_array_index (stretches, Stretch, i).stems, stem))
          worths[i] += logf (1.0f + (float) stretches->len / (1.0f + (float) n));
    }
  for (guint i = 1; i < stretches->len; i++)
    best = worths[i] > worths[best] ? i : best;
  if (stretches->len == 0)
    return NULL;
  const Stretch *stretch = &g_array_index (stretches, Stretch, best);
  return g_strstrip (g_strndup (stretch->start, (gsize) (stretch->end - stretch->start)));
}
