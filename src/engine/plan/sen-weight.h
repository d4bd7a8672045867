/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-type.h"

G_BEGIN_DECLS

/**
 * One weight tensor as it stands in its file: row-major blocks of one type.
 *
 * Owned by the model, borrowed by plans and devices, which find their own copy (if they need one) by the address of
 * this struct. Vectors (norms, biases) have n_row = 1. Immutable.
 */
typedef struct {
  const char *name;     /* "blk.3.attn_q.weight" */
  SenType     type;
  uint32_t    n_row;    /* outputs of a matrix, entries of a table */
  uint32_t    n_col;    /* inputs of a matrix, width of a vector */
  const void *data;     /* [n_row][sen_type_row_bytes (type, n_col)] */
} SenWeight;

static inline size_t
sen_weight_bytes (const SenWeight *weight)
{
  return (size_t) weight->n_row * sen_type_row_bytes (weight->type, weight->n_col);
}

G_END_DECLS
