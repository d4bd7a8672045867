/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-find-results.h"

G_BEGIN_DECLS

/**
 * Answers from somebody's own files: what was found becomes numbered sources in a prompt, and what is answered is held against them
 * (retrieval-augmented generation: Lewis et al. 2020).
 *
 *   query     = sen_grounding_query (question, earlier);                   what to look for
 *   grounding = sen_grounding_new (info->results, sen_grounding_n_results (info), &params);   which passages the model reads
 *   prompt    = sen_grounding_prompt (grounding);
 *   check     = sen_grounding_check (grounding, answer);                   which sentence stands in which source
 *
 * What a source says is data. Each stands in a fence that is longer than any in it, control tokens in it are shielded as in all of a user's
 * text (sen_tokenizer_shield()), and a sentence that speaks to an assistant ("ignore all previous instructions": instructions.def) is left
 * out of the prompt, and told of: source->instructions. That finds the usual words, not every trick; so nothing that a source says can do
 * more than change the answer, and the passages are there to be compared with it.
 *
 * The check is a comparison of words, not a judgement: a sentence is supported by a source that has most of its words, also of those that
 * the question did not bring, and all of its numbers; of several by the one that says them together. A sentence that says the contrary of
 * its source in the same words passes; one that says the same in other words does not. A picture that is there by its look alone supports
 * nothing.
 *
 * Thread-safety: immutable once made; free of the locale and the main loop.
 */
typedef struct SenGrounding SenGrounding;

typedef struct {
  const char  *path;          /* bytes as the system has them */
  const char  *name;          /* of the file, for display */
  SenFileKind  kind;
  uint32_t     page, line;    /* from 1; 0: there are none */
  int64_t      start_ms, end_ms;   /* of a recording, from about where the passage speaks of what is asked; -1: no time */
  const char  *headings;      /* "" without */
  const char  *text;          /* as the model reads it */
  const char  *instructions;  /* what was left out of it because it speaks to an assistant, a sentence a line; "" where nothing was */
  float        score, cosine; /* of the result */
  uint32_t     n_tokens;      /* of its block in the prompt */
  uint64_t     size_bytes;    /* and mtime_ns: of the file as it was indexed; 0: not known */
  int64_t      mtime_ns;
  bool         is_guess;      /* a picture that nothing but its look speaks for */
  const char  *seen_by;       /* what let the model see it itself (sen_multimodal_by()), a picture; NULL: it read its words */
} SenSource;

/** How many tokens @text has. */
typedef uint32_t (*SenGroundingCount) (const char *text, gpointer data);

typedef struct {
  const char       *question;      /* as it was asked */
  uint32_t          max_sources;   /* 0: SEN_GROUNDING_SOURCES; at most SEN_GROUNDING_MAX_SOURCES */
  uint32_t          max_tokens;    /* that all sources take together; 0: no limit */
  SenGroundingCount count;         /* NULL: four bytes are taken for a token */
  gpointer          data;
} SenGroundingParams;

/* Chosen as docs/search.md says. */
#define SEN_GROUNDING_SOURCES 4
#define SEN_GROUNDING_MAX_SOURCES 64

/** Tokens of @text by @count; NULL: about, at four bytes each. */
uint32_t sen_grounding_count (const char *text, SenGroundingCount count, gpointer data);

/** What is asked of an index for @question: its words, without what a query would take for an operator. Of one that leans on what was said
 *  before ("and how long does it take?") the words of @earlier, the user's last question, are in it too; NULL: there is none.
 *  (transfer full) */
char *sen_grounding_query (const char *question, const char *earlier);

/** The same for the last of the user's @questions[@n], the oldest first: where the one before it leans on what was said before, too, the
 *  words of that are in the query as well. (transfer full) */
char *sen_grounding_query_of (const char *const *questions, uint32_t n);

/** Of @results[@n], best first, those that have words, passages that say the same once and those that stand beside one another as one, as
 *  many as there is room for. Who asks searches for_answer and reads sen_grounding_n_results(). Copies what it needs.
 *  Without a source the answer is SEN_GROUNDING_NOT_FOUND, and no model need be asked. */
SenGrounding *sen_grounding_new (const SenFindResult *results, uint32_t n, const SenGroundingParams *params);
void          sen_grounding_free (SenGrounding *grounding);

uint32_t         sen_grounding_n_sources (const SenGrounding *grounding);
/** The one that is cited as [@i + 1]. Borrowed. */
const SenSource *sen_grounding_source (const SenGrounding *grounding, uint32_t i);

/** What the model is asked, as the user's message. (transfer full) */
char *sen_grounding_prompt (const SenGrounding *grounding);

/** The answer where there is no source. */
#define SEN_GROUNDING_NOT_FOUND "Not found in the files."
/** And where all sources are guesses, which a model that doesn't see knows nothing about. */
#define SEN_GROUNDING_GUESS "No words in the files say so. These pictures come nearest by their look, which is a guess."
/** One of these two; NULL: a model is to be asked. @sees: whether it can see pictures. (static) */
const char *sen_grounding_answer_alone (const SenGrounding *grounding, bool sees);

/** A sentence of an answer: bytes [start, end) of it. */
typedef struct {
  uint32_t start, end;
  uint64_t cited;           /* a bit for each source that it names itself, [1] */
  int32_t  source;          /* that supports it best, from 0; -1: none does */
  float    support;         /* which part of its words is in that source, 0 … 1 */
  bool     is_claim;        /* it says something: neither a heading nor a greeting, nor that nothing was found */
} SenGroundedSentence;

typedef struct {
  SenGroundedSentence *sentences;    /* [n] */
  uint32_t             n;
  uint32_t             n_claims, n_supported;
  uint64_t             used;         /* a bit for each source that supports a sentence */
  bool                 is_not_found; /* the answer says that the files do not have it, or nothing of it has a source */
} SenGroundingCheck;

/** Sources that a sentence names and that there are not are no citations. Of a long answer the first SEN_GROUNDING_MAX_CHECKED bytes and
 *  sentences are looked at: so it ends in time, whatever was imported, but may take a good part of a second. (transfer full) */
#define SEN_GROUNDING_MAX_CHECKED 16384
#define SEN_GROUNDING_MAX_SENTENCES 256
SenGroundingCheck *sen_grounding_check (const SenGrounding *grounding, const char *answer);
void               sen_grounding_check_free (SenGroundingCheck *check);

/** What the first source says about the question, word for word, a few sentences: for where an answer has no source. Found by the
 *  question's words, so it need not hold the answer. NULL when there is no source. (transfer full) */
char *sen_grounding_quote (const SenGrounding *grounding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenGrounding, sen_grounding_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenGroundingCheck, sen_grounding_check_free)

G_END_DECLS
