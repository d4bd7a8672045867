/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-block.h"
#include "sen-network.h"

G_BEGIN_DECLS

/**
 * Whisper's encoder (Radford et al. 2022) for others to build on: transcripts (sen-whisper.h) and language models that hear. Two
 * convolutions along time halve the frames of log-mel, learned positions are added, transformer layers follow.
 *
 * Thread-safety: written once when a file is opened, immutable afterwards.
 */
typedef struct {
  uint32_t n_mel, n_embd, n_ff, n_layer, n_head;
  uint32_t n_position;         /* SEN_WHISPER_FRAMES / 2 */
  float    eps;                /* of the norms */
  SenAffine conv1, conv2;      /* [n_embd][3 · n_mel], [n_embd][3 · n_embd]; taps outermost */
  const SenWeight *positions;  /* f32 [n_position][n_embd] */
  SenBlock *layers;            /* [n_layer], owned */
  SenAffine norm;              /* behind the last layer */
} SenWhisperEncoder;

/** Reads the encoder of an mmproj file as llama.cpp's tools lay it down (clip.audio.*, a.*). @table is the file's. */
bool sen_whisper_encoder_bind_mmproj (SenWhisperEncoder *encoder, SenWeightTable *table, GError **error);
void sen_whisper_encoder_clear (SenWhisperEncoder *encoder);

/** What sen_whisper_encoder_build() adds to a plan. */
typedef struct {
  SenStack  stack;             /* of the layers, for what is built behind them */
  SenTensor mel;               /* input f32 [SEN_WHISPER_FRAMES][n_mel], normalized log-mel */
  SenTensor positions;         /* input, see sen_whisper_encoder_start() */
  SenTensor states;            /* f32 [n_position][n_embd] before the last norm */
  SenAttentionTap *taps;       /* [n_layer] by the caller, whose rows are filled where it names heads; or NULL */
} SenWhisperPass;

/** Builds the forward pass into @network's plan, whose batch is n_position. Keys and values take two states. */
bool sen_whisper_encoder_build (const SenWhisperEncoder *encoder, SenNetwork *network, SenWhisperPass *pass, GError **error);
/** Writes the input that never changes; once, after sen_network_compile(). */
bool sen_whisper_encoder_start (const SenWhisperEncoder *encoder, SenNetwork *network, const SenWhisperPass *pass, GError **error);

G_END_DECLS
