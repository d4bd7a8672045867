/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */

/* For tools/train: what Whisper's encoder makes of sounds, each a window of its own.
 *
 *   whisper-states MODEL N_THREADS
 *
 * On stdin, again and again: u32 n (at most 30 seconds), f32 [n] mono at 16 kHz. On stdout for each: u32 n_position that hold
 * sound, f16 [n_position][n_embd]. All little-endian. The rest of a window is empty, as when sound is transcribed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sen-cpu.h"
#include "sen-import.h"
#include "sen-transcribe-private.h"
#include "sen-type.h"

#define MAX_SAMPLES (SEN_WHISPER_FRAMES * 160)

typedef struct {
  const float *samples;
  size_t       n;
} Sound;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  Sound *sound = data;
  n = MIN (n, sound->n);
  memcpy (samples, sound->samples, n * sizeof (float));
  sound->samples += n;
  sound->n -= n;
  return (gssize) n;
}

static bool
hear (SenWhisperSession *session, Sound sound, float *mel, float *states, uint16_t *halves, GError **error)
{
  const SenWhisperInfo *info = sen_whisper_info (sen_whisper_session_model (session));
  g_autoptr (SenSoundFrames) frames = sen_sound_frames_new (info->n_mel, false, read_sound, &sound);
  if (!sen_sound_frames_fill (frames, SEN_WHISPER_FRAMES + 1, NULL, error))
    return false;
  uint32_t n = (uint32_t) MIN (sen_sound_frames_n (frames), SEN_WHISPER_FRAMES);
  sen_sound_frames_window (frames, 0, n, mel);
  if (!sen_whisper_session_encode (session, mel, NULL, error) || !sen_whisper_session_read_features (session, states, error))
    return false;
  uint32_t n_position = MIN ((n + 1) / 2, info->n_position);
  for (size_t i = 0; i < (size_t) n_position * info->n_embd; i++)
    halves[i] = sen_f32_to_f16 (states[i]);
  fwrite (&n_position, sizeof n_position, 1, stdout);
  fwrite (halves, sizeof *halves, (size_t) n_position * info->n_embd, stdout);
  return fflush (stdout) == 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams params = { .n_threads = argc > 2 ? (uint32_t) atoi (argv[2]) : 1 };
  g_autofree char *gguf = argc > 1 ? sen_import_open (argv[1], NULL, &error) : NULL;
  g_autoptr (SenWhisper) whisper = gguf != NULL ? sen_whisper_open (gguf, &error) : NULL;
  g_autoptr (SenDevice) device = whisper != NULL ? sen_cpu_device_new (&params, &error) : NULL;
  g_autoptr (SenWhisperSession) session = device != NULL ? sen_whisper_session_new (whisper, device, NULL, 1, &error) : NULL;
  if (session == NULL)
    {
      fprintf (stderr, "whisper-states: %s\n", error != NULL ? error->message : "usage: whisper-states MODEL N_THREADS");
      return 1;
    }
  const SenWhisperInfo *info = sen_whisper_info (whisper);
  g_autofree float *samples = g_new (float, MAX_SAMPLES);
  g_autofree float *mel = g_new (float, (size_t) SEN_WHISPER_FRAMES * info->n_mel);
  g_autofree float *states = g_new (float, (size_t) info->n_position * info->n_embd);
  g_autofree uint16_t *halves = g_new (uint16_t, (size_t) info->n_position * info->n_embd);
  uint32_t n;
  while (fread (&n, sizeof n, 1, stdin) == 1)
    if (n > MAX_SAMPLES || fread (samples, sizeof (float), n, stdin) != n
        || !hear (session, (Sound) { samples, n }, mel, states, halves, &error))
      {
        fprintf (stderr, "whisper-states: %s\n", error != NULL ? error->message : "a sound is longer than 30 seconds, or cut off");
        return 1;
      }
  return 0;
}
