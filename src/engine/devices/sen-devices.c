/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-devices.h"

#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-self-test.h"
#include "sen-vulkan.h"

static void
free_entry (gpointer data)
{
  SenDeviceEntry *entry = data;
  g_free (entry->id);
  g_free (entry->name);
  g_free (entry->driver);
  g_free (entry->features);
  g_free (entry->self_test_note);
  g_free (entry->unusable);
  g_free (entry->reason);
  g_free (entry);
}

static SenDevice *
open_cpu (const SenDevicesParams *params, GError **error)
{
  const SenCpuParams cpu = {
    .isa = params->debug != NULL ? params->debug->cpu_isa : NULL,
    .n_threads = params->n_threads,
    .exact = params->exact,
  };
  return sen_cpu_device_new (&cpu, error);
}

static SenDevice *
open_vulkan (const SenDevicesParams *params, uint32_t index, GError **error)
{
  const SenVulkanParams vulkan = { .index = index, .exact = params->exact, .debug = params->debug };
  return sen_vulkan_device_new (&vulkan, error);
}

/* Worth using without being asked: real hardware that passed, or has not been looked at yet. */
static bool
is_candidate (const SenVulkanInfo *info)
{
  return info->unusable == NULL && (info->kind == SEN_DEVICE_DISCRETE || info->kind == SEN_DEVICE_INTEGRATED);
}

/* --- Self-test ------------------------------------------------------------------------------------------------------------ */

/* The result of an earlier test of this device and driver, or of one made now. */
static bool
ensure_tested (const SenDevicesParams *params, const SenVulkanInfo *info, SenDevice *device, GError **error)
{
  g_autofree char *note = NULL;
  switch (sen_self_test_lookup (params->cache_dir, info->identity, &note))
    {
    case SEN_SELF_TEST_PASSED:
      return true;
    case SEN_SELF_TEST_FAILED:
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "%s is not used because it failed the self-test: %s", info->name, note);
      return false;
    case SEN_SELF_TEST_UNTESTED:
      break;
    }
  return sen_self_test_run (device, params->cache_dir, info->identity, NULL, error);
}

bool
sen_devices_self_test (const SenDevicesParams *params, const char *id, SenCancel *cancel, GError **error)
{
  g_autofree char *reason = NULL;
  g_autoptr (GPtrArray) list = sen_vulkan_list (params->debug, &reason);
  for (uint32_t i = 0; i < list->len; i++)
    {
      const SenVulkanInfo *info = g_ptr_array_index (list, i);
      g_autofree char *info_id = g_strdup_printf ("vulkan:%u", info->index);
      if (strcmp (info_id, id) != 0)
        continue;
      g_autoptr (SenDevice) device = open_vulkan (params, info->index, error);
      return device != NULL && sen_self_test_run (device, params->cache_dir, info->identity, cancel, error);
    }
  if (strcmp (id, "cpu") == 0)
    {
      g_autoptr (SenDevice) device = open_cpu (params, error);
      return device != NULL && sen_self_test_run (device, NULL, NULL, cancel, error);
    }
  g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is no device %s", id);
  return false;
}

/* --- Opening ---------------------------------------------------------------------------------------------------------------- */

/* Tries the candidates from the best on; *@why_not collects what spoke against each. */
static SenDevice *
open_best_gpu (const SenDevicesParams *params, GPtrArray *list, char **reason, GString *why_not)
{
  for (uint32_t i = 0; i < list->len; i++)
    {
      const SenVulkanInfo *info = g_ptr_array_index (list, i);
      if (!is_candidate (info))
        {
          if (info->unusable != NULL)
            g_string_append_printf (why_not, "; %s %s", info->name, info->unusable);
          continue;
        }
      g_autoptr (GError) error = NULL;
      g_autoptr (SenDevice) device = open_vulkan (params, info->index, &error);
      if (device != NULL && ensure_tested (params, info, device, &error))
        {
          *reason = g_strdup_printf ("%s is the best GPU here", info->name);
          return g_steal_pointer (&device);
        }
      g_string_append_printf (why_not, "; %s", error->message);
    }
  return NULL;
}

static SenDevice *
open_named_vulkan (const SenDevicesParams *params, GPtrArray *list, const char *none_reason, char **reason, GError **error)
{
  const char *number = strchr (params->wanted, ':');
  char *end = NULL;
  uint64_t index = number != NULL ? g_ascii_strtoull (number + 1, &end, 10) : 0;
  if (number != NULL && (end == number + 1 || *end != '\0'))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "“%s” is no device; say auto, cpu, vulkan or vulkan:N", params->wanted);
      return NULL;
    }
  for (uint32_t i = 0; i < list->len; i++)
    {
      const SenVulkanInfo *info = g_ptr_array_index (list, i);
      if (number != NULL && info->index != index)
        continue;
      if (info->unusable != NULL)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "%s cannot be used: %s", info->name, info->unusable);
          return NULL;
        }
      g_autoptr (SenDevice) device = open_vulkan (params, info->index, error);
      if (device == NULL || !ensure_tested (params, info, device, error))
        return NULL;
      *reason = g_strdup_printf ("%s was asked for", params->wanted);
      return g_steal_pointer (&device);
    }
  if (list->len == 0)
    g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "%s cannot be used: %s", params->wanted,
                 none_reason != NULL ? none_reason : "there is no Vulkan device");
  else
    g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is no %s; this machine has %u Vulkan devices", params->wanted,
                 list->len);
  return NULL;
}

