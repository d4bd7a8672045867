/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-generate.h"

#include "sen-error.h"
#include "sen-sampler-private.h"

#define MAX_ALTERNATIVES 20

/* --- Stop strings ---------------------------------------------------------------------------------------------------- */

/* Text on its way out. What might be the beginning of a stop string waits until it is clear. */
typedef struct {
  const char *const *stop_strings;
  GString           *held;
} StopFilter;

/* Length of the longest end of @text that begins a stop string. */
static size_t
count_possible_stop (const StopFilter *filter, const GString *text)
{
  size_t longest = 0;
  for (const char *const *stop = filter->stop_strings; stop != NULL && *stop != NULL; stop++)
    {
      size_t stop_length = strlen (*stop);
      for (size_t n = MIN (stop_length, text->len); n > longest; n--)
        if (memcmp (text->str + text->len - n, *stop, n) == 0)
          {
            longest = n;
            break;
          }
    }
  return longest;
}

/* Moves what may be shown from filter->held to @out. True when a stop string is complete; @out then ends before it. */
static bool
filter_stop (StopFilter *filter, GString *out)
{
  const char *found = NULL;
  for (const char *const *stop = filter->stop_strings; stop != NULL && *stop != NULL; stop++)
    {
      const char *here = **stop != '\0' ? strstr (filter->held->str, *stop) : NULL;
      if (here != NULL && (found == NULL || here < found))
        found = here;
    }
  if (found != NULL)
    {
      g_string_append_len (out, filter->held->str, found - filter->held->str);
      g_string_truncate (filter->held, 0);
      return true;
    }
  size_t n_out = filter->held->len - count_possible_stop (filter, filter->held);
  g_string_append_len (out, filter->held->str, (gssize) n_out);
  g_string_erase (filter->held, 0, (gssize) n_out);
  return false;
}

/* --- Reading, whatever happens to the device ---------------------------------------------------------------------------- */

/* After a failure of a step: true when the session has another device now and the step can be done again. */
static bool
survives (SenSession *session, const SenGenerateParams *params, GError **error)
{
  if (params->on_device_lost == NULL || !g_error_matches (*error, SEN_ERROR, SEN_ERROR_DEVICE_LOST))
    return false;
  g_clear_error (error);
  return params->on_device_lost (session, params->user_data, error);
}

/* As sen_session_sync(); @error must not be NULL. */
static bool
sync_surviving (SenSession *session, const SenPart *parts, size_t n_parts, const SenGenerateParams *params, GError **error)
{
  while (!sen_session_sync (session, parts, n_parts, params->on_prefill, params->user_data, params->cancel, error))
    if (!survives (session, params, error))
      return false;
  return true;
}

/* --- Generation -------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenSession              *session;
  const SenPart           *parts;
  size_t                   n_parts;
  const SenGenerateParams *params;
  SenSampler              *sampler;
  SenTokenStream          *stream;
  StopFilter               filter;
  GString                 *text;      /* what the current token completed */
  GArray                  *recent;    /* SenToken, newest last, for penalties: the prompt's, then ours */
  guint                    n_prompt;  /* of these */
} Generation;

static bool
report_token (Generation *g, SenToken token, float logprob, const SenAlternative *alternatives, uint32_t n_alternatives)
{
  const SenGeneratedToken generated = {
    .token = token,
    .logprob = logprob,
    .alternatives = alternatives,
    .n_alternatives = n_alternatives,
    .written = (const SenToken *) g->recent->data + g->n_prompt,
    .n_written = g->recent->len - g->n_prompt,
    .text = g->text->str,
  };
  return g->params->on_token == NULL || g->params->on_token (&generated, g->params->user_data);
}

/* Text that was held back when generation ended without a stop string; the bytes of half a character may complete one now. */
static bool
flush_text (Generation *g)
{
  g_string_truncate (g->text, 0);
  sen_token_stream_flush (g->stream, g->filter.held);
  bool stopped = filter_stop (&g->filter, g->text);
  g_string_append_len (g->text, g->filter.held->str, (gssize) g->filter.held->len);
  if (g->text->len > 0)
    report_token (g, SEN_NO_TOKEN, 0.0f, NULL, 0);
  return stopped;
}

