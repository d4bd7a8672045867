/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explanation.h"
#include "sen-heat.h"

G_BEGIN_DECLS

/**
 * What reports and the window show of an explanation, whatever the format. All text is translated where the program is. Reentrant.
 */

/** Shares, or for SEN_EXPLAIN_OCCLUSION changes. */
SenHeatMap sen_explain_view_map (const SenExplanationInfo *info);
/** What is said of the answer as a whole, f32 [n_pieces]: the mean of all rows, of changes their sum; all 0 without weights.
 *  (transfer full) */
float *sen_explain_view_whole (const SenExplanationInfo *info);
/** What full heat stands for in row[n_pieces]: its maximum beside the first piece, on which heads with nothing to say rest, so that it
 *  would drown all else; of changes the furthest from 0. 0 where there is nothing. */
float  sen_explain_view_scale (const SenExplanationInfo *info, const float *row);
/** weight / scale in [0, 1], of changes in [-1, 1]. */
float  sen_explain_view_strength (SenHeatMap map, float weight, float scale);
/** Heat of @strength laid on white so that black letters stay readable on it. */
void   sen_explain_view_tint (SenHeatMap map, float strength, guint8 rgb[3]);
/** "0.31", "+2.4", "−0.31", whatever the language: as pages and pictures have it. (transfer full) */
char  *sen_explain_view_format (SenHeatMap map, float weight);

/** "SmolLM2 135M Instruct, cpu. Attention, mean of 30 layers and 9 heads." (transfer full) */
char  *sen_explain_view_describe (const SenExplanationInfo *info);

/** "This heat predicts the answer's change 2.1 times better than chance.", or that it does not. NULL where it was not measured.
 *  (transfer full) */
char  *sen_explain_view_trust (const SenExplanationInfo *info);
/** The least and the greatest of all curves, with the band of the random ones. */
void   sen_explain_view_curves (const SenTrust *trust, float *low, float *high);

/** Whether piece @i begins another paragraph: another message, or the template between two. */
bool   sen_explain_view_breaks (const SenExplanationInfo *info, uint32_t i);

G_END_DECLS
