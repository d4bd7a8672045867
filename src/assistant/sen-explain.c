/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain.h"

#include <string.h>

#include "sen-attention-summary.h"
#include "sen-error.h"
#include "sen-explain-occlude.h"
#include "sen-explain-pieces.h"
#include "sen-generate.h"
#include "sen-head-mask.h"
#include "sen-lens.h"
#include "sen-media-chat.h"
#include "sen-rollout.h"

/* One explanation in the making. */
typedef struct {
  const SenExplainParams *params;
  SenSession             *session;
  SenModel               *model;
  const SenPart          *parts;
  size_t                  n_parts;
  SenCancel              *cancel;
  SenExplanation         *explanation;
  SenExplanationInfo     *info;        /* its */
  uint32_t               *layers;      /* [n_layers], owned by the explanation */
  float                  *weights, *detail;
  SenPrediction          *predictions;
  SenCandidate           *candidates;
} Work;

static void
tell (const Work *work, const char *stage, double fraction)
{
  if (work->params->progress != NULL)
    work->params->progress (stage, fraction, work->params->user_data);
}

/* --- What is asked -------------------------------------------------------------------------------------------------------------------- */

/* What does not fit into the context at all is told when it is read. */
static bool
check_size (const Work *work, GError **error)
{
  const SenExplanationInfo *info = work->info;
  bool is_every = work->params->message < 0 && work->params->query < 0;
  uint64_t n = (uint64_t) info->n_queries * info->n_pieces, most = is_every ? SEN_EXPLAIN_MAX_EVERY : SEN_EXPLAIN_MAX_WEIGHTS;
  if (n <= most || info->n_pieces > sen_session_info (work->session)->n_ctx)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%u rows of %u weights are more than the %" G_GUINT64_FORMAT " weights that are made at "
               "once; ask about %s", info->n_queries, info->n_pieces, most,
               is_every ? "one token, or the words of one message" : "one token");
  return false;
}

static bool
find_queries (Work *work, GError **error)
{
  const SenExplainParams *params = work->params;
  SenExplanationInfo *info = work->info;
  uint32_t first = 0, end = info->n_pieces;
  if (params->message >= 0)
    {
      for (first = 0; first < info->n_pieces; first++)
        if (info->pieces[first].message == params->message && info->pieces[first].kind == SEN_PIECE_TEXT)
          break;
      for (end = first; end < info->n_pieces && info->pieces[end].message == params->message; end++)
        ;
      if (first == end)
        {
          g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID,
                               "this message has no words that the model reads as they stand; ask about another one");
          return false;
        }
      first = first > 0 ? first - 1 : 0;
    }
  else if (params->method == SEN_EXPLAIN_OCCLUSION || params->with_trust)
    first = end - 1;   /* one answer, not every token's: what comes next */
  if (params->query >= 0)
    {
      if (params->query >= info->n_pieces)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no token %" G_GINT64_FORMAT "; the text has %u, from 0 on",
                       params->query, info->n_pieces);
          return false;
        }
      first = (uint32_t) params->query;
      end = first + 1;
    }
  info->first_query = first;
  info->n_queries = end - first;
  return check_size (work, error);
}

static bool
choose_layers (Work *work, GError **error)
{
  const SenExplainParams *params = work->params;
  SenExplanationInfo *info = work->info;
  const SenModelInfo *model = sen_model_info (work->model);
  info->n_layer = model->n_layer;
  info->n_head = model->n_head;
  info->n_layers = params->n_layers > 0 ? params->n_layers : info->n_layer;
  work->layers = sen_explanation_take (work->explanation, g_new (uint32_t, info->n_layers));
  for (uint32_t i = 0; i < info->n_layers; i++)
    {
      work->layers[i] = params->n_layers > 0 ? params->layers[i] : i;
      if (work->layers[i] < info->n_layer)
        continue;
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no layer %u; the model has %u, from 0 on", work->layers[i],
                   info->n_layer);
      return false;
    }
  info->layers = work->layers;
  if (!sen_head_mask_check (params->head_mask, info->n_head, error))
    return false;
  info->n_heads = sen_head_mask_count (params->head_mask, info->n_head);
  info->head = sen_head_mask_only (params->head_mask);
  return true;
}

