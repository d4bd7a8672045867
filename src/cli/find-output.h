/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cli.h"
#include "sen-find.h"

G_BEGIN_DECLS

/** What `search` and `similar` share: options, asking, and how results are told. */
typedef struct {
  char    *db, *device, *by;
  int      limit, n_threads;
  gboolean json, null, all, copies;
} CliFind;

#define CLI_FIND_OPTIONS(find)                                                                                                            \
  { "db", 0, 0, G_OPTION_ARG_FILENAME, &(find).db, "The index (default: sensorium/index.db in the data folder)", "FILE" },                \
  { "limit", 'n', 0, G_OPTION_ARG_INT, &(find).limit, "At most so many results (default: 20)", "N" },                                     \
  { "all", 'a', 0, G_OPTION_ARG_NONE, &(find).all, "Also what is only nearest, without evidence that it is meant", NULL },                \
  { "by", 0, 0, G_OPTION_ARG_STRING, &(find).by, "Look only by words, names or meaning; several between commas", "WAYS" },                \
  { "null", '0', 0, G_OPTION_ARG_NONE, &(find).null, "Print paths alone, each ended by a NUL byte", NULL },                              \
  { "json", 0, 0, G_OPTION_ARG_NONE, &(find).json, "Print one JSON object", NULL },                                                       \
  { "device", 'd', 0, G_OPTION_ARG_STRING, &(find).device, "auto, cpu, vulkan or vulkan:N, of the encoders (default: cpu)", "D" },        \
  { "threads", 't', 0, G_OPTION_ARG_INT, &(find).n_threads, "Threads of the CPU (default: all it may use)", "N" }

void cli_find_clear (CliFind *find);

/** Asks and prints. Fills @request's limit and ways from the options. Of request->like itself nothing is told, but of its copies. */
int cli_find (SenCli *cli, const CliFind *find, SenFindRequest *request);

G_END_DECLS
