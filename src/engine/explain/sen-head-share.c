/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-head-share.h"

#include "sen-embedding.h"
#include "sen-error.h"
#include "sen-unembed.h"

typedef struct {
  const SenModel *model;
  SenHeadShares  *shares;
  SenToken        token;
} Attribution;

static bool
attribute (const SenRevisitRows *rows, gpointer user_data, GError **error)
{
  Attribution *a = user_data;
  SenHeadShares *shares = a->shares;
  const SenModelInfo *info = sen_model_info (a->model);
  g_autofree float *direction = g_new (float, info->n_embd);
  g_autofree float *pulled = g_new (float, (gsize) info->n_head * info->head_dim);
  float bias;

  sen_model_unembed (a->model, a->token, rows->hidden[0], direction, &bias);
  double biases = bias, sum = 0.0;
  for (uint32_t layer = 0; layer < shares->n_layer; layer++)
    {
      sen_model_pull_back (a->model, layer, rows->heads[layer], direction, pulled, &bias);
      biases += bias;
      for (uint32_t head = 0; head < shares->n_head; head++)
        {
          size_t at = (size_t) head * info->head_dim;
          double share = sen_dot (pulled + at, rows->heads[layer] + at, info->head_dim);
          shares->heads[layer * shares->n_head + head] = (float) share;
          sum += share;
        }
      double fed = sen_dot (direction, rows->feed_forward[layer], info->n_embd);
      shares->feed_forward[layer] = (float) fed;
      sum += fed;
    }
  double embedding = sen_dot (direction, rows->embedding, info->n_embd);
  shares->embedding = (float) embedding;
  shares->biases = (float) biases;
  shares->logit = (float) (sum + embedding + biases);
  return true;
}

bool
sen_head_shares_read (SenHeadShares *shares, SenSession *session, const SenPart *parts, size_t n_parts, uint32_t position,
                      SenToken token, SenCancel *cancel, GError **error)
{
  const SenModel *model = sen_session_model (session);
  const SenModelInfo *info = sen_model_info (model);
  *shares = (SenHeadShares) { .n_layer = info->n_layer, .n_head = info->n_head };
  if (token < 0 || (uint32_t) token >= info->n_vocab)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "token %d is not in the vocabulary of %u", token, info->n_vocab);
      return false;
    }
  uint32_t last = info->n_layer - 1;
  g_autofree uint32_t *layers = g_new (uint32_t, info->n_layer);
  for (uint32_t i = 0; i <= last; i++)
    layers[i] = i;
  const SenTaps taps = { .hidden_layers = &last, .n_hidden_layers = 1, .part_layers = layers, .n_part_layers = info->n_layer };
  Attribution attribution = { .model = model, .shares = shares, .token = token };
  shares->heads = g_new0 (float, (gsize) info->n_layer * info->n_head);
  shares->feed_forward = g_new0 (float, info->n_layer);
  if (sen_session_revisit (session, parts, n_parts, position, 1, &taps, false, attribute, &attribution, cancel, error))
    return true;
  sen_head_shares_clear (shares);
  return false;
}

void
sen_head_shares_clear (SenHeadShares *shares)
{
  g_free (shares->heads);
  g_free (shares->feed_forward);
  *shares = (SenHeadShares) { 0 };
}
