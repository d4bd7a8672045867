/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-grounding-media.h"

#include <string.h>

#include "sen-grounding-answer.h"
#include "sen-grounding-private.h"

/* --- Kinds ---------------------------------------------------------------------------------------------------------------------------- */

#define PICTURES (1u << SEN_FILE_PICTURE)
#define VIDEOS (1u << SEN_FILE_VIDEO)
#define SOUNDS (1u << SEN_FILE_SOUND | 1u << SEN_FILE_VIDEO)

static const struct { const char *word; uint32_t kinds; } kind_words[] = {
  { "picture", PICTURES }, { "pictures", PICTURES }, { "photo", PICTURES }, { "photos", PICTURES }, { "photograph", PICTURES },
  { "photographs", PICTURES }, { "image", PICTURES }, { "images", PICTURES }, { "drawing", PICTURES }, { "drawings", PICTURES },
  { "bild", PICTURES }, { "bilder", PICTURES }, { "foto", PICTURES }, { "fotos", PICTURES },
  { "recording", SOUNDS }, { "recordings", SOUNDS }, { "memo", SOUNDS }, { "memos", SOUNDS },
  { "aufnahme", SOUNDS }, { "aufnahmen", SOUNDS },
  { "video", VIDEOS }, { "videos", VIDEOS },
};

/* Before such a word, or behind it, they ask for a file; "insert a picture" does not. */
static const char asking[] = " which what whose any me welches welcher welche welchem welchen ";
static const char telling[] = " show shows showing shown say says said tell tells told mention mentions mentioned talk talks talked "
                              "zeigt zeigen sagt sagte erwahnt handelt ";
/* What else says only that a file is looked for. */
static const char spare[] = " with written stands seen heard geschrieben steht which what whose any is are was were does do did"
                           " there the a an in on my me that can i see find where about in of welches welcher welche welchem"
                           " welchen was wird ist sind der die das dem den ein eine einen einem im in auf uber von ";

static bool
is_among (const char *list, const char *word)
{
  g_autofree char *between = g_strdup_printf (" %s ", word);
  return strstr (list, between) != NULL;
}

static uint32_t
kinds_of (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kind_words); i++)
    if (g_str_equal (kind_words[i].word, word))
      return kind_words[i].kinds;
  return 0;
}

static bool
is_spare (const SenWord *word)
{
  return kinds_of (word->text) != 0 || is_among (telling, word->text) || is_among (spare, word->text);
}

/* @text without what only says that a file is looked for, before and behind what is to be in it. */
static char *
take_subject (const char *text)
{
  g_autoptr (GArray) words = sen_words_split (text, strlen (text));
  guint first = 0, end = words->len;
  while (first < end && is_spare (&g_array_index (words, SenWord, first)))
    first++;
  while (end > first && is_spare (&g_array_index (words, SenWord, end - 1)))
    end--;
  if (first == end)
    return g_strdup (text);
  uint32_t start = g_array_index (words, SenWord, first).start;
  return g_strndup (text + start, g_array_index (words, SenWord, end - 1).end - start);
}

uint32_t
sen_grounding_kinds (const char *question, const char *looked_for, char **query)
{
  g_autoptr (GArray) words = sen_words_split (question, strlen (question));
  uint32_t kinds = 0;
  for (guint i = 0; i < words->len; i++)
    {
      const char *before = i > 0 ? g_array_index (words, SenWord, i - 1).text : "";
      const char *after = i + 1 < words->len ? g_array_index (words, SenWord, i + 1).text : "";
      /* "What is written in the picture of the sign?", "Is there a photo of a lighthouse?" */
      bool is_place = i > 1 && (*after == '\0' || is_among (" of with from von mit ", after));
      const char *place = is_place ? g_array_index (words, SenWord, i - 2).text : "";
      if (is_among (asking, before) || is_among (telling, after) || is_among (" in on im auf there es ", place))
        kinds |= kinds_of (g_array_index (words, SenWord, i).text);
    }
  *query = kinds != 0 ? take_subject (looked_for) : g_strdup (looked_for);
  return kinds;
}

