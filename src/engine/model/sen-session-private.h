/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-pass-private.h"

G_BEGIN_DECLS

/* A compiled pass over positions that stand in the timeline already. */
typedef struct SenRevisit SenRevisit;

/* How many are kept: hovering over an answer needs one and the same, an explanation a few in turn. */
#define SEN_N_REVISITS 2

struct SenSession {
  /* Owned */
  SenModel   *model;
  SenDevice  *device, *fallback;
  SenState  **k_cache, **v_cache;   /* [n_layer] */
  GPtrArray  *bound[SEN_MAX_STAGES];/* weights bound to each device */
  SenPass    *prefill, *decode, *tapped_decode;
  SenPass    *together;             /* made for the first part that is read together, and anew for a longer one */
  SenPass    *project;              /* norm and output alone, made for the first lens */
  SenRevisit *revisits[SEN_N_REVISITS];/* passes over positions read before, most lately used first; see sen-session-revisit.c */
  GArray     *timeline;             /* uint64_t: what stands at each position, see position_key() */
  GArray     *places;               /* SenPlace of each of these, and of what is being read behind them */
  float      *logits;               /* [n_out_max][n_vocab] */
  int32_t    *ids, *out_rows;       /* [n_batch], [n_out_max] */
  float      *embeddings;           /* [n_batch][n_embd], allocated with the first embedding */
  int32_t    *together_ids;         /* [n_together] */
  float      *tap_attention, *tap_hidden;
  char       *device_text, *reason_text;
  uint32_t   *attention_layers, *hidden_layers;

  SenPlacement   placement;
  SenType        kv_type;
  SenTaps        taps;              /* its arrays are the two above */
  bool           has_taps;
  bool           was_tapped;        /* the last position was read with them */
  uint32_t       n_batch, n_out_max;
  uint32_t       n_together;        /* rows that the pass for parts read together has room for */
  uint32_t       n_read;            /* positions the last sync had to read */
  bool           has_logits;
  uint32_t       logits_row;        /* which row of logits belongs to the last position */
  SenSessionInfo info;
};

/* Where a conversation's position p comes from. */
typedef struct {
  uint64_t     key;         /* equal keys, equal content */
  int32_t      token;       /* or SEN_NO_TOKEN */
  const float *embedding;   /* f32 [n_embd] */
  uint32_t     n_together;  /* of a part read together: its length, else 0 */
  uint32_t     index;       /* in its part */
  SenPlace     place;
} Position;

/** Appends a Position for each of @parts, checked; SEN_ERROR_INVALID when there is none. */
bool sen_session_list_positions (SenSession *session, const SenPart *parts, size_t n_parts, GArray *positions, GError **error);

/** False and the error of a session that could not be moved to a device. */
bool sen_session_lost (GError **error);

/* sen-session-revisit.c: frees its passes, before the caches they read. */
void sen_session_drop_revisits (SenSession *session);

G_END_DECLS
