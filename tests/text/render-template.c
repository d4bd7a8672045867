/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */

/* Helper of compare-templates.py.
 *
 * render-template FILE TODAY < CONTEXT   renders a template; CONTEXT is an a{sv} in GVariant's text format.
 *                                        Prints the text, or on failure one sentence to the standard error, exit 1.
 * render-template --source MODEL.gguf    prints the template inside a model; exit 77 when there is none. */
#include "sen-gguf.h"
#include "sen-jinja.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static int
fail (const GError *error)
{
  fprintf (stderr, "%s\n", error->message);
  return 1;
}

static int
print_source (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, &error);
  if (gguf == NULL)
    return fail (error);
  g_autofree char *source = sen_gguf_dup_string (gguf, "tokenizer.chat_template");
  if (source == NULL)
    return 77;
  fputs (source, stdout);
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *source = NULL;
  size_t length, n;
  char block[4096];
  setlocale (LC_ALL, "");
  if (argc != 3)
    return 2;
  if (strcmp (argv[1], "--source") == 0)
    return print_source (argv[2]);
  while ((n = fread (block, 1, sizeof block, stdin)) > 0)
    g_string_append_len (text, block, (gssize) n);
  if (!g_file_get_contents (argv[1], &source, &length, &error))
    return fail (error);
  g_autoptr (GVariant) context = g_variant_parse (G_VARIANT_TYPE_VARDICT, text->str, NULL, NULL, &error);
  if (context == NULL)
    return fail (error);
  g_autoptr (SenJinja) jinja = sen_jinja_new (source, (gssize) length, &error);
  if (jinja == NULL)
    return fail (error);
  g_autofree char *out = sen_jinja_render (jinja, context, argv[2], NULL, &error);
  if (out == NULL)
    return fail (error);
  fputs (out, stdout);
  return 0;
}
