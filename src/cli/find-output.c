/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "find-output.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conversations.h"
#include "sen-chunk.h"
#include "sen-clock.h"
#include "sen-file-kinds.h"
#include "sen-indexer.h"
#include "sen-json-quote.h"

#define DEFAULT_LIMIT 20

void
cli_find_clear (CliFind *self)
{
  g_free (self->db);
  g_free (self->device);
  g_free (self->by);
}

/* How the words of "words,meaning" are looked for. False for an unknown one. */
static bool
read_ways (const char *by, uint32_t *ways)
{
  static const char *const names[] = {
    [SEN_EVIDENCE_WORDS] = "words", [SEN_EVIDENCE_NAMES] = "names", [SEN_EVIDENCE_MEANING] = "meaning",
  };
  g_auto (GStrv) parts = g_strsplit (by != NULL ? by : "words,names,meaning", ",", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      size_t way = 0;
      while (way < G_N_ELEMENTS (names) && strcmp (g_strstrip (*part), names[way]) != 0)
        way++;
      if (way == G_N_ELEMENTS (names))
        return false;
      *ways |= 1u << way;
    }
  return *ways != 0;
}

/* --- JSON ----------------------------------------------------------------------------------------------------------------------------- */

/* 0 or below: there is no such thing. */
static void
append_place (GString *json, const char *name, uint32_t number)
{
  if (number > 0)
    g_string_append_printf (json, ",\"%s\":%u", name, number);
  else
    g_string_append_printf (json, ",\"%s\":null", name);
}

static void
append_time (GString *json, const char *name, int64_t ms)
{
  if (ms >= 0)
    sen_json_add_number (json, name, "%.3f", (double) ms / 1000.0);
  else
    g_string_append_printf (json, ",\"%s\":null", name);
}

static void
append_why (GString *json, const SenFindResult *result)
{
  g_string_append (json, ",\"why\":[");
  for (uint32_t i = 0; i < result->n_why; i++)
    {
      g_string_append_printf (json, "%s{\"by\":\"%s\"", i > 0 ? "," : "", sen_find_why_name (result->why[i].kind));
      if (*result->why[i].text != '\0')
        sen_json_add_text (json, "text", result->why[i].text);
      if (result->why[i].value != 0.0f)
        sen_json_add_number (json, "cosine", "%.4f", (double) result->why[i].value);
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, ']');
}

static const char *
find_tags (const SenFindResult *result)
{
  for (uint32_t i = 0; i < result->n_why; i++)
    if (result->why[i].kind == SEN_FIND_BY_TAGS)
      return result->why[i].text;
  return NULL;
}

/* @paths: those that are told, of result->paths. */
static void
append_result (GString *json, const SenFindResult *result, const char *const *paths)
{
  g_autofree char *date = NULL;
  g_autoptr (GDateTime) modified = g_date_time_new_from_unix_utc (result->mtime_ns / G_GINT64_CONSTANT (1000000000));
  const char *tags = find_tags (result);
  g_string_append (json, "{\"path\":");
  sen_json_quote (json, paths[0]);
  g_string_append (json, ",\"copies\":[");
  for (uint32_t i = 1; paths[i] != NULL; i++)
    {
      g_string_append (json, i > 1 ? "," : "");
      sen_json_quote (json, paths[i]);
    }
  g_string_append_printf (json, "],\"kind\":\"%s\"", sen_file_kind_name (result->kind));
  sen_json_add_number (json, "score", "%.6f", (double) result->score);
  sen_json_add_number (json, "cosine", "%.4f", (double) result->cosine);
  append_why (json, result);
  append_place (json, "page", result->page);
  append_place (json, "line", result->source == SEN_CHUNK_ABOUT ? 0 : result->line);
  append_time (json, "start", result->start_ms);
  append_time (json, "end", result->end_ms);
  sen_json_add_text (json, "title", result->title.text);
  sen_json_add_text (json, "headings", result->headings);
  sen_json_add_text (json, "snippet", result->snippet.text);
  g_string_append (json, ",\"marks\":[");
  for (uint32_t i = 0; i < result->snippet.n_marks; i++)
    g_string_append_printf (json, "%s[%u,%u]", i > 0 ? "," : "", result->snippet.marks[i].start, result->snippet.marks[i].end);
  g_string_append (json, "],\"tags\":");
  if (tags != NULL)
    sen_json_quote (json, tags);
  else
    g_string_append (json, "null");
  g_string_append_printf (json, ",\"size_bytes\":%" G_GUINT64_FORMAT, result->size_bytes);
  date = modified != NULL ? g_date_time_format_iso8601 (modified) : g_strdup ("");
  sen_json_add_text (json, "modified", date);
  g_string_append_printf (json, ",\"missing\":%s}", access (paths[0], F_OK) == 0 ? "false" : "true");
}

