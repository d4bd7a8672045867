/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Rows of bytes that stay on the device: in parts, because a buffer binding has a largest size, and so that what grows is never copied.
 * Parts are as large as what is added first, so that a few rows take little memory. On their way up rows are laid side by side in tiles,
 * as weights are: the lanes of a tile load one line of memory together. Products are written where the host sees them, four bytes for each
 * row. */
#include <string.h>

#include "pace.h"
#include "params.h"
#include "sen-error.h"
#include "vk.h"

#define UNIT_BYTES 16u
#define MAX_GROUPS 65535u    /* of a dispatch, on any device */
#define MIN_PART_BYTES (1u << 20)

G_STATIC_ASSERT (SEN_SCAN_ROWS == SEN_VK_TILE_ROWS);

typedef struct {
  SenVkBuffer      rows, products;
  VkDescriptorPool pool;
  VkDescriptorSet  set;
} Part;

typedef struct {
  SenScan     base;
  SenVkBuffer query, query_staging;
  GArray     *parts;         /* Part; all but the last are full */
  uint32_t    part_rows;     /* a multiple of SEN_VK_TILE_ROWS; from the first rows on */
  SenVkPace   pace;
} VkScan;

static SenVkDevice *
device_of (const VkScan *scan)
{
  return (SenVkDevice *) scan->base.device;
}

static uint32_t
lanes_of (const SenVkDevice *device)
{
  return device->is_narrow ? SEN_VK_LANES : SEN_VK_WIDE_LANES;
}

/* Room for @n_rows at least, or for as many as a part can have. */
static uint32_t
choose_part_rows (const VkScan *scan, uint64_t n_rows)
{
  const SenVkDevice *device = device_of (scan);
  VkDeviceSize limit = MIN (MIN (device->max_binding_bytes, device->max_allocation_bytes), SEN_VK_BLOCK_WEIGHTS);
  uint64_t n_most = MIN (limit / scan->base.n_col, (uint64_t) MAX_GROUPS * lanes_of (device));
  uint64_t n = MAX (MIN_PART_BYTES / scan->base.n_col, 1);
  while (n < n_rows && n < n_most)
    n *= 2;
  return (uint32_t) MAX (MIN (n, n_most) / SEN_VK_TILE_ROWS, 1) * SEN_VK_TILE_ROWS;
}

/* --- Parts ------------------------------------------------------------------------------------------------------------------------ */

static void
part_clear (SenVkDevice *device, Part *part)
{
  if (part->pool != VK_NULL_HANDLE)
    device->DestroyDescriptorPool (device->device, part->pool, NULL);
  sen_vk_buffer_clear (device, &part->rows);
  sen_vk_buffer_clear (device, &part->products);
}

static bool
bind_part (VkScan *scan, Part *part, GError **error)
{
  SenVkDevice *device = device_of (scan);
  const VkDescriptorPoolSize sizes[] = {
    { VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, SEN_VK_N_BINDINGS }, { VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, SEN_VK_N_TEXELS },
  };
  const VkDescriptorPoolCreateInfo pool_info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
    .maxSets = 1,
    .poolSizeCount = G_N_ELEMENTS (sizes),
    .pPoolSizes = sizes,
  };
  VkResult result = device->CreateDescriptorPool (device->device, &pool_info, NULL, &part->pool);
  const VkDescriptorSetAllocateInfo set_info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
    .descriptorPool = part->pool,
    .descriptorSetCount = 1,
    .pSetLayouts = &device->set_layout,
  };
  if (result == VK_SUCCESS)
    result = device->AllocateDescriptorSets (device->device, &set_info, &part->set);
  if (result != VK_SUCCESS)
    return sen_vk_fail (device, result, "binding buffers", error);

  const struct { uint32_t binding; VkDescriptorBufferInfo info; } bindings[] = {
    { 0, { scan->query.buffer, 0, VK_WHOLE_SIZE } },
    { 1, { part->rows.buffer, 0, VK_WHOLE_SIZE } },
    { 5, { part->products.buffer, 0, VK_WHOLE_SIZE } },
  };
  VkWriteDescriptorSet writes[G_N_ELEMENTS (bindings)];
  for (uint32_t i = 0; i < G_N_ELEMENTS (bindings); i++)
    writes[i] = (VkWriteDescriptorSet) {
      .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = part->set, .dstBinding = bindings[i].binding, .descriptorCount = 1,
      .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .pBufferInfo = &bindings[i].info,
    };
  device->UpdateDescriptorSets (device->device, G_N_ELEMENTS (writes), writes, 0, NULL);
  return true;
}

