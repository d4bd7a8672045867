/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Greedy and beam search at temperature 0, tries by chance above it, with the rules of timestamps: what CTranslate2 and
 * faster-whisper do, in their order, so that equal logits give equal texts. */
#include "sen-transcribe-private.h"

#include <math.h>
#include <string.h>

#define MAX_INITIAL_TIME 50   /* in steps of SEN_WHISPER_TIME_PRECISION: the first timestamp is at most 1 s */
#define MAX_COMPRESSION_RATIO 2.4f

typedef struct {
  GArray  *tokens;             /* SenToken */
  float    score;              /* sum of log-probabilities */
  uint32_t row;                /* of the step before */
  bool     is_done;
} Text;

typedef struct {
  float    score;
  SenToken token;
  uint32_t text;               /* of the texts before */
} Candidate;

typedef struct {
  SenWhisperSession      *session;
  const SenWhisperInfo   *info;
  const SenWhisperSearch *search;
  SenCancel              *cancel;
  SenToken                space;        /* " ", which begins no text */
  uint32_t                max_tokens;
  float                  *logits;       /* [rows][n_vocab] */
  uint64_t                random;
} Writer;

static void
clear_text (gpointer text)
{
  g_clear_pointer (&((Text *) text)->tokens, g_array_unref);
}

static GArray *
texts_new (void)
{
  GArray *texts = g_array_new (FALSE, TRUE, sizeof (Text));
  g_array_set_clear_func (texts, clear_text);
  return texts;
}

static Text *
text_at (GArray *texts, uint32_t index)
{
  return &g_array_index (texts, Text, index);
}

static GArray *
copy_tokens (const GArray *tokens, SenToken next, bool has_next)
{
  GArray *copy = g_array_sized_new (FALSE, FALSE, sizeof (SenToken), tokens->len + 1);
  g_array_append_vals (copy, tokens->data, tokens->len);
  if (has_next)
    g_array_append_val (copy, next);
  return copy;
}

void
sen_whisper_result_clear (SenWhisperResult *result)
{
  g_clear_pointer (&result->tokens, g_array_unref);
}

/* --- Rules ---------------------------------------------------------------------------------------------------------------------------- */

static void
forbid (float *logits, uint32_t first, uint32_t end)
{
  for (uint32_t i = first; i < end; i++)
    logits[i] = -INFINITY;
}

/* True when all timestamps together are likelier than any single word. */
static bool
is_time (const SenWhisperInfo *info, const float *logits)
{
  float word = -INFINITY, highest = -INFINITY, sum = 0.0f;
  for (uint32_t i = 0; i < (uint32_t) info->first_time; i++)
    word = MAX (word, logits[i]);
  for (uint32_t i = (uint32_t) info->first_time; i < info->n_vocab; i++)
    highest = MAX (highest, logits[i]);
  if (highest == -INFINITY)
    return false;
  for (uint32_t i = (uint32_t) info->first_time; i < info->n_vocab; i++)
    sum += expf (logits[i] - highest);
  return highest + logf (sum) > word;
}

void
sen_whisper_apply_rules (const SenWhisperInfo *info, const GArray *suppressed, SenToken space, const SenToken *tokens, uint32_t n,
                         float *logits)
{
  uint32_t first_time = (uint32_t) info->first_time, n_vocab = info->n_vocab;
  for (guint i = 0; i < suppressed->len; i++)
    logits[g_array_index (suppressed, SenToken, i)] = -INFINITY;
  logits[info->no_timestamps] = -INFINITY;
  if (n == 0)
    {
      /* A text begins with a time, and soon. */
      if (space != SEN_NO_TOKEN)
        logits[space] = -INFINITY;
      forbid (logits, 0, first_time);
      forbid (logits, MIN (first_time + MAX_INITIAL_TIME + 1, n_vocab), n_vocab);
      return;
    }

  SenToken last = tokens[n - 1];
  if (last >= info->first_time)
    {
      SenToken before = n > 1 ? tokens[n - 2] : last;
      if (before >= info->first_time)
        {
          /* After two times come words. */
          forbid (logits, first_time, n_vocab);
          return;
        }
      /* After words and a time comes another, or the end. */
      forbid (logits, 0, (uint32_t) info->end);
      forbid (logits, first_time, (uint32_t) last);
    }
  else
    for (uint32_t i = n; i-- > 0;)
      if (tokens[i] >= info->first_time)
        {
          /* Time goes forward. */
          forbid (logits, first_time, (uint32_t) tokens[i] + 1);
          break;
        }
  if (is_time (info, logits))
    forbid (logits, 0, first_time);
}

