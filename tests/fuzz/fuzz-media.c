/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Containers of sound and video as the decode helper reads them, without its sandbox and its limits of memory and time: what they
 * claim, a second of sound from the start and from the middle, and three frames. Start it with tests/data/media as the corpus
 * and -rss_limit_mb=4096 -timeout=60: FFmpeg itself is not instrumented, but its crashes show. */
#include <sys/mman.h>
#include <unistd.h>

#include <libavutil/log.h>

#include "helper.h"
#include "sen-decode.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  av_log_set_level (AV_LOG_QUIET);
  return 0;
}

/* What is opened takes its descriptor. */
static File
take_file (int fd, size_t size)
{
  return (File) { .fd = dup (fd), .size = size };
}

static void
listen_to (File file, double seconds)
{
  static float samples[SEN_SOUND_RATE];
  SenWireReply reply = { 0 };
  Sound *sound = sound_open (file, seconds, &reply);
  if (sound == NULL)
    return;
  if (sound_read (sound, samples, G_N_ELEMENTS (samples), &reply))
    for (size_t i = 0; i < reply.n_payload / sizeof (float); i++)
      g_assert (samples[i] >= -8 && samples[i] <= 8);
  sound_close (sound);
}

static void
look_at (File file)
{
  SenWireReply reply = { 0 };
  Video *video = video_open (file, &reply);
  for (int i = 0; video != NULL && i < 3; i++)
    {
      const SenWireRequest request = { .seconds = i * 0.7, .longest_side = 64 };
      int memfd = -1;
      SenWireReply frame = { 0 };
      if (!video_frame (video, &request, &memfd, &frame))
        continue;
      g_assert (memfd >= 0 && frame.width > 0 && frame.height > 0 && frame.width <= 64 && frame.height <= 64);
      close (memfd);
    }
  if (video != NULL)
    video_close (video);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  if (fd >= 0 && size > 0 && write (fd, data, size) == (gssize) size)
    {
      listen_to (take_file (fd, size), 0);
      listen_to (take_file (fd, size), 1.5);
      look_at (take_file (fd, size));
    }
  close (fd);
  return 0;
}
