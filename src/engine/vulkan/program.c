/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A program is command buffers recorded once. What changes from run to run lies in small host-visible buffers: the step,
 * the inputs, and the workgroup counts of every dispatch, which are indirect, so that a short batch does not pay for the
 * capacity. */
#include <string.h>

#include "pack.h"
#include "sen-error.h"
#include "vk.h"

/* Multiply-adds after which a command buffer ends, unless one op alone has more. How many of them go into one submission is
 * decided anew for each, by the pace: see pace.h. */
#define MACS_PER_COMMANDS 0.1e9

/* Beside SEN_VK_ROWS_TOKENS and SEN_VK_ROWS_OUT, which shaders know too. */
#define ROWS_TAPS 0xfffffffdu

typedef struct {
  uint32_t x;           /* workgroups along x */
  uint32_t rows;        /* what y counts: SEN_VK_ROWS_*, ROWS_TAPS or a number */
  uint32_t n_per_group; /* rows of one workgroup */
  double   macs;        /* of a full batch */
} Dispatch;

/* A command buffer and the dispatches in it. */
typedef struct {
  VkCommandBuffer commands;
  guint           first, end;
} Segment;

typedef struct {
  SenProgram       base;
  SenVkBuffer      arena, step, counts;
  SenVkBuffer      bytes, byte_scales;   /* activations as quantize.comp leaves them for the next linear op */
  SenVkBuffer     *own;              /* [n_tensors] inputs and outputs */
  VkDescriptorPool pool;
  GArray          *dispatches;       /* Dispatch */
  GArray          *segments;         /* Segment */
  GArray          *views;            /* VkBufferView */
  VkCommandBuffer  recording;
  double           macs;             /* in the command buffer being recorded */
  SenVkPace        pace;
  uint32_t         max_dispatches;
} VkProgram;

static SenVkDevice *
device_of (VkProgram *program)
{
  return (SenVkDevice *) program->base.device;
}

/* --- Operands -------------------------------------------------------------------------------------------------------------------- */

static size_t
tensor_bytes (const SenTensorInfo *info)
{
  return (size_t) info->n_row * sen_type_row_bytes (info->type, info->n_col);
}

static bool
is_own (const SenTensorInfo *info)
{
  return info->role == SEN_ROLE_INPUT || info->role == SEN_ROLE_OUTPUT;
}

static bool
allocate_own (VkProgram *program, SenTensor tensor, GError **error)
{
  if (tensor == SEN_NO_TENSOR)
    return true;
  const SenTensorInfo *info = sen_plan_tensor (program->base.plan, tensor);
  if (!is_own (info) || program->own[tensor].buffer != VK_NULL_HANDLE)
    return true;
  return sen_vk_buffer_new (device_of (program), tensor_bytes (info),
                            info->role == SEN_ROLE_INPUT ? SEN_VK_TO_DEVICE : SEN_VK_FROM_DEVICE, &program->own[tensor], error);
}

/* Scratch lies in one arena, of which an op binds what it needs. */
static bool
check_scratch (VkProgram *program, SenTensor tensor, GError **error)
{
  if (tensor == SEN_NO_TENSOR)
    return true;
  SenVkDevice *device = device_of (program);
  const SenTensorInfo *info = sen_plan_tensor (program->base.plan, tensor);
  if (info->role != SEN_ROLE_SCRATCH || tensor_bytes (info) <= device->max_binding_bytes)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY, "a step takes %" G_GUINT64_FORMAT " MiB at once, and %s binds %" G_GUINT64_FORMAT
               " MiB at most", (uint64_t) tensor_bytes (info) >> 20, device->name, (uint64_t) device->max_binding_bytes >> 20);
  return false;
}

static bool
allocate_buffers (VkProgram *program, GError **error)
{
  const SenPlan *plan = program->base.plan;
  for (uint32_t i = 0; i < program->base.n; i++)
    {
      const SenOp *op = sen_plan_op (plan, program->base.first + i);
      for (int j = 0; j < SEN_OP_MAX_IN; j++)
        if (!check_scratch (program, op->in[j], error) || !allocate_own (program, op->in[j], error))
          return false;
      for (int j = 0; j < SEN_OP_MAX_OUT; j++)
        if (!check_scratch (program, op->out[j], error) || !allocate_own (program, op->out[j], error))
          return false;
    }
  return sen_vk_buffer_new (device_of (program), sen_plan_arena_bytes (plan), SEN_VK_ON_DEVICE, &program->arena, error)
         && sen_vk_buffer_new (device_of (program), sizeof (struct sen_step), SEN_VK_TO_DEVICE, &program->step, error);
}

