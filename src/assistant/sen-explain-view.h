/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explanation.h"

G_BEGIN_DECLS

/* What reports show of an explanation, whatever their format. */

/** The mean of all rows, f32 [n_pieces]; all 0 without weights. (transfer full) */
float *sen_explain_view_mean (const SenExplanationInfo *info);
/** What full heat stands for in row[n_pieces]: its maximum beside the first piece, on which heads with nothing to say rest, so that it
 *  would drown all else. 0 where nothing is above 0. */
float  sen_explain_view_scale (const SenExplanationInfo *info, const float *row);
/** weight / scale in [0, 1]. */
float  sen_explain_view_strength (float weight, float scale);
/** Heat of @strength laid on white so that black letters stay readable on it. */
void   sen_explain_view_tint (float strength, guint8 rgb[3]);

/** "SmolLM2 135M Instruct, cpu. Attention, mean of 30 layers and 9 heads." (transfer full) */
char  *sen_explain_view_describe (const SenExplanationInfo *info);

/** "This heat predicts the answer's change 2.1 times as well as chance." NULL where it was not measured. (transfer full) */
char  *sen_explain_view_trust (const SenExplanationInfo *info);

/** Whether piece @i begins another paragraph: another message, or the template between two. */
bool   sen_explain_view_breaks (const SenExplanationInfo *info, uint32_t i);

G_END_DECLS
