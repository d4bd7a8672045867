/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-advice.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sen-capture.h"
#include "sen-error.h"
#include "sen-sentence.h"

static const struct {
  SenError    code;
  const char *text;     /* %s is the engine's own sentence */
  const char *action;
  const char *label;
} advices[] = {
  { SEN_ERROR_CONTEXT_FULL, N_("This conversation is longer than the model can keep in mind: %s."),
    "win.leave-out", N_("Leave Out the Oldest Messages") },
  { SEN_ERROR_DEVICE_LOST, N_("The graphics device stopped in the middle of the answer and was started again: %s."),
    "win.regenerate", N_("Answer Again") },
  { SEN_ERROR_NO_MEMORY, N_("There is not enough memory: %s. A smaller model needs less."),
    "win.models", N_("Choose a Model") },
  { SEN_ERROR_DEVICE_MEMORY, N_("The device has too little memory: %s. A smaller model or another device may do."),
    "win.models", N_("Choose a Model") },
  { SEN_ERROR_DEVICE, N_("The device could not be used: %s."),
    "win.models", N_("Choose a Device") },
  { SEN_ERROR_NOT_FOUND, N_("There is nothing to answer with: %s."),
    "win.models", N_("Choose a Model") },
  { SEN_ERROR_FORMAT, N_("The model file is damaged: %s."),
    "win.models", N_("Choose a Model") },
  { SEN_ERROR_UNSUPPORTED, N_("This model cannot be used: %s."),
    "win.models", N_("Choose a Model") },
  { SEN_ERROR_IO, N_("The model file could not be read: %s."),
    "win.models", N_("Choose a Model") },
};

char *
sen_advice_without_point (const char *sentence)
{
  return g_strndup (sentence, strlen (sentence) - g_str_has_suffix (sentence, "."));
}

void
sen_advice_init (SenAdvice *advice, const GError *error)
{
  g_autofree char *message = sen_advice_without_point (error->message);
  *advice = (SenAdvice) { 0 };
  for (size_t i = 0; i < G_N_ELEMENTS (advices) && error->domain == SEN_ERROR; i++)
    if ((int) advices[i].code == error->code)
      {
        g_auto (GStrv) around = g_strsplit (_(advices[i].text), "%s", 2);
        advice->text = g_strjoinv (message, around);
        advice->action = advices[i].action;
        advice->label = _(advices[i].label);
        return;
      }
  /* translators: an error message follows */
  advice->text = g_strdup_printf (_("That did not work: %s."), message);
}

void
sen_advice_clear (SenAdvice *advice)
{
  g_free (advice->text);
  *advice = (SenAdvice) { 0 };
}

char *
sen_advice_sound (const GError *error)
{
  g_autofree char *detail = NULL;
  const char *sentence = sen_capture_sentence (error, &detail);
  g_autofree char *text = sentence != NULL ? sen_capture_fill (_(sentence), detail) : g_strdup (error->message);
  return g_str_has_suffix (text, ".") ? g_steal_pointer (&text) : g_strconcat (text, ".", NULL);
}

/* @text in the user's language, when it was made of one of @sentences; it stands alone there, but a name keeps its own spelling. */
static char *
translate (const char *text, const char *const *sentences, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      char *other = sen_sentence_translate (text, sentences[i], _(sentences[i]));
      if (other == NULL)
        continue;
      if (g_ascii_islower (*sentences[i]))
        *other = g_ascii_toupper (*other);
      return other;
    }
  return NULL;
}

char *
sen_advice_attachment (const char *sentence)
{
  static const char *const sentences[] = {
#define REASON(name, code, sentence) sentence,
#include "attachment-reasons.def"
#include "reasons.def"
#undef REASON
#define REASON(name, sentence) sentence,
#include "file-reasons.def"
#undef REASON
  };
  char *text = translate (sentence, sentences, G_N_ELEMENTS (sentences));
  return text != NULL ? text : g_strdup (sentence);
}

char *
sen_advice_index (const char *sentence)
{
  static const char *const sentences[] = {
#define REASON(name, code, sentence) sentence,
#include "index-reasons.def"
#include "find-reasons.def"
#undef REASON
  };
  /* As sen-model-store.c says it, with a command; here is a list of models. */
  char *text = sen_sentence_translate (sentence, "The model {model} is {state}; get it with \"sensorium-cli models fetch {name}\".",
                                       _("The model {model} is not here yet; get it in the list of models."));
  text = text != NULL ? text : translate (sentence, sentences, G_N_ELEMENTS (sentences));
  return text != NULL ? text : sen_advice_attachment (sentence);
}

const char *
sen_advice_reason (const char *reason)
{
  /* As sen-devices.c says them. */
  static const char *const usual[] = {
    N_("the CPU was asked for"),
    N_("no usable GPU: there is only a software Vulkan device"),
    N_("no usable GPU: no driver offers a Vulkan device"),
    N_("no usable GPU: there is no Vulkan loader on this machine"),
    N_("no usable GPU: Sensorium was built without Vulkan"),
  };
  for (size_t i = 0; reason != NULL && i < G_N_ELEMENTS (usual); i++)
    if (strcmp (reason, usual[i]) == 0)
      return _(usual[i]);
  return reason;
}
