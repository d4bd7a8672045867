/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "media.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

GPtrArray *
cli_media_take_options (int *argc, char **argv)
{
  static const char *const names[] = { "--image", "--audio", "--video" };
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  int n = 1;
  bool is_over = false;
  for (int i = 1; i < *argc; i++)
    {
      const char *value = NULL;
      is_over = is_over || strcmp (argv[i], "--") == 0;
      for (gsize j = 0; j < G_N_ELEMENTS (names) && !is_over; j++)
        {
          gsize length = strlen (names[j]);
          if (strcmp (argv[i], names[j]) == 0 && i + 1 < *argc)
            value = argv[++i];
          else if (strncmp (argv[i], names[j], length) == 0 && argv[i][length] == '=')
            value = argv[i] + length + 1;
          if (value != NULL)
            break;
        }
      if (value != NULL)
        g_ptr_array_add (paths, g_strdup (value));
      else
        argv[n++] = argv[i];
    }
  argv[n] = NULL;
  *argc = n;
  return paths;
}

/* On a terminal one line that changes; elsewhere each news once. */
static void
show_progress (GPtrArray *attachments, char **last)
{
  g_autofree char *text = sen_perception_describe (attachments);
  if (text == NULL || g_strcmp0 (text, *last) == 0)
    return;
  if (isatty (STDERR_FILENO))
    fprintf (stderr, "\r%s\033[K", text);
  g_free (*last);
  *last = g_steal_pointer (&text);
}

/* What is wanting is a model that hears. */
static bool
is_deaf (const CliMedia *media, SenAttachment *attachment, SenModelStatus **ears)
{
  SenAttachmentKind kind = sen_attachment_kind (attachment);
  bool has_sound = kind == SEN_ATTACHMENT_SOUND || kind == SEN_ATTACHMENT_VIDEO;
  *ears = has_sound && media->store != NULL ? sen_model_store_choose (media->store, SEN_ROLE_HEAR) : NULL;
  return *ears != NULL && (*ears)->state != SEN_MODEL_PRESENT;
}

/* One sentence, with the command that helps when a model is wanting. None when it is not wanted: the model that answers hears by itself.
 * Returns whether something was said. */
static bool
print_error (const CliMedia *media, const SenMultimodal *multimodal, SenAttachment *attachment)
{
  g_autoptr (SenModelStatus) ears = NULL;
  bool deaf = is_deaf (media, attachment, &ears);
  if (deaf && sen_multimodal_by (multimodal, sen_attachment_kind (attachment)) != NULL)
    return false;
  g_printerr ("sensorium-cli: %s%s%s\n", sen_attachment_error (attachment), deaf ? ": sensorium-cli models fetch " : "",
              deaf ? ears->name : "");
  return true;
}

static bool
settle (CliMedia *media, SenCli *cli, GPtrArray *attachments)
{
  g_autofree char *last = NULL;
  g_autoptr (SenJob) job = sen_perception_settle (media->perception, attachments, false);
  while (!sen_job_is_finished (job))
    {
      g_main_context_iteration (NULL, TRUE);
      show_progress (attachments, &last);
      if (sen_cancel_requested (cli->cancel))
        sen_job_cancel (job);
    }
  if (last != NULL && isatty (STDERR_FILENO))
    fputs ("\r\033[K", stderr);
  return sen_job_error (job) == NULL;
}

bool
cli_media_add (CliMedia *media, SenCli *cli, const SenMultimodal *multimodal, GPtrArray *paths, int *status)
{
  if (media->history == NULL)
    media->history = sen_history_new (NULL);
  if (media->perception == NULL)
    {
      media->store = sen_cli_open_store (cli, NULL, NULL);
      SenSenses *senses = sen_senses_new (&cli->debug, media->store);
      sen_senses_tell (senses, sen_cli_gave_way, NULL);
      media->perception = sen_perception_new (senses, NULL);
      media->attachments = g_ptr_array_new_with_free_func (g_object_unref);
    }
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_commandline_arg (g_ptr_array_index (paths, i));
      g_ptr_array_add (added, sen_attachment_files_add (sen_history_files (media->history), file));
    }
  bool is_whole = settle (media, cli, added);
  for (guint i = 0; i < added->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (added, i);
      if (sen_attachment_error (attachment) != NULL && print_error (media, multimodal, attachment) && *status == SEN_CLI_OK)
        *status = SEN_CLI_BAD_FILE;
    }
  if (is_whole)
    g_ptr_array_extend_and_steal (media->attachments, g_steal_pointer (&added));
  else
    *status = SEN_CLI_CANCELLED;
  return is_whole;
}

static void
explain (SenAttachment *attachment, const char *directly_by)
{
  const SenAttachmentFacts *facts = sen_attachment_facts (attachment);
  const char *how = facts->kind == SEN_ATTACHMENT_SOUND ? "heard" : "seen", *by = facts->words_by;
  if (directly_by != NULL)
    g_printerr ("%s: %s directly (%s)\n", sen_attachment_name (attachment), how, directly_by);
  else if (facts->words != NULL)
    g_printerr ("%s: %s through words%s%s%s\n", sen_attachment_name (attachment), how, by != NULL ? " (" : "", by != NULL ? by : "",
                by != NULL ? ")" : "");
}

void
cli_media_explain (const CliMedia *media, const SenMultimodal *multimodal, guint first)
{
  for (guint i = first; i < media->attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (media->attachments, i);
      explain (attachment, sen_multimodal_by (multimodal, sen_attachment_kind (attachment)));
    }
}

void
cli_media_print_note (const SenMultimodalTaken *taken)
{
  if (taken->note != NULL)
    g_printerr ("sensorium-cli: %s%s%s\n", taken->note, taken->detail != NULL ? ": " : "", taken->detail != NULL ? taken->detail : "");
}

void
cli_media_explain_taken (const CliMedia *media, const SenMultimodal *multimodal, GPtrArray *taken)
{
  for (guint i = 0; media->attachments != NULL && i < media->attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (media->attachments, i);
      const SenMultimodalTaken *one = g_ptr_array_index (taken, i);
      cli_media_print_note (one);
      explain (attachment, one->is_direct ? sen_multimodal_by (multimodal, sen_attachment_kind (attachment)) : NULL);
    }
}

void
cli_media_clear (CliMedia *media)
{
  g_clear_pointer (&media->attachments, g_ptr_array_unref);
  g_clear_object (&media->perception);
  g_clear_object (&media->history);
  g_clear_pointer (&media->store, sen_model_store_unref);
}
