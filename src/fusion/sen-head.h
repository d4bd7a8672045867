/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-block.h"
#include "sen-network.h"

G_BEGIN_DECLS

/**
 * The last net on the way into a language model: rows of features that the host has laid down become embeddings.
 *
 * Thread-safety: as SenDevice, one thread at a time.
 */
typedef struct SenHead SenHead;

/** Builds the net behind @rows, f32 [n_row][n_in], and returns the embeddings, f32 [n_row][n_out]. @exact: to be compared with llama.cpp,
 *  see SEN_ACT_GELU_TANH_HALF. */
typedef SenTensor (*SenHeadBuild) (SenPlan *plan, SenTensor rows, bool exact, gconstpointer state);

/** @weights may be NULL. @n_row is what it has room for. */
SenHead *sen_head_new (SenDevice *device, SenWeightTable *weights, uint32_t n_row, uint32_t n_in, SenHeadBuild build,
                       gconstpointer state, SenCancel *cancel, GError **error);
void     sen_head_free (SenHead *head);

/** @embeddings[n_row][n_out] of @rows[@n_row][n_in]. */
bool sen_head_run (SenHead *head, const float *rows, uint32_t n_row, float *embeddings, SenCancel *cancel, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenHead, sen_head_free)

G_END_DECLS
