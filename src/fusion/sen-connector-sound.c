/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Sound: the layers along time, the pieces heard, the mean that stands for all of it. */
#include "sen-connector-private.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"

/* --- The net ---------------------------------------------------------------------------------------------------------------------- */

SenTensor
sen_connector_net_build_sound (SenConnectorNet *net, const SenStack *stack)
{
  const SenConnector *connector = net->connector;
  uint32_t n_tap = connector->info.n_tap, n_stack = connector->info.n_stack;
  net->features = sen_plan_input (stack->plan, "states", SEN_TYPE_F32, SEN_ROWS_TOKENS, connector->info.n_feature);
  SenTensor x = sen_stack_norm (stack, net->features, connector->norm);
  x = sen_plan_unfold (stack->plan, x, n_stack, n_stack, 0, SEN_ROWS_OUT, 0);
  x = sen_plan_activate (stack->plan, sen_stack_linear (stack, x, connector->first), SEN_ACT_GELU_ERF);
  x = sen_plan_unfold (stack->plan, x, n_tap, 1, (n_tap - 1) / 2, SEN_ROWS_OUT, 0);
  x = sen_plan_activate (stack->plan, sen_stack_linear (stack, x, connector->second), SEN_ACT_GELU_ERF);
  return connector->last.w != NULL ? sen_stack_linear (stack, x, connector->last) : x;
}

bool
sen_connector_net_build_head (SenConnectorNet *net, SenDevice *device, SenCancel *cancel, GError **error)
{
  const SenConnector *connector = net->connector;
  net->sums = g_new0 (double, connector->info.n_hidden2);
  net->head = sen_network_new (device, connector->weights, 1, 1);
  const SenStack stack = { .plan = sen_network_plan (net->head) };
  net->head_features = sen_plan_input (stack.plan, "mean", SEN_TYPE_F32, SEN_ROWS_TOKENS, connector->info.n_hidden2);
  SenTensor x = sen_stack_linear (&stack, net->head_features, connector->head_first);
  x = sen_plan_activate (stack.plan, x, SEN_ACT_GELU_ERF);
  net->head_result = sen_stack_linear (&stack, x, connector->head_last);
  sen_plan_output (stack.plan, net->head_result, "matched");
  return sen_network_compile (net->head, cancel, error);
}

/* The rows of a window, @n_col each, in net->values. */
static bool
run_window (SenConnectorNet *net, const float *states, uint32_t n_sound, uint32_t n_col, uint32_t *n_out, SenCancel *cancel, GError **error)
{
  const SenConnectorInfo *info = &net->connector->info;
  uint32_t n = MIN (n_sound, SEN_WHISPER_FRAMES / 2);
  *n_out = (n + info->n_stack - 1) / info->n_stack;
  const struct sen_step step = { .n_tokens = n, .n_out = *n_out };
  sen_connector_net_make_room (net, (size_t) *n_out * n_col);
  return *n_out == 0
         || (sen_network_write (net->network, net->features, states, n, error)
             && sen_network_run (net->network, &step, cancel, error)
             && sen_network_read (net->network, net->result, net->values, *n_out, error));
}

/* --- Hearing ------------------------------------------------------------------------------------------------------------------------- */

/* In place; the most probable in @best_of. False where they are no numbers. */
static bool
softmax (float *x, uint32_t n, uint32_t *best_of)
{
  uint32_t best = 0;
  float sum = 0.0f;
  for (uint32_t i = 1; i < n; i++)
    if (x[i] > x[best])
      best = i;
  float largest = x[best];
  for (uint32_t i = 0; i < n; i++)
    sum += x[i] = expf (x[i] - largest);
  for (uint32_t i = 0; i < n; i++)
    x[i] /= sum;
  *best_of = best;
  return isfinite (sum);
}

/* The weights of rows [@first, @end), which are one piece. */
static void
add_piece (const SenConnectorNet *net, uint32_t first, uint32_t end, GArray *pieces, GArray *weights)
{
  const SenConnectorInfo *info = &net->connector->info;
  const float seconds = (float) (info->n_stack * SEN_WHISPER_TIME_PRECISION);
  guint at = weights->len;
  double sum = 0.0;
  g_array_set_size (weights, at + info->n_piece);
  float *w = &g_array_index (weights, float, at);
  memset (w, 0, info->n_piece * sizeof (float));
  for (uint32_t row = first; row < end; row++)
    for (uint32_t i = 0; i < info->n_piece; i++)
      w[i] += net->values[(size_t) row * (info->n_piece + 1) + i];
  for (uint32_t i = 0; i < info->n_piece; i++)
    sum += (double) w[i];
  for (uint32_t i = 0; i < info->n_piece; i++)
    w[i] = (float) ((double) w[i] / sum);
  const SenConnectorPiece piece = { .start = (float) first * seconds, .end = (float) end * seconds };
  g_array_append_val (pieces, piece);
}

bool
sen_connector_net_hear (SenConnectorNet *net, const float *states, uint32_t n_sound, GArray *pieces, GArray *weights, SenCancel *cancel,
                        GError **error)
{
  const SenConnectorInfo *info = &net->connector->info;
  uint32_t n_out, first = 0, blank = info->n_piece, last = blank;
  g_return_val_if_fail (info->kind == SEN_CONNECTOR_HEARING, false);
  if (!run_window (net, states, n_sound, blank + 1, &n_out, cancel, error))
    return false;
  for (uint32_t row = 0; row <= n_out; row++)
    {
      uint32_t best = blank;
      if (row < n_out && !softmax (net->values + (size_t) row * (blank + 1), blank + 1, &best))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s gives no numbers for what it hears: it is damaged, get it again",
                       net->connector->path);
          return false;
        }
      if (best == last)
        continue;
      if (last != blank)
        add_piece (net, first, row, pieces, weights);
      first = row;
      last = best;
    }
  return true;
}

/* --- Matching ---------------------------------------------------------------------------------------------------------------------- */

void
sen_connector_net_begin_pool (SenConnectorNet *net)
{
  memset (net->sums, 0, net->connector->info.n_hidden2 * sizeof (double));
  net->n_rows = 0;
}

bool
sen_connector_net_add_pool (SenConnectorNet *net, const float *states, uint32_t n_sound, SenCancel *cancel, GError **error)
{
  uint32_t n_out, n = net->connector->info.n_hidden2;
  g_return_val_if_fail (net->head != NULL, false);
  if (!run_window (net, states, n_sound, n, &n_out, cancel, error))
    return false;
  for (uint32_t row = 0; row < n_out; row++)
    for (uint32_t i = 0; i < n; i++)
      net->sums[i] += (double) net->values[(size_t) row * n + i];
  net->n_rows += n_out;
  return true;
}

bool
sen_connector_net_finish_pool (SenConnectorNet *net, float *y, SenCancel *cancel, GError **error)
{
  uint32_t n = net->connector->info.n_hidden2;
  const struct sen_step step = { .n_tokens = 1 };
  if (net->n_rows == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_FORMAT, "there is no sound in it to match");
      return false;
    }
  sen_connector_net_make_room (net, n);
  for (uint32_t i = 0; i < n; i++)
    net->values[i] = (float) (net->sums[i] / (double) net->n_rows);
  return sen_network_write (net->head, net->head_features, net->values, 1, error)
         && sen_network_run (net->head, &step, cancel, error)
         && sen_network_read (net->head, net->head_result, y, 1, error)
         && sen_connector_net_to_unit (net, y, error);
}
