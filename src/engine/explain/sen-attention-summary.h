/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * One weight for each position, of the attention rows that taps brought out: of chosen layers and heads the mean or the maximum.
 *
 * Attention tells where a model reads from, not why; heads with nothing to say rest on the first token (the attention sink of Xiao et
 * al. 2024, "Efficient Streaming Language Models with Attention Sinks", see meta-llama/llama3#155), which then drowns all else. Sinks
 * can be taken out: the reduction comes first, so that heads at rest weigh little in what remains.
 *
 * Pure functions of n_layer · n_head · n_key numbers; thread-safe.
 */
typedef enum { SEN_ATTENTION_MEAN, SEN_ATTENTION_MAX } SenAttentionReduction;

typedef struct {
  SenAttentionReduction reduction;
  const uint32_t       *sinks;     /* [n_sinks] positions whose weight becomes 0, those below n_key; NULL = none */
  uint32_t              n_sinks;   /* the rest is scaled so that the sum stays, unless there is no rest */
} SenAttentionSummaryParams;

/** @attention: [n_layer] of f32 [n_row][n_head][n_key], as SenRevisitRows has it. Fills weights[n_key] of row @row: its sum is 1 for
 *  the mean of whole rows. */
void sen_attention_summary (const float *const *attention, uint32_t n_layer, uint32_t n_head, uint32_t n_key, uint32_t row,
                            const SenAttentionSummaryParams *params, float *weights);

/** The same of one row, a layer after the other, for those who have but one at a time: weights[@n], all 0 before the first of @n_layer,
 *  take in @attention, f32 [n_head][n_cell] with n_cell >= n; sinks are taken out at the end. */
void sen_attention_summary_add (const float *attention, uint32_t n_layer, uint32_t n_head, uint32_t n_cell, uint32_t n,
                                const SenAttentionSummaryParams *params, float *weights);
void sen_attention_summary_end (uint32_t n, const SenAttentionSummaryParams *params, float *weights);

G_END_DECLS
