/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-transcribe-private.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-mel.h"

#define DEFAULT_BEAM_SIZE 5
#define DEFAULT_BEST_OF 5
#define FRAMES_PER_SECOND (SEN_MEL_RATE / SEN_MEL_HOP)
#define FRAMES_PER_POSITION 2
#define SAME_PIECES 3               /* that say the same make a window suspicious */
#define PROMPT_RESET_TEMPERATURE 0.5f
#define MAX_MEDIAN_DURATION 0.7     /* seconds of a word */

/* A piece of a window's text between two timestamps, in seconds of the frames. */
typedef struct {
  double  start, end;
  GArray *tokens;              /* SenToken */
  GArray *words;               /* SenWhisperWord, times from the frames' beginning; or NULL */
} Piece;

typedef struct {
  SenWhisperSession         *session;
  SenWhisper                *whisper;
  const SenWhisperInfo      *info;
  const SenTranscribeParams *params;
  SenCancel                 *cancel;
  SenSoundFrames            *frames;
  SenWhisperSearch           search;
  GArray                    *suppressed;
  GArray                    *vocabulary;     /* SenToken */
  GArray                    *previous;       /* SenToken: what the next window's prompt begins with */
  SenToken                   start_sequence[3];
  uint32_t                   n_start;
  bool                       by_characters;  /* the language writes no spaces */
  float                     *mel;
  uint64_t                   encoded;        /* the window in the session; G_MAXUINT64: none */
  uint32_t                   id;
  double                     last_speech;    /* where the last word ended */
} Transcriber;

static void
clear_piece (gpointer data)
{
  Piece *piece = data;
  g_clear_pointer (&piece->tokens, g_array_unref);
  g_clear_pointer (&piece->words, g_array_unref);
}

uint32_t
sen_transcribe_n_rows (const SenTranscribeParams *params)
{
  uint32_t beam_size = params->beam_size != 0 ? params->beam_size : DEFAULT_BEAM_SIZE;
  uint32_t best_of = params->no_fallback ? 1 : params->best_of != 0 ? params->best_of : DEFAULT_BEST_OF;
  return CLAMP (MAX (beam_size, best_of), 1, SEN_WHISPER_MAX_ROWS);
}

/* --- Windows -------------------------------------------------------------------------------------------------------------------------- */

static bool
encode (Transcriber *t, uint64_t first, uint32_t n, GError **error)
{
  if (t->encoded == first)
    return true;
  t->encoded = G_MAXUINT64;
  sen_sound_frames_window (t->frames, first, n, t->mel);
  if (!sen_whisper_session_encode (t->session, t->mel, t->cancel, error))
    return false;
  t->encoded = first;
  return true;
}

static bool
detect_language (Transcriber *t, uint32_t n_frames, SenToken *language, float *probability, GError **error)
{
  g_autofree float *logits = g_new (float, t->info->n_vocab);
  if (!encode (t, 0, n_frames, error)
      || !sen_whisper_session_begin (t->session, &t->info->start, 1, 1, logits, t->cancel, error))
    return false;
  const float *languages = logits + t->info->first_language;
  uint32_t best = 0;
  float sum = 0.0f;
  for (uint32_t i = 1; i < t->info->n_language; i++)
    if (languages[i] > languages[best])
      best = i;
  for (uint32_t i = 0; i < t->info->n_language; i++)
    sum += expf (languages[i] - languages[best]);
  *language = t->info->first_language + (SenToken) best;
  *probability = 1.0f / sum;
  return true;
}

