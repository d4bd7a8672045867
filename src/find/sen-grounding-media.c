/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-grounding-media.h"

#include <string.h>

#include "sen-grounding-answer.h"
#include "sen-grounding-json.h"
#include "sen-grounding-private.h"
#include "sen-grounding-turns.h"

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

/* In place of the kind: “which one”, “which in the snow”, “auf welchem”. A noun behind it is what is meant instead. */
static const char which[] = " which welches welcher welche welchem welchen ";
static const char behind_which[] = " one ones in on at with from near under im am auf bei mit vor unter neben ";
static const char before_which[] = " in on auf ";
/* “And which is an owl?” asks for a picture again, “Which is the best way to boil eggs?” for something else. */
static const char going_which[] = " and or but und oder aber ";
static const char behind_going_which[] = " of is are was were has have had a an the ist sind war waren hat haben von"
                                         " ein eine einen einem einer der die das den dem ";
static const char stands_for[] = " one ones another eins eines ";
static const char behind_one[] = " with of in on at near showing without mit von im am auf ohne ";
static const char before_one[] = " which what any there me also es mir auch noch ";
/* “And an owl?”, “What about an owl?” */
static const char going_on[] = " and or und oder about mit ";
static const char some[] = " a an another ein eine einen einem einer ";
#define MAX_GOING_ON 5
/* Before what is looked for: it says more of what was. */
static const char more_of[] = " in on at under near without im am auf bei unter neben ohne ";
static const char going_spare[] = " and or but also und oder aber auch another one ones eins eines einer what how about there es gibt mit ";

static const char *
word_at (const GArray *words, guint i)
{
  return i < words->len ? g_array_index (words, SenWord, i).text : "";
}

static bool
goes_on_with_kind (const GArray *words)
{
  for (guint i = 0; i < words->len; i++)
    {
      const char *word = word_at (words, i), *before = i > 0 ? word_at (words, i - 1) : "", *after = word_at (words, i + 1);
      bool is_which = is_among (which, word)
                      && (*after == '\0' || is_among (behind_which, after) || is_among (telling, after) || is_among (before_which, before)
                          || (is_among (going_which, word_at (words, 0)) && is_among (behind_going_which, after)));
      bool is_one = is_among (stands_for, word) && (*after == '\0' || is_among (behind_one, after))
                    && (is_among (before_one, before) || strcmp (word, "another") == 0);
      bool goes_on = i == 0 && words->len <= MAX_GOING_ON && is_among (going_on, word) && is_among (some, after);
      bool is_about = i > 0 && words->len <= MAX_GOING_ON && is_among (" about mit ", word) && is_among (" what how ist ", before)
                      && is_among (some, after);
      if (is_which || is_one || goes_on || is_about)
        return true;
    }
  return false;
}

/* What a question that goes on says itself; "" for nothing. *@is_more: of what the one before is about. */
static char *
take_own_subject (const char *question, const GArray *words, bool *is_more)
{
  guint first = 0, end = words->len;
  while (first < end && (is_spare (&g_array_index (words, SenWord, first)) || is_among (going_spare, word_at (words, first))))
    first++;
  while (end > first && is_spare (&g_array_index (words, SenWord, end - 1)))
    end--;
  *is_more = first == end;
  for (guint i = first; i > 0 && i + 2 >= first && !*is_more; i--)
    *is_more = is_among (more_of, word_at (words, i - 1)) && !is_among (which, word_at (words, i));
  if (first == end)
    return g_strdup ("");
  uint32_t start = g_array_index (words, SenWord, first).start;
  return g_strndup (question + start, g_array_index (words, SenWord, end - 1).end - start);
}

uint32_t
sen_grounding_kinds_of (const char *const *questions, uint32_t n, const char *looked_for, char **query)
{
  const char *question = questions[n - 1];
  uint32_t kinds = sen_grounding_kinds (question, looked_for, query);
  g_autoptr (GArray) words = sen_words_split (question, strlen (question));
  if (kinds != 0 || n < 2 || !goes_on_with_kind (words))
    return kinds;
  g_autofree char *earlier = NULL;
  kinds = sen_grounding_kinds_of (questions, n - 1, questions[n - 2], &earlier);
  if (kinds == 0)
    return 0;
  bool is_more;
  g_autofree char *own = take_own_subject (question, words, &is_more);
  g_free (*query);
  *query = is_more ? g_strstrip (g_strconcat (own, " ", earlier, NULL)) : g_steal_pointer (&own);
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
      if (source->kind != SEN_FILE_PICTURE || (source->size_bytes == 0 && source->mtime_ns == 0))
        continue;
      const SenPromptMedia one = {
        .message = message, .kind = SEN_ATTACHMENT_PICTURE, .path = source->path, .name = source->name, .words = "",
        .at = (size_t) (found - prompt) + text_offset (block), .yields = true, .size_bytes = source->size_bytes,
        .mtime_ns = source->mtime_ns,
      };
      g_array_append_val (media, one);
      if (sources != NULL)
        sources[n] = i;
      n++;
    }
  return n;
}

void
sen_grounding_set_seen_by (SenGrounding *grounding, uint32_t i, const char *by)
{
  SenSource *source = &g_array_index (grounding->sources, Source, i).source;
  g_free ((char *) source->seen_by);
  source->seen_by = g_strdup (by);
}

