/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-map.h"
#include "sen-type.h"

G_BEGIN_DECLS

/**
 * A model.bin of CTranslate2 (binary versions 4 to 6, little endian), parsed and checked.
 *
 * Format: CTranslate2, python/ctranslate2/specs/model_spec.py: the version, the name and revision of the specification,
 * variables (name, axes, type, bytes), and aliases of variables. Names are at most 65,535 bytes. Every count and size is
 * checked against the file before it is used. Numbers of one axis or none are variables too (settings of a layer).
 *
 * Thread-safety: immutable after open.
 */
typedef struct SenCt2 SenCt2;

#define SEN_CT2_MAX_DIMS 8

typedef enum { SEN_CT2_F32, SEN_CT2_I8, SEN_CT2_I16, SEN_CT2_I32, SEN_CT2_F16, SEN_CT2_BF16, SEN_CT2_N_TYPES } SenCt2Type;

typedef struct {
  const char *name;         /* "decoder/layer_0/ffn/linear_0/weight"; owned by the file */
  SenCt2Type  type;
  uint32_t    n_dims;
  uint32_t    shape[SEN_CT2_MAX_DIMS];   /* slowest axis first */
  const void *data;         /* in the mapping, not aligned */
  size_t      size_bytes;
} SenCt2Variable;

SenCt2 *sen_ct2_open (const char *path, GError **error);
/** Parses bytes that need not come from a file (tests, fuzzing); takes a reference on @bytes. */
SenCt2 *sen_ct2_open_bytes (GBytes *bytes, const char *name, GError **error);
void    sen_ct2_free (SenCt2 *file);

const char *sen_ct2_spec (const SenCt2 *file);        /* "WhisperSpec" */

size_t                sen_ct2_n_variables (const SenCt2 *file);
const SenCt2Variable *sen_ct2_variable (const SenCt2 *file, size_t index);
/** By name or by alias; NULL when there is none. */
const SenCt2Variable *sen_ct2_find (const SenCt2 *file, const char *name);
/** A whole number without axes, of any integer type. */
bool                  sen_ct2_get_number (const SenCt2 *file, const char *name, int32_t *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenCt2, sen_ct2_free)

G_END_DECLS
