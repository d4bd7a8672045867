/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "media.h"
#include "runtime.h"
#include "sen-decode.h"
#include "sen-media-prompt.h"
#include "sen-projector.h"

#define MAX_TEXT_BYTES (16u << 20)
#define N_TOP 10
#define MAX_SOUND_SECONDS 3600.0
#define POSITIONS_PER_STEP 64   /* logits of a step are kept together: 64 rows of 262,144 are 64 MiB */

typedef struct {
  CliRuntime runtime;
  char      *mmproj;
  GPtrArray *paths;          /* of media, in the order of their marks */
} Options;

typedef struct {
  GArray         *tokens;          /* SenToken: all that is text, marks of media too */
  GArray         *positions;       /* uint32_t: where each stands */
  float          *next_logprobs;   /* [n_tokens - 1] */
  uint32_t        n_vocab;
  uint32_t        n_past;          /* cells, and how far the model counts over them, which may be less */
  uint32_t        n_counted;
  guint           next;            /* of the tokens: the first behind the positions told of */
  SenAlternative  top[N_TOP];
  uint32_t        n_top;
} Score;

static void
score_row (uint32_t position, const float *logits, gpointer data)
{
  Score *score = data;
  while (score->next < score->tokens->len && g_array_index (score->positions, uint32_t, score->next) <= position)
    score->next++;
  if (score->next > 0 && score->next < score->tokens->len && g_array_index (score->positions, uint32_t, score->next) == position + 1)
    score->next_logprobs[score->next - 1] = sen_logprob (logits, score->n_vocab, g_array_index (score->tokens, SenToken, score->next));
  if (position + 1 == score->n_past)
    score->n_top = sen_top_logprobs (logits, score->n_vocab, score->top, N_TOP);
}

static void
print_score (const Score *score, bool json, bool has_media)
{
  guint n = score->tokens->len;
  if (!json)
    {
      double sum = 0.0;
      for (guint i = 0; i + 1 < n; i++)
        sum += score->next_logprobs[i];
      printf ("%u tokens, mean log-probability %.6f\n", n, n > 1 ? sum / (n - 1) : 0.0);
      return;
    }
  printf ("{\"tokens\":[");
  for (guint i = 0; i < n; i++)
    printf ("%s%d", i > 0 ? "," : "", g_array_index (score->tokens, SenToken, i));
  printf ("],\"next_logprobs\":[");
  for (guint i = 0; i + 1 < n; i++)
    printf ("%s%.7g", i > 0 ? "," : "", score->next_logprobs[i]);
  printf ("],\"top\":[");
  for (uint32_t i = 0; i < score->n_top; i++)
    printf ("%s[%d,%.7g]", i > 0 ? "," : "", score->top[i].token, score->top[i].logprob);
  printf ("]");
  if (has_media)
    printf (",\"n_past\":%u", score->n_counted);
  printf ("}\n");
}

static void
score_init (Score *score, const SenPart *parts, size_t n_parts)
{
  *score = (Score) { .tokens = g_array_new (FALSE, FALSE, sizeof (SenToken)), .positions = g_array_new (FALSE, FALSE, sizeof (uint32_t)) };
  for (size_t i = 0; i < n_parts; i++)
    for (uint32_t j = 0; j < parts[i].n; j++, score->n_past++)
      if (parts[i].tokens != NULL)
        {
          g_array_append_val (score->tokens, parts[i].tokens[j]);
          g_array_append_val (score->positions, score->n_past);
        }
  score->next_logprobs = g_new0 (float, score->tokens->len + 1);
}

static void
score_clear (Score *score)
{
  g_array_unref (score->tokens);
  g_array_unref (score->positions);
  g_free (score->next_logprobs);
}

/* --- Media ---------------------------------------------------------------------------------------------------------------------------- */

static SenMedia *
hear (SenProjector *projector, SenDecode *decode, const char *path, SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) samples = sen_decode_read_sound (decode, path, MAX_SOUND_SECONDS, cancel, error);
  if (samples == NULL)
    return NULL;
  if (samples->len > MAX_SOUND_SECONDS * SEN_SOUND_RATE)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s is longer than an hour", path);
      return NULL;
    }
  return sen_projector_hear (projector, (const float *) samples->data, samples->len, cancel, error);
}

static SenMedia *
encode (SenProjector *projector, SenDecode *decode, const char *path, SenCancel *cancel, GError **error)
{
  g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, cancel, error);
  if (info == NULL)
    return NULL;
  if (info->kind == SEN_MEDIA_PICTURE)
    {
      g_autoptr (SenImage) image = sen_decode_picture (decode, path, NULL, cancel, error);
      return image != NULL ? sen_projector_see (projector, image, cancel, error) : NULL;
    }
  return hear (projector, decode, path, cancel, error);
}

