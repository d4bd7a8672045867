/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-error.h"
#include "vk.h"

#define MAX_PHYSICAL_DEVICES 16

/* --- Looking ---------------------------------------------------------------------------------------------------------------------- */

static SenDeviceKind
device_kind (VkPhysicalDeviceType type)
{
  switch (type)
    {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return SEN_DEVICE_DISCRETE;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return SEN_DEVICE_INTEGRATED;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return SEN_DEVICE_SOFTWARE;
    default:
      return SEN_DEVICE_VIRTUAL;
    }
}

/* What is asked of a physical device, once. */
typedef struct {
  VkPhysicalDeviceProperties2           properties;
  VkPhysicalDeviceDriverProperties      driver;
  VkPhysicalDeviceSubgroupProperties    subgroup;
  VkPhysicalDeviceMaintenance3Properties maintenance;
  VkPhysicalDeviceShaderIntegerDotProductPropertiesKHR dot_properties;
  VkPhysicalDeviceShaderIntegerDotProductFeaturesKHR   dot;
  VkPhysicalDeviceShaderFloat16Int8Features            fp16;
} Facts;

static bool
has_extension (SenVkInstance *instance, VkPhysicalDevice physical, const char *name)
{
  uint32_t n = 0;
  instance->EnumerateDeviceExtensionProperties (physical, NULL, &n, NULL);
  g_autofree VkExtensionProperties *extensions = g_new0 (VkExtensionProperties, n + 1);
  instance->EnumerateDeviceExtensionProperties (physical, NULL, &n, extensions);
  for (uint32_t i = 0; i < n; i++)
    if (strcmp (extensions[i].extensionName, name) == 0)
      return true;
  return false;
}

static void
look_up (SenVkInstance *instance, VkPhysicalDevice physical, Facts *facts)
{
  *facts = (Facts) {
    .properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2 },
    .driver = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES },
    .subgroup = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES },
    .maintenance = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES },
    .dot_properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES_KHR },
    .dot = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES_KHR },
    .fp16 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES },
  };
  bool knows_dot = has_extension (instance, physical, VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME);
  facts->properties.pNext = &facts->driver;
  facts->driver.pNext = &facts->subgroup;
  facts->subgroup.pNext = &facts->maintenance;
  facts->maintenance.pNext = knows_dot ? &facts->dot_properties : NULL;
  instance->GetPhysicalDeviceProperties2 (physical, &facts->properties);
  VkPhysicalDeviceFeatures2 features = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &facts->fp16 };
  facts->fp16.pNext = knows_dot ? &facts->dot : NULL;
  instance->GetPhysicalDeviceFeatures2 (physical, &features);
}

/* The first queue family that computes, or -1. */
static int
find_queue_family (SenVkInstance *instance, VkPhysicalDevice physical)
{
  VkQueueFamilyProperties families[16];
  uint32_t n = G_N_ELEMENTS (families);
  instance->GetPhysicalDeviceQueueFamilyProperties (physical, &n, families);
  for (uint32_t i = 0; i < n; i++)
    if (families[i].queueCount > 0 && (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) != 0)
      return (int) i;
  return -1;
}

/* The heap weights go to: the largest that is the device's own, or the largest at all. */
static uint32_t
find_device_heap (const VkPhysicalDeviceMemoryProperties *memory)
{
  uint32_t best = 0;
  bool best_is_own = false;
  for (uint32_t i = 0; i < memory->memoryHeapCount; i++)
    {
      bool is_own = (memory->memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0;
      if ((is_own && !best_is_own) || (is_own == best_is_own && memory->memoryHeaps[i].size > memory->memoryHeaps[best].size))
        {
          best = i;
          best_is_own = is_own;
        }
    }
  return best;
}

static VkPhysicalDeviceMemoryProperties
get_memory (SenVkInstance *instance, VkPhysicalDevice physical)
{
  VkPhysicalDeviceMemoryProperties2 memory = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2 };
  instance->GetPhysicalDeviceMemoryProperties2 (physical, &memory);
  return memory.memoryProperties;
}