/* Where an operand lies; weights by their block. */
static VkDescriptorBufferInfo
operand (VkProgram *program, SenTensor tensor)
{
  SenVkDevice *device = device_of (program);
  if (tensor == SEN_NO_TENSOR)
    return (VkDescriptorBufferInfo) { device->dummy.buffer, 0, VK_WHOLE_SIZE };
  const SenTensorInfo *info = sen_plan_tensor (program->base.plan, tensor);
  switch (info->role)
    {
    case SEN_ROLE_SCRATCH:
      return (VkDescriptorBufferInfo) { program->arena.buffer, info->offset, tensor_bytes (info) };
    case SEN_ROLE_STATE:
      return (VkDescriptorBufferInfo) { ((SenVkState *) info->state)->buffer.buffer, 0, VK_WHOLE_SIZE };
    case SEN_ROLE_WEIGHT:
      {
        const SenVkWeight *weight = g_hash_table_lookup (device->weights, info->weight);
        return (VkDescriptorBufferInfo) { weight->blocks[0].buffer.buffer, 0, VK_WHOLE_SIZE };
      }
    case SEN_ROLE_INPUT:
    case SEN_ROLE_OUTPUT:
      break;
    }
  return (VkDescriptorBufferInfo) { program->own[tensor].buffer, 0, VK_WHOLE_SIZE };
}

/* --- Recording -------------------------------------------------------------------------------------------------------------------- */

/* Operands by binding; what is not set is the dummy. */
typedef struct {
  VkDescriptorBufferInfo binding[SEN_VK_N_BINDINGS];
  uint32_t               texels;   /* bit i: binding i is read as texels too */
} Operands;

static Operands
no_operands (VkProgram *program)
{
  Operands operands = { .texels = 0 };
  for (int i = 0; i < SEN_VK_N_BINDINGS; i++)
    operands.binding[i] = operand (program, SEN_NO_TENSOR);
  operands.binding[SEN_VK_STEP_BINDING] = (VkDescriptorBufferInfo) { program->step.buffer, 0, VK_WHOLE_SIZE };
  return operands;
}

/* Binding @i as texels; the view lives as long as the program. */
static VkBufferView
make_view (VkProgram *program, const VkDescriptorBufferInfo *region, uint32_t i, GError **error)
{
  static const struct { VkFormat format; uint32_t n_bytes; } texels[SEN_VK_N_TEXELS] = {
    { VK_FORMAT_R32G32B32A32_SFLOAT, 16 }, { VK_FORMAT_R32G32B32A32_UINT, 16 }, { VK_FORMAT_R32G32B32A32_UINT, 16 },
    { VK_FORMAT_R32_UINT, 4 },
  };
  SenVkDevice *device = device_of (program);
  const VkBufferViewCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
    .buffer = region->buffer,
    .format = texels[i].format,
    .offset = region->offset,
    .range = region->range == VK_WHOLE_SIZE ? VK_WHOLE_SIZE : MAX (region->range / texels[i].n_bytes, 1) * texels[i].n_bytes,
  };
  VkBufferView view = VK_NULL_HANDLE;
  VkResult result = device->CreateBufferView (device->device, &info, NULL, &view);
  if (result == VK_SUCCESS)
    g_array_append_val (program->views, view);
  else
    sen_vk_fail (device, result, "binding buffers", error);
  return view;
}

static VkDescriptorSet
make_set (VkProgram *program, const Operands *operands, GError **error)
{
  SenVkDevice *device = device_of (program);
  VkDescriptorSet set = VK_NULL_HANDLE;
  const VkDescriptorSetAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
    .descriptorPool = program->pool,
    .descriptorSetCount = 1,
    .pSetLayouts = &device->set_layout,
  };
  VkResult result = device->AllocateDescriptorSets (device->device, &info, &set);
  if (result != VK_SUCCESS)
    {
      sen_vk_fail (device, result, "binding buffers", error);
      return VK_NULL_HANDLE;
    }
  VkWriteDescriptorSet writes[SEN_VK_N_BINDINGS + SEN_VK_N_TEXELS];
  VkBufferView views[SEN_VK_N_TEXELS];
  uint32_t n = 0;
  for (uint32_t i = 0; i < SEN_VK_N_BINDINGS; i++)
    writes[n++] = (VkWriteDescriptorSet) {
      .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = set, .dstBinding = i, .descriptorCount = 1,
      .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .pBufferInfo = &operands->binding[i],
    };
  for (uint32_t i = 0; i < SEN_VK_N_TEXELS; i++)
    {
      if ((operands->texels >> i & 1) == 0)
        continue;
      views[i] = make_view (program, &operands->binding[i], i, error);
      if (views[i] == VK_NULL_HANDLE)
        return VK_NULL_HANDLE;
      writes[n++] = (VkWriteDescriptorSet) {
        .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = set, .dstBinding = SEN_VK_TEXELS + i, .descriptorCount = 1,
        .descriptorType = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, .pTexelBufferView = &views[i],
      };
    }
  device->UpdateDescriptorSets (device->device, n, writes, 0, NULL);
  return set;
}

