/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Which heads of a layer are meant: bit h of mask[4] is head h; none at all stands for every head. Pure functions, thread-safe. */

/** How many heads are meant, of @n_head. */
uint32_t sen_head_mask_count (const uint32_t mask[4], uint32_t n_head);
/** The one head that is meant, or -1. */
int      sen_head_mask_only (const uint32_t mask[4]);
/** The bits of all that are meant, of the first 128 of @n_head. */
void     sen_head_mask_complete (const uint32_t mask[4], uint32_t n_head, uint32_t complete[4]);
/** SEN_ERROR_INVALID when @mask names a head that is not among @n_head. */
bool     sen_head_mask_check (const uint32_t mask[4], uint32_t n_head, GError **error);

G_END_DECLS
