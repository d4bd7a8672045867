/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-model.h"
#include "sen-weight-table.h"

G_BEGIN_DECLS

#define SEN_MAX_LAYERS 1024   /* more is a lie: the deepest open models have about 130 */

typedef struct SenFamily SenFamily;

#define SEN_N_AXES 4   /* of a place: time, row, column, and one that ggml has and nothing counts */

/* Where a cell of the cache stands, as angles count it. Text counts up, with all numbers alike; the embeddings of a picture may share
 * their time and differ by row and column (M-RoPE). What follows stands one past the largest of what came before. */
typedef struct {
  uint32_t axis[SEN_N_AXES];
  uint32_t next;         /* where the next part begins */
} SenPlace;

/* How places become angles in one kind of layer. Every RoPE scaling in use is a change of the inverse frequencies and
 * a factor on cosine and sine, so both are computed once here and devices only see finished tables. */
typedef struct {
  uint32_t n_rot;        /* rotated values of a head, even */
  double  *inv_freq;     /* [n_rot / 2] radians per position */
  uint8_t *axis;         /* [n_rot / 2] which number of a place turns the pair: the first, but for M-RoPE */
  float    magnitude;    /* cosine and sine are multiplied by this */
} SenRope;

/* What the metadata says, checked. */
typedef struct {
  uint32_t n_layer, n_embd, n_ff, n_head, n_kv_head, head_dim, n_vocab, n_ctx_train;
  float    rms_eps;
  float    attention_scale;     /* on q·k */
  float    embedding_scale;
  float    logit_softcap;       /* 0 = off: logits = cap · tanh (logits / cap) */
  uint32_t rope_mode;           /* SEN_ROPE_* */
  uint32_t act;                 /* SEN_ACT_* of the feed-forward */
  uint32_t window;              /* of local layers; 0 = none */
  bool    *layer_is_local;      /* [n_layer] or NULL: which layers see only the window */
} SenHyperparams;

/* Weights of one layer; optional ones are NULL. Matrices are [n_out][n_in]. */
typedef struct {
  const SenWeight *attn_norm;        /* [n_embd] */
  const SenWeight *wq, *bq;          /* [n_head * head_dim][n_embd] */
  const SenWeight *wk, *bk;          /* [n_kv_head * head_dim][n_embd] */
  const SenWeight *wv, *bv;          /* [n_kv_head * head_dim][n_embd] */
  const SenWeight *q_norm, *k_norm;  /* [head_dim] */
  const SenWeight *wo, *bo;          /* [n_embd][n_head * head_dim] */
  const SenWeight *attn_post_norm;   /* [n_embd] */
  const SenWeight *ffn_norm;         /* [n_embd] */
  const SenWeight *gate, *b_gate;    /* [n_ff][n_embd] */
  const SenWeight *up, *b_up;        /* [n_ff][n_embd] */
  const SenWeight *down, *b_down;    /* [n_embd][n_ff] */
  const SenWeight *ffn_post_norm;    /* [n_embd] */
} SenLayer;

struct SenModel {
  gatomicrefcount  ref_count;
  SenGguf         *gguf;
  const SenFamily *family;
  SenModelInfo     info;
  char            *name, *path, *architecture;
  SenHyperparams   hp;
  SenTokenizer    *tokenizer;
  SenChatTemplate *chat_template;
  SenWeightTable  *weights;
  SenRope          rope;          /* of every layer, or of the global ones, in contexts up to rope_n_ctx */
  SenRope          rope_long;     /* in longer contexts: differs for longrope, which has two sets of factors */
  uint32_t         rope_n_ctx;    /* the context the model was first trained on */
  SenRope          rope_local;    /* of local layers; n_rot = 0 where there are none */
  const SenWeight *token_embd;    /* [n_vocab][n_embd] */
  const SenWeight *output_norm;   /* [n_embd] */
  const SenWeight *output, *output_bias;   /* [n_vocab][n_embd]; tied models: token_embd */
  SenLayer        *layers;        /* [n_layer] */
};

/* --- Binding (sen-weights.c) ---------------------------------------------------------------------------------------- */

/** See sen_weight_table_bind(). */
bool sen_model_bind (SenModel *model, const SenWeight **weight, const char *name, uint32_t n_row, uint32_t n_col,
                     SenNeed need, GError **error);
/** The same for "blk.<layer>.<name>". */
bool sen_model_bind_layer (SenModel *model, const SenWeight **weight, uint32_t layer, const char *name, uint32_t n_row,
                           uint32_t n_col, SenNeed need, GError **error);