static bool
end_recording (VkProgram *program, GError **error)
{
  SenVkDevice *device = device_of (program);
  if (program->recording == VK_NULL_HANDLE)
    return true;
  sen_vk_show_host (device, program->recording);
  VkResult result = device->EndCommandBuffer (program->recording);
  g_array_index (program->segments, Segment, program->segments->len - 1).end = program->dispatches->len;
  program->recording = VK_NULL_HANDLE;
  program->macs = 0.0;
  return result == VK_SUCCESS || sen_vk_fail (device, result, "recording", error);
}

/* Records one dispatch that waits for all before it. */
static bool
dispatch (VkProgram *program, SenShader shader, uint32_t specialization, const Operands *operands, const void *push,
          uint32_t push_bytes, Dispatch entry, GError **error)
{
  SenVkDevice *device = device_of (program);
  VkPipeline pipeline = sen_vk_pipeline (device, shader, specialization, error);
  VkDescriptorSet set = pipeline != VK_NULL_HANDLE ? make_set (program, operands, error) : VK_NULL_HANDLE;
  if (set == VK_NULL_HANDLE)
    return false;

  if (program->macs > 0.0 && program->macs + entry.macs > MACS_PER_COMMANDS && !end_recording (program, error))
    return false;
  if (program->recording == VK_NULL_HANDLE)
    {
      program->recording = sen_vk_begin (device, error);
      if (program->recording == VK_NULL_HANDLE)
        return false;
      const Segment segment = { .commands = program->recording, .first = program->dispatches->len };
      g_array_append_val (program->segments, segment);
    }
  program->macs += entry.macs;

  const VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_HOST_WRITE_BIT,
    .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT,
  };
  device->CmdPipelineBarrier (program->recording, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_HOST_BIT,
                              VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
  device->CmdBindPipeline (program->recording, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
  device->CmdBindDescriptorSets (program->recording, VK_PIPELINE_BIND_POINT_COMPUTE, device->pipeline_layout, 0, 1, &set, 0, NULL);
  device->CmdPushConstants (program->recording, device->pipeline_layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, push_bytes, push);
  device->CmdDispatchIndirect (program->recording, program->counts.buffer,
                               program->dispatches->len * sizeof (VkDispatchIndirectCommand));
  g_array_append_val (program->dispatches, entry);
  return true;
}

static uint32_t
groups (uint32_t n_lanes)
{
  return (n_lanes + SEN_VK_LANES - 1) / SEN_VK_LANES;
}

/* How shaders and dispatches count the live rows of a tensor. */
static uint32_t
rows_of (VkProgram *program, SenTensor tensor)
{
  const SenTensorInfo *info = sen_plan_tensor (program->base.plan, tensor);
  return info->rows == SEN_ROWS_TOKENS ? SEN_VK_ROWS_TOKENS : info->rows == SEN_ROWS_OUT ? SEN_VK_ROWS_OUT : info->n_row;
}

static void
bind_block (Operands *operands, const SenVkWeightBlock *block)
{
  VkBuffer buffer = block->buffer.buffer;
  operands->binding[1] = (VkDescriptorBufferInfo) { buffer, 0, MAX (block->scales_offset, 16) };
  /* Regions a format does not have would be empty; the shader never looks, but a binding must have a size. */
  bool has_scales = block->factors_offset > block->scales_offset;
  bool has_factors = block->buffer.n_bytes > block->factors_offset;
  operands->binding[2] = (VkDescriptorBufferInfo) {
    buffer, has_scales ? block->scales_offset : 0, has_scales ? block->factors_offset - block->scales_offset : 16,
  };
  operands->binding[3] = (VkDescriptorBufferInfo) { buffer, has_factors ? block->factors_offset : 0, has_factors ? VK_WHOLE_SIZE : 16 };
}

/* Many tokens meet quantized weights as bytes where the device is good at that. */
static bool
takes_bytes (VkProgram *program, const SenOp *op)
{
  const SenWeight *weight = sen_plan_tensor (program->base.plan, op->in[SEN_LINEAR_W0])->weight;
  return device_of (program)->has_dot8 && sen_plan_tensor (program->base.plan, op->in[SEN_LINEAR_X])->n_row > 1
         && sen_type_info (weight->type)->is_quantized && weight->n_col % SEN_VK_BLOCK_COLS == 0;
}

/* Room for the bytes and scales of the largest input of a linear op that takes them. */
static bool
allocate_bytes (VkProgram *program, GError **error)
{
  VkDeviceSize n_values = 0;
  for (uint32_t i = 0; i < program->base.n; i++)
    {
      const SenOp *op = sen_plan_op (program->base.plan, program->base.first + i);
      if (op->kind != SEN_OP_LINEAR || !takes_bytes (program, op))
        continue;
      const SenTensorInfo *x = sen_plan_tensor (program->base.plan, op->in[SEN_LINEAR_X]);
      n_values = MAX (n_values, (VkDeviceSize) x->n_row * x->n_col);
    }
  return n_values == 0
         || (sen_vk_buffer_new (device_of (program), n_values, SEN_VK_ON_DEVICE, &program->bytes, error)
             && sen_vk_buffer_new (device_of (program), n_values / SEN_VK_BLOCK_COLS * 16, SEN_VK_ON_DEVICE, &program->byte_scales, error));
}

static bool
record_quantize (VkProgram *program, const SenOp *op, GError **error)
{
  const SenTensorInfo *x = sen_plan_tensor (program->base.plan, op->in[SEN_LINEAR_X]);
  SenType type = sen_plan_tensor (program->base.plan, op->in[SEN_LINEAR_W0])->weight->type;
  const struct sen_vk_elements_push push = { .n_col = x->n_col, .rows = rows_of (program, op->in[SEN_LINEAR_X]) };
  Operands operands = no_operands (program);
  operands.binding[0] = operand (program, op->in[SEN_LINEAR_X]);
  operands.binding[5].buffer = program->bytes.buffer;
  operands.binding[6].buffer = program->byte_scales.buffer;
  return dispatch (program, SEN_SHADER_QUANTIZE, sen_vk_has_nibbles (sen_vk_storage (type)) ? SEN_VK_FOR_NIBBLES : 0, &operands,
                   &push, sizeof push, (Dispatch) { groups (x->n_col / 4), push.rows, 1 }, error);
}

static SenShader
choose_linear (SenVkDevice *device, const SenWeight *weight, bool takes_bytes, bool many_tokens)
{
  SenVkStorage storage = sen_vk_storage (weight->type);
  if (takes_bytes)
    return SEN_SHADER_LINEAR_DOT8_S4 + (storage - SEN_VK_S4);
  if (device->has_fp16 && many_tokens && weight->n_col % SEN_VK_BLOCK_COLS == 0)
    return SEN_SHADER_LINEAR_FP16_F32 + storage;
  if (device->has_texels)
    return SEN_SHADER_LINEAR_TEXELS_F32 + storage;
  return (device->has_subgroups ? SEN_SHADER_LINEAR_SUBGROUP_F32 : SEN_SHADER_LINEAR_F32) + storage;
}

static bool
record_linear (VkProgram *program, const SenOp *op, GError **error)
{
  SenVkDevice *device = device_of (program);
  const SenTensorInfo *x = sen_plan_tensor (program->base.plan, op->in[SEN_LINEAR_X]);
  const SenWeight *weight = sen_plan_tensor (program->base.plan, op->in[SEN_LINEAR_W0])->weight;
  const SenVkWeight *bound = g_hash_table_lookup (device->weights, weight);
  bool many = x->n_row > 1, bytes = takes_bytes (program, op);
  SenShader shader = choose_linear (device, weight, bytes, many);
  bool has_texels = shader >= SEN_SHADER_LINEAR_TEXELS_F32 && shader < SEN_SHADER_LINEAR_FP16_F32;
  bool sliced = !many && !device->is_narrow, paired = has_texels || (device->is_narrow && shader < SEN_SHADER_LINEAR_FP16_F32);
  uint32_t specialization = bytes ? 0
    : (many ? SEN_VK_EIGHT_TOKENS : 0) | (weight->n_col % SEN_VK_BLOCK_COLS != 0 ? SEN_VK_TAIL : 0)
      | (paired ? SEN_VK_PAIRED : 0) | (sliced ? SEN_VK_SLICED : 0) | (sen_vk_is_vector (weight) ? SEN_VK_ONE_ROW : 0);
  uint32_t rows_per_group = sliced ? SEN_VK_TILE_ROWS : paired ? 2 * SEN_VK_LANES : SEN_VK_LANES;
  if (bytes && !record_quantize (program, op, error))
    return false;

  for (uint32_t i = 0; i < bound->n_blocks; i++)
    {
      const SenVkWeightBlock *block = &bound->blocks[i];
      const struct sen_vk_linear_push push = {
        .n_in = weight->n_col,
        .n_row = weight->n_row,
        .first_row = block->first_row,
        .n_row_here = block->n_row,
        .n_block = (weight->n_col + SEN_VK_BLOCK_COLS - 1) / SEN_VK_BLOCK_COLS,
        .rows = rows_of (program, op->in[SEN_LINEAR_X]),
        .has_bias = op->in[SEN_LINEAR_B0] != SEN_NO_TENSOR,
        .zero = sen_vk_packed_zero (weight->type) + (device->break_kernel ? 1 : 0),
      };
      Operands operands = no_operands (program);
      operands.binding[0] = operand (program, op->in[SEN_LINEAR_X]);
      if (bytes)
        {
          operands.binding[0] = (VkDescriptorBufferInfo) { program->bytes.buffer, 0, VK_WHOLE_SIZE };
          operands.binding[6] = (VkDescriptorBufferInfo) { program->byte_scales.buffer, 0, VK_WHOLE_SIZE };
        }
      bind_block (&operands, block);
      operands.texels = has_texels ? 0xf : 0;
      operands.binding[4] = operand (program, op->in[SEN_LINEAR_B0]);
      operands.binding[5] = operand (program, op->out[0]);
      if (!dispatch (program, shader, specialization, &operands, &push, sizeof push,
                     (Dispatch) {
                       (block->n_row + rows_per_group - 1) / rows_per_group, push.rows, many ? SEN_VK_TOKENS_PER_GROUP : 1,
                       (double) block->n_row * weight->n_col * x->n_row,
                     }, error))
        return false;
    }
  return true;
}

static bool
record_embed (VkProgram *program, const SenOp *op, GError **error)
{
  SenVkDevice *device = device_of (program);
  const SenWeight *table = sen_plan_tensor (program->base.plan, op->in[1])->weight;
  const SenVkWeight *bound = g_hash_table_lookup (device->weights, table);
  for (uint32_t i = 0; i < bound->n_blocks; i++)
    {
      const SenVkWeightBlock *block = &bound->blocks[i];
      const struct sen_vk_embed_push push = {
        .rows = rows_of (program, op->in[0]),
        .n_col = table->n_col,
        .n_block = (table->n_col + SEN_VK_BLOCK_COLS - 1) / SEN_VK_BLOCK_COLS,
        .first_row = block->first_row,
        .n_row = block->n_row,
        .scale = op->params.embed.scale,
        .zero = sen_vk_packed_zero (table->type),
      };
      Operands operands = no_operands (program);
      operands.binding[0] = operand (program, op->in[0]);
      bind_block (&operands, block);
      operands.binding[4] = operand (program, op->in[2]);
      operands.binding[5] = operand (program, op->out[0]);
      if (!dispatch (program, SEN_SHADER_EMBED_F32 + sen_vk_storage (table->type),
                     sen_vk_is_vector (table) ? SEN_VK_ONE_ROW : 0, &operands, &push, sizeof push,
                     (Dispatch) { groups (push.n_block), push.rows, 1 }, error))
        return false;
    }
  return true;
}

static bool
record_elements (VkProgram *program, const SenOp *op, SenShader shader, uint32_t n_col, uint32_t act, GError **error)
{
  const struct sen_vk_elements_push push = { .n_col = n_col, .act = act, .rows = rows_of (program, op->out[0]) };
  Operands operands = no_operands (program);
  operands.binding[0] = operand (program, op->in[0]);
  operands.binding[1] = operand (program, op->in[1]);
  operands.binding[5] = operand (program, op->out[0]);
  return dispatch (program, shader, 0, &operands, &push, sizeof push, (Dispatch) { groups (n_col), push.rows, 1 }, error);
}

static bool
record_attention (VkProgram *program, const SenOp *op, GError **error)
{
  SenVkDevice *device = device_of (program);
  bool is_rows = op->kind == SEN_OP_ATTENTION_ROWS;
  const struct sen_attention_params *p = is_rows ? &op->params.attention_rows.attention : &op->params.attention;
  const SenState *k = sen_plan_tensor (program->base.plan, op->in[1])->state;
  uint32_t is_f16 = sen_state_type (k) == SEN_TYPE_F16;
  Operands operands = no_operands (program);
  operands.binding[0] = operand (program, op->in[0]);
  operands.binding[1] = operand (program, op->in[1]);
  operands.binding[2] = operand (program, op->in[2]);
  operands.binding[5] = operand (program, op->out[0]);
  if (is_rows)
    return dispatch (program, SEN_SHADER_ATTENTION_ROWS, is_f16, &operands, &op->params.attention_rows,
                     sizeof op->params.attention_rows, (Dispatch) { op->params.attention_rows.n_head_tapped, ROWS_TAPS, 1 }, error);
  uint32_t unit = is_f16 ? 8 : 4, n_hold = (p->head_dim + 31) / 32;
  SenShader shader = SEN_SHADER_ATTENTION;
  uint32_t specialization = is_f16;
  if (device->has_subgroups && p->head_dim % unit == 0 && n_hold <= 8)
    {
      shader = device->has_texels ? SEN_SHADER_ATTENTION_TEXELS : SEN_SHADER_ATTENTION_SUBGROUP;
      specialization |= (n_hold - 1) << 1;
      operands.texels = device->has_texels ? 7 : 0;
    }
  double macs = 2.0 * p->n_head * p->head_dim * p->n_ctx * sen_plan_n_batch (program->base.plan);
  return dispatch (program, shader, specialization, &operands, p, sizeof *p,
                   (Dispatch) { p->n_head, rows_of (program, op->in[0]), 1, macs }, error);
}

static bool
record_attention_cells (VkProgram *program, const SenOp *op, GError **error)
{
  const struct sen_attention_cells_params *p = &op->params.attention_cells;
  const SenState *k = sen_plan_tensor (program->base.plan, op->in[1])->state;
  Operands operands = no_operands (program);
  operands.binding[0] = operand (program, op->in[0]);
  operands.binding[1] = operand (program, op->in[1]);
  operands.binding[2] = operand (program, op->in[2]);
  operands.binding[4] = operand (program, op->in[3]);
  operands.binding[5] = operand (program, op->out[0]);
  double macs = 2.0 * p->attention.n_head * p->attention.head_dim * p->n_cell * sen_plan_n_batch (program->base.plan);
  return dispatch (program, SEN_SHADER_ATTENTION_CELLS, sen_state_type (k) == SEN_TYPE_F16, &operands, p, sizeof *p,
                   (Dispatch) { p->attention.n_head, rows_of (program, op->in[0]), 1, macs }, error);
}

static bool
record_op (VkProgram *program, const SenOp *op, GError **error)
{
  Operands operands = no_operands (program);
  switch (op->kind)
    {
    case SEN_OP_EMBED:
      return record_embed (program, op, error);
    case SEN_OP_LINEAR:
      return record_linear (program, op, error);
    case SEN_OP_ADD:
      return record_elements (program, op, SEN_SHADER_ADD, op->params.add.n_col, 0, error);
    case SEN_OP_GLU:
      return record_elements (program, op, SEN_SHADER_GLU, op->params.glu.n_col, op->params.glu.act, error);
    case SEN_OP_ACTIVATE:
      return record_elements (program, op, SEN_SHADER_ACTIVATE, op->params.activate.n_col, op->params.activate.act, error);
    case SEN_OP_GATHER:
      return record_elements (program, op, SEN_SHADER_GATHER, op->params.gather.n_col, 0, error);
    case SEN_OP_ATTENTION_CELLS:
      return record_attention_cells (program, op, error);
    case SEN_OP_ATTENTION:
    case SEN_OP_ATTENTION_ROWS:
      return record_attention (program, op, error);
    case SEN_OP_RMS_NORM:
      {
        const struct sen_vk_rms_norm_push push = { .p = op->params.rms_norm, .rows = rows_of (program, op->out[0]) };
        operands.binding[0] = operand (program, op->in[0]);
        operands.binding[1] = operand (program, op->in[1]);
        operands.binding[5] = operand (program, op->out[0]);
        return dispatch (program, SEN_SHADER_RMS_NORM, 0, &operands, &push, sizeof push,
                         (Dispatch) { push.p.n_group, push.rows, 1 }, error);
      }
    case SEN_OP_LAYER_NORM:
      {
        const struct sen_vk_layer_norm_push push = { .p = op->params.layer_norm, .rows = rows_of (program, op->out[0]) };
        operands.binding[0] = operand (program, op->in[0]);
        operands.binding[1] = operand (program, op->in[1]);
        operands.binding[2] = operand (program, op->in[2]);
        operands.binding[5] = operand (program, op->out[0]);
        return dispatch (program, SEN_SHADER_LAYER_NORM, 0, &operands, &push, sizeof push, (Dispatch) { 1, push.rows, 1 }, error);
      }
    case SEN_OP_UNFOLD:
      {
        const struct sen_vk_unfold_push push = {
          .p = op->params.unfold, .rows = rows_of (program, op->out[0]), .rows_in = rows_of (program, op->in[0]),
        };
        operands.binding[0] = operand (program, op->in[0]);
        operands.binding[5] = operand (program, op->out[0]);
        return dispatch (program, SEN_SHADER_UNFOLD, 0, &operands, &push, sizeof push,
                         (Dispatch) { groups (push.p.n_tap * push.p.n_col), push.rows, 1 }, error);
      }
    case SEN_OP_ROPE:
      operands.binding[0] = operand (program, op->in[0]);
      operands.binding[1] = operand (program, op->in[1]);
      operands.binding[5] = operand (program, op->out[0]);
      return dispatch (program, SEN_SHADER_ROPE, 0, &operands, &op->params.rope, sizeof op->params.rope,
                       (Dispatch) { groups (op->params.rope.n_head * op->params.rope.head_dim / 2), SEN_VK_ROWS_TOKENS, 1 },
                       error);
    case SEN_OP_STORE:
      {
        const SenState *cache = sen_plan_tensor (program->base.plan, op->in[1])->state;
        operands.binding[0] = operand (program, op->in[0]);
        operands.binding[5] = operand (program, op->in[1]);
        return dispatch (program, SEN_SHADER_STORE, sen_state_type (cache) == SEN_TYPE_F16, &operands, &op->params.store,
                         sizeof op->params.store,
                         (Dispatch) { groups (op->params.store.n_head * op->params.store.head_dim / 2), SEN_VK_ROWS_TOKENS, 1 },
                         error);
      }
    case SEN_N_OPS:
      break;
    }
  return true;
}

/* --- Compiling ------------------------------------------------------------------------------------------------------------------- */

static uint32_t
count_dispatches (VkProgram *program)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < program->base.n; i++)
    {
      const SenOp *op = sen_plan_op (program->base.plan, program->base.first + i);
      int operand_index = op->kind == SEN_OP_LINEAR ? SEN_LINEAR_W0 : op->kind == SEN_OP_EMBED ? 1 : -1;
      const SenVkWeight *weight = operand_index < 0 ? NULL
        : g_hash_table_lookup (device_of (program)->weights,
                               sen_plan_tensor (program->base.plan, op->in[operand_index])->weight);
      n += weight != NULL ? weight->n_blocks : 1;
      if (op->kind == SEN_OP_LINEAR && takes_bytes (program, op))
        n++;
    }
  return n;
}

