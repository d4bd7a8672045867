/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "sen-cli.h"
#include "sen-history-file.h"

G_BEGIN_DECLS

/* What the subcommands that deal with conversations share. They wait by running the main context. */

/** The user's conversations, read; sen_history_problem() tells what is wrong. @is_private: none, and none will be kept. */
SenHistory      *cli_history_new (bool is_private);
/** The same for subcommands that are of no use without. NULL and an error when they cannot be; what can be gone on with is said on
 *  stderr. */
SenHistory      *cli_history_open (GError **error);
/** By its id or by its place in the list, from 1; loaded. SEN_ERROR_NOT_FOUND. (transfer none) */
SenConversation *cli_history_find (SenHistory *history, const char *name, GError **error);
/** Reads a conversation's messages. */
void             cli_history_load (SenConversation *conversation);
/** SenHistoryMatch. (transfer full) */
GPtrArray       *cli_history_search (SenHistory *history, const char *query, GError **error);
/** Writes @conversations (of SenConversation, loaded) with their attachments to @path, as JSON or as Markdown. */
bool             cli_history_export (SenHistory *history, GPtrArray *conversations, const char *path, bool as_json, GError **error);
/** All of a file, atomically; "-" is stdout. */
bool             cli_write_file (const char *path, const void *data, gsize n_bytes, GError **error);

/** One line each: place, date, title. At most @max. */
void             cli_history_print_list (SenHistory *history, guint max, FILE *to);
/** One line each: place, title, what was found (bold where @is_terminal). */
void             cli_history_print_matches (SenHistory *history, GPtrArray *matches, bool is_terminal, FILE *to);

/** Text that cannot do anything to a terminal: control characters (but newlines and tabs, unless @one_line) and overrides of
 *  direction become replacement characters. (transfer full) */
char            *cli_clean_text (const char *text, bool one_line);

G_END_DECLS
