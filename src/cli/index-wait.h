/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cli.h"
#include "sen-indexer.h"

G_BEGIN_DECLS

/** How `index`, `ask` and `chat` wait for an index, and what they tell of that on stderr. */
typedef struct {
  bool goes_on;        /* until it is stopped: who watches is never done */
  bool is_discreet;    /* progress only on a terminal, and only of what takes longer than a second */
} CliIndexWait;

/** The folder @name as an index has it: absolute, without links. NULL with a sentence when there is none. (transfer full) */
char *cli_index_folder (const char *name, GError **error);

/** Waits until @indexer is up to date, telling stage, rate and time left, and once what is lacking. False with an error when it was
 *  stopped, failed, or when another process writes the index. */
bool cli_index_wait (SenIndexer *indexer, SenCli *cli, const CliIndexWait *wait, GError **error);

G_END_DECLS
