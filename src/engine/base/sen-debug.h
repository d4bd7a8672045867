/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Everything Sensorium takes from the environment, read in this one place.
 *
 * A program reads it once at start and hands it down; libraries never call getenv(). The faults
 * exist so that tests can see every failure a real machine has. ARCHITECTURE.md lists the variables.
 */
typedef struct {
  const char *models_dir;        /* SENSORIUM_MODELS: folder searched first for models, or NULL */
  const char *cpu_isa;           /* SENSORIUM_CPU_ISA: reference, portable, avx2, avxvnni or avx512; NULL for the best */
  const char *vulkan_variants;   /* SENSORIUM_VULKAN_VARIANTS: comma list of subgroup, texels, fp16, dot8, and wide (run as a
                                  * device of large subgroups would); "none" = baseline; NULL = probe */
  uint64_t    vulkan_budget_bytes;   /* SENSORIUM_VULKAN_BUDGET: pretend this much device memory; 0 = ask the driver */
  uint32_t    vulkan_fail_alloc;     /* SENSORIUM_VULKAN_FAIL_ALLOC: the nth device allocation fails; 0 = never */
  uint32_t    vulkan_lose_device;    /* SENSORIUM_VULKAN_LOSE_DEVICE: the nth submission reports a lost device; 0 = never */
  bool        vulkan_validation;     /* SENSORIUM_VULKAN_VALIDATION=1: load the validation layer */
  bool        vulkan_break_kernel;   /* SENSORIUM_VULKAN_BREAK_KERNEL=1: linear adds an error, so the self-test must refuse */
  bool        search_anywhere;       /* SENSORIUM_SEARCH_ANYWHERE=1: vectors, however few, are searched on whatever device encodes */
  const char *decode_helper;         /* SENSORIUM_DECODE_HELPER: the sensorium-decode to start; NULL = beside the program, or installed */
  const char *capture_helper;        /* SENSORIUM_CAPTURE_HELPER: the same for sensorium-capture */
  const char *speechd_address;       /* SPEECHD_ADDRESS, which speech-dispatcher defines: unix_socket:PATH; NULL = in the runtime folder */
  uint64_t    fake_free_disk_bytes;  /* SENSORIUM_FAKE_FREE_DISK: pretend this much free disk; 0 = ask */
} SenDebug;

/** Reads the environment. Strings are borrowed from it. */
SenDebug sen_debug_from_env (void);

G_END_DECLS
