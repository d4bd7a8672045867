/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "runtime.h"

#define MAX_RUNS 100
#define MAX_TAPS 1024

/* Tokens per second of each run. */
typedef struct {
  double prefill[MAX_RUNS], decode[MAX_RUNS];
  int    n_runs;
} Speeds;

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

/* Sorts and gives the middle. */
static double
median (double *values, int n)
{
  qsort (values, (size_t) n, sizeof *values, compare_doubles);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

/* What a run does. */
typedef struct {
  int n_prompt, n_decode;
  int depth;               /* tokens in the context before the first that is written */
  int n_taps;              /* layers whose attention is read after each step */
} Work;

/* One run: a prompt of arbitrary tokens from nothing, then single steps after a context of @depth of them. */
static bool
measure (CliRuntime *runtime, SenCli *cli, const SenToken *tokens, const Work *work, double *prefill, double *decode,
         GError **error)
{
  const SenPart prompt = { .tokens = tokens, .n = (uint32_t) work->n_prompt };
  const SenPart context = { .tokens = tokens, .n = (uint32_t) work->depth };
  SenSession *session = runtime->session;
  *prefill = *decode = 0.0;

  sen_session_truncate (session, 0);
  gint64 start = g_get_monotonic_time ();
  if (work->n_prompt > 0)
    {
      if (!sen_session_sync (session, &prompt, 1, NULL, NULL, cli->cancel, error))
        return false;
      *prefill = work->n_prompt / seconds_since (start);
    }

  sen_session_truncate (session, 0);
  if (work->depth > 0 && work->n_decode > 0
      && !sen_session_sync (session, &context, 1, NULL, NULL, cli->cancel, error))
    return false;
  start = g_get_monotonic_time ();
  for (int i = 0; i < work->n_decode; i++)
    {
      uint32_t n_head;
      if (!sen_session_append (session, tokens[i], cli->cancel, error))
        return false;
      for (int j = 0; j < work->n_taps; j++)
        sen_session_tapped_attention (session, (uint32_t) j, &n_head);
    }
  if (work->n_decode > 0)
    *decode = work->n_decode / seconds_since (start);
  return true;
}

/* Layers spread over the model, all their heads. */
static bool
set_taps (CliRuntime *runtime, const Work *work, GError **error)
{
  uint32_t n_layer = sen_model_info (runtime->model)->n_layer, n = (uint32_t) work->n_taps;
  if (n == 0)
    return true;
  g_autofree uint32_t *layers = g_new (uint32_t, n);
  for (uint32_t i = 0; i < n; i++)
    layers[i] = i * n_layer / n;
  const SenTaps taps = { .attention_layers = layers, .n_attention_layers = n };
  return sen_session_set_taps (runtime->session, &taps, error);
}

static bool
run (CliRuntime *runtime, SenCli *cli, const Work *work, Speeds *speeds, GError **error)
{
  const Work warm_up = { .n_prompt = MIN (work->n_prompt, 16), .n_decode = MIN (work->n_decode, 4) };
  int n_tokens = MAX (work->n_prompt, work->n_decode > 0 ? work->depth + work->n_decode : 0);
  if (runtime->n_ctx == 0)
    runtime->n_ctx = MAX (n_tokens, 64);
  if (!cli_runtime_open (runtime, cli, 0, 0, error) || !set_taps (runtime, work, error))
    return false;

  uint32_t n_vocab = sen_model_info (runtime->model)->n_vocab, random = 1;
  g_autofree SenToken *tokens = g_new (SenToken, (gsize) n_tokens + 1);
  for (int i = 0; i < n_tokens; i++)
    {
      random = random * 1664525u + 1013904223u;
      tokens[i] = (SenToken) ((random >> 8) % n_vocab);
    }

  /* A warm-up that does not count: pages of the file come in, clocks go up. */
  double ignored[2];
  if (!measure (runtime, cli, tokens, &warm_up, &ignored[0], &ignored[1], error))
    return false;
  for (int i = 0; i < speeds->n_runs; i++)
    if (!measure (runtime, cli, tokens, work, &speeds->prefill[i], &speeds->decode[i], error))
      return false;
  return true;
}

static void
print_speeds (CliRuntime *runtime, Speeds *speeds, const Work *work)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  int last = speeds->n_runs - 1;
  double prefill = median (speeds->prefill, speeds->n_runs), decode = median (speeds->decode, speeds->n_runs);
  double prefill_spread = speeds->prefill[last] - speeds->prefill[0], decode_spread = speeds->decode[last] - speeds->decode[0];
  double peak_mib = (double) usage.ru_maxrss / 1024.0;

  if (!runtime->json)
    {
      const SenSessionInfo *info = sen_session_info (runtime->session);
      printf ("%s on %s\n", sen_model_info (runtime->model)->name, info->device);
      printf ("prompt of %d: %.1f tokens/s (spread %.1f)\ndecoding %d after %d: %.1f tokens/s (spread %.1f)\n",
              work->n_prompt, prefill, prefill_spread, work->n_decode, work->depth, decode, decode_spread);
      printf ("loading %.2f s, peak memory %.0f MiB\n", runtime->load_seconds, peak_mib);
      return;
    }
  g_autoptr (GString) json = g_string_new (NULL);
  g_string_append_printf (json, "{\"prompt_tokens_per_second\":%.3f,\"prompt_spread\":%.3f,\"decode_tokens_per_second\":%.3f,"
                          "\"decode_spread\":%.3f,\"n_prompt\":%d,\"n_decode\":%d,\"depth\":%d,\"taps\":%d,\"runs\":%d,"
                          "\"peak_memory_bytes\":%.0f,\"load_seconds\":%.3f,\"device\":", prefill, prefill_spread, decode, decode_spread,
                          work->n_prompt, work->n_decode, work->depth, work->n_taps, speeds->n_runs, peak_mib * 1048576.0,
                          runtime->load_seconds);
  sen_json_quote (json, sen_session_info (runtime->session)->device);
  puts (g_string_append_c (json, '}')->str);
}

