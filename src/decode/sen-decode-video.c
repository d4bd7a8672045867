/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-decode-private.h"

#include <unistd.h>

#include "sen-error.h"

/* What the frames of one call share. */
typedef struct {
  SenDecode  *decode;
  const char *path;
  int         fd;
  uint64_t    size;
  uint32_t    generation;
  uint32_t    handle;
  double      duration;
} Video;

static bool
video_open (Video *video, SenCancel *cancel, GError **error)
{
  SenExchange x = sen_exchange (SEN_WIRE_VIDEO_OPEN, video->path);
  x.request.file_size = video->size;
  x.fds = &video->fd;
  x.n_fds = 1;
  if (!sen_decode_exchange (video->decode, &x, cancel, error))
    return false;
  video->generation = x.answered_by;
  video->handle = x.reply.handle;
  video->duration = x.reply.duration;
  return true;
}

static SenVideoFrame *
video_frame (Video *video, double seconds, const SenPictureParams *params, SenCancel *cancel, GError **error)
{
  for (int attempt = 0;; attempt++)
    {
      g_autoptr (GError) trouble = NULL;
      SenExchange x = sen_exchange (SEN_WIRE_VIDEO_FRAME, video->path);
      sen_exchange_set_picture (&x, params);
      x.request.handle = video->handle;
      x.request.seconds = seconds;
      x.generation = video->generation;
      if (sen_decode_exchange (video->decode, &x, cancel, &trouble))
        {
          SenImage *image = sen_image_new_from_memfd (x.memfd, &x.reply, video->path, error);
          if (image == NULL)
            return NULL;
          SenVideoFrame *frame = g_new0 (SenVideoFrame, 1);
          frame->seconds = x.reply.seconds;
          frame->image = image;
          return frame;
        }
      if (!x.stale || attempt == 3)
        {
          g_propagate_error (error, g_steal_pointer (&trouble));
          return NULL;
        }
      if (!video_open (video, cancel, error))
        return NULL;
    }
}

void
sen_video_frame_free (SenVideoFrame *frame)
{
  if (frame == NULL)
    return;
  sen_image_unref (frame->image);
  g_free (frame);
}

GPtrArray *
sen_decode_video_frames (SenDecode *decode, const char *path, uint32_t n_frames, const SenPictureParams *params,
                         SenDecodeProgress progress, gpointer user_data, SenCancel *cancel, GError **error)
{
  Video video = { .decode = decode, .path = path };
  video.fd = sen_decode_open_file (path, &video.size, error);
  if (video.fd < 0)
    return NULL;

  g_autoptr (GPtrArray) frames = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_video_frame_free);
  bool ok = video_open (&video, cancel, error);
  for (uint32_t i = 0; ok && i < n_frames; i++)
    {
      SenVideoFrame *frame = video_frame (&video, (i + 0.5) / n_frames * video.duration, params, cancel, error);
      ok = frame != NULL;
      if (!ok)
        break;
      /* Fewer frames in the file than asked for: the same comes again. */
      const SenVideoFrame *last = frames->len > 0 ? g_ptr_array_index (frames, frames->len - 1) : NULL;
      if (last != NULL && frame->seconds <= last->seconds)
        sen_video_frame_free (frame);
      else
        g_ptr_array_add (frames, frame);
      if (progress != NULL)
        progress (i + 1, n_frames, user_data);
    }
  if (video.generation != 0)
    {
      SenExchange x = sen_exchange (SEN_WIRE_CLOSE, path);
      x.request.handle = video.handle;
      x.generation = video.generation;
      sen_decode_exchange (decode, &x, NULL, NULL);
    }
  close (video.fd);
  return ok ? g_steal_pointer (&frames) : NULL;
}
