/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Any sound to mono float at 16 kHz, piece by piece. Positions are in samples of the result, from the start of the file. */
#include "helper.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sen-decode.h"

#define MAX_CHANNELS 64
#define MAX_RATE 768000
/* A seek lands before the wanted time, so that decoders with a memory (MP3, AAC, Opus) have settled when it comes. */
#define LEAD_SECONDS 1.0
/* Holes in the time stamps shorter than this are rounding; longer than that are lies. */
#define MIN_GAP (SEN_SOUND_RATE / 4)
#define MAX_GAP (600 * SEN_SOUND_RATE)

struct Sound {
  Media           media;
  int             index;
  AVCodecContext *decoder;
  SwrContext     *resampler;
  AVPacket       *packet;
  AVFrame        *frame;

  /* What the resampler was made for. */
  int             rate, format;
  AVChannelLayout layout;

  int64_t         wanted;     /* position of the first sample to give */
  int64_t         next;       /* position of what the resampler gives next; -1 before the first frame */
  bool            draining;
  bool            at_end;
  bool            any;        /* a frame was decoded */
  uint32_t        n_errors;

  float          *ready;      /* decoded, not yet given */
  size_t          n_ready, at_ready, max_ready;
  int64_t         silence;    /* samples of it to give before @ready */
};

/* --- Opening --------------------------------------------------------------------------------------------------------------------- */

static double
start_seconds (const Sound *sound)
{
  int64_t start = sound->media.format->start_time;
  return start != AV_NOPTS_VALUE ? (double) start / AV_TIME_BASE : 0;
}

Sound *
sound_open (File file, double seconds, SenWireReply *reply)
{
  Sound *sound = calloc (1, sizeof *sound);
  if (sound == NULL)
    {
      fail (reply, SEN_REASON_MEMORY);
      return NULL;
    }
  sound->media.file.fd = -1;
  sound->next = -1;
  sound->wanted = llround (seconds * SEN_SOUND_RATE);
  if (!media_open (&sound->media, file, reply))
    {
      sound_close (sound);
      return NULL;
    }
  media_describe (&sound->media, reply);
  sound->index = media_sound_stream (&sound->media);
  sound->packet = av_packet_alloc ();
  sound->frame = av_frame_alloc ();
  if (sound->index < 0)
    fail (reply, SEN_REASON_NO_SOUND);
  else if (sound->packet == NULL || sound->frame == NULL)
    fail (reply, SEN_REASON_MEMORY);
  else
    sound->decoder = media_open_decoder (&sound->media, sound->index, 1, reply);
  if (sound->decoder == NULL)
    {
      sound_close (sound);
      return NULL;
    }
  if (seconds > LEAD_SECONDS)
    {
      /* Where this cannot be done, everything before is decoded and dropped. */
      int64_t to = (int64_t) ((seconds - LEAD_SECONDS + start_seconds (sound)) * AV_TIME_BASE);
      if (av_seek_frame (sound->media.format, -1, to, AVSEEK_FLAG_BACKWARD) < 0)
        av_seek_frame (sound->media.format, -1, 0, AVSEEK_FLAG_BACKWARD);
    }
  return sound;
}

void
sound_close (Sound *sound)
{
  if (sound == NULL)
    return;
  av_frame_free (&sound->frame);
  sound->packet != NULL ? av_packet_free (&sound->packet) : (void) 0;
  avcodec_free_context (&sound->decoder);
  swr_free (&sound->resampler);
  av_channel_layout_uninit (&sound->layout);
  media_close (&sound->media);
  free (sound->ready);
  free (sound);
}

/* --- Mixing ---------------------------------------------------------------------------------------------------------------------- */

/* The mean of all channels, for layouts that say nothing of where the speakers stand. */
static bool
mix_evenly (SwrContext *resampler, int n_channels)
{
  double weights[MAX_CHANNELS];
  for (int i = 0; i < n_channels; i++)
    weights[i] = 1.0 / n_channels;
  return swr_set_matrix (resampler, weights, n_channels) >= 0;
}

