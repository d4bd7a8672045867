/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   ask-answers DB MODEL [THREADS]
 *
 * For tools/bench-answers.py: what `sensorium-cli ask --db` does, for many questions with the models open. A line of standard input is
 * HOW TAB QUESTION, a line of standard output JSON. HOW:
 *
 *   files     answered from what is found
 *   sources   what is found alone
 *   alone     answered by the model alone
 *   check     as files, with the answer behind one more TAB instead of the model's; \n in it ends a line */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "find-tool.h"
#include "sen-find.h"
#include "sen-generate.h"
#include "sen-grounding-answer.h"
#include "sen-json-quote.h"

#define N_CTX 4096

typedef struct {
  SenFind      *find;
  SenModel     *model;
  SenSession   *session;
  SenGrounding *grounding;
  GString      *answer;
  GString      *json;
} Asking;

static uint32_t
count_tokens (const char *text, gpointer tokenizer)
{
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (tokenizer, text, -1, false, false, tokens);
  return tokens->len;
}

static void
look (Asking *self, const char *question)
{
  g_autofree char *query = sen_grounding_query (question, NULL);
  const SenFindRequest request = { .text = query, .for_answer = true };
  g_autoptr (SenFindResults) results = sen_find_run (self->find, &request, NULL);
  const SenFindResultsInfo *info = sen_find_results_info (results);
  g_assert_no_error (info->error);
  const SenGroundingParams params = {
    .question = question, .max_tokens = N_CTX / 2, .count = count_tokens, .data = sen_model_tokenizer (self->model),
  };
  g_clear_pointer (&self->grounding, sen_grounding_free);
  self->grounding = sen_grounding_new (info->results, sen_grounding_n_results (info), &params);
  sen_json_add_number (self->json, "best", "%.4f", info->n > 0 ? (double) info->results[0].score : 0.0);
  sen_json_add_number (self->json, "search_ms", "%.4f", info->elapsed_ms);
}

static bool
on_token (const SenGeneratedToken *token, gpointer data)
{
  Asking *self = data;
  g_string_append (self->answer, token->text);
  return true;
}

static void
generate (Asking *self, const char *prompt)
{
  g_autoptr (GError) error = NULL;
  const SenChatMessage message = { "user", prompt };
  SenGenerateStats stats = { 0 };
  SenGenerateParams params = { .sampling = sen_sampling_default (), .on_token = on_token, .user_data = self };
  sen_grounding_set_sampling (&params.sampling, &params.max_tokens, false);
  sen_generate_chat (self->session, &message, 1, &params, &stats, &error);
  g_assert_no_error (error);
  sen_json_add_number (self->json, "prompt_tokens", "%.4f", stats.n_prompt_tokens);
  sen_json_add_number (self->json, "prefill_seconds", "%.4f", stats.prefill_seconds);
  sen_json_add_number (self->json, "decode_seconds", "%.4f", stats.decode_seconds);
}

static void
append_check (Asking *self)
{
  g_autoptr (SenGroundingCheck) check = sen_grounding_check (self->grounding, self->answer->str);
  g_string_append_printf (self->json, ",\"found\":%s,\"sources\":[", check->is_not_found ? "false" : "true");
  for (uint32_t i = 0; i < sen_grounding_n_sources (self->grounding); i++)
    {
      const SenSource *source = sen_grounding_source (self->grounding, i);
      g_string_append (self->json, i > 0 ? ",{" : "{");
      sen_json_add_text (self->json, "path", source->path);
      sen_json_add_text (self->json, "text", source->text);
      sen_json_add_text (self->json, "instructions", source->instructions);
      sen_json_add_number (self->json, "page", "%.4f", source->page);
      sen_json_add_number (self->json, "score", "%.4f", (double) source->score);
      sen_json_add_number (self->json, "tokens", "%.4f", source->n_tokens);
      g_string_append_printf (self->json, ",\"used\":%s}", check->used >> i & 1 ? "true" : "false");
    }
  g_string_append (self->json, "],\"sentences\":[");
  for (uint32_t i = 0; i < check->n; i++)
    {
      const SenGroundedSentence *sentence = &check->sentences[i];
      g_string_append (self->json, i > 0 ? ",{" : "{");
      sen_json_add_number (self->json, "start", "%.4f", sentence->start);
      sen_json_add_number (self->json, "end", "%.4f", sentence->end);
      sen_json_add_number (self->json, "support", "%.4f", (double) sentence->support);
      sen_json_add_number (self->json, "cited", "%.4f", (double) sentence->cited);
      g_string_append_printf (self->json, ",\"source\":%d,\"claim\":%s}", sentence->source + 1, sentence->is_claim ? "true" : "false");
    }
  g_string_append_c (self->json, ']');
}

static void
answer (Asking *self, const char *how, const char *question, const char *given)
{
  g_string_assign (self->json, "{");
  g_string_truncate (self->answer, 0);
  if (strcmp (how, "alone") == 0)
    generate (self, question);
  else
    {
      look (self, question);
      g_autofree char *prompt = sen_grounding_prompt (self->grounding);
      if (given != NULL)
        {
          g_autofree char *text = g_strcompress (given);
          g_string_assign (self->answer, text);
        }
      else if (sen_grounding_n_sources (self->grounding) == 0)
        g_string_assign (self->answer, SEN_GROUNDING_NOT_FOUND);
      else if (strcmp (how, "files") == 0)
        generate (self, prompt);
      append_check (self);
      g_autofree char *quote = sen_grounding_quote (self->grounding);
      sen_json_add_text (self->json, "quote", quote != NULL ? quote : "");
    }
  sen_json_add_text (self->json, "text", self->answer->str);
  puts (g_string_append_c (self->json, '}')->str);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  FindTool tool;
  FindToolModel language;
  g_autoptr (GError) error = NULL;
  uint32_t n_threads = argc == 4 ? (uint32_t) atoi (argv[3]) : 2;
  if (argc < 3 || argc > 4 || n_threads < 1)
    return 2;
  find_tool_open (&tool, argv[1], n_threads);
  g_autofree char *path = sen_model_store_find (tool.store, argv[2], &error);
  g_assert_no_error (error);
  find_tool_open_model (&language, path, N_CTX, n_threads);
  Asking self = {
    .find = tool.find, .model = language.model, .session = language.session, .answer = g_string_new (NULL), .json = g_string_new (NULL),
  };
  for (GStrv parts; (parts = find_tool_read_line (3)) != NULL; g_strfreev (parts))
    {
      if (g_strv_length (parts) < 2)
        return 2;
      answer (&self, parts[0], parts[1], parts[2]);
    }
  g_clear_pointer (&self.grounding, sen_grounding_free);
  find_tool_close_model (&language);
  find_tool_close (&tool);
  g_string_free (self.answer, TRUE);
  g_string_free (self.json, TRUE);
  return 0;
}
