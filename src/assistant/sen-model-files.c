/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-model-files-private.h"

#include "sen-error.h"
#include "sen-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>


char *
sen_model_path (const char *dir, const SenCatalogueEntry *entry)
{
  return g_build_filename (dir, entry->is_folder ? entry->name : entry->files[0].name, NULL);
}

char *
sen_model_file_path (const char *dir, const SenCatalogueEntry *entry, size_t index)
{
  if (!entry->is_folder)
    return sen_model_path (dir, entry);
  return g_build_filename (dir, entry->name, entry->files[index].name, NULL);
}

char *
sen_model_partial_path (const char *dir, const SenCatalogueEntry *entry)
{
  g_autofree char *path = sen_model_path (dir, entry);
  return g_strconcat (path, ".partial", NULL);
}

char *
sen_model_partial_file_path (const char *dir, const SenCatalogueEntry *entry, size_t index)
{
  g_autofree char *partial = sen_model_partial_path (dir, entry);
  if (!entry->is_folder)
    return g_steal_pointer (&partial);
  g_autofree char *name = g_strconcat (entry->files[index].name, ".partial", NULL);
  return g_build_filename (partial, name, NULL);
}

char *
sen_model_wheels_path (const char *dir, const SenCatalogueEntry *entry)
{
  g_autofree char *path = sen_model_path (dir, entry);
  return g_strconcat (path, ".download", NULL);
}

void
sen_remove_tree (const char *path)
{
  struct stat info;
  if (lstat (path, &info) != 0)
    return;
  if (!S_ISDIR (info.st_mode))
    {
      g_unlink (path);
      return;
    }
  g_autoptr (GDir) handle = g_dir_open (path, 0, NULL);
  const char *name;
  while (handle != NULL && (name = g_dir_read_name (handle)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      sen_remove_tree (child);
    }
  g_rmdir (path);
}

void
sen_set_errno_error (GError **error, int saved_errno, const char *doing, const char *path)
{
  switch (saved_errno)
    {
    case ENOSPC:
    case EDQUOT:
      g_set_error (error, SEN_ERROR, SEN_ERROR_DISK_FULL,
                   "%s %s failed because the disk is full; free some space and try again.", doing, path);
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO,
                   "%s %s failed because it cannot be written (%s); choose another folder or change its permissions.",
                   doing, path, g_strerror (saved_errno));
      break;
    default:
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s %s failed: %s.", doing, path, g_strerror (saved_errno));
    }
}

int64_t
sen_file_size (const char *path)
{
  struct stat info;
  if (stat (path, &info) != 0 || !S_ISREG (info.st_mode))
    return -1;
  return info.st_size;
}

bool
sen_make_dir (const char *dir, GError **error)
{
  if (g_mkdir_with_parents (dir, 0755) != 0)
    {
      sen_set_errno_error (error, errno, "Making the folder", dir);
      return false;
    }
  /* A folder that is there may still be read-only; say so before anything is downloaded. */
  if (access (dir, W_OK | X_OK) != 0)
    {
      sen_set_errno_error (error, errno, "Writing into the folder", dir);
      return false;
    }
  return true;
}

typedef struct {
  GChecksum      *first, *second;
  SenHashProgress progress;
  gpointer        user_data;
  GCancellable   *cancellable;
} Hashing;

static bool
hash_piece (const uint8_t *piece, size_t n_bytes, gpointer data)
{
  const Hashing *hashing = data;
  if (hashing->first != NULL)
    g_checksum_update (hashing->first, piece, (gssize) n_bytes);
  if (hashing->second != NULL)
    g_checksum_update (hashing->second, piece, (gssize) n_bytes);
  if (hashing->progress != NULL)
    hashing->progress (n_bytes, hashing->user_data);
  return !g_cancellable_is_cancelled (hashing->cancellable);
}

