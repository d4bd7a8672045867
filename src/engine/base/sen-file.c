/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"

int
sen_file_open (const char *path, uint64_t *size, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status;
  if (fd < 0 || fstat (fd, &status) != 0)
    {
      int reason = errno;
      g_set_error (error, SEN_ERROR, reason == ENOENT ? SEN_ERROR_NOT_FOUND : SEN_ERROR_IO, "%s cannot be opened: %s", path,
                   g_strerror (reason));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not a regular file", path);
      close (fd);
      return -1;
    }
  *size = (uint64_t) status.st_size;
  return fd;
}

char *
sen_file_dup_identity (const char *path)
{
  struct stat status;
  if (stat (path, &status) != 0)
    return NULL;
  return g_strdup_printf ("%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld", path, (gint64) status.st_size,
                          (gint64) status.st_mtim.tv_sec, (long) status.st_mtim.tv_nsec);
}

void
sen_file_forget_pages (int fd)
{
  posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
}
