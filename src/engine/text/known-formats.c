/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "known-formats.h"

#include <string.h>

static const char *const format_names[] = { "chatml", "llama2", "llama3", "mistral", "gemma", "zephyr" };

const char *
sen_known_format_name (SenKnownFormat format)
{
  return format_names[format];
}

SenKnownFormat
sen_known_format_guess (const char *source, const char *architecture)
{
  static const struct {
    const char    *mark;
    SenKnownFormat format;
  } marks[] = {
    { "<|im_start|>", SEN_FORMAT_CHATML },     { "<|start_header_id|>", SEN_FORMAT_LLAMA3 },
    { "<start_of_turn>", SEN_FORMAT_GEMMA },   { "<<SYS>>", SEN_FORMAT_LLAMA2 },
    { "[INST]", SEN_FORMAT_MISTRAL },          { "<|user|>", SEN_FORMAT_ZEPHYR },
  };
  for (size_t i = 0; source != NULL && i < G_N_ELEMENTS (marks); i++)
    if (strstr (source, marks[i].mark) != NULL)
      return marks[i].format;
  return architecture != NULL && g_str_has_prefix (architecture, "gemma") ? SEN_FORMAT_GEMMA : SEN_FORMAT_CHATML;
}

size_t
sen_merge_system_message (const SenChatMessage *messages, size_t n_messages, SenChatMessage *merged, GPtrArray *contents)
{
  const char *system = NULL;
  size_t n = 0;
  for (size_t i = 0; i < n_messages; i++)
    {
      if (strcmp (messages[i].role, "system") == 0)
        {
          system = messages[i].content;
          continue;
        }
      merged[n] = messages[i];
      if (system != NULL && strcmp (messages[i].role, "user") == 0)
        {
          char *joined = g_strdup_printf ("%s\n\n%s", system, messages[i].content);
          g_ptr_array_add (contents, joined);
          merged[n].content = joined;
          system = NULL;
        }
      n++;
    }
  return n;
}

static bool
is_assistant (const SenChatMessage *message)
{
  return strcmp (message->role, "assistant") == 0;
}

/* Llama 2 and Mistral: [INST] question [/INST] answer</s> */
static void
render_inst (const SenChatMessage *messages, size_t n, bool marks_system, const char *bos, const char *eos, GString *out)
{
  const char *system = NULL;
  g_string_append (out, marks_system ? "" : bos);
  for (size_t i = 0; i < n; i++)
    {
      if (strcmp (messages[i].role, "system") == 0)
        system = messages[i].content;
      else if (is_assistant (&messages[i]))
        g_string_append_printf (out, " %s%s%s", messages[i].content, marks_system ? " " : "", eos);
      else if (marks_system)
        {
          g_string_append_printf (out, "%s[INST] ", bos);
          if (system != NULL)
            g_string_append_printf (out, "<<SYS>>\n%s\n<</SYS>>\n\n", system);
          g_string_append_printf (out, "%s [/INST]", messages[i].content);
          system = NULL;
        }
      else
        {
          g_string_append_printf (out, "[INST] %s%s%s [/INST]", system != NULL ? system : "", system != NULL ? "\n\n" : "",
                                  messages[i].content);
          system = NULL;
        }
    }
}

static void
render_gemma (const SenChatMessage *messages, size_t n_messages, const char *bos, GString *out)
{
  g_autofree SenChatMessage *merged = g_new (SenChatMessage, n_messages + 1);
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func (g_free);
  size_t n = sen_merge_system_message (messages, n_messages, merged, contents);
  g_string_append (out, bos);
  for (size_t i = 0; i < n; i++)
    g_string_append_printf (out, "<start_of_turn>%s\n%s<end_of_turn>\n", is_assistant (&merged[i]) ? "model" : merged[i].role,
                            merged[i].content);
}

void
sen_known_format_render (SenKnownFormat format, const SenChatMessage *messages, size_t n, bool add_generation_prompt,
                         const char *bos, const char *eos, GString *out)
{
  const char *prompt = "";
  switch (format)
    {
    case SEN_FORMAT_CHATML:
      for (size_t i = 0; i < n; i++)
        g_string_append_printf (out, "<|im_start|>%s\n%s<|im_end|>\n", messages[i].role, messages[i].content);
      prompt = "<|im_start|>assistant\n";
      break;
    case SEN_FORMAT_LLAMA2:
    case SEN_FORMAT_MISTRAL:
      render_inst (messages, n, format == SEN_FORMAT_LLAMA2, bos, eos, out);
      break;
    case SEN_FORMAT_LLAMA3:
      g_string_append (out, bos);
      for (size_t i = 0; i < n; i++)
        g_string_append_printf (out, "<|start_header_id|>%s<|end_header_id|>\n\n%s<|eot_id|>", messages[i].role,
                                messages[i].content);
      prompt = "<|start_header_id|>assistant<|end_header_id|>\n\n";
      break;
    case SEN_FORMAT_GEMMA:
      render_gemma (messages, n, bos, out);
      prompt = "<start_of_turn>model\n";
      break;
    case SEN_FORMAT_ZEPHYR:
      for (size_t i = 0; i < n; i++)
        g_string_append_printf (out, "<|%s|>\n%s%s\n", messages[i].role, messages[i].content, eos);
      prompt = "<|assistant|>\n";
      break;
    }
  if (add_generation_prompt)
    g_string_append (out, prompt);
}
