/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-device.h"

G_BEGIN_DECLS

/* Thread-safety: a device as sen-device.h says; the list from any thread. */

/** What the loader offers, without creating a device. Strings are owned by the list. */
typedef struct {
  SenDeviceKind kind;
  uint32_t      index;          /* N of "vulkan:N" */
  char         *name;
  char         *driver;         /* "radv Mesa 22.3.6" */
  char         *features;
  char         *identity;       /* device, driver and version, and our kernels; stable across boots: the self-test's cache key */
  uint64_t      memory_bytes;   /* of the heap weights would go to */
  char         *unusable;       /* NULL, or the sentence why it cannot be used ("needs Vulkan 1.2, has 1.1") */
} SenVulkanInfo;

/** All devices, best first (discrete, integrated, virtual, software). An empty list and *@reason set ("there is no
 *  Vulkan loader on this machine") when there are none; never fails. Free with g_ptr_array_unref(). (transfer full) */
GPtrArray *sen_vulkan_list (const SenDebug *debug, char **reason);

typedef struct {
  uint32_t        index;
  bool            exact;   /* f32 throughout */
  const SenDebug *debug;   /* borrowed during the call; NULL = defaults */
} SenVulkanParams;

/** SEN_ERROR_NOT_FOUND for an index beyond the list, SEN_ERROR_DEVICE where it cannot be used. (transfer full) */
SenDevice *sen_vulkan_device_new (const SenVulkanParams *params, GError **error);

G_END_DECLS
