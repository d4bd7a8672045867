/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Vectors that stand for a text, a picture or a sound: @unit[@n] = @sums[@n] / |@sums|. False when the sums have no direction:
 * zeros, or no numbers, as a damaged model gives them. Reentrant.
 */
bool sen_embedding_to_unit (const double *sums, size_t n, float *unit);

/** Σ @a[i] @b[i], summed in f64: of unit vectors the cosine. Reentrant. */
double sen_dot (const float *a, const float *b, size_t n);

G_END_DECLS
