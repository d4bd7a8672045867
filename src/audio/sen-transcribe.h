/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-whisper.h"

G_BEGIN_DECLS

/**
 * Sound of any length to text, by the procedure of openai-whisper and faster-whisper: windows of 30 seconds that begin where the
 * last certain timestamp was, language detection, the rules of timestamps, higher temperatures when a text repeats itself
 * (zlib) or is improbable, silence left out, words timed by cross attention and dynamic time warping.
 *
 * Unlike there, sound comes from a callback and is forgotten once heard, so that hours need no more memory than minutes; only
 * stretches of speech are heard at all (sen-vad.h) unless that is turned off; and a text that goes round in circles is cut.
 *
 * Log-mel is normalized by the loudest moment of the sound. As far as the read-ahead reaches (SEN_TRANSCRIBE_AHEAD seconds), that
 * is what the references do with the whole file.
 *
 * A window whose device gives out is heard again on the session's fallback, which hears the rest too (sen_whisper_session_retreats()).
 *
 * Thread-safety: sen_transcribe() runs on the thread of its session; a SenCancel may be set from anywhere.
 */

#define SEN_TRANSCRIBE_AHEAD 300   /* seconds */

/** Mono f32 at 16 kHz: fills @samples with at most @n, returns how many, 0 at the end, -1 with @error. */
typedef gssize (*SenSoundRead) (float *samples, size_t n, gpointer user_data, GError **error);

typedef struct {
  char  *text;                /* with its leading space and punctuation */
  double start, end;          /* seconds */
  float  probability;         /* mean of its tokens' */
} SenWord;

typedef struct {
  uint32_t  id;               /* 1, 2, … */
  double    start, end;       /* seconds */
  char     *text;             /* as the model wrote it: most begin with a space */
  SenToken *tokens;           /* [n_tokens] timestamps too */
  uint32_t  n_tokens;
  SenWord  *words;            /* [n_words], when asked for */
  uint32_t  n_words;
  float     avg_logprob, no_speech_prob, compression_ratio, temperature;   /* of its window */
} SenTranscriptSegment;

/** A segment is final; it is the receiver's only during the call. */
typedef void (*SenTranscribeSegment) (const SenTranscriptSegment *segment, gpointer user_data);
/** Between two windows: where a transcript that was stopped goes on. */
typedef struct {
  uint64_t frame;             /* of log-mel, silence left out */
  double   last_speech;       /* where the last word ended, in seconds of those frames */
} SenTranscribePlace;

/** All before @seconds is done. */
typedef void (*SenTranscribeProgress) (double seconds, gpointer user_data);
/** The same, and @place: the same sound from its beginning, with this place, the same language and the next id, gives the rest of
 *  the transcript, to the letter (but not with condition_on_previous). */
typedef void (*SenTranscribeReached) (double seconds, const SenTranscribePlace *place, gpointer user_data);
/** The language, once it is known. */
typedef void (*SenTranscribeLanguage) (const char *code, float probability, gpointer user_data);

typedef struct {
  const char *language;       /* code or English name; NULL: detected */
  bool        translate;      /* into English */
  bool        words;          /* time every word */
  uint32_t    beam_size;      /* 0: 5; 1: greedy */
  uint32_t    best_of;        /* tries at a temperature above 0; 0: 5 */
  bool        no_fallback;    /* temperature 0 only */
  bool        no_vad;         /* hear everything, silence too */
  bool        condition_on_previous;   /* the text so far is the next window's prompt: consistent names, but loops spread */
  const char *prompt;         /* what came before the first window, or NULL */
  const char *vocabulary;     /* words to expect in every window, or NULL */
  const SenTranscribePlace *resume;   /* what lies before it is read, but not heard again; or NULL */
  uint32_t    first_id;       /* of segments; 0: 1 */

  SenTranscribeSegment  segment;
  SenTranscribeProgress progress;   /* or NULL */
  SenTranscribeReached  reached;    /* or NULL */
  SenTranscribeLanguage found;      /* or NULL */
  gpointer              user_data;
} SenTranscribeParams;

/** Rows a session needs for @params: sen_whisper_session_new()'s n_row_max. */
uint32_t sen_transcribe_n_rows (const SenTranscribeParams *params);

/** Reads to the end of the sound. On any error, cancelling included, the segments given before it stand. */
bool sen_transcribe (SenWhisperSession *session, const SenTranscribeParams *params, SenSoundRead read, gpointer read_data,
                     SenCancel *cancel, GError **error);

G_END_DECLS
