/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "sen-cancel.h"
#include "sen-image.h"

G_BEGIN_DECLS

/**
 * Pictures, sound and video from untrusted files, decoded by a process that can do nothing else (docs/media.md).
 *
 * A SenDecode is the client of one warm helper, sensorium-decode. It starts at the first call, goes away when it has had
 * nothing to do for a minute, and is started again by the next call. A file that makes it crash, take too much memory or too
 * long costs that file a sentence and nothing else: the next call has a new helper, and open streams go on where they were.
 *
 * Thread-safety: a SenDecode may be used from any thread; calls wait for each other (streams only while one piece of theirs is
 * decoded, so several can be read side by side). A stream belongs to one thread at a time. All streams of a SenDecode must be
 * closed before it is freed.
 *
 * @cancel may be NULL everywhere; a cancelled call returns within about 20 ms with SEN_ERROR_CANCELLED.
 *
 * Errors are one sentence that names the file: SEN_ERROR_NOT_FOUND and SEN_ERROR_IO when it cannot be read, SEN_ERROR_FORMAT
 * when it is damaged or cut short, SEN_ERROR_UNSUPPORTED when nothing here reads it (or it has no sound, no picture),
 * SEN_ERROR_LIMIT when it asks for too many pixels, too much memory or time, SEN_ERROR_DEVICE when the helper cannot be run.
 */
typedef struct SenDecode SenDecode;

/** A test makes the helper do this, and sees that nothing else suffers. */
typedef enum {
  SEN_DECODE_FAULT_NONE,
  SEN_DECODE_FAULT_OPEN,    /* open a path: the sandbox ends it */
  SEN_DECODE_FAULT_SOCKET,  /* make a network socket: likewise */
  SEN_DECODE_FAULT_EXEC,    /* run a program: likewise */
  SEN_DECODE_FAULT_CRASH,   /* end by SIGSEGV */
  SEN_DECODE_FAULT_SPIN,    /* never answer: the time limit ends it */
  SEN_DECODE_FAULT_MEMORY,  /* take memory until there is no more */
} SenDecodeFault;

typedef struct {
  const char *helper;       /* path of sensorium-decode (SenDebug.decode_helper); NULL: beside the program, or as installed */
  uint32_t    time_ms;      /* limit of one request; 0: 30 s, and 60 s for reading text */
  uint32_t    idle_ms;      /* the helper goes when it had nothing to do so long; 0: 60 s */
  uint64_t    memory_bytes; /* address space of the helper; 0: 3 GiB */
} SenDecodeParams;

/** Starts nothing yet. @params may be NULL. */
SenDecode *sen_decode_new (const SenDecodeParams *params);
void       sen_decode_free (SenDecode *decode);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenDecode, sen_decode_free)

/** How often a helper was started; tests and the window's details look at it. */
uint32_t sen_decode_n_started (SenDecode *decode);

/** Makes the helper misbehave; always fails with the sentence a file would get that caused the same. */
bool sen_decode_fault (SenDecode *decode, SenDecodeFault fault, SenCancel *cancel, GError **error);

/* --- What is it? --------------------------------------------------------------------------------------------------------------- */

typedef enum { SEN_MEDIA_PICTURE, SEN_MEDIA_SOUND, SEN_MEDIA_VIDEO } SenMediaKind;

/** By content, never by name. A sound file with a cover picture is a sound; a video without sound is a video. */
typedef struct {
  SenMediaKind kind;
  char   *format;           /* "JPEG", "MP3", "Matroska/WebM", … */
  char   *video_codec;      /* "h264"; NULL without video */
  char   *audio_codec;      /* "aac"; NULL without sound */
  char   *title, *artist;   /* as the file has them, one line each; or NULL */
  double  duration;         /* seconds; 0 for pictures and when the file does not say */
  int     width;            /* of pictures and videos, upright */
  int     height;
  double  frame_rate;       /* of videos, frames per second, 0 unknown */
  int     sample_rate;      /* of the sound in the file, Hz */
  int     n_channels;
  uint32_t n_audio_streams; /* the first, or the one marked default, is read */
  uint32_t n_frames;        /* of an animated picture; else 1 */
} SenMediaInfo;

SenMediaInfo *sen_decode_probe (SenDecode *decode, const char *path, SenCancel *cancel, GError **error);
void          sen_media_info_free (SenMediaInfo *info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMediaInfo, sen_media_info_free)

/* --- Pictures ------------------------------------------------------------------------------------------------------------------ */

/** Zeroes are good defaults. */
typedef struct {
  int      longest_side;    /* shrink so that neither side is longer; 0: as it is. Never enlarges. The filter is a wide
                             * Catmull-Rom; a JPEG much larger than asked is first scaled by its own transform. */
  uint32_t background;      /* 0xRRGGBB under transparent pixels when @has_background, else white */
  bool     has_background;
} SenPictureParams;

/** A picture file, or the first frame of an animated one. @params may be NULL. */
SenImage *sen_decode_picture (SenDecode *decode, const char *path, const SenPictureParams *params, SenCancel *cancel, GError **error);

