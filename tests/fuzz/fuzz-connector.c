/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-connector.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (SenConnector) connector = sen_connector_open_bytes (bytes, "fuzz", NULL);
  const float cosines[] = { 0.5f, 0.1f, -1.0f };
  float probabilities[G_N_ELEMENTS (cosines)];
  if (connector != NULL)
    sen_connector_softmax (connector, cosines, G_N_ELEMENTS (cosines), probabilities);
  return 0;
}
