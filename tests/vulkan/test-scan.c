/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Rows of bytes on the Vulkan device, multiplied with one row after another: to the bit what a plain loop says, with every variant, over
 * several parts, and under faults. The validation layer is on, as in test-vulkan.c. */
#include <string.h>

#include "sen-cpu.h"
#include "sen-error.h"
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

/* -127 … 127, the ends often. (transfer full) */
static int8_t *
make_rows (uint64_t seed, uint64_t n)
{
  int8_t *rows = g_malloc (n);
  uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
  for (uint64_t i = 0; i < n; i++)
    {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      uint32_t value = (uint32_t) (state >> 33) % 320;
      rows[i] = (int8_t) (value < 255 ? (int) value - 127 : value % 2 == 0 ? 127 : -127);
    }
  return rows;
}

/* In blocks of @block_rows. */
static bool
add (SenScan *scan, const int8_t *rows, uint32_t n_col, uint32_t n_rows, uint32_t block_rows, GError **error)
{
  g_autofree const int8_t **blocks = g_new (const int8_t *, n_rows / block_rows + 1);
  for (uint32_t i = 0; i < n_rows / block_rows; i++)
    blocks[i] = rows + (size_t) i * block_rows * n_col;
  return sen_scan_add (scan, blocks, n_rows / block_rows, block_rows, error);
}

static void
assert_products (SenScan *scan, const int8_t *rows, uint32_t n_col, uint64_t seed)
{
  g_autoptr (GError) error = NULL;
  uint32_t n = (uint32_t) sen_scan_n_rows (scan);
  g_autofree int8_t *x = make_rows (seed, n_col);
  g_autofree int32_t *products = g_new (int32_t, n + 1);
  g_assert_true (sen_scan_run (scan, x, NULL, &error));
  g_assert_no_error (error);
  products[n] = 12345;
  sen_scan_read (scan, 0, n, products);
  g_assert_cmpint (products[n], ==, 12345);
  for (uint32_t r = 0; r < n; r++)
    {
      int32_t sum = 0;
      for (uint32_t i = 0; i < n_col; i++)
        sum += rows[(size_t) r * n_col + i] * x[i];
      g_assert_cmpint (products[r], ==, sum);
    }
}

static void
test_products (gconstpointer variants)
{
  static const uint32_t widths[] = { 16, 64, 384, 1024 }, counts[] = { 8, 64, 72, 1000, 4104 };
  const SenDebug debug = { .vulkan_variants = variants, .vulkan_validation = true };
  g_autoptr (SenDevice) device = open_device (&debug);
  for (size_t i = 0; i < G_N_ELEMENTS (widths); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (counts); j++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (SenScan) scan = sen_scan_new (device, widths[i], &error);
        g_autofree int8_t *rows = make_rows (i + j, (size_t) widths[i] * counts[j]);
        g_assert_no_error (error);
        assert_products (scan, rows, widths[i], 100);
        g_assert_true (add (scan, rows, widths[i], 8, 8, &error));
        assert_products (scan, rows, widths[i], 101);
        g_assert_true (add (scan, rows + (size_t) 8 * widths[i], widths[i], counts[j] - 8, MAX (counts[j] - 8, 8), &error));
        g_assert_cmpuint (sen_scan_n_rows (scan), ==, counts[j]);
        assert_products (scan, rows, widths[i], 102);
        assert_products (scan, rows, widths[i], 103);
      }
}

/* More than one part takes, brought in pieces that end anywhere. */
static void
test_parts (void)
{
  enum { N_COL = 65536, N_ROWS = 800 };
  const SenDebug debug = { .vulkan_validation = true };
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = open_device (&debug);
  g_autoptr (SenScan) scan = sen_scan_new (device, N_COL, &error);
  g_autofree int8_t *rows = make_rows (7, (size_t) N_COL * N_ROWS);
  g_assert_true (add (scan, rows, N_COL, 400, 400, &error));
  g_assert_true (add (scan, rows + (size_t) 400 * N_COL, N_COL, 384, 16, &error));
  g_assert_true (add (scan, rows + (size_t) 784 * N_COL, N_COL, 16, 8, &error));
  assert_products (scan, rows, N_COL, 8);
  /* Across the parts. */
  int32_t all[N_ROWS], some[16];
  sen_scan_read (scan, 0, N_ROWS, all);
  for (uint32_t first = 0; first + 16 <= N_ROWS; first += 11)
    {
      sen_scan_read (scan, first, 16, some);
      g_assert_true (memcmp (some, all + first, sizeof some) == 0);
    }
}

