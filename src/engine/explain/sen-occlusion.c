/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-occlusion.h"

#include "sen-error.h"
#include "sen-generate.h"

struct SenOcclusion {
  SenSession         *session;     /* borrowed */
  SenOcclusionParams  params;      /* its pointers are borrowed */
  uint32_t            n_prompt;
  /* Scratch of one score */
  bool               *is_hidden;   /* [n_prompt] */
  SenToken           *tokens;      /* [n_prompt] that are left */
  float             **changed;     /* [n_parts]: embeddings with some made the mean, or NULL */
  GArray             *parts;       /* SenPart */
};

static bool
check (const SenOcclusionParams *params, uint32_t n_prompt, GError **error)
{
  if (n_prompt == 0 || params->n_answer == 0)
    {
      const char *sentence = n_prompt == 0 ? "there is no prompt that something could be left out of"
                                           : "there is no answer that could change";
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, sentence);
      return false;
    }
  for (uint32_t i = 0; i < params->n_units; i++)
    for (uint32_t j = 0; j < params->units[i].n; j++)
      if (params->units[i].positions[j] >= n_prompt)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "position %u cannot be left out of a prompt of %u",
                       params->units[i].positions[j], n_prompt);
          return false;
        }
  return true;
}

SenOcclusion *
sen_occlusion_new (SenSession *session, const SenOcclusionParams *params, GError **error)
{
  uint32_t n_prompt = 0;
  for (size_t i = 0; i < params->n_parts; i++)
    n_prompt += params->parts[i].n;
  if (!check (params, n_prompt, error))
    return NULL;
  SenOcclusion *occlusion = g_new0 (SenOcclusion, 1);
  occlusion->session = session;
  occlusion->params = *params;
  occlusion->n_prompt = n_prompt;
  occlusion->is_hidden = g_new (bool, n_prompt);
  occlusion->tokens = g_new (SenToken, n_prompt);
  occlusion->changed = g_new0 (float *, params->n_parts);
  occlusion->parts = g_array_new (FALSE, FALSE, sizeof (SenPart));
  return occlusion;
}

void
sen_occlusion_free (SenOcclusion *occlusion)
{
  if (occlusion == NULL)
    return;
  for (size_t i = 0; i < occlusion->params.n_parts; i++)
    g_free (occlusion->changed[i]);
  g_free (occlusion->changed);
  g_free (occlusion->is_hidden);
  g_free (occlusion->tokens);
  g_array_unref (occlusion->parts);
  g_free (occlusion);
}

uint32_t
sen_occlusion_n_units (const SenOcclusion *occlusion)
{
  return occlusion->params.n_units;
}

uint32_t
sen_occlusion_n_answer (const SenOcclusion *occlusion)
{
  return occlusion->params.n_answer;
}

/* --- The prompt without what is hidden ----------------------------------------------------------------------------------- */

static void
mark_hidden (SenOcclusion *occlusion, const bool *hidden)
{
  memset (occlusion->is_hidden, 0, occlusion->n_prompt * sizeof *occlusion->is_hidden);
  for (uint32_t i = 0; i < occlusion->params.n_units; i++)
    for (uint32_t j = 0; hidden[i] && j < occlusion->params.units[i].n; j++)
      occlusion->is_hidden[occlusion->params.units[i].positions[j]] = true;
}

static void
fill_mean (const SenPart *part, uint32_t n_embd, float *mean)
{
  for (uint32_t k = 0; k < n_embd; k++)
    {
      double sum = 0.0;
      for (uint32_t j = 0; j < part->n; j++)
        sum += part->embeddings[(size_t) j * n_embd + k];
      mean[k] = (float) (sum / part->n);
    }
}

/* What stands before the first that is hidden keeps its content_id, and with it its place in the session's cache. */
static bool
add_embeddings (SenOcclusion *occlusion, size_t index, const bool *is_hidden, GError **error)
{
  const SenPart *part = &occlusion->params.parts[index];
  uint32_t n_embd = sen_model_info (sen_session_model (occlusion->session))->n_embd, first = 0;
  while (first < part->n && !is_hidden[first])
    first++;
  if (first == part->n)
    {
      g_array_append_vals (occlusion->parts, part, 1);
      return true;
    }
  first = part->together ? 0 : first;
  if (first > 0)
    {
      SenPart kept = *part;
      kept.n = first;
      g_array_append_val (occlusion->parts, kept);
    }

  SenPart rest = *part;
  rest.n = part->n - first;
  rest.from = part->from + first;
  if (occlusion->changed[index] == NULL)
    occlusion->changed[index] = g_try_new (float, (gsize) part->n * n_embd);
  float *rows = occlusion->changed[index];
  g_autofree float *mean = g_new (float, n_embd);
  if (rows == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for another %u embeddings", part->n);
      return false;
    }
  fill_mean (part, n_embd, mean);
  for (uint32_t j = first; j < part->n; j++)
    {
      const float *row = is_hidden[j] ? mean : part->embeddings + (size_t) j * n_embd;
      memcpy (rows + (size_t) (j - first) * n_embd, row, n_embd * sizeof *row);
      rest.content_id = (rest.content_id ^ (j * 2u + is_hidden[j] + 1u)) * 0x9e3779b97f4a7c15ull;
      rest.content_id ^= rest.content_id >> 29;
    }
  rest.embeddings = rows;
  g_array_append_val (occlusion->parts, rest);
  return true;
}

