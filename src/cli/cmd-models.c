/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-cli.h"

#include "sen-clock.h"
#include "sen-download.h"
#include "sen-model-store.h"
#include "sen-multimodal.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  SenCli        *cli;
  SenModelStore *store;
  gboolean       json;
  gboolean       accept_terms;
  gboolean       verify;
  char          *target_dir;
  char          *name;
  char          *catalogue;
} Models;

static const char *const state_names[] = {
  [SEN_MODEL_ABSENT] = "absent",
  [SEN_MODEL_PARTIAL] = "partial",
  [SEN_MODEL_DAMAGED] = "damaged",
  [SEN_MODEL_PRESENT] = "present",
};

static const char *const origin_names[] = {
  [SEN_MODEL_CATALOGUE] = "catalogue",
  [SEN_MODEL_IMPORTED] = "imported",
  [SEN_MODEL_FOUND] = "found",
};

static void
add_string (JsonBuilder *builder, const char *member, const char *value)
{
  json_builder_set_member_name (builder, member);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_number (JsonBuilder *builder, const char *member, uint64_t value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_int_value (builder, (gint64) value);
}

static void
add_bool (JsonBuilder *builder, const char *member, bool value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_boolean_value (builder, value);
}

/* What the catalogue says; for a model outside of it, members are null or missing. */
static void
add_entry (JsonBuilder *builder, SenModelStore *store, const SenCatalogueEntry *entry)
{
  add_string (builder, "title", entry->title);
  add_string (builder, "summary", entry->summary);
  json_builder_set_member_name (builder, "roles");
  json_builder_begin_array (builder);
  for (unsigned role = 1; sen_role_name (role) != NULL; role <<= 1)
    if (entry->roles & role)
      json_builder_add_string_value (builder, sen_role_name (role));
  json_builder_end_array (builder);
  add_number (builder, "parameters", entry->n_params);
  add_number (builder, "size_bytes", entry->size_bytes);
  add_number (builder, "memory_bytes", entry->memory_bytes);
  json_builder_set_member_name (builder, "licence");
  json_builder_begin_object (builder);
  add_string (builder, "name", entry->licence_name);
  add_string (builder, "url", entry->licence_url);
  add_string (builder, "terms_url", entry->terms_url);
  add_bool (builder, "accepted", sen_model_store_terms_accepted (store, entry));
  json_builder_end_object (builder);
}

static void
add_files (JsonBuilder *builder, const SenModelStatus *status)
{
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (size_t i = 0; i < status->entry->n_files; i++)
    {
      const SenCatalogueFile *file = &status->entry->files[i];
      json_builder_begin_object (builder);
      add_string (builder, "name", file->name);
      add_number (builder, "size_bytes", file->size_bytes);
      add_string (builder, "sha256", file->sha256);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_status (JsonBuilder *builder, SenModelStore *store, const SenModelStatus *status, bool with_files)
{
  json_builder_begin_object (builder);
  add_string (builder, "name", status->name);
  if (status->entry != NULL)
    add_entry (builder, store, status->entry);
  else
    add_number (builder, "size_bytes", status->size_bytes);
  add_string (builder, "origin", origin_names[status->origin]);
  add_string (builder, "state", state_names[status->state]);
  add_string (builder, "path", status->path);
  add_number (builder, "present_bytes", status->size_bytes);
  add_string (builder, "conversion", status->conversion);
  add_number (builder, "conversion_bytes", status->conversion_bytes);
  add_bool (builder, "verified", status->verified);
  add_bool (builder, "removable", status->removable);
  add_string (builder, "sees_by", status->sees_by);
  add_string (builder, "hears_by", status->hears_by);
  if (with_files && status->entry != NULL)
    add_files (builder, status);
  json_builder_end_object (builder);
}

static void
print_json (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  g_autofree char *text = json_generator_to_data (generator, NULL);
  printf ("%s\n", text);
}

static char *
roles_text (SenRoles roles)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (unsigned role = 1; sen_role_name (role) != NULL; role <<= 1)
    if (roles & role)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", sen_role_name (role));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static int
run_list (Models *models, int argc, char **argv)
{
  if (argc > 1)
    return sen_cli_usage (models->cli, "\"list\" takes no arguments.");
  g_autoptr (GPtrArray) list = sen_model_store_list (models->store);
  for (guint i = 0; i < list->len; i++)
    sen_multimodal_look (models->store, g_ptr_array_index (list, i));
  if (models->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      json_builder_begin_array (builder);
      for (guint i = 0; i < list->len; i++)
        add_status (builder, models->store, list->pdata[i], false);
      json_builder_end_array (builder);
      print_json (builder);
      return SEN_CLI_OK;
    }
  printf ("%-30s %-9s %10s  %s\n", "NAME", "STATE", "SIZE", "ROLES OR PLACE");
  for (guint i = 0; i < list->len; i++)
    {
      const SenModelStatus *status = list->pdata[i];
      g_autofree char *size = g_format_size (status->entry != NULL ? status->entry->size_bytes : status->size_bytes);
      g_autofree char *roles = status->entry != NULL ? roles_text (status->entry->roles) : g_strdup (status->path);
      g_autofree char *converted = status->conversion != NULL ? g_format_size (status->conversion_bytes) : NULL;
      printf ("%-30s %-9s %10s  %s%s%s\n", status->name, state_names[status->state], size, roles != NULL ? roles : "",
              converted != NULL ? "; converted: " : "", converted != NULL ? converted : "");
    }
  return SEN_CLI_OK;
}

typedef struct {
  Models       *models;
  GMainLoop    *loop;
  GCancellable *cancellable;
  bool          is_terminal;
  gint64        last_line_us;
  SenFetchStage last_stage;
  char         *path;
  GError       *error;
} Fetch;

/* One line that is rewritten on a terminal; elsewhere a line at each stage and every few seconds. */
static void
on_progress (const SenFetchProgress *progress, gpointer user_data)
{
  Fetch *fetch = user_data;
  gint64 now_us = g_get_monotonic_time ();
  bool is_new = progress->stage != fetch->last_stage || fetch->last_line_us == 0;
  if (!fetch->is_terminal && !is_new && now_us - fetch->last_line_us < 2 * G_USEC_PER_SEC)
    return;
  if (!fetch->is_terminal && is_new && progress->stage == SEN_FETCH_UNPACKING)
    return;
  fetch->last_line_us = now_us;
  fetch->last_stage = progress->stage;

  g_autoptr (GString) line = g_string_new (sen_fetch_stage_name (progress->stage));
  if (progress->source[0] != '\0' && progress->stage != SEN_FETCH_DONE)
    g_string_append_printf (line, " %s %s", progress->stage == SEN_FETCH_CONNECTING ? "to" : "from", progress->source);
  if (progress->n_parts > 1 && progress->part > 0 && progress->stage != SEN_FETCH_DONE)
    g_string_append_printf (line, " (part %u of %u)", progress->part, progress->n_parts);
  g_autofree char *done = g_format_size (progress->done_bytes);
  g_autofree char *total = g_format_size (progress->total_bytes);
  g_string_append_printf (line, ": %s of %s", done, total);
  if (progress->bytes_per_second > 0 && progress->stage != SEN_FETCH_DONE)
    {
      g_autofree char *rate = g_format_size ((guint64) progress->bytes_per_second);
      g_string_append_printf (line, ", %s/s", rate);
    }
  if (progress->eta_seconds >= 0 && progress->stage != SEN_FETCH_DONE)
    {
      g_autofree char *left = sen_clock_format ((uint64_t) lround (progress->eta_seconds));
      g_string_append_printf (line, ", %s left", left);
    }
  if (fetch->is_terminal)
    fprintf (stderr, "\r\033[K%s%s", line->str, progress->stage == SEN_FETCH_DONE ? "\n" : "");
  else
    fprintf (stderr, "%s\n", line->str);
  fflush (stderr);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fetch *fetch = user_data;
  fetch->path = sen_fetch_finish (result, &fetch->error);
  g_main_loop_quit (fetch->loop);
}

static gboolean
on_poll (gpointer user_data)
{
  Fetch *fetch = user_data;
  if (sen_cancel_requested (fetch->models->cli->cancel))
    g_cancellable_cancel (fetch->cancellable);
  return G_SOURCE_CONTINUE;
}

/* Asks on the terminal, once; without one --accept-terms must have said it. */
static bool
settle_terms (Models *models, const SenCatalogueEntry *entry, GError **error)
{
  if (sen_model_store_terms_accepted (models->store, entry))
    return true;
  if (!models->accept_terms && isatty (STDIN_FILENO) && isatty (STDERR_FILENO))
    {
      char answer[16] = "";
      fprintf (stderr, "%s comes under the %s:\n  %s\nDo you accept them? [y/N] ", entry->title, entry->licence_name,
               entry->terms_url);
      models->accept_terms = fgets (answer, sizeof answer, stdin) != NULL && g_ascii_tolower (answer[0]) == 'y';
    }
  if (models->accept_terms)
    return sen_model_store_accept_terms (models->store, entry, error);
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID,
               "%s comes under the %s (%s); read them, and pass --accept-terms if you accept them.", entry->title,
               entry->licence_name, entry->terms_url);
  return false;
}

static int
fetch_one (Models *models, const char *name)
{
  g_autoptr (GError) error = NULL;
  const SenCatalogueEntry *entry = sen_catalogue_find (sen_model_store_catalogue (models->store), name);
  if (entry == NULL)
    {
      g_set_error (&error, SEN_ERROR, SEN_ERROR_NOT_FOUND,
                   "The catalogue has no model \"%s\"; \"sensorium-cli models list\" shows those it has.", name);
      return sen_cli_fail (models->cli, error);
    }
  if (!settle_terms (models, entry, &error))
    return sen_cli_fail (models->cli, error);

  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Fetch fetch = {
    .models = models, .loop = loop, .cancellable = cancellable, .is_terminal = isatty (STDERR_FILENO) != 0,
  };
  SenFetchOptions options = { .target_dir = models->target_dir };
  guint poll = g_timeout_add (50, on_poll, &fetch);
  sen_fetch_async (models->store, entry, &options, cancellable, on_progress, &fetch, on_fetched, &fetch);
  g_main_loop_run (loop);
  g_source_remove (poll);
  if (fetch.path == NULL)
    {
      if (fetch.is_terminal && fetch.last_line_us != 0)
        fputc ('\n', stderr);
      error = fetch.error;
      return sen_cli_fail (models->cli, error);
    }
  if (models->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      json_builder_begin_object (builder);
      add_string (builder, "name", name);
      add_string (builder, "path", fetch.path);
      json_builder_end_object (builder);
      print_json (builder);
    }
  else
    printf ("%s\n", fetch.path);
  fflush (stdout);
  g_free (fetch.path);
  return SEN_CLI_OK;
}

static int
run_fetch (Models *models, int argc, char **argv)
{
  if (argc != 2)
    return sen_cli_usage (models->cli, "\"fetch\" takes the name of one model.");
  return fetch_one (models, argv[1]);
}

static int
run_info (Models *models, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc != 2)
    return sen_cli_usage (models->cli, "\"info\" takes the name of one model.");
  if (models->verify && !sen_model_store_verify (models->store, argv[1], NULL, &error))
    return sen_cli_fail (models->cli, error);
  g_autoptr (SenModelStatus) status = sen_model_store_status (models->store, argv[1], &error);
  if (status == NULL)
    return sen_cli_fail (models->cli, error);
  sen_multimodal_look (models->store, status);
  if (models->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      add_status (builder, models->store, status, true);
      print_json (builder);
      return SEN_CLI_OK;
    }
  g_autofree char *size = g_format_size (status->entry != NULL ? status->entry->size_bytes : status->size_bytes);
  printf ("name      %s\n", status->name);
  if (status->sees_by != NULL)
    printf ("sees by   %s\n", status->sees_by);
  if (status->hears_by != NULL)
    printf ("hears by  %s\n", status->hears_by);
  if (status->entry != NULL)
    {
      g_autofree char *roles = roles_text (status->entry->roles);
      g_autofree char *memory = g_format_size (status->entry->memory_bytes);
      printf ("title     %s\nsummary   %s\nroles     %s\nmemory    %s\nlicence   %s, %s\n", status->entry->title,
              status->entry->summary, roles, memory, status->entry->licence_name, status->entry->licence_url);
    }
  printf ("size      %s\nstate     %s%s\norigin    %s\npath      %s\n", size, state_names[status->state],
          status->verified ? ", verified" : "", origin_names[status->origin],
          status->path != NULL ? status->path : "-");
  if (status->conversion != NULL)
    {
      g_autofree char *converted = g_format_size (status->conversion_bytes);
      printf ("converted %s, %s\n", converted, status->conversion);
    }
  return SEN_CLI_OK;
}

static int
run_remove (Models *models, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc != 2)
    return sen_cli_usage (models->cli, "\"remove\" takes the name of one model.");
  if (!sen_model_store_remove (models->store, argv[1], &error))
    return sen_cli_fail (models->cli, error);
  if (models->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      json_builder_begin_object (builder);
      add_string (builder, "removed", argv[1]);
      json_builder_end_object (builder);
      print_json (builder);
    }
  return SEN_CLI_OK;
}