static bool
make_pool (VkProgram *program, GError **error)
{
  SenVkDevice *device = device_of (program);
  const VkDescriptorPoolSize sizes[] = {
    { VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, program->max_dispatches * SEN_VK_N_BINDINGS },
    { VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, program->max_dispatches * SEN_VK_N_TEXELS },
  };
  const VkDescriptorPoolCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
    .maxSets = program->max_dispatches,
    .poolSizeCount = G_N_ELEMENTS (sizes),
    .pPoolSizes = sizes,
  };
  VkResult result = device->CreateDescriptorPool (device->device, &info, NULL, &program->pool);
  return result == VK_SUCCESS || sen_vk_fail (device, result, "binding buffers", error);
}

SenProgram *
sen_vk_compile (SenDevice *base, const SenPlan *plan, uint32_t first, uint32_t n, GError **error)
{
  VkProgram *program = g_new0 (VkProgram, 1);
  /* The head is filled by sen_device_compile() on success; what freeing needs must be there before. */
  program->base = (SenProgram) { .device = base, .plan = plan, .first = first, .n = n };
  program->own = g_new0 (SenVkBuffer, sen_plan_n_tensors (plan));
  program->dispatches = g_array_new (FALSE, TRUE, sizeof (Dispatch));
  program->segments = g_array_new (FALSE, TRUE, sizeof (Segment));
  sen_vk_pace_init (&program->pace);
  program->views = g_array_new (FALSE, TRUE, sizeof (VkBufferView));
  program->max_dispatches = count_dispatches (program);

  bool ok = allocate_buffers (program, error)
            && sen_vk_buffer_new (device_of (program), program->max_dispatches * sizeof (VkDispatchIndirectCommand),
                                  SEN_VK_TO_DEVICE, &program->counts, error)
            && allocate_bytes (program, error) && make_pool (program, error);
  for (uint32_t i = 0; ok && i < n; i++)
    ok = record_op (program, sen_plan_op (plan, first + i), error);
  ok = ok && end_recording (program, error);
  if (ok)
    return &program->base;
  sen_vk_program_free (&program->base);
  return NULL;
}

