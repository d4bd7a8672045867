/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-media-chat.h"

#include <string.h>

char *
sen_media_chat_mark (const char *const *texts)
{
  for (guint number = 0;; number++)
    {
      g_autofree char *mark = g_strdup_printf ("<__media_%u__>", number);
      bool is_free = true;
      for (const char *const *text = texts; *text != NULL && is_free; text++)
        is_free = strstr (*text, mark) == NULL;
      if (is_free)
        return g_steal_pointer (&mark);
    }
}

/* Many templates write the BOS token themselves; adding ours would double it. */
static bool
begins_with_bos (const SenTokenizer *tokenizer, const char *prompt)
{
  g_autoptr (GString) bos = g_string_new (NULL);
  SenToken id = sen_tokenizer_bos (tokenizer);
  if (id != SEN_NO_TOKEN)
    sen_tokenizer_decode (tokenizer, id, true, bos);
  return bos->len > 0 && g_str_has_prefix (prompt, bos->str);
}

SenMediaPrompt *
sen_media_chat_prompt (SenModel *model, const SenMediaChat *chat, GError **error)
{
  SenTokenizer *tokenizer = sen_model_tokenizer (model);
  g_autofree char *prompt = sen_render_chat (model, chat->messages, chat->n_messages, error);
  if (prompt == NULL)
    return NULL;
  const SenMediaText text = {
    .text = prompt, .length = -1, .mark = chat->mark, .add_special = !begins_with_bos (tokenizer, prompt), .shielded = true,
  };
  return sen_media_prompt_new (tokenizer, &text, chat->media, chat->n_media, error);
}