/* --- Lines ---------------------------------------------------------------------------------------------------------------------------- */

/* What files and their names say does nothing to a terminal. */
static void
append_clean (GString *line, const char *before, const char *text, const char *after)
{
  g_autofree char *clean = cli_clean_text (text, true);
  g_string_append_printf (line, "%s%s%s", before, clean, after);
}

static void
append_why_words (GString *line, const SenFindResult *result)
{
  static const char *const words[SEN_FIND_N_WHYS] = {
    [SEN_FIND_BY_WORDS] = "words", [SEN_FIND_BY_SOME_WORDS] = "some words", [SEN_FIND_BY_NAME] = "name",
    [SEN_FIND_BY_MEANING] = "meaning", [SEN_FIND_BY_LOOK] = "looks like it", [SEN_FIND_BY_SOUND] = "sounds like it",
    [SEN_FIND_BY_TAGS] = "seems to show", [SEN_FIND_BY_BYTES] = "the same", [SEN_FIND_BY_FILTER] = "newest",
  };
  for (uint32_t i = 0; i < result->n_why; i++)
    {
      const SenFindWhy *why = &result->why[i];
      char digits[G_ASCII_DTOSTR_BUF_SIZE];
      g_string_append_printf (line, "%s%s", i > 0 ? "; " : "", words[why->kind]);
      if (*why->text != '\0')
        append_clean (line, ": ", why->text, "");
      if (why->value != 0.0f)
        g_string_append_printf (line, " %s", g_ascii_formatd (digits, sizeof digits, "%.2f", (double) why->value));
    }
}

/* The title, then headings. Documents begin with their title as a heading as often as not, and that is told once. */
static void
append_headings (GString *line, const SenFindResult *result)
{
  const char *title = result->title.text, *headings = result->headings, *end = strstr (headings, SEN_HEADINGS_SEPARATOR);
  size_t n = end != NULL ? (size_t) (end - headings) : strlen (headings);
  bool is_same = n > 0 && strncmp (title, headings, n) == 0;
  /* “Stopping - Manual” begins with its heading, “Art” does not with “Article 5”. */
  if (is_same && title[n] == '\0')
    title = "";
  else if (is_same && title[n] == ' ')
    headings += end != NULL ? n + strlen (SEN_HEADINGS_SEPARATOR) : n;
  if (*title == '\0' && *headings == '\0')
    return;
  append_clean (line, "    ", title, *title != '\0' && *headings != '\0' ? SEN_HEADINGS_SEPARATOR : "");
  append_clean (line, "", headings, "\n");
}

static void
print_lines (const SenFindResult *result, const char *const *paths)
{
  g_autoptr (GString) line = g_string_new (NULL);
  append_clean (line, "", paths[0], "");
  if (result->page > 0)
    g_string_append_printf (line, ", page %u", result->page);
  else if (result->line > 0 && result->source != SEN_CHUNK_ABOUT)
    g_string_append_printf (line, ", line %u", result->line);
  if (result->start_ms >= 0)
    {
      g_autofree char *time = sen_clock_format ((uint64_t) result->start_ms / 1000);
      g_string_append_printf (line, ", %s", time);
    }
  g_string_append (line, "  (");
  append_why_words (line, result);
  g_string_append (line, ")\n");
  for (uint32_t i = 1; paths[i] != NULL; i++)
    append_clean (line, "    the same: ", paths[i], "\n");
  append_headings (line, result);
  if (*result->snippet.text != '\0')
    append_clean (line, "    ", result->snippet.text, "\n");
  fputs (line->str, stdout);
}

/* --- All ------------------------------------------------------------------------------------------------------------------------------ */

/* Of the file that was asked about only its copies are told. (transfer container) */
static const char *const *
told_paths (const SenFindResult *result, const char *asked)
{
  GPtrArray *paths = g_ptr_array_new ();
  for (uint32_t i = 0; i < result->n_paths; i++)
    if (g_strcmp0 (result->paths[i], asked) != 0)
      g_ptr_array_add (paths, (gpointer) result->paths[i]);
  g_ptr_array_add (paths, NULL);
  return (const char *const *) g_ptr_array_free (paths, FALSE);
}

static void
print_result (const CliFind *self, const SenFindResult *result, const char *const *paths, GString *json)
{
  if (self->json)
    {
      g_string_append (json, json->str[json->len - 1] == '[' ? "" : ",");
      append_result (json, result, paths);
    }
  else if (self->null)
    {
      for (; *paths != NULL; paths++)
        fwrite (*paths, 1, strlen (*paths) + 1, stdout);
      /* Where each group of copies ends. */
      if (self->copies)
        putchar ('\0');
    }
  else
    print_lines (result, paths);
}