static bool
choose_language (Transcriber *t, uint32_t n_frames, GError **error)
{
  SenToken language = SEN_NO_TOKEN;
  float probability = 1.0f;
  if (t->info->is_multilingual && t->params->language == NULL)
    {
      if (!detect_language (t, n_frames, &language, &probability, error))
        return false;
    }
  else if (t->info->is_multilingual)
    language = sen_whisper_find_language (t->whisper, t->params->language);

  t->start_sequence[t->n_start++] = t->info->start;
  if (t->info->is_multilingual)
    {
      t->start_sequence[t->n_start++] = language;
      t->start_sequence[t->n_start++] = t->params->translate ? t->info->translate : t->info->transcribe;
    }
  g_autofree char *code = t->info->is_multilingual ? sen_whisper_language_code (t->whisper, language) : g_strdup ("en");
  static const char *const without_spaces[] = { "zh", "ja", "th", "lo", "my", "yue" };
  for (size_t i = 0; i < G_N_ELEMENTS (without_spaces); i++)
    t->by_characters |= strcmp (without_spaces[i], code) == 0 && !t->params->translate;
  if (t->params->found != NULL)
    t->params->found (code, probability, t->params->user_data);
  return true;
}

static bool
check_language (const Transcriber *t, GError **error)
{
  const char *language = t->params->language;
  if (language == NULL)
    return true;
  if (t->info->is_multilingual ? sen_whisper_find_language (t->whisper, language) != SEN_NO_TOKEN
                               : g_ascii_strcasecmp (language, "en") == 0 || g_ascii_strcasecmp (language, "english") == 0)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s knows no language “%s”; say a code like en, de or fr, or its English name",
               t->info->name, language);
  return false;
}

/* What is read before a window's text. */
static GArray *
make_prompt (const Transcriber *t)
{
  GArray *prompt = g_array_new (FALSE, FALSE, sizeof (SenToken));
  uint32_t n_max = t->info->n_ctx / 2 - 1;
  if (t->previous->len > 0 || t->vocabulary->len > 0)
    {
      uint32_t n_vocabulary = MIN (t->vocabulary->len, n_max), n_previous = MIN (t->previous->len, n_max - n_vocabulary);
      g_array_append_val (prompt, t->info->previous);
      g_array_append_vals (prompt, t->vocabulary->data, n_vocabulary);
      g_array_append_vals (prompt, &g_array_index (t->previous, SenToken, t->previous->len - n_previous), n_previous);
    }
  g_array_append_vals (prompt, t->start_sequence, t->n_start);
  return prompt;
}

/* --- Pieces --------------------------------------------------------------------------------------------------------------------------- */

static void
add_piece (GArray *pieces, double start, double end, const SenToken *tokens, uint32_t n)
{
  Piece piece = { .start = start, .end = end, .tokens = g_array_sized_new (FALSE, FALSE, sizeof (SenToken), n) };
  g_array_append_vals (piece.tokens, tokens, n);
  g_array_append_val (pieces, piece);
}

static double
time_of (const Transcriber *t, SenToken token)
{
  return (token - t->info->first_time) * SEN_WHISPER_TIME_PRECISION;
}

/* Cuts a window's tokens at pairs of timestamps. @seek moves to where the next window begins; false when the text did not end
 * with a timestamp of its own. */
static bool
cut (const Transcriber *t, const GArray *all, uint32_t n_frames, uint64_t *seek, GArray *pieces)
{
  const SenToken *tokens = (const SenToken *) all->data;
  SenToken first_time = t->info->first_time;
  uint32_t n = all->len, last = 0;
  double offset = (double) *seek / FRAMES_PER_SECOND;
  bool ends_with_time = n >= 2 && tokens[n - 2] < first_time && tokens[n - 1] >= first_time;

  for (uint32_t i = 1; i <= n; i++)
    {
      bool is_pair = i < n && tokens[i] >= first_time && tokens[i - 1] >= first_time;
      if (!is_pair && !(i == n && ends_with_time && last > 0))
        continue;
      add_piece (pieces, offset + time_of (t, tokens[last]), offset + time_of (t, tokens[i - 1]), tokens + last, i - last);
      last = i;
    }
  if (pieces->len > 0)
    {
      /* Behind a single time at the end nothing was said; else what follows the last pair is heard again. */
      *seek += ends_with_time ? n_frames : (uint64_t) (tokens[last - 1] - first_time) * FRAMES_PER_POSITION;
      return ends_with_time;
    }

  double duration = (double) n_frames / FRAMES_PER_SECOND;
  for (uint32_t i = n; i-- > 0;)
    if (tokens[i] >= first_time)
      {
        if (tokens[i] != first_time)
          duration = time_of (t, tokens[i]);
        break;
      }
  add_piece (pieces, offset, offset + duration, tokens, n);
  *seek += n_frames;
  return ends_with_time;
}

