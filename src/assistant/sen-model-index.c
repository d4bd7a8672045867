/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-model-index-private.h"

#include "sen-json-private.h"
#include "sen-model-files-private.h"

#include <errno.h>
#include <string.h>

#define FORMAT_VERSION 1
#define MAX_IMPORTS 10000

static void
import_free (gpointer data)
{
  SenImport *import = data;
  g_free (import->name);
  g_free (import->path);
  g_free (import);
}

static SenModelIndex *
index_new (void)
{
  SenModelIndex *index = g_new0 (SenModelIndex, 1);
  index->imports = g_ptr_array_new_with_free_func (import_free);
  index->accepted_terms = g_ptr_array_new_with_free_func (g_free);
  return index;
}

void
sen_model_index_free (SenModelIndex *index)
{
  if (index == NULL)
    return;
  g_ptr_array_unref (index->imports);
  g_ptr_array_unref (index->accepted_terms);
  g_free (index->folder);
  g_free (index);
}

static char *
index_path (const char *dir)
{
  return g_build_filename (dir, "index.json", NULL);
}

static char *
lock_path (const char *dir)
{
  return g_build_filename (dir, ".index.lock", NULL);
}

int
sen_model_index_lock (const char *dir, GError **error)
{
  g_autofree char *path = lock_path (dir);
  if (!sen_make_dir (dir, error))
    return -1;
  return sen_lock_take (path, true, "", error);
}

void
sen_model_index_unlock (const char *dir, int lock)
{
  g_autofree char *path = lock_path (dir);
  sen_lock_release (lock, path);
}

void
sen_model_index_add_import (SenModelIndex *index, const char *name, const char *path)
{
  SenImport *import = g_new0 (SenImport, 1);
  import->name = g_strdup (name);
  import->path = g_strdup (path);
  g_ptr_array_add (index->imports, import);
}

const SenImport *
sen_model_index_find (const SenModelIndex *index, const char *name)
{
  for (guint i = 0; i < index->imports->len; i++)
    {
      const SenImport *import = index->imports->pdata[i];
      if (strcmp (import->name, name) == 0)
        return import;
    }
  return NULL;
}

bool
sen_model_index_accepts (const SenModelIndex *index, const char *terms_url)
{
  for (guint i = 0; i < index->accepted_terms->len; i++)
    if (strcmp (index->accepted_terms->pdata[i], terms_url) == 0)
      return true;
  return false;
}

SenModelIndex *
sen_model_index_load (const char *dir, GError **error)
{
  g_autofree char *path = index_path (dir);
  g_autofree char *text = NULL;
  g_autoptr (SenModelIndex) index = index_new ();
  g_autoptr (GError) local = NULL;
  size_t length;
  uint64_t version;

  if (!g_file_get_contents (path, &text, &length, &local))
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT)
          || g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
        return g_steal_pointer (&index);
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "Reading %s failed: %s.", path, local->message);
      return NULL;
    }
  g_autoptr (JsonNode) root = sen_json_parse_object (text, length, path, error);
  if (root == NULL)
    return NULL;
  JsonObject *object = json_node_get_object (root);
  JsonArray *imports;
  JsonArray *terms;
  if (!sen_json_size (object, "version", &version, path, error))
    return NULL;
  if (version != FORMAT_VERSION)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s has version %" G_GUINT64_FORMAT
                   "; this program reads version %d, so use a newer one.", path, version, FORMAT_VERSION);
      return NULL;
    }
  if ((imports = sen_json_array (object, "imports", MAX_IMPORTS, path, error)) == NULL
      || (terms = sen_json_array (object, "accepted_terms", MAX_IMPORTS, path, error)) == NULL)
    return NULL;
  for (guint i = 0; i < json_array_get_length (imports); i++)
    {
      JsonObject *item = sen_json_element (imports, i, path, error);
      const char *name = item != NULL ? sen_json_object_string (item, "name", path, error) : NULL;
      const char *where = name != NULL ? sen_json_object_string (item, "path", path, error) : NULL;
      if (where == NULL)
        return NULL;
      sen_model_index_add_import (index, name, where);
    }
  for (guint i = 0; i < json_array_get_length (terms); i++)
    {
      JsonNode *node = json_array_get_element (terms, i);
      const char *url = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
      if (url != NULL)
        g_ptr_array_add (index->accepted_terms, g_strdup (url));
    }
  const char *folder = sen_json_string_or (object, "folder", NULL);
  if (folder != NULL && g_path_is_absolute (folder))
    index->folder = g_strdup (folder);
  return g_steal_pointer (&index);
}

bool
sen_model_index_save (const SenModelIndex *index, const char *dir, GError **error)
{
  g_autofree char *path = index_path (dir);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GError) local = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, FORMAT_VERSION);
  json_builder_set_member_name (builder, "imports");
  json_builder_begin_array (builder);
  for (guint i = 0; i < index->imports->len; i++)
    {
      const SenImport *import = index->imports->pdata[i];
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "name");
      json_builder_add_string_value (builder, import->name);
      json_builder_set_member_name (builder, "path");
      json_builder_add_string_value (builder, import->path);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "accepted_terms");
  json_builder_begin_array (builder);
  for (guint i = 0; i < index->accepted_terms->len; i++)
    json_builder_add_string_value (builder, index->accepted_terms->pdata[i]);
  json_builder_end_array (builder);
  if (index->folder != NULL)
    {
      json_builder_set_member_name (builder, "folder");
      json_builder_add_string_value (builder, index->folder);
    }
  json_builder_end_object (builder);

  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = sen_json_to_text (root);
  if (!g_file_set_contents (path, text, -1, &local))
    {
      g_set_error (error, SEN_ERROR, g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? SEN_ERROR_DISK_FULL
                                                                                               : SEN_ERROR_IO,
                   "Writing %s failed: %s.", path, local->message);
      return false;
    }
  return true;
}
