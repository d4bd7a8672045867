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

#define SPIN_US 50
#define WORKER_NICE 2

struct SenPool {
  uint32_t     n_threads;
  GThread    **workers;       /* [n_threads - 1] */

  /* One loop. Written by the caller before it raises the generation. */
  SenPoolFunc  func;
  gpointer     data;
  uint32_t     n_items, chunk;

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
      uint32_t first = atomic_fetch_add_explicit (&pool->next, pool->chunk, memory_order_relaxed);
      if (first >= pool->n_items)
        return;
      pool->func (pool->data, first, MIN (first + pool->chunk, pool->n_items), thread);
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

void
sen_pool_run (SenPool *pool, uint32_t n_items, uint32_t chunk, SenPoolFunc func, gpointer data)
{
  chunk = MAX (chunk, 1);
  if (pool->n_threads == 1 || n_items <= chunk)
    {
      func (data, 0, n_items, 0);
      return;
    }
  pool->func = func;
  pool->data = data;
  pool->n_items = n_items;
  pool->chunk = chunk;
  atomic_store_explicit (&pool->next, 0, memory_order_relaxed);
  atomic_store_explicit (&pool->n_running, pool->n_threads - 1, memory_order_relaxed);
  raise_generation (pool);
  take_items (pool, 0);
  wait_for_workers (pool);
}

/* --- Processors ----------------------------------------------------------------------------------------------------------- */

/* The two numbers of a quota, or false when there is none. */
static bool
read_quota (const char *cgroup_root, double *quota, double *period)
{
  g_autofree char *v2_path = g_build_filename (cgroup_root, "cpu.max", NULL);
  g_autofree char *v1_quota_path = g_build_filename (cgroup_root, "cpu", "cpu.cfs_quota_us", NULL);
  g_autofree char *v1_period_path = g_build_filename (cgroup_root, "cpu", "cpu.cfs_period_us", NULL);
  g_autofree char *text = NULL, *period_text = NULL;

  if (g_file_get_contents (v2_path, &text, NULL, NULL))
    {
      char *rest = NULL;
      *quota = g_ascii_strtod (text, &rest);   /* "max 100000" has no number in front */
      if (rest == text)
        return false;
      *period = g_ascii_strtod (rest, NULL);
      return *quota > 0 && *period > 0;
    }
  if (!g_file_get_contents (v1_quota_path, &text, NULL, NULL)
      || !g_file_get_contents (v1_period_path, &period_text, NULL, NULL))
    return false;
  *quota = g_ascii_strtod (text, NULL);        /* -1: no limit */
  *period = g_ascii_strtod (period_text, NULL);
  return *quota > 0 && *period > 0;
}

uint32_t
sen_pool_count_processors (const char *cgroup_root)
{
  cpu_set_t set;
  int n = sched_getaffinity (0, sizeof set, &set) == 0 ? CPU_COUNT (&set) : (int) g_get_num_processors ();
  double quota, period;
  if (read_quota (cgroup_root, &quota, &period))
    n = MIN (n, (int) ceil (quota / period));
  return (uint32_t) MAX (n, 1);
}
