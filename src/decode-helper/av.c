/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Containers of sound and video, read through the client's descriptor. */
#include "helper.h"
#include "sen-decode.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (64 << 10)
#define MAX_PROBE_BYTES (1 << 20)
#define MAX_STREAMS 64

static const struct {
  const char *av_name, *name;
} formats[] = {
#define MEDIA_FORMAT(av_name, name) { av_name, name },
#include "media-formats.def"
#undef MEDIA_FORMAT
};

static const char *
format_name (const AVInputFormat *format)
{
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
    if (strcmp (format->name, formats[i].av_name) == 0)
      return formats[i].name;
  return NULL;
}

/* --- Reading --------------------------------------------------------------------------------------------------------------------- */

static int
read_packet (void *user, uint8_t *data, int size)
{
  Media *media = user;
  gssize n = file_read (&media->file, media->offset, data, (size_t) size);
  if (n < 0)
    return AVERROR (EIO);
  media->offset += (uint64_t) n;
  return n == 0 ? AVERROR_EOF : (int) n;
}

static int64_t
seek (void *user, int64_t offset, int whence)
{
  Media *media = user;
  if (whence & AVSEEK_SIZE)
    return (int64_t) media->file.size;
  whence &= ~AVSEEK_FORCE;
  int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t) media->offset : (int64_t) media->file.size;
  if (offset < -from || offset > INT64_MAX - from)
    return AVERROR (EINVAL);
  media->offset = (uint64_t) (from + offset);
  return from + offset;
}

/* Some formats can point to other files. Not here. */
static int
refuse_open (AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
  return AVERROR (EACCES);
}

static bool
fail_open (SenWireReply *reply, int error)
{
  return fail (reply, error == AVERROR (ENOMEM) ? SEN_REASON_MEMORY : error == AVERROR (EIO) ? SEN_REASON_UNREADABLE
               : error == AVERROR_EOF ? SEN_REASON_CUT_SHORT : SEN_REASON_DAMAGED);
}

/* Which format by content alone, and whether it is one of ours. */
static const AVInputFormat *
find_format (AVIOContext *io, SenWireReply *reply)
{
  const AVInputFormat *format = NULL;
  int score = av_probe_input_buffer2 (io, &format, "", NULL, 0, MAX_PROBE_BYTES);
  if (score == AVERROR (EIO) || score == AVERROR (ENOMEM))
    {
      fail_open (reply, score);
      return NULL;
    }
  if (score < AVPROBE_SCORE_RETRY || format == NULL)
    {
      fail (reply, SEN_REASON_UNKNOWN);
      return NULL;
    }
  const char *name = format_name (format);
  if (name == NULL)
    {
      fail (reply, SEN_REASON_UNKNOWN);
      return NULL;
    }
  g_strlcpy (reply->format, name, sizeof reply->format);
  return format;
}

bool
media_open (Media *media, File file, SenWireReply *reply)
{
  *media = (Media) { .file = file };
  uint8_t *buffer = av_malloc (BUFFER_BYTES);
  AVIOContext *io = buffer != NULL ? avio_alloc_context (buffer, BUFFER_BYTES, 0, media, read_packet, NULL, seek) : NULL;
  media->format = avformat_alloc_context ();
  if (io == NULL || media->format == NULL)
    {
      io == NULL ? av_free (buffer) : (void) 0;
      if (media->format != NULL)
        media->format->pb = io;
      media_close (media);
      return fail (reply, SEN_REASON_MEMORY);
    }
  media->format->pb = io;
  media->format->flags |= AVFMT_FLAG_CUSTOM_IO;
  media->format->io_open = refuse_open;
  media->format->max_streams = MAX_STREAMS;
  const AVInputFormat *format = find_format (io, reply);
  if (format == NULL)
    {
      media_close (media);
      return false;
    }
  AVIOContext *kept = io;
  int error = avformat_open_input (&media->format, "", format, NULL);
  if (media->format == NULL)
    {
      /* Freed on failure, all but the reader that is ours. */
      av_freep (&kept->buffer);
      avio_context_free (&kept);
    }
  error = error >= 0 ? avformat_find_stream_info (media->format, NULL) : error;
  if (error < 0)
    {
      media_close (media);
      return fail_open (reply, error);
    }
  return true;
}

void
media_close (Media *media)
{
  AVIOContext *io = media->format != NULL ? media->format->pb : NULL;
  if (media->format != NULL)
    avformat_close_input (&media->format);
  if (io != NULL)
    {
      av_freep (&io->buffer);
      avio_context_free (&io);
    }
  if (media->file.fd >= 0)
    close (media->file.fd);
  media->file.fd = -1;
}

/* --- Streams --------------------------------------------------------------------------------------------------------------------- */

