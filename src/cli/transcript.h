/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-transcribe.h"

G_BEGIN_DECLS

/** What `sensorium-cli transcribe` has heard of one file, how it is printed, and the journal by which it survives a kill. */

typedef enum { TRANSCRIPT_TEXT, TRANSCRIPT_JSON, TRANSCRIPT_SRT, TRANSCRIPT_VTT } TranscriptFormat;

typedef struct {
  char   *file;               /* as it was named */
  GArray *segments;           /* SenTranscriptSegment, owned; without tokens */
  char   *language;           /* code, or NULL before it is known */
  float   language_probability;
  double  seconds;            /* of the sound heard so far */
  SenTranscribePlace place;   /* where it goes on */
  bool    is_complete;
} Transcript;

Transcript *transcript_new (const char *file);
void        transcript_free (Transcript *transcript);
void        transcript_add (Transcript *transcript, const SenTranscriptSegment *segment);

/** Appends the whole transcript. Text, SRT and VTT are made of transcript_print_segment() too. */
void transcript_print_json (const Transcript *transcript, bool words, GString *out);
/** One segment as lines of @format, which is not JSON; @times with its times (text only); @words a line for each word. @n_cues
 *  were printed before, and are counted on. */
void transcript_print_segment (const SenTranscriptSegment *segment, TranscriptFormat format, bool times, bool words, guint *n_cues,
                               GString *out);

/* --- The journal: a line of JSON for each window that was finished ---------------------------------------------------------------- */

typedef struct Journal Journal;

/** The journal of the sound file @path under the folder @dir, for one kind of transcript (@key: model, language, …). Nothing is
 *  written until journal_note(). NULL with an error when the file cannot be read. */
Journal *journal_open (const char *dir, const char *path, const char *key, SenCancel *cancel, GError **error);
void     journal_free (Journal *journal);
/** Fills @transcript with what was noted; true when there was something. */
bool     journal_restore (Journal *journal, Transcript *transcript);
/** Notes all segments from @first on, and that the sound is done up to transcript->seconds. A disk that is full costs the journal
 *  only. */
void     journal_note (Journal *journal, const Transcript *transcript, guint first);
/** The transcript is complete. */
void     journal_remove (Journal *journal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Transcript, transcript_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Journal, journal_free)

G_END_DECLS
