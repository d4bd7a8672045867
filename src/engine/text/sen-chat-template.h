/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/**
 * Turns a conversation into the prompt text a model was trained on.
 *
 * The model's own Jinja template is rendered by the sandboxed interpreter of sen-jinja.h; where there is none, or it is
 * beyond the interpreter, a known format is used by name (chatml, llama2, llama3, mistral, gemma, zephyr). Which one is
 * in use, and why, can be asked. A template that refuses or ignores system messages, as a trial at the start shows,
 * gets them in front of the first user message, with an empty line between.
 *
 * Thread-safety: immutable; rendering is reentrant.
 */
typedef struct SenChatTemplate SenChatTemplate;

typedef struct {
  const char *role;      /* "system", "user", "assistant" */
  const char *content;   /* UTF-8 */
} SenChatMessage;

/** @source: the Jinja text of the model, or NULL. @architecture: the model's, to choose a known format. @bos and @eos:
 *  token texts the template may print (NULL = ""). Never fails: a template that does not parse falls back. */
SenChatTemplate *sen_chat_template_new (const char *source, const char *architecture, const char *bos, const char *eos);
void             sen_chat_template_free (SenChatTemplate *chat_template);

/** "the model's own template", or "chatml (the model's template uses …, which is not supported)". Borrowed. */
const char *sen_chat_template_description (const SenChatTemplate *chat_template);
bool        sen_chat_template_is_own (const SenChatTemplate *chat_template);

/** The prompt for @messages; with @add_generation_prompt it ends where the assistant's answer begins. @today is what
 *  strftime_now sees ("2026-11-24"), NULL for the present. raise_exception() of a template is SEN_ERROR_INVALID with
 *  its words; limits on steps, depth and output give SEN_ERROR_LIMIT. (transfer full) */
char *sen_chat_template_render (const SenChatTemplate *chat_template, const SenChatMessage *messages, size_t n_messages,
                                bool add_generation_prompt, const char *today, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenChatTemplate, sen_chat_template_free)

G_END_DECLS
