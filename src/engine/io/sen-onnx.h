/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-map.h"
#include "sen-type.h"

G_BEGIN_DECLS

/**
 * The weights of an ONNX file, and which node uses them.
 *
 * Spec: onnx/onnx.proto (protocol buffers). Only what importing weights needs is read: the graph's initialisers and, of its
 * nodes, name, kind and inputs. Nothing in the file is trusted: lengths are checked before use, nesting is fixed, counts and
 * names are limited. Data stays in the mapping and need not be aligned to its type. Data in other files is not followed: such
 * tensors, and those of types that are none of ours, are listed with is_supported false.
 *
 * Thread-safety: immutable after open.
 */
typedef struct SenOnnx SenOnnx;

#define SEN_ONNX_MAX_DIMS 8

typedef struct {
  const char *name;
  bool        is_supported;
  SenType     type;           /* when supported: f32, f16, bf16 or i32 */
  uint32_t    n_dims;
  uint64_t    shape[SEN_ONNX_MAX_DIMS];   /* slowest axis first */
  const void *data;           /* in the mapping, unaligned; NULL where there is none here */
  size_t      size_bytes;     /* fits the shape */
} SenOnnxTensor;

typedef struct {
  const char        *name;     /* "/encoder/layer.0/fc1/MatMul"; may be empty */
  const char        *op_type;  /* "MatMul" */
  const char *const *inputs;   /* [n_inputs] names of values */
  uint32_t           n_inputs;
} SenOnnxNode;

SenOnnx *sen_onnx_open (const char *path, GError **error);
SenOnnx *sen_onnx_open_bytes (GBytes *bytes, const char *name, GError **error);
void     sen_onnx_free (SenOnnx *onnx);

/* In the order of the file. */
size_t               sen_onnx_n_tensors (const SenOnnx *onnx);
const SenOnnxTensor *sen_onnx_tensor (const SenOnnx *onnx, size_t index);
size_t               sen_onnx_n_nodes (const SenOnnx *onnx);
const SenOnnxNode   *sen_onnx_node (const SenOnnx *onnx, size_t index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenOnnx, sen_onnx_free)

G_END_DECLS
