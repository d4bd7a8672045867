/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "runtime.h"
#include "sen-grounding.h"

G_BEGIN_DECLS

/** `ask --files DIR` and `ask --db FILE`: what is asked is looked for in files, and answered from what was found. */
typedef struct {
  /* Options. */
  char *folder;                  /* NULL: none */
  char *db;                      /* of the index; with a folder NULL: one of its own, kept in the cache folder */
  int   max_sources;             /* 0: as many as is usual */

  char              *query;      /* what was looked for */
  SenGrounding      *grounding;
  SenGroundingCheck *check;      /* of the answer */
  double             seconds;    /* from the question to the sources */
} AskFiles;

#define ASK_FILES_OPTIONS(files)                                                                                                          \
  { "files", 'f', 0, G_OPTION_ARG_FILENAME, &(files).folder, "Answer from the files in this folder, with sources", "DIR" },               \
  { "db", 0, 0, G_OPTION_ARG_FILENAME, &(files).db, "Answer from an index (with --files: where the folder's is kept)", "FILE" },          \
  { "sources", 0, 0, G_OPTION_ARG_INT, &(files).max_sources, "At most so many passages of files (default: 5)", "N" }

/** Whether the answer comes from files. */
bool  ask_files_is_wanted (const AskFiles *files);
/** Brings the folder's index up to date (progress on stderr) and finds sources for @question; the model of @runtime is open, its context
 *  bounds them. False with an error; no sources is none. */
bool  ask_files_find (AskFiles *files, SenCli *cli, CliRuntime *runtime, const char *question, GError **error);
/** What the model is asked; NULL when there are no sources and nothing need be asked. (transfer full) */
char *ask_files_prompt (const AskFiles *files);
/** What files say is not a matter of chance: the likeliest words, unless @has_temperature; short, and without going round in circles, as small
 *  models do that have read much. */
void  ask_files_set_sampling (SenGenerateParams *params, bool has_temperature);
/** Compares @answer with the sources. */
void  ask_files_check (AskFiles *files, const char *answer);
/** The sources, and what none of them supports, behind the answer on stdout. */
void  ask_files_print (const AskFiles *files, const char *answer);
/** The members "found", "query", "search_seconds", "sources" and "sentences", each after a comma. */
void  ask_files_append_json (const AskFiles *files, GString *json);
void  ask_files_clear (AskFiles *files);

G_END_DECLS
