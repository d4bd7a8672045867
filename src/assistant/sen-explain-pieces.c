/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain-pieces.h"

#include <string.h>

#include "sen-media-chat.h"

/* Bytes of the whole text that are one message's. */
typedef struct {
  gsize  start, end;   /* equal: nothing was found */
  gssize own;          /* where its own text begins: before start when the template trimmed its beginning away */
} Place;

/* Whether position @i is of a media, its marks included; *@next is the first media that may be there. */
static bool
is_in_media (const SenMediaPrompt *text, guint n_media, uint32_t i, guint *next)
{
  for (; *next < n_media; (*next)++)
    {
      uint32_t first, n;
      sen_media_prompt_place (text, *next, &first, &n);
      if (i < first + n)
        return i >= first;
    }
  return false;
}

/* What stands at each position, and all of it in a row; media stand for no bytes, marks and all. */
static GArray *
decode (SenExplanation *explanation, const SenTokenizer *tokenizer, const SenPart *parts, size_t n_parts, const SenMediaPrompt *prompt,
        guint n_media, GString *text, SenPiece *pieces)
{
  guint next = 0;
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autoptr (GString) bytes = g_string_new (NULL);
  for (size_t i = 0; i < n_parts; i++)
    for (uint32_t j = 0; j < parts[i].n; j++)
      {
        SenToken id = parts[i].tokens != NULL ? parts[i].tokens[j] : SEN_NO_TOKEN;
        g_array_append_val (starts, text->len);
        g_string_truncate (bytes, 0);
        if (id != SEN_NO_TOKEN)
          sen_tokenizer_decode (tokenizer, id, true, bytes);
        pieces[starts->len - 1] = (SenPiece) {
          .id = id, .text = sen_explanation_string (explanation, bytes->str), .message = -1, .span = -1, .media = -1,
          .kind = id != SEN_NO_TOKEN ? SEN_PIECE_TEMPLATE : SEN_PIECE_MEDIA,
        };
        if (!is_in_media (prompt, n_media, starts->len - 1, &next))
          g_string_append_len (text, bytes->str, (gssize) bytes->len);
      }
  g_array_append_val (starts, text->len);
  return starts;
}

/* --- Whose words ---------------------------------------------------------------------------------------------------------------------- */

/* The conversation with names for messages. NULL when the template does not like them. (transfer full) */
static char *
render_names (SenModel *model, const SenChatMessage *messages, size_t n, GPtrArray *names)
{
  g_autofree SenChatMessage *named = g_new (SenChatMessage, n);
  for (size_t i = 0; i < n; i++)
    {
      g_ptr_array_add (names, g_strdup_printf ("sensorium-message-%" G_GSIZE_FORMAT "-of-%" G_GSIZE_FORMAT, i, n));
      named[i] = (SenChatMessage) { messages[i].role, g_ptr_array_index (names, i) };
    }
  return sen_render_chat (model, named, n, NULL);
}

/* How far @text goes with @segments, what stands between the marks of a message; -1 when it does not. Each stretch behind a media is
 * tokenized by itself, and SentencePiece puts a space before it. */
static gssize
follow (const char *text, char **segments)
{
  gsize at = 0;
  for (guint i = 0; segments[i] != NULL; i++)
    {
      if (i > 0 && text[at] == ' ' && !g_str_has_prefix (text + at, segments[i]))
        at++;
      if (!g_str_has_prefix (text + at, segments[i]))
        return -1;
      at += strlen (segments[i]);
    }
  return (gssize) at;
}

/* Looks for @content at @at, as it is or trimmed. Its own text is at its end. */
static Place
match (const char *text, gsize at, const char *content, const char *mark, gsize own_length)
{
  g_auto (GStrv) segments = g_strsplit (content, mark, -1);
  gssize length = follow (text + at, segments);
  if (length < 0)
    {
      char *last = segments[MAX (g_strv_length (segments), 1) - 1];
      gsize whole = last != NULL ? strlen (last) : 0;
      if (last != NULL)
        {
          g_strchomp (last);
          own_length -= MIN (own_length, whole - strlen (last));
          g_strchug (segments[0]);
        }
      length = follow (text + at, segments);
    }
  if (length < 0)
    return (Place) { at, at, (gssize) at };
  gsize end = at + (gsize) length;
  return (Place) { at, end, (gssize) end - (gssize) own_length };
}

static GArray *
find_places (SenModel *model, const SenMultimodalPrompt *prompt, const char *text)
{
  size_t n;
  const SenChatMessage *messages = sen_multimodal_prompt_messages (prompt, &n);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *rendered = render_names (model, messages, n, names);
  GArray *places = g_array_sized_new (FALSE, TRUE, sizeof (Place), (guint) n);
  g_array_set_size (places, (guint) n);
  const char *rest = rendered;
  gsize at = 0;
  for (size_t i = 0; rest != NULL && i < n; i++)
    {
      const char *name = g_ptr_array_index (names, i), *there = strstr (rest, name);
      if (there == NULL)
        continue;
      g_autofree char *between = g_strndup (rest, (gsize) (there - rest));
      const char *begin = strstr (text + at, between);
      if (begin == NULL)
        break;
      Place place = match (text, (gsize) (begin - text) + strlen (between), messages[i].content, sen_multimodal_prompt_mark (prompt),
                           sen_multimodal_prompt_own_length (prompt, i));
      g_array_index (places, Place, i) = place;
      at = place.end;
      rest = there + strlen (name);
    }
  return places;
}

