/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "params.h"
#include "vk.h"

/* @specialization: bit i belongs to constant 2 + i of the shader. For linear 2 is TOKENS (1 or 8), 3 HAS_TAIL, 4 PAIRED,
 * 5 SLICED, from which 6, the lanes of a workgroup, follows; for the shaders that read a cache 2 is KV_F16. The others have
 * none. */
VkPipeline
sen_vk_pipeline (SenVkDevice *device, SenShader shader, uint32_t specialization, GError **error)
{
  VkPipeline *slot = &device->pipelines[shader][specialization];
  if (*slot != VK_NULL_HANDLE)
    return *slot;

  const SenShaderCode *code = &sen_shader_codes[shader];
  bool is_linear = shader < SEN_SHADER_EMBED_F32;   /* both rows of linear variants stand before */
  const uint32_t constants[] = {
    is_linear ? (specialization & SEN_VK_EIGHT_TOKENS ? 8 : 1) : specialization & SEN_VK_KV_F16,
    (specialization & SEN_VK_TAIL) != 0,
    (specialization & SEN_VK_PAIRED) != 0,
    (specialization & SEN_VK_SLICED) != 0,
    specialization & SEN_VK_SLICED ? SEN_VK_SLICED_LANES : SEN_VK_LANES,
  };
  VkSpecializationMapEntry entries[G_N_ELEMENTS (constants)];
  for (uint32_t i = 0; i < G_N_ELEMENTS (constants); i++)
    entries[i] = (VkSpecializationMapEntry) { .constantID = 2 + i, .offset = 4 * i, .size = sizeof (uint32_t) };
  const VkSpecializationInfo specialization_info = {
    .mapEntryCount = G_N_ELEMENTS (constants), .pMapEntries = entries, .dataSize = sizeof constants, .pData = constants,
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