/* A sentence's end why it cannot be used, or NULL. */
static char *
find_obstacle (SenVkInstance *instance, VkPhysicalDevice physical, const Facts *facts)
{
  const VkPhysicalDeviceProperties *p = &facts->properties.properties;
  if (p->apiVersion < VK_API_VERSION_1_2)
    return g_strdup_printf ("has Vulkan %u.%u, and 1.2 is needed", VK_API_VERSION_MAJOR (p->apiVersion),
                            VK_API_VERSION_MINOR (p->apiVersion));
  if (find_queue_family (instance, physical) < 0)
    return g_strdup ("cannot compute");
  if (p->limits.maxPerStageDescriptorStorageBuffers < SEN_VK_N_BINDINGS
      || p->limits.maxPushConstantsSize < SEN_VK_PUSH_BYTES)
    return g_strdup ("has too few buffer bindings for these kernels");
  return NULL;
}

static bool
has_subgroups (const Facts *facts)
{
  return facts->subgroup.subgroupSize >= 8 && facts->subgroup.subgroupSize <= SEN_VK_WIDE_LANES
         && (facts->subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0
         && (facts->subgroup.supportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT) != 0;
}

/* Which variants run, by what the device says of itself. SENSORIUM_VULKAN_VARIANTS names those that may, and makes those run
 * that a device has but would not choose. */
typedef struct {
  bool narrow, subgroup, texels, fp16, dot8;
} Variants;

static bool
is_named (const SenDebug *debug, const char *variant)
{
  return debug != NULL && debug->vulkan_variants != NULL && strstr (debug->vulkan_variants, variant) != NULL;
}

static bool
choose (const SenDebug *debug, const char *variant, bool has, bool would)
{
  return has && (debug == NULL || debug->vulkan_variants == NULL ? would : is_named (debug, variant));
}

static Variants
choose_variants (const Facts *facts, bool exact, const SenDebug *debug)
{
  const VkPhysicalDeviceLimits *limits = &facts->properties.properties.limits;
  Variants variants = { .narrow = facts->subgroup.subgroupSize <= 8 && !is_named (debug, "wide") };
  variants.subgroup = choose (debug, "subgroup", has_subgroups (facts), true);
  /* Where lanes are few, a load of a lane is dear, and a texel brings sixteen bytes at once. The smallest texel read has four. */
  bool large_texels = limits->maxTexelBufferElements >= limits->maxStorageBufferRange / 4;
  variants.texels = choose (debug, "texels", variants.subgroup && variants.narrow && large_texels, true);
  variants.fp16 = choose (debug, "fp16", variants.subgroup && facts->fp16.shaderFloat16 && !exact, !variants.narrow);
  variants.dot8 = choose (debug, "dot8", variants.subgroup && facts->dot.shaderIntegerDotProduct && !exact,
                          facts->dot_properties.integerDotProduct4x8BitPackedSignedAccelerated);
  return variants;
}

/* "subgroup 32, dot8, fp16 (not used)": what the device has, and what of it runs. */
static char *
describe_features (const Facts *facts, const SenDebug *debug)
{
  Variants used = choose_variants (facts, false, debug);
  const struct { const char *name; bool has, is_used; } features[] = {
    { "texels", used.texels, used.texels },
    { "fp16", facts->fp16.shaderFloat16, used.fp16 },
    { "dot8", facts->dot.shaderIntegerDotProduct, used.dot8 },
  };
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "subgroup %u%s", facts->subgroup.subgroupSize, used.subgroup ? "" : " (not used)");
  for (size_t i = 0; i < G_N_ELEMENTS (features); i++)
    if (features[i].has)
      g_string_append_printf (text, ", %s%s", features[i].name, features[i].is_used ? "" : " (not used)");
  return g_string_free (text, FALSE);
}

static char *
describe_driver (const Facts *facts)
{
  return g_strdup_printf ("%s %s", facts->driver.driverName, facts->driver.driverInfo);
}

