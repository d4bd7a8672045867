/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-model.h"

G_BEGIN_DECLS

/**
 * Directions of the residual stream that a token's logit lies in, for direct logit attribution (Elhage et al. 2021, "A
 * Mathematical Framework for Transformer Circuits"). With norms frozen at the scale they had, the logit is linear in everything that
 * was added to the stream, so that each head's share of it is a dot product.
 *
 * Computed on the host, in f32 sums of f64; thread-safe, as models are.
 */

/** @direction, f32 [n_embd]: a logit is direction · hidden + *@bias, where @hidden[n_embd], the stream behind the last layer, gives the
 *  scale of the final norm. Before a soft cap, where the model has one. */
void sen_model_unembed (const SenModel *model, SenToken token, const float *hidden, float *direction, float *bias);

/** Pulls a direction of the stream back to the heads of a layer: @pulled, f32 [n_head][head_dim], such that what attention adds there,
 *  along @direction, is pulled · heads + *@bias. @heads[n_head][head_dim], what the heads said, give the scale of the norm that some
 *  families (Gemma) have behind attention. */
void sen_model_pull_back (const SenModel *model, uint32_t layer, const float *heads, const float *direction, float *pulled, float *bias);

G_END_DECLS