static bool
make_resampler (Sound *sound, const AVFrame *frame, SenWireReply *reply)
{
  int n_channels = frame->ch_layout.nb_channels;
  if (n_channels <= 0 || n_channels > MAX_CHANNELS || frame->sample_rate <= 0 || frame->sample_rate > MAX_RATE)
    return fail_with (reply, SEN_REASON_CHANNELS, (uint64_t) MAX (0, n_channels), (uint64_t) MAX (0, frame->sample_rate));
  av_channel_layout_uninit (&sound->layout);
  if (av_channel_layout_copy (&sound->layout, &frame->ch_layout) < 0)
    return fail (reply, SEN_REASON_MEMORY);
  sound->rate = frame->sample_rate;
  sound->format = frame->format;

  AVChannelLayout from = { 0 };
  AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
  bool even = false;
  if (frame->ch_layout.order == AV_CHANNEL_ORDER_NATIVE)
    av_channel_layout_copy (&from, &frame->ch_layout);
  else
    {
      av_channel_layout_default (&from, n_channels);
      even = from.order != AV_CHANNEL_ORDER_NATIVE;
    }
  swr_free (&sound->resampler);
  int error = swr_alloc_set_opts2 (&sound->resampler, &mono, AV_SAMPLE_FMT_FLT, SEN_SOUND_RATE, &from, frame->format,
                                   frame->sample_rate, 0, NULL);
  av_channel_layout_uninit (&from);
  /* Weights that sum to 1 at most, as for whole numbers: a mean, not a sum that clips. */
  if (error >= 0)
    error = av_opt_set_double (sound->resampler, "rematrix_maxval", 1.0, 0);
  if (error >= 0 && even && !mix_evenly (sound->resampler, n_channels))
    error = AVERROR (EINVAL);
  if (error < 0 || swr_init (sound->resampler) < 0)
    return fail_with (reply, SEN_REASON_CHANNELS, (uint64_t) n_channels, (uint64_t) frame->sample_rate);
  return true;
}

/* One NaN would live on in every filter behind it. */
static bool
silence_nonsense (AVFrame *frame)
{
  bool is_double = frame->format == AV_SAMPLE_FMT_DBL || frame->format == AV_SAMPLE_FMT_DBLP;
  if (!is_double && frame->format != AV_SAMPLE_FMT_FLT && frame->format != AV_SAMPLE_FMT_FLTP)
    return true;
  if (av_frame_make_writable (frame) < 0)
    return false;
  bool planar = av_sample_fmt_is_planar (frame->format);
  int n_planes = planar ? frame->ch_layout.nb_channels : 1;
  size_t n = (size_t) frame->nb_samples * (size_t) (planar ? 1 : frame->ch_layout.nb_channels);
  for (int i = 0; i < n_planes; i++)
    for (size_t j = 0; j < n; j++)
      if (is_double)
        {
          double *sample = (double *) frame->extended_data[i] + j;
          *sample = isfinite (*sample) ? CLAMP (*sample, -4, 4) : 0;
        }
      else
        {
          float *sample = (float *) frame->extended_data[i] + j;
          *sample = isfinite (*sample) ? CLAMP (*sample, -4, 4) : 0;
        }
  return true;
}

static bool
make_room (Sound *sound, size_t n)
{
  if (sound->at_ready == sound->n_ready)
    sound->at_ready = sound->n_ready = 0;
  if (sound->n_ready + n <= sound->max_ready)
    return true;
  float *larger = realloc (sound->ready, (sound->n_ready + n) * sizeof *larger);
  if (larger == NULL)
    return false;
  sound->ready = larger;
  sound->max_ready = sound->n_ready + n;
  return true;
}

/* Runs @frame (NULL: what is left inside) through the resampler and drops what lies before the wanted position. */
static bool
resample (Sound *sound, const AVFrame *frame, SenWireReply *reply)
{
  if (sound->resampler == NULL)
    return true;
  int n_in = frame != NULL ? frame->nb_samples : 0;
  int n_most = swr_get_out_samples (sound->resampler, n_in);
  if (n_most < 0 || !make_room (sound, (size_t) n_most + 32))
    return fail (reply, SEN_REASON_MEMORY);
  uint8_t *to = (uint8_t *) (sound->ready + sound->n_ready);
  int n = swr_convert (sound->resampler, &to, n_most + 32, frame != NULL ? (const uint8_t **) frame->extended_data : NULL, n_in);
  if (n < 0)
    return fail (reply, SEN_REASON_DAMAGED);
  int64_t drop = CLAMP (sound->wanted - sound->next, 0, n);
  sound->next += n;
  if (drop > 0)
    memmove (sound->ready + sound->n_ready, sound->ready + sound->n_ready + drop, (size_t) (n - drop) * sizeof (float));
  sound->n_ready += (size_t) (n - drop);
  return true;
}

