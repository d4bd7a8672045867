/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-error.h"
#include "vk.h"

/* Submissions are made to last well under a second; one that takes this long hangs. */
#define TIMEOUT_NS (30ull * 1000 * 1000 * 1000)

bool
sen_vk_fail (SenVkDevice *device, VkResult result, const char *what, GError **error)
{
  SenError code = SEN_ERROR_DEVICE;
  const char *why = "the driver reports an error";
  switch (result)
    {
    case VK_ERROR_DEVICE_LOST:
    case VK_TIMEOUT:
      device->lost = true;
      code = SEN_ERROR_DEVICE_LOST;
      why = result == VK_TIMEOUT ? "the device does not answer" : "the device was lost";
      break;
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_TOO_MANY_OBJECTS:
      code = SEN_ERROR_DEVICE_MEMORY;
      why = "there is not enough memory";
      break;
    default:
      break;
    }
  g_set_error (error, SEN_ERROR, code, "%s: %s while %s (Vulkan result %d)", device->name, why, what, result);
  return false;
}

VkCommandBuffer
sen_vk_begin (SenVkDevice *device, GError **error)
{
  VkCommandBuffer commands = VK_NULL_HANDLE;
  const VkCommandBufferAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .commandPool = device->command_pool,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };
  const VkCommandBufferBeginInfo begin = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO };
  VkResult result = device->AllocateCommandBuffers (device->device, &info, &commands);
  if (result == VK_SUCCESS)
    result = device->BeginCommandBuffer (commands, &begin);
  if (result != VK_SUCCESS)
    {
      sen_vk_fail (device, result, "recording", error);
      return VK_NULL_HANDLE;
    }
  return commands;
}

void
sen_vk_show_host (SenVkDevice *device, VkCommandBuffer commands)
{
  const VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
    .dstAccessMask = VK_ACCESS_HOST_READ_BIT,
  };
  device->CmdPipelineBarrier (commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                              VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
}

bool
sen_vk_submit (SenVkDevice *device, const VkCommandBuffer *commands, uint32_t n, GError **error)
{
  const VkSubmitInfo info = {
    .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = n, .pCommandBuffers = commands,
  };
  if (device->lost)
    return sen_vk_fail (device, VK_ERROR_DEVICE_LOST, "submitting", error);
  if (++device->n_submissions == device->lose_submission)
    return sen_vk_fail (device, VK_ERROR_DEVICE_LOST, "submitting", error);
  VkResult result = device->ResetFences (device->device, 1, &device->fence);
  if (result == VK_SUCCESS)
    result = device->QueueSubmit (device->queue, 1, &info, device->fence);
  if (result == VK_SUCCESS)
    result = device->WaitForFences (device->device, 1, &device->fence, VK_TRUE, TIMEOUT_NS);
  if (result != VK_SUCCESS)
    return sen_vk_fail (device, result, "running", error);
  return true;
}

bool
sen_vk_copy (SenVkDevice *device, VkBuffer from, VkDeviceSize from_offset, VkBuffer to, VkDeviceSize to_offset, VkDeviceSize n_bytes,
             GError **error)
{
  VkCommandBuffer commands = sen_vk_begin (device, error);
  if (commands == VK_NULL_HANDLE)
    return false;
  const VkBufferCopy region = { .srcOffset = from_offset, .dstOffset = to_offset, .size = n_bytes };
  device->CmdCopyBuffer (commands, from, to, 1, &region);
  sen_vk_show_host (device, commands);
  VkResult result = device->EndCommandBuffer (commands);
  bool ok = result == VK_SUCCESS ? sen_vk_submit (device, &commands, 1, error) : sen_vk_fail (device, result, "recording", error);
  device->FreeCommandBuffers (device->device, device->command_pool, 1, &commands);
  return ok;
}

bool
sen_vk_copy_to (SenVkDevice *device, const SenVkBuffer *buffer, VkDeviceSize offset, const void *data, size_t n_bytes,
                GError **error)
{
  SenVkBuffer staging;
  if (buffer->mapped != NULL)
    {
      memcpy ((uint8_t *) buffer->mapped + offset, data, n_bytes);
      return true;
    }
  if (!sen_vk_buffer_new (device, MIN (n_bytes, SEN_VK_STAGING_BYTES), SEN_VK_TO_DEVICE, &staging, error))
    return false;
  bool ok = true;
  for (size_t at = 0; ok && at < n_bytes; at += SEN_VK_STAGING_BYTES)
    {
      size_t n = MIN (n_bytes - at, SEN_VK_STAGING_BYTES);
      memcpy (staging.mapped, (const uint8_t *) data + at, n);
      ok = sen_vk_copy (device, staging.buffer, 0, buffer->buffer, offset + at, n, error);
    }
  sen_vk_buffer_clear (device, &staging);
  return ok;
}

bool
sen_vk_copy_from (SenVkDevice *device, const SenVkBuffer *buffer, VkDeviceSize offset, void *data, size_t n_bytes,
                  GError **error)
{
  SenVkBuffer staging;
  if (buffer->mapped != NULL)
    {
      memcpy (data, (const uint8_t *) buffer->mapped + offset, n_bytes);
      return true;
    }
  if (!sen_vk_buffer_new (device, MIN (n_bytes, SEN_VK_STAGING_BYTES), SEN_VK_FROM_DEVICE, &staging, error))
    return false;
  bool ok = true;
  for (size_t at = 0; ok && at < n_bytes; at += SEN_VK_STAGING_BYTES)
    {
      size_t n = MIN (n_bytes - at, SEN_VK_STAGING_BYTES);
      ok = sen_vk_copy (device, buffer->buffer, offset + at, staging.buffer, 0, n, error);
      if (ok)
        memcpy ((uint8_t *) data + at, staging.mapped, n);
    }
  sen_vk_buffer_clear (device, &staging);
  return ok;
}