/* logits become log-probabilities. */
static void
log_softmax (float *logits, uint32_t n)
{
  float highest = -INFINITY, sum = 0.0f;
  for (uint32_t i = 0; i < n; i++)
    highest = MAX (highest, logits[i]);
  for (uint32_t i = 0; i < n; i++)
    if (logits[i] > -INFINITY)
      sum += expf (logits[i] - highest);
  float shift = highest + logf (sum);
  for (uint32_t i = 0; i < n; i++)
    logits[i] -= shift;
}

static float
softmax_at (const float *logits, uint32_t n, SenToken token)
{
  float highest = -INFINITY, sum = 0.0f;
  for (uint32_t i = 0; i < n; i++)
    highest = MAX (highest, logits[i]);
  for (uint32_t i = 0; i < n; i++)
    sum += expf (logits[i] - highest);
  return expf (logits[token] - highest) / sum;
}

/* --- Choosing ------------------------------------------------------------------------------------------------------------------------- */

/* Offers a candidate to the best @n_max, best first. */
static void
offer (Candidate *best, uint32_t *n, uint32_t n_max, Candidate candidate)
{
  if (*n == n_max && candidate.score <= best[*n - 1].score)
    return;
  uint32_t at = *n < n_max ? (*n)++ : *n - 1;
  while (at > 0 && best[at - 1].score < candidate.score)
    {
      best[at] = best[at - 1];
      at--;
    }
  best[at] = candidate;
}

/* xorshift64*, so that the same sound gives the same text. */
static float
draw (Writer *w)
{
  w->random ^= w->random >> 12;
  w->random ^= w->random << 25;
  w->random ^= w->random >> 27;
  return (float) (w->random * 0x2545f4914f6cdd1dull >> 40) / 16777216.0f;
}

static SenToken
choose_by_chance (Writer *w, const float *logprobs, float temperature)
{
  float highest = -INFINITY;
  double sum = 0.0;
  for (uint32_t i = 0; i < w->info->n_vocab; i++)
    highest = MAX (highest, logprobs[i]);
  for (uint32_t i = 0; i < w->info->n_vocab; i++)
    if (logprobs[i] > -INFINITY)
      sum += expf ((logprobs[i] - highest) / temperature);
  double rest = draw (w) * sum;
  SenToken last = w->info->end;
  for (uint32_t i = 0; i < w->info->n_vocab; i++)
    if (logprobs[i] > -INFINITY)
      {
        last = (SenToken) i;
        rest -= expf ((logprobs[i] - highest) / temperature);
        if (rest < 0.0)
          break;
      }
  return last;
}

static SenToken
choose_best (const Writer *w, const float *logprobs)
{
  uint32_t best = 0;
  for (uint32_t i = 1; i < w->info->n_vocab; i++)
    if (logprobs[i] > logprobs[best])
      best = i;
  return (SenToken) best;
}

static float *
row_of (const Writer *w, uint32_t row)
{
  return w->logits + (gsize) row * w->info->n_vocab;
}

static void
rule_row (const Writer *w, const GArray *tokens, float *logits)
{
  sen_whisper_apply_rules (w->info, w->search->suppressed, w->space, (const SenToken *) tokens->data, tokens->len, logits);
  log_softmax (logits, w->info->n_vocab);
}

/* --- Greedy, and by chance ------------------------------------------------------------------------------------------------------------ */

/* @n_text texts at @temperature. The logits of the first row are those after the prompt. */
static bool
write_rows (Writer *w, uint32_t n_text, float temperature, GArray *done, GError **error)
{
  SenToken next[SEN_WHISPER_MAX_ROWS];
  uint32_t parents[SEN_WHISPER_MAX_ROWS];
  for (uint32_t i = 0; i < n_text; i++)
    {
      const Text text = { .tokens = g_array_new (FALSE, FALSE, sizeof (SenToken)) };
      g_array_append_val (done, text);
    }
  rule_row (w, text_at (done, 0)->tokens, row_of (w, 0));

  for (uint32_t step = 0;; step++)
    {
      uint32_t n_row = 0;
      for (uint32_t i = 0; i < n_text; i++)
        {
          Text *text = text_at (done, i);
          if (text->is_done)
            continue;
          float *logprobs = row_of (w, text->row);
          if (step > 0)
            rule_row (w, text->tokens, logprobs);
          SenToken token = temperature > 0.0f ? choose_by_chance (w, logprobs, temperature) : choose_best (w, logprobs);
          text->score += logprobs[token];
          if (token != w->info->end)
            g_array_append_val (text->tokens, token);
          text->is_done = token == w->info->end || step + 1 == w->max_tokens
                          || sen_whisper_find_loop ((const SenToken *) text->tokens->data, text->tokens->len,
                                                    w->info->first_time) < text->tokens->len;
          if (text->is_done)
            continue;
          parents[n_row] = text->row;
          next[n_row] = token;
          text->row = n_row++;
        }
      if (n_row == 0)
        return true;
      if (!sen_whisper_session_step (w->session, next, parents, n_row, w->logits, w->cancel, error))
        return false;
    }
}

