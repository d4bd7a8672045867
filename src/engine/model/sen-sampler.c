/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sampler-private.h"

#include <math.h>

#define DEFAULT_PENALTY_WINDOW 64
/* Candidates further than this below the best have a probability under 1e-9 of it at temperature 1: not worth sorting. */
#define NEGLIGIBLE_LOGIT 21.0f

typedef struct {
  float    logit;   /* after penalties */
  float    weight;  /* exp, unnormalised */
  SenToken token;
} Candidate;

struct SenSampler {
  SenSampling sampling;
  uint32_t    n_vocab;
  uint64_t    random[2];
  float      *logits;       /* [n_vocab] after penalties */
  Candidate  *candidates;   /* [n_vocab] */
};

SenSampling
sen_sampling_default (void)
{
  return (SenSampling) { .temperature = 0.7f, .top_k = 40, .top_p = 0.95f, .min_p = 0.05f };
}

/* splitmix64 spreads any seed over the state of xoroshiro128+ (Blackman and Vigna 2018). */
static uint64_t
splitmix (uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15ull;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return z ^ z >> 31;
}

/* Uniform in [0, 1). */
static double
draw_uniform (SenSampler *sampler)
{
  uint64_t s0 = sampler->random[0], s1 = sampler->random[1], sum = s0 + s1;
  s1 ^= s0;
  sampler->random[0] = (s0 << 24 | s0 >> 40) ^ s1 ^ s1 << 16;
  sampler->random[1] = s1 << 37 | s1 >> 27;
  return (double) (sum >> 11) * 0x1p-53;
}

SenSampler *
sen_sampler_new (const SenSampling *sampling, uint32_t n_vocab)
{
  SenSampler *sampler = g_new0 (SenSampler, 1);
  uint64_t seed = sampling->seed;
  sampler->sampling = *sampling;
  sampler->n_vocab = n_vocab;
  sampler->random[0] = splitmix (&seed);
  sampler->random[1] = splitmix (&seed);
  sampler->logits = g_new (float, n_vocab);
  sampler->candidates = g_new (Candidate, n_vocab);
  return sampler;
}

void
sen_sampler_free (SenSampler *sampler)
{
  if (sampler == NULL)
    return;
  g_free (sampler->logits);
  g_free (sampler->candidates);
  g_free (sampler);
}

/* log Σ exp (logits): what turns a logit into a log-probability. */
static float
log_sum_exp (const float *logits, uint32_t n)
{
  float max = -INFINITY;
  for (uint32_t i = 0; i < n; i++)
    max = MAX (max, logits[i]);
  if (!isfinite (max))
    return max;
  double sum = 0.0;
  for (uint32_t i = 0; i < n; i++)
    {
      /* Below this the term cannot change the sum in f32; skipping it saves most of the exponentials. */
      float x = logits[i] - max;
      if (x > -30.0f)
        sum += expf (x);
    }
  return max + (float) log (sum);
}

float
sen_logprob (const float *logits, uint32_t n_vocab, SenToken token)
{
  return logits[token] - log_sum_exp (logits, n_vocab);
}

/* --- Most likely tokens ------------------------------------------------------------------------------------------------ */

static bool
is_better (const Candidate *a, const Candidate *b)
{
  return a->logit > b->logit || (a->logit == b->logit && a->token < b->token);
}

static void
sift_down (Candidate *heap, uint32_t n, uint32_t i)
{
  for (;;)
    {
      uint32_t worst = i;
      for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
        if (is_better (&heap[worst], &heap[child]))
          worst = child;
      if (worst == i)
        return;
      Candidate swap = heap[i];
      heap[i] = heap[worst];
      heap[worst] = swap;
      i = worst;
    }
}

/* The k best of logits[n], best first, by a heap whose root is the worst kept. */
static uint32_t
select_best (const float *logits, uint32_t n, uint32_t k, Candidate *best)
{
  uint32_t n_kept = MIN (k, n);
  for (uint32_t i = 0; i < n_kept; i++)
    best[i] = (Candidate) { .logit = logits[i], .token = (SenToken) i };
  for (uint32_t i = n_kept / 2; i-- > 0;)
    sift_down (best, n_kept, i);
  for (uint32_t i = n_kept; i < n; i++)
    if (logits[i] > best[0].logit)
      {
        best[0] = (Candidate) { .logit = logits[i], .token = (SenToken) i };
        sift_down (best, n_kept, 0);
      }
  for (uint32_t end = n_kept; end > 1; end--)
    {
      Candidate worst = best[0];
      best[0] = best[end - 1];
      best[end - 1] = worst;
      sift_down (best, end - 1, 0);
    }
  return n_kept;
}

uint32_t
sen_top_logprobs (const float *logits, uint32_t n_vocab, SenAlternative *top, uint32_t k)
{
  return sen_top_logits (logits, n_vocab, log_sum_exp (logits, n_vocab), top, k);
}

