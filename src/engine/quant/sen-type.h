/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/** Element types of tensors: the rows of formats.def, in its order. */
typedef enum {
#define SEN_FORMAT(NAME, name, gguf_id, block_elems, block_bytes) SEN_TYPE_##NAME,
#include "formats.def"
#undef SEN_FORMAT
  SEN_N_TYPES
} SenType;

typedef struct {
  const char *name;          /* "q4_k" */
  uint32_t    gguf_id;       /* the type's number in a GGUF file */
  uint32_t    block_elems;   /* elements that share one block; a row is a whole number of blocks */
  uint32_t    block_bytes;
  bool        is_quantized;  /* more than one element per block */

  /* x[n_elems] = the values that blocks stand for, exactly as the format defines them (f32 arithmetic in the
   * definition's order). n_elems is a multiple of block_elems. NULL for i32. */
  void (*dequantize) (const void *blocks, float *x, size_t n_elems);

  /* blocks = the nearest representation of x[n_elems]; deterministic. NULL for i32. */
  void (*quantize) (const float *x, void *blocks, size_t n_elems);
} SenTypeInfo;

/** Never NULL for a SenType of the enum; static storage, safe from any thread. */
const SenTypeInfo *sen_type_info (SenType type);

/** Looks a type up by its number in a GGUF file. False when it is none of ours. */
bool sen_type_from_gguf_id (uint32_t gguf_id, SenType *type);

/** Looks a type up by name ("q4_k", upper case allowed). */
bool sen_type_from_name (const char *name, SenType *type);

/** Bytes of one row of @n_elems, or 0 when @n_elems is no whole number of blocks or the size overflows. */
size_t sen_type_row_bytes (SenType type, uint64_t n_elems);

/** IEEE half and bfloat16 conversions, round to nearest even; NaN stays NaN. */
float    sen_f16_to_f32 (uint16_t half);
uint16_t sen_f32_to_f16 (float value);
float    sen_bf16_to_f32 (uint16_t bits);
uint16_t sen_f32_to_bf16 (float value);

G_END_DECLS
