/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sound-embedding.h"

#include "sen-embedding.h"
#include "sen-error.h"
#include "sen-transcribe-private.h"

/* On the session's other device where the first fails. */
static bool
encode (SenWhisperSession *session, const float *mel, float *states, SenCancel *cancel, GError **error)
{
  GError *failure = NULL;
  do
    if (sen_whisper_session_encode (session, mel, cancel, &failure) && sen_whisper_session_read_features (session, states, &failure))
      return true;
  while (sen_whisper_session_retreats (session, &failure));
  g_propagate_error (error, failure);
  return false;
}

bool
sen_sound_encode (SenWhisperSession *session, SenSoundRead read, gpointer read_data, SenSoundStates window, gpointer user_data,
                  SenCancel *cancel, GError **error)
{
  const SenWhisperInfo *info = sen_whisper_info (sen_whisper_session_model (session));
  g_autoptr (SenSoundFrames) frames = sen_sound_frames_new (info->n_mel, false, read, read_data);
  g_autofree float *mel = g_new (float, (size_t) SEN_WHISPER_FRAMES * info->n_mel);
  g_autofree float *states = g_new (float, (size_t) info->n_position * info->n_embd);
  for (uint64_t first = 0;; first += SEN_WHISPER_FRAMES)
    {
      /* One frame more, so that the end is known when it comes. */
      if (!sen_sound_frames_fill (frames, first + SEN_WHISPER_FRAMES + 1, cancel, error))
        return false;
      uint64_t n = sen_sound_frames_n (frames);
      if (n <= first)
        return true;
      uint32_t n_here = (uint32_t) MIN (n - first, SEN_WHISPER_FRAMES);
      sen_sound_frames_window (frames, first, n_here, mel);
      /* Two frames make a position. */
      if (!encode (session, mel, states, cancel, error)
          || !window (states, MIN ((n_here + 1) / 2, info->n_position), user_data, error))
        return false;
      sen_sound_frames_drop (frames, MIN (n, first + SEN_WHISPER_FRAMES));
    }
}

typedef struct {
  uint32_t n_embd;
  double  *sums;      /* [n_embd] */
} Mean;

static bool
add_states (const float *states, uint32_t n_sound, gpointer data, GError **error)
{
  Mean *mean = data;
  for (uint32_t position = 0; position < n_sound; position++)
    for (uint32_t i = 0; i < mean->n_embd; i++)
      mean->sums[i] += states[(size_t) position * mean->n_embd + i];
  return true;
}

bool
sen_sound_embed (SenWhisperSession *session, SenSoundRead read, gpointer read_data, float *embedding, SenCancel *cancel, GError **error)
{
  uint32_t n_embd = sen_whisper_info (sen_whisper_session_model (session))->n_embd;
  g_autofree double *sums = g_new0 (double, n_embd);
  if (!sen_sound_encode (session, read, read_data, add_states, &(Mean) { n_embd, sums }, cancel, error))
    return false;
  if (sen_embedding_to_unit (sums, n_embd, embedding))
    return true;
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_FORMAT, "there is no sound in it to embed");
  return false;
}