static bool
add_part (VkScan *scan, GError **error)
{
  SenVkDevice *device = device_of (scan);
  VkDeviceSize rows_bytes = (VkDeviceSize) scan->part_rows * scan->base.n_col, products_bytes = scan->part_rows * sizeof (int32_t);
  Part part = { .set = VK_NULL_HANDLE };
  if (sen_vk_check_budget (device, rows_bytes + products_bytes, "searching", error)
      && sen_vk_buffer_new (device, rows_bytes, SEN_VK_ON_DEVICE, &part.rows, error)
      && sen_vk_buffer_new (device, products_bytes, SEN_VK_FROM_DEVICE, &part.products, error) && bind_part (scan, &part, error))
    {
      g_array_append_val (scan->parts, part);
      return true;
    }
  part_clear (device, &part);
  return false;
}

static void
drop_parts (VkScan *scan, guint n_left)
{
  for (guint i = n_left; i < scan->parts->len; i++)
    part_clear (device_of (scan), &g_array_index (scan->parts, Part, i));
  g_array_set_size (scan->parts, n_left);
}

SenScan *
sen_vk_scan_new (SenDevice *base, uint32_t n_col, GError **error)
{
  SenVkDevice *device = (SenVkDevice *) base;
  VkScan *scan = g_new0 (VkScan, 1);
  /* The head is filled by sen_scan_new() on success; what freeing needs must be there before. */
  scan->base = (SenScan) { .device = base, .n_col = n_col };
  scan->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  sen_vk_pace_init (&scan->pace);
  if (sen_vk_buffer_new (device, n_col, SEN_VK_ON_DEVICE, &scan->query, error)
      && sen_vk_buffer_new (device, n_col, SEN_VK_TO_DEVICE, &scan->query_staging, error))
    return &scan->base;
  sen_vk_scan_free (&scan->base);
  return NULL;
}

void
sen_vk_scan_free (SenScan *base)
{
  VkScan *scan = (VkScan *) base;
  drop_parts (scan, 0);
  sen_vk_buffer_clear (device_of (scan), &scan->query);
  sen_vk_buffer_clear (device_of (scan), &scan->query_staging);
  g_array_unref (scan->parts);
  g_free (scan);
}

/* --- Rows ------------------------------------------------------------------------------------------------------------------------- */

/* From rows one behind the other to units side by side, in the order of addresses: what is written may be far from the CPU's caches. */
static void
pack_tile (const int8_t *rows, uint32_t n_col, uint8_t *tile)
{
  for (uint32_t unit = 0; unit < n_col / UNIT_BYTES; unit++)
    for (uint32_t row = 0; row < SEN_VK_TILE_ROWS; row++, tile += UNIT_BYTES)
      memcpy (tile, rows + row * (size_t) n_col + unit * UNIT_BYTES, UNIT_BYTES);
}

static bool
upload (VkScan *scan, const int8_t *const *blocks, uint32_t block_rows, uint64_t n_rows, SenVkBuffer *staging, GError **error)
{
  uint32_t n_col = scan->base.n_col;
  uint64_t n;
  for (uint64_t done = 0; done < n_rows; done += n)
    {
      uint64_t at = scan->base.n_rows + done, in_part = at % scan->part_rows;
      n = MIN (MIN (n_rows - done, scan->part_rows - in_part), staging->n_bytes / n_col / SEN_VK_TILE_ROWS * SEN_VK_TILE_ROWS);
      for (uint64_t i = 0; i < n; i += SEN_VK_TILE_ROWS)
        {
          uint64_t row = done + i;
          pack_tile (blocks[row / block_rows] + row % block_rows * n_col, n_col, (uint8_t *) staging->mapped + i * n_col);
        }
      const Part *part = &g_array_index (scan->parts, Part, at / scan->part_rows);
      if (!sen_vk_copy (device_of (scan), staging->buffer, 0, part->rows.buffer, in_part * n_col, n * n_col, error))
        return false;
    }
  return true;
}

bool
sen_vk_scan_add (SenScan *base, const int8_t *const *blocks, uint32_t n_blocks, uint32_t block_rows, GError **error)
{
  VkScan *scan = (VkScan *) base;
  uint64_t n_rows = (uint64_t) n_blocks * block_rows;
  VkDeviceSize n_staging = MIN (n_rows * base->n_col, MAX (SEN_VK_STAGING_BYTES, base->n_col * SEN_VK_TILE_ROWS));
  guint n_parts = scan->parts->len;
  SenVkBuffer staging = { 0 };
  bool ok = true;
  if (n_parts == 0)
    scan->part_rows = choose_part_rows (scan, n_rows);
  while (ok && (uint64_t) scan->parts->len * scan->part_rows < base->n_rows + n_rows)
    ok = add_part (scan, error);
  if (ok && n_rows > 0)
    ok = sen_vk_buffer_new (device_of (scan), n_staging, SEN_VK_TO_DEVICE, &staging, error)
         && upload (scan, blocks, block_rows, n_rows, &staging, error);
  sen_vk_buffer_clear (device_of (scan), &staging);
  if (!ok)
    drop_parts (scan, n_parts);
  return ok;
}

