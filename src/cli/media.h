/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cli.h"
#include "sen-perception.h"

G_BEGIN_DECLS

/** Pictures, recordings and videos on the command line: copied to the history and put into words, progress on stderr. */
typedef struct {
  SenHistory    *history;       /* NULL at first: one in memory, with a temporary folder */
  SenPerception *perception;
  SenModelStore *store;
  GPtrArray     *attachments;   /* SenAttachment in the order given */
} CliMedia;

/** Understands the files at @paths and adds them to @attachments. One that cannot be is told of in a sentence on stderr, and the
 *  rest goes on: @status (a SenCliExit) becomes that of the first of them. False when it was cancelled. @media is all zeroes at
 *  first, but for the history. */
bool cli_media_add (CliMedia *media, SenCli *cli, GPtrArray *paths, int *status);
void cli_media_clear (CliMedia *media);

/** Says on stderr of attachments from @first on how a model takes them: "sign.png: seen through words (tesseract)". */
void cli_media_explain (const CliMedia *media, guint first);

/** Takes --image, --audio and --video with their values out of the arguments, in the order they stand there, before "--". */
GPtrArray *cli_media_take_options (int *argc, char **argv);

G_END_DECLS
