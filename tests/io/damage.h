/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sen-error.h"

/* Shared by the tests of readers: making a file, and showing it to its reader cut anywhere and with any bit turned. */

/* Opens what is shown and reads all that it gives to its ends; false with an error. */
typedef bool (*ReadDamaged) (GBytes *bytes, GError **error);

/* @n_bytes of @value, the lowest first. */
static inline void
put (GByteArray *out, uint64_t value, uint32_t n_bytes)
{
  for (uint32_t i = 0; i < n_bytes; i++)
    {
      uint8_t byte = (uint8_t) (value >> (8 * i));
      g_byte_array_append (out, &byte, 1);
    }
}

/* Every byte is looked at; a sum that is told to nobody would not be computed. */
static inline void
read_to_end (const void *data, size_t n)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += ((const uint8_t *) data)[i];
  g_assert_cmpuint (sum, <=, 255 * n);
}

static inline void
assert_cut_is_refused (const GByteArray *file, ReadDamaged read)
{
  for (guint n = 0; n < file->len; n++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = g_bytes_new (file->data, n);
      g_assert_false (read (bytes, &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
    }
}

/* Any answer is right, as long as it is one: an error, or a file that can be read to its ends. */
static inline void
assert_flips_are_harmless (GByteArray *file, guint n_bytes, ReadDamaged read)
{
  for (guint bit = 0; bit < n_bytes * 8; bit++)
    {
      g_autoptr (GError) error = NULL;
      file->data[bit / 8] ^= (uint8_t) (1 << bit % 8);
      g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
      g_assert_true (read (bytes, &error) == (error == NULL));
      file->data[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
}
