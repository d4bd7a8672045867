/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "vk.h"

/* @specialization: bits 0 and 1 are the constants 2 and 3 of the shader. For linear, constant 2 is TOKENS (1 or 8) and 3
 * HAS_TAIL; for the shaders that read a cache, 2 is KV_F16. The others have none. */
VkPipeline
sen_vk_pipeline (SenVkDevice *device, SenShader shader, uint32_t specialization, GError **error)
{
  VkPipeline *slot = &device->pipelines[shader][specialization];
  if (*slot != VK_NULL_HANDLE)
    return *slot;

  const SenShaderCode *code = &sen_shader_codes[shader];
  bool is_linear = shader < SEN_SHADER_EMBED_F32;   /* both rows of linear variants stand before */
  const uint32_t constants[2] = {
    is_linear ? (specialization & 1 ? 8 : 1) : specialization & 1, specialization >> 1 & 1,
  };
  const VkSpecializationMapEntry entries[2] = {
    { .constantID = 2, .offset = 0, .size = sizeof (uint32_t) }, { .constantID = 3, .offset = 4, .size = sizeof (uint32_t) },
  };
  const VkSpecializationInfo specialization_info = {
    .mapEntryCount = 2, .pMapEntries = entries, .dataSize = sizeof constants, .pData = constants,
  };
  const VkShaderModuleCreateInfo module_info = {
    .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = code->n_bytes, .pCode = code->words,
  };
  VkShaderModule module;
  VkResult result = device->CreateShaderModule (device->device, &module_info, NULL, &module);
  if (result == VK_SUCCESS)
    {
      const VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage = {
          .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
          .stage = VK_SHADER_STAGE_COMPUTE_BIT,
          .module = module,
          .pName = "main",
          .pSpecializationInfo = &specialization_info,
        },
        .layout = device->pipeline_layout,
      };
      result = device->CreateComputePipelines (device->device, VK_NULL_HANDLE, 1, &info, NULL, slot);
      device->DestroyShaderModule (device->device, module, NULL);
    }
  if (result != VK_SUCCESS)
    {
      g_autofree char *what = g_strdup_printf ("compiling the shader %s", code->name);
      *slot = VK_NULL_HANDLE;
      sen_vk_fail (device, result, what, error);
    }
  return *slot;
}
