/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-gguf.h"
#include "sen-weight.h"

G_BEGIN_DECLS

/**
 * The weights a model uses out of a GGUF file: found by name, checked once for shape and type, so that a forward pass
 * checks nothing. Keeps the file mapped. Not thread-safe while binding; immutable afterwards, reference counting is atomic.
 */
typedef struct SenWeightTable SenWeightTable;

typedef enum { SEN_REQUIRED, SEN_OPTIONAL } SenNeed;

/** @kind names the models in messages: "a tensor … which every @kind model has". */
SenWeightTable *sen_weight_table_new (SenGguf *gguf, const char *kind);
SenWeightTable *sen_weight_table_ref (SenWeightTable *table);
void            sen_weight_table_unref (SenWeightTable *table);

SenGguf *sen_weight_table_gguf (const SenWeightTable *table);   /* borrowed */

/** Finds the tensor @name and remembers it; *@weight is borrowed from the table. n_row 1 is a vector (norm, bias), which must
 *  be f32 and may stand as a column. A matrix [n_row][n_col] may be of any type and may stand in the file with more axes, as
 *  kernels of convolutions do ([n_out][n_tap][n_in] is [n_out][n_tap · n_in]). True and *@weight NULL when it is absent and
 *  optional. */
bool sen_weight_table_bind (SenWeightTable *table, const SenWeight **weight, const char *name, uint32_t n_row, uint32_t n_col,
                            SenNeed need, GError **error);
/** The same for "<stack>.<layer>.<name>". */
bool sen_weight_table_bind_layer (SenWeightTable *table, const SenWeight **weight, const char *stack, uint32_t layer,
                                  const char *name, uint32_t n_row, uint32_t n_col, SenNeed need, GError **error);

/** The @part-th of @n_part matrices [n_row][n_col] that stand one behind the other in one tensor. */
bool sen_weight_table_bind_part (SenWeightTable *table, const SenWeight **weight, const char *name, uint32_t n_row, uint32_t n_col,
                                 uint32_t part, uint32_t n_part, GError **error);
/** A kernel of a convolution along time that stands in the file as [n_out][n_in][n_tap], as PyTorch lays it down: *@weight is a copy
 *  [n_out][n_tap · n_in], as sen_plan_unfold() wants it. f32 or f16. */
bool sen_weight_table_bind_kernel (SenWeightTable *table, const SenWeight **weight, const char *name, uint32_t n_out, uint32_t n_in,
                                   uint32_t n_tap, GError **error);

/** False and SEN_ERROR_IO when the file was cut short while it was in use, which makes what was computed from it worthless. */
bool sen_weight_table_check (const SenWeightTable *table, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenWeightTable, sen_weight_table_unref)

G_END_DECLS
