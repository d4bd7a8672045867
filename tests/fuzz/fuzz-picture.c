/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Pictures and their EXIF as the decode helper reads them, without its sandbox. Start it with tests/data/media as the corpus. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  File file = { .fd = memfd_create ("fuzz", MFD_CLOEXEC), .size = size };
  if (file.fd < 0 || size == 0 || write (file.fd, data, size) != (gssize) size)
    {
      close (file.fd);
      return 0;
    }
  const SenWireRequest request = { .longest_side = 64, .background = 0xffffff };
  SenWireReply facts = { 0 }, reply = { 0 };
  int memfd = -1;
  picture_read (&file, &request, NULL, &facts);
  /* Large claims are for the limits' tests; here they only cost time. */
  if ((int64_t) facts.full_width * facts.full_height < 1 << 20 && picture_read (&file, &request, &memfd, &reply))
    {
      g_assert (memfd >= 0 && reply.width > 0 && reply.height > 0 && reply.width <= 64 && reply.height <= 64);
      close (memfd);
      uint8_t *pixels = picture_read_pixels (&file, &request, &reply);
      if (pixels != NULL)
        text_is_likely (pixels, reply.width, reply.height);
      free (pixels);
    }
  close (file.fd);
  return 0;
}
