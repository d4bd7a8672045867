/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-device.h"

G_BEGIN_DECLS

/**
 * All devices of this machine, and which one to use: discrete before integrated before the CPU; a software Vulkan device
 * only when asked for by name. On first use of a device and driver its kernels are compared with the CPU's; one that
 * fails is not used. The choice and its reason are always told.
 *
 * Thread-safety: any thread; a driver may take seconds to load, and a self-test one. What was noted in the cache folder is replaced as
 * a whole.
 */

typedef struct {
  const char     *wanted;      /* "auto" or NULL, "cpu", "vulkan", "vulkan:N" */
  bool            exact;       /* f32 throughout */
  uint32_t        n_threads;   /* of the CPU; 0 = as many as allowed */
  const char     *cache_dir;   /* where self-test results are kept; NULL = nowhere */
  const SenDebug *debug;       /* borrowed during the call; NULL = defaults */
} SenDevicesParams;

typedef enum { SEN_SELF_TEST_UNTESTED, SEN_SELF_TEST_PASSED, SEN_SELF_TEST_FAILED } SenSelfTest;

/** One row of `sensorium-cli devices` and of the preferences. Strings are owned by the list. */
typedef struct {
  SenDeviceKind kind;
  char         *id;             /* "cpu", "vulkan:0" */
  char         *name;
  char         *driver;
  char         *features;
  uint64_t      memory_bytes;
  SenSelfTest   self_test;
  char         *self_test_note; /* why it failed, or NULL */
  char         *unusable;       /* why it cannot be used at all, or NULL */
  bool          chosen;         /* what "auto" would take */
  char         *reason;         /* of the chosen one, why */
} SenDeviceEntry;

/** Every device, the chosen one marked. (transfer full): GPtrArray of SenDeviceEntry, freed by g_ptr_array_unref(). */
GPtrArray *sen_devices_list (const SenDevicesParams *params);

/** Opens the device that params->wanted names, or the best one. *@fallback is the CPU (the same device when that is the
 *  answer), *@reason one sentence why. A device that was asked for by name and cannot be used is an error; "auto" always
 *  finds one. (transfer full) */
SenDevice *sen_devices_open (const SenDevicesParams *params, SenDevice **fallback, char **reason, GError **error);

/** Compares the kernels of the device @id with the CPU reference now and notes the result in params->cache_dir. */
bool sen_devices_self_test (const SenDevicesParams *params, const char *id, SenCancel *cancel, GError **error);

G_END_DECLS
