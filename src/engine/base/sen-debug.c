/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-debug.h"

static uint64_t
read_number (const char *name)
{
  const char *text = g_getenv (name);
  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static const char *
read_text (const char *name)
{
  const char *text = g_getenv (name);
  return text != NULL && *text != '\0' ? text : NULL;
}

SenDebug
sen_debug_from_env (void)
{
  return (SenDebug) {
    .models_dir = read_text ("SENSORIUM_MODELS"),
    .cpu_isa = read_text ("SENSORIUM_CPU_ISA"),
    .vulkan_variants = read_text ("SENSORIUM_VULKAN_VARIANTS"),
    .vulkan_budget_bytes = read_number ("SENSORIUM_VULKAN_BUDGET"),
    .vulkan_fail_alloc = (uint32_t) read_number ("SENSORIUM_VULKAN_FAIL_ALLOC"),
    .vulkan_lose_device = (uint32_t) read_number ("SENSORIUM_VULKAN_LOSE_DEVICE"),
    .vulkan_validation = read_number ("SENSORIUM_VULKAN_VALIDATION") != 0,
    .vulkan_break_kernel = read_number ("SENSORIUM_VULKAN_BREAK_KERNEL") != 0,
    .search_anywhere = read_number ("SENSORIUM_SEARCH_ANYWHERE") != 0,
    .decode_helper = read_text ("SENSORIUM_DECODE_HELPER"),
    .capture_helper = read_text ("SENSORIUM_CAPTURE_HELPER"),
    .speechd_address = read_text ("SPEECHD_ADDRESS"),
    .fake_free_disk_bytes = read_number ("SENSORIUM_FAKE_FREE_DISK"),
  };
}
