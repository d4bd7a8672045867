/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-search-types.h"

G_BEGIN_DECLS

/**
 * What somebody typed, taken apart once; nothing of it ever reaches a search engine's own syntax but through
 * sen_query_match().
 *
 *   red tractor       words: what has all of them comes first, what has some after it
 *   "red tractor"     these words side by side, which must be there
 *   -blue  -"on ice"  must not be there
 *   type:picture      text code document picture sound video, or an ending as type:pdf; several: any of them
 *   in:Invoices       below a folder of this name, or below /an/absolute/path or ~/one; several: any of them
 *   before:2024  after:2024-05-31  (after: includes the day; today and yesterday are dates too)
 *   is:duplicate      there is another file with the very same bytes; what is found by its name alone has none that are known
 *
 * The operators' arguments may stand in quotes. A word with a colon that names no operator is a word.
 *
 * Thread-safety: immutable once parsed and narrowed.
 */
#define SEN_QUERY_MAX_BYTES 4096
#define SEN_QUERY_MAX_TERMS 64

typedef struct {
  const char *text;        /* UTF-8 with at least one letter or digit */
  bool        is_phrase;
  bool        is_excluded;
  bool        is_prefix;   /* it is still being typed: words of three letters and more that begin so are meant */
  bool        is_usual;    /* a word that says nothing alone, as "the" (sen-usual-words.h); no phrase */
} SenQueryTerm;

typedef struct {
  const SenQueryTerm *terms;
  uint32_t            n_terms;
  uint32_t            kinds;        /* a bit for each SenFileKind; with endings 0: any */
  const char *const  *endings;      /* without the point, lower case; NULL-terminated */
  const char *const  *folders;      /* absolute paths, or names of folders; NULL-terminated */
  int64_t             after_us, before_us;   /* since 1970: [after, before) */
  uint32_t            only_kinds;   /* besides: a bit for each SenFileKind; 0: any */
  const char         *only_folder;  /* besides: an absolute path; NULL: anywhere */
  bool                only_copies;  /* more than one file holds the same */
  const char         *meaning;      /* the words and phrases that are asked for, as a text to be encoded; "" when there are none */
} SenQuery;

/** @is_typed: the last word may be unfinished. SEN_ERROR_LIMIT when it is too long, SEN_ERROR_INVALID when an operator's argument is
 *  none; the sentence is for under the query. */
SenQuery *sen_query_parse (const char *text, bool is_typed, GError **error);
void      sen_query_free (SenQuery *query);

/** Also asks for @kinds (a bit each; 0: any), what is below the absolute path @folder (NULL: anywhere), and [@after_us, @before_us),
 *  whatever the text says. */
void sen_query_narrow (SenQuery *query, uint32_t kinds, const char *folder, int64_t after_us, int64_t before_us);
/** The same as is:duplicate. */
void sen_query_want_copies (SenQuery *query);

/** Whether it asks for words, or only for a kind, a place or a time. */
bool sen_query_has_words (const SenQuery *query);
/** Whether it says what kind of file, where, of when, or that there are copies. */
bool sen_query_has_filter (const SenQuery *query);

/** Whether it is satisfied with a file of that kind, place and date (microseconds since 1970). Words and copies are not asked for. */
bool sen_query_lets_through (const SenQuery *query, const char *path, SenFileKind kind, int64_t date_us);

/** An index of whole words in the texts, or of all runs of three letters in folded names (sen_query_fold()). */
typedef enum { SEN_MATCH_TEXTS, SEN_MATCH_NAMES } SenMatchIndex;
typedef enum { SEN_MATCH_ALL, SEN_MATCH_ANY } SenMatchMode;

/** All words and phrases that are asked for, or any, as an expression of FTS5; with @takes [n_terms] only the terms for which it is true.
 *  NULL when there are none that @index knows: names know no shorter ones than three letters. (transfer full) */
char *sen_query_match (const SenQuery *query, SenMatchIndex index, SenMatchMode mode, const bool *takes);
/** One term, NULL as above. (transfer full) */
char *sen_query_match_term (const SenQueryTerm *term, SenMatchIndex index);

/** The words of a query as names have them, folded once for many names. */
typedef struct SenQueryNames SenQueryNames;

SenQueryNames *sen_query_names_new (const SenQuery *query);
void           sen_query_names_free (SenQueryNames *names);
/** Which part of the words that are asked for, and that an index of names knows and that say something, is in a folded name or folder. */
double         sen_query_names_share (const SenQueryNames *names, const char *folded_name, const char *folded_folder);
/** Whether a folded name, its ending left out, is the words that are asked for, in their order, and nothing else. */
bool           sen_query_names_is_whole (const SenQueryNames *names, const char *folded_name);

/** Which of the words that are asked for have been seen in the fields of one file, whatever field each is in. */
typedef struct SenQueryFields SenQueryFields;

/** Of the terms for which @takes [n_terms] is true; one in which nothing is left once it is folded is not waited for. */
SenQueryFields *sen_query_fields_new (const SenQuery *query, const bool *takes);
void            sen_query_fields_free (SenQueryFields *fields);
/** Forgets what was seen: another file. */
void            sen_query_fields_begin (SenQueryFields *fields);
/** Sees a text, where words are whole; or (@is_name) a name, folded, where parts of words of three letters and more are found, too. */
void            sen_query_fields_see (SenQueryFields *fields, const char *text, bool is_name);
/** Whether all have been seen. */
bool            sen_query_fields_are_all (const SenQueryFields *fields);
uint32_t        sen_query_fields_count (const SenQueryFields *fields);
/** Which of the query's terms are waited for and have not been seen yet, in @misses [n_terms]; how many that are. */
uint32_t        sen_query_fields_missing (const SenQueryFields *fields, bool *misses);

/** Letters as names are compared: without case, and marks. (transfer full) */
char *sen_query_fold (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenQuery, sen_query_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenQueryNames, sen_query_names_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenQueryFields, sen_query_fields_free)

G_END_DECLS
