/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-session.h"

G_BEGIN_DECLS

/**
 * Choosing tokens and writing with them.
 *
 * Thread-safety: what takes a session, on that session's thread; what takes logits or a model alone is reentrant, as models are.
 */

/** How the next token is chosen. Zero means off for every field but @temperature (0 = greedy). The order is that of
 *  llama.cpp: penalties, top-k, top-p, min-p, temperature, draw. */
typedef struct {
  float    temperature;
  uint32_t top_k;
  float    top_p;              /* 0 or 1 = off */
  float    min_p;
  float    repetition_penalty; /* 0 or 1 = off; Keskar et al. 2019 */
  float    frequency_penalty;
  float    presence_penalty;
  uint32_t penalty_window;     /* tokens looked back on; 0 = 64 */
  uint64_t seed;               /* the same seed, model, device and text give the same answer */
} SenSampling;

SenSampling sen_sampling_default (void);   /* temperature 0.7, top_p 0.95, top_k 40, min_p 0.05 */

/** One alternative for a position, natural-log probability before sampling is applied. */
typedef struct {
  SenToken token;
  float    logprob;
} SenAlternative;

typedef struct {
  SenToken              token;          /* SEN_NO_TOKEN for a last call that only carries text held back until then */
  float                 logprob;        /* natural log, before sampling; only when alternatives were asked for */
  const SenAlternative *alternatives;   /* [n_alternatives], most likely first */
  uint32_t              n_alternatives;
  const SenToken       *written;        /* [n_written] tokens of this answer, this one the last */
  uint32_t              n_written;
  const char           *text;           /* whole characters this token completed, "" when none; UTF-8 */
} SenGeneratedToken;

/** The natural-log probability of @token by logits[n_vocab], before any sampling. */
float sen_logprob (const float *logits, uint32_t n_vocab, SenToken token);

/** The @k most likely tokens, most likely first (ties: lower id first), with log-probabilities. Returns how many. */
uint32_t sen_top_logprobs (const float *logits, uint32_t n_vocab, SenAlternative *top, uint32_t k);
/** The same for those who know @log_sum = log Σ e^logit already, which costs more than all the rest. */
uint32_t sen_top_logits (const float *logits, uint32_t n_vocab, float log_sum, SenAlternative *top, uint32_t k);

/** Called for each token on the session's thread; false stops. Text of a possible stop string is held back. */
typedef bool (*SenTokenFunc) (const SenGeneratedToken *token, gpointer user_data);

/** The device of @session was lost in the middle. True after sen_session_move() to another: what had been read is read
 *  again and the answer goes on where it was. False with @error gives up, as it must after so many times. */
typedef bool (*SenDeviceLostFunc) (SenSession *session, gpointer user_data, GError **error);

typedef enum { SEN_STOP_END, SEN_STOP_LENGTH, SEN_STOP_STRING, SEN_STOP_CONTEXT, SEN_STOP_CANCELLED } SenStopReason;

typedef struct {
  SenSampling        sampling;
  uint32_t           max_tokens;       /* 0 = as many as the context holds */
  const char *const *stop_strings;     /* NULL-terminated, or NULL */
  uint32_t           n_alternatives;   /* logprobs of the k most likely with every token; 0..20 */
  SenTokenFunc       on_token;
  SenSessionProgress on_prefill;
  SenDeviceLostFunc  on_device_lost;   /* NULL = SEN_ERROR_DEVICE_LOST ends it */
  gpointer           user_data;
  SenCancel         *cancel;
} SenGenerateParams;

typedef struct {
  uint32_t      n_prompt_tokens;
  uint32_t      n_reused_tokens;       /* of the prompt, found in the cache */
  uint32_t      n_generated_tokens;
  double        prefill_seconds;
  double        decode_seconds;
  SenStopReason stop_reason;
} SenGenerateStats;

/** Syncs the session to @parts and generates after it. Cancelling is no error: it returns true with SEN_STOP_CANCELLED
 *  and what was written so far stands. The generated tokens stay in the timeline, so the next turn reuses them. */
bool sen_generate (SenSession *session, const SenPart *parts, size_t n_parts, const SenGenerateParams *params,
                   SenGenerateStats *stats, GError **error);

/** Renders @messages by the model's template, tokenizes and generates: a chat turn. When the last one is the assistant's, it is
 *  gone on with. */
bool sen_generate_chat (SenSession *session, const SenChatMessage *messages, size_t n_messages,
                        const SenGenerateParams *params, SenGenerateStats *stats, GError **error);

/** @messages as their template has them, up to where an answer begins or, when the last one is the assistant's, goes on: text for
 *  sen_tokenizer_encode_shielded(), as people's words are shielded. (transfer full) */
char *sen_render_chat (SenModel *model, const SenChatMessage *messages, size_t n_messages, GError **error);

/** Tokens that @messages take as a prompt, for the context counter. 0 on error. */
uint32_t sen_count_chat_tokens (SenModel *model, const SenChatMessage *messages, size_t n_messages, GError **error);

G_END_DECLS
