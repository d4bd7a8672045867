/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-map.h"
#include "sen-type.h"

G_BEGIN_DECLS

/**
 * A safetensors file, parsed and checked: eight bytes of header length, a JSON header, tensors.
 *
 * Spec: the safetensors README (format section). Offsets are checked against the file, may not overlap, and must fit shape
 * and type; the header may be 100 MB at most. Types that are none of ours (F64, integers but I32, F8) are listed with
 * is_supported false and cannot be read as weights.
 *
 * Thread-safety: immutable after open.
 */
typedef struct SenSafetensors SenSafetensors;

#define SEN_SAFETENSORS_MAX_DIMS 8

typedef struct {
  const char *name;
  const char *dtype;        /* as in the file: "F32" */
  bool        is_supported;
  SenType     type;         /* when supported */
  uint32_t    n_dims;
  uint64_t    shape[SEN_SAFETENSORS_MAX_DIMS];   /* slowest axis first, as in the file */
  const void *data;         /* in the mapping */
  size_t      size_bytes;
} SenSafetensor;

SenSafetensors *sen_safetensors_open (const char *path, GError **error);
SenSafetensors *sen_safetensors_open_bytes (GBytes *bytes, const char *name, GError **error);
void            sen_safetensors_free (SenSafetensors *file);

size_t               sen_safetensors_n_tensors (const SenSafetensors *file);
const SenSafetensor *sen_safetensors_tensor (const SenSafetensors *file, size_t index);
const SenSafetensor *sen_safetensors_find (const SenSafetensors *file, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenSafetensors, sen_safetensors_free)

G_END_DECLS
