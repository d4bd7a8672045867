/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Vocabularies small enough to know every id of. */
#pragma once

#include "gguf-builder.h"

typedef struct {
  GPtrArray *texts;    /* GString */
  GPtrArray *merges;   /* GString */
  GArray    *scores;   /* float */
  GArray    *types;    /* int32_t, as the file has them */
} TinyVocabulary;

enum { TINY_NORMAL = 1, TINY_UNKNOWN, TINY_CONTROL, TINY_USER, TINY_UNUSED, TINY_BYTE };

TinyVocabulary *tiny_vocabulary_new (void);
void            tiny_vocabulary_free (TinyVocabulary *tiny);
/** Returns the id. */
guint           tiny_vocabulary_add (TinyVocabulary *tiny, const char *text, gssize length, int type, float score);
void            tiny_vocabulary_add_merge (TinyVocabulary *tiny, const char *merge, gssize length);
/** The arrays of the vocabulary; what else it needs is the caller's to add. */
void            tiny_vocabulary_write (const TinyVocabulary *tiny, GgufBuilder *builder);

/** Byte-level BPE: ids 0..255 are the bytes, then "he" "ll" "hell" "hello" "Ġw" "Ġwo" "Ġhello" (256..262),
 *  <|end|> (control, 263), <user> (by users, 264), <user>x (265), <|endoftext|> (plain by its type, 266). */
TinyVocabulary *tiny_vocabulary_new_bpe (void);
/** SentencePiece: <unk> <s> </s> (0..2), the bytes (3..258), "▁" "h" "e" "l" "o" "he" "ll" "hell" "hello" "▁hello"
 *  (259..268), "\n\n" (by users, 269). */
TinyVocabulary *tiny_vocabulary_new_sentencepiece (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TinyVocabulary, tiny_vocabulary_free)
