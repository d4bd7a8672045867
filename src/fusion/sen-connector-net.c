/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The net on its device; a picture's features laid down as its rows. Sound is in sen-connector-sound.c. */
#include "sen-connector-private.h"

#include <string.h>

#include "sen-embedding.h"
#include "sen-error.h"

/* --- The net ---------------------------------------------------------------------------------------------------------------------- */

SenConnectorNet *
sen_connector_net_new (SenConnector *connector, SenDevice *device, SenCancel *cancel, GError **error)
{
  const SenConnectorInfo *info = &connector->info;
  g_autoptr (SenConnectorNet) net = g_new0 (SenConnectorNet, 1);
  bool is_sound = info->n_tap > 0;
  uint32_t n_rows = is_sound ? SEN_WHISPER_FRAMES / 2 : info->n_out_max * info->n_stack, n_out = n_rows / info->n_stack;
  net->connector = sen_connector_ref (connector);
  net->network = sen_network_new (device, connector->weights, n_rows, n_out);

  SenPlan *plan = sen_network_plan (net->network);
  const SenStack stack = { .plan = plan, .eps = connector->eps };
  net->features = sen_plan_input (plan, "features", SEN_TYPE_F32, SEN_ROWS_TOKENS, info->n_feature);
  SenTensor x = sen_stack_norm (&stack, net->features, connector->norm);
  x = sen_plan_unfold (plan, x, info->n_stack, info->n_stack, 0, SEN_ROWS_OUT, 0);
  x = sen_plan_activate (plan, sen_stack_linear (&stack, x, connector->first), SEN_ACT_GELU_ERF);
  net->result = is_sound ? sen_connector_net_build_sound (net, &stack, x) : sen_stack_linear (&stack, x, connector->last);
  sen_plan_output (plan, net->result, "connected");
  if (!sen_network_compile (net->network, cancel, error)
      || (connector->head_first.w != NULL && !sen_connector_net_build_head (net, device, cancel, error)))
    return NULL;
  if (!is_sound)
    net->rows = g_new (float, (size_t) n_rows * info->n_feature);
  return g_steal_pointer (&net);
}

void
sen_connector_net_free (SenConnectorNet *net)
{
  if (net == NULL)
    return;
  g_clear_pointer (&net->head, sen_network_free);
  g_clear_pointer (&net->network, sen_network_free);
  sen_connector_unref (net->connector);
  g_free (net->rows);
  g_free (net->values);
  g_free (net->sums);
  g_free (net);
}

void
sen_connector_net_make_room (SenConnectorNet *net, size_t n)
{
  if (n <= net->n_values)
    return;
  net->values = g_renew (float, net->values, n);
  net->n_values = n;
}

bool
sen_connector_net_to_unit (SenConnectorNet *net, float *y, GError **error)
{
  uint32_t n = net->connector->info.n_embd;
  g_autofree double *sums = g_new (double, n);
  for (uint32_t i = 0; i < n; i++)
    sums[i] = (double) y[i];
  if (sen_embedding_to_unit (sums, n, y))
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "the weights of %s give no embedding", net->connector->path);
  return false;
}

/* --- Pictures ----------------------------------------------------------------------------------------------------------------------- */

/* Patches of one layer (values[n_token][n_feature]): those of a token of the grid are neighbours, line by line; layers lie one behind the
 * other in each token. */
static void
lay_grid (SenConnectorNet *net, const SenVitInfo *eyes, uint32_t layer)
{
  const SenConnectorInfo *info = &net->connector->info;
  uint32_t span = eyes->n_side / info->n_side, n_near = span * span;
  for (uint32_t token = 0; token < info->n_out_max; token++)
    for (uint32_t near = 0; near < n_near; near++)
      {
        uint32_t y = token / info->n_side * span + near / span, x = token % info->n_side * span + near % span;
        size_t from = eyes->n_first + y * eyes->n_side + x, to = (size_t) token * info->n_stack + layer * n_near + near;
        memcpy (net->rows + to * info->n_feature, net->values + from * info->n_feature, info->n_feature * sizeof (float));
      }
}

static void
mean_of_rows (const float *rows, uint32_t n_rows, uint32_t n, float *mean)
{
  for (uint32_t i = 0; i < n; i++)
    {
      double sum = 0.0;
      for (uint32_t row = 0; row < n_rows; row++)
        sum += (double) rows[(size_t) row * n + i];
      mean[i] = (float) (sum / n_rows);
    }
}

static void
lay_pools (SenConnectorNet *net, const SenVitInfo *eyes, uint32_t layer)
{
  const SenConnector *connector = net->connector;
  uint32_t n = connector->info.n_feature;
  for (uint32_t pool = 0; pool < connector->n_pools; pool++)
    {
      float *row = net->rows + (size_t) (layer * connector->n_pools + pool) * n;
      if (connector->pools[pool] == SEN_POOL_CLASS)
        memcpy (row, net->values, n * sizeof (float));
      else
        mean_of_rows (net->values + (size_t) eyes->n_first * n, eyes->n_side * eyes->n_side, n, row);
    }
}

bool
sen_connector_net_see (SenConnectorNet *net, SenVitEncoder *encoder, float *y, SenCancel *cancel, GError **error)
{
  const SenConnectorInfo *info = &net->connector->info;
  const SenVitInfo *eyes = sen_vit_info (sen_vit_encoder_vit (encoder));
  size_t n = sen_vit_encoder_length (encoder, SEN_VIT_HIDDEN);
  if (!sen_connector_check_vit (net->connector, sen_vit_encoder_vit (encoder), error))
    return false;
  sen_connector_net_make_room (net, n);
  for (uint32_t layer = 0; layer < info->n_layers; layer++)
    {
      if (!sen_vit_encoder_read (encoder, SEN_VIT_HIDDEN, info->layers[layer], net->values, error))
        return false;
      if (info->kind == SEN_CONNECTOR_SIGHT)
        lay_grid (net, eyes, layer);
      else
        lay_pools (net, eyes, layer);
    }
  const struct sen_step step = { .n_tokens = info->n_out_max * info->n_stack, .n_out = info->n_out_max };
  if (!sen_network_write (net->network, net->features, net->rows, step.n_tokens, error)
      || !sen_network_run (net->network, &step, cancel, error)
      || !sen_network_read (net->network, net->result, y, info->n_out_max, error))
    return false;
  const float *position = net->connector->position != NULL ? net->connector->position->data : NULL;
  for (size_t i = 0; position != NULL && i < (size_t) info->n_out_max * info->n_embd; i++)
    y[i] += position[i];
  return info->kind == SEN_CONNECTOR_SIGHT || sen_connector_net_to_unit (net, y, error);
}
