/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "gguf-builder.h"

#include <string.h>

static void
add (GByteArray *bytes, const void *data, size_t size)
{
  g_byte_array_append (bytes, data, (guint) size);
}

static void
add_u32 (GByteArray *bytes, guint32 value)
{
  value = GUINT32_TO_LE (value);
  add (bytes, &value, sizeof value);
}

static void
add_u64 (GByteArray *bytes, guint64 value)
{
  value = GUINT64_TO_LE (value);
  add (bytes, &value, sizeof value);
}

static void
add_text (GByteArray *bytes, const char *text, size_t length)
{
  add_u64 (bytes, length);
  add (bytes, text, length);
}

static void
begin_pair (GgufBuilder *builder, const char *key, SenGgufType type)
{
  builder->n_pairs++;
  add_text (builder->pairs, key, strlen (key));
  add_u32 (builder->pairs, type);
}

void
gguf_builder_init (GgufBuilder *builder)
{
  *builder = (GgufBuilder) { .pairs = g_byte_array_new () };
}

void
gguf_builder_add_string (GgufBuilder *builder, const char *key, const char *value)
{
  begin_pair (builder, key, SEN_GGUF_STRING);
  add_text (builder->pairs, value, strlen (value));
}

void
gguf_builder_add_u32 (GgufBuilder *builder, const char *key, guint32 value)
{
  begin_pair (builder, key, SEN_GGUF_UINT32);
  add_u32 (builder->pairs, value);
}

void
gguf_builder_add_bool (GgufBuilder *builder, const char *key, bool value)
{
  guint8 byte = value;
  begin_pair (builder, key, SEN_GGUF_BOOL);
  add (builder->pairs, &byte, 1);
}

void
gguf_builder_add_strings (GgufBuilder *builder, const char *key, GPtrArray *texts)
{
  begin_pair (builder, key, SEN_GGUF_ARRAY);
  add_u32 (builder->pairs, SEN_GGUF_STRING);
  add_u64 (builder->pairs, texts->len);
  for (guint i = 0; i < texts->len; i++)
    {
      const GString *text = g_ptr_array_index (texts, i);
      add_text (builder->pairs, text->str, text->len);
    }
}

void
gguf_builder_add_array (GgufBuilder *builder, const char *key, SenGgufType element_type, const void *values, size_t n)
{
  begin_pair (builder, key, SEN_GGUF_ARRAY);
  add_u32 (builder->pairs, element_type);
  add_u64 (builder->pairs, n);
  for (size_t i = 0; i < n; i++)
    add_u32 (builder->pairs, ((const guint32 *) values)[i]);
}

SenGguf *
gguf_builder_finish (GgufBuilder *builder, GError **error)
{
  GByteArray *file = g_byte_array_new ();
  add (file, "GGUF", 4);
  add_u32 (file, 3);
  add_u64 (file, 0);
  add_u64 (file, builder->n_pairs);
  add (file, builder->pairs->data, builder->pairs->len);
  g_clear_pointer (&builder->pairs, g_byte_array_unref);
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (file);
  return sen_gguf_open_bytes (bytes, "vocabulary", error);
}
