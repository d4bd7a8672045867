/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/** Element types of tensors: the rows of formats.def, in its order. The quantized ones are ggml's, as GGUF files hold them (sen-blocks.h).
 *
 *  Thread-safety: everything here is constant or reentrant. */
typedef enum {
#define SEN_FORMAT(NAME, name, gguf_id, block_elems, block_bytes, group_elems, zero) SEN_TYPE_##NAME,
#include "formats.def"
#undef SEN_FORMAT
  SEN_N_TYPES
} SenType;

#define SEN_MAX_BLOCK_ELEMS 256
#define SEN_MAX_GROUPS 16        /* per block */

/** One block of a quantized format, spread out: value[i] = scale[g] * (code[i] - zero) + offset[g], g = i / group_elems. */
typedef struct {
  uint8_t code[SEN_MAX_BLOCK_ELEMS];
  float   scale[SEN_MAX_GROUPS];
  float   offset[SEN_MAX_GROUPS];
} SenAffineBlock;

typedef struct {
  const char *name;          /* "q4_k" */
  uint32_t    gguf_id;       /* the type's number in a GGUF file */
  uint32_t    block_elems;   /* elements that share one block; a row is a whole number of blocks */
  uint32_t    block_bytes;
  uint32_t    group_elems;   /* elements that share scale and offset; 0 for plain numbers */
  int32_t     zero;          /* what is taken from every code */
  bool        is_quantized;

  /* One block to and from the affine form; NULL for plain numbers. Packing takes values and is deterministic. */
  void (*unpack) (const void *block, SenAffineBlock *affine);
  void (*pack) (const float *values, void *block);
} SenTypeInfo;

/** Never NULL for a SenType of the enum; static storage, safe from any thread. */
const SenTypeInfo *sen_type_info (SenType type);

/** Looks a type up by its number in a GGUF file. False when it is none of ours. */
bool sen_type_from_gguf_id (uint32_t gguf_id, SenType *type);

/** Looks a type up by name ("q4_k", upper case allowed). */
bool sen_type_from_name (const char *name, SenType *type);

/** Bytes of one row of @n_elems, or 0 when @n_elems is no whole number of blocks or the size overflows. */
size_t sen_type_row_bytes (SenType type, uint64_t n_elems);

/** values[n_elems] = what the blocks stand for, exactly as the format defines it (f32 arithmetic in the definition's
 *  order). @n_elems is a whole number of blocks; not for i32. */
void sen_dequantize (SenType type, const void *blocks, float *values, size_t n_elems);

/** blocks = a near representation of values[n_elems]; deterministic. Not for i32. */
void sen_quantize (SenType type, const float *values, void *blocks, size_t n_elems);

/** IEEE half and bfloat16 conversions, round to nearest even; NaN stays NaN. */
float    sen_f16_to_f32 (uint16_t half);
uint16_t sen_f32_to_f16 (float value);
float    sen_bf16_to_f32 (uint16_t bits);
uint16_t sen_f32_to_bf16 (float value);

G_END_DECLS
