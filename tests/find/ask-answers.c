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

#include "sen-devices.h"
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

static void
append_text (GString *json, const char *name, const char *text)
{
  g_string_append_printf (json, "%c\"%s\":", json->str[json->len - 1] == '{' ? ' ' : ',', name);
  sen_json_quote (json, text);
}

static void
append_number (GString *json, const char *name, double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (json, "%c\"%s\":%s", json->str[json->len - 1] == '{' ? ' ' : ',', name,
                          g_ascii_formatd (digits, sizeof digits, "%.4f", number));
}

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
  append_number (self->json, "best", info->n > 0 ? (double) info->results[0].score : 0.0);
  append_number (self->json, "search_ms", info->elapsed_ms);
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
  append_number (self->json, "prompt_tokens", stats.n_prompt_tokens);
  append_number (self->json, "prefill_seconds", stats.prefill_seconds);
  append_number (self->json, "decode_seconds", stats.decode_seconds);
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
      append_text (self->json, "path", source->path);
      append_text (self->json, "text", source->text);
      append_text (self->json, "instructions", source->instructions);
      append_number (self->json, "page", source->page);
      append_number (self->json, "score", (double) source->score);
      append_number (self->json, "tokens", source->n_tokens);
      g_string_append_printf (self->json, ",\"used\":%s}", check->used >> i & 1 ? "true" : "false");
    }
  g_string_append (self->json, "],\"sentences\":[");
  for (uint32_t i = 0; i < check->n; i++)
    {
      const SenGroundedSentence *sentence = &check->sentences[i];
      g_string_append (self->json, i > 0 ? ",{" : "{");
      append_number (self->json, "start", sentence->start);
      append_number (self->json, "end", sentence->end);
      append_number (self->json, "support", (double) sentence->support);
      append_number (self->json, "cited", (double) sentence->cited);
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
      append_text (self->json, "quote", quote != NULL ? quote : "");
    }
  append_text (self->json, "text", self->answer->str);
  puts (g_string_append_c (self->json, '}')->str);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  static char line[65536];
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;
  const SenDebug debug = sen_debug_from_env ();
  uint32_t n_threads = argc == 4 ? (uint32_t) atoi (argv[3]) : 2;
  if (argc < 3 || argc > 4 || n_threads < 1)
    return 2;
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (&error);
  g_assert_no_error (error);
  g_autoptr (SenModelStore) store = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = debug.models_dir });
  g_autoptr (SenFindEncoders) encoders = sen_find_encoders_new (&(SenFindEncodersParams) {
    .debug = &debug, .store = store, .device = "cpu", .n_threads = n_threads,
  });
  g_autofree char *path = sen_model_store_find (store, argv[2], &error);
  g_assert_no_error (error);
  const SenDevicesParams devices = { .wanted = "cpu", .n_threads = n_threads, .debug = &debug };
  SenSessionParams session = sen_session_params_default ();
  session.n_ctx = N_CTX;
  SenDevice *fallback = NULL, *device = sen_devices_open (&devices, &fallback, &reason, &error);
  g_assert_no_error (error);
  g_autoptr (SenModel) model = sen_model_open (path, &error);
  g_assert_no_error (error);
  Asking self = { .model = model, .answer = g_string_new (NULL), .json = g_string_new (NULL) };
  self.find = sen_find_new (&(SenFindParams) { .path = argv[1], .encoders = encoders, .n_threads = n_threads });
  self.session = sen_session_new (model, device, fallback, &session, &error);
  g_assert_no_error (error);
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (g_strchomp (line), "\t", 3);
      if (g_strv_length (parts) < 2)
        return 2;
      answer (&self, parts[0], parts[1], parts[2]);
    }
  g_clear_pointer (&self.grounding, sen_grounding_free);
  sen_session_free (self.session);
  sen_device_unref (fallback);
  sen_device_unref (device);
  sen_find_free (self.find);
  g_string_free (self.answer, TRUE);
  g_string_free (self.json, TRUE);
  return 0;
}
