/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Single frames of a video: seek to the key frame before, decode up to the wanted time. */
#include "helper.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Packets without any frame from them, before a file counts as damaged. */
#define MAX_EMPTY_PACKETS 2000

struct Video {
  Media           media;
  int             index;
  AVCodecContext *decoder;
  AVPacket       *packet;
  AVFrame        *frame;      /* the latest decoded */
  AVFrame        *next;
};

Video *
video_open (File file, SenWireReply *reply)
{
  Video *video = calloc (1, sizeof *video);
  if (video == NULL)
    {
      fail (reply, SEN_REASON_MEMORY);
      return NULL;
    }
  video->media.file.fd = -1;
  if (!media_open (&video->media, file, reply))
    {
      video_close (video);
      return NULL;
    }
  media_describe (&video->media, reply);
  video->index = media_video_stream (&video->media);
  video->packet = av_packet_alloc ();
  video->frame = av_frame_alloc ();
  video->next = av_frame_alloc ();
  if (video->index < 0)
    fail (reply, SEN_REASON_NO_VIDEO);
  else if (video->packet == NULL || video->frame == NULL || video->next == NULL)
    fail (reply, SEN_REASON_MEMORY);
  else
    video->decoder = media_open_decoder (&video->media, video->index, HELPER_THREADS, reply);
  if (video->decoder == NULL)
    {
      video_close (video);
      return NULL;
    }
  return video;
}

void
video_close (Video *video)
{
  if (video == NULL)
    return;
  av_frame_free (&video->frame);
  av_frame_free (&video->next);
  video->packet != NULL ? av_packet_free (&video->packet) : (void) 0;
  avcodec_free_context (&video->decoder);
  media_close (&video->media);
  free (video);
}

static double
start_seconds (const Video *video)
{
  int64_t start = video->media.format->start_time;
  return start != AV_NOPTS_VALUE ? (double) start / AV_TIME_BASE : 0;
}

static double
frame_seconds (const Video *video, const AVFrame *frame)
{
  if (frame->best_effort_timestamp == AV_NOPTS_VALUE)
    return 0;
  double seconds = (double) frame->best_effort_timestamp * av_q2d (video->media.format->streams[video->index]->time_base)
                   - start_seconds (video);
  return isfinite (seconds) ? CLAMP (seconds, 0, 1e9) : 0;
}

/* The next frame into @video->next; false at the end. */
static bool
decode_next (Video *video)
{
  for (int n_empty = 0; n_empty < MAX_EMPTY_PACKETS;)
    {
      int error = avcodec_receive_frame (video->decoder, video->next);
      if (error >= 0)
        return true;
      if (error == AVERROR_EOF)
        return false;
      error = av_read_frame (video->media.format, video->packet);
      if (error < 0)
        {
          avcodec_send_packet (video->decoder, NULL);
          n_empty += MAX_EMPTY_PACKETS / 4;
          continue;
        }
      if (video->packet->stream_index == video->index)
        avcodec_send_packet (video->decoder, video->packet);
      av_packet_unref (video->packet);
      n_empty++;
    }
  return false;
}

/* Decodes on from a key frame at @from seconds or before, to the last frame shown at @seconds or before. False when the first that
 * comes is later. */
static bool
find_frame_from (Video *video, double from, double seconds, bool *any)
{
  int64_t to = (int64_t) ((from + start_seconds (video)) * AV_TIME_BASE);
  if (av_seek_frame (video->media.format, -1, to, AVSEEK_FLAG_BACKWARD) < 0)
    av_seek_frame (video->media.format, -1, INT64_MIN / 2, AVSEEK_FLAG_ANY);
  avcodec_flush_buffers (video->decoder);
  *any = false;
  while (decode_next (video))
    {
      bool later = frame_seconds (video, video->next) > seconds;
      if (*any && later)
        {
          av_frame_unref (video->next);
          return true;
        }
      av_frame_unref (video->frame);
      av_frame_move_ref (video->frame, video->next);
      *any = true;
      if (later)
        return false;
    }
  return *any;
}

