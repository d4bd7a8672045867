/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "helper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

gssize
file_read (const File *file, uint64_t offset, void *data, size_t n)
{
  size_t done = 0;
  while (done < n)
    {
      gssize got = pread (file->fd, (uint8_t *) data + done, n - done, (off_t) (offset + done));
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0)
        break;
      done += (size_t) got;
    }
  return (gssize) done;
}

uint8_t *
file_load (const File *file, SenWireReply *reply)
{
  if (file->size > SEN_WIRE_MAX_PICTURE_BYTES)
    {
      fail_with (reply, SEN_REASON_TOO_MANY_BYTES, file->size, SEN_WIRE_MAX_PICTURE_BYTES);
      return NULL;
    }
  size_t n = (size_t) file->size;
  uint8_t *block = malloc (FILE_HEAD + n + FILE_TAIL);
  if (block == NULL)
    {
      fail (reply, SEN_REASON_MEMORY);
      return NULL;
    }
  memset (block, 0, FILE_HEAD);
  memset (block + FILE_HEAD + n, 0, FILE_TAIL);
  /* Shorter than a moment ago counts as unreadable too: somebody is writing it. */
  if (file_read (file, 0, block + FILE_HEAD, n) != (gssize) n)
    {
      free (block);
      fail (reply, SEN_REASON_UNREADABLE);
      return NULL;
    }
  return block + FILE_HEAD;
}

void
file_unload (uint8_t *data)
{
  if (data != NULL)
    free (data - FILE_HEAD);
}
