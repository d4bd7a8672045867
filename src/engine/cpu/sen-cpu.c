/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-cpu-private.h"

#include <string.h>
#include <unistd.h>

#include "sen-error.h"

#define ALIGNMENT 64   /* a cache line, and the widest vector */

/* Zeroed and aligned; NULL and an error when there is no memory. */
static void *
allocate (size_t n_bytes, GError **error)
{
  void *memory = NULL;
  n_bytes = (MAX (n_bytes, 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (posix_memalign (&memory, ALIGNMENT, n_bytes) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for a buffer of %" G_GSIZE_FORMAT " bytes",
                   n_bytes);
      return NULL;
    }
  return memset (memory, 0, n_bytes);
}

/* --- Device --------------------------------------------------------------------------------------------------------------------- */

static void
cpu_free (SenDevice *device)
{
  CpuDevice *cpu = (CpuDevice *) device;
  sen_pool_free (cpu->pool);
  g_free (cpu->name);
  g_free (cpu->driver);
  g_free (cpu->features);
  g_free (cpu);
}

static uint64_t
cpu_weight_bytes (SenDevice *device, const SenWeight *weight)
{
  return 0;
}

static uint64_t
cpu_budget_bytes (SenDevice *device)
{
  return UINT64_MAX;
}

/* Weights are used where they are mapped. */
static bool
cpu_bind_weights (SenDevice *device, const SenWeight *const *weights, size_t n, SenCancel *cancel, GError **error)
{
  return true;
}

static void
cpu_unbind_weights (SenDevice *device, const SenWeight *const *weights, size_t n)
{
}

/* --- States ---------------------------------------------------------------------------------------------------------------------- */

static SenState *
cpu_state_new (SenDevice *device, SenType type, uint32_t n_head, uint32_t n_ctx, uint32_t head_dim, GError **error)
{
  CpuState *state = g_new0 (CpuState, 1);
  /* calloc, not allocate(): pages of a long context that is never filled are never touched. */
  state->data = calloc ((size_t) n_head * n_ctx, sen_type_row_bytes (type, head_dim));
  if (state->data == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for a context of %u tokens", n_ctx);
      g_free (state);
      return NULL;
    }
  return &state->base;
}

static void
cpu_state_free (SenState *state)
{
  free (((CpuState *) state)->data);
  g_free (state);
}

static bool
cpu_state_write (SenState *state, const void *bytes, GError **error)
{
  memcpy (((CpuState *) state)->data, bytes, sen_state_bytes (state));
  return true;
}

/* --- Programs -------------------------------------------------------------------------------------------------------------------- */

static void
cpu_program_free (SenProgram *base)
{
  CpuProgram *program = (CpuProgram *) base;
  CpuDevice *cpu = (CpuDevice *) base->device;
  for (uint32_t i = 0; program->own != NULL && i < sen_plan_n_tensors (base->plan); i++)
    free (program->own[i]);
  for (uint32_t i = 0; program->threads != NULL && i < sen_pool_n_threads (cpu->pool); i++)
    {
      for (int j = 0; j < SEN_ITEM_TILES; j++)
        {
          free (program->threads[i].tiles[j].code);
          free (program->threads[i].tiles[j].scale);
          free (program->threads[i].tiles[j].offset);
        }
      free (program->threads[i].wide_tiles);
      free (program->threads[i].sums);
      free (program->threads[i].row);
      free (program->threads[i].attend);
      free (program->threads[i].listed);
    }
  g_free (program->threads);
  free (program->normed);
  free (program->second);
  free (program->q8.q);
  free (program->q8.low);
  free (program->q8.d);
  free (program->q8.sum16);
  free (program->q8.sum32);
  free (program->q8.wide);
  free (program->stretches);
  free (program->arena);
  g_free (program->own);
  g_free (program->own_bytes);
  g_free (program->ops);
  g_free (program);
}

/* The memory of a tensor: its weight, its cache, a buffer of its own, or its place in the arena. */
static bool
resolve (CpuProgram *program, SenTensor tensor, void **address, const SenTensorInfo **info, GError **error)
{
  *address = NULL;
  *info = NULL;
  if (tensor == SEN_NO_TENSOR)
    return true;

  *info = sen_plan_tensor (program->base.plan, tensor);
  switch ((*info)->role)
    {
    case SEN_ROLE_WEIGHT:
      *address = (void *) (*info)->weight->data;
      return true;
    case SEN_ROLE_STATE:
      *address = ((CpuState *) (*info)->state)->data;
      return true;
    case SEN_ROLE_SCRATCH:
      *address = program->arena + (*info)->offset;
      return true;
    case SEN_ROLE_INPUT:
    case SEN_ROLE_OUTPUT:
      break;
    }
  if (program->own[tensor] == NULL)
    {
      program->own_bytes[tensor] = (size_t) (*info)->n_row * sen_type_row_bytes ((*info)->type, (*info)->n_col);
      program->own[tensor] = allocate (program->own_bytes[tensor], error);
    }
  *address = program->own[tensor];
  return *address != NULL;
}

/* The largest demands that any op makes. */
typedef struct {
  uint32_t n_in, head_dim;
  size_t   n_values, n_masks, n_second;   /* of the inputs of linear ops, and of their second products */
  size_t   n_stretch_floats, n_listed_bytes;
} Demands;

static void
demand_linear (const BoundOp *bound, Demands *demands)
{
  const struct sen_linear_params *params = &bound->op->params.linear;
  size_t n_row = bound->in_info[SEN_LINEAR_X]->n_row;
  demands->n_in = MAX (demands->n_in, params->n_in);
  demands->n_values = MAX (demands->n_values, n_row * params->n_in);
  demands->n_masks = MAX (demands->n_masks, n_row * sen_q8_n_masks (params->n_in));
  if (params->act != SEN_ACT_NONE && params->n_weight == 2)
    demands->n_second = MAX (demands->n_second, n_row * bound->out_info[0]->n_col);
}

static bool
bind_ops (CpuProgram *program, Demands *demands, GError **error)
{
  for (uint32_t i = 0; i < program->base.n; i++)
    {
      BoundOp *bound = &program->ops[i];
      bound->op = sen_plan_op (program->base.plan, program->base.first + i);
      for (int j = 0; j < SEN_OP_MAX_IN; j++)
        {
          if (!resolve (program, bound->op->in[j], &bound->in[j], &bound->in_info[j], error))
            return false;
          if (bound->in_info[j] != NULL && bound->in_info[j]->role == SEN_ROLE_STATE)
            bound->kv_type = sen_state_type (bound->in_info[j]->state);
        }
      for (int j = 0; j < SEN_OP_MAX_OUT; j++)
        if (!resolve (program, bound->op->out[j], &bound->out[j], &bound->out_info[j], error))
          return false;

      if (bound->op->kind == SEN_OP_LINEAR)
        demand_linear (bound, demands);
      else if (bound->op->kind == SEN_OP_ATTENTION)
        {
          const struct sen_attention_params *p = &bound->op->params.attention;
          size_t n_floats = (size_t) p->n_head * sen_cpu_n_stretches (p->n_ctx) * (p->head_dim + 2);
          demands->head_dim = MAX (demands->head_dim, p->head_dim);
          demands->n_stretch_floats = MAX (demands->n_stretch_floats, n_floats);
        }
      else if (bound->op->kind == SEN_OP_ATTENTION_CELLS)
        {
          const struct sen_attention_cells_params *p = &bound->op->params.attention_cells;
          size_t n_bytes = 2 * (size_t) p->n_cell * sen_type_row_bytes (bound->kv_type, p->attention.head_dim);
          demands->head_dim = MAX (demands->head_dim, p->attention.head_dim);
          demands->n_listed_bytes = MAX (demands->n_listed_bytes, n_bytes);
        }
      else if (bound->op->kind == SEN_OP_ATTENTION_ROWS)
        demands->n_in = MAX (demands->n_in, SEN_TAP_KEYS * bound->op->params.attention_rows.attention.head_dim);
    }
  return true;
}

static bool
allocate_scratch (CpuProgram *program, CpuDevice *cpu, const Demands *demands, GError **error)
{
  size_t n = demands->n_values, lanes = cpu->kernels != NULL ? cpu->kernels->tile_rows : 0;
  if (cpu->kernels == NULL)
    return true;

#define TAKE(pointer, n_elems) (((pointer) = allocate ((n_elems) * sizeof *(pointer), error)) != NULL)
  if (!TAKE (program->normed, n) || !TAKE (program->q8.q, n) || !TAKE (program->q8.low, n) || !TAKE (program->q8.d, n / 32 + 1)
      || !TAKE (program->q8.sum16, n / 16 + 1) || !TAKE (program->q8.sum32, n / 32 + 1)
      || !TAKE (program->q8.wide, demands->n_masks)
      || !TAKE (program->stretches, demands->n_stretch_floats)
      || !TAKE (program->second, demands->n_second))
    return false;
  for (uint32_t i = 0; i < sen_pool_n_threads (cpu->pool); i++)
    {
      ThreadScratch *thread = &program->threads[i];
      for (int j = 0; j < SEN_ITEM_TILES; j++)
        {
          SenTile *tile = &thread->tiles[j];
          if (!TAKE (tile->code, SEN_TILE_COLS * lanes) || !TAKE (tile->scale, SEN_TILE_COLS / 16 * lanes)
              || !TAKE (tile->offset, SEN_TILE_COLS / 16 * lanes))
            return false;
        }
      if (!TAKE (thread->wide_tiles, SEN_ITEM_TILES * SEN_WIDE_TILE_COLS * lanes)
          || !TAKE (thread->sums, 2 * SEN_BLOCK_TOKENS * SEN_ITEM_TILES * lanes)
          || !TAKE (thread->row, MAX (demands->n_in, 2 * lanes * SEN_WIDE_TILE_COLS))
          || !TAKE (thread->listed, demands->n_listed_bytes)
          || !TAKE (thread->attend, sen_attend_scratch_floats (demands->head_dim)))
        return false;
    }
#undef TAKE
  return true;
}

static SenProgram *
cpu_compile (SenDevice *device, const SenPlan *plan, uint32_t first, uint32_t n, GError **error)
{
  CpuDevice *cpu = (CpuDevice *) device;
  CpuProgram *program = g_new0 (CpuProgram, 1);
  Demands demands = { 0 };
  /* The head is filled by sen_device_compile() on success; what freeing needs must be there before. */
  program->base = (SenProgram) { .device = device, .plan = plan, .first = first, .n = n };
  program->ops = g_new0 (BoundOp, n);
  program->own = g_new0 (void *, sen_plan_n_tensors (plan));
  program->own_bytes = g_new0 (size_t, sen_plan_n_tensors (plan));
  program->threads = g_new0 (ThreadScratch, sen_pool_n_threads (cpu->pool));
  program->arena = allocate (sen_plan_arena_bytes (plan), error);
  if (program->arena == NULL || !bind_ops (program, &demands, error) || !allocate_scratch (program, cpu, &demands, error))
    {
      cpu_program_free (&program->base);
      return NULL;
    }
  return &program->base;
}

/* Host access to an input, an output, or scratch that crosses the edge of the range. */
static void *
find_memory (CpuProgram *program, SenTensor tensor, size_t n_bytes)
{
  const SenTensorInfo *info = sen_plan_tensor (program->base.plan, tensor);
  g_return_val_if_fail (n_bytes <= (size_t) info->n_row * sen_type_row_bytes (info->type, info->n_col), NULL);
  return info->role == SEN_ROLE_SCRATCH ? program->arena + info->offset : program->own[tensor];
}

static bool
cpu_program_write (SenProgram *base, SenTensor tensor, const void *data, size_t n_bytes, GError **error)
{
  void *memory = find_memory ((CpuProgram *) base, tensor, n_bytes);
  g_return_val_if_fail (memory != NULL, false);
  memcpy (memory, data, n_bytes);
  return true;
}

static bool
cpu_program_read (SenProgram *base, SenTensor tensor, void *data, size_t n_bytes, GError **error)
{
  const void *memory = find_memory ((CpuProgram *) base, tensor, n_bytes);
  g_return_val_if_fail (memory != NULL, false);
  memcpy (data, memory, n_bytes);
  return true;
}

static bool
cpu_program_run (SenProgram *base, const struct sen_step *step, SenCancel *cancel, GError **error)
{
  CpuProgram *program = (CpuProgram *) base;
  bool is_reference = ((CpuDevice *) base->device)->isa == SEN_ISA_REFERENCE;
  for (uint32_t i = 0; i < base->n; i++)
    {
      if (sen_cancel_requested (cancel))
        {
          g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
          return false;
        }
      if (is_reference)
        sen_reference_run_op (&program->ops[i], step);
      else
        sen_cpu_run_op (program, &program->ops[i], step);
    }
  return true;
}

static const SenDeviceClass cpu_class = {
  .free = cpu_free,
  .weight_bytes = cpu_weight_bytes,
  .budget_bytes = cpu_budget_bytes,
  .bind_weights = cpu_bind_weights,
  .unbind_weights = cpu_unbind_weights,
  .state_new = cpu_state_new,
  .state_free = cpu_state_free,
  .state_write = cpu_state_write,
  .compile = cpu_compile,
  .program_free = cpu_program_free,
  .program_write = cpu_program_write,
  .program_run = cpu_program_run,
  .program_read = cpu_program_read,
};

/* --- Making one ------------------------------------------------------------------------------------------------------------------ */

static char *
read_processor_name (void)
{
  g_autofree char *text = NULL;
  const char *line;
  if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL) && (line = strstr (text, "model name")) != NULL
      && (line = strchr (line, ':')) != NULL)
    return g_strstrip (g_strndup (line + 1, strcspn (line + 1, "\n")));
  return g_strdup ("CPU");
}

