/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-generate.h"

G_BEGIN_DECLS

/** What tools/make-golden-logits.py wrote about a model and one stretch of tokens, or make-golden-mmproj.py about one and a text with
 *  media in it. */
typedef struct {
  char           *name;              /* the tiny model, or the text */
  uint32_t        n_tokens;
  SenToken       *tokens;            /* [n_tokens] */
  float          *logprobs;          /* [n_tokens - 1] of each next token: the reference */
  float          *default_logprobs;  /* the same by llama.cpp's default path, or NULL */
  SenAlternative *top;               /* [n_top] after the last token */
  uint32_t        n_top;
  /* With media only. */
  char           *text;              /* with <__media__> marks */
  char          **media;             /* paths */
  uint32_t        n_past;            /* positions taken */
} GoldenCase;

typedef struct {
  GPtrArray *cases;                  /* GoldenCase */
  uint32_t   n_ctx;                  /* the reference's context where it matters, else 0 */
} Golden;

/** Ends the test program when the file, which is committed, is not there or damaged. */
Golden *golden_load (const char *path);
void    golden_free (Golden *golden);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Golden, golden_free)

/** Differences |Δ| between two lists of log-probabilities, gathered over any number of texts. */
typedef struct {
  GArray *differences;               /* double */
  double  sum_ours, sum_reference;
} Differences;

typedef struct {
  double mean, p99, max, perplexity_ratio;
} DifferenceSummary;

void              differences_init (Differences *differences);
void              differences_add (Differences *differences, const float *ours, const float *reference, uint32_t n);
DifferenceSummary differences_summary (Differences *differences);
void              differences_clear (Differences *differences);

/** Where and how a model is scored. */
typedef struct {
  SenDevice *device;
  SenType    kv_type;
  uint32_t   n_ctx;
  uint32_t   n_batch;                /* 0 = 128 */
} Scoring;

/** Our log-probabilities of tokens[1..n); the ten best after the last in @top when not NULL. Fails the test on an error.
 *  (transfer full): float [n - 1]. */
float *score_tokens (SenModel *model, const Scoring *scoring, const SenToken *tokens, uint32_t n, SenAlternative *top,
                     uint32_t n_top);

/** One exact CPU device of two threads. (transfer full): of SenDevice */
GPtrArray *exact_cpu_devices (void);
/** An exact device for each usable GPU, lavapipe among them. Where there is none, says so as TAP wants it and returns NULL.
 *  (transfer full): of SenDevice */
GPtrArray *exact_vulkan_devices (void);

/** How far the probabilities of the reference's best tokens are apart; infinite when the best token differs clearly. */
double compare_top (const GoldenCase *golden, const SenAlternative *top);

G_END_DECLS