/* What has no room is refused, and what was there stays right. */
static void
test_no_room (void)
{
  enum { N_COL = 65536, N_ROWS = 800 };
  const SenDebug debug = { .vulkan_validation = true, .vulkan_budget_bytes = 60u << 20 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = open_device (&debug);
  g_autoptr (SenScan) scan = sen_scan_new (device, N_COL, &error);
  g_autofree int8_t *rows = make_rows (9, (size_t) N_COL * N_ROWS);
  g_assert_true (add (scan, rows, N_COL, 504, 8, &error));
  g_assert_false (add (scan, rows + (size_t) 504 * N_COL, N_COL, 296, 8, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY);
  g_assert_cmpuint (sen_scan_n_rows (scan), ==, 504);
  g_clear_error (&error);
  assert_products (scan, rows, N_COL, 10);
  g_assert_true (add (scan, rows + (size_t) 504 * N_COL, N_COL, 8, 8, &error));
  assert_products (scan, rows, N_COL, 11);
}

static void
test_allocation_fails (void)
{
  g_autofree int8_t *rows = make_rows (12, 64 * 64);
  /* The first is the device's own; then query, its staging, rows, products, staging. */
  for (uint32_t nth = 2; nth <= 6; nth++)
    {
      const SenDebug debug = { .vulkan_validation = true, .vulkan_fail_alloc = nth };
      g_autoptr (GError) error = NULL;
      g_autoptr (SenDevice) device = open_device (&debug);
      g_autoptr (SenScan) scan = sen_scan_new (device, 64, &error);
      if (scan != NULL)
        g_assert_false (add (scan, rows, 64, 64, 64, &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY);
      g_clear_error (&error);
      if (scan == NULL)
        continue;
      g_assert_true (add (scan, rows, 64, 64, 64, &error));
      assert_products (scan, rows, 64, 13);
    }
}

static void
test_device_lost (void)
{
  g_autofree int8_t *rows = make_rows (14, 64 * 64);
  /* While rows are brought up, and while they are multiplied. */
  for (uint32_t nth = 1; nth <= 2; nth++)
    {
      const SenDebug debug = { .vulkan_validation = true, .vulkan_lose_device = nth };
      g_autoptr (GError) error = NULL;
      g_autoptr (SenDevice) device = open_device (&debug);
      g_autoptr (SenScan) scan = sen_scan_new (device, 64, &error);
      g_assert_no_error (error);
      g_assert_false (add (scan, rows, 64, 64, 64, &error) && sen_scan_run (scan, rows, NULL, &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_DEVICE_LOST);
    }
}

static void
test_stopped (void)
{
  const SenDebug debug = { .vulkan_validation = true };
  g_autofree int8_t *rows = make_rows (15, 64 * 64);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = open_device (&debug);
  g_autoptr (SenScan) scan = sen_scan_new (device, 64, &error);
  SenCancel cancel = { 1 };
  g_assert_true (add (scan, rows, 64, 64, 64, &error));
  g_assert_false (sen_scan_run (scan, rows, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  assert_products (scan, rows, 64, 16);
}

static void
test_cpu (void)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams params = { .n_threads = 1 };
  g_autoptr (SenDevice) cpu = sen_cpu_device_new (&params, &error);
  g_assert_null (sen_scan_new (cpu, 64, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
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
  g_test_add_data_func ("/scan/products", NULL, test_products);
  g_test_add_data_func ("/scan/products/baseline", "none", test_products);
  g_test_add_data_func ("/scan/products/wide", "wide", test_products);
  g_test_add_data_func ("/scan/products/dot8", "subgroup,dot8", test_products);
  g_test_add_data_func ("/scan/products/wide-dot8", "subgroup,wide,dot8", test_products);
  g_test_add_func ("/scan/parts", test_parts);
  g_test_add_func ("/scan/no-room", test_no_room);
  g_test_add_func ("/scan/allocation-fails", test_allocation_fails);
  g_test_add_func ("/scan/device-lost", test_device_lost);
  g_test_add_func ("/scan/stopped", test_stopped);
  g_test_add_func ("/scan/cpu", test_cpu);
  return g_test_run ();
}
