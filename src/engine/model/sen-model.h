/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-chat-template.h"
#include "sen-device.h"
#include "sen-tokenizer.h"

G_BEGIN_DECLS

/**
 * A language model: weights bound and checked, tokenizer, chat template. Immutable and shareable; a SenSession runs it.
 *
 * Families: llama (1, 2, 3, SmolLM2, Mistral, with linear, YaRN, llama3 and longrope RoPE scaling), qwen2, qwen2vl
 * (with M-RoPE), qwen3, gemma3. An unknown architecture or tensor type is SEN_ERROR_UNSUPPORTED and names what is supported.
 *
 * Thread-safety: immutable; reference counting is atomic.
 */
typedef struct SenModel SenModel;

typedef struct {
  const char *name;           /* general.name, or the file's */
  const char *path;
  const char *architecture;   /* "qwen2" */
  uint64_t    n_params;
  uint64_t    file_bytes;     /* of all tensors */
  uint32_t    n_ctx_train;
  uint32_t    n_vocab;
  uint32_t    n_layer;
  uint32_t    n_embd;
  uint32_t    n_head;
  uint32_t    n_kv_head;
  uint32_t    head_dim;
  bool        counts_rows;    /* a picture's embeddings may have positions by row and column (M-RoPE): SenPart.n_column */
} SenModelInfo;

SenModel *sen_model_open (const char *path, GError **error);
SenModel *sen_model_ref (SenModel *model);
void      sen_model_unref (SenModel *model);

const SenModelInfo    *sen_model_info (const SenModel *model);
SenTokenizer          *sen_model_tokenizer (const SenModel *model);      /* borrowed */
const SenChatTemplate *sen_model_chat_template (const SenModel *model);  /* borrowed */

/** Bytes of KV cache that @n_ctx positions take. */
uint64_t sen_model_kv_bytes (const SenModel *model, uint32_t n_ctx, SenType kv_type);

/** Layer @layer sees a window of the newest positions only. */
bool sen_model_layer_is_local (const SenModel *model, uint32_t layer);

/** @row[n_embd]: what stands for @token, below n_vocab, where a forward pass begins. */
void sen_model_read_embedding (const SenModel *model, SenToken token, float *row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenModel, sen_model_unref)

G_END_DECLS
