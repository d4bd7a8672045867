/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-grounding-find.h"

#include <string.h>

#include "sen-error.h"
#include "sen-find-reason.h"
#include "sen-grounding-answer.h"
#include "sen-grounding-media.h"

/* Of what came nearest where nothing was found. */
#define N_WEAKER 5

/* --- Ways ----------------------------------------------------------------------------------------------------------------------------- */

static void
add_way (SenGroundingWays *self, const char *query, uint32_t kinds, bool for_answer)
{
  self->ways[self->n++] = (SenGroundingWay) { query, kinds, for_answer };
}

void
sen_grounding_ways_init (SenGroundingWays *self, const char *const *questions, uint32_t n)
{
  *self = (SenGroundingWays) { .query = sen_grounding_query_of (questions, n) };
  uint32_t kinds = sen_grounding_kinds_of (questions, n, self->query, &self->subject);
  if (kinds != 0 && kinds != SEN_GROUNDING_ONLY_PICTURES)
    add_way (self, self->subject, kinds, true);
  if (kinds != 0)
    add_way (self, self->subject, kinds, false);
  add_way (self, self->query, 0, true);
}

void
sen_grounding_ways_clear (SenGroundingWays *self)
{
  g_clear_pointer (&self->query, g_free);
  g_clear_pointer (&self->subject, g_free);
  self->n = 0;
}

/* --- Looking -------------------------------------------------------------------------------------------------------------------------- */

/* NULL with an error. */
static SenFindResults *
run_way (SenFind *find, const SenGroundingWish *wish, const char *folder, const SenGroundingWay *way, SenCancel *cancel, GError **error)
{
  const SenFindRequest request = {
    .text = way->query, .kinds = way->kinds, .folder = folder, .for_answer = way->for_answer, .with_facts = true,
    .limit = way->for_answer ? MIN (wish->max_sources, SEN_GROUNDING_MAX_SOURCES) : 0,
  };
  g_autoptr (SenFindResults) results = sen_find_run (find, &request, cancel);
  if (results == NULL)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped while files were looked through");
      return NULL;
    }
  const GError *problem = sen_find_results_info (results)->error;
  if (problem == NULL)
    return g_steal_pointer (&results);
  g_propagate_error (error, g_error_copy (problem));
  return NULL;
}

/* 0 with an error when hardly a source would fit beside the question. */
static uint32_t
count_room (const SenGroundingWish *wish, GError **error)
{
  uint32_t n = sen_grounding_count (wish->questions[wish->n_questions - 1], wish->count, wish->data);
  uint32_t n_room = sen_grounding_room (wish->n_ctx, n);
  if (n_room == 0)
    {
      g_autofree char *count = g_strdup_printf ("%u", n), *most = g_strdup_printf ("%u", wish->n_ctx);
      sen_find_fail (error, SEN_FIND_REASON_NO_ANSWER_ROOM, "count", count, "most", most, NULL);
    }
  return n_room;
}

SenGroundingRecord *
sen_grounding_find (SenFind *find, const SenGroundingWish *wish, char **lacking, SenCancel *cancel, GError **error)
{
  uint32_t n_room = count_room (wish, error);
  if (n_room == 0)
    return NULL;
  g_auto (SenGroundingWays) ways = { 0 };
  sen_grounding_ways_init (&ways, wish->questions, wish->n_questions);
  g_autoptr (SenGroundingRecord) record = g_new0 (SenGroundingRecord, 1);
  record->folder = wish->folder != NULL ? sen_find_real_path (wish->folder) : NULL;
  g_autoptr (SenFindResults) results = NULL;
  g_autoptr (GArray) read = NULL;
  uint32_t i = 0;
  do
    {
      g_clear_pointer (&read, g_array_unref);
      g_clear_pointer (&results, sen_find_results_unref);
      results = run_way (find, wish, record->folder, &ways.ways[i], cancel, error);
      if (results == NULL)
        return NULL;
      read = sen_grounding_choose (sen_find_results_info (results), ways.ways[i].kinds);
    }
  while (read->len == 0 && ++i < ways.n);

  const SenFindResultsInfo *info = sen_find_results_info (results);
  const SenGroundingParams params = {
    .question = wish->questions[wish->n_questions - 1], .max_sources = wish->max_sources, .max_tokens = n_room, .count = wish->count,
    .data = wish->data,
  };
  record->query = g_strdup (ways.ways[MIN (i, ways.n - 1)].query);
  record->grounding = sen_grounding_new ((const SenFindResult *) read->data, read->len, &params);
  if (sen_grounding_n_sources (record->grounding) == 0)
    record->weaker = sen_grounding_new (info->results, MIN (info->n, N_WEAKER), &params);
  if (lacking != NULL)
    *lacking = *info->roles[SEN_SPACE_TEXT].sentence != '\0' ? g_strdup (info->roles[SEN_SPACE_TEXT].sentence) : NULL;
  return g_steal_pointer (&record);
}
