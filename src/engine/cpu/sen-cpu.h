/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"

G_BEGIN_DECLS

/* Thread-safety: a device as sen-device.h says; all else any thread. */

/** Instruction sets with kernels of their own, worst first. REFERENCE is plain scalar code for tests: double
 *  accumulation, no quantized activations, one thread. */
typedef enum {
  SEN_ISA_REFERENCE,
  SEN_ISA_PORTABLE,
  SEN_ISA_AVX2,        /* with FMA and F16C */
  SEN_ISA_AVXVNNI,     /* these and the products of bytes of AVX-VNNI: processors of desktops and laptops since 2021 */
  SEN_ISA_AVX512,      /* F, BW, VL, DQ and VNNI */
  SEN_N_ISAS,
} SenIsa;

const char *sen_isa_name (SenIsa isa);
bool        sen_isa_from_name (const char *name, SenIsa *isa);
/** True when this processor (and this build) can run @isa. */
bool        sen_isa_available (SenIsa isa);
SenIsa      sen_isa_best (void);
/** The one of that name, or the best where @name is NULL. SEN_ERROR_UNSUPPORTED, with those that can be had, when it is none of them. */
bool        sen_isa_choose (const char *name, SenIsa *isa, GError **error);

typedef struct {
  const char *isa;        /* force one by name; NULL = the best */
  uint32_t    n_threads;  /* 0 = what the affinity mask and the cgroup quota allow */
  bool        exact;      /* f32 activations throughout: slower, for comparing */
} SenCpuParams;

/** The CPU as a device: weights are used where they are mapped, work is spread over a pool of threads that sleeps
 *  between runs and never spins longer than 100 µs. SEN_ERROR_UNSUPPORTED when a forced ISA is not to be had. */
SenDevice *sen_cpu_device_new (const SenCpuParams *params, GError **error);

G_END_DECLS
