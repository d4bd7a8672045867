/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"
#include "sen-tokenizer.h"

G_BEGIN_DECLS

/**
 * BERT (Devlin et al. 2019) as an encoder of sentences (Reimers and Gurevych 2019): a text becomes one vector of unit length,
 * and the product of two vectors says how near their texts are in meaning. Files are GGUF as sen-import.h makes them, or as
 * llama.cpp's; docs/models.md has the layout.
 *
 *   bert = sen_bert_open (path, &error);
 *   encoder = sen_bert_encoder_new (bert, device, cancel, &error);
 *   sen_bert_encoder_embed (encoder, "A cat on a mat", -1, embedding, cancel, &error);
 *
 * Thread-safety: SenBert is immutable, its reference counting atomic; an encoder belongs to one thread at a time, as its device.
 */
typedef struct SenBert SenBert;

typedef enum {
  SEN_BERT_MEAN,      /* of all tokens, [CLS] and [SEP] among them */
  SEN_BERT_CLASS,     /* the token [CLS] */
} SenBertPooling;

typedef struct {
  char          *name;      /* of the model */
  uint32_t       n_embd;    /* length of an embedding */
  uint32_t       n_layer, n_head, head_dim, n_ff;
  uint32_t       n_ctx;     /* positions: tokens of a text with [CLS] and [SEP] */
  SenBertPooling pooling;
} SenBertInfo;

SenBert           *sen_bert_open (const char *path, GError **error);
SenBert           *sen_bert_ref (SenBert *bert);
void               sen_bert_unref (SenBert *bert);
const SenBertInfo *sen_bert_info (const SenBert *bert);
SenTokenizer      *sen_bert_tokenizer (const SenBert *bert);    /* borrowed */
/** How many tokens of a text do not fit into the model's positions. @length < 0: up to NUL. */
uint32_t           sen_bert_n_left_out (const SenBert *bert, const char *text, gssize length);

typedef struct SenBertEncoder SenBertEncoder;

SenBertEncoder *sen_bert_encoder_new (SenBert *bert, SenDevice *device, SenCancel *cancel, GError **error);
void            sen_bert_encoder_free (SenBertEncoder *encoder);

/** @embedding[n_embd], of unit length. A text longer than the model's positions is embedded by its beginning. Marks of the
 *  vocabulary ("[SEP]") in it are text. @length < 0: up to NUL. */
bool sen_bert_encoder_embed (SenBertEncoder *encoder, const char *text, gssize length, float *embedding, SenCancel *cancel,
                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenBert, sen_bert_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenBertEncoder, sen_bert_encoder_free)

G_END_DECLS
