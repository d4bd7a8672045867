/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explanation-private.h"

#include <math.h>
#include <string.h>

#include "sen-json-quote.h"

#define N_(text) text
static const struct {
  const char *option, *title, *limits;
} methods[] = {
#define SEN_EXPLAIN_METHOD(name, option, title, limits) { option, title, limits },
#include "explain-methods.def"
#undef SEN_EXPLAIN_METHOD
};

const char *
sen_explain_method_title (SenExplainMethod method)
{
  return methods[method].title;
}

const char *
sen_explain_method_limits (SenExplainMethod method)
{
  return methods[method].limits;
}

bool
sen_explain_method_find (const char *option, SenExplainMethod *method)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_equal (methods[i].option, option))
      {
        *method = (SenExplainMethod) i;
        return true;
      }
  return false;
}

const char *
sen_piece_kind_name (SenPieceKind kind)
{
  static const char *const names[] = { "template", "text", "words", "media" };
  return names[kind];
}

/* --- Life ----------------------------------------------------------------------------------------------------------------------------- */

SenExplanation *
sen_explanation_new (void)
{
  SenExplanation *explanation = g_atomic_rc_box_new0 (SenExplanation);
  explanation->strings = g_string_chunk_new (4096);
  explanation->arrays = g_ptr_array_new_with_free_func (g_free);
  return explanation;
}

const char *
sen_explanation_string (SenExplanation *explanation, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  return g_string_chunk_insert_const (explanation->strings, valid);
}

gpointer
sen_explanation_take (SenExplanation *explanation, gpointer array)
{
  g_ptr_array_add (explanation->arrays, array);
  return array;
}

void
sen_explanation_name (SenExplanation *explanation, const SenTokenizer *tokenizer, const SenAlternative *alternatives, uint32_t n,
                      SenCandidate *candidates)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (uint32_t i = 0; i < n; i++)
    {
      sen_tokenizer_decode (tokenizer, alternatives[i].token, true, g_string_truncate (text, 0));
      candidates[i] = (SenCandidate) {
        .id = alternatives[i].token, .text = sen_explanation_string (explanation, text->str), .logprob = alternatives[i].logprob,
      };
    }
}

SenExplanation *
sen_explanation_ref (SenExplanation *explanation)
{
  return g_atomic_rc_box_acquire (explanation);
}

static void
clear (gpointer data)
{
  SenExplanation *explanation = data;
  if (explanation->free_source != NULL)
    explanation->free_source (explanation->source);
  g_string_chunk_free (explanation->strings);
  g_ptr_array_unref (explanation->arrays);
}

void
sen_explanation_unref (SenExplanation *explanation)
{
  if (explanation != NULL)
    g_atomic_rc_box_release_full (explanation, clear);
}

const SenExplanationInfo *
sen_explanation_info (const SenExplanation *explanation)
{
  return &explanation->info;
}

size_t
sen_explanation_n_bytes (const SenExplanation *explanation)
{
  const SenExplanationInfo *info = &explanation->info;
  size_t n = info->n_pieces * (sizeof (SenPiece) + sizeof (int32_t) + 16);   /* with their texts, many of which are said twice */
  if (info->weights != NULL)
    n += (size_t) info->n_queries * info->n_pieces * sizeof (float);
  if (info->predictions != NULL)
    n += info->n_queries * (sizeof (SenPrediction) + info->n_candidates * sizeof (SenCandidate));
  if (info->detail != NULL)
    n += (size_t) info->n_layer * info->n_head * info->n_pieces * sizeof (float);
  if (info->lens != NULL)
    n += info->n_layer * (sizeof (SenPrediction) + info->n_candidates * sizeof (SenCandidate));
  if (info->shares != NULL)
    n += (size_t) info->n_layer * (info->n_head + 1) * sizeof (float);
  if (info->unit_changes != NULL)
    n += info->n_units * sizeof (float);
  if (info->trust != NULL)
    n += sizeof (SenTrust) + 4 * ((size_t) info->trust->n_steps + 1) * sizeof (float);
  /* The text is kept with it, of which the embeddings of pictures are the most. */
  for (size_t i = 0; i < explanation->n_parts; i++)
    {
      const SenPart *part = &explanation->parts[i];
      n += part->n * (part->embeddings != NULL ? explanation->n_embd * sizeof (float) : sizeof (SenToken));
    }
  return n;
}

/* --- Reading -------------------------------------------------------------------------------------------------------------------------- */

const float *
sen_explanation_row (const SenExplanation *explanation, uint32_t query)
{
  const SenExplanationInfo *info = &explanation->info;
  if (info->weights == NULL || query < info->first_query || query - info->first_query >= info->n_queries)
    return NULL;
  return info->weights + (size_t) (query - info->first_query) * info->n_pieces;
}

