/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>

#include "vk.h"

static bool
load_library (SenVkInstance *instance)
{
  static const char *const names[] = { "libvulkan.so.1", "libvulkan.so" };
  for (size_t i = 0; i < G_N_ELEMENTS (names) && instance->library == NULL; i++)
    instance->library = dlopen (names[i], RTLD_NOW | RTLD_LOCAL);
  if (instance->library == NULL)
    return false;
  void *symbol = dlsym (instance->library, "vkGetInstanceProcAddr");
  memcpy (&instance->GetInstanceProcAddr, &symbol, sizeof symbol);
  return symbol != NULL;
}

static bool
load_functions (SenVkInstance *instance)
{
#define F(name)                                                                                                          \
  instance->name = (PFN_vk##name) instance->GetInstanceProcAddr (instance->instance, "vk" #name);                         \
  if (instance->name == NULL)                                                                                            \
    return false;
  SEN_VK_INSTANCE_FUNCTIONS (F)
#undef F
  return true;
}

SenVkInstance *
sen_vk_instance_new (bool validation, char **reason)
{
  SenVkInstance *instance = g_new0 (SenVkInstance, 1);
  if (!load_library (instance))
    {
      *reason = g_strdup ("there is no Vulkan loader on this machine");
      sen_vk_instance_free (instance);
      return NULL;
    }

  instance->CreateInstance = (PFN_vkCreateInstance) instance->GetInstanceProcAddr (NULL, "vkCreateInstance");
  static const char *const layers[] = { "VK_LAYER_KHRONOS_validation" };
  const VkApplicationInfo application = {
    .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .pApplicationName = "Sensorium", .apiVersion = VK_API_VERSION_1_2,
  };
  const VkInstanceCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
    .pApplicationInfo = &application,
    .enabledLayerCount = validation ? 1 : 0,
    .ppEnabledLayerNames = layers,
  };
  if (instance->CreateInstance == NULL || instance->CreateInstance (&info, NULL, &instance->instance) != VK_SUCCESS
      || !load_functions (instance))
    {
      *reason = g_strdup (validation ? "the Vulkan loader or its validation layer does not work"
                                     : "the Vulkan loader found no driver that works");
      sen_vk_instance_free (instance);
      return NULL;
    }
  return instance;
}

void
sen_vk_instance_free (SenVkInstance *instance)
{
  if (instance == NULL)
    return;
  if (instance->instance != NULL && instance->DestroyInstance != NULL)
    instance->DestroyInstance (instance->instance, NULL);
  if (instance->library != NULL)
    dlclose (instance->library);
  g_free (instance);
}
