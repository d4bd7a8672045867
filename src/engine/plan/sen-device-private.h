/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"

G_BEGIN_DECLS

/* What a device implements; sen-device.c forwards the public calls. A device's struct begins with SenDevice, its states
 * with SenState, its programs with SenProgram. See sen-device.h for the contracts. */
typedef struct {
  void (*free) (SenDevice *device);
  uint64_t (*weight_bytes) (SenDevice *device, const SenWeight *weight);
  uint64_t (*budget_bytes) (SenDevice *device);
  bool (*bind_weights) (SenDevice *device, const SenWeight *const *weights, size_t n, SenCancel *cancel, GError **error);
  void (*unbind_weights) (SenDevice *device, const SenWeight *const *weights, size_t n);
  SenState *(*state_new) (SenDevice *device, SenType type, uint32_t n_head, uint32_t n_ctx, uint32_t head_dim, GError **error);
  void (*state_free) (SenState *state);
  bool (*state_write) (SenState *state, const void *bytes, GError **error);
  SenProgram *(*compile) (SenDevice *device, const SenPlan *plan, uint32_t first, uint32_t n, GError **error);
  void (*program_free) (SenProgram *program);
  bool (*program_write) (SenProgram *program, SenTensor tensor, const void *data, size_t n_bytes, GError **error);
  bool (*program_run) (SenProgram *program, const struct sen_step *step, SenCancel *cancel, GError **error);
  uint32_t (*program_max_tokens) (SenProgram *program);   /* NULL: no limit */
  bool (*program_read) (SenProgram *program, SenTensor tensor, void *data, size_t n_bytes, GError **error);
  /* NULL: none of these. */
  SenScan *(*scan_new) (SenDevice *device, uint32_t n_col, GError **error);
  void (*scan_free) (SenScan *scan);
  bool (*scan_add) (SenScan *scan, const int8_t *const *blocks, uint32_t n_blocks, uint32_t block_rows, GError **error);
  bool (*scan_run) (SenScan *scan, const int8_t *x, SenCancel *cancel, GError **error);
  void (*scan_read) (const SenScan *scan, uint64_t first, uint32_t n, int32_t *products);
} SenDeviceClass;

struct SenDevice {
  const SenDeviceClass *klass;
  gatomicrefcount       ref_count;
  SenDeviceInfo         info;     /* strings owned by the implementation */
  SenFusion             fusion;
};

struct SenState {
  SenDevice *device;   /* owned reference, taken by sen_state_new() */
  SenType    type;
  uint32_t   n_head, n_ctx, head_dim;
};

struct SenProgram {
  SenDevice     *device;  /* owned reference, taken by sen_device_compile() */
  const SenPlan *plan;    /* borrowed */
  uint32_t       first, n;
};

struct SenScan {
  SenDevice *device;   /* owned reference, taken by sen_scan_new() */
  uint32_t   n_col;
  uint64_t   n_rows;   /* counted by sen_scan_add() */
};

/** Initialises the head of a new device: one reference. */
void sen_device_init (SenDevice *device, const SenDeviceClass *klass);

G_END_DECLS
