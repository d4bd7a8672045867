/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-decode.h"
#include "sen-find-encoders.h"
#include "sen-find-results.h"

G_BEGIN_DECLS

/**
 * Finding: a request becomes lists by words, by names and by meaning, the lists one (sen-fuse.h), and each of its contents a file with a
 * place, a snippet and reasons.
 *
 * What is meant is a vector in the space of all-MiniLM-L6-v2, which texts, pictures and sounds share. A request without parts is its text,
 * encoded once for texts and once, through the connector's prompt, for pictures and sounds. Parts are added to it, or taken away from it,
 * Σ weightᵢ / deviationᵢ · vectorᵢ, each scaled by how far it spreads the space that is searched: pictures are nearer to one another than
 * to any words, and without that a picture would drown a word beside it. With parts, words are not looked for literally; what a phrase, a
 * minus or an operator of the text demands still binds.
 *
 * Thread-safety: one thread at a time; sen-finder.h has a thread for it.
 */
typedef struct SenFind SenFind;

/** Something that is meant beside the text; one of the three is given. */
typedef struct {
  const char *path;       /* of a picture, a recording, a document, or of any file that is indexed */
  SenImage   *picture;    /* one without a file, decoded; borrowed */
  const char *text;
  float       weight;     /* 1: as much as the text; below 0: away from it */
} SenFindPart;

#define SEN_FIND_MAX_PARTS 16
#define SEN_FIND_MAX_LIMIT 10000

typedef struct {
  const char        *text;       /* as it was typed (sen-query.h); NULL: nothing. Nothing at all asks for the newest files */
  bool               is_typed;   /* its last word may be unfinished */
  const SenFindPart *parts;      /* [n_parts] */
  uint32_t           n_parts;
  const char        *like;       /* a file, indexed or not: what is most like it, copies of it first. Words and parts are not looked at
                                  * then */
  uint32_t           limit;      /* results at most; 0: 100, of sources for an answer SEN_GROUNDING_SOURCES, and two passages more,
                                  * because those that stand beside one another are one source */

  /* Filters, beside what the text itself says of kind, place and date: both must let a file through. */
  uint32_t           kinds;      /* a bit for each SenFileKind; 0: any */
  const char        *folder;     /* absolute; NULL: anywhere */
  int64_t            after_us, before_us;   /* since 1970; 0: no limit */
  bool               only_copies;           /* files that there are exact copies of; with nothing else, those first whose copies take
                                             * most room */

  bool               for_answer; /* results are passages, several of a file, that answer @text best first (sen-find-best.h), and n_shown is
                                  * how many are to be read: all, or 0 where nothing is about it. Where texts can't be compared by meaning:
                                  * files, as ever */
  bool               with_facts; /* pictures, recordings and videos come with all that is known of them: SenFindResult.facts */
  uint32_t           by;         /* a bit for each SenEvidence that is looked at; 0: all. For measuring, and for who wants words only */
} SenFindRequest;

typedef struct {
  const char      *path;         /* of the database */
  SenFindEncoders *encoders;     /* borrowed; NULL: words and names only */
  SenDecode       *decode;       /* borrowed; for files that are not indexed. NULL: there are none */
  uint32_t         n_threads;    /* that search vectors; 0: as many as allowed */
  const char      *isa;          /* as SenCpuParams.isa */
} SenFindParams;

/** Never fails: the database is opened when it is first asked, and again when another lies in its place. */
SenFind *sen_find_new (const SenFindParams *params);
void     sen_find_free (SenFind *find);

/** Always gives results: trouble is in their error and notes. NULL only when it was cancelled. (transfer full) */
SenFindResults *sen_find_run (SenFind *find, const SenFindRequest *request, SenCancel *cancel);

/** Whether the next sen_find_run() with this request has to open a model first, which takes a moment. */
bool sen_find_is_cold (SenFind *find, const SenFindRequest *request);
/** Words and names only, at once: what can be shown until the model is open. */
SenFindResults *sen_find_run_literally (SenFind *find, const SenFindRequest *request, SenCancel *cancel);

/** Closes the models; what is asked next opens them again. */
void sen_find_rest (SenFind *find);

/* --- Where in a picture --------------------------------------------------------------------------------------------------------------- */

/** The name under which an index has the file at @path, as folders are indexed under their real names: absolute and without links, where
 *  there is such a file. (transfer full) */
char *sen_find_real_path (const char *path);

#define SEN_FIND_HEAT_SIDE 16

/**
 * How much each place of a picture has to do with what is looked for, measured by hiding: a square of a quarter of its side is made grey at
 * 7 × 7 places, and a place's heat is by how much the likeness falls, the mean over the squares that hide it. So it says what the match
 * depends on, and nothing about how the encoder comes to it. Costs 50 runs of the encoder.
 */
typedef struct {
  float cosine;           /* of the whole picture */
  float fall;             /* the largest fall of the cosine, which is 1 in @heat; 0 or less: it depends on no one place */
  float heat[SEN_FIND_HEAT_SIDE][SEN_FIND_HEAT_SIDE];   /* [0, 1], over the whole picture, lines from the top */
} SenFindHeat;

/** Of the picture file at @path, for what @request means. */
bool sen_find_heat (SenFind *find, const SenFindRequest *request, const char *path, SenFindHeat *heat, SenCancel *cancel, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenFind, sen_find_free)

G_END_DECLS