void
sen_vk_program_free (SenProgram *base)
{
  VkProgram *program = (VkProgram *) base;
  SenVkDevice *device = device_of (program);
  for (guint i = 0; i < program->segments->len; i++)
    device->FreeCommandBuffers (device->device, device->command_pool, 1, &g_array_index (program->segments, Segment, i).commands);
  if (program->pool != VK_NULL_HANDLE)
    device->DestroyDescriptorPool (device->device, program->pool, NULL);
  for (guint i = 0; i < program->views->len; i++)
    device->DestroyBufferView (device->device, g_array_index (program->views, VkBufferView, i), NULL);
  for (uint32_t i = 0; i < sen_plan_n_tensors (base->plan); i++)
    sen_vk_buffer_clear (device, &program->own[i]);
  sen_vk_buffer_clear (device, &program->arena);
  sen_vk_buffer_clear (device, &program->step);
  sen_vk_buffer_clear (device, &program->counts);
  sen_vk_buffer_clear (device, &program->bytes);
  sen_vk_buffer_clear (device, &program->byte_scales);
  g_array_unref (program->dispatches);
  g_array_unref (program->segments);
  g_array_unref (program->views);
  g_free (program->own);
  g_free (program);
}

/* --- Running --------------------------------------------------------------------------------------------------------------------- */

