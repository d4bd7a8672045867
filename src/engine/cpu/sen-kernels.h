/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-blocks.h"
#include "sen-cpu.h"
#include "sen-plan.h"

G_BEGIN_DECLS

/**
 * What one instruction set brings: a table of functions that sen-cpu.c calls. Everything is single-threaded and reentrant;
 * memory belongs to the caller. All floats are finite or the result is what IEEE arithmetic makes of them.
 *
 * Quantized products: a weight is scale · (code − zero) + offset per group; an activation is d (q + low / 256) per 32, with
 * 8-bit q and low. So
 *   Σ w x = Σ_g scale_g d_g (Σ code q + Σ code low / 256) + (offset_g − scale_g zero) · s_g,   s_g = Σ x over the group,
 * integers inside a group, f32 across groups: one path for every format.
 *
 * The second digit is what keeps answers right: a few groups of activations are many times larger than the rest, and so are
 * the errors of their first digit. Only those groups have one in products of many tokens; in those of a single token, which
 * wait for memory anyway, all have one.
 */

/** A row of activations as 8-bit digits. n is a multiple of 32. */
typedef struct {
  int8_t   *q;       /* [n] */
  int8_t   *low;     /* [n]: −127 … 127, zero in groups that have none */
  float    *d;       /* [n / 32] */
  float    *sum16;   /* [n / 16]: Σ d (q + low / 256) of each 16 */
  float    *sum32;   /* [n / 32]: of each 32 */
  uint64_t *wide;    /* [sen_q8_n_masks (n)]: a bit for each 32 that has second digits */
} SenQ8Row;

/* Columns a tile holds at most: x of 512 tokens by this many columns stays in the L2 cache, and one mask covers them. */
#define SEN_TILE_COLS 2048
/* Groups whose d is this many times the mean of their row have second digits in products of many tokens: about a fifth of
 * the groups of all three models at hand, and three fifths of the errors gone. */
#define SEN_Q8_WIDE_FROM 1.25f

static inline size_t
sen_q8_n_masks (size_t n)
{
  return (n + SEN_TILE_COLS - 1) / SEN_TILE_COLS;
}

/** Some rows of a weight matrix, unpacked for products with many tokens. */
typedef struct {
  uint32_t n_col;          /* columns in use, a multiple of 32 */
  uint32_t group_elems;    /* 16 or 32 */
  bool     is_signed;      /* codes are two's complement (Q8_0), with nothing to take off */
  uint8_t *code;           /* [n_col / 4][tile_rows][4] */
  float   *scale;          /* [n_col / group_elems][tile_rows] */
  float   *offset;         /* the same: offset − scale · zero */
} SenTile;

struct SenAttendArgs;

typedef struct {
  const char *name;
  uint32_t    tile_rows;

  /* Activations to digits of 8 bits; n a multiple of 32. Groups with d ≥ wide_from · (mean d) get second digits. */
  void (*quantize_q8) (const float *x, const SenQ8Row *row, uint32_t n, float wide_from);

  /* Product of n_rows consecutive rows (row_bytes apart) of a quantized type with one activation row: y[n_rows]. */
  void (*mul_mv_q8) (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t n_col, const SenQ8Row *x,
                     float *y);

  /* Unpacks columns [first_col, first_col + tile->n_col) of up to tile_rows rows; missing rows become zero. */
  void (*unpack_tile) (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t first_col, SenTile *tile);

  /* y[t][r] += tile · x for tokens [0, n_tokens): x holds rows of n_col_total activations, first_col is the tile's. All of the
   * tile's rows are written. */
  void (*mul_tile_q8) (const SenTile *tile, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_col, uint32_t n_tokens,
                       float *y, size_t y_stride);

  /* Columns [first_col, first_col + n_col) of up to 2 · tile_rows rows of f32, f16 or bf16 to tile[n_col][2 · tile_rows]. */
  void (*widen_tile) (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t first_col, uint32_t n_col,
                      float *tile);
  /* mul_tile_q8 with such a tile; rows of x are x_stride apart. */
  void (*mul_tile_f32) (const float *tile, const float *x, size_t x_stride, uint32_t n_col, uint32_t n_tokens, float *y,
                        size_t y_stride);

  /* Row of f16 or bf16 to f32. */
  void (*widen) (SenType type, const void *row, float *values, uint32_t n);

  float (*dot) (const float *a, const float *b, uint32_t n);
  void (*rms_norm) (const float *x, const float *w, float *y, uint32_t n, float eps);
  void (*layer_norm) (const float *x, const float *w, const float *b, float *y, uint32_t n, float eps);
  void (*activate) (const float *x, float *y, uint32_t n, uint32_t act);
  void (*glu) (const float *gate, const float *up, float *y, uint32_t n, uint32_t act);
  void (*add) (const float *a, const float *b, float *y, uint32_t n);
  void (*narrow) (const float *values, uint16_t *halves, uint32_t n);   /* f32 to f16 */

  /* In place: e^x over the sum of all, of n > 0 scores. */
  void (*softmax) (float *x, uint32_t n);

  /* Attention of n_query rows over keys: see sen_attend(). */
  void (*attend) (const struct SenAttendArgs *args);

  /* Products of n_rows rows of bytes (row_bytes apart) with one: y[r] = Σ row[r][i] x[i]. All are −127 … 127; n is a multiple of
   * SEN_MV_I8_MULTIPLE, below 2^17. For searching vectors: each row is read once, so this waits for memory. */
  void (*mul_mv_i8) (const int8_t *rows, size_t row_bytes, uint32_t n_rows, uint32_t n, const int8_t *x, int32_t *y);
} SenKernels;

/** One block of queries of the heads that share a key-value head. Query i may see keys [first[i], end[i]). */
typedef struct SenAttendArgs {
  uint32_t       n_query;        /* 1..SEN_ATTEND_QUERIES */
  const float  **q;              /* [n_query][head_dim] */
  float        **o;              /* [n_query][head_dim] */
  const uint32_t *first, *end;   /* [n_query] */
  uint32_t       head_dim;
  float          scale;
  SenType        kv_type;        /* f16 or f32 */
  const void    *k, *v;          /* [n_ctx][head_dim] */
  float         *scratch;        /* sen_attend_scratch_floats (head_dim) */
  float         *max, *sum;      /* [n_query], or NULL: for a stretch of the keys, to be joined with others; o is then
                                    Σ e^(score − max) v, not divided by sum = Σ e^(score − max) */
} SenAttendArgs;

#define SEN_MV_I8_MULTIPLE 64

#define SEN_ATTEND_QUERIES 64
#define SEN_ATTEND_KEYS 128       /* keys of one step */
#define SEN_ATTEND_SHARE 4       /* queries that are worked on at once, at most */

static inline size_t
sen_attend_scratch_floats (uint32_t head_dim)
{
  return (size_t) SEN_ATTEND_KEYS * head_dim * 2 + SEN_ATTEND_SHARE * SEN_ATTEND_KEYS + 2 * SEN_ATTEND_QUERIES;
}

extern const SenKernels sen_kernels_portable;
#ifdef SEN_HAVE_X86_KERNELS
extern const SenKernels sen_kernels_avx2;
extern const SenKernels sen_kernels_avxvnni;
extern const SenKernels sen_kernels_avx512;
#endif

/** The table of an instruction set; NULL for the reference, which has none. */
const SenKernels *sen_kernels_of (SenIsa isa);

G_END_DECLS
