/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "document-text.h"
#include "media.h"
#include "runtime.h"

static void
add_member (GString *json, const char *member, const char *text)
{
  g_string_append_printf (json, ",\"%s\":", member);
  if (text != NULL)
    sen_json_quote (json, text);
  else
    g_string_append (json, "null");
}

static void
add_media (GString *json, const char *path, SenAttachment *attachment)
{
  const SenAttachmentFacts *facts = sen_attachment_facts (attachment);
  g_string_append (json, "{\"file\":");
  sen_json_quote (json, path);
  g_string_append_printf (json, ",\"kind\":\"%s\",\"width\":%d,\"height\":%d,\"seconds\":%.3f", sen_attachment_kind_name (facts->kind),
                          facts->width, facts->height, facts->seconds);
  add_member (json, "words", facts->words);
  add_member (json, "words_by", facts->words_by);
  add_member (json, "error", sen_attachment_error (attachment));
  g_string_append_c (json, '}');
}

static void
add_document (GString *json, const char *path, const CliDocument *document)
{
  g_string_append (json, "{\"file\":");
  sen_json_quote (json, path);
  g_string_append (json, ",\"kind\":\"document\"");
  add_member (json, "format", document->format);
  add_member (json, "title", document->title);
  add_member (json, "author", document->author);
  add_member (json, "date", document->date);
  add_member (json, "language", document->language);
  g_string_append_printf (json, ",\"pages\":%u,\"scanned_pages\":%u", document->n_pages, document->n_scanned);
  add_member (json, "words", document->text);
  add_member (json, "note", document->note);
  add_member (json, "error", document->error);
  g_string_append_c (json, '}');
}

/* @documents: as many as paths, NULL for those among the attachments of @media, which are in the same order. */
static void
print_json (const CliMedia *media, GPtrArray *paths, GPtrArray *documents)
{
  g_autoptr (GString) json = g_string_new ("[");
  guint n_media = 0;
  for (guint i = 0; i < paths->len; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      if (g_ptr_array_index (documents, i) != NULL)
        add_document (json, g_ptr_array_index (paths, i), g_ptr_array_index (documents, i));
      else
        add_media (json, g_ptr_array_index (paths, i), g_ptr_array_index (media->attachments, n_media++));
    }
  puts (g_string_append_c (json, ']')->str);
}

static void
print_plain (const CliMedia *media, GPtrArray *paths, GPtrArray *documents)
{
  guint n_media = 0;
  for (guint i = 0; i < paths->len; i++)
    {
      const CliDocument *document = g_ptr_array_index (documents, i);
      const char *words = document != NULL ? document->text
                                           : sen_attachment_facts (g_ptr_array_index (media->attachments, n_media++))->words;
      if (words != NULL && paths->len > 1)
        printf ("%s%s:\n", i > 0 ? "\n" : "", (const char *) g_ptr_array_index (paths, i));
      if (document != NULL)
        cli_document_print_facts (document);
      if (words != NULL)
        fputs (words, stdout);
    }
}

/* Documents at once, and what is left of the paths. False when it was cancelled. */
static bool
read_documents (SenCli *cli, GPtrArray *paths, GPtrArray *documents, GPtrArray *rest, int *status)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = cli->debug.decode_helper });
  for (guint i = 0; i < paths->len && !sen_cancel_requested (cli->cancel); i++)
    {
      CliDocument *document = cli_document_read (decode, cli, g_ptr_array_index (paths, i));
      g_ptr_array_add (documents, document);
      if (document == NULL)
        g_ptr_array_add (rest, g_ptr_array_index (paths, i));
      else if (document->error != NULL)
        {
          g_printerr ("sensorium-cli: %s\n", document->error);
          *status = SEN_CLI_BAD_FILE;
        }
      else if (document->note != NULL)
        g_printerr ("sensorium-cli: %s\n", document->note);
    }
  return !sen_cancel_requested (cli->cancel);
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
  if (!sen_cli_parse (cli, "FILE…", "Facts of pictures and videos, transcripts of recordings: what a model reads of them; text of "
                      "documents.", entries, &argc, &argv))
    return SEN_CLI_USAGE;
  if (argc < 2)
    return sen_cli_usage (cli, "say which files");
  g_autoptr (GPtrArray) paths = g_ptr_array_new (), rest = g_ptr_array_new ();
  g_autoptr (GPtrArray) documents = g_ptr_array_new_with_free_func ((GDestroyNotify) cli_document_free);
  for (int i = 1; i < argc; i++)
    g_ptr_array_add (paths, argv[i]);
  if (!read_documents (cli, paths, documents, rest, &status))
    return SEN_CLI_CANCELLED;
  bool is_whole = rest->len == 0 || cli_media_add (&media, cli, NULL, rest, &status);
  if (is_whole && as_json)
    print_json (&media, paths, documents);
  else if (is_whole)
    print_plain (&media, paths, documents);
  cli_media_clear (&media);
  return status;
}
