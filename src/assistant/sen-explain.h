/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explain-units.h"
#include "sen-multimodal.h"

G_BEGIN_DECLS

/**
 * Explains what a model said or read: the session reads the conversation as far as it has not, then looks at the pieces asked about once
 * more (sen_session_revisit()), which disturbs nothing. Of a conversation that the session has read, whatever it read behind it, nothing is
 * read anew, and the next turn costs what it would have cost without.
 *
 * Thread-safety: the thread of the session.
 */

/** @stage: "Reading", "Looking", "Leaving out" or "Measuring trust"; @fraction 0 … 1 of it. */
typedef void (*SenExplainProgress) (const char *stage, double fraction, gpointer user_data);

#define SEN_EXPLAIN_EVERY (-1)

typedef struct {
  SenExplainMethod method;
  int32_t          message;        /* explain this message's own words, by its place in the prompt; or SEN_EXPLAIN_EVERY piece there is */
  int64_t          query;          /* only this one, a piece; or SEN_EXPLAIN_EVERY of @message */
  const uint32_t  *layers;         /* [n_layers] for SEN_EXPLAIN_ATTENTION, in rising order; none: all */
  uint32_t         n_layers;
  uint32_t         head_mask[4];   /* bit h: head h; all zero: every head */
  bool             is_maximum;     /* of layers and heads; else the mean */
  bool             without_sink;
  uint32_t         n_candidates;   /* 0 … SEN_EXPLAIN_MAX_CANDIDATES; 0: no predictions either */
  bool             with_detail;    /* every layer and head of one query: of a message the first, else the last */
  bool             with_lens;      /* of the same query; SEN_EXPLAIN_LENS implies it */
  SenExplainGrain  grain;          /* of what is left out, for SEN_EXPLAIN_OCCLUSION and trust */
  bool             with_trust;     /* measure how far the weights may be believed: of words of a message, or of what one query chose */
  uint32_t         trust_steps, trust_orders, trust_seed;   /* as SenTrustParams has them */
  SenExplanation  *weights_of;     /* whose weights these are, so that they are not made anew: asked the same, but for trust; or NULL */
  bool             with_shares;    /* what heads wrote towards a token, of the query with the detail */
  SenToken         share_token;    /* that; SEN_NO_TOKEN: the one that followed, or the likeliest where none did */
  SenExplainProgress progress;     /* may be NULL */
  gpointer         user_data;
} SenExplainParams;

#define SEN_EXPLAIN_MAX_CANDIDATES 20
/** Queries times pieces, at most; more is SEN_ERROR_LIMIT, which is said before anything is read: ask about fewer. Of a message 2,000 words
 *  after 8,000; of every piece there is 2,048, which are some 50 MB as text. */
#define SEN_EXPLAIN_MAX_WEIGHTS (1u << 24)
#define SEN_EXPLAIN_MAX_EVERY (1u << 22)

/** SEN_EXPLAIN_OCCLUSION and trust are about one answer: the words of a message, or what one query chose, without either of them the last;
 *  what nothing came after is the likeliest token. Of the words of a message the queries are those that chose them, and the one after the
 *  last. SEN_ERROR_INVALID for what does not exist: a layer, a head, a query, a token, a message without words of its own.
 *  SEN_ERROR_CONTEXT_FULL where the conversation is too long. */
SenExplanation *sen_explain (const SenMultimodalPrompt *prompt, SenSession *session, const SenExplainParams *params, SenCancel *cancel,
                             GError **error);
/** More about the very text of @of: another word closely, other layers, another method; @params' message and query are pieces and messages
 *  of @of. Costs no reading where the session still has it. SEN_ERROR_INVALID when another model is loaded by now. */
SenExplanation *sen_explain_more (SenExplanation *of, SenSession *session, const SenExplainParams *params, SenCancel *cancel,
                                  GError **error);
/** The same for a text that no template is put around; control tokens in it are parsed. */
SenExplanation *sen_explain_text (const char *text, SenSession *session, const SenExplainParams *params, SenCancel *cancel, GError **error);

G_END_DECLS
