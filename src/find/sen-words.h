/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Words of texts as they are compared with one another: without case and marks. An index takes texts apart in another way ("don't" and
 * "3.5" are two words each to FTS5), and who marks what it found has to do as it does: sen-found-text.h. Reentrant. */

typedef struct {
  char    *text;        /* folded, letters and digits only */
  bool     is_number;   /* there is a digit in it */
  bool     is_usual;    /* says nothing of what a text is about: "the", "is", "what" */
  uint32_t start, end;  /* bytes of the text */
} SenWord;

/** The words of @text. An apostrophe is part of a word and left out ("don't": dont); so is a point between digits ("3.5" is one). Frees its
 *  elements. (transfer full) */
GArray *sen_words_split (const char *text, gsize n_bytes);

/** What words have in common in spite of their endings: cut after six letters, without a plural's s; numbers whole.
 *  @stem[SEN_STEM_BYTES] */
#define SEN_STEM_BYTES 64
#define SEN_STEM_LETTERS 6
void sen_word_stem (const SenWord *word, char stem[SEN_STEM_BYTES]);

/** Whether a sentence of these words speaks to an assistant, by the phrases of instructions.def. */
bool sen_words_instruct (const GArray *words);

G_END_DECLS