/* --- Beams ---------------------------------------------------------------------------------------------------------------------------- */

/* The best 2 · beam_size ways to go on from @beams; with all their candidates two of three would do, but ends must be replaced. */
static uint32_t
find_candidates (Writer *w, GArray *beams, Candidate *best, uint32_t n_max)
{
  uint32_t n = 0;
  for (uint32_t b = 0; b < beams->len; b++)
    {
      const Text *beam = text_at (beams, b);
      float *logprobs = row_of (w, b);
      rule_row (w, beam->tokens, logprobs);
      for (uint32_t i = 0; i < w->info->n_vocab; i++)
        if (n < n_max || beam->score + logprobs[i] > best[n - 1].score)
          offer (best, &n, n_max, (Candidate) { beam->score + logprobs[i], (SenToken) i, b });
    }
  return n;
}

static bool
write_beams (Writer *w, uint32_t beam_size, GArray *done, GError **error)
{
  Candidate best[2 * SEN_WHISPER_MAX_ROWS];
  SenToken next[SEN_WHISPER_MAX_ROWS];
  uint32_t parents[SEN_WHISPER_MAX_ROWS];
  g_autoptr (GArray) beams = texts_new ();
  const Text start = { .tokens = g_array_new (FALSE, FALSE, sizeof (SenToken)) };
  g_array_append_val (beams, start);

  for (uint32_t step = 0;; step++)
    {
      uint32_t n = find_candidates (w, beams, best, 2 * beam_size), second = beam_size;
      bool is_last = step + 1 == w->max_tokens;
      g_autoptr (GArray) followers = texts_new ();
      for (uint32_t k = 0; k < MIN (beam_size, n); k++)
        {
          const Candidate *chosen = &best[k];
          bool is_end = chosen->token == w->info->end;
          if (is_end || is_last)
            {
              const Text finished = {
                .tokens = copy_tokens (text_at (beams, chosen->text)->tokens, chosen->token, !is_end), .score = chosen->score,
              };
              g_array_append_val (done, finished);
              /* Another that goes on takes its place. */
              for (; second < n; second++)
                if (best[second].token != w->info->end)
                  {
                    chosen = &best[second++];
                    break;
                  }
            }
          const Text follower = {
            .tokens = copy_tokens (text_at (beams, chosen->text)->tokens, chosen->token, true), .score = chosen->score,
          };
          next[followers->len] = chosen->token;
          parents[followers->len] = chosen->text;
          g_array_append_val (followers, follower);
        }
      const GArray *leader = text_at (followers, 0)->tokens;
      bool is_loop = sen_whisper_find_loop ((const SenToken *) leader->data, leader->len, w->info->first_time) < leader->len;
      if (is_loop && done->len == 0)
        {
          const Text looping = { .tokens = copy_tokens (leader, 0, false), .score = text_at (followers, 0)->score };
          g_array_append_val (done, looping);
        }
      if (is_last || is_loop || done->len >= beam_size)
        return true;
      g_array_unref (beams);
      beams = g_steal_pointer (&followers);
      if (!sen_whisper_session_step (w->session, next, parents, beams->len, w->logits, w->cancel, error))
        return false;
    }
}

/* --- A window ------------------------------------------------------------------------------------------------------------------------- */

/* Of @texts the one with the best mean log-probability, and its facts. */
static void
take_best (Writer *w, GArray *texts, float temperature, float no_speech_prob, SenWhisperResult *result)
{
  uint32_t best = 0;
  float best_score = -INFINITY;
  for (uint32_t i = 0; i < texts->len; i++)
    {
      const Text *text = text_at (texts, i);
      float score = text->score / (float) MAX (text->tokens->len, 1);
      if (i == 0 || score > best_score)
        {
          best = i;
          best_score = score;
        }
    }
  const Text *text = text_at (texts, best);
  g_autofree char *words = sen_whisper_text (sen_whisper_session_model (w->session), (const SenToken *) text->tokens->data,
                                             text->tokens->len);
  *result = (SenWhisperResult) {
    .tokens = g_array_ref (text->tokens),
    .avg_logprob = text->score / (float) (text->tokens->len + 1),
    .no_speech_prob = no_speech_prob,
    .compression_ratio = sen_whisper_compression_ratio (g_strstrip (words)),
    .temperature = temperature,
  };
}

