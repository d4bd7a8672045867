/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding-find.h"

G_BEGIN_DECLS

/**
 * A thread that finds (sen-find.h), for who must not wait: requests go in, results come back to the main context that was the thread's
 * default when the finder was made. A newer request ends an older one, whose function is then not called any more; so it is right to
 * ask with every letter that is typed.
 *
 * When nothing was asked for a minute the models are closed.
 *
 * Thread-safety: of the thread that made it.
 */
typedef struct SenFinder SenFinder;

typedef struct {
  const char                  *path;       /* of the database; NULL: sen_index_default_path() */
  const SenFindEncodersParams *encoders;   /* what the thread makes encoders of for itself; NULL: words and names only */
  SenDecode                   *decode;     /* borrowed, outlives the finder; may be NULL */
  uint32_t                     n_threads;  /* that search vectors; 0: as many as allowed */
} SenFinderParams;

SenFinder *sen_finder_new (const SenFinderParams *params);
/** No function is called any more. Waits until the thread has noticed, some milliseconds. */
void       sen_finder_free (SenFinder *finder);

/** @results are borrowed; take a reference to keep them. Called twice when the first ones are not whole (sen_find_results_info()). */
typedef void (*SenFinderFunc) (SenFindResults *results, gpointer data);
/** All of @request is copied. */
void sen_finder_ask (SenFinder *finder, const SenFindRequest *request, SenFinderFunc func, gpointer data);
/** Nothing is wanted any more of what was asked. */
void sen_finder_stop (SenFinder *finder);

/** What an answer is to be made from (sen_grounding_find()), for which the one who asks waits: beside what is typed, which neither ends it
 *  nor is ended by it. @record is borrowed; NULL: @error says why. Called once; not at all when it was stopped or asked anew before. */
typedef void (*SenFinderAnswerFunc) (SenGroundingRecord *record, const GError *error, gpointer data);
/** All of @wish is copied; @wish->count is called on the finder's thread, and @free_count (may be NULL) with its data when it is not any
 *  more, on whichever thread that is. */
void sen_finder_ask_for_answer (SenFinder *finder, const SenGroundingWish *wish, GDestroyNotify free_count, SenFinderAnswerFunc func,
                                gpointer data);
void sen_finder_stop_for_answer (SenFinder *finder);

/** Gives the models back now; what is asked next looks for them again, so this is also for when a model came or went. */
void sen_finder_rest (SenFinder *finder);

/** @heat NULL: @error says why. Whatever is searched goes first; a newer picture takes the place of an older one, whose function is not
 *  called any more. */
typedef void (*SenFinderHeatFunc) (const char *path, const SenFindHeat *heat, const GError *error, gpointer data);
void sen_finder_heat (SenFinder *finder, const SenFindRequest *request, const char *path, SenFinderHeatFunc func, gpointer data);
void sen_finder_stop_heat (SenFinder *finder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenFinder, sen_finder_free)

G_END_DECLS
