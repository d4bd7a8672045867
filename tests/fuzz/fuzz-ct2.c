/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-ct2.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (SenCt2) file = sen_ct2_open_bytes (bytes, "fuzz", NULL);
  volatile uint8_t sum = 0;
  for (size_t i = 0; file != NULL && i < sen_ct2_n_variables (file); i++)
    {
      const SenCt2Variable *variable = sen_ct2_variable (file, i);
      int32_t number;
      sum += sen_ct2_get_number (file, variable->name, &number);
      for (size_t j = 0; j < variable->size_bytes; j++)
        sum += ((const uint8_t *) variable->data)[j];
    }
  return 0;
}
