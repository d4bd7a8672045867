/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The net on its device; a picture's features laid down as its rows. Sound is in sen-connector-sound.c. */
#include "sen-connector-private.h"

#include <math.h>
#include <string.h>

#include "sen-embedding.h"
#include "sen-error.h"

/* --- The net ---------------------------------------------------------------------------------------------------------------------- */

static SenTensor
build_picture (SenConnectorNet *net, const SenStack *stack)
{
  const SenConnector *connector = net->connector;
  net->features = sen_plan_input (stack->plan, "features", SEN_TYPE_F32, SEN_ROWS_TOKENS, sen_connector_n_row (&connector->info));
  SenTensor x = sen_stack_linear (stack, net->features, connector->first);
  if (connector->last.w == NULL)
    return x;
  return sen_stack_linear (stack, sen_plan_activate (stack->plan, x, SEN_ACT_GELU_ERF), connector->last);
}

SenConnectorNet *
sen_connector_net_new (SenConnector *connector, SenDevice *device, SenCancel *cancel, GError **error)
{
  const SenConnectorInfo *info = &connector->info;
  g_autoptr (SenConnectorNet) net = g_new0 (SenConnectorNet, 1);
  bool is_sound = info->n_tap > 0;
  uint32_t n_rows = is_sound ? SEN_WHISPER_FRAMES / 2 : info->n_out_max;
  net->connector = sen_connector_ref (connector);
  net->network = sen_network_new (device, connector->weights, n_rows, is_sound ? n_rows / info->n_stack : 1);
  const SenStack stack = { .plan = sen_network_plan (net->network), .eps = connector->eps };
  net->result = is_sound ? sen_connector_net_build_sound (net, &stack) : build_picture (net, &stack);
  sen_plan_output (stack.plan, net->result, "connected");
  if (!sen_network_compile (net->network, cancel, error)
      || (connector->head_first.w != NULL && !sen_connector_net_build_head (net, device, cancel, error)))
    return NULL;
  if (!is_sound)
    net->rows = g_new (float, (size_t) n_rows * sen_connector_n_row (info));
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

static void
normalize (float *states, uint32_t n_states, uint32_t n, float eps)
{
  for (uint32_t state = 0; state < n_states; state++, states += n)
    {
      double sum = 0.0, squares = 0.0;
      for (uint32_t i = 0; i < n; i++)
        sum += (double) states[i];
      double mean = sum / n;
      for (uint32_t i = 0; i < n; i++)
        squares += ((double) states[i] - mean) * ((double) states[i] - mean);
      double scale = 1.0 / sqrt (squares / n + (double) eps);
      for (uint32_t i = 0; i < n; i++)
        states[i] = (float) (((double) states[i] - mean) * scale);
    }
}

/* The mean of the patches of a square of @span² that begins at @patches, in a picture of @n_side patches a line. */
static void
mean_of_square (const float *patches, uint32_t n_side, uint32_t span, uint32_t n, float *mean)
{
  for (uint32_t i = 0; i < n; i++)
    {
      double sum = 0.0;
      for (uint32_t y = 0; y < span; y++)
        for (uint32_t x = 0; x < span; x++)
          sum += (double) patches[((size_t) y * n_side + x) * n + i];
      mean[i] = (float) (sum / (span * span));
    }
}

/* The @index-th layer read, normalized in net->values[n_token][n_feature], to its places in all rows. */
static void
lay_layer (SenConnectorNet *net, const SenVitInfo *eyes, uint32_t index)
{
  const SenConnectorInfo *info = &net->connector->info;
  uint32_t n = info->n_feature, n_grid = info->kind == SEN_CONNECTOR_SIGHT ? info->n_side : 1, span = eyes->n_side / n_grid;
  uint32_t mean_at = info->kind == SEN_CONNECTOR_SIGHT ? index : 2 * index + 1;
  uint32_t class_at = info->kind == SEN_CONNECTOR_SIGHT ? info->n_layers + index : 2 * index;
  const float *patches = net->values + (size_t) eyes->n_first * n;
  for (uint32_t out = 0; out < info->n_out_max; out++)
    {
      float *row = net->rows + (size_t) out * sen_connector_n_row (info);
      size_t first = (size_t) (out / n_grid * span) * eyes->n_side + out % n_grid * span;
      mean_of_square (patches + first * n, eyes->n_side, span, n, row + (size_t) mean_at * n);
      memcpy (row + (size_t) class_at * n, net->values, n * sizeof (float));
    }
}

bool
sen_connector_net_see (SenConnectorNet *net, SenVitEncoder *encoder, float *y, SenCancel *cancel, GError **error)
{
  const SenConnector *connector = net->connector;
  const SenConnectorInfo *info = &connector->info;
  const SenVitInfo *eyes = sen_vit_info (sen_vit_encoder_vit (encoder));
  const struct sen_step step = { .n_tokens = info->n_out_max };
  if (!sen_connector_check_vit (connector, sen_vit_encoder_vit (encoder), error))
    return false;
  sen_connector_net_make_room (net, sen_vit_encoder_length (encoder, SEN_VIT_HIDDEN));
  for (uint32_t index = 0; index < info->n_layers; index++)
    {
      if (!sen_vit_encoder_read (encoder, SEN_VIT_HIDDEN, info->layers[index], net->values, error))
        return false;
      normalize (net->values, eyes->n_token, info->n_feature, connector->eps);
      lay_layer (net, eyes, index);
    }
  if (!sen_network_write (net->network, net->features, net->rows, step.n_tokens, error)
      || !sen_network_run (net->network, &step, cancel, error)
      || !sen_network_read (net->network, net->result, y, step.n_tokens, error))
    return false;
  return info->kind == SEN_CONNECTOR_SIGHT || sen_connector_net_to_unit (net, y, error);
}
