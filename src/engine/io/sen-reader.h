/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

G_BEGIN_DECLS

/** A cursor over bytes that nobody trusts. A read that would pass the end fails, moves nothing and makes every later read
 *  fail, so a parser may check once per record. Little endian. Bytes are borrowed. One thread at a time. */
typedef struct {
  const uint8_t *data;
  size_t         size;
  size_t         position;
  bool           failed;
} SenReader;

static inline bool
sen_reader_has (SenReader *reader, uint64_t n_bytes)
{
  if (reader->failed || n_bytes > reader->size - reader->position)
    reader->failed = true;
  return !reader->failed;
}

static inline const void *
sen_reader_take (SenReader *reader, uint64_t n_bytes)
{
  if (!sen_reader_has (reader, n_bytes))
    return NULL;
  const void *here = reader->data + reader->position;
  reader->position += (size_t) n_bytes;
  return here;
}

static inline uint64_t
sen_reader_number (SenReader *reader, uint32_t n_bytes)
{
  const uint8_t *bytes = sen_reader_take (reader, n_bytes);
  uint64_t value = 0;
  for (uint32_t i = 0; bytes != NULL && i < n_bytes; i++)
    value |= (uint64_t) bytes[i] << (8 * i);
  return value;
}

static inline uint32_t
sen_reader_u32 (SenReader *reader)
{
  return (uint32_t) sen_reader_number (reader, 4);
}

static inline uint64_t
sen_reader_u64 (SenReader *reader)
{
  return sen_reader_number (reader, 8);
}

G_END_DECLS
