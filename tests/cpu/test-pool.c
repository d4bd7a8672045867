/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "sen-pool.h"

#define N_ITEMS 1000

static void
count_items (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  atomic_uint *counts = data;
  for (uint32_t i = first; i < end; i++)
    atomic_fetch_add (&counts[i], 1);
}

/* Every item once, whatever the threads and chunks. */
static void
test_items (void)
{
  for (uint32_t n_threads = 1; n_threads <= 5; n_threads++)
    {
      g_autoptr (SenPool) pool = sen_pool_new (n_threads);
      g_autofree atomic_uint *counts = g_new0 (atomic_uint, N_ITEMS);
      g_assert_cmpuint (sen_pool_n_threads (pool), ==, n_threads);
      for (uint32_t round = 1; round <= 200; round++)
        {
          sen_pool_run (pool, N_ITEMS, 1 + round % 37, count_items, counts);
          for (uint32_t i = 0; i < N_ITEMS; i++)
            g_assert_cmpuint (counts[i], ==, round);
        }
      sen_pool_run (pool, 0, 1, count_items, counts);
    }
}

static double
cpu_seconds (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + 1e-6 * (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* Between runs the threads sleep. Processor time, not wall time, so a busy machine does not matter. */
static void
test_idle (void)
{
  g_autoptr (SenPool) pool = sen_pool_new (4);
  g_autofree atomic_uint *counts = g_new0 (atomic_uint, N_ITEMS);
  sen_pool_run (pool, N_ITEMS, 10, count_items, counts);
  g_usleep (20000);
  double start = cpu_seconds ();
  g_usleep (500000);
  g_assert_cmpfloat (cpu_seconds () - start, <, 0.05);
}

/* Spins end: a caller that pauses longer than that between loops costs its pool 100 µs a thread at most each time. */
static void
test_spinning (void)
{
  g_autoptr (SenPool) pool = sen_pool_new (2);
  g_autofree atomic_uint *counts = g_new0 (atomic_uint, N_ITEMS);
  double start = cpu_seconds ();
  for (int i = 0; i < 200; i++)
    {
      sen_pool_run (pool, N_ITEMS, 10, count_items, counts);
      g_usleep (2000);
    }
  /* 200 loops of some microseconds, 200 spins of 50 µs, the sleeping and waking itself. */
  g_assert_cmpfloat (cpu_seconds () - start, <, 200 * 500e-6);
}

static char *
write_quota (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_mkdir_with_parents (parent, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return g_steal_pointer (&path);
}

static void
test_processors (void)
{
  cpu_set_t set;
  g_assert_cmpint (sched_getaffinity (0, sizeof set, &set), ==, 0);
  uint32_t n = (uint32_t) CPU_COUNT (&set);
  g_autofree char *folder = g_dir_make_tmp ("sen-cgroup-XXXXXX", NULL);
  g_assert_cmpuint (sen_pool_count_processors (folder), ==, n);

  g_autofree char *v2 = write_quota (folder, "cpu.max", "max 100000\n");
  g_assert_cmpuint (sen_pool_count_processors (folder), ==, n);
  g_free (write_quota (folder, "cpu.max", "50000 100000\n"));
  g_assert_cmpuint (sen_pool_count_processors (folder), ==, 1);
  g_free (write_quota (folder, "cpu.max", "150000 100000\n"));
  g_assert_cmpuint (sen_pool_count_processors (folder), ==, MIN (n, 2));
  g_free (write_quota (folder, "cpu.max", "nonsense"));
  g_assert_cmpuint (sen_pool_count_processors (folder), ==, n);
  g_unlink (v2);

  g_autofree char *quota = write_quota (folder, "cpu/cpu.cfs_quota_us", "-1\n");
  g_autofree char *period = write_quota (folder, "cpu/cpu.cfs_period_us", "100000\n");
  g_assert_cmpuint (sen_pool_count_processors (folder), ==, n);
  g_free (write_quota (folder, "cpu/cpu.cfs_quota_us", "100000\n"));
  g_assert_cmpuint (sen_pool_count_processors (folder), ==, 1);
  g_unlink (quota);
  g_unlink (period);
  g_autofree char *inner = g_build_filename (folder, "cpu", NULL);
  g_rmdir (inner);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool/items", test_items);
  g_test_add_func ("/pool/idle", test_idle);
  g_test_add_func ("/pool/spinning", test_spinning);
  g_test_add_func ("/pool/processors", test_processors);
  return g_test_run ();
}
