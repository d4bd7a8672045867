/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Parameters of every op, declared once for C and GLSL. Only uint and float members, so that both languages lay the
 * structs out alike. A shader's push constants are its op's struct followed by what its device adds (offsets). */
#ifndef SEN_PARAMS_H
#define SEN_PARAMS_H

#ifdef VULKAN
#define SEN_STRUCT(name) name
#else
#include <stdint.h>
typedef uint32_t uint;
#define SEN_STRUCT(name) struct name
#endif

#define SEN_ROPE_INTERLEAVED 0 /* pairs (2i, 2i+1): llama */
#define SEN_ROPE_HALVES 1      /* pairs (i, i + n_rot/2): qwen2, qwen3, gemma3 ("neox") */

#define SEN_ACT_NONE 0
#define SEN_ACT_SILU 1         /* x / (1 + exp(-x)) */
#define SEN_ACT_GELU_TANH 2    /* 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) */
#define SEN_ACT_GELU_TANH_HALF 3 /* argument and result rounded to half where |x| < 10, as llama.cpp's table has it */
#define SEN_ACT_GELU_ERF 4     /* 0.5 x (1 + erf(x / sqrt(2))) */
#define SEN_ACT_GELU_QUICK 5   /* x / (1 + exp(-1.702 x)) */

/* Below this the scale of a group of activations counts as zero, and so does the group: the inverse would be infinite, and infinity
 * times zero is no number. GELU of numbers far below zero is as small. */
#define SEN_SMALLEST_SCALE 1e-30f

/* What changes from one run of a program to the next; lives in a small buffer, not in push constants. */
struct sen_step {
  uint n_tokens;  /* rows of the batch that are live, 1..capacity */
  uint n_past;    /* cells of the KV cache filled before this batch; token t sits in cell n_past + t */
  uint n_out;     /* live rows of gather's row list */
  uint tap_row;   /* first batch row whose attention is tapped */
  uint n_tap_row; /* how many */
};

/* y[t][i] = scale * table[id[t]][i], or embeddings[-1 - id[t]][i] unscaled when id[t] < 0 */
struct sen_embed_params {
  uint n_col;
  float scale;
};

/* per group of n_col values: y = x / sqrt(mean(x^2) + eps) * w; n_group groups per row (heads), 1 for a plain norm */
struct sen_rms_norm_params {
  uint n_col;
  uint n_group;
  float eps;
};

/* y = (x - mean(x)) / sqrt(variance(x) + eps) * w + b over each row */
struct sen_layer_norm_params {
  uint n_col;
  float eps;
};

/* y_j[t] = W_j x'[t] + b_j with x' = layer_norm (x, norm_w, norm_b, eps) where norm_b is there, rms_norm (x, norm_w, eps)
 * where only norm_w is, else x;  act != NONE: one output y = act (y_0) of one weight or act (y_0) * y_1 of two;
 * residual: y_0 += residual */
struct sen_linear_params {
  uint n_in;       /* columns of x and of every W */
  uint n_weight;   /* 1..3 */
  uint act;        /* SEN_ACT_* */
  float eps;       /* of the fused norm */
};

struct sen_add_params {
  uint n_col;
};

/* y = act (gate) * up */
struct sen_glu_params {
  uint n_col;
  uint act;
};

/* y = act (x) */
struct sen_activate_params {
  uint n_col;
  uint act;
};

/* y[t][k * n_col + c] = x[stride * t + k - pad][c] for k < n_tap, 0 outside the live rows of x: what makes a linear op of a
 * convolution along the rows */
struct sen_unfold_params {
  uint n_col;      /* of x */
  uint n_tap;
  uint stride;
  uint pad;
};

/* rotates each head's first n_rot values by angles whose cosine and sine stand in the table:
 * table[t][2i] = cos, table[t][2i+1] = sin (already times the magnitude scale), i < n_rot / 2 */
struct sen_rope_params {
  uint n_head;
  uint head_dim;
  uint n_rot;
  uint mode;
};

