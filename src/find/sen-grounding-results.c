/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-grounding-results.h"

#include "sen-find-results-private.h"

SenFindResults *
sen_grounding_to_results (const SenSource *source, const SenGroundingFile *file)
{
  SenFindResults *results = sen_find_results_new ();
  const char *paths[] = { sen_find_results_keep (results, source->path), NULL };
  const SenFindResult result = {
    .paths = sen_find_results_keep_block (results, paths, sizeof paths),
    .n_paths = 1,
    .kind = source->kind,
    .size_bytes = file->size_bytes,
    .mtime_ns = file->mtime_ns,
    .language = "",
    .score = source->score,
    .cosine = source->cosine,
    .page = source->page,
    .line = source->line,
    .start_ms = source->start_ms,
    .end_ms = source->end_ms,
    .headings = sen_find_results_keep (results, source->headings),
    .snippet.text = "",
    .passage.text = sen_find_results_keep (results, source->text),
    .name.text = sen_find_results_keep (results, source->name),
    .title.text = "",
  };
  g_array_append_val (results->results, result);
  results->info.n_shown = 1;
  results->info.is_whole = results->info.has_index = true;
  sen_find_results_finish (results);
  return results;
}