/* --- Predictions ---------------------------------------------------------------------------------------------------------------------- */

static SenToken
token_after (const Work *work, uint32_t piece)
{
  return piece + 1 < work->info->n_pieces ? work->info->pieces[piece + 1].id : SEN_NO_TOKEN;
}

static void
name_candidates (Work *work, const SenAlternative *alternatives, uint32_t n, SenCandidate *candidates)
{
  sen_explanation_name (work->explanation, sen_model_tokenizer (work->model), alternatives, n, candidates);
}

static void
predict (Work *work, const SenRevisitRows *rows)
{
  uint32_t k = work->info->n_candidates, n_vocab = sen_model_info (work->model)->n_vocab;
  SenAlternative alternatives[SEN_EXPLAIN_MAX_CANDIDATES];
  for (uint32_t i = 0; i < rows->n; i++)
    {
      uint32_t query = rows->first + i, index = query - work->info->first_query;
      work->predictions[index] = sen_prediction (rows->logits + (size_t) i * n_vocab, n_vocab, token_after (work, query), alternatives, k);
      name_candidates (work, alternatives, work->predictions[index].n_alternatives, work->candidates + (size_t) index * k);
    }
}

/* --- Attention ------------------------------------------------------------------------------------------------------------------------ */

static bool
wants_attention (const Work *work)
{
  return work->info->method == SEN_EXPLAIN_ATTENTION && work->params->weights_of == NULL;
}

static bool
on_rows (const SenRevisitRows *rows, gpointer data, GError **error)
{
  Work *work = data;
  const SenExplanationInfo *info = work->info;
  static const uint32_t sink = 0;
  const SenAttentionSummaryParams summary = {
    .reduction = work->params->is_maximum ? SEN_ATTENTION_MAX : SEN_ATTENTION_MEAN, .sinks = &sink,
    .n_sinks = work->params->without_sink ? 1 : 0,
  };
  for (uint32_t i = 0; wants_attention (work) && i < rows->n; i++)
    sen_attention_summary (rows->attention, info->n_layers, rows->n_head_tapped, rows->n_key, i, &summary,
                           work->weights + (size_t) (rows->first + i - info->first_query) * info->n_pieces);
  if (work->predictions != NULL)
    predict (work, rows);
  tell (work, "Looking", (double) (rows->first + rows->n - info->first_query) / info->n_queries);
  return true;
}

/* Attention of all queries in one go, and what came after them. */
static bool
look (Work *work, GError **error)
{
  const SenExplanationInfo *info = work->info;
  bool with_attention = wants_attention (work);
  SenTaps taps = {
    .attention_layers = work->layers, .n_attention_layers = with_attention ? info->n_layers : 0,
  };
  memcpy (taps.head_mask, work->params->head_mask, sizeof taps.head_mask);
  if (!with_attention && work->predictions == NULL)
    return true;
  return sen_session_revisit (work->session, work->parts, work->n_parts, info->first_query, info->n_queries, &taps,
                              work->predictions != NULL, on_rows, work, work->cancel, error);
}

static void
on_layer (uint32_t n_done, uint32_t n_total, gpointer data)
{
  tell (data, "Looking", (double) n_done / n_total);
}

static bool
roll_out (Work *work, GError **error)
{
  g_autofree uint32_t *targets = g_new (uint32_t, work->info->n_queries);
  for (uint32_t i = 0; i < work->info->n_queries; i++)
    targets[i] = work->info->first_query + i;
  const SenRolloutParams rollout = { .targets = targets, .n_targets = work->info->n_queries, .progress = on_layer, .user_data = work };
  return sen_rollout (work->session, work->parts, work->n_parts, &rollout, work->weights, work->cancel, error);
}

/* --- One query closely ---------------------------------------------------------------------------------------------------------------- */

static bool
on_detail (const SenRevisitRows *rows, gpointer data, GError **error)
{
  Work *work = data;
  const SenExplanationInfo *info = work->info;
  for (uint32_t layer = 0; layer < info->n_layer; layer++)
    for (uint32_t head = 0; head < info->n_head; head++)
      memcpy (work->detail + ((size_t) layer * info->n_head + head) * info->n_pieces, rows->attention[layer] + (size_t) head * rows->n_key,
              info->n_pieces * sizeof (float));
  return true;
}

