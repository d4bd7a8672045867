/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The small models of tools/make-tiny-mmproj.py, opened. */
#pragma once

#include "sen-error.h"
#include "sen-projector.h"

G_BEGIN_DECLS

/** Takes the folder with the models from the arguments and opens a CPU. */
void fixture_init (int *argc, char ***argv);
/** g_test_run(), and an end to all. */
int  fixture_run (void);

SenDevice *fixture_device (void);                     /* borrowed */
char      *fixture_path (const char *name);           /* of NAME.gguf */
SenModel  *fixture_model (const char *name);
/** NAME.gguf of the folder, or NULL with an error. */
SenProjector *fixture_projector (SenModel *model, const char *name, GError **error);

/** The message is one line and says @part. */
void assert_sentence (const GError *error, int code, const char *part);

/** NAME.mmproj.gguf with a few bytes changed into others of the same length (names of tensors and keys that nothing finds) fails
 *  to open for NAME with SEN_ERROR_FORMAT and @sentence; with @sentence NULL it opens. */
SenProjector *fixture_changed (SenModel *model, const char *name, const char *from, const char *to, const char *sentence);

G_END_DECLS