static bool
encode_all (Options *options, SenCli *cli, GPtrArray *media, GError **error)
{
  CliRuntime *runtime = &options->runtime;
  g_autoptr (SenProjector) projector
    = sen_projector_open (options->mmproj, runtime->model, runtime->device, runtime->fallback, error);
  if (projector == NULL)
    return false;
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = cli->debug.decode_helper });
  for (guint i = 0; i < options->paths->len; i++)
    {
      SenMedia *one = encode (projector, decode, g_ptr_array_index (options->paths, i), cli->cancel, error);
      if (one == NULL)
        return false;
      g_ptr_array_add (media, one);
    }
  return true;
}

/* --- The command ---------------------------------------------------------------------------------------------------------------------- */

static bool
score_parts (Options *options, SenCli *cli, const SenPart *parts, size_t n_parts, GError **error)
{
  CliRuntime *runtime = &options->runtime;
  Score score;
  score_init (&score, parts, n_parts);
  score.n_vocab = sen_model_info (runtime->model)->n_vocab;
  score.n_counted = sen_parts_n_counted (parts, n_parts, runtime->model);
  if (runtime->n_ctx == 0)
    runtime->n_ctx = (int) score.n_past;
  bool done = cli_runtime_open (runtime, cli, POSITIONS_PER_STEP, POSITIONS_PER_STEP, error)
              && sen_session_score (runtime->session, parts, n_parts, score_row, &score, cli->cancel, error);
  if (done)
    print_score (&score, runtime->json, options->mmproj != NULL);
  score_clear (&score);
  return done;
}

static bool
score_media (Options *options, SenCli *cli, const SenMediaText *text, GError **error)
{
  g_autoptr (GPtrArray) media = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_media_unref);
  if (!cli_runtime_open_device (&options->runtime, cli, error) || !encode_all (options, cli, media, error))
    return false;
  g_autoptr (SenMediaPrompt) prompt
    = sen_media_prompt_new (sen_model_tokenizer (options->runtime.model), text, (SenMedia **) media->pdata, media->len, error);
  int n_ctx = options->runtime.n_ctx;
  if (prompt == NULL || (n_ctx > 0 && !sen_media_prompt_check_room (prompt, (uint32_t) n_ctx, error)))
    return false;
  size_t n_parts;
  const SenPart *parts = sen_media_prompt_parts (prompt, &n_parts);
  return score_parts (options, cli, parts, n_parts, error);
}

static bool
run (Options *options, SenCli *cli, GError **error)
{
  size_t length;
  g_autofree char *text = sen_cli_read_stdin (MAX_TEXT_BYTES, &length, error);
  if (text == NULL || !cli_runtime_open_model (&options->runtime, cli, error))
    return false;
  if (options->mmproj != NULL)
    return score_media (options, cli, &(SenMediaText) { .text = text, .length = (gssize) length, .add_special = true }, error);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (sen_model_tokenizer (options->runtime.model), text, (gssize) length, true, true, ids);
  if (ids->len == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no text on standard input");
      return false;
    }
  return score_parts (options, cli, &(SenPart) { .tokens = (const SenToken *) ids->data, .n = ids->len }, 1, error);
}

int
sen_cli_logits (SenCli *cli, int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    CLI_RUNTIME_OPTIONS (options.runtime),
    { "mmproj", 0, 0, G_OPTION_ARG_FILENAME, &options.mmproj, "Lets the model see or hear (GGUF); then come --image F and --audio F, "
      "one for each " SEN_MEDIA_MARK " in the text", "F" },
    CLI_JSON_OPTION (options.runtime),
    { NULL },
  };
  options.paths = cli_media_take_options (&argc, argv);
  int status;
  if (!sen_cli_parse (cli, NULL, "Reads text from stdin. --json prints tokens, next_logprobs (natural logarithm, of each actual next "
                      "token) and top, the ten most likely after the last as [id, logprob]; with --mmproj also n_past, positions used.",
                      entries, &argc, &argv))
    status = SEN_CLI_USAGE;
  else if (options.paths->len > 0 && options.mmproj == NULL)
    status = sen_cli_usage (cli, "Pictures and recordings need --mmproj F, which lets the model see or hear.");
  else
    status = run (&options, cli, &error) ? SEN_CLI_OK : sen_cli_fail (cli, error);
  g_ptr_array_unref (options.paths);
  g_free (options.mmproj);
  cli_runtime_clear (&options.runtime);
  return status;
}