/* --- Metadata (sen-hyperparams.c) ------------------------------------------------------------------------------------ */

/** Keys are given without the architecture: "attention.head_count". False and an error when a required one is missing. */
bool     sen_model_read_hyperparams (SenModel *model, GError **error);
bool     sen_model_key_u32 (SenModel *model, const char *key, uint32_t *value);
bool     sen_model_key_f32 (SenModel *model, const char *key, float *value);

/* --- RoPE (sen-rope.c) ------------------------------------------------------------------------------------------------ */

/** Reads the model's RoPE scaling (none, linear, YaRN, llama3 and longrope frequency factors) and its sections into its two ropes. */
bool sen_model_read_rope (SenModel *model, GError **error);
/** Plain rotation at @base, angles scaled by @scale. */
void sen_rope_init_plain (SenRope *rope, uint32_t n_rot, double base, double scale);
void sen_rope_clear (SenRope *rope);
/** table[n][n_rot] = cos, sin pairs at @places[@n]. */
void sen_rope_fill (const SenRope *rope, const SenPlace *places, uint32_t n, float *table);

/* --- Families ------------------------------------------------------------------------------------------------------- */

/* Everything a forward pass is built from. */
typedef struct {
  const SenModel *model;
  SenPlan        *plan;
  SenTensor       ids;          /* i32 [t][1] */
  SenTensor       embeddings;   /* f32 [t][n_embd] or SEN_NO_TENSOR */
  SenTensor       rope;         /* f32 [t][n_rot] */
  SenTensor       rope_local;
  SenTensor       out_rows;     /* i32 [o][1] */
  SenState      **k_cache;      /* [n_layer] */
  SenState      **v_cache;
  uint32_t        n_ctx;
  bool            together;     /* every row of the batch sees all of it */
  bool            revisit;      /* the caches hold the batch's keys and values already */
  bool            exact;        /* for a device that computes in f32 throughout, to be compared with */
  SenTensor      *hidden;       /* [n_layer] residual stream after each layer, filled by the builder */
  const bool     *tap_layer;    /* [n_layer] whose attention rows are wanted, or NULL */
  uint32_t        head_mask[4]; /* of the tapped heads */
  uint32_t        n_tap_row_max;/* rows of a batch tapped at most */
  SenTensor      *attention;    /* [n_layer] their rows, filled by the builder */
  SenTensor       embedded;     /* the residual stream before layer 0, and what is added to it: filled by the builder */
  SenTensor      *heads;        /* [n_layer] before the output projection */
  SenTensor      *feed_forward; /* [n_layer] behind its norm where it has one */
} SenForward;

struct SenFamily {
  const char *architecture;    /* general.architecture */
  uint32_t    n_together;      /* embeddings of a picture, where these are read together (SenPart); else 0 */
  bool        has_sections;    /* pairs of a head are turned by time, row and column (M-RoPE), as the file says */
  /* Sets what differs from the defaults of sen_model_read_hyperparams() and binds the layers. */
  bool (*load) (SenModel *model, GError **error);
  /* Builds the whole pass; returns the logits [o][n_vocab]. */
  SenTensor (*forward) (SenForward *forward);
};

extern const SenFamily sen_family_llama, sen_family_qwen2, sen_family_qwen2vl, sen_family_qwen3, sen_family_gemma3;

/** Binds the tensors every family here shares: the two norms, q, k, v, o and a gated feed-forward. */
bool sen_model_bind_decoder_layer (SenModel *model, uint32_t layer, GError **error);

/* Building blocks (sen-decoder.c). */
SenTensor sen_forward_embed (SenForward *forward);
/** Self-attention of @x (already normed): projections, optional head norms, RoPE, cache, output projection. */
SenTensor sen_forward_attention (SenForward *forward, uint32_t layer, SenTensor x);
/** The attention rows of one layer, whose keys are stored, of @x before its norm. */
SenTensor sen_forward_layer_rows (SenForward *forward, uint32_t layer, SenTensor x);
/** down (act (gate x) * up x) */
SenTensor sen_forward_feed_forward (SenForward *forward, uint32_t layer, SenTensor x);
SenTensor sen_forward_norm (SenForward *forward, SenTensor x, const SenWeight *weight);
/** Picks the wanted rows, norms them and projects onto the vocabulary. */
SenTensor sen_forward_logits (SenForward *forward, SenTensor x);
/** The whole pass of the llama shape: x += attention (norm x); x += feed_forward (norm x); logits. */
SenTensor sen_forward_pre_norm_decoder (SenForward *forward);


G_END_DECLS