bool
sen_explanation_read_row (const SenExplanation *explanation, uint32_t query, float *row)
{
  const SenExplanationInfo *info = &explanation->info;
  if (query < info->first_query || query - info->first_query >= info->n_queries)
    return false;
  if (explanation->read_row != NULL)
    {
      memset (row, 0, info->n_pieces * sizeof *row);
      return explanation->read_row (explanation->source, query, row);
    }
  const float *weights = sen_explanation_row (explanation, query);
  if (weights != NULL)
    memcpy (row, weights, info->n_pieces * sizeof *row);
  return weights != NULL;
}

static void
unref_explanation (gpointer explanation)
{
  sen_explanation_unref (explanation);
}

SenExplanation *
sen_explanation_settle (SenExplanation *explanation)
{
  const SenExplanationInfo *info = &explanation->info;
  if (explanation->read_row == NULL)
    return sen_explanation_ref (explanation);
  SenExplanation *settled = sen_explanation_new ();
  float *weights = sen_explanation_take (settled, g_new0 (float, MAX ((gsize) info->n_queries * info->n_pieces, 1)));
  settled->info = *info;
  settled->info.weights = weights;
  settled->parts = explanation->parts;
  settled->n_parts = explanation->n_parts;
  settled->n_embd = explanation->n_embd;
  settled->source = sen_explanation_ref (explanation);
  settled->free_source = unref_explanation;
  for (uint32_t i = 0; i < info->n_queries; i++)
    sen_explanation_read_row (explanation, info->first_query + i, weights + (size_t) i * info->n_pieces);
  return settled;
}

/* How much of cell @i of @n cells of [0, 1] lies in [from, to]. */
static float
overlap (uint32_t i, uint32_t n, float from, float to)
{
  float begin = MAX (from, (float) i / n), end = MIN (to, (float) (i + 1) / n);
  return MAX (0.0f, end - begin);
}

void
sen_explanation_span_time (const SenExplanationSpan *span, uint32_t index, double *start, double *end)
{
  double step = ((double) span->x1 - (double) span->x0) / MAX (span->n, 1);
  *start = span->times != NULL ? (double) span->times[2 * index] : (double) span->x0 + step * index;
  *end = span->times != NULL ? (double) span->times[2 * index + 1] : (double) span->x0 + step * (index + 1);
}

/* Spreads @weight evenly over [x0, x1] × [y0, y1]; what lies beyond the picture is lost. */
static void
spread (float weight, float x0, float y0, float x1, float y1, uint32_t n_side, float *heat)
{
  float area = (x1 - x0) * (y1 - y0);
  int32_t first_x = MAX (0, (int32_t) floorf (x0 * n_side)), last_x = MIN ((int32_t) n_side - 1, (int32_t) floorf (x1 * n_side));
  int32_t first_y = MAX (0, (int32_t) floorf (y0 * n_side)), last_y = MIN ((int32_t) n_side - 1, (int32_t) floorf (y1 * n_side));
  for (int32_t y = first_y; y <= last_y; y++)
    for (int32_t x = first_x; x <= last_x; x++)
      heat[y * (int32_t) n_side + x] += weight / area * overlap ((uint32_t) x, n_side, x0, x1) * overlap ((uint32_t) y, n_side, y0, y1);
}

bool
sen_explanation_heat (const SenExplanation *explanation, const float *row, uint32_t media, uint32_t n_side, float *heat)
{
  const SenExplanationInfo *info = &explanation->info;
  bool is_there = false;
  for (uint32_t i = 0; i < n_side * n_side; i++)
    heat[i] = 0.0f;
  for (uint32_t i = 0; i < info->n_spans; i++)
    {
      const SenExplanationSpan *span = &info->spans[i];
      if (span->media != media || span->kind != SEN_ATTACHMENT_PICTURE || !(span->x1 > span->x0) || !(span->y1 > span->y0))
        continue;
      is_there = true;
      float width = (span->x1 - span->x0) / span->n_column, height = (span->y1 - span->y0) / span->n_row;
      for (uint32_t j = 0; j < span->n; j++)
        {
          float x = span->x0 + width * (j % span->n_column), y = span->y0 + height * (j / span->n_column);
          spread (row[span->first + j], x, y, x + width, y + height, n_side, heat);
        }
    }
  return is_there;
}

/* --- JSON ----------------------------------------------------------------------------------------------------------------------------- */

/* Numbers to six digits. */
#define NUMBER "%.6g"

static void
append_numbers (GString *json, const float *numbers, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    {
      g_string_append_c (json, i > 0 ? ',' : '[');
      sen_json_append_number (json, NUMBER, (double) numbers[i]);
    }
  g_string_append (json, n > 0 ? "]" : "[]");
}

static void
append_named (GString *json, const char *name, double number)
{
  sen_json_add_number (json, name, NUMBER, number);
}

