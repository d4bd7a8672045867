/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-media-prompt.h"

#include <string.h>

#include "sen-error.h"

typedef struct {
  uint32_t first, n;
} Place;

struct SenMediaPrompt {
  GPtrArray *media;    /* SenMedia */
  GPtrArray *texts;    /* GArray of SenToken: what parts of text borrow from */
  GArray    *parts;    /* SenPart */
  GArray    *places;   /* Place of each media */
  uint32_t   n_tokens;
};

static void
add_part (SenMediaPrompt *prompt, const SenPart *part)
{
  g_array_append_vals (prompt->parts, part, 1);
  prompt->n_tokens += part->n;
}

static void
add_ids (SenMediaPrompt *prompt, GArray *ids)
{
  if (ids->len > 0)
    add_part (prompt, &(SenPart) { .tokens = (const SenToken *) ids->data, .n = ids->len });
  g_ptr_array_add (prompt->texts, ids);
}

static void
add_text (SenMediaPrompt *prompt, const SenTokenizer *tokenizer, const SenMediaText *text, const char *from, size_t length)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  if (text->shielded)
    {
      g_autofree char *copy = g_strndup (from, length);
      sen_tokenizer_encode_shielded (tokenizer, copy, false, ids);
    }
  else
    sen_tokenizer_encode (tokenizer, from, (gssize) length, false, true, ids);
  add_ids (prompt, ids);
}

/* BOS (@first) or EOS, where the model wants one: what an empty text is made of. */
static void
add_special (SenMediaPrompt *prompt, const SenTokenizer *tokenizer, bool first)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (tokenizer, "", 0, true, true, ids);
  bool has_bos = ids->len > 0 && g_array_index (ids, SenToken, 0) == sen_tokenizer_bos (tokenizer);
  if (first)
    g_array_set_size (ids, has_bos ? 1 : 0);
  else if (has_bos)
    g_array_remove_index (ids, 0);
  add_ids (prompt, ids);
}

static void
add_media (SenMediaPrompt *prompt, SenMedia *media)
{
  const Place place = { .first = prompt->n_tokens, .n = sen_media_n_tokens (media) };
  g_ptr_array_add (prompt->media, sen_media_ref (media));
  for (size_t i = 0; i < sen_media_n_spans (media); i++)
    add_part (prompt, &sen_media_span (media, i)->part);
  g_array_append_val (prompt->places, place);
}

static size_t
count_marks (const char *text, size_t length, const char *mark)
{
  size_t n = 0, mark_length = strlen (mark);
  for (const char *at = text; (at = memmem (at, length - (size_t) (at - text), mark, mark_length)) != NULL; at += mark_length)
    n++;
  return n;
}

SenMediaPrompt *
sen_media_prompt_new (const SenTokenizer *tokenizer, const SenMediaText *text, SenMedia *const *media, size_t n_media, GError **error)
{
  const char *mark = text->mark != NULL ? text->mark : SEN_MEDIA_MARK, *at = text->text;
  size_t left = text->length >= 0 ? (size_t) text->length : strlen (text->text), n_marks = count_marks (at, left, mark);
  if (n_marks != n_media)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "the text has %" G_GSIZE_FORMAT " of the marks %s and %" G_GSIZE_FORMAT
                   " pictures and recordings were given; it needs one for each", n_marks, mark, n_media);
      return NULL;
    }
  SenMediaPrompt *prompt = g_new0 (SenMediaPrompt, 1);
  prompt->media = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_media_unref);
  prompt->texts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  prompt->parts = g_array_new (FALSE, FALSE, sizeof (SenPart));
  prompt->places = g_array_new (FALSE, FALSE, sizeof (Place));
  if (text->add_special)
    add_special (prompt, tokenizer, true);
  for (size_t i = 0; i <= n_media; i++)
    {
      const char *next = i < n_media ? memmem (at, left, mark, strlen (mark)) : at + left;
      add_text (prompt, tokenizer, text, at, (size_t) (next - at));
      if (i == n_media)
        break;
      add_media (prompt, media[i]);
      left -= (size_t) (next - at) + strlen (mark);
      at = next + strlen (mark);
    }
  if (text->add_special)
    add_special (prompt, tokenizer, false);
  return prompt;
}

void
sen_media_prompt_free (SenMediaPrompt *prompt)
{
  if (prompt == NULL)
    return;
  g_ptr_array_unref (prompt->media);
  g_ptr_array_unref (prompt->texts);
  g_array_unref (prompt->parts);
  g_array_unref (prompt->places);
  g_free (prompt);
}

const SenPart *
sen_media_prompt_parts (const SenMediaPrompt *prompt, size_t *n_parts)
{
  *n_parts = prompt->parts->len;
  return (const SenPart *) prompt->parts->data;
}

uint32_t
sen_media_prompt_n_tokens (const SenMediaPrompt *prompt)
{
  return prompt->n_tokens;
}

bool
sen_media_prompt_check_room (const SenMediaPrompt *prompt, uint32_t n_ctx, GError **error)
{
  for (guint i = 0; i < prompt->places->len; i++)
    {
      uint32_t n = g_array_index (prompt->places, Place, i).n;
      if (n <= n_ctx)
        continue;
      g_set_error (error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL, "picture or recording %u takes %u positions of the context, which holds %u; "
                   "give a smaller one, or a longer context", i + 1, n, n_ctx);
      return false;
    }
  return true;
}

void
sen_media_prompt_place (const SenMediaPrompt *prompt, size_t index, uint32_t *first, uint32_t *n)
{
  g_return_if_fail (index < prompt->places->len);
  const Place *place = &g_array_index (prompt->places, Place, index);
  *first = place->first;
  *n = place->n;
}
