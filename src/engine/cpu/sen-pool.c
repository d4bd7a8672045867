/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-pool.h"

#include <linux/futex.h>
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPIN_US 95
#define WORKER_NICE 2
#define SHARES_PER_THREAD 2   /* of what is left, in stretches: the last ones are small, so threads end together */

struct SenPool {
  uint32_t     n_threads;
  GThread    **workers;       /* [n_threads - 1] */

  /* One loop. Written by the caller before it raises the generation. */
  SenPoolFunc  func;
  gpointer     data;
  uint32_t     n_items, chunk;
  uint32_t     n_shares;      /* a thread takes this part of what is left, a chunk at least; 0: always one chunk */

  _Alignas (64) atomic_uint next;         /* first item nobody has taken */
  _Alignas (64) atomic_uint generation;   /* futex: raised for each loop */
  atomic_uint  n_sleeping;                /* workers inside the futex wait */
  _Alignas (64) atomic_uint n_running;    /* futex: workers that have not finished the loop */
  atomic_uint  caller_sleeps;
  atomic_bool  stopping;
};

typedef struct {
  SenPool *pool;
  uint32_t thread;
} Worker;

static void
futex_wait (atomic_uint *word, unsigned value)
{
  syscall (SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void
futex_wake (atomic_uint *word)
{
  syscall (SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static inline void
pause_cpu (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile ("yield");
#endif
}

/* Spins until *word differs from @value, for SPIN_US at most. True when it does. */
static bool
spin_while (atomic_uint *word, unsigned value)
{
  gint64 end = 0;
  for (uint32_t i = 0;; i++)
    {
      if (atomic_load_explicit (word, memory_order_acquire) != value)
        return true;
      pause_cpu ();
      if (i % 64 == 63)
        {
          gint64 now = g_get_monotonic_time ();
          if (end == 0)
            end = now + SPIN_US;
          else if (now >= end)
            return false;
        }
    }
}

static void
take_items (SenPool *pool, uint32_t thread)
{
  for (;;)
    {
      unsigned first = atomic_load_explicit (&pool->next, memory_order_relaxed), end;
      do
        {
          if (first >= pool->n_items)
            return;
          uint32_t left = pool->n_items - first;
          end = first + MIN (left, MAX (pool->chunk, pool->n_shares > 0 ? left / pool->n_shares : 0));
        }
      while (!atomic_compare_exchange_weak_explicit (&pool->next, &first, end, memory_order_relaxed, memory_order_relaxed));
      pool->func (pool->data, first, end, thread);
    }
}

static gpointer
run_worker (gpointer data)
{
  g_autofree Worker *worker = data;
  SenPool *pool = worker->pool;
  unsigned seen = 0;

  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), getpriority (PRIO_PROCESS, 0) + WORKER_NICE);
  for (;;)
    {
      if (!spin_while (&pool->generation, seen))
        {
          atomic_fetch_add (&pool->n_sleeping, 1);
          while (atomic_load_explicit (&pool->generation, memory_order_acquire) == seen)
            futex_wait (&pool->generation, seen);
          atomic_fetch_sub (&pool->n_sleeping, 1);
        }
      seen = atomic_load_explicit (&pool->generation, memory_order_acquire);
      if (atomic_load (&pool->stopping))
        return NULL;

      take_items (pool, worker->thread);
      if (atomic_fetch_sub_explicit (&pool->n_running, 1, memory_order_acq_rel) == 1
          && atomic_load (&pool->caller_sleeps) != 0)
        futex_wake (&pool->n_running);
    }
}

SenPool *
sen_pool_new (uint32_t n_threads)
{
  SenPool *pool = g_aligned_alloc0 (1, sizeof (SenPool), 64);
  pool->n_threads = MAX (n_threads, 1);
  pool->workers = g_new0 (GThread *, pool->n_threads);
  for (uint32_t i = 1; i < pool->n_threads; i++)
    {
      Worker *worker = g_new (Worker, 1);
      *worker = (Worker) { .pool = pool, .thread = i };
      pool->workers[i - 1] = g_thread_new ("sen-cpu", run_worker, worker);
    }
  return pool;
}

static void
raise_generation (SenPool *pool)
{
  atomic_fetch_add (&pool->generation, 1);
  if (atomic_load (&pool->n_sleeping) > 0)
    futex_wake (&pool->generation);
}

void
sen_pool_free (SenPool *pool)
{
  if (pool == NULL)
    return;
  atomic_store (&pool->stopping, true);
  raise_generation (pool);
  for (uint32_t i = 1; i < pool->n_threads; i++)
    g_thread_join (pool->workers[i - 1]);
  g_free (pool->workers);
  g_aligned_free (pool);
}

uint32_t
sen_pool_n_threads (const SenPool *pool)
{
  return pool->n_threads;
}

static void
wait_for_workers (SenPool *pool)
{
  for (;;)
    {
      unsigned n = atomic_load_explicit (&pool->n_running, memory_order_acquire);
      if (n == 0)
        return;
      if (spin_while (&pool->n_running, n))
        continue;
      atomic_store (&pool->caller_sleeps, 1);
      n = atomic_load (&pool->n_running);
      if (n != 0)
        futex_wait (&pool->n_running, n);
      atomic_store (&pool->caller_sleeps, 0);
    }
}

static void
run_loop (SenPool *pool, uint32_t n_items, uint32_t chunk, uint32_t n_shares, SenPoolFunc func, gpointer data)
{
  if (pool->n_threads == 1 || n_items <= chunk)
    {
      func (data, 0, n_items, 0);
      return;
    }
  pool->func = func;
  pool->data = data;
  pool->n_items = n_items;
  pool->chunk = chunk;
  pool->n_shares = n_shares;
  atomic_store_explicit (&pool->next, 0, memory_order_relaxed);
  atomic_store_explicit (&pool->n_running, pool->n_threads - 1, memory_order_relaxed);
  raise_generation (pool);
  take_items (pool, 0);
  wait_for_workers (pool);
}

void
sen_pool_run (SenPool *pool, uint32_t n_items, uint32_t chunk, SenPoolFunc func, gpointer data)
{
  run_loop (pool, n_items, MAX (chunk, 1), 0, func, data);
}

void
sen_pool_run_stretches (SenPool *pool, uint32_t n_items, SenPoolFunc func, gpointer data)
{
  run_loop (pool, n_items, 1, SHARES_PER_THREAD * pool->n_threads, func, data);
}

/* --- Processors ----------------------------------------------------------------------------------------------------------- */

/* A number at the start of a file, or false. */
static bool
read_number (const char *folder, const char *name, double *number, double *second)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  char *rest = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return false;
  *number = g_ascii_strtod (text, &rest);   /* cpu.max may say "max 100000": no number in front */
  if (rest == text)
    return false;
  if (second != NULL)
    *second = g_ascii_strtod (rest, NULL);
  return true;
}

/* How many processors' time the group in @folder may take, by either version of control groups; infinite without a limit. */
static double
read_quota (const char *folder)
{
  double quota, period;
  bool found = read_number (folder, "cpu.max", &quota, &period)
               || (read_number (folder, "cpu.cfs_quota_us", &quota, NULL) && read_number (folder, "cpu.cfs_period_us", &period, NULL));
  return found && quota > 0 && period > 0 ? quota / period : INFINITY;
}

/* The tightest quota of @group ("/user.slice/a.scope") and all groups that it is in. */
static double
read_quotas (const char *mount, const char *group)
{
  g_autofree char *folder = g_build_filename (mount, strstr (group, "..") == NULL ? group : "", NULL);
  double quota = read_quota (mount);
  while (strlen (folder) > strlen (mount))
    {
      quota = MIN (quota, read_quota (folder));
      *strrchr (folder, '/') = '\0';
    }
  return quota;
}

uint32_t
sen_pool_count_processors (const char *cgroup_root, const char *membership_path)
{
  cpu_set_t set;
  int n = sched_getaffinity (0, sizeof set, &set) == 0 ? CPU_COUNT (&set) : (int) g_get_num_processors ();
  g_autofree char *membership = NULL, *v1_mount = g_build_filename (cgroup_root, "cpu", NULL);
  double quota = MIN (read_quota (cgroup_root), read_quota (v1_mount));

  /* Lines of "number:controllers:group"; version 2 has no controllers. */
  if (g_file_get_contents (membership_path, &membership, NULL, NULL))
    {
      g_auto (GStrv) lines = g_strsplit (membership, "\n", 256);
      for (char **line = lines; *line != NULL; line++)
        {
          g_auto (GStrv) fields = g_strsplit (*line, ":", 3);
          if (g_strv_length (fields) != 3)
            continue;
          g_auto (GStrv) controllers = g_strsplit (fields[1], ",", -1);
          if (fields[1][0] == '\0')
            quota = MIN (quota, read_quotas (cgroup_root, fields[2]));
          else if (g_strv_contains ((const char *const *) controllers, "cpu"))
            quota = MIN (quota, read_quotas (v1_mount, fields[2]));
        }
    }
  if (quota < n)
    n = (int) ceil (quota);
  return (uint32_t) MAX (n, 1);
}