/* A piece belongs to the message in whose place it ends: a space before its first word may belong to that word's token. */
static void
assign (SenPiece *pieces, uint32_t n_pieces, const gsize *starts, const GArray *places)
{
  for (guint i = 0; i < places->len; i++)
    {
      const Place *place = &g_array_index (places, Place, i);
      for (uint32_t j = 0; j < n_pieces && place->end > place->start; j++)
        {
          gsize start = MAX (starts[j], place->start), end = MIN (starts[j + 1], place->end);
          bool is_media = pieces[j].kind == SEN_PIECE_MEDIA && starts[j] >= place->start && starts[j] <= place->end;
          if (end <= start && !is_media)
            continue;
          pieces[j].message = (int32_t) i;
          if (is_media)
            continue;
          gssize from = (gssize) start - place->own, to = (gssize) end - place->own;
          pieces[j].kind = to > 0 ? SEN_PIECE_TEXT : SEN_PIECE_WORDS;
          pieces[j].start = (uint32_t) MAX (from, 0);
          pieces[j].end = (uint32_t) MAX (to, 0);
        }
    }
}

/* --- Media ---------------------------------------------------------------------------------------------------------------------------- */

static void
fill_spans (SenExplanation *explanation, SenPiece *pieces, const SenMultimodalPrompt *prompt, const SenMediaPrompt *text)
{
  GPtrArray *direct = sen_multimodal_prompt_direct (prompt);
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (SenExplanationSpan));
  for (guint i = 0; i < direct->len; i++)
    {
      const SenMultimodalDirect *media = g_ptr_array_index (direct, i);
      uint32_t first, n;
      sen_media_prompt_place (text, i, &first, &n);
      for (size_t j = 0; j < sen_media_n_spans (media->media); j++)
        {
          const SenMediaSpan *part = sen_media_span (media->media, j);
          const SenExplanationSpan span = {
            .kind = media->kind, .name = sen_explanation_string (explanation, media->name), .media = media->index, .first = first,
            .n = part->part.n, .n_row = part->n_row, .n_column = part->n_column, .x0 = part->x0, .y0 = part->y0, .x1 = part->x1,
            .y1 = part->y1, .times = sen_explanation_take (explanation, g_memdup2 (part->times, 2 * sizeof (float) * part->part.n)),
          };
          if (part->part.tokens == NULL)
            {
              for (uint32_t k = 0; k < span.n; k++)
                pieces[first + k].span = (int32_t) spans->len;
              g_array_append_val (spans, span);
            }
          first += part->part.n;
        }
    }
  explanation->info.n_spans = spans->len;
  explanation->info.spans = sen_explanation_take (explanation, g_array_free (g_steal_pointer (&spans), FALSE));
}

/* The words of each media, as they stand in its message; what is between two, or behind embeddings, goes with what comes before. */
static void
assign_words (SenExplanation *explanation, SenPiece *pieces, const gsize *starts, const GArray *places, const char *text, GPtrArray *all)
{
  uint32_t n_pieces = explanation->info.n_pieces;
  gsize at = 0;
  for (guint i = 0; i < all->len; i++)
    {
      const SenMultimodalWords *one = g_ptr_array_index (all, i);
      const Place *place = &g_array_index (places, Place, one->message);
      g_autofree char *words = g_strstrip (g_strdup (one->words));
      at = MAX (at, place->start);
      const char *found = *words != '\0' && place->end > place->start ? strstr (text + at, words) : NULL;
      if (found == NULL || (gsize) (found - text) >= place->end)
        continue;
      gsize start = (gsize) (found - text);
      at = start + strlen (words);
      for (uint32_t j = 0; j < n_pieces; j++)
        if (pieces[j].kind == SEN_PIECE_WORDS && starts[j + 1] > start && starts[j] < at)
          pieces[j].media = (int32_t) one->index;
    }
  int32_t last = -1, message = -1;
  for (uint32_t j = 0; j < n_pieces; j++)
    {
      /* Marks around embeddings are nobody's. */
      if (pieces[j].message >= 0 && pieces[j].message != message)
        last = -1;
      message = pieces[j].message >= 0 ? pieces[j].message : message;
      if (pieces[j].span >= 0)
        last = (int32_t) explanation->info.spans[pieces[j].span].media;
      else if (pieces[j].kind == SEN_PIECE_WORDS)
        last = pieces[j].media = pieces[j].media >= 0 ? pieces[j].media : last;
    }
}

void
sen_explain_fill_pieces (SenExplanation *explanation, SenModel *model, const SenMultimodalPrompt *prompt, const SenPart *parts,
                         size_t n_parts, const SenMediaPrompt *text)
{
  uint32_t n_pieces = 0;
  for (size_t i = 0; i < n_parts; i++)
    n_pieces += parts[i].n;
  SenPiece *pieces = sen_explanation_take (explanation, g_new0 (SenPiece, MAX (n_pieces, 1)));
  g_autoptr (GString) whole = g_string_new (NULL);
  guint n_media = prompt != NULL ? sen_multimodal_prompt_direct (prompt)->len : 0;
  g_autoptr (GArray) starts = decode (explanation, sen_model_tokenizer (model), parts, n_parts, text, n_media, whole, pieces);
  explanation->info.pieces = pieces;
  explanation->info.n_pieces = n_pieces;
  if (prompt == NULL)
    {
      for (uint32_t i = 0; i < n_pieces; i++)
        pieces[i].kind = SEN_PIECE_TEXT;
      return;
    }
  g_autoptr (GArray) places = find_places (model, prompt, whole->str);
  assign (pieces, n_pieces, (const gsize *) starts->data, places);
  fill_spans (explanation, pieces, prompt, text);
  assign_words (explanation, pieces, (const gsize *) starts->data, places, whole->str, sen_multimodal_prompt_words (prompt));
}
