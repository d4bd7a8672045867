/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-model.h"

G_BEGIN_DECLS

/**
 * One mutable timeline of a model on its devices: what has been read so far, and its KV cache.
 *
 * sen_session_sync() takes the whole conversation each time and reads only what differs from the last; so a turn costs
 * its own words, and editing an earlier message costs what follows it. When the context is full the call fails with
 * SEN_ERROR_CONTEXT_FULL and says by how much: what must go is the caller's choice, never ours.
 *
 * Thread-safety: one thread at a time (the engine thread); a SenCancel may be set from anywhere.
 */
typedef struct SenSession SenSession;

typedef struct {
  uint32_t n_ctx;        /* positions of the KV cache; 0 = min (n_ctx_train, 4096) */
  uint32_t n_batch;      /* tokens per prefill step, at most; 0 = 512. Fewer where a submission must stay short */
  uint32_t n_out_max;    /* positions of one batch whose logits are wanted; 0 = 1 */
  SenType  kv_type;      /* SEN_TYPE_F16 or SEN_TYPE_F32; zero-initialised means F32: use sen_session_params_default() */
  const char *reason;    /* why this device was chosen, for sen_session_info(); copied */
} SenSessionParams;

SenSessionParams sen_session_params_default (void);

/** One stretch of a conversation: token ids, or embeddings that an encoder made (pictures, sound). */
typedef struct {
  const SenToken *tokens;      /* [n], or NULL when embeddings are given */
  const float    *embeddings;  /* f32 [n][n_embd], or NULL */
  uint64_t        content_id;  /* hash of the embeddings' source, so that an unchanged picture is recognised */
  uint32_t        n;
  bool            together;    /* embeddings only: these attend to each other in both directions, as Gemma 3's pictures do */
  uint32_t        n_column;    /* embeddings of a picture only: they stand in rows of so many. Models that count rows and columns
                                * (SenModelInfo.counts_rows) give all of them one time, others count on as in text; 0: no rows */
  uint32_t        from;        /* with n_column: this part goes on with the picture of the one before, of which so many were there */
} SenPart;

/** How far a model counts over @parts: a position for each token and embedding, but of a picture in rows and columns, where these are
 *  counted, only as many as the longer side has. What contexts have room for are cells, one each. */
uint32_t sen_parts_n_counted (const SenPart *parts, size_t n_parts, const SenModel *model);

/** The longest part that is read together; a longer one is SEN_ERROR_LIMIT. */
#define SEN_MAX_TOGETHER 4096

/** Where a session runs, for the window to show. */
typedef struct {
  const char *device;          /* "AMD Radeon RX 6600M (vulkan:0)" */
  const char *reason;          /* why this device: "the only discrete GPU", "no usable GPU: …" */
  uint32_t    n_layer_device;  /* layers on the first device; fewer than n_layer when memory did not suffice */
  uint32_t    n_layer;
  uint64_t    memory_bytes;    /* weights and caches held on the device */
  uint32_t    n_ctx;
} SenSessionInfo;

/** Reported after each prefill batch, on the session's thread. */
typedef void (*SenSessionProgress) (uint32_t n_done, uint32_t n_total, gpointer user_data);

/** @device runs the model; @fallback (usually the CPU, may be NULL or the same) takes the layers that do not fit. */
SenSession *sen_session_new (SenModel *model, SenDevice *device, SenDevice *fallback, const SenSessionParams *params,
                             GError **error);
/** Another timeline of @n_ctx positions (0 = default) on the same devices, which shares the model's weights: for what-ifs. */
SenSession *sen_session_new_beside (const SenSession *session, uint32_t n_ctx, GError **error);
void        sen_session_free (SenSession *session);

/** Leaves the devices, which may be lost, for others. The timeline is empty afterwards and the next sync reads everything
 *  again; taps stay set where there is room for them. When no device has room, the session is only good for another move, or for
 *  freeing. */
bool sen_session_move (SenSession *session, SenDevice *device, SenDevice *fallback, const char *reason, GError **error);

SenModel             *sen_session_model (const SenSession *session);   /* borrowed */
const SenSessionInfo *sen_session_info (const SenSession *session);
uint32_t              sen_session_n_past (const SenSession *session);  /* positions in use */
uint32_t              sen_session_n_read (const SenSession *session);  /* of the last sync: positions not found in the cache */

/** Makes the timeline equal to @parts, keeping the common prefix and reading the rest. At least the last position is
 *  read anew, so that logits are there afterwards; of a part that is read together all or nothing is kept. On any error the
 *  timeline holds what was read before it. */
bool sen_session_sync (SenSession *session, const SenPart *parts, size_t n_parts, SenSessionProgress progress,
                       gpointer user_data, SenCancel *cancel, GError **error);

/** The timeline begins with @parts: all of them can be revisited, whatever stands behind. */
bool sen_session_holds (SenSession *session, const SenPart *parts, size_t n_parts);

/** Reads one more token after what is there: a decode step. */
bool sen_session_append (SenSession *session, SenToken token, SenCancel *cancel, GError **error);

