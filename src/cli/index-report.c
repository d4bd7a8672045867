/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "index-report.h"

#include "conversations.h"
#include "sen-json-quote.h"

static const char *const passes[] = { "quick", "deep" };
static const char *const roles[] = { "text", "sight", "sound" };

/* --- JSON ----------------------------------------------------------------------------------------------------------------------------- */

static void
add_folder_json (int64_t root, const char *path, gpointer data)
{
  GString *json = data;
  if (json->str[json->len - 1] != '[')
    g_string_append_c (json, ',');
  sen_json_quote (json, path);
}

static void
add_failure_json (const char *path, int pass, const char *sentence, uint32_t n_tries, gpointer data)
{
  GString *json = data;
  g_string_append (json, json->str[json->len - 1] != '[' ? ",{\"path\":" : "{\"path\":");
  sen_json_quote (json, path);
  g_string_append_printf (json, ",\"pass\":\"%s\",\"tries\":%u,\"error\":", pass < 0 ? "file" : passes[pass], n_tries);
  sen_json_quote (json, sentence);
  g_string_append_c (json, '}');
}

static bool
add_spaces_json (SenStore *store, GString *json, GError **error)
{
  g_string_append (json, ",\"spaces\":[");
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      SenSpace space;
      g_autofree char *identity = NULL;
      uint64_t n_missing;
      if (!sen_store_current_space (store, (SenSpaceRole) role, &space, &identity, error))
        return false;
      if (space.space == 0)
        continue;
      if (!sen_store_count_missing (store, space.space, &n_missing, error))
        return false;
      g_string_append_printf (json, "%s{\"role\":\"%s\",\"vectors\":%" G_GUINT64_FORMAT ",\"missing\":%" G_GUINT64_FORMAT
                              ",\"dimensions\":%u,\"whole\":%s,\"models\":", json->str[json->len - 1] != '[' ? "," : "", roles[role],
                              space.n_vectors, n_missing, space.n_embd, space.is_whole ? "true" : "false");
      sen_json_quote (json, identity);
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, ']');
  return true;
}

bool
index_report_json (SenStore *store, GString *json, GError **error)
{
  SenStoreCounts counts;
  g_string_append (json, "\"folders\":[");
  if (!sen_store_each_root (store, add_folder_json, json, error) || !sen_store_count (store, &counts, error))
    return false;
  g_string_append_printf (json, "],\"files\":%" G_GUINT64_FORMAT ",\"contents\":%" G_GUINT64_FORMAT ",\"passages\":%" G_GUINT64_FORMAT
                          ",\"to_do\":{\"quick\":%" G_GUINT64_FORMAT ",\"deep\":%" G_GUINT64_FORMAT "},\"failed\":%" G_GUINT64_FORMAT,
                          counts.n_files, counts.n_contents, counts.n_chunks, counts.n_to_do[SEN_INDEX_QUICK],
                          counts.n_to_do[SEN_INDEX_DEEP], counts.n_failed);
  if (!add_spaces_json (store, json, error))
    return false;
  g_string_append (json, ",\"failures\":[");
  if (!sen_store_each_failure (store, add_failure_json, json, error))
    return false;
  g_string_append_c (json, ']');
  return true;
}

/* --- For people ----------------------------------------------------------------------------------------------------------------------- */

static void
add_folder (int64_t root, const char *path, gpointer text)
{
  g_autofree char *shown = cli_clean_text (path, true);
  g_string_append_printf (text, "Folder    %s\n", shown);
}

static void
add_failure (const char *path, int pass, const char *sentence, uint32_t n_tries, gpointer text)
{
  g_autofree char *shown = cli_clean_text (path, true), *clean = cli_clean_text (sentence, true);
  /* Most sentences name the file themselves. */
  if (g_str_has_prefix (sentence, path))
    g_string_append_printf (text, "  %s\n", clean);
  else
    g_string_append_printf (text, "  %s: %s\n", shown, clean);
}

bool
index_report_failures (SenStore *store, GString *text, GError **error)
{
  return sen_store_each_failure (store, add_failure, text, error);
}

bool
index_report_text (SenStore *store, GString *text, GError **error)
{
  SenStoreCounts counts;
  if (!sen_store_each_root (store, add_folder, text, error) || !sen_store_count (store, &counts, error))
    return false;
  g_string_append_printf (text, "Files     %" G_GUINT64_FORMAT ", with %" G_GUINT64_FORMAT " passages\n", counts.n_files, counts.n_chunks);
  g_string_append_printf (text, "To do     %" G_GUINT64_FORMAT " to read, %" G_GUINT64_FORMAT " to look at or listen to closely\n",
                          counts.n_to_do[SEN_INDEX_QUICK], counts.n_to_do[SEN_INDEX_DEEP]);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      static const char *const names[] = { "Texts", "Pictures", "Sounds" };
      SenSpace space;
      uint64_t n_missing = 0;
      g_autofree char *identity = NULL;
      if (!sen_store_current_space (store, (SenSpaceRole) role, &space, &identity, error)
          || (space.space != 0 && !sen_store_count_missing (store, space.space, &n_missing, error)))
        return false;
      if (space.space == 0)
        g_string_append_printf (text, "%-10sfound by their words and names only\n", names[role]);
      else
        g_string_append_printf (text, "%-10s%" G_GUINT64_FORMAT " found by meaning, %" G_GUINT64_FORMAT " to do (%s)\n", names[role],
                                space.n_vectors, n_missing, identity);
    }
  if (counts.n_failed > 0)
    g_string_append_printf (text, "Failed    %" G_GUINT64_FORMAT ":\n", counts.n_failed);
  return index_report_failures (store, text, error);
}
