/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Where a model looked while it read a prompt, and an answer to it. */
#include <stdio.h>
#include <string.h>

#include "conversations.h"
#include "media.h"
#include "runtime.h"
#include "sen-decode.h"
#include "sen-explain-report.h"
#include "sen-explain.h"
#include "sen-prompt.h"

typedef struct {
  CliRuntime runtime;
  CliMedia   media;
  char      *system, *target, *method, *format, *layers, *heads, *grain, *output, *shares;
  gint64     token;         /* SEN_EXPLAIN_EVERY: not given */
  int        top, steps, orders, seed, message;
  gboolean   raw, maximum, without_sink, with_detail, with_trust;
  GPtrArray *paths;         /* of what goes with the prompt */
  GArray    *sent;          /* SenPromptMedia */
  GPtrArray *texts;         /* what it says */
  GArray    *layer_list;    /* uint32_t */
  int        status;
} Explain;

/* "3", "0,4,7", "all" */
static bool
parse_list (const char *text, uint32_t end, GArray *numbers)
{
  if (text == NULL || g_str_equal (text, "all"))
    return true;
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  for (char **word = words; *word != NULL; word++)
    {
      guint64 number;
      if (!g_ascii_string_to_unsigned (g_strstrip (*word), 10, 0, end - 1, &number, NULL))
        return false;
      uint32_t value = (uint32_t) number;
      g_array_append_val (numbers, value);
    }
  return true;
}

static int
compare_numbers (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
  return (x > y) - (x < y);
}

static bool
parse_choice (Explain *explain, SenExplainParams *params)
{
  g_autoptr (GArray) heads = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  if (!parse_list (explain->layers, UINT32_MAX, explain->layer_list) || !parse_list (explain->heads, 128, heads))
    return false;
  g_array_sort (explain->layer_list, compare_numbers);
  for (guint i = 0; i < heads->len; i++)
    {
      uint32_t head = g_array_index (heads, uint32_t, i);
      params->head_mask[head / 32] |= 1u << (head % 32);
    }
  params->layers = (const uint32_t *) explain->layer_list->data;
  params->n_layers = explain->layer_list->len;
  return true;
}

/* "next", or a token */
static bool
parse_shares (const Explain *explain, SenExplainParams *params)
{
  guint64 number = 0;
  params->with_shares = explain->shares != NULL;
  params->share_token = SEN_NO_TOKEN;
  if (explain->shares == NULL || g_str_equal (explain->shares, "next"))
    return true;
  if (!g_ascii_string_to_unsigned (explain->shares, 10, 0, G_MAXINT32, &number, NULL))
    return false;
  params->share_token = (SenToken) number;
  return true;
}

static SenMultimodalPrompt *
prepare (Explain *explain, SenCli *cli, const char *text, size_t *target, GError **error)
{
  SenChatMessage messages[3];
  size_t n = 0;
  if (explain->system != NULL)
    messages[n++] = (SenChatMessage) { "system", explain->system };
  messages[n++] = (SenChatMessage) { "user", text };
  sen_prompt_add_media (explain->media.attachments, n - 1, explain->sent, explain->texts);
  *target = n;
  if (explain->target != NULL)
    messages[n++] = (SenChatMessage) { "assistant", explain->target };
  const SenMultimodalRequest request = {
    .messages = messages, .n_messages = n, .media = (const SenPromptMedia *) explain->sent->data, .n_media = explain->sent->len,
    .n_ctx = sen_session_info (explain->runtime.session)->n_ctx,
  };
  SenMultimodalPrompt *prompt = sen_multimodal_prepare (explain->runtime.multimodal, &request, cli->cancel, error);
  if (prompt != NULL)
    cli_media_explain_taken (&explain->media, explain->runtime.multimodal, sen_multimodal_prompt_taken (prompt));
  return prompt;
}

static SenExplanation *
run (Explain *explain, SenCli *cli, const char *text, SenExplainParams *params, GError **error)
{
  CliRuntime *runtime = &explain->runtime;
  if (!cli_runtime_open_multimodal (runtime, cli, error))
    return NULL;
  if (explain->raw)
    return sen_explain_text (text, runtime->session, params, cli->cancel, error);
  if (explain->paths->len > 0 && !cli_media_add (&explain->media, cli, runtime->multimodal, explain->paths, &explain->status))
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
      return NULL;
    }
  size_t target;
  g_autoptr (SenMultimodalPrompt) prompt = prepare (explain, cli, text, &target, error);
  if (prompt == NULL)
    return NULL;
  if (explain->message >= 0)
    params->message = explain->message;
  else if (explain->target != NULL && (params->method != SEN_EXPLAIN_ATTENTION || params->with_trust) && params->query < 0)
    params->message = (int32_t) target;
  return sen_explain (prompt, runtime->session, params, cli->cancel, error);
}

static const char *const formats[] = { "json", "npz", "html", "png", NULL };

