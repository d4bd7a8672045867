/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/**
 * Text that is written bit by bit to a terminal, with its lines broken between words.
 *
 * Each bit is seen at once: a word that turns out too long for its line is taken back and written on the next one. A word longer than a
 * line is left to the terminal, so that an address can be copied in one piece.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct WordWrap WordWrap;

/** @to is borrowed; writing begins at the left. */
WordWrap *word_wrap_new (FILE *to);
void      word_wrap_free (WordWrap *wrap);

/** @text: UTF-8 that has nothing in it but letters, newlines and tabs (cli_clean_text()). @n_columns: of the terminal as it is now; 0: not
 *  known, nothing is broken. */
void      word_wrap_add (WordWrap *wrap, const char *text, guint n_columns);

/** The columns of the terminal behind @to; 0 when it is none, or does not say. */
guint     word_wrap_columns (FILE *to);
/** How many of them a character takes. */
guint     word_wrap_width_of (gunichar c);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WordWrap, word_wrap_free)

G_END_DECLS