/* cache[h][n_past + t][:] = x[t][h][:]; the cache is [n_head][n_ctx][head_dim] */
struct sen_store_params {
  uint n_head;
  uint head_dim;
  uint n_ctx;
};

#define SEN_MAX_HEAD_DIM 1024   /* the widest head that attention takes: shaders hold what it says in registers */

/* o[t][h] = softmax_j (scale q[t][h]·k[h/g][j]) v[h/g][j], g = n_head / n_kv_head, over cells
 * j <= n_past + t (causal) or j < n_past + n_tokens (not causal), and j > n_past + t - window when window > 0;
 * n_key > 0: over cells j < n_key for every query, whatever the step, causal and window say (cross attention) */
struct sen_attention_params {
  uint n_head;
  uint n_kv_head;
  uint head_dim;
  uint n_ctx;
  uint window;
  uint causal;
  uint n_key;
  float scale;
};

/* rows[(i * n_head_tapped + h)][j]: the softmax weights of batch row tap_row + i, for tapped heads given by a bit mask
 * (bit h of head_mask[h / 32]); cells outside the mask are 0. Stands beside the fused attention, never inside it. */
struct sen_attention_rows_params {
  SEN_STRUCT (sen_attention_params) attention;
  uint n_head_tapped;
  uint head_mask[4];
};

/* o as of attention, but row t sees cells[t][j] for j from 0 to the first negative one: texts that share a beginning (the beams of
 * a search) in one cache, or windows of a picture. Of the attention's numbers causal, window and n_key say nothing here. */
struct sen_attention_cells_params {
  SEN_STRUCT (sen_attention_params) attention;
  uint n_cell;     /* columns of the list */
};

struct sen_gather_params {
  uint n_col;
};

/* --- Vulkan only: what a shader needs beside its op's parameters ----------------------------------------------------- */

/* Rows of a weight that stand side by side in device memory, so that neighbouring lanes load neighbouring words: eight units
 * of 16 bytes fill a cache line of a GPU, and narrow devices then read a tile from end to end. */
#define SEN_VK_TILE_ROWS 8
/* Columns one load brings. */
#define SEN_VK_BLOCK_COLS 32
/* Queries of attention share nothing; keys are taken this many at a time. */
#define SEN_VK_KEYS 256
#define SEN_VK_LANES 32
/* Bindings 0 to 3 seen as texels stand this much higher: 0 as vec4, 1 and 2 as uvec4, 3 as uint. */
#define SEN_VK_TEXELS 8

/* How the live rows of a buffer are counted: sen_step.n_tokens, sen_step.n_out, else the number itself. */
#define SEN_VK_ROWS_TOKENS 0xffffffffu
#define SEN_VK_ROWS_OUT 0xfffffffeu

struct sen_vk_linear_push {
  uint n_in;        /* columns of x */
  uint n_row;       /* of the whole weight */
  uint first_row;   /* of this buffer, which holds a block of rows */
  uint n_row_here;  /* of this buffer */
  uint n_block;     /* column blocks of a row: ceil (n_in / 32) */
  uint rows;        /* live rows of x, see SEN_VK_ROWS_TOKENS */
  uint has_bias;
  int zero;         /* taken from each code */
};

struct sen_vk_embed_push {
  uint rows;
  uint n_col;
  uint n_block;
  uint first_row;
  uint n_row;       /* rows in this buffer: ids outside are another dispatch's */
  float scale;
  int zero;
};

struct sen_vk_rms_norm_push {
  SEN_STRUCT (sen_rms_norm_params) p;
  uint rows;
};

struct sen_vk_layer_norm_push {
  SEN_STRUCT (sen_layer_norm_params) p;
  uint rows;
};

struct sen_vk_unfold_push {
  SEN_STRUCT (sen_unfold_params) p;
  uint rows;        /* of y */
  uint rows_in;     /* of x */
};

struct sen_vk_elements_push {
  uint n_col;       /* of each row */
  uint act;
  uint rows;
};

struct sen_vk_scan_push {
  uint n_row;
  uint n_unit;      /* sixteen bytes each, of a row */
};

#endif
