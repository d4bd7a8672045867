/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "file-answer.h"

#include <stdio.h>
#include <string.h>

#include "conversations.h"
#include "media.h"
#include "sen-clock.h"
#include "sen-file-kinds.h"
#include "sen-grounding-json.h"
#include "sen-grounding-media.h"
#include "sen-json-quote.h"

void
file_answer_free (FileAnswer *self)
{
  g_clear_pointer (&self->grounding, sen_grounding_free);
  g_clear_pointer (&self->check, sen_grounding_check_free);
  g_free (self->query);
  g_free (self);
}

char *
file_answer_prompt (const FileAnswer *self)
{
  return sen_grounding_n_sources (self->grounding) > 0 ? sen_grounding_prompt (self->grounding) : NULL;
}

void
file_answer_add_media (FileAnswer *self, size_t message, GArray *media)
{
  g_autoptr (GArray) pictures = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
  self->n_pictures = sen_grounding_add_media (self->grounding, message, pictures, self->pictures);
  g_array_insert_vals (media, sen_grounding_media_place (media, message), pictures->data, pictures->len);
}

/* Which of the pictures it is; -1: none. */
static int
find_picture (const FileAnswer *self, const SenPromptMedia *media)
{
  for (uint32_t i = 0; i < self->n_pictures; i++)
    if (sen_grounding_source (self->grounding, self->pictures[i])->path == media->path)
      return (int) i;
  return -1;
}

void
file_answer_note_taken (FileAnswer *self, const GArray *media, const GPtrArray *taken)
{
  for (guint i = 0; i < media->len; i++)
    {
      const SenMultimodalTaken *one = g_ptr_array_index (taken, i);
      int picture = find_picture (self, &g_array_index (media, SenPromptMedia, i));
      if (picture < 0)
        continue;
      sen_grounding_set_seen_by (self->grounding, self->pictures[picture], one->by);
      cli_media_print_note (one);
    }
}

void
file_answer_check (FileAnswer *self, const char *text)
{
  g_clear_pointer (&self->check, sen_grounding_check_free);
  self->check = sen_grounding_check (self->grounding, text);
}

/* --- Lines ---------------------------------------------------------------------------------------------------------------------------- */

/* What files say does nothing to a terminal. */
static void
print_clean (const char *before, const char *text, bool one_line)
{
  g_autofree char *clean = cli_clean_text (text, one_line);
  fprintf (stderr, "%s%s\n", before, clean);
}

/* How the model took a source that is a picture: what let it see it, "" for words, NULL for what is none. */
static const char *
taken_by (const FileAnswer *self, guint i)
{
  const SenSource *source = sen_grounding_source (self->grounding, i);
  return source->seen_by != NULL ? source->seen_by : source->kind == SEN_FILE_PICTURE ? "" : NULL;
}

static void
print_source (const FileAnswer *self, guint i)
{
  const SenSource *source = sen_grounding_source (self->grounding, i);
  const char *by = taken_by (self, i);
  bool is_used = self->check != NULL && (self->check->used >> i & 1) != 0;
  g_autofree char *shown = g_filename_display_name (source->path), *path = cli_clean_text (shown, true);
  g_autofree char *time = source->start_ms >= 0 ? sen_clock_format ((uint64_t) source->start_ms / 1000) : NULL;
  fprintf (stderr, "%s[%u] %s", is_used ? "* " : "  ", i + 1, path);
  if (source->page > 0)
    fprintf (stderr, ", page %u", source->page);
  if (time != NULL)
    fprintf (stderr, ", %s", time);
  if (source->is_guess)
    fputs (" (a guess by its look)", stderr);
  if (by != NULL && (*by != '\0' || !source->is_guess))
    fprintf (stderr, *by != '\0' ? " (seen directly by %s)" : " (seen through words)", by);
  fputc ('\n', stderr);
  if (*source->instructions != '\0')
    print_clean ("      It speaks to an assistant, which was left out: ", source->instructions, true);
}