SenDevice *
sen_devices_open (const SenDevicesParams *params, SenDevice **fallback, char **reason, GError **error)
{
  const char *wanted = params->wanted != NULL ? params->wanted : "auto";
  bool is_auto = strcmp (wanted, "auto") == 0, is_cpu = strcmp (wanted, "cpu") == 0;
  bool is_vulkan = strcmp (wanted, "vulkan") == 0 || g_str_has_prefix (wanted, "vulkan:");
  if (!is_auto && !is_cpu && !is_vulkan)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "“%s” is no device; say auto, cpu, vulkan or vulkan:N", wanted);
      return NULL;
    }

  g_autoptr (SenDevice) cpu = open_cpu (params, error);
  if (cpu == NULL)
    return NULL;
  *fallback = NULL;
  if (is_cpu)
    {
      *reason = g_strdup ("the CPU was asked for");
      *fallback = sen_device_ref (cpu);
      return g_steal_pointer (&cpu);
    }

  g_autofree char *none_reason = NULL;
  g_autoptr (GPtrArray) list = sen_vulkan_list (params->debug, &none_reason);
  if (is_vulkan)
    {
      SenDevice *device = open_named_vulkan (params, list, none_reason, reason, error);
      if (device != NULL)
        *fallback = g_steal_pointer (&cpu);
      return device;
    }

  g_autoptr (GString) why_not = g_string_new (NULL);
  SenDevice *gpu = open_best_gpu (params, list, reason, why_not);
  *fallback = sen_device_ref (cpu);
  if (gpu != NULL)
    return gpu;
  if (list->len == 0 && none_reason != NULL)
    *reason = g_strdup_printf ("no usable GPU: %s", none_reason);
  else
    *reason = g_strdup_printf ("no usable GPU%s", why_not->len > 0 ? why_not->str : ": there is only a software Vulkan device");
  return g_steal_pointer (&cpu);
}

/* --- Listing ---------------------------------------------------------------------------------------------------------------- */

static SenDeviceEntry *
describe_cpu (const SenDevicesParams *params)
{
  SenDeviceEntry *entry = g_new0 (SenDeviceEntry, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) cpu = open_cpu (params, &error);
  entry->kind = SEN_DEVICE_CPU;
  entry->id = g_strdup ("cpu");
  if (cpu == NULL)
    {
      entry->name = g_strdup ("CPU");
      entry->driver = g_strdup ("");
      entry->features = g_strdup ("");
      entry->unusable = g_strdup (error->message);
      return entry;
    }
  const SenDeviceInfo *info = sen_device_info (cpu);
  entry->name = g_strdup (info->name);
  entry->driver = g_strdup (info->driver);
  entry->features = g_strdup_printf ("%s, %u threads", info->features, info->n_threads);
  entry->memory_bytes = info->memory_bytes;
  entry->self_test = SEN_SELF_TEST_PASSED;
  return entry;
}

static SenDeviceEntry *
describe_vulkan (const SenDevicesParams *params, const SenVulkanInfo *info)
{
  SenDeviceEntry *entry = g_new0 (SenDeviceEntry, 1);
  entry->kind = info->kind;
  entry->id = g_strdup_printf ("vulkan:%u", info->index);
  entry->name = g_strdup (info->name);
  entry->driver = g_strdup (info->driver);
  entry->features = g_strdup (info->features);
  entry->memory_bytes = info->memory_bytes;
  entry->unusable = g_strdup (info->unusable);
  entry->self_test = sen_self_test_lookup (params->cache_dir, info->identity, &entry->self_test_note);
  return entry;
}

GPtrArray *
sen_devices_list (const SenDevicesParams *params)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (free_entry);
  g_autofree char *none_reason = NULL;
  g_autoptr (GPtrArray) list = sen_vulkan_list (params->debug, &none_reason);

  SenDeviceEntry *chosen = NULL;
  for (uint32_t i = 0; i < list->len; i++)
    {
      const SenVulkanInfo *info = g_ptr_array_index (list, i);
      SenDeviceEntry *entry = describe_vulkan (params, info);
      g_ptr_array_add (entries, entry);
      if (chosen == NULL && is_candidate (info) && entry->self_test != SEN_SELF_TEST_FAILED)
        chosen = entry;
    }
  SenDeviceEntry *cpu = describe_cpu (params);
  g_ptr_array_add (entries, cpu);
  if (chosen == NULL)
    {
      chosen = cpu;
      chosen->reason = none_reason != NULL ? g_strdup_printf ("no usable GPU: %s", none_reason) : g_strdup ("no usable GPU");
    }
  else
    chosen->reason = g_strdup ("the best GPU here");
  chosen->chosen = true;
  return entries;
}
