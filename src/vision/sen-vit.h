/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-block.h"
#include "sen-gguf.h"
#include "sen-vit-prepare.h"

G_BEGIN_DECLS

/**
 * Vision transformers (Dosovitskiy et al. 2021) as encoders of pictures: CLIP (Radford et al. 2021), SigLIP and SigLIP 2 of one
 * resolution (Zhai et al. 2023, Tschannen et al. 2025), DINOv2 with and without registers (Oquab et al. 2023, Darcet et al.
 * 2023). Files are GGUF as sen-import.h makes them; docs/models.md has the layout.
 *
 *   vit = sen_vit_open (path, &error);
 *   encoder = sen_vit_encoder_new (vit, device, NULL, 0, cancel, &error);
 *   sen_vit_prepare (&sen_vit_info (vit)->preparation, rgb, width, height, pixels, NULL);
 *   sen_vit_encoder_run (encoder, pixels, cancel, &error);
 *   sen_vit_encoder_read (encoder, SEN_VIT_EMBEDDING, 0, values, &error);
 *
 * Thread-safety: SenVit is immutable, its reference counting atomic; an encoder belongs to one thread at a time, as its device.
 */
typedef struct SenVit SenVit;

typedef struct {
  const char       *family;         /* "clip", "siglip", "dinov2", "tower" */
  char             *name;           /* of the model */
  SenVitPreparation preparation;    /* preparation.image_size is the side of what is encoded */
  uint32_t          patch_size;
  uint32_t          n_side;         /* patches in a row: image_size / patch_size, the rest of the picture is left out */
  uint32_t          n_first;        /* class token and registers, which stand before the patches */
  uint32_t          n_token;        /* n_first + n_side² */
  uint32_t          n_embd, n_layer, n_head, head_dim, n_ff;
  uint32_t          n_embedding;    /* length of SEN_VIT_EMBEDDING */
  bool              has_class;
  bool              has_saliency;   /* the file also has a decoder that draws where a picture is salient */
} SenVitInfo;

SenVit           *sen_vit_open (const char *path, GError **error);
/** The tower of an mmproj file, as llama.cpp lays them down, with its first @n_layer layers, 0: all of them. Its preparation has sizes
 *  and colours only. It has no pooling: SEN_VIT_HIDDEN and SEN_VIT_TOKENS are all it gives. As in llama.cpp (0.3.36's mtmd), a class
 *  token stands behind the patches, and old files whose feed-forward names are swapped are read the right way round. */
SenVit           *sen_vit_open_tower (SenGguf *gguf, uint32_t n_layer, GError **error);
SenVit           *sen_vit_ref (SenVit *vit);
void              sen_vit_unref (SenVit *vit);
const SenVitInfo *sen_vit_info (const SenVit *vit);

/** Names what an encoding depends on: the model's file by size and time of change, and how pictures are prepared. For keys of
 *  caches. (transfer full) */
char *sen_vit_dup_identity (const SenVit *vit);

typedef enum {
  SEN_VIT_HIDDEN,     /* f32 [n_token][n_embd]: the input of layer @layer; n_layer is the output of the last. Only layers named when the
                       * encoder was made */
  SEN_VIT_TOKENS,     /* f32 [n_token][n_embd]: the output of the last layer behind the last norm (CLIP's own last_hidden_state is
                       * SEN_VIT_HIDDEN n_layer) */
  SEN_VIT_POOLED,     /* f32 [n_embd]: CLIP, DINOv2: the class token behind the last norm; SigLIP: its attention's */
  SEN_VIT_EMBEDDING,  /* f32 [n_embedding]: pooled, through CLIP's projection; not of unit length */
} SenVitFeature;

typedef struct SenVitEncoder SenVitEncoder;

/** Compiles the encoder for @device. @hidden_layers[@n_hidden]: which SEN_VIT_HIDDEN will be asked for, each 0 … n_layer. */
SenVitEncoder *sen_vit_encoder_new (SenVit *vit, SenDevice *device, const uint32_t *hidden_layers, size_t n_hidden,
                                    SenCancel *cancel, GError **error);
/** The same with attention brought out beside: @taps->attention of @n_row_max tokens at most. */
typedef struct {
  const uint32_t *hidden_layers;   /* [n_hidden] */
  size_t          n_hidden;
  SenEncoderTaps  attention;
  uint32_t        n_row_max;       /* tokens whose rows one run brings out, at most */
} SenVitTaps;
SenVitEncoder *sen_vit_encoder_new_tapped (SenVit *vit, SenDevice *device, const SenVitTaps *taps, SenCancel *cancel, GError **error);
void           sen_vit_encoder_free (SenVitEncoder *encoder);
SenVit        *sen_vit_encoder_vit (SenVitEncoder *encoder);         /* borrowed */
SenDevice     *sen_vit_encoder_device (SenVitEncoder *encoder);      /* borrowed */

/** @pixels[3][image_size][image_size], as sen_vit_prepare() makes them. */
bool   sen_vit_encoder_run (SenVitEncoder *encoder, const float *pixels, SenCancel *cancel, GError **error);
/** Whose attention the next runs bring out: that of tokens [first, first + n). At first it is token 0, the class token of families
 *  that have one. SEN_ERROR_LIMIT when they are more than asked for, or beyond the last. */
bool   sen_vit_encoder_look (SenVitEncoder *encoder, uint32_t first, uint32_t n, GError **error);
/** Softmax weights in the @index-th tapped layer at the last run: f32 [n][n_head_tapped][n_token]. */
bool   sen_vit_encoder_read_attention (SenVitEncoder *encoder, uint32_t index, float *rows, GError **error);
/** How many numbers a feature has. */
size_t sen_vit_encoder_length (const SenVitEncoder *encoder, SenVitFeature feature);
/** A feature of the last run. SEN_ERROR_UNSUPPORTED when the family has no such thing, SEN_ERROR_INVALID for a layer not asked for. */
bool   sen_vit_encoder_read (SenVitEncoder *encoder, SenVitFeature feature, uint32_t layer, float *values, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenVit, sen_vit_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenVitEncoder, sen_vit_encoder_free)

G_END_DECLS
