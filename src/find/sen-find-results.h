/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-fuse.h"

G_BEGIN_DECLS

/**
 * What was found, as window and command line read it: files, the best first, and for each why it is there.
 *
 * Thread-safety: immutable, its reference counting atomic.
 */
typedef struct SenFindResults SenFindResults;

/** Bytes [start, end) of a text; always whole characters. */
typedef struct {
  uint32_t start, end;
} SenFindRange;

/** A text for display, UTF-8, "" where there is none, and what of it matched: whole words, in order. */
typedef struct {
  const char         *text;
  const SenFindRange *marks;        /* [n_marks] */
  uint32_t            n_marks;
} SenFindText;

/** Why a file is among the results; a text for people is made of it by who shows it. */
typedef enum {
  SEN_FIND_BY_WORDS,       /* its text and what is known of it have every word that was asked for; text: those, "red, tractor" */
  SEN_FIND_BY_SOME_WORDS,  /* its text has some of them; text: which */
  SEN_FIND_BY_NAME,        /* its name or its folders have them; text: which */
  SEN_FIND_BY_MEANING,     /* its text is about the same; value: the cosine */
  SEN_FIND_BY_LOOK,        /* it looks like it; value: the cosine */
  SEN_FIND_BY_SOUND,       /* it sounds like it; value: the cosine */
  SEN_FIND_BY_TAGS,        /* what a picture shows, guessed; text: "tractor 61 %, farm 20 %" */
  SEN_FIND_BY_BYTES,       /* it holds the same, byte for byte, as what was given, or its copies as it */
  SEN_FIND_BY_FILTER,      /* nothing but its kind, place or date was asked for: the newest first */
  SEN_FIND_N_WHYS
} SenFindWhyKind;

/** "words", "some-words", "name", "meaning", "look", "sound", "tags", "same", "filter": for scripts. */
const char *sen_find_why_name (SenFindWhyKind kind);

typedef struct {
  SenFindWhyKind kind;
  const char    *text;     /* "" where there is none */
  float          value;    /* 0 where there is none */
} SenFindWhy;

typedef struct {
  const char *const *paths;         /* bytes as the system has them, NULL-terminated, shortest first: exact copies of one another */
  uint32_t           n_paths;
  SenFileKind        kind;
  uint64_t           size_bytes;
  int64_t            mtime_ns;      /* of the first, as it was indexed */
  int64_t            made_us;       /* since 1970, when a photo says when it was taken; 0: it does not */
  const char        *language;      /* of its text, "de"; "" when it is not known */

  float              score;         /* tells the order of this list, nothing else */
  float              cosine;        /* the best likeness; 0: found without */
  uint32_t           evidence, strong;   /* bits of SenEvidence, as of SenFound */
  const SenFindWhy  *why;           /* [n_why], the strongest first */
  uint32_t           n_why;

  /* The place in it that matches best, where it can be opened. */
  int64_t            content, chunk;   /* of the index; chunk 0: the file as a whole */
  SenChunkSource     source;        /* of the place: its own text, read off, heard, known of it, seen */
  uint32_t           page, line;    /* from 1; 0: there are none */
  int64_t            start_ms, end_ms;   /* of a recording or video; -1: no time */
  const char        *headings;      /* "Installing › Debian"; "" without */
  SenFindText        snippet;       /* of the passage, one line of about 200 letters, "…" where something was left out */
  SenFindText        passage;       /* all of the place's text, with its lines */
  SenFindText        name;          /* of the first path for display, without its folders */
  SenFindText        title;         /* what a document, recording or video calls itself: its title, or a heading it begins with; "" */

  const char        *facts;         /* of a picture, recording or video all that is known of it, in words, where the request wants
                                     * that; else "" */
} SenFindResult;

/** What became of the search by meaning, for each kind of vectors. */
typedef enum {
  SEN_FIND_ROLE_SEARCHED,
  SEN_FIND_ROLE_NOT_ASKED,    /* there is nothing in the request to be compared, or only words were wanted */
  SEN_FIND_ROLE_EMPTY,        /* the index has no such vectors (yet) */
  SEN_FIND_ROLE_NO_MODEL,     /* a model is not here; model: its name in the catalogue */
  SEN_FIND_ROLE_OTHER_MODEL,  /* the index was made with another model and waits to be made anew */
  SEN_FIND_ROLE_FAILED,       /* what was asked could not be encoded, or a part of the index not read */
} SenFindRoleState;

typedef struct {
  SenFindRoleState state;
  const char      *sentence;  /* why it was not searched, with the command that helps; "" where nothing is wrong */
  const char      *model;     /* of NO_MODEL, else "" */
} SenFindRole;

typedef struct {
  const SenFindResult *results;    /* [n]: first those that there is evidence for, then what is only nearest */
  uint32_t             n;
  uint32_t             n_shown;    /* the former; the others are for "show more" */
  bool                 is_whole;   /* false: words and names only, a model is being opened; the whole follows */
  bool                 has_index;  /* false: there is none yet, and so no results; that is no error */
  SenFindRole          roles[SEN_N_SPACE_ROLES];
  const GError        *error;      /* NULL, or why nothing could be searched, one sentence. SEN_ERROR_LIMIT, SEN_ERROR_INVALID: what was
                                    * asked is at fault; SEN_ERROR_NOT_FOUND: a file of the request is not there */
  double               elapsed_ms; /* all of it, encoding included */
  double               encode_ms;  /* of it */
} SenFindResultsInfo;

SenFindResults           *sen_find_results_ref (SenFindResults *results);
void                      sen_find_results_unref (SenFindResults *results);
const SenFindResultsInfo *sen_find_results_info (const SenFindResults *results);
/** The @i-th of info->n, borrowed from @results. */
const SenFindResult      *sen_find_results_get (const SenFindResults *results, uint32_t i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenFindResults, sen_find_results_unref)

G_END_DECLS
