/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-error.h"
#include "vk.h"

/* What is left alone for the desktop and other programs. */
#define SPARE_BYTES (256ull << 20)

uint64_t
sen_vk_budget_bytes (SenVkDevice *device)
{
  if (device->fake_budget_bytes > 0)
    return device->fake_budget_bytes > device->used_bytes ? device->fake_budget_bytes - device->used_bytes : 0;

  VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT,
  };
  VkPhysicalDeviceMemoryProperties2 properties = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = device->has_budget ? &budget : NULL,
  };
  device->instance->GetPhysicalDeviceMemoryProperties2 (device->physical, &properties);
  uint64_t total = device->memory_properties.memoryHeaps[device->device_heap].size;
  uint64_t left = total > device->used_bytes ? total - device->used_bytes : 0;
  if (device->has_budget)
    {
      uint64_t limit = budget.heapBudget[device->device_heap], usage = budget.heapUsage[device->device_heap];
      left = limit > usage ? limit - usage : 0;
    }
  return left > SPARE_BYTES ? left - SPARE_BYTES : 0;
}

bool
sen_vk_check_budget (SenVkDevice *device, uint64_t n_bytes, const char *what, GError **error)
{
  uint64_t budget = sen_vk_budget_bytes (device);
  if (n_bytes <= budget)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY, "%s needs %" G_GUINT64_FORMAT " MiB on %s, which has %"
               G_GUINT64_FORMAT " MiB to spare", what, (n_bytes >> 20) + 1, device->name, budget >> 20);
  return false;
}

/* The first memory type with all of @wanted, or else with all of @needed. */
static int
find_memory_type (SenVkDevice *device, uint32_t allowed, VkMemoryPropertyFlags needed, VkMemoryPropertyFlags wanted)
{
  const VkPhysicalDeviceMemoryProperties *p = &device->memory_properties;
  for (uint32_t i = 0; i < p->memoryTypeCount; i++)
    if ((allowed >> i & 1) != 0 && (p->memoryTypes[i].propertyFlags & wanted) == wanted)
      return (int) i;
  for (uint32_t i = 0; i < p->memoryTypeCount; i++)
    if ((allowed >> i & 1) != 0 && (p->memoryTypes[i].propertyFlags & needed) == needed)
      return (int) i;
  return -1;
}

static int
choose_memory_type (SenVkDevice *device, uint32_t allowed, SenVkPlace place)
{
  const VkMemoryPropertyFlags host = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  switch (place)
    {
    case SEN_VK_FROM_DEVICE:
      return find_memory_type (device, allowed, host, host | VK_MEMORY_PROPERTY_HOST_CACHED_BIT);
    case SEN_VK_TO_DEVICE:
      return find_memory_type (device, allowed, host, host);
    case SEN_VK_ON_DEVICE:
      break;
    }
  return find_memory_type (device, allowed, 0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
}

static bool
allocate (SenVkDevice *device, SenVkPlace place, SenVkBuffer *buffer, GError **error)
{
  VkMemoryRequirements needs;
  device->GetBufferMemoryRequirements (device->device, buffer->buffer, &needs);
  int type = choose_memory_type (device, needs.memoryTypeBits, place);
  const VkMemoryAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = needs.size, .memoryTypeIndex = (uint32_t) MAX (type, 0),
  };
  VkResult result = type < 0 ? VK_ERROR_OUT_OF_DEVICE_MEMORY : VK_SUCCESS;
  if (result == VK_SUCCESS && ++device->n_allocations == device->fail_allocation)
    result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
  if (result == VK_SUCCESS)
    result = device->AllocateMemory (device->device, &info, NULL, &buffer->memory);
  if (result == VK_SUCCESS)
    {
      device->used_bytes += buffer->n_bytes;
      result = device->BindBufferMemory (device->device, buffer->buffer, buffer->memory, 0);
    }
  if (result == VK_SUCCESS && place != SEN_VK_ON_DEVICE)
    result = device->MapMemory (device->device, buffer->memory, 0, VK_WHOLE_SIZE, 0, &buffer->mapped);
  if (result != VK_SUCCESS)
    return sen_vk_fail (device, result, "taking memory", error);
  return true;
}

bool
sen_vk_buffer_new (SenVkDevice *device, VkDeviceSize n_bytes, SenVkPlace place, SenVkBuffer *buffer, GError **error)
{
  const VkBufferCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
    .size = MAX (n_bytes, 64),
    .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT
             | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT,
  };
  *buffer = (SenVkBuffer) { .n_bytes = info.size };
  VkResult result = device->CreateBuffer (device->device, &info, NULL, &buffer->buffer);
  if (result != VK_SUCCESS)
    return sen_vk_fail (device, result, "making a buffer", error);
  if (allocate (device, place, buffer, error))
    return true;
  sen_vk_buffer_clear (device, buffer);
  return false;
}

void
sen_vk_buffer_clear (SenVkDevice *device, SenVkBuffer *buffer)
{
  if (buffer->buffer != VK_NULL_HANDLE)
    device->DestroyBuffer (device->device, buffer->buffer, NULL);
  if (buffer->memory != VK_NULL_HANDLE)
    {
      device->FreeMemory (device->device, buffer->memory, NULL);
      device->used_bytes -= buffer->n_bytes;
    }
  *buffer = (SenVkBuffer) { 0 };
}
