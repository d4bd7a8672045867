/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-download-private.h"

#include "sen-error.h"
#include "sen-model-files-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
sen_partial_open (SenPartial *partial, const char *path, const SenCatalogueFile *file, GError **error)
{
  struct stat info;
  *partial = (SenPartial) { .file = file, .path = g_strdup (path) };
  partial->fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (partial->fd < 0 || fstat (partial->fd, &info) != 0)
    {
      sen_set_errno_error (error, errno, "Writing", path);
      sen_partial_close (partial);
      return false;
    }
  partial->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  partial->size_bytes = (uint64_t) info.st_size;
  partial->is_resumed = info.st_size > 0;
  partial->is_hashed = info.st_size == 0;
  if (partial->size_bytes > file->size_bytes && !sen_partial_cut (partial, 0, NULL, 0, error))
    {
      sen_partial_close (partial);
      return false;
    }
  return true;
}

void
sen_partial_close (SenPartial *partial)
{
  if (partial->fd >= 0)
    close (partial->fd);
  partial->fd = -1;
  g_clear_pointer (&partial->path, g_free);
  g_clear_pointer (&partial->checksum, g_checksum_free);
}

typedef struct {
  SenFetchJob *job;
  uint64_t     done;
} HashState;

static void
on_hashed (uint64_t n_bytes, gpointer user_data)
{
  HashState *state = user_data;
  state->done += n_bytes;
  if (state->job != NULL)
    sen_fetch_done_bytes (state->job, state->done);
}

bool
sen_partial_cut (SenPartial *partial, uint64_t size_bytes, SenFetchJob *job, uint64_t base, GError **error)
{
  if (size_bytes < partial->size_bytes && ftruncate (partial->fd, (off_t) size_bytes) != 0)
    {
      sen_set_errno_error (error, errno, "Cutting", partial->path);
      return false;
    }
  HashState state = { job, base };
  partial->size_bytes = size_bytes;
  if (size_bytes == 0)
    partial->is_resumed = false;
  g_checksum_reset (partial->checksum);
  partial->is_hashed = sen_hash_range (partial->fd, partial->path, 0, size_bytes, partial->checksum, NULL, on_hashed,
                                       &state, job != NULL ? job->cancellable : NULL, error);
  return partial->is_hashed;
}

bool
sen_partial_append (SenPartial *partial, const void *data, size_t n_bytes, GError **error)
{
  if (n_bytes > partial->file->size_bytes - partial->size_bytes)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM, "More than the %" G_GUINT64_FORMAT " bytes promised arrived for "
                   "%s; the source offers another file.", partial->file->size_bytes, partial->file->name);
      return false;
    }
  const uint8_t *bytes = data;
  for (size_t done = 0; done < n_bytes;)
    {
      ssize_t n = pwrite (partial->fd, bytes + done, n_bytes - done, (off_t) (partial->size_bytes + done));
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          sen_set_errno_error (error, errno, "Writing", partial->path);
          return false;
        }
      done += (size_t) n;
    }
  g_checksum_update (partial->checksum, bytes, (gssize) n_bytes);
  partial->size_bytes += n_bytes;
  return true;
}

bool
sen_partial_check (SenPartial *partial, GError **error)
{
  const SenCatalogueFile *file = partial->file;
  if (partial->size_bytes != file->size_bytes)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM,
                   "%s has %" G_GUINT64_FORMAT " bytes, expected %" G_GUINT64_FORMAT ".", file->name,
                   partial->size_bytes, file->size_bytes);
      return false;
    }
  g_autoptr (GChecksum) copy = g_checksum_copy (partial->checksum);
  const char *sha256 = g_checksum_get_string (copy);
  if (strcmp (sha256, file->sha256) == 0)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM,
               "What arrived for %s is not the file promised: its SHA-256 is %s, expected %s.", file->name, sha256,
               file->sha256);
  sen_partial_cut (partial, 0, NULL, 0, NULL);
  return false;
}