/** The same for bytes in memory (a pasted screenshot); @name stands in sentences where a path would. */
SenImage *sen_decode_picture_bytes (SenDecode *decode, GBytes *bytes, const char *name, const SenPictureParams *params,
                                    SenCancel *cancel, GError **error);

/** Text that stands in a picture. */
typedef struct {
  char    *text;            /* UTF-8, lines as in the picture; "" when there is none */
  float    confidence;      /* mean of the words kept, in [0, 1] */
  uint32_t n_words;
  char    *language;        /* the code of the model that read best: "eng", "deu" */
} SenPictureText;

/** Zeroes are good defaults. */
typedef struct {
  const char *const *languages;   /* up to four of tesseract's codes, ended by NULL; those not installed are passed over, each of the
                                   * others reads the picture, and the one surest of itself is heard. NULL: eng and deu */
  uint32_t page;                  /* from 1, of a PDF (SEN_BLOCK_SCAN); 0: the file is a picture */
  bool     only_if_likely;        /* pictures without anything like letters in a row are not read, which costs a hundredth; a word of
                                   * three letters alone may be missed */
} SenReadParams;

/** Whether the data of one of @languages (as above) is installed. */
bool sen_decode_can_read_text (const char *const *languages);
/** Tesseract's codes of those installed among the languages of @locales ("de_AT.UTF-8", "de", as g_get_language_names() has them), then
 *  eng; at most three. (transfer full) */
char **sen_decode_text_languages (const char *const *locales);
/** Reads text by tesseract, words below 60 % confidence left out. @params may be NULL. SEN_ERROR_NOT_FOUND when no language is
 *  installed. */
SenPictureText *sen_decode_read_text (SenDecode *decode, const char *path, const SenReadParams *params, SenCancel *cancel, GError **error);
/** The same of a picture that is decoded, a frame of a video; @name stands in sentences where a path would. */
SenPictureText *sen_decode_read_text_image (SenDecode *decode, const SenImage *image, const char *name, const SenReadParams *params,
                                            SenCancel *cancel, GError **error);
void            sen_picture_text_free (SenPictureText *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenPictureText, sen_picture_text_free)

/* --- Sound --------------------------------------------------------------------------------------------------------------------- */

#define SEN_SOUND_RATE 16000

/** Mono float at 16 kHz in [-1, 1], from any layout and rate, in constant memory however long the file. */
typedef struct SenSound SenSound;

/** Opens the sound of a sound or video file at @start seconds (0: the beginning). SEN_ERROR_UNSUPPORTED without any. */
SenSound *sen_decode_open_sound (SenDecode *decode, const char *path, double start, SenCancel *cancel, GError **error);

/** The next samples, at most @n; 0 at the end, -1 on error. NaN and infinite samples of the file come as silence. A file that
 *  breaks off gives what is there. May return fewer than @n before the end. */
gssize sen_sound_read (SenSound *sound, float *samples, size_t n, SenCancel *cancel, GError **error);

/** The sound of the file at @path from its beginning, f32 samples; of a longer one @max_seconds and a little more, so that the caller sees
 *  that it is longer. (transfer full) */
GArray *sen_decode_read_sound (SenDecode *decode, const char *path, double max_seconds, SenCancel *cancel, GError **error);

/** Seconds from the start of the file of the sample that the next read gives first. */
double sen_sound_position (const SenSound *sound);
/** Seconds, 0 when the file does not say. */
double sen_sound_duration (const SenSound *sound);
void   sen_sound_close (SenSound *sound);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenSound, sen_sound_close)

typedef void (*SenDecodeProgress) (double done, double total, gpointer user_data);

/** A waveform to draw: @n_bins pairs of lowest and highest sample, over the whole of the sound. */
typedef struct {
  size_t n_bins;
  float *low;
  float *high;
  double duration;          /* seconds that were really there */
} SenPeaks;

/** Reads the whole sound once. @progress (seconds done, seconds in all or 0) may be NULL; it is called in this thread. */
SenPeaks *sen_decode_peaks (SenDecode *decode, const char *path, size_t n_bins, SenDecodeProgress progress, gpointer user_data,
                            SenCancel *cancel, GError **error);
void      sen_peaks_free (SenPeaks *peaks);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenPeaks, sen_peaks_free)

/* --- Video --------------------------------------------------------------------------------------------------------------------- */

/** One frame and when it is shown. */
typedef struct {
  double    seconds;
  SenImage *image;
} SenVideoFrame;

void sen_video_frame_free (SenVideoFrame *frame);

/** @n_frames frames in the middle of as many equal parts of the video, fewer when it has fewer; upright, square pixels,
 *  shrunk like pictures. Elements are SenVideoFrame. @progress counts frames. The sound of the video is
 *  sen_decode_open_sound() with the same path. */
GPtrArray *sen_decode_video_frames (SenDecode *decode, const char *path, uint32_t n_frames, const SenPictureParams *params,
                                    SenDecodeProgress progress, gpointer user_data, SenCancel *cancel, GError **error);

G_END_DECLS