static void
free_info (gpointer data)
{
  SenVulkanInfo *info = data;
  g_free (info->name);
  g_free (info->driver);
  g_free (info->features);
  g_free (info->identity);
  g_free (info->unusable);
  g_free (info);
}

/* Of all shaders (FNV-1a), so that what passed is the very code that runs. */
static uint64_t
digest_shaders (void)
{
  uint64_t digest = 0xcbf29ce484222325ull;
  for (int i = 0; i < SEN_N_SHADERS; i++)
    for (size_t j = 0; j < sen_shader_codes[i].n_bytes / sizeof (uint32_t); j++)
      digest = (digest ^ sen_shader_codes[i].words[j]) * 0x100000001b3ull;
  return digest;
}

static SenVulkanInfo *
describe (SenVkInstance *instance, VkPhysicalDevice physical, uint32_t index, const SenDebug *debug)
{
  Facts facts;
  look_up (instance, physical, &facts);
  const VkPhysicalDeviceProperties *p = &facts.properties.properties;
  VkPhysicalDeviceMemoryProperties memory = get_memory (instance, physical);
  SenVulkanInfo *info = g_new0 (SenVulkanInfo, 1);
  info->kind = device_kind (p->deviceType);
  info->index = index;
  info->name = g_strdup (p->deviceName);
  info->driver = describe_driver (&facts);
  info->features = describe_features (&facts, debug);
  info->identity = g_strdup_printf ("%s %04x:%04x %s %x, kernels %016" G_GINT64_MODIFIER "x", p->deviceName, p->vendorID, p->deviceID,
                                    info->driver, p->driverVersion, digest_shaders ());
  info->memory_bytes = memory.memoryHeaps[find_device_heap (&memory)].size;
  info->unusable = find_obstacle (instance, physical, &facts);
  return info;
}

/* Discrete before integrated before virtual before software. */
static int
compare_infos (gconstpointer a, gconstpointer b)
{
  static const int ranks[] = {
    [SEN_DEVICE_CPU] = 4, [SEN_DEVICE_INTEGRATED] = 1, [SEN_DEVICE_DISCRETE] = 0, [SEN_DEVICE_VIRTUAL] = 2, [SEN_DEVICE_SOFTWARE] = 3,
  };
  const SenVulkanInfo *x = *(const SenVulkanInfo *const *) a, *y = *(const SenVulkanInfo *const *) b;
  if (ranks[x->kind] != ranks[y->kind])
    return ranks[x->kind] - ranks[y->kind];
  return (int) x->index - (int) y->index;
}

GPtrArray *
sen_vulkan_list (const SenDebug *debug, char **reason)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (free_info);
  VkPhysicalDevice physical[MAX_PHYSICAL_DEVICES];
  uint32_t n = MAX_PHYSICAL_DEVICES;
  *reason = NULL;
  SenVkInstance *instance = sen_vk_instance_new (debug != NULL && debug->vulkan_validation, reason);
  if (instance == NULL)
    return list;

  VkResult result = instance->EnumeratePhysicalDevices (instance->instance, &n, physical);
  if (result != VK_SUCCESS && result != VK_INCOMPLETE)
    n = 0;
  for (uint32_t i = 0; i < n; i++)
    g_ptr_array_add (list, describe (instance, physical[i], i, debug));
  if (n == 0)
    *reason = g_strdup ("no driver offers a Vulkan device");
  g_ptr_array_sort (list, compare_infos);
  sen_vk_instance_free (instance);
  return list;
}

/* --- States ------------------------------------------------------------------------------------------------------------------------ */

