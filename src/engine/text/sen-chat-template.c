/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-chat-template.h"

#include "known-formats.h"
#include "sen-error.h"

struct SenChatTemplate {
  char          *bos, *eos;
  char          *description;
  SenKnownFormat format;
};

SenChatTemplate *
sen_chat_template_new (const char *source, const char *architecture, const char *bos, const char *eos)
{
  SenChatTemplate *t = g_new0 (SenChatTemplate, 1);
  t->bos = g_strdup (bos != NULL ? bos : "");
  t->eos = g_strdup (eos != NULL ? eos : "");
  t->format = sen_known_format_guess (source, architecture);
  t->description = g_strdup_printf ("%s (the model has no template of its own)", sen_known_format_name (t->format));
  return t;
}

void
sen_chat_template_free (SenChatTemplate *t)
{
  if (t == NULL)
    return;
  g_free (t->bos);
  g_free (t->eos);
  g_free (t->description);
  g_free (t);
}

const char *
sen_chat_template_description (const SenChatTemplate *t)
{
  return t->description;
}

bool
sen_chat_template_is_own (const SenChatTemplate *t)
{
  return false;
}

char *
sen_chat_template_render (const SenChatTemplate *t, const SenChatMessage *messages, size_t n_messages,
                          bool add_generation_prompt, const char *today, GError **error)
{
  GString *out = g_string_new (NULL);
  sen_known_format_render (t->format, messages, n_messages, add_generation_prompt, t->bos, t->eos, out);
  return g_string_free (out, FALSE);
}