/* Fills occlusion->parts with what is left of the prompt: *@n_left positions. */
static bool
list_left (SenOcclusion *occlusion, uint32_t *n_left, GError **error)
{
  uint32_t position = 0, n_tokens = 0;
  *n_left = 0;
  g_array_set_size (occlusion->parts, 0);
  for (size_t i = 0; i < occlusion->params.n_parts; i++)
    {
      const SenPart *part = &occlusion->params.parts[i];
      const bool *is_hidden = occlusion->is_hidden + position;
      position += part->n;
      if (part->tokens == NULL)
        {
          if (!add_embeddings (occlusion, i, is_hidden, error))
            return false;
          *n_left += part->n;
          continue;
        }
      SenPart left = { .tokens = occlusion->tokens + n_tokens };
      for (uint32_t j = 0; j < part->n; j++)
        if (!is_hidden[j])
          {
            occlusion->tokens[n_tokens++] = part->tokens[j];
            left.n++;
          }
      *n_left += left.n;
      if (left.n > 0)
        g_array_append_val (occlusion->parts, left);
    }
  return true;
}

/* --- Scores --------------------------------------------------------------------------------------------------------------- */

typedef struct {
  const SenToken *answer;
  uint32_t        first;      /* position before the answer */
  uint32_t        n_vocab;
  float          *logprobs;
} Reading;

static bool
read_logprobs (const SenRevisitRows *rows, gpointer user_data, GError **error)
{
  const Reading *reading = user_data;
  for (uint32_t i = 0; i < rows->n; i++)
    {
      uint32_t index = rows->first + i - reading->first;
      reading->logprobs[index] = sen_logprob (rows->logits + (size_t) i * reading->n_vocab, reading->n_vocab, reading->answer[index]);
    }
  return true;
}

bool
sen_occlusion_score (SenOcclusion *occlusion, const bool *hidden, float *logprobs, SenCancel *cancel, GError **error)
{
  const SenOcclusionParams *params = &occlusion->params;
  uint32_t n_vocab = sen_model_info (sen_session_model (occlusion->session))->n_vocab;
  mark_hidden (occlusion, hidden);
  uint32_t n_left;
  if (!list_left (occlusion, &n_left, error))
    return false;
  if (n_left == 0)
    {
      occlusion->is_hidden[0] = false;
      list_left (occlusion, &n_left, NULL);   /* tokens alone: cannot fail */
    }

  /* The last token of the answer tells of nothing that is asked. */
  if (params->n_answer > 1)
    g_array_append_val (occlusion->parts, ((SenPart) { .tokens = params->answer, .n = params->n_answer - 1 }));
  const SenPart *parts = (const SenPart *) occlusion->parts->data;
  if (!sen_session_sync (occlusion->session, parts, occlusion->parts->len, NULL, NULL, cancel, error))
    return false;
  logprobs[params->n_answer - 1] = sen_logprob (sen_session_logits (occlusion->session), n_vocab, params->answer[params->n_answer - 1]);
  if (params->n_answer == 1)
    return true;
  Reading reading = { .answer = params->answer, .first = n_left - 1, .n_vocab = n_vocab, .logprobs = logprobs };
  return sen_session_revisit (occlusion->session, parts, occlusion->parts->len, n_left - 1, params->n_answer - 1, NULL, true, read_logprobs,
                              &reading, cancel, error);
}

bool
sen_occlusion_run (SenOcclusion *occlusion, float *full, float *change, SenSessionProgress progress, gpointer user_data, SenCancel *cancel,
                   GError **error)
{
  uint32_t n_units = occlusion->params.n_units, n_answer = occlusion->params.n_answer;
  g_autofree bool *hidden = g_new0 (bool, MAX (n_units, 1));
  if (!sen_occlusion_score (occlusion, hidden, full, cancel, error))
    return false;
  for (uint32_t i = n_units; i-- > 0;)
    {
      float *row = change + (size_t) i * n_answer;
      hidden[i] = true;
      if (!sen_occlusion_score (occlusion, hidden, row, cancel, error))
        return false;
      hidden[i] = false;
      for (uint32_t j = 0; j < n_answer; j++)
        row[j] = full[j] - row[j];
      if (progress != NULL)
        progress (n_units - i, n_units, user_data);
    }
  return true;
}