bool
sen_hash_range (int fd, const char *path, uint64_t offset, uint64_t n_bytes, GChecksum *first, GChecksum *second,
                SenHashProgress progress, gpointer user_data, GCancellable *cancellable, GError **error)
{
  Hashing hashing = { first, second, progress, user_data, cancellable };
  return sen_file_read (fd, path, offset, n_bytes, hash_piece, &hashing, error);
}

static char *
stamp_path (const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_strconcat (".", base, ".verified", NULL);
  return g_build_filename (dir, name, NULL);
}

/* NULL when the file is not there. */
static char *
stamp_text (const char *path, const SenCatalogueFile *file)
{
  struct stat info;
  if (stat (path, &info) != 0)
    return NULL;
  return g_strdup_printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld %" G_GUINT64_FORMAT "\n", file->sha256,
                          (gint64) info.st_size, (gint64) info.st_mtim.tv_sec, (long) info.st_mtim.tv_nsec,
                          (guint64) info.st_ino);
}

bool
sen_stamp_matches (const char *path, const SenCatalogueFile *file)
{
  g_autofree char *stamp = stamp_path (path);
  g_autofree char *wanted = stamp_text (path, file);
  g_autofree char *found = NULL;
  return wanted != NULL && sen_file_size (stamp) == (int64_t) strlen (wanted)
         && g_file_get_contents (stamp, &found, NULL, NULL) && strcmp (wanted, found) == 0;
}

void
sen_stamp_write (const char *path, const SenCatalogueFile *file)
{
  g_autofree char *stamp = stamp_path (path);
  g_autofree char *text = stamp_text (path, file);
  if (text != NULL)
    g_file_set_contents (stamp, text, -1, NULL);
}

void
sen_stamp_remove (const char *path)
{
  g_autofree char *stamp = stamp_path (path);
  g_unlink (stamp);
}

bool
sen_model_file_verify (const char *path, const SenCatalogueFile *file, SenHashProgress progress, gpointer user_data,
                       GCancellable *cancellable, GError **error)
{
  int64_t size = sen_file_size (path);
  if (size < 0 || (uint64_t) size != file->size_bytes)
    {
      g_set_error (error, SEN_ERROR, size < 0 ? SEN_ERROR_NOT_FOUND : SEN_ERROR_CHECKSUM,
                   "%s has %" G_GINT64_FORMAT " bytes, expected %" G_GUINT64_FORMAT "; fetch the model again.", path,
                   MAX (size, 0), file->size_bytes);
      return false;
    }
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    {
      sen_set_errno_error (error, errno, "Opening", path);
      return false;
    }
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  bool ok = sen_hash_range (fd, path, 0, (uint64_t) size, checksum, NULL, progress, user_data, cancellable, error);
  close (fd);
  if (ok && strcmp (g_checksum_get_string (checksum), file->sha256) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM,
                   "%s is damaged: its SHA-256 is %s, expected %s; fetch the model again.", path,
                   g_checksum_get_string (checksum), file->sha256);
      sen_stamp_remove (path);
      ok = false;
    }
  if (ok)
    sen_stamp_write (path, file);
  return ok;
}

int
sen_lock_take (const char *path, bool wait, const char *busy, GError **error)
{
  for (;;)
    {
      int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
      if (fd < 0)
        {
          sen_set_errno_error (error, errno, "Making the lock file", path);
          return -1;
        }
      int status;
      do
        status = flock (fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
      while (status != 0 && errno == EINTR);
      if (status != 0)
        {
          if (errno == EWOULDBLOCK)
            g_set_error_literal (error, SEN_ERROR, SEN_ERROR_IO, busy);
          else
            sen_set_errno_error (error, errno, "Locking", path);
          close (fd);
          return -1;
        }
      /* Whoever held it before removed the file: then this lock is on a file that no one else will find. */
      struct stat ours, there;
      if (fstat (fd, &ours) == 0 && stat (path, &there) == 0 && ours.st_ino == there.st_ino
          && ours.st_dev == there.st_dev)
        return fd;
      close (fd);
    }
}

void
sen_lock_release (int fd, const char *path)
{
  g_unlink (path);
  close (fd);
}