/* --- Words ---------------------------------------------------------------------------------------------------------------------------- */

static int
compare_durations (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

static double
median_duration (const GArray *words)
{
  g_autoptr (GArray) durations = g_array_new (FALSE, FALSE, sizeof (double));
  for (guint i = 0; i < words->len; i++)
    {
      const SenWhisperWord *word = &g_array_index (words, SenWhisperWord, i);
      double duration = word->end - word->start;
      if (duration != 0.0)
        g_array_append_val (durations, duration);
    }
  if (durations->len == 0)
    return 0.0;
  g_array_sort (durations, compare_durations);
  double upper = g_array_index (durations, double, durations->len / 2);
  double lower = g_array_index (durations, double, (durations->len - 1) / 2);
  return MIN ((upper + lower) / 2.0, MAX_MEDIAN_DURATION);
}

/* Words at the borders of sentences are not twice as long as others: pauses stick to them. */
static void
shorten_at_sentences (GArray *words, double max)
{
  const char *marks = ".。!！?？";
  for (guint i = 1; i < words->len; i++)
    {
      SenWhisperWord *word = &g_array_index (words, SenWhisperWord, i), *before = word - 1;
      if (word->end - word->start <= max)
        continue;
      if (strstr (marks, word->text) != NULL)
        word->end = word->start + max;
      else if (strstr (marks, before->text) != NULL)
        word->start = word->end - max;
    }
}

static double
round_time (double seconds)
{
  return rint (seconds * 100.0) / 100.0;
}

/* The words of a piece against its timestamps, and against the pause before it. */
static void
settle_piece (Transcriber *t, Piece *piece, double median, double max)
{
  if (piece->words->len == 0)
    return;
  SenWhisperWord *first = &g_array_index (piece->words, SenWhisperWord, 0);
  SenWhisperWord *second = piece->words->len > 1 ? first + 1 : NULL;
  SenWhisperWord *last = &g_array_index (piece->words, SenWhisperWord, piece->words->len - 1);
  if (first->end - t->last_speech > median * 4.0
      && (first->end - first->start > max || (second != NULL && second->end - first->start > max * 2.0)))
    {
      if (second != NULL && second->end - second->start > max)
        first->end = second->start = MAX (second->end / 2.0, second->end - max);
      first->start = MAX (0.0, first->end - max);
    }
  if (piece->start < first->end && piece->start - 0.5 > first->start)
    first->start = MAX (0.0, MIN (first->end - median, piece->start));
  else
    piece->start = first->start;
  if (piece->end > last->start && piece->end + 0.5 < last->end)
    last->end = MAX (last->start + median, piece->end);
  else
    piece->end = last->end;
  t->last_speech = piece->end;
}

static bool
time_words (Transcriber *t, GArray *pieces, double offset, uint32_t n_frames, GError **error)
{
  g_autoptr (GArray) text = g_array_new (FALSE, FALSE, sizeof (SenToken));
  for (guint i = 0; i < pieces->len; i++)
    {
      Piece *piece = &g_array_index (pieces, Piece, i);
      piece->words = g_array_new (FALSE, TRUE, sizeof (SenWhisperWord));
      g_array_set_clear_func (piece->words, (GDestroyNotify) sen_whisper_word_clear);
      for (guint j = 0; j < piece->tokens->len; j++)
        if (g_array_index (piece->tokens, SenToken, j) < t->info->end)
          g_array_append_val (text, g_array_index (piece->tokens, SenToken, j));
    }
  g_autoptr (GArray) words = sen_whisper_time_words (t->session, t->start_sequence, t->n_start, (const SenToken *) text->data,
                                                     text->len, n_frames, t->by_characters, t->cancel, error);
  if (words == NULL)
    return false;
  double median = median_duration (words), max = 2.0 * median;
  shorten_at_sentences (words, max);
  sen_whisper_merge_punctuation (words);

  guint next = 0;
  for (guint i = 0; i < pieces->len; i++)
    {
      Piece *piece = &g_array_index (pieces, Piece, i);
      uint32_t n_text = 0, n_done = 0;
      for (guint j = 0; j < piece->tokens->len; j++)
        n_text += g_array_index (piece->tokens, SenToken, j) < t->info->end;
      for (; next < words->len && n_done < n_text; next++)
        {
          SenWhisperWord *word = &g_array_index (words, SenWhisperWord, next);
          n_done += word->n_tokens;
          if (*word->text == '\0')
            continue;
          SenWhisperWord copy = *word;
          copy.text = g_steal_pointer (&word->text);
          copy.start = round_time (offset + copy.start);
          copy.end = round_time (offset + copy.end);
          g_array_append_val (piece->words, copy);
        }
      settle_piece (t, piece, median, max);
    }
  return true;
}

/* Where the last word ends, or a negative number. */
static double
last_word_end (const GArray *pieces)
{
  for (guint i = pieces->len; i-- > 0;)
    {
      const GArray *words = g_array_index (pieces, Piece, i).words;
      if (words != NULL && words->len > 0)
        return g_array_index (words, SenWhisperWord, words->len - 1).end;
    }
  return -1.0;
}

/* --- Giving --------------------------------------------------------------------------------------------------------------------------- */

static void
give_piece (Transcriber *t, const Piece *piece, const SenWhisperResult *result)
{
  g_autofree char *text = sen_whisper_text (t->whisper, (const SenToken *) piece->tokens->data, piece->tokens->len);
  g_autofree char *bare = g_strstrip (g_strdup (text));
  if (piece->start == piece->end || *bare == '\0')
    return;
  g_array_append_vals (t->previous, piece->tokens->data, piece->tokens->len);

  SenTranscriptSegment segment = {
    .id = t->id++,
    .start = sen_sound_frames_time (t->frames, piece->start, false, -1),
    .end = sen_sound_frames_time (t->frames, piece->end, true, -1),
    .text = text,
    .tokens = (SenToken *) piece->tokens->data,
    .n_tokens = piece->tokens->len,
    .n_words = piece->words != NULL ? piece->words->len : 0,
    .avg_logprob = result->avg_logprob,
    .no_speech_prob = result->no_speech_prob,
    .compression_ratio = result->compression_ratio,
    .temperature = result->temperature,
  };
  g_autofree SenWord *words = g_new0 (SenWord, segment.n_words + 1);
  for (uint32_t i = 0; i < segment.n_words; i++)
    {
      const SenWhisperWord *word = &g_array_index (piece->words, SenWhisperWord, i);
      int stretch = sen_sound_frames_stretch (t->frames, (word->start + word->end) / 2.0, false);
      words[i] = (SenWord) {
        .text = word->text,
        .start = sen_sound_frames_time (t->frames, word->start, false, stretch),
        .end = sen_sound_frames_time (t->frames, word->end, true, stretch),
        .probability = word->probability,
      };
    }
  segment.words = words;
  if (segment.n_words > 0)
    {
      segment.start = words[0].start;
      segment.end = words[segment.n_words - 1].end;
    }
  segment.end = MAX (segment.end, segment.start);
  t->params->segment (&segment, t->params->user_data);
}

/* The words of @piece without times. */
static GArray *
words_of (const Transcriber *t, const Piece *piece)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (SenToken));
  for (guint i = 0; i < piece->tokens->len; i++)
    if (g_array_index (piece->tokens, SenToken, i) < t->info->end)
      g_array_append_val (words, g_array_index (piece->tokens, SenToken, i));
  return words;
}

