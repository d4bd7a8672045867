/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-rollout.h"

#include <string.h>

#include "sen-error.h"

#define STREAM_BYTES (256ull << 20)

typedef struct {
  /* Borrowed */
  SenSession             *session;
  const SenPart          *parts;
  size_t                  n_parts;
  const SenRolloutParams *params;
  SenCancel              *cancel;

  /* Scratch */
  float   *stream;         /* f32 [n_kept][n][n_embd]: after layers first_kept, first_kept + 1, … */
  double  *rows, *next;    /* [n_targets][n]: what each target looked at, and one layer further back */
  double  *mean;           /* [n] of one position's heads */
  uint32_t n, n_embd, n_layer, first_kept, n_kept;
} Rollout;

static void
rollout_clear (Rollout *rollout)
{
  g_free (rollout->stream);
  g_free (rollout->rows);
  g_free (rollout->next);
  g_free (rollout->mean);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rollout, rollout_clear)

static bool
keep_stream (const SenRevisitRows *rows, gpointer user_data, GError **error)
{
  Rollout *r = user_data;
  for (uint32_t i = 0; i < r->n_kept; i++)
    memcpy (r->stream + ((size_t) i * r->n + rows->first) * r->n_embd, rows->hidden[i], (size_t) rows->n * r->n_embd * sizeof (float));
  return true;
}

/* next += rows · A for the rows of A that a batch brought. */
static bool
multiply (const SenRevisitRows *rows, gpointer user_data, GError **error)
{
  Rollout *r = user_data;
  for (uint32_t i = 0; i < rows->n; i++)
    {
      uint32_t at = rows->first + i;
      bool wanted = false;
      for (uint32_t target = 0; target < r->params->n_targets; target++)
        wanted |= r->rows[(size_t) target * r->n + at] != 0.0;
      if (!wanted)
        continue;
      /* With many targets a row is much work. */
      if (sen_cancel_requested (r->cancel))
        {
          g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
          return false;
        }

      memset (r->mean, 0, r->n * sizeof *r->mean);
      for (uint32_t head = 0; head < rows->n_head_tapped; head++)
        {
          const float *row = rows->attention[0] + ((size_t) i * rows->n_head_tapped + head) * rows->n_key;
          for (uint32_t j = 0; j < r->n; j++)
            r->mean[j] += (double) row[j] / rows->n_head_tapped;
        }
      for (uint32_t target = 0; target < r->params->n_targets; target++)
        {
          double weight = r->rows[(size_t) target * r->n + at];
          double *next = r->next + (size_t) target * r->n;
          for (uint32_t j = 0; weight != 0.0 && j < r->n; j++)
            next[j] += weight * r->mean[j];
        }
    }
  return true;
}

/* rows = (rows · A + rows) / 2, of which next holds the product. */
static void
step_back (Rollout *r)
{
  size_t n = (size_t) r->params->n_targets * r->n;
  for (size_t i = 0; i < n; i++)
    {
      r->rows[i] = 0.5 * (r->rows[i] + r->next[i]);
      r->next[i] = 0.0;
    }
}

/* Brings out the stream before @layer and before as many layers below it as there is memory for. */
static bool
fetch_stream (Rollout *r, uint32_t layer, uint32_t n_most, GError **error)
{
  r->n_kept = MIN (layer, n_most);
  r->first_kept = layer - r->n_kept;
  g_autofree uint32_t *layers = g_new (uint32_t, r->n_kept);
  for (uint32_t i = 0; i < r->n_kept; i++)
    layers[i] = r->first_kept + i;
  const SenTaps taps = { .hidden_layers = layers, .n_hidden_layers = r->n_kept };
  return sen_session_revisit (r->session, r->parts, r->n_parts, 0, r->n, &taps, false, keep_stream, r, r->cancel, error);
}

static bool
walk_back (Rollout *r, uint32_t n_most, GError **error)
{
  for (uint32_t layer = r->n_layer; layer-- > 0;)
    {
      /* Before layer 0 there are only embeddings: its rows come straight from a revisit that ends there. */
      const SenTaps first = { .attention_layers = (const uint32_t[]) { 0 }, .n_attention_layers = 1 };
      bool done;
      if (layer == 0)
        done = sen_session_revisit (r->session, r->parts, r->n_parts, 0, r->n, &first, false, multiply, r, r->cancel, error);
      else
        {
          if ((r->n_kept == 0 || layer - 1 < r->first_kept) && !fetch_stream (r, layer, n_most, error))
            return false;
          const float *stream = r->stream + (size_t) (layer - 1 - r->first_kept) * r->n * r->n_embd;
          done = sen_session_layer_rows (r->session, r->parts, r->n_parts, 0, r->n, layer, stream, multiply, r, r->cancel, error);
        }
      if (!done)
        return false;
      step_back (r);
      if (r->params->progress != NULL)
        r->params->progress (r->n_layer - layer, r->n_layer, r->params->user_data);
    }
  return true;
}

bool
sen_rollout (SenSession *session, const SenPart *parts, size_t n_parts, const SenRolloutParams *params, float *weights,
             SenCancel *cancel, GError **error)
{
  g_return_val_if_fail (params->n_targets > 0, false);
  const SenModelInfo *info = sen_model_info (sen_session_model (session));
  uint32_t n_given = 0;
  for (size_t i = 0; i < n_parts; i++)
    n_given += parts[i].n;
  uint32_t n_past = MIN (sen_session_n_past (session), n_given);
  g_auto (Rollout) r = {
    .session = session, .parts = parts, .n_parts = n_parts, .params = params, .cancel = cancel, .n_embd = info->n_embd,
    .n_layer = info->n_layer,
  };
  for (uint32_t i = 0; i < params->n_targets; i++)
    {
      if (params->targets[i] >= n_past)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no position %u to look at: %u were read", params->targets[i],
                       n_past);
          return false;
        }
      r.n = MAX (r.n, params->targets[i] + 1);
    }

  uint64_t layer_bytes = (uint64_t) r.n * r.n_embd * sizeof (float);
  uint64_t stream_bytes = params->stream_bytes > 0 ? params->stream_bytes : STREAM_BYTES;
  uint32_t n_most = (uint32_t) CLAMP (stream_bytes / layer_bytes, 1, r.n_layer);
  r.stream = g_try_malloc (n_most * layer_bytes);
  r.rows = g_try_new0 (double, (gsize) params->n_targets * r.n);
  r.next = g_try_new0 (double, (gsize) params->n_targets * r.n);
  r.mean = g_try_new (double, r.n);
  if (r.stream == NULL || r.rows == NULL || r.next == NULL || r.mean == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory to follow attention through %u positions", r.n);
      return false;
    }
  for (uint32_t i = 0; i < params->n_targets; i++)
    r.rows[(size_t) i * r.n + params->targets[i]] = 1.0;
  if (!walk_back (&r, n_most, error))
    return false;

  for (uint32_t i = 0; i < params->n_targets; i++)
    for (uint32_t j = 0; j < n_past; j++)
      weights[(size_t) i * n_past + j] = j < r.n ? (float) r.rows[(size_t) i * r.n + j] : 0.0f;
  return true;
}