int
media_sound_stream (const Media *media)
{
  return av_find_best_stream (media->format, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
}

int
media_video_stream (const Media *media)
{
  int best = -1;
  for (int i = (int) media->format->nb_streams - 1; i >= 0; i--)
    {
      const AVStream *stream = media->format->streams[i];
      if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO || (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0
          || stream->codecpar->width <= 0 || stream->codecpar->height <= 0)
        continue;
      if (best < 0 || (stream->disposition & AV_DISPOSITION_DEFAULT) != 0
          || (media->format->streams[best]->disposition & AV_DISPOSITION_DEFAULT) == 0)
        best = i;
    }
  return best;
}

int
media_orientation (const Media *media, int index)
{
  static const int turned[] = { 1, 6, 3, 8 };
  const uint8_t *matrix = av_stream_get_side_data (media->format->streams[index], AV_PKT_DATA_DISPLAYMATRIX, NULL);
  double angle = matrix != NULL ? -av_display_rotation_get ((const int32_t *) matrix) : 0;
  return isfinite (angle) ? turned[((int) lround (angle / 90) % 4 + 4) % 4] : 1;
}

AVCodecContext *
media_open_decoder (Media *media, int index, int n_threads, SenWireReply *reply)
{
  for (unsigned i = 0; i < media->format->nb_streams; i++)
    media->format->streams[i]->discard = (int) i == index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  const AVStream *stream = media->format->streams[index];
  const AVCodec *codec = avcodec_find_decoder (stream->codecpar->codec_id);
  AVCodecContext *context = codec != NULL ? avcodec_alloc_context3 (codec) : NULL;
  if (context == NULL)
    {
      fail (reply, codec == NULL ? SEN_REASON_NOT_HERE : SEN_REASON_MEMORY);
      return NULL;
    }
  int error = avcodec_parameters_to_context (context, stream->codecpar);
  context->pkt_timebase = stream->time_base;
  context->thread_count = n_threads;
  context->max_pixels = SEN_WIRE_MAX_PIXELS;
  error = error >= 0 ? avcodec_open2 (context, codec, NULL) : error;
  if (error < 0)
    {
      avcodec_free_context (&context);
      fail_open (reply, error);
    }
  return context;
}

/* --- Facts ----------------------------------------------------------------------------------------------------------------------- */

/* Of what a file calls itself; the client makes text of what is cut. */
#define MAX_TAG_BYTES 500

static void
note_codec (char *name, size_t size, const AVStream *stream)
{
  g_strlcpy (name, avcodec_get_name (stream->codecpar->codec_id), size);
}

/* What a file calls itself stands with the whole of it, or (Ogg) with a stream. */
static const char *
find_tag (const Media *media, const char *name)
{
  const AVDictionaryEntry *entry = av_dict_get (media->format->metadata, name, NULL, 0);
  for (unsigned i = 0; entry == NULL && i < media->format->nb_streams; i++)
    entry = av_dict_get (media->format->streams[i]->metadata, name, NULL, 0);
  return entry != NULL ? entry->value : "";
}

void
media_name (const Media *media, char *words, size_t max_bytes, SenWireReply *reply)
{
  const char *title = find_tag (media, "title"), *artist = find_tag (media, "artist");
  int n_title = (int) MIN (strlen (title), MAX_TAG_BYTES), n_artist = (int) MIN (strlen (artist), MAX_TAG_BYTES);
  reply->n_payload = (uint32_t) (n_title + n_artist + 2);
  g_snprintf (words, max_bytes, "%.*s%c%.*s", n_title, title, '\0', n_artist, artist);
}

void
media_describe (const Media *media, SenWireReply *reply)
{
  int sound = media_sound_stream (media), video = media_video_stream (media);
  reply->media = video >= 0 ? SEN_MEDIA_VIDEO : SEN_MEDIA_SOUND;
  reply->n_frames = 1;
  if (media->format->duration > 0)
    reply->duration = MIN (1e9, (double) media->format->duration / AV_TIME_BASE);
  for (unsigned i = 0; i < media->format->nb_streams; i++)
    reply->n_audio_streams += media->format->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
  if (sound >= 0)
    {
      const AVStream *stream = media->format->streams[sound];
      note_codec (reply->audio_codec, sizeof reply->audio_codec, stream);
      reply->sample_rate = MAX (0, stream->codecpar->sample_rate);
      reply->n_channels = MAX (0, stream->codecpar->ch_layout.nb_channels);
    }
  if (video >= 0)
    {
      const AVStream *stream = media->format->streams[video];
      bool swap = media_orientation (media, video) >= 5;
      note_codec (reply->video_codec, sizeof reply->video_codec, stream);
      reply->full_width = swap ? stream->codecpar->height : stream->codecpar->width;
      reply->full_height = swap ? stream->codecpar->width : stream->codecpar->height;
      double rate = av_q2d (stream->avg_frame_rate.den > 0 ? stream->avg_frame_rate : stream->r_frame_rate);
      reply->frame_rate = isfinite (rate) ? CLAMP (rate, 0, 1e6) : 0;
    }
}