/* What Whisper makes of music: surely no speech, it says, and writes one and the same thing again and again. */
static bool
is_invented (const Transcriber *t, const GArray *pieces, const SenWhisperResult *result)
{
  if (t->params->no_vad || result->no_speech_prob <= SEN_WHISPER_NO_SPEECH || pieces->len < SAME_PIECES)
    return false;
  g_autoptr (GArray) first = words_of (t, &g_array_index (pieces, Piece, 0));
  for (guint i = 1; i < pieces->len; i++)
    {
      g_autoptr (GArray) words = words_of (t, &g_array_index (pieces, Piece, i));
      if (words->len != first->len || memcmp (words->data, first->data, first->len * sizeof (SenToken)) != 0)
        return false;
    }
  return true;
}

/* One window from @seek on, which moves. */
static bool
hear_window (Transcriber *t, uint64_t *seek, uint32_t n_frames, GError **error)
{
  g_auto (SenWhisperResult) result = { 0 };
  uint64_t first = *seek;
  double offset = (double) first / FRAMES_PER_SECOND;
  g_autoptr (GArray) prompt = make_prompt (t);
  t->search.seed = (uint32_t) first + 1;
  if (!encode (t, first, n_frames, error)
      || !sen_whisper_write (t->session, &t->search, (const SenToken *) prompt->data, prompt->len, &result, t->cancel, error))
    return false;
  if (result.no_speech_prob > SEN_WHISPER_NO_SPEECH && !(result.avg_logprob > SEN_WHISPER_MIN_LOGPROB))
    {
      *seek += n_frames;
      return true;
    }

  g_autoptr (GArray) pieces = g_array_new (FALSE, TRUE, sizeof (Piece));
  g_array_set_clear_func (pieces, clear_piece);
  bool ends_with_time = cut (t, result.tokens, n_frames, seek, pieces);
  if (is_invented (t, pieces, &result))
    {
      *seek = first + n_frames;
      return true;
    }
  if (t->params->words)
    {
      if (!time_words (t, pieces, offset, n_frames, error))
        return false;
      double end = last_word_end (pieces);
      if (!ends_with_time && end > offset)
        *seek = (uint64_t) rint (end * FRAMES_PER_SECOND);
      if (end >= 0.0)
        t->last_speech = end;
    }
  for (guint i = 0; i < pieces->len; i++)
    give_piece (t, &g_array_index (pieces, Piece, i), &result);
  if (!t->params->condition_on_previous || result.temperature > PROMPT_RESET_TEMPERATURE)
    g_array_set_size (t->previous, 0);
  else if (t->previous->len > t->info->n_ctx)
    g_array_remove_range (t->previous, 0, t->previous->len - t->info->n_ctx);
  return true;
}