/* A text that was stopped in a circle counts as one that repeats itself, whatever zlib thinks of it. */
static bool
repeats (const Writer *w, const SenWhisperResult *result)
{
  return result->compression_ratio > MAX_COMPRESSION_RATIO
         || sen_whisper_find_loop ((const SenToken *) result->tokens->data, result->tokens->len, w->info->first_time)
              < result->tokens->len;
}

static bool
try_temperature (Writer *w, const SenToken *prompt, uint32_t n_prompt, float temperature, SenWhisperResult *result, GError **error)
{
  const SenWhisperInfo *info = w->info;
  uint32_t at_start = n_prompt - 1;
  while (at_start > 0 && prompt[at_start] != info->start)
    at_start--;
  uint32_t n_logits = n_prompt - at_start;
  if (!sen_whisper_session_begin (w->session, prompt, n_prompt, n_logits, w->logits, w->cancel, error))
    return false;
  float no_speech_prob = softmax_at (w->logits, info->n_vocab, info->no_speech);
  memmove (w->logits, row_of (w, n_logits - 1), info->n_vocab * sizeof (float));

  g_autoptr (GArray) texts = texts_new ();
  uint32_t beam_size = w->search->beam_size;
  bool is_written = temperature > 0.0f ? write_rows (w, w->search->best_of, temperature, texts, error)
                    : beam_size > 1    ? write_beams (w, beam_size, texts, error)
                                       : write_rows (w, 1, 0.0f, texts, error);
  if (is_written)
    take_best (w, texts, temperature, no_speech_prob, result);
  return is_written;
}

bool
sen_whisper_write (SenWhisperSession *session, const SenWhisperSearch *search, const SenToken *prompt, uint32_t n_prompt,
                   SenWhisperResult *result, SenCancel *cancel, GError **error)
{
  static const float temperatures[] = { 0.0f, 0.2f, 0.4f, 0.6f, 0.8f, 1.0f };
  const SenWhisperInfo *info = sen_whisper_info (sen_whisper_session_model (session));
  g_autoptr (GArray) space = sen_whisper_encode_text (sen_whisper_session_model (session), " ");
  uint32_t n_rows = MAX (MAX (search->beam_size, search->best_of), 4);
  g_autofree float *logits = g_new (float, (gsize) n_rows * info->n_vocab);
  Writer w = {
    .session = session, .info = info, .search = search, .cancel = cancel, .logits = logits,
    .space = space->len == 1 ? g_array_index (space, SenToken, 0) : SEN_NO_TOKEN,
    .max_tokens = MIN (info->n_ctx / 2, info->n_ctx - (n_prompt - 1)),
    .random = search->seed * 0x9e3779b97f4a7c15ull + 1,
  };

  g_auto (SenWhisperResult) fallback = { 0 };
  bool fallback_repeats = true;
  uint32_t n_try = search->no_fallback ? 1 : G_N_ELEMENTS (temperatures);
  for (uint32_t i = 0; i < n_try; i++)
    {
      g_auto (SenWhisperResult) attempt = { 0 };
      if (!try_temperature (&w, prompt, n_prompt, temperatures[i], &attempt, error))
        return false;
      bool loops = repeats (&w, &attempt), is_unlikely = attempt.avg_logprob < SEN_WHISPER_MIN_LOGPROB;
      bool is_silence = attempt.no_speech_prob > SEN_WHISPER_NO_SPEECH && is_unlikely;
      if ((!loops && !is_unlikely) || is_silence)
        {
          *result = attempt;
          attempt.tokens = NULL;
          return true;
        }
      /* If all fail: the likeliest, of those that do not repeat themselves if there are any. */
      if (fallback.tokens == NULL || (fallback_repeats && !loops)
          || (fallback_repeats == loops && attempt.avg_logprob > fallback.avg_logprob))
        {
          sen_whisper_result_clear (&fallback);
          fallback = attempt;
          fallback_repeats = loops;
          attempt.tokens = NULL;
        }
    }
  *result = fallback;
  fallback.tokens = NULL;
  result->temperature = temperatures[n_try - 1];
  g_array_set_size (result->tokens, sen_whisper_find_loop ((const SenToken *) result->tokens->data, result->tokens->len,
                                                           info->first_time));
  return true;
}
