/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "file-answer.h"
#include "runtime.h"
#include "sen-find.h"

G_BEGIN_DECLS

/** `ask` and `chat` with `--files DIR` or `--db FILE`: what is asked is looked for in files, and answered from what was found. Index and
 *  encoders stay open from one question to the next. All zeroes at first. */
typedef struct {
  /* Options. */
  char *folder;                  /* NULL: none */
  char *db;                      /* of the index; with a folder NULL: one of its own, kept in the cache folder */
  int   max_sources;             /* 0: as many as is usual */

  /* What was opened. */
  char            *path;         /* of the index; NULL: it is not open */
  char            *root;         /* the folder, absolute, without links; NULL: all that is indexed */
  SenModelStore   *store;
  SenFindEncoders *encoders;
  SenFind         *find;
  bool             is_told;      /* what is lacking */
} AskFiles;

#define ASK_FILES_OPTIONS(files)                                                                                                          \
  { "files", 'f', 0, G_OPTION_ARG_FILENAME, &(files).folder, "Answer from the files in this folder, with sources", "DIR" },               \
  { "db", 0, 0, G_OPTION_ARG_FILENAME, &(files).db, "Answer from an index (with --files: where the folder's is kept)", "FILE" },          \
  { "sources", 0, 0, G_OPTION_ARG_INT, &(files).max_sources, "At most so many passages of files (default: a few)", "N" }

/** Whether answers come from files. */
bool        ask_files_is_wanted (const AskFiles *files);
/** Brings the folder's index up to date, with the device of @runtime's options; progress on stderr. An index with nothing in it to answer
 *  from is an error, too: one sentence says what is wrong. */
bool        ask_files_open (AskFiles *files, SenCli *cli, const CliRuntime *runtime, GError **error);
/** Closes it, and forgets the options. */
void        ask_files_clear (AskFiles *files);

/** Finds sources for the last of the user's @questions[@n]. The model of @runtime is open, its context bounds them. NULL with an error; no
 *  sources is none. (transfer full) */
FileAnswer *ask_files_find (AskFiles *files, SenCli *cli, const CliRuntime *runtime, const char *const *questions, uint32_t n,
                            GError **error);

G_END_DECLS
