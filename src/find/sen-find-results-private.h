/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Results while they are made. */
#pragma once

#include "sen-find-results.h"

G_BEGIN_DECLS

/* What the members of info and of each result point to is owned by the results. */
struct SenFindResults {
  gint               n_refs;     /* atomic */
  SenFindResultsInfo info;
  GArray            *results;    /* SenFindResult; info.results once all are there */
  GStringChunk      *texts;
  GPtrArray         *blocks;
};

SenFindResults *sen_find_results_new (void);
/** Takes @error over; the first one stays. */
void            sen_find_results_set_error (SenFindResults *results, GError *error);
/** "" for NULL. */
const char     *sen_find_results_keep (SenFindResults *results, const char *text);
/** A copy of @n_bytes that lives as long as the results; NULL for none. */
gpointer        sen_find_results_keep_block (SenFindResults *results, gconstpointer block, size_t n_bytes);
/** A copy of an array's elements. */
gpointer        sen_find_results_keep_array (SenFindResults *results, const GArray *array);
/** Nothing is added any more. */
void            sen_find_results_finish (SenFindResults *results);

G_END_DECLS
