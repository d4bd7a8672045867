/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-device-private.h"
#include "sen-error.h"

void
sen_device_init (SenDevice *device, const SenDeviceClass *klass)
{
  device->klass = klass;
  g_atomic_ref_count_init (&device->ref_count);
}

SenDevice *
sen_device_ref (SenDevice *device)
{
  g_atomic_ref_count_inc (&device->ref_count);
  return device;
}

void
sen_device_unref (SenDevice *device)
{
  if (device != NULL && g_atomic_ref_count_dec (&device->ref_count))
    device->klass->free (device);
}

bool
sen_device_gave_out (const GError *error)
{
  return g_error_matches (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY) || g_error_matches (error, SEN_ERROR, SEN_ERROR_DEVICE_LOST)
         || g_error_matches (error, SEN_ERROR, SEN_ERROR_DEVICE);
}

const SenDeviceInfo *
sen_device_info (const SenDevice *device)
{
  return &device->info;
}

SenFusion
sen_device_fusion (const SenDevice *device)
{
  return device->fusion;
}

uint64_t
sen_device_weight_bytes (SenDevice *device, const SenWeight *weight)
{
  return device->klass->weight_bytes (device, weight);
}

uint64_t
sen_device_budget_bytes (SenDevice *device)
{
  return device->klass->budget_bytes (device);
}

bool
sen_device_bind_weights (SenDevice *device, const SenWeight *const *weights, size_t n, SenCancel *cancel, GError **error)
{
  return device->klass->bind_weights (device, weights, n, cancel, error);
}

void
sen_device_unbind_weights (SenDevice *device, const SenWeight *const *weights, size_t n)
{
  device->klass->unbind_weights (device, weights, n);
}

SenState *
sen_state_new (SenDevice *device, SenType type, uint32_t n_head, uint32_t n_ctx, uint32_t head_dim, GError **error)
{
  g_return_val_if_fail (type == SEN_TYPE_F16 || type == SEN_TYPE_F32, NULL);

  SenState *state = device->klass->state_new (device, type, n_head, n_ctx, head_dim, error);
  if (state == NULL)
    return NULL;

  state->device = sen_device_ref (device);
  state->type = type;
  state->n_head = n_head;
  state->n_ctx = n_ctx;
  state->head_dim = head_dim;
  return state;
}

void
sen_state_free (SenState *state)
{
  if (state == NULL)
    return;
  g_autoptr (SenDevice) device = state->device;
  device->klass->state_free (state);
}

SenType
sen_state_type (const SenState *state)
{
  return state->type;
}

size_t
sen_state_bytes (const SenState *state)
{
  return (size_t) state->n_head * state->n_ctx * sen_type_row_bytes (state->type, state->head_dim);
}

bool
sen_state_write (SenState *state, const void *bytes, GError **error)
{
  return state->device->klass->state_write (state, bytes, error);
}

SenProgram *
sen_device_compile (SenDevice *device, const SenPlan *plan, uint32_t first, uint32_t n, GError **error)
{
  g_return_val_if_fail (first + n <= sen_plan_n_ops (plan), NULL);

  SenProgram *program = device->klass->compile (device, plan, first, n, error);
  if (program == NULL)
    return NULL;

  program->device = sen_device_ref (device);
  program->plan = plan;
  program->first = first;
  program->n = n;
  return program;
}

void
sen_program_free (SenProgram *program)
{
  if (program == NULL)
    return;
  g_autoptr (SenDevice) device = program->device;
  device->klass->program_free (program);
}

bool
sen_program_write (SenProgram *program, SenTensor tensor, const void *data, size_t n_bytes, GError **error)
{
  return program->device->klass->program_write (program, tensor, data, n_bytes, error);
}

bool
sen_program_run (SenProgram *program, const struct sen_step *step, SenCancel *cancel, GError **error)
{
  return program->device->klass->program_run (program, step, cancel, error);
}

bool
sen_program_read (SenProgram *program, SenTensor tensor, void *data, size_t n_bytes, GError **error)
{
  return program->device->klass->program_read (program, tensor, data, n_bytes, error);
}

uint32_t
sen_program_max_tokens (SenProgram *program)
{
  const SenDeviceClass *klass = program->device->klass;
  return klass->program_max_tokens != NULL ? klass->program_max_tokens (program) : UINT32_MAX;
}

SenScan *
sen_scan_new (SenDevice *device, uint32_t n_col, GError **error)
{
  g_return_val_if_fail (n_col > 0 && n_col % 16 == 0 && n_col < 1u << 17, NULL);

  if (device->klass->scan_new == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s keeps no rows to scan", device->info.name);
      return NULL;
    }
  SenScan *scan = device->klass->scan_new (device, n_col, error);
  if (scan == NULL)
    return NULL;

  scan->device = sen_device_ref (device);
  scan->n_col = n_col;
  return scan;
}

void
sen_scan_free (SenScan *scan)
{
  if (scan == NULL)
    return;
  g_autoptr (SenDevice) device = scan->device;
  device->klass->scan_free (scan);
}

uint64_t
sen_scan_n_rows (const SenScan *scan)
{
  return scan->n_rows;
}

bool
sen_scan_add (SenScan *scan, const int8_t *const *blocks, uint32_t n_blocks, uint32_t block_rows, GError **error)
{
  g_return_val_if_fail (block_rows % SEN_SCAN_ROWS == 0, false);

  if (!scan->device->klass->scan_add (scan, blocks, n_blocks, block_rows, error))
    return false;
  scan->n_rows += (uint64_t) n_blocks * block_rows;
  return true;
}

bool
sen_scan_run (SenScan *scan, const int8_t *x, SenCancel *cancel, GError **error)
{
  return scan->device->klass->scan_run (scan, x, cancel, error);
}

void
sen_scan_read (const SenScan *scan, uint64_t first, uint32_t n, int32_t *products)
{
  g_return_if_fail (first + n <= scan->n_rows);

  scan->device->klass->scan_read (scan, first, n, products);
}