/* --- Running ---------------------------------------------------------------------------------------------------------------------- */

static uint32_t
rows_of_part (const VkScan *scan, guint part)
{
  return (uint32_t) MIN (scan->base.n_rows - (uint64_t) part * scan->part_rows, scan->part_rows);
}

/* Brings the query up. Rows that were copied earlier are there for what comes behind, too. */
static void
record_query (VkScan *scan, VkCommandBuffer commands)
{
  SenVkDevice *device = device_of (scan);
  const VkBufferCopy region = { .size = scan->base.n_col };
  const VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT, .dstAccessMask = VK_ACCESS_SHADER_READ_BIT,
  };
  device->CmdCopyBuffer (commands, scan->query_staging.buffer, scan->query.buffer, 1, &region);
  device->CmdPipelineBarrier (commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0, NULL, 0,
                              NULL);
}

static void
record_part (VkScan *scan, VkPipeline pipeline, guint part, VkCommandBuffer commands)
{
  SenVkDevice *device = device_of (scan);
  uint32_t n_lanes = lanes_of (device);
  const struct sen_vk_scan_push push = {
    .n_row = rows_of_part (scan, part), .n_unit = scan->base.n_col / UNIT_BYTES - (device->break_kernel ? 1 : 0),
  };
  const VkDescriptorSet *set = &g_array_index (scan->parts, Part, part).set;
  device->CmdBindPipeline (commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
  device->CmdBindDescriptorSets (commands, VK_PIPELINE_BIND_POINT_COMPUTE, device->pipeline_layout, 0, 1, set, 0, NULL);
  device->CmdPushConstants (commands, device->pipeline_layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof push, &push);
  device->CmdDispatch (commands, (push.n_row + n_lanes - 1) / n_lanes, 1, 1);
}

/* One submission, of as many parts from *@part on as the pace allows, one at least. */
static bool
run_parts (VkScan *scan, VkPipeline pipeline, guint *part, GError **error)
{
  SenVkDevice *device = device_of (scan);
  guint first = *part, n_parts = (guint) ((scan->base.n_rows + scan->part_rows - 1) / scan->part_rows);
  double macs = 0.0, limit = sen_vk_pace_macs (&scan->pace);
  VkCommandBuffer commands = sen_vk_begin (device, error);
  if (commands == VK_NULL_HANDLE)
    return false;
  if (first == 0)
    record_query (scan, commands);
  for (; *part < n_parts; (*part)++)
    {
      double more = (double) rows_of_part (scan, *part) * scan->base.n_col;
      if (*part > first && macs + more > limit)
        break;
      record_part (scan, pipeline, *part, commands);
      macs += more;
    }
  sen_vk_show_host (device, commands);
  VkResult result = device->EndCommandBuffer (commands);
  gint64 start = g_get_monotonic_time ();
  bool ok = result == VK_SUCCESS ? sen_vk_submit (device, &commands, 1, error) : sen_vk_fail (device, result, "recording", error);
  if (ok)
    sen_vk_pace_note (&scan->pace, macs, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  device->FreeCommandBuffers (device->device, device->command_pool, 1, &commands);
  return ok;
}

bool
sen_vk_scan_run (SenScan *base, const int8_t *x, SenCancel *cancel, GError **error)
{
  VkScan *scan = (VkScan *) base;
  SenVkDevice *device = device_of (scan);
  VkPipeline pipeline = sen_vk_pipeline (device, device->has_dot8 ? SEN_SHADER_SCAN_DOT8 : SEN_SHADER_SCAN, 0, error);
  if (pipeline == VK_NULL_HANDLE)
    return false;
  memcpy (scan->query_staging.mapped, x, base->n_col);
  for (guint part = 0; (uint64_t) part * scan->part_rows < base->n_rows;)
    {
      if (sen_cancel_requested (cancel))
        {
          g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
          return false;
        }
      if (!run_parts (scan, pipeline, &part, error))
        return false;
    }
  return true;
}

void
sen_vk_scan_read (const SenScan *base, uint64_t first, uint32_t n, int32_t *products)
{
  const VkScan *scan = (const VkScan *) base;
  for (uint32_t done = 0, here; done < n; done += here)
    {
      uint64_t at = first + done, in_part = at % scan->part_rows;
      const Part *part = &g_array_index (scan->parts, Part, at / scan->part_rows);
      here = (uint32_t) MIN (n - done, scan->part_rows - in_part);
      memcpy (products + done, (const int32_t *) part->products.mapped + in_part, here * sizeof (int32_t));
    }
}
