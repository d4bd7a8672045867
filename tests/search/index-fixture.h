/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-index-store.h"
#include "sen-vectors.h"

/* A folder of the test's own. */
char *make_folder (void);
/* With all that is in it, whatever its permissions are. Frees the name. */
void  remove_folder (char *folder);

/* @values[@n] of [-1, 1) that follow from @seed, on every machine the same. */
void draw_vector (uint64_t seed, uint32_t n, float *values);
/* Arrays of SenNeighbour, alike to the bit. */
void assert_same_neighbours (const GArray *a, const GArray *b);

SenStore *open_store (const char *path, bool is_writer);