/* On the other device where the first fails: nothing of a window was given then. */
static bool
hear_somewhere (Transcriber *t, uint64_t *seek, uint32_t n_frames, GError **error)
{
  uint64_t first = *seek;
  GError *failure = NULL;
  do
    {
      *seek = first;
      if ((t->n_start > 0 || choose_language (t, n_frames, &failure)) && hear_window (t, seek, n_frames, &failure))
        return true;
      t->encoded = G_MAXUINT64;
    }
  while (sen_whisper_session_retreats (t->session, &failure));
  g_propagate_error (error, failure);
  return false;
}

static void
report (const Transcriber *t, double seconds, uint64_t seek)
{
  const SenTranscribePlace place = { .frame = seek, .last_speech = t->last_speech };
  if (t->params->progress != NULL)
    t->params->progress (seconds, t->params->user_data);
  if (t->params->reached != NULL)
    t->params->reached (seconds, &place, t->params->user_data);
}

/* What was heard before is read all the same: where silence lies and how loud the sound was decides what comes. */
static bool
skip (Transcriber *t, uint64_t frame, GError **error)
{
  for (uint64_t at = 0; at < frame;)
    {
      at = MIN (at + SEN_TRANSCRIBE_AHEAD * FRAMES_PER_SECOND, frame);
      if (!sen_sound_frames_fill (t->frames, at, t->cancel, error))
        return false;
      if (sen_sound_frames_n (t->frames) < at)
        break;   /* the sound is shorter than it was */
      sen_sound_frames_drop (t->frames, at);
    }
  return true;
}

