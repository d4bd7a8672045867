/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The Vulkan device against the scalar reference, with every variant it has and with none, and under each fault that debug
 * can inject. Runs on any device, lavapipe included; the validation layer is on where it is installed, and one message
 * from it fails the test that caused it (it writes to stdout, which the TAP reader would not understand). */
#include <stdlib.h>

#include "check-ops.h"
#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-op-check.h"
#include "sen-vulkan.h"

static SenDevice *
open_device (const SenDebug *debug)
{
  g_autoptr (GError) error = NULL;
  const SenVulkanParams params = { .index = 0, .debug = debug };
  SenDevice *device = sen_vulkan_device_new (&params, &error);
  g_assert_no_error (error);
  return device;
}

static SenDevice *
open_reference (void)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams params = { .isa = "reference", .exact = true };
  SenDevice *device = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);
  return device;
}

static void
test_ops (gconstpointer variants)
{
  const SenDebug debug = { .vulkan_variants = variants, .vulkan_validation = true };
  g_autoptr (SenDevice) device = open_device (&debug);
  g_autoptr (SenDevice) reference = open_reference ();
  check_ops (device, reference);
}

/* Runs the first linear case; the error says what the fault did. */
static void
expect_fault (const SenDebug *debug, SenError code)
{
  g_autoptr (SenDevice) device = open_device (debug);
  g_autoptr (SenDevice) reference = open_reference ();
  g_autoptr (GError) error = NULL;
  double difference;
  g_assert_false (sen_op_check_run (sen_op_check_count () - 2, device, reference, &difference, &error));
  g_assert_error (error, SEN_ERROR, code);
}

static void
test_no_budget (void)
{
  const SenDebug debug = { .vulkan_budget_bytes = 4096 };
  expect_fault (&debug, SEN_ERROR_DEVICE_MEMORY);
}

static void
test_allocation_fails (void)
{
  /* The first allocation is the device's own; whichever fails later must be told and leave nothing behind. */
  for (uint32_t nth = 2; nth < 8; nth++)
    {
      const SenDebug debug = { .vulkan_fail_alloc = nth };
      expect_fault (&debug, SEN_ERROR_DEVICE_MEMORY);
    }
}

static void
test_device_lost (void)
{
  const SenDebug debug = { .vulkan_lose_device = 1 };
  expect_fault (&debug, SEN_ERROR_DEVICE_LOST);
}

static void
test_broken_kernel (void)
{
  const SenDebug debug = { .vulkan_break_kernel = true };
  g_autoptr (SenDevice) device = open_device (&debug);
  g_autoptr (SenDevice) reference = open_reference ();
  bool noticed = false;
  for (uint32_t i = 0; i < sen_op_check_count () && !noticed; i++)
    {
      double difference = 0.0;
      g_assert_true (sen_op_check_run (i, device, reference, &difference, NULL));
      noticed = !(difference <= sen_op_check_tolerance (i, device));
    }
  g_assert_true (noticed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *reason = NULL;
  g_autoptr (GPtrArray) list = sen_vulkan_list (NULL, &reason);
  if (list->len == 0)
    {
      g_print ("1..0 # SKIP hardware: %s\n", reason);
      return 0;
    }
  g_test_add_data_func ("/vulkan/ops", NULL, test_ops);
  g_test_add_data_func ("/vulkan/ops/baseline", "none", test_ops);
  g_test_add_data_func ("/vulkan/ops/subgroup", "subgroup", test_ops);
  g_test_add_data_func ("/vulkan/ops/wide", "subgroup,wide", test_ops);
  g_test_add_data_func ("/vulkan/ops/wide-baseline", "wide", test_ops);
  g_test_add_data_func ("/vulkan/ops/fp16", "subgroup,fp16", test_ops);
  g_test_add_data_func ("/vulkan/ops/dot8", "subgroup,wide,dot8", test_ops);
  g_test_add_func ("/vulkan/fault/no-budget", test_no_budget);
  g_test_add_func ("/vulkan/fault/allocation-fails", test_allocation_fails);
  g_test_add_func ("/vulkan/fault/device-lost", test_device_lost);
  g_test_add_func ("/vulkan/fault/broken-kernel", test_broken_kernel);
  return g_test_run ();
}
