/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain-live.h"

#include <string.h>

#include "sen-attention-summary.h"
#include "sen-error.h"
#include "sen-explain-pieces.h"
#include "sen-head-mask.h"

/* Arrays have room for the whole context from the beginning, which the system gives when it is written to: so they never move, and who
 * reads the front of them need not wait. */
struct SenExplainLive {
  gatomicrefcount n_refs;

  /* Owned; constant but for what is added behind n_pieces */
  SenExplanation *base;            /* of the prompt; owns strings */
  SenMediaPrompt *text;
  SenPart        *parts;           /* of the prompt, and room for the answer's */
  size_t          n_parts;         /* of the prompt */
  SenToken       *written;         /* [n_most] tokens of the answer */
  SenPiece       *pieces;          /* [n_most] */
  SenPrediction  *predictions;     /* [n_most], of the queries from first_query on */
  SenCandidate   *candidates;      /* [n_most][n_candidates] */
  float         **rows;            /* [n_most] likewise, under the lock; NULL: forgotten */
  float          *scratch;         /* [n_most] */
  uint32_t        layers[SEN_EXPLAIN_LIVE_LAYERS], n_layers;
  uint32_t        head_mask[4];
  SenAttentionSummaryParams summary;
  uint32_t        n_embd;          /* of the model */
  uint32_t        n_most;          /* positions of the context, and one */
  uint32_t        n_prompt;        /* pieces of the prompt */
  uint32_t        answer_first;    /* the answer's first piece, in the prompt where it is gone on with */
  int32_t         message;         /* the answer's place among the messages */
  uint32_t        n_bytes;         /* of the answer's own text so far */
  bool            has_begun;

  GMutex   lock;
  uint32_t n_pieces, first_query, n_queries;   /* under the lock */
  uint32_t n_forgotten;                        /* rows at the front; under the lock, as all below */
  uint64_t row_bytes;
  const char *device;
};

static const uint32_t sink = 0;

/* --- Which layers --------------------------------------------------------------------------------------------------------------------- */

static bool
sees_all (const SenModel *model, uint32_t layer)
{
  return layer < sen_model_info (model)->n_layer && !sen_model_layer_is_local (model, layer);
}

uint32_t
sen_explain_live_layers (const SenModel *model, uint32_t layers[SEN_EXPLAIN_LIVE_LAYERS])
{
  uint32_t n_layer = sen_model_info (model)->n_layer, n = MIN (n_layer, SEN_EXPLAIN_LIVE_LAYERS);
  for (uint32_t i = 0; i < n; i++)
    layers[i] = (2 * i + 1) * n_layer / (2 * n);
  /* The nearest that sees all, unless one does. */
  for (uint32_t distance = 0; distance < n_layer / (2 * n); distance++)
    for (uint32_t i = 0; i < n; i++)
      if (sees_all (model, layers[i] - distance) || sees_all (model, layers[i] + distance))
        {
          layers[i] = sees_all (model, layers[i] + distance) ? layers[i] + distance : layers[i] - distance;
          return n;
        }
  return n;
}

/* --- Life ----------------------------------------------------------------------------------------------------------------------------- */

static bool
choose_layers (SenExplainLive *self, const SenModel *model, const SenExplainParams *params, GError **error)
{
  const SenModelInfo *info = sen_model_info (model);
  self->n_layers = params->n_layers > 0 ? MIN (params->n_layers, SEN_EXPLAIN_LIVE_LAYERS) : sen_explain_live_layers (model, self->layers);
  for (uint32_t i = 0; params->n_layers > 0 && i < self->n_layers; i++)
    self->layers[i] = params->layers[i];
  memcpy (self->head_mask, params->head_mask, sizeof self->head_mask);
  self->summary = (SenAttentionSummaryParams) {
    .reduction = params->is_maximum ? SEN_ATTENTION_MAX : SEN_ATTENTION_MEAN, .sinks = &sink, .n_sinks = params->without_sink ? 1 : 0,
  };
  for (uint32_t i = 0; i < self->n_layers; i++)
    if (self->layers[i] >= info->n_layer)
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no layer %u; the model has %u, from 0 on", self->layers[i],
                     info->n_layer);
        return false;
      }
  return sen_head_mask_check (self->head_mask, info->n_head, error);
}