static bool
hear_all (Transcriber *t, GError **error)
{
  const SenTranscribePlace *resume = t->params->resume;
  t->last_speech = resume != NULL ? resume->last_speech : 0.0;
  if (resume != NULL && !skip (t, resume->frame, error))
    return false;
  for (uint64_t seek = resume != NULL ? resume->frame : 0;;)
    {
      if (!sen_sound_frames_fill (t->frames, seek + SEN_WHISPER_FRAMES + SEN_TRANSCRIBE_AHEAD * FRAMES_PER_SECOND, t->cancel, error))
        return false;
      uint64_t n = sen_sound_frames_n (t->frames);
      if (seek >= n)
        break;
      uint32_t n_frames = (uint32_t) MIN (SEN_WHISPER_FRAMES, n - seek);
      uint64_t before = seek;
      if (!hear_somewhere (t, &seek, n_frames, error))
        return false;
      /* A window whose only timestamp is its beginning would be heard for ever. */
      if (seek <= before)
        seek = before + n_frames;
      sen_sound_frames_drop (t->frames, seek);
      report (t, sen_sound_frames_time (t->frames, (double) seek / FRAMES_PER_SECOND, false, -1), seek);
    }
  report (t, sen_sound_frames_seconds (t->frames), sen_sound_frames_n (t->frames));
  return true;
}

static GArray *
encode_words (const Transcriber *t, const char *words)
{
  g_autofree char *bare = g_strstrip (g_strdup (words != NULL ? words : ""));
  g_autofree char *spaced = g_strconcat (" ", bare, NULL);
  return *bare != '\0' ? sen_whisper_encode_text (t->whisper, spaced) : g_array_new (FALSE, FALSE, sizeof (SenToken));
}

bool
sen_transcribe (SenWhisperSession *session, const SenTranscribeParams *params, SenSoundRead read, gpointer read_data,
                SenCancel *cancel, GError **error)
{
  Transcriber t = {
    .session = session, .whisper = sen_whisper_session_model (session), .params = params, .cancel = cancel,
    .encoded = G_MAXUINT64, .id = MAX (params->first_id, 1),
  };
  t.info = sen_whisper_info (t.whisper);
  if (!check_language (&t, error))
    return false;
  g_autoptr (GArray) suppressed = sen_whisper_suppressed (t.whisper);
  g_autoptr (GArray) vocabulary = encode_words (&t, params->vocabulary), previous = encode_words (&t, params->prompt);
  g_autofree float *mel = g_new (float, (gsize) SEN_WHISPER_FRAMES * t.info->n_mel);
  g_autoptr (SenSoundFrames) frames = sen_sound_frames_new (t.info->n_mel, !params->no_vad, read, read_data);
  t.vocabulary = vocabulary;
  t.previous = previous;
  t.mel = mel;
  t.frames = frames;
  t.search = (SenWhisperSearch) {
    .beam_size = MIN (params->beam_size != 0 ? params->beam_size : DEFAULT_BEAM_SIZE, SEN_WHISPER_MAX_ROWS),
    .best_of = MIN (params->best_of != 0 ? params->best_of : DEFAULT_BEST_OF, SEN_WHISPER_MAX_ROWS),
    .no_fallback = params->no_fallback,
    .suppressed = suppressed,
  };
  return hear_all (&t, error);
}