static void
append_pieces (GString *json, const SenExplanationInfo *info)
{
  g_string_append (json, ",\"tokens\":[");
  for (uint32_t i = 0; i < info->n_pieces; i++)
    {
      const SenPiece *piece = &info->pieces[i];
      sen_json_quote (g_string_append (json, i > 0 ? ",{\"text\":" : "{\"text\":"), piece->text);
      g_string_append_printf (json, ",\"id\":%d,\"kind\":\"%s\"", piece->id, sen_piece_kind_name (piece->kind));
      if (piece->message >= 0)
        g_string_append_printf (json, ",\"message\":%d", piece->message);
      if (piece->kind == SEN_PIECE_TEXT)
        g_string_append_printf (json, ",\"start\":%u,\"end\":%u", piece->start, piece->end);
      if (piece->kind == SEN_PIECE_WORDS && piece->media >= 0)
        g_string_append_printf (json, ",\"media\":%d", piece->media);
      if (piece->span >= 0)
        {
          const SenExplanationSpan *span = &info->spans[piece->span];
          uint32_t place = i - span->first;
          g_string_append_printf (json, ",\"media\":%u,\"row\":%u,\"column\":%u", span->media, place / span->n_column,
                                  place % span->n_column);
          if (span->kind == SEN_ATTACHMENT_SOUND)
            {
              double start, end;
              sen_explanation_span_time (span, place, &start, &end);
              append_named (json, "start_seconds", start);
              append_named (json, "end_seconds", end);
            }
        }
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, ']');
}

static void
append_spans (GString *json, const SenExplanationInfo *info)
{
  g_string_append (json, ",\"media\":[");
  for (uint32_t i = 0; i < info->n_spans; i++)
    {
      const SenExplanationSpan *span = &info->spans[i];
      bool is_picture = span->kind == SEN_ATTACHMENT_PICTURE;
      sen_json_quote (g_string_append (json, i > 0 ? ",{\"name\":" : "{\"name\":"), span->name);
      g_string_append_printf (json, ",\"media\":%u,\"kind\":\"%s\",\"first_token\":%u,\"rows\":%u,\"columns\":%u", span->media,
                              is_picture ? "picture" : "sound", span->first, span->n_row, span->n_column);
      append_named (json, is_picture ? "x0" : "start_seconds", (double) span->x0);
      append_named (json, is_picture ? "x1" : "end_seconds", (double) span->x1);
      if (is_picture)
        {
          append_named (json, "y0", (double) span->y0);
          append_named (json, "y1", (double) span->y1);
        }
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, ']');
}

static void
append_prediction (GString *json, const SenPrediction *prediction, const SenCandidate *candidates)
{
  g_string_append (json, "{\"entropy\":");
  sen_json_append_number (json, NUMBER, (double) prediction->entropy);
  if (prediction->token != SEN_NO_TOKEN)
    {
      append_named (json, "logprob", (double) prediction->logprob);
      g_string_append_printf (json, ",\"id\":%d,\"rank\":%u", prediction->token, prediction->rank);
    }
  g_string_append (json, ",\"top\":[");
  for (uint32_t i = 0; i < prediction->n_alternatives; i++)
    {
      sen_json_quote (g_string_append (json, i > 0 ? ",{\"text\":" : "{\"text\":"), candidates[i].text);
      g_string_append_printf (json, ",\"id\":%d", candidates[i].id);
      append_named (json, "logprob", (double) candidates[i].logprob);
      g_string_append_c (json, '}');
    }
  g_string_append (json, "]}");
}

static void
append_predictions (GString *json, const char *name, const SenPrediction *predictions, const SenCandidate *candidates, uint32_t n,
                    uint32_t k)
{
  g_string_append_printf (json, ",\"%s\":[", name);
  for (uint32_t i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      append_prediction (json, &predictions[i], candidates + (size_t) i * k);
    }
  g_string_append_c (json, ']');
}

static void
append_detail (GString *json, const SenExplanationInfo *info)
{
  g_string_append_printf (json, ",\"detail_query\":%u,\"detail\":[", info->detail_query);
  for (uint32_t layer = 0; layer < info->n_layer; layer++)
    {
      g_string_append (json, layer > 0 ? ",[" : "[");
      for (uint32_t head = 0; head < info->n_head; head++)
        {
          if (head > 0)
            g_string_append_c (json, ',');
          append_numbers (json, info->detail + ((size_t) layer * info->n_head + head) * info->n_pieces, info->n_pieces);
        }
      g_string_append_c (json, ']');
    }
  g_string_append_c (json, ']');
}

