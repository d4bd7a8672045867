/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "params.h"
#include "vk.h"

#define N_CONSTANTS 6

/* The constants 2 to 7 of a shader, as its file declares them; those it does not have are ignored. */
static void
get_constants (SenVkDevice *device, SenShader shader, uint32_t specialization, uint32_t constants[N_CONSTANTS])
{
  bool is_linear = shader < SEN_SHADER_LINEAR_DOT8_S4;   /* all variants of linear.comp stand before */
  bool is_attention = shader == SEN_SHADER_ATTENTION_SUBGROUP || shader == SEN_SHADER_ATTENTION_TEXELS;
  memset (constants, 0, N_CONSTANTS * sizeof constants[0]);
  constants[4] = device->is_narrow ? SEN_VK_LANES : SEN_VK_WIDE_LANES;
  constants[5] = specialization & SEN_VK_ONE_ROW ? 1 : SEN_VK_TILE_ROWS;
  if (is_linear)
    {
      constants[0] = specialization & SEN_VK_EIGHT_TOKENS ? 8 : 1;
      constants[1] = (specialization & SEN_VK_TAIL) != 0;
      constants[2] = (specialization & SEN_VK_PAIRED) != 0;
      constants[3] = (specialization & SEN_VK_SLICED) != 0;
      constants[4] = specialization & SEN_VK_SLICED ? SEN_VK_WIDE_LANES : SEN_VK_LANES;
    }
  else if (is_attention)
    {
      constants[0] = (specialization & SEN_VK_KV_F16) != 0;
      constants[1] = (specialization >> 1) + 1;
      constants[2] = device->subgroup_size;
    }
  else
    constants[0] = (specialization & SEN_VK_KV_F16) != 0;
}

VkPipeline
sen_vk_pipeline (SenVkDevice *device, SenShader shader, uint32_t specialization, GError **error)
{
  VkPipeline *slot = &device->pipelines[shader][specialization];
  if (*slot != VK_NULL_HANDLE)
    return *slot;

  const SenShaderCode *code = &sen_shader_codes[shader];
  uint32_t constants[N_CONSTANTS];
  get_constants (device, shader, specialization, constants);
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
