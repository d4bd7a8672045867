/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-index-store.h"

G_BEGIN_DECLS

/**
 * One list of several, and where it ends.
 *
 * Lists are joined by their scores: what a content scores is Σ weight · score over the lists that have it. Of meaning a score is how
 * far the likeness stands out of chance, in deviations, nothing below the mean; of words and names it is BM25. Both say how unlikely
 * chance is to give such a thing, a rare word as a rare likeness, so that one number weighs them against one another for all queries,
 * and the lists themselves say how much they have to tell of one: ranks would make the first of a list as good as any other first (a
 * convex combination beats ranks in Bruch, Gai, Ingber: An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023; here as well,
 * docs/search.md).
 *
 * The best of many passages has had as many tries: a book of thousands has one that is near to anything. So of what a content's best
 * passage scores as evidence e, the negative logarithm of how unlikely it is (BM25 is about that; z deviations are z² / 2), a content of
 * n passages keeps
 *   e · e / (e + 2 ln (n / SEN_FUSE_FEW))    nothing is taken where n is not above SEN_FUSE_FEW
 * which is about e − 2 ln (n / SEN_FUSE_FEW) where e is large, and never below 0. (n tries make a chance n times as likely, e − ln n; twice
 * that, and not for what every page has, was better.)
 *
 * How much is shown is not a matter of scores but of evidence, because the nearest of a million is near whatever was asked. A hit of a list
 * is strong
 *   of words and names   when it has all that was asked for
 *   of meaning           when its likeness stands out of what chance gives: (cosine − mean) / deviation ≥ sen_fuse_bar (n), which is what
 *                        the largest of n chance values reaches, √(2 ln n)
 * and what no list has a strong hit of is kept behind "show more". A weak hit of words with one of meaning that is no more than
 * SEN_FUSE_NEAR below the bar is as good as a strong one: neither is chance alone.
 *
 * A part of what was asked for in a name is little more than chance where questions are long, so weak hits of names weigh less.
 *
 * Weights, the width of what is near and what is taken for many passages were chosen by part dev of tests/data/search (docs/search.md).
 *
 * Thread-safety: pure functions.
 */
#define SEN_FUSE_NEAR 1.0
#define SEN_FUSE_FEW 8

typedef enum { SEN_EVIDENCE_WORDS, SEN_EVIDENCE_NAMES, SEN_EVIDENCE_MEANING } SenEvidence;

typedef struct {
  SenEvidence      evidence;
  const SenHit    *hits;       /* best first, each content once */
  uint32_t         n;
  float            weight;     /* of strong hits */
  const SenSpread *spread;     /* of meaning */
  float            weak;       /* the weight of the others */
  bool             is_for_passages;   /* it is them that are looked for, each by itself: nothing is taken for many */
} SenRanking;

typedef struct {
  int64_t  content, chunk;     /* the chunk of the list where it stands best; a chunk rather than none */
  float    score;
  uint32_t evidence;           /* a bit for each SenEvidence that found it */
  uint32_t strong;             /* those of them that are strong */
  float    likeness;           /* the best score of the lists of meaning; 0: in none */
} SenFound;

/** Lists of words and names stand before those of meaning. Adds all contents of the lists to @found (of SenFound): first those that are
 *  shown, then the rest, the best first in both. Returns how many are shown. */
uint32_t sen_fuse (const SenRanking *rankings, uint32_t n, GArray *found);

/** Likenesses of several spaces in one list, best first. Pictures and words are nearer to their kind than to one another, so cosines of two
 *  spaces can't be compared, but how far they stand out of chance can: the scores of the result are deviations above the mean. */
typedef struct {
  const GArray *hits;          /* SenHit, with cosines */
  SenSpread     chance;        /* what likenesses of things that have nothing to do with each other are like there */
} SenSpaceHits;

/** Adds each content once to @hits (of SenHit), at most @n. *@spread is that of the list: for SenRanking. */
void sen_fuse_spaces (const SenSpaceHits *spaces, uint32_t n_spaces, uint32_t n, GArray *hits, SenSpread *spread);

/** Two spreads as if both had been seen together: a collection of a few files has none worth the name, and takes one that is usual. */
SenSpread sen_fuse_spreads (const SenSpread *first, const SenSpread *second);

/** What a cosine has to reach, in deviations above the mean of @n. */
double sen_fuse_bar (uint64_t n);

G_END_DECLS
