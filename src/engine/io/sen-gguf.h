/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-map.h"
#include "sen-type.h"

G_BEGIN_DECLS

/**
 * A GGUF file (version 2 or 3, little endian), parsed and checked.
 *
 * Spec: ggml/docs/gguf.md. Nothing in the file is trusted: every count, offset and size is checked against the file
 * before it is used, and no allocation is larger than the file itself justifies. Strings and arrays stay in the
 * mapping; what the accessors return is borrowed from the SenGguf.
 *
 * Thread-safety: immutable after open.
 */
typedef struct SenGguf SenGguf;

typedef enum {
  SEN_GGUF_UINT8, SEN_GGUF_INT8, SEN_GGUF_UINT16, SEN_GGUF_INT16, SEN_GGUF_UINT32, SEN_GGUF_INT32, SEN_GGUF_FLOAT32,
  SEN_GGUF_BOOL, SEN_GGUF_STRING, SEN_GGUF_ARRAY, SEN_GGUF_UINT64, SEN_GGUF_INT64, SEN_GGUF_FLOAT64,
} SenGgufType;

/** Where tensors begin when general.alignment does not say. */
#define SEN_GGUF_ALIGNMENT 32

/** Bytes of a number type of the file, 0 for strings, arrays and anything unknown. */
uint32_t sen_gguf_number_bytes (uint32_t type);

/** A string inside the mapping: not NUL-terminated, may hold any byte. */
typedef struct {
  const char *data;
  size_t      length;
} SenGgufString;

typedef struct {
  const char *name;        /* NUL-terminated copy, valid UTF-8 */
  SenType     type;
  uint32_t    n_dims;      /* 1..4 */
  uint64_t    shape[4];    /* slowest axis first: a matrix is [n_out][n_in]; unused axes are 1, at the front */
  const void *data;        /* in the mapping */
  size_t      size_bytes;
} SenGgufTensor;

SenGguf *sen_gguf_open (const char *path, GError **error);
/** Parses bytes that need not come from a file (tests, fuzzing); takes a reference on @bytes. */
SenGguf *sen_gguf_open_bytes (GBytes *bytes, const char *name, GError **error);
SenGguf *sen_gguf_ref (SenGguf *gguf);
void     sen_gguf_unref (SenGguf *gguf);

const char *sen_gguf_path (const SenGguf *gguf);
/** True when the mapped file was truncated under us (see sen-map.h). */
bool        sen_gguf_is_lost (const SenGguf *gguf);

/* Metadata. Getters return false when the key is absent or of another kind; numbers convert between integer widths
 * when the value fits. */
bool        sen_gguf_has (const SenGguf *gguf, const char *key, SenGgufType *type);
bool        sen_gguf_get_u32 (const SenGguf *gguf, const char *key, uint32_t *value);
bool        sen_gguf_get_u64 (const SenGguf *gguf, const char *key, uint64_t *value);
bool        sen_gguf_get_f32 (const SenGguf *gguf, const char *key, float *value);
bool        sen_gguf_get_bool (const SenGguf *gguf, const char *key, bool *value);
bool        sen_gguf_get_string (const SenGguf *gguf, const char *key, SenGgufString *value);
/** Newly allocated NUL-terminated copy, or NULL; embedded NULs end it. (transfer full) */
char       *sen_gguf_dup_string (const SenGguf *gguf, const char *key);

/** Elements of an array value and their type; false when the key is no array. */
bool        sen_gguf_get_array (const SenGguf *gguf, const char *key, SenGgufType *element_type, size_t *n);
/* One element; @index must be below the array's length. Numbers convert as above. */
bool        sen_gguf_array_string (const SenGguf *gguf, const char *key, size_t index, SenGgufString *value);
bool        sen_gguf_array_f32 (const SenGguf *gguf, const char *key, size_t index, float *value);
bool        sen_gguf_array_i64 (const SenGguf *gguf, const char *key, size_t index, int64_t *value);
/** All strings of an array in one pass (an indexed string array is walked from its start). (transfer container) */
SenGgufString *sen_gguf_dup_string_array (const SenGguf *gguf, const char *key, size_t *n);

/* Tensors, in file order. */
size_t               sen_gguf_n_tensors (const SenGguf *gguf);
const SenGgufTensor *sen_gguf_tensor (const SenGguf *gguf, size_t index);
const SenGgufTensor *sen_gguf_find_tensor (const SenGguf *gguf, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenGguf, sen_gguf_unref)

G_END_DECLS