static SenState *
state_new (SenDevice *base, SenType type, uint32_t n_head, uint32_t n_ctx, uint32_t head_dim, GError **error)
{
  SenVkDevice *device = (SenVkDevice *) base;
  uint64_t n_bytes = (uint64_t) n_head * n_ctx * sen_type_row_bytes (type, head_dim);
  if (!sen_vk_check_budget (device, n_bytes, "the context", error))
    return NULL;
  if (n_bytes > device->max_binding_bytes)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY, "a context of %u tokens takes %" G_GUINT64_FORMAT " MiB a layer, "
                   "and %s binds %" G_GUINT64_FORMAT " MiB at most; choose a shorter context", n_ctx, n_bytes >> 20,
                   device->name, (uint64_t) device->max_binding_bytes >> 20);
      return NULL;
    }
  SenVkState *state = g_new0 (SenVkState, 1);
  VkCommandBuffer commands = VK_NULL_HANDLE;
  bool ok = sen_vk_buffer_new (device, n_bytes, SEN_VK_ON_DEVICE, &state->buffer, error)
            && (commands = sen_vk_begin (device, error)) != VK_NULL_HANDLE;
  if (ok)
    {
      device->CmdFillBuffer (commands, state->buffer.buffer, 0, VK_WHOLE_SIZE, 0);
      ok = device->EndCommandBuffer (commands) == VK_SUCCESS && sen_vk_submit (device, &commands, 1, error);
      device->FreeCommandBuffers (device->device, device->command_pool, 1, &commands);
    }
  if (ok)
    return &state->base;
  sen_vk_buffer_clear (device, &state->buffer);
  g_free (state);
  return NULL;
}

static void
state_free (SenState *base)
{
  SenVkState *state = (SenVkState *) base;
  sen_vk_buffer_clear ((SenVkDevice *) base->device, &state->buffer);
  g_free (state);
}

static bool
state_write (SenState *base, const void *bytes, GError **error)
{
  SenVkState *state = (SenVkState *) base;
  return sen_vk_copy_to ((SenVkDevice *) base->device, &state->buffer, 0, bytes, sen_state_bytes (base), error);
}

/* --- The device ------------------------------------------------------------------------------------------------------------------- */

static void
device_free (SenDevice *base)
{
  SenVkDevice *device = (SenVkDevice *) base;
  if (device->device != VK_NULL_HANDLE)
    {
      device->DeviceWaitIdle (device->device);
      GHashTableIter iter;
      gpointer weight;
      g_hash_table_iter_init (&iter, device->weights);
      while (g_hash_table_iter_next (&iter, NULL, &weight))
        sen_vk_weight_free (device, weight);
      sen_vk_buffer_clear (device, &device->dummy);
      for (uint32_t i = 0; i < SEN_N_SHADERS; i++)
        for (uint32_t j = 0; j < SEN_VK_N_SPECIALIZATIONS; j++)
          if (device->pipelines[i][j] != VK_NULL_HANDLE)
            device->DestroyPipeline (device->device, device->pipelines[i][j], NULL);
      if (device->fence != VK_NULL_HANDLE)
        device->DestroyFence (device->device, device->fence, NULL);
      if (device->command_pool != VK_NULL_HANDLE)
        device->DestroyCommandPool (device->device, device->command_pool, NULL);
      if (device->pipeline_layout != VK_NULL_HANDLE)
        device->DestroyPipelineLayout (device->device, device->pipeline_layout, NULL);
      if (device->set_layout != VK_NULL_HANDLE)
        device->DestroyDescriptorSetLayout (device->device, device->set_layout, NULL);
      device->DestroyDevice (device->device, NULL);
    }
  sen_vk_instance_free (device->instance);
  g_hash_table_unref (device->weights);
  g_free (device->id);
  g_free (device->name);
  g_free (device->driver);
  g_free (device->features);
  g_free (device);
}

static uint64_t
budget_bytes (SenDevice *base)
{
  return sen_vk_budget_bytes ((SenVkDevice *) base);
}

