/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-sentence.h"

#define N_(text) text
#define REASON(name, sentence) static const char name[] = sentence;
#include "file-reasons.def"
#undef REASON

int
sen_file_open (const char *path, uint64_t *size, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status;
  if (fd < 0 || fstat (fd, &status) != 0)
    {
      int reason = errno;
      g_autofree char *text = sen_sentence_fill (NOT_OPENED, "name", path, "detail", g_strerror (reason), NULL);
      g_set_error_literal (error, SEN_ERROR, reason == ENOENT ? SEN_ERROR_NOT_FOUND : SEN_ERROR_IO, text);
      if (fd >= 0)
        close (fd);
      return -1;
    }
  if (!S_ISREG (status.st_mode))
    {
      g_autofree char *text = sen_sentence_fill (NO_FILE, "name", path, NULL);
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_FORMAT, text);
      close (fd);
      return -1;
    }
  *size = (uint64_t) status.st_size;
  return fd;
}

#define PIECE_BYTES (256u << 10)

bool
sen_file_read (int fd, const char *path, uint64_t offset, uint64_t n_bytes, SenFilePiece piece, gpointer user_data, GError **error)
{
  g_autofree uint8_t *bytes = g_malloc (PIECE_BYTES);
  while (n_bytes > 0)
    {
      ssize_t got = pread (fd, bytes, (size_t) MIN (n_bytes, PIECE_BYTES), (off_t) offset);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "Reading %s failed: %s.", path,
                       got < 0 ? g_strerror (errno) : "it became shorter meanwhile");
          return false;
        }
      if (!piece (bytes, (size_t) got, user_data))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_CANCELLED, "Reading %s was stopped.", path);
          return false;
        }
      offset += (uint64_t) got;
      n_bytes -= (uint64_t) got;
    }
  return true;
}

typedef struct {
  GChecksum *checksum;
  SenCancel *cancel;
} Hashing;

static bool
hash_piece (const uint8_t *piece, size_t n_bytes, gpointer data)
{
  const Hashing *hashing = data;
  g_checksum_update (hashing->checksum, piece, (gssize) n_bytes);
  return !sen_cancel_requested (hashing->cancel);
}

bool
sen_file_hash (const char *path, GChecksum *checksum, SenCancel *cancel, GError **error)
{
  Hashing hashing = { checksum, cancel };
  uint64_t n_bytes;
  int fd = sen_file_open (path, &n_bytes, error);
  if (fd < 0)
    return false;
  bool ok = sen_file_read (fd, path, 0, n_bytes, hash_piece, &hashing, error);
  close (fd);
  return ok;
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
