/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The content of attachments beside exports and backups: the folder "NAME.files" of "NAME.json". docs/history.md. */
#include <string.h>

#include <glib/gstdio.h>

#include "sen-error.h"
#include "sen-history-private.h"

#define MAX_EXTENSION 5

char *
sen_content_folder (const char *path)
{
  const char *base = strrchr (path, '/'), *dot = strrchr (path, '.');
  bool has_extension = dot != NULL && dot > path && (base == NULL || dot > base + 1);
  g_autofree char *stem = g_strndup (path, has_extension ? (gsize) (dot - path) : strlen (path));
  return g_strconcat (stem, ".files", NULL);
}

/* The hash, and the ending of the original name for programs that go by it. */
char *
sen_content_name (const char *sha256, const char *name)
{
  const char *dot = strrchr (name, '.');
  gsize n = dot != NULL ? strlen (dot + 1) : 0;
  if (n == 0 || n > MAX_EXTENSION)
    return g_strdup (sha256);
  for (const char *c = dot + 1; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c))
      return g_strdup (sha256);
  g_autofree char *extension = g_ascii_strdown (dot, -1);
  return g_strconcat (sha256, extension, NULL);
}

void
sen_content_free (gpointer data)
{
  SenContent *content = data;
  g_free (content->sha256);
  g_free (content->name);
  g_free (content);
}

void
sen_content_add (GPtrArray *contents, const char *sha256, const char *name)
{
  if (!sen_sha256_is_valid (sha256))
    return;
  SenContent *content = g_new0 (SenContent, 1);
  *content = (SenContent) { g_strdup (sha256), sen_content_name (sha256, name) };
  g_ptr_array_add (contents, content);
}

static bool
copy_one (GFile *from, const char *folder, const SenContent *content, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *path = g_build_filename (folder, content->name, NULL), *part = g_strconcat (path, ".part", NULL);
  g_autoptr (GFile) to = g_file_new_for_path (part);
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return true;
  if (g_file_copy (from, to, G_FILE_COPY_OVERWRITE | G_FILE_COPY_TARGET_DEFAULT_PERMS, NULL, NULL, NULL, &failure)
      && g_rename (part, path) == 0)
    return true;
  g_unlink (part);
  g_set_error (error, SEN_ERROR, g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NO_SPACE) ? SEN_ERROR_DISK_FULL : SEN_ERROR_IO,
               "%s could not be written: %s", path, failure != NULL ? failure->message : "the file could not be put in place");
  return false;
}

/* Content that is gone is no reason to fail: its words go along. */
bool
sen_content_write (SenAttachmentFiles *files, GPtrArray *contents, const char *folder, GError **error)
{
  for (guint i = 0; i < contents->len; i++)
    {
      const SenContent *content = g_ptr_array_index (contents, i);
      g_autofree char *path = sen_attachment_files_find (files, content->sha256);
      g_autoptr (GFile) from = g_file_new_for_path (path);
      if (!sen_attachment_files_has (files, content->sha256))
        continue;
      if (g_mkdir_with_parents (folder, 0700) != 0)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "the folder %s could not be made", folder);
          return false;
        }
      if (!copy_one (from, folder, content, error))
        return false;
    }
  return true;
}

static bool
fetch_from (SenAttachmentFiles *files, const char *folder, const char *name, const char *sha256)
{
  g_autoptr (GFile) file = g_file_new_build_filename (folder, name, NULL);
  g_autofree char *taken = sen_attachment_files_take (files, file, sha256, NULL, NULL, NULL, NULL);
  return taken != NULL;
}

bool
sen_content_fetch (SenAttachmentFiles *files, const char *path, const SenAttachment *attachment)
{
  const char *sha256 = attachment->sha256;
  if (sha256 == NULL || sen_attachment_files_has (files, sha256))
    return sha256 != NULL;
  g_autofree char *folder = sen_content_folder (path), *shelves = sen_history_files_folder (path);
  g_autofree char *name = sen_content_name (sha256, attachment->name);
  const char shelf[] = { sha256[0], sha256[1], '\0' };
  g_autofree char *ours = g_build_filename (shelves, shelf, NULL);
  /* The last one: a database that lies where one is used. */
  return fetch_from (files, folder, name, sha256) || fetch_from (files, folder, sha256, sha256)
         || fetch_from (files, ours, sha256, sha256);
}
