/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Threads that run one loop at a time together.
 *
 * The caller takes part. Between loops of one run the others spin for at most 95 µs and then sleep in the kernel; between
 * runs they sleep. They run at a slightly lower priority than the thread that made the pool, so that a window on the same
 * cores keeps its frames.
 *
 * Thread-safety: one caller at a time.
 */
typedef struct SenPool SenPool;

/** Does items [first, end) as thread @thread (0 = the caller). */
typedef void (*SenPoolFunc) (gpointer data, uint32_t first, uint32_t end, uint32_t thread);

SenPool *sen_pool_new (uint32_t n_threads);
void     sen_pool_free (SenPool *pool);
uint32_t sen_pool_n_threads (const SenPool *pool);

/** Spreads items 0..n_items over the threads in chunks of @chunk, handed out as threads become free; returns when all are
 *  done. Everything written by one loop is seen by the next. */
void sen_pool_run (SenPool *pool, uint32_t n_items, uint32_t chunk, SenPoolFunc func, gpointer data);

/** The same in stretches that begin long and grow shorter: for items that lie one behind another in memory and are read once, so
 *  that what a thread's prefetches bring in is its own next work. */
void sen_pool_run_stretches (SenPool *pool, uint32_t n_items, SenPoolFunc func, gpointer data);

/** Processors this process may use: its affinity mask, cut down to the tightest quota (v2 cpu.max, v1 cpu.cfs_quota_us) of its
 *  control group and those around it, which @membership_path ("/proc/self/cgroup") names and @cgroup_root ("/sys/fs/cgroup")
 *  holds. At least 1. */
uint32_t sen_pool_count_processors (const char *cgroup_root, const char *membership_path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenPool, sen_pool_free)

G_END_DECLS