static void
append_units (GString *json, const SenExplanationInfo *info)
{
  g_string_append (json, ",\"unit_of\":[");
  for (uint32_t i = 0; i < info->n_pieces; i++)
    g_string_append_printf (json, i > 0 ? ",%d" : "%d", info->unit_of[i]);
  g_string_append_c (json, ']');
  if (info->unit_changes == NULL)
    return;
  append_numbers (g_string_append (json, ",\"unit_changes\":"), info->unit_changes, info->n_units);
  append_named (json, "answer_logprob", (double) info->answer_logprob);
}

static void
append_trust (GString *json, const SenTrust *trust)
{
  const struct {
    const char  *name;
    const float *curve;
  } curves[] = {
    { "deletion", trust->deletion }, { "insertion", trust->insertion }, { "random", trust->chance },
    { "random_spread", trust->chance_spread },
  };
  g_string_append_printf (json, ",\"trust\":{\"units\":%u,\"steps\":%u,\"random_orders\":%u", trust->n_units, trust->n_steps,
                          trust->n_orders);
  append_named (json, "deletion_area", (double) trust->deletion_area);
  append_named (json, "insertion_area", (double) trust->insertion_area);
  append_named (json, "random_area", (double) trust->chance_area);
  append_named (json, "random_area_spread", (double) trust->chance_area_spread);
  append_named (json, "ratio", (double) trust->ratio);
  for (gsize i = 0; i < G_N_ELEMENTS (curves); i++)
    {
      g_string_append_printf (json, ",\"%s\":", curves[i].name);
      append_numbers (json, curves[i].curve, trust->n_steps + 1);
    }
  g_string_append_c (json, '}');
}

static void
append_shares (GString *json, const SenExplanationInfo *info)
{
  const SenHeadShares *shares = info->shares;
  g_string_append_printf (json, ",\"head_shares\":{\"query\":%u,\"id\":%d,\"text\":", info->detail_query, info->share_of.id);
  sen_json_quote (json, info->share_of.text);
  append_named (json, "logit", (double) shares->logit);
  append_named (json, "embedding", (double) shares->embedding);
  append_named (json, "biases", (double) shares->biases);
  append_numbers (g_string_append (json, ",\"feed_forward\":"), shares->feed_forward, shares->n_layer);
  g_string_append (json, ",\"heads\":[");
  for (uint32_t layer = 0; layer < shares->n_layer; layer++)
    append_numbers (layer > 0 ? g_string_append_c (json, ',') : json, shares->heads + (size_t) layer * shares->n_head, shares->n_head);
  g_string_append (json, "]}");
}

static void
append_parameters (GString *json, const SenExplanationInfo *info)
{
  sen_json_quote (g_string_append (json, "{\"model\":"), info->model);
  sen_json_quote (g_string_append (json, ",\"device\":"), info->device);
  g_string_append_printf (json, ",\"method\":\"%s\",\"limits\":", methods[info->method].option);
  sen_json_quote (json, methods[info->method].limits);
  g_string_append_printf (json, ",\"n_layer\":%u,\"n_head\":%u,\"layers\":[", info->n_layer, info->n_head);
  for (uint32_t i = 0; i < info->n_layers; i++)
    g_string_append_printf (json, i > 0 ? ",%u" : "%u", info->layers[i]);
  g_string_append_printf (json, "],\"heads\":%u,\"reduction\":\"%s\",\"without_sink\":%s", info->n_heads, info->is_maximum ? "max" : "mean",
                          info->without_sink ? "true" : "false");
}

char *
sen_explanation_to_json (const SenExplanation *explanation)
{
  const SenExplanationInfo *info = &explanation->info;
  g_autoptr (GString) json = g_string_new (NULL);
  append_parameters (json, info);
  append_pieces (json, info);
  append_spans (json, info);
  g_string_append (json, ",\"queries\":[");
  for (uint32_t i = 0; i < info->n_queries; i++)
    g_string_append_printf (json, i > 0 ? ",%u" : "%u", info->first_query + i);
  g_string_append_c (json, ']');
  if (info->weights != NULL)
    {
      g_string_append (json, ",\"weights\":[");
      for (uint32_t i = 0; i < info->n_queries; i++)
        {
          if (i > 0)
            g_string_append_c (json, ',');
          append_numbers (json, info->weights + (size_t) i * info->n_pieces, info->n_pieces);
        }
      g_string_append_c (json, ']');
    }
  if (info->predictions != NULL)
    append_predictions (json, "predictions", info->predictions, info->candidates, info->n_queries, info->n_candidates);
  if (info->lens != NULL)
    append_predictions (json, "lens", info->lens, info->lens_candidates, info->n_layer, info->n_candidates);
  if (info->detail != NULL)
    append_detail (json, info);
  if (info->shares != NULL)
    append_shares (json, info);
  if (info->unit_of != NULL)
    append_units (json, info);
  if (info->trust != NULL)
    append_trust (json, info->trust);
  return g_string_free (g_string_append_c (g_steal_pointer (&json), '}'), FALSE);
}
