/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * WebP by libwebp: FFmpeg 5.1 reads none that is animated. */
#include "helper.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

static void
read_chunk (WebPDemuxer *demuxer, SenWireReply *reply)
{
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk (demuxer, "EXIF", 1, &chunk))
    {
      bool marked = chunk.chunk.size > 6 && memcmp (chunk.chunk.bytes, "Exif\0\0", 6) == 0;
      exif_read (chunk.chunk.bytes + (marked ? 6 : 0), chunk.chunk.size - (marked ? 6 : 0), reply);
      WebPDemuxReleaseChunkIterator (&chunk);
    }
  if (WebPDemuxGetChunk (demuxer, "ICCP", 1, &chunk))
    {
      reply->flags |= SEN_WIRE_PROFILE;
      WebPDemuxReleaseChunkIterator (&chunk);
    }
}

/* Sizes and facts; also tells the end of the file from damage. */
static bool
read_container (Picture *picture, const WebPData *data)
{
  SenWireReply *reply = picture->reply;
  WebPDemuxState state;
  WebPDemuxer *demuxer = WebPDemuxPartial (data, &state);
  if (demuxer == NULL)
    return fail (reply, state == WEBP_DEMUX_PARSE_ERROR ? SEN_REASON_DAMAGED : SEN_REASON_CUT_SHORT);
  bool ok = picture_set_size (picture, WebPDemuxGetI (demuxer, WEBP_FF_CANVAS_WIDTH), WebPDemuxGetI (demuxer, WEBP_FF_CANVAS_HEIGHT));
  if (ok && state != WEBP_DEMUX_DONE)
    ok = fail (reply, SEN_REASON_CUT_SHORT);
  if (ok)
    {
      reply->n_frames = MAX (1, WebPDemuxGetI (demuxer, WEBP_FF_FRAME_COUNT));
      reply->flags |= WebPDemuxGetI (demuxer, WEBP_FF_FORMAT_FLAGS) & ALPHA_FLAG ? SEN_WIRE_ALPHA : 0;
      read_chunk (demuxer, reply);
    }
  WebPDemuxDelete (demuxer);
  return ok;
}

bool
picture_decode_webp (Picture *picture)
{
  const WebPData data = { .bytes = picture->data, .size = picture->n };
  if (!read_container (picture, &data))
    return false;
  if (picture->facts_only)
    return true;

  int width = picture->reply->full_width, height = picture->reply->full_height;
  if (!picture_take_memory (picture, width, height, 4))
    return false;
  size_t size = (size_t) width * (size_t) height * 4;
  if (picture->reply->n_frames == 1)
    return WebPDecodeRGBAInto (picture->data, picture->n, picture->pixels, size, width * 4) != NULL
           || fail (picture->reply, SEN_REASON_DAMAGED);

  WebPAnimDecoderOptions options;
  uint8_t *canvas;
  int time;
  WebPAnimDecoderOptionsInit (&options);
  WebPAnimDecoder *decoder = WebPAnimDecoderNew (&data, &options);
  bool ok = decoder != NULL && WebPAnimDecoderGetNext (decoder, &canvas, &time);
  if (ok)
    memcpy (picture->pixels, canvas, size);
  WebPAnimDecoderDelete (decoder);
  return ok || fail (picture->reply, SEN_REASON_DAMAGED);
}
