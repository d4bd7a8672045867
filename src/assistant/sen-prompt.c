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

static gsize
longest_fence (const char *words)
{
  gsize longest = 2;
  for (const char *at = strchr (words, '`'); at != NULL; at = strchr (at, '`'))
    {
      gsize n = strspn (at, "`");
      longest = MAX (longest, n);
      at += n;
    }
  return longest + 1;
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
  g_autofree char *fence = g_strnfill (longest_fence (words), '`');
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
