/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-prompt.h"

#include <string.h>

static const char *const titles[] = {
  [SEN_ATTACHMENT_UNKNOWN] = "File",
  [SEN_ATTACHMENT_PICTURE] = "Picture",
  [SEN_ATTACHMENT_SOUND] = "Recording",
  [SEN_ATTACHMENT_VIDEO] = "Video",
};

char *
sen_prompt_fence (const char *words)
{
  gsize longest = 2;
  for (const char *at = strchr (words, '`'); at != NULL; at = strchr (at, '`'))
    {
      gsize n = strspn (at, "`");
      longest = MAX (longest, n);
      at += n;
    }
  return g_strnfill (longest + 1, '`');
}

char *
sen_prompt_attachment (SenAttachment *attachment, guint number)
{
  const SenAttachmentFacts *facts = sen_attachment_facts (attachment);
  const char *error = sen_attachment_error (attachment), *title = titles[facts->kind];
  g_autofree char *name = g_strdelimit (g_strdup (sen_attachment_name (attachment)), "`\"", '\'');
  GString *block = g_string_new (NULL);
  bool is_heard = facts->kind == SEN_ATTACHMENT_SOUND;
  if (sen_attachment_state (attachment) != SEN_ATTACHMENT_READY && facts->words == NULL)
    {
      g_string_append_printf (block, "%s %u, \"%s\", could not be %s%s%s.\n", title, number, name, is_heard ? "heard" : "seen",
                              error != NULL ? ": " : "", error != NULL ? error : "");
      return g_string_free (block, FALSE);
    }
  const char *words = facts->words != NULL ? facts->words : "";
  g_autofree char *fence = sen_prompt_fence (words);
  g_string_append_printf (block, "%s %u, \"%s\", %s in words:\n%s\n%s%s%s\n", title, number, name, is_heard ? "heard" : "seen", fence,
                          words, *words == '\0' || g_str_has_suffix (words, "\n") ? "" : "\n", fence);
  return g_string_free (block, FALSE);
}

char *
sen_prompt_message (GPtrArray *attachments, const char *text)
{
  guint numbers[G_N_ELEMENTS (titles)] = { 0 };
  GString *prompt = g_string_new (NULL);
  for (guint i = 0; attachments != NULL && i < attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      g_autofree char *block = sen_prompt_attachment (attachment, ++numbers[sen_attachment_kind (attachment)]);
      g_string_append (prompt, block);
      g_string_append_c (prompt, '\n');
    }
  g_string_append (prompt, text);
  if (*text == '\0')
    g_string_truncate (prompt, prompt->len > 0 ? prompt->len - 1 : 0);
  return g_string_free (prompt, FALSE);
}

static const char *
keep_text (GPtrArray *texts, char *text)
{
  if (text != NULL)
    g_ptr_array_add (texts, text);
  return text;
}

void
sen_prompt_add_media (GPtrArray *attachments, size_t message, GArray *media, GPtrArray *texts)
{
  guint numbers[G_N_ELEMENTS (titles)] = { 0 };
  for (guint i = 0; attachments != NULL && i < attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      const SenPromptMedia one = {
        .message = message,
        .kind = sen_attachment_kind (attachment),
        .path = keep_text (texts, sen_attachment_path (attachment)),
        .name = keep_text (texts, g_strdup (sen_attachment_name (attachment))),
        .attachment = attachment,
        .words = keep_text (texts, sen_prompt_attachment (attachment, ++numbers[sen_attachment_kind (attachment)])),
      };
      g_array_append_val (media, one);
    }
}

/* What the message at @index reads as: what its answer says, as far as that is looked at. */
static const char *
read_as (SenConversation *conversation, guint index, SenMessage *message, SenMessage *last)
{
  g_autoptr (SenMessage) answer = message != last ? g_list_model_get_item (G_LIST_MODEL (conversation), index + 1) : NULL;
  const char *asked = answer != NULL && sen_message_speaker (message) == SEN_SPEAKER_USER ? sen_message_asked (answer) : NULL;
  return asked != NULL ? asked : sen_message_text (message);
}

GArray *
sen_prompt_conversation (SenConversation *conversation, const char *system, SenMessage *first, SenMessage *last, GArray *media,
                         GPtrArray *texts)
{
  GArray *messages = g_array_new (FALSE, FALSE, sizeof (SenChatMessage));
  bool is_seen = first == NULL;
  if (system != NULL && *system != '\0')
    {
      const SenChatMessage entry = { "system", system };
      g_array_append_val (messages, entry);
    }
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (conversation), i);
      SenChatMessage entry = {
        sen_message_speaker (message) == SEN_SPEAKER_USER ? "user" : "assistant", read_as (conversation, i, message, last),
      };
      GPtrArray *attachments = sen_message_attachments (message);
      bool is_empty = *entry.content == '\0' && (attachments == NULL || attachments->len == 0);
      is_seen = is_seen || message == first;
      if (is_seen && !is_empty)
        {
          sen_prompt_add_media (attachments, messages->len, media, texts);
          g_array_append_val (messages, entry);
        }
      if (message == last)
        break;
    }
  return messages;
}

static uint64_t
count_all (SenModel *model, GArray *messages, GArray *costs)
{
  uint64_t n = sen_count_chat_tokens (model, (const SenChatMessage *) messages->data, messages->len, NULL);
  for (guint i = 0; costs != NULL && i < costs->len; i++)
    n += g_array_index (costs, uint32_t, i);
  return n;
}

uint32_t
sen_prompt_leave_out (SenModel *model, uint32_t n_ctx, GArray *messages, GArray *costs)
{
  uint32_t n_gone = 0;
  guint first = messages->len > 0 && g_str_equal (g_array_index (messages, SenChatMessage, 0).role, "system") ? 1 : 0;
  while (messages->len > first + 1 && count_all (model, messages, costs) > SEN_PROMPT_SHARE (n_ctx))
    {
      guint n = 1;
      while (first + n + 1 < messages->len && !g_str_equal (g_array_index (messages, SenChatMessage, first + n).role, "user"))
        n++;
      g_array_remove_range (messages, first, n);
      if (costs != NULL)
        g_array_remove_range (costs, first, n);
      n_gone += n;
    }
  return n_gone;
}
