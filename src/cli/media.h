/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cli.h"
#include "sen-multimodal.h"
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
 *  rest goes on: @status (a SenCliExit) becomes that of the first of them. A model that @multimodal (may be NULL) lets take it directly
 *  needs no words of it. False when it was cancelled. @media is all zeroes at first, but for the history. */
bool cli_media_add (CliMedia *media, SenCli *cli, const SenMultimodal *multimodal, GPtrArray *paths, int *status);
/** The same of all of them, as they were taken (SenMultimodalTaken, those of the attachments first), with the reason of what could not be.
 *  */
void cli_media_explain_taken (const CliMedia *media, const SenMultimodal *multimodal, GPtrArray *taken);
/** Why it could have entered directly and did not, when that is so, on stderr. */
void cli_media_print_note (const SenMultimodalTaken *taken);
void cli_media_clear (CliMedia *media);

/** Says on stderr of attachments from @first on how a model takes them: "sign.png: seen through words (tesseract)", "sign.png: seen
 *  directly (sight-smollm2)". @multimodal is the model's. */
void cli_media_explain (const CliMedia *media, const SenMultimodal *multimodal, guint first);

/** Takes --image, --audio and --video with their values out of the arguments, in the order they stand there, before "--". */
GPtrArray *cli_media_take_options (int *argc, char **argv);

G_END_DECLS