/* --- Choosing ------------------------------------------------------------------------------------------------------------------------- */

/* As many, none of them much less likely than the best. On 43 clip arts the best is right for 12 of 14 things that are there; by likeness
 * alone it can't be told that a thing is not there: its nearest is at 0.42 to 0.52, that of those at 0.40 to 0.62. */
#define MAX_CHOSEN 3
#define LEAST_LIKENESS 0.4f
#define MOST_BEHIND 0.08f
#define GIVEN_AWAY 1.0f

static float
worth_of (const SenFindResult *result)
{
  bool is_given_away = (result->strong & (1u << SEN_EVIDENCE_WORDS | 1u << SEN_EVIDENCE_NAMES)) != 0;
  float worth = is_given_away ? GIVEN_AWAY : 0.0f;
  for (uint32_t i = 0; i < result->n_why; i++)
    worth += result->why[i].kind == SEN_FIND_BY_LOOK ? result->why[i].value : 0.0f;
  return worth;
}

static int
compare_worth (gconstpointer a, gconstpointer b)
{
  float first = worth_of (a), second = worth_of (b);
  return (first < second) - (first > second);
}

static GArray *
choose_pictures (const SenFindResult *results, uint32_t n)
{
  GArray *chosen = g_array_new (FALSE, FALSE, sizeof (SenFindResult));
  guint n_kept = 0;
  g_array_append_vals (chosen, results, n);
  g_array_sort (chosen, compare_worth);
  while (n_kept < MIN (chosen->len, MAX_CHOSEN))
    {
      float worth = worth_of (&g_array_index (chosen, SenFindResult, n_kept)), best = worth_of (&g_array_index (chosen, SenFindResult, 0));
      if (worth < LEAST_LIKENESS || worth < best - MOST_BEHIND)
        break;
      n_kept++;
    }
  g_array_set_size (chosen, n_kept);
  return chosen;
}

GArray *
sen_grounding_choose (const SenFindResultsInfo *info, uint32_t kinds)
{
  if (kinds == SEN_GROUNDING_ONLY_PICTURES)
    return choose_pictures (info->results, info->n);
  GArray *chosen = g_array_new (FALSE, FALSE, sizeof (SenFindResult));
  return g_array_append_vals (chosen, info->results, kinds != 0 ? info->n_shown : sen_grounding_n_results (info));
}

/* --- Pictures ------------------------------------------------------------------------------------------------------------------------- */

/* Where the text of a block begins: behind the line with its name and that of the fence. */
static gsize
text_offset (const char *block)
{
  const char *name_end = strchr (block, '\n');
  return (gsize) (strchr (name_end + 1, '\n') + 1 - block);
}

uint32_t
sen_grounding_add_media (const SenGrounding *grounding, size_t message, GArray *media, uint32_t *sources)
{
  g_autofree char *prompt = sen_grounding_prompt (grounding);
  const char *rest = prompt;
  uint32_t n = 0;
  /* Blocks stand in their order, so what quotes a later one is passed by with the block that it is in. */
  for (guint i = 0; i < sen_grounding_n_sources (grounding) && n < SEN_GROUNDING_PICTURES; i++)
    {
      const SenSource *source = sen_grounding_source (grounding, i);
      g_autofree char *block = sen_grounding_block (source, i + 1);
      const char *found = strstr (rest, block);
      if (found == NULL)
        break;
      rest = found + strlen (block);
      if (source->kind != SEN_FILE_PICTURE)
        continue;
      const SenPromptMedia one = {
        .message = message, .kind = SEN_ATTACHMENT_PICTURE, .path = source->path, .name = source->name, .words = "",
        .at = (size_t) (found - prompt) + text_offset (block),
      };
      g_array_append_val (media, one);
      if (sources != NULL)
        sources[n] = i;
      n++;
    }
  return n;
}
