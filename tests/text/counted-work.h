/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * How much work a library does, counted instead of timed. A library that is compiled with -fsanitize-coverage=trace-pc and this
 * header in front of each file counts 1 for each basic block it runs and 1 for each 16 bytes that it has the C library copy, fill,
 * compare or search.
 *
 * Thread-safety: for one thread.
 */

uint64_t work_count (void);   /* since the program began */

void        work_note_bytes (size_t n);
const void *work_note_found (const void *start, size_t n, const void *found);   /* gives @found */

#ifdef COUNT_WORK
#define memchr(s, c, n)      ((void *) work_note_found (s, n, memchr (s, c, n)))
#define memmem(s, n, t, m)   ((void *) work_note_found (s, n, memmem (s, n, t, m)))
#define memcmp(a, b, n)      (work_note_bytes (n), memcmp (a, b, n))
#define memcpy(d, s, n)      (work_note_bytes (n), memcpy (d, s, n))
#define memmove(d, s, n)     (work_note_bytes (n), memmove (d, s, n))
#define memset(d, c, n)      (work_note_bytes (n), memset (d, c, n))
#endif
