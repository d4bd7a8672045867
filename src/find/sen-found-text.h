/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What of a text matched a query, and the stretch of it that shows that best. Words are those of the index (unicode61 of FTS5), so that
 * what it found is what is marked; sen-words.h has those that texts are compared by. Immutable once made: any thread. */
#pragma once

#include "sen-find-results.h"

G_BEGIN_DECLS

/** The words of a query, folded as indexes fold them. */
typedef struct SenFindWords SenFindWords;

/** @query may be NULL: no words. */
SenFindWords *sen_find_words_new (const SenQuery *query);
void          sen_find_words_free (SenFindWords *words);
/** Those that are asked for, "red, tractor". (transfer full) */
char         *sen_find_words_list (const SenFindWords *words);

/** Whole words of @text that are asked for, and phrases where all of them stand side by side: appended to @marks (SenFindRange). @matched
 *  (may be NULL; as many as the query has terms) is set true where a term was found. */
void sen_find_words_mark (const SenFindWords *words, const char *text, GArray *marks, bool *matched);
/** The same in a name, where a part of a word is enough, but for terms of one or two letters. */
void sen_find_words_mark_name (const SenFindWords *words, const char *name, GArray *marks, bool *matched);
/** The terms for which @matched is true, "red, tractor". (transfer full) */
char *sen_find_words_matched (const SenFindWords *words, const bool *matched);

#define SEN_FIND_SNIPPET_LETTERS 200

/** About SEN_FIND_SNIPPET_LETTERS of @text in one line: where the most of the words are close together, words that only begin alike
 *  counting less; else its beginning. With its @marks. (transfer full) */
char *sen_find_words_snippet (const SenFindWords *words, const char *text, GArray *marks);

/** Where @text goes on below @title, when its first line is that, whatever stands between the words; else @text. */
const char *sen_find_text_behind (const char *text, const char *title);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenFindWords, sen_find_words_free)

G_END_DECLS
