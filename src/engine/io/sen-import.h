/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-gguf-writer.h"

G_BEGIN_DECLS

/**
 * Models of other formats, made into GGUF once.
 *
 * What is understood:
 *   - a GGUF file, which is given back as it is;
 *   - an .onnx file of an image encoder (DINOv2), as PyTorch exports it;
 *   - a folder of config.json and *.safetensors in the layout of transformers: clip, siglip, dinov2, bert, whisper;
 *   - a folder of a CTranslate2 model.bin with config.json and tokenizer.json, vocabulary.json or vocabulary.txt: Whisper.
 * The conversion lies beside the model as a hidden file, or in a folder of the caller's where the model's own cannot be
 * written. It names the sources it was made from by size and time of change, and the version of the converter; when
 * these have changed it is made anew. Conversions of another type than the default have names of their own. They are
 * written whole or not at all, so any number of programs may do it at once.
 *
 * Layouts: docs/models.md. Thread-safety: reentrant.
 */
typedef struct {
  /* Where a conversion goes when the model's folder cannot be written; NULL: nowhere, and that is an error then. Made when
   * it is missing. */
  const char     *cache_dir;
  /* How matrices are stored: SEN_IMPORT_TYPE_DEFAULT (f16; q8_0 for Whisper), or a type of formats.def (rows that are no whole number of
   * its blocks become f16). */
  int             matrix_type;
  SenGgufProgress progress;     /* or NULL; false cancels */
  gpointer        user_data;
} SenImportParams;

#define SEN_IMPORT_TYPE_DEFAULT (-1)

/** True when @path looks like a model that sen_import_open() would convert, by its name and what lies in the folder. Cheap. */
bool  sen_import_is_foreign (const char *path);
/** The path of a GGUF with the model at @path, converted if need be. @params NULL: no cache folder, default type.
 *  (transfer full) */
char *sen_import_open (const char *path, const SenImportParams *params, GError **error);
/** Where a conversion of the model at @path lies that is up to date and of the default type; NULL without one.
 *  (transfer full) */
char *sen_import_find_conversion (const char *path, const char *cache_dir);
/** Deletes conversions of the model at @path, beside it and in @cache_dir (may be NULL). */
void  sen_import_forget (const char *path, const char *cache_dir);

G_END_DECLS
