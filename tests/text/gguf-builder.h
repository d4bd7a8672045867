/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * GGUF metadata put together in memory, for vocabularies that no file has. */
#pragma once

#include "sen-gguf.h"

typedef struct {
  GByteArray *pairs;
  guint64     n_pairs;
} GgufBuilder;

void gguf_builder_init (GgufBuilder *builder);
void gguf_builder_add_string (GgufBuilder *builder, const char *key, const char *value);
void gguf_builder_add_u32 (GgufBuilder *builder, const char *key, guint32 value);
void gguf_builder_add_bool (GgufBuilder *builder, const char *key, bool value);
/** @texts: GString pointers; they may hold any byte. */
void gguf_builder_add_strings (GgufBuilder *builder, const char *key, GPtrArray *texts);
/** @element_type: SEN_GGUF_INT32 or SEN_GGUF_FLOAT32, four bytes each. */
void gguf_builder_add_array (GgufBuilder *builder, const char *key, SenGgufType element_type, const void *values, size_t n);
/** The file, and the end of the builder. */
SenGguf *gguf_builder_finish (GgufBuilder *builder, GError **error);
