/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-grounding-turns.h"

#include <string.h>

#include "sen-grounding-json.h"
#include "sen-prompt.h"

#define BYTES_PER_TOKEN 4
/* What a question reads as, kept with its answer. */
typedef struct {
  guint    hash;       /* of the sources that it was made from */
  char    *prompt;     /* NULL: as it was written */
  uint64_t n_tokens;
} Turn;

#define TURN_KEY "sen-grounding-turn"

static void
turn_free (gpointer data)
{
  Turn *turn = data;
  g_free (turn->prompt);
  g_free (turn);
}

static const Turn *
take_turn (SenMessage *question, SenMessage *answer)
{
  const char *json = sen_message_sources (answer);
  guint hash = g_str_hash (json);
  Turn *turn = g_object_get_data (G_OBJECT (answer), TURN_KEY);
  if (turn != NULL && turn->hash == hash)
    return turn;
  turn = g_new0 (Turn, 1);
  turn->hash = hash;
  g_autoptr (SenGroundingRecord) record = sen_grounding_record_from_json (json, sen_message_text (question), "", NULL);
  if (record != NULL && sen_grounding_n_sources (record->grounding) > 0)
    turn->prompt = sen_grounding_prompt (record->grounding);
  if (turn->prompt != NULL)
    for (uint32_t i = 0; i < sen_grounding_n_sources (record->grounding); i++)
      {
        const SenSource *source = sen_grounding_source (record->grounding, i);
        turn->n_tokens += MAX (source->n_tokens, strlen (source->text) / BYTES_PER_TOKEN);
      }
  g_object_set_data_full (G_OBJECT (answer), TURN_KEY, turn, turn_free);
  return turn;
}

/* The path up to @last. (transfer full) */
static GPtrArray *
list_path (SenConversation *conversation, SenMessage *last)
{
  GPtrArray *path = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (conversation)); i++)
    {
      g_ptr_array_add (path, g_list_model_get_item (G_LIST_MODEL (conversation), i));
      if (g_ptr_array_index (path, i) == last)
        break;
    }
  return path;
}

void
sen_grounding_turns_prepare (SenConversation *conversation, SenMessage *last, uint32_t n_ctx)
{
  g_autoptr (GPtrArray) path = list_path (conversation, last);
  uint64_t n_tokens = 0;
  bool is_newest = true, is_full = false;
  for (guint i = 0; i < path->len; i++)
    n_tokens += sen_message_length (g_ptr_array_index (path, i)) / BYTES_PER_TOKEN;
  for (guint i = path->len; i > 1; i--)
    {
      SenMessage *answer = g_ptr_array_index (path, i - 1), *question = g_ptr_array_index (path, i - 2);
      if (sen_message_sources (answer) == NULL || sen_message_speaker (question) != SEN_SPEAKER_USER)
        continue;
      const Turn *turn = !is_full ? take_turn (question, answer) : NULL;
      is_full = is_full || (!is_newest && n_ctx > 0 && n_tokens + turn->n_tokens > SEN_PROMPT_SHARE (n_ctx));
      n_tokens += is_full ? 0 : turn->n_tokens;
      sen_message_set_asked (answer, is_full ? NULL : turn->prompt);
      is_newest = false;
    }
}

SenMessage *
sen_grounding_turns_question (SenConversation *conversation, SenMessage *answer)
{
  g_autoptr (GPtrArray) path = list_path (conversation, answer);
  if (path->len < 2 || g_ptr_array_index (path, path->len - 1) != answer)
    return NULL;
  SenMessage *question = g_ptr_array_index (path, path->len - 2);
  return sen_message_speaker (question) == SEN_SPEAKER_USER ? question : NULL;
}

GPtrArray *
sen_grounding_turns_questions (SenConversation *conversation, SenMessage *answer)
{
  g_autoptr (GPtrArray) path = list_path (conversation, answer);
  GPtrArray *questions = g_ptr_array_new ();
  for (guint i = 0; i < path->len; i++)
    {
      SenMessage *message = g_ptr_array_index (path, i);
      if (sen_message_speaker (message) == SEN_SPEAKER_USER)
        g_ptr_array_add (questions, (gpointer) sen_message_text (message));
    }
  return questions;
}