/* The template's beginning of an answer, or the words that it goes on with. */
static void
fill_prompt (SenExplainLive *self, const SenMultimodalPrompt *prompt, SenSession *session, const SenExplainParams *params)
{
  SenModel *model = sen_session_model (session);
  const SenModelInfo *info = sen_model_info (model);
  SenExplanationInfo *base = &self->base->info;
  size_t n_messages;
  const SenChatMessage *messages = sen_multimodal_prompt_messages (prompt, &n_messages);
  bool goes_on = n_messages > 0 && g_str_equal (messages[n_messages - 1].role, "assistant");
  const SenPart *parts = sen_media_prompt_parts (self->text, &self->n_parts);
  sen_explain_fill_pieces (self->base, model, prompt, parts, self->n_parts, self->text);
  base->model = sen_explanation_string (self->base, info->name);
  base->model_path = sen_explanation_string (self->base, info->path);
  base->n_layer = info->n_layer;
  base->n_head = info->n_head;
  base->layers = self->layers;
  base->n_layers = self->n_layers;
  base->n_heads = sen_head_mask_count (self->head_mask, info->n_head);
  base->head = sen_head_mask_only (self->head_mask);
  base->is_maximum = params->is_maximum;
  base->without_sink = params->without_sink;
  base->n_candidates = MIN (params->n_candidates, SEN_EXPLAIN_MAX_CANDIDATES);
  self->n_embd = info->n_embd;
  self->n_prompt = self->n_pieces = base->n_pieces;
  self->message = (int32_t) n_messages - goes_on;
  self->answer_first = self->n_prompt;
  while (self->answer_first > 1 && base->pieces[self->answer_first - 1].message == self->message
         && base->pieces[self->answer_first - 1].kind == SEN_PIECE_TEXT)
    self->answer_first--;
  self->n_bytes = goes_on ? (uint32_t) sen_multimodal_prompt_own_length (prompt, n_messages - 1) : 0;
  self->n_most = MAX (sen_session_info (session)->n_ctx, base->n_pieces) + 1;
  self->parts = g_new (SenPart, self->n_parts + 1);
  memcpy (self->parts, parts, self->n_parts * sizeof *parts);
  self->written = g_new (SenToken, self->n_most);
  self->pieces = g_new (SenPiece, self->n_most);
  memcpy (self->pieces, base->pieces, self->n_prompt * sizeof *base->pieces);
  self->predictions = g_new (SenPrediction, self->n_most);
  self->candidates = g_new0 (SenCandidate, (gsize) self->n_most * MAX (base->n_candidates, 1));
  self->rows = g_new0 (float *, self->n_most);
  self->scratch = g_new (float, self->n_most);
  base->pieces = self->pieces;
  base->candidates = self->candidates;
  if (base->n_candidates > 0)
    base->predictions = self->predictions;
}

SenExplainLive *
sen_explain_live_new (const SenMultimodalPrompt *prompt, SenSession *session, const SenExplainParams *params, GError **error)
{
  g_autoptr (SenExplainLive) self = g_new0 (SenExplainLive, 1);
  g_atomic_ref_count_init (&self->n_refs);
  g_mutex_init (&self->lock);
  self->base = sen_explanation_new ();
  self->device = "";
  if (!choose_layers (self, sen_session_model (session), params, error))
    return NULL;
  self->text = sen_multimodal_prompt_read (prompt, sen_session_model (session), error);
  if (self->text == NULL)
    return NULL;
  fill_prompt (self, prompt, session, params);
  return g_steal_pointer (&self);
}

SenExplainLive *
sen_explain_live_ref (SenExplainLive *self)
{
  g_atomic_ref_count_inc (&self->n_refs);
  return self;
}

void
sen_explain_live_unref (SenExplainLive *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->n_refs))
    return;
  for (uint32_t i = 0; self->rows != NULL && i < self->n_most; i++)
    g_free (self->rows[i]);
  g_clear_pointer (&self->text, sen_media_prompt_free);
  sen_explanation_unref (self->base);
  g_free (self->parts);
  g_free (self->written);
  g_free (self->pieces);
  g_free (self->predictions);
  g_free (self->candidates);
  g_free (self->rows);
  g_free (self->scratch);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* --- Words ---------------------------------------------------------------------------------------------------------------------------- */

/* SentencePiece's space before a text is no part of it. */
static uint32_t
count_space (SenTokenizer *tokenizer, SenToken first, const GString *bytes)
{
  g_autoptr (SenTokenStream) stream = sen_token_stream_new (tokenizer);
  g_autoptr (GString) text = g_string_new (NULL);
  sen_token_stream_push (stream, first, text);
  sen_token_stream_flush (stream, text);
  return bytes->str[0] == ' ' && text->str[0] != ' ' ? 1 : 0;
}

