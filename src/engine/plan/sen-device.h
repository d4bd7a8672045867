/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cancel.h"
#include "sen-plan.h"

G_BEGIN_DECLS

/**
 * A machine that runs plans: the CPU device and each Vulkan device, behind one small table of functions.
 *
 * Life of a model on a device: sen_device_bind_weights() takes memory (budget first), sen_state_new() makes KV caches,
 * sen_device_compile() turns a range of a plan's ops into a program, and each step is write inputs, run, read outputs.
 * A program runs a contiguous range of ops; a plan whose layers are spread over two devices is two or more programs,
 * and the caller copies what crosses (sen_program_read, sen_program_write).
 *
 * Thread-safety: a device, its states and programs belong to one thread at a time (the engine thread); info, cancel
 * and reference counting may be used from anywhere.
 */
typedef struct SenDevice SenDevice;
typedef struct SenProgram SenProgram;
typedef struct SenScan SenScan;

typedef enum { SEN_DEVICE_CPU, SEN_DEVICE_INTEGRATED, SEN_DEVICE_DISCRETE, SEN_DEVICE_VIRTUAL, SEN_DEVICE_SOFTWARE } SenDeviceKind;

typedef struct {
  SenDeviceKind kind;
  const char   *id;            /* "cpu", "vulkan:0" */
  const char   *name;          /* "Intel Xeon", "AMD Radeon RX 6600M" */
  const char   *driver;        /* driver name and version, or the ISA in use */
  const char   *features;      /* comma list: "avx512, vnni" or "subgroup 32, fp16, dot8" */
  uint32_t      n_threads;     /* CPU only */
  uint64_t      memory_bytes;  /* total of the heap that weights go to */
  bool          exact;         /* no fp16, no quantized activations */
} SenDeviceInfo;

SenDevice           *sen_device_ref (SenDevice *device);
void                 sen_device_unref (SenDevice *device);
const SenDeviceInfo *sen_device_info (const SenDevice *device);
SenFusion            sen_device_fusion (const SenDevice *device);

/** Whether @error (may be NULL) is that a device had no room, was lost, or failed: another may do what this one did not. */
bool sen_device_gave_out (const GError *error);

/** Bytes that binding @weight would take from the device's own memory; 0 where it is used in place. */
uint64_t sen_device_weight_bytes (SenDevice *device, const SenWeight *weight);
/** What may still be taken now, by the driver's budget; UINT64_MAX when the device knows no limit. */
uint64_t sen_device_budget_bytes (SenDevice *device);

/** Makes weights usable by programs of this device. Binding twice is harmless. All or nothing: SEN_ERROR_DEVICE_MEMORY
 *  when they do not fit. The SenWeights and their data must outlive the binding. */
bool sen_device_bind_weights (SenDevice *device, const SenWeight *const *weights, size_t n, SenCancel *cancel, GError **error);
void sen_device_unbind_weights (SenDevice *device, const SenWeight *const *weights, size_t n);

/** A KV cache of one layer: @type (f16 or f32) [n_head][n_ctx][head_dim], zeroed. Keeps a reference on its device. */
SenState *sen_state_new (SenDevice *device, SenType type, uint32_t n_head, uint32_t n_ctx, uint32_t head_dim, GError **error);
void      sen_state_free (SenState *state);
SenType   sen_state_type (const SenState *state);
size_t    sen_state_bytes (const SenState *state);
/** Writes the whole cache as it lies in memory. */
bool      sen_state_write (SenState *state, const void *bytes, GError **error);

/** Compiles ops [first, first + n) of a finished plan whose weights are bound and whose states live here. Tensors that
 *  cross the range's edges are treated as inputs and outputs. The plan must outlive the program. */
SenProgram *sen_device_compile (SenDevice *device, const SenPlan *plan, uint32_t first, uint32_t n, GError **error);
void        sen_program_free (SenProgram *program);

/** Writes whole rows from the start of @tensor (an input, or one that enters the range). */
bool sen_program_write (SenProgram *program, SenTensor tensor, const void *data, size_t n_bytes, GError **error);
/** Runs to completion. On SEN_ERROR_CANCELLED the outputs are undefined and KV cells from n_past on are to be rewritten;
 *  on SEN_ERROR_DEVICE_LOST the device and all made on it is only good for freeing. */
bool sen_program_run (SenProgram *program, const struct sen_step *step, SenCancel *cancel, GError **error);
/** How many tokens (or rows of output) the next run should have, so that no op of it holds the device for long; UINT32_MAX
 *  where that does not matter. Changes with what was measured. */
uint32_t sen_program_max_tokens (SenProgram *program);
/** Reads whole rows from the start of @tensor (an output, or one that leaves the range). */
bool sen_program_read (SenProgram *program, SenTensor tensor, void *data, size_t n_bytes, GError **error);

/* --- Rows of bytes -------------------------------------------------------------------------------------------------------- */

/* Rows of signed bytes that stay in a device's memory and are multiplied with one row after another: what a search among many vectors
 * is. Products are whole numbers, so every device says the same. The CPU has none of this: it takes rows where they lie (sen-kernels.h). */

/** Rows come in multiples of this. */
#define SEN_SCAN_ROWS 8

/** Without rows. @n_col: a multiple of 16, below 2^17, so that no sum overflows. SEN_ERROR_UNSUPPORTED where a device has none. Keeps
 *  a reference on its device. */
SenScan *sen_scan_new (SenDevice *device, uint32_t n_col, GError **error);
void     sen_scan_free (SenScan *scan);
uint64_t sen_scan_n_rows (const SenScan *scan);
/** Adds the rows of @n_blocks blocks, int8_t [block_rows][n_col] each, of −127 … 127. All or nothing: SEN_ERROR_DEVICE_MEMORY
 *  when there is no room for them. */
bool sen_scan_add (SenScan *scan, const int8_t *const *blocks, uint32_t n_blocks, uint32_t block_rows, GError **error);
/** Multiplies all rows with @x[n_col]. Errors as of sen_program_run(). */
bool sen_scan_run (SenScan *scan, const int8_t *x, SenCancel *cancel, GError **error);
/** The products of rows [first, first + n), as the last run left them. May be called from several threads at once. */
void sen_scan_read (const SenScan *scan, uint64_t first, uint32_t n, int32_t *products);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenDevice, sen_device_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenState, sen_state_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenProgram, sen_program_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenScan, sen_scan_free)

G_END_DECLS