static int
run_import (Models *models, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc != 2)
    return sen_cli_usage (models->cli, "\"import\" takes the path of one GGUF file or folder.");
  g_autofree char *name = sen_model_store_import (models->store, argv[1], models->name, &error);
  if (name == NULL)
    return sen_cli_fail (models->cli, error);
  if (models->json)
    {
      g_autoptr (SenModelStatus) status = sen_model_store_status (models->store, name, &error);
      if (status == NULL)
        return sen_cli_fail (models->cli, error);
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      add_status (builder, models->store, status, false);
      print_json (builder);
    }
  else
    printf ("%s\n", name);
  return SEN_CLI_OK;
}

/* Shows where fetched models go, or sets it. */
static int
run_folder (Models *models, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc > 2)
    return sen_cli_usage (models->cli, "\"folder\" takes at most one folder.");
  if (argc == 2)
    {
      const char *dir = *argv[1] != '\0' ? argv[1] : NULL;
      if (!sen_model_store_set_folder (models->store, dir, &error))
        return sen_cli_fail (models->cli, error);
    }
  g_autofree char *folder = sen_model_store_dup_target_dir (models->store);
  if (models->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      json_builder_begin_object (builder);
      add_string (builder, "folder", folder);
      json_builder_end_object (builder);
      print_json (builder);
    }
  else
    printf ("%s\n", folder);
  return SEN_CLI_OK;
}