static bool
look_closely (Work *work, GError **error)
{
  SenExplanationInfo *info = work->info;
  g_autofree uint32_t *every = g_new (uint32_t, info->n_layer);
  for (uint32_t i = 0; i < info->n_layer; i++)
    every[i] = i;
  const SenTaps taps = { .attention_layers = every, .n_attention_layers = info->n_layer };
  work->detail = sen_explanation_take (work->explanation, g_new (float, (gsize) info->n_layer * info->n_head * info->n_pieces));
  info->detail = work->detail;
  return sen_session_revisit (work->session, work->parts, work->n_parts, info->detail_query, 1, &taps, false, on_detail, work,
                              work->cancel, error);
}

static bool
read_lens (Work *work, GError **error)
{
  SenExplanationInfo *info = work->info;
  g_auto (SenLens) lens = { 0 };
  if (info->n_candidates == 0)
    info->n_candidates = 5;
  uint32_t k = info->n_candidates;
  if (!sen_lens_read (&lens, work->session, work->parts, work->n_parts, info->detail_query, token_after (work, info->detail_query), k,
                      work->cancel, error))
    return false;
  info->lens = sen_explanation_take (work->explanation, g_memdup2 (lens.predictions, lens.n_layer * sizeof *lens.predictions));
  SenCandidate *candidates = sen_explanation_take (work->explanation, g_new0 (SenCandidate, (gsize) lens.n_layer * k));
  for (uint32_t i = 0; i < lens.n_layer; i++)
    name_candidates (work, lens.alternatives + (size_t) i * k, lens.predictions[i].n_alternatives, candidates + (size_t) i * k);
  info->lens_candidates = candidates;
  return true;
}

/* --- What changes the answer ---------------------------------------------------------------------------------------------------------- */

static SenExplainOcclude
occlusion_of (Work *work)
{
  const SenExplainParams *params = work->params;
  return (SenExplainOcclude) {
    .explanation = work->explanation, .session = work->session, .parts = work->parts, .n_parts = work->n_parts, .grain = params->grain,
    .is_message = params->message >= 0 && params->query < 0, .progress = params->progress, .user_data = params->user_data,
  };
}

static bool
leave_out (Work *work, GError **error)
{
  const SenExplainOcclude what = occlusion_of (work);
  return sen_explain_occlude (&what, work->weights, work->cancel, error);
}

static bool
measure_trust (Work *work, GError **error)
{
  const SenExplainOcclude what = occlusion_of (work);
  const SenTrustParams trust = {
    .n_steps = work->params->trust_steps, .n_orders = work->params->trust_orders, .seed = work->params->trust_seed,
  };
  if (work->weights != NULL)
    return sen_explain_trust (&what, &trust, work->cancel, error);
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "the lens weighs no words, so there is nothing to measure trust in");
  return false;
}

static bool
is_same_question (const Work *work, const SenExplanationInfo *from)
{
  const SenExplanationInfo *info = work->info;
  if (from->weights == NULL || from->method != info->method || from->n_pieces != info->n_pieces || from->first_query != info->first_query
      || from->n_queries != info->n_queries)
    return false;
  g_autofree int32_t *unit_of = g_new (int32_t, info->n_pieces);
  return from->unit_changes == NULL
         || from->n_units == sen_explain_units (info, info->first_query + 1, work->params->grain, unit_of);
}

/* The same question was asked before: those are the weights, and what it knew of what is left out. */
static bool
take_weights (Work *work, GError **error)
{
  const SenExplanationInfo *from = sen_explanation_info (work->params->weights_of);
  SenExplanationInfo *info = work->info;
  if (!is_same_question (work, from))
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID,
                           "these weights are the answer to another question than this one; look again");
      return false;
    }
  memcpy (work->weights, from->weights, (size_t) info->n_queries * info->n_pieces * sizeof (float));
  if (from->unit_changes == NULL)
    return true;
  info->unit_changes = sen_explanation_take (work->explanation, g_memdup2 (from->unit_changes, from->n_units * sizeof (float)));
  info->n_units = from->n_units;
  info->answer_logprob = from->answer_logprob;
  return true;
}

/* --- Shares of heads ------------------------------------------------------------------------------------------------------------------ */