static const SenDeviceClass vulkan_class = {
  .free = device_free,
  .weight_bytes = sen_vk_weight_bytes,
  .budget_bytes = budget_bytes,
  .bind_weights = sen_vk_bind_weights,
  .unbind_weights = sen_vk_unbind_weights,
  .state_new = state_new,
  .state_free = state_free,
  .state_write = state_write,
  .compile = sen_vk_compile,
  .program_free = sen_vk_program_free,
  .program_write = sen_vk_program_write,
  .program_run = sen_vk_program_run,
  .program_max_tokens = sen_vk_program_max_tokens,
  .program_read = sen_vk_program_read,
  .scan_new = sen_vk_scan_new,
  .scan_free = sen_vk_scan_free,
  .scan_add = sen_vk_scan_add,
  .scan_run = sen_vk_scan_run,
  .scan_read = sen_vk_scan_read,
};

static bool
create_device (SenVkDevice *device, GError **error)
{
  const char *extensions[2];
  uint32_t n_extensions = 0;
  const float priority = 0.5f;
  VkPhysicalDeviceShaderIntegerDotProductFeaturesKHR dot = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES_KHR, .shaderIntegerDotProduct = VK_TRUE,
  };
  const VkPhysicalDeviceShaderFloat16Int8Features fp16 = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES,
    .pNext = device->has_dot8 ? &dot : NULL,
    .shaderFloat16 = device->has_fp16,
  };
  device->has_budget = has_extension (device->instance, device->physical, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
  if (device->has_budget)
    extensions[n_extensions++] = VK_EXT_MEMORY_BUDGET_EXTENSION_NAME;
  if (device->has_dot8)
    extensions[n_extensions++] = VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME;
  const VkDeviceQueueCreateInfo queue_info = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
    .queueFamilyIndex = device->queue_family,
    .queueCount = 1,
    .pQueuePriorities = &priority,
  };
  const VkDeviceCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
    .pNext = &fp16,
    .queueCreateInfoCount = 1,
    .pQueueCreateInfos = &queue_info,
    .enabledExtensionCount = n_extensions,
    .ppEnabledExtensionNames = extensions,
  };
  VkResult result = device->instance->CreateDevice (device->physical, &info, NULL, &device->device);
  if (result != VK_SUCCESS)
    return sen_vk_fail (device, result, "opening it", error);
#define F(function)                                                                                                       \
  device->function = (PFN_vk##function) device->instance->GetDeviceProcAddr (device->device, "vk" #function);              \
  if (device->function == NULL)                                                                                          \
    return sen_vk_fail (device, VK_ERROR_INCOMPATIBLE_DRIVER, "opening it", error);
  SEN_VK_DEVICE_FUNCTIONS (F)
#undef F
  device->GetDeviceQueue (device->device, device->queue_family, 0, &device->queue);
  return true;
}

static bool
create_objects (SenVkDevice *device, GError **error)
{
  VkDescriptorSetLayoutBinding bindings[SEN_VK_N_BINDINGS + SEN_VK_N_TEXELS];
  for (uint32_t i = 0; i < G_N_ELEMENTS (bindings); i++)
    bindings[i] = (VkDescriptorSetLayoutBinding) {
      .binding = i, .descriptorCount = 1, .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
      .descriptorType = i < SEN_VK_N_BINDINGS ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
    };
  const VkDescriptorSetLayoutCreateInfo set_info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = G_N_ELEMENTS (bindings), .pBindings = bindings,
  };
  VkResult result = device->CreateDescriptorSetLayout (device->device, &set_info, NULL, &device->set_layout);
  const VkPushConstantRange range = { .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .size = SEN_VK_PUSH_BYTES };
  const VkPipelineLayoutCreateInfo layout_info = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
    .setLayoutCount = 1,
    .pSetLayouts = &device->set_layout,
    .pushConstantRangeCount = 1,
    .pPushConstantRanges = &range,
  };
  if (result == VK_SUCCESS)
    result = device->CreatePipelineLayout (device->device, &layout_info, NULL, &device->pipeline_layout);
  const VkCommandPoolCreateInfo pool_info = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .queueFamilyIndex = device->queue_family,
  };
  if (result == VK_SUCCESS)
    result = device->CreateCommandPool (device->device, &pool_info, NULL, &device->command_pool);
  const VkFenceCreateInfo fence_info = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  if (result == VK_SUCCESS)
    result = device->CreateFence (device->device, &fence_info, NULL, &device->fence);
  if (result != VK_SUCCESS)
    return sen_vk_fail (device, result, "opening it", error);
  return sen_vk_buffer_new (device, 256, SEN_VK_ON_DEVICE, &device->dummy, error);
}

