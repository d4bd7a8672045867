/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cpu.h"
#include "sen-device-private.h"
#include "sen-kernels.h"
#include "sen-pool.h"

G_BEGIN_DECLS

/* Keys that attention rows widen at once. */
#define SEN_TAP_KEYS 32u

typedef struct {
  SenDevice         base;
  SenIsa            isa;
  const SenKernels *kernels;   /* NULL for the reference */
  SenPool          *pool;
  char             *name, *driver, *features;
} CpuDevice;

typedef struct {
  SenState  base;
  void     *data;              /* [n_head][n_ctx][head_dim] */
} CpuState;

/* An op with its operands resolved to addresses. */
typedef struct {
  const SenOp *op;
  void        *in[SEN_OP_MAX_IN];            /* NULL where unused; a weight's is its data, a state's its cache */
  void        *out[SEN_OP_MAX_OUT];
  const SenTensorInfo *in_info[SEN_OP_MAX_IN];
  const SenTensorInfo *out_info[SEN_OP_MAX_OUT];
  SenType      kv_type;
} BoundOp;

#define SEN_ITEM_TILES 4        /* tiles of weights that share a block of tokens while it is in the cache */
#define SEN_BLOCK_TOKENS 48     /* a multiple of the tokens that any kernel takes at once */
#define SEN_WIDE_TILE_COLS 512  /* a tile of f32 stays in the L1 cache */

/* What one thread works with. */
typedef struct {
  SenTile tiles[SEN_ITEM_TILES];
  float  *wide_tiles;          /* [SEN_ITEM_TILES / 2][SEN_WIDE_TILE_COLS][2 · tile_rows] */
  float  *sums;                /* [2][SEN_BLOCK_TOKENS][SEN_ITEM_TILES · tile_rows] */
  float  *row;                 /* [n_in_max, or 2 · tile_rows · SEN_WIDE_TILE_COLS] dequantized rows */
  float  *attend;              /* sen_attend_scratch_floats() */
  uint8_t *listed;             /* keys, then values, of the cells a row lists */
} ThreadScratch;

typedef struct {
  SenProgram     base;
  BoundOp       *ops;          /* [base.n] */
  uint8_t       *arena;
  void         **own;          /* [n_tensors] memory of inputs and outputs, NULL for others */
  size_t        *own_bytes;

  /* Scratch of the linear ops, as large as the largest needs. */
  float         *normed;       /* [n][n_in] */
  float         *second;       /* [n][n_out] the up half of a gated pair */
  SenQ8Row       q8;           /* n rows, of the op's n_in each */
  ThreadScratch *threads;      /* [n_threads] */

  /* Attention of one token over stretches of its keys: of each head and stretch Σ e^(score − max) v, the maximum and the sum. */
  float         *stretches;    /* [n_head][sen_cpu_n_stretches (n_ctx)][head_dim + 2] */
} CpuProgram;

/* One token's keys are shared out by this many. Not by the number of threads, on which results shall not depend. */
#define SEN_STRETCH_KEYS 512

static inline uint32_t
sen_cpu_n_stretches (uint32_t n_keys)
{
  return (n_keys + SEN_STRETCH_KEYS - 1) / SEN_STRETCH_KEYS;
}

/** Live rows of a tensor in this step. */
static inline uint32_t
sen_cpu_live_rows (const SenTensorInfo *info, const struct sen_step *step)
{
  switch (info->rows)
    {
    case SEN_ROWS_TOKENS:
      return step->n_tokens;
    case SEN_ROWS_OUT:
      return step->n_out;
    case SEN_ROWS_FIXED:
      break;
    }
  return info->n_row;
}

/* sen-cpu-ops.c */
void sen_cpu_run_op (CpuProgram *program, const BoundOp *bound, const struct sen_step *step);
/* sen-cpu-linear.c */
void sen_cpu_linear (CpuProgram *program, const BoundOp *bound, const struct sen_step *step);
/* reference.c: the definition of every op in plain loops and doubles, one thread. */
void sen_reference_run_op (const BoundOp *bound, const struct sen_step *step);

G_END_DECLS
