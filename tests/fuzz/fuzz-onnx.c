/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-onnx.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (SenOnnx) file = sen_onnx_open_bytes (bytes, "fuzz", NULL);
  volatile uint8_t sum = 0;
  for (size_t i = 0; file != NULL && i < sen_onnx_n_tensors (file); i++)
    {
      const uint8_t *values = sen_onnx_tensor (file, i)->data;
      for (size_t j = 0; j < sen_onnx_tensor (file, i)->size_bytes; j++)
        sum += values[j];
    }
  return 0;
}