/** Forgets positions from @n_past on. What is appended inside a picture in rows then counts on as behind all of it. */
void sen_session_truncate (SenSession *session, uint32_t n_past);

/** Logits after the last position read: f32 [n_vocab], valid until the next call. NULL before anything was read. */
const float *sen_session_logits (const SenSession *session);

/** Reads @parts from an empty timeline and calls @row with the logits after every position: what perplexity and
 *  `sensorium-cli logits` need. Inside a part that is read together only its last position is told of. */
typedef void (*SenLogitsRow) (uint32_t position, const float *logits, gpointer user_data);
bool sen_session_score (SenSession *session, const SenPart *parts, size_t n_parts, SenLogitsRow row, gpointer user_data,
                        SenCancel *cancel, GError **error);

/* --- Taps ---------------------------------------------------------------------------------------------------------- */

/** What to bring out beside the logits. Asking changes no result; not asking costs nothing. */
typedef struct {
  const uint32_t *attention_layers;   /* [n_attention_layers] whose attention rows are wanted */
  uint32_t        n_attention_layers;
  uint32_t        head_mask[4];       /* bit h: head h; all zero = every head */
  const uint32_t *hidden_layers;      /* [n_hidden_layers]: the residual stream after these layers */
  uint32_t        n_hidden_layers;
  const uint32_t *part_layers;        /* [n_part_layers] of which each head's and the feed-forward's part are wanted; revisits only */
  uint32_t        n_part_layers;
} SenTaps;

/** Sets or (NULL) clears the taps of every following decode step, also between two steps of one text. */
bool sen_session_set_taps (SenSession *session, const SenTaps *taps, GError **error);
/** f32 [n_head_tapped][n_ctx] of the last position read, for the i-th tapped layer; cells past n_past are 0. NULL where that was read
 *  without these taps, or not in a step of its own. Copies n_ctx cells of each head, whatever is read of them. */
const float *sen_session_tapped_attention (SenSession *session, uint32_t index, uint32_t *n_head_tapped);
/** f32 [n_embd] of the last position read, for the i-th tapped hidden layer. */
const float *sen_session_tapped_hidden (SenSession *session, uint32_t index);

/** What one batch of a revisit brought out; valid during the call. */
typedef struct {
  uint32_t            first, n;        /* positions [first, first + n) */
  uint32_t            n_key;           /* cells of a row: positions of the parts given that are in use; 0 where one does not see */
  uint32_t            n_head_tapped;
  const float *const *attention;       /* [n_attention_layers]: f32 [n][n_head_tapped][n_key], softmax weights */
  const float *const *hidden;          /* [n_hidden_layers]: f32 [n][n_embd] */
  const float *const *heads;           /* [n_part_layers]: f32 [n][n_head][head_dim], what heads say to the output projection */
  const float *const *feed_forward;    /* [n_part_layers]: f32 [n][n_embd], what it adds to the residual stream */
  const float        *embedding;       /* f32 [n][n_embd], what the residual stream begins with; NULL without part layers */
  const float        *logits;          /* f32 [n][n_vocab], or NULL where not asked for */
} SenRevisitRows;

/** False with @error set ends the revisit. */
typedef bool (*SenRevisitFunc) (const SenRevisitRows *rows, gpointer user_data, GError **error);

/** Looks at positions [first, first + n), which stand in the timeline already, once more: @func is called with what @taps (NULL:
 *  nothing) asks for, in batches from the front, each as long as 64 MiB of it allow. A pass without stores reads the keys and
 *  values that the model used and changes nothing: timeline, logits, taps and what comes next are the same bit for bit.
 *  @parts are the conversation, to beyond these positions; what the timeline holds behind them does not matter. SEN_ERROR_INVALID when it
 *  holds something else. Costs what
 *  reading n positions costs, up to the highest layer tapped; the passes for the last two kinds of questions are kept. */
bool sen_session_revisit (SenSession *session, const SenPart *parts, size_t n_parts, uint32_t first, uint32_t n, const SenTaps *taps,
                          bool with_logits, SenRevisitFunc func, gpointer user_data, SenCancel *cancel, GError **error);

/** The attention rows of one layer alone, of positions [first, first + n) whose residual stream before that layer is @hidden, f32
 *  [n][n_embd], as a revisit brought it out (of layer - 1): @func gets attention[0]. Norm, queries and rows of n positions are all it
 *  costs, so that a way back through all layers need not read the text once for each. A part that is read together lies inside as a
 *  whole. */
bool sen_session_layer_rows (SenSession *session, const SenPart *parts, size_t n_parts, uint32_t first, uint32_t n, uint32_t layer,
                             const float *hidden, SenRevisitFunc func, gpointer user_data, SenCancel *cancel, GError **error);

/** The final norm and the output projection of @n rows of the residual stream: logits f32 [n][n_vocab] of hidden f32 [n][n_embd]. Of
 *  the last layer these are the model's own; of others it is the logit lens. */
bool sen_session_project (SenSession *session, const float *hidden, uint32_t n, float *logits, SenCancel *cancel, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenSession, sen_session_free)

G_END_DECLS