bool
sen_vk_program_write (SenProgram *base, SenTensor tensor, const void *data, size_t n_bytes, GError **error)
{
  VkProgram *program = (VkProgram *) base;
  const SenTensorInfo *info = sen_plan_tensor (base->plan, tensor);
  g_return_val_if_fail (n_bytes <= tensor_bytes (info), false);
  if (is_own (info))
    {
      memcpy (program->own[tensor].mapped, data, n_bytes);
      return true;
    }
  return sen_vk_copy_to (device_of (program), &program->arena, info->offset, data, n_bytes, error);
}

bool
sen_vk_program_read (SenProgram *base, SenTensor tensor, void *data, size_t n_bytes, GError **error)
{
  VkProgram *program = (VkProgram *) base;
  const SenTensorInfo *info = sen_plan_tensor (base->plan, tensor);
  g_return_val_if_fail (n_bytes <= tensor_bytes (info), false);
  if (is_own (info))
    {
      memcpy (data, program->own[tensor].mapped, n_bytes);
      return true;
    }
  return sen_vk_copy_from (device_of (program), &program->arena, info->offset, data, n_bytes, error);
}

/* Rows of workgroups for this step. */
static uint32_t
count_groups (const Dispatch *entry, const struct sen_step *step)
{
  uint32_t n = entry->rows == SEN_VK_ROWS_TOKENS ? step->n_tokens
               : entry->rows == SEN_VK_ROWS_OUT  ? step->n_out
               : entry->rows == ROWS_TAPS        ? step->n_tap_row
                                                 : entry->rows;
  return (n + entry->n_per_group - 1) / entry->n_per_group;
}

