/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-network.h"

#include "sen-error.h"

struct SenNetwork {
  /* Owned */
  SenDevice      *device;
  SenWeightTable *weights;   /* or NULL */
  SenPlan        *plan;
  GPtrArray      *states;    /* SenState */
  GPtrArray      *bound;     /* const SenWeight, bound to the device */
  SenProgram     *program;   /* NULL until compiled */
};

SenNetwork *
sen_network_new (SenDevice *device, SenWeightTable *weights, uint32_t n_batch, uint32_t n_out_max)
{
  SenNetwork *network = g_new0 (SenNetwork, 1);
  network->device = sen_device_ref (device);
  network->weights = weights != NULL ? sen_weight_table_ref (weights) : NULL;
  network->plan = sen_plan_new (n_batch, n_out_max);
  network->states = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_state_free);
  network->bound = g_ptr_array_new ();
  return network;
}

void
sen_network_free (SenNetwork *network)
{
  if (network == NULL)
    return;
  g_clear_pointer (&network->program, sen_program_free);
  sen_device_unbind_weights (network->device, (const SenWeight *const *) network->bound->pdata, network->bound->len);
  g_ptr_array_unref (network->bound);
  g_ptr_array_unref (network->states);
  sen_plan_free (network->plan);
  g_clear_pointer (&network->weights, sen_weight_table_unref);
  sen_device_unref (network->device);
  g_free (network);
}

SenPlan *
sen_network_plan (SenNetwork *network)
{
  return network->plan;
}

SenDevice *
sen_network_device (SenNetwork *network)
{
  return network->device;
}

SenState *
sen_network_add_state (SenNetwork *network, uint32_t n_head, uint32_t n_ctx, uint32_t head_dim, GError **error)
{
  SenType type = sen_device_info (network->device)->exact ? SEN_TYPE_F32 : SEN_TYPE_F16;
  SenState *state = sen_state_new (network->device, type, n_head, n_ctx, head_dim, error);
  if (state != NULL)
    g_ptr_array_add (network->states, state);
  return state;
}

/* Binds every weight the plan names, once. */
static bool
bind_weights (SenNetwork *network, SenCancel *cancel, GError **error)
{
  g_autoptr (GPtrArray) weights = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  for (SenTensor t = 0; t < sen_plan_n_tensors (network->plan); t++)
    {
      const SenTensorInfo *info = sen_plan_tensor (network->plan, t);
      if (info->role == SEN_ROLE_WEIGHT && g_hash_table_add (seen, (gpointer) info->weight))
        g_ptr_array_add (weights, (gpointer) info->weight);
    }
  if (!sen_device_bind_weights (network->device, (const SenWeight *const *) weights->pdata, weights->len, cancel, error))
    return false;
  g_ptr_array_unref (network->bound);
  network->bound = g_steal_pointer (&weights);
  return true;
}

bool
sen_network_compile (SenNetwork *network, SenCancel *cancel, GError **error)
{
  g_return_val_if_fail (network->program == NULL, false);
  sen_plan_finish (network->plan, sen_device_fusion (network->device));
  if (!bind_weights (network, cancel, error))
    return false;
  network->program = sen_device_compile (network->device, network->plan, 0, sen_plan_n_ops (network->plan), error);
  return network->program != NULL;
}

static size_t
rows_bytes (SenNetwork *network, SenTensor tensor, uint32_t n_row)
{
  const SenTensorInfo *info = sen_plan_tensor (network->plan, tensor);
  return n_row * sen_type_row_bytes (info->type, info->n_col);
}

static bool
check_rows (SenNetwork *network, SenTensor tensor, uint32_t n_row, GError **error)
{
  const SenTensorInfo *info = sen_plan_tensor (network->plan, tensor);
  if (n_row <= info->n_row)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s has room for %u rows; %u were given", info->name, info->n_row, n_row);
  return false;
}

bool
sen_network_write (SenNetwork *network, SenTensor tensor, const void *rows, uint32_t n_row, GError **error)
{
  return check_rows (network, tensor, n_row, error)
         && sen_program_write (network->program, tensor, rows, rows_bytes (network, tensor, n_row), error);
}

bool
sen_network_run (SenNetwork *network, const struct sen_step *step, SenCancel *cancel, GError **error)
{
  if (step->n_tokens > sen_plan_n_batch (network->plan) || step->n_out > sen_plan_n_out_max (network->plan))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%u rows and %u results were asked of a pass for %u and %u", step->n_tokens,
                   step->n_out, sen_plan_n_batch (network->plan), sen_plan_n_out_max (network->plan));
      return false;
    }
  return sen_program_run (network->program, step, cancel, error)
         && (network->weights == NULL || sen_weight_table_check (network->weights, error));
}

bool
sen_network_read (SenNetwork *network, SenTensor tensor, void *rows, uint32_t n_row, GError **error)
{
  return check_rows (network, tensor, n_row, error)
         && sen_program_read (network->program, tensor, rows, rows_bytes (network, tensor, n_row), error);
}