static const struct {
  const char *name;
  int (*run) (Models *models, int argc, char **argv);
} actions[] = {
  { "list", run_list },     { "fetch", run_fetch },   { "info", run_info },
  { "remove", run_remove }, { "import", run_import }, { "folder", run_folder },
};

int
sen_cli_models (SenCli *cli, int argc, char **argv)
{
  Models models = { .cli = cli };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &models.json, "Print JSON", NULL },
    { "to", 0, 0, G_OPTION_ARG_FILENAME, &models.target_dir, "fetch: put the model into this folder", "DIR" },
    { "accept-terms", 0, 0, G_OPTION_ARG_NONE, &models.accept_terms, "fetch: accept the terms of the model", NULL },
    { "verify", 0, 0, G_OPTION_ARG_NONE, &models.verify, "info: hash the files again", NULL },
    { "name", 0, 0, G_OPTION_ARG_STRING, &models.name, "import: the name to use it by", "NAME" },
    { "catalogue", 0, 0, G_OPTION_ARG_FILENAME, &models.catalogue, "Use this catalogue, not the built-in one", "FILE" },
    { NULL },
  };
  const char *details
    = "Actions:\n"
      "  list         Models of the catalogue, and what else lies in the folders\n"
      "  fetch MODEL  Download it, or go on with a download; prints its path\n"
      "  info MODEL   All that is known about it\n"
      "  remove MODEL Delete it, or forget an imported one\n"
      "  import PATH  Use a GGUF file, or a folder, from where it lies\n"
      "  folder [DIR] Show or set the folder that fetched models go to; \"\" sets the usual one\n\n"
      "Models are looked for in $SENSORIUM_MODELS, the folder set in preferences and the XDG data directory.";
  if (!sen_cli_parse (cli, "list|fetch|info|remove|import|folder [MODEL|PATH]", details, entries, &argc, &argv))
    return SEN_CLI_USAGE;

  int code = -1;
  if (argc < 2)
    code = sen_cli_usage (cli, "An action is missing: list, fetch, info, remove, import or folder.");
  else if ((models.store = sen_cli_open_store (cli, models.catalogue, &error)) == NULL)
    code = sen_cli_fail (cli, error);
  for (size_t i = 0; i < G_N_ELEMENTS (actions) && code < 0; i++)
    if (strcmp (actions[i].name, argv[1]) == 0)
      code = actions[i].run (&models, argc - 1, argv + 1);
  if (code < 0)
    code = sen_cli_usage (cli, "There is no action \"%s\": list, fetch, info, remove, import and folder are known.", argv[1]);
  sen_model_store_unref (models.store);
  g_free (models.target_dir);
  g_free (models.name);
  g_free (models.catalogue);
  return code;
}
