/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "media.h"
#include "runtime.h"

static void
add_text (GString *json, const char *member, const char *text)
{
  g_string_append_printf (json, ",\"%s\":", member);
  if (text != NULL)
    sen_json_quote (json, text);
  else
    g_string_append (json, "null");
}

static void
print_json (const CliMedia *media, GPtrArray *paths)
{
  g_autoptr (GString) json = g_string_new ("[");
  for (guint i = 0; i < paths->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (media->attachments, i);
      const SenAttachmentFacts *facts = sen_attachment_facts (attachment);
      g_string_append (json, i > 0 ? ",{\"file\":" : "{\"file\":");
      sen_json_quote (json, g_ptr_array_index (paths, i));
      g_string_append_printf (json, ",\"kind\":\"%s\",\"width\":%d,\"height\":%d,\"seconds\":%.3f", sen_attachment_kind_name (facts->kind),
                              facts->width, facts->height, facts->seconds);
      add_text (json, "words", facts->words);
      add_text (json, "words_by", facts->words_by);
      add_text (json, "error", sen_attachment_error (attachment));
      g_string_append_c (json, '}');
    }
  puts (g_string_append_c (json, ']')->str);
}

int
sen_cli_describe (SenCli *cli, int argc, char **argv)
{
  gboolean as_json = FALSE;
  CliMedia media = { 0 };
  int status = SEN_CLI_OK;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL },
    { NULL },
  };
  if (!sen_cli_parse (cli, "FILE…", "Facts of pictures and videos, transcripts of recordings: what a model reads of them.", entries, &argc,
                      &argv))
    return SEN_CLI_USAGE;
  if (argc < 2)
    return sen_cli_usage (cli, "say which files");
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  for (int i = 1; i < argc; i++)
    g_ptr_array_add (paths, argv[i]);
  bool is_whole = cli_media_add (&media, cli, NULL, paths, &status);
  if (is_whole && as_json)
    print_json (&media, paths);
  for (guint i = 0; is_whole && !as_json && i < paths->len; i++)
    {
      const char *words = sen_attachment_facts (g_ptr_array_index (media.attachments, i))->words;
      if (words != NULL && paths->len > 1)
        printf ("%s%s:\n", i > 0 ? "\n" : "", (const char *) g_ptr_array_index (paths, i));
      if (words != NULL)
        fputs (words, stdout);
    }
  cli_media_clear (&media);
  return status;
}