/* Where the frame's first sample belongs; -1 when it does not say. */
static int64_t
frame_position (const Sound *sound, const AVFrame *frame)
{
  const AVStream *stream = sound->media.format->streams[sound->index];
  if (frame->best_effort_timestamp == AV_NOPTS_VALUE)
    return -1;
  double seconds = (double) frame->best_effort_timestamp * av_q2d (stream->time_base) - start_seconds (sound);
  return seconds > 0 && seconds < 1e9 ? llround (seconds * SEN_SOUND_RATE) : 0;
}

static bool
take_frame (Sound *sound, SenWireReply *reply)
{
  AVFrame *frame = sound->frame;
  if (!silence_nonsense (frame))
    return fail (reply, SEN_REASON_MEMORY);
  if (sound->resampler == NULL || frame->sample_rate != sound->rate || frame->format != sound->format
      || av_channel_layout_compare (&frame->ch_layout, &sound->layout) != 0)
    if (!resample (sound, NULL, reply) || !make_resampler (sound, frame, reply))
      return false;

  int64_t position = frame_position (sound, frame);
  if (!sound->any)
    {
      /* Sound that starts later than its file (a video's) is silent until then. */
      sound->next = position >= 0 ? position : sound->wanted;
      if (sound->next > sound->wanted && sound->next - sound->wanted <= MAX_GAP)
        sound->silence = sound->next - sound->wanted;
      sound->any = true;
    }
  else if (position >= 0)
    {
      int64_t gap = position - sound->next - swr_get_delay (sound->resampler, SEN_SOUND_RATE);
      if (gap > MIN_GAP && gap <= MAX_GAP)
        {
          /* What stands before the hole goes out first. */
          size_t n_silent = (size_t) CLAMP (position - MAX (sound->next, sound->wanted), 0, gap);
          if (!resample (sound, NULL, reply) || !make_resampler (sound, frame, reply) || !make_room (sound, n_silent))
            return fail (reply, SEN_REASON_MEMORY);
          memset (sound->ready + sound->n_ready, 0, n_silent * sizeof (float));
          sound->n_ready += n_silent;
          sound->next = position;
        }
    }
  return resample (sound, frame, reply);
}

/* --- Reading --------------------------------------------------------------------------------------------------------------------- */

/* Decodes until something is ready or the end is reached. Broken packets are passed over. */
static bool
decode_more (Sound *sound, SenWireReply *reply)
{
  while (sound->n_ready == sound->at_ready && sound->silence == 0 && !sound->at_end)
    {
      int error = avcodec_receive_frame (sound->decoder, sound->frame);
      if (error >= 0)
        {
          bool ok = take_frame (sound, reply);
          av_frame_unref (sound->frame);
          if (!ok)
            return false;
          continue;
        }
      if (error == AVERROR_EOF || (error != AVERROR (EAGAIN) && sound->draining))
        {
          sound->at_end = true;
          return resample (sound, NULL, reply);
        }
      if (error != AVERROR (EAGAIN))
        sound->n_errors++;

      error = av_read_frame (sound->media.format, sound->packet);
      if (error == AVERROR (EAGAIN))
        continue;
      if (error < 0)
        {
          if (error == AVERROR (EIO))
            return fail (reply, SEN_REASON_UNREADABLE);
          sound->draining = true;
          avcodec_send_packet (sound->decoder, NULL);
          continue;
        }
      if (sound->packet->stream_index == sound->index)
        sound->n_errors += avcodec_send_packet (sound->decoder, sound->packet) < 0;
      av_packet_unref (sound->packet);
    }
  return true;
}

bool
sound_read (Sound *sound, float *samples, size_t n, SenWireReply *reply)
{
  size_t done = 0;
  while (done < n)
    {
      if (!decode_more (sound, reply))
        {
          /* What came before is whole; the trouble shows again at the next read. */
          if (done == 0)
            return false;
          reply->reason = SEN_REASON_OK;
          break;
        }
      size_t n_silent = (size_t) MIN (sound->silence, (int64_t) (n - done));
      memset (samples + done, 0, n_silent * sizeof (float));
      sound->silence -= (int64_t) n_silent;
      done += n_silent;
      size_t n_copy = MIN (n - done, sound->n_ready - sound->at_ready);
      if (n_copy > 0)
        memcpy (samples + done, sound->ready + sound->at_ready, n_copy * sizeof (float));
      sound->at_ready += n_copy;
      done += n_copy;
      if (n_silent == 0 && n_copy == 0)
        break;
    }
  if (done == 0 && !sound->any && sound->n_errors > 0)
    return fail (reply, SEN_REASON_DAMAGED);
  reply->n_payload = (uint32_t) (done * sizeof (float));
  return true;
}
