/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Plays what comes on standard input. */
#include "helper.h"

#include <errno.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = RATE / 50 };

static AVFormatContext *
open_output (const char *system)
{
  AVFormatContext *context = NULL;
  AVDictionary *options = NULL;
  if (avformat_alloc_output_context2 (&context, NULL, system, "default") < 0)
    return NULL;
  AVStream *stream = avformat_new_stream (context, NULL);
  if (stream != NULL)
    {
      stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
      stream->codecpar->codec_id = AV_CODEC_ID_PCM_S16LE;
      stream->codecpar->sample_rate = RATE;
      stream->codecpar->format = AV_SAMPLE_FMT_S16;
      stream->codecpar->ch_layout = (AVChannelLayout) AV_CHANNEL_LAYOUT_MONO;
      stream->time_base = (AVRational) { 1, RATE };
      if (strcmp (system, "pulse") == 0)
        {
          av_dict_set (&options, "name", "Sensorium", 0);
          av_dict_set (&options, "stream_name", "Recording", 0);
          av_dict_set_int (&options, "buffer_duration", 120, 0);   /* ms */
        }
      int code = avformat_write_header (context, &options);
      av_dict_free (&options);
      if (code >= 0)
        return context;
    }
  avformat_free_context (context);
  return NULL;
}

/* A whole piece, less at the end; 0 when all was read. */
static size_t
read_piece (float *samples)
{
  size_t n = 0;
  while (n < PIECE * sizeof (float))
    {
      ssize_t some = read (STDIN_FILENO, (char *) samples + n, PIECE * sizeof (float) - n);
      if (some < 0 && errno == EINTR)
        continue;
      if (some <= 0)
        break;
      n += (size_t) some;
    }
  return n / sizeof (float);
}

/* Waits while the device has enough. */
static void
write_piece (AVFormatContext *context, AVPacket *packet, const float *samples, size_t n, int64_t at)
{
  AVRational base = context->streams[0]->time_base;
  if (av_new_packet (packet, (int) n * 2) < 0)
    give_up (SEN_CAPTURE_FAILED, strerror (ENOMEM));
  for (size_t i = 0; i < n; i++)
    {
      float x = isfinite (samples[i]) ? samples[i] : 0.0f;
      int16_t value = (int16_t) lrintf ((x < -1.0f ? -1.0f : x > 1.0f ? 1.0f : x) * 32767.0f);
      memcpy (packet->data + 2 * i, &value, 2);
    }
  packet->pts = packet->dts = av_rescale_q (at, (AVRational) { 1, RATE }, base);
  packet->duration = av_rescale_q ((int64_t) n, (AVRational) { 1, RATE }, base);
  int code = av_write_frame (context, packet);
  av_packet_unref (packet);
  if (code < 0)
    give_up (SEN_CAPTURE_OUTPUT_GONE, "");
}

/* Samples that were heard, of @n_written. A device that does not tell heard them all. */
static int64_t
heard (AVFormatContext *context, int64_t n_written)
{
  int64_t at = 0, when = 0;
  if (av_get_output_timestamp (context, 0, &at, &when) < 0)
    return n_written;
  at = av_rescale_q (at, context->streams[0]->time_base, (AVRational) { 1, RATE });
  return at < 0 ? 0 : at > n_written ? n_written : at;
}

int
play (void)
{
  AVFormatContext *context = open_output ("pulse");
  if (context == NULL)
    context = open_output ("alsa");
  if (context == NULL)
    give_up (SEN_CAPTURE_NO_OUTPUT, "");
  AVPacket *packet = av_packet_alloc ();
  if (packet == NULL || !sandbox_close_paths ())
    give_up (SEN_CAPTURE_NO_SANDBOX, "");
  say (SEN_CAPTURE_STARTED, 0, "", 0);

  float samples[PIECE];
  int64_t n_written = 0, position = 0;
  for (size_t n; (n = read_piece (samples)) > 0; n_written += (int64_t) n)
    {
      write_piece (context, packet, samples, n, n_written);
      position = heard (context, n_written) > position ? heard (context, n_written) : position;
      say (SEN_CAPTURE_PLAYED, (uint32_t) position, NULL, 0);
    }
  /* A server may start only when its buffer is full, and the trailer throws away what it still holds: so silence follows until
   * all was heard, for two seconds at most. */
  memset (samples, 0, sizeof samples);
  for (int64_t after = 0; after < 2 * RATE && position < n_written; after += PIECE)
    {
      write_piece (context, packet, samples, PIECE, n_written + after);
      position = heard (context, n_written);
      say (SEN_CAPTURE_PLAYED, (uint32_t) position, NULL, 0);
    }
  say (SEN_CAPTURE_PLAYED, (uint32_t) n_written, NULL, 0);
  av_write_trailer (context);
  return 0;
}