/* --- Conversations -------------------------------------------------------------------------------------------------------------------- */

/* The pictures of an answer, kept with it. */
typedef struct {
  guint               hash;     /* of what they were read from */
  SenGroundingRecord *record;   /* what they borrow from; NULL: it can't be read */
  SenPromptMedia      media[SEN_GROUNDING_PICTURES];
  uint32_t            sources[SEN_GROUNDING_PICTURES], n;
} Pictures;

#define PICTURES_KEY "sen-grounding-pictures"

static void
pictures_free (gpointer data)
{
  Pictures *pictures = data;
  sen_grounding_record_free (pictures->record);
  g_free (pictures);
}

static const Pictures *
take_pictures (SenMessage *answer)
{
  const char *json = sen_message_sources (answer);
  guint hash = json != NULL ? g_str_hash (json) : 0;
  Pictures *pictures = g_object_get_data (G_OBJECT (answer), PICTURES_KEY);
  if (pictures != NULL && pictures->hash == hash)
    return pictures;
  pictures = g_new0 (Pictures, 1);
  pictures->hash = hash;
  pictures->record = json != NULL ? sen_grounding_record_from_json (json, "", "", NULL) : NULL;
  if (pictures->record != NULL)
    {
      g_autoptr (GArray) media = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
      pictures->n = sen_grounding_add_media (pictures->record->grounding, 0, media, pictures->sources);
      if (pictures->n > 0)
        memcpy (pictures->media, media->data, pictures->n * sizeof (SenPromptMedia));
    }
  g_object_set_data_full (G_OBJECT (answer), PICTURES_KEY, pictures, pictures_free);
  return pictures;
}

static void
picture_clear (gpointer data)
{
  g_clear_object (&((SenGroundingPicture *) data)->answer);
  g_clear_object (&((SenGroundingPicture *) data)->attachment);
}

guint
sen_grounding_media_place (const GArray *media, size_t message)
{
  guint place = 0;
  while (place < media->len && g_array_index (media, SenPromptMedia, place).message <= message)
    place++;
  return place;
}

/* Those of @answer, whose question is the @message-th, behind what is attached to that. */
static void
show_answer (SenMessage *answer, size_t message, GArray *media, GArray *shown)
{
  const Pictures *pictures = take_pictures (answer);
  guint place = sen_grounding_media_place (media, message);
  for (uint32_t i = 0; i < pictures->n; i++)
    {
      SenPromptMedia one = pictures->media[i];
      if (*one.path == '\0')
        continue;
      const SenGroundingPicture picture = {
        g_object_ref (answer), pictures->sources[i], sen_attachment_new_at (one.path, one.path, SEN_ATTACHMENT_PICTURE), place,
      };
      one.message = message;
      one.attachment = picture.attachment;
      g_array_insert_val (media, place, one);
      g_array_append_val (shown, picture);
      place++;
    }
}

GArray *
sen_grounding_show (SenConversation *conversation, const GArray *messages, GArray *media)
{
  GArray *shown = g_array_new (FALSE, FALSE, sizeof (SenGroundingPicture));
  g_array_set_clear_func (shown, picture_clear);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (conversation));
  /* Both are in the order of the conversation, so what stands earlier keeps its place. */
  for (guint i = 0, j = 0; i < n && j < messages->len; i++)
    {
      g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (conversation), i);
      const char *asked = sen_message_asked (answer);
      guint at = j;
      while (asked != NULL && at < messages->len && g_array_index (messages, SenChatMessage, at).content != asked)
        at++;
      if (asked == NULL || at == messages->len)
        continue;
      show_answer (answer, at, media, shown);
      j = at + 1;
    }
  return shown;
}

/* What @answer was made from; NULL: nothing that can be read. (transfer full) */
static SenGroundingRecord *
read_record (SenConversation *conversation, SenMessage *answer)
{
  SenMessage *question = sen_grounding_turns_question (conversation, answer);
  const char *json = sen_message_sources (answer);
  return question != NULL && json != NULL
         ? sen_grounding_record_from_json (json, sen_message_text (question), sen_message_text (answer), NULL) : NULL;
}

void
sen_grounding_note_taken (SenConversation *conversation, SenMessage *answer, const GArray *pictures, const GPtrArray *taken)
{
  g_autoptr (SenGroundingRecord) record = read_record (conversation, answer);
  bool is_new = false;
  for (guint i = 0; i < pictures->len; i++)
    {
      const SenGroundingPicture *picture = &g_array_index (pictures, SenGroundingPicture, i);
      const SenMultimodalTaken *one = picture->place < taken->len ? g_ptr_array_index (taken, picture->place) : NULL;
      const char *by = one != NULL && one->is_direct ? one->by : NULL;
      sen_attachment_set_direct (picture->attachment, by, one != NULL && one->with_words);
      if (picture->answer != answer || record == NULL || picture->source >= sen_grounding_n_sources (record->grounding)
          || g_strcmp0 (sen_grounding_source (record->grounding, picture->source)->seen_by, by) == 0)
        continue;
      sen_grounding_set_seen_by (record->grounding, picture->source, by);
      is_new = true;
    }
  if (!is_new)
    return;
  g_autofree char *noted = sen_grounding_record_to_json (record);
  sen_message_set_sources (answer, noted);
}
