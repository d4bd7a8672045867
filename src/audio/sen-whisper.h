/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-block.h"
#include "sen-device.h"
#include "sen-tokenizer.h"

G_BEGIN_DECLS

/**
 * Whisper (Radford et al. 2022): an encoder that hears 30 seconds of sound and a decoder that writes what was said.
 *
 * The model is opened once and shared; a session is one place on a device: the encoded window, its cross keys and values,
 * and the text being written. sen-transcribe.h makes transcripts of these steps.
 *
 * Thread-safety: SenWhisper is immutable, its reference counting atomic; a session belongs to one thread at a time.
 */
typedef struct SenWhisper SenWhisper;

#define SEN_WHISPER_FRAMES 3000          /* of log-mel in a window of 30 s */
#define SEN_WHISPER_TIME_PRECISION 0.02  /* seconds between timestamps, and between positions of the encoder */

typedef struct {
  uint32_t n_mel;              /* bands of log-mel: 80 or 128 */
  uint32_t n_embd, n_ff;
  uint32_t n_encoder_layer, n_decoder_layer;
  uint32_t n_encoder_head, n_decoder_head;
  uint32_t n_vocab;
  uint32_t n_ctx;              /* positions of the decoder: 448 */
  uint32_t n_position;         /* of the encoder: 1500 */
  bool     is_multilingual;
  const char *name;            /* owned by the model */
  /* Tokens. */
  SenToken end, start, translate, transcribe, start_of_lm, previous, no_speech, no_timestamps;
  SenToken first_time;         /* <|0.00|> */
  SenToken first_language;     /* <|en|> */
  uint32_t n_language;         /* 0 in English-only models */
} SenWhisperInfo;

/** Opens a GGUF that sen-import.h gave. */
SenWhisper *sen_whisper_open (const char *path, GError **error);
SenWhisper *sen_whisper_ref (SenWhisper *whisper);
void        sen_whisper_unref (SenWhisper *whisper);

const SenWhisperInfo *sen_whisper_info (const SenWhisper *whisper);
SenTokenizer         *sen_whisper_tokenizer (const SenWhisper *whisper);   /* borrowed */
/** The token of a language by its code ("de") or English name ("German", any case), or SEN_NO_TOKEN. */
SenToken              sen_whisper_find_language (const SenWhisper *whisper, const char *language);
/** The code of a language's token ("de"). (transfer full) */
char                 *sen_whisper_language_code (const SenWhisper *whisper, SenToken token);

/* --- Sessions ---------------------------------------------------------------------------------------------------------------------- */

typedef struct SenWhisperSession SenWhisperSession;

/** Rows that sen_whisper_session_step() may write at once: beams, or tries at a temperature. */
#define SEN_WHISPER_MAX_ROWS 32

/** @device runs the model; @fallback (usually the CPU, may be NULL or the same) when there is no room on it, or it fails. @n_row_max (1 to
 *  SEN_WHISPER_MAX_ROWS) texts can be written side by side. */
SenWhisperSession *sen_whisper_session_new (SenWhisper *whisper, SenDevice *device, SenDevice *fallback, uint32_t n_row_max,
                                            GError **error);
void               sen_whisper_session_free (SenWhisperSession *session);
SenWhisper        *sen_whisper_session_model (const SenWhisperSession *session);    /* borrowed */
SenDevice         *sen_whisper_session_device (const SenWhisperSession *session);   /* borrowed: where it runs */
/** Why it runs on its fallback, as the sentence of an error; NULL while it does not. Its own. */
const char        *sen_whisper_session_moved (const SenWhisperSession *session);
/** Whether what ended with *@failure is to be done again, from sen_whisper_session_encode() on: its device gave out
 *  (sen_device_gave_out()), and it has moved to its fallback. Then *@failure is cleared; where moving fails, it says why, and
 *  sen_whisper_session_encode() tries it again. */
bool               sen_whisper_session_retreats (SenWhisperSession *session, GError **failure);

/** Hears a window: @mel is normalized log-mel f32 [SEN_WHISPER_FRAMES][n_mel]. What was written is forgotten. */
bool sen_whisper_session_encode (SenWhisperSession *session, const float *mel, SenCancel *cancel, GError **error);
/** The encoder's output for the window: f32 [n_position][n_embd]. */
bool sen_whisper_session_read_features (SenWhisperSession *session, float *features, GError **error);

/** Begins a text anew with @tokens[@n] (at most n_ctx). Logits after the last @n_logits of them: f32 [n_logits][n_vocab]. */
bool sen_whisper_session_begin (SenWhisperSession *session, const SenToken *tokens, uint32_t n, uint32_t n_logits, float *logits,
                                SenCancel *cancel, GError **error);
/** Writes one more token in each of @n_row texts that share what they began with. Row i goes on from row @parents[i] of the step
 *  before (of the beginning: 0). At most n_ctx / 2 steps. Logits f32 [n_row][n_vocab]. */
bool sen_whisper_session_step (SenWhisperSession *session, const SenToken *tokens, const uint32_t *parents, uint32_t n_row,
                               float *logits, SenCancel *cancel, GError **error);

/** Where @tokens[@n] lie in the sound: reads them anew, and gives the cross attention of the heads that follow it, f32
 *  [n_head][n][n_position], softmax over all positions, and the logits f32 [n][n_vocab] row by row. */
typedef void (*SenWhisperRow) (uint32_t position, const float *logits, gpointer user_data);
uint32_t sen_whisper_n_alignment_heads (const SenWhisper *whisper);
bool     sen_whisper_session_align (SenWhisperSession *session, const SenToken *tokens, uint32_t n, float *attention,
                                    SenWhisperRow row, gpointer user_data, SenCancel *cancel, GError **error);

/* --- Where it looked ---------------------------------------------------------------------------------------------------------------- */

/** Cross attention of any heads while @tokens[@n] are read anew, as sen_whisper_session_align() does: where in the encoded window each
 *  token was heard. f32 [n_layers][n_head_tapped][n][n_position]. In a pass of its own: who does not ask pays nothing. */
bool sen_whisper_session_cross_attention (SenWhisperSession *session, const SenToken *tokens, uint32_t n, const SenEncoderTaps *taps,
                                          float *attention, SenCancel *cancel, GError **error);

/** What of the encoder's attention to itself to bring out: rows of positions [first, first + n). */
typedef struct {
  SenEncoderTaps taps;
  uint32_t       first, n;
} SenWhisperLook;

/** Hears the window @mel (see sen_whisper_session_encode()) once more on @device, in a pass of its own, and gives the softmax weights
 *  f32 [n_layers][n][n_head_tapped][n_position]. */
bool sen_whisper_look (SenWhisper *whisper, SenDevice *device, const float *mel, const SenWhisperLook *look, float *attention,
                       SenCancel *cancel, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenWhisper, sen_whisper_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenWhisperSession, sen_whisper_session_free)

G_END_DECLS
