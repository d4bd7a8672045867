/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-find.h"
#include "sen-grounding-json.h"

G_BEGIN_DECLS

/**
 * From a question to its sources, the same for the window and the command line: how it is looked for, and what of that a model reads.
 *
 *   record = sen_grounding_find (find, &wish, &lacking, cancel, &error);
 *
 * Takes as long as a search does, a moment more where a model is to be opened: sen_finder_ask_for_answer() does it on the finder's thread.
 */

/** One way to look for a question. */
typedef struct {
  const char *query;
  uint32_t    kinds;        /* of files, as SenFindRequest.kinds; 0: any */
  bool        for_answer;   /* passages that answer; else files, as any search finds them */
} SenGroundingWay;

#define SEN_GROUNDING_MAX_WAYS 3

/**
 * The ways for one question, one after the other until something is found. A question that asks for no kind of files has one: passages that
 * answer. Of pictures their look decides, not what a passage says. Recordings are heard wrong now and then: where no passage of theirs
 * answers, whatever is found of them is better than files of other kinds. These come last, since they may be meant after all.
 */
typedef struct {
  char           *query, *subject;   /* owned: all that is looked for, and that without what only names the kinds */
  SenGroundingWay ways[SEN_GROUNDING_MAX_WAYS];
  uint32_t        n;
} SenGroundingWays;

/** For the last of the user's @questions[@n], the oldest first. */
void sen_grounding_ways_init (SenGroundingWays *ways, const char *const *questions, uint32_t n);
void sen_grounding_ways_clear (SenGroundingWays *ways);

typedef struct {
  const char *const *questions;     /* [n_questions], of the user, the oldest first; the last is to be answered */
  uint32_t           n_questions;
  const char        *folder;        /* below which files are asked, under any of its names; NULL: all that is indexed */
  uint32_t           max_sources;   /* 0: SEN_GROUNDING_SOURCES */
  uint32_t           n_ctx;         /* of the model that is to read them */
  SenGroundingCount  count;         /* its tokens; NULL: four bytes are taken for one */
  gpointer           data;
} SenGroundingWish;

/** What was found; without a source also what came nearest (SenGroundingRecord.weaker). NULL with SEN_ERROR_CANCELLED, with
 *  SEN_ERROR_CONTEXT_FULL where the question leaves no room for sources, or as SenFindResultsInfo.error. *@lacking (transfer full; may be
 *  NULL): why texts were not compared by meaning, one sentence; NULL: they were. (transfer full) */
SenGroundingRecord *sen_grounding_find (SenFind *find, const SenGroundingWish *wish, char **lacking, SenCancel *cancel, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenGroundingWays, sen_grounding_ways_clear)

G_END_DECLS
