/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "explain-fixture.h"

#include "sen-cpu.h"

void
explain_set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  if (models == NULL)
    g_error ("SENSORIUM_TEST_MODELS is not set");
  g_autofree char *path = g_build_filename (models, "smollm2-135m-instruct.gguf", NULL);
  f->model = sen_model_open (path, &error);
  g_assert_no_error (error);
  f->device = sen_cpu_device_new (&(SenCpuParams) { .n_threads = 2, .exact = data != NULL }, &error);
  g_assert_no_error (error);
  SenSessionParams params = sen_session_params_default ();
  params.n_ctx = EXPLAIN_N_CTX;
  f->session = sen_session_new (f->model, f->device, NULL, &params, &error);
  g_assert_no_error (error);
}

void
explain_tear_down (Fixture *f, gconstpointer data)
{
  sen_session_free (f->session);
  sen_device_unref (f->device);
  sen_model_unref (f->model);
}

SenMultimodalPrompt *
explain_prepare (const SenChatMessage *messages, size_t n, const SenPromptMedia *media, size_t n_media)
{
  g_autoptr (GError) error = NULL;
  const SenMultimodalRequest request = {
    .messages = messages, .n_messages = n, .media = media, .n_media = n_media, .n_ctx = EXPLAIN_N_CTX,
  };
  SenMultimodalPrompt *prompt = sen_multimodal_prepare (NULL, &request, NULL, &error);
  g_assert_no_error (error);
  return prompt;
}