/* What can be said without running a model. SEN_CLI_OK: nothing is wrong. */
static int
check (Explain *explain, SenCli *cli, SenExplainParams *params)
{
  if (!sen_explain_method_find (explain->method != NULL ? explain->method : "attention", &params->method))
    return sen_cli_usage (cli, "“%s” is no method; there are attention, rollout, occlusion and lens.", explain->method);
  if (!g_strv_contains (formats, explain->format != NULL ? explain->format : "json"))
    return sen_cli_usage (cli, "“%s” is no format; there are json, npz, html and png.", explain->format);
  if (!sen_explain_grain_find (explain->grain != NULL ? explain->grain : "auto", &params->grain))
    return sen_cli_usage (cli, "“%s” is no grain; there are auto, words, sentences and sources.", explain->grain);
  if (explain->steps < 0 || explain->steps > SEN_TRUST_MAX_STEPS || explain->orders < 0 || explain->orders > 1000)
    return sen_cli_usage (cli, "--steps is from 1 to %d, --orders from %d to 1000.", SEN_TRUST_MAX_STEPS, SEN_TRUST_MIN_ORDERS);
  if (explain->top < 0 || explain->top > SEN_EXPLAIN_MAX_CANDIDATES)
    return sen_cli_usage (cli, "--top is from 0 to %d.", SEN_EXPLAIN_MAX_CANDIDATES);
  if (explain->token < SEN_EXPLAIN_EVERY)
    return sen_cli_usage (cli, "--token is a number from 0 on.");
  if (explain->target != NULL && explain->token >= 0)
    return sen_cli_usage (cli, "--target and --token exclude each other.");
  if (explain->message < SEN_EXPLAIN_EVERY)
    return sen_cli_usage (cli, "--message is a number from 0 on.");
  if (!parse_shares (explain, params))
    return sen_cli_usage (cli, "--shares is next or the number of a token; tokenize has these.");
  if (explain->raw && explain->message >= 0)
    return sen_cli_usage (cli, "--raw knows no messages; --token N asks about one token.");
  if (explain->raw && (explain->target != NULL || explain->system != NULL || explain->paths->len > 0))
    return sen_cli_usage (cli, "--raw takes no template, so --target, --system, --image and --audio have no place in it.");
  if (!parse_choice (explain, params))
    return sen_cli_usage (cli, "--layer and --head are numbers from 0 on, between commas, or all.");
  return SEN_CLI_OK;
}

/* --- What comes out ------------------------------------------------------------------------------------------------------------------- */

static void
unref_image (gpointer image)
{
  g_clear_pointer ((SenImage **) &image, sen_image_unref);
}

/* The pictures that entered as embeddings, by number of media: those of the prompt in their order, without the ones that did not.
 * (transfer full): of SenImage, or NULL */
static GPtrArray *
list_pictures (const Explain *explain, SenCli *cli, const SenExplanationInfo *info)
{
  GPtrArray *pictures = g_ptr_array_new_with_free_func (unref_image);
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = cli->debug.decode_helper });
  g_ptr_array_set_size (pictures, (int) explain->sent->len);
  for (uint32_t i = 0; i < info->n_spans; i++)
    {
      const SenExplanationSpan *span = &info->spans[i];
      if (span->kind == SEN_ATTACHMENT_PICTURE && pictures->pdata[span->media] == NULL)
        pictures->pdata[span->media] = sen_decode_picture (decode, g_array_index (explain->sent, SenPromptMedia, span->media).path, NULL,
                                                           cli->cancel, NULL);
    }
  return pictures;
}

/* (transfer full) */
static GBytes *
encode (const Explain *explain, SenCli *cli, const SenExplanation *explanation, GError **error)
{
  const char *format = explain->format != NULL ? explain->format : "json";
  if (g_str_equal (format, "npz"))
    return sen_explain_report_npz (explanation, error);
  if (g_str_equal (format, "json"))
    {
      g_autofree char *json = sen_explanation_to_json (explanation);
      return g_bytes_new_take (g_strconcat (json, "\n", NULL), strlen (json) + 1);
    }
  g_autoptr (GPtrArray) pictures = list_pictures (explain, cli, sen_explanation_info (explanation));
  const SenExplainReport report = { .pictures = (SenImage **) pictures->pdata, .n_pictures = pictures->len };
  if (g_str_equal (format, "png"))
    return sen_explain_report_png (explanation, &report, error);
  char *html = sen_explain_report_html (explanation, &report);
  return g_bytes_new_take (html, strlen (html));
}

static bool
write_out (const Explain *explain, SenCli *cli, const SenExplanation *explanation, GError **error)
{
  g_autoptr (GBytes) bytes = encode (explain, cli, explanation, error);
  if (bytes == NULL)
    return false;
  gsize n;
  const void *data = g_bytes_get_data (bytes, &n);
  return cli_write_file (explain->output != NULL ? explain->output : "-", data, n, error);
}

