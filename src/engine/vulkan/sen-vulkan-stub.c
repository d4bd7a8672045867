/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What a build without the Vulkan device answers. */
#include "sen-error.h"
#include "sen-vulkan.h"

GPtrArray *
sen_vulkan_list (const SenDebug *debug, char **reason)
{
  *reason = g_strdup ("Sensorium was built without Vulkan");
  return g_ptr_array_new ();
}

SenDevice *
sen_vulkan_device_new (const SenVulkanParams *params, GError **error)
{
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_DEVICE, "Sensorium was built without Vulkan");
  return NULL;
}