/* Behind the pieces there are; nobody sees it before n_pieces says so. */
static void
write_piece (SenExplainLive *self, SenTokenizer *tokenizer, SenToken id, uint32_t at)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  sen_tokenizer_decode (tokenizer, id, true, bytes);
  uint32_t start = self->n_bytes;
  self->n_bytes += (uint32_t) bytes->len - (at == self->n_prompt ? count_space (tokenizer, id, bytes) : 0);
  self->written[at - self->n_prompt] = id;
  self->pieces[at] = (SenPiece) {
    .id = id, .text = sen_explanation_string (self->base, bytes->str), .kind = SEN_PIECE_TEXT, .message = self->message, .start = start,
    .end = self->n_bytes, .span = -1,
  };
}

/* --- Rows ----------------------------------------------------------------------------------------------------------------------------- */

static void
keep_row (SenExplainLive *self, uint32_t query, float *row)
{
  g_mutex_lock (&self->lock);
  self->rows[query - self->first_query] = row;
  self->row_bytes += (query + 1) * sizeof *row;
  while (self->row_bytes > SEN_EXPLAIN_LIVE_BYTES && self->first_query + self->n_forgotten < query)
    {
      g_clear_pointer (&self->rows[self->n_forgotten], g_free);
      self->row_bytes -= (self->first_query + self->n_forgotten + 1) * sizeof *row;
      self->n_forgotten++;
    }
  g_mutex_unlock (&self->lock);
}

/* Of the step that was just taken; false where it was without taps. */
static bool
take_row (SenExplainLive *self, SenSession *session, uint32_t query)
{
  uint32_t n_cell = sen_session_info (session)->n_ctx, n_head;
  memset (self->scratch, 0, (query + 1) * sizeof *self->scratch);
  for (uint32_t i = 0; i < self->n_layers; i++)
    {
      const float *attention = sen_session_tapped_attention (session, i, &n_head);
      if (attention == NULL)
        return false;
      sen_attention_summary_add (attention, self->n_layers, n_head, n_cell, query + 1, &self->summary, self->scratch);
    }
  sen_attention_summary_end (query + 1, &self->summary, self->scratch);
  keep_row (self, query, g_memdup2 (self->scratch, (query + 1) * sizeof *self->scratch));
  return true;
}

static void
predict (SenExplainLive *self, const SenModel *model, uint32_t query, SenToken token, const float *logits)
{
  SenAlternative alternatives[SEN_EXPLAIN_MAX_CANDIDATES];
  uint32_t k = self->base->info.n_candidates, at = query - self->first_query;
  if (k == 0)
    return;
  self->predictions[at] = sen_prediction (logits, sen_model_info (model)->n_vocab, token, alternatives, k);
  sen_explanation_name (self->base, sen_model_tokenizer (model), alternatives, self->predictions[at].n_alternatives,
                        self->candidates + (size_t) at * k);
}

typedef struct {
  SenExplainLive *live;
  const SenModel *model;
  uint32_t        n_past;
} Behind;

static bool
on_rows (const SenRevisitRows *rows, gpointer data, GError **error)
{
  const Behind *behind = data;
  SenExplainLive *self = behind->live;
  uint32_t n_vocab = sen_model_info (behind->model)->n_vocab;
  for (uint32_t i = 0; i < rows->n; i++)
    {
      uint32_t query = rows->first + i;
      sen_attention_summary (rows->attention, self->n_layers, rows->n_head_tapped, rows->n_key, i, &self->summary, self->scratch);
      keep_row (self, query, g_memdup2 (self->scratch, (query + 1) * sizeof *self->scratch));
      if (rows->logits != NULL && query + 1 < behind->n_past)
        predict (self, behind->model, query, self->pieces[query + 1].id, rows->logits + (size_t) i * n_vocab);
    }
  return true;
}

/* Queries [first, @n_past), which were read without taps. */
static bool
look_behind (SenExplainLive *self, SenSession *session, uint32_t first, uint32_t n_past, bool with_logits, SenCancel *cancel,
             GError **error)
{
  SenTaps taps = { .attention_layers = self->layers, .n_attention_layers = self->n_layers };
  Behind behind = { self, sen_session_model (session), n_past };
  memcpy (taps.head_mask, self->head_mask, sizeof taps.head_mask);
  self->parts[self->n_parts] = (SenPart) { .tokens = self->written, .n = n_past - self->n_prompt };
  return sen_session_revisit (session, self->parts, self->n_parts + (n_past > self->n_prompt ? 1 : 0), first, n_past - first, &taps,
                              with_logits, on_rows, &behind, cancel, error);
}

