/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sen-wire-private.h"

/**
 * Inside sensorium-decode. One thread serves one request at a time (decoders may use threads of their own); whatever happens to
 * this process costs one file. Functions that can fail return false after naming the reason in the reply.
 */

/** Of decoders that have threads of their own. */
#define HELPER_THREADS 2

/** Names why; always false. */
static inline bool
fail_with (SenWireReply *reply, SenReason reason, uint64_t a, uint64_t b)
{
  reply->reason = reason;
  reply->a = a;
  reply->b = b;
  return false;
}

static inline bool
fail (SenWireReply *reply, SenReason reason)
{
  return fail_with (reply, reason, 0, 0);
}

/* --- sandbox.c ------------------------------------------------------------------------------------------------------------------- */

/** Limits on memory, time, files; then no_new_privs and the filter of system calls. After this there is no way back. */
bool sandbox_enter (uint64_t memory_bytes);

/* --- file.c ---------------------------------------------------------------------------------------------------------------------- */

/** A descriptor of the client's, read by position only. */
typedef struct {
  int      fd;
  uint64_t size;
} File;

/** Bytes read, fewer than @n only at the end of the file; -1 when the disk fails. */
gssize file_read (const File *file, uint64_t offset, void *data, size_t n);

#define FILE_HEAD 6         /* bytes before the data: room for "Exif\0\0", so that a TIFF is EXIF as it stands */
#define FILE_TAIL 64        /* zero bytes behind it, as FFmpeg's parsers want */

/** The whole of a picture file; free with file_unload(). NULL with a reason when it is too large or unreadable. */
uint8_t *file_load (const File *file, SenWireReply *reply);
void     file_unload (uint8_t *data);

static inline uint32_t
get_u16_be (const uint8_t *p)
{
  return (uint32_t) p[0] << 8 | p[1];
}

static inline uint32_t
get_u32_be (const uint8_t *p)
{
  return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static inline uint32_t
get_u32_le (const uint8_t *p)
{
  return (uint32_t) p[3] << 24 | (uint32_t) p[2] << 16 | (uint32_t) p[1] << 8 | p[0];
}

/* --- Pictures -------------------------------------------------------------------------------------------------------------------- */

/** What a decoder gets and gives. */
typedef struct {
  const uint8_t *data;      /* the file; FILE_HEAD bytes before and FILE_TAIL behind belong to it */
  size_t         n;
  uint32_t       longest_side;  /* a decoder that can shrink for nothing may give less than the full size, never less than twice this */
  bool           facts_only;    /* no pixels, only what the reply says */

  uint8_t       *pixels;    /* [height][width][n_channels], malloc() */
  int            width, height;
  int            n_channels;    /* 3 or 4 (straight alpha) */
  SenWireReply  *reply;     /* full_width, full_height (before orientation), bits, flags, n_frames, EXIF */
} Picture;

/** Checks a size before memory is taken for it, and notes it as the full size. */
bool picture_set_size (Picture *picture, int64_t width, int64_t height);
/** Room for width · height · n_channels. */
bool picture_take_memory (Picture *picture, int width, int height, int n_channels);

bool picture_decode_stb (Picture *picture);
bool picture_decode_jpeg (Picture *picture);
bool picture_decode_webp (Picture *picture);
bool picture_decode_heif (Picture *picture);
bool picture_decode_tiff (Picture *picture);
bool picture_decode_jxl (Picture *picture);
bool picture_decode_pnm (Picture *picture);

/** The picture's format by its first bytes, NULL when it is none that is known. */
const char *picture_format (const uint8_t *head, size_t n);

/** A whole picture: RGB, upright, shrunk, in a sealed memfd; or only the facts when @memfd is NULL. */
bool picture_read (const File *file, const SenWireRequest *request, int *memfd, SenWireReply *reply);

/** Upright RGB pixels of a picture for our own use; [height][width][3], malloc(). */
uint8_t *picture_read_pixels (const File *file, const SenWireRequest *request, SenWireReply *reply);

/** Turns [height][width][3] upright by EXIF @orientation into a new sealed memfd. */
bool picture_publish (const uint8_t *pixels, int width, int height, int orientation, int *memfd, SenWireReply *reply);

/** The largest size of the same shape with no side above @longest_side; never larger than it is. */
void picture_fit (int width, int height, uint32_t longest_side, int *fit_width, int *fit_height);

/** Orientation, date, camera and place from a TIFF structure. */
void exif_read (const uint8_t *tiff, size_t n, SenWireReply *reply);
/** The same of a TIFF file, without a copy (it fills the FILE_HEAD bytes before it), and the check of its size. */
bool exif_read_tiff (Picture *picture);

/** Catmull-Rom as wide as the shrinking asks for; [height][width][3] to [to_height][to_width][3]. False without memory. */
bool resize_rgb (const uint8_t *pixels, int width, int height, uint8_t *to, int to_width, int to_height);

/* --- Sound and video ------------------------------------------------------------------------------------------------------------- */

typedef struct AVFormatContext AVFormatContext;
typedef struct AVCodecContext  AVCodecContext;

/** An opened container; takes over the descriptor. */
typedef struct {
  File             file;
  uint64_t         offset;
  AVFormatContext *format;
} Media;

bool media_open (Media *media, File file, SenWireReply *reply);
void media_close (Media *media);
/** Opens the decoder of stream @index, NULL with a reason. All other streams are dropped. */
AVCodecContext *media_open_decoder (Media *media, int index, int n_threads, SenWireReply *reply);
/** The stream to hear or to watch (no cover pictures), -1 without. */
int media_sound_stream (const Media *media);
int media_video_stream (const Media *media);
/** Clockwise quarter turns that make the video upright, as an EXIF orientation. */
int media_orientation (const Media *media, int index);
/** The kind, streams, codecs, duration and size of what was opened. */
void media_describe (const Media *media, SenWireReply *reply);
/** What it calls itself, and who made it, each ended by a zero; the payload of the reply. */
void media_name (const Media *media, char *words, size_t max_bytes, SenWireReply *reply);

typedef struct Sound Sound;
Sound *sound_open (File file, double seconds, SenWireReply *reply);
/** Fills @samples as far as the sound goes; bytes in reply->n_payload. */
bool   sound_read (Sound *sound, float *samples, size_t n, SenWireReply *reply);
void   sound_close (Sound *sound);

typedef struct Video Video;
Video *video_open (File file, SenWireReply *reply);
bool   video_frame (Video *video, const SenWireRequest *request, int *memfd, SenWireReply *reply);
void   video_close (Video *video);

/* --- text.c ---------------------------------------------------------------------------------------------------------------------- */

/** Whether a picture [height][width][3] may hold text; cheap, and rather yes than no. */
bool text_is_likely (const uint8_t *pixels, int width, int height);

/** Text in a picture, or on page @n of a PDF; @fds hold the language data in the order of the request. */
bool text_read (const File *file, const SenWireRequest *request, const int *fds, char *text, size_t max_bytes, SenWireReply *reply);