int
sen_cli_explain (SenCli *cli, int argc, char **argv)
{
  Explain explain = { .token = SEN_EXPLAIN_EVERY, .message = SEN_EXPLAIN_EVERY, .top = 5 };
  SenExplainParams params = { .message = SEN_EXPLAIN_EVERY };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    CLI_RUNTIME_OPTIONS (explain.runtime),
    CLI_MEDIA_OPTIONS (explain.runtime),
    { "system", 's', 0, G_OPTION_ARG_STRING, &explain.system, "What the assistant is told before", "S" },
    { "method", 0, 0, G_OPTION_ARG_STRING, &explain.method, "attention (default), rollout, occlusion or lens", "NAME" },
    { "target", 0, 0, G_OPTION_ARG_STRING, &explain.target, "An answer, read as if the model had given it", "TEXT" },
    { "token", 0, 0, G_OPTION_ARG_INT64, &explain.token, "Only this one of the tokens, from 0 on", "N" },
    { "message", 0, 0, G_OPTION_ARG_INT, &explain.message, "Only the words of this message, from 0 on", "N" },
    { "layer", 0, 0, G_OPTION_ARG_STRING, &explain.layers, "Of these layers, from 0 on (default: all)", "L,…" },
    { "head", 0, 0, G_OPTION_ARG_STRING, &explain.heads, "Of these heads of each layer (default: all)", "H,…" },
    { "max", 0, 0, G_OPTION_ARG_NONE, &explain.maximum, "The largest of layers and heads instead of their mean", NULL },
    { "no-sink", 0, 0, G_OPTION_ARG_NONE, &explain.without_sink, "Without what rests on the first token", NULL },
    { "detail", 0, 0, G_OPTION_ARG_NONE, &explain.with_detail, "Every layer and head of the last query as well", NULL },
    { "shares", 0, 0, G_OPTION_ARG_STRING, &explain.shares, "What each head of the last query added to a token: next, or its number", "T" },
    { "top", 0, 0, G_OPTION_ARG_INT, &explain.top, "Likeliest tokens with each query (default: 5)", "K" },
    { "raw", 0, 0, G_OPTION_ARG_NONE, &explain.raw, "The prompt as it stands, without the chat template", NULL },
    { "format", 0, 0, G_OPTION_ARG_STRING, &explain.format, "json (default), npz, html or png", "F" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &explain.output, "Write to this file instead of standard output", "FILE" },
    { "grain", 0, 0, G_OPTION_ARG_STRING, &explain.grain, "What is left out at once: auto, words, sentences or sources", "NAME" },
    { "trust", 0, 0, G_OPTION_ARG_NONE, &explain.with_trust, "Measure how far the weights predict what changes the answer", NULL },
    { "steps", 0, 0, G_OPTION_ARG_INT, &explain.steps, "Of the curves of --trust (default: 16)", "N" },
    { "orders", 0, 0, G_OPTION_ARG_INT, &explain.orders, "Random ones to compare with (default: 5)", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT, &explain.seed, "Of these", "N" },
    { NULL },
  };
  explain.paths = cli_media_take_options (&argc, argv);
  explain.sent = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
  explain.texts = g_ptr_array_new_with_free_func (g_free);
  explain.layer_list = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  int status = SEN_CLI_USAGE;
  if (sen_cli_parse (cli, "[PROMPT|-]", "Where the model looked, as JSON; docs/cli.md has its members. weights[i] is where it looked while "
                     "it read token queries[i], which is when it chose the next one.", entries, &argc, &argv))
    status = check (&explain, cli, &params);
  if (status == SEN_CLI_OK)
    {
      params.query = explain.token;
      params.is_maximum = explain.maximum;
      params.without_sink = explain.without_sink;
      params.n_candidates = (uint32_t) explain.top;
      params.with_detail = explain.with_detail;
      params.with_trust = explain.with_trust;
      params.trust_steps = (uint32_t) explain.steps;
      params.trust_orders = (uint32_t) explain.orders;
      params.trust_seed = (uint32_t) explain.seed;
      g_autofree char *text = sen_cli_read_prompt (argc, argv, &error);
      g_autoptr (SenExplanation) explanation = text != NULL ? run (&explain, cli, text, &params, &error) : NULL;
      status = explanation != NULL && write_out (&explain, cli, explanation, &error) ? explain.status : sen_cli_fail (cli, error);
    }
  cli_media_clear (&explain.media);
  g_array_unref (explain.layer_list);
  g_array_unref (explain.sent);
  g_ptr_array_unref (explain.texts);
  g_ptr_array_unref (explain.paths);
  g_free (explain.system);
  g_free (explain.target);
  g_free (explain.method);
  g_free (explain.format);
  g_free (explain.grain);
  g_free (explain.output);
  g_free (explain.layers);
  g_free (explain.shares);
  g_free (explain.heads);
  cli_runtime_clear (&explain.runtime);
  return status;
}
