/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sound-embedding.h"

#include "sen-embedding.h"
#include "sen-error.h"
#include "sen-transcribe-private.h"

typedef struct {
  SenWhisperSession *session;
  SenSoundFrames    *frames;
  float             *mel;       /* [SEN_WHISPER_FRAMES][n_mel] */
  float             *states;    /* [n_position][n_embd] */
  double            *sums;      /* [n_embd] */
} Embedding;

/* Adds the states of @n frames, of which two make a position. */
static bool
add_window (Embedding *e, uint64_t first, uint32_t n, SenCancel *cancel, GError **error)
{
  const SenWhisperInfo *info = sen_whisper_info (sen_whisper_session_model (e->session));
  sen_sound_frames_window (e->frames, first, n, e->mel);
  if (!sen_whisper_session_encode (e->session, e->mel, cancel, error)
      || !sen_whisper_session_read_features (e->session, e->states, error))
    return false;
  uint32_t n_position = MIN ((n + 1) / 2, info->n_position);
  for (uint32_t position = 0; position < n_position; position++)
    for (uint32_t i = 0; i < info->n_embd; i++)
      e->sums[i] += e->states[(size_t) position * info->n_embd + i];
  return true;
}

bool
sen_sound_embed (SenWhisperSession *session, SenSoundRead read, gpointer read_data, SenTranscribeProgress progress, gpointer user_data,
                 float *embedding, SenCancel *cancel, GError **error)
{
  const SenWhisperInfo *info = sen_whisper_info (sen_whisper_session_model (session));
  g_autoptr (SenSoundFrames) frames = sen_sound_frames_new (info->n_mel, false, read, read_data);
  g_autofree float *mel = g_new (float, (size_t) SEN_WHISPER_FRAMES * info->n_mel);
  g_autofree float *states = g_new (float, (size_t) info->n_position * info->n_embd);
  g_autofree double *sums = g_new0 (double, info->n_embd);
  Embedding e = { session, frames, mel, states, sums };
  for (uint64_t first = 0;; first += SEN_WHISPER_FRAMES)
    {
      /* One frame more, so that the end is known when it comes. */
      if (!sen_sound_frames_fill (frames, first + SEN_WHISPER_FRAMES + 1, cancel, error))
        return false;
      uint64_t n = sen_sound_frames_n (frames);
      if (n <= first)
        break;
      if (!add_window (&e, first, (uint32_t) MIN (n - first, SEN_WHISPER_FRAMES), cancel, error))
        return false;
      sen_sound_frames_drop (frames, MIN (n, first + SEN_WHISPER_FRAMES));
      if (progress != NULL)
        progress (sen_sound_frames_seconds (frames), user_data);
    }
  if (sen_embedding_to_unit (sums, info->n_embd, embedding))
    return true;
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_FORMAT, "there is no sound in it to embed");
  return false;
}
