/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-chunk.h"
#include "sen-decode.h"
#include "sen-index-store.h"
#include "sen-vit-prepare.h"

G_BEGIN_DECLS

/**
 * What one pass finds in one content, as far as that takes no model: text cut into passages, facts, pictures decoded and prepared, what is
 * read off pictures and scanned pages. Transcripts are not made here.
 *
 * Nothing of it touches the store, so that it can run on another thread than who writes there. Files are limited in what they may ask for
 * (sen-decode.h, sen-document.h), and by SEN_READ_MAX_SCANS and SEN_READ_MAX_SECONDS, after which what was found until then stands.
 *
 * Reentrant; the decoder may be shared.
 */
#define SEN_READ_MAX_SCANS 500       /* pages that are read off a document */
#define SEN_READ_MAX_SECONDS 1800    /* of a deep pass over one content, anew each time it goes on; a quick one has a third of it */
#define SEN_READ_MAX_FRAMES 24       /* of a video */

typedef struct SenReading SenReading;

typedef struct {
  SenDecode               *decode;
  SenTokenizer            *tokenizer;      /* of the encoder of texts; NULL: it is not here */
  const SenVitPreparation *preparation;    /* of the encoder of pictures; NULL: likewise */
  const char *const       *languages;      /* as SenReadParams.languages */
  bool                     can_read_text;  /* tesseract has data of one of them */
  SenCancel               *yield;          /* what takes long ends behind its next page, as SEN_INDEX_TO_DO; NULL: it doesn't */
  void                   (*part) (const SenReading *reading, const SenStorePart *part, gpointer data);   /* a page was read; or NULL */
  gpointer                 data;
} SenReader;

/** A chunk that owns its text, the prepared picture it is of, and what that means. */
typedef struct {
  SenChunk chunk;
  float   *pixels;        /* [3][image_size][image_size] of SEN_CHUNK_SEEN; NULL: there is none, or nothing to see it with */
  float   *vector;        /* [n_embd] made of it; NULL: not yet */
} SenReadChunk;

struct SenReading {
  SenStoreTask  task;
  SenIndexPass  pass;
  SenIndexState state;
  char         *error;         /* of SEN_INDEX_FAILED */
  SenIndexState deep_state;
  char         *language;
  int64_t       made_us;
  GArray       *chunks;        /* SenReadChunk */
  GArray       *parts;         /* as of sen_read_parts_new(): what the pass had found when it was ended */
  bool          has_sound;     /* deep pass: it is to be heard, too */
  double        seconds;       /* of its sound, 0: the file does not say */
};

/** Takes over the content of @task. */
SenReading *sen_reading_new (SenStoreTask *task, SenIndexPass pass);

/** Of SenStorePart that own their strings; and a copy more (a SenStorePartFunc). */
GArray     *sen_read_parts_new (void);
void        sen_read_parts_add (const SenStorePart *part, gpointer parts);
void        sen_reading_free (SenReading *reading);

/** Fills @reading; what can't be read is in it as a sentence, what was interrupted as SEN_INDEX_TO_DO. */
void sen_reader_read (const SenReader *reader, SenReading *reading, SenCancel *cancel);

/** For a space that came later: a picture by itself, or those of a video (SenVideoFrame) and the one of them nearest to a time, prepared.
 *  (transfer full) */
float     *sen_reader_read_picture (const SenReader *reader, const char *path, SenCancel *cancel, GError **error);
GPtrArray *sen_reader_read_frames (const SenReader *reader, const char *path, SenCancel *cancel, GError **error);
float     *sen_reader_choose_frame (const SenReader *reader, const GPtrArray *frames, int64_t start_ms, GError **error);

/* What the files of this module share. Takes over @text. */
SenChunk *sen_reading_add (SenReading *reading, SenChunkSource source, char *text);
void      sen_reading_add_fact (SenReading *reading, SenAbout about, const char *text);
/** What @chunker has finished; page, line and time as it says, or @page where that is not 0. */
void      sen_reading_take_passages (SenReading *reading, SenChunker *chunker, SenChunkSource source, uint32_t page);
/** A sentence, or TO_DO when it was cancelled. Takes over @error. */
void      sen_reading_fail (SenReading *reading, GError *error);

void sen_reader_document (const SenReader *reader, SenReading *reading, SenCancel *cancel);
void sen_reader_document_scans (const SenReader *reader, SenReading *reading, SenCancel *cancel);
void sen_reader_picture (const SenReader *reader, SenReading *reading, SenCancel *cancel);
void sen_reader_picture_text (const SenReader *reader, SenReading *reading, SenCancel *cancel);
void sen_reader_media (const SenReader *reader, SenReading *reading, SenCancel *cancel);
void sen_reader_media_deep (const SenReader *reader, SenReading *reading, SenCancel *cancel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenReading, sen_reading_free)

G_END_DECLS
