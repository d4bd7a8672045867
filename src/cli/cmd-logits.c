/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "runtime.h"

#define MAX_TEXT_BYTES (16u << 20)
#define N_TOP 10
#define POSITIONS_PER_STEP 64   /* logits of a step are kept together: 64 rows of 262,144 are 64 MiB */

typedef struct {
  const SenToken *tokens;
  uint32_t        n_tokens, n_vocab;
  float          *next_logprobs;   /* [n_tokens - 1] */
  SenAlternative  top[N_TOP];
  uint32_t        n_top;
} Score;

static void
score_row (uint32_t position, const float *logits, gpointer data)
{
  Score *score = data;
  if (position + 1 < score->n_tokens)
    score->next_logprobs[position] = sen_logprob (logits, score->n_vocab, score->tokens[position + 1]);
  else
    score->n_top = sen_top_logprobs (logits, score->n_vocab, score->top, N_TOP);
}

static void
print_score (const Score *score, bool json)
{
  if (!json)
    {
      double sum = 0.0;
      for (uint32_t i = 0; i + 1 < score->n_tokens; i++)
        sum += score->next_logprobs[i];
      printf ("%u tokens, mean log-probability %.6f\n", score->n_tokens,
              score->n_tokens > 1 ? sum / (score->n_tokens - 1) : 0.0);
      return;
    }
  printf ("{\"tokens\":[");
  for (uint32_t i = 0; i < score->n_tokens; i++)
    printf ("%s%d", i > 0 ? "," : "", score->tokens[i]);
  printf ("],\"next_logprobs\":[");
  for (uint32_t i = 0; i + 1 < score->n_tokens; i++)
    printf ("%s%.7g", i > 0 ? "," : "", score->next_logprobs[i]);
  printf ("],\"top\":[");
  for (uint32_t i = 0; i < score->n_top; i++)
    printf ("%s[%d,%.7g]", i > 0 ? "," : "", score->top[i].token, score->top[i].logprob);
  printf ("]}\n");
}

static bool
run (CliRuntime *runtime, SenCli *cli, GError **error)
{
  size_t length;
  g_autofree char *text = sen_cli_read_stdin (MAX_TEXT_BYTES, &length, error);
  if (text == NULL || !cli_runtime_open_model (runtime, cli, error))
    return false;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (sen_model_tokenizer (runtime->model), text, (gssize) length, true, true, ids);
  if (ids->len == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no text on standard input");
      return false;
    }

  g_clear_pointer (&runtime->model, sen_model_unref);
  if (runtime->n_ctx == 0)
    runtime->n_ctx = (int) ids->len;
  if (!cli_runtime_open (runtime, cli, POSITIONS_PER_STEP, POSITIONS_PER_STEP, error))
    return false;
  g_autofree float *next_logprobs = g_new (float, ids->len);
  Score score = {
    .tokens = (const SenToken *) ids->data,
    .n_tokens = ids->len,
    .n_vocab = sen_model_info (runtime->model)->n_vocab,
    .next_logprobs = next_logprobs,
  };
  if (!sen_session_score (runtime->session, score.tokens, score.n_tokens, score_row, &score, cli->cancel, error))
    return false;
  print_score (&score, runtime->json);
  return true;
}

int
sen_cli_logits (SenCli *cli, int argc, char **argv)
{
  CliRuntime runtime = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = { CLI_RUNTIME_OPTIONS (runtime), CLI_JSON_OPTION (runtime), { NULL } };
  if (!sen_cli_parse (cli, NULL, "Reads text from stdin. --json prints tokens, next_logprobs (natural logarithm, of each actual "
                      "next token) and top, the ten most likely after the last as [id, logprob].", entries, &argc, &argv))
    return SEN_CLI_USAGE;
  int status = run (&runtime, cli, &error) ? SEN_CLI_OK : sen_cli_fail (cli, error);
  cli_runtime_clear (&runtime);
  return status;
}