/* Reads the newest token; after the loss of a device, the prompt and all that was written too. */
static bool
read_newest (Generation *g, GError **error)
{
  const SenToken *tokens = (const SenToken *) g->recent->data;
  if (sen_session_append (g->session, tokens[g->recent->len - 1], g->params->cancel, error))
    return true;
  if (!survives (g->session, g->params, error))
    return false;

  g_autofree SenPart *parts = g_new (SenPart, g->n_parts + 1);
  memcpy (parts, g->parts, g->n_parts * sizeof *parts);
  parts[g->n_parts] = (SenPart) { .tokens = tokens + g->n_prompt, .n = g->recent->len - g->n_prompt };
  return sync_surviving (g->session, parts, g->n_parts + 1, g->params, error);
}

/* Chooses, reports and reads tokens until something stops it. */
static bool
decode (Generation *g, SenGenerateStats *stats, GError **error)
{
  const SenGenerateParams *params = g->params;
  SenModel *model = sen_session_model (g->session);
  uint32_t n_vocab = sen_model_info (model)->n_vocab;
  uint32_t n_alternatives = MIN (params->n_alternatives, MAX_ALTERNATIVES);
  SenAlternative alternatives[MAX_ALTERNATIVES];

  for (;;)
    {
      if (sen_cancel_requested (params->cancel))
        {
          stats->stop_reason = SEN_STOP_CANCELLED;
          return true;
        }
      const float *logits = sen_session_logits (g->session);
      SenToken token = sen_sampler_choose (g->sampler, logits, (const SenToken *) g->recent->data, g->recent->len);
      if (sen_tokenizer_ends_generation (sen_model_tokenizer (model), token))
        {
          stats->stop_reason = SEN_STOP_END;
          return true;
        }
      stats->n_generated_tokens++;
      g_array_append_val (g->recent, token);

      float logprob = 0.0f;
      uint32_t n_top = 0;
      if (n_alternatives > 0)
        {
          n_top = sen_top_logprobs (logits, n_vocab, alternatives, n_alternatives);
          logprob = sen_logprob (logits, n_vocab, token);
        }
      sen_token_stream_push (g->stream, token, g->filter.held);
      g_string_truncate (g->text, 0);
      bool stopped = filter_stop (&g->filter, g->text);
      bool wanted = report_token (g, token, logprob, alternatives, n_top);
      if (stopped || !wanted)
        {
          stats->stop_reason = stopped ? SEN_STOP_STRING : SEN_STOP_CANCELLED;
          return true;
        }
      if (params->max_tokens > 0 && stats->n_generated_tokens >= params->max_tokens)
        {
          stats->stop_reason = SEN_STOP_LENGTH;
          return true;
        }

      g_autoptr (GError) local_error = NULL;
      if (!read_newest (g, &local_error))
        {
          if (g_error_matches (local_error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL))
            stats->stop_reason = SEN_STOP_CONTEXT;
          else if (g_error_matches (local_error, SEN_ERROR, SEN_ERROR_CANCELLED))
            stats->stop_reason = SEN_STOP_CANCELLED;
          else
            {
              g_propagate_error (error, g_steal_pointer (&local_error));
              return false;
            }
          return true;
        }
    }
}

static void
remember_prompt (GArray *recent, const SenPart *parts, size_t n_parts)
{
  for (size_t i = 0; i < n_parts; i++)
    if (parts[i].tokens != NULL)
      g_array_append_vals (recent, parts[i].tokens, parts[i].n);
}

/* Reads the prompt. Cancelling here is no error either: *@cancelled. */
static bool
read_prompt (SenSession *session, const SenPart *parts, size_t n_parts, const SenGenerateParams *params,
             SenGenerateStats *stats, bool *cancelled, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  for (size_t i = 0; i < n_parts; i++)
    stats->n_prompt_tokens += parts[i].n;

  gint64 start = g_get_monotonic_time ();
  bool ok = sync_surviving (session, parts, n_parts, params, &local_error);
  stats->prefill_seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  stats->n_reused_tokens = stats->n_prompt_tokens - MIN (stats->n_prompt_tokens, sen_session_n_read (session));

  *cancelled = g_error_matches (local_error, SEN_ERROR, SEN_ERROR_CANCELLED);
  if (ok || *cancelled)
    return true;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return false;
}

