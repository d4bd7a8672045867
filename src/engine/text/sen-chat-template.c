/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-chat-template.h"

#include "known-formats.h"
#include "sen-error.h"
#include "sen-jinja.h"

#include <string.h>

struct SenChatTemplate {
  char          *bos, *eos;
  char          *description;
  SenKnownFormat format;
  SenJinja      *own;             /* NULL: the known format is used */
  bool           merges_system;   /* the template refuses or ignores system messages */
};

static void
add_string (GVariantBuilder *builder, const char *name, const char *text)
{
  g_variant_builder_add (builder, "{sv}", name, g_variant_new_take_string (g_utf8_make_valid (text, -1)));
}

/* The variables that transformers gives a template; no tools and no documents are None there. */
static GVariant *
new_context (const SenChatTemplate *t, const SenChatMessage *messages, size_t n_messages, bool add_generation_prompt)
{
  GVariantBuilder list, context;
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (size_t i = 0; i < n_messages; i++)
    {
      GVariantBuilder message;
      g_variant_builder_init (&message, G_VARIANT_TYPE_VARDICT);
      add_string (&message, "role", messages[i].role);
      add_string (&message, "content", messages[i].content);
      g_variant_builder_add (&list, "a{sv}", &message);
    }
  g_variant_builder_init (&context, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&context, "{sv}", "messages", g_variant_builder_end (&list));
  g_variant_builder_add (&context, "{sv}", "tools", g_variant_new_maybe (G_VARIANT_TYPE_STRING, NULL));
  g_variant_builder_add (&context, "{sv}", "documents", g_variant_new_maybe (G_VARIANT_TYPE_STRING, NULL));
  g_variant_builder_add (&context, "{sv}", "add_generation_prompt", g_variant_new_boolean (add_generation_prompt));
  add_string (&context, "bos_token", t->bos);
  add_string (&context, "eos_token", t->eos);
  return g_variant_builder_end (&context);
}

static char *
render_own (const SenChatTemplate *t, const SenChatMessage *messages, size_t n_messages, bool add_generation_prompt,
            const char *today, GError **error)
{
  if (!t->merges_system)
    return sen_jinja_render (t->own, new_context (t, messages, n_messages, add_generation_prompt), today, NULL, error);
  g_autofree SenChatMessage *merged = g_new (SenChatMessage, n_messages + 1);
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func (g_free);
  size_t n = sen_merge_system_message (messages, n_messages, merged, contents);
  return sen_jinja_render (t->own, new_context (t, merged, n, add_generation_prompt), today, NULL, error);
}

/* Renders a system and a user message, and finds out whether the system message must be merged into the user's. */
static bool
try_own (SenChatTemplate *t, GError **error)
{
  static const SenChatMessage trial[] = { { "system", "Sensorium-trial-1" }, { "user", "Sensorium-trial-2" } };
  for (int i = 0; i < 2; i++)
    {
      g_clear_error (error);
      t->merges_system = i > 0;
      g_autofree char *text = render_own (t, trial, G_N_ELEMENTS (trial), true, NULL, error);
      if (text != NULL && strstr (text, trial[0].content) != NULL && strstr (text, trial[1].content) != NULL)
        return true;
      if (text != NULL)
        g_set_error_literal (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "the template leaves messages out");
    }
  return false;
}

SenChatTemplate *
sen_chat_template_new (const char *source, const char *architecture, const char *bos, const char *eos)
{
  SenChatTemplate *t = g_new0 (SenChatTemplate, 1);
  g_autoptr (GError) error = NULL;
  t->bos = g_strdup (bos != NULL ? bos : "");
  t->eos = g_strdup (eos != NULL ? eos : "");
  t->format = sen_known_format_guess (source, architecture);
  if (source == NULL)
    {
      t->description = g_strdup_printf ("%s (the model has no template of its own)", sen_known_format_name (t->format));
      return t;
    }
  t->own = sen_jinja_new (source, -1, &error);
  if (t->own != NULL && try_own (t, &error))
    {
      t->description
        = g_strdup (t->merges_system ? "the model's own template (the system message joins the first user message)"
                                     : "the model's own template");
      return t;
    }
  g_clear_pointer (&t->own, sen_jinja_free);
  t->description = g_strdup_printf ("%s (the model's own template cannot be used: %s)",
                                    sen_known_format_name (t->format), error->message);
  return t;
}

void
sen_chat_template_free (SenChatTemplate *t)
{
  if (t == NULL)
    return;
  sen_jinja_free (t->own);
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
  return t->own != NULL;
}

char *
sen_chat_template_render (const SenChatTemplate *t, const SenChatMessage *messages, size_t n_messages,
                          bool add_generation_prompt, const char *today, GError **error)
{
  if (t->own != NULL)
    return render_own (t, messages, n_messages, add_generation_prompt, today, error);
  GString *out = g_string_new (NULL);
  sen_known_format_render (t->format, messages, n_messages, add_generation_prompt, t->bos, t->eos, out);
  return g_string_free (out, FALSE);
}