/* What a full batch would be: the counts that Dispatch.macs is for. */
static struct sen_step
full_step (const VkProgram *program)
{
  const SenPlan *plan = program->base.plan;
  return (struct sen_step) { .n_tokens = sen_plan_n_batch (plan), .n_out = sen_plan_n_out_max (plan), .n_tap_row = 1 };
}

static double
count_macs (const VkProgram *program, const Segment *segment, const struct sen_step *step)
{
  const struct sen_step full = full_step (program);
  double macs = 0.0;
  for (guint i = segment->first; i < segment->end; i++)
    {
      const Dispatch *entry = &g_array_index (program->dispatches, Dispatch, i);
      macs += entry->macs * count_groups (entry, step) / MAX (count_groups (entry, &full), 1);
    }
  return macs;
}

uint32_t
sen_vk_program_max_tokens (SenProgram *base)
{
  const VkProgram *program = (const VkProgram *) base;
  const struct sen_step full = full_step (program);
  double largest = 0.0;   /* of one row of one op */
  for (guint i = 0; i < program->dispatches->len; i++)
    {
      const Dispatch *entry = &g_array_index (program->dispatches, Dispatch, i);
      uint32_t n_rows = entry->rows == SEN_VK_ROWS_OUT ? full.n_out : entry->rows == SEN_VK_ROWS_TOKENS ? full.n_tokens : 1;
      /* A single row of logits is not what a shorter batch could make shorter, nor are fixed rows. */
      if (n_rows > 1)
        largest = MAX (largest, entry->macs / n_rows);
    }
  return sen_vk_pace_max_tokens (&program->pace, largest);
}