static bool
choose_share_token (Work *work, SenToken *token, GError **error)
{
  const SenExplanationInfo *info = work->info;
  SenAlternative likeliest;
  *token = work->params->share_token != SEN_NO_TOKEN ? work->params->share_token : token_after (work, info->detail_query);
  if (*token != SEN_NO_TOKEN)
    return true;
  if (info->detail_query + 1 < info->n_pieces)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID,
                           "what follows is a picture or a recording and no word that heads write; name a token");
      return false;
    }
  sen_top_logprobs (sen_session_logits (work->session), sen_model_info (work->model)->n_vocab, &likeliest, 1);
  *token = likeliest.token;
  return true;
}

static bool
share_out (Work *work, GError **error)
{
  SenExplanationInfo *info = work->info;
  SenToken token;
  g_autoptr (GString) text = g_string_new (NULL);
  SenHeadShares shares;
  if (!choose_share_token (work, &token, error)
      || !sen_head_shares_read (&shares, work->session, work->parts, work->n_parts, info->detail_query, token, work->cancel, error))
    return false;
  sen_explanation_take (work->explanation, shares.heads);
  sen_explanation_take (work->explanation, shares.feed_forward);
  info->shares = sen_explanation_take (work->explanation, g_memdup2 (&shares, sizeof shares));
  sen_tokenizer_decode (sen_model_tokenizer (work->model), token, true, text);
  info->share_of = (SenCandidate) { .id = token, .text = sen_explanation_string (work->explanation, text->str) };
  return true;
}

/* --- All of it ------------------------------------------------------------------------------------------------------------------------ */

static void
reserve (Work *work)
{
  SenExplanationInfo *info = work->info;
  const SenExplainParams *params = work->params;
  info->n_candidates = MIN (params->n_candidates, SEN_EXPLAIN_MAX_CANDIDATES);
  if (params->method != SEN_EXPLAIN_LENS)
    {
      work->weights = sen_explanation_take (work->explanation, g_new0 (float, (gsize) info->n_queries * info->n_pieces));
      info->weights = work->weights;
    }
  if (info->n_candidates > 0)
    {
      work->predictions = sen_explanation_take (work->explanation, g_new0 (SenPrediction, info->n_queries));
      work->candidates = sen_explanation_take (work->explanation, g_new0 (SenCandidate, (gsize) info->n_queries * info->n_candidates));
      info->predictions = work->predictions;
      info->candidates = work->candidates;
    }
}

/* What is wrong with the question is said before anything is read. */
static bool
understand (Work *work, GError **error)
{
  const SenExplainParams *params = work->params;
  SenExplanationInfo *info = work->info;
  info->method = params->method;
  info->is_maximum = params->is_maximum;
  info->without_sink = params->without_sink;
  info->model = sen_explanation_string (work->explanation, sen_model_info (work->model)->name);
  info->model_path = sen_explanation_string (work->explanation, sen_model_info (work->model)->path);
  info->device = sen_explanation_string (work->explanation, sen_session_info (work->session)->device);
  if (info->n_pieces == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no text to look at; give some");
      return false;
    }
  if (!choose_layers (work, error) || !find_queries (work, error))
    return false;
  /* What chose a message's first word says most about the message; of a bare text it is the end that is open. */
  info->detail_query = params->message >= 0 ? info->first_query : info->first_query + info->n_queries - 1;
  return true;
}

static bool
weigh (Work *work, GError **error)
{
  if (work->params->weights_of != NULL)
    return take_weights (work, error);
  return (work->params->method != SEN_EXPLAIN_OCCLUSION || leave_out (work, error))
         && (work->params->method != SEN_EXPLAIN_ROLLOUT || roll_out (work, error));
}

static bool
explain (Work *work, GError **error)
{
  const SenExplainParams *params = work->params;
  reserve (work);
  return weigh (work, error)
         && look (work, error)
         && (!params->with_detail || look_closely (work, error))
         && ((!params->with_lens && params->method != SEN_EXPLAIN_LENS) || read_lens (work, error))
         && (!params->with_shares || share_out (work, error))
         && (!params->with_trust || measure_trust (work, error));
}

static void
on_prefill (uint32_t n_done, uint32_t n_total, gpointer data)
{
  tell (data, "Reading", (double) n_done / n_total);
}