bool
sen_generate (SenSession *session, const SenPart *parts, size_t n_parts, const SenGenerateParams *params,
              SenGenerateStats *stats, GError **error)
{
  SenModel *model = sen_session_model (session);
  bool cancelled = false;
  *stats = (SenGenerateStats) { 0 };
  if (!read_prompt (session, parts, n_parts, params, stats, &cancelled, error))
    return false;
  if (cancelled)
    {
      stats->stop_reason = SEN_STOP_CANCELLED;
      return true;
    }

  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) held = g_string_new (NULL);
  g_autoptr (GArray) recent = g_array_new (FALSE, FALSE, sizeof (SenToken));
  g_autoptr (SenSampler) sampler = sen_sampler_new (&params->sampling, sen_model_info (model)->n_vocab);
  g_autoptr (SenTokenStream) stream = sen_token_stream_new (sen_model_tokenizer (model));
  remember_prompt (recent, parts, n_parts);

  Generation generation = {
    .session = session,
    .parts = parts,
    .n_parts = n_parts,
    .params = params,
    .sampler = sampler,
    .stream = stream,
    .filter = { .stop_strings = params->stop_strings, .held = held },
    .text = text,
    .recent = recent,
    .n_prompt = recent->len,
  };
  gint64 start = g_get_monotonic_time ();
  bool ok = decode (&generation, stats, error);
  stats->decode_seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  if (stats->stop_reason != SEN_STOP_STRING && flush_text (&generation))
    stats->stop_reason = SEN_STOP_STRING;
  return ok;
}

/* What people wrote is shielded before the template sees it: nobody's words end a turn. An answer at the end is to be gone on
 * with, so it follows the template's beginning of one. */
char *
sen_render_chat (SenModel *model, const SenChatMessage *messages, size_t n_messages, GError **error)
{
  g_autofree SenChatMessage *shielded = g_new (SenChatMessage, n_messages);
  bool goes_on = n_messages > 0 && g_str_equal (messages[n_messages - 1].role, "assistant");
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func (g_free);
  for (size_t i = 0; i < n_messages; i++)
    {
      char *content = sen_tokenizer_shield (sen_model_tokenizer (model), messages[i].content);
      g_ptr_array_add (contents, content);
      shielded[i] = (SenChatMessage) { .role = messages[i].role, .content = content };
    }
  char *prompt = sen_chat_template_render (sen_model_chat_template (model), shielded, n_messages - goes_on, true, NULL, error);
  if (prompt == NULL || !goes_on)
    return prompt;
  g_autofree char *before = prompt;
  return g_strconcat (before, shielded[n_messages - 1].content, NULL);
}

static GArray *
tokenize_chat (SenModel *model, const SenChatMessage *messages, size_t n_messages, GError **error)
{
  g_autofree char *prompt = sen_render_chat (model, messages, n_messages, error);
  if (prompt == NULL)
    return NULL;
  SenTokenizer *tokenizer = sen_model_tokenizer (model);
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode_shielded (tokenizer, prompt, true, tokens);

  /* Many templates write the BOS token themselves; adding ours would double it. */
  SenToken bos = sen_tokenizer_bos (tokenizer);
  const SenToken *ids = (const SenToken *) tokens->data;
  if (bos != SEN_NO_TOKEN && tokens->len > 1 && ids[0] == bos && ids[1] == bos)
    g_array_remove_index (tokens, 0);
  return tokens;
}

bool
sen_generate_chat (SenSession *session, const SenChatMessage *messages, size_t n_messages, const SenGenerateParams *params,
                   SenGenerateStats *stats, GError **error)
{
  g_autoptr (GArray) tokens = tokenize_chat (sen_session_model (session), messages, n_messages, error);
  if (tokens == NULL)
    return false;
  const SenPart part = { .tokens = (const SenToken *) tokens->data, .n = tokens->len };
  return sen_generate (session, &part, 1, params, stats, error);
}

uint32_t
sen_count_chat_tokens (SenModel *model, const SenChatMessage *messages, size_t n_messages, GError **error)
{
  g_autoptr (GArray) tokens = tokenize_chat (model, messages, n_messages, error);
  return tokens != NULL ? tokens->len : 0;
}