/* The words that there are, the newest of them with their rows; from now on each step brings its own. */
static bool
begin (SenExplainLive *self, SenSession *session, const SenGeneratedToken *token, uint32_t n_past, SenCancel *cancel, GError **error)
{
  SenTokenizer *tokenizer = sen_model_tokenizer (sen_session_model (session));
  for (uint32_t i = 0; i + 1 < token->n_written; i++)
    write_piece (self, tokenizer, token->written[i], self->n_prompt + i);
  uint32_t first = MAX (self->answer_first - 1, n_past - MIN (n_past, SEN_EXPLAIN_LIVE_BEHIND + 1));
  g_mutex_lock (&self->lock);
  self->first_query = first;
  g_mutex_unlock (&self->lock);

  SenTaps taps = { .attention_layers = self->layers, .n_attention_layers = self->n_layers };
  memcpy (taps.head_mask, self->head_mask, sizeof taps.head_mask);
  self->has_begun = true;
  return look_behind (self, session, first, n_past, first + 1 < n_past && self->base->info.n_candidates > 0, cancel, error)
         && sen_session_set_taps (session, &taps, error);
}

bool
sen_explain_live_add (SenExplainLive *self, SenSession *session, const SenGeneratedToken *token, SenCancel *cancel, GError **error)
{
  const SenModel *model = sen_session_model (session);
  uint32_t n_past = self->n_prompt + token->n_written - 1;
  if (n_past != sen_session_n_past (session) || n_past == 0 || n_past >= self->n_most || (self->has_begun && n_past != self->n_pieces))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "this is not the %uth word of the text that is explained", token->n_written);
      return false;
    }
  uint32_t query = n_past - 1;
  bool is_there = self->has_begun ? take_row (self, session, query) || look_behind (self, session, query, n_past, false, cancel, error)
                                  : begin (self, session, token, n_past, cancel, error);
  if (!is_there)
    return false;
  predict (self, model, query, token->token, sen_session_logits (session));
  write_piece (self, sen_model_tokenizer (model), token->token, n_past);
  const char *device = sen_session_info (session)->device;
  g_mutex_lock (&self->lock);
  if (!g_str_equal (self->device, device))
    self->device = sen_explanation_string (self->base, device);
  self->n_pieces = n_past + 1;
  self->n_queries = n_past - self->first_query;
  g_mutex_unlock (&self->lock);
  return true;
}

void
sen_explain_live_end (SenSession *session)
{
  sen_session_set_taps (session, NULL, NULL);
}

/* --- What is seen of it --------------------------------------------------------------------------------------------------------------- */

static bool
read_row (gpointer source, uint32_t query, float *row)
{
  SenExplainLive *self = source;
  g_mutex_lock (&self->lock);
  const float *kept = self->rows[query - self->first_query];
  if (kept != NULL)
    memcpy (row, kept, (query + 1) * sizeof *row);
  g_mutex_unlock (&self->lock);
  return kept != NULL;
}

static void
free_source (gpointer live)
{
  sen_explain_live_unref (live);
}

SenExplanation *
sen_explain_live_now (SenExplainLive *self)
{
  g_mutex_lock (&self->lock);
  uint32_t n_pieces = self->n_pieces, first_query = self->first_query, n_queries = self->n_queries;
  const char *device = self->device;
  g_mutex_unlock (&self->lock);
  if (n_queries == 0 || n_pieces <= self->n_prompt)
    return NULL;
  SenExplanation *explanation = sen_explanation_new ();
  SenPart *parts = sen_explanation_take (explanation, g_new (SenPart, self->n_parts + 1));
  memcpy (parts, self->parts, self->n_parts * sizeof *parts);
  parts[self->n_parts] = (SenPart) { .tokens = self->written, .n = n_pieces - self->n_prompt };
  explanation->info = self->base->info;
  explanation->info.device = device;
  explanation->info.n_pieces = n_pieces;
  explanation->info.first_query = first_query;
  explanation->info.n_queries = n_queries;
  explanation->parts = parts;
  explanation->n_parts = self->n_parts + 1;
  explanation->n_embd = self->n_embd;
  explanation->read_row = read_row;
  explanation->source = sen_explain_live_ref (self);
  explanation->free_source = free_source;
  return explanation;
}