/* As many segments from @first on as one submission may have, one at least; their multiply-adds. */
static guint
gather (const VkProgram *program, guint first, const struct sen_step *step, double *macs)
{
  double limit = sen_vk_pace_macs (&program->pace);
  *macs = 0.0;
  guint n = 0;
  for (; first + n < program->segments->len && n < SEN_VK_MAX_COMMANDS; n++)
    {
      double more = count_macs (program, &g_array_index (program->segments, Segment, first + n), step);
      if (n > 0 && *macs + more > limit)
        break;
      *macs += more;
    }
  return n;
}

bool
sen_vk_program_run (SenProgram *base, const struct sen_step *step, SenCancel *cancel, GError **error)
{
  VkProgram *program = (VkProgram *) base;
  VkDispatchIndirectCommand *counts = program->counts.mapped;
  for (guint i = 0; i < program->dispatches->len; i++)
    {
      const Dispatch *entry = &g_array_index (program->dispatches, Dispatch, i);
      counts[i] = (VkDispatchIndirectCommand) { entry->x, count_groups (entry, step), 1 };
    }
  memcpy (program->step.mapped, step, sizeof *step);

  for (guint i = 0; i < program->segments->len;)
    {
      if (sen_cancel_requested (cancel))
        {
          g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
          return false;
        }
      VkCommandBuffer commands[SEN_VK_MAX_COMMANDS];
      double macs;
      guint n = gather (program, i, step, &macs);
      for (guint j = 0; j < n; j++)
        commands[j] = g_array_index (program->segments, Segment, i + j).commands;
      gint64 start = g_get_monotonic_time ();
      if (!sen_vk_submit (device_of (program), commands, n, error))
        return false;
      sen_vk_pace_note (&program->pace, macs, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
      i += n;
    }
  return true;
}