/* Containers without an index land where they guess, now and then too late. The first frame of a video may be late for good. */
static bool
find_frame (Video *video, double seconds)
{
  bool any = false;
  return find_frame_from (video, seconds, seconds, &any) || find_frame_from (video, MAX (0, seconds - 5), seconds, &any)
         || (seconds > 5 && find_frame_from (video, 0, seconds, &any)) || any;
}

static const int *
matrix_of (const AVFrame *frame)
{
  int space = frame->colorspace;
  /* Unmarked videos follow the custom of their size. */
  if (space == AVCOL_SPC_UNSPECIFIED || space == AVCOL_SPC_RESERVED)
    space = frame->height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  return sws_getCoefficients (space);
}

/* Square pixels, RGB, no larger than asked for. */
static uint8_t *
to_rgb (const Video *video, const SenWireRequest *request, int *width, int *height, SenWireReply *reply)
{
  const AVFrame *frame = video->frame;
  AVRational aspect = av_guess_sample_aspect_ratio (video->media.format, video->media.format->streams[video->index],
                                                    (AVFrame *) frame);
  double ratio = aspect.num > 0 && aspect.den > 0 ? av_q2d (aspect) : 1;
  double full_width = frame->width * CLAMP (ratio, 0.25, 4);
  if (frame->width <= 0 || frame->height <= 0 || full_width > SEN_WIRE_MAX_SIDE
      || full_width * frame->height > SEN_WIRE_MAX_PIXELS)
    {
      fail_with (reply, SEN_REASON_TOO_LARGE, (uint64_t) MAX (0, frame->width), (uint64_t) MAX (0, frame->height));
      return NULL;
    }
  reply->full_width = MAX (1, (int) lround (full_width));
  reply->full_height = frame->height;
  picture_fit (reply->full_width, reply->full_height, request->longest_side, width, height);

  struct SwsContext *scaler = sws_getContext (frame->width, frame->height, frame->format, *width, *height, AV_PIX_FMT_RGB24,
                                              SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
  uint8_t *pixels = malloc ((size_t) *width * (size_t) *height * 3);
  if (scaler == NULL || pixels == NULL)
    {
      fail (reply, pixels == NULL ? SEN_REASON_MEMORY : SEN_REASON_NOT_HERE);
      free (pixels);
      sws_freeContext (scaler);
      return NULL;
    }
  sws_setColorspaceDetails (scaler, matrix_of (frame), frame->color_range == AVCOL_RANGE_JPEG, sws_getCoefficients (SWS_CS_DEFAULT),
                            1, 0, 1 << 16, 1 << 16);
  uint8_t *const to[4] = { pixels };
  const int stride[4] = { *width * 3 };
  sws_scale (scaler, (const uint8_t *const *) frame->data, frame->linesize, 0, frame->height, to, stride);
  sws_freeContext (scaler);
  return pixels;
}

bool
video_frame (Video *video, const SenWireRequest *request, int *memfd, SenWireReply *reply)
{
  g_strlcpy (reply->format, "video", sizeof reply->format);
  if (!find_frame (video, request->seconds))
    return fail (reply, SEN_REASON_DAMAGED);
  int width, height;
  uint8_t *pixels = to_rgb (video, request, &width, &height, reply);
  if (pixels == NULL)
    return false;
  reply->seconds = frame_seconds (video, video->frame);
  reply->bits = 8;
  reply->n_frames = 1;
  reply->orientation = media_orientation (&video->media, video->index);
  if (reply->orientation >= 5)
    {
      int32_t swap = reply->full_width;
      reply->full_width = reply->full_height;
      reply->full_height = swap;
    }
  bool ok = picture_publish (pixels, width, height, reply->orientation, memfd, reply);
  free (pixels);
  return ok;
}
