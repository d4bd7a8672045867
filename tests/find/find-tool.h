/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the programs here have in common that tools/ talk to: an index with the models of the user, a language model, and lines of standard
 * input. What goes wrong ends them. */
#pragma once

#include "sen-debug.h"
#include "sen-decode.h"
#include "sen-model-store.h"
#include "sen-session.h"

typedef struct {
  SenDebug                debug;
  SenModelStore          *store;
  SenDecode              *decode;
  struct SenFindEncoders *encoders;
  struct SenFind         *find;
} FindTool;

/* The index at @path, on the CPU. */
void find_tool_open (FindTool *self, const char *path, uint32_t n_threads);
void find_tool_close (FindTool *self);

typedef struct {
  SenModel   *model;
  SenDevice  *device, *fallback;
  SenSession *session;
} FindToolModel;

/* The language model in the file at @path, likewise. */
void find_tool_open_model (FindToolModel *self, const char *path, uint32_t n_ctx, uint32_t n_threads);
void find_tool_close_model (FindToolModel *self);

/* The next line of standard input, at its first @n - 1 tabs (0: at all of them) cut into parts; NULL at its end. (transfer full) */
GStrv find_tool_read_line (int n);