SenDevice *
sen_cpu_device_new (const SenCpuParams *params, GError **error)
{
  SenIsa isa;
  if (!sen_isa_choose (params->isa, &isa, error))
    return NULL;

  uint32_t n_threads = params->n_threads != 0 ? params->n_threads
    : sen_pool_count_processors ("/sys/fs/cgroup", "/proc/self/cgroup");
  if (isa == SEN_ISA_REFERENCE)
    n_threads = 1;
  CpuDevice *cpu = g_new0 (CpuDevice, 1);
  sen_device_init (&cpu->base, &cpu_class);
  cpu->isa = isa;
  cpu->kernels = sen_kernels_of (isa);
  cpu->pool = sen_pool_new (MIN (n_threads, 256));
  cpu->name = read_processor_name ();
  cpu->driver = g_strdup_printf ("%s kernels", sen_isa_name (isa));
  cpu->features = g_strdup (isa == SEN_ISA_AVX512    ? "avx512, vnni"
                            : isa == SEN_ISA_AVXVNNI ? "avx2, vnni"
                                                     : sen_isa_name (isa));
  cpu->base.fusion = isa == SEN_ISA_REFERENCE ? SEN_FUSE_NONE
                                              : SEN_FUSE_SIBLINGS | SEN_FUSE_GLU | SEN_FUSE_RESIDUAL | SEN_FUSE_NORM
                                                | SEN_FUSE_ACTIVATE;
  cpu->base.info = (SenDeviceInfo) {
    .kind = SEN_DEVICE_CPU,
    .id = "cpu",
    .name = cpu->name,
    .driver = cpu->driver,
    .features = cpu->features,
    .n_threads = sen_pool_n_threads (cpu->pool),
    .memory_bytes = (uint64_t) sysconf (_SC_PHYS_PAGES) * (uint64_t) sysconf (_SC_PAGESIZE),
    .exact = params->exact || isa == SEN_ISA_REFERENCE,
  };
  return &cpu->base;
}
