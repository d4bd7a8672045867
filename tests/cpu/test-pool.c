/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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
          if (round % 4 == 0)
            sen_pool_run_stretches (pool, N_ITEMS, count_items, counts);
          else
            sen_pool_run (pool, N_ITEMS, 1 + round % 37, count_items, counts);
          for (uint32_t i = 0; i < N_ITEMS; i++)
            g_assert_cmpuint (counts[i], ==, round);
        }
      sen_pool_run (pool, 0, 1, count_items, counts);
      sen_pool_run_stretches (pool, 0, count_items, counts);
    }
}

/* Lengths of stretches by the item they begin with. */
static void
note_length (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  uint32_t *lengths = data;
  lengths[first] = end - first;
}

/* Stretches are long at first, single at last, and never longer than the one before: few ends to wait for, and little to wait. */
static void
test_stretches (void)
{
  g_autoptr (SenPool) pool = sen_pool_new (2);
  g_autofree uint32_t *lengths = g_new0 (uint32_t, N_ITEMS);
  uint32_t n_stretches = 0, last = N_ITEMS;
  sen_pool_run_stretches (pool, N_ITEMS, note_length, lengths);
  g_assert_cmpuint (lengths[0], >=, N_ITEMS / 8);
  for (uint32_t i = 0; i < N_ITEMS; i += last, n_stretches++)
    {
      g_assert_cmpuint (lengths[i], >=, 1);
      g_assert_cmpuint (lengths[i], <=, last);
      last = lengths[i];
    }
  g_assert_cmpuint (last, ==, 1);
  g_assert_cmpuint (n_stretches, <, 40);
}

/* How many threads of this process wait in the kernel; beside them is the one that asks. */
static uint32_t
count_sleepers (void)
{
  uint32_t n = 0;
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  g_assert_nonnull (tasks);
  for (const char *name = g_dir_read_name (tasks); name != NULL; name = g_dir_read_name (tasks))
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", name, "stat", NULL);
      g_autofree char *text = NULL;
      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      const char *state = strrchr (text, ')');
      n += state != NULL && state[1] != '\0' && state[2] == 'S';
    }
  return n;
}

/* Between loops the threads sleep: each spin has an end. How soon is not asked here, a busy machine may take its time; a spin
 * without an end would wait until the test runner's patience does. */
static void
test_sleeps (void)
{
  g_autoptr (SenPool) pool = sen_pool_new (4);
  g_autofree atomic_uint *counts = g_new0 (atomic_uint, N_ITEMS);
  for (int i = 0; i < 20; i++)
    {
      sen_pool_run (pool, N_ITEMS, 10, count_items, counts);
      while (count_sleepers () < 3)
        g_usleep (200);
    }
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

static uint32_t
count_processors (const char *folder)
{
  g_autofree char *membership = g_build_filename (folder, "membership", NULL);
  return sen_pool_count_processors (folder, membership);
}

/* The quota of a group that this process is deep inside of, by either version. */
static void
test_nested_groups (void)
{
  static const struct { const char *membership, *file, *text; uint32_t n; } cases[] = {
    { "0::/user.slice/a.scope\n", "user.slice/cpu.max", "100000 100000\n", 1 },
    { "0::/user.slice/a.scope\n", "user.slice/a.scope/cpu.max", "max 100000\n", 2 },
    { "0::/user.slice/a.scope\n", "other.slice/cpu.max", "100000 100000\n", 2 },
    { "12:cpuset:/\n4:cpu,cpuacct:/jobs/7\n0::/\n", "cpu/jobs/7/cpu.cfs_quota_us", "50000\n", 1 },
    { "0::/../../outside\nnonsense\n", "cpu.max", "max 100000\n", 2 },
  };
  g_autofree char *folder = g_dir_make_tmp ("sen-cgroup-XXXXXX", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *membership = write_quota (folder, "membership", cases[i].membership);
      g_autofree char *quota = write_quota (folder, cases[i].file, cases[i].text);
      g_autofree char *period = write_quota (folder, "cpu/jobs/7/cpu.cfs_period_us", "100000\n");
      g_assert_cmpuint (MIN (count_processors (folder), 2), ==, MIN (cases[i].n, g_get_num_processors ()));
      g_unlink (quota);
    }
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);
  g_assert_cmpint (system (command), ==, 0);
}

static void
test_processors (void)
{
  cpu_set_t set;
  g_assert_cmpint (sched_getaffinity (0, sizeof set, &set), ==, 0);
  uint32_t n = (uint32_t) CPU_COUNT (&set);
  g_autofree char *folder = g_dir_make_tmp ("sen-cgroup-XXXXXX", NULL);
  g_assert_cmpuint (count_processors (folder), ==, n);

  g_autofree char *v2 = write_quota (folder, "cpu.max", "max 100000\n");
  g_assert_cmpuint (count_processors (folder), ==, n);
  g_free (write_quota (folder, "cpu.max", "50000 100000\n"));
  g_assert_cmpuint (count_processors (folder), ==, 1);
  g_free (write_quota (folder, "cpu.max", "150000 100000\n"));
  g_assert_cmpuint (count_processors (folder), ==, MIN (n, 2));
  g_free (write_quota (folder, "cpu.max", "nonsense"));
  g_assert_cmpuint (count_processors (folder), ==, n);
  g_unlink (v2);

  g_autofree char *quota = write_quota (folder, "cpu/cpu.cfs_quota_us", "-1\n");
  g_autofree char *period = write_quota (folder, "cpu/cpu.cfs_period_us", "100000\n");
  g_assert_cmpuint (count_processors (folder), ==, n);
  g_free (write_quota (folder, "cpu/cpu.cfs_quota_us", "100000\n"));
  g_assert_cmpuint (count_processors (folder), ==, 1);
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
  g_test_add_func ("/pool/stretches", test_stretches);
  g_test_add_func ("/pool/sleeps", test_sleeps);
  g_test_add_func ("/pool/processors", test_processors);
  g_test_add_func ("/pool/nested-groups", test_nested_groups);
  return g_test_run ();
}