static void
take_faults (SenVkDevice *device, const SenDebug *debug)
{
  device->fake_budget_bytes = debug->vulkan_budget_bytes;
  device->fail_allocation = debug->vulkan_fail_alloc;
  device->lose_submission = debug->vulkan_lose_device;
  device->break_kernel = debug->vulkan_break_kernel;
}

static bool
open_physical (SenVkDevice *device, uint32_t index, bool exact, const SenDebug *debug, GError **error)
{
  VkPhysicalDevice physical[MAX_PHYSICAL_DEVICES];
  uint32_t n = MAX_PHYSICAL_DEVICES;
  VkResult result = device->instance->EnumeratePhysicalDevices (device->instance->instance, &n, physical);
  if ((result != VK_SUCCESS && result != VK_INCOMPLETE) || index >= n)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is no Vulkan device %u", index);
      return false;
    }
  Facts facts;
  device->physical = physical[index];
  look_up (device->instance, device->physical, &facts);
  const VkPhysicalDeviceProperties *p = &facts.properties.properties;
  device->id = g_strdup_printf ("vulkan:%u", index);
  device->name = g_strdup (p->deviceName);
  device->driver = describe_driver (&facts);
  device->features = describe_features (&facts, debug);
  g_autofree char *obstacle = find_obstacle (device->instance, device->physical, &facts);
  if (obstacle != NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "%s %s", device->name, obstacle);
      return false;
    }
  device->queue_family = (uint32_t) find_queue_family (device->instance, device->physical);
  device->memory_properties = get_memory (device->instance, device->physical);
  device->device_heap = find_device_heap (&device->memory_properties);
  device->max_binding_bytes = p->limits.maxStorageBufferRange;
  device->max_allocation_bytes = facts.maintenance.maxMemoryAllocationSize;
  device->offset_alignment = MAX (MAX (p->limits.minStorageBufferOffsetAlignment, p->limits.minTexelBufferOffsetAlignment), 16);
  device->subgroup_size = facts.subgroup.subgroupSize;
  Variants variants = choose_variants (&facts, exact, debug);
  device->is_narrow = variants.narrow;
  device->has_subgroups = variants.subgroup;
  device->has_texels = variants.texels;
  device->has_fp16 = variants.fp16;
  device->has_dot8 = variants.dot8;
  device->base.info = (SenDeviceInfo) {
    .kind = device_kind (p->deviceType),
    .id = device->id,
    .name = device->name,
    .driver = device->driver,
    .features = device->features,
    .memory_bytes = device->memory_properties.memoryHeaps[device->device_heap].size,
    .exact = !variants.fp16 && !variants.dot8,
  };
  return true;
}

SenDevice *
sen_vulkan_device_new (const SenVulkanParams *params, GError **error)
{
  g_autofree char *reason = NULL;
  bool validation = params->debug != NULL && params->debug->vulkan_validation;
  SenVkInstance *instance = sen_vk_instance_new (validation, &reason);
  if (instance == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "Vulkan cannot be used: %s", reason);
      return NULL;
    }
  SenVkDevice *device = g_new0 (SenVkDevice, 1);
  sen_device_init (&device->base, &vulkan_class);
  device->instance = instance;
  device->weights = g_hash_table_new (NULL, NULL);
  device->base.fusion = SEN_FUSE_NONE;
  if (params->debug != NULL)
    take_faults (device, params->debug);
  if (open_physical (device, params->index, params->exact, params->debug, error) && create_device (device, error)
      && create_objects (device, error))
    return &device->base;
  sen_device_unref (&device->base);
  return NULL;
}