uint32_t
sen_top_logits (const float *logits, uint32_t n_vocab, float log_sum, SenAlternative *top, uint32_t k)
{
  g_autofree Candidate *best = g_new (Candidate, MAX (MIN (k, n_vocab), 1));
  uint32_t n = k > 0 ? select_best (logits, n_vocab, k, best) : 0;
  for (uint32_t i = 0; i < n; i++)
    top[i] = (SenAlternative) { .token = best[i].token, .logprob = best[i].logit - log_sum };
  return n;
}

/* --- Choosing ----------------------------------------------------------------------------------------------------------- */

static void
apply_penalties (SenSampler *sampler, const SenToken *recent, uint32_t n_recent)
{
  const SenSampling *s = &sampler->sampling;
  float repetition = s->repetition_penalty > 0.0f ? s->repetition_penalty : 1.0f;
  if (repetition == 1.0f && s->frequency_penalty == 0.0f && s->presence_penalty == 0.0f)
    return;

  uint32_t window = MIN (s->penalty_window > 0 ? s->penalty_window : DEFAULT_PENALTY_WINDOW, n_recent);
  recent += n_recent - window;
  for (uint32_t i = 0; i < window; i++)
    {
      float *logit = &sampler->logits[recent[i]];
      bool is_first = true;
      for (uint32_t j = 0; j < i && is_first; j++)
        is_first = recent[j] != recent[i];
      if (is_first)
        {
          *logit = *logit > 0.0f ? *logit / repetition : *logit * repetition;
          *logit -= s->presence_penalty;
        }
      *logit -= s->frequency_penalty;
    }
}

/* Everything that could be drawn at all, best first. */
static uint32_t
list_candidates (SenSampler *sampler)
{
  Candidate *candidates = sampler->candidates;
  if (sampler->sampling.top_k > 0)
    return select_best (sampler->logits, sampler->n_vocab, sampler->sampling.top_k, candidates);

  float max = -INFINITY;
  for (uint32_t i = 0; i < sampler->n_vocab; i++)
    max = MAX (max, sampler->logits[i]);
  float lowest = max - NEGLIGIBLE_LOGIT * MAX (1.0f, sampler->sampling.temperature);
  uint32_t n = 0;
  for (uint32_t i = 0; i < sampler->n_vocab; i++)
    n += sampler->logits[i] >= lowest;
  return select_best (sampler->logits, sampler->n_vocab, n, candidates);
}

static double
weigh (Candidate *candidates, uint32_t n, float temperature)
{
  double sum = 0.0;
  for (uint32_t i = 0; i < n; i++)
    {
      candidates[i].weight = expf ((candidates[i].logit - candidates[0].logit) / temperature);
      sum += candidates[i].weight;
    }
  return sum;
}

/* The shortest head of the list that holds @top_p of its probability (Holtzman et al. 2020). */
static uint32_t
cut_top_p (Candidate *candidates, uint32_t n, float top_p)
{
  double sum = weigh (candidates, n, 1.0f), head = 0.0;
  for (uint32_t i = 0; i < n; i++)
    {
      head += candidates[i].weight;
      if (head >= top_p * sum)
        return i + 1;
    }
  return n;
}

/* Those at least @min_p times as likely as the best. */
static uint32_t
cut_min_p (const Candidate *candidates, uint32_t n, float min_p)
{
  float lowest = candidates[0].logit + logf (min_p);
  while (n > 1 && candidates[n - 1].logit < lowest)
    n--;
  return n;
}

SenToken
sen_sampler_choose (SenSampler *sampler, const float *logits, const SenToken *recent, uint32_t n_recent)
{
  const SenSampling *s = &sampler->sampling;
  memcpy (sampler->logits, logits, sampler->n_vocab * sizeof (float));
  apply_penalties (sampler, recent, n_recent);

  if (s->temperature <= 0.0f)
    {
      select_best (sampler->logits, sampler->n_vocab, 1, sampler->candidates);
      return sampler->candidates[0].token;
    }

  Candidate *candidates = sampler->candidates;
  uint32_t n = list_candidates (sampler);
  /* Logits that are all NaN or -inf leave nothing to weigh; the first token is as good as any. */
  if (n == 0 || !isfinite (candidates[0].logit))
    return 0;
  if (s->top_p > 0.0f && s->top_p < 1.0f)
    n = cut_top_p (candidates, n, s->top_p);
  if (s->min_p > 0.0f && s->min_p <= 1.0f)
    n = cut_min_p (candidates, n, s->min_p);

  double target = draw_uniform (sampler) * weigh (candidates, n, s->temperature);
  for (uint32_t i = 0; i < n; i++)
    {
      target -= candidates[i].weight;
      if (target < 0.0)
        return candidates[i].token;
    }
  return candidates[n - 1].token;
}
