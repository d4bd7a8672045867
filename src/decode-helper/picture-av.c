/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * TIFF, JPEG XL and all kinds of PNM by FFmpeg's decoders: the file is one packet, no demuxer is asked. */
#include "helper.h"

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

static bool
fail_av (Picture *picture, const AVCodecContext *context, int error)
{
  /* The decoder knew the size and refused it, by our limit. */
  int64_t n_pixels = (int64_t) context->width * context->height;
  if (n_pixels > context->max_pixels || context->width > SEN_WIRE_MAX_SIDE || context->height > SEN_WIRE_MAX_SIDE)
    return fail_with (picture->reply, SEN_REASON_TOO_LARGE, (uint64_t) context->width, (uint64_t) context->height);
  return fail (picture->reply, error == AVERROR (ENOMEM)        ? SEN_REASON_MEMORY
                               : error == AVERROR_PATCHWELCOME ? SEN_REASON_NOT_HERE
                               : error == AVERROR_EOF          ? SEN_REASON_CUT_SHORT
                                                               : SEN_REASON_DAMAGED);
}

static bool
convert (Picture *picture, const AVFrame *frame)
{
  const AVPixFmtDescriptor *kind = av_pix_fmt_desc_get (frame->format);
  if (kind == NULL)
    return fail (picture->reply, SEN_REASON_DAMAGED);
  bool alpha = (kind->flags & AV_PIX_FMT_FLAG_ALPHA) != 0 || frame->format == AV_PIX_FMT_PAL8;
  picture->reply->bits = kind->comp[0].depth > 8 ? (uint32_t) kind->comp[0].depth : 8;
  picture->reply->flags |= kind->nb_components < 3 && frame->format != AV_PIX_FMT_PAL8 ? SEN_WIRE_GREY : 0;
  picture->reply->flags |= (kind->flags & AV_PIX_FMT_FLAG_ALPHA) != 0 ? SEN_WIRE_ALPHA : 0;
  picture->reply->flags |= av_frame_get_side_data (frame, AV_FRAME_DATA_ICC_PROFILE) != NULL ? SEN_WIRE_PROFILE : 0;
  picture->reply->flags |= frame->decode_error_flags != 0 ? SEN_WIRE_PARTLY_DAMAGED : 0;
  if (!picture_set_size (picture, frame->width, frame->height))
    return false;
  if (picture->facts_only)
    return true;

  int n_channels = alpha ? 4 : 3;
  if (!picture_take_memory (picture, frame->width, frame->height, n_channels))
    return false;
  struct SwsContext *scaler = sws_getContext (frame->width, frame->height, frame->format, frame->width, frame->height,
                                              alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24,
                                              SWS_POINT | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
  if (scaler == NULL)
    return fail (picture->reply, SEN_REASON_NOT_HERE);
  uint8_t *const to[4] = { picture->pixels };
  const int stride[4] = { frame->width * n_channels };
  sws_scale (scaler, (const uint8_t *const *) frame->data, frame->linesize, 0, frame->height, to, stride);
  sws_freeContext (scaler);
  return true;
}

static bool
decode_av (Picture *picture, enum AVCodecID id)
{
  const AVCodec *codec = avcodec_find_decoder (id);
  if (codec == NULL)
    return fail (picture->reply, SEN_REASON_NOT_HERE);
  AVCodecContext *context = avcodec_alloc_context3 (codec);
  AVPacket *packet = av_packet_alloc ();
  AVFrame *frame = av_frame_alloc ();
  bool ok = false;
  if (context == NULL || packet == NULL || frame == NULL)
    fail (picture->reply, SEN_REASON_MEMORY);
  else
    {
      context->max_pixels = SEN_WIRE_MAX_PIXELS;
      context->thread_count = HELPER_THREADS;
      context->thread_type = FF_THREAD_SLICE;
      packet->data = (uint8_t *) picture->data;
      packet->size = (int) picture->n;
      packet->flags = AV_PKT_FLAG_KEY;
      int error = avcodec_open2 (context, codec, NULL);
      error = error >= 0 ? avcodec_send_packet (context, packet) : error;
      if (error >= 0)
        {
          error = avcodec_receive_frame (context, frame);
          /* A decoder that still waits has not seen the end of the picture. */
          if (error == AVERROR (EAGAIN))
            {
              avcodec_send_packet (context, NULL);
              error = avcodec_receive_frame (context, frame);
            }
        }
      ok = error >= 0 ? convert (picture, frame) : fail_av (picture, context, error);
    }
  av_frame_free (&frame);
  packet != NULL ? av_packet_free (&packet) : (void) 0;
  avcodec_free_context (&context);
  return ok;
}

bool
picture_decode_tiff (Picture *picture)
{
  return exif_read_tiff (picture) && decode_av (picture, AV_CODEC_ID_TIFF);
}

/* The next @n bits of a JPEG XL codestream, the lowest first. It is long enough: FILE_TAIL bytes stand behind every file. */
static uint32_t
take_bits (const uint8_t *data, uint32_t *at, uint32_t n)
{
  uint32_t value = 0;
  for (uint32_t i = 0; i < n; i++, (*at)++)
    value |= (uint32_t) (data[*at / 8] >> *at % 8 & 1) << i;
  return value;
}

static uint32_t
take_jxl_side (const uint8_t *data, uint32_t *at)
{
  static const uint8_t n_bits[] = { 9, 13, 18, 30 };
  return 1 + take_bits (data, at, n_bits[take_bits (data, at, 2)]);
}

/* Signature and SizeHeader of ISO/IEC 18181-1. Read here because FFmpeg, when it refuses a size, forgets it. */
#define JXL_SIZE_BYTES 11

static bool
check_jxl_size (Picture *picture, const uint8_t codestream[JXL_SIZE_BYTES])
{
  static const uint8_t ratios[][2] = { { 0, 0 }, { 1, 1 }, { 12, 10 }, { 4, 3 }, { 3, 2 }, { 16, 9 }, { 5, 4 }, { 2, 1 } };
  uint32_t at = 16;
  bool by_eights = take_bits (codestream, &at, 1);
  uint64_t height = by_eights ? 8 * (1 + take_bits (codestream, &at, 5)) : take_jxl_side (codestream, &at), width;
  const uint8_t *ratio = ratios[take_bits (codestream, &at, 3)];
  if (ratio[0] != 0)
    width = height * ratio[0] / ratio[1];
  else
    width = by_eights ? 8 * (1 + take_bits (codestream, &at, 5)) : take_jxl_side (codestream, &at);
  return picture_set_size (picture, (int64_t) width, (int64_t) height);
}

/* Boxes of the container: length, name, body; length 0: to the end, 1: it stands in 8 bytes behind the name. The codestream may be in
 * numbered parts, however short. The decoder applies the orientation of the codestream, which counts; the EXIF one is a copy. False when
 * the size is refused. */
static bool
read_jxl_boxes (Picture *picture)
{
  uint8_t codestream[JXL_SIZE_BYTES] = { 0 };
  size_t n_known = 0, length;
  for (size_t at = 0; picture->n - at >= 12; at += length)
    {
      const uint8_t *box = picture->data + at;
      size_t left = picture->n - at, head = 8;
      bool in_parts = memcmp (box + 4, "jxlp", 4) == 0;
      length = get_u32_be (box);
      if (length == 1 && left >= 16)
        {
          head = 16;
          length = get_u32_be (box + 8) == 0 ? get_u32_be (box + 12) : left;
        }
      if (length == 0 || length > left)
        length = left;
      if (length < head)
        break;
      if (in_parts || memcmp (box + 4, "jxlc", 4) == 0)
        {
          size_t start = MIN (head + (in_parts ? 4 : 0), length), n = MIN (length - start, JXL_SIZE_BYTES - n_known);
          memcpy (codestream + n_known, box + start, n);
          n_known += n;
        }
      else if (memcmp (box + 4, "Exif", 4) == 0 && length > head + 4)
        {
          size_t start = head + 4 + (size_t) get_u32_be (box + head);
          if (start < length)
            exif_read (box + start, length - start, picture->reply);
        }
    }
  picture->reply->orientation = 1;
  return check_jxl_size (picture, codestream);
}

bool
picture_decode_jxl (Picture *picture)
{
  bool ok = picture->data[0] == 0 ? read_jxl_boxes (picture) : check_jxl_size (picture, picture->data);
  return ok && decode_av (picture, AV_CODEC_ID_JPEGXL);
}

bool
picture_decode_pnm (Picture *picture)
{
  static const enum AVCodecID codecs[] = { AV_CODEC_ID_PBM, AV_CODEC_ID_PGM, AV_CODEC_ID_PPM };
  uint8_t kind = picture->data[1];
  if (kind == '5' || kind == '6')
    return picture_decode_stb (picture);
  return decode_av (picture, kind == '7' ? AV_CODEC_ID_PAM : codecs[(kind - '1') % 3]);
}
