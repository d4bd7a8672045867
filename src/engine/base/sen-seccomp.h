/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Filters of system calls for helper processes, put together rule by rule (seccomp(2)): programs that see a call's number and
 * arguments and say what becomes of it. No library does it for us, so that what a helper may do can be read in one file.
 */

#if defined __x86_64__
#define SEN_SECCOMP_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define SEN_SECCOMP_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined __riscv && __riscv_xlen == 64
#define SEN_SECCOMP_ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#error "Name this architecture for the filter of system calls."
#endif

#define SEN_SECCOMP_CALL offsetof (struct seccomp_data, nr)
/* The low half (all architectures above keep it first); every argument looked at is an int or flags that fit. */
#define SEN_SECCOMP_ARGUMENT(i) (offsetof (struct seccomp_data, args) + 8 * (i))

typedef struct {
  struct sock_filter rules[256];
  unsigned short     n;
} SenSeccomp;

static inline void
sen_seccomp_put (SenSeccomp *filter, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
  filter->rules[filter->n++] = (struct sock_filter) { .code = code, .k = k, .jt = yes, .jf = no };
}

static inline void
sen_seccomp_load (SenSeccomp *filter, size_t offset)
{
  sen_seccomp_put (filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t) offset, 0, 0);
}

static inline void
sen_seccomp_answer (SenSeccomp *filter, uint32_t action)
{
  sen_seccomp_put (filter, BPF_RET | BPF_K, action, 0, 0);
}

/* Calls by another architecture's numbers end the process; the number of the call is loaded for the rules that follow. */
static inline void
sen_seccomp_begin (SenSeccomp *filter)
{
  sen_seccomp_load (filter, offsetof (struct seccomp_data, arch));
  sen_seccomp_put (filter, BPF_JMP | BPF_JEQ | BPF_K, SEN_SECCOMP_ARCHITECTURE, 1, 0);
  sen_seccomp_answer (filter, SECCOMP_RET_KILL_PROCESS);
  sen_seccomp_load (filter, SEN_SECCOMP_CALL);
}

/* @action for @call, whatever its arguments. */
static inline void
sen_seccomp_rule (SenSeccomp *filter, uint32_t call, uint32_t action)
{
  sen_seccomp_put (filter, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
  sen_seccomp_answer (filter, action);
}