/* What the session has read is looked at where it stands, and what follows it there stays; but what would come next is for the session
 * to say. */
static bool
read_parts (Work *work, GError **error)
{
  const SenExplainParams *params = work->params;
  bool is_open = params->message < 0 || params->query + 1 == (int64_t) work->info->n_pieces;
  bool wants_next = is_open && (params->method == SEN_EXPLAIN_OCCLUSION || params->with_trust);
  wants_next = wants_next || (params->with_shares && work->info->detail_query + 1 == work->info->n_pieces);
  return (!wants_next && sen_session_holds (work->session, work->parts, work->n_parts))
         || sen_session_sync (work->session, work->parts, work->n_parts, on_prefill, work, work->cancel, error);
}

static void
free_text (gpointer text)
{
  sen_media_prompt_free (text);
}

static void
unref_source (gpointer explanation)
{
  sen_explanation_unref (explanation);
}

static SenExplanation *
read_and_explain (const SenMultimodalPrompt *prompt, SenMediaPrompt *text, SenSession *session, const SenExplainParams *params,
                  SenCancel *cancel, GError **error)
{
  g_autoptr (SenExplanation) explanation = sen_explanation_new ();
  Work work = {
    .params = params, .session = session, .model = sen_session_model (session), .cancel = cancel, .explanation = explanation,
    .info = &explanation->info,
  };
  explanation->source = text;
  explanation->free_source = free_text;
  explanation->n_embd = sen_model_info (work.model)->n_embd;
  explanation->parts = work.parts = sen_media_prompt_parts (text, &work.n_parts);
  explanation->n_parts = work.n_parts;
  sen_explain_fill_pieces (explanation, work.model, prompt, work.parts, work.n_parts, text);
  bool ok = sen_media_prompt_check_room (text, sen_session_info (session)->n_ctx, error) && understand (&work, error)
            && read_parts (&work, error) && explain (&work, error);
  return ok ? g_steal_pointer (&explanation) : NULL;
}

SenExplanation *
sen_explain_more (SenExplanation *of, SenSession *session, const SenExplainParams *params, SenCancel *cancel, GError **error)
{
  const SenModelInfo *model = sen_model_info (sen_session_model (session));
  if (of->parts == NULL || model->n_embd != of->n_embd || g_strcmp0 (model->path, of->info.model_path) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s read this text and now %s is loaded; look again", of->info.model, model->name);
      return NULL;
    }
  g_autoptr (SenExplanation) explanation = sen_explanation_new ();
  Work work = {
    .params = params, .session = session, .model = sen_session_model (session), .cancel = cancel, .explanation = explanation,
    .info = &explanation->info, .parts = of->parts, .n_parts = of->n_parts,
  };
  explanation->source = sen_explanation_ref (of);
  explanation->free_source = unref_source;
  explanation->n_embd = of->n_embd;
  explanation->parts = of->parts;
  explanation->n_parts = of->n_parts;
  work.info->pieces = of->info.pieces;
  work.info->n_pieces = of->info.n_pieces;
  work.info->spans = of->info.spans;
  work.info->n_spans = of->info.n_spans;
  return understand (&work, error) && read_parts (&work, error) && explain (&work, error) ? g_steal_pointer (&explanation) : NULL;
}

SenExplanation *
sen_explain (const SenMultimodalPrompt *prompt, SenSession *session, const SenExplainParams *params, SenCancel *cancel, GError **error)
{
  SenMediaPrompt *text = sen_multimodal_prompt_read (prompt, sen_session_model (session), error);
  return text != NULL ? read_and_explain (prompt, text, session, params, cancel, error) : NULL;
}

SenExplanation *
sen_explain_text (const char *text, SenSession *session, const SenExplainParams *params, SenCancel *cancel, GError **error)
{
  const char *const texts[] = { text, NULL };
  g_autofree char *mark = sen_media_chat_mark (texts);
  const SenMediaText plain = { .text = text, .length = -1, .mark = mark, .add_special = true };
  SenMediaPrompt *parts = sen_media_prompt_new (sen_model_tokenizer (sen_session_model (session)), &plain, NULL, 0, error);
  return parts != NULL ? read_and_explain (NULL, parts, session, params, cancel, error) : NULL;
}
