/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-transcribe.h"

G_BEGIN_DECLS

/** As openai-whisper has them: a window is silence above the one, when its text is less probable than the other. */
#define SEN_WHISPER_NO_SPEECH 0.6f
#define SEN_WHISPER_MIN_LOGPROB -1.0f   /* mean of a token, natural logarithm */

/* --- sen-whisper-text.c: what tokens say ------------------------------------------------------------------------------------------ */

/** The text of the tokens below <|endoftext|>. (transfer full) */
char *sen_whisper_text (const SenWhisper *whisper, const SenToken *tokens, uint32_t n);
/** Ids of @text; (transfer full) GArray of SenToken. */
GArray *sen_whisper_encode_text (const SenWhisper *whisper, const char *text);
/** How much shorter zlib makes it: text that repeats itself has a high ratio. */
float sen_whisper_compression_ratio (const char *text);
/** Tokens that are never written: brackets, notes, speaker marks, and what is control. (transfer full) GArray of SenToken. */
GArray *sen_whisper_suppressed (const SenWhisper *whisper);
/** First tokens of words: [n + 1] boundaries into @tokens, the last being @n. By spaces, or by characters where the language
 *  writes none. @texts gets each word's text (GPtrArray of char *). (transfer full) GArray of uint32_t. */
GArray *sen_whisper_split_words (const SenWhisper *whisper, const SenToken *tokens, uint32_t n, bool by_characters,
                                 GPtrArray *texts);
/** Where a text begins to go round in circles: the number of tokens worth keeping, @n when it does not. */
uint32_t sen_whisper_find_loop (const SenToken *tokens, uint32_t n, SenToken first_time);

/* --- sen-whisper-search.c: the text of a window -------------------------------------------------------------------------------------- */

typedef struct {
  GArray *tokens;             /* SenToken, without the end */
  float   avg_logprob, no_speech_prob, compression_ratio, temperature;
} SenWhisperResult;

typedef struct {
  uint32_t      beam_size, best_of;
  bool          no_fallback;
  const GArray *suppressed;   /* SenToken */
  uint32_t      seed;         /* of what chance decides */
} SenWhisperSearch;

/** Writes down the window the session has encoded, after @prompt[@n_prompt], which ends with <|startoftranscript|>, language
 *  and task. */
bool sen_whisper_write (SenWhisperSession *session, const SenWhisperSearch *search, const SenToken *prompt, uint32_t n_prompt,
                        SenWhisperResult *result, SenCancel *cancel, GError **error);
void sen_whisper_result_clear (SenWhisperResult *result);

/** Keeps of @logits[n_vocab] what may follow @tokens[@n]; the rest becomes −∞. */
void sen_whisper_apply_rules (const SenWhisperInfo *info, const GArray *suppressed, SenToken space, const SenToken *tokens,
                              uint32_t n, float *logits);

/* --- sen-whisper-align.c: when words were said --------------------------------------------------------------------------------------- */

typedef struct {
  char    *text;
  uint32_t n_tokens;
  double   start, end;        /* seconds from the window's beginning */
  float    probability;
} SenWhisperWord;

void    sen_whisper_word_clear (SenWhisperWord *word);
/** Words of @tokens[@n] (text only) in a window with @n_frames of sound; start_sequence is <|startoftranscript|> and so on.
 *  (transfer full) GArray of SenWhisperWord, or NULL. */
GArray *sen_whisper_time_words (SenWhisperSession *session, const SenToken *start_sequence, uint32_t n_start,
                                const SenToken *tokens, uint32_t n, uint32_t n_frames, bool by_characters, SenCancel *cancel,
                                GError **error);
/** The cheapest way through −@matrix[@n_row][@n_col] from corner to corner: the first column of each row. */
void    sen_whisper_warp (const float *matrix, uint32_t n_row, uint32_t n_col, uint32_t *first_cols);
/** Punctuation goes to the word it belongs to. */
void    sen_whisper_merge_punctuation (GArray *words);

/* --- sen-transcribe-sound.c: sound as frames, silence left out ------------------------------------------------------------------------ */

typedef struct SenSoundFrames SenSoundFrames;

SenSoundFrames *sen_sound_frames_new (uint32_t n_bins, bool use_vad, SenSoundRead read, gpointer read_data);
void            sen_sound_frames_free (SenSoundFrames *frames);
/** Reads until frames up to @end are there, or the sound has ended. */
bool     sen_sound_frames_fill (SenSoundFrames *frames, uint64_t end, SenCancel *cancel, GError **error);
/** Frames of content that are there so far; of all when the sound has ended. */
uint64_t sen_sound_frames_n (const SenSoundFrames *frames);
/** Normalized frames [@first, @first + @n) to @mel, zeros behind them to the end of a window. */
void     sen_sound_frames_window (SenSoundFrames *frames, uint64_t first, uint32_t n, float *mel);
/** Frames before @first will not be asked for again. */
void     sen_sound_frames_drop (SenSoundFrames *frames, uint64_t first);
/** Where a moment of the frames lies in the sound, both in seconds: silence was left out between. @index: of the stretch, or
 *  -1: the one that holds it, an end being the end of a stretch rather than the beginning of the next. */
double   sen_sound_frames_time (const SenSoundFrames *frames, double seconds, bool is_end, int index);
int      sen_sound_frames_stretch (const SenSoundFrames *frames, double seconds, bool is_end);
/** Seconds of the sound read and judged so far. */
double   sen_sound_frames_seconds (const SenSoundFrames *frames);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenSoundFrames, sen_sound_frames_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenWhisperResult, sen_whisper_result_clear)

G_END_DECLS