static void
print_results (const CliFind *self, const SenFindResultsInfo *info, const char *asked)
{
  g_autoptr (GString) json = g_string_new ("{\"results\":[");
  uint32_t n = self->all ? info->n : info->n_shown, n_printed = 0, n_missing = 0, n_copies = 0;
  uint64_t n_spare_bytes = 0;
  for (uint32_t i = 0; i < n; i++)
    {
      g_autofree const char *const *paths = told_paths (&info->results[i], asked);
      if (paths[0] == NULL)
        continue;
      print_result (self, &info->results[i], paths, json);
      n_printed++;
      n_missing += access (paths[0], F_OK) != 0;
      n_copies += info->results[i].n_paths - 1;
      n_spare_bytes += (info->results[i].n_paths - 1) * info->results[i].size_bytes;
    }
  if (self->json)
    {
      g_string_append (json, "],\"notes\":[");
      for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
        if (*info->roles[role].sentence != '\0')
          {
            g_string_append (json, json->str[json->len - 1] == '[' ? "" : ",");
            sen_json_quote (json, info->roles[role].sentence);
          }
      g_string_append_printf (json, "],\"nearest\":%u", self->all ? 0 : info->n - info->n_shown);
      sen_json_add_number (json, "elapsed_ms", "%.3f", info->elapsed_ms);
      sen_json_add_number (json, "encode_ms", "%.3f", info->encode_ms);
      puts (g_string_append_c (json, '}')->str);
      return;
    }
  fflush (stdout);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    if (*info->roles[role].sentence != '\0')
      {
        g_autofree char *clean = cli_clean_text (info->roles[role].sentence, true);
        g_printerr ("Not all was searched: %s.\n", clean);
      }
  if (self->copies && n_copies > 0)
    {
      g_autofree char *spare = g_format_size (n_spare_bytes);
      g_printerr ("Groups of the same: %u. Files that could be spared: %u, %s, or less where they are links.\n", n_printed, n_copies,
                  spare);
    }
  if (n_missing > 0)
    g_printerr ("%u of these files are not there now: they were deleted or moved after indexing, or their disk is not mounted.\n",
                n_missing);
  if (n_printed == 0)
    g_printerr ("Nothing was found%s.\n",
                info->n > info->n_shown && !self->all ? " that there is evidence for; --all shows what is nearest" : "");
}

int
cli_find (SenCli *cli, const CliFind *self, SenFindRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *db = self->db != NULL ? g_strdup (self->db) : sen_index_default_path ();
  g_autofree char *asked = request->like != NULL ? sen_find_real_path (request->like) : NULL;
  if (self->limit < 0 || self->limit > SEN_FIND_MAX_LIMIT)
    return sen_cli_usage (cli, "--limit takes a number from 1 to %d.", SEN_FIND_MAX_LIMIT);
  g_autoptr (SenQuery) query = sen_query_parse (request->text != NULL ? request->text : "", false, NULL);
  const CliFind *asks = self;
  CliFind copies = *self;
  if (query != NULL && query->only_copies)
    {
      copies.copies = true;
      asks = &copies;
    }
  if (self->json && self->null)
    return sen_cli_usage (cli, "--json and --null exclude each other.");
  if (!read_ways (self->by, &request->by))
    return sen_cli_usage (cli, "--by takes words, names and meaning, not “%s”.", self->by);
  /* One more for the file that was asked about, which is not told. */
  request->limit = (uint32_t) (self->limit > 0 ? self->limit : asks->copies ? SEN_FIND_MAX_LIMIT : DEFAULT_LIMIT) + (asked != NULL);
  request->only_copies = asks->copies;
  g_autoptr (SenModelStore) store = sen_cli_open_store (cli, NULL, &error);
  if (store == NULL)
    return sen_cli_fail (cli, error);

  uint32_t n_threads = (uint32_t) MAX (self->n_threads, 0);
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = cli->debug.decode_helper });
  g_autoptr (SenFindEncoders) encoders = sen_find_encoders_new (&(SenFindEncodersParams) {
    .debug = &cli->debug, .store = store, .device = self->device != NULL ? self->device : "cpu", .n_threads = n_threads,
  });
  g_autoptr (SenFind) find = sen_find_new (&(SenFindParams) { .path = db, .encoders = encoders, .decode = decode, .n_threads = n_threads });
  g_autoptr (SenFindResults) results = sen_find_run (find, request, cli->cancel);
  const SenFindResultsInfo *info = results != NULL ? sen_find_results_info (results) : NULL;
  if (info == NULL)
    g_set_error_literal (&error, SEN_ERROR, SEN_ERROR_CANCELLED, "The search was stopped");
  else if (info->error != NULL)
    error = g_error_copy (info->error);
  else if (!info->has_index)
    g_set_error (&error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is no index at %s yet: sensorium-cli index FOLDER makes it", db);
  if (error != NULL)
    return sen_cli_fail (cli, error);
  print_results (asks, info, asked);
  return SEN_CLI_OK;
}
