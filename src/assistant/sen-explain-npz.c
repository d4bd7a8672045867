/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain-report.h"
#include "sen-npz.h"

static void
add_floats (SenNpz *npz, const char *name, const float *data, uint32_t n_dims, size_t n0, size_t n1, size_t n2)
{
  sen_npz_add (npz, &(SenNpzArray) { .name = name, .kind = 'f', .item_bytes = 4, .n_dims = n_dims, .shape = { n0, n1, n2 }, .data = data });
}

static void
add_numbers (SenNpz *npz, const char *name, const int32_t *data, size_t n0, size_t n1)
{
  const SenNpzArray array = { .name = name, .kind = 'i', .item_bytes = 4, .n_dims = n1 > 0 ? 2 : 1, .shape = { n0, n1 }, .data = data };
  sen_npz_add (npz, &array);
}

static void
add_pieces (SenNpz *npz, const SenExplanationInfo *info)
{
  uint32_t n = info->n_pieces;
  g_autofree const char **texts = g_new (const char *, MAX (n, 1)), **kinds = g_new (const char *, MAX (n, 1));
  g_autofree int32_t *ids = g_new (int32_t, MAX (n, 1)), *messages = g_new (int32_t, MAX (n, 1)), *spans = g_new (int32_t, MAX (n, 1));
  for (uint32_t i = 0; i < n; i++)
    {
      const SenPiece *piece = &info->pieces[i];
      texts[i] = piece->text;
      kinds[i] = sen_piece_kind_name (piece->kind);
      ids[i] = piece->id;
      messages[i] = piece->message;
      spans[i] = piece->span;
    }
  sen_npz_add_texts (npz, "tokens", texts, n);
  sen_npz_add_texts (npz, "kinds", kinds, n);
  add_numbers (npz, "ids", ids, n, 0);
  add_numbers (npz, "messages", messages, n, 0);
  add_numbers (npz, "spans", spans, n, 0);
}

/* Of each span: media, first token, rows, columns; and where it lies. */
static void
add_spans (SenNpz *npz, const SenExplanationInfo *info)
{
  g_autofree int32_t *grids = g_new (int32_t, 4 * (gsize) MAX (info->n_spans, 1));
  g_autofree float *places = g_new (float, 4 * (gsize) MAX (info->n_spans, 1));
  for (uint32_t i = 0; i < info->n_spans; i++)
    {
      const SenExplanationSpan *span = &info->spans[i];
      const int32_t grid[] = { (int32_t) span->media, (int32_t) span->first, (int32_t) span->n_row, (int32_t) span->n_column };
      const float place[] = { span->x0, span->y0, span->x1, span->y1 };
      for (uint32_t j = 0; j < 4; j++)
        {
          grids[4 * i + j] = grid[j];
          places[4 * i + j] = place[j];
        }
    }
  add_numbers (npz, "span_grids", grids, info->n_spans, 4);
  add_floats (npz, "span_places", places, 2, info->n_spans, 4, 0);
}

/* Of each token, from when to when it is; 0 of those that are no sound. */
static void
add_seconds (SenNpz *npz, const SenExplanationInfo *info)
{
  g_autofree float *seconds = g_new0 (float, 2 * (gsize) MAX (info->n_pieces, 1));
  for (uint32_t s = 0; s < info->n_spans; s++)
    for (uint32_t i = 0; info->spans[s].kind == SEN_ATTACHMENT_SOUND && i < info->spans[s].n; i++)
      {
        double start, end;
        sen_explanation_span_time (&info->spans[s], i, &start, &end);
        seconds[2 * (info->spans[s].first + i)] = (float) start;
        seconds[2 * (info->spans[s].first + i) + 1] = (float) end;
      }
  add_floats (npz, "seconds", seconds, 2, info->n_pieces, 2, 0);
}

static void
add_queries (SenNpz *npz, const SenExplanationInfo *info)
{
  uint32_t n = info->n_queries;
  g_autofree int32_t *queries = g_new (int32_t, MAX (n, 1));
  g_autofree float *entropies = g_new (float, MAX (n, 1)), *logprobs = g_new (float, MAX (n, 1));
  for (uint32_t i = 0; i < n; i++)
    {
      queries[i] = (int32_t) (info->first_query + i);
      entropies[i] = info->predictions != NULL ? info->predictions[i].entropy : 0.0f;
      logprobs[i] = info->predictions != NULL ? info->predictions[i].logprob : 0.0f;
    }
  add_numbers (npz, "queries", queries, n, 0);
  if (info->weights != NULL)
    add_floats (npz, "weights", info->weights, 2, n, info->n_pieces, 0);
  if (info->predictions == NULL)
    return;
  add_floats (npz, "entropies", entropies, 1, n, 0, 0);
  add_floats (npz, "logprobs", logprobs, 1, n, 0, 0);
}

static void
add_lens (SenNpz *npz, const SenExplanationInfo *info)
{
  size_t n = (size_t) info->n_layer * info->n_candidates;
  g_autofree int32_t *ids = g_new0 (int32_t, MAX (n, 1));
  g_autofree float *logprobs = g_new0 (float, MAX (n, 1));
  for (size_t i = 0; i < n; i++)
    {
      ids[i] = info->lens_candidates[i].text != NULL ? info->lens_candidates[i].id : SEN_NO_TOKEN;
      logprobs[i] = info->lens_candidates[i].logprob;
    }
  add_numbers (npz, "lens_ids", ids, info->n_layer, info->n_candidates);
  add_floats (npz, "lens_logprobs", logprobs, 2, info->n_layer, info->n_candidates, 0);
}

GBytes *
sen_explain_report_npz (const SenExplanation *explanation, GError **error)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  g_autoptr (SenNpz) npz = sen_npz_new ();
  add_queries (npz, info);
  add_pieces (npz, info);
  add_spans (npz, info);
  add_seconds (npz, info);
  if (info->lens != NULL)
    add_lens (npz, info);
  if (info->detail != NULL)
    add_floats (npz, "detail", info->detail, 3, info->n_layer, info->n_head, info->n_pieces);
  return sen_npz_finish (npz, error);
}