void
file_answer_print (const FileAnswer *self, const char *text)
{
  guint n = sen_grounding_n_sources (self->grounding);
  print_clean ("Looked for: ", self->query, true);
  if (n > 0)
    fputs ("Sources (* says what is answered):\n", stderr);
  for (guint i = 0; i < n; i++)
    print_source (self, i);
  for (uint32_t i = 0; i < self->check->n && self->check->n_supported > 0; i++)
    {
      const SenGroundedSentence *sentence = &self->check->sentences[i];
      if (!sentence->is_claim || sentence->source >= 0)
        continue;
      g_autofree char *own = g_strndup (text + sentence->start, sentence->end - sentence->start);
      print_clean ("Without a source: ", own, true);
    }
  if (strcmp (text, SEN_GROUNDING_GUESS) == 0)
    return;
  if (n > 0 && self->check->is_not_found)
    fputs ("None of the sources supports this answer.\n", stderr);
  g_autofree char *quote = self->check->n_supported < MAX (self->check->n_claims, 1) ? sen_grounding_quote (self->grounding) : NULL;
  if (quote != NULL)
    print_clean ("The first source says: ", quote, true);
}

void
file_answer_print_passages (const FileAnswer *self)
{
  print_clean ("Looked for: ", self->query, true);
  for (guint i = 0; i < sen_grounding_n_sources (self->grounding); i++)
    {
      const SenSource *source = sen_grounding_source (self->grounding, i);
      char score[G_ASCII_DTOSTR_BUF_SIZE], cosine[G_ASCII_DTOSTR_BUF_SIZE];
      print_source (self, i);
      fprintf (stderr, "      %u tokens, score %s, likeness %s\n", source->n_tokens,
               g_ascii_formatd (score, sizeof score, "%.4f", (double) source->score),
               g_ascii_formatd (cosine, sizeof cosine, "%.2f", (double) source->cosine));
      if (*source->headings != '\0')
        print_clean ("      ", source->headings, true);
      print_clean ("", source->text, false);
    }
}

/* --- JSON ----------------------------------------------------------------------------------------------------------------------------- */

static void
append_source (GString *json, const FileAnswer *self, guint i)
{
  const SenSource *source = sen_grounding_source (self->grounding, i);
  const char *by = taken_by (self, i);
  bool is_used = (self->check->used >> i & 1) != 0;
  g_string_append_printf (json, "{\"number\":%u", i + 1);
  sen_json_add_text (json, "path", source->path);
  g_string_append_printf (json, ",\"kind\":\"%s\"", sen_file_kind_name (source->kind));
  if (source->page > 0)
    g_string_append_printf (json, ",\"page\":%u", source->page);
  if (source->line > 0)
    g_string_append_printf (json, ",\"line\":%u", source->line);
  if (source->start_ms >= 0)
    {
      sen_json_add_number (json, "start", "%.4f", (double) source->start_ms / 1000.0);
      sen_json_add_number (json, "end", "%.4f", (double) source->end_ms / 1000.0);
    }
  if (source->is_guess)
    g_string_append (json, ",\"guess\":true");
  if (by != NULL)
    g_string_append_printf (json, ",\"direct\":%s", *by != '\0' ? "true" : "false");
  if (by != NULL && *by != '\0')
    sen_json_add_text (json, "by", by);
  sen_json_add_number (json, "score", "%.4f", (double) source->score);
  sen_json_add_number (json, "cosine", "%.4f", (double) source->cosine);
  sen_json_add_text (json, "text", source->text);
  if (*source->instructions != '\0')
    sen_json_add_text (json, "instructions", source->instructions);
  g_string_append_printf (json, ",\"tokens\":%u,\"used\":%s}", source->n_tokens, is_used ? "true" : "false");
}

void
file_answer_append_json (const FileAnswer *self, GString *json)
{
  guint n = sen_grounding_n_sources (self->grounding);
  g_string_append_printf (json, ",\"found\":%s", self->check->is_not_found ? "false" : "true");
  sen_json_add_text (json, "query", self->query);
  sen_json_add_number (json, "search_seconds", "%.4f", self->seconds);
  g_autofree char *quote = sen_grounding_quote (self->grounding);
  if (quote != NULL)
    sen_json_add_text (json, "quote", quote);
  g_string_append (json, ",\"sources\":[");
  for (guint i = 0; i < n; i++)
    {
      g_string_append (json, i > 0 ? "," : "");
      append_source (json, self, i);
    }
  g_string_append (json, "],\"sentences\":[");
  for (uint32_t i = 0; i < self->check->n; i++)
    {
      g_string_append (json, i > 0 ? "," : "");
      sen_grounding_append_sentence (json, &self->check->sentences[i]);
    }
  g_string_append_c (json, ']');
}
