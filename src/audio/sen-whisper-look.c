/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The encoder's attention to itself, in a pass that is made for it and goes with it: transcripts never pay for it. */
#include "sen-error.h"
#include "sen-whisper-private.h"

bool
sen_whisper_look (SenWhisper *whisper, SenDevice *device, const float *mel, const SenWhisperLook *look, float *attention,
                  SenCancel *cancel, GError **error)
{
  const SenWhisperEncoder *encoder = &whisper->encoder;
  const SenEncoderTaps *taps = &look->taps;
  if (!sen_encoder_taps_check (taps, encoder->n_layer, encoder->n_head, error))
    return false;
  if (look->n == 0 || look->n > encoder->n_position || look->first > encoder->n_position - look->n)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%u positions from %u on are to be looked at, of %u", look->n, look->first,
                   encoder->n_position);
      return false;
    }

  g_autofree SenAttentionTap *rows = g_new0 (SenAttentionTap, encoder->n_layer);
  g_autoptr (SenNetwork) network = sen_network_new (device, whisper->weights, encoder->n_position, 1);
  SenWhisperPass pass = { .taps = rows };
  for (uint32_t i = 0; i < encoder->n_layer; i++)
    if (sen_encoder_taps_want (taps, i, encoder->n_head, &rows[i]))
      rows[i].n_row_max = look->n;
  const struct sen_step step = { .n_tokens = encoder->n_position, .tap_row = look->first, .n_tap_row = look->n };
  if (!sen_whisper_encoder_build (encoder, network, &pass, error))
    return false;
  sen_plan_output (sen_network_plan (network), pass.states, "states");
  if (!sen_network_compile (network, cancel, error) || !sen_whisper_encoder_start (encoder, network, &pass, error)
      || !sen_network_write (network, pass.mel, mel, SEN_WHISPER_FRAMES, error)
      || !sen_network_run (network, &step, cancel, error))
    return false;
  uint32_t n_row = look->n * sen_encoder_taps_n_head (taps, encoder->n_head);
  for (uint32_t i = 0; i < taps->n_layers; i++)
    if (!sen_network_read (network, rows[taps->layers[i]].rows, attention + (size_t) i * n_row * encoder->n_position, n_row, error))
      return false;
  return true;
}
