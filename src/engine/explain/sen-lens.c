/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-lens.h"

#include "sen-error.h"

#define MAX_K 64

/* The stream after each layer, one behind the other. */
typedef struct {
  float   *stream;   /* f32 [n_layer][n_embd] */
  uint32_t n_layer, n_embd;
} Stream;

static bool
keep_stream (const SenRevisitRows *rows, gpointer user_data, GError **error)
{
  Stream *stream = user_data;
  for (uint32_t i = 0; i < stream->n_layer; i++)
    memcpy (stream->stream + (size_t) i * stream->n_embd, rows->hidden[i], stream->n_embd * sizeof (float));
  return true;
}

bool
sen_lens_read (SenLens *lens, SenSession *session, const SenPart *parts, size_t n_parts, uint32_t position, SenToken token,
               uint32_t k, SenCancel *cancel, GError **error)
{
  const SenModelInfo *info = sen_model_info (sen_session_model (session));
  uint32_t n_layer = info->n_layer;
  g_autofree uint32_t *layers = g_new (uint32_t, n_layer);
  g_autofree float *values = g_new (float, (gsize) n_layer * info->n_embd);
  g_autofree float *logits = g_try_new (float, (gsize) n_layer * info->n_vocab);
  Stream stream = { .stream = values, .n_layer = n_layer, .n_embd = info->n_embd };
  *lens = (SenLens) { 0 };
  if (logits == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for the logits of %u layers", n_layer);
      return false;
    }
  for (uint32_t i = 0; i < n_layer; i++)
    layers[i] = i;
  const SenTaps taps = { .hidden_layers = layers, .n_hidden_layers = n_layer };
  if (!sen_session_revisit (session, parts, n_parts, position, 1, &taps, false, keep_stream, &stream, cancel, error)
      || !sen_session_project (session, values, n_layer, logits, cancel, error))
    return false;

  lens->n_layer = n_layer;
  lens->k = MIN (k, MAX_K);
  lens->predictions = g_new (SenPrediction, n_layer);
  lens->alternatives = g_new0 (SenAlternative, (gsize) n_layer * lens->k + 1);
  for (uint32_t i = 0; i < n_layer; i++)
    lens->predictions[i] = sen_prediction (logits + (size_t) i * info->n_vocab, info->n_vocab, token, lens->alternatives + i * lens->k,
                                           lens->k);
  return true;
}

void
sen_lens_clear (SenLens *lens)
{
  g_free (lens->predictions);
  g_free (lens->alternatives);
  *lens = (SenLens) { 0 };
}
