/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-gguf.h"

G_BEGIN_DECLS

/**
 * Writes a GGUF file (version 3, little endian): metadata of every type, tensors of every type of ours.
 *
 * Spec: ggml/docs/gguf.md. Metadata is kept in memory; tensors are streamed when the file is saved, a few rows at a time, so
 * that a model of any size is written in a few megabytes. The file appears whole or not at all: it is written beside its
 * place, synced and renamed.
 *
 * Keys and tensor names are the program's own, or checked by it: UTF-8 of 1 to 1024 bytes, each set once. Thread-safety: one
 * thread at a time.
 */
typedef struct SenGgufWriter SenGgufWriter;

SenGgufWriter *sen_gguf_writer_new (void);
void           sen_gguf_writer_free (SenGgufWriter *writer);

void sen_gguf_writer_set_u32 (SenGgufWriter *writer, const char *key, uint32_t value);
void sen_gguf_writer_set_f32 (SenGgufWriter *writer, const char *key, float value);
void sen_gguf_writer_set_bool (SenGgufWriter *writer, const char *key, bool value);
/** @length bytes, or up to the NUL when it is negative. */
void sen_gguf_writer_set_string (SenGgufWriter *writer, const char *key, const char *text, gssize length);
/** A number of any type: @value points to it in this machine's layout (a bool is one byte). */
void sen_gguf_writer_set_number (SenGgufWriter *writer, const char *key, SenGgufType type, const void *value);
/** An array of numbers: @values[n] in this machine's layout. */
void sen_gguf_writer_set_array (SenGgufWriter *writer, const char *key, SenGgufType element_type, const void *values, size_t n);
void sen_gguf_writer_set_strings (SenGgufWriter *writer, const char *key, const SenGgufString *texts, size_t n);
/** Where tensors begin: a multiple of @alignment, a power of two from 4 to 1048576; 32 when not set. */
void sen_gguf_writer_set_alignment (SenGgufWriter *writer, uint32_t alignment);

/** Gives rows [@first_row, @first_row + @n_rows) of a tensor as f32: @values[n_rows][n_cols]. Called in order of the file, each row
 *  once per save. */
typedef bool (*SenGgufRows) (gpointer user_data, uint64_t first_row, size_t n_rows, float *values, GError **error);

/** A tensor whose values a function gives; they are stored as @type. @shape[@n_dims] is slowest axis first; a row, the last
 *  axis, must be a whole number of blocks of @type. @user_data must live until the file is saved. */
void sen_gguf_writer_add_rows (SenGgufWriter *writer, const char *name, SenType type, uint32_t n_dims, const uint64_t *shape,
                               SenGgufRows rows, gpointer user_data);
/** A tensor in memory (or in a mapping), @data of @source_type, stored as @type: bytes as they are when both are one type,
 *  converted otherwise. @data is borrowed until the file is saved. */
void sen_gguf_writer_add_tensor (SenGgufWriter *writer, const char *name, SenType type, uint32_t n_dims, const uint64_t *shape,
                                 SenType source_type, const void *data);

/** Asked between pieces; @fraction is of the bytes of all tensors. False stops the writing with SEN_ERROR_CANCELLED. */
typedef bool (*SenGgufProgress) (double fraction, gpointer user_data);

/** Writes all to @path. When it fails nothing is left behind and what was at @path stays. */
bool sen_gguf_writer_save (SenGgufWriter *writer, const char *path, SenGgufProgress progress, gpointer user_data,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenGgufWriter, sen_gguf_writer_free)

G_END_DECLS
