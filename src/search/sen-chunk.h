/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-document.h"
#include "sen-tokenizer.h"

G_BEGIN_DECLS

/**
 * Cuts the blocks of a document, or the segments of a transcript, into passages of about 200 tokens, the size that a sentence encoder
 * takes in whole. A passage never crosses a page, begins at a heading or a paragraph where it can, and is cut inside a paragraph only
 * when that is longer than a passage: between sentences, where possible, and the last short sentence is said again.
 *
 * The same blocks give the same passages, however they are spread over calls. Memory does not grow with the document.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenChunker SenChunker;

typedef struct {
  char    *text;        /* UTF-8, never empty */
  char    *headings;    /* those above it, the outermost first, "Installing › Debian"; not the one it begins with itself; "" without */
  uint32_t page, line;  /* where it begins, from 1; 0: there are none */
  int64_t  start_ms;    /* of a recording; -1: no time */
  int64_t  end_ms;
  uint32_t n_tokens;    /* of the text, at most SEN_PASSAGE_MAX_TOKENS */
} SenPassage;

#define SEN_HEADINGS_SEPARATOR " › "

#define SEN_PASSAGE_TOKENS 200
#define SEN_PASSAGE_MAX_TOKENS 220
/* With the two that begin and end a text, the 256 that all-MiniLM-L6-v2 is used with. */
#define SEN_ENCODER_TOKENS 254

/** @tokenizer: of the encoder to come; NULL: four bytes are taken for a token. */
SenChunker *sen_chunker_new (SenTokenizer *tokenizer);
void        sen_chunker_free (SenChunker *chunker);

void        sen_chunker_add (SenChunker *chunker, const SenDocumentBlock *block);
/** What is open is a passage too; no blocks may follow. */
void        sen_chunker_end (SenChunker *chunker);
/** The next passage that is finished; NULL when there is none yet. (transfer full) */
SenPassage *sen_chunker_take (SenChunker *chunker);

/** By its first words, as sen_language_guess(); NULL when that does not tell. (static) */
const char *sen_chunker_language (const SenChunker *chunker);

void        sen_passage_free (SenPassage *passage);
/** What an encoder is given: headings and text, as long as it takes. (transfer full) */
char       *sen_passage_dup_for_encoder (const SenPassage *passage, SenTokenizer *tokenizer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenChunker, sen_chunker_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenPassage, sen_passage_free)

G_END_DECLS
