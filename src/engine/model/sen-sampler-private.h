/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-generate.h"

G_BEGIN_DECLS

/** Chooses tokens from logits; keeps its own random state and buffers, so choosing allocates nothing. */
typedef struct SenSampler SenSampler;

SenSampler *sen_sampler_new (const SenSampling *sampling, uint32_t n_vocab);
void        sen_sampler_free (SenSampler *sampler);

/** The next token for logits[n_vocab]; @recent holds the n_recent last tokens of the timeline, newest last. */
SenToken sen_sampler_choose (SenSampler *sampler, const float *logits, const SenToken *recent, uint32_t n_recent);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenSampler, sen_sampler_free)

G_END_DECLS