int
sen_cli_bench (SenCli *cli, int argc, char **argv)
{
  CliRuntime runtime = { 0 };
  Speeds speeds = { .n_runs = 3 };
  Work work = { .n_prompt = 512, .n_decode = 128 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    CLI_RUNTIME_OPTIONS (runtime),
    CLI_JSON_OPTION (runtime),
    { "prompt", 'p', 0, G_OPTION_ARG_INT, &work.n_prompt, "Tokens of the prompt (512)", "N" },
    { "decode", 'n', 0, G_OPTION_ARG_INT, &work.n_decode, "Tokens to decode (128)", "N" },
    { "depth", 0, 0, G_OPTION_ARG_INT, &work.depth, "Tokens in the context before decoding begins (0)", "N" },
    { "taps", 0, 0, G_OPTION_ARG_INT, &work.n_taps, "Layers whose attention is brought out while decoding (0)", "N" },
    { "runs", 'r', 0, G_OPTION_ARG_INT, &speeds.n_runs, "Times to measure; medians are printed (3)", "N" },
    { NULL },
  };
  if (!sen_cli_parse (cli, NULL, "Medians over the runs; the spread is the fastest less the slowest.", entries, &argc, &argv))
    return SEN_CLI_USAGE;
  int status = SEN_CLI_OK;
  if (work.n_prompt < 0 || work.n_decode < 0 || work.depth < 0 || work.n_taps < 0 || work.n_taps > MAX_TAPS
      || work.depth > G_MAXINT - work.n_decode
      || (work.n_prompt == 0 && work.n_decode == 0) || speeds.n_runs < 1 || speeds.n_runs > MAX_RUNS)
    status = sen_cli_usage (cli, "-p, -n, --depth and --taps may not be negative, --taps is at most %d, -p and -n are not both 0, "
                            "and -r goes from 1 to %d.", MAX_TAPS, MAX_RUNS);
  else if (run (&runtime, cli, &work, &speeds, &error))
    print_speeds (&runtime, &speeds, &work);
  else
    status = sen_cli_fail (cli, error);
  cli_runtime_clear (&runtime);
  return status;
}
